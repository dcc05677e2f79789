//! The states of a letter, how many are in which, and what a person may want otherwise.

use std::fmt;

/// Where a letter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Still to be sent.
    Pending,
    /// Its body is on its way: durable before the first byte of it, and until its outcome is.
    Started,
    /// The relay has taken it.
    Accepted,
    /// The relay won't have it for this recipient.
    Refused,
    /// To be tried again when its time comes.
    Deferred,
    /// Nobody can know whether the relay has taken it.
    Unknown,
    /// The person must not be written to.
    Suppressed,
    /// A person said that it isn't to be sent, or no list names the recipient any
    /// more. One that was unknown may have arrived: it isn't to be sent again.
    Cancelled,
}

impl State {
    /// All states, in the order in which they are counted.
    pub const ALL: [State; 8] = [
        State::Pending,
        State::Started,
        State::Accepted,
        State::Refused,
        State::Deferred,
        State::Unknown,
        State::Suppressed,
        State::Cancelled,
    ];

    /// The name in the ledger, in JSON, and for people.
    pub fn name(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Started => "started",
            State::Accepted => "accepted",
            State::Refused => "refused",
            State::Deferred => "deferred",
            State::Unknown => "unknown",
            State::Suppressed => "suppressed",
            State::Cancelled => "cancelled",
        }
    }

    pub(super) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

impl fmt::Display for State {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// How many letters stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([u64; State::ALL.len()]);

impl Counts {
    /// Those in one state.
    pub fn of(&self, state: State) -> u64 {
        self.0[state as usize] // one place for each state
    }

    /// All that were enrolled.
    pub fn enrolled(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Those that a run may still send, now or later.
    pub fn still_to_send(&self) -> u64 {
        self.of(State::Pending) + self.of(State::Deferred)
    }

    /// Those that are not among others.
    #[must_use]
    pub fn without(mut self, others: &[Self]) -> Self {
        for other in others {
            for (count, of_other) in self.0.iter_mut().zip(other.0) {
                *count = count.saturating_sub(of_other);
            }
        }
        self
    }

    pub(crate) fn add(&mut self, state: State, count: u64) {
        self.0[state as usize] += count; // one place for each state
    }
}

/// A person's word on letters that no run may decide on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The unknown ones are to be sent once more.
    SendAgain,
    /// The unknown ones have arrived.
    Arrived,
    /// The unknown ones are not sent again, whether they have arrived or not.
    Leave,
    /// The refused ones are to be tried again.
    RetryRefused,
    /// The deferred ones are to be tried now.
    RetryDeferred,
    /// Whatever has not been sent is not to be sent.
    Cancel,
}

impl Decision {
    /// The states that it is about.
    pub fn from(self) -> &'static [State] {
        match self {
            Decision::SendAgain | Decision::Arrived | Decision::Leave => &[State::Unknown],
            Decision::RetryRefused => &[State::Refused],
            Decision::RetryDeferred => &[State::Deferred],
            Decision::Cancel => &[State::Pending, State::Deferred],
        }
    }

    /// The state that it leads to.
    pub fn to(self) -> State {
        match self {
            Decision::SendAgain | Decision::RetryRefused | Decision::RetryDeferred => {
                State::Pending
            }
            Decision::Arrived => State::Accepted,
            Decision::Leave | Decision::Cancel => State::Cancelled,
        }
    }
}
