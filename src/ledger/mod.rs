//! The durable record of who gets what: for each (edition, address) one state,
//! and the sum of all states is the number enrolled.

mod account;
mod error;
mod key;
mod lock;
mod relay;
mod sqlite;
mod state;
mod writer;

use std::time::SystemTime;

pub use account::{Account, Domain, Pace, PastRun, RunEnd};
pub use error::LedgerError;
pub use key::{key_path, read_key};
pub use lock::{Held, RunLock, StopRequest};
pub use relay::{Claimed, Grain, Learnt, Lesson, Whose};
pub use sqlite::{SqliteLedger, last_before};
pub use state::{Counts, Decision, State};
pub use writer::{Ended, Writer};

/// An edition as it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beginning {
    /// What tells it from all others.
    pub id: String,
    /// Its digest, in hexadecimal.
    pub digest: String,
    /// The group it is for; without one, all.
    pub audience: Option<String>,
    /// The moment of beginning, in RFC 3339.
    pub date: String,
    /// The version of the program.
    pub program: String,
    /// Each language, and what its letters are made from. The first is the base.
    pub versions: Vec<(String, Vec<u8>)>,
}

/// One person to enrol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    /// The address in the form in which two spellings of one mailbox are the same.
    pub key: String,
    /// The address.
    pub address: String,
    /// How the person is greeted.
    pub name: Option<String>,
    /// What the person reads.
    pub language: Option<String>,
    /// The list.
    pub file: String,
    /// The line in it, from 1.
    pub line: u64,
}

/// A letter that is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Its number in the ledger, ascending in order of enrolment.
    pub letter: i64,
    /// Whom it is for.
    pub enrolment: Enrolment,
    /// How often its body has been started.
    pub attempts: u32,
    /// How often it was deferred.
    pub deferrals: u32,
    /// When it was deferred first.
    pub deferred_since: Option<SystemTime>,
}

/// What has become of a letter, or is about to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its number in the ledger.
    pub letter: i64,
    /// Its new state.
    pub state: State,
    /// When it is tried again; with [`State::Deferred`].
    pub due: Option<SystemTime>,
    /// Where the conversation stood, and what was said.
    pub told: Option<(String, String)>,
}

/// A letter that a person may want to know of.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Told {
    /// Its number in the ledger.
    #[serde(skip)]
    pub letter: i64,
    /// Whom it is for.
    pub address: String,
    /// The list.
    pub file: String,
    /// The line in it, from 1.
    pub line: u64,
    /// Where it stands.
    pub state: State,
    /// Where the last attempt ended.
    pub stage: Option<String>,
    /// What the server said.
    pub reply: Option<String>,
    /// When that was, in milliseconds since 1970-01-01 UTC.
    pub changed: i64,
    /// When it is tried again, if it is deferred, in the same milliseconds.
    pub due: Option<i64>,
}

/// The people on the roll: those whom the lists name now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roll {
    /// How many there are.
    pub people: u64,
    /// How many of them must not be written to.
    pub suppressed: u64,
    /// How many read each language; `None` where no list says.
    pub languages: Vec<(Option<String>, u64)>,
}

/// What lies between an edition that has begun and the roll.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// People on the roll who are not enrolled, or were gone from it and are back.
    pub new: u64,
    /// How many of them must not be written to.
    pub new_suppressed: u64,
    /// People on the roll who are still to be written to and must not be.
    pub suppressed: u64,
    /// People still to be written to who are not on the roll.
    pub gone: u64,
}

/// What a store of the record must do. Every method that changes something is
/// one transaction and returns when it is durable: a crash at any later moment
/// finds it done, a crash before it finds nothing of it. The roll alone is not
/// kept: it is as large as the lists and gone when the ledger is closed.
pub trait Ledger {
    /// Puts everybody on the roll whom `call` adds, in place of those who were on it.
    ///
    /// # Errors
    /// Somebody could not be added, so that nobody may be taken for the whole list.
    fn call_roll(&mut self, call: &mut dyn FnMut(&mut dyn Enrol)) -> Result<Roll, LedgerError>;

    /// Begins an edition: freezes it and enrols the roll.
    ///
    /// # Errors
    /// The edition has begun before, or the store fails.
    fn begin(&mut self, beginning: &Beginning) -> Result<Counts, LedgerError>;

    /// What differs between those enrolled and the roll.
    fn difference(&mut self, edition: &str) -> Result<Difference, LedgerError>;

    /// Enrols those on the roll who aren't, and takes back those who were passed
    /// over as gone and are on it again. Returns how many.
    fn enrol_new(&mut self, edition: &str, now: SystemTime) -> Result<u64, LedgerError>;

    /// Cancels the letters that are still to be sent to people who are not on the roll. Returns how many.
    fn pass_over_gone(&mut self, edition: &str, now: SystemTime) -> Result<u64, LedgerError>;

    /// The edition as it began; `None` if it hasn't.
    fn beginning(&mut self, edition: &str) -> Result<Option<Beginning>, LedgerError>;

    /// The ids of all editions, in the order in which they began.
    fn editions(&mut self) -> Result<Vec<String>, LedgerError>;

    /// Turns every `started` letter into `unknown`: to be called when a run
    /// begins, since only one runs at a time. They keep the time at which they
    /// were started. Returns how many.
    fn recover(&mut self) -> Result<u64, LedgerError>;

    /// How many letters [`Ledger::resend_unknown`] would let be tried once more.
    fn resendable(&mut self, edition: &str, before: SystemTime) -> Result<u64, LedgerError>;

    /// Lets the unknown letters of an edition be tried once more that were
    /// started only once, and last heard of before `before`. Returns how many.
    fn resend_unknown(
        &mut self,
        edition: &str,
        before: SystemTime,
        now: SystemTime,
    ) -> Result<u64, LedgerError>;

    /// Turns every deferred letter of an edition whose time has come by `now` into
    /// a pending one. Returns how many.
    fn ripen(&mut self, edition: &str, now: SystemTime) -> Result<u64, LedgerError>;

    /// Looks for pending letters, in order, after letter number `after`, `most` of
    /// them at most; those to suppressed people become `suppressed`.
    fn claim(
        &mut self,
        edition: &str,
        after: i64,
        most: usize,
        now: SystemTime,
    ) -> Result<Vec<Claim>, LedgerError>;

    /// The same for some recipients only, and no further at once than a claim may take.
    fn claim_of(
        &mut self,
        edition: &str,
        whose: &Whose,
        after: i64,
        most: usize,
        now: SystemTime,
    ) -> Result<Claimed, LedgerError>;

    /// How many letters are still to be sent to the recipients of one domain who may
    /// be written to: of an edition, or, without one, to those on the roll.
    fn letters_to(&mut self, edition: Option<&str>, domain: &str) -> Result<u64, LedgerError>;

    /// How many pending letters of an edition are to people who must not be written
    /// to: they are passed over when it is their turn.
    fn pending_in_vain(&mut self, edition: &str) -> Result<u64, LedgerError>;

    /// Counts, from now on, the letters that go, in the transactions that record
    /// their outcomes: for a relay, and for each of some domains. `found` letters
    /// more count as of now: a crash has left them under way, or they went otherwise.
    fn count_for(
        &mut self,
        relay: &str,
        domains: &[String],
        found: u64,
        now: SystemTime,
    ) -> Result<(), LedgerError>;

    /// What went to a relay in the last day, the oldest first.
    fn gone(&mut self, relay: &str, now: SystemTime) -> Result<Vec<Grain>, LedgerError>;

    /// Remembers what was learnt of a relay, in place of what was.
    fn learn(&mut self, relay: &str, learnt: &Learnt) -> Result<(), LedgerError>;

    /// What was learnt of a relay, and still counts.
    fn learnt(&mut self, relay: &str, now: SystemTime) -> Result<Vec<Learnt>, LedgerError>;

    /// Forgets what was learnt of a relay, but not that a run of another edition did harm.
    fn forget(&mut self, relay: &str, edition: &str) -> Result<(), LedgerError>;

    /// Records what has become of letters, all of it or nothing. A letter goes
    /// from `pending` to `started` and from either to an outcome; whoever says
    /// otherwise has lost count, and is told so. A deferral names its time.
    ///
    /// Returns the letters that stay as a person wants them meanwhile, cancelled
    /// or suppressed: those that were to be started may not be sent.
    fn record(&mut self, marks: &[Mark], now: SystemTime) -> Result<Vec<i64>, LedgerError>;

    /// Does what a person says with letters of an edition: with all that it is
    /// about, or with those to some address keys. Returns how many.
    fn decide(
        &mut self,
        edition: &str,
        decision: Decision,
        keys: Option<&[String]>,
        now: SystemTime,
    ) -> Result<u64, LedgerError>;

    /// When the next deferred letter of an edition is tried again.
    fn next_due(&mut self, edition: &str) -> Result<Option<SystemTime>, LedgerError>;

    /// Counts the letters of an edition by state.
    fn counts(&mut self, edition: &str) -> Result<Counts, LedgerError>;

    /// How many letters of an edition were accepted since a moment.
    fn accepted_since(&mut self, edition: &str, since: SystemTime) -> Result<u64, LedgerError>;

    /// When the relay last answered a letter of an edition, as far as is known.
    fn last_answer(&mut self, edition: &str) -> Result<Option<SystemTime>, LedgerError>;

    /// The letters of an edition that are refused, deferred, unknown or started, in order.
    fn told(&mut self, edition: &str) -> Result<Vec<Told>, LedgerError>;

    /// Letters of an edition in whatever state, by their address keys: at most so
    /// many of those behind one, and the key of the last.
    fn told_behind(
        &mut self,
        edition: &str,
        behind: &str,
        most: usize,
    ) -> Result<(Vec<Told>, Option<String>), LedgerError>;

    /// The letter of an edition to one person, in whatever state.
    fn told_of(&mut self, edition: &str, key: &str) -> Result<Option<Told>, LedgerError>;

    /// Notes that a person is told of a trouble of an edition: that it has missed
    /// its time, with this digest, or another. Returns whether that is news.
    fn note_trouble(
        &mut self,
        edition: &str,
        trouble: &str,
        now: SystemTime,
    ) -> Result<bool, LedgerError>;

    /// Suppresses an address; one that is suppressed already keeps its reason and date.
    fn suppress(&mut self, key: &str, reason: &str, now: SystemTime) -> Result<bool, LedgerError>;

    /// Takes a suppression back. Returns whether there was one.
    fn unsuppress(&mut self, key: &str) -> Result<bool, LedgerError>;

    /// All suppressions, by address key.
    fn suppressions(&mut self) -> Result<Vec<Suppression>, LedgerError>;

    /// Gives every address key that was ever enrolled to `each`, once, until it says that it has found one.
    fn find_key(
        &mut self,
        is_meant: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Option<String>, LedgerError>;
}

/// Somebody who must not be written to.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Suppression {
    /// The address, in the form in which two spellings of one mailbox are the same.
    pub address: String,
    /// Why.
    pub reason: String,
    /// Since when, in milliseconds since 1970-01-01 UTC.
    pub since: i64,
}

/// Takes people onto the roll.
pub trait Enrol {
    /// Adds a person. Where the same mailbox was added before, returns the
    /// file and line of that row, and changes nothing.
    fn add(&mut self, enrolment: &Enrolment) -> Result<Option<(String, u64)>, LedgerError>;
}
