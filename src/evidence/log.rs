//! Reads the logs of relays in one pass, the earliest first, so that what one
//! file begins another may end.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Local, Utc};

use super::exim::Exim;
use super::lines::each_line;
use super::moment::{WIDTH, moment};
use super::postfix::Postfix;
use super::{EvidenceError, Says, Sought};

/// What stands for standard input.
const INPUT: &str = "-";

/// So much of a file is looked at to know when it begins, in bytes.
const PEEK: u64 = 64 << 10;

/// Every so many lines the time is read, besides the first and the last: files
/// that were put behind each other need not be in order.
const SAMPLE: u64 = 1_000;

/// How compressed files begin, and what unpacks them.
const COMPRESSED: [(&[u8], &str); 4] = [
    (b"\x1f\x8b", "zcat"),
    (b"\x28\xb5\x2f\xfd", "zstdcat"),
    (b"\xfd7zXZ\0", "xzcat"),
    (b"BZh", "bzcat"),
];

/// From when to when a log reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The file.
    pub file: String,
    /// How many lines it has.
    pub lines: u64,
    /// The earliest time in it, if there is one that can be read.
    pub from: Option<DateTime<Utc>>,
    /// The latest.
    pub to: Option<DateTime<Utc>>,
}

impl Span {
    /// Both times, if they are known.
    pub fn reach(&self) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        self.from.zip(self.to)
    }

    /// Takes in the time of a line, if it has one.
    fn take_in(&mut self, line: &[u8], now: &DateTime<Local>) {
        if let Some(at) = moment(line, now) {
            self.from = Some(self.from.map_or(at, |from| from.min(at)));
            self.to = Some(self.to.map_or(at, |to| to.max(at)));
        }
    }
}

/// Looks for letters in logs; `-` is standard input. Returns from when to when each reaches.
///
/// # Errors
/// A file can't be read, or is compressed.
pub fn read_logs(paths: &[PathBuf], sought: &mut Sought) -> Result<Vec<Span>, EvidenceError> {
    let mut files = Vec::new();
    for path in paths {
        if path == Path::new(INPUT) {
            files.push((DateTime::<Utc>::MAX_UTC, path)); // it comes when it comes
        } else {
            files.push((begins(path)?.unwrap_or(DateTime::<Utc>::MAX_UTC), path));
        }
    }
    files.sort_by_key(|(begins, _)| *begins);
    let mut reader = Reader {
        postfix: Postfix::new(),
        exim: Exim::default(),
        now: Local::now(),
    };
    let mut spans = Vec::new();
    for (_, path) in files {
        let span = if path == Path::new(INPUT) {
            reader.read("standard input", io::stdin().lock(), sought)
        } else {
            File::open(path).and_then(|file| reader.read(&path.to_string_lossy(), file, sought))
        };
        spans.push(span.map_err(|cause| failed(path, cause))?);
    }
    Ok(spans)
}

fn failed(path: &Path, cause: io::Error) -> EvidenceError {
    EvidenceError::Io {
        path: path.to_owned(),
        cause,
    }
}

/// The first time in a file.
fn begins(path: &Path) -> Result<Option<DateTime<Utc>>, EvidenceError> {
    let mut head = Vec::new();
    File::open(path)
        .and_then(|file| file.take(PEEK).read_to_end(&mut head))
        .map_err(|cause| failed(path, cause))?;
    let packed = COMPRESSED.iter().find(|(magic, _)| head.starts_with(magic));
    if let Some((_, unpack)) = packed {
        return Err(EvidenceError::Compressed {
            path: path.to_owned(),
            unpack,
        });
    }
    let now = Local::now();
    let mut lines = head.split(|byte| *byte == b'\n');
    Ok(lines.find_map(|line| moment(line, &now)))
}

struct Reader {
    postfix: Postfix,
    exim: Exim,
    now: DateTime<Local>,
}

impl Reader {
    fn read(&mut self, name: &str, from: impl Read, sought: &mut Sought) -> io::Result<Span> {
        let mut span = Span {
            file: name.to_owned(),
            lines: 0,
            from: None,
            to: None,
        };
        let mut last = Vec::with_capacity(WIDTH);
        let lines = each_line(from, |number, line| {
            if number % SAMPLE == 1 || span.from.is_none() {
                span.take_in(line, &self.now);
            }
            // The last line that may have a time; a continuation has none.
            let has_time = |first: &u8| first.is_ascii_alphanumeric() || *first == b'<';
            if line.first().is_some_and(has_time) {
                last.clear();
                last.extend_from_slice(&line[..line.len().min(WIDTH)]);
            }
            if let Some((letter, says)) = self.says(line, sought) {
                sought.note(letter, name, number, says, line);
            }
        })?;
        span.take_in(&last, &self.now);
        span.lines = lines;
        Ok(span)
    }

    fn says(&mut self, line: &[u8], sought: &Sought) -> Option<(usize, Says)> {
        if let Some(told) = self.postfix.read(line, sought) {
            return Some(told);
        }
        let named = sought.named(line);
        if let Some(told) = self.exim.read(line, named) {
            return Some(told);
        }
        named.map(|letter| (letter, Says::Named))
    }
}
