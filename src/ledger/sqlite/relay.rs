//! What is remembered of a relay from run to run, in tables.

use std::collections::{HashMap, HashSet};

use rusqlite::{Transaction, named_params, params};

use super::Work;
use super::rows::{moment, signed, unsigned};
use crate::ledger::{Grain, Learnt, Lesson, Mark, State};

/// Letters that went closer together than this are one grain, in milliseconds.
const WIDTH: i64 = 300;

/// From these ages on a grain may be as coarse as that: a part in two hundred of
/// a ceiling's window, as in a run's own memory. In milliseconds.
const COARSER: [(i64, i64); 2] = [(60_000, 18_000), (3_600_000, 432_000)];

/// What is older counts for no ceiling, in milliseconds.
const KEPT: i64 = 86_400_000;

/// How often grains are made coarser and dropped, in milliseconds.
const THINNED_EVERY: i64 = 60_000;

/// Counts the letters that go while a run goes on: each when it has its outcome.
/// Those of which a crash leaves none are counted when they are found.
#[derive(Debug)]
pub(super) struct Meter {
    relay: String,
    /// Domains that are counted by themselves too.
    domains: HashSet<String>,
    /// Letters that are under way.
    started: HashSet<i64>,
    /// When the newest grain of each domain began.
    newest: HashMap<String, i64>,
    thinned: i64,
}

impl Meter {
    pub(super) fn new(relay: &str) -> Self {
        Self {
            relay: relay.to_owned(),
            domains: HashSet::new(),
            started: HashSet::new(),
            newest: HashMap::new(),
            thinned: 0,
        }
    }

    pub(super) fn also(&mut self, domain: &str) {
        self.domains.insert(domain.to_owned());
    }

    /// Looks at marks that are being recorded; those of `passed_over` change nothing.
    pub(super) fn see(
        &mut self,
        transaction: &Transaction<'_>,
        marks: &[Mark],
        passed_over: &[i64],
        now: i64,
    ) -> rusqlite::Result<()> {
        let mut counts: HashMap<String, u64> = HashMap::new();
        for mark in marks {
            if mark.state == State::Started {
                if !passed_over.contains(&mark.letter) {
                    self.started.insert(mark.letter);
                }
            } else if self.started.remove(&mark.letter) {
                *counts.entry(String::new()).or_default() += 1;
                if let Some(domain) = self.domain_of(transaction, mark.letter)? {
                    *counts.entry(domain).or_default() += 1;
                }
            }
        }
        for (domain, count) in counts {
            self.add(transaction, &domain, count, now)?;
        }
        Ok(())
    }

    fn domain_of(
        &self,
        transaction: &Transaction<'_>,
        letter: i64,
    ) -> rusqlite::Result<Option<String>> {
        if self.domains.is_empty() {
            return Ok(None);
        }
        let domain: String = transaction
            .prepare_cached(
                "SELECT substr(key, instr(key, '@') + 1) FROM letter WHERE number = ?1",
            )?
            .query_row([letter], |row| row.get(0))?;
        Ok(Some(domain).filter(|domain| self.domains.contains(domain)))
    }

    fn add(
        &mut self,
        transaction: &Transaction<'_>,
        domain: &str,
        count: u64,
        now: i64,
    ) -> rusqlite::Result<()> {
        let newest = self.newest.get(domain).copied();
        let first = newest.filter(|first| (0..WIDTH).contains(&(now - first)));
        add(
            transaction,
            &self.relay,
            domain,
            first.unwrap_or(now),
            count,
            now,
        )?;
        if first.is_none() {
            self.newest.insert(domain.to_owned(), now);
            if now.saturating_sub(self.thinned) >= THINNED_EVERY {
                self.thinned = now;
                thin(transaction, now)?;
            }
        }
        Ok(())
    }
}

/// Counts letters in the grain that began at `first`.
pub(super) fn add(
    transaction: &Transaction<'_>,
    relay: &str,
    domain: &str,
    first: i64,
    count: u64,
    now: i64,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO gone (relay, domain, first, last, count) VALUES (?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT DO UPDATE SET last = excluded.last, count = count + excluded.count",
        )?
        .execute(params![relay, domain, first, now, signed(count)])?;
    Ok(())
}

fn thin(transaction: &Transaction<'_>, now: i64) -> rusqlite::Result<()> {
    transaction.execute("DELETE FROM gone WHERE last < ?1", [now - KEPT])?;
    for (age, width) in COARSER {
        for sql in [
            include_str!("sql/thin_gone.sql"),
            include_str!("sql/drop_thinned.sql"),
        ] {
            let with = named_params! { ":before": now - age, ":width": width };
            transaction.prepare_cached(sql)?.execute(with)?;
        }
    }
    Ok(())
}

/// The grains of a relay. Where a clock was ahead, what it dated counts as of now, once.
pub(super) fn gone(
    transaction: &Transaction<'_>,
    relay: &str,
    now: i64,
) -> Result<Vec<Grain>, Work> {
    let mut statement = transaction.prepare_cached(
        "SELECT domain, first, last, count FROM gone WHERE relay = ?1 AND last >= ?2 ORDER BY last",
    )?;
    let rows = statement.query_map(params![relay, now - KEPT], |row| {
        Ok(Grain {
            domain: row.get(0)?,
            first: moment(row.get(1)?),
            last: moment(row.get(2)?),
            count: unsigned(row, 3)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Takes up what a crash has left under way, and what a clock that was ahead has dated.
pub(super) fn settle(
    transaction: &Transaction<'_>,
    relay: &str,
    found: u64,
    now: i64,
) -> rusqlite::Result<()> {
    let ahead: Vec<(String, u64)> = transaction
        .prepare(
            "SELECT domain, sum(count) FROM gone WHERE relay = ?1 AND last > ?2 GROUP BY domain",
        )?
        .query_map(params![relay, now], |row| {
            Ok((row.get(0)?, unsigned(row, 1)?))
        })?
        .collect::<Result<_, _>>()?;
    transaction.execute(
        "DELETE FROM gone WHERE relay = ?1 AND last > ?2",
        params![relay, now],
    )?;
    for (domain, count) in ahead {
        add(transaction, relay, &domain, now, count, now)?;
    }
    if found > 0 {
        add(transaction, relay, "", now, found, now)?;
    }
    Ok(())
}

pub(super) fn learn(
    transaction: &Transaction<'_>,
    relay: &str,
    learnt: &Learnt,
) -> rusqlite::Result<()> {
    use super::rows::millis;
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO learnt (relay, what, about, value, told, since, until) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            relay,
            learnt.lesson.name(),
            learnt.about,
            signed(learnt.value),
            learnt.told,
            millis(learnt.since),
            millis(learnt.until),
        ])?;
    Ok(())
}

/// What counts now. A clock that was an hour ahead, and more, is not believed, as
/// with deferrals: else a quota would last as long as it was ahead. A halt waits
/// for a person's word, and for no time.
pub(super) fn learnt(
    transaction: &Transaction<'_>,
    relay: &str,
    now: i64,
) -> Result<Vec<Learnt>, Work> {
    let mut statement = transaction.prepare_cached(
        "SELECT what, about, value, told, since, until FROM learnt \
         WHERE relay = ?1 AND until > ?2 AND (since <= ?2 + 3600000 OR what = 'halt') ORDER BY since, what, about",
    )?;
    let rows = statement.query_map(params![relay, now], |row| {
        let name: String = row.get(0)?;
        let lesson = Lesson::of(&name);
        Ok(Learnt {
            lesson: lesson.ok_or(rusqlite::Error::InvalidColumnName(name))?,
            about: row.get(1)?,
            value: unsigned(row, 2)?,
            told: row.get(3)?,
            since: moment(row.get(4)?),
            until: moment(row.get(5)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
