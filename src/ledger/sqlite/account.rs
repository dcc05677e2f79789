//! Keeps the runs of an edition, and adds up in SQL what its page shows: in
//! memory that doesn't grow with the edition.

use std::time::SystemTime;

use rusqlite::{OptionalExtension, Transaction, named_params, params};

use super::rows::{count, millis, number_of, signed, unsigned};
use super::{SqliteLedger, Work};
use crate::ledger::{Account, Counts, Domain, LedgerError, Pace, PastRun, RunEnd, State};

/// How many recipient domains are told by name.
const DOMAINS: u32 = 20;

/// The most stretches of time that a run is divided into.
const STRETCHES: i64 = 120;

/// How long a stretch of time may be, in milliseconds: as people divide time.
const WIDTHS: [i64; 17] = [
    100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000,
    1_200_000, 1_800_000, 3_600_000, 7_200_000,
];

impl SqliteLedger {
    /// Notes that a run of an edition begins. Returns its number.
    ///
    /// # Errors
    /// The edition has not begun, or the store fails.
    pub fn begin_run(
        &mut self,
        edition: &str,
        by: &str,
        now: SystemTime,
    ) -> Result<i64, LedgerError> {
        self.change(|transaction| {
            let edition = number_of(transaction, edition)?;
            transaction.execute(
                "INSERT INTO run (edition, by, program, began) VALUES (?1, ?2, ?3, ?4)",
                params![edition, by, env!("CARGO_PKG_VERSION"), millis(now)],
            )?;
            Ok(transaction.last_insert_rowid())
        })
    }

    /// Notes how a run ended.
    ///
    /// # Errors
    /// The store fails.
    pub fn end_run(
        &mut self,
        run: i64,
        end: RunEnd<'_>,
        now: SystemTime,
    ) -> Result<(), LedgerError> {
        self.change(|transaction| {
            transaction.execute(
                "UPDATE run SET ended = ?2, accepted = ?3, ending = ?4, told = ?5 WHERE number = ?1",
                params![run, millis(now), signed(end.accepted), end.ending, end.told],
            )?;
            Ok(())
        })
    }

    /// When the runs of an edition began, in milliseconds since 1970-01-01 UTC.
    ///
    /// # Errors
    /// The store fails.
    pub fn runs_began(&mut self, edition: &str) -> Result<Vec<i64>, LedgerError> {
        self.look(|transaction| {
            let mut statement = transaction.prepare_cached(
                "SELECT began FROM run JOIN edition ON edition.number = run.edition WHERE id = ?1",
            )?;
            let began = statement.query_map([edition], |row| row.get(0))?;
            Ok(began.collect::<Result<_, _>>()?)
        })
    }

    /// Forgets a run that did nothing and has nothing to tell.
    ///
    /// # Errors
    /// The store fails.
    pub fn forget_run(&mut self, run: i64) -> Result<(), LedgerError> {
        self.change(|transaction| {
            transaction.execute("DELETE FROM run WHERE number = ?1", [run])?;
            Ok(())
        })
    }

    /// Tells of an edition what its counts don't.
    ///
    /// # Errors
    /// The edition has not begun, or the store fails.
    pub fn account(&mut self, edition: &str) -> Result<Account, LedgerError> {
        self.look(|transaction| {
            let edition = number_of(transaction, edition)?;
            let runs = runs(transaction, edition)?;
            let (domains, domain_count) = domains(transaction, edition)?;
            Ok(Account {
                pace: pace(transaction, edition, &runs)?,
                runs,
                all: count(transaction, edition)?,
                domains,
                domain_count,
            })
        })
    }
}

fn runs(transaction: &Transaction<'_>, edition: i64) -> Result<Vec<PastRun>, Work> {
    let mut statement = transaction.prepare(
        "SELECT by, program, began, ended, accepted, ending, told FROM run WHERE edition = ?1 ORDER BY number",
    )?;
    let runs = statement.query_map([edition], |row| {
        let accepted: Option<i64> = row.get(4)?;
        Ok(PastRun {
            by: row.get(0)?,
            program: row.get(1)?,
            began: row.get(2)?,
            ended: row.get(3)?,
            accepted: accepted.and_then(|count| count.try_into().ok()),
            ending: row.get(5)?,
            told: row.get(6)?,
        })
    })?;
    Ok(runs.collect::<Result<_, _>>()?)
}

/// The domains with most letters, and how many domains there are.
fn domains(transaction: &Transaction<'_>, edition: i64) -> Result<(Vec<Domain>, u64), Work> {
    let mut statement = transaction.prepare(include_str!("sql/domains.sql"))?;
    let mut rows = statement.query(named_params! { ":edition": edition, ":most": DOMAINS })?;
    let (mut domains, mut all) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let mut counts = Counts::default();
        for (column, state) in State::ALL.into_iter().enumerate() {
            counts.add(state, unsigned(row, column + 2)?);
        }
        all = unsigned(row, 1)?;
        domains.push(Domain {
            name: row.get(0)?,
            counts,
        });
    }
    Ok((domains, all))
}

/// The letters accepted over time, in the run that had most of them; where no run is known, of all time.
fn pace(
    transaction: &Transaction<'_>,
    edition: i64,
    runs: &[PastRun],
) -> Result<Option<Pace>, Work> {
    let largest = runs
        .iter()
        .rev()
        .max_by_key(|run| run.accepted.unwrap_or(0));
    let (since, until) = match largest {
        Some(run) if run.accepted > Some(0) => (run.began, run.ended.unwrap_or(i64::MAX)),
        _ => (0, i64::MAX),
    };
    let reach: Option<(i64, i64)> = transaction
        .query_row(
            "SELECT min(changed), max(changed) FROM letter
             WHERE edition = ?1 AND state = 'accepted' AND changed BETWEEN ?2 AND ?3
             HAVING count(*) > 0",
            params![edition, since, until],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let Some((first, last)) = reach else {
        return Ok(None);
    };
    let lasts = last.saturating_sub(first);
    let fits = |width: &&i64| lasts / **width < STRETCHES;
    let width = WIDTHS.iter().find(fits).copied();
    let width = width.unwrap_or(lasts / STRETCHES + 1);
    let mut accepted = vec![0; usize::try_from(lasts / width + 1).unwrap_or(0)];
    let mut statement = transaction.prepare(
        "SELECT (changed - ?2) / ?4, count(*) FROM letter
         WHERE edition = ?1 AND state = 'accepted' AND changed BETWEEN ?2 AND ?3 GROUP BY 1",
    )?;
    let mut rows = statement.query(params![edition, first, last, width])?;
    while let Some(row) = rows.next()? {
        let stretch = usize::try_from(unsigned(row, 0)?).unwrap_or(usize::MAX);
        if let Some(count) = accepted.get_mut(stretch) {
            *count = unsigned(row, 1)?;
        }
    }
    Ok(Some(Pace {
        from: first,
        width,
        accepted,
    }))
}
