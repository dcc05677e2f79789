//! Lists of recipients, read row by row: each goes to the caller as it comes,
//! so that a million of them take no more memory than one.
//!
//! Nobody on a list is passed over in silence: what can't be an [`Entry`] is a
//! [`Fault`] with its place. A list may itself reveal a belief, so that what a
//! fault says holds none of its words; they are kept apart, for a terminal.

mod access;
mod csv;
mod error;
mod fault;
mod header;
mod row;
mod toml;
mod value;

use std::fmt;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

pub use error::ListError;
pub use fault::{Fault, Problem, Words};
pub use row::MAX_ROW;
pub use toml::{MAX_BYTES, MAX_RECIPIENTS};
pub use value::{GroupError, MAX_GROUP};

use super::Recipient;
use crate::diagnostic::Diagnostic;

/// Where a row begins; shown as `recipients.csv:17`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The path as it was given.
    pub file: Arc<str>,
    /// The line, from 1, as an editor counts it.
    pub line: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.file, self.line)
    }
}

/// One person on a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Who it is.
    pub recipient: Recipient,
    /// The groups of the person, each once, in the order of the list.
    pub groups: Vec<String>,
    /// Where the row begins.
    pub place: Place,
}

/// What stands on a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// Somebody who can be written to.
    Entry(Entry),
    /// Something that is wrong with a row. A row may have several, and is then no entry.
    Fault(Fault),
}

/// Reads a list, in the order of the file. The name's ending says how:
/// `.csv`, `.tsv` and `.txt` are CSV (RFC 4180) with commas, semicolons or
/// tabs, `.toml` is TOML, large or small letters alike. A row at fault doesn't
/// end reading; `each` does by [`ControlFlow::Break`].
///
/// Returns what was found in the file as a whole: that others can read it,
/// columns that are of no use, that nobody is on it.
///
/// # Errors
/// The file can't be read, or no row of it can: see [`ListError`].
pub fn read(
    path: &Path,
    each: &mut dyn FnMut(Row) -> ControlFlow<()>,
) -> Result<Vec<Diagnostic>, ListError> {
    let ending = path.extension().and_then(|ending| ending.to_str());
    let read = match ending.map(str::to_ascii_lowercase).as_deref() {
        Some("csv" | "tsv" | "txt") => csv::read,
        Some("toml") => toml::read,
        _ => {
            return Err(ListError::UnknownKind {
                file: path.display().to_string(),
            });
        }
    };
    let mut nobody = true;
    let mut findings = read(path, &mut |row| {
        nobody = false;
        each(row)
    })?;
    let name = path.display();
    findings.extend(access::check(path));
    if nobody {
        findings.push(Diagnostic::warning(
            "empty-list",
            format!("there is nobody on the list {name}"),
        ));
    }
    Ok(findings)
}
