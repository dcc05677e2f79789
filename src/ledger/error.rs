//! Why a ledger can't be used.

use std::path::PathBuf;

/// Why the ledger can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// SQLite failed.
    #[error("the ledger {path}: {cause}")]
    Store {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        cause: rusqlite::Error,
    },
    /// The system failed.
    #[error("the ledger {path}: {cause}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file is damaged.
    #[error(
        "the ledger {path} is damaged ({found}); nothing was changed. Restore it from your backup"
    )]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What `PRAGMA quick_check` found.
        found: String,
    },
    /// There was a ledger, and now there is none.
    #[error(
        "the ledger {path} is gone, but its key {key} is here. Restore the ledger from your backup: without it nobody can know who has been sent what"
    )]
    Gone {
        /// The file.
        path: PathBuf,
        /// The key beside it.
        key: PathBuf,
    },
    /// A later program has written the file.
    #[error("the ledger {path} was written by a later version of Epistle")]
    TooNew {
        /// The file.
        path: PathBuf,
    },
    /// The key is gone, and what was made with it can't be made again.
    #[error(
        "the key {key} is gone, but the ledger {path} has editions that were sent with it. Restore the key from your backup: without it unsubscribe links that are out there stop working"
    )]
    KeyGone {
        /// The ledger.
        path: PathBuf,
        /// The key beside it.
        key: PathBuf,
    },
    /// The key has another length than a key.
    #[error("the key {0} is damaged: it must have 32 bytes. Restore it from your backup")]
    KeyBroken(PathBuf),
    /// The edition has begun before.
    #[error("edition {0} has begun already")]
    Begun(String),
    /// No such edition has begun.
    #[error("edition {0} has not begun")]
    NotBegun(String),
    /// Somebody could not be enrolled, so nobody was.
    #[error("not everybody could be enrolled, so nobody was; nothing has begun")]
    NotEnrolled,
    /// The task that writes has ended.
    #[error("the ledger's writer has ended")]
    WriterEnded,
}
