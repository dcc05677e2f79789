//! A run: from an edition in the ledger to as many outcomes as can be had now.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::blocked::Blocked;
use super::budget::{Budget, Spent};
use super::domains::{self, Domains};
use super::early::Early;
use super::feeder::{self, Compose};
use super::health::{Health, Next, wants_fewer_connections};
use super::later::Later;
use super::locked;
use super::memory::{self, Memory};
use super::pace::{Full, Pace};
use super::progress::Progress;
use super::queue::{Queue, Ready};
use super::rotation::Rotation;
use super::stop::Stop;
use super::words::{self, Delay, Span};
use super::worker;
use tokio::time::sleep;

use crate::ledger::{Enrolment, Ledger, LedgerError, Lesson, Mark, State, Writer};
use crate::letter::{ComposeError, Frozen, Signer};
use crate::people::{Language, Secret};
use crate::settings::Rate;
use crate::smtp::{Cause, Failure, Relay, Reply};

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
    /// Ceilings for the recipients of some domains: A-labels in lower case.
    pub domains: Vec<(String, Vec<Rate>)>,
    /// The account that the letters are counted for, and what is learnt of it
    /// kept for; where none is named, no run remembers another.
    pub account: Option<String>,
    /// How long a run may stand still before it leaves the rest to a later one.
    pub patience: Duration,
    /// A person wants it sent whatever earlier runs have learnt; that is forgotten.
    pub anyway: bool,
    /// The most dots of this run.
    pub limit: Option<u64>,
    /// How long nobody connects after a first failure of the relay; then twice as long, and so on.
    pub backoff: Duration,
    /// When deferred letters are tried again.
    pub retry: Retry,
    /// How long the run waits for a deferred letter.
    pub retry_within: Duration,
    /// Up to this moment letters are deferred, then refused.
    pub give_up: SystemTime,
}

/// When letters are tried again that were deferred for one reason or another,
/// after the first deferral, the second, …; the last holds on.
#[derive(Clone, Debug)]
pub struct Retry {
    /// The relay has a trouble of its own.
    pub own: Vec<Duration>,
    /// It lets strangers wait (greylisting).
    pub greylisted: Vec<Duration>,
    /// Anything else: RFC 5321, 4.5.4.1, asks for half an hour.
    pub usual: Vec<Duration>,
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
    /// No letter may go for longer than the run waits.
    Later(Later),
    /// The relay can't be used.
    Relay(String),
    /// It was doing harm: nothing more goes without a person's word.
    Halted(String),
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
            Ending::Later(_) => "later",
            Ending::Relay(_) => "relay",
            Ending::Halted(_) => "halted",
            Ending::Ledger(_) => "ledger",
            Ending::Defect(_) => "defect",
        }
    }

    /// When a later run can go on, where this one could not.
    pub fn until(&self) -> Option<SystemTime> {
        match self {
            Ending::Later(later) => Some(later.until),
            _ => None,
        }
    }

    /// What was said of it.
    pub fn told(&self) -> Option<&str> {
        match self {
            Ending::Finished | Ending::Stopped | Ending::Limit => None,
            Ending::Later(later) => Some(&later.told),
            Ending::Relay(told)
            | Ending::Halted(told)
            | Ending::Ledger(told)
            | Ending::Defect(told) => Some(told),
        }
    }
}

/// Runs until there is nothing more to send now, or the run must end.
/// Gives the ledger back, all outcomes recorded, with how the run ended.
pub fn run<L: Ledger + Send + 'static>(
    mut ledger: L,
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
    let memory = match Memory::begin(&mut ledger, &options) {
        Ok(memory) => memory,
        Err(error) => return Ok((ledger, Ending::Ledger(error.to_string()))),
    };
    if let Some(halt) = memory.find(Lesson::Halt, &edition.id) {
        let told = halt.told.clone();
        return Ok((ledger, Ending::Halted(told)));
    }
    if let Some(later) = memory.rests(&options.rates, options.patience) {
        return Ok((ledger, Ending::Later(later)));
    }
    let taken = memory.value(Lesson::Connections, "").unwrap_or(u64::MAX);
    let taken = usize::try_from(taken).unwrap_or(usize::MAX).max(1);
    let connections = options.connections.min(taken);
    let (writer, ended) = Writer::start(ledger);
    let (sender, queue) = Queue::new();
    let run = Arc::new(Run {
        edition: edition.id.clone(),
        queue,
        pace: Arc::new(memory.pace("", &options.rates)),
        domains: Domains::new(&options.domains, &memory),
        left_over: Mutex::default(),
        health: Mutex::new(Health::new(options.backoff)),
        rotation: Mutex::new(Rotation::new(
            memory.value(Lesson::LettersPerConnection, ""),
        )),
        used_up: Mutex::default(),
        early: Mutex::default(),
        blocked: Mutex::default(),
        budget: Mutex::default(),
        returns: Mutex::default(),
        again: AtomicBool::new(false),
        outdated: AtomicU64::new(0),
        open: AtomicUsize::new(0),
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
        let workers: Vec<_> = (0..connections)
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
    let mut left = Left::default();
    let ending = Arc::into_inner(run).and_then(|run| {
        drop(run.writer);
        left = Left {
            account: run.options.account,
            used_up: locked(&run.used_up).take(),
            halted: match &*locked(&run.ending) {
                Some(Ending::Halted(told)) => Some((run.edition, told.clone())),
                _ => None,
            },
            hourly: run.domains.hourly(Instant::now()),
        };
        left.hourly
            .push((String::new(), run.pace.hourly(Instant::now())));
        let left_over = locked(&run.left_over).take().map(Ending::Later);
        let ending = run.ending.into_inner();
        ending.unwrap_or_else(PoisonError::into_inner).or(left_over)
    });
    // A panic there is a defect, and has taken the ledger along.
    let (mut ledger, result) = ended
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    let result = result.and_then(|()| left.for_the_next(&mut ledger));
    let ending = match (result, ending) {
        (Ok(Some(until)), Some(Ending::Later(later))) => Ending::Later(Later { until, ..later }),
        (Err(error), _) => Ending::Ledger(error.to_string()),
        (Ok(_), Some(ending)) => ending,
        (Ok(_), None) if asked => Ending::Stopped,
        (Ok(_), None) => Ending::Finished,
    };
    Ok((ledger, ending))
}

/// What a run leaves to the next one, besides the letters.
#[derive(Debug, Default)]
struct Left {
    account: Option<String>,
    used_up: Option<(Span, String)>,
    /// The edition whose run was ended for the harm that it did, and how.
    halted: Option<(String, String)>,
    /// How many letters an hour go to all (the empty domain) and to some domains.
    hourly: Vec<(String, Option<u64>)>,
}

impl Left {
    /// Writes it down. Returns when a quota has room again that is used up.
    fn for_the_next(self, ledger: &mut impl Ledger) -> Result<Option<SystemTime>, LedgerError> {
        let Some(account) = &self.account else {
            return Ok(None);
        };
        memory::grown_back(ledger, account, &self.hourly)?;
        if let Some((edition, told)) = self.halted {
            memory::learn_halt(ledger, account, edition, told)?;
        }
        match self.used_up {
            Some((span, told)) => memory::learn_quota(ledger, account, span, told).map(Some),
            None => Ok(None),
        }
    }
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
    pub(super) pace: Arc<Pace>,
    pub(super) domains: Domains,
    pub(super) stop: Stop,
    pub(super) progress: Arc<Progress>,
    pub(super) health: Mutex<Health>,
    pub(super) rotation: Mutex<Rotation>,
    /// The quota that the relay says is used up, and its words.
    pub(super) used_up: Mutex<Option<(Span, String)>>,
    early: Mutex<Early>,
    blocked: Mutex<Blocked>,
    pub(super) budget: Mutex<Budget>,
    /// How often each letter went back unsent, of those that did.
    returns: Mutex<HashMap<i64, u32>>,
    /// Some letter went back, and is to be claimed again.
    again: AtomicBool,
    /// Claims up to this one have letters in them that a person wants otherwise now.
    outdated: AtomicU64,
    /// Connections that are open.
    pub(super) open: AtomicUsize,
    /// Letters are left to a later run, though others may go: when that can be.
    left_over: Mutex<Option<Later>>,
    ending: Mutex<Option<Ending>>,
}

impl<L: Ledger + Send + 'static> Run<L> {
    /// Ends the run; the first reason counts.
    pub(super) fn end(&self, ending: Ending) {
        locked(&self.ending).get_or_insert(ending);
        self.stop.begin_nothing();
    }

    /// Leaves the letters of a domain to a later run.
    pub(super) fn leaves(&self, later: Later) {
        let mut first = locked(&self.left_over);
        if first.as_ref().is_none_or(|first| later.until < first.until) {
            *first = Some(later);
        }
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
    pub(super) fn went_well(&self, ready: &Ready) -> Vec<Mark> {
        locked(&self.health).well();
        self.pace.well();
        if let Some(pace) = self.domains.pace(domains::of(&ready.claim)) {
            pace.well();
        }
        locked(&self.budget).accepted();
        let mut marks = locked(&self.blocked).accepted();
        marks.extend(locked(&self.early).accepted());
        marks
    }

    /// Ends the run where too much has gone wrong: a relay that cuts connections
    /// may be tried again by itself, whatever does harm may not.
    pub(super) fn spends(&self, spent: Option<Spent>) {
        let Some(spent) = spent else { return };
        let told = spent.told(&self.edition);
        match spent {
            Spent::Cuts(..) => self.end(Ending::Relay(told)),
            // Whoever has said that they want it anyway has looked at the list.
            Spent::Refused(..) if self.options.anyway => {}
            Spent::Refused(..) | Spent::Doubts(..) => self.end(Ending::Halted(told)),
        }
    }

    /// Nobody can know what has become of a letter.
    pub(super) fn in_doubt(&self) {
        let spent = locked(&self.budget).in_doubt();
        self.spends(spent);
    }

    /// A connection was cut before its letter was handed over.
    pub(super) fn is_cut(&self) {
        let spent = locked(&self.budget).cut();
        self.spends(spent);
    }

    /// A letter was refused when the relay had read it.
    pub(super) fn refused_at_dot(&self, mark: Mark, reply: &Reply) {
        if let Some(count) = locked(&self.blocked).refused(mark, reply) {
            let edition = &self.edition;
            self.end(Ending::Halted(format!(
                "{count} of the last letters were refused in the same words, so it is this letter or its sender that is blocked, and nobody is charged; when that is mended, epistle send --anyway goes on with {edition}. The server said {reply}"
            )));
        }
    }

    /// A recipient was refused. Returns the marks that count now, if any does.
    pub(super) fn refused(&self, mark: Mark) -> Vec<Mark> {
        let told = mark.told.as_ref().map(|(_, reply)| reply.clone());
        let refused = locked(&self.early).refused(mark);
        match refused {
            Ok(marks) => {
                // Those that are held back are no harm yet: they end the run by themselves.
                if !marks.is_empty() {
                    let spent = locked(&self.budget).refused();
                    self.spends(spent);
                }
                marks
            }
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
        let mut marks = locked(&self.early).at_the_end();
        let refused = locked(&self.blocked).at_the_end();
        match refused {
            Ok(more) => marks.extend(more),
            Err(last) => {
                let (stage, reply) = last.told.unwrap_or_default();
                self.end(Ending::Relay(format!(
                    "it has refused every letter that it has read, and nobody is charged: at the {stage}, the server said {reply}"
                )));
            }
        }
        marks
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
        let open = self.open.load(Ordering::SeqCst);
        // Where others go on, this one only made it one too many.
        if open > 0 && wants_fewer_connections(failure) {
            self.takes_connections(open, &failure.to_string());
            return false;
        }
        if let Cause::Reply(reply) = &failure.cause
            && let Some(goes_on) = self.hears(reply, begun)
        {
            return goes_on;
        }
        let next = locked(&self.health).failed(failure, begun, Instant::now());
        match next {
            Next::Retry(until) => {
                self.progress.wait_until(until, failure.to_string());
                true
            }
            Next::End => {
                let mut told = failure.to_string();
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
                return Some(self.deferral(ready, told, None));
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

    /// Says whether nobody wants a letter otherwise now: no person, and no domain
    /// that has a pace of its own since the letter was claimed.
    fn is_worth_offering(&self, ready: &Ready) -> bool {
        let waits =
            || ready.of_domain.is_none() && self.domains.pace(domains::of(&ready.claim)).is_some();
        !self.is_outdated(ready.round) && !waits()
    }

    /// Waits until the pace lets a letter go. Says whether the run is to end instead.
    pub(super) async fn lets_go(&self, ready: &mut Ready) -> bool {
        loop {
            let changes = self.pace.changes();
            let full = match self.pace.take(Instant::now()) {
                Ok(leave) => {
                    ready.leave = Some(leave);
                    return self.stop.is_near();
                }
                Err(full) => full,
            };
            let wait = match full {
                Full::Until(until) => {
                    let wait = until.saturating_duration_since(Instant::now());
                    let why = self.pace.why(&self.options.rates);
                    if wait <= self.options.patience {
                        self.progress.wait_until(until, why);
                    } else if !self.pace.is_under_way() {
                        self.end(Ending::Later(Later::after(wait, why)));
                        return true;
                    }
                    wait
                }
                Full::UnderWay => Duration::MAX, // it changes when that has landed
            };
            tokio::select! {
                () = self.stop.near() => return true,
                () = changes => {}
                () = sleep(wait) => {}
            }
        }
    }

    /// Waits for a letter that is worth offering. `None`: there will be none.
    pub(super) async fn next(&self) -> Option<Ready> {
        loop {
            let ready = self.queue.next().await?;
            if self.is_worth_offering(&ready) {
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
        let leave = self.pace.take(Instant::now()).ok()?;
        while let Some(mut ready) = self.queue.try_next() {
            if self.is_worth_offering(&ready) {
                ready.leave = Some(leave);
                return Some(ready);
            }
            self.goes_back(&ready, false);
        }
        None
    }

    /// A letter is tried again later, or given up.
    pub(super) fn deferral(
        &self,
        ready: &Ready,
        told: (String, String),
        reply: Option<&Reply>,
    ) -> Mark {
        locked(&self.budget).deferred();
        let now = SystemTime::now();
        let retry = match reply.map_or(Delay::Own, words::delay) {
            Delay::Own => &self.options.retry.own,
            Delay::Greylisted => &self.options.retry.greylisted,
            Delay::Usual => &self.options.retry.usual,
        };
        let (stage, reply) = told;
        let tries = usize::try_from(ready.claim.deferrals).unwrap_or(usize::MAX);
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
