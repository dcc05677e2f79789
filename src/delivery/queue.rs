//! Letters on their way from the thread that composes them to the connections,
//! and what tells that thread that all of a batch have an outcome.

use std::sync::mpsc as threads;

use tokio::sync::{Mutex, mpsc};

use super::pace::Leave;
use crate::ledger::Claim;
use crate::letter::Letter;

/// How many letters wait to be sent: enough that no connection does, and little memory.
pub(super) const AHEAD: usize = 128;

/// A letter that can be sent.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) claim: Claim,
    pub(super) letter: Letter,
    /// The claim of the run that it came by, counted from 1.
    pub(super) round: u64,
    /// Leave to go, from the moment at which it may.
    pub(super) leave: Option<Leave>,
    /// Held until the letter has an outcome, or goes back.
    pub(super) _batch: Batch,
}

/// The letters of one batch hold it together: it ends when the last lets go.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    _held: threads::Sender<()>,
}

/// Waits for the end of a batch.
#[derive(Debug)]
pub(super) struct BatchEnd(threads::Receiver<()>);

impl Ready {
    /// Its envelope goes out.
    pub(super) fn goes(&mut self) {
        self.leave.iter_mut().for_each(Leave::goes);
    }
}

impl Batch {
    pub(super) fn begin() -> (Self, BatchEnd) {
        let (sender, receiver) = threads::channel();
        (Self { _held: sender }, BatchEnd(receiver))
    }
}

impl BatchEnd {
    /// Waits until every letter of the batch has let go of it.
    pub(super) fn wait(self) {
        // Nothing is ever sent: this ends when all senders are gone.
        let _ = self.0.recv();
    }
}

/// The end from which connections take letters.
#[derive(Debug)]
pub(super) struct Queue(Mutex<mpsc::Receiver<Ready>>);

impl Queue {
    pub(super) fn new() -> (mpsc::Sender<Ready>, Self) {
        let (sender, receiver) = mpsc::channel(AHEAD);
        (sender, Self(Mutex::new(receiver)))
    }

    /// Waits for a letter. `None`: there will be none.
    pub(super) async fn next(&self) -> Option<Ready> {
        self.0.lock().await.recv().await
    }

    /// Takes a letter if there is one.
    pub(super) fn try_next(&self) -> Option<Ready> {
        self.0.try_lock().ok()?.try_recv().ok()
    }

    /// Lets go of all letters, and takes no more.
    pub(super) async fn close(&self) {
        let mut receiver = self.0.lock().await;
        receiver.close();
        while receiver.recv().await.is_some() {}
    }
}
