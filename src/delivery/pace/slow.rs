//! A relay that asks for fewer letters gets fewer: at once half of what it got,
//! after a pause, and from then on a little more each minute.

use std::time::{Duration, Instant};

use crate::delivery::relay::health::jittered;

/// The first pause; then twice as long each time, as long as nothing is taken between.
const FIRST: Duration = Duration::from_secs(1);

/// The longest.
const LONGEST: Duration = Duration::from_secs(600);

/// The least that goes, in letters a second: one a minute. Less is a quota.
const LEAST: f64 = 1.0 / 60.0;

/// How much of what was too much comes back each minute: after ten minutes all of it.
const BACK: f64 = 1.0 / 20.0;

/// How fast letters go where nobody has counted yet, in letters a second.
const UNKNOWN: f64 = 1.0;

/// What the relay wants, as it has said.
#[derive(Clone, Debug)]
pub(super) struct Slow {
    /// Letters a second, from `said` on.
    rate: f64,
    /// What had been too much.
    peak: f64,
    said: Instant,
    /// Nothing goes before.
    not_before: Instant,
    /// How often it was said without a letter taken between, and the pauses that followed together.
    times: u32,
    waited: Duration,
    /// When the next letter may go.
    next: Instant,
}

/// Half of what was too much, and that.
fn halved(peak: f64) -> (f64, f64) {
    ((peak / 2.0).max(LEAST), peak)
}

impl Slow {
    /// As an earlier run has learnt it.
    pub(super) fn learnt(rate: f64, now: Instant) -> Self {
        let rate = rate.max(LEAST);
        Self {
            rate,
            peak: rate * 2.0,
            said: now,
            not_before: now,
            times: 0,
            waited: Duration::ZERO,
            next: now,
        }
    }

    /// The relay asks for fewer, where letters have gone at `speed`, in answer to
    /// something that was begun at `begun`. Several connections that hear it together hear one thing.
    pub(super) fn said(
        before: Option<Self>,
        speed: Option<f64>,
        begun: Instant,
        now: Instant,
    ) -> Self {
        if let Some(before) = &before
            && begun < before.not_before
        {
            return before.clone();
        }
        let allowed = before.as_ref().map(|before| before.rate(now));
        let (rate, peak) = match (&before, speed, allowed) {
            // Nothing was taken since it was said last, so the pace was not tried:
            // the pause was too short for the relay's window.
            (Some(before), ..) if before.times > 0 => (before.rate, before.peak),
            (_, Some(speed), Some(allowed)) => halved(speed.min(allowed)),
            (_, speed, allowed) => halved(speed.or(allowed).unwrap_or(UNKNOWN)),
        };
        let (times, waited) =
            before.map_or((0, Duration::ZERO), |before| (before.times, before.waited));
        let times = times.saturating_add(1);
        let doubled = 1_u32.checked_shl(times - 1).unwrap_or(u32::MAX);
        let pause = FIRST.saturating_mul(doubled).min(LONGEST);
        let pause = jittered(pause);
        let until = now + pause;
        Self {
            rate,
            peak,
            said: until,
            not_before: until,
            times,
            waited: waited + pause,
            next: until,
        }
    }

    /// A letter was taken.
    pub(super) fn well(&mut self) {
        self.times = 0;
        self.waited = Duration::ZERO;
    }

    /// How long the pauses since a letter was taken are together.
    pub(super) fn waited(&self) -> Duration {
        self.waited
    }

    /// How many letters a second it gets now.
    pub(super) fn rate(&self, now: Instant) -> f64 {
        let minutes = now.saturating_duration_since(self.said).as_secs_f64() / 60.0;
        self.rate + self.peak * BACK * minutes
    }

    /// Whether it is as before, and more: then it is forgotten.
    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.rate(now) >= self.peak * 2.0
    }

    /// When the next letter may go.
    pub(super) fn next(&self) -> Instant {
        self.next.max(self.not_before)
    }

    /// A letter goes.
    pub(super) fn take(&mut self, now: Instant) {
        self.next = self.next.max(now) + Duration::from_secs_f64(1.0 / self.rate(now));
    }

    /// How long so many letters take at least.
    pub(super) fn lasts(&self, letters: u64, now: Instant) -> Duration {
        let wait = self.next().saturating_duration_since(now);
        // It grows back meanwhile: the time in which its sum reaches the letters.
        let (rate, growth) = (self.rate(now), self.peak * BACK / 60.0);
        let seconds = ((rate * rate + 2.0 * growth * letters as f64).sqrt() - rate) / growth;
        wait + Duration::from_secs_f64(seconds.clamp(0.0, 1e9))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_goes_and_then_a_little_more_each_minute() {
        let now = Instant::now();
        let slow = Slow::said(None, Some(10.0), now, now);
        let wait = slow.next() - now;
        assert!(wait >= FIRST && wait <= FIRST * 5 / 4, "{wait:?}");
        let said = now + wait;
        assert!((slow.rate(said) - 5.0).abs() < 0.01);
        let later = said + Duration::from_secs(600);
        assert!((slow.rate(later) - 10.0).abs() < 0.01);
        assert!(!slow.is_over(later) && slow.is_over(said + Duration::from_secs(1_900)));
    }

    #[test]
    fn pauses_double_up_to_ten_minutes_until_a_letter_is_taken() {
        let mut now = Instant::now();
        let mut slow = None;
        for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600] {
            let next = Slow::said(slow, Some(10.0), now, now);
            let (wait, least) = (next.next() - now, Duration::from_secs(seconds));
            assert!(wait >= least && wait <= least * 5 / 4, "{wait:?} {least:?}");
            now = next.next();
            slow = Some(next);
        }
        // Only letters that go show whether a pace is too fast: it was halved once.
        let mut slow = slow.unwrap();
        assert!((slow.rate(now) - 5.0).abs() < 0.01);
        slow.well();
        let next = Slow::said(Some(slow), None, now, now);
        assert!(next.next() - now < FIRST * 2);
        assert!((next.rate(next.next()) - 2.5).abs() < 0.01);
    }

    #[test]
    fn connections_that_hear_it_together_hear_one_thing() {
        let now = Instant::now();
        let first = Slow::said(None, Some(8.0), now, now);
        let again = Slow::said(Some(first.clone()), Some(8.0), now, now);
        assert_eq!(again.next(), first.next());
        assert!((again.rate(first.next()) - 4.0).abs() < 0.01);
    }

    #[test]
    fn what_so_many_letters_take_is_told_with_what_comes_back() {
        let now = Instant::now();
        let slow = Slow::learnt(1.0, now);
        let lasts = slow.lasts(60, now).as_secs_f64();
        // 1 a second, and 0.1 a second more after a minute: 60 letters in some 57 s.
        assert!((56.0..58.5).contains(&lasts), "{lasts}");
    }
}
