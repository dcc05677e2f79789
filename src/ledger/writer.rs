//! The one task that writes while a run goes on. Connections hand it their
//! marks and wait; whatever has come by the time it looks is one commit.
//!
//! It works on the thread that drives the connections, and blocks it for the
//! length of a commit: they wait for that anyway, and what comes from the relay
//! meanwhile waits in the system. A thread of its own would be woken for each
//! commit, and wake the other in turn, which takes longer than the writing.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, yield_now};
use tokio::time::timeout_at;

use super::{Ledger, LedgerError, Mark};

/// The most marks in one commit.
const MOST: usize = 1_000;

/// Where the last commit took so long, the next waits half of that for the marks
/// of all connections: one large commit then takes hardly longer than a small one.
/// A fast disk has written before the others have come.
const SLOW: Duration = Duration::from_millis(1);

/// The longest that a commit waits for them.
const LONGEST_WAIT: Duration = Duration::from_millis(5);

/// The task, whose end gives the ledger back and tells whether it has failed.
pub type Ended<L> = JoinHandle<(L, Result<(), LedgerError>)>;

/// Hands marks, and other work, to the task that writes.
#[derive(Debug)]
pub struct Writer<L> {
    sender: mpsc::UnboundedSender<Request<L>>,
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
    /// Starts the task on a runtime. It ends, and gives the ledger back, when every
    /// `Writer` is gone; after an error of the ledger it does nothing more.
    /// `connections` says how many there are that may have marks now.
    /// The runtime must have its timer on.
    pub fn start(
        mut ledger: L,
        connections: Arc<AtomicUsize>,
        runtime: &Handle,
    ) -> (Self, Ended<L>) {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        let task = runtime.spawn(async move {
            let ended = run(&mut ledger, &mut receiver, &connections).await;
            (ledger, ended)
        });
        (Self { sender }, task)
    }

    /// Records marks. When this returns they are durable. Returns those of the
    /// commit's letters that stay as a person wants them: see [`Ledger::record`].
    ///
    /// # Errors
    /// The ledger has failed; the task's end tells how.
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
        // Where the task has ended, it is not done.
        let _ = self.sender.send(Request::Do(Box::new(work)));
    }

    /// Does something else with the ledger, from a thread that may wait.
    ///
    /// # Errors
    /// The ledger has failed; the task's end tells how.
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

async fn run<L: Ledger>(
    ledger: &mut L,
    receiver: &mut mpsc::UnboundedReceiver<Request<L>>,
    connections: &AtomicUsize,
) -> Result<(), LedgerError> {
    let mut took = Duration::ZERO;
    let mut next = None;
    loop {
        let request = match next.take() {
            Some(request) => request,
            None => match receiver.recv().await {
                Some(request) => request,
                None => return Ok(()),
            },
        };
        // Connections that have been answered, by the last commit or by the relay, go
        // first: they have bodies to send, or marks for this commit.
        yield_now().await;
        let (mut marks, done) = match request {
            Request::Do(work) => {
                work(ledger)?;
                continue;
            }
            Request::Record { marks, done } => (marks, done),
        };
        let mut waiting = vec![done];
        let until = (took >= SLOW).then(|| Instant::now() + (took / 2).min(LONGEST_WAIT));
        while marks.len() < MOST {
            let request = match (receiver.try_recv(), until) {
                (Ok(request), _) => Some(request),
                (Err(_), Some(until)) if waiting.len() < connections.load(Ordering::SeqCst) => {
                    timeout_at(until.into(), receiver.recv())
                        .await
                        .ok()
                        .flatten()
                }
                _ => None,
            };
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
    }
}
