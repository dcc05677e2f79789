//! Finds lists that were pasted into a text, where their lines would run together into one.

use std::collections::HashMap;

use crate::document::{Reader, Text};

/// What a line begins with.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Marker {
    /// A sign that begins an entry and nothing else.
    Sure,
    /// A number or a dash, which may begin a sentence too.
    Perhaps(char),
}

/// Reports each line that begins an entry. A number or a dash is one where two lines have it.
pub(super) fn report(reader: &Reader, text: &Text) {
    let mut at = 0;
    let mut found = Vec::new();
    for line in text.value.split_inclusive('\n') {
        let words = line.trim();
        let start = at + line.len() - line.trim_start().len();
        at += line.len();
        if let Some((marker, width)) = marker(words) {
            found.push((marker, start, width));
        }
    }
    let mut lines: HashMap<Marker, usize> = HashMap::new();
    for (marker, ..) in &found {
        *lines.entry(*marker).or_default() += 1;
    }
    for (marker, start, width) in found {
        if marker != Marker::Sure && lines[&marker] < 2 {
            continue; // counted above
        }
        let span = text.source_span(start, start + width);
        reader.report(
            reader
                .error(
                    "unsupported-markup",
                    span,
                    "a list can't stand inside a text: its lines would become one",
                )
                .help("give each entry a [[section.item]] of its own"),
        );
    }
}

/// The marker at a line's start, and its length in bytes.
fn marker(line: &str) -> Option<(Marker, usize)> {
    let first = line.chars().next()?;
    let width = first.len_utf8();
    let rest = &line[width..];
    let spaced = rest.starts_with(char::is_whitespace) && !rest.trim().is_empty();
    match first {
        // U+F0B7 is what Word's Symbol font has for a bullet.
        '•' | '◦' | '▪' | '‣' | '●' | '○' | '■' | '·' | '\u{F0B7}' => {
            Some((Marker::Sure, width))
        }
        '-' | '*' | '+' if spaced => Some((Marker::Sure, width)),
        'o' if rest.starts_with('\t') => Some((Marker::Sure, width)),
        '–' | '—' if spaced => Some((Marker::Perhaps(first), width)),
        '0'..='9' => {
            let digits = line.bytes().take_while(u8::is_ascii_digit).count();
            let after = line[digits..].strip_prefix(['.', ')'])?;
            let spaced = after.starts_with(char::is_whitespace) && digits < 3;
            spaced.then_some((Marker::Perhaps('1'), digits + 1))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{SourceFile, Span};

    fn entries(text: &str) -> usize {
        let (source, found) = SourceFile::from_bytes("x.toml", text.as_bytes());
        let reader = Reader::new(&source, found, &[]);
        report(&reader, &Text::placed(text, Span::new(0, text.len())));
        reader.finish().len()
    }

    #[test]
    fn lists_are_found_however_they_were_pasted() {
        for list in [
            "- rain\n- peace",
            "-\train\n-\tpeace",
            "* rain\n* peace",
            "• rain\n• peace",
            "•rain\n•peace",
            "•\u{A0}rain\n•\tpeace",
            "1. rain\n2. peace",
            "1) rain\n2) peace",
            "– rain\n– peace",
            "o\train\no\tpeace",
            "\u{F0B7}\train\n▪ peace",
        ] {
            assert_eq!(entries(list), 2, "{list:?}");
        }
        for text in [
            "1. Mose 17,1 is read",
            "– and peace",
            "2018. was hard",
            "rain - and peace",
            "*rain* and\n**peace**",
            "o Lord",
            "-5 degrees",
            "100. a\n200. b",
        ] {
            assert_eq!(entries(text), 0, "{text:?}");
        }
    }
}
