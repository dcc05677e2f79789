//! One line at the terminal that tells how far a run is; nothing anywhere else.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

use chrono::{DateTime, FixedOffset, Utc};

use super::super::{print, when};
use crate::delivery::{Forecast, Progress, Snapshot};
use crate::diagnostic::printable;

/// How often the line is drawn anew.
const EVERY: Duration = Duration::from_millis(200);

/// What takes less is told as a length of time, what takes longer by its end.
const SOON: Duration = Duration::from_secs(100);

/// Draws the line until it is told to end.
pub(super) struct Display {
    thread: Option<(mpsc::Sender<()>, JoinHandle<()>)>,
}

impl Display {
    /// `zone` is that in which moments are told.
    pub(super) fn begin(progress: &Arc<Progress>, zone: FixedOffset) -> Self {
        if !io::stderr().is_terminal() {
            return Self { thread: None };
        }
        let progress = Arc::clone(progress);
        let (sender, receiver) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            while receiver.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                let now = Utc::now().with_timezone(&zone);
                print::note(&format!("\r{}\x1b[K", line(&progress.snapshot(), now)));
            }
            print::note("\r\x1b[K");
        });
        Self {
            thread: Some((sender, thread)),
        }
    }

    pub(super) fn end(self) {
        if let Some((sender, thread)) = self.thread {
            drop(sender);
            // A line that can't be drawn is no loss.
            let _ = thread.join();
        }
    }
}

fn line(now: &Snapshot, time: DateTime<FixedOffset>) -> String {
    let done = now.done();
    let mut line = format!("  {} of {}", print::number(done), print::number(now.total));
    let seconds = now.elapsed.as_secs_f64();
    if done > 0 && seconds > 1.0 {
        let rate = done as f64 / seconds;
        let shown = if rate < 1.0 {
            format!("{} a minute", print::number((rate * 60.0).round() as u64))
        } else {
            format!("{} a second", print::number(rate.round() as u64))
        };
        line += &format!("   {shown}");
    }
    match now.left {
        Forecast::About(left) if done == now.total && left.is_zero() => {}
        Forecast::About(left) if left < SOON => {
            line += &format!("   about {} left", print::time(left))
        }
        Forecast::About(left) => line += &format!("   done {}", when::after(left, time)),
        Forecast::AtLeast(left) => {
            line += &format!("   not done before {}", when::after(left, time))
        }
        Forecast::Unknown => {}
    }
    for (count, name) in [
        (now.refused, "refused"),
        (now.deferred, "deferred"),
        (now.unknown, "unknown"),
    ] {
        if count > 0 {
            line += &format!("   {} {name}", print::number(count));
        }
    }
    if let Some((left, why)) = &now.waiting {
        let why: String = printable(why).chars().take(60).collect();
        // A person may go away meanwhile, and wants to know when to be back.
        if *left < SOON {
            line += &format!("   waiting {}: {why}", print::time(*left));
        } else {
            line += &format!("   goes on {}: {why}", when::after(*left, time));
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_tells_how_far_how_fast_and_how_long() {
        let now = Snapshot {
            total: 5_000,
            accepted: 1_230,
            refused: 4,
            deferred: 0,
            unknown: 0,
            passed_over: 0,
            elapsed: Duration::from_secs(3),
            waiting: None,
            left: Forecast::About(Duration::from_secs(9)),
        };
        let time = DateTime::parse_from_rfc3339("2026-03-20T13:00:30+01:00").unwrap();
        let line = |now: &Snapshot| line(now, time);
        assert_eq!(
            line(&now),
            "  1,234 of 5,000   411 a second   about 9 s left   4 refused"
        );
        let waiting = Snapshot {
            accepted: 0,
            refused: 0,
            waiting: Some((
                Duration::from_secs(7),
                "greeting: the server said 421".to_owned(),
            )),
            left: Forecast::Unknown,
            ..now.clone()
        };
        assert_eq!(
            line(&waiting),
            "  0 of 5,000   waiting 7 s: greeting: the server said 421"
        );
        let until_tomorrow = Snapshot {
            waiting: Some((
                Duration::from_secs(61_200),
                "the rate of the settings".to_owned(),
            )),
            left: Forecast::About(Duration::from_secs(2 * 86_400)),
            ..now
        };
        assert_eq!(
            line(&until_tomorrow),
            "  1,234 of 5,000   411 a second   done on 22 March about 13:01   4 refused   goes on tomorrow about 06:01: the rate of the settings"
        );
    }
}
