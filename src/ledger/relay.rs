//! What the ledger remembers of a relay from run to run: how much went to it,
//! and what it has taught.

use std::time::SystemTime;

/// Letters that went between two moments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grain {
    /// The domain of their recipients, where it is one that has a ceiling of its own; else empty.
    pub domain: String,
    /// When the first was answered.
    pub first: SystemTime,
    /// When the last was.
    pub last: SystemTime,
    /// How many.
    pub count: u64,
}

/// What one can learn of a relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lesson {
    /// Its quota is used up: nothing goes until then.
    Quota,
    /// It has asked for fewer letters: so many an hour, to all or to one domain.
    Rate,
    /// It ends a connection after so many letters.
    LettersPerConnection,
    /// It takes no more than so many connections at once.
    Connections,
    /// A run over an edition was ended, since it did harm: nothing goes without a person's word.
    Halt,
    /// So many letters an hour went, the last time that nothing held a run up.
    Speed,
    /// It has refused the login of this fingerprint: without a person's word it is not tried until then.
    Login,
}

impl Lesson {
    const ALL: [Lesson; 7] = [
        Lesson::Quota,
        Lesson::Rate,
        Lesson::LettersPerConnection,
        Lesson::Connections,
        Lesson::Halt,
        Lesson::Speed,
        Lesson::Login,
    ];

    /// The name in the ledger.
    pub(super) fn name(self) -> &'static str {
        match self {
            Lesson::Quota => "quota",
            Lesson::Rate => "rate",
            Lesson::LettersPerConnection => "letters-per-connection",
            Lesson::Connections => "connections",
            Lesson::Halt => "halt",
            Lesson::Speed => "speed",
            Lesson::Login => "login",
        }
    }

    pub(super) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lesson| lesson.name() == name)
    }
}

/// Something learnt of a relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learnt {
    /// What.
    pub lesson: Lesson,
    /// The domain or the edition that it is about; else empty.
    pub about: String,
    /// The number that goes with it; 0 where none does.
    pub value: u64,
    /// The words that it was learnt from, which may name people.
    pub told: String,
    /// Since when.
    pub since: SystemTime,
    /// Until when it counts.
    pub until: SystemTime,
}

/// Whose letters are claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Those to recipients of one of these domains.
    Of(Vec<String>),
    /// Those to all others.
    Without(Vec<String>),
}

/// Some claims, and where the next ones begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The claims, in order; there may be none and more to come.
    pub claims: Vec<super::Claim>,
    /// The number behind which one looks on. `None`: there is nothing more.
    pub on: Option<i64>,
}
