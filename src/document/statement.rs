//! Cuts a TOML file into statements, so that a fault in one can't hide the next.
//!
//! A statement is a `[table]` line or a `key = value`, which may go over
//! several lines where a list or a `"""` text is open. If such a list or text
//! is never closed, it ends where the next statement plainly begins.

use std::collections::HashMap;

use crate::diagnostic::Span;

/// A key deeper than this is refused before it is parsed: each level is a table within a table.
const MAX_DOTS: usize = 16;

/// One statement, without the white space around it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) span: Span,
    pub(super) kind: Kind,
    /// What is wrong with its outer form, so that it can't be parsed as it stands.
    pub(super) fault: Option<Fault>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `[table]` or `[[table]]`
    Header,
    /// `key = value`
    KeyValue,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// A line, or several in a row, that are no statements.
    Stray,
    /// A key and a value, with something else between them than `=`, or nothing.
    NoEquals { key: Span, between: Span },
    /// A text that begins here is not closed; perhaps it runs into the next statement.
    UnclosedText { open: Span, runs_into: Option<Span> },
    /// A text between single marks goes on over a line end.
    LineEndInText { open: Span, close: Span },
    /// A list or a table that begins here is not closed, and runs into what follows.
    UnclosedList { open: Span, runs_into: Span },
    /// More dots in a key than any of ours has.
    TooDeep,
}

/// Cuts the text into its statements, in order.
pub(super) fn split(text: &str) -> Vec<Statement> {
    let mut statements: Vec<Statement> = Vec::new();
    let mut closes = Closes::default();
    let mut at = 0;
    let mut after_remark = false;
    while at < text.len() {
        let line = line_at(text, at);
        let words = line.trim_start_matches([' ', '\t']);
        let start = at + line.len() - words.len();
        if words.trim_end().is_empty() || words.starts_with('#') {
            after_remark |= words.starts_with('#');
            at = next_line(text, at);
            continue;
        }
        let statement = if words.starts_with('[') {
            header(start, words)
        } else {
            key_value(text, start, words, &mut closes)
        };
        at = next_line(text, statement.span.end.max(start));
        match statements.last_mut() {
            // Lines of a text whose beginning is lost: one fault, not one for each.
            Some(Statement {
                span,
                fault: Some(Fault::Stray),
                ..
            }) if statement.fault == Some(Fault::Stray) && !after_remark => {
                span.end = statement.span.end;
            }
            _ => statements.push(statement),
        }
        after_remark = false;
    }
    statements
}

/// The rest of the line that begins at `at`, without its line end.
fn line_at(text: &str, at: usize) -> &str {
    let rest = &text[at..];
    rest.split_once('\n').map_or(rest, |(line, _)| line)
}

fn next_line(text: &str, at: usize) -> usize {
    text[at..]
        .find('\n')
        .map_or(text.len(), |found| at + found + 1)
}

fn trimmed(start: usize, words: &str) -> Span {
    Span::new(start, start + words.trim_end().len())
}

fn header(start: usize, words: &str) -> Statement {
    let name = words.split(']').next().unwrap_or(words);
    Statement {
        span: trimmed(start, words),
        kind: Kind::Header,
        fault: (name.matches('.').count() > MAX_DOTS).then_some(Fault::TooDeep),
    }
}

fn key_value(text: &str, start: usize, line: &str, closes: &mut Closes) -> Statement {
    let whole_line = |fault| Statement {
        span: trimmed(start, line),
        kind: Kind::KeyValue,
        fault: Some(fault),
    };
    let Some(equals) = end_of_key(line) else {
        return whole_line(without_equals(start, line));
    };
    if line[..equals].matches('.').count() > MAX_DOTS {
        return whole_line(Fault::TooDeep);
    }
    let (end, fault) = end_of_value(text, start + equals + 1, closes);
    Statement {
        span: trimmed(start, &text[start..end]),
        kind: Kind::KeyValue,
        fault,
    }
}

/// The fault of a line without `=`: where a key and a colon or a quotation mark stand, it was only forgotten.
fn without_equals(start: usize, line: &str) -> Fault {
    let end = line.find(|char: char| !(char.is_ascii_alphanumeric() || char == '_' || char == '-'));
    let Some(end) = end.filter(|&end| is_bare_key(&line[..end])) else {
        return Fault::Stray;
    };
    let after = line[end..].trim_start();
    let gap = line[end..].len() - after.len();
    let colon = usize::from(after.starts_with(':'));
    if colon == 1 && gap == 0 || gap > 0 && after.starts_with(['"', '\'', '“', '„']) {
        let key = Span::new(start, start + end);
        let between = Span::new(key.end, key.end + colon);
        return Fault::NoEquals { key, between };
    }
    Fault::Stray
}

/// Where the `=` after the key stands; quoted keys may hold one of their own.
fn end_of_key(line: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (at, char) in line.char_indices() {
        match (quote, char) {
            (None, '=') => return Some(at),
            (None, '#') => return None,
            (None, '"' | '\'') => quote = Some(char),
            (Some('"'), '\\') if !escaped => {
                escaped = true;
                continue;
            }
            (Some(open), _) if open == char && !escaped => quote = None,
            _ => {}
        }
        escaped = false;
    }
    None
}

/// Where the value that begins at `start` ends, and what is wrong with its outer form.
fn end_of_value(text: &str, start: usize, closes: &mut Closes) -> (usize, Option<Fault>) {
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
struct Closes {
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

/// The first line after `start` and before `end` that is plainly a statement.
fn statement_inside(text: &str, start: usize, end: usize) -> Option<Span> {
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

fn line_end_before(text: &str, start: usize) -> usize {
    text[..start].rfind('\n').unwrap_or(start)
}

/// The span of the line at `at` if it is plainly a statement: a table header, or a bare key and `=`.
fn statement_at(text: &str, at: usize) -> Option<Span> {
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

fn is_key_before_value(line: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<(&str, Option<Fault>)> {
        split(text)
            .into_iter()
            .map(|statement| {
                (
                    &text[statement.span.start..statement.span.end],
                    statement.fault,
                )
            })
            .collect()
    }

    #[test]
    fn statements_are_found_whole() {
        let text = "# c\nid = \"a\" # why\r\n\n[scripture]\r\ntext = \"\"\"\nx = 1\n[[no]]\n\"\"\"\"\nlist = [\n  \"a\", # ]\n]\n";
        assert_eq!(
            cut(text),
            [
                ("id = \"a\" # why", None),
                ("[scripture]", None),
                ("text = \"\"\"\nx = 1\n[[no]]\n\"\"\"\"", None),
                ("list = [\n  \"a\", # ]\n]", None),
            ]
        );
    }

    #[test]
    fn an_unclosed_text_ends_at_the_next_statement() {
        let text = "text = \"\"\"\nfirst\n[[section]]\ntext = \"\"\"\nsecond\n\"\"\"\nid = \"x\n";
        let cut = cut(text);
        assert_eq!(cut[0].0, "text = \"\"\"\nfirst");
        assert!(matches!(
            cut[0].1,
            Some(Fault::UnclosedText { runs_into: Some(next), .. }) if &text[next.start..next.end] == "[[section]]"
        ));
        assert_eq!(cut[1], ("[[section]]", None));
        assert_eq!(cut[2], ("text = \"\"\"\nsecond\n\"\"\"", None));
        assert!(matches!(
            cut[3].1,
            Some(Fault::UnclosedText {
                runs_into: None,
                ..
            })
        ));
    }

    #[test]
    fn a_text_over_lines_between_single_marks_is_one_statement() {
        let cut = cut("text = \"one\n\ntwo\"\nid = 'x\ny = 1'\n");
        assert_eq!(cut[0].0, "text = \"one\n\ntwo\"");
        assert!(matches!(cut[0].1, Some(Fault::LineEndInText { .. })));
        assert_eq!(cut[1].0, "id = 'x");
    }

    #[test]
    fn lines_of_a_lost_text_are_one_fault() {
        let cut =
            cut("Thank God:\nfor rain\n\nand peace\n# remark\nlost\nauthor: \"x\"\ntitle \"y\"\n");
        let faults: Vec<_> = cut
            .iter()
            .map(|(words, fault)| (*words, matches!(fault, Some(Fault::Stray))))
            .collect();
        assert_eq!(
            faults,
            [
                ("Thank God:\nfor rain\n\nand peace", true),
                ("lost", true),
                ("author: \"x\"", false),
                ("title \"y\"", false)
            ]
        );
    }

    #[test]
    fn an_unclosed_list_ends_at_the_next_statement() {
        let cut = cut("a = [1,\n  2\n[[b]]\nc = { d = [\n e = 1\n");
        assert_eq!(cut[0].0, "a = [1,\n  2");
        assert!(matches!(cut[0].1, Some(Fault::UnclosedList { .. })));
        assert_eq!(cut[1], ("[[b]]", None));
        assert_eq!(cut[2].0, "c = { d = [");
        assert_eq!(cut[3], ("e = 1", None));
    }

    #[test]
    fn an_unclosed_table_ends_where_no_comma_leads_on() {
        let cut = cut(
            "a = { b = 1, # x\n  c = 2\n}\nd = { e = 1\nf = 2\ng = {\n  h = 1,\n[i]\nj = { k = \"x\"\nlost\n",
        );
        let cut: Vec<_> = cut
            .iter()
            .map(|(words, fault)| (*words, fault.is_some()))
            .collect();
        assert_eq!(
            cut,
            [
                ("a = { b = 1, # x\n  c = 2\n}", false),
                ("d = { e = 1", true),
                ("f = 2", false),
                ("g = {\n  h = 1,", true),
                ("[i]", false),
                ("j = { k = \"x\"", true),
                ("lost", true),
            ]
        );
    }

    #[test]
    fn a_long_broken_file_is_gone_through_once() {
        for (before, line, after) in [
            ("", "\"a\"=\"x\n", ""),
            ("", "a=\\\"\"\"\n", ""),
            ("", "a=\\\"\"\"\n", "\"\"\"z"),
            ("a=[", "\"\"\"\"\"\",", "]"),
            ("a=[", "\"\",", "]"),
        ] {
            let text = [before, &line.repeat(1_000_000 / line.len()), after].concat();
            assert!(!split(&text).is_empty()); // a minute, if each line looked through all the others
        }
    }
}
