//! Cuts a CSV file (RFC 4180, with the separator of the header) into rows, in
//! memory that no file can make grow.
//!
//! The csv crate reads what is well-formed as fast. But a quotation mark that
//! is left open gives it the rest of the file as one field, however large; it
//! takes what follows a closing mark for part of the text; and it doesn't know
//! the line of a row after a blank one or after CRLF. Each would lose people in
//! somebody else's name. So a row is looked at first, where it stands in the
//! buffer, and taken when it is known where it ends.

use std::io::{self, Read};
use std::ops::Range;

use super::Problem;

/// The longest row, in bytes, without its line end. Real ones have a few hundred.
pub const MAX_ROW: usize = 64 << 10;

/// Room for the longest row and for reading on without moving much.
const BUFFER: usize = 4 * MAX_ROW;

/// A field of a row: where it stands in it, quotation marks left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// The first byte.
    pub(super) start: usize,
    /// The byte after the last one.
    pub(super) end: usize,
    /// Whether quotation marks in it are doubled.
    pub(super) doubled: bool,
}

impl Field {
    /// Its bytes in the row.
    pub(super) fn range(&self) -> Range<usize> {
        self.start..self.end
    }
}

/// What a look at the next row shows.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// A row of so many bytes, its line end left out.
    Row(usize),
    /// No row, since something is wrong at this byte of it.
    Fault(usize, Problem),
    /// The end of the file.
    End,
}

/// The rows of a file that have not been taken yet.
#[derive(Debug)]
pub(super) struct Rows<R> {
    input: R,
    buffer: Box<[u8]>,
    /// What is in the buffer and not taken begins here,
    start: usize,
    /// and ends here.
    end: usize,
    /// Whether the input has ended.
    whole: bool,
    /// The line, from 1, of the byte at `start`.
    line: u64,
    /// The byte before it.
    before: u8,
}

impl<R: Read> Rows<R> {
    /// Begins a file.
    pub(super) fn new(input: R) -> Self {
        Self {
            input,
            buffer: vec![0; BUFFER].into_boxed_slice(),
            start: 0,
            end: 0,
            whole: false,
            line: 1,
            before: 0,
        }
    }

    /// Takes these bytes if the file goes on with them.
    pub(super) fn take_if(&mut self, bytes: &[u8]) -> io::Result<bool> {
        while self.rest().len() < bytes.len() && !self.whole {
            self.fill()?;
        }
        let found = self.rest().starts_with(bytes);
        if found {
            self.take(bytes.len());
        }
        Ok(found)
    }

    /// The line of the next row, from 1: `\n`, `\r\n` and `\r` each end one.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// The bytes from the start of the next row on, as far as they have been read.
    pub(super) fn rest(&self) -> &[u8] {
        &self.buffer[self.start..self.end] // `fill` and `take` keep start <= end <= length
    }

    /// Looks at the next row, past empty lines, and finds its fields.
    pub(super) fn look(&mut self, separator: u8, fields: &mut Vec<Field>) -> io::Result<Look> {
        loop {
            let blank = self.rest().iter().take_while(|byte| is_line_end(byte));
            let blank = blank.count();
            self.take(blank);
            let rest = self.rest();
            let window = &rest[..rest.len().min(MAX_ROW + 1)]; // one to see that it ends
            let last = self.whole && rest.len() <= MAX_ROW;
            match cut(window, separator, last, fields) {
                Cut::More { quote } if window.len() > MAX_ROW => {
                    return Ok(match quote {
                        Some(at) => Look::Fault(at, Problem::UnclosedQuote),
                        None => Look::Fault(0, Problem::TooLong),
                    });
                }
                Cut::More { .. } if self.whole => return Ok(Look::End),
                Cut::More { .. } => self.fill()?,
                Cut::Row(width) => return Ok(Look::Row(width)),
                Cut::Fault(at, problem) => return Ok(Look::Fault(at, problem)),
            }
        }
    }

    /// Takes so many bytes of [`Rows::rest`].
    pub(super) fn take(&mut self, width: usize) {
        let taken = &self.buffer[self.start..self.start + width];
        self.line += line_ends(self.before, taken);
        self.before = taken.last().copied().unwrap_or(self.before);
        self.start += width;
    }

    /// Takes the row only as far as the line ends in which its byte `at`
    /// stands: after a fault in the quotation marks the lines below may be rows.
    pub(super) fn take_line(&mut self, at: usize) -> io::Result<()> {
        self.take(at);
        loop {
            if let Some(width) = self.rest().iter().position(is_line_end) {
                self.take(width);
                return Ok(());
            }
            self.take(self.rest().len());
            if self.whole {
                return Ok(());
            }
            self.fill()?;
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        if self.end == self.buffer.len() {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        // There is room: nobody asks for more while a longest row is in the buffer.
        let read = loop {
            match self.input.read(&mut self.buffer[self.end..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.end += read;
        self.whole = read == 0;
        Ok(())
    }
}

/// Says whether a byte is or begins the end of a line.
pub(super) fn is_line_end(byte: &u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

/// Counts the ends of lines in bytes that follow the byte `before`; `\r\n` is one.
pub(super) fn line_ends(mut before: u8, bytes: &[u8]) -> u64 {
    let mut count = 0;
    for &byte in bytes {
        count += u64::from(byte == b'\r' || (byte == b'\n' && before != b'\r'));
        before = byte;
    }
    count
}

#[derive(Debug, PartialEq, Eq)]
enum Cut {
    /// A row of so many bytes.
    Row(usize),
    /// The row goes on after these bytes, perhaps within quotation marks that open here.
    More {
        quote: Option<usize>,
    },
    Fault(usize, Problem),
}

/// Finds the first row and its fields; `last` says that the file ends with
/// these bytes. White space before a quotation mark and after its counterpart
/// is no part of a field.
fn cut(bytes: &[u8], separator: u8, last: bool, fields: &mut Vec<Field>) -> Cut {
    fields.clear();
    if bytes.is_empty() {
        return Cut::More { quote: None };
    }
    let padding = |from: usize| {
        let is_padding = |byte: u8| byte == b' ' || (byte == b'\t' && separator != b'\t');
        let blank = bytes[from..].iter().take_while(|&&byte| is_padding(byte));
        from + blank.count()
    };
    let mut start = 0; // of a field; never beyond the end
    loop {
        let open = padding(start);
        let end = if bytes.get(open) == Some(&b'"') {
            let (close, doubled) = match closing_mark(bytes, open + 1, last) {
                Some(found) => found,
                None if last => return Cut::Fault(open, Problem::UnclosedQuote),
                None => return Cut::More { quote: Some(open) },
            };
            fields.push(Field {
                start: open + 1,
                end: close,
                doubled,
            });
            padding(close + 1)
        } else {
            let ends = |byte: &u8| *byte == separator || is_line_end(byte);
            let end = bytes[start..].iter().position(ends);
            let end = end.map_or(bytes.len(), |width| start + width);
            fields.push(Field {
                start,
                end,
                doubled: false,
            });
            end
        };
        match bytes.get(end) {
            Some(&byte) if byte == separator => start = end + 1,
            Some(byte) if is_line_end(byte) => return Cut::Row(end),
            None if last => return Cut::Row(end),
            None => return Cut::More { quote: None },
            Some(_) => return Cut::Fault(open, Problem::TextAfterQuote),
        }
    }
}

/// Where the mark stands that closes a quoted field whose text begins at
/// `start`, and whether marks in it are doubled. Nothing if it can't be seen yet.
fn closing_mark(bytes: &[u8], start: usize, last: bool) -> Option<(usize, bool)> {
    let mut at = start;
    let mut doubled = false;
    loop {
        at += bytes[at..].iter().position(|&byte| byte == b'"')?;
        match bytes.get(at + 1) {
            Some(b'"') => at += 2,
            None if !last => return None,
            _ => return Some((at, doubled)),
        }
        doubled = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str, separator: u8) -> Vec<&str> {
        let mut found = Vec::new();
        let cut = cut(text.as_bytes(), separator, true, &mut found);
        assert!(matches!(cut, Cut::Row(_)), "{text:?}: {cut:?}");
        found
            .into_iter()
            .map(|field| &text[field.start..field.end])
            .collect()
    }

    #[test]
    fn rows_are_cut_into_fields() {
        assert_eq!(fields("a,b,,c d", b','), ["a", "b", "", "c d"]);
        assert_eq!(fields("a,\"b,\r\nc\",\nd", b','), ["a", "b,\r\nc", ""]);
        assert_eq!(fields("a;  \"b\" ;c\r\n", b';'), ["a", "b", "c"]);
        assert_eq!(fields("a\t\t\"\"\t\"b\"", b'\t'), ["a", "", "", "b"]);
        assert_eq!(fields("a \"b\",c\"", b','), ["a \"b\"", "c\""]);
        assert_eq!(fields("\"say \"\"no\"\"\"", b','), ["say \"\"no\"\""]);
        assert_eq!(fields(",", b','), ["", ""]);
    }

    #[test]
    fn marks_that_do_not_close_are_faults() {
        let cut = |text: &str| cut(text.as_bytes(), b',', true, &mut Vec::new());
        assert_eq!(cut("a,\"b\nc"), Cut::Fault(2, Problem::UnclosedQuote));
        assert_eq!(cut("a,\"b\"\""), Cut::Fault(2, Problem::UnclosedQuote));
        assert_eq!(cut("a, \"b\nc\"d"), Cut::Fault(3, Problem::TextAfterQuote));
    }

    /// Gives one byte at a time.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let width = self.0.len().min(1).min(into.len());
            into[..width].copy_from_slice(&self.0[..width]);
            self.0 = &self.0[width..];
            Ok(width)
        }
    }

    #[test]
    fn lines_are_counted_as_an_editor_counts_them() {
        let text = b"one\r\n\r\n\"tw\r\no\"\rfive\n\n\nlast";
        let mut rows = Rows::new(Slow(text));
        let mut fields = Vec::new();
        let mut seen = Vec::new();
        while let Look::Row(width) = rows.look(b',', &mut fields).unwrap() {
            seen.push((rows.line(), rows.rest()[..width].to_vec()));
            rows.take(width);
        }
        let expected: [(u64, &[u8]); 4] =
            [(1, b"one"), (3, b"\"tw\r\no\""), (5, b"five"), (8, b"last")];
        assert_eq!(seen, expected.map(|(line, row)| (line, row.to_vec())));
    }

    #[test]
    fn no_row_is_longer_than_the_limit() {
        let look = |text: String| {
            let mut rows = Rows::new(text.as_bytes());
            rows.look(b',', &mut Vec::new()).unwrap()
        };
        assert_eq!(look("a".repeat(MAX_ROW)), Look::Row(MAX_ROW));
        assert_eq!(look("a".repeat(MAX_ROW) + "\n"), Look::Row(MAX_ROW));
        assert_eq!(
            look("a".repeat(MAX_ROW + 1)),
            Look::Fault(0, Problem::TooLong)
        );
        assert_eq!(
            look(format!("a,\"{}", "b\n".repeat(MAX_ROW))),
            Look::Fault(2, Problem::UnclosedQuote)
        );
    }
}
