//! Why a list can't be read at all.

use super::{MAX_BYTES, MAX_RECIPIENTS, Place, Problem};
use crate::diagnostic::ReadError;

/// Why a list can't be read at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListError {
    /// The ending of the name is none of a list.
    #[error("{file} is no list: its name must end in .csv, .tsv, .txt or .toml")]
    UnknownKind {
        /// The path as it was given.
        file: String,
    },
    /// There is none of this name.
    #[error("there is no file {file}: `recipients` in the settings says where the lists are")]
    Missing {
        /// The path as it was given.
        file: String,
    },
    /// The system refused.
    #[error(transparent)]
    Read(ReadError),
    /// A CSV file without a line.
    #[error(
        "{file} is empty: its first line names the columns, such as email,name,language,groups"
    )]
    Empty {
        /// The path as it was given.
        file: String,
    },
    /// A CSV file in the encoding that Excel calls “Unicode Text”.
    #[error("{file} is UTF-16 text: save it as “CSV UTF-8”")]
    Utf16 {
        /// The path as it was given.
        file: String,
    },
    /// The first line holds an address: it names no columns, but a person.
    #[error("{place}: the first line names no columns; write email,name,language,groups above it")]
    NoHeader {
        /// The first line that isn't blank.
        place: Place,
    },
    /// The first line can't be cut into columns.
    #[error("{place}: the columns can't be read: {problem}")]
    BrokenHeader {
        /// Where the fault begins.
        place: Place,
        /// What is wrong.
        problem: Problem,
    },
    /// No column holds the addresses.
    #[error(
        "{place}: there is no column `email`; found {found}: call that of the addresses `email`"
    )]
    NoEmailColumn {
        /// The first line that isn't blank.
        place: Place,
        /// The columns that are there, quoted and made safe for a terminal.
        found: String,
    },
    /// Two columns of one name: which is meant can't be known.
    #[error("{place}: there are two columns `{column}`; keep one")]
    RepeatedColumn {
        /// The first line that isn't blank.
        place: Place,
        /// The name that stands twice.
        column: &'static str,
    },
    /// More than a TOML list may hold, since it is read whole.
    #[error(
        "{file} has more than {MAX_RECIPIENTS} recipients or {} MB, the most that a list in TOML may have; write it as CSV, with the columns email,name,language,groups",
        MAX_BYTES >> 20
    )]
    TooLargeForToml {
        /// The path as it was given.
        file: String,
    },
}

impl From<ReadError> for ListError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::NotFound(file) => Self::Missing { file },
            error => Self::Read(error),
        }
    }
}
