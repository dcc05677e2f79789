//! Takes the texts of a bulletin: those of one line, and those of paragraphs.

use super::super::{RichText, inline};
use crate::document::{Fields, Reader, Text};

/// Takes a text that must be there and on one line.
pub(super) fn line(fields: &mut Fields<'_>, key: &str, example: &str) -> Option<Text> {
    let text = fields.text(key, example)?;
    one_line(fields.reader(), key, text)
}

pub(super) fn optional_line(fields: &mut Fields<'_>, key: &str) -> Option<Text> {
    let text = fields.optional_text(key)?;
    one_line(fields.reader(), key, text).filter(|text| !text.value.is_empty())
}

/// Cuts superfluous white space; refuses a line end between words.
fn one_line(reader: &Reader, key: &str, text: Text) -> Option<Text> {
    let words = text.value.trim();
    let start = text.value.len() - text.value.trim_start().len();
    if let Some(at) = words.find(['\n', '\r']) {
        let place = text.source_span(start + at, start + at + 1);
        reader.report(
            reader
                .error("line-end", place, format!("`{key}` must stand on one line"))
                .help("join the lines"),
        );
        return None;
    }
    Some(text.single_spaced())
}

pub(super) fn optional_rich(fields: &mut Fields<'_>, key: &str) -> Option<RichText> {
    let text = fields.optional_text(key)?;
    Some(inline::read(fields.reader(), &text)).filter(|rich| !rich.paragraphs.is_empty())
}

pub(super) fn rich(fields: &mut Fields<'_>, key: &str, example: &str) -> Option<RichText> {
    let text = fields.text(key, example)?;
    let reader = fields.reader();
    let rich = inline::read(reader, &text);
    if rich.runs().all(|run| run.text.value.trim().is_empty()) {
        let finding = reader.error("empty-text", text.span, format!("`{key}` says nothing"));
        reader.report(finding.help(format!("write {example}")));
    }
    Some(rich)
}
