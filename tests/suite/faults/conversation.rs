//! 30 and 43 to 48: the conversation as a whole, and its end.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use epistle::sandbox::{Answer, Event};

use super::trial::Trial;

#[test]
fn fault_30_a_421_on_an_idle_connection_is_noticed_before_a_letter_is_offered() {
    let trial = Trial::new("idle", 3, |scene| match scene.event {
        Event::Dot => Answer::add("421 4.4.2 idle too long"),
        _ => Answer::Usual,
    })
    .set("[batch]", "[batch]\nsize = 1\npause = \"5s\"")
    .hasty(200);
    trial.ends(0, "");
    assert_eq!(trial.ledger(), "3 accepted");
    assert_eq!(
        trial.relay(),
        [3, 3, 3, 3, 3],
        "offered to nobody who has gone"
    );
}

#[test]
fn fault_43_one_reply_too_many_is_given_to_no_other_command() {
    for words in [
        "250 2.0.0 yes\r\n451 4.3.0 no\r\n",
        "451 4.3.0 no\r\n250 2.0.0 yes\r\n",
    ] {
        let trial = Trial::new("surplus", 9, move |scene| match scene.event {
            Event::Dot if scene.letters == 4 => Answer::Say(words.as_bytes().to_vec()),
            _ => Answer::Usual,
        })
        .hasty(200);
        let command = trial
            .command(&["send", crate::site::BULLETIN, "--yes"])
            .output()
            .unwrap();
        assert!(
            matches!(command.status.code(), Some(0 | 1 | 6)),
            "{command:?}"
        );
        trial.exact();
        // Whether the relay has it can be known of all but that one letter.
        let ledger = trial.ledger();
        let is_told =
            ["8 accepted, 1 unknown", "8 accepted, 1 deferred"].contains(&ledger.as_str());
        let is_believed = words.starts_with('2') && ledger == "9 accepted";
        assert!(is_told || is_believed, "{words}: {ledger}");
        assert_eq!(trial.relay()[0], 2, "the connection was given up");
    }
}

#[test]
fn fault_44_a_reply_without_end_takes_little_memory_and_costs_a_connection() {
    let floods = [
        (0, b"250-and more and more and more\r\n".repeat(2_000_000)), // 64 MB
        (1, vec![b'2'; 64 << 20]),
    ];
    let trial = Trial::new("flood", 3, move |scene| {
        let flood = floods
            .iter()
            .find(|(connection, _)| *connection == scene.connection);
        match (scene.event, flood) {
            (Event::Hello, Some((0, words))) | (Event::Rcpt(_), Some((1, words))) => {
                Answer::Say(words.clone())
            }
            _ => Answer::Usual,
        }
    })
    .hasty(200);
    // Less than one of them, for all that the program holds.
    let mut command = std::process::Command::new("sh");
    command
        .args(["-c", "ulimit -d 49152; exec \"$0\" send \"$1\" --yes"])
        .arg(env!("CARGO_BIN_EXE_epistle"))
        .arg(crate::site::BULLETIN)
        .current_dir(&trial.site.folder)
        .env_clear();
    trial.prepare(&mut command);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    trial.exact();
    assert_eq!(trial.ledger(), "3 accepted");
    assert_eq!(trial.relay()[0], 3);
}

#[test]
fn fault_45_a_tarpit_holds_one_connection_and_not_the_run() {
    let order = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&order);
    let trial = Trial::new("tarpit", 8, move |scene| match scene.event {
        Event::Rcpt(_) if scene.connection == 0 => Answer::Silence,
        Event::Dot => {
            seen.lock().unwrap().push(scene.connection);
            Answer::Usual
        }
        _ => Answer::Usual,
    })
    .connections(2)
    .hasty(300);
    let begun = Instant::now();
    trial.ends(0, "");
    assert!(begun.elapsed().as_millis() >= 600, "five minutes of RCPT");
    assert_eq!(trial.ledger(), "8 accepted");
    let order = order.lock().unwrap();
    assert_eq!(order[..7], [1; 7], "the others did not wait");
    assert_eq!(trial.relay()[4], 8);
}

#[test]
fn fault_46_a_good_bye_without_an_answer_is_not_waited_for() {
    let trial = Trial::new("no-good-bye", 3, |scene| match scene.event {
        Event::Quit => Answer::Silence,
        _ => Answer::Usual,
    })
    .hasty(10);
    let begun = Instant::now();
    trial.ends(0, "");
    assert!(
        begun.elapsed().as_secs() < 20,
        "it waits two seconds of its own, not five minutes"
    );
    assert_eq!(trial.ledger(), "3 accepted");
}

#[test]
fn fault_47_a_relay_that_restarts_is_waited_for_and_a_long_outage_is_told() {
    // Letters that were never tried don't expire: what has begun is finished, or cancelled by a person.
    let outage = Arc::new(AtomicUsize::new(3));
    let left = Arc::clone(&outage);
    let trial = Trial::new("outage", 9, move |scene| match scene.event {
        Event::Dot if scene.letters == 3 => Answer::SayAndCut(b"250 2.0.0 taken\r\n".to_vec()),
        Event::Connect if scene.letters >= 4 => {
            let down = |left: usize| left.checked_sub(1);
            match left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, down) {
                Ok(_) => Answer::Cut,
                Err(_) => Answer::Usual,
            }
        }
        _ => Answer::Usual,
    })
    .hasty(200);
    trial.ends(0, "");
    assert_eq!(trial.ledger(), "9 accepted");
    assert_eq!((trial.relay()[0], trial.relay()[4]), (5, 9));

    let is_down = Arc::new(AtomicBool::new(true));
    let down = Arc::clone(&is_down);
    let trial = Trial::new("long-outage", 9, move |scene| match scene.event {
        Event::Connect if scene.letters >= 4 && down.load(Ordering::SeqCst) => Answer::Cut,
        Event::Dot if scene.letters == 3 => Answer::SayAndCut(b"250 2.0.0 taken\r\n".to_vec()),
        _ => Answer::Usual,
    })
    .hasty(200);
    let ran = trial.ends(5, "the greeting: the server closed the connection");
    assert!(ran.err.contains("4 accepted, 5 still to send"), "{ran:#?}");
    assert_eq!(trial.relay()[0], 7, "six tries, longer and longer apart");
    trial.ends(5, "");
    assert_eq!(trial.ledger(), "4 accepted, 5 pending");
    is_down.store(false, Ordering::SeqCst);
    trial.ends(0, "");
    assert_eq!((trial.ledger().as_str(), trial.taken()), ("9 accepted", 9));
}

#[test]
fn fault_48_a_relay_that_dies_right_after_taking_leaves_one_doubt_a_connection() {
    const CONNECTIONS: usize = 4;
    let is_up = Arc::new(AtomicBool::new(true));
    let up = Arc::clone(&is_up);
    let dead = AtomicUsize::new(0);
    let trial = Trial::new("dies", 40, move |scene| match scene.event {
        Event::Connect if !up.load(Ordering::SeqCst) => Answer::Cut,
        Event::Dot if scene.letters >= 8 && dead.load(Ordering::SeqCst) < CONNECTIONS => {
            dead.fetch_add(1, Ordering::SeqCst);
            up.store(false, Ordering::SeqCst);
            Answer::TakeAndCut
        }
        _ => Answer::Usual,
    })
    .connections(CONNECTIONS)
    .hasty(200);
    trial.ends(5, "the greeting: the server closed the connection");
    assert_eq!(trial.ledger(), "8 accepted, 4 unknown, 28 pending");
    assert_eq!(trial.taken(), 12);
    is_up.store(true, Ordering::SeqCst);
    // It is back: all others are sent, and nobody gets two.
    trial.ends(1, "36 accepted, 4 unknown");
    assert_eq!(trial.taken(), 40);
}
