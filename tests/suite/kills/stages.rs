//! Killed at one stage of the conversation, six times over, at letters far from
//! each other.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use epistle::ledger::{Ledger, SqliteLedger, State};
use epistle::sandbox::{Answer, Event};

use super::field::{CONNECTIONS, EDITION, Field, LIMIT};
use super::log::{Addresses, address};
use super::witness::locked;

/// How often a run is killed and begun again.
const KILLS: usize = 6;

#[test]
fn killed_in_the_envelope() {
    let field = Field::deadly("envelope", KILLS, |witness, scene, kill| {
        let victim = match (scene.event, kill % 3) {
            (Event::Mail(_), 0) => None,
            (Event::Rcpt(path), 1) => Some(address(path)),
            (Event::Data, 2) => witness.to(scene),
            _ => return Answer::Usual,
        };
        witness.kill(victim.map(|to| (to, &[State::Pending][..])));
        Answer::Cut
    });
    field.send_all(KILLS);
}

#[test]
fn killed_in_the_body() {
    let field = Field::deadly("body", KILLS, |witness, scene, kill| {
        if scene.event != Event::Data {
            return Answer::Usual;
        }
        let (witness, to) = (Arc::clone(witness), witness.to(scene).unwrap());
        let bytes = [1, 100, 1_000, 10_000][kill % 4];
        Answer::CutInBody(bytes).then(move || {
            witness.kill(Some((to.clone(), &[State::Started])));
        })
    });
    let doubts = field.send_all(KILLS);
    assert!(doubts.len() >= KILLS, "{}", doubts.len());
}

#[test]
fn killed_at_a_dot_that_was_taken() {
    killed_at_the_dot("dot-taken", Answer::TakeAndCut);
}

#[test]
fn killed_at_a_dot_that_was_not_taken() {
    killed_at_the_dot("dot-not-taken", Answer::Cut);
}

fn killed_at_the_dot(name: &str, answer: Answer) {
    let field = Field::deadly(name, KILLS, move |witness, scene, _| {
        if scene.event != Event::Dot {
            return Answer::Usual;
        }
        witness.kill(Some((witness.to(scene).unwrap(), &[State::Started])));
        answer.clone()
    });
    let doubts = field.send_all(KILLS);
    assert!(doubts.len() >= KILLS, "{}", doubts.len());
}

#[test]
fn killed_when_the_dot_was_answered() {
    let field = Field::deadly("answered", KILLS, |witness, scene, kill| {
        if scene.event != Event::Dot {
            return Answer::Usual;
        }
        let (witness, to) = (Arc::clone(witness), witness.to(scene).unwrap());
        // At once, and until the outcome has been durable for a while.
        let pause = Duration::from_millis([0, 0, 1, 5, 20, 200][kill % 6]);
        Answer::Usual.then(move || {
            std::thread::sleep(pause);
            witness.kill(Some((to.clone(), &[State::Started, State::Accepted])));
        })
    });
    field.send_all(KILLS);
}

#[test]
fn killed_with_every_connection_at_its_dot() {
    let held = Mutex::new(0);
    let field = Field::deadly("every-dot", KILLS, move |witness, scene, kill| {
        if scene.event != Event::Dot {
            return Answer::Usual;
        }
        let mut held = held.lock().unwrap();
        *held += 1;
        if *held < CONNECTIONS {
            return Answer::Silence;
        }
        *held = 0;
        witness.kill(Some((witness.to(scene).unwrap(), &[State::Started])));
        [Answer::Cut, Answer::TakeAndCut][kill % 2].clone()
    });
    let doubts = field.send_all(KILLS);
    assert_eq!(doubts.len(), KILLS * CONNECTIONS);
}

#[test]
fn no_body_goes_before_its_commit() {
    // While somebody else writes, no commit can be made, and so no body may go.
    let kills = 5;
    let place: Arc<Mutex<PathBuf>> = Arc::default();
    let (ledger, offered) = (Arc::clone(&place), Mutex::new((0, Addresses::new())));
    let field = Field::deadly("commit", kills, move |witness, scene, kill| {
        let to = match scene.event {
            Event::Data | Event::Dot => witness.to(scene).unwrap(),
            _ => return Answer::Usual,
        };
        let mut offered = offered.lock().unwrap();
        let (of, offered) = &mut *offered;
        if *of != kill {
            (*of, *offered) = (kill, Addresses::new());
        }
        if scene.event == Event::Dot && offered.contains(&to) {
            let told = format!("the body to {to} went without a commit");
            locked(&witness.seen).wrong.push(told);
        }
        if scene.event == Event::Dot {
            return Answer::Usual;
        }
        if offered.is_empty() {
            let other = rusqlite::Connection::open(&*ledger.lock().unwrap()).unwrap();
            other.busy_timeout(LIMIT).unwrap();
            other.execute_batch("BEGIN IMMEDIATE").unwrap();
            let (witness, to) = (Arc::clone(witness), to.clone());
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(300));
                witness.kill(Some((to, &[State::Pending])));
                drop(other);
            });
        }
        offered.insert(to);
        Answer::Usual
    });
    *place.lock().unwrap() = field.ledger();
    field.send_all(kills);
}

#[test]
fn no_commit_leaves_more_in_flight_than_connections() {
    // Whatever is durable at any moment is what a kill would leave behind.
    let field = Field::new("moments", |_, _| Answer::Usual);
    field.begin();
    let file = field.ledger();
    let mut ledger = field.until("the beginning", || {
        let key = file.with_extension("key");
        let ledger = key
            .exists()
            .then(|| SqliteLedger::open(&file, &key).unwrap());
        ledger.and_then(|mut ledger| (!ledger.editions().unwrap().is_empty()).then_some(ledger))
    });
    field.until("the end", || {
        let counts = ledger.counts(EDITION).unwrap();
        let started = counts.of(State::Started);
        assert!(started <= CONNECTIONS as u64, "{counts:?}");
        field.witness.ended()
    });
    field.wait();
    assert_eq!(field.taken(), field.people);
}

#[test]
fn doubts_end_by_a_persons_word() {
    let field = Field::deadly("resolved", KILLS, move |witness, scene, kill| {
        if scene.event != Event::Dot {
            return Answer::Usual;
        }
        witness.kill(Some((witness.to(scene).unwrap(), &[State::Started])));
        [Answer::Cut, Answer::TakeAndCut][kill % 2].clone()
    });
    let doubts = field.send_all(KILLS);
    // The relay's log tells which of them it has taken.
    let arrived = &doubts & &field.taken();
    assert!(arrived.len() >= KILLS / 2 && arrived.len() < doubts.len());
    let mut resolve = vec!["resolve", EDITION, "--arrived"];
    resolve.extend(arrived.iter().map(String::as_str));
    assert_eq!(field.call(&resolve).status.code(), Some(0));
    let resolve = ["resolve", EDITION, "--send-again", "--all"];
    assert_eq!(field.call(&resolve).status.code(), Some(0));
    let (code, doubts) = field.send();
    assert_eq!((code, doubts), (0, Addresses::new()));
    assert_eq!(field.books().unwrap().those(State::Accepted), field.people);
    assert_eq!(field.taken(), field.people);
}
