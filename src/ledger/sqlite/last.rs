//! A look at the last edition, for those who compare: it neither makes a
//! ledger, nor changes one, nor reads all of it.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension, named_params};

use super::open::{BUSY, MIGRATIONS};
use crate::ledger::{Beginning, LedgerError};

/// Finds the edition that stands before another in a ledger: the last one that
/// anybody has got or may still get, rather one for the same audience. `None`
/// where there is none, or no ledger.
///
/// # Errors
/// The ledger can't be read, or a later program has written it.
pub fn last_before(
    path: &Path,
    edition: &str,
    audience: Option<&str>,
) -> Result<Option<Beginning>, LedgerError> {
    let there = path.try_exists().map_err(|cause| LedgerError::Io {
        path: path.to_owned(),
        cause,
    });
    if !there? {
        return Ok(None);
    }
    let store = |cause| LedgerError::Store {
        path: path.to_owned(),
        cause,
    };
    // Opened for writing, so that the last to close takes SQLite's other files along.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(store)?;
    connection.busy_timeout(BUSY).map_err(store)?;
    connection
        .execute_batch("PRAGMA query_only = ON")
        .map_err(store)?;
    let version: i64 = connection
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .map_err(store)?;
    match usize::try_from(version) {
        Ok(0) => return Ok(None), // it has no tables yet
        Ok(version) if version <= MIGRATIONS.len() => {}
        _ => {
            return Err(LedgerError::TooNew {
                path: path.to_owned(),
            });
        }
    }
    find(&connection, edition, audience).map_err(store)
}

fn find(
    connection: &Connection,
    edition: &str,
    audience: Option<&str>,
) -> rusqlite::Result<Option<Beginning>> {
    let found = connection
        .query_row(
            include_str!("sql/last.sql"),
            named_params! { ":edition": edition, ":audience": audience },
            |row| {
                let beginning = Beginning {
                    id: row.get(0)?,
                    digest: row.get(1)?,
                    audience: row.get(2)?,
                    date: row.get(3)?,
                    program: row.get(4)?,
                    versions: Vec::new(),
                };
                Ok((beginning, row.get::<_, i64>(5)?))
            },
        )
        .optional()?;
    let Some((mut beginning, number)) = found else {
        return Ok(None);
    };
    let mut statement = connection
        .prepare("SELECT language, frozen FROM version WHERE edition = ?1 ORDER BY rowid")?;
    let versions = statement.query_map([number], |row| Ok((row.get(0)?, row.get(1)?)))?;
    beginning.versions = versions.collect::<Result<_, _>>()?;
    Ok(Some(beginning))
}
