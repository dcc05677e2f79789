//! Adds people to an edition inside the transaction in which it begins.

use std::path::PathBuf;

use rusqlite::{Transaction, params};

use super::sqlite::{Work, unsigned};
use super::{Enrol, Enrolment, LedgerError};

/// Adds people, and remembers the first failure, whatever the caller makes of it.
pub(super) struct Enroller<'t> {
    transaction: &'t Transaction<'t>,
    edition: i64,
    now: i64,
    path: PathBuf,
    added: u64,
    failed: bool,
}

impl<'t> Enroller<'t> {
    pub(super) fn new(
        transaction: &'t Transaction<'t>,
        edition: i64,
        now: i64,
        path: PathBuf,
    ) -> Self {
        Self {
            transaction,
            edition,
            now,
            path,
            added: 0,
            failed: false,
        }
    }

    /// How many were added. After a failure nothing of it may stand.
    pub(super) fn finish(self) -> Result<u64, Work> {
        if self.failed {
            return Err(Work::Told(LedgerError::NotEnrolled));
        }
        Ok(self.added)
    }

    fn insert(&mut self, enrolment: &Enrolment) -> rusqlite::Result<Option<(String, u64)>> {
        let line = i64::try_from(enrolment.line).unwrap_or(i64::MAX);
        let changed = self
            .transaction
            .prepare_cached(include_str!("sql/enrol.sql"))?
            .execute(params![
                self.edition,
                enrolment.key,
                enrolment.address,
                enrolment.name,
                enrolment.language,
                enrolment.file,
                line,
                self.now
            ])?;
        if changed == 1 {
            self.added += 1;
            return Ok(None);
        }
        self.transaction
            .prepare_cached("SELECT file, line FROM letter WHERE edition = ?1 AND key = ?2")?
            .query_row(params![self.edition, enrolment.key], |row| {
                Ok(Some((row.get(0)?, unsigned(row, 1)?)))
            })
    }
}

impl Enrol for Enroller<'_> {
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
