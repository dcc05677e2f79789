//! A file as it was read: its text, its name, and where its lines begin, so
//! that a byte offset can be told to a person as a line and a column.

use std::io::{ErrorKind, Read};
use std::path::Path;
use std::sync::Arc;

use super::Diagnostic;

/// A half-open range of bytes in the text of one [`SourceFile`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
}

impl Span {
    /// Makes a span of the bytes `start..end`; an `end` before `start` counts as `start`.
    pub fn new(start: usize, end: usize) -> Self {
        Self {
            start,
            end: end.max(start),
        }
    }
}

/// A value together with the place in the file that it was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Located<T> {
    /// What was read.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> Located<T> {
    /// Joins a value to its place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    /// Keeps the place and changes the value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Located<U> {
        Located::new(change(self.value), self.span)
    }
}

/// A place as people count: both numbers begin at 1, columns count characters
/// (Unicode scalar values), a tab being one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
}

/// Bytes as text, and what was wrong with them.
struct Decoded {
    text: String,
    bad: Option<(Span, String)>,
}

fn decode(bytes: &[u8]) -> Decoded {
    let little: fn([u8; 2]) -> u16 = u16::from_le_bytes;
    let utf_16 = match bytes {
        [0xFF, 0xFE, rest @ ..] => Some((rest, little)),
        [0xFE, 0xFF, rest @ ..] => Some((rest, u16::from_be_bytes as fn([u8; 2]) -> u16)),
        _ => None,
    };
    if let Some((rest, unit)) = utf_16 {
        let units: Vec<u16> = rest
            .chunks_exact(2)
            .map(|pair| unit([pair[0], pair[1]]))
            .collect(); // pairs
        return Decoded {
            text: String::from_utf16_lossy(&units),
            bad: Some((
                Span::new(0, 0),
                "it is UTF-16, which Windows calls “Unicode”".to_owned(),
            )),
        };
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut text = String::with_capacity(bytes.len());
    let mut places = 0_usize;
    let mut first = None;
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            let start = text.len();
            text.push(char::REPLACEMENT_CHARACTER);
            places += 1;
            first.get_or_insert(Span::new(start, text.len()));
        }
    }
    let told = match places {
        0 | 1 => "a character here can't be read".to_owned(),
        2 => "a character here can't be read, and one more below".to_owned(),
        _ => format!(
            "a character here can't be read, and {} more below",
            places - 1
        ),
    };
    Decoded {
        text,
        bad: first.map(|span| (span, told)),
    }
}

/// Why a file could not be read at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// There is none of this name.
    #[error("there is no file {0}")]
    NotFound(String),
    /// It is a folder.
    #[error("{0} is a folder, not a file")]
    Folder(String),
    /// The file is larger than its kind may be.
    #[error("{name} is larger than {limit} bytes; is it the right file?")]
    TooLarge {
        /// The path as it was given.
        name: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// The operating system refused.
    #[error("{name} can't be read: {cause}")]
    Io {
        /// The path as it was given.
        name: String,
        /// What the system said.
        cause: std::io::Error,
    },
}

impl ReadError {
    /// Why a file of this name could not be read.
    pub(crate) fn new(name: &str, cause: std::io::Error) -> Self {
        let name = name.to_owned();
        match cause.kind() {
            ErrorKind::NotFound => Self::NotFound(name),
            ErrorKind::IsADirectory => Self::Folder(name),
            _ => Self::Io { name, cause },
        }
    }

    /// The error as a finding, beside those in files that could be read.
    pub fn finding(&self) -> Diagnostic {
        let finding = Diagnostic::error("unreadable-file", self.to_string());
        match self {
            Self::Folder(name) => finding.help(format!(
                "name the files in it: {}/*.toml",
                name.trim_end_matches('/')
            )),
            _ => finding,
        }
    }
}

/// The text of one file and its name as the person gave it.
#[derive(Debug)]
pub struct SourceFile {
    name: String,
    text: String,
    line_starts: Vec<usize>,
}

impl SourceFile {
    /// Reads a file of at most `limit` bytes.
    ///
    /// # Errors
    /// The file can't be opened or read, or is larger than `limit`. Bytes that
    /// are not UTF-8 are no error here: see [`SourceFile::from_bytes`].
    pub fn open(path: &Path, limit: u64) -> Result<(Arc<Self>, Vec<Diagnostic>), ReadError> {
        let name = path.display().to_string();
        let io = |cause| ReadError::new(&name, cause);
        let mut bytes = Vec::new();
        std::fs::File::open(path)
            .map_err(io)?
            .take(limit + 1)
            .read_to_end(&mut bytes)
            .map_err(io)?;
        if bytes.len() as u64 > limit {
            return Err(ReadError::TooLarge { name, limit });
        }
        Ok(Self::from_bytes(name, &bytes))
    }

    /// Takes the bytes of a file. A byte order mark is dropped; UTF-16 behind
    /// one is understood, with a finding; each run of bytes that is not UTF-8
    /// becomes U+FFFD, with one finding at the first.
    pub fn from_bytes(name: impl Into<String>, bytes: &[u8]) -> (Arc<Self>, Vec<Diagnostic>) {
        let Decoded { text, bad } = decode(bytes);
        let line_starts = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        let source = Arc::new(Self {
            name: name.into(),
            text,
            line_starts,
        });
        let finding = bad.map(|(span, told)| {
            Diagnostic::error("not-utf-8", "this file is not saved as UTF-8")
                .at(&source, span, told)
                .help("save it as UTF-8; editors call that “UTF-8” in “Save as” or “Encoding”")
        });
        (source, finding.into_iter().collect())
    }

    /// The path as the person gave it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text, without a byte order mark; line ends are as in the file.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The words at a span; offsets outside the text or inside a character are moved to the nearest start of one.
    pub fn slice(&self, span: Span) -> &str {
        let start = self.text.floor_char_boundary(span.start);
        let end = self.text.floor_char_boundary(span.end).max(start);
        &self.text[start..end]
    }

    /// The number, from 0, of the line that holds this byte.
    pub(crate) fn line_index(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|&start| start <= offset) - 1 // the first line starts at 0
    }

    /// The span of a line, by its number from 0, without its line end.
    pub(crate) fn line_span(&self, index: usize) -> Span {
        let start = self
            .line_starts
            .get(index)
            .copied()
            .unwrap_or(self.text.len());
        let end = self
            .line_starts
            .get(index + 1)
            .map_or(self.text.len(), |next| next - 1);
        let line = self.slice(Span::new(start, end));
        Span::new(start, start + line.strip_suffix('\r').unwrap_or(line).len())
    }

    /// The line and column of a byte.
    pub fn position(&self, offset: usize) -> Position {
        let offset = self.text.floor_char_boundary(offset);
        let line = self.line_index(offset);
        let start = self.line_starts[line]; // `line_index` returns an index of this list
        Position {
            line: line + 1,
            column: self.text[start..offset].chars().count() + 1,
        }
    }
}
