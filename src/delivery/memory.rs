//! What a run knows of its relay from those before it.

use std::time::{Duration, SystemTime};

use super::later::Later;
use super::pace::Pace;
use super::run::Options;
use crate::ledger::{Grain, Learnt, Ledger, LedgerError, Lesson};
use crate::settings::{self, Rate};

/// What the ledger has of a relay.
#[derive(Debug, Default)]
pub struct Memory {
    /// What went to it in the last day.
    pub gone: Vec<Grain>,
    /// What was learnt of it, and still counts.
    pub learnt: Vec<Learnt>,
}

/// The account at a relay that letters go by: what its quotas are kept for.
pub fn account(relay: &settings::Relay) -> String {
    let user = relay.login.as_ref().map_or("", |login| login.user.as_str());
    format!("{user}@{}:{}", relay.host, relay.port)
}

impl Memory {
    /// Reads it.
    ///
    /// # Errors
    /// The ledger can't be used.
    pub fn of(ledger: &mut impl Ledger, account: &str) -> Result<Self, LedgerError> {
        let now = SystemTime::now();
        Ok(Self {
            gone: ledger.gone(account, now)?,
            learnt: ledger.learnt(account, now)?,
        })
    }

    /// Reads it for a run, whose letters are counted from now on.
    pub(super) fn begin(ledger: &mut impl Ledger, options: &Options) -> Result<Self, LedgerError> {
        let Some(account) = &options.account else {
            return Ok(Self::default());
        };
        ledger.count_for(account, &[], 0, SystemTime::now())?;
        Self::of(ledger, account)
    }

    /// The pace at which letters go to all (the empty domain), or to one domain.
    pub(super) fn pace(&self, domain: &str, rates: &[Rate]) -> Pace {
        let gone = self.gone.iter().filter(|grain| grain.domain == domain);
        let gone: Vec<_> = gone.cloned().collect();
        Pace::new(rates, &gone, self.value(Lesson::Rate, domain))
    }

    /// What was learnt of something.
    pub(super) fn find(&self, lesson: Lesson, about: &str) -> Option<&Learnt> {
        let mut learnt = self.learnt.iter();
        learnt.find(|learnt| learnt.lesson == lesson && learnt.about == about)
    }

    fn value(&self, lesson: Lesson, about: &str) -> Option<u64> {
        self.find(lesson, about).map(|learnt| learnt.value)
    }

    /// Says why no letter may go now, where none may for longer than `patience`:
    /// the relay's quota is used up, or a ceiling of the settings is reached.
    pub fn rests(&self, rates: &[Rate], patience: Duration) -> Option<Later> {
        if let Some(quota) = self.find(Lesson::Quota, "") {
            return Some(Later {
                until: quota.until,
                told: format!("the relay's quota is used up; it said {}", quota.told),
            });
        }
        let pace = self.pace("", rates);
        let wait = pace.lasts(1, std::time::Instant::now());
        (wait > patience).then(|| Later::after(wait, pace.why(rates)))
    }
}
