//! Says what is wrong with a statement, and what to do, in words for people who don't know TOML.

use std::sync::Arc;

use super::statement::{Fault, Kind, Statement};
use crate::diagnostic::{Diagnostic, SourceFile, Span, quote};

/// The finding for a statement whose outer form is broken.
pub(super) fn of_fault(
    source: &Arc<SourceFile>,
    statement: &Statement,
    fault: &Fault,
) -> Diagnostic {
    match fault {
        Fault::NoEquals => no_equals(source, statement.span),
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
            Diagnostic::error("unclosed-list", "this list is never closed")
                .at(source, *open, "it begins here")
                .at(source, *runs_into, "and would run into this")
                .help("write ] after the last entry")
        }
        Fault::TooDeep => Diagnostic::error("syntax", "this key has too many parts")
            .at(source, statement.span, "")
            .help("no key of a bulletin, a list or the settings has more than two parts"),
    }
}

fn no_equals(source: &Arc<SourceFile>, span: Span) -> Diagnostic {
    let line = source.slice(span);
    let finding = Diagnostic::error(
        "syntax",
        "this line is neither `key = value` nor a `[table]`",
    );
    if let Some((key, _)) = line.split_once(':')
        && key
            .chars()
            .all(|char| char.is_ascii_alphanumeric() || "_-".contains(char))
    {
        let colon = Span::new(span.start + key.len(), span.start + key.len() + 1);
        return finding
            .at(source, colon, "a colon stands here")
            .help("a key and its value are joined by =")
            .fix(colon, " =");
    }
    finding.at(source, span, "").help(
        "if it belongs to a text over several lines, that text must stand between \"\"\" and \"\"\"; \
         if it is a remark, begin it with #",
    )
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
        return Diagnostic::error("impossible-date", format!("{} is no date or time", quote(words)))
            .at(source, at, sentence(message))
            .help("write a date as 2018-03-18, a date and time as 2018-03-18T06:00:00 or 2018-03-18T06:00:00+01:00");
    }
    if message.contains("escaped value") || message.contains("unicode") {
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
    if message.starts_with("unexpected key or value") && statement.kind == Kind::KeyValue {
        let rest = Span::new(at.start, statement.span.end);
        let inner_mark = source
            .slice(Span::new(at.start.saturating_sub(1), at.start))
            .starts_with(['"', '\'']);
        let told = "something stands after the end of the value";
        let finding = Diagnostic::error("syntax", told).at(source, rest, "this is too much");
        return finding.help(if inner_mark {
            "a quotation mark inside a text ends it: write “ and ”, or \\\", or put the whole text between \"\"\" and \"\"\""
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
    let words = source.slice(at);
    if words.is_empty() {
        return Diagnostic::error("syntax", "this key has no value")
            .at(source, statement.span, "")
            .help("write the value after =, or delete the line");
    }
    if words.starts_with(['“', '”', '„', '«', '»', '‘', '’', '‚']) {
        return Diagnostic::error(
            "syntax",
            "the outer quotation marks of a text must be the straight ones",
        )
        .at(source, at, "typographic marks stand here")
        .help("write \" at both ends; “ and ” may stand inside");
    }
    let finding =
        Diagnostic::error("syntax", "a text must stand between quotation marks").at(source, at, "");
    if words.contains(['"', '\\', '\n', '#', ',']) {
        return finding.help("write \" before and after it");
    }
    finding.fix(at, format!("\"{words}\""))
}
