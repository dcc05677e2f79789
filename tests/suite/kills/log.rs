//! What the server has seen of a run, and what may be in doubt by that alone.

use std::collections::{BTreeMap, BTreeSet};

use epistle::sandbox::{Answer, Event, Scene};

use super::faults::Leaves;

pub(super) type Addresses = BTreeSet<String>;

/// One connection of a run.
#[derive(Debug, Default)]
struct Way {
    /// MAIL was taken.
    from: bool,
    /// Whom the envelope is for, where RCPT was taken.
    to: Option<String>,
    /// The letter whose DATA was taken and whose dot has not come.
    offered: Option<String>,
    /// The letters whose dot has come, in order.
    ended: Vec<String>,
    /// Letters that the server has given no sound answer to.
    doubts: Vec<(String, Leaves)>,
    /// It has said more than it was asked.
    surplus: bool,
}

/// What the server has seen.
#[derive(Debug, Default)]
pub(super) struct Log {
    ways: BTreeMap<usize, Way>,
    /// What was in flight at the kill: on each connection the letter whose DATA
    /// was taken, and the last one before, whose outcome is durable only with that.
    flight: Addresses,
    /// Whom the server has refused for good, in all runs.
    pub(super) refused: Addresses,
}

impl Log {
    /// Another run begins.
    pub(super) fn begin(&mut self) {
        self.ways.clear();
        self.flight.clear();
    }

    /// The program is dead; what comes now was on its way before.
    pub(super) fn killed(&mut self) {
        let in_flight = |way: &Way| [way.offered.clone(), way.ended.last().cloned()];
        self.flight = self.ways.values().flat_map(in_flight).flatten().collect();
    }

    /// Whom the envelope on a connection is for, if the server takes letters to
    /// them, or the message behind it.
    pub(super) fn to(&self, connection: usize) -> Option<&str> {
        let way = self.ways.get(&connection)?;
        way.to.as_deref().or(way.offered.as_deref())
    }

    /// Says whether a connection has had one answer for each command.
    pub(super) fn is_in_step(&self, connection: usize) -> bool {
        self.ways.get(&connection).is_none_or(|way| !way.surplus)
    }

    /// Notes what happens, once it is decided what the server does about it.
    pub(super) fn note(&mut self, scene: &Scene<'_>, answer: &Answer, leaves: Leaves) {
        if scene.event == Event::Data
            && goes_on(answer)
            && let Some(again) = self.to(scene.connection).map(str::to_owned)
        {
            // What became of it before was known.
            for way in self.ways.values_mut() {
                way.ended.retain(|to| *to != again);
                way.offered.take_if(|to| *to == again);
            }
        }
        let way = self.ways.entry(scene.connection).or_default();
        way.surplus |= matches!(answer, Answer::Add(_));
        let mut about = None;
        match scene.event {
            Event::Mail(_) => (way.from, way.to) = (goes_on(answer), None),
            Event::Rcpt(path) => {
                let to = address(path);
                way.to = (way.from && goes_on(answer)).then(|| to.clone());
                about = Some(to);
            }
            Event::Data => {
                about = way.to.take().filter(|_| goes_on(answer));
                way.offered.clone_from(&about);
            }
            Event::Dot => {
                about = way.offered.take();
                way.ended.extend(about.clone());
            }
            _ => {}
        }
        if leaves == Leaves::DoubtOfTheLast {
            about = way.ended.last().cloned();
        }
        match leaves {
            Leaves::Known => {}
            Leaves::Refused => self.refused.extend(about),
            _ => way.doubts.extend(about.map(|about| (about, leaves))),
        }
    }

    /// Letters that may be in doubt after this run, and not before.
    pub(super) fn may_be_in_doubt(&self) -> Addresses {
        let left = self.ways.values().flat_map(|way| &way.doubts);
        let left: Addresses = left.map(|(to, _)| to.clone()).collect();
        &self.flight | &left
    }

    /// Letters that nobody can know the end of: they must be in doubt.
    pub(super) fn must_be_in_doubt(&self) -> Addresses {
        let left = self.ways.values().flat_map(|way| &way.doubts);
        left.filter(|(_, leaves)| *leaves == Leaves::Doubt)
            .map(|(to, _)| to.clone())
            .collect()
    }

    /// The letters of each connection.
    pub(super) fn by_connection(&self) -> impl Iterator<Item = Addresses> {
        self.ways
            .values()
            .map(|way| way.ended.iter().chain(&way.offered).cloned().collect())
    }
}

/// Says whether a command is taken.
fn goes_on(answer: &Answer) -> bool {
    match answer {
        Answer::Usual | Answer::Add(_) | Answer::CutInBody(_) => true,
        Answer::Say(words) => words.starts_with(b"2") || words.starts_with(b"3"),
        Answer::After(_, then) | Answer::Then(then, _) => goes_on(then),
        _ => false,
    }
}

/// The address in `TO:<a@b>`.
pub(super) fn address(path: &str) -> String {
    let rest = path.split_once('<').unwrap().1;
    rest.split_once('>').unwrap().0.to_owned()
}
