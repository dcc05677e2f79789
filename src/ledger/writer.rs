//! The one thread that writes while a run goes on. Connections hand it their
//! marks and wait; whatever has come by the time it looks is one commit.

use std::time::SystemTime;

use tokio::sync::{mpsc, oneshot};

use super::{Ledger, LedgerError, Mark};

/// The most marks in one commit.
const MOST: usize = 1_000;

/// The thread, whose end gives the ledger back and tells whether it has failed.
pub type Ended<L> = std::thread::JoinHandle<(L, Result<(), LedgerError>)>;

/// Hands marks to the writing thread.
#[derive(Clone, Debug)]
pub struct Writer {
    sender: mpsc::Sender<Request>,
}

#[derive(Debug)]
struct Request {
    marks: Vec<Mark>,
    done: oneshot::Sender<bool>,
}

impl Writer {
    /// Starts the thread. It ends, and gives the ledger back, when every
    /// `Writer` is gone; after an error of the ledger it records nothing more.
    pub fn start<L: Ledger + Send + 'static>(mut ledger: L) -> (Self, Ended<L>) {
        let (sender, mut receiver) = mpsc::channel(MOST);
        let thread = std::thread::spawn(move || {
            let ended = run(&mut ledger, &mut receiver);
            (ledger, ended)
        });
        (Self { sender }, thread)
    }

    /// Records marks. When this returns they are durable.
    ///
    /// # Errors
    /// The ledger has failed; the thread's end tells how.
    pub async fn record(&self, marks: Vec<Mark>) -> Result<(), LedgerError> {
        let (done, recorded) = oneshot::channel();
        let request = Request { marks, done };
        self.sender
            .send(request)
            .await
            .map_err(|_| LedgerError::WriterEnded)?;
        match recorded.await {
            Ok(true) => Ok(()),
            _ => Err(LedgerError::WriterEnded),
        }
    }
}

fn run(
    ledger: &mut impl Ledger,
    receiver: &mut mpsc::Receiver<Request>,
) -> Result<(), LedgerError> {
    while let Some(first) = receiver.blocking_recv() {
        let mut requests = vec![first];
        let mut count = requests[0].marks.len(); // the one just put there
        while count < MOST
            && let Ok(request) = receiver.try_recv()
        {
            count += request.marks.len();
            requests.push(request);
        }
        let marks: Vec<Mark> = requests
            .iter_mut()
            .flat_map(|request| std::mem::take(&mut request.marks))
            .collect();
        let recorded = ledger.record(&marks, SystemTime::now());
        for request in requests {
            // Who no longer waits needs no answer.
            let _ = request.done.send(recorded.is_ok());
        }
        recorded?;
    }
    Ok(())
}
