//! The one thread that writes while a run goes on. Connections hand it their
//! marks and wait; whatever has come by the time it looks is one commit.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::oneshot;

use super::{Ledger, LedgerError, Mark};

/// The most marks in one commit.
const MOST: usize = 1_000;

/// Where the last commit took so long, the next waits half of that for the marks
/// of all connections: one large commit then takes hardly longer than a small one.
/// A fast disk has written before the others have come.
const SLOW: Duration = Duration::from_millis(1);

/// How often it looks meanwhile whether they have come.
const LOOK: Duration = Duration::from_micros(100);

/// The longest that a commit waits for them.
const LONGEST_WAIT: Duration = Duration::from_millis(5);

/// From so many connections on there is always one that has something soon: who
/// waits for them does better to look once more than to sleep and be woken for
/// each. Fewer are slowed by it.
pub const MANY: usize = 8;

/// How often it looks, and lets others go first each time, before it sleeps.
const LOOKS: usize = 10;

/// The thread, whose end gives the ledger back and tells whether it has failed.
pub type Ended<L> = std::thread::JoinHandle<(L, Result<(), LedgerError>)>;

/// Hands marks, and other work, to the writing thread.
#[derive(Debug)]
pub struct Writer<L> {
    sender: mpsc::Sender<Request<L>>,
}

impl<L> Clone for Writer<L> {
    fn clone(&self) -> Self {
        Self {
            sender: self.sender.clone(),
        }
    }
}

/// Something to do with the ledger.
type Work<L> = Box<dyn FnOnce(&mut L) -> Result<(), LedgerError> + Send>;

enum Request<L> {
    /// Marks to record, with the others that wait.
    Record {
        marks: Vec<Mark>,
        done: oneshot::Sender<Option<Arc<Vec<i64>>>>,
    },
    /// Anything else, alone.
    Do(Work<L>),
}

impl<L> fmt::Debug for Request<L> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Request")
    }
}

impl<L: Ledger + Send + 'static> Writer<L> {
    /// Starts the thread. It ends, and gives the ledger back, when every
    /// `Writer` is gone; after an error of the ledger it does nothing more.
    /// `connections` says how many there are that may have marks now.
    pub fn start(mut ledger: L, connections: Arc<AtomicUsize>) -> (Self, Ended<L>) {
        let (sender, receiver) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let ended = run(&mut ledger, &receiver, &connections);
            (ledger, ended)
        });
        (Self { sender }, thread)
    }

    /// Records marks. When this returns they are durable. Returns those of the
    /// commit's letters that stay as a person wants them: see [`Ledger::record`].
    ///
    /// # Errors
    /// The ledger has failed; the thread's end tells how.
    pub async fn record(&self, marks: Vec<Mark>) -> Result<Arc<Vec<i64>>, LedgerError> {
        let (done, recorded) = oneshot::channel();
        let request = Request::Record { marks, done };
        // It waits for nobody: each connection has one request there at most.
        let sent = self.sender.send(request);
        sent.map_err(|_| LedgerError::WriterEnded)?;
        recorded
            .await
            .ok()
            .flatten()
            .ok_or(LedgerError::WriterEnded)
    }

    /// Does something with the ledger when there is time, which nobody waits for.
    pub fn soon(&self, work: impl FnOnce(&mut L) -> Result<(), LedgerError> + Send + 'static) {
        // Where the queue is full, or its thread has ended, it is not done.
        let _ = self.sender.send(Request::Do(Box::new(work)));
    }

    /// Does something else with the ledger, from a thread that may wait.
    ///
    /// # Errors
    /// The ledger has failed; the thread's end tells how.
    pub fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut L) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let (done, result) = oneshot::channel();
        let request = Request::Do(Box::new(move |ledger| {
            // Who no longer waits needs no answer.
            let _ = done.send(work(ledger)?);
            Ok(())
        }));
        let sent = self.sender.send(request);
        sent.map_err(|_| LedgerError::WriterEnded)?;
        result.blocking_recv().map_err(|_| LedgerError::WriterEnded)
    }
}

fn run<L: Ledger>(
    ledger: &mut L,
    receiver: &mpsc::Receiver<Request<L>>,
    connections: &AtomicUsize,
) -> Result<(), LedgerError> {
    let mut took = Duration::ZERO;
    let mut next = receiver.recv().ok();
    while let Some(request) = next.take() {
        let (marks, done) = match request {
            Request::Do(work) => {
                work(ledger)?;
                next = receiver.recv().ok();
                continue;
            }
            Request::Record { marks, done } => (marks, done),
        };
        let (mut marks, mut waiting) = (marks, vec![done]);
        let wait = if took < SLOW {
            Duration::ZERO
        } else {
            took / 2
        };
        let until = Instant::now() + wait.min(LONGEST_WAIT);
        while marks.len() < MOST {
            let request = receiver.try_recv().ok();
            let is_worth_waiting =
                waiting.len() < connections.load(Ordering::SeqCst) && Instant::now() < until;
            if request.is_none() && is_worth_waiting {
                std::thread::sleep(LOOK);
                continue;
            }
            match request {
                Some(Request::Record { marks: more, done }) => {
                    marks.extend(more);
                    waiting.push(done);
                }
                other => {
                    next = other;
                    break;
                }
            }
        }
        let begun = Instant::now();
        let recorded = ledger.record(&marks, SystemTime::now()).map(Arc::new);
        took = begun.elapsed();
        for done in waiting {
            // Who no longer waits needs no answer.
            let _ = done.send(recorded.as_ref().ok().cloned());
        }
        recorded?;
        if next.is_none() && connections.load(Ordering::SeqCst) >= MANY {
            next = (0..LOOKS).find_map(|_| {
                std::thread::yield_now();
                receiver.try_recv().ok()
            });
        }
        if next.is_none() {
            next = receiver.recv().ok();
        }
    }
    Ok(())
}
