//! Opens a ledger: made where there is none, refused where it is damaged, gone
//! or of a later program, and brought to the shape that this program knows.

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::{Connection, TransactionBehavior};

use super::SqliteLedger;
use crate::ledger::LedgerError;

/// The shapes of the tables, each making the next of the one before; `user_version` counts them.
pub(super) const MIGRATIONS: [&str; 1] = [include_str!("sql/001_begin.sql")];

/// How long to wait for another process that reads or writes: a backup, `status`, `suppress`.
pub(super) const BUSY: Duration = Duration::from_secs(5);

impl SqliteLedger {
    /// Opens the ledger, or makes an empty one, that only its owner can read.
    /// `key` is the file that is made with a ledger and kept with it: where
    /// there is one and no ledger, the ledger is gone.
    ///
    /// # Errors
    /// The file is damaged, gone, of a later version, or can't be opened.
    pub fn open(path: &Path, key: &Path) -> Result<Self, LedgerError> {
        let io = |cause| LedgerError::Io {
            path: path.to_owned(),
            cause,
        };
        let is_new = !path.try_exists().map_err(io)?;
        let gone = || LedgerError::Gone {
            path: path.to_owned(),
            key: key.to_owned(),
        };
        let had_one = key.try_exists().map_err(io)?;
        if is_new && had_one {
            return Err(gone());
        }
        make_private(path).map_err(io)?; // SQLite gives its other files the same mode
        let store = |cause| LedgerError::Store {
            path: path.to_owned(),
            cause,
        };
        let connection = Connection::open(path).map_err(store)?;
        let mut ledger = Self {
            connection,
            path: path.to_owned(),
            meter: None,
        };
        if !ledger.prepare(is_new, had_one)? {
            return Err(gone());
        }
        Ok(ledger)
    }

    /// Copies a ledger as it is now, to try things on: into a file of SQLite's
    /// own that is gone when the copy is closed. Where there is no ledger, the copy is empty.
    ///
    /// # Errors
    /// The ledger is damaged, of a later version, or can't be read; or there is no room.
    pub fn copy(path: &Path, key: &Path) -> Result<Self, LedgerError> {
        let store = |cause| LedgerError::Store {
            path: path.to_owned(),
            cause,
        };
        let mut copy = Self {
            connection: Connection::open("").map_err(store)?,
            path: path.to_owned(),
            meter: None,
        };
        let is_there = path.try_exists().map_err(|cause| LedgerError::Io {
            path: path.to_owned(),
            cause,
        })?;
        if is_there || key.exists() {
            let original = Self::open(path, key)?;
            Backup::new(&original.connection, &mut copy.connection)
                .and_then(|backup| backup.run_to_completion(1_000, Duration::ZERO, None))
                .map_err(store)?;
        }
        copy.migrate()?;
        Ok(copy)
    }

    /// Returns `false` where there must have been tables once and are none.
    fn prepare(&mut self, is_new: bool, had_one: bool) -> Result<bool, LedgerError> {
        self.connection.busy_timeout(BUSY).map_err(self.failed())?;
        if !is_new {
            self.check()?;
        }
        let version = self.version()?;
        if had_one && version == 0 {
            return Ok(false);
        }
        self.connection
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -8000;")
            .map_err(self.failed())?;
        if version != MIGRATIONS.len() as i64 {
            self.migrate()?;
        }
        Ok(true)
    }

    fn version(&self) -> Result<i64, LedgerError> {
        self.connection
            .query_row("PRAGMA user_version", [], |row| row.get(0))
            .map_err(self.failed())
    }

    /// Looks whether the file is whole (SQLite, "PRAGMA quick_check").
    fn check(&self) -> Result<(), LedgerError> {
        let corrupt = |found: String| LedgerError::Corrupt {
            path: self.path.clone(),
            found,
        };
        match self
            .connection
            .query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0))
        {
            Ok(found) if found == "ok" => Ok(()),
            Ok(found) => Err(corrupt(found)),
            Err(error) if is_damage(&error) => Err(corrupt(error.to_string())),
            Err(error) => Err(self.failed()(error)),
        }
    }

    fn migrate(&mut self) -> Result<(), LedgerError> {
        let failed = self.failed();
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(&failed)?;
        let version: usize = transaction
            .query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0))
            .map_err(&failed)?
            .try_into()
            .unwrap_or(usize::MAX);
        let Some(missing) = MIGRATIONS.get(version..) else {
            return Err(LedgerError::TooNew {
                path: self.path.clone(),
            });
        };
        for migration in missing {
            transaction.execute_batch(migration).map_err(&failed)?;
        }
        transaction
            .execute_batch(&format!("PRAGMA user_version = {}", MIGRATIONS.len()))
            .map_err(&failed)?;
        transaction.commit().map_err(&failed)
    }
}

/// Makes the file if it isn't there, and lets only its owner read it.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    drop(file);
    Ok(())
}

fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(
        error.sqlite_error_code(),
        Some(DatabaseCorrupt | NotADatabase)
    )
}
