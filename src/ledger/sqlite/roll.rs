//! Takes people onto the roll, a table of the connection's own that SQLite
//! keeps on the disk, so that a million of them take little memory.

use std::path::PathBuf;

use rusqlite::{Transaction, params};

use super::rows::unsigned;
use super::{Work, rows};
use crate::ledger::{Enrol, Enrolment, LedgerError, Roll};

/// Adds people, and remembers a failure, whatever the caller makes of it.
pub(super) struct Caller<'t> {
    transaction: &'t Transaction<'t>,
    path: PathBuf,
    failed: bool,
}

impl<'t> Caller<'t> {
    /// Begins with an empty roll.
    pub(super) fn new(transaction: &'t Transaction<'t>, path: PathBuf) -> rusqlite::Result<Self> {
        transaction.execute_batch(include_str!("sql/roll.sql"))?;
        Ok(Self {
            transaction,
            path,
            failed: false,
        })
    }

    /// Counts the roll. After a failure it is not the whole list, and nothing may be made of it.
    pub(super) fn finish(self) -> Result<Roll, Work> {
        if self.failed {
            return Err(Work::Told(LedgerError::NotEnrolled));
        }
        let count = |sql: &str| self.transaction.query_row(sql, [], |row| unsigned(row, 0));
        let mut languages = self.transaction.prepare(
            "SELECT language, count(*) FROM temp.roll GROUP BY language ORDER BY count(*) DESC",
        )?;
        let languages = languages.query_map([], |row| Ok((row.get(0)?, unsigned(row, 1)?)))?;
        Ok(Roll {
            people: count("SELECT count(*) FROM temp.roll")?,
            suppressed: count(
                "SELECT count(*) FROM suppression JOIN temp.roll ON roll.key = suppression.key",
            )?,
            languages: languages.collect::<Result<_, _>>()?,
        })
    }

    fn insert(&mut self, enrolment: &Enrolment) -> rusqlite::Result<Option<(String, u64)>> {
        let changed = self
            .transaction
            .prepare_cached(
                "INSERT INTO temp.roll (key, address, name, language, file, line) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (key) DO NOTHING",
            )?
            .execute(params![
                enrolment.key,
                enrolment.address,
                enrolment.name,
                enrolment.language,
                enrolment.file,
                rows::signed(enrolment.line),
            ])?;
        if changed == 1 {
            return Ok(None);
        }
        self.transaction
            .prepare_cached("SELECT file, line FROM temp.roll WHERE key = ?1")?
            .query_row([&enrolment.key], |row| {
                Ok(Some((row.get(0)?, unsigned(row, 1)?)))
            })
    }
}

impl Enrol for Caller<'_> {
    fn add(&mut self, enrolment: &Enrolment) -> Result<Option<(String, u64)>, LedgerError> {
        self.insert(enrolment).map_err(|cause| {
            self.failed = true;
            LedgerError::Store {
                path: self.path.clone(),
                cause,
            }
        })
    }
}
