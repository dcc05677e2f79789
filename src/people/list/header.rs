//! The first line of a CSV list: which column is which, and what separates them.

use std::io::Read;
use std::sync::Arc;

use super::row::{Field, Look, Rows};
use super::{ListError, Place};
use crate::diagnostic::{Diagnostic, ReadError, SourceFile, Span, quote};
use crate::document::nearest;

/// The names that columns are known by; the last one is another for the first.
const KNOWN: [&str; 5] = ["email", "name", "language", "groups", "address"];

/// The most columns that an error names.
const MOST_NAMED: usize = 20;

/// Where each value of a person stands in a row.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// What stands between two fields.
    pub(super) separator: u8,
    /// How many fields a row has, up to the last column with a name.
    pub(super) columns: usize,
    pub(super) email: usize,
    pub(super) name: Option<usize>,
    pub(super) language: Option<usize>,
    pub(super) groups: Option<usize>,
}

/// The columns as one separator shows them.
struct Columns {
    separator: u8,
    width: usize,
    /// The names as written, with the first byte of each.
    names: Vec<(usize, String)>,
}

impl Columns {
    fn cut<R: Read>(
        rows: &mut Rows<R>,
        separator: u8,
        file: &Arc<str>,
    ) -> Result<Option<Self>, ListError> {
        let mut fields: Vec<Field> = Vec::new();
        let look = rows.look(separator, &mut fields);
        let look = look.map_err(|cause| ReadError::new(file, cause))?;
        match look {
            Look::End => Err(ListError::Empty {
                file: file.to_string(),
            }),
            Look::Fault(..) => Ok(None),
            Look::Row(width) => {
                let name = |field: &Field| {
                    let written = rows.rest().get(field.start..field.end).unwrap_or_default();
                    let written = String::from_utf8_lossy(written);
                    (field.start, written.trim().to_owned())
                };
                let names = fields.iter().map(name).collect();
                Ok(Some(Self {
                    separator,
                    width,
                    names,
                }))
            }
        }
    }

    /// How many columns are known.
    fn known(&self) -> usize {
        let known = |(_, name): &&(usize, String)| known(name).is_some();
        self.names.iter().filter(known).count()
    }

    /// The number of the column with a name that stands at most once.
    fn position(&self, wanted: &'static str, place: &Place) -> Result<Option<usize>, ListError> {
        let mut found = self.names.iter().enumerate();
        let mut next = || found.find(|(_, (_, name))| known(name) == Some(wanted));
        let first = next().map(|(index, _)| index);
        if next().is_some() {
            return Err(ListError::RepeatedColumn {
                place: place.clone(),
                column: wanted,
            });
        }
        Ok(first)
    }
}

fn known(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    KNOWN.into_iter().find(|&known| known == name)
}

impl Header {
    /// Reads the header and takes it. Of comma, semicolon and tab that one
    /// separates by which most columns are known, else by which there are most.
    ///
    /// Returns with it what was found in the header.
    pub(super) fn read<R: Read>(
        rows: &mut Rows<R>,
        file: &Arc<str>,
    ) -> Result<(Self, Vec<Diagnostic>), ListError> {
        let mut best: Option<Columns> = None;
        for separator in [b',', b';', b'\t'] {
            let Some(columns) = Columns::cut(rows, separator, file)? else {
                continue;
            };
            let weight = |columns: &Columns| (columns.known(), columns.names.len());
            if best
                .as_ref()
                .is_none_or(|best| weight(&columns) > weight(best))
            {
                best = Some(columns);
            }
        }
        let place = Place {
            file: Arc::clone(file),
            line: rows.line(),
        };
        let Some(columns) = best else {
            return Err(Self::broken(rows, place));
        };
        let email = match columns.position("email", &place)? {
            Some(email) => email,
            None => columns
                .position("address", &place)?
                .ok_or_else(|| without_email(&columns, &place))?,
        };
        let last = columns.names.iter().rposition(|(_, name)| !name.is_empty());
        let header = Self {
            separator: columns.separator,
            columns: last.map_or(0, |last| last + 1),
            email,
            name: columns.position("name", &place)?,
            language: columns.position("language", &place)?,
            groups: columns.position("groups", &place)?,
        };
        let findings = header.unread(&columns, &rows.rest()[..columns.width], &place);
        rows.take(columns.width);
        Ok((header, findings))
    }

    /// Tells of a first row that no separator cuts into fields.
    fn broken<R: Read>(rows: &mut Rows<R>, place: Place) -> ListError {
        match rows.look(b',', &mut Vec::new()) {
            Ok(Look::Fault(_, problem)) => ListError::BrokenHeader { place, problem },
            _ => ListError::NoHeader { place }, // the same look has failed before
        }
    }

    /// Warns of columns that nothing is read from.
    fn unread(&self, columns: &Columns, bytes: &[u8], place: &Place) -> Vec<Diagnostic> {
        // The empty lines above stand for those of the file, so that the line is right.
        let above = usize::try_from(place.line - 1).unwrap_or(0); // lines count from 1
        let text = [b"\n".repeat(above).as_slice(), bytes].concat();
        let (source, mut findings) = SourceFile::from_bytes(&*place.file, &text);
        if !findings.is_empty() {
            return findings; // the places that follow would be wrong
        }
        let read = [Some(self.email), self.name, self.language, self.groups];
        let absent: Vec<_> = [
            ("name", self.name),
            ("language", self.language),
            ("groups", self.groups),
        ]
        .into_iter()
        .filter(|(_, index)| index.is_none())
        .map(|(name, _)| name)
        .collect();
        for (index, (start, name)) in columns.names.iter().enumerate() {
            if name.is_empty() || read.contains(&Some(index)) {
                continue;
            }
            let finding = Diagnostic::warning(
                "unknown-column",
                format!("the column {} is not read", quote(name)),
            )
            .at(
                &source,
                Span::new(above + start, above + start + name.len()),
                "",
            );
            findings.push(match nearest(name, &absent) {
                Some(near) => finding.help(format!("did you mean `{near}`?")),
                None => finding,
            });
        }
        findings
    }
}

fn without_email(columns: &Columns, place: &Place) -> ListError {
    let place = place.clone();
    if columns.names.iter().any(|(_, name)| name.contains('@')) {
        return ListError::NoHeader { place };
    }
    let mut found: Vec<_> = columns
        .names
        .iter()
        .filter(|(_, name)| !name.is_empty())
        .map(|(_, name)| quote(name))
        .collect();
    if found.len() > MOST_NAMED {
        let more = found.len() - MOST_NAMED;
        found.truncate(MOST_NAMED);
        found.push(format!("and {more} more"));
    }
    ListError::NoEmailColumn {
        place,
        found: if found.is_empty() {
            "nothing".to_owned()
        } else {
            found.join(", ")
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Header, ListError> {
        Header::read(&mut Rows::new(text.as_bytes()), &"x.csv".into()).map(|(header, _)| header)
    }

    #[test]
    fn the_separator_is_the_one_that_shows_known_columns() {
        for (text, separator, email) in [
            ("email", b',', 0),
            ("name,email", b',', 1),
            ("name;email;a,b,c,d", b';', 1),
            ("Name \t\" E-MAIL, private\"\t ADDRESS ", b'\t', 2),
            ("\"na;me\",email", b',', 1),
        ] {
            let header = read(text).unwrap();
            assert_eq!(
                (header.separator, header.email),
                (separator, email),
                "{text:?}"
            );
        }
    }

    #[test]
    fn columns_are_counted_up_to_the_last_name() {
        let header = read("address,email,,Groups,,\n").unwrap();
        assert_eq!(
            (header.columns, header.email, header.groups),
            (4, 1, Some(3))
        );
    }

    #[test]
    fn a_header_that_leaves_a_doubt_is_an_error() {
        let told = |text: &str| read(text).unwrap_err().to_string();
        assert_eq!(
            told("\n\nmail;Name\n"),
            "x.csv:3: there is no column `email`; found `mail`, `Name`: call that of the addresses `email`"
        );
        assert_eq!(
            told("email,Email\n"),
            "x.csv:1: there are two columns `email`; keep one"
        );
        let without = told("anna@example.org,Anna\n");
        assert!(without.starts_with("x.csv:1: the first line names no columns"));
        assert!(!without.to_lowercase().contains("anna"), "{without}");
        assert!(told("\"email\n").contains("the columns can't be read"));
        assert!(told("\r\n \n").contains("found nothing"));
    }
}
