//! The one thread that writes while a run goes on. Connections hand it their
//! marks and wait; whatever has come by the time it looks is one commit.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use tokio::sync::{mpsc, oneshot};

use super::{Ledger, LedgerError, Mark};

/// The most marks in one commit.
const MOST: usize = 1_000;

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
    pub fn start(mut ledger: L) -> (Self, Ended<L>) {
        let (sender, mut receiver) = mpsc::channel(MOST);
        let thread = std::thread::spawn(move || {
            let ended = run(&mut ledger, &mut receiver);
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
        let sent = self.sender.send(request).await;
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
        let _ = self.sender.try_send(Request::Do(Box::new(work)));
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
        let sent = self.sender.blocking_send(request);
        sent.map_err(|_| LedgerError::WriterEnded)?;
        result.blocking_recv().map_err(|_| LedgerError::WriterEnded)
    }
}

fn run<L: Ledger>(
    ledger: &mut L,
    receiver: &mut mpsc::Receiver<Request<L>>,
) -> Result<(), LedgerError> {
    let mut next = receiver.blocking_recv();
    while let Some(request) = next.take() {
        let (marks, done) = match request {
            Request::Do(work) => {
                work(ledger)?;
                next = receiver.blocking_recv();
                continue;
            }
            Request::Record { marks, done } => (marks, done),
        };
        let (mut marks, mut waiting) = (marks, vec![done]);
        while marks.len() < MOST
            && let Ok(request) = receiver.try_recv()
        {
            match request {
                Request::Record { marks: more, done } => {
                    marks.extend(more);
                    waiting.push(done);
                }
                other => {
                    next = Some(other);
                    break;
                }
            }
        }
        let recorded = ledger.record(&marks, SystemTime::now()).map(Arc::new);
        for done in waiting {
            // Who no longer waits needs no answer.
            let _ = done.send(recorded.as_ref().ok().cloned());
        }
        recorded?;
        if next.is_none() {
            next = receiver.blocking_recv();
        }
    }
    Ok(())
}
