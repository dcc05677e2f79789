//! Kills by chance, among faults by chance: run after run until nothing is left
//! to send, edition after edition until there were enough kills. After each run
//! the account is exact.
//!
//! `EPISTLE_KILLS=1000 cargo test --locked campaign -- --nocapture` is the long
//! one. `EPISTLE_SEED` repeats what was drawn; how threads and processes come
//! between each other stays the machine's.

use std::os::unix::process::ExitStatusExt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use epistle::ledger::State;
use tokio::net::TcpSocket;

use super::account::account;
use super::chance::Chance;
use super::director::{Director, Place, Shared};
use super::faults::{Faults, Rates};
use super::field::{EDITION, Field, LIMIT, SEND, Way};
use super::figures::{Figures, Victims};
use super::log::Addresses;
use super::powercut::Disk;
use super::witness::locked;

/// How many people an edition is for.
const PEOPLE: usize = 250;
/// More runs than any edition takes.
const MOST_RUNS: usize = 1_000;

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

/// An edition on its way to its people, through kills and faults.
struct Round {
    seed: u64,
    field: Field,
    shared: Shared,
    runs: usize,
    victims: Victims,
}

impl Round {
    fn new(campaign: &Campaign, number: usize, next: u64) -> Self {
        let seed = Chance::of(campaign.seed, &[4, number as u64]).next();
        let faults = Faults::new(seed, campaign.rates);
        let director = Director::new(campaign.seed, faults, next);
        let shared = Arc::new(Mutex::new(director));
        let script = Arc::clone(&shared);
        let mut field = Field::with(
            campaign.name,
            PEOPLE,
            Way::ALL[(campaign.seed as usize + number) % Way::ALL.len()],
            move |witness, scene| Director::script(&script, witness, scene),
        );
        if let Some(disk) = campaign.disk {
            field.mount(disk);
        }
        Self {
            seed,
            field,
            shared,
            runs: 0,
            victims: Victims::new(),
        }
    }

    /// Runs the command once, to its end or to a kill.
    fn run(&mut self) -> Option<i32> {
        let number = locked(&self.shared).begin();
        let mut chance = Chance::of(self.seed, &[5, number]);
        let (field, shared) = (&self.field, &self.shared);
        let is_patient = chance.percent(10);
        let moment = Duration::from_micros(chance.below(150_000));
        // Bound, so that nobody else takes the port, and nobody listens.
        let nobody = TcpSocket::new_v4().unwrap();
        nobody.bind(([127, 0, 0, 1], 0).into()).unwrap();
        let is_nobody_there = chance.percent(3);
        field.aim(if is_nobody_there {
            nobody.local_addr().unwrap().port()
        } else {
            field.server.address().port()
        });
        let begun = Instant::now();
        field.begin();
        let status = field.until("the end", || {
            let mut director = locked(shared);
            if begun.elapsed() >= moment {
                let place = [Place::Moment, Place::NoRelay][usize::from(is_nobody_there)];
                director.look(&field.witness, place);
            }
            if !is_patient && director.is_quiet() {
                director.look(&field.witness, Place::Pause);
            }
            field.witness.ended()
        });
        field.until("the end of all connections", || {
            (field.server.open() == 0).then_some(())
        });
        self.runs += 1;
        assert!(self.runs < MOST_RUNS, "it doesn't come to an end");
        match status.signal() {
            Some(signal) => {
                assert_eq!(signal, 9, "{}", self.field.errors());
                field.cut_power(&mut chance);
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
            let Some(books) = self.field.copied_books() else {
                assert_eq!(self.field.taken(), Addresses::new(), "nothing has begun");
                continue;
            };
            let seen = locked(&self.field.witness.seen);
            doubts = account(&books, &seen.taken, &seen.log, &doubts);
            if let Some((victim, may_be)) = &seen.victim {
                let state = books.state(victim);
                assert!(
                    may_be.contains(&state),
                    "{victim} is {state}, not {may_be:?}"
                );
                let place = locked(&self.shared).last.expect("there was a kill");
                *self.victims.entry((place, state.name())).or_default() += 1;
            }
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
        for (place, count) in &director.kills {
            *figures.kills.entry(*place).or_default() += count;
        }
        for (victim, count) in &self.victims {
            *figures.victims.entry(*victim).or_default() += count;
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
    let known = |place, state: State| figures.victims.get(&(place, state.name()));
    assert!(known(Place::Body, State::Started) > known(Place::Body, State::Pending));
}
