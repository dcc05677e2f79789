//! What happens to single letters in a transaction: claims, marks, a person's word.

use rusqlite::{OptionalExtension, Transaction, named_params};

use super::Work;
use super::rows::{self, millis};
use crate::ledger::{Claim, Claimed, Decision, Mark, State, Whose};

/// How many letters a claim looks through at once for those to some domain.
const REACH: i64 = 20_000;

pub(super) fn claim(
    transaction: &Transaction<'_>,
    edition: i64,
    after: i64,
    most: usize,
    now: i64,
) -> Result<Vec<Claim>, Work> {
    let limit = i64::try_from(most).unwrap_or(i64::MAX);
    let claims: Vec<_> = transaction
        .prepare_cached(include_str!("sql/claim.sql"))?
        .query_map(
            named_params! { ":edition": edition, ":after": after, ":most": limit },
            rows::claim,
        )?
        .collect::<Result<_, _>>()?;
    // `claim.sql` takes no suppressed one; they are marked when a sweep ends.
    if claims.len() < most {
        suppress_pending(transaction, edition, now)?;
    }
    Ok(claims)
}

pub(super) fn claim_of(
    transaction: &Transaction<'_>,
    edition: i64,
    whose: &Whose,
    after: i64,
    most: usize,
    now: i64,
) -> Result<Claimed, Work> {
    let (domains, within) = match whose {
        Whose::Of(domains) => (domains, true),
        Whose::Without(domains) => (domains, false),
    };
    // A domain has no character that JSON would write otherwise.
    let domains: Vec<_> = domains
        .iter()
        .map(|domain| format!("\"{domain}\""))
        .collect();
    let upto = after.saturating_add(REACH);
    let claims: Vec<_> = transaction
        .prepare_cached(include_str!("sql/claim_of.sql"))?
        .query_map(
            named_params! {
                ":edition": edition,
                ":after": after,
                ":upto": upto,
                ":domains": format!("[{}]", domains.join(",")),
                ":within": within,
                ":most": i64::try_from(most).unwrap_or(i64::MAX),
            },
            rows::claim,
        )?
        .collect::<Result<_, _>>()?;
    let last = claims.last().map(|claim: &Claim| claim.letter);
    if let Some(last) = last.filter(|_| claims.len() >= most) {
        return Ok(Claimed {
            claims,
            on: Some(last),
        });
    }
    let next: Option<i64> = transaction
        .prepare_cached(include_str!("sql/next_pending.sql"))?
        .query_row(
            named_params! { ":edition": edition, ":upto": upto },
            |row| row.get(0),
        )
        .optional()?;
    if next.is_none() {
        suppress_pending(transaction, edition, now)?;
    }
    Ok(Claimed {
        claims,
        on: next.map(|next| next - 1),
    })
}

fn suppress_pending(transaction: &Transaction<'_>, edition: i64, now: i64) -> Result<(), Work> {
    transaction
        .prepare_cached(include_str!("sql/suppress_pending.sql"))?
        .execute(named_params! { ":edition": edition, ":now": now })?;
    Ok(())
}

/// Records marks; returns the letters that stay as a person wants them.
pub(super) fn record(
    transaction: &Transaction<'_>,
    marks: &[Mark],
    now: i64,
) -> Result<Vec<i64>, Work> {
    let mut start = transaction.prepare_cached(include_str!("sql/start.sql"))?;
    let mut record = transaction.prepare_cached(include_str!("sql/record.sql"))?;
    let mut passed_over = Vec::new();
    for mark in marks {
        let changed = if mark.state == State::Started {
            start.execute(named_params! { ":letter": mark.letter, ":now": now })?
        } else {
            let (stage, reply) = mark
                .told
                .as_ref()
                .map(|(stage, reply)| (stage, reply))
                .unzip();
            record.execute(named_params! {
                ":letter": mark.letter,
                ":state": mark.state.name(),
                ":due": mark.due.map(millis),
                ":stage": stage,
                ":reply": reply,
                ":now": now,
            })?
        };
        if changed == 1 {
            continue;
        }
        if !stays(transaction, mark, now)? {
            return Err(Work::Store(rusqlite::Error::StatementChangedRows(changed)));
        }
        passed_over.push(mark.letter);
    }
    Ok(passed_over)
}

/// Says whether a letter that took no mark was cancelled or suppressed meanwhile, and makes it so.
fn stays(transaction: &Transaction<'_>, mark: &Mark, now: i64) -> Result<bool, Work> {
    let state = transaction
        .prepare_cached("SELECT state FROM letter WHERE number = ?1")?
        .query_row([mark.letter], |row| rows::state(row, 0))
        .optional()?;
    Ok(match state {
        Some(State::Cancelled | State::Suppressed) => true,
        // `start.sql` takes every other pending letter.
        Some(State::Pending) if mark.state == State::Started => {
            let suppressed = Mark {
                state: State::Suppressed,
                told: None,
                due: None,
                letter: mark.letter,
            };
            record(transaction, &[suppressed], now)?;
            true
        }
        _ => false,
    })
}

pub(super) fn decide(
    transaction: &Transaction<'_>,
    edition: i64,
    decision: Decision,
    keys: Option<&[String]>,
    now: i64,
) -> Result<u64, Work> {
    if decision == Decision::Cancel && keys.is_none() {
        transaction.execute(
            include_str!("sql/cancel_gone.sql"),
            named_params! { ":edition": edition, ":now": now },
        )?;
    }
    let mut statement = transaction.prepare_cached(include_str!("sql/decide.sql"))?;
    let mut changed = 0;
    for from in decision.from() {
        let mut each = |key: Option<&str>| {
            statement.execute(named_params! {
                ":edition": edition,
                ":from": from.name(),
                ":to": decision.to().name(),
                ":key": key,
                ":now": now,
            })
        };
        match keys {
            None => changed += each(None)?,
            Some(keys) => {
                for key in keys {
                    changed += each(Some(key))?;
                }
            }
        }
    }
    Ok(changed as u64)
}
