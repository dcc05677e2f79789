//! Lines of a file, and what they plainly are, whatever stands around them.

use crate::diagnostic::Span;

/// The rest of the line that begins at `at`, without its line end.
pub(super) fn line_at(text: &str, at: usize) -> &str {
    let rest = &text[at..];
    rest.split_once('\n').map_or(rest, |(line, _)| line)
}

pub(super) fn next_line(text: &str, at: usize) -> usize {
    text[at..]
        .find('\n')
        .map_or(text.len(), |found| at + found + 1)
}

pub(super) fn trimmed(start: usize, words: &str) -> Span {
    Span::new(start, start + words.trim_end().len())
}

/// The first line after `start` and before `end` that is plainly a statement.
pub(super) fn statement_inside(text: &str, start: usize, end: usize) -> Option<Span> {
    let inside = &text[..end];
    let mut at = next_line(inside, start);
    while at < end {
        if let Some(span) = statement_at(text, at) {
            return Some(span);
        }
        at = next_line(inside, at);
    }
    None
}

pub(super) fn line_end_before(text: &str, start: usize) -> usize {
    text[..start].rfind('\n').unwrap_or(start)
}

/// The span of the line at `at` if it is plainly a statement: a table header, or a bare key and `=`.
pub(super) fn statement_at(text: &str, at: usize) -> Option<Span> {
    let line = line_at(text, at);
    let words = line.trim();
    let is_header = words
        .strip_prefix("[[")
        .or_else(|| words.strip_prefix('['))
        .is_some_and(|rest| {
            let name = rest.split(']').next().unwrap_or_default();
            rest.contains(']') && is_bare_key(name)
        });
    let is_key = words
        .split_once('=')
        .is_some_and(|(key, _)| is_bare_key(key.trim_end()));
    let start = at + line.len() - line.trim_start().len();
    (is_header || is_key).then(|| trimmed(start, words))
}

pub(super) fn is_key_before_value(line: &str) -> bool {
    line.trim()
        .strip_suffix('=')
        .is_some_and(|key| is_bare_key(key.trim_end()))
}

/// A letter, then letters, digits, `_`, `-` and dots.
pub(super) fn is_bare_key(key: &str) -> bool {
    key.starts_with(|first: char| first.is_ascii_alphabetic())
        && key
            .chars()
            .all(|char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-' | '.'))
}
