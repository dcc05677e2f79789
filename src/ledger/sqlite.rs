//! The record in SQLite: WAL, every commit synced, tables that hold what they say.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{
    Connection, OptionalExtension, Row, Transaction, TransactionBehavior, named_params, params,
};

use super::enroller::Enroller;
use super::{Beginning, Claim, Counts, Enrol, Enrolment, Ledger, LedgerError, Mark, State, Told};

/// The shapes of the tables, each making the next of the one before; `user_version` counts them.
const MIGRATIONS: [&str; 1] = [include_str!("sql/001_begin.sql")];

/// How long to wait for another process that reads or writes: a backup, `status`, `suppress`.
const BUSY: Duration = Duration::from_secs(5);

/// A ledger in a file.
#[derive(Debug)]
pub struct SqliteLedger {
    connection: Connection,
    path: PathBuf,
}

impl SqliteLedger {
    /// Opens the ledger, or makes an empty one, that only its owner can read.
    /// `key` is the file that is made with a ledger and kept with it: where
    /// there is one and no ledger, the ledger is gone.
    ///
    /// # Errors
    /// The file is damaged, gone, of a later version, or can't be opened.
    pub fn open(path: &Path, key: &Path) -> Result<Self, LedgerError> {
        let io = |cause| LedgerError::Io {
            path: path.to_owned(),
            cause,
        };
        let is_new = !path.try_exists().map_err(io)?;
        let gone = || LedgerError::Gone {
            path: path.to_owned(),
            key: key.to_owned(),
        };
        let had_one = key.try_exists().map_err(io)?;
        if is_new && had_one {
            return Err(gone());
        }
        make_private(path).map_err(io)?; // SQLite gives its other files the same mode
        let store = |cause| LedgerError::Store {
            path: path.to_owned(),
            cause,
        };
        let connection = Connection::open(path).map_err(store)?;
        let mut ledger = Self {
            connection,
            path: path.to_owned(),
        };
        if !ledger.prepare(is_new, had_one)? {
            return Err(gone());
        }
        Ok(ledger)
    }

    /// Returns `false` where there must have been tables once and are none.
    fn prepare(&mut self, is_new: bool, had_one: bool) -> Result<bool, LedgerError> {
        self.connection.busy_timeout(BUSY).map_err(self.failed())?;
        if !is_new {
            self.check()?;
        }
        let version = self.version()?;
        if had_one && version == 0 {
            return Ok(false);
        }
        self.connection
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -8000;")
            .map_err(self.failed())?;
        if version != MIGRATIONS.len() as i64 {
            self.migrate()?;
        }
        Ok(true)
    }

    fn version(&self) -> Result<i64, LedgerError> {
        self.connection
            .query_row("PRAGMA user_version", [], |row| row.get(0))
            .map_err(self.failed())
    }

    /// Looks whether the file is whole (SQLite, "PRAGMA quick_check").
    fn check(&self) -> Result<(), LedgerError> {
        let corrupt = |found: String| LedgerError::Corrupt {
            path: self.path.clone(),
            found,
        };
        match self
            .connection
            .query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0))
        {
            Ok(found) if found == "ok" => Ok(()),
            Ok(found) => Err(corrupt(found)),
            Err(error) if is_damage(&error) => Err(corrupt(error.to_string())),
            Err(error) => Err(self.failed()(error)),
        }
    }

    fn migrate(&mut self) -> Result<(), LedgerError> {
        let failed = self.failed();
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(&failed)?;
        let version: usize = transaction
            .query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0))
            .map_err(&failed)?
            .try_into()
            .unwrap_or(usize::MAX);
        let Some(missing) = MIGRATIONS.get(version..) else {
            return Err(LedgerError::TooNew {
                path: self.path.clone(),
            });
        };
        for migration in missing {
            transaction.execute_batch(migration).map_err(&failed)?;
        }
        transaction
            .execute_batch(&format!("PRAGMA user_version = {}", MIGRATIONS.len()))
            .map_err(&failed)?;
        transaction.commit().map_err(&failed)
    }

    /// Gives an error of SQLite its place.
    fn failed(&self) -> impl Fn(rusqlite::Error) -> LedgerError + use<> {
        let path = self.path.clone();
        move |cause| LedgerError::Store {
            path: path.clone(),
            cause,
        }
    }

    /// Does some work in one transaction: all of it, or nothing where it fails or returns `None`.
    fn transact<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<Option<T>, Work>,
    ) -> Result<Option<T>, LedgerError> {
        let failed = self.failed();
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(&failed)?;
        let done = work(&transaction).map_err(|error| match error {
            Work::Store(cause) => failed(cause),
            Work::Told(error) => error,
        })?;
        if done.is_some() {
            transaction.commit().map_err(&failed)?;
        }
        Ok(done)
    }

    /// Looks, and keeps nobody who writes waiting, nor waits for them (WAL).
    fn look<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Work>,
    ) -> Result<T, LedgerError> {
        let failed = self.failed();
        let transaction = self.connection.transaction().map_err(&failed)?;
        work(&transaction).map_err(|error| match error {
            Work::Store(cause) => failed(cause),
            Work::Told(error) => error,
        })
    }

    /// The same for work that is never given up.
    fn do_all<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Work>,
    ) -> Result<T, LedgerError> {
        self.transact(|transaction| work(transaction).map(Some))
            .map(|done| done.expect("the work above returns Some"))
    }
}

/// How work in a transaction fails.
pub(super) enum Work {
    Store(rusqlite::Error),
    Told(LedgerError),
}

impl From<rusqlite::Error> for Work {
    fn from(cause: rusqlite::Error) -> Self {
        Self::Store(cause)
    }
}

/// Makes the file if it isn't there, and lets only its owner read it.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    drop(file);
    Ok(())
}

fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(
        error.sqlite_error_code(),
        Some(DatabaseCorrupt | NotADatabase)
    )
}

/// Milliseconds since 1970-01-01 UTC; a clock before that counts as then.
fn millis(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn number_of(transaction: &Connection, edition: &str) -> Result<i64, Work> {
    let number = transaction
        .prepare_cached("SELECT number FROM edition WHERE id = ?1")?
        .query_row([edition], |row| row.get(0))
        .optional()?;
    number.ok_or_else(|| Work::Told(LedgerError::NotBegun(edition.to_owned())))
}

/// A whole number that is not negative.
pub(super) fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, value))
}

fn state(row: &Row<'_>, column: usize) -> rusqlite::Result<State> {
    let name: String = row.get(column)?;
    // The table's own CHECK lets no other name in.
    State::of(&name).ok_or_else(|| rusqlite::Error::InvalidColumnName(name))
}

fn claim(row: &Row<'_>) -> rusqlite::Result<Claim> {
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
    })
}

fn count(transaction: &Connection, edition: i64) -> rusqlite::Result<Counts> {
    let mut counts = Counts::default();
    let mut statement = transaction
        .prepare_cached("SELECT state, count(*) FROM letter WHERE edition = ?1 GROUP BY state")?;
    let mut rows = statement.query([edition])?;
    while let Some(row) = rows.next()? {
        counts.add(state(row, 0)?, unsigned(row, 1)?);
    }
    Ok(counts)
}

impl Ledger for SqliteLedger {
    fn begin(
        &mut self,
        beginning: &Beginning,
        enrol: &mut dyn FnMut(&mut dyn Enrol) -> Option<()>,
    ) -> Result<Option<Counts>, LedgerError> {
        let path = self.path.clone();
        self.transact(|transaction| {
            let known = transaction
                .query_row("SELECT 1 FROM edition WHERE id = ?1", [&beginning.id], |_| Ok(()))
                .optional()?;
            if known.is_some() {
                return Err(Work::Told(LedgerError::Begun(beginning.id.clone())));
            }
            transaction.execute(
                "INSERT INTO edition (id, digest, audience, date, program) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![beginning.id, beginning.digest, beginning.audience, beginning.date, beginning.program],
            )?;
            let edition = transaction.last_insert_rowid();
            for (language, frozen) in &beginning.versions {
                transaction.execute(
                    "INSERT INTO version (edition, language, frozen) VALUES (?1, ?2, ?3)",
                    params![edition, language, frozen],
                )?;
            }
            let mut enroller = Enroller::new(transaction, edition, millis(SystemTime::now()), path);
            let enrolled = enrol(&mut enroller);
            enroller.finish()?;
            if enrolled.is_none() {
                return Ok(None);
            }
            Ok(Some(count(transaction, edition)?))
        })
    }

    fn add_new(
        &mut self,
        edition: &str,
        enrol: &mut dyn FnMut(&mut dyn Enrol) -> Option<()>,
    ) -> Result<Option<u64>, LedgerError> {
        let path = self.path.clone();
        self.transact(|transaction| {
            let number = number_of(transaction, edition)?;
            let mut enroller = Enroller::new(transaction, number, millis(SystemTime::now()), path);
            let enrolled = enrol(&mut enroller);
            let added = enroller.finish()?;
            Ok(enrolled.map(|()| added))
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
        let now = millis(SystemTime::now());
        self.do_all(|transaction| {
            Ok(transaction.execute(include_str!("sql/recover.sql"), [now])? as u64)
        })
    }

    fn claim(
        &mut self,
        edition: &str,
        after: i64,
        most: usize,
        now: SystemTime,
    ) -> Result<Vec<Claim>, LedgerError> {
        let now = millis(now);
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.do_all(|transaction| {
            let edition = number_of(transaction, edition)?;
            transaction
                .prepare_cached(include_str!("sql/ripen.sql"))?
                .execute(named_params! { ":edition": edition, ":now": now })?;
            transaction
                .prepare_cached(include_str!("sql/suppress_pending.sql"))?
                .execute(named_params! { ":edition": edition, ":after": after, ":now": now })?;
            let mut statement = transaction.prepare_cached(include_str!("sql/claim.sql"))?;
            let claims = statement.query_map(
                named_params! { ":edition": edition, ":after": after, ":most": most },
                claim,
            )?;
            Ok(claims.collect::<Result<_, _>>()?)
        })
    }

    fn record(&mut self, marks: &[Mark], now: SystemTime) -> Result<(), LedgerError> {
        let now = millis(now);
        self.do_all(|transaction| {
            let mut statement = transaction.prepare_cached(include_str!("sql/record.sql"))?;
            for mark in marks {
                let (stage, reply) = mark
                    .told
                    .as_ref()
                    .map(|(stage, reply)| (stage, reply))
                    .unzip();
                let changed = statement.execute(named_params! {
                    ":letter": mark.letter,
                    ":state": mark.state.name(),
                    ":due": mark.due.map(millis),
                    ":stage": stage,
                    ":reply": reply,
                    ":now": now,
                })?;
                if changed != 1 {
                    return Err(Work::Store(rusqlite::Error::StatementChangedRows(changed)));
                }
            }
            Ok(())
        })
    }

    fn move_all(
        &mut self,
        edition: &str,
        from: &[State],
        to: State,
        now: SystemTime,
    ) -> Result<u64, LedgerError> {
        let now = millis(now);
        self.do_all(|transaction| {
            let edition = number_of(transaction, edition)?;
            let mut moved = 0;
            for state in from {
                moved += transaction.execute(
                    "UPDATE letter SET state = ?3, due = NULL, changed = ?4 WHERE edition = ?1 AND state = ?2",
                    params![edition, state.name(), to.name(), now],
                )? as u64;
            }
            Ok(moved)
        })
    }

    fn counts(&mut self, edition: &str) -> Result<Counts, LedgerError> {
        self.look(|transaction| {
            let edition = number_of(transaction, edition)?;
            Ok(count(transaction, edition)?)
        })
    }

    fn told(&mut self, edition: &str) -> Result<Vec<Told>, LedgerError> {
        self.look(|transaction| {
            let edition = number_of(transaction, edition)?;
            let mut statement = transaction.prepare_cached(include_str!("sql/told.sql"))?;
            let told = statement.query_map([edition], |row| {
                Ok(Told {
                    letter: row.get(0)?,
                    address: row.get(1)?,
                    state: state(row, 2)?,
                    stage: row.get(3)?,
                    reply: row.get(4)?,
                    changed: row.get(5)?,
                })
            })?;
            Ok(told.collect::<Result<_, _>>()?)
        })
    }

    fn suppress(&mut self, key: &str, reason: &str, now: SystemTime) -> Result<bool, LedgerError> {
        let now = millis(now);
        self.do_all(|transaction| {
            let added = transaction.execute(
                "INSERT INTO suppression (key, reason, since) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                params![key, reason, now],
            )?;
            Ok(added == 1)
        })
    }

    fn unsuppress(&mut self, key: &str) -> Result<bool, LedgerError> {
        self.do_all(|transaction| {
            Ok(transaction.execute("DELETE FROM suppression WHERE key = ?1", [key])? == 1)
        })
    }

    fn suppressions(&mut self) -> Result<Vec<(String, String, i64)>, LedgerError> {
        self.look(|transaction| {
            let mut statement =
                transaction.prepare("SELECT key, reason, since FROM suppression ORDER BY key")?;
            let rows =
                statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}
