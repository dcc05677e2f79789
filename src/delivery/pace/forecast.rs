//! When letters will all have gone, as far as that can be known: by ceilings and
//! what counts against them, pauses, and the speed that was measured.

use std::time::{Duration, Instant};

use super::Pace;
use crate::delivery::relay::memory::Memory;
use crate::ledger::{Ledger, LedgerError, Lesson};
use crate::settings::Batch;

/// How long some letters take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forecast {
    /// About so long.
    About(Duration),
    /// So long at least: nobody has measured how fast the relay is.
    AtLeast(Duration),
    /// Nobody knows.
    Unknown,
}

/// What a forecast is made from.
#[derive(Debug)]
pub(in crate::delivery) struct Course<'p> {
    /// The letters that are still to go.
    pub(in crate::delivery) letters: u64,
    pub(in crate::delivery) pace: &'p Pace,
    /// How long the letters to single domains take at least.
    pub(in crate::delivery) domains: Duration,
    pub(in crate::delivery) batch: usize,
    pub(in crate::delivery) pause: Duration,
    /// What is left of the pause that goes on.
    pub(in crate::delivery) paused: Duration,
    /// Letters a second, where somebody has measured.
    pub(in crate::delivery) speed: Option<f64>,
}

impl Course<'_> {
    pub(in crate::delivery) fn forecast(&self, now: Instant) -> Forecast {
        if self.letters == 0 {
            return Forecast::About(Duration::ZERO);
        }
        let batches = self.letters.div_ceil(self.batch.max(1) as u64) - 1; // one letter at least
        let pauses = self
            .pause
            .saturating_mul(u32::try_from(batches).unwrap_or(u32::MAX))
            .saturating_add(self.paused);
        let least = self.pace.lasts(self.letters, now).max(self.domains);
        match self.speed.filter(|speed| *speed > 0.0) {
            Some(speed) => {
                let sending = Duration::from_secs_f64((self.letters as f64 / speed).min(1e9));
                Forecast::About(least.max(sending.saturating_add(pauses)))
            }
            None if least.max(pauses).is_zero() => Forecast::Unknown,
            None => Forecast::AtLeast(least.max(pauses)),
        }
    }
}

impl Forecast {
    /// For letters that are to be sent from now on, by what the ledger has of the
    /// relay. `begun` is the edition they are of, where it has begun; else they
    /// are for those on the roll. `speed` is what was measured just now, in letters
    /// a second, without the pauses; `paused` is left of the pause that goes on.
    ///
    /// # Errors
    /// The ledger can't be used.
    pub fn of(
        ledger: &mut impl Ledger,
        memory: &Memory,
        batch: &Batch,
        begun: Option<&str>,
        letters: u64,
        speed: Option<f64>,
        paused: Duration,
    ) -> Result<Self, LedgerError> {
        let now = Instant::now();
        let mut domains = Duration::ZERO;
        for (domain, rates) in &batch.domains {
            let letters = ledger.letters_to(begun, domain)?;
            domains = domains.max(memory.pace(domain, rates).lasts(letters, now));
        }
        let learnt = memory.find(Lesson::Speed, "");
        let course = Course {
            letters,
            pace: &memory.pace("", &batch.rates),
            domains,
            batch: batch.size,
            pause: batch.pause,
            paused,
            speed: speed.or(learnt.map(|learnt| learnt.value as f64 / 3_600.0)),
        };
        Ok(course.forecast(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Rate;

    fn forecast(letters: u64, pause: u64, rates: &[Rate], speed: Option<f64>) -> Forecast {
        let pace = Pace::new(rates, &[], None);
        let course = Course {
            letters,
            pace: &pace,
            domains: Duration::ZERO,
            batch: 50,
            pause: Duration::from_secs(pause),
            paused: Duration::ZERO,
            speed,
        };
        course.forecast(Instant::now())
    }

    #[test]
    fn the_pause_that_goes_on_is_made_before_the_batches_behind_it() {
        let pace = Pace::new(&[], &[], None);
        let course = Course {
            letters: 100,
            pace: &pace,
            domains: Duration::ZERO,
            batch: 50,
            pause: Duration::from_secs(600),
            paused: Duration::from_secs(540),
            speed: Some(10.0),
        };
        let about = |seconds| Forecast::About(Duration::from_secs(seconds));
        assert_eq!(course.forecast(Instant::now()), about(540 + 600 + 10));
        let last = Course {
            letters: 50,
            ..course
        };
        assert_eq!(last.forecast(Instant::now()), about(540 + 5));
    }

    #[test]
    fn nothing_is_said_that_nobody_knows() {
        let about = |seconds| Forecast::About(Duration::from_secs(seconds));
        let at_least = |seconds| Forecast::AtLeast(Duration::from_secs(seconds));
        let rate = Rate {
            letters: 30,
            window: Duration::from_secs(60),
        };
        assert_eq!(forecast(0, 30, &[], None), about(0));
        assert_eq!(forecast(1_000, 0, &[], None), Forecast::Unknown);
        assert_eq!(forecast(1_000, 0, &[], Some(10.0)), about(100));
        assert_eq!(forecast(1_000, 30, &[], None), at_least(19 * 30));
        assert_eq!(forecast(1_000, 30, &[], Some(10.0)), about(100 + 19 * 30));
        assert_eq!(forecast(1_000, 0, &[rate], None), at_least(33 * 60));
        assert_eq!(forecast(1_000, 0, &[rate], Some(10.0)), about(33 * 60));
        assert_eq!(forecast(1_000, 0, &[rate], Some(0.1)), about(10_000));
        assert_eq!(forecast(20, 0, &[rate], None), Forecast::Unknown);
    }
}
