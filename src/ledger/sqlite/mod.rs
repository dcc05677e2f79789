//! The record in SQLite: WAL, every commit synced, tables that hold what they say.

mod account;
mod last;
mod letters;
mod open;
mod relay;
mod roll;
mod rows;
mod told;

use std::path::PathBuf;
use std::time::SystemTime;

use rusqlite::{
    Connection, OptionalExtension, Transaction, TransactionBehavior, named_params, params,
};

use super::{
    Beginning, Claim, Claimed, Counts, Decision, Difference, Enrol, Grain, Learnt, Ledger,
    LedgerError, Mark, Roll, Suppression, Told, Whose,
};
pub use last::last_before;
use roll::Caller;
use rows::{count, millis, number_of, unsigned};

/// A ledger in a file.
#[derive(Debug)]
pub struct SqliteLedger {
    connection: Connection,
    path: PathBuf,
    /// Counts what goes, where that is wanted.
    meter: Option<relay::Meter>,
}

impl SqliteLedger {
    /// Gives an error of SQLite its place.
    fn failed(&self) -> impl Fn(rusqlite::Error) -> LedgerError + use<> {
        let path = self.path.clone();
        move |cause| LedgerError::Store {
            path: path.clone(),
            cause,
        }
    }

    /// Does some work in one transaction: all of it, or nothing where it fails.
    fn work<T>(
        &mut self,
        behavior: TransactionBehavior,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Work>,
    ) -> Result<T, LedgerError> {
        let failed = self.failed();
        let transaction = self
            .connection
            .transaction_with_behavior(behavior)
            .map_err(&failed)?;
        let done = work(&transaction).map_err(|error| match error {
            Work::Store(cause) => failed(cause),
            Work::Told(error) => error,
        })?;
        transaction.commit().map_err(&failed)?;
        Ok(done)
    }

    /// Changes something: nobody else does meanwhile.
    fn change<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Work>,
    ) -> Result<T, LedgerError> {
        self.work(TransactionBehavior::Immediate, work)
    }

    /// Looks, and keeps nobody who writes waiting, nor waits for them (WAL).
    fn look<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Work>,
    ) -> Result<T, LedgerError> {
        self.work(TransactionBehavior::Deferred, work)
    }
}

/// How work in a transaction fails.
enum Work {
    Store(rusqlite::Error),
    Told(LedgerError),
}

impl From<rusqlite::Error> for Work {
    fn from(cause: rusqlite::Error) -> Self {
        Self::Store(cause)
    }
}

impl Ledger for SqliteLedger {
    fn call_roll(&mut self, call: &mut dyn FnMut(&mut dyn Enrol)) -> Result<Roll, LedgerError> {
        let path = self.path.clone();
        // Nothing but the roll is written, so nobody else has to wait.
        self.work(TransactionBehavior::Deferred, |transaction| {
            let mut caller = Caller::new(transaction, path)?;
            call(&mut caller);
            caller.finish()
        })
    }

    fn begin(&mut self, beginning: &Beginning) -> Result<Counts, LedgerError> {
        let now = millis(SystemTime::now());
        self.change(|transaction| {
            let known = transaction
                .query_row(
                    "SELECT 1 FROM edition WHERE id = ?1",
                    [&beginning.id],
                    |_| Ok(()),
                )
                .optional()?;
            if known.is_some() {
                return Err(Work::Told(LedgerError::Begun(beginning.id.clone())));
            }
            transaction.execute(
                "INSERT INTO edition (id, digest, audience, date, program, first) \
                 VALUES (?1, ?2, ?3, ?4, ?5, (SELECT coalesce(max(number), 0) + 1 FROM letter))",
                params![
                    beginning.id,
                    beginning.digest,
                    beginning.audience,
                    beginning.date,
                    beginning.program
                ],
            )?;
            let edition = transaction.last_insert_rowid();
            for (language, frozen) in &beginning.versions {
                transaction.execute(
                    "INSERT INTO version (edition, language, frozen) VALUES (?1, ?2, ?3)",
                    params![edition, language, frozen],
                )?;
            }
            enrol(transaction, edition, now)?;
            Ok(count(transaction, edition)?)
        })
    }

    fn difference(&mut self, edition: &str) -> Result<Difference, LedgerError> {
        self.look(|transaction| {
            let edition = number_of(transaction, edition)?;
            let found = transaction.query_row(
                include_str!("sql/difference.sql"),
                named_params! { ":edition": edition },
                |row| {
                    Ok(Difference {
                        new: unsigned(row, 0)?,
                        new_suppressed: unsigned(row, 1)?,
                        suppressed: unsigned(row, 2)?,
                        gone: unsigned(row, 3)?,
                    })
                },
            );
            Ok(found?)
        })
    }

    fn enrol_new(&mut self, edition: &str, now: SystemTime) -> Result<u64, LedgerError> {
        self.change(|transaction| {
            let (edition, now) = (number_of(transaction, edition)?, millis(now));
            let back = transaction.execute(
                include_str!("sql/back.sql"),
                named_params! { ":edition": edition, ":now": now },
            )?;
            Ok(back as u64 + enrol(transaction, edition, now)?)
        })
    }

    fn pass_over_gone(&mut self, edition: &str, now: SystemTime) -> Result<u64, LedgerError> {
        self.change(|transaction| {
            let edition = number_of(transaction, edition)?;
            let gone = transaction.execute(
                include_str!("sql/gone.sql"),
                named_params! { ":edition": edition, ":now": millis(now) },
            )?;
            Ok(gone as u64)
        })
    }

    fn beginning(&mut self, edition: &str) -> Result<Option<Beginning>, LedgerError> {
        self.look(|transaction| {
            let found = transaction
                .query_row(
                    "SELECT number, digest, audience, date, program FROM edition WHERE id = ?1",
                    [edition],
                    |row| {
                        let beginning = Beginning {
                            id: edition.to_owned(),
                            digest: row.get(1)?,
                            audience: row.get(2)?,
                            date: row.get(3)?,
                            program: row.get(4)?,
                            versions: Vec::new(),
                        };
                        Ok((row.get::<_, i64>(0)?, beginning))
                    },
                )
                .optional()?;
            let Some((number, mut beginning)) = found else {
                return Ok(None);
            };
            let mut statement = transaction.prepare(
                "SELECT language, frozen FROM version WHERE edition = ?1 ORDER BY rowid",
            )?;
            let versions = statement.query_map([number], |row| Ok((row.get(0)?, row.get(1)?)))?;
            beginning.versions = versions.collect::<Result<_, _>>()?;
            Ok(Some(beginning))
        })
    }

    fn editions(&mut self) -> Result<Vec<String>, LedgerError> {
        self.look(|transaction| {
            let mut statement = transaction.prepare("SELECT id FROM edition ORDER BY number")?;
            let ids = statement.query_map([], |row| row.get(0))?;
            Ok(ids.collect::<Result<_, _>>()?)
        })
    }

    fn recover(&mut self) -> Result<u64, LedgerError> {
        self.change(|transaction| {
            Ok(transaction.execute(include_str!("sql/recover.sql"), [])? as u64)
        })
    }

    fn resendable(&mut self, edition: &str, before: SystemTime) -> Result<u64, LedgerError> {
        self.look(|transaction| {
            let edition = number_of(transaction, edition)?;
            let found = transaction.query_row(
                include_str!("sql/resendable.sql"),
                named_params! { ":edition": edition, ":before": millis(before) },
                |row| unsigned(row, 0),
            );
            Ok(found?)
        })
    }

    fn resend_unknown(
        &mut self,
        edition: &str,
        before: SystemTime,
        now: SystemTime,
    ) -> Result<u64, LedgerError> {
        self.change(|transaction| {
            let edition = number_of(transaction, edition)?;
            let again = transaction.execute(
                include_str!("sql/resend.sql"),
                named_params! { ":edition": edition, ":before": millis(before), ":now": millis(now) },
            )?;
            Ok(again as u64)
        })
    }

    fn ripen(&mut self, edition: &str, now: SystemTime) -> Result<u64, LedgerError> {
        self.change(|transaction| {
            let edition = number_of(transaction, edition)?;
            let ripe = transaction.execute(
                include_str!("sql/ripen.sql"),
                named_params! { ":edition": edition, ":now": millis(now) },
            )?;
            Ok(ripe as u64)
        })
    }

    fn claim(
        &mut self,
        edition: &str,
        after: i64,
        most: usize,
        now: SystemTime,
    ) -> Result<Vec<Claim>, LedgerError> {
        self.change(|transaction| {
            let edition = number_of(transaction, edition)?;
            letters::claim(transaction, edition, after, most, millis(now))
        })
    }

    fn claim_of(
        &mut self,
        edition: &str,
        whose: &Whose,
        after: i64,
        most: usize,
        now: SystemTime,
    ) -> Result<Claimed, LedgerError> {
        self.change(|transaction| {
            let edition = number_of(transaction, edition)?;
            letters::claim_of(transaction, edition, whose, after, most, millis(now))
        })
    }

    fn letters_to(&mut self, edition: Option<&str>, domain: &str) -> Result<u64, LedgerError> {
        self.look(|transaction| {
            let Some(edition) = edition else {
                let sql = "SELECT count(*) FROM temp.roll WHERE substr(key, instr(key, '@') + 1) = ?1 \
                           AND NOT EXISTS (SELECT 1 FROM suppression WHERE suppression.key = roll.key)";
                return Ok(transaction.query_row(sql, [domain], |row| unsigned(row, 0))?);
            };
            let edition = number_of(transaction, edition)?;
            let count = transaction.query_row(
                include_str!("sql/letters_to.sql"),
                named_params! { ":edition": edition, ":domain": domain },
                |row| unsigned(row, 0),
            );
            Ok(count?)
        })
    }

    fn pending_in_vain(&mut self, edition: &str) -> Result<u64, LedgerError> {
        self.look(|transaction| {
            let edition = number_of(transaction, edition)?;
            let count = transaction.query_row(
                "SELECT count(*) FROM suppression JOIN letter USING (key) WHERE edition = ?1 AND state = 'pending'",
                [edition],
                |row| unsigned(row, 0),
            )?;
            Ok(count)
        })
    }

    fn count_for(
        &mut self,
        relay: &str,
        domains: &[String],
        found: u64,
        now: SystemTime,
    ) -> Result<(), LedgerError> {
        self.change(|transaction| Ok(relay::settle(transaction, relay, found, millis(now))?))?;
        let meter = self.meter.get_or_insert_with(|| relay::Meter::new(relay));
        domains.iter().for_each(|domain| meter.also(domain));
        Ok(())
    }

    fn gone(&mut self, relay: &str, now: SystemTime) -> Result<Vec<Grain>, LedgerError> {
        self.look(|transaction| relay::gone(transaction, relay, millis(now)))
    }

    fn learn(&mut self, relay: &str, learnt: &Learnt) -> Result<(), LedgerError> {
        self.change(|transaction| Ok(relay::learn(transaction, relay, learnt)?))
    }

    fn learnt(&mut self, relay: &str, now: SystemTime) -> Result<Vec<Learnt>, LedgerError> {
        self.look(|transaction| relay::learnt(transaction, relay, millis(now)))
    }

    fn forget(&mut self, relay: &str, edition: &str) -> Result<(), LedgerError> {
        self.change(|transaction| {
            transaction.execute(
                "DELETE FROM learnt WHERE relay = ?1 AND (what <> 'halt' OR about = ?2)",
                [relay, edition],
            )?;
            Ok(())
        })
    }

    fn record(&mut self, marks: &[Mark], now: SystemTime) -> Result<Vec<i64>, LedgerError> {
        let (mut meter, now) = (self.meter.take(), millis(now));
        let recorded = self.change(|transaction| {
            let passed_over = letters::record(transaction, marks, now)?;
            if let Some(meter) = &mut meter {
                meter.see(transaction, marks, &passed_over, now)?;
            }
            Ok(passed_over)
        });
        self.meter = meter;
        recorded
    }

    fn decide(
        &mut self,
        edition: &str,
        decision: Decision,
        keys: Option<&[String]>,
        now: SystemTime,
    ) -> Result<u64, LedgerError> {
        self.change(|transaction| {
            let edition = number_of(transaction, edition)?;
            letters::decide(transaction, edition, decision, keys, millis(now))
        })
    }

    fn next_due(&mut self, edition: &str) -> Result<Option<SystemTime>, LedgerError> {
        self.look(|transaction| told::next_due(transaction, edition))
    }

    fn counts(&mut self, edition: &str) -> Result<Counts, LedgerError> {
        self.look(|transaction| {
            let edition = number_of(transaction, edition)?;
            Ok(count(transaction, edition)?)
        })
    }

    fn accepted_since(&mut self, edition: &str, since: SystemTime) -> Result<u64, LedgerError> {
        self.look(|transaction| told::accepted_since(transaction, edition, since))
    }

    fn last_answer(&mut self, edition: &str) -> Result<Option<SystemTime>, LedgerError> {
        self.look(|transaction| told::last_answer(transaction, edition))
    }

    fn told(&mut self, edition: &str) -> Result<Vec<Told>, LedgerError> {
        self.look(|transaction| told::told(transaction, edition))
    }

    fn told_behind(
        &mut self,
        edition: &str,
        behind: &str,
        most: usize,
    ) -> Result<(Vec<Told>, Option<String>), LedgerError> {
        self.look(|transaction| told::told_behind(transaction, edition, behind, most))
    }

    fn told_of(&mut self, edition: &str, key: &str) -> Result<Option<Told>, LedgerError> {
        self.look(|transaction| told::told_of(transaction, edition, key))
    }

    fn note_trouble(
        &mut self,
        edition: &str,
        trouble: &str,
        now: SystemTime,
    ) -> Result<bool, LedgerError> {
        self.change(|transaction| {
            let noted = transaction.execute(
                "INSERT INTO missed (edition, digest, since) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                params![edition, trouble, millis(now)],
            )?;
            Ok(noted == 1)
        })
    }

    fn suppress(&mut self, key: &str, reason: &str, now: SystemTime) -> Result<bool, LedgerError> {
        self.change(|transaction| {
            let added = transaction.execute(
                "INSERT INTO suppression (key, reason, since) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                params![key, reason, millis(now)],
            )?;
            Ok(added == 1)
        })
    }

    fn unsuppress(&mut self, key: &str) -> Result<bool, LedgerError> {
        self.change(|transaction| {
            Ok(transaction.execute("DELETE FROM suppression WHERE key = ?1", [key])? == 1)
        })
    }

    fn suppressions(&mut self) -> Result<Vec<Suppression>, LedgerError> {
        self.look(|transaction| {
            let mut statement =
                transaction.prepare("SELECT key, reason, since FROM suppression ORDER BY key")?;
            let rows = statement.query_map([], |row| {
                Ok(Suppression {
                    address: row.get(0)?,
                    reason: row.get(1)?,
                    since: row.get(2)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn find_key(
        &mut self,
        is_meant: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Option<String>, LedgerError> {
        self.look(|transaction| {
            let mut statement = transaction.prepare("SELECT DISTINCT key FROM letter")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let key: String = row.get(0)?;
                if is_meant(&key) {
                    return Ok(Some(key));
                }
            }
            Ok(None)
        })
    }
}

/// Enrols those on the roll who aren't; returns how many.
fn enrol(transaction: &Transaction<'_>, edition: i64, now: i64) -> Result<u64, Work> {
    let added = transaction.execute(
        include_str!("sql/enrol.sql"),
        named_params! { ":edition": edition, ":now": now },
    )?;
    Ok(added as u64)
}
