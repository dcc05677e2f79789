//! The threads that compose letters and give them to the connections.
//!
//! An unsigned letter takes two microseconds, and the thread that looks for them
//! composes them all. A signature takes longer than the rest of a letter's way,
//! so where there is a key, each processor has a thread, and composing takes what
//! the connections, and a relay on the same machine, leave of each. The scheduler
//! left to itself keeps a composing thread where the connections are driven,
//! and the other of two processors idle for a third of the time.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;

use tokio::runtime::Handle;

use super::compose::Compose;
use super::locked;
use super::queue::{Batch, Hand, Ready};
use super::run::FeedError;
use super::streams::Given;

/// How many letters a thread composes in one go.
pub(super) const HANDFUL: usize = 4;

/// Composes letters and gives them to the connections.
#[derive(Clone, Copy)]
struct Composer<'c> {
    compose: &'c Compose<'c>,
    handle: &'c Handle,
    queue: &'c Hand,
}

/// The thread that looks for letters, and its helpers.
pub(super) struct Composers<'c> {
    own: Composer<'c>,
    helpers: SyncSender<Work>,
    failed: &'c Mutex<Option<FeedError>>,
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
    work: impl FnOnce(&Composers<'_>) -> Result<T, FeedError>,
) -> Result<T, FeedError> {
    let own = Composer {
        compose,
        handle,
        queue,
    };
    let threads = compose.threads();
    let (helpers, wanted) = sync_channel(threads - 1); // there is one at least
    let (wanted, failed) = (Mutex::new(wanted), Mutex::new(None));
    let done = thread::scope(|scope| {
        for place in 1..threads {
            let (wanted, failed) = (&wanted, &failed);
            scope.spawn(move || {
                processor::take(place, threads);
                own.help(wanted, failed);
            });
        }
        if threads > 1 {
            processor::take(0, threads);
        }
        // With it go the helpers' work, and the helpers.
        let composers = Composers {
            own,
            helpers,
            failed: &failed,
        };
        work(&composers)
    });
    match locked(&failed).take() {
        Some(error) => Err(error),
        None => done,
    }
}

impl Composers<'_> {
    /// Has some letters of a batch composed and given to the connections.
    /// Nothing: those have ended.
    ///
    /// # Errors
    /// A letter can't be composed, one of these or of those before.
    pub(super) fn take(&self, given: Vec<Given>, batch: &Batch) -> Result<Option<()>, FeedError> {
        if let Some(error) = locked(self.failed).take() {
            return Err(error);
        }
        match self.helpers.try_send((given, batch.clone())) {
            Ok(()) => Ok(Some(())),
            Err(TrySendError::Full(work) | TrySendError::Disconnected(work)) => self.own.give(work),
        }
    }
}

impl Composer<'_> {
    /// Composes what is wanted until nothing can be any more. Whatever fails, the
    /// rest is taken, so that nobody waits for a batch that lies here.
    fn help(self, wanted: &Mutex<Receiver<Work>>, failed: &Mutex<Option<FeedError>>) {
        let next = || locked(wanted).recv();
        while let Ok(work) = next() {
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
        use preempt_rt::sched::{Pid, Scheduler, SchedulerParams, set_scheduler};
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
        let params = SchedulerParams { priority: 0 };
        let _ = set_scheduler(Pid::current_thread(), Scheduler::SCHED_BATCH, params);
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn take(_: usize, _: usize) {}
}
