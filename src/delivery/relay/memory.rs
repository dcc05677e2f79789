//! What a run knows of its relay from those before it.

use std::time::{Duration, Instant, SystemTime};

use super::words::Span;
use crate::delivery::later::Later;
use crate::delivery::options::Options;
use crate::delivery::pace::Pace;
use crate::delivery::pace::domains::Domains;
use crate::ledger::{Grain, Learnt, Ledger, LedgerError, Lesson};
use crate::settings::{self, Rate};

/// How long a run stays ended that did harm, if nobody says otherwise, and how long a speed counts.
const A_YEAR: Duration = Duration::from_secs(365 * 86_400);

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

/// A quota of the relay's is used up, in the words for people.
pub(in crate::delivery) fn used_up(said: &str) -> String {
    format!("the relay's quota is used up: the server said {said}")
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

    /// Reads it for a run of an edition, whose letters are counted from now on.
    pub(in crate::delivery) fn begin(
        ledger: &mut impl Ledger,
        edition: &str,
        options: &Options,
    ) -> Result<Self, LedgerError> {
        let Some(account) = &options.account else {
            return Ok(Self::default());
        };
        let now = SystemTime::now();
        let domains: Vec<_> = options
            .domains
            .iter()
            .map(|(domain, _)| domain.clone())
            .collect();
        ledger.count_for(account, &domains, 0, now)?;
        if options.anyway {
            ledger.forget(account, edition)?;
        }
        Self::of(ledger, account)
    }

    /// The pace at which letters go to all (the empty domain), or to one domain.
    pub(in crate::delivery) fn pace(&self, domain: &str, rates: &[Rate]) -> Pace {
        let gone = self.gone.iter().filter(|grain| grain.domain == domain);
        let gone: Vec<_> = gone.cloned().collect();
        Pace::new(rates, &gone, self.value(Lesson::Rate, domain))
    }

    /// When the letters of an edition to single domains will have gone, at the earliest.
    pub(in crate::delivery) fn domains_end(
        &self,
        ledger: &mut impl Ledger,
        edition: &str,
        domains: &[(String, Vec<Rate>)],
    ) -> Result<Option<Instant>, LedgerError> {
        let (now, mut end) = (Instant::now(), None);
        for (domain, rates) in domains {
            let letters = ledger.letters_to(Some(edition), domain)?;
            end = end.max(Some(now + self.pace(domain, rates).lasts(letters, now)));
        }
        Ok(end)
    }

    /// What was learnt of something.
    pub(in crate::delivery) fn find(&self, lesson: Lesson, about: &str) -> Option<&Learnt> {
        let mut learnt = self.learnt.iter();
        learnt.find(|learnt| learnt.lesson == lesson && learnt.about == about)
    }

    pub(in crate::delivery) fn value(&self, lesson: Lesson, about: &str) -> Option<u64> {
        self.find(lesson, about).map(|learnt| learnt.value)
    }

    /// Says whether an edition is not sent without a person's word, for the harm that it did.
    pub fn is_halted(&self, edition: &str) -> bool {
        self.find(Lesson::Halt, edition).is_some()
    }

    /// The words with which the login of a run was refused lately, where nobody
    /// is there who may have mended that.
    pub(in crate::delivery) fn refused_login(&self, options: &Options) -> Option<String> {
        let refused = self.find(Lesson::Login, "")?;
        let is_same = options.fingerprint == Some(refused.value);
        (is_same && options.unattended).then(|| refused.told.clone())
    }

    /// The relay's quota that is used up, if one is.
    pub fn quota(&self) -> Option<Later> {
        self.find(Lesson::Quota, "").map(|quota| Later {
            until: quota.until,
            told: used_up(&quota.told),
        })
    }

    /// Says why no letter may go now, where none may for longer than `patience`:
    /// the relay's quota is used up, or a ceiling of the settings is reached.
    pub fn rests(&self, rates: &[Rate], patience: Duration) -> Option<Later> {
        if let Some(quota) = self.quota() {
            return Some(quota);
        }
        let pace = self.pace("", rates);
        let wait = pace.lasts(1, Instant::now());
        (wait > patience).then(|| Later::after(wait, pace.why(rates)))
    }

    /// The domains to which no letter may go now, for longer than `patience`.
    pub fn resting(&self, domains: &[(String, Vec<Rate>)], patience: Duration) -> Vec<String> {
        let (domains, now) = (Domains::new(domains, self), Instant::now());
        let rests = |domain: &String| {
            let pace = domains.pace(domain);
            pace.is_some_and(|pace| pace.lasts(1, now) > patience)
        };
        domains.names().into_iter().filter(rests).collect()
    }
}

/// Remembers that a quota is used up. Returns until when.
pub(in crate::delivery) fn learn_quota(
    ledger: &mut impl Ledger,
    account: &str,
    span: Span,
    told: String,
) -> Result<SystemTime, LedgerError> {
    let now = SystemTime::now();
    let until = has_room(&ledger.gone(account, now)?, span, now);
    let quota = Learnt {
        lesson: Lesson::Quota,
        about: String::new(),
        value: 0,
        told,
        since: now,
        until,
    };
    ledger.learn(account, &quota)?;
    Ok(until)
}

/// Remembers how fast letters go, in letters a second.
pub(in crate::delivery) fn learn_speed(
    ledger: &mut impl Ledger,
    account: &str,
    speed: f64,
) -> Result<(), LedgerError> {
    let now = SystemTime::now();
    let learnt = Learnt {
        lesson: Lesson::Speed,
        about: String::new(),
        value: (speed * 3_600.0).round().max(1.0) as u64,
        told: "the last run".to_owned(),
        since: now,
        until: now + A_YEAR,
    };
    ledger.learn(account, &learnt)
}

/// Remembers that a run was ended for the harm that it did, until a person says otherwise.
pub(in crate::delivery) fn learn_halt(
    ledger: &mut impl Ledger,
    account: &str,
    edition: String,
    told: String,
) -> Result<(), LedgerError> {
    let now = SystemTime::now();
    let halt = Learnt {
        lesson: Lesson::Halt,
        about: edition,
        value: 0,
        told,
        since: now,
        until: now + A_YEAR,
    };
    ledger.learn(account, &halt)
}

/// Takes up what has come back since fewer letters were asked for, for all or
/// for a domain: so many go an hour now, or as many as before.
pub(in crate::delivery) fn grown_back(
    ledger: &mut impl Ledger,
    account: &str,
    hourly: &[(String, Option<u64>)],
) -> Result<(), LedgerError> {
    let now = SystemTime::now();
    let learnt = ledger.learnt(account, now)?;
    let rates = learnt
        .into_iter()
        .filter(|learnt| learnt.lesson == Lesson::Rate);
    for mut rate in rates {
        let Some((_, hourly)) = hourly.iter().find(|(about, _)| *about == rate.about) else {
            continue;
        };
        match hourly {
            Some(hourly) => rate.value = *hourly,
            None => rate.until = now,
        }
        ledger.learn(account, &rate)?;
    }
    Ok(())
}

/// When a quota is likely to have room again: when what went first in its window
/// has left it. The relay alone knows; so it is asked again before all of it has.
pub(in crate::delivery) fn has_room(gone: &[Grain], span: Span, now: SystemTime) -> SystemTime {
    let window = span.length();
    let within = |grain: &&Grain| {
        grain.domain.is_empty() && now.duration_since(grain.last).unwrap_or_default() < window
    };
    let first = gone.iter().filter(within).map(|grain| grain.last).min();
    let until = first.unwrap_or(now) + window;
    until.clamp(now + span.least(), now + window)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_has_room_when_what_went_first_has_left_its_window() {
        let now = SystemTime::now();
        let hours = |hours: u64| Duration::from_secs(hours * 3_600);
        let grain = |ago: u64| Grain {
            domain: String::new(),
            first: now - hours(ago),
            last: now - hours(ago),
            count: 100,
        };
        let day = |gone: &[Grain]| has_room(gone, Span::Day, now).duration_since(now).unwrap();
        assert_eq!(day(&[grain(20), grain(3)]), hours(4));
        assert_eq!(day(&[grain(30), grain(3)]), hours(21));
        assert_eq!(day(&[]), hours(24));
        let almost = Grain {
            last: now - hours(24) + Duration::from_secs(9),
            ..grain(24)
        };
        assert_eq!(day(&[almost]), hours(1), "it isn't asked all the time");
        let of_domain = Grain {
            domain: "example.com".to_owned(),
            ..grain(20)
        };
        assert_eq!(day(&[of_domain, grain(1)]), hours(23));
    }
}
