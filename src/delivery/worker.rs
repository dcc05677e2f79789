//! One connection: it takes letters, sends them, and makes each outcome durable
//! before the next letter's body begins.
//!
//! The order is what the promise rests on. Between the answer to one dot and
//! the first byte of the next body stands one commit: the outcome of the one,
//! and that the other is `started`. What is `started` and has no outcome when a
//! run ends was in flight, at most one letter a connection; nothing else can
//! have been.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::time::timeout;

use super::feed::queue::Ready;
use super::relay::judge::{Verdict, judge};
use super::relay::words::{self, Enough};
use super::shared::Run;
use crate::ledger::{Enrolment, Ledger, LedgerError, Mark, State};
use crate::smtp::{Cause, Enhanced, Failure, Offer, Reply, Session, Stage};

/// How long an outcome waits for the answer to the next envelope, to be committed with it.
const MOMENT: Duration = Duration::from_millis(50);

/// How long an idle connection is kept.
const IDLE: Duration = Duration::from_secs(20);

/// What a connection needs to know of itself.
struct Worker<L> {
    run: Arc<Run<L>>,
    session: Option<Session>,
    /// Letters that this session has handed over.
    delivered: u64,
    /// Letters whose envelope the relay has answered on it.
    offered: u64,
    /// The letter with which a session was lost that had worked: the next begins with it.
    held: Option<Ready>,
    /// The run goes on without this connection.
    retires: bool,
}

/// This connection has no more to do.
struct Done;

impl From<LedgerError> for Done {
    /// The writer's task tells how the ledger failed.
    fn from(_: LedgerError) -> Self {
        Self
    }
}

/// Sends letters until there are none, or the run ends.
pub(super) async fn work<L: Ledger + Send + 'static>(run: Arc<Run<L>>) {
    let mut worker = Worker {
        run,
        session: None,
        delivered: 0,
        offered: 0,
        held: None,
        retires: false,
    };
    while worker.letters().await.is_ok() {}
    if let Some(session) = worker.hang_up() {
        session.quit().await;
    }
}

impl<L: Ledger + Send + 'static> Worker<L> {
    /// Takes a letter and sends it, and as many behind it as go without a pause.
    async fn letters(&mut self) -> Result<(), Done> {
        let mut ready = self.next().await.ok_or(Done)?;
        if !self.connect().await {
            self.run.goes_back(&ready, false);
            return Err(Done);
        }
        let mut owed = Vec::new();
        loop {
            let begun = Instant::now();
            ready.goes();
            let offer = self.offer(&ready, &mut owed).await?;
            self.offered += u64::from(offer.is_ok());
            match offer {
                Ok(Offer::Ready) => {}
                Ok(Offer::Refused { stage, reply }) => {
                    let mark = self.judged(&ready, stage, &reply, begun);
                    owed.extend(mark);
                    self.run.record(owed).await?;
                    if self.session.as_ref().is_some_and(Session::is_over) {
                        drop(self.hang_up());
                    }
                    self.rotate().await;
                    return self.go_on();
                }
                Err(failure) => {
                    self.lost(ready, failure, begun, owed).await?;
                    return self.go_on();
                }
            }

            if self.run.stop.is_near() {
                // Its envelope is open: only the end of the connection takes it back.
                drop(self.hang_up());
                self.run.goes_back(&ready, false);
                self.run.record(owed).await?;
                return Err(Done);
            }
            owed.push(mark(&ready, State::Started, None));
            let passed_over = self.run.record(std::mem::take(&mut owed)).await?;
            if passed_over.contains(&ready.claim.letter) {
                drop(self.hang_up()); // a person wants it otherwise: the envelope ends unused
                self.run.outdates(ready.round);
                return Ok(());
            }
            let mut next = (self.offered < self.run.most_on_connection())
                .then(|| self.run.next_at_once())
                .flatten();
            next.iter_mut().for_each(Ready::goes);
            let answer = self.transmit(&ready, next.as_ref()).await;
            let reply = match answer {
                Ok(reply) => reply,
                Err(failure) => {
                    if let Some(next) = next {
                        self.run.goes_back(&next, false);
                    }
                    self.lost_in_flight(ready, failure, begun).await?;
                    return self.go_on();
                }
            };
            self.run.progress.took(begun.elapsed());
            owed = self.judged(&ready, Stage::Dot, &reply, begun);
            match next {
                Some(next) if self.session.is_some() => ready = next,
                next => {
                    if let Some(next) = next {
                        self.run.goes_back(&next, false);
                    }
                    self.run.record(owed).await?;
                    self.rotate().await;
                    return self.go_on();
                }
            }
        }
    }

    /// Ends a connection that the relay would end at the next letter.
    async fn rotate(&mut self) {
        if self.offered >= self.run.most_on_connection()
            && let Some(session) = self.hang_up()
        {
            self.run.ended_in_time();
            session.quit().await;
        }
    }

    fn go_on(&self) -> Result<(), Done> {
        if self.retires || self.run.stop.is_near() {
            Err(Done)
        } else {
            Ok(())
        }
    }

    /// Waits for a letter that the pace lets go; hangs up where that takes long.
    async fn next(&mut self) -> Option<Ready> {
        if let Some(held) = self.held.take() {
            return Some(held);
        }
        let run = Arc::clone(&self.run);
        let mut coming = pin!(async {
            let mut ready = tokio::select! {
                ready = run.next() => ready?,
                () = run.stop.near() => return None,
            };
            if run.lets_go(&mut ready).await {
                run.goes_back(&ready, false);
                return None;
            }
            Some(ready)
        });
        match timeout(IDLE, &mut coming).await {
            Ok(ready) => ready,
            Err(_) => {
                if let Some(session) = self.hang_up() {
                    session.quit().await;
                }
                coming.await
            }
        }
    }

    /// Opens the session if there is none. Says whether there is one.
    async fn connect(&mut self) -> bool {
        while self.session.is_none() {
            let run = Arc::clone(&self.run);
            if run.asked_before_connecting().await {
                return false;
            }
            let _ahead = run.goes_ahead().await;
            if run.stop.is_near() || run.must_wait().is_some() {
                continue; // the one that went ahead has failed
            }
            let begun = Instant::now();
            let opened = tokio::select! {
                opened = Session::open(&self.run.options.relay) => opened,
                () = self.run.stop.near() => return false,
            };
            match opened {
                Ok(session) => {
                    self.run.open.fetch_add(1, Ordering::SeqCst);
                    self.run.login_works();
                    self.session = Some(session);
                    self.delivered = 0;
                    self.offered = 0;
                }
                Err(failure) if self.run.failed(&failure, begun) => {}
                Err(_) => return false,
            }
        }
        true
    }

    /// Ends the session on our side.
    fn hang_up(&mut self) -> Option<Session> {
        let session = self.session.take();
        if session.is_some() {
            self.run.open.fetch_sub(1, Ordering::SeqCst);
        }
        session
    }

    /// Offers a letter. What is owed is committed alone where the answer takes its time.
    async fn offer(
        &mut self,
        ready: &Ready,
        owed: &mut Vec<Mark>,
    ) -> Result<Result<Offer, Failure>, Done> {
        let Some(session) = &mut self.session else {
            return Err(Done); // `connect` has opened it
        };
        let mut offering = pin!(session.offer(&ready.letter.envelope, ready.letter.bytes.len()));
        if let Ok(offer) = timeout(MOMENT, &mut offering).await {
            return Ok(offer);
        }
        self.run.record(std::mem::take(owed)).await?;
        tokio::select! {
            offer = offering => Ok(offer),
            () = self.run.stop.near() => Err(Done), // nothing of it was sent
        }
    }

    /// Hands over the message. `Err` with the stage of the dot leaves it in doubt.
    async fn transmit(&mut self, ready: &Ready, next: Option<&Ready>) -> Result<Reply, Failure> {
        let given_up = |stage| Failure {
            stage,
            cause: Cause::GivenUp,
        };
        let Some(session) = &mut self.session else {
            return Err(given_up(Stage::Mail)); // `connect` has opened it
        };
        let next = next.map(|next| (&next.letter.envelope, next.letter.bytes.len()));
        self.run.count_dot();
        tokio::select! {
            answer = session.transmit(&ready.letter.bytes, next) => answer,
            () = self.run.stop.out_of_patience() => Err(given_up(Stage::Dot)),
        }
    }

    /// What a complete reply makes of a letter: the marks to record.
    fn judged(&mut self, ready: &Ready, stage: Stage, reply: &Reply, begun: Instant) -> Vec<Mark> {
        let told = (name(stage), reply.to_string());
        if self.run.slows_domain(reply, ready, begun) {
            if reply.code == 421 {
                drop(self.hang_up()); // the relay has ended it
            }
            return vec![self.run.deferral(ready, told, Some(reply))];
        }
        match judge(stage, reply) {
            Verdict::Accepted => {
                self.delivered += 1;
                let mut marks = vec![mark(ready, State::Accepted, Some(told))];
                marks.extend(self.run.went_well(ready));
                marks
            }
            // Not held back: a letter in flight, since another connection may take up what is
            // held, and an address beyond ASCII, of which we know by ourselves that this relay takes none.
            Verdict::Refused
                if stage == Stage::Dot || reply.enhanced == Some(Enhanced(5, 6, 7)) =>
            {
                vec![mark(ready, State::Refused, Some(told))]
            }
            Verdict::Refused => self.run.refused(mark(ready, State::Refused, Some(told))),
            // One letter, or all of them: that shows, and until then nobody is charged.
            Verdict::Stop if stage == Stage::Dot => {
                let refused = mark(ready, State::Refused, Some(told));
                self.run.refused_at_dot(refused, ready, reply);
                vec![mark(ready, State::Pending, None)]
            }
            Verdict::Deferred => vec![self.run.deferral(ready, told, Some(reply))],
            Verdict::Unknown => {
                self.run.in_doubt(ready.claim.letter);
                self.puts_off(stage, reply, begun, None);
                vec![mark(ready, State::Unknown, Some(told))]
            }
            Verdict::Slower if self.is_worn_out(reply) => {
                drop(self.hang_up());
                self.run.claim_again();
                vec![mark(ready, State::Pending, None)]
            }
            Verdict::Pause | Verdict::Stop | Verdict::Slower | Verdict::Quota(_) => {
                let row = (stage != Stage::Mail).then_some(&ready.claim.enrolment);
                self.puts_off(stage, reply, begun, row);
                self.run.claim_again();
                vec![mark(ready, State::Pending, None)]
            }
        }
    }

    /// Says whether the relay wants no more letters on this connection, which has
    /// had some: that is learnt, and the next connection takes the letter.
    fn is_worn_out(&mut self, reply: &Reply) -> bool {
        let is_it = self.delivered > 0 && words::enough(reply) == Some(Enough::OnConnection);
        if is_it {
            self.run
                .ended_after(self.offered.saturating_sub(1), Some(reply));
        }
        is_it
    }

    /// The relay is left alone for a while, and greeted anew, unless the run goes on without this connection.
    fn puts_off(&mut self, stage: Stage, reply: &Reply, begun: Instant, row: Option<&Enrolment>) {
        let failure = Failure {
            stage,
            cause: Cause::Reply(reply.clone()),
        };
        drop(self.hang_up()); // first, so that it isn't counted among those that go on
        self.retires |= !self.run.failed_at(&failure, begun, row);
    }

    /// The connection was lost, or its replies don't fit, before the body of a letter.
    async fn lost(
        &mut self,
        ready: Ready,
        failure: Failure,
        begun: Instant,
        mut owed: Vec<Mark>,
    ) -> Result<(), Done> {
        // Then the answer to the dot before may have been another command's.
        if let (Cause::Surplus, Some(mark)) = (&failure.cause, owed.first_mut()) {
            mark.state = State::Unknown;
            mark.due = None;
            mark.told = Some((name(Stage::Dot), failure.to_string()));
            self.run.in_doubt(mark.letter);
        }
        let reply = match &failure.cause {
            Cause::Reply(reply) => Some(reply),
            _ => None,
        };
        if let Some(reply) = reply
            && self.run.slows_domain(reply, &ready, begun)
        {
            drop(self.hang_up());
            let told = (name(failure.stage), reply.to_string());
            owed.push(self.run.deferral(&ready, told, Some(reply)));
            self.run.record(owed).await?;
            return Ok(());
        }
        let enough = reply.and_then(words::enough);
        let asks = matches!(enough, Some(Enough::Quota(_) | Enough::Rate));
        if reply.is_none() {
            self.run.is_cut();
        }
        let worked = self.delivered > 0 && !asks;
        drop(self.hang_up());
        // A relay may end a connection after so many letters.
        if worked {
            self.run.connection_ended(self.offered, &failure);
            self.held = Some(ready);
            self.run.record(owed).await?;
            return Ok(());
        }
        owed.extend(self.run.goes_back(&ready, !asks));
        self.run.record(owed).await?;
        if self.run.failed(&failure, begun) {
            Ok(())
        } else {
            Err(Done)
        }
    }

    /// The connection was lost while a letter was under way.
    async fn lost_in_flight(
        &mut self,
        ready: Ready,
        failure: Failure,
        begun: Instant,
    ) -> Result<(), Done> {
        drop(self.hang_up());
        let told = (name(failure.stage), failure.cause.to_string());
        let marks = match (&failure.stage, &failure.cause) {
            (Stage::Dot, _) => {
                self.run.in_doubt(ready.claim.letter);
                vec![mark(&ready, State::Unknown, Some(told))]
            }
            (_, Cause::Reply(reply)) if self.run.slows_domain(reply, &ready, begun) => {
                let told = (name(failure.stage), reply.to_string());
                let deferral = self.run.deferral(&ready, told, Some(reply));
                self.run.record(vec![deferral]).await?;
                return Ok(()); // no others wait for that
            }
            (stage, Cause::Reply(reply)) => self.judged(&ready, *stage, reply, begun),
            _ => {
                self.run.is_cut();
                let back = mark(&ready, State::Pending, None);
                vec![self.run.goes_back(&ready, true).unwrap_or(back)]
            }
        };
        self.run.record(marks).await?;
        if self.run.failed(&failure, begun) {
            Ok(())
        } else {
            Err(Done)
        }
    }
}

fn mark(ready: &Ready, state: State, told: Option<(String, String)>) -> Mark {
    Mark {
        letter: ready.claim.letter,
        state,
        due: None,
        told,
    }
}

/// The name of a stage in the ledger.
fn name(stage: Stage) -> String {
    stage.name().to_owned()
}
