//! Cuts a TOML file into statements, so that a fault in one can't hide the next.
//!
//! A statement is a `[table]` line or a `key = value`, which may go over
//! several lines where a list or a `"""` text is open. If such a list or text
//! is never closed, it ends where the next statement plainly begins.

use super::extent::{Closes, end_of_value};
use super::line::{is_bare_key, line_at, next_line, trimmed};
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
