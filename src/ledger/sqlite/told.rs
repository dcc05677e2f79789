//! What the record tells of letters, for people to read: nothing here changes it.

use std::time::SystemTime;

use rusqlite::{OptionalExtension, Transaction, params};

use super::Work;
use super::rows::{self, millis, number_of, unsigned};
use crate::ledger::Told;

pub(super) fn next_due(
    transaction: &Transaction<'_>,
    edition: &str,
) -> Result<Option<SystemTime>, Work> {
    let now = millis(SystemTime::now());
    let edition = number_of(transaction, edition)?;
    let due: Option<i64> = transaction
        // As ripen.sql has it.
        .prepare_cached(
            "SELECT min(iif(changed > ?2 + 3600000, ?2, due)) FROM letter WHERE edition = ?1 AND state = 'deferred'",
        )?
        .query_row([edition, now], |row| row.get(0))?;
    Ok(due.map(rows::moment))
}

pub(super) fn accepted_since(
    transaction: &Transaction<'_>,
    edition: &str,
    since: SystemTime,
) -> Result<u64, Work> {
    let edition = number_of(transaction, edition)?;
    let count = transaction.query_row(
        "SELECT count(*) FROM letter WHERE edition = ?1 AND state = 'accepted' AND changed >= ?2",
        params![edition, millis(since)],
        |row| unsigned(row, 0),
    )?;
    Ok(count)
}

pub(super) fn last_answer(
    transaction: &Transaction<'_>,
    edition: &str,
) -> Result<Option<SystemTime>, Work> {
    let edition = number_of(transaction, edition)?;
    let last: Option<i64> = transaction.query_row(
        "SELECT max(changed) FROM letter WHERE edition = ?1 AND stage IS NOT NULL",
        [edition],
        |row| row.get(0),
    )?;
    Ok(last.map(rows::moment))
}

pub(super) fn told(transaction: &Transaction<'_>, edition: &str) -> Result<Vec<Told>, Work> {
    let edition = number_of(transaction, edition)?;
    let mut statement = transaction.prepare_cached(include_str!("sql/told.sql"))?;
    let told = statement.query_map([edition], rows::told)?;
    Ok(told.collect::<Result<_, _>>()?)
}

pub(super) fn told_behind(
    transaction: &Transaction<'_>,
    edition: &str,
    behind: &str,
    most: usize,
) -> Result<(Vec<Told>, Option<String>), Work> {
    let edition = number_of(transaction, edition)?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut statement = transaction.prepare_cached(
        "SELECT number, address, file, line, state, stage, reply, changed, due, key \
         FROM letter WHERE edition = ?1 AND key > ?2 ORDER BY key LIMIT ?3",
    )?;
    let mut rows = statement.query(params![edition, behind, most])?;
    let (mut told, mut last) = (Vec::new(), None);
    while let Some(row) = rows.next()? {
        told.push(rows::told(row)?);
        last = Some(row.get(9)?);
    }
    Ok((told, last))
}

pub(super) fn told_of(
    transaction: &Transaction<'_>,
    edition: &str,
    key: &str,
) -> Result<Option<Told>, Work> {
    let edition = number_of(transaction, edition)?;
    let mut statement = transaction.prepare_cached(
        "SELECT number, address, file, line, state, stage, reply, changed, due \
         FROM letter WHERE edition = ?1 AND key = ?2",
    )?;
    let told = statement.query_row(params![edition, key], rows::told);
    Ok(told.optional()?)
}
