//! Letters on their way from the thread that composes them to the connections,
//! and what tells that thread that all of a batch have an outcome.

use std::sync::mpsc as threads;

use tokio::sync::{Mutex, mpsc};

use crate::delivery::pace::Leave;
use crate::ledger::Claim;
use crate::letter::Letter;

/// How many letters wait to be sent: enough that no connection does, and little memory.
const AHEAD: usize = 128;

/// A letter that can be sent.
#[derive(Debug)]
pub(in crate::delivery) struct Ready {
    pub(in crate::delivery) claim: Claim,
    pub(in crate::delivery) letter: Letter,
    /// The claim of the run that it came by, counted from 1.
    pub(in crate::delivery) round: u64,
    /// Leave to go, from the moment at which it may.
    pub(in crate::delivery) leave: Option<Leave>,
    /// The leave of its domain, where that has a pace of its own.
    pub(in crate::delivery) of_domain: Option<Leave>,
    /// Held until the letter has an outcome, or goes back.
    pub(in crate::delivery) _batch: Batch,
}

/// The letters of one batch hold it together: it ends when the last lets go.
#[derive(Clone, Debug)]
pub(in crate::delivery) struct Batch {
    _held: threads::Sender<()>,
}

/// Waits for the end of a batch.
#[derive(Debug)]
pub(in crate::delivery) struct BatchEnd(threads::Receiver<()>);

impl Ready {
    /// Its envelope goes out.
    pub(in crate::delivery) fn goes(&mut self) {
        let leaves = self.leave.iter_mut().chain(&mut self.of_domain);
        leaves.for_each(Leave::goes);
    }
}

impl Batch {
    pub(in crate::delivery) fn begin() -> (Self, BatchEnd) {
        let (sender, receiver) = threads::channel();
        (Self { _held: sender }, BatchEnd(receiver))
    }
}

impl BatchEnd {
    /// Waits until every letter of the batch has let go of it.
    pub(in crate::delivery) fn wait(self) {
        // Nothing is ever sent: this ends when all senders are gone.
        let _ = self.0.recv();
    }
}

/// The end from which connections take letters.
#[derive(Debug)]
pub(in crate::delivery) struct Queue(Mutex<Ends>);

/// Those whose domain has let them go come first: its leave is short.
#[derive(Debug)]
struct Ends {
    first: mpsc::Receiver<Ready>,
    others: mpsc::Receiver<Ready>,
}

/// The end to which letters are given.
#[derive(Debug)]
pub(in crate::delivery) struct Hand {
    first: mpsc::Sender<Ready>,
    others: mpsc::Sender<Ready>,
}

impl Hand {
    /// Gives some letters, each when there is room. `None`: nobody takes any.
    pub(in crate::delivery) async fn give(&self, letters: Vec<Ready>) -> Option<()> {
        let (first, others): (Vec<_>, Vec<_>) = letters
            .into_iter()
            .partition(|letter| letter.of_domain.is_some());
        for letter in first {
            self.first.send(letter).await.ok()?;
        }
        if others.is_empty() {
            return Some(());
        }
        // Room for many at once: for each alone this thread would be woken each time.
        let room = self.others.reserve_many(others.len()).await.ok()?;
        for (place, letter) in room.zip(others) {
            place.send(letter);
        }
        Some(())
    }
}

impl Queue {
    pub(in crate::delivery) fn new() -> (Hand, Self) {
        let (to_first, first) = mpsc::channel(AHEAD);
        let (to_others, others) = mpsc::channel(AHEAD);
        let hand = Hand {
            first: to_first,
            others: to_others,
        };
        (hand, Self(Mutex::new(Ends { first, others })))
    }

    /// Waits for a letter. `None`: there will be none.
    pub(in crate::delivery) async fn next(&self) -> Option<Ready> {
        let mut ends = self.0.lock().await;
        let Ends { first, others } = &mut *ends;
        tokio::select! {
            biased;
            Some(ready) = first.recv() => Some(ready),
            Some(ready) = others.recv() => Some(ready),
            else => None,
        }
    }

    /// Takes a letter if there is one.
    pub(in crate::delivery) fn try_next(&self) -> Option<Ready> {
        let mut ends = self.0.try_lock().ok()?;
        ends.first
            .try_recv()
            .or_else(|_| ends.others.try_recv())
            .ok()
    }

    /// Lets go of all letters, and takes no more.
    pub(in crate::delivery) async fn close(&self) {
        let mut ends = self.0.lock().await;
        ends.first.close();
        ends.others.close();
        while ends.first.recv().await.is_some() {}
        while ends.others.recv().await.is_some() {}
    }
}
