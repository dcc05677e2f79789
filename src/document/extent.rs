//! Finds where a value ends, and what is wrong with its outer form: a text, a
//! list or a table that is never closed ends where the next statement begins.

use std::collections::HashMap;

use super::line::{
    is_key_before_value, line_at, line_end_before, next_line, statement_at, statement_inside,
};
use super::statement::Fault;
use crate::diagnostic::Span;

/// Where the value that begins at `start` ends, and what is wrong with its outer form.
pub(super) fn end_of_value(
    text: &str,
    start: usize,
    closes: &mut Closes,
) -> (usize, Option<Fault>) {
    let value = text[start..].trim_start_matches([' ', '\t']);
    let at = text.len() - value.len();
    let line_end = |at: usize| at + line_at(text, at).len();
    match value.as_bytes().first() {
        Some(b'[' | b'{') => end_of_list(text, at, closes),
        // What stands behind a text on its line is the parser's to judge: an
        // apostrophe there would seem to open another.
        Some(b'"' | b'\'') => match end_of_text(text, at, closes) {
            Ok(end) => (line_end(end), None),
            Err((end, fault)) => (end, Some(fault)),
        },
        _ => (line_end(at), None),
    }
}

/// The same for a list or an inline table, which may hold others and texts.
fn end_of_list(text: &str, start: usize, closes: &mut Closes) -> (usize, Option<Fault>) {
    let bytes = text.as_bytes();
    let mut open = Vec::new(); // the brackets that are open, with their places
    let mut at = start;
    while at < bytes.len() {
        match bytes[at] {
            b'#' => at += line_at(text, at).len(),
            b'[' | b'{' => {
                open.push((bytes[at], at));
                at += 1;
            }
            b']' | b'}' => {
                open.pop();
                at += 1;
            }
            b'\n' => {
                let Some(&(bracket, opened_at)) = open.last() else {
                    return (at, None);
                };
                if let Some(runs_into) = breaks_off(text, at, bracket) {
                    let open = Span::new(opened_at, opened_at + 1);
                    return (at, Some(Fault::UnclosedList { open, runs_into }));
                }
                at += 1;
            }
            b'"' | b'\'' => match end_of_text(text, at, closes) {
                Ok(end) => at = end,
                Err((end, fault)) => return (end, Some(fault)),
            },
            _ => at += 1,
        }
    }
    (text.len(), None)
}

/// What the line after the line end at `at` is, if a list or a table that is
/// open with `bracket` plainly doesn't go on there: a statement inside `[ … ]`;
/// inside `{ … }`, where a `key = value` is in order, anything that no comma leads to.
fn breaks_off(text: &str, at: usize, bracket: u8) -> Option<Span> {
    let next = statement_at(text, at + 1);
    if bracket == b'[' {
        return next;
    }
    let line_start = text[..at].rfind('\n').map_or(0, |found| found + 1);
    // A `#` in a text may be taken for a remark here: then the table goes on a line longer.
    let before = text[line_start..at]
        .split('#')
        .next()
        .unwrap_or_default()
        .trim_end();
    let leads_on = before.is_empty() || before.ends_with([',', '{', '[']);
    let following = line_at(text, (at + 1).min(text.len()));
    let words = following.trim();
    let goes_on = words.is_empty() || words.starts_with(['}', ']', ',', '#']);
    let is_header = next.is_some() && words.starts_with('[');
    if is_header || !leads_on && !goes_on {
        let start = at + 1 + following.len() - following.trim_start().len();
        return Some(Span::new(start, start + words.len()));
    }
    None
}

/// Where the text whose quotation mark stands at `start` ends. If it is not
/// closed: where its statement ends for want of better, and the fault.
fn end_of_text(text: &str, start: usize, closes: &mut Closes) -> Result<usize, (usize, Fault)> {
    let quote = &text[start..=start];
    let fence = if quote == "\"" { r#"""""# } else { "'''" };
    let escapes = quote == "\"";
    if !text[start..].starts_with(fence) {
        return match find_unescaped(&text[start + 1..], quote, escapes) {
            Some(found) => Ok(start + 1 + found + 1),
            None => Err(without_end(text, start, quote, closes)),
        };
    }

    let body = start + fence.len();
    let close = closes.next(text, body, fence, escapes);
    let close_at = close.map_or(text.len(), |close| close.at);
    let first_inside = || statement_inside(text, body, close_at);
    let unclosed = |runs_into: Option<Span>| {
        let end = runs_into.map_or(text.len(), |next| line_end_before(text, next.start));
        let open = Span::new(start, body);
        (end, Fault::UnclosedText { open, runs_into })
    };
    let Some(close) = close else {
        return Err(unclosed(first_inside()));
    };
    // Up to two more quotation marks belong to the text: TOML 1.0, "String".
    let extra = text[close.at + fence.len()..]
        .chars()
        .take(2)
        .take_while(|&char| quote.starts_with(char))
        .count();
    let end = close.at + fence.len() + extra;

    // The closing mark may really be the opening one of a later text.
    let swallowed_opening = close.line_start > body && close.after_key;
    let after = text[end..]
        .chars()
        .find(|&char| char == '\n' || !char.is_whitespace());
    let goes_on = after.is_some_and(|char| !matches!(char, '\n' | '#' | ',' | ']' | '}'));
    if (swallowed_opening || goes_on)
        && let Some(next) = first_inside()
    {
        return Err(unclosed(Some(next)));
    }
    Ok(end)
}

/// Where closing marks were found last, so that no part of a file is searched
/// twice for one. A search that begins later,
/// but not behind what was found, would find the same: it begins after a
/// quotation mark, which no search before it can have skipped as what a
/// backslash escapes together with what follows.
#[derive(Default)]
pub(super) struct Closes {
    double: Option<Option<Close>>,
    single: Option<Option<Close>>,
    /// For a text that lacks its mark at the line's end, by its mark.
    on_later_line: HashMap<String, LaterLine>,
}

/// What a look over the next lines has found.
#[derive(Clone, Copy)]
struct LaterLine {
    /// The start of the line where it ended.
    last: usize,
    /// The end of the text, if that line is it.
    end: Option<usize>,
}

/// A mark that closes a text.
#[derive(Clone, Copy)]
struct Close {
    at: usize,
    /// Where its line begins, or the text if it is one line.
    line_start: usize,
    /// Whether a key and `=` stand before it on its line.
    after_key: bool,
}

impl Closes {
    /// The first `fence` from `body` on, which is the start of a text.
    fn next(&mut self, text: &str, body: usize, fence: &str, escapes: bool) -> Option<Close> {
        let last = if escapes {
            &mut self.double
        } else {
            &mut self.single
        };
        match *last {
            Some(None) => None,
            Some(Some(close)) if close.at >= body => Some(close),
            _ => {
                let at = find_unescaped(&text[body..], fence, escapes).map(|found| body + found);
                let close = at.map(|at| {
                    let line_end = text[body..at].rfind('\n');
                    let line_start = line_end.map_or(body, |found| body + found + 1);
                    Close {
                        at,
                        line_start,
                        after_key: is_key_before_value(&text[line_start..at]),
                    }
                });
                *last = Some(close);
                close
            }
        }
    }
}

/// The fault of a text between single marks that isn't closed on its line: it
/// may be meant to go on over the next lines, up to one that ends with the mark.
fn without_end(text: &str, start: usize, quote: &str, closes: &mut Closes) -> (usize, Fault) {
    let open = Span::new(start, start + 1);
    let next = next_line(text, start);
    let known = closes.on_later_line.get(quote);
    let later = match known.filter(|known| next <= known.last) {
        Some(known) => *known,
        None => later_line(text, next, quote),
    };
    closes.on_later_line.insert(quote.to_owned(), later);
    if let Some(end) = later.end {
        let close = Span::new(end - 1, end);
        return (end, Fault::LineEndInText { open, close });
    }
    let end = start + line_at(text, start).trim_end().len();
    (
        end,
        Fault::UnclosedText {
            open,
            runs_into: None,
        },
    )
}

/// Looks from the line at `at` on for one that ends with the mark, up to a statement.
fn later_line(text: &str, mut at: usize, quote: &str) -> LaterLine {
    while at < text.len() {
        let line = line_at(text, at);
        let words = line.trim_end();
        if statement_at(text, at).is_some() {
            break;
        }
        if words.ends_with(quote) && words.matches(quote).count() == 1 {
            return LaterLine {
                last: at,
                end: Some(at + words.len()),
            };
        }
        at = next_line(text, at);
    }
    LaterLine {
        last: at,
        end: None,
    }
}

/// The first `mark` that no backslash stands before; one of a single character only on the first line.
fn find_unescaped(text: &str, mark: &str, escapes: bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if mark.len() == 1 && bytes[at] == b'\n' {
            return None;
        }
        if escapes && bytes[at] == b'\\' && bytes.get(at + 1) != Some(&b'\n') {
            at += 2;
        } else if bytes[at..].starts_with(mark.as_bytes()) {
            return Some(at);
        } else {
            at += 1;
        }
    }
    None
}
