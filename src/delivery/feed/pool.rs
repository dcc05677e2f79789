//! The threads that compose letters and give them to the connections.
//!
//! An unsigned letter takes a microsecond or two, and the thread that looks for
//! them composes them all. A signature takes ten times as long and more, so where
//! there is a key, each processor has a thread, and composing takes what the
//! connections, and a relay on the same machine, leave of each. The scheduler
//! left to itself keeps a composing thread where the connections are driven,
//! and the other of two processors idle for a third of the time.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;

use tokio::runtime::Handle;

use super::FeedError;
use super::compose::Compose;
use super::queue::{Batch, Hand, Ready};
use super::streams::Given;
use crate::delivery::locked;

/// How many letters a thread composes in one go.
pub(super) const HANDFUL: usize = 4;

/// The thread that looks for letters, and its helpers.
pub(super) struct Pool<'p> {
    own: Composing<'p>,
    helpers: SyncSender<Work>,
    failed: &'p Mutex<Option<FeedError>>,
}

/// A handful of letters to compose.
type Work = (Vec<Given>, Batch);

/// Starts the helpers, and does some work with them.
///
/// # Errors
/// The work has failed, or a letter can't be composed.
pub(super) fn with<T>(
    compose: &Compose<'_>,
    handle: &Handle,
    queue: &Hand,
    work: impl FnOnce(&Pool<'_>) -> Result<T, FeedError>,
) -> Result<T, FeedError> {
    let own = Composing {
        compose,
        handle,
        queue,
    };
    let threads = compose.threads();
    let (helpers, wanted) = sync_channel(threads - 1); // there is one at least
    let failed = Mutex::new(None);
    let done = thread::scope(|scope| {
        // The helpers alone hold it: what nobody is left to compose is let go of.
        let wanted = Arc::new(Mutex::new(wanted));
        for place in 1..threads {
            let (wanted, failed) = (Arc::clone(&wanted), &failed);
            scope.spawn(move || {
                processor::take(place, threads);
                own.help(&wanted, failed);
            });
        }
        drop(wanted);
        if threads > 1 {
            processor::take(0, threads);
        }
        // With it go the helpers' work, and the helpers.
        let pool = Pool {
            own,
            helpers,
            failed: &failed,
        };
        work(&pool)
    });
    match locked(&failed).take() {
        Some(error) => Err(error),
        None => done,
    }
}

impl Pool<'_> {
    /// Has some letters of a batch composed and given to the connections.
    /// Nothing: those have ended.
    ///
    /// # Errors
    /// A letter can't be composed, one of these or of those before.
    pub(super) fn take(&self, given: Vec<Given>, batch: &Batch) -> Result<Option<()>, FeedError> {
        self.check()?;
        let work = (given, batch.clone());
        // A domain's leave is short: no other letters may be before it.
        if work.0.iter().any(|given| given.leave.is_some()) {
            return self.own.give(work);
        }
        match self.helpers.try_send(work) {
            Ok(()) => Ok(Some(())),
            Err(TrySendError::Full(work) | TrySendError::Disconnected(work)) => self.own.give(work),
        }
    }

    /// Looks whether all could be composed that is no longer in anybody's hands.
    ///
    /// # Errors
    /// A letter can't be.
    pub(super) fn check(&self) -> Result<(), FeedError> {
        locked(self.failed).take().map_or(Ok(()), Err)
    }
}

/// From a claim to the connections.
#[derive(Clone, Copy)]
struct Composing<'p> {
    compose: &'p Compose<'p>,
    handle: &'p Handle,
    queue: &'p Hand,
}

impl Composing<'_> {
    /// Composes what is wanted until nothing can be any more. Where that fails, the
    /// rest is taken all the same, so that nobody waits for a batch that lies here.
    fn help(self, wanted: &Mutex<Receiver<Work>>, failed: &Mutex<Option<FeedError>>) {
        // The others may look for work while this thread has some: the lock ends here.
        let next = || locked(wanted).recv();
        while let Ok(work) = next() {
            let _batch = work.1.clone(); // it has not ended before its failure is known
            if let Err(error) = self.give(work) {
                locked(failed).get_or_insert(error);
            }
        }
    }

    fn give(self, (given, batch): Work) -> Result<Option<()>, FeedError> {
        let ready = |given: Given| {
            Ok::<_, FeedError>(Ready {
                letter: self.compose.letter(&given.claim.enrolment)?,
                claim: given.claim,
                round: given.round,
                leave: None,
                of_domain: given.leave,
                _batch: batch.clone(),
            })
        };
        let ready = given.into_iter().map(ready).collect::<Result<_, _>>()?;
        Ok(self.handle.block_on(self.queue.give(ready)))
    }
}

/// Binds threads to processors. Where the system doesn't let it, letters are only slower.
mod processor {
    /// Binds this thread to the processor with a number of the `all` that there are,
    /// if the process may use just as many. When something comes for it to
    /// do, it waits until what runs there pauses (`SCHED_BATCH`, sched(7)).
    #[cfg(target_os = "linux")]
    pub(super) fn take(number: usize, all: usize) {
        use preempt_rt::sched::{Pid, Scheduler, SchedulerParams, get_scheduler, set_scheduler};
        use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

        let Ok(allowed) = sched_getaffinity(None) else {
            return;
        };
        let mut mine = (0..CpuSet::MAX_CPU).filter(|&cpu| allowed.is_set(cpu));
        if usize::try_from(allowed.count()) == Ok(all)
            && let Some(cpu) = mine.nth(number)
        {
            let mut only = CpuSet::new();
            only.set(cpu);
            let _ = sched_setaffinity(None, &only);
        }
        let thread = Pid::current_thread();
        // Another one is the administrator's wish.
        if let Ok(Scheduler::SCHED_NORMAL) = get_scheduler(thread) {
            let params = SchedulerParams { priority: 0 };
            let _ = set_scheduler(thread, Scheduler::SCHED_BATCH, params);
        }
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn take(_: usize, _: usize) {}
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::task::{Context, Wake};
    use std::time::Duration;

    use super::super::compose::tests::{claim, secret, versions};
    use super::super::queue::Queue;
    use super::*;
    use crate::letter::Signer;

    /// A connection that brings down whoever has a letter for it.
    struct Broken(AtomicBool);

    impl Wake for Broken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::SeqCst);
            panic!("a defect, for a test");
        }
    }

    fn given(number: i64) -> Given {
        Given {
            claim: claim(number),
            round: 1,
            leave: None,
        }
    }

    /// On a thread of its own, since whoever works with helpers is bound to a processor.
    fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> thread::Result<T> {
        thread::scope(|scope| scope.spawn(work).join())
    }

    #[test]
    fn a_helper_that_panics_keeps_nobody_waiting_and_is_not_taken_for_success() {
        let (versions, secret) = (versions(), secret());
        let compose = Compose::new(&versions, &secret, Signer::none()).unwrap();
        let compose = compose.by_threads(2);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();

        let (hand, queue) = Queue::new();
        let broken = Arc::new(Broken(AtomicBool::new(false)));
        let waker = Arc::clone(&broken).into();
        assert!(
            pin!(queue.next())
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
        );
        let (batch, end) = Batch::begin();
        let is_through = AtomicBool::new(false);
        let ended = apart(|| {
            with(&compose, runtime.handle(), &hand, |pool| {
                pool.take([1, 2].map(given).into(), &batch)?;
                while !broken.0.load(Ordering::SeqCst) {
                    thread::sleep(Duration::from_millis(1));
                }
                // The first has gone; and nobody has the second.
                drop(batch);
                assert_eq!(queue.try_next().unwrap().claim.letter, 1);
                end.wait();
                assert!(queue.try_next().is_none());
                is_through.store(true, Ordering::SeqCst);
                pool.check()
            })
        });
        assert!(ended.is_err() && is_through.into_inner());
    }

    #[test]
    fn a_letter_that_nobody_can_compose_is_told_by_a_later_call_or_at_the_end() {
        let (versions, secret) = (versions(), secret());
        let compose = Compose::new(&versions, &secret, Signer::none()).unwrap();
        let compose = compose.by_threads(2);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let (hand, _queue) = Queue::new();
        let bad = || {
            let mut given = given(1);
            given.claim.enrolment.address = "nobody".to_owned();
            vec![given]
        };
        let is_row = |ended| matches!(ended, Err(FeedError::Row(_)));

        let (batch, end) = Batch::begin();
        let ended = apart(|| {
            with(&compose, runtime.handle(), &hand, |pool| {
                pool.take(bad(), &batch)?;
                drop(batch);
                end.wait();
                let (batch, _) = Batch::begin();
                assert!(is_row(pool.take(Vec::new(), &batch).map(|_| ())));
                Ok(())
            })
        });
        assert!(ended.unwrap().is_ok());

        let (batch, _) = Batch::begin();
        let ended = apart(|| {
            with(&compose, runtime.handle(), &hand, |pool| {
                pool.take(bad(), &batch).map(|_| ())
            })
        });
        assert!(is_row(ended.unwrap()));
    }
}
