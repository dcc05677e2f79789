//! Asked to end instead of killed: by the signals that a terminal, a shell or a
//! system that goes down sends.

use std::time::{Duration, Instant};

use epistle::ledger::State;
use epistle::sandbox::{Answer, Event};

use super::field::{CONNECTIONS, Field};
use super::log::Addresses;
use super::witness::locked;

#[test]
fn asked_to_end_it_finishes_what_is_in_flight() {
    let field = Field::new("asked", |witness, scene| {
        if scene.event != Event::Dot {
            return Answer::Usual;
        }
        let slow = |millis| Answer::After(Duration::from_millis(millis), Box::new(Answer::Usual));
        match scene.letters {
            40 => {
                witness.signal("TERM");
                slow(500)
            }
            41.. if scene.connection < CONNECTIONS => slow(100), // the first run's
            _ => Answer::Usual,
        }
    });
    let (code, doubts) = field.send();
    assert_eq!((code, doubts), (6, Addresses::new()));
    let books = field.books().unwrap();
    let accepted = books.those(State::Accepted);
    assert_eq!(accepted, field.taken());
    assert!((41..200).contains(&accepted.len()), "{}", accepted.len());
    assert_eq!(field.send(), (0, Addresses::new()));
    assert_eq!(field.taken(), field.people);
}

#[test]
fn asked_twice_it_ends_at_once() {
    let field = Field::new("asked-twice", |_, scene| match scene.event {
        Event::Dot if scene.letters >= 40 => Answer::Silence,
        _ => Answer::Usual,
    });
    field.begin();
    let at_dots = || {
        let ended = locked(&field.witness.seen).log.dots();
        (ended == 40 + CONNECTIONS).then_some(())
    };
    field.until("every connection at its dot", at_dots);
    field.witness.signal("TERM");
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(field.witness.ended(), None, "it waits for answers");
    let asked = Instant::now();
    field.witness.signal("INT"); // two of one kind may come as one
    assert_eq!(field.wait().code(), Some(1));
    assert!(asked.elapsed() < Duration::from_secs(10));
    let books = field.books().unwrap();
    assert_eq!(
        (
            books.those(State::Unknown).len(),
            books.those(State::Started).len()
        ),
        (CONNECTIONS, 0)
    );
    assert_eq!(books.those(State::Accepted), field.taken());
}

#[test]
fn a_terminal_that_closes_ends_nothing() {
    let field = Field::new("hung-up", |witness, scene| {
        if scene.event == Event::Dot && scene.letters % 100 == 50 {
            witness.signal("HUP");
        }
        Answer::Usual
    });
    assert_eq!(field.send(), (0, Addresses::new()));
    assert_eq!(field.taken(), field.people);
}
