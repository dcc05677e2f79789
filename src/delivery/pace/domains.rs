//! Domains of recipients that have a pace of their own: those of the settings,
//! and those whose mailboxes have asked for fewer letters.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::Pace;
use crate::delivery::locked;
use crate::delivery::relay::memory::Memory;
use crate::ledger::{Claim, Lesson};
use crate::settings::Rate;

/// The most of them: beyond that, it is the relay that asks for fewer letters.
const MOST: usize = 50;

/// The domains, by name.
#[derive(Debug)]
pub(in crate::delivery) struct Domains {
    paces: Mutex<BTreeMap<String, Arc<Pace>>>,
    /// How many there are.
    count: AtomicUsize,
}

/// The domain of a letter's recipient, as A-labels in lower case.
pub(in crate::delivery) fn of(claim: &Claim) -> &str {
    let key = &claim.enrolment.key;
    key.rsplit_once('@').map_or(key, |(_, domain)| domain)
}

impl Domains {
    /// Begins with those of the settings, and what earlier runs have learnt.
    pub(in crate::delivery) fn new(settings: &[(String, Vec<Rate>)], memory: &Memory) -> Self {
        let mut paces = BTreeMap::new();
        for (domain, rates) in settings {
            paces.insert(domain.clone(), Arc::new(memory.pace(domain, rates)));
        }
        for learnt in &memory.learnt {
            let domain = &learnt.about;
            if learnt.lesson == Lesson::Rate && !domain.is_empty() && paces.len() < MOST {
                let pace = || Arc::new(memory.pace(domain, &[]));
                paces.entry(domain.clone()).or_insert_with(pace);
            }
        }
        Self {
            count: AtomicUsize::new(paces.len()),
            paces: Mutex::new(paces),
        }
    }

    /// How many there are.
    pub(in crate::delivery) fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// Their names, in order.
    pub(in crate::delivery) fn names(&self) -> Vec<String> {
        locked(&self.paces).keys().cloned().collect()
    }

    /// The pace of a domain that has one.
    pub(in crate::delivery) fn pace(&self, domain: &str) -> Option<Arc<Pace>> {
        if self.count() == 0 {
            return None;
        }
        locked(&self.paces).get(domain).cloned()
    }

    /// The pace of a domain, which has one from now on. `None`: there are too many.
    pub(in crate::delivery) fn pace_from_now(&self, domain: &str) -> Option<Arc<Pace>> {
        let mut paces = locked(&self.paces);
        if paces.len() >= MOST && !paces.contains_key(domain) {
            return None;
        }
        let pace = Arc::clone(paces.entry(domain.to_owned()).or_default());
        self.count.store(paces.len(), Ordering::SeqCst);
        Some(pace)
    }

    /// How many letters an hour each gets that has asked for fewer; `None` where it has all again.
    pub(in crate::delivery) fn hourly(&self, now: Instant) -> Vec<(String, Option<u64>)> {
        let paces = locked(&self.paces);
        let hourly = paces
            .iter()
            .map(|(domain, pace)| (domain.clone(), pace.hourly(now)));
        hourly.collect()
    }
}
