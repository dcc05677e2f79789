//! 32 to 42: the body and its dot. Only what may have been taken is in doubt,
//! and nothing is in doubt that was answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use epistle::sandbox::{self, Answer, Event};

use super::trial::{Trial, after};
use crate::site::{BULLETIN, ID};

/// A relay that misbehaves once, at the dot of the second letter.
fn at_second_dot(name: &str, answer: Answer) -> Trial {
    Trial::new(name, 3, move |scene| match scene.event {
        Event::Dot if scene.letters == 1 => answer.clone(),
        _ => Answer::Usual,
    })
    .hasty(200)
}

/// One of three letters is in doubt: it is told, and nobody sends it again.
fn assert_doubt(trial: &Trial, taken: usize, told: &str) {
    let ran = trial.ends(1, "2 accepted, 1 unknown");
    assert!(
        ran.err.contains("Next: epistle resolve 2026-03-20"),
        "{ran:#?}"
    );
    assert_eq!(trial.ledger(), "2 accepted, 1 unknown");
    assert_eq!((trial.relay()[4], trial.taken()), (3, taken));
    let doubt = trial.told_of("r1@example.org");
    assert_eq!(doubt[..2], ["unknown", "dot"]);
    assert!(doubt[2].contains(told), "{doubt:?}");
    let connections = trial.relay()[0];
    trial.ends(1, "");
    assert_eq!(trial.relay()[0], connections, "held for a person's word");
}

#[test]
fn fault_32_a_connection_lost_in_the_body_is_a_doubt_where_the_dot_was_handed_over() {
    // The system takes a small letter whole, its dot too. A large one of which it took less: see smtp.rs.
    let trial = Trial::new("cut-in-body", 3, |scene| match scene.event {
        Event::Data if scene.letters == 1 && scene.connection == 0 => Answer::CutInBody(1_000),
        _ => Answer::Usual,
    })
    .hasty(200);
    let ran = trial.ends(1, "2 accepted, 1 unknown");
    assert!(ran.err.contains("epistle resolve"), "{ran:#?}");
    assert_eq!(trial.ledger(), "2 accepted, 1 unknown");
    assert_eq!(
        (trial.relay()[0], trial.relay()[4], trial.taken()),
        (2, 2, 2)
    );
}

#[test]
fn fault_33_a_relay_that_refuses_in_mid_body_is_heard() {
    let early = |name, line: &'static str| {
        Trial::new(name, 3, move |scene| match scene.event {
            Event::Data if scene.letters == 1 && scene.connection == 0 => {
                Answer::SayInBody(1_000, format!("{line}\r\n").into_bytes())
            }
            _ => Answer::Usual,
        })
        .hasty(300)
    };
    let trial = early("early-452", "452 4.3.1 no room");
    trial.ends(6, "");
    assert_eq!(trial.ledger(), "2 accepted, 1 deferred");
    assert_eq!(trial.told_of("r1@example.org")[2], "452 4.3.1 no room");

    // About that one letter, since the others are taken.
    let trial = early("early-552", "552 5.3.4 too large");
    trial.ends(1, "2 accepted, 1 refused");
    assert_eq!(trial.told_of("r1@example.org")[2], "552 5.3.4 too large");
}

#[test]
fn fault_34_data_put_off_is_the_recipients_and_data_refused_is_ours() {
    let trial = Trial::new("data-451", 3, |scene| match scene.event {
        Event::Data if scene.letters == 1 => Answer::say("451 4.3.0 later"),
        _ => Answer::Usual,
    });
    trial.ends(6, "");
    assert_eq!(trial.ledger(), "1 accepted, 2 deferred");
    assert_eq!(
        trial.told_of("r1@example.org")[1..],
        ["data", "451 4.3.0 later"]
    );

    let trial = Trial::new("data-554", 20, |scene| match scene.event {
        Event::Data if scene.letters == 1 => Answer::say("554 5.7.1 no"),
        _ => Answer::Usual,
    });
    // Of what a relay says behind a recipient's name, cron hears the codes alone.
    trial.ends(5, "recipients.csv:3");
    assert_eq!(trial.ledger(), "1 accepted, 19 pending");
    assert_eq!((trial.relay()[0], trial.relay()[4]), (1, 1));
}

#[test]
fn fault_35_a_dot_that_is_put_off_defers_the_letter() {
    for line in ["451 4.3.0 later", "452 4.3.1 no room"] {
        let trial = at_second_dot("dot-451", Answer::say(line));
        trial.ends(6, "");
        assert_eq!(trial.ledger(), "2 accepted, 1 deferred");
        assert_eq!(trial.told_of("r1@example.org")[1..], ["dot", line]);
        assert_eq!((trial.relay()[0], trial.relay()[4]), (1, 3));
        trial.site.ripen();
        trial.ends(0, "");
        assert_eq!(trial.ledger(), "3 accepted");
    }
}

#[test]
fn fault_37_a_dot_that_was_taken_without_an_answer_is_a_doubt() {
    for resets in [false, true] {
        let options = sandbox::Options {
            resets,
            ..sandbox::Options::default()
        };
        let trial = Trial::with(
            &format!("taken-{resets}"),
            3,
            options,
            |scene| match scene.event {
                Event::Dot if scene.letters == 1 => Answer::TakeAndCut,
                _ => Answer::Usual,
            },
        )
        .hasty(200);
        assert_doubt(&trial, 3, "connection");
        trial.site.ends(0, &["resolve", ID, "--arrived", "--all"]);
        trial.ends(0, "");
        assert_eq!((trial.ledger().as_str(), trial.taken()), ("3 accepted", 3));
    }
}

#[test]
fn fault_38_a_dot_that_was_not_taken_and_has_no_answer_looks_the_same() {
    for resets in [false, true] {
        let options = sandbox::Options {
            resets,
            ..sandbox::Options::default()
        };
        let trial = Trial::with(
            &format!("not-taken-{resets}"),
            3,
            options,
            |scene| match scene.event {
                Event::Dot if scene.letters == 1 => Answer::Cut,
                _ => Answer::Usual,
            },
        )
        .hasty(200);
        assert_doubt(&trial, 2, "connection");
        trial
            .site
            .ends(0, &["resolve", ID, "--send-again", "--all"]);
        trial.ends(0, "");
        assert_eq!((trial.ledger().as_str(), trial.taken()), ("3 accepted", 3));
    }
}

#[test]
fn fault_39_an_answer_that_comes_after_eight_minutes_is_waited_for() {
    let late = after(2_400, Answer::Usual); // 480 s of the program's
    let trial = at_second_dot("late", late);
    trial.ends(0, "");
    assert_eq!(trial.ledger(), "3 accepted");
    assert_eq!(
        (trial.relay()[0], trial.relay()[4], trial.taken()),
        (1, 3, 3)
    );
}

#[test]
fn fault_40_silence_at_the_dot_is_a_doubt_after_ten_minutes() {
    let begun = Instant::now();
    let trial = at_second_dot("silent", Answer::Silence).hasty(300);
    assert_doubt(&trial, 2, "nothing happened for 600 s");
    assert!(begun.elapsed().as_millis() >= 600);
}

#[test]
fn fault_41_a_relay_that_lies_makes_a_copy_that_is_the_same_letter() {
    let lie = Answer::TakeAndSay(b"451 4.3.0 not taken, or so it says\r\n".to_vec());
    let trial = at_second_dot("lie", lie);
    trial.ends(6, "");
    assert_eq!(trial.ledger(), "2 accepted, 1 deferred");
    trial.site.ripen();
    let again = trial.site.ends(0, &["send", BULLETIN, "--yes"]);
    assert_eq!(again.err, "");
    assert_eq!(trial.ledger(), "3 accepted");
    let letters = trial.site.letters();
    let copies: Vec<_> = letters
        .iter()
        .filter(|letter| letter.to == ["r1@example.org"])
        .collect();
    assert_eq!((letters.len(), copies.len()), (4, 2));
    // By the Message-ID whoever looks for copies drops one of them.
    assert_eq!(copies[0].message, copies[1].message);
}

#[test]
fn fault_42_only_a_sound_250_is_success_and_what_is_no_reply_is_a_doubt() {
    for (number, (words, is_sound)) in [
        (&b"250\r\n"[..], true),
        (b"250 2.0.0 re\xE7u\r\n", true),
        (b"250 2.0.0 o\0k\r\n", true),
        (b"250-one\r\n250 two\r\n", true),
        (b"250 ok\n", true),
        (b"354 go on\r\n", false),
        (b"251 well\r\n", false),
        (b"200 OK\r\n", false),
        (b"999 what\r\n", false),
        (b"2500 ok\r\n", false),
        (b"25 ok\r\n", false),
        (b"\0\0\0\r\n", false),
        (b"taken\r\n", false),
        (b"250-one\r\n251 two\r\n", false),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = Answer::TakeAndSay(words.to_vec());
        let trial = at_second_dot(&format!("words-{number}"), answer);
        if is_sound {
            trial.ends(0, "");
            assert_eq!(trial.ledger(), "3 accepted", "{}", words.escape_ascii());
        } else {
            trial.ends(1, "2 accepted, 1 unknown");
            assert_eq!(trial.told_of("r1@example.org")[..2], ["unknown", "dot"]);
        }
        assert_eq!((trial.relay()[4], trial.taken()), (3, 3));
    }
    // Half of a reply is none.
    let is_cut = Arc::new(AtomicBool::new(false));
    let cut = Arc::clone(&is_cut);
    let trial = Trial::new("words-half", 3, move |scene| match scene.event {
        Event::Dot if scene.letters == 1 && !cut.swap(true, Ordering::SeqCst) => {
            Answer::SayAndCut(b"250 2.0.0 ta".to_vec())
        }
        _ => Answer::Usual,
    })
    .hasty(200);
    trial.ends(1, "2 accepted, 1 unknown");
}
