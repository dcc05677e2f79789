//! Kills by chance, among faults by chance: run after run until nothing is left
//! to send, edition after edition until there were enough kills. After each run
//! the account is exact.
//!
//! `EPISTLE_KILLS=1000 cargo test --locked campaign -- --nocapture` is the long
//! one. `EPISTLE_SEED` repeats what was drawn; how threads and processes come
//! between each other stays the machine's.

use std::collections::BTreeMap;
use std::fmt;
use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use epistle::ledger::State;
use epistle::sandbox::{Answer, Event, Scene};

use super::account::account;
use super::chance::Chance;
use super::faults::{Faults, Leaves, Rates};
use super::field::{Addresses, EDITION, Field, LIMIT, SEND, Witness, locked};
use super::log::Log;
use super::powercut::{Disk, Images};

/// How many people an edition is for.
const PEOPLE: usize = 250;
/// How many letters lie between two kills at most.
const APART: u64 = 9;
/// When nothing comes for so long, the program waits for something, and can be killed there.
const QUIET: Duration = Duration::from_millis(120);
/// More runs than any edition takes.
const MOST_RUNS: usize = 1_000;

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

/// What a campaign is to be.
pub(super) struct Campaign {
    pub(super) name: &'static str,
    pub(super) seed: u64,
    /// How many kills there are to be at least.
    pub(super) kills: usize,
    pub(super) rates: Rates,
    /// Where the power is cut with each kill, and how the disk then behaves.
    pub(super) disk: Option<Disk>,
}

/// What has come of it.
#[derive(Debug, Default)]
pub(super) struct Figures {
    pub(super) kills: BTreeMap<Place, usize>,
    editions: usize,
    runs: usize,
    letters: usize,
    accepted: usize,
    refused: usize,
    unknown: usize,
    /// Copies that the server has of the letters that are `unknown`.
    unknown_copies: usize,
    faults: BTreeMap<&'static str, usize>,
    seconds: f64,
}

impl fmt::Display for Figures {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kills: usize = self.kills.values().sum();
        let faults: usize = self.faults.values().sum();
        writeln!(out, "{kills} kills {:?}", self.kills)?;
        writeln!(out, "{faults} faults {:?}", self.faults)?;
        write!(
            out,
            "{} letters of {} editions in {} runs: {} accepted, {} refused, {} unknown of which the server has {}; {:.1} s",
            self.letters,
            self.editions,
            self.runs,
            self.accepted,
            self.refused,
            self.unknown,
            self.unknown_copies,
            self.seconds
        )
    }
}

/// Decides what happens at the server, and knows all that has.
struct Director {
    seed: u64,
    log: Log,
    faults: Faults,
    figures: BTreeMap<Place, usize>,
    /// The number of the next kill, of those that the server decides on.
    next: u64,
    /// How many dots have come since the last of them.
    dots: u64,
    run: usize,
    dots_of_run: u64,
    /// A kill of this run is on its way.
    is_armed: bool,
    last_event: Instant,
}

type Shared = Arc<Mutex<Director>>;

impl Director {
    fn script(shared: &Shared, witness: &Arc<Witness>, scene: &Scene<'_>) -> Answer {
        let mut director = locked(shared);
        director.last_event = Instant::now();
        let is_running = !director.is_armed && witness.ended().is_none();
        let (answer, leaves) = (is_running && director.is_due())
            .then(|| director.kill_here(shared, witness, scene))
            .flatten()
            .unwrap_or_else(|| director.faults.answer(scene));
        director.log.note(scene, &answer, leaves);
        if scene.event == Event::Dot {
            director.dots += 1;
            director.dots_of_run += 1;
        }
        answer
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
        let is_offered = self.log.to(scene.connection).is_some();
        match (self.place(), scene.event) {
            (Place::Envelope, event) => {
                let is_it = match event {
                    Event::Mail(_) => stage == 0,
                    Event::Rcpt(_) => stage == 1,
                    Event::Data => stage == 2 && is_offered,
                    _ => false,
                };
                (is_it && self.kill(witness, Place::Envelope))
                    .then_some((Answer::Cut, Leaves::Known))
            }
            (Place::Body, Event::Data) if is_offered => {
                let bytes = 1 + chance.below(10_000) as usize;
                let deed = self.later(shared, witness, Place::Body, Duration::ZERO);
                Some((
                    Answer::CutInBody(bytes).then(deed),
                    Leaves::DoubtIfItHasGone,
                ))
            }
            (Place::Dot, Event::Dot) => {
                let answer = chance.pick(&[Answer::Cut, Answer::TakeAndCut, Answer::Usual]);
                self.kill(witness, Place::Dot)
                    .then(|| (answer.clone(), Leaves::Doubt))
            }
            (Place::Reply, Event::Dot) => {
                let most = 1 << chance.below(13);
                let micros = chance.below(most);
                let deed = self.later(shared, witness, Place::Reply, Duration::from_micros(micros));
                // Sometimes the server goes on meanwhile, so that the program comes to its commit.
                let is_alone = chance.percent(50);
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
    fn kill(&mut self, witness: &Witness, place: Place) -> bool {
        let is_dead = witness.kill(None);
        if is_dead {
            self.log.killed();
            *self.figures.entry(place).or_default() += 1;
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
        pause: Duration,
    ) -> impl Fn() + Send + Sync + use<> {
        self.is_armed = true;
        let (shared, witness, run) = (Arc::clone(shared), Arc::clone(witness), self.run);
        move || {
            std::thread::sleep(pause);
            let mut director = locked(&shared);
            if director.run == run {
                director.kill(&witness, place);
            }
        }
    }
}

/// An edition on its way to its people, through kills and faults.
struct Round {
    seed: u64,
    field: Field,
    images: Option<Images>,
    shared: Shared,
    runs: usize,
}

impl Round {
    fn new(campaign: &Campaign, number: usize, next: u64) -> Self {
        let seed = Chance::of(campaign.seed, &[4, number as u64]).next();
        let director = Director {
            seed: campaign.seed,
            log: Log::default(),
            faults: Faults::new(seed, campaign.rates),
            figures: BTreeMap::new(),
            next,
            dots: 0,
            run: 0,
            dots_of_run: 0,
            is_armed: false,
            last_event: Instant::now(),
        };
        let shared = Arc::new(Mutex::new(director));
        let script = Arc::clone(&shared);
        let mut field = Field::with(campaign.name, PEOPLE, move |witness, scene| {
            Director::script(&script, witness, scene)
        });
        let images = campaign.disk.map(|disk| {
            let (images, environment) = Images::new(field.ledger().parent().unwrap(), disk);
            field.environment = environment;
            images
        });
        Self {
            seed,
            field,
            images,
            shared,
            runs: 0,
        }
    }

    /// Runs the command once, to its end or to a kill.
    fn run(&mut self) -> Option<i32> {
        let number = {
            let mut director = locked(&self.shared);
            director.log.begin();
            director.run += 1;
            (director.dots_of_run, director.is_armed) = (0, false);
            director.last_event = Instant::now();
            director.run as u64
        };
        let mut chance = Chance::of(self.seed, &[5, number]);
        let is_nobody_there = chance.percent(3);
        let (field, shared) = (&self.field, &self.shared);
        field.aim(if is_nobody_there {
            // A port that somebody has just let go of.
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            listener.local_addr().unwrap().port()
        } else {
            field.server.address().port()
        });
        let is_patient = chance.percent(10);
        let moment = Duration::from_micros(chance.below(150_000));
        if let Some(images) = &self.images {
            images.settle();
        }
        let begun = Instant::now();
        field.begin();
        let status = field.until("the end", || {
            let ended = field.witness.ended();
            let mut director = locked(shared);
            if ended.is_some() || director.is_armed {
                return ended;
            }
            if begun.elapsed() >= moment && is_nobody_there {
                director.kill(&field.witness, Place::NoRelay);
            } else if begun.elapsed() >= moment && director.place() == Place::Moment {
                director.kill(&field.witness, Place::Moment);
            } else if director.last_event.elapsed() > QUIET
                && director.dots_of_run > 0
                && !is_patient
            {
                director.kill(&field.witness, Place::Pause);
            }
            None
        });
        field.until("the end of all connections", || {
            (field.server.open() == 0).then_some(())
        });
        self.runs += 1;
        assert!(self.runs < MOST_RUNS, "it doesn't come to an end");
        match status.signal() {
            Some(signal) => {
                assert_eq!(signal, 9, "{}", self.field.errors());
                if let Some(images) = &self.images {
                    images.cut(&mut chance);
                }
                None
            }
            None => status.code(),
        }
    }

    /// Runs the command until all is done.
    fn fight_on(&mut self) -> Addresses {
        let mut doubts = Addresses::new();
        loop {
            let code = self.run();
            let log = &locked(&self.shared).log;
            let Some(books) = self.field.copied_books() else {
                assert_eq!(self.field.taken(), Addresses::new(), "nothing has begun");
                continue;
            };
            let seen = locked(&self.field.witness.seen);
            doubts = account(&books, &seen.taken, log, &doubts);
            drop(seen);
            let Some(code) = code else { continue };
            assert!(
                matches!(code, 0 | 1 | 5 | 6),
                "{code}: {}",
                self.field.errors()
            );
            let left = [State::Pending, State::Started];
            let is_left = left.iter().any(|state| !books.those(*state).is_empty());
            let is_put_off = !books.those(State::Deferred).is_empty();
            if is_put_off {
                // Whoever doesn't want to wait until they are due.
                let retry = ["retry", EDITION, "--deferred"];
                assert_eq!(self.field.call(&retry).status.code(), Some(0));
            }
            if !is_left && !is_put_off {
                return doubts;
            }
        }
    }

    /// Looks at what there is in the end, and adds it to the figures.
    fn finish(self, doubts: &Addresses, figures: &mut Figures) {
        let books = self.field.books().unwrap();
        self.field.check_status(&books);
        let (accepted, refused) = (books.those(State::Accepted), books.those(State::Refused));
        let sum = &(&accepted | &refused) | doubts;
        assert_eq!(sum, self.field.people, "somebody is missing");
        assert_eq!(books.those(State::Unknown), *doubts);
        // There is nothing left that it could send.
        let before = locked(&self.field.witness.seen).taken.clone();
        self.field.aim(self.field.server.address().port());
        let nothing_to_say = doubts.is_empty() && refused.is_empty();
        let code = self.field.call(&SEND).status.code();
        assert_eq!(code, Some(i32::from(!nothing_to_say)));
        assert_eq!(locked(&self.field.witness.seen).taken, before);

        let director = locked(&self.shared);
        for (place, count) in &director.figures {
            *figures.kills.entry(*place).or_default() += count;
        }
        for (fault, count) in &director.faults.happened {
            *figures.faults.entry(fault).or_default() += count;
        }
        figures.editions += 1;
        figures.runs += self.runs;
        figures.letters += self.field.people.len();
        figures.accepted += accepted.len();
        figures.refused += refused.len();
        figures.unknown += doubts.len();
        figures.unknown_copies += (doubts & &self.field.taken()).len();
    }
}

impl Campaign {
    /// Sends edition after edition, until the server has killed often enough.
    pub(super) fn fight(&self) -> Figures {
        println!("EPISTLE_SEED={}", self.seed);
        let begun = Instant::now();
        let (mut figures, mut next) = (Figures::default(), 0);
        while next < self.kills as u64 {
            let mut round = Round::new(self, figures.editions, next);
            let doubts = round.fight_on();
            next = locked(&round.shared).next;
            round.finish(&doubts, &mut figures);
            assert!(begun.elapsed() < LIMIT * (5 + self.kills as u32 / 5));
        }
        figures.seconds = begun.elapsed().as_secs_f64();
        println!("{figures}");
        figures
    }
}

/// A number from the environment.
pub(super) fn number(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(
        value
            .parse()
            .unwrap_or_else(|_| panic!("{name} is no number: {value}")),
    )
}

/// The seed of the environment, else one that nobody knows before.
pub(super) fn seed() -> u64 {
    number("EPISTLE_SEED").unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        now.as_nanos() as u64 % 1_000_000_007
    })
}

#[test]
fn a_campaign_of_kills_among_faults() {
    let kills = number("EPISTLE_KILLS").unwrap_or(50) as usize;
    let figures = Campaign {
        name: "campaign",
        seed: seed(),
        kills,
        rates: Rates {
            connections: 8,
            letters: 15,
        },
        disk: None,
    }
    .fight();
    for place in [Place::Envelope, Place::Body, Place::Dot, Place::Reply] {
        let count = figures.kills[&place];
        assert!(count >= kills * 2 / 9, "{place:?}: {count}");
    }
}
