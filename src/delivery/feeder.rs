//! The thread that looks for letters to send, composes them, and hands them to
//! the connections: sweep after sweep over the edition until nothing is left
//! that can be sent now.

use std::time::{Duration, SystemTime};

use tokio::runtime::Handle;
use tokio::sync::mpsc::Sender;

use super::compose::{Compose, HANDFUL};
use super::queue::{Batch, Ready};
use super::run::{Ending, FeedError, Run};
use crate::ledger::Ledger;

/// How many letters are claimed at once where nothing asks for fewer.
const CLAIM: usize = 500;

/// Feeds the connections of a run until there is nothing left for it.
pub(super) fn feed<L: Ledger + Send + 'static>(
    run: &Run<L>,
    handle: &Handle,
    compose: &Compose<'_>,
    queue: &Sender<Ready>,
) -> Result<(), FeedError> {
    let edition = run.edition.clone();
    let total = run.writer.call(move |ledger| ledger.counts(&edition))?;
    run.progress.expect(total.still_to_send());
    let mut round = 0;
    loop {
        if sweep(run, handle, compose, queue, &mut round)?.is_none() {
            return Ok(());
        }
        let held_back = run.held_back();
        handle.block_on(run.record(held_back))?;
        if run.takes_again() && !run.stop.is_near() {
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
    compose: &Compose<'_>,
    queue: &Sender<Ready>,
    round: &mut u64,
) -> Result<Option<()>, FeedError> {
    let (whole, whole_end) = Batch::begin();
    let in_batches = !run.options.pause.is_zero() || run.options.limit.is_some();
    let mut after = 0;
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
            _ => CLAIM,
        };
        if run.stop.is_near() {
            return Ok(None);
        }
        let edition = run.edition.clone();
        let now = SystemTime::now();
        let claims = run
            .writer
            .call(move |ledger| ledger.claim(&edition, after, most, now))?;
        let Some(last) = claims.last() else { break };
        after = last.letter;
        *round += 1;
        let is_last = claims.len() < most;
        let batch = in_batches.then(Batch::begin);
        let mut claims = claims.into_iter();
        while claims.len() > 0 {
            // Room for many at once: for each alone this thread would be woken each time.
            let room = handle.block_on(queue.reserve_many(claims.len().min(HANDFUL)));
            let Ok(room) = room else {
                return Ok(None); // the connections have ended
            };
            if run.is_outdated(*round) {
                run.claim_again();
                break;
            }
            let handful: Vec<_> = claims.by_ref().take(room.len()).collect();
            let letters = compose.letters(&handful)?;
            for ((place, claim), letter) in room.zip(handful).zip(letters) {
                let batch = batch.as_ref().map_or(&whole, |(batch, _)| batch).clone();
                place.send(Ready {
                    claim,
                    letter,
                    round: *round,
                    _batch: batch,
                });
            }
        }
        if let Some((batch, end)) = batch {
            drop(batch);
            end.wait();
            if !is_last && run.dots_left() != Some(0) {
                pause(run, handle);
            }
        }
    }
    drop(whole);
    whole_end.wait();
    Ok(Some(()))
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
        let until = std::time::Instant::now() + pause;
        run.progress
            .wait_until(until, "the pause between two batches".to_owned());
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
    let until = std::time::Instant::now() + left;
    run.progress
        .wait_until(until, "deferred letters are tried again".to_owned());
    Ok(!handle.block_on(run.stop.near_within(left)))
}
