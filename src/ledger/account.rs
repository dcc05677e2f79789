//! What the ledger can tell of an edition beyond its counts: its runs, how they
//! went in time, and how it went at each recipient domain.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};

use super::Counts;

/// The account of an edition.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Account {
    /// The runs that have sent it, in order.
    pub runs: Vec<PastRun>,
    /// The letters accepted over time, in the run that had most of them.
    pub pace: Option<Pace>,
    /// All its letters by state.
    pub all: Counts,
    /// The recipient domains with most letters, the largest first.
    pub domains: Vec<Domain>,
    /// How many recipient domains there are.
    pub domain_count: u64,
}

/// A run. One without an end goes on, or was killed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct PastRun {
    /// Who began it, and how.
    pub by: String,
    /// The version of the program.
    pub program: String,
    /// When it began, in milliseconds since 1970-01-01 UTC; as data by RFC 3339.
    #[serde(serialize_with = "moment")]
    pub began: i64,
    /// When it ended.
    #[serde(serialize_with = "moment_if_any")]
    pub ended: Option<i64>,
    /// How many letters were accepted in it.
    pub accepted: Option<u64>,
    /// Why it ended: `finished`, `stopped`, `limit`, `later`, `relay`, `halted`, `ledger` or `defect`.
    pub ending: Option<String>,
    /// What was said of that.
    pub told: Option<String>,
}

/// Letters accepted in stretches of time of one length.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Pace {
    /// When the first stretch begins, in milliseconds since 1970-01-01 UTC; as data by RFC 3339.
    #[serde(serialize_with = "moment")]
    pub from: i64,
    /// How long each is, in milliseconds.
    pub width: i64,
    /// How many letters were accepted in each.
    pub accepted: Vec<u64>,
}

/// How it went at one recipient domain.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Domain {
    /// Its name.
    pub name: String,
    /// The letters by state.
    #[serde(flatten)]
    pub counts: Counts,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunEnd<'e> {
    /// How many letters were accepted in it.
    pub accepted: u64,
    /// Why it ended, in a word.
    pub ending: &'e str,
    /// What was said of that.
    pub told: Option<&'e str>,
}

impl serde::Serialize for Counts {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(super::State::ALL.map(|state| (state.name(), self.of(state))))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn moment<S: Serializer>(millis: &i64, out: S) -> Result<S::Ok, S::Error> {
    moment_if_any(&Some(*millis), out)
}

fn moment_if_any<S: Serializer>(millis: &Option<i64>, out: S) -> Result<S::Ok, S::Error> {
    let at = millis.and_then(DateTime::<Utc>::from_timestamp_millis);
    at.map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true))
        .serialize(out)
}
