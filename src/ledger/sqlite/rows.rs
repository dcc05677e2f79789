//! What a row holds, as the types of the ledger, and the numbers that SQLite keeps.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension, Row};

use super::Work;
use crate::ledger::{Claim, Counts, Enrolment, LedgerError, State, Told};

/// Milliseconds since 1970-01-01 UTC; a clock before that counts as then.
pub(super) fn millis(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// The moment of so many milliseconds.
pub(super) fn moment(millis: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}

/// A whole number as SQLite keeps it.
pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A whole number that is not negative.
pub(super) fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, value))
}

/// The number of an edition by its id.
pub(super) fn number_of(transaction: &Connection, edition: &str) -> Result<i64, Work> {
    let number = transaction
        .prepare_cached("SELECT number FROM edition WHERE id = ?1")?
        .query_row([edition], |row| row.get(0))
        .optional()?;
    number.ok_or_else(|| Work::Told(LedgerError::NotBegun(edition.to_owned())))
}

pub(super) fn state(row: &Row<'_>, column: usize) -> rusqlite::Result<State> {
    let name: String = row.get(column)?;
    // The table's own CHECK lets no other name in.
    State::of(&name).ok_or_else(|| rusqlite::Error::InvalidColumnName(name))
}

pub(super) fn claim(row: &Row<'_>) -> rusqlite::Result<Claim> {
    Ok(Claim {
        letter: row.get(0)?,
        enrolment: Enrolment {
            key: row.get(1)?,
            address: row.get(2)?,
            name: row.get(3)?,
            language: row.get(4)?,
            file: row.get(5)?,
            line: unsigned(row, 6)?,
        },
        attempts: row.get(7)?,
        deferrals: row.get(8)?,
        deferred_since: row.get::<_, Option<i64>>(9)?.map(moment),
    })
}

pub(super) fn told(row: &Row<'_>) -> rusqlite::Result<Told> {
    Ok(Told {
        letter: row.get(0)?,
        address: row.get(1)?,
        file: row.get(2)?,
        line: unsigned(row, 3)?,
        state: state(row, 4)?,
        stage: row.get(5)?,
        reply: row.get(6)?,
        changed: row.get(7)?,
        due: row.get(8)?,
    })
}

pub(super) fn count(transaction: &Connection, edition: i64) -> rusqlite::Result<Counts> {
    let mut counts = Counts::default();
    let mut statement = transaction
        .prepare_cached("SELECT state, count(*) FROM letter WHERE edition = ?1 GROUP BY state")?;
    let mut rows = statement.query([edition])?;
    while let Some(row) = rows.next()? {
        counts.add(state(row, 0)?, unsigned(row, 1)?);
    }
    Ok(counts)
}
