//! What is wrong with a row, in words that tell nobody who is on the list.

use std::fmt;

use super::{GroupError, MAX_ROW, Place};
use crate::diagnostic::quote;
use crate::people::{AddressError, LanguageError, NameError};

/// The most words of a list that a fault keeps, in characters.
const MAX_WORDS: usize = 200;

/// Something that is wrong with a row; shown as `recipients.csv:17:5: …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line where the words at fault begin, or the row.
    pub place: Place,
    /// The character in that line, from 1, a tab being one; none where the whole row is meant.
    pub column: Option<u64>,
    /// What is wrong; it holds no words of the list.
    pub problem: Problem,
    /// The words at fault, for a person at a terminal alone.
    pub words: Words,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:", self.place)?;
        if let Some(column) = self.column {
            write!(out, "{column}:")?;
        }
        write!(out, " {}", self.problem)
    }
}

/// What can be wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// A row without an address.
    #[error("there is no address")]
    NoAddress,
    /// Both keys for the address.
    #[error("`email` and `address` mean the same; keep one")]
    TwoAddresses,
    /// No address that mail can be sent to.
    #[error("this is no address: {0}")]
    Address(#[from] AddressError),
    /// No name that a letter can carry.
    #[error("this can't be the name: {0}")]
    Name(#[from] NameError),
    /// No language tag.
    #[error("this can't be the language: {0}")]
    Language(#[from] LanguageError),
    /// No name of a group.
    #[error("this can't be a group: {0}")]
    Group(#[from] GroupError),
    /// More or fewer fields than there are columns.
    #[error(
        "this row has {found} fields and the header {columns}; a field with a separator inside stands between quotation marks"
    )]
    Fields {
        /// The fields of the row.
        found: usize,
        /// The columns with a name, and those before one.
        columns: usize,
    },
    /// A quotation mark without its counterpart.
    #[error("the quotation mark that opens here is not closed, within {} KiB or at all", MAX_ROW >> 10)]
    UnclosedQuote,
    /// A quoted field goes on after its closing mark.
    #[error(
        "the text between quotation marks that begins here goes on after the closing one; a mark inside is doubled"
    )]
    TextAfterQuote,
    /// A field over several lines, one of which could be a row of its own.
    #[error(
        "a line between these quotation marks is itself a row of the list; a mark is missing, or one too much"
    )]
    RowWithin,
    /// A row without an end.
    #[error("this row is longer than {} KiB", MAX_ROW >> 10)]
    TooLong,
    /// Bytes that are no text.
    #[error("this is not UTF-8 text; save the list as UTF-8 (in Excel, as “CSV UTF-8”)")]
    NotUtf8,
    /// A fault of the TOML around the values.
    #[error("{0}")]
    Toml(String),
}

/// Words of a list. They show themselves to nobody who doesn't ask: not in `Debug`, not in a fault.
#[derive(Clone, PartialEq, Eq)]
pub struct Words(String);

impl Words {
    /// Keeps the beginning of what stands in a list, 200 characters at most.
    pub(super) fn new(written: &str) -> Self {
        Self(written.chars().take(MAX_WORDS).collect())
    }

    /// The words between backquotes, shortened to 40 characters and without
    /// anything that a terminal would obey. For a terminal alone.
    pub fn for_terminal(&self) -> String {
        quote(&self.0)
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Words(…)")
    }
}
