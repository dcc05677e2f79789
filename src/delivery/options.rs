//! How letters are to be sent, and how a run over them ends.

use std::time::{Duration, SystemTime};

use super::later::Later;
use crate::letter::Frozen;
use crate::people::Language;
use crate::settings::Rate;
use crate::smtp::Relay;

/// How letters are to be sent.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to.
    pub relay: Relay,
    /// The most connections at once.
    pub connections: usize,
    /// The letters of a batch, where batches matter: with a pause or a limit.
    pub batch: usize,
    /// The pause between two batches.
    pub pause: Duration,
    /// Ceilings over all connections.
    pub rates: Vec<Rate>,
    /// Ceilings for the recipients of some domains: A-labels in lower case.
    pub domains: Vec<(String, Vec<Rate>)>,
    /// The account that the letters are counted for, and what is learnt of it
    /// kept for; where none is named, no run remembers another.
    pub account: Option<String>,
    /// What tells the relay and its login from any other, where an account is named.
    pub fingerprint: Option<u64>,
    /// Nobody looks on who may have mended something: a login that was refused lately isn't tried.
    pub unattended: bool,
    /// How long a run may stand still before it leaves the rest to a later one.
    pub patience: Duration,
    /// A person wants it sent whatever earlier runs have learnt; that is forgotten.
    pub anyway: bool,
    /// The most dots of this run.
    pub limit: Option<u64>,
    /// How long nobody connects after a first failure of the relay; then twice as long, and so on.
    pub backoff: Duration,
    /// When deferred letters are tried again.
    pub retry: Retry,
    /// How long the run waits for a deferred letter.
    pub retry_within: Duration,
    /// How long a letter is tried again after it was first deferred; then it is refused.
    pub give_up_after: Duration,
}

/// When letters are tried again that were deferred for one reason or another,
/// after the first deferral, the second, …; the last holds on.
#[derive(Clone, Debug)]
pub struct Retry {
    /// The relay has a trouble of its own.
    pub own: Vec<Duration>,
    /// It lets strangers wait (greylisting).
    pub greylisted: Vec<Duration>,
    /// Anything else: RFC 5321, 4.5.4.1, asks for half an hour.
    pub usual: Vec<Duration>,
}

/// What an edition's letters are made from.
#[derive(Debug)]
pub struct Edition {
    /// What tells it from all others.
    pub id: String,
    /// Each language; the first is the base.
    pub versions: Vec<(Language, Frozen)>,
}

/// How the words of an [`Ending`] begin that may be about one recipient: the file
/// of the list and the line follow.
pub const ABOUT_A_ROW: &str = "the letter for ";

/// How a run ended.
#[derive(Debug)]
pub enum Ending {
    /// There is nothing more to send now.
    Finished,
    /// Somebody asked for it.
    Stopped,
    /// As many letters went as were asked for.
    Limit,
    /// No letter may go for longer than the run waits.
    Later(Later),
    /// The relay can't be used.
    Relay(String),
    /// It was doing harm: nothing more goes without a person's word.
    Halted(String),
    /// The ledger can't be used, or what it holds can't be understood.
    Ledger(String),
    /// A part of the program has failed.
    Defect(String),
}

impl Ending {
    /// Its name in a report.
    pub fn name(&self) -> &'static str {
        match self {
            Ending::Finished => "finished",
            Ending::Stopped => "stopped",
            Ending::Limit => "limit",
            Ending::Later(_) => "later",
            Ending::Relay(_) => "relay",
            Ending::Halted(_) => "halted",
            Ending::Ledger(_) => "ledger",
            Ending::Defect(_) => "defect",
        }
    }

    /// When a later run can go on, where this one could not.
    pub fn until(&self) -> Option<SystemTime> {
        match self {
            Ending::Later(later) => Some(later.until),
            _ => None,
        }
    }

    /// What was said of it.
    pub fn told(&self) -> Option<&str> {
        match self {
            Ending::Finished | Ending::Stopped | Ending::Limit => None,
            Ending::Later(later) => Some(&later.told),
            Ending::Relay(told)
            | Ending::Halted(told)
            | Ending::Ledger(told)
            | Ending::Defect(told) => Some(told),
        }
    }
}
