//! The thread that looks for letters to send and has them composed for the
//! connections: sweep after sweep over the edition until nothing is left that
//! can be sent now.

pub(super) mod compose;
mod pool;
pub(super) mod queue;
mod streams;

use std::time::{Duration, Instant, SystemTime};

use tokio::runtime::Handle;

use super::options::Ending;
use super::shared::Run;
use crate::ledger::{Ledger, LedgerError};
use crate::letter::ComposeError;
use compose::Compose;
use pool::{HANDFUL, Pool};
use queue::{Batch, Hand};
use streams::{Next, Streams};

/// Why composing ended early.
#[derive(Debug, thiserror::Error)]
pub(super) enum FeedError {
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Compose(#[from] ComposeError),
    #[error("the row of a letter in the ledger can't be understood: {0}")]
    Row(String),
}

/// How soon it is looked again whether a letter to some domain may go: a pace may change.
const LOOKS_AGAIN: Duration = Duration::from_secs(1);

/// Feeds the connections of a run until there is nothing left for it.
pub(super) fn feed<L: Ledger + Send + 'static>(
    run: &Run<L>,
    handle: &Handle,
    compose: &Compose<'_>,
    queue: &Hand,
) -> Result<(), FeedError> {
    pool::with(compose, handle, queue, |pool| all_sweeps(run, handle, pool))
}

fn all_sweeps<L: Ledger + Send + 'static>(
    run: &Run<L>,
    handle: &Handle,
    pool: &Pool<'_>,
) -> Result<(), FeedError> {
    let edition = run.edition.clone();
    let total = run.writer.call(move |ledger| {
        let in_vain = ledger.pending_in_vain(&edition)?;
        Ok(ledger
            .counts(&edition)?
            .still_to_send()
            .saturating_sub(in_vain))
    })?;
    run.progress.expect(total);
    let mut streams = Streams::default();
    loop {
        if sweep(run, handle, pool, &mut streams)?.is_none() {
            return Ok(());
        }
        if run.stop.is_near() {
            return Ok(()); // not all have been tried, so what is held back charges nobody
        }
        let held_back = run.held_back();
        handle.block_on(run.record(held_back))?;
        if run.takes_again() {
            pause(run, handle); // those that went back are a batch like any other
            continue;
        }
        if !waits_for_deferred(run, handle)? {
            return Ok(());
        }
    }
}

/// Hands over every letter that may be sent now, and waits until each has an
/// outcome. Nothing: the run is to end.
fn sweep<L: Ledger + Send + 'static>(
    run: &Run<L>,
    handle: &Handle,
    pool: &Pool<'_>,
    streams: &mut Streams,
) -> Result<Option<()>, FeedError> {
    let (whole, whole_end) = Batch::begin();
    let in_batches = !run.options.pause.is_zero() || run.options.limit.is_some();
    ripen(run)?;
    run.leaves_nothing_yet();
    streams.begin();
    loop {
        let most = match run.dots_left() {
            Some(0) => {
                pass_over_suppressed(run)?;
                run.end(Ending::Limit);
                return Ok(None);
            }
            left if in_batches => left
                .and_then(|left| usize::try_from(left).ok())
                .unwrap_or(usize::MAX)
                .min(run.options.batch),
            _ => usize::MAX,
        };
        let batch = in_batches.then(Batch::begin);
        let of = batch.as_ref().map_or(&whole, |(batch, _)| batch);
        let Some(is_last) = hand_over(run, handle, pool, streams, most, of)? else {
            return Ok(None);
        };
        if let Some((batch, end)) = batch {
            drop(batch);
            end.wait();
            pool.check()?;
        }
        if is_last {
            break;
        }
        if run.dots_left() != Some(0) && !streams.is_over(run, most)? {
            pause(run, handle);
        }
    }
    drop(whole);
    whole_end.wait();
    pool.check()?;
    Ok(Some(()))
}

/// Hands over the letters of one batch. Says whether those are the last of the
/// sweep. Nothing: the run is to end.
fn hand_over<L: Ledger + Send + 'static>(
    run: &Run<L>,
    handle: &Handle,
    pool: &Pool<'_>,
    streams: &mut Streams,
    most: usize,
    batch: &Batch,
) -> Result<Option<bool>, FeedError> {
    let mut handed = 0;
    while handed < most {
        if run.stop.is_near() {
            return Ok(None);
        }
        let left = most - handed; // `handed` is less
        let given = match streams.next(run, HANDFUL.min(left), left)? {
            Next::Letters(given) => given,
            Next::Wait(until, why) => {
                run.progress.wait_until(until, why);
                let wait = until.saturating_duration_since(Instant::now());
                handle.block_on(run.stop.near_within(wait.min(LOOKS_AGAIN)));
                continue;
            }
            Next::End => return Ok(Some(true)),
        };
        handed += given.len();
        if pool.take(given, batch)?.is_none() {
            return Ok(None); // the connections have ended
        }
    }
    Ok(Some(false))
}

/// Lets deferred letters whose time has come be claimed: before a sweep, and not
/// within one, which would leave those behind that are before its place.
fn ripen<L: Ledger + Send + 'static>(run: &Run<L>) -> Result<(), FeedError> {
    let edition = run.edition.clone();
    let now = SystemTime::now();
    run.writer.call(move |ledger| ledger.ripen(&edition, now))?;
    Ok(())
}

/// Marks those who must not be written to, as the end of a sweep does: else a
/// limit that reaches everybody would leave them for a run that has nothing to send.
fn pass_over_suppressed<L: Ledger + Send + 'static>(run: &Run<L>) -> Result<(), FeedError> {
    let edition = run.edition.clone();
    let behind_all = i64::MAX;
    let now = SystemTime::now();
    run.writer
        .call(move |ledger| ledger.claim(&edition, behind_all, 1, now))?;
    Ok(())
}

fn pause<L: Ledger + Send + 'static>(run: &Run<L>, handle: &Handle) {
    let pause = run.options.pause;
    if !pause.is_zero() {
        let until = Instant::now() + pause;
        run.progress.pause_until(until);
        run.learns_speed(); // whoever looks on from outside can't tell it from the pauses
        handle.block_on(run.stop.near_within(pause));
    }
}

/// Waits for the next deferred letter, if that is worth it. Says whether there is one now.
fn waits_for_deferred<L: Ledger + Send + 'static>(
    run: &Run<L>,
    handle: &Handle,
) -> Result<bool, FeedError> {
    let edition = run.edition.clone();
    let due = run.writer.call(move |ledger| ledger.next_due(&edition))?;
    let Some(due) = due else { return Ok(false) };
    // What is due already is waited for a moment, so that no clock makes this spin.
    let left = due.duration_since(SystemTime::now()).unwrap_or_default();
    let left = left.max(Duration::from_millis(1));
    if left > run.options.retry_within {
        return Ok(false);
    }
    let until = Instant::now() + left;
    run.progress
        .wait_until(until, "deferred letters are tried again".to_owned());
    Ok(!handle.block_on(run.stop.near_within(left)))
}
