//! One ceiling: what went in the last second, minute, hour or day.

use std::collections::VecDeque;
use std::time::{Duration, Instant, SystemTime};

use crate::ledger::Grain;
use crate::settings::Rate;

/// Letters that went closer together than this part of their window are remembered as one.
const GRAIN: u32 = 200;

/// A ceiling, and what counts against it.
#[derive(Clone, Debug)]
pub(super) struct Window {
    pub(super) rate: Rate,
    gone: VecDeque<Handful>,
    sum: u32,
}

#[derive(Clone, Copy, Debug)]
struct Handful {
    /// When the first went; of an earlier run nobody asks.
    first: Option<Instant>,
    /// When the last of them no longer counts.
    until: Instant,
    count: u32,
}

impl Window {
    /// Begins with what went before, as the ledger has it, the oldest first.
    /// What a clock that was ahead has dated counts as of now.
    pub(super) fn new(rate: Rate, before: &[Grain], now: Instant, today: SystemTime) -> Self {
        let mut window = Self {
            rate,
            gone: VecDeque::new(),
            sum: 0,
        };
        for grain in before {
            let age = today.duration_since(grain.last).unwrap_or_default();
            if let Some(left) = rate.window.checked_sub(age).filter(|left| !left.is_zero()) {
                let count = u32::try_from(grain.count).unwrap_or(u32::MAX);
                window.sum = window.sum.saturating_add(count);
                window.gone.push_back(Handful {
                    first: None,
                    until: now + left,
                    count,
                });
            }
        }
        window
    }

    /// How many count now.
    pub(super) fn used(&mut self, now: Instant) -> u32 {
        while let Some(front) = self.gone.front()
            && front.until <= now
        {
            self.sum = self.sum.saturating_sub(front.count);
            self.gone.pop_front();
        }
        self.sum
    }

    /// When the oldest that count no longer do.
    pub(super) fn eases(&self) -> Option<Instant> {
        self.gone.front().map(|front| front.until)
    }

    pub(super) fn add(&mut self, now: Instant) {
        self.sum = self.sum.saturating_add(1);
        let until = now + self.rate.window;
        let grain = self.rate.window / GRAIN;
        match self.gone.back_mut() {
            Some(last)
                if last
                    .first
                    .is_some_and(|first| now.saturating_duration_since(first) < grain) =>
            {
                last.until = until.max(last.until);
                last.count = last.count.saturating_add(1);
            }
            _ => self.gone.push_back(Handful {
                first: Some(now),
                until,
                count: 1,
            }),
        }
    }

    /// How long it takes at least until so many letters more have gone.
    pub(super) fn lasts(&mut self, letters: u64, now: Instant) -> Duration {
        let most = u64::from(self.rate.letters);
        let used = u64::from(self.used(now));
        let Some(last) = letters.checked_sub(1) else {
            return Duration::ZERO;
        };
        let rounds = u32::try_from(last / most).unwrap_or(u32::MAX);
        let place = last % most; // of the letters that may go in one round, in the order in which they may
        let mut free = most.saturating_sub(used);
        // More may count than the ceiling allows, where it was another before.
        let mut over = used.saturating_sub(most);
        let mut at = Duration::ZERO;
        for handful in &self.gone {
            if place < free {
                break;
            }
            let eased = u64::from(handful.count);
            let taken = eased.min(over);
            over -= taken;
            free += eased - taken;
            at = handful.until.saturating_duration_since(now);
        }
        at.saturating_add(self.rate.window.saturating_mul(rounds))
    }
}
