//! What goes wrong at the server, by chance: the faults of relays at each stage,
//! and for each whether it leaves a doubt behind.

use std::collections::BTreeMap;
use std::time::Duration;

use epistle::sandbox::{Answer, Event, Scene};

use super::chance::Chance;
use super::log::address;

/// Where a fault happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Connect,
    Hello,
    StartTls,
    Mail,
    Rcpt,
    Data,
    Dot,
    Quit,
}

/// What a fault leaves of the letter that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaves {
    /// Whoever reads what the server says knows whether it has the letter.
    Known,
    /// The server refuses it for good.
    Refused,
    /// No complete answer came to a dot, or none that says anything.
    Doubt,
    /// Nothing says how much of the letter the server has had.
    DoubtIfItHasGone,
    /// There is one reply more than commands, so that the answer to the dot
    /// before, on this connection, may have been another command's.
    DoubtOfTheLast,
}

/// A fault: where, what the server does, what that leaves, and how it is called.
type Fault = (Place, &'static str, Leaves, fn(&mut Chance) -> Answer);

fn cut(words: &str) -> Answer {
    Answer::SayAndCut(format!("{words}\r\n").into_bytes())
}

/// Late, and then as usual.
fn slow(chance: &mut Chance) -> Answer {
    let pause = Duration::from_millis(1 + chance.below(30));
    Answer::After(pause, Box::new(Answer::Usual))
}

/// The faults of a connection.
const OF_CONNECTIONS: [Fault; 15] = {
    use Leaves::Known;
    use Place::{Connect, Hello, Mail, Quit, StartTls};
    [
        (Connect, "421 greeting", Known, |_| {
            cut("421 4.3.2 too many connections")
        }),
        (Connect, "554 greeting", Known, |_| cut("554 5.3.2 not now")),
        (Connect, "no greeting", Known, |_| Answer::Cut),
        (Connect, "slow greeting", Known, slow),
        (Hello, "421 hello", Known, |_| cut("421 4.3.0 later")),
        (Hello, "500 hello", Known, |_| {
            Answer::say("500 5.5.1 what?")
        }),
        (Hello, "no hello", Known, |_| Answer::Cut),
        (StartTls, "454 TLS", Known, |_| {
            Answer::say("454 4.7.0 TLS not available")
        }),
        (StartTls, "no TLS", Known, |_| Answer::Cut),
        (Mail, "451 sender", Known, |_| {
            Answer::say("451 4.3.0 later")
        }),
        (Mail, "550 sender", Known, |_| {
            Answer::say("550 5.7.1 you are blocked")
        }),
        (Mail, "421 after so many", Known, |_| {
            cut("421 4.7.0 too many messages on this connection")
        }),
        (Mail, "cut after so many", Known, |_| Answer::Cut),
        (Mail, "slow sender", Known, slow),
        (Quit, "no good bye", Known, |_| Answer::Cut),
    ]
};

/// The faults of one letter's attempt.
const OF_LETTERS: [Fault; 35] = {
    use Leaves::{Doubt, DoubtIfItHasGone, DoubtOfTheLast, Known, Refused};
    use Place::{Data, Dot, Rcpt};
    [
        (Rcpt, "greylisted", Known, |_| {
            Answer::say("450 4.7.1 greylisted, try again later")
        }),
        (Rcpt, "450 recipient", Known, |_| {
            Answer::say("450 4.2.1 receives too fast")
        }),
        (Rcpt, "451 recipient", Known, |_| Answer::say("451 later")),
        (Rcpt, "452 full", Known, |_| {
            Answer::say("452 4.2.2 mailbox full")
        }),
        (Rcpt, "452 too many", Known, |_| {
            Answer::say("452 4.5.3 too many recipients")
        }),
        (Rcpt, "454 throttled", Known, |_| {
            Answer::say("454 4.7.0 throttled")
        }),
        (Rcpt, "421 recipient", Known, |_| cut("421 4.4.2 bye")),
        (Rcpt, "550 recipient", Refused, |_| {
            Answer::say("550 5.1.1 no such user")
        }),
        (Rcpt, "cut recipient", Known, |_| Answer::Cut),
        (Rcpt, "slow recipient", Known, slow),
        (Rcpt, "surplus recipient", DoubtOfTheLast, |_| {
            Answer::add("250 2.1.5 once more")
        }),
        (Data, "451 data", Known, |_| Answer::say("451 4.3.0 later")),
        (Data, "421 data", Known, |_| cut("421 4.3.2 bye")),
        (Data, "550 data", Known, |_| {
            Answer::say("554 5.7.1 blocked")
        }),
        (Data, "cut data", Known, |_| Answer::Cut),
        (Data, "cut body", DoubtIfItHasGone, |chance| {
            Answer::CutInBody(1 + chance.below(10_000) as usize)
        }),
        (Data, "slow data", Known, slow),
        (Dot, "451 dot", Known, |_| Answer::say("451 4.3.0 later")),
        (Dot, "452 dot", Known, |_| Answer::say("452 4.3.1 no room")),
        (Dot, "454 dot", Known, |_| {
            Answer::say("454 Throttling failure: Maximum sending rate exceeded.")
        }),
        (Dot, "421 dot", Known, |_| cut("421 4.3.2 bye")),
        (Dot, "550 dot", Refused, |_| Answer::say("550 5.1.1 gone")),
        (Dot, "554 dot", Refused, |_| {
            Answer::say("554 5.7.1 looks like spam")
        }),
        (Dot, "dot not taken, no answer", Doubt, |_| Answer::Cut),
        (Dot, "dot taken, no answer", Doubt, |_| Answer::TakeAndCut),
        (Dot, "dot taken, half an answer", Doubt, |_| {
            Answer::SayAndCut(b"250 2.0.0 ta".to_vec())
        }),
        (Dot, "dot: 354", Doubt, |_| cut("354 go on")),
        (Dot, "dot: 251", Doubt, |_| cut("251 2.0.0 somehow")),
        (Dot, "dot: noise", Doubt, |_| {
            Answer::SayAndCut(b"\0\xffwhat\r\n".to_vec())
        }),
        (Dot, "dot: Latin-1", Known, |_| {
            Answer::Say(b"250 2.0.0 \xfcbernommen\r\n".to_vec())
        }),
        (Dot, "dot taken, then cut", Known, |_| {
            cut("250 2.0.0 taken")
        }),
        (Dot, "dot taken, then 421", Known, |_| {
            Answer::add("421 4.3.2 bye")
        }),
        (Dot, "dot: surplus", DoubtIfItHasGone, |_| {
            Answer::add("250 2.0.0 taken, as I said")
        }),
        (Dot, "slow dot", Known, slow),
        (Dot, "slow dot, no answer", Doubt, |chance| {
            let pause = Duration::from_millis(1 + chance.below(30));
            Answer::After(
                pause,
                Box::new(chance.pick(&[Answer::Cut, Answer::TakeAndCut]).clone()),
            )
        }),
    ]
};

/// Who is asked to send less does so for minutes: these happen once.
const SLOWING: [&str; 2] = ["454 throttled", "454 dot"];

/// How often something goes wrong, in a hundred.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rates {
    /// Of connections.
    pub(super) connections: u64,
    /// Of attempts at a letter.
    pub(super) letters: u64,
}

/// What is to go wrong, and what has.
pub(super) struct Faults {
    seed: u64,
    rates: Rates,
    /// How often each recipient was named.
    attempts: BTreeMap<String, u64>,
    /// What is to go wrong with the letter under way on each connection.
    letters: BTreeMap<usize, (&'static Fault, Chance)>,
    /// What is to go wrong with each connection, and after how many letters.
    connections: BTreeMap<usize, (&'static Fault, usize, Chance)>,
    /// How often each has happened.
    pub(super) happened: BTreeMap<&'static str, usize>,
}

impl Faults {
    pub(super) fn new(seed: u64, rates: Rates) -> Self {
        Self {
            seed,
            rates,
            attempts: BTreeMap::new(),
            letters: BTreeMap::new(),
            connections: BTreeMap::new(),
            happened: BTreeMap::new(),
        }
    }

    /// What the server does, and what that leaves.
    pub(super) fn answer(&mut self, scene: &Scene<'_>) -> (Answer, Leaves) {
        self.draw(scene);
        let Some(place) = place(&scene.event) else {
            return (Answer::Usual, Leaves::Known);
        };
        let connection = scene.connection;
        let of_letter = self.letters.get(&connection);
        let of_connection = self.connections.get(&connection);
        let (fault, chance) = if of_letter.is_some_and(|(fault, _)| fault.0 == place) {
            let (fault, chance) = self.letters.remove(&connection).unwrap();
            (fault, chance)
        } else if of_connection
            .is_some_and(|(fault, after, _)| fault.0 == place && scene.letters_here >= *after)
        {
            let (fault, _, chance) = self.connections.remove(&connection).unwrap();
            (fault, chance)
        } else {
            return (Answer::Usual, Leaves::Known);
        };
        let (_, name, leaves, answer) = fault;
        let times = self.happened.entry(name).or_default();
        if *times > 0 && SLOWING.contains(name) {
            return (Answer::Usual, Leaves::Known);
        }
        *times += 1;
        let mut chance = chance;
        (answer(&mut chance), *leaves)
    }

    /// Draws what is to go wrong with what begins.
    fn draw(&mut self, scene: &Scene<'_>) {
        match scene.event {
            Event::Connect => {
                let mut chance = Chance::of(self.seed, &[1, scene.connection as u64]);
                if chance.percent(self.rates.connections) {
                    let fault = chance.pick(&OF_CONNECTIONS);
                    let after = if fault.0 == Place::Mail {
                        chance.below(12)
                    } else {
                        0
                    };
                    let plan = (fault, after as usize, chance);
                    self.connections.insert(scene.connection, plan);
                }
            }
            Event::Rcpt(path) => {
                let to = address(path);
                let attempts = self.attempts.entry(to.clone()).or_default();
                *attempts += 1;
                let mut what = vec![2, *attempts];
                what.extend(to.bytes().map(u64::from));
                let mut chance = Chance::of(self.seed, &what);
                self.letters.remove(&scene.connection);
                if chance.percent(self.rates.letters) {
                    let fault = chance.pick(&OF_LETTERS);
                    self.letters.insert(scene.connection, (fault, chance));
                }
            }
            _ => {}
        }
    }
}

fn place(event: &Event<'_>) -> Option<Place> {
    Some(match event {
        Event::Connect => Place::Connect,
        Event::Hello => Place::Hello,
        Event::StartTls => Place::StartTls,
        Event::Mail(_) => Place::Mail,
        Event::Rcpt(_) => Place::Rcpt,
        Event::Data => Place::Data,
        Event::Dot => Place::Dot,
        Event::Quit => Place::Quit,
        _ => return None,
    })
}
