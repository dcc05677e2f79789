//! How the relay is doing: after failures nobody connects for a while, twice
//! as long each time (RFC 5321, 4.5.4.1), and at last the run ends.

use std::time::{Duration, Instant};

use super::judge::{Verdict, judge};
use super::words::{self, Enough};
use crate::smtp::{Cause, Failure, Stage};

/// So many failures without a letter taken between them end a run.
const MOST: u32 = 6;
/// So many where the relay says in its greeting that it won't talk.
const MOST_REFUSALS: u32 = 3;
/// The longest that nobody does.
const LONGEST: Duration = Duration::from_secs(300);

/// The relay as this run has seen it.
#[derive(Debug)]
pub(in crate::delivery) struct Health {
    /// How long nobody connects after the first failure.
    first: Duration,
    failures: u32,
    not_before: Option<Instant>,
}

/// What follows from a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::delivery) enum Next {
    /// Try again at this moment.
    Retry(Instant),
    /// Nothing more can be done in this run.
    End,
}

impl Health {
    /// Begins well; after a first failure nobody connects for so long.
    pub(in crate::delivery) fn new(first: Duration) -> Self {
        Self {
            first,
            failures: 0,
            not_before: None,
        }
    }

    /// A letter was taken: all is well.
    pub(in crate::delivery) fn well(&mut self) {
        *self = Self::new(self.first);
    }

    /// When one may connect.
    pub(in crate::delivery) fn not_before(&self) -> Option<Instant> {
        self.not_before
    }

    /// The relay asks for a pause, which is no failure.
    pub(in crate::delivery) fn rest_until(&mut self, until: Instant) {
        self.not_before = self.not_before.max(Some(until));
    }

    /// Counts a failure of something that was begun at `begun`. Several
    /// connections that fail together are one failure.
    pub(in crate::delivery) fn failed(
        &mut self,
        failure: &Failure,
        begun: Instant,
        now: Instant,
    ) -> Next {
        if is_final(failure) {
            return Next::End;
        }
        if let Some(until) = self.not_before.filter(|&until| begun < until) {
            return Next::Retry(until);
        }
        self.failures += 1;
        let most = if refuses_to_talk(failure) {
            MOST_REFUSALS
        } else {
            MOST
        };
        if self.failures >= most {
            return Next::End;
        }
        let until = now + jittered(self.pause());
        self.not_before = Some(until);
        Next::Retry(until)
    }

    /// How long nobody connects now.
    fn pause(&self) -> Duration {
        let doubled = 1_u32.checked_shl(self.failures.saturating_sub(1));
        let pause = self.first.saturating_mul(doubled.unwrap_or(u32::MAX));
        pause.min(LONGEST)
    }
}

/// Up to a quarter more, so that many who wait don't come back together.
pub(in crate::delivery) fn jittered(time: Duration) -> Duration {
    let mut random = [0];
    // Without randomness they come back together.
    let _ = getrandom::fill(&mut random);
    time + time * u32::from(random[0]) / 1_024
}

/// Says whether trying again would find the same: a wrong login, a certificate
/// nobody vouches for, TLS that is out of use, something that the relay doesn't offer. At the dot it may
/// be about one letter: that is tried as often as after any failure, and others go on.
fn is_final(failure: &Failure) -> bool {
    match (&failure.cause, failure.stage) {
        (Cause::NotOffered(_) | Cause::Tls(_), _) => true,
        (Cause::Reply(reply), Stage::Auth | Stage::Hello) => reply.is_permanent(),
        (Cause::Reply(reply), Stage::Mail | Stage::Rcpt | Stage::Data | Stage::Body) => {
            judge(failure.stage, reply) == Verdict::Stop
        }
        _ => failure.is_about_tls_itself(),
    }
}

fn refuses_to_talk(failure: &Failure) -> bool {
    failure.stage == Stage::Greeting
        && matches!(&failure.cause, Cause::Reply(reply) if reply.is_permanent())
}

/// Says whether the relay would rather have fewer connections, where it talks
/// on others: then a greeting that is a refusal is about this one more.
pub(in crate::delivery) fn wants_fewer_connections(failure: &Failure) -> bool {
    let Cause::Reply(reply) = &failure.cause else {
        return false;
    };
    if words::enough(reply) == Some(Enough::Connections) {
        return true;
    }
    match failure.stage {
        Stage::Greeting => true,
        Stage::Hello | Stage::Auth | Stage::Mail => reply.is_transient(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed() -> Failure {
        Failure {
            stage: Stage::Dial,
            cause: Cause::Timeout(Duration::from_secs(1)),
        }
    }

    #[test]
    fn the_pause_doubles_and_then_the_run_ends() {
        let mut health = Health::new(Duration::from_secs(1));
        let mut now = Instant::now();
        for seconds in [1, 2, 4, 8, 16] {
            let Next::Retry(until) = health.failed(&closed(), now, now) else {
                panic!("{seconds}");
            };
            let pause = until - now;
            let least = Duration::from_secs(seconds);
            assert!(pause >= least && pause <= least * 5 / 4, "{pause:?}");
            now = until;
        }
        assert_eq!(health.failed(&closed(), now, now), Next::End);
        health.well();
        assert!(matches!(health.failed(&closed(), now, now), Next::Retry(_)));
    }

    #[test]
    fn connections_that_fail_together_are_one_failure() {
        let mut health = Health::new(Duration::from_secs(1));
        let begun = Instant::now();
        let first = health.failed(&closed(), begun, begun);
        for _ in 0..20 {
            assert_eq!(health.failed(&closed(), begun, begun), first);
        }
    }
}
