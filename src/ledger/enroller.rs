//! Adds people to an edition inside the transaction in which it begins.

use std::path::PathBuf;

use rusqlite::{Transaction, params};

use super::sqlite::unsigned;
use super::{Enrol, Enrolment, LedgerError};

/// Adds people inside the transaction of a beginning.
pub(super) struct Enroller<'t> {
    pub(super) transaction: &'t Transaction<'t>,
    pub(super) edition: i64,
    pub(super) now: i64,
    pub(super) added: u64,
    pub(super) path: PathBuf,
}

impl Enrol for Enroller<'_> {
    fn add(&mut self, enrolment: &Enrolment) -> Result<Option<(String, u64)>, LedgerError> {
        self.insert(enrolment).map_err(|cause| LedgerError::Store {
            path: self.path.clone(),
            cause,
        })
    }
}

impl Enroller<'_> {
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
