//! The pace of a run, or of one domain in it: ceilings on letters in a window
//! of time, and what the relay itself asks for, over all connections.
//!
//! A letter counts from the moment at which it may go until its window has
//! passed since it was answered: whatever moment between the relay counts it
//! at, no window of the relay's has more than it may have.

pub(super) mod domains;
pub(super) mod forecast;
mod slow;
mod window;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::futures::Notified;

use crate::ledger::Grain;
use crate::settings::Rate;
use slow::Slow;
use window::Window;

/// Over how much of the past the speed is measured.
const LATELY: Duration = Duration::from_secs(10);

/// The ceilings.
#[derive(Debug, Default)]
pub(super) struct Pace {
    state: Mutex<State>,
    /// A letter has landed, or leave was given back.
    changed: tokio::sync::Notify,
}

#[derive(Clone, Debug, Default)]
struct State {
    windows: Vec<Window>,
    slow: Option<Slow>,
    /// Letters that have leave and no answer.
    under_way: u32,
    /// How many were answered lately, second by second.
    lately: VecDeque<(Instant, u32)>,
}

/// Leave for one letter to go. When it is let go of, the letter has landed, or never went.
#[derive(Debug)]
pub(super) struct Leave {
    pace: Arc<Pace>,
    goes: bool,
}

/// Why there is no leave now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    /// There is at this moment.
    Until(Instant),
    /// As many as may are under way: there is when some have landed.
    UnderWay,
}

/// What follows where a relay asks for fewer letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slowed {
    /// When the next may go.
    pub(super) until: Instant,
    /// How many an hour then do.
    pub(super) hourly: u64,
    /// How long nothing has gone, and goes, for this, since a letter was taken.
    pub(super) waited: Duration,
}

impl Pace {
    /// Begins with what went before, as the ledger has it, and with the letters
    /// an hour that the relay has asked for, where it has.
    pub(super) fn new(rates: &[Rate], before: &[Grain], hourly: Option<u64>) -> Self {
        let (now, today) = (Instant::now(), SystemTime::now());
        let window = |rate: &Rate| Window::new(*rate, before, now, today);
        let slow = hourly.map(|hourly| Slow::learnt(hourly as f64 / 3_600.0, now));
        Self {
            state: Mutex::new(State {
                windows: rates.iter().map(window).collect(),
                slow,
                ..State::default()
            }),
            ..Self::default()
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // What a thread that panicked may have left half done is a count too high.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes leave for one letter, or tells when to ask again.
    pub(super) fn take(self: &Arc<Self>, now: Instant) -> Result<Leave, Full> {
        let mut state = self.state();
        let under_way = state.under_way;
        let mut wait: Option<Instant> = None;
        for window in &mut state.windows {
            let used = window.used(now);
            if used.saturating_add(under_way) >= window.rate.letters {
                // Where nothing of it has been answered, nobody knows when there is room.
                wait = wait.max(Some(window.eases().ok_or(Full::UnderWay)?));
            }
        }
        if state.slow.as_ref().is_some_and(|slow| slow.is_over(now)) {
            state.slow = None;
        }
        if let Some(slow) = &mut state.slow {
            wait = wait.max(Some(slow.next()).filter(|next| *next > now));
            if wait.is_none() {
                slow.take(now);
            }
        }
        if let Some(until) = wait {
            return Err(Full::Until(until));
        }
        state.under_way += 1;
        Ok(Leave {
            pace: Arc::clone(self),
            goes: false,
        })
    }

    /// Says whether letters have leave that have no answer yet.
    pub(super) fn is_under_way(&self) -> bool {
        self.state().under_way > 0
    }

    /// How long nothing has gone since a letter was taken, for what was asked.
    pub(super) fn waited(&self) -> Duration {
        self.state()
            .slow
            .as_ref()
            .map_or(Duration::ZERO, Slow::waited)
    }

    /// What keeps a letter waiting, in words.
    pub(super) fn why(&self, rates: &[Rate]) -> String {
        if self.state().slow.is_some() {
            return "the relay has asked for fewer letters".to_owned();
        }
        let rates: Vec<_> = rates.iter().map(Rate::to_string).collect();
        format!("the rate of the settings, {}", rates.join(" and "))
    }

    /// Waits for a letter that lands, from the moment of the call on.
    pub(super) fn changes(&self) -> Notified<'_> {
        self.changed.notified()
    }

    /// A letter was taken.
    pub(super) fn well(&self) {
        if let Some(slow) = &mut self.state().slow {
            slow.well();
        }
    }

    /// The relay asks for fewer letters, in answer to something that was begun at `begun`.
    pub(super) fn slow_down(&self, begun: Instant, now: Instant) -> Slowed {
        let mut state = self.state();
        let speed = state.speed(now);
        let slow = Slow::said(state.slow.take(), speed, begun, now);
        let slowed = Slowed {
            until: slow.next(),
            hourly: (slow.rate(now) * 3_600.0).round() as u64,
            waited: slow.waited(),
        };
        state.slow = Some(slow);
        slowed
    }

    /// How many letters an hour the relay has asked for, with what has come back since.
    pub(super) fn hourly(&self, now: Instant) -> Option<u64> {
        let slow = self.state().slow.clone()?;
        (!slow.is_over(now)).then(|| (slow.rate(now) * 3_600.0).round() as u64)
    }

    /// How long it takes at least until so many letters more have gone.
    pub(super) fn lasts(&self, letters: u64, now: Instant) -> Duration {
        let mut state = self.state();
        let windows = state.windows.iter_mut();
        let longest = windows.map(|window| window.lasts(letters, now)).max();
        let slow = state.slow.as_ref().map(|slow| slow.lasts(letters, now));
        longest.max(slow).unwrap_or_default()
    }

    fn land(&self, goes: bool) {
        let now = Instant::now();
        let mut state = self.state();
        state.under_way = state.under_way.saturating_sub(1);
        if goes {
            state.windows.iter_mut().for_each(|window| window.add(now));
            state.count(now);
        }
        drop(state);
        self.changed.notify_waiters();
    }
}

impl State {
    fn count(&mut self, now: Instant) {
        match self.lately.back_mut() {
            Some((begun, count))
                if now.saturating_duration_since(*begun) < Duration::from_secs(1) =>
            {
                *count += 1;
            }
            _ => self.lately.push_back((now, 1)),
        }
        self.drop_old(now);
    }

    fn drop_old(&mut self, now: Instant) {
        while let Some((begun, _)) = self.lately.front()
            && now.saturating_duration_since(*begun) > LATELY
        {
            self.lately.pop_front();
        }
    }

    /// How many letters a second went lately, if any did.
    fn speed(&mut self, now: Instant) -> Option<f64> {
        self.drop_old(now);
        let (begun, _) = self.lately.front()?;
        let count: u32 = self.lately.iter().map(|(_, count)| count).sum();
        let time = now
            .saturating_duration_since(*begun)
            .max(Duration::from_secs(1));
        Some(f64::from(count) / time.as_secs_f64())
    }
}

impl Leave {
    /// The letter goes out.
    pub(super) fn goes(&mut self) {
        self.goes = true;
    }
}

impl Drop for Leave {
    fn drop(&mut self) {
        self.pace.land(self.goes);
    }
}

#[cfg(test)]
mod tests;
