//! What has become of an edition: the same facts for `--json` and for the file that each run leaves.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};

use super::options::Ending;
use super::plan::lists::Lists;
use crate::ledger::{Ledger, LedgerError, State, Told};
use crate::smtp::Stage;

/// How many letters are read at once where all are.
const PAGE: usize = 1_000;

/// How an edition stands.
#[derive(Debug, serde::Serialize)]
pub struct Report {
    /// Its id.
    pub edition: String,
    /// Its digest, in hexadecimal.
    pub digest: String,
    /// The moment of beginning (RFC 3339).
    pub began: String,
    /// How many people it is for: the sum of the following.
    pub enrolled: u64,
    /// What the relay has taken.
    pub accepted: u64,
    /// What it won't have.
    pub refused: u64,
    /// What is tried again later.
    pub deferred: u64,
    /// What nobody can know of.
    pub unknown: u64,
    /// Those who must not be written to.
    pub suppressed: u64,
    /// What a person didn't want sent, or not sent again though it may have arrived.
    pub cancelled: u64,
    /// What is still to be sent.
    pub pending: u64,
    /// What is on its way right now.
    pub started: u64,
    /// Each letter that is refused, deferred, unknown or started.
    pub letters: Vec<Letter>,
    /// The folder in which the sandbox has kept them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outbox: Option<std::path::PathBuf>,
    /// The run that this tells of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<Run>,
}

/// A letter that a person may want to know of.
#[derive(Debug, serde::Serialize)]
pub struct Letter {
    /// Whom it is for.
    pub address: String,
    /// The list that names the person.
    pub file: String,
    /// The line in it, from 1.
    pub line: u64,
    /// Where it stands.
    pub state: State,
    /// Where the last attempt ended.
    pub stage: Option<String>,
    /// What the relay said.
    pub reply: Option<String>,
    /// When that was (RFC 3339, UTC).
    pub time: String,
    /// When it is tried again (RFC 3339, UTC).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
}

/// A run.
#[derive(Debug, serde::Serialize)]
pub struct Run {
    /// When it began (RFC 3339, UTC).
    pub began: String,
    /// How long it took.
    pub seconds: f64,
    /// How many letters were accepted in it.
    pub accepted: u64,
    /// Why it ended: `finished`, `stopped`, `limit`, `later`, `relay`, `halted`, `ledger` or `defect`.
    pub ending: &'static str,
    /// What was said of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told: Option<String>,
    /// When a later run can go on, where this one could not (RFC 3339, UTC).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// The version of the program.
    pub program: &'static str,
    /// How many rows of the lists have a fault and so name nobody.
    pub rows_with_faults: u64,
    /// How many name a mailbox once more.
    pub duplicate_rows: u64,
    /// Both kinds of rows: the first thousand of each.
    pub passed_over: Vec<PassedOver>,
}

/// A row that was passed over.
#[derive(Debug, serde::Serialize)]
pub struct PassedOver {
    file: String,
    line: u64,
    why: String,
}

impl Report {
    /// Takes an edition from the ledger.
    ///
    /// # Errors
    /// It has not begun, or the ledger can't be used.
    pub fn of(ledger: &mut impl Ledger, edition: &str) -> Result<Self, LedgerError> {
        let begun = ledger
            .beginning(edition)?
            .ok_or_else(|| LedgerError::NotBegun(edition.to_owned()))?;
        let counts = ledger.counts(edition)?;
        Ok(Self {
            edition: begun.id,
            digest: begun.digest,
            began: begun.date,
            enrolled: counts.enrolled(),
            accepted: counts.of(State::Accepted),
            refused: counts.of(State::Refused),
            deferred: counts.of(State::Deferred),
            unknown: counts.of(State::Unknown),
            suppressed: counts.of(State::Suppressed),
            cancelled: counts.of(State::Cancelled),
            pending: counts.of(State::Pending),
            started: counts.of(State::Started),
            letters: ledger.told(edition)?.into_iter().map(letter).collect(),
            outbox: None,
            run: None,
        })
    }

    /// The letter of an edition to one person, in whatever state.
    ///
    /// # Errors
    /// The edition has not begun, or the ledger can't be used.
    pub fn letter_to(
        ledger: &mut impl Ledger,
        edition: &str,
        key: &str,
    ) -> Result<Option<Letter>, LedgerError> {
        Ok(ledger.told_of(edition, key)?.map(letter))
    }

    /// Gives every letter of an edition to `each`, by address, whatever its state:
    /// each once, as it stands when its turn comes. A run is not kept waiting.
    ///
    /// # Errors
    /// The edition has not begun, the ledger can't be used, or `each` fails.
    pub fn each_letter<E: From<LedgerError>>(
        ledger: &mut impl Ledger,
        edition: &str,
        mut each: impl FnMut(Letter) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut behind = String::new();
        loop {
            let (told, last) = ledger.told_behind(edition, &behind, PAGE)?;
            told.into_iter().map(letter).try_for_each(&mut each)?;
            match last {
                Some(last) => behind = last,
                None => return Ok(()),
            }
        }
    }

    /// Letters that a run may still send.
    pub fn still_to_send(&self) -> u64 {
        self.pending + self.deferred
    }
}

impl Letter {
    /// Says whether nobody can know if the relay has taken it. It may have been
    /// left so, or its recipient suppressed since: what was said last still tells.
    pub fn is_in_doubt(&self) -> bool {
        // A letter that was refused or put off at its dot has not been taken.
        let reply = self.reply.as_deref().unwrap_or_default();
        let was_lost =
            self.stage.as_deref() == Some(Stage::Dot.name()) && !reply.starts_with(['4', '5']);
        match self.state {
            State::Unknown | State::Started => true,
            State::Cancelled | State::Suppressed => was_lost,
            _ => false,
        }
    }
}

impl Run {
    /// Tells of a run that has ended.
    pub fn new(
        began: DateTime<Utc>,
        took: Duration,
        accepted: u64,
        ending: &Ending,
        lists: &Lists,
    ) -> Self {
        Self {
            began: began.to_rfc3339_opts(SecondsFormat::Secs, true),
            seconds: (took.as_secs_f64() * 1_000.0).round() / 1_000.0,
            accepted,
            ending: ending.name(),
            told: ending.told().map(str::to_owned),
            until: ending.until().map(|until| {
                DateTime::<Utc>::from(until).to_rfc3339_opts(SecondsFormat::Secs, true)
            }),
            program: env!("CARGO_PKG_VERSION"),
            rows_with_faults: lists.fault_count,
            duplicate_rows: lists.duplicate_count,
            passed_over: passed_over(lists),
        }
    }
}

fn passed_over(lists: &Lists) -> Vec<PassedOver> {
    let faults = lists.faults.iter().map(|fault| PassedOver {
        file: fault.place.file.to_string(),
        line: fault.place.line,
        why: fault.problem.to_string(),
    });
    let duplicates = lists.duplicates.iter().map(|duplicate| PassedOver {
        file: duplicate.place.file.to_string(),
        line: duplicate.place.line,
        why: format!(
            "the same mailbox as {}:{}",
            duplicate.first.0, duplicate.first.1
        ),
    });
    faults.chain(duplicates).collect()
}

fn letter(told: Told) -> Letter {
    Letter {
        address: told.address,
        file: told.file,
        line: told.line,
        state: told.state,
        stage: told.stage,
        reply: told.reply,
        time: time(told.changed),
        due: told.due.map(time),
    }
}

/// Milliseconds since 1970-01-01 UTC, by RFC 3339.
pub fn time(millis: i64) -> String {
    DateTime::<Utc>::from_timestamp_millis(millis)
        .unwrap_or_default()
        .to_rfc3339_opts(SecondsFormat::Secs, true)
}
