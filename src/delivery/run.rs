//! A run: from an edition in the ledger to as many outcomes as can be had now.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::compose::Compose;
use super::early::Early;
use super::feeder;
use super::health::{Health, Next, wants_fewer_connections};
use super::pace::Pace;
use super::progress::Progress;
use super::queue::{Queue, Ready};
use super::stop::Stop;
use super::worker;
use crate::ledger::{Enrolment, Ledger, LedgerError, Mark, State, Writer};
use crate::letter::{ComposeError, Frozen, Signer};
use crate::people::{Language, Secret};
use crate::settings::Rate;
use crate::smtp::{Failure, Relay};

/// After so many connections lost with the same letter it waits for another time.
const MOST_RETURNS: u32 = 5;

/// How letters are to be sent.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to.
    pub relay: Relay,
    /// The most connections at once.
    pub connections: usize,
    /// The letters of a batch, where batches matter: with a pause or a limit.
    pub batch: usize,
    /// The pause between two batches.
    pub pause: Duration,
    /// Ceilings over all connections.
    pub rates: Vec<Rate>,
    /// The most dots of this run.
    pub limit: Option<u64>,
    /// How long nobody connects after a first failure of the relay; then twice as long, and so on.
    pub backoff: Duration,
    /// When deferred letters are tried again, after the first deferral, the second, …; the last holds on.
    pub retry: Vec<Duration>,
    /// How long the run waits for a deferred letter.
    pub retry_within: Duration,
    /// Up to this moment letters are deferred, then refused.
    pub give_up: SystemTime,
}

/// What an edition's letters are made from.
#[derive(Debug)]
pub struct Edition {
    /// What tells it from all others.
    pub id: String,
    /// Each language; the first is the base.
    pub versions: Vec<(Language, Frozen)>,
}

/// How a run ended.
#[derive(Debug)]
pub enum Ending {
    /// There is nothing more to send now.
    Finished,
    /// Somebody asked for it.
    Stopped,
    /// As many letters went as were asked for.
    Limit,
    /// The relay can't be used.
    Relay(String),
    /// The ledger can't be used, or what it holds can't be understood.
    Ledger(String),
    /// A part of the program has failed.
    Defect(String),
}

impl Ending {
    /// Its name in a report.
    pub fn name(&self) -> &'static str {
        match self {
            Ending::Finished => "finished",
            Ending::Stopped => "stopped",
            Ending::Limit => "limit",
            Ending::Relay(_) => "relay",
            Ending::Ledger(_) => "ledger",
            Ending::Defect(_) => "defect",
        }
    }

    /// What was said of it.
    pub fn told(&self) -> Option<&str> {
        match self {
            Ending::Finished | Ending::Stopped | Ending::Limit => None,
            Ending::Relay(told) | Ending::Ledger(told) | Ending::Defect(told) => Some(told),
        }
    }
}

/// Runs until there is nothing more to send now, or the run must end.
/// Gives the ledger back, all outcomes recorded, with how the run ended.
pub fn run<L: Ledger + Send + 'static>(
    ledger: L,
    edition: Edition,
    secret: Secret,
    signer: Signer,
    options: Options,
    stop: &Stop,
    progress: &Arc<Progress>,
) -> std::io::Result<(L, Ending)> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        // All wait for the ledger together; a second thread would mostly be woken in vain.
        .worker_threads(1)
        .enable_all()
        .build()?;
    let (writer, ended) = Writer::start(ledger);
    let (sender, queue) = Queue::new();
    let run = Arc::new(Run {
        edition: edition.id.clone(),
        queue,
        pace: Pace::new(&options.rates),
        health: Mutex::new(Health::new(options.backoff)),
        early: Mutex::default(),
        returns: Mutex::default(),
        again: AtomicBool::new(false),
        outdated: AtomicU64::new(0),
        open: AtomicUsize::new(0),
        door: tokio::sync::Mutex::default(),
        ending: Mutex::new(None),
        stop: stop.of_a_run(),
        progress: Arc::clone(progress),
        writer,
        options,
    });

    let composing = {
        let (run, handle) = (Arc::clone(&run), runtime.handle().clone());
        std::thread::spawn(move || {
            let compose = Compose::new(&edition.versions, &secret, &signer)?;
            feeder::feed(&run, &handle, &compose, &sender)
        })
    };
    runtime.block_on(async {
        let workers: Vec<_> = (0..run.options.connections)
            .map(|_| tokio::spawn(worker::work(Arc::clone(&run))))
            .collect();
        for worker in workers {
            if let Err(error) = worker.await {
                run.end(Ending::Defect(error.to_string()));
            }
        }
        run.queue.close().await;
    });
    match composing.join() {
        Ok(Ok(())) => {}
        Ok(Err(error)) => run.end(Ending::Ledger(error.to_string())),
        Err(_) => run.end(Ending::Defect("composing failed".to_owned())),
    }
    runtime.shutdown_timeout(Duration::from_secs(1));
    let asked = stop.is_asked();
    // Every task has ended, so this is the last to know the run and its writer.
    let ending = Arc::into_inner(run).and_then(|run| {
        drop(run.writer);
        run.ending
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    });
    // A panic there is a defect, and has taken the ledger along.
    let (ledger, result) = ended
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    let ending = match (result, ending) {
        (Err(error), _) => Ending::Ledger(error.to_string()),
        (Ok(()), Some(ending)) => ending,
        (Ok(()), None) if asked => Ending::Stopped,
        (Ok(()), None) => Ending::Finished,
    };
    Ok((ledger, ending))
}

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

/// What all connections of a run share.
#[derive(Debug)]
pub(super) struct Run<L> {
    pub(super) edition: String,
    pub(super) options: Options,
    pub(super) writer: Writer<L>,
    pub(super) queue: Queue,
    pub(super) pace: Pace,
    pub(super) stop: Stop,
    pub(super) progress: Arc<Progress>,
    health: Mutex<Health>,
    early: Mutex<Early>,
    /// How often each letter went back unsent, of those that did.
    returns: Mutex<HashMap<i64, u32>>,
    /// Some letter went back, and is to be claimed again.
    again: AtomicBool,
    /// Claims up to this one have letters in them that a person wants otherwise now.
    outdated: AtomicU64,
    /// Connections that are open.
    pub(super) open: AtomicUsize,
    /// Held by the connection that is the first to open.
    door: tokio::sync::Mutex<()>,
    ending: Mutex<Option<Ending>>,
}

/// A lock's content, whatever the thread before was doing when it panicked: a panic ends the run anyway.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<L: Ledger + Send + 'static> Run<L> {
    /// Ends the run; the first reason counts.
    pub(super) fn end(&self, ending: Ending) {
        locked(&self.ending).get_or_insert(ending);
        self.stop.begin_nothing();
    }

    /// Makes marks durable, and counts them. Returns the letters that a person wants otherwise.
    pub(super) async fn record(&self, marks: Vec<Mark>) -> Result<Vec<i64>, LedgerError> {
        if marks.is_empty() {
            return Ok(Vec::new());
        }
        let mine: Vec<_> = marks.iter().map(|mark| (mark.letter, mark.state)).collect();
        let passed_over = self.writer.record(marks).await;
        let passed_over = passed_over.inspect_err(|_| self.stop.give_up())?;
        let mut kept = Vec::new();
        for (letter, state) in mine {
            if passed_over.contains(&letter) {
                self.progress.count(State::Cancelled);
                kept.push(letter);
            } else {
                self.progress.count(state);
            }
        }
        Ok(kept)
    }

    /// A letter was taken. Returns the refusals that now count.
    pub(super) fn went_well(&self) -> Vec<Mark> {
        locked(&self.health).well();
        locked(&self.early).accepted()
    }

    /// A recipient was refused. Returns the marks that count now, if any does.
    pub(super) fn refused(&self, mark: Mark) -> Vec<Mark> {
        let told = mark.told.as_ref().map(|(_, reply)| reply.clone());
        match locked(&self.early).refused(mark) {
            Ok(marks) => marks,
            Err(count) => {
                let reply = told.unwrap_or_default();
                self.end(Ending::Relay(format!(
                    "it has refused the first {count} recipients, which is more likely its own fault or ours (where they really are gone, epistle cancel drops what is left); the last time it said {reply}"
                )));
                Vec::new()
            }
        }
    }

    /// The refusals that were held back, at the end of a sweep.
    pub(super) fn held_back(&self) -> Vec<Mark> {
        locked(&self.early).at_the_end()
    }

    /// Something failed that was begun at `begun`. Says whether this connection may try again.
    pub(super) fn failed(&self, failure: &Failure, begun: Instant) -> bool {
        self.failed_at(failure, begun, None)
    }

    /// The same for the letter of one row of a list.
    pub(super) fn failed_at(
        &self,
        failure: &Failure,
        begun: Instant,
        row: Option<&Enrolment>,
    ) -> bool {
        // Where others go on, this one only made it one too many.
        if wants_fewer_connections(failure) && self.open.load(Ordering::SeqCst) > 0 {
            return false;
        }
        let next = locked(&self.health).failed(failure, begun, Instant::now());
        match next {
            Next::Retry(until) => {
                self.progress.wait_until(until, failure.to_string());
                true
            }
            Next::End => {
                let mut told = failure.with_advice();
                if let Some(row) = row {
                    // Before the relay's words, which may name people and are cut off for cron.
                    told = format!(
                        "the letter for {}:{} (if that is about this one recipient, suppress the address, and the others are sent to): {told}",
                        row.file, row.line
                    );
                }
                self.end(Ending::Relay(told));
                false
            }
        }
    }

    /// Where no connection is open, one goes ahead, and the others wait until it
    /// is open: a wrong login is not tried by all of them, who would be locked out for it.
    pub(super) async fn goes_ahead(&self) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        if self.open.load(Ordering::SeqCst) > 0 {
            return None;
        }
        let ahead = self.door.lock().await;
        (self.open.load(Ordering::SeqCst) == 0).then_some(ahead)
    }

    /// Waits until one may connect. Says whether the run is to end instead.
    pub(super) async fn asked_before_connecting(&self) -> bool {
        loop {
            let not_before = locked(&self.health).not_before();
            let left = not_before.and_then(|at| at.checked_duration_since(Instant::now()));
            match left {
                None => return self.stop.is_near(),
                Some(left) if self.stop.near_within(left).await => return true,
                Some(_) => {}
            }
        }
    }

    /// A letter goes back unsent: it is claimed again when all others are done,
    /// so the caller keeps it until what it owes is recorded. Where that has
    /// happened too often, returns that it is to wait longer.
    pub(super) fn goes_back(&self, ready: &Ready, was_tried: bool) -> Option<Mark> {
        let letter = ready.claim.letter;
        if was_tried {
            let mut returns = locked(&self.returns);
            let count = returns.entry(letter).or_insert(0);
            *count += 1;
            if *count >= MOST_RETURNS {
                returns.remove(&letter);
                let told = (
                    "body".to_owned(),
                    "the connection was lost each time".to_owned(),
                );
                return Some(self.deferral(ready, told));
            }
        }
        self.claim_again();
        None
    }

    /// Some letter is still to be sent that has been claimed before.
    pub(super) fn claim_again(&self) {
        self.again.store(true, Ordering::SeqCst);
    }

    /// Says whether letters went back since it was asked last.
    pub(super) fn takes_again(&self) -> bool {
        self.again.swap(false, Ordering::SeqCst)
    }

    /// A person wants a letter otherwise that came by this claim. The others of
    /// it are claimed anew, since each that has been offered for nothing costs a connection.
    pub(super) fn outdates(&self, round: u64) {
        self.outdated.fetch_max(round, Ordering::SeqCst);
    }

    /// Says whether the letters of a claim are to be claimed anew.
    pub(super) fn is_outdated(&self, round: u64) -> bool {
        round <= self.outdated.load(Ordering::SeqCst)
    }

    /// Waits for a letter that is worth offering. `None`: there will be none.
    pub(super) async fn next(&self) -> Option<Ready> {
        loop {
            let ready = self.queue.next().await?;
            if !self.is_outdated(ready.round) {
                return Some(ready);
            }
            self.goes_back(&ready, false);
        }
    }

    /// A dot goes out.
    pub(super) fn count_dot(&self) {
        self.progress.count_dot();
    }

    /// How many dots may still go out; `None`: as many as there are letters.
    pub(super) fn dots_left(&self) -> Option<u64> {
        let dots = self.progress.dots();
        self.options.limit.map(|limit| limit.saturating_sub(dots))
    }

    /// Takes the next letter, if there is one and the pace lets it go at once.
    pub(super) fn next_at_once(&self) -> Option<Ready> {
        if self.stop.is_near() {
            return None;
        }
        self.pace.take(Instant::now()).ok()?;
        while let Some(ready) = self.queue.try_next() {
            if !self.is_outdated(ready.round) {
                return Some(ready);
            }
            self.goes_back(&ready, false);
        }
        self.pace.give_back();
        None
    }

    /// A letter is tried again later, or given up.
    pub(super) fn deferral(&self, ready: &Ready, told: (String, String)) -> Mark {
        let now = SystemTime::now();
        let (stage, reply) = told;
        let tries = usize::try_from(ready.claim.deferrals).unwrap_or(usize::MAX);
        let retry = &self.options.retry;
        let pause = retry.get(tries).or(retry.last()).copied();
        let due = now + super::health::jittered(pause.unwrap_or(Duration::from_secs(3_600)));
        let mark = |state, due, reply| Mark {
            letter: ready.claim.letter,
            state,
            due,
            told: Some((stage, reply)),
        };
        if due >= self.options.give_up {
            mark(State::Refused, None, format!("{reply} (given up)"))
        } else {
            mark(State::Deferred, Some(due), reply)
        }
    }
}
