//! Says what is wrong with a statement, and what to do, in words for people who don't know TOML.

use std::sync::Arc;

use super::date::{self, Written};
use super::statement::{Fault, Kind, Statement};
use crate::diagnostic::{Diagnostic, SourceFile, Span, quote};

/// The finding for a statement whose outer form is broken.
pub(super) fn of_fault(
    source: &Arc<SourceFile>,
    statement: &Statement,
    fault: &Fault,
) -> Diagnostic {
    match fault {
        Fault::Stray => stray(source, statement.span),
        Fault::NoEquals { key, between } => no_equals(source, *key, *between),
        Fault::UnclosedText { open, runs_into } => {
            let mut finding = Diagnostic::error("unclosed-text", "this text is never closed").at(
                source,
                *open,
                "it begins here",
            );
            if let Some(next) = runs_into {
                finding = finding.at(source, *next, "and would run into this");
            }
            let mark = source.slice(*open);
            finding.help(if mark.len() == 3 {
                format!("write {mark} on a line of its own after the text")
            } else {
                format!("write {mark} at the end of the text; a text over several lines stands between \"\"\" and \"\"\"")
            })
        }
        Fault::LineEndInText { open, close } => Diagnostic::error(
            "unclosed-text",
            "a text between single marks must end on its line",
        )
        .at(source, *open, "it begins here")
        .at(source, *close, "and seems to end here")
        .help("write \"\"\" before and after a text over several lines"),
        Fault::UnclosedList { open, runs_into } => {
            let (noun, bracket) = match source.slice(*open) {
                "{" => ("table", '}'),
                _ => ("list", ']'),
            };
            Diagnostic::error("unclosed-list", format!("this {noun} is never closed"))
                .at(source, *open, "it begins here")
                .at(source, *runs_into, "and would run into this")
                .help(format!("write {bracket} after its last entry"))
        }
        Fault::TooDeep => Diagnostic::error("syntax", "this key has too many parts")
            .at(source, statement.span, "")
            .help("no key of a bulletin, a list or the settings has more than two parts"),
    }
}

fn stray(source: &Arc<SourceFile>, span: Span) -> Diagnostic {
    let told = if source.slice(span).contains('\n') {
        "these lines can't be understood here"
    } else {
        "this line can't be understood here"
    };
    Diagnostic::error("syntax", told).at(source, span, "").help(
        "a text over several lines stands between \"\"\" and \"\"\", after a key and =, as in text = \"\"\"; \
         a remark begins with #",
    )
}

fn no_equals(source: &Arc<SourceFile>, key: Span, between: Span) -> Diagnostic {
    let label = if between.start == between.end {
        ""
    } else {
        "a colon stands here"
    };
    Diagnostic::error(
        "syntax",
        format!(
            "{} and its value are not joined by =",
            quote(source.slice(key))
        ),
    )
    .at(source, between, label)
    .fix(between, " =")
}

/// The finding for what the parser said of a statement: `message` about the bytes `at`.
pub(super) fn of_parser(
    source: &Arc<SourceFile>,
    statement: &Statement,
    at: Span,
    message: &str,
) -> Diagnostic {
    let words = source.slice(at);
    let at_end = at.start >= statement.span.end;

    if message.starts_with("invalid date")
        || message.starts_with("invalid time")
        || message.starts_with("invalid offset")
    {
        return Diagnostic::error(
            "impossible-date",
            format!("{} is no date or time", quote(words)),
        )
        .at(source, at, sentence(message))
        .help(date::HELP);
    }
    if let Some(finding) = date_in_other_clothes(source, statement) {
        return finding;
    }
    if is_escape(message) {
        return escape(source, at);
    }
    if message.starts_with("string values must be quoted") {
        return unquoted(source, statement, at);
    }
    if message.starts_with("invalid boolean") {
        let right = if words.eq_ignore_ascii_case("false") || "false".starts_with(words) {
            "false"
        } else {
            "true"
        };
        return Diagnostic::error(
            "syntax",
            format!("{} is neither true nor false", quote(words)),
        )
        .at(source, at, "")
        .help("write true or false in small letters; a text stands between quotation marks")
        .fix(at, right);
    }
    if let Some((bracket, noun)) = unclosed(message) {
        return Diagnostic::error(
            "syntax",
            format!("a {bracket} is missing: {noun} is never closed"),
        )
        .at(source, statement.span, "")
        .help(format!("write {bracket} at its end"));
    }
    if message.starts_with("unexpected key or value") && statement.kind == Kind::KeyValue {
        let rest = Span::new(at.start, statement.span.end);
        let inner_mark = source
            .slice(Span::new(at.start.saturating_sub(1), at.start))
            .starts_with(['"', '\'']);
        if source.slice(rest).trim() == "," {
            return Diagnostic::error("syntax", "a comma stands after the value")
                .at(source, rest, "")
                .fix(rest, "");
        }
        let told = "something stands after the end of the value";
        let finding = Diagnostic::error("syntax", told).at(source, rest, "this is too much");
        return finding.help(if inner_mark {
            "a quotation mark inside a text ends it: write “ and ” inside, or ’ for an apostrophe"
        } else {
            "a line holds one value; a remark begins with #"
        });
    }
    if message.contains("in control") || message.contains("visible characters") {
        return Diagnostic::error(
            "control-character",
            "a character that can't be seen stands in this text",
        )
        .at(source, at, crate::diagnostic::printable(words))
        .help("delete it and type the place anew");
    }
    if message.starts_with("invalid unquoted key")
        || message.starts_with("unquoted keys cannot be empty")
        || message.starts_with("key with no value")
    {
        return Diagnostic::error("syntax", "this is no key")
            .at(source, if at.start == at.end { statement.span } else { at }, "")
            .help("a key is one word of the letters a to z, digits, _ and -, followed by = and its value");
    }
    if message.starts_with("unexpected leading zero") {
        return Diagnostic::error("syntax", "a number does not begin with 0")
            .at(source, at, "")
            .help("if it is meant as a text, put it between quotation marks");
    }
    let told = if at_end {
        "this statement breaks off"
    } else {
        "this can't be read"
    };
    Diagnostic::error("syntax", told)
        .at(source, if at_end { statement.span } else { at }, sentence(message))
        .help("a text stands between quotation marks, a list between [ and ], its entries separated by commas")
}

/// Says whether the parser speaks of a backslash and what follows it.
pub(super) fn is_escape(message: &str) -> bool {
    message.contains("escaped value") || message.contains("unicode")
}

/// The value of a statement, if it stands on its own: without a remark behind it.
fn lone_value(source: &Arc<SourceFile>, statement: &Statement) -> Option<Span> {
    let words = source.slice(statement.span);
    let (_, value) = words.split_once('=')?;
    let value = value.trim_start();
    if value.starts_with(['"', '\'', '[', '{']) {
        return None; // a text, a list or a table, however long
    }
    let start = statement.span.end - value.len();
    let value = value.lines().next().unwrap_or(value);
    let value = value.split(" #").next().unwrap_or(value).trim_end();
    Some(Span::new(start, start + value.len()))
}

/// The bracket that a list or table lacks, if that is what the parser says.
fn unclosed(message: &str) -> Option<(char, &'static str)> {
    if message.starts_with("unclosed inline table") {
        Some(('}', "the table"))
    } else if message.starts_with("unclosed array,") {
        Some((']', "the list"))
    } else {
        None
    }
}

/// The finding for a value that is a date as people write it.
fn date_in_other_clothes(source: &Arc<SourceFile>, statement: &Statement) -> Option<Diagnostic> {
    let span = lone_value(source, statement)?;
    let value = source.slice(span);
    if value.starts_with(|char: char| "\"'[{“„".contains(char)) {
        return None; // a text, a list or a table; whoever wants a date there says so
    }
    let meant = date::written(value)?;
    let finding = Diagnostic::error("impossible-date", "this is no date as it is written here")
        .at(source, span, "")
        .help(date::HELP);
    Some(match meant {
        Written::Means(date) => finding.fix(span, date.to_string()),
        Written::Unclear => finding,
    })
}

/// The finding for a `[table]` line; `meant` is what it plainly means, if anything.
pub(super) fn of_header(
    source: &Arc<SourceFile>,
    span: Span,
    meant: Option<String>,
    message: &str,
) -> Diagnostic {
    let finding =
        Diagnostic::error("syntax", "this is no table header").at(source, span, sentence(message));
    match meant {
        Some(meant) => finding.help(format!("write {meant}, alone on its line")),
        None => finding.help("write [scripture] for what there is one of, [[section]] for what there may be several of"),
    }
}

/// Turns the parser's "invalid x, expected y" into what a label can say.
fn sentence(message: &str) -> String {
    message.replace("expected nothing", "nothing may stand here")
}

fn escape(source: &Arc<SourceFile>, at: Span) -> Diagnostic {
    let text = source.text();
    let start = text[..at.start].rfind('\\').unwrap_or(at.start);
    let after = text[start..]
        .chars()
        .nth(1)
        .filter(|char| !char.is_whitespace());
    let end = at.end.max(start + 1 + after.map_or(0, char::len_utf8));
    let span = Span::new(start, end);
    Diagnostic::error(
        "bad-escape",
        format!("{} has no meaning in a text", quote(source.slice(span))),
    )
    .at(source, span, "")
    .help("a backslash itself is written \\\\; between ''' and ''' it needs no doubling")
    .fix(Span::new(start, start + 1), "\\\\")
}

/// A value that is neither a text between marks nor a number, date, list or table.
fn unquoted(source: &Arc<SourceFile>, statement: &Statement, at: Span) -> Diagnostic {
    // The parser ends such a value at its first bracket; people mean all of it.
    let at = match lone_value(source, statement) {
        Some(whole) if whole.start == at.start => whole,
        _ => at,
    };
    let words = source.slice(at);
    if words.is_empty() {
        return Diagnostic::error("syntax", "this key has no value")
            .at(source, statement.span, "")
            .help("write the value after =, or delete the line");
    }
    const MARKS: [char; 8] = ['“', '”', '„', '«', '»', '‘', '’', '‚'];
    if words.starts_with(MARKS) {
        let finding = Diagnostic::error(
            "syntax",
            "the outer quotation marks of a text must be the straight ones",
        )
        .at(source, at, "typographic marks stand here")
        .help("write \" at both ends; “ and ” may stand inside");
        let inside = words.trim_matches(MARKS);
        return if words.ends_with(MARKS) && !inside.contains(['"', '\\', '\n']) {
            finding.fix(at, format!("\"{inside}\""))
        } else {
            finding
        };
    }
    let finding =
        Diagnostic::error("syntax", "a text must stand between quotation marks").at(source, at, "");
    if words.contains(['"', '\\', '\n', '#', ',', '[', '(', '{']) {
        return finding.help("write \" before and after it, and no other \" inside");
    }
    finding.fix(at, format!("\"{words}\""))
}
