//! Where a run's letters come from: one stream for each domain that has a pace
//! of its own, and one for all others, so that no domain keeps another waiting.
//! Each holds a few claims, however long the list is.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::FeedError;
use crate::delivery::later::Later;
use crate::delivery::pace::domains;
use crate::delivery::pace::{Full, Leave, Pace};
use crate::delivery::shared::Run;
use crate::ledger::{Claim, Claimed, Ledger, Whose};

/// How many letters are claimed at once where nothing asks for fewer.
const CLAIM: usize = 500;

/// How many of one domain: they wait for their pace.
const CLAIM_OF_DOMAIN: usize = 64;

/// How soon one looks again whether a letter under way has landed.
const SOON: Duration = Duration::from_millis(20);

/// The streams of one sweep.
#[derive(Debug, Default)]
pub(super) struct Streams {
    others: Stream,
    limited: Vec<Limited>,
    /// The claims of the run, counted from 1.
    round: u64,
}

#[derive(Debug, Default)]
struct Stream {
    /// The number behind which one looks on.
    after: i64,
    is_over: bool,
    claims: VecDeque<(Claim, u64)>,
}

#[derive(Debug)]
struct Limited {
    domain: String,
    pace: Arc<Pace>,
    stream: Stream,
    /// It waits longer than the run does.
    rests: bool,
}

/// A letter that may be handed over.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) claim: Claim,
    /// The claim of the run that it came by.
    pub(super) round: u64,
    /// The leave of its domain.
    pub(super) leave: Option<Leave>,
}

/// What there is to hand over.
#[derive(Debug)]
pub(super) enum Next {
    Letters(Vec<Given>),
    /// Nothing until this moment, for this reason.
    Wait(Instant, String),
    /// Nothing more in this sweep.
    End,
}

impl Streams {
    /// Begins a sweep.
    pub(super) fn begin(&mut self) {
        let round = self.round;
        *self = Self::default();
        self.round = round;
    }

    /// Takes some letters that may go now, `most` at most, of a batch that has room for `left`.
    pub(super) fn next<L: Ledger + Send + 'static>(
        &mut self,
        run: &Run<L>,
        most: usize,
        left: usize,
    ) -> Result<Next, FeedError> {
        self.take_in_new_domains(run);
        loop {
            let mut given = Vec::new();
            let mut wait: Option<(Instant, String)> = None;
            for limited in &mut self.limited {
                limited.take(run, most, &mut given, &mut wait, &mut self.round)?;
            }
            let room = most - given.len(); // each stream keeps to `most`
            if room > 0 {
                self.claim_others(run, left)?;
            }
            given.extend(self.others.take(run, room));
            if !given.is_empty() {
                return Ok(Next::Letters(given));
            }
            if self.are_empty() {
                return Ok(Next::End);
            }
            if run.stop.is_near() {
                return Ok(Next::End);
            }
            if let Some((until, why)) = wait {
                return Ok(Next::Wait(until, why));
            }
        }
    }

    /// Says whether there is certainly nothing more to hand over, when a batch has
    /// ended that had room for `left`.
    pub(super) fn is_over<L: Ledger + Send + 'static>(
        &mut self,
        run: &Run<L>,
        left: usize,
    ) -> Result<bool, FeedError> {
        self.claim_others(run, left)?;
        Ok(self.are_empty())
    }

    /// Claims letters of all other domains where none are left of the last claim.
    fn claim_others<L: Ledger + Send + 'static>(
        &mut self,
        run: &Run<L>,
        left: usize,
    ) -> Result<(), FeedError> {
        let others = &mut self.others;
        if !others.claims.is_empty() || others.is_over {
            return Ok(());
        }
        let domains = self.limited.iter().map(|limited| limited.domain.clone());
        let domains: Vec<_> = domains.collect();
        let whose = (!domains.is_empty()).then_some(Whose::Without(domains));
        others.claim(run, whose, CLAIM.min(left), &mut self.round)
    }

    fn are_empty(&self) -> bool {
        let limited = self.limited.iter().filter(|limited| !limited.rests);
        let mut streams = limited.map(|limited| &limited.stream).chain([&self.others]);
        streams.all(|stream| stream.is_over && stream.claims.is_empty())
    }

    /// A domain that has a pace of its own from now on is no longer among the others.
    /// Its stream goes on where they stand: whatever is before that may be in the
    /// hands of a connection, and waits for another sweep.
    fn take_in_new_domains<L: Ledger + Send + 'static>(&mut self, run: &Run<L>) {
        if run.domains.count() == self.limited.len() {
            return;
        }
        for domain in run.domains.names() {
            if self.limited.iter().all(|known| known.domain != domain)
                && let Some(pace) = run.domains.pace(&domain)
            {
                let others = &mut self.others;
                let claimed = others.claims.len();
                others
                    .claims
                    .retain(|(claim, _)| domains::of(claim) != domain);
                if others.claims.len() < claimed {
                    run.claim_again();
                }
                self.limited.push(Limited {
                    domain,
                    pace,
                    stream: Stream {
                        after: others.after,
                        is_over: others.is_over,
                        claims: VecDeque::new(),
                    },
                    rests: false,
                });
            }
        }
    }
}

impl Stream {
    fn claim<L: Ledger + Send + 'static>(
        &mut self,
        run: &Run<L>,
        whose: Option<Whose>,
        most: usize,
        round: &mut u64,
    ) -> Result<(), FeedError> {
        let (edition, after, now) = (run.edition.clone(), self.after, SystemTime::now());
        let claimed = run.writer.call(move |ledger| match whose {
            Some(whose) => ledger.claim_of(&edition, &whose, after, most, now),
            None => {
                let claims = ledger.claim(&edition, after, most, now)?;
                let on = claims.last().map(|claim| claim.letter);
                Ok(Claimed { claims, on })
            }
        })?;
        *round += 1;
        match claimed.on {
            Some(on) => self.after = on,
            None => self.is_over = true,
        }
        let claims = claimed.claims.into_iter();
        self.claims.extend(claims.map(|claim| (claim, *round)));
        Ok(())
    }

    /// Takes letters whose claim is not out of date: those are claimed anew, in another sweep.
    fn take<L: Ledger + Send + 'static>(&mut self, run: &Run<L>, most: usize) -> Vec<Given> {
        let mut taken = Vec::new();
        while taken.len() < most
            && let Some((claim, round)) = self.claims.pop_front()
        {
            if run.is_outdated(round) {
                run.claim_again();
                continue;
            }
            taken.push(Given {
                claim,
                round,
                leave: None,
            });
        }
        taken
    }
}

impl Limited {
    /// Takes what its pace lets go.
    fn take<L: Ledger + Send + 'static>(
        &mut self,
        run: &Run<L>,
        most: usize,
        given: &mut Vec<Given>,
        wait: &mut Option<(Instant, String)>,
        round: &mut u64,
    ) -> Result<(), FeedError> {
        while given.len() < most && !self.rests {
            if self.stream.claims.is_empty() {
                if !self.stream.is_over {
                    let whose = Whose::Of(vec![self.domain.clone()]);
                    self.stream
                        .claim(run, Some(whose), CLAIM_OF_DOMAIN, round)?;
                }
                if self.stream.claims.is_empty() {
                    return Ok(()); // others are not kept waiting while one looks on
                }
            }
            let now = Instant::now();
            let until = match self.pace.take(now) {
                Ok(leave) => {
                    // None: all were out of date, and the leave is given back.
                    given.extend(self.stream.take(run, 1).pop().map(|letter| Given {
                        leave: Some(leave),
                        ..letter
                    }));
                    continue;
                }
                Err(Full::UnderWay) => now + SOON,
                Err(Full::Until(until)) => until,
            };
            let why = format!("the rate for {}", self.domain);
            let patience = run.options.patience;
            let too_long =
                until.saturating_duration_since(now) > patience || self.pace.waited() > patience;
            if too_long && !self.pace.is_under_way() {
                self.rests = true;
                run.leaves(Later::after(until.saturating_duration_since(now), why));
            } else if wait.as_ref().is_none_or(|(first, _)| until < *first) {
                *wait = Some((until.max(now + SOON), why));
            }
            return Ok(());
        }
        Ok(())
    }
}
