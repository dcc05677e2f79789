//! Decides at each event whether the program is killed here, or what goes wrong else.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use epistle::ledger::State;
use epistle::sandbox::{Answer, Event, Scene};

use super::chance::Chance;
use super::faults::{Faults, Leaves};
use super::log::address;
use super::witness::{Victim, Witness, locked};

/// When nothing comes for so long, the program waits for something.
const QUIET: Duration = Duration::from_millis(120);
/// How many letters lie between two kills at most.
const APART: u64 = 9;
/// Where the program is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// Before the server has said that it waits for the message.
    Envelope,
    /// While the message comes.
    Body,
    /// When the dot has come and nothing was said to it.
    Dot,
    /// When the reply to the dot is on its way.
    Reply,
    /// At some moment after the start, wherever that is.
    Moment,
    /// While it finds nobody who listens.
    NoRelay,
    /// While it waits to connect again.
    Pause,
}

/// The places, each as often as here.
const PLACES: [Place; 9] = [
    Place::Envelope,
    Place::Body,
    Place::Dot,
    Place::Reply,
    Place::Envelope,
    Place::Body,
    Place::Dot,
    Place::Reply,
    Place::Moment,
];

/// Decides what happens at the server, and knows all that has.
pub(super) struct Director {
    seed: u64,
    pub(super) faults: Faults,
    /// How often it has killed the program at each place.
    pub(super) kills: BTreeMap<Place, usize>,
    /// The number of the next kill, of those that the server decides on.
    pub(super) next: u64,
    /// How many dots have come since the last of them.
    dots: u64,
    run: u64,
    dots_of_run: u64,
    /// A kill of this run is on its way.
    is_armed: bool,
    /// Where the last kill was.
    pub(super) last: Option<Place>,
    last_event: Instant,
}

pub(super) type Shared = Arc<Mutex<Director>>;

impl Director {
    pub(super) fn new(seed: u64, faults: Faults, next: u64) -> Self {
        Self {
            seed,
            faults,
            kills: BTreeMap::new(),
            next,
            dots: 0,
            run: 0,
            dots_of_run: 0,
            is_armed: false,
            last: None,
            last_event: Instant::now(),
        }
    }

    /// Another run begins. Returns its number.
    pub(super) fn begin(&mut self) -> u64 {
        self.run += 1;
        (self.dots_of_run, self.is_armed) = (0, false);
        self.last_event = Instant::now();
        self.run
    }

    /// Says whether the program waits for something, although it could send before.
    pub(super) fn is_quiet(&self) -> bool {
        self.dots_of_run > 0 && self.last_event.elapsed() > QUIET
    }

    /// Kills the program at a moment that the server doesn't see, unless it is
    /// for a moment that the next kill was not drawn for.
    pub(super) fn look(&mut self, witness: &Witness, place: Place) {
        let is_it = place != Place::Moment || self.place() == Place::Moment;
        if is_it && !self.is_armed && witness.ended().is_none() {
            self.kill(witness, place, None);
        }
    }

    /// What the server does.
    pub(super) fn script(
        shared: &Shared,
        witness: &Arc<Witness>,
        scene: &Scene<'_>,
    ) -> (Answer, Leaves) {
        let mut director = locked(shared);
        director.last_event = Instant::now();
        let is_running = !director.is_armed && witness.ended().is_none();
        let (answer, leaves) = (is_running && director.is_due())
            .then(|| director.kill_here(shared, witness, scene))
            .flatten()
            .unwrap_or_else(|| director.faults.answer(scene));
        if scene.event == Event::Dot {
            director.dots += 1;
            director.dots_of_run += 1;
        }
        (answer, leaves)
    }

    fn chance(&self) -> Chance {
        Chance::of(self.seed, &[3, self.next])
    }

    fn place(&self) -> Place {
        PLACES[self.next as usize % PLACES.len()]
    }

    fn is_due(&self) -> bool {
        self.dots >= self.chance().below(APART)
    }

    /// Kills the program, or sees to it, if this is the place for the next kill.
    fn kill_here(
        &mut self,
        shared: &Shared,
        witness: &Arc<Witness>,
        scene: &Scene<'_>,
    ) -> Option<(Answer, Leaves)> {
        let mut chance = self.chance();
        let stage = chance.below(3);
        let to = witness.to(scene);
        match (self.place(), scene.event) {
            (Place::Envelope, event) => {
                let (is_it, to) = match event {
                    Event::Mail(_) => (stage == 0, None),
                    Event::Rcpt(path) => (stage == 1, Some(address(path))),
                    Event::Data => (stage == 2 && to.is_some(), to),
                    _ => (false, None),
                };
                let victim = to.map(|to| (to, &[State::Pending][..]));
                (is_it && self.kill(witness, Place::Envelope, victim))
                    .then_some((Answer::Cut, Leaves::Known))
            }
            (Place::Body, Event::Data) if witness.is_in_step(scene) => {
                let bytes = 1 + chance.below(10_000) as usize;
                // A run that is about to end takes the envelope back.
                let victim = (to?, &[State::Started, State::Pending][..]);
                let deed = self.later(shared, witness, Place::Body, victim, Duration::ZERO);
                let answer = Answer::CutInBody(bytes).then(deed);
                Some((answer, Leaves::DoubtIfItHasGone))
            }
            (Place::Dot, Event::Dot) => {
                let answer = chance.pick(&[Answer::Cut, Answer::TakeAndCut, Answer::Usual]);
                let victim = Some((to?, &[State::Started][..]));
                self.kill(witness, Place::Dot, victim)
                    .then(|| (answer.clone(), Leaves::Doubt))
            }
            (Place::Reply, Event::Dot) => {
                // Sometimes the server goes on meanwhile, so that the program comes to its commit.
                let is_alone = chance.percent(25);
                let most = 1 << chance.below(if is_alone { 12 } else { 16 });
                let pause = Duration::from_micros(chance.below(most));
                // One reply too many to the next envelope makes a doubt of it.
                let victim = (to?, &[State::Started, State::Accepted, State::Unknown][..]);
                let deed = self.later(shared, witness, Place::Reply, victim, pause);
                let deed = Arc::new(deed);
                let answer = Answer::Usual.then(move || {
                    let deed = Arc::clone(&deed);
                    if is_alone {
                        deed();
                    } else {
                        std::thread::spawn(move || deed());
                    }
                });
                Some((answer, Leaves::Known))
            }
            _ => None,
        }
    }

    /// Kills the program now. Says whether that was its end.
    fn kill(&mut self, witness: &Witness, place: Place, victim: Option<Victim>) -> bool {
        let is_dead = witness.kill(victim);
        if is_dead {
            *self.kills.entry(place).or_default() += 1;
            self.last = Some(place);
            if self.place() == place {
                (self.next, self.dots) = (self.next + 1, 0);
            }
        }
        is_dead
    }

    /// Kills the program of this run at a later moment.
    fn later(
        &mut self,
        shared: &Shared,
        witness: &Arc<Witness>,
        place: Place,
        victim: Victim,
        pause: Duration,
    ) -> impl Fn() + Send + Sync + use<> {
        self.is_armed = true;
        let (shared, witness, run) = (Arc::clone(shared), Arc::clone(witness), self.run);
        move || {
            std::thread::sleep(pause);
            let mut director = locked(&shared);
            if director.run == run {
                director.kill(&witness, place, Some(victim.clone()));
            }
        }
    }
}
