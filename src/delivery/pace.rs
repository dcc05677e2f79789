//! The pace of a run: ceilings on letters in a window of time, over all connections.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::settings::Rate;

/// Letters that went closer together than this part of their window are remembered as one.
const GRAIN: u32 = 200;

/// The ceilings of a run. Whatever stretch of time as long as a window one
/// looks at, no more letters are begun in it than that window may have.
#[derive(Debug)]
pub(super) struct Pace {
    windows: Mutex<Vec<Window>>,
}

#[derive(Debug)]
struct Window {
    rate: Rate,
    /// When letters went, and how many: the first and the last moment of each handful.
    gone: VecDeque<(Instant, Instant, u32)>,
    sum: u32,
}

impl Pace {
    pub(super) fn new(rates: &[Rate]) -> Self {
        let window = |rate: &Rate| Window {
            rate: *rate,
            gone: VecDeque::new(),
            sum: 0,
        };
        Self {
            windows: Mutex::new(rates.iter().map(window).collect()),
        }
    }

    /// Takes leave for one letter, or tells when to ask again.
    pub(super) fn take(&self, now: Instant) -> Result<(), Instant> {
        // What a thread that panicked may have left half done is a count too high.
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let mut wait = None;
        for window in windows.iter_mut() {
            wait = wait.max(window.full_until(now));
        }
        if let Some(until) = wait {
            return Err(until);
        }
        windows.iter_mut().for_each(|window| window.add(now));
        Ok(())
    }

    /// Gives back the leave that was taken last: there was no letter.
    pub(super) fn give_back(&self) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        windows.iter_mut().for_each(Window::take_back);
    }
}

impl Window {
    /// When there is room again, if there is none.
    fn full_until(&mut self, now: Instant) -> Option<Instant> {
        while let Some(&(_, last, count)) = self.gone.front()
            && now.saturating_duration_since(last) >= self.rate.window
        {
            self.gone.pop_front();
            self.sum -= count; // it was added with it
        }
        let &(_, last, _) = self.gone.front()?;
        (self.sum >= self.rate.letters).then(|| last + self.rate.window)
    }

    fn take_back(&mut self) {
        if let Some((.., count)) = self.gone.back_mut() {
            self.sum -= 1; // an entry counts one at least
            *count -= 1;
            if *count == 0 {
                self.gone.pop_back();
            }
        }
    }

    fn add(&mut self, now: Instant) {
        self.sum += 1;
        let grain: Duration = self.rate.window / GRAIN;
        match self.gone.back_mut() {
            Some((first, last, count)) if now.saturating_duration_since(*first) < grain => {
                *last = now;
                *count += 1;
            }
            _ => self.gone.push_back((now, now, 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(letters: u32, seconds: u64) -> Rate {
        Rate {
            letters,
            window: Duration::from_secs(seconds),
        }
    }

    #[test]
    fn no_window_ever_has_more_than_its_ceiling() {
        let pace = Pace::new(&[rate(30, 60), rate(100, 3_600)]);
        let start = Instant::now();
        let mut now = start;
        let mut gone = Vec::new();
        while gone.len() < 150 {
            match pace.take(now) {
                Ok(()) => {
                    gone.push(now);
                    now += Duration::from_millis(700);
                }
                Err(until) => {
                    assert!(until > now, "waiting must lead on");
                    now = until;
                }
            }
        }
        for (index, first) in gone.iter().enumerate() {
            for (most, seconds) in [(30, 60), (100, 3_600)] {
                let end = *first + Duration::from_secs(seconds);
                let within = gone[index..].iter().take_while(|&&at| at < end).count();
                assert!(within <= most, "{within} in {seconds} s");
            }
        }
        let last = *gone.last().unwrap() - start;
        assert!(
            last >= Duration::from_secs(3_600) && last < Duration::from_secs(3_900),
            "{last:?}"
        );
    }

    #[test]
    fn many_letters_are_remembered_in_little_room() {
        let pace = Pace::new(&[rate(1_000_000, 86_400)]);
        let start = Instant::now();
        for index in 0..100_000 {
            pace.take(start + Duration::from_millis(index)).unwrap();
        }
        assert!(pace.windows.lock().unwrap()[0].gone.len() <= 2);
    }

    #[test]
    fn what_is_given_back_can_be_taken() {
        let pace = Pace::new(&[rate(2, 60)]);
        let now = Instant::now();
        pace.take(now).unwrap();
        pace.take(now).unwrap();
        assert!(pace.take(now).is_err());
        pace.give_back();
        pace.take(now).unwrap();
        assert!(pace.take(now).is_err());
    }

    #[test]
    fn without_a_rate_nothing_waits() {
        let pace = Pace::new(&[]);
        let now = Instant::now();
        assert!((0..10_000).all(|_| pace.take(now).is_ok()));
    }
}
