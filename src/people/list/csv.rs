//! Lists as CSV, as spreadsheets and other programs write it.

use std::borrow::Cow;
use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use super::header::Header;
use super::row::{Field, Look, Rows, is_line_end, line_ends};
use super::{Entry, Fault, ListError, Place, Problem, Row, Words, value};
use crate::diagnostic::{Diagnostic, ReadError};
use crate::people::{EmailAddress, Recipient};

/// What may stand between the groups of a person. Taken for a part of a name, any of
/// them would keep that person out of both groups, and nobody would be told.
const BETWEEN_GROUPS: [char; 3] = [';', ',', '|'];

/// Reads a CSV file; see [`super::read`].
pub(super) fn read(
    path: &Path,
    each: &mut dyn FnMut(Row) -> ControlFlow<()>,
) -> Result<Vec<Diagnostic>, ListError> {
    let name: Arc<str> = path.display().to_string().into();
    let io = |cause| ReadError::new(&name, cause);
    let mut rows = Rows::new(File::open(path).map_err(io)?);
    rows.take_if(b"\xEF\xBB\xBF").map_err(io)?;
    if rows.take_if(b"\xFF\xFE").map_err(io)? || rows.take_if(b"\xFE\xFF").map_err(io)? {
        return Err(ListError::Utf16 {
            file: name.to_string(),
        });
    }
    let (header, findings) = Header::read(&mut rows, &name)?;

    let mut fields = Vec::new();
    let mut faults = Vec::new();
    loop {
        let look = rows.look(header.separator, &mut fields).map_err(io)?;
        let line = rows.line();
        let written = |bytes| Written {
            header: &header,
            file: &name,
            line,
            bytes,
            fields: &fields,
        };
        match look {
            Look::End => return Ok(findings),
            Look::Fault(at, problem) => {
                faults.push(written(rows.rest()).fault(at, problem));
                rows.take_line(at).map_err(io)?;
            }
            Look::Row(width) => {
                let row = written(&rows.rest()[..width]); // `look` has seen so many
                let entry = row.entry(&mut faults);
                // Where a mark is missing, the row has taken others for a part
                // of itself: they are read again, from the next line on, and
                // tell what is wrong there themselves.
                if !faults.is_empty() && row.may_hold_rows() {
                    if faults.iter().any(|fault| fault.place.line == line) {
                        faults.retain(|fault| fault.place.line == line);
                    }
                    rows.take_line(0).map_err(io)?;
                } else {
                    rows.take(width);
                }
                if let Some(entry) = entry
                    && each(Row::Entry(entry)).is_break()
                {
                    return Ok(findings);
                }
            }
        }
        for fault in faults.drain(..) {
            if each(Row::Fault(fault)).is_break() {
                return Ok(findings);
            }
        }
    }
}

/// A row as it stands in the file.
struct Written<'r> {
    header: &'r Header,
    file: &'r Arc<str>,
    line: u64,
    bytes: &'r [u8],
    fields: &'r [Field],
}

impl Written<'_> {
    /// Takes the row for a person. Nothing for a blank row, and for one with faults, which are added.
    fn entry(&self, faults: &mut Vec<Fault>) -> Option<Entry> {
        let blank = |field: &Field| self.bytes[field.range()].trim_ascii().is_empty();
        if self.fields.iter().all(blank) {
            return None;
        }
        let text = match std::str::from_utf8(self.bytes) {
            Ok(text) => text,
            Err(error) => {
                faults.push(self.fault(error.valid_up_to(), Problem::NotUtf8));
                return None;
            }
        };
        // Spreadsheets write empty fields where a neighbour once had something.
        let columns = self.header.columns;
        let found = self.fields.iter().rposition(|field| !blank(field));
        let found = found
            .map_or(0, |last| last + 1)
            .max(self.fields.len().min(columns));
        if found != columns {
            faults.push(Fault {
                column: None,
                ..self.fault(0, Problem::Fields { found, columns })
            });
            return None;
        }
        if let Some(field) = self.field_with_row(text) {
            faults.push(self.fault(field.start - 1, Problem::RowWithin)); // after its mark
            return None;
        }

        let address = self.value(text, self.header.email, faults, value::address);
        let name = self.optional(text, self.header.name, faults, value::name);
        let language = self.optional(text, self.header.language, faults, value::language);
        let groups = self.groups(text, faults);
        Some(Entry {
            recipient: Recipient {
                address: address?,
                name: name?,
                language: language?,
            },
            groups: groups?,
            place: self.place(0).0,
        })
    }

    /// Reads the field in a column; one that isn't there says nothing.
    fn value<T>(
        &self,
        text: &str,
        column: usize,
        faults: &mut Vec<Fault>,
        parse: impl FnOnce(&str) -> Result<T, Problem>,
    ) -> Option<T> {
        let field = self.fields.get(column)?; // there are as many as columns
        let parsed = parse(&unescaped(text, field));
        parsed
            .map_err(|problem| {
                faults.push(Fault {
                    words: Words::new(&text[field.range()]),
                    ..self.fault(field.start, problem)
                });
            })
            .ok()
    }

    fn optional<T>(
        &self,
        text: &str,
        column: Option<usize>,
        faults: &mut Vec<Fault>,
        parse: impl FnOnce(&str) -> Result<Option<T>, Problem>,
    ) -> Option<Option<T>> {
        match column {
            Some(column) => self.value(text, column, faults, parse),
            None => Some(None),
        }
    }

    /// Reads the groups, between any of [`BETWEEN_GROUPS`]: whichever does not
    /// separate the columns needs no quotation marks around the field.
    fn groups(&self, text: &str, faults: &mut Vec<Fault>) -> Option<Vec<String>> {
        let split = |written: &str| {
            let mut groups = Vec::new();
            for group in written.split(BETWEEN_GROUPS) {
                if !group.trim().is_empty() {
                    value::add_group(&mut groups, value::group(group)?);
                }
            }
            Ok(groups)
        };
        match self.header.groups {
            Some(column) => self.value(text, column, faults, split),
            None => Some(Vec::new()),
        }
    }

    /// Says whether the row goes over several lines in a way that no row of a
    /// list should: in the wrong number of fields, or in a value that is one line.
    fn may_hold_rows(&self) -> bool {
        let header = self.header;
        let over_lines = |field: &Field| self.bytes[field.range()].iter().any(is_line_end);
        let mut ours = [
            Some(header.email),
            header.name,
            header.language,
            header.groups,
        ]
        .into_iter()
        .flatten()
        .filter_map(|column| self.fields.get(column));
        self.fields.len() != header.columns
            || ours.any(over_lines)
            || std::str::from_utf8(self.bytes).is_ok_and(|text| self.field_with_row(text).is_some())
    }

    /// Finds a field over several lines of which one, but the first, is like a
    /// row of this list up to that field: an address stands in its column.
    fn field_with_row(&self, text: &str) -> Option<Field> {
        if !self.bytes.iter().any(is_line_end) {
            return None; // nearly always
        }
        let email = self.header.email;
        let like_row = |line: &str, index: usize| {
            let mut fields = line.split(char::from(self.header.separator));
            let address = fields.nth(email);
            address.is_some_and(|words| {
                email + fields.count() >= index
                    && words
                        .trim_matches(['"', ' '])
                        .parse::<EmailAddress>()
                        .is_ok()
            })
        };
        let found = self.fields.iter().enumerate().find(|(index, field)| {
            let mut lines = text[field.range()].lines().skip(1);
            lines.any(|line| like_row(line, *index))
        });
        found.map(|(_, field)| *field)
    }

    /// The place of a byte of the row, and its character in the line, from 1.
    fn place(&self, at: usize) -> (Place, u64) {
        let before = &self.bytes[..at];
        let line = before
            .iter()
            .rposition(is_line_end)
            .map_or(0, |end| end + 1);
        let column = String::from_utf8_lossy(&before[line..]).chars().count();
        let place = Place {
            file: Arc::clone(self.file),
            line: self.line + line_ends(0, before),
        };
        (place, column as u64 + 1)
    }

    /// A fault at a byte of the row, with the words from there to the end of the line.
    fn fault(&self, at: usize, problem: Problem) -> Fault {
        let (place, column) = self.place(at);
        let rest = &self.bytes[at..];
        let end = rest.iter().position(is_line_end).unwrap_or(rest.len());
        Fault {
            place,
            column: Some(column),
            problem,
            words: Words::new(&String::from_utf8_lossy(&rest[..end])),
        }
    }
}

/// What a field says.
fn unescaped<'t>(text: &'t str, field: &Field) -> Cow<'t, str> {
    let written = &text[field.range()];
    if field.doubled {
        written.replace("\"\"", "\"").into()
    } else {
        written.into()
    }
}
