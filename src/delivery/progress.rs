//! What a run has done so far, to be looked at from another thread.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::pace::Pace;
use super::pace::forecast::{self, Forecast};
use crate::ledger::State;

/// Counters of a run.
#[derive(Debug)]
pub struct Progress {
    /// When it began.
    pub began: Instant,
    total: AtomicU64,
    accepted: AtomicU64,
    refused: AtomicU64,
    deferred: AtomicU64,
    unknown: AtomicU64,
    passed_over: AtomicU64,
    dots: AtomicU64,
    waiting: Mutex<Option<(Instant, String)>>,
    /// When the last pause between two batches ends.
    paused: Mutex<Option<Instant>>,
    /// How long letters took, from the envelope to the answer, in microseconds, and how many.
    took: AtomicU64,
    timed: AtomicU64,
    course: OnceLock<Course>,
}

/// What the rest of a run depends on.
#[derive(Debug)]
pub(super) struct Course {
    pub(super) pace: Arc<Pace>,
    pub(super) connections: usize,
    pub(super) batch: usize,
    pub(super) pause: Duration,
    /// When the letters to single domains will have gone, at the earliest.
    pub(super) domains: Option<Instant>,
}

/// The counters at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The letters that were still to be sent when the run began.
    pub total: u64,
    /// What the relay has taken.
    pub accepted: u64,
    /// What it won't have.
    pub refused: u64,
    /// What is tried again later.
    pub deferred: u64,
    /// What nobody can know of.
    pub unknown: u64,
    /// What a person wanted otherwise meanwhile.
    pub passed_over: u64,
    /// Since the beginning.
    pub elapsed: Duration,
    /// Why nothing happens, and for how long.
    pub waiting: Option<(Duration, String)>,
    /// How long the rest takes.
    pub left: Forecast,
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            total: AtomicU64::new(0),
            accepted: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            deferred: AtomicU64::new(0),
            unknown: AtomicU64::new(0),
            passed_over: AtomicU64::new(0),
            dots: AtomicU64::new(0),
            waiting: Mutex::new(None),
            paused: Mutex::new(None),
            took: AtomicU64::new(0),
            timed: AtomicU64::new(0),
            course: OnceLock::new(),
        }
    }
}

impl Progress {
    pub(super) fn expect(&self, total: u64) {
        self.total.store(total, Ordering::Relaxed);
    }

    pub(super) fn count(&self, state: State) {
        let counter = match state {
            State::Accepted => &self.accepted,
            State::Refused => &self.refused,
            State::Deferred => &self.deferred,
            State::Unknown => &self.unknown,
            State::Suppressed | State::Cancelled => &self.passed_over,
            State::Pending | State::Started => return,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// A dot goes out.
    pub(super) fn count_dot(&self) {
        self.dots.fetch_add(1, Ordering::SeqCst);
    }

    /// How many dots have gone out: what `--limit` counts.
    pub fn dots(&self) -> u64 {
        self.dots.load(Ordering::SeqCst)
    }

    /// Says why nothing happens until a moment.
    pub(super) fn wait_until(&self, until: Instant, why: String) {
        *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = Some((until, why));
    }

    /// Says that the pause between two batches goes on until a moment.
    pub(super) fn pause_until(&self, until: Instant) {
        self.wait_until(until, "the pause between two batches".to_owned());
        *self.paused.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
    }

    /// Says what the rest depends on.
    pub(super) fn follows(&self, course: Course) {
        let _ = self.course.set(course); // a run says it once
    }

    /// A letter had its answer after so long.
    pub(super) fn took(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.took.fetch_add(micros, Ordering::Relaxed);
        self.timed.fetch_add(1, Ordering::Relaxed);
    }

    /// How many letters a second go where nothing holds them up, if some went.
    pub(super) fn speed(&self) -> Option<f64> {
        let (took, timed) = (
            self.took.load(Ordering::Relaxed),
            self.timed.load(Ordering::Relaxed),
        );
        let connections = self.course.get()?.connections;
        (timed > 0).then(|| connections as f64 * timed as f64 / (took as f64 / 1e6).max(1e-6))
    }

    /// How many letters that speed was measured by.
    pub(super) fn timed(&self) -> u64 {
        self.timed.load(Ordering::Relaxed)
    }

    fn left(&self, letters: u64, waiting: Duration) -> Forecast {
        let Some(course) = self.course.get() else {
            return Forecast::Unknown;
        };
        let now = Instant::now();
        let domains = course
            .domains
            .map(|until| until.saturating_duration_since(now));
        let paused = *self.paused.lock().unwrap_or_else(PoisonError::into_inner);
        let forecast = forecast::Course {
            letters,
            pace: &course.pace,
            domains: domains.unwrap_or_default(),
            batch: course.batch,
            pause: course.pause,
            paused: paused.map_or(Duration::ZERO, |until| until.saturating_duration_since(now)),
            speed: self.speed(),
        };
        match forecast.forecast(now) {
            Forecast::About(time) => Forecast::About(time.max(waiting)),
            other => other,
        }
    }

    /// The counters now.
    pub fn snapshot(&self) -> Snapshot {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = waiting.as_ref().and_then(|(until, why)| {
            let left = until.checked_duration_since(Instant::now())?;
            Some((left, why.clone()))
        });
        let mut now = Snapshot {
            total: read(&self.total),
            accepted: read(&self.accepted),
            refused: read(&self.refused),
            deferred: read(&self.deferred),
            unknown: read(&self.unknown),
            passed_over: read(&self.passed_over),
            elapsed: self.began.elapsed(),
            waiting,
            left: Forecast::Unknown,
        };
        let wait = now
            .waiting
            .as_ref()
            .map_or(Duration::ZERO, |(left, _)| *left);
        now.left = self.left(now.total.saturating_sub(now.done()), wait);
        now
    }
}

impl Snapshot {
    /// Letters that have an outcome of this run.
    pub fn done(&self) -> u64 {
        self.accepted + self.refused + self.deferred + self.unknown + self.passed_over
    }
}
