//! What a run learns of its relay by the relay's own words, acts on at once, and
//! leaves in the ledger for those that follow.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime};

use super::memory;
use super::words::{self, Enough, Span};
use crate::delivery::feed::queue::Ready;
use crate::delivery::later::Later;
use crate::delivery::locked;
use crate::delivery::options::Ending;
use crate::delivery::pace::domains;
use crate::delivery::shared::Run;
use crate::ledger::{Learnt, Ledger, Lesson};
use crate::smtp::{Cause, Failure, Reply, ReplyError, Stage};

/// How long it counts that the relay wants fewer letters, or fewer connections.
const A_DAY: Duration = Duration::from_secs(86_400);

/// How long it counts how many letters it takes on one connection.
const A_WEEK: Duration = Duration::from_secs(7 * 86_400);

/// How long a login that was refused is left alone where nobody looks on: many
/// providers lock an account for a few tries in ten minutes. After an error of
/// their own the letters are not late by much.
const LOGIN_RESTS: Duration = Duration::from_secs(3_600);

impl<L: Ledger + Send + 'static> Run<L> {
    /// Does what a refusal asks for that says that the relay has had enough, in
    /// answer to something that was begun at `begun`. Says whether the run goes
    /// on; nothing where it says something else.
    pub(in crate::delivery) fn hears(&self, reply: &Reply, begun: Instant) -> Option<bool> {
        match words::enough(reply)? {
            Enough::Quota(span) => {
                self.quota_is_used_up(span, reply);
                Some(false)
            }
            Enough::Rate | Enough::OnConnection => Some(self.slows_down(reply, begun)),
            Enough::Mailbox | Enough::Connections => None,
        }
    }

    /// Half as many letters go from now on, after a pause. Says whether the run waits for that.
    fn slows_down(&self, reply: &Reply, begun: Instant) -> bool {
        let now = Instant::now();
        let slowed = self.pace.slow_down(begun, now);
        self.learn(Lesson::Rate, "", slowed.hourly, &reply.to_string(), A_DAY);
        locked(&self.health).rest_until(slowed.until);
        let why = format!("the relay has asked for fewer letters: {reply}");
        if slowed.waited > self.options.patience {
            let wait = slowed.until.saturating_duration_since(now);
            self.end(Ending::Later(Later::after(wait, why)));
            return false;
        }
        self.progress.wait_until(slowed.until, why);
        true
    }

    /// Half as many letters go to a domain from now on, where a reply is about
    /// that. Says whether it is: then its recipient is put off, and no others wait.
    pub(in crate::delivery) fn slows_domain(
        &self,
        reply: &Reply,
        ready: &Ready,
        begun: Instant,
    ) -> bool {
        let domain = domains::of(&ready.claim);
        let from = ready.letter.envelope.from();
        let sender = from.map_or("", |address| address.domain());
        let relay = &self.options.relay.host;
        if words::enough(reply) != Some(Enough::Rate)
            || !words::is_about_domain(reply, domain, sender, relay)
        {
            return false;
        }
        let Some(pace) = self.domains.pace_from_now(domain) else {
            return false;
        };
        let slowed = pace.slow_down(begun, Instant::now());
        let told = reply.to_string();
        self.learn(Lesson::Rate, domain, slowed.hourly, &told, A_DAY);
        true
    }

    /// The run ends with a failure: where that is about the login, it is remembered.
    pub(in crate::delivery) fn login_fails(&self, failure: &Failure, told: &str) {
        let is_refused = matches!(&failure.cause, Cause::Reply(reply) if reply.is_permanent());
        if let (Stage::Auth, true, Some(fingerprint)) =
            (failure.stage, is_refused, self.options.fingerprint)
        {
            self.learn(Lesson::Login, "", fingerprint, told, LOGIN_RESTS);
        }
    }

    /// A session is open: a login that was refused before is no longer.
    pub(in crate::delivery) fn login_works(&self) {
        if self.login_was_refused.swap(false, Ordering::SeqCst) {
            self.learn(Lesson::Login, "", 0, "it works", Duration::ZERO);
        }
    }

    /// Until when that is, the ledger says when the run has ended.
    fn quota_is_used_up(&self, span: Span, reply: &Reply) {
        locked(&self.used_up).get_or_insert((span, reply.to_string()));
        let why = memory::used_up(&reply.to_string());
        self.end(Ending::Later(Later::after(span.least(), why)));
    }

    /// The relay has ended a connection after so many letters: with 421, or without a word.
    pub(in crate::delivery) fn connection_ended(&self, after: u64, failure: &Failure) {
        match &failure.cause {
            Cause::Reply(reply) => self.ended_after(after, Some(reply)),
            Cause::Unread(ReplyError::Closed) | Cause::Io(_) => self.ended_after(after, None),
            _ => {}
        }
    }

    /// The same, in these words.
    pub(in crate::delivery) fn ended_after(&self, after: u64, reply: Option<&Reply>) {
        let says_so = reply.is_some_and(|reply| words::enough(reply) == Some(Enough::OnConnection));
        let most = locked(&self.rotation).ended(after, says_so);
        let told = reply.map_or("it closed the connection".to_owned(), Reply::to_string);
        if let Some(most) = most {
            self.learn(Lesson::LettersPerConnection, "", most, &told, A_WEEK);
        }
    }

    /// The most letters that are offered on one connection.
    pub(in crate::delivery) fn most_on_connection(&self) -> u64 {
        locked(&self.rotation).most()
    }

    /// A connection was ended before the relay would have ended it.
    pub(in crate::delivery) fn ended_in_time(&self) {
        if let Some(most) = locked(&self.rotation).ended_in_time() {
            let told = "one letter more is tried after a while";
            self.learn(Lesson::LettersPerConnection, "", most, told, A_WEEK);
        }
    }

    /// The relay takes no more connections than are open: for today, where it says so.
    pub(in crate::delivery) fn takes_connections(&self, open: usize, failure: &Failure) {
        if let Cause::Reply(reply) = &failure.cause
            && words::enough(reply) == Some(Enough::Connections)
        {
            let told = reply.to_string();
            self.learn(Lesson::Connections, "", open as u64, &told, A_DAY);
        }
    }

    /// How fast letters go is known before the run has ended.
    pub(in crate::delivery) fn learns_speed(&self) {
        if let (Some(account), Some(speed)) = (self.options.account.clone(), self.speed()) {
            self.writer
                .soon(move |ledger| memory::learn_speed(ledger, &account, speed));
        }
    }

    /// Remembers it for the runs that follow; a crash may lose it.
    pub(in crate::delivery) fn learn(
        &self,
        lesson: Lesson,
        about: &str,
        value: u64,
        told: &str,
        lasts: Duration,
    ) {
        let Some(account) = self.options.account.clone() else {
            return;
        };
        let now = SystemTime::now();
        let learnt = Learnt {
            lesson,
            about: about.to_owned(),
            value,
            told: told.to_owned(),
            since: now,
            until: now + lasts,
        };
        self.writer
            .soon(move |ledger| ledger.learn(&account, &learnt));
    }
}
