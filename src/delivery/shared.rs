//! What all connections of a run share: what may go next, what goes back, how
//! the relay is doing, and why the run ends.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use tokio::time::{sleep, timeout};

use super::feed::queue::{Queue, Ready};
use super::harm::blocked::Blocked;
use super::harm::budget::Budget;
use super::harm::early::Early;
use super::later::Later;
use super::locked;
use super::options::{ABOUT_A_ROW, Ending, Options};
use super::pace::domains::{self, Domains};
use super::pace::{Full, Pace};
use super::progress::Progress;
use super::relay::health::{Health, Next, wants_fewer_connections};
use super::relay::memory::Memory;
use super::relay::rotation::Rotation;
use super::relay::words::{self, Delay, Span};
use super::run::Left;
use super::stop::Stop;
use crate::ledger::{Enrolment, Ledger, LedgerError, Lesson, Mark, State, Writer};
use crate::smtp::{Cause, Failure, Reply};

/// After so many connections lost with the same letter it waits for another time.
const MOST_RETURNS: u32 = 5;

/// How long the others wait for the connection that goes ahead.
const AHEAD: Duration = Duration::from_secs(5);

/// So many letters tell how fast a relay is.
const MEASURED_BY: u64 = 20;

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
    pub(super) early: Mutex<Early>,
    pub(super) blocked: Mutex<Blocked>,
    pub(super) budget: Mutex<Budget>,
    /// How often each letter went back unsent, of those that did.
    pub(super) returns: Mutex<HashMap<i64, u32>>,
    /// An earlier run could not log in, as far as is known.
    pub(super) login_was_refused: AtomicBool,
    /// Some letter went back, and is to be claimed again.
    pub(super) again: AtomicBool,
    /// Claims up to this one have letters in them that a person wants otherwise now.
    pub(super) outdated: AtomicU64,
    /// Connections that are open.
    pub(super) open: Arc<AtomicUsize>,
    /// Held by the connection that is the first to open.
    door: tokio::sync::Mutex<()>,
    /// Letters are left to a later run, though others may go: when that can be.
    pub(super) left_over: Mutex<Option<Later>>,
    pub(super) ending: Mutex<Option<Ending>>,
}

impl<L: Ledger + Send + 'static> Run<L> {
    /// A run that begins, with what those before it have left.
    pub(super) fn new(
        edition: &str,
        options: Options,
        memory: &Memory,
        writer: Writer<L>,
        queue: Queue,
        open: Arc<AtomicUsize>,
    ) -> Self {
        let most = memory.value(Lesson::LettersPerConnection, "");
        Self {
            edition: edition.to_owned(),
            queue,
            pace: Arc::new(memory.pace("", &options.rates)),
            domains: Domains::new(&options.domains, memory),
            stop: Stop::default(),
            progress: Arc::default(),
            health: Mutex::new(Health::new(options.backoff)),
            rotation: Mutex::new(Rotation::new(most)),
            used_up: Mutex::default(),
            early: Mutex::default(),
            blocked: Mutex::default(),
            budget: Mutex::default(),
            returns: Mutex::default(),
            login_was_refused: AtomicBool::new(memory.find(Lesson::Login, "").is_some()),
            again: AtomicBool::new(false),
            outdated: AtomicU64::new(0),
            open,
            door: tokio::sync::Mutex::default(),
            left_over: Mutex::default(),
            ending: Mutex::default(),
            writer,
            options,
        }
    }

    /// Who may ask for its end, and who looks on.
    pub(super) fn told_by(self, stop: &Stop, progress: &Arc<Progress>) -> Self {
        Self {
            stop: stop.of_a_run(),
            progress: Arc::clone(progress),
            ..self
        }
    }

    /// Lets go of the ledger, and says why the run has ended, and what it leaves to the next one.
    pub(super) fn end_of_all(self) -> (Option<Ending>, Left) {
        let now = Instant::now();
        let left_over = locked(&self.left_over).take().map(Ending::Later);
        let ending = locked(&self.ending).take().or(left_over);
        let speed = self.speed();
        let mut hourly = self.domains.hourly(now);
        hourly.push((String::new(), self.pace.hourly(now)));
        let left = Left {
            used_up: locked(&self.used_up).take(),
            halted: match &ending {
                Some(Ending::Halted(told)) => Some((self.edition, told.clone())),
                _ => None,
            },
            speed,
            hourly,
            account: self.options.account,
        };
        (ending, left)
    }

    /// How many letters a second go where nothing holds them up, if enough did to tell.
    pub(super) fn speed(&self) -> Option<f64> {
        let enough = self.progress.timed() >= MEASURED_BY;
        self.progress.speed().filter(|_| enough)
    }

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

    /// Another sweep begins, which may send what the one before has left.
    pub(super) fn leaves_nothing_yet(&self) {
        *locked(&self.left_over) = None;
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
            self.takes_connections(open, failure);
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
                let mut told = failure.with_advice();
                self.login_fails(failure, &told);
                if let Some(row) = row {
                    // Before the relay's words, which may name people and are cut off for cron.
                    told = format!(
                        "{ABOUT_A_ROW}{}:{} (if that is about this one recipient, suppress the address, and the others are sent to): {told}",
                        row.file, row.line
                    );
                }
                self.end(Ending::Relay(told));
                false
            }
        }
    }

    /// Where the relay wants a login and no connection is open, one goes ahead, and
    /// the others wait until it is open: a wrong login is not tried by all of them,
    /// who would be locked out for it. Not for long, since a server may be silent.
    pub(super) async fn goes_ahead(&self) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        let is_first = self.open.load(Ordering::SeqCst) == 0;
        if self.options.relay.login.is_none() || !is_first {
            return None;
        }
        let ahead = timeout(AHEAD, self.door.lock()).await.ok()?;
        (self.open.load(Ordering::SeqCst) == 0).then_some(ahead)
    }

    /// Waits until one may connect. Says whether the run is to end instead.
    pub(super) async fn asked_before_connecting(&self) -> bool {
        loop {
            match self.must_wait() {
                None => return self.stop.is_near(),
                Some(left) if self.stop.near_within(left).await => return true,
                Some(_) => {}
            }
        }
    }

    /// How long nobody may connect, if somebody has failed lately.
    pub(super) fn must_wait(&self) -> Option<Duration> {
        let not_before = locked(&self.health).not_before()?;
        not_before.checked_duration_since(Instant::now())
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
        let due = now + super::relay::health::jittered(pause.unwrap_or(Duration::from_secs(3_600)));
        let mark = |state, due, reply| Mark {
            letter: ready.claim.letter,
            state,
            due,
            told: Some((stage, reply)),
        };
        let since = ready.claim.deferred_since.unwrap_or(now);
        if due >= since + self.options.give_up_after {
            mark(State::Refused, None, format!("{reply} (given up)"))
        } else {
            mark(State::Deferred, Some(due), reply)
        }
    }
}
