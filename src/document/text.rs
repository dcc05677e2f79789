//! A TOML string with the way back: which bytes of the file each of its characters came from.
//!
//! Value and source differ (escapes, a trimmed first newline, a backslash at a
//! line's end), so that an offset in the one is not one in the other.

use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, MOST, SourceFile, Span, is_unseen};

/// A text and where in the file its parts stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// What the text says.
    pub value: String,
    /// Where it stands in the file, quotation marks and all.
    pub span: Span,
    pieces: Vec<Piece>,
}

/// A part of the value that stands in one piece in the file. In a verbatim
/// piece offsets run alongside; any other is one character made of several.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    value_start: usize,
    source: Span,
    verbatim: bool,
}

impl Text {
    /// Reads a string as TOML 1.1 writes it, quotation marks included, that
    /// stands at `span`. What is no escape is kept as it stands: the parser
    /// reports it.
    pub(super) fn decode(raw: &str, span: Span) -> Self {
        let mut decoder = Decoder {
            raw,
            at: 0,
            base: span.start,
            value: String::new(),
            pieces: Vec::new(),
        };
        for (fence, escapes) in [("\"\"\"", true), ("'''", false), ("\"", true), ("'", false)] {
            let Some(rest) = raw.strip_prefix(fence) else {
                continue;
            };
            decoder.at = fence.len();
            if fence.len() == 3 {
                decoder.at += rest.len()
                    - rest
                        .strip_prefix('\n')
                        .or_else(|| rest.strip_prefix("\r\n"))
                        .unwrap_or(rest)
                        .len();
            }
            let end = match raw.strip_suffix(fence) {
                Some(body) if body.len() >= decoder.at => body.len(),
                _ => raw.len(),
            };
            decoder.body(end, escapes);
            break;
        }
        Self {
            value: decoder.value,
            span,
            pieces: decoder.pieces,
        }
    }

    /// Makes a text without words, to add to.
    pub fn empty(span: Span) -> Self {
        Self {
            value: String::new(),
            span,
            pieces: Vec::new(),
        }
    }

    /// The same words with one space between each two, and none at the ends.
    pub fn single_spaced(&self) -> Self {
        let mut spaced = Self::empty(self.span);
        let mut before = 0;
        let mut at = 0;
        for word in self.value.split_inclusive([' ', '\t', '\r', '\n']) {
            let start = at;
            at += word.len();
            let word = word.trim_end_matches([' ', '\t', '\r', '\n']);
            if word.is_empty() {
                continue;
            }
            if !spaced.value.is_empty() {
                spaced.push(" ", self.source_span(before, start));
            }
            spaced.push_slice(self, start..start + word.len());
            before = start + word.len();
        }
        spaced
    }

    /// Makes a text of some bytes of the file that say something else than they are.
    pub fn placed(value: impl Into<String>, span: Span) -> Self {
        let mut text = Self::empty(span);
        text.push(&value.into(), span);
        text
    }

    /// Adds words that the bytes at `source` stand for.
    pub fn push(&mut self, words: &str, source: Span) {
        self.pieces.push(Piece {
            value_start: self.value.len(),
            source,
            verbatim: false,
        });
        self.value.push_str(words);
        self.span.end = self.span.end.max(source.end);
    }

    /// Adds the bytes `range` of another text of the same file, with their places.
    pub fn push_slice(&mut self, other: &Text, range: Range<usize>) {
        let offset = self.value.len();
        let first = other
            .pieces
            .partition_point(|piece| piece.value_start <= range.start);
        for (index, piece) in other
            .pieces
            .iter()
            .enumerate()
            .skip(first.saturating_sub(1))
        {
            let end = other
                .pieces
                .get(index + 1)
                .map_or(other.value.len(), |next| next.value_start);
            let from = piece.value_start.max(range.start);
            if from >= range.end {
                break;
            }
            if from >= end {
                continue;
            }
            let skipped = if piece.verbatim {
                from - piece.value_start
            } else {
                0
            };
            self.pieces.push(Piece {
                value_start: offset + from - range.start,
                source: Span::new(piece.source.start + skipped, piece.source.end),
                verbatim: piece.verbatim,
            });
        }
        self.value.push_str(&other.value[range.clone()]);
        self.span.end = self
            .span
            .end
            .max(other.source_span(range.start, range.end).end);
    }

    /// The bytes `range` of this text as a text of its own.
    pub fn slice(&self, range: Range<usize>) -> Self {
        let mut part = Self::empty(self.source_span(range.start, range.end));
        part.push_slice(self, range);
        part
    }

    /// Finds characters that can't be seen and would change what is seen, or
    /// end a header: controls but tabs and line ends, marks that turn the
    /// direction of text, noncharacters.
    pub(super) fn unseen<'t>(
        &'t self,
        source: &'t Arc<SourceFile>,
    ) -> impl Iterator<Item = Diagnostic> + 't {
        let unseen = self.value.char_indices().filter(|&(at, char)| {
            let line_end = char == '\n' || (char == '\r' && self.value[at + 1..].starts_with('\n'));
            !line_end && char != '\t' && (char.is_control() || is_unseen(char))
        });
        unseen.take(MOST + 1).map(|(at, char)| {
            let place = self.source_span(at, at + char.len_utf8());
            let told = format!(
                "a character that can't be seen stands in this text: U+{:04X}",
                u32::from(char)
            );
            Diagnostic::error("control-character", told)
                .at(source, place, "")
                .help("delete it and type the place anew")
        })
    }

    /// Where the bytes `start..end` of the value stand in the file. A part of
    /// an escape is the whole of it.
    pub fn source_span(&self, start: usize, end: usize) -> Span {
        let from = self.locate(start).start;
        let to = if end > start {
            self.locate(end - 1).end
        } else {
            from
        };
        Span::new(from, to)
    }

    /// The bytes of the file that the byte `at` of the value came from.
    fn locate(&self, at: usize) -> Span {
        let index = self
            .pieces
            .partition_point(|piece| piece.value_start <= at)
            .checked_sub(1);
        match index.and_then(|index| self.pieces.get(index)) {
            Some(piece) if piece.verbatim => {
                let start = (piece.source.start + at - piece.value_start).min(piece.source.end);
                Span::new(start, (start + 1).min(piece.source.end))
            }
            Some(piece) => piece.source,
            None => Span::new(self.span.start, self.span.start),
        }
    }
}

struct Decoder<'a> {
    raw: &'a str,
    at: usize,
    base: usize,
    value: String,
    pieces: Vec<Piece>,
}

impl Decoder<'_> {
    fn body(&mut self, end: usize, escapes: bool) {
        while self.at < end {
            let rest = &self.raw[self.at..end];
            let plain = if escapes {
                rest.find('\\').unwrap_or(rest.len())
            } else {
                rest.len()
            };
            self.push(&rest[..plain], plain, true);
            if plain < rest.len() {
                self.escape(&rest[plain..]);
            }
        }
    }

    /// Takes `width` bytes of the source for `value`.
    fn push(&mut self, value: &str, width: usize, verbatim: bool) {
        let start = self.base + self.at;
        if !value.is_empty() {
            self.pieces.push(Piece {
                value_start: self.value.len(),
                source: Span::new(start, start + width),
                verbatim,
            });
        }
        self.value.push_str(value);
        self.at += width;
    }

    fn escape(&mut self, rest: &str) {
        let simple = match rest.as_bytes().get(1) {
            Some(b'b') => Some("\u{8}"),
            Some(b't') => Some("\t"),
            Some(b'n') => Some("\n"),
            Some(b'f') => Some("\u{C}"),
            Some(b'r') => Some("\r"),
            Some(b'e') => Some("\u{1B}"),
            Some(b'"') => Some("\""),
            Some(b'\\') => Some("\\"),
            _ => None,
        };
        if let Some(value) = simple {
            return self.push(value, 2, false);
        }
        if let Some((char, width)) = unicode_escape(rest) {
            return self.push(char.encode_utf8(&mut [0; 4]), width, false);
        }
        // A backslash at a line's end swallows the white space up to the next word.
        let after = &rest[1..];
        let next = after.trim_start_matches([' ', '\t', '\r', '\n']);
        let swallowed = &after[..after.len() - next.len()];
        if swallowed
            .trim_start_matches([' ', '\t', '\r'])
            .starts_with('\n')
        {
            return self.push("", 1 + swallowed.len(), false);
        }
        self.push("\\", 1, true);
    }
}

/// Reads `\xHH`, `\uHHHH` or `\UHHHHHHHH`: the character and the bytes it takes.
fn unicode_escape(rest: &str) -> Option<(char, usize)> {
    let digits = match rest.as_bytes().get(1)? {
        b'x' => 2,
        b'u' => 4,
        b'U' => 8,
        _ => return None,
    };
    let hex = rest.get(2..2 + digits)?;
    if !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let char = char::from_u32(u32::from_str_radix(hex, 16).ok()?)?;
    Some((char, 2 + digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(raw: &str) -> Text {
        Text::decode(raw, Span::new(100, 100 + raw.len()))
    }

    /// The words of `raw` that the bytes of `part` in the value came from.
    fn origin<'a>(raw: &'a str, part: &str) -> &'a str {
        let text = decode(raw);
        let start = text.value.find(part).expect("the part is in the value");
        let span = text.source_span(start, start + part.len());
        &raw[span.start - 100..span.end - 100]
    }

    #[test]
    fn offsets_lead_back_to_the_file() {
        let raw = "\"\"\"\r\nOne \\\"two\\\" \\\n   \u{e9}t\\u00e9 three\"\"\"";
        assert_eq!(decode(raw).value, "One \"two\" \u{e9}t\u{e9} three");
        assert_eq!(origin(raw, "One"), "One");
        assert_eq!(origin(raw, "\"two\""), "\\\"two\\\"");
        assert_eq!(origin(raw, "\u{e9}t\u{e9}"), "\u{e9}t\\u00e9");
        assert_eq!(origin(raw, "three"), "three");
    }

    #[test]
    fn empty_and_broken_strings_do_no_harm() {
        for raw in [
            "\"\"",
            "\"",
            "\"\"\"\"\"\"",
            "\"\"\"",
            "''",
            "'''x",
            "\"\\",
            "\"\\u12\"",
            "",
            "x",
        ] {
            let text = decode(raw);
            text.source_span(0, text.value.len());
            text.source_span(5, 9);
        }
    }

    proptest::proptest! {
        #[test]
        fn strings_say_what_the_parser_reads(body in "(\\\\[btnfre\"\\\\]|\\\\u00e9|\\\\x41|\\\\U0001F600|\\\\ *\r?\n *|\r?\n|[a-zé '😀\t]){0,20}") {
            for raw in [format!("\"\"\"{body}\"\"\""), format!("'''{body}'''"), format!("\"{body}\""), format!("'{body}'")] {
                let document = format!("a = {raw}");
                let Ok(parsed) = toml::de::DeTable::parse(&document) else { continue };
                let meant = parsed.get_ref().iter().next().and_then(|(_, value)| value.get_ref().as_str()).unwrap().to_owned();
                proptest::prop_assert_eq!(decode(&raw).value, meant, "{}", raw);
            }
        }
    }
}
