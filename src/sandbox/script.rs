//! How the server is told to misbehave.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What the client has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// Connected (after TLS, where that comes first).
    Connect,
    /// Said EHLO.
    Hello,
    /// Said HELO.
    Helo,
    /// Asked for TLS.
    StartTls,
    /// Logged in, rightly or not.
    Auth,
    /// Named the reverse-path.
    Mail(&'a str),
    /// Named a forward-path.
    Rcpt(&'a str),
    /// Asked to hand over a message.
    Data,
    /// Ended the message.
    Dot,
    /// Said RSET.
    Reset,
    /// Said QUIT.
    Quit,
    /// Said something else.
    Other(&'a str),
}

/// An event, and where it happens.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The connection, counted from 0.
    pub connection: usize,
    /// How many messages have been ended by a dot on all connections before this one.
    pub letters: usize,
    /// The same on this connection.
    pub letters_here: usize,
    /// What happens.
    pub event: Event<'a>,
}

/// What the server does.
#[derive(Clone, Debug)]
pub enum Answer {
    /// What a well-behaved server does.
    Usual,
    /// Says these bytes and nothing else. At [`Event::Dot`] the message is
    /// taken where they begin with `2`.
    Say(Vec<u8>),
    /// Does what it usually does, and says these bytes behind it in the same write.
    Add(Vec<u8>),
    /// Waits, then does something.
    After(Duration, Box<Answer>),
    /// Does something, and behind it, when all is written, what the test wants at that moment.
    Then(Box<Answer>, Deed),
    /// Closes the connection at once (at [`Event::Dot`]: without taking the message).
    Cut,
    /// Takes the message, then closes the connection without a word ([`Event::Dot`] only).
    TakeAndCut,
    /// Takes the message, then says these bytes, true or not ([`Event::Dot`] only).
    TakeAndSay(Vec<u8>),
    /// Says these bytes, then closes the connection.
    SayAndCut(Vec<u8>),
    /// Says 354, reads so many bytes of the message, then closes the connection ([`Event::Data`] only).
    CutInBody(usize),
    /// Says 354, reads so many bytes of the message, says these bytes, and reads nothing for a second ([`Event::Data`] only).
    SayInBody(usize, Vec<u8>),
    /// Says nothing, for as long as the client waits.
    Silence,
}

impl Answer {
    /// Says a line.
    pub fn say(line: &str) -> Self {
        Self::Say(format!("{line}\r\n").into_bytes())
    }

    /// Says a line behind the usual answer.
    pub fn add(line: &str) -> Self {
        Self::Add(format!("{line}\r\n").into_bytes())
    }

    /// Answers so, and then acts.
    pub fn then(self, deed: impl Fn() + Send + Sync + 'static) -> Self {
        Self::Then(Box::new(self), Deed(Arc::new(deed)))
    }
}

/// What a test wants done at a moment of the conversation.
#[derive(Clone)]
pub struct Deed(Arc<dyn Fn() + Send + Sync>);

impl Deed {
    pub(super) fn act(&self) {
        (self.0)();
    }
}

impl fmt::Debug for Deed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Deed")
    }
}

type Choose = dyn Fn(&Scene<'_>) -> Answer + Send + Sync;

/// Decides on each event.
#[derive(Clone)]
pub struct Script(Arc<Choose>);

impl Script {
    /// A script that never misbehaves.
    pub fn usual() -> Self {
        Self::new(|_| Answer::Usual)
    }

    /// A script that asks `choose` each time.
    pub fn new(choose: impl Fn(&Scene<'_>) -> Answer + Send + Sync + 'static) -> Self {
        Self(Arc::new(choose))
    }

    pub(super) fn answer(&self, scene: &Scene<'_>) -> Answer {
        (self.0)(scene)
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Script")
    }
}
