//! 18 to 24, 31, 49 to 52: from MAIL to DATA. What is about one recipient is
//! charged to that one, and costs no connection; what is about us, to nobody.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use epistle::sandbox::{self, Answer, Event};

use super::trial::{Trial, to};
use crate::site::{BULLETIN, ID};

/// How many seconds somebody waits who is deferred.
pub(super) const WAITS: &str =
    "SELECT max(due - changed) / 1000 FROM letter WHERE state = 'deferred'";

#[test]
fn fault_18_a_sender_who_is_refused_ends_the_run() {
    for line in ["550 5.1.8 sender unknown", "553 5.7.1 not your address"] {
        let trial = Trial::new("sender", 20, move |scene| match scene.event {
            Event::Mail(_) => Answer::say(line),
            _ => Answer::Usual,
        });
        trial.ends(5, &format!("MAIL: the server said {line}"));
        assert_eq!(trial.ledger(), "20 pending");
        assert_eq!(trial.relay(), [1, 1, 1, 1, 0]);
    }
}

#[test]
fn fault_18_a_sender_who_is_refused_is_told_whatever_is_said_to_the_rest_of_the_group() {
    for (name, to_data) in [("503", "503 5.5.1 no recipient"), ("354", "354 go on")] {
        let trial = Trial::new(&format!("sender-{name}"), 8, move |scene| {
            if scene.letters < 3 {
                return Answer::Usual;
            }
            match scene.event {
                Event::Mail(_) => Answer::say("550 5.1.8 sender unknown"),
                Event::Rcpt(_) => Answer::say("250 2.1.5 ok"),
                Event::Data => Answer::say(to_data),
                _ => Answer::Usual,
            }
        });
        trial.ends(5, "MAIL: the server said 550 5.1.8 sender unknown");
        // What was taken before stands, and nobody gets an empty letter.
        assert_eq!(trial.ledger(), "3 accepted, 5 pending");
        assert_eq!(trial.relay(), [1, 4, 4, 4, 3]);
        assert_eq!(trial.site.got().len(), 3);
    }
}

#[test]
fn fault_19_a_recipient_who_is_put_off_waits_longer_each_time_and_is_given_up_at_last() {
    // In minutes: by RFC 5321 (4.5.4.1) half an hour and more, unless the relay says why.
    for (number, (line, minutes)) in [
        ("451 4.2.0 try later", &[30, 60, 120, 240, 240][..]),
        ("452 4.3.1 no room just now", &[1, 5, 30, 60]),
    ]
    .into_iter()
    .enumerate()
    {
        let trial = Trial::new(&format!("put-off-{number}"), 3, move |scene| {
            match scene.event {
                event if to(&event, 1) => Answer::say(line),
                _ => Answer::Usual,
            }
        });
        for minutes in minutes {
            let least = minutes * 60;
            trial.ends(6, "");
            assert_eq!(trial.ledger(), "2 accepted, 1 deferred");
            let waits = trial.number(WAITS);
            assert!(
                (least - 5..=least * 5 / 4).contains(&waits),
                "{waits}, not {least}"
            );
            assert_eq!(trial.relay()[4], 2);
            trial.site.ripen();
        }
        assert_eq!(trial.relay()[0], minutes.len());
        let trial = trial.set("recipients =", "give_up_after = \"30 min\"\nrecipients =");
        trial.ends(1, "2 accepted, 1 refused");
        let told = trial.told_of("r1@example.org");
        assert_eq!(told[..2], ["refused", "rcpt"]);
        assert_eq!(told[2], format!("{line} (given up)"));
        trial.ends(1, "");
        assert_eq!(
            trial.relay()[0],
            minutes.len() + 1,
            "nothing is left to be tried"
        );
    }
}

#[test]
fn fault_20_a_greylist_keeps_nobody_else_waiting_and_lets_one_in_after_five_minutes() {
    let greylist = |name: &str, within: &str| {
        let known = Mutex::new(HashSet::new());
        Trial::new(name, 6, move |scene| match scene.event {
            Event::Rcpt(path) => {
                let is_new = known.lock().unwrap().insert(path.to_owned());
                if is_new && scene.letters < 9 && !path.contains("<r0@") {
                    return Answer::say("450 4.7.1 greylisted");
                }
                Answer::Usual
            }
            _ => Answer::Usual,
        })
        .set(
            "retry_within = \"0s\"",
            &format!("retry_within = \"{within}\""),
        )
    };
    let trial = greylist("greylist", "2 min");
    trial.ends(6, "");
    assert_eq!(trial.ledger(), "1 accepted, 5 deferred");
    assert_eq!(
        trial.relay(),
        [1, 6, 6, 6, 1],
        "the connection was kept, and nobody hammered"
    );
    let waits = trial.number(WAITS);
    assert!((295..=375).contains(&waits), "{waits}");
    trial.site.ripen();
    trial.ends(0, "");
    assert_eq!(trial.ledger(), "6 accepted");

    // A run that may wait so long does.
    let trial = greylist("greylist-waits", "10 min").hasty(200);
    trial.ends(0, "");
    assert_eq!(
        (trial.ledger().as_str(), trial.relay()[4]),
        ("6 accepted", 6)
    );
}

#[test]
fn fault_21_a_recipient_who_is_refused_is_charged_alone_and_can_be_retried() {
    // Nobody is suppressed for it yet: that is for whoever reads the bounces.
    let trial = Trial::new("refused", 6, |scene| match scene.event {
        event if to(&event, 1) => Answer::say("550 5.1.1 no such user"),
        event if to(&event, 3) => Answer::say("553 never heard"),
        event if to(&event, 5) => Answer::say("550 5.2.1 disabled"),
        _ => Answer::Usual,
    });
    let ran = trial.ends(1, "3 accepted, 3 refused");
    assert!(
        ran.err
            .contains("epistle status 2026-03-20 tells who was refused")
    );
    assert_eq!(trial.ledger(), "3 accepted, 3 refused");
    let told = trial.told_of("r3@example.org");
    assert_eq!(told, ["refused", "rcpt", "553 never heard"]);
    let [connections, mail, rcpt, _, dots] = trial.relay();
    assert_eq!(
        [connections, mail, rcpt, dots],
        [1, 6, 6, 3],
        "RSET, not a new connection"
    );

    trial.site.ends(0, &["retry", ID, "--refused"]);
    trial.ends(1, "3 accepted, 3 refused");
    assert_eq!(trial.relay()[2], 9);
}

#[test]
fn fault_22_a_full_mailbox_waits_or_is_refused_as_the_relay_says() {
    // There is no third way: a run doesn't count the editions that somebody has missed.
    let trial = Trial::new("full", 4, |scene| match scene.event {
        event if to(&event, 1) => Answer::say("452 4.2.2 mailbox full"),
        event if to(&event, 2) => Answer::say("552 5.2.2 mailbox full"),
        _ => Answer::Usual,
    });
    trial.ends(1, "2 accepted, 1 refused, 1 deferred");
    assert_eq!(trial.told_of("r1@example.org")[0], "deferred");
    assert_eq!(trial.told_of("r2@example.org")[0], "refused");
    assert_eq!(trial.relay()[0], 1);
}

#[test]
fn fault_23_too_many_recipients_costs_nobody_a_try() {
    let trial = Trial::new("too-many", 4, |scene| match scene.event {
        event if to(&event, 2) && scene.connection == 0 => {
            Answer::say("452 4.5.3 enough of them here")
        }
        _ => Answer::Usual,
    })
    .hasty(200);
    trial.ends(0, "");
    assert_eq!(trial.ledger(), "4 accepted");
    assert_eq!((trial.relay()[0], trial.relay()[4]), (2, 4));
}

#[test]
fn fault_24_no_transaction_has_two_recipients() {
    let trial = Trial::new("each-own", 9, |scene| match scene.event {
        event if to(&event, 3) => Answer::say("550 5.1.1 no such user"),
        event if to(&event, 6) => Answer::say("450 4.2.0 later"),
        _ => Answer::Usual,
    });
    trial.ends(1, "7 accepted, 1 refused, 1 deferred");
    let letters = trial.site.letters();
    assert!(letters.iter().all(|letter| letter.to.len() == 1));
    let [_, mail, rcpt, ..] = trial.relay();
    assert_eq!((mail, rcpt), (9, 9));
}

#[test]
fn fault_31_a_connection_lost_before_the_body_is_no_doubt() {
    type Picks = fn(&Event<'_>) -> bool;
    let moments: [(&str, Picks); 4] = [
        ("hello", |event| *event == Event::Hello),
        ("mail", |event| matches!(event, Event::Mail(_))),
        ("rcpt", |event| matches!(event, Event::Rcpt(_))),
        ("data", |event| *event == Event::Data),
    ];
    for (name, at) in moments {
        for letters in [0, 2] {
            let options = sandbox::Options {
                resets: letters == 2,
                ..sandbox::Options::default()
            };
            let name = format!("lost-{name}-{letters}");
            let trial = Trial::with(&name, 5, options, move |scene| {
                if scene.connection == 0 && scene.letters == letters && at(&scene.event) {
                    Answer::Cut
                } else {
                    Answer::Usual
                }
            })
            .hasty(200);
            trial.ends(0, "");
            assert_eq!(trial.ledger(), "5 accepted", "{name}");
            let is_lost = usize::from(name != "lost-hello-2");
            let [connections, _, _, _, dots] = trial.relay();
            assert_eq!((connections, dots), (1 + is_lost, 5), "{name}");
        }
    }
}

#[test]
fn fault_49_a_letter_that_is_too_large_for_the_relay_is_one_error() {
    let options = sandbox::Options {
        size: Some(1_000),
        ..sandbox::Options::default()
    };
    let trial = Trial::with("size", 20, options, |_| Answer::Usual);
    let ran = trial.ends(5, "the server takes 1000");
    assert_eq!(ran.err.matches("552 5.3.4").count(), 1, "{ran:#?}");
    assert_eq!(trial.ledger(), "20 pending");
    assert_eq!(trial.relay(), [1, 0, 0, 0, 0]);

    // Where it doesn't say so beforehand, a few letters find it out, and nobody is charged.
    let options = sandbox::Options {
        size: None,
        ..sandbox::Options::default()
    };
    let trial = Trial::with("size-at-dot", 20, options, |scene| match scene.event {
        Event::Dot => Answer::say("552 5.3.4 too large"),
        _ => Answer::Usual,
    })
    .hasty(200);
    let ran = trial.ends(5, "552 5.3.4");
    assert_eq!(ran.err.matches("552 5.3.4").count(), 1, "{ran:#?}");
    assert_eq!(trial.ledger(), "20 pending");
    assert!(trial.relay()[4] <= 6, "{:?}", trial.relay());
}

#[test]
fn fault_50_a_relay_that_offers_nothing_gets_letters_of_seven_bits() {
    let said = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&said);
    let trial = Trial::new("seven-bits", 3, move |scene| match scene.event {
        Event::Hello => Answer::say("250 sandbox.invalid"),
        Event::Mail(words) => {
            heard.lock().unwrap().push(words.to_owned());
            Answer::Usual
        }
        _ => Answer::Usual,
    });
    trial
        .site
        .edit(BULLETIN, "Pray for rain.", "Bete für Ōsaka – 大阪.");
    trial
        .site
        .edit(BULLETIN, "title = \"Prayer", "title = \"Gebet für Ōsaka");
    trial.ends(0, "");
    assert_eq!(trial.ledger(), "3 accepted");
    let said = said.lock().unwrap();
    assert!(
        said.iter()
            .all(|words| words == "FROM:<prayer@example.org>"),
        "{said:?}"
    );
    for letter in trial.site.letters() {
        assert!(letter.message.is_ascii());
        let lines = letter.message.split(|&byte| byte == b'\n');
        assert!(lines.into_iter().all(|line| line.len() <= 998));
    }
}

#[test]
fn fault_50_a_relay_that_offers_less_on_its_next_connection_is_asked_for_no_more() {
    let said = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&said);
    let trial = Trial::new("offers-less", 6, move |scene| match scene.event {
        Event::Hello if scene.connection > 0 => Answer::say("250 sandbox.invalid"),
        Event::Dot if scene.letters == 2 => {
            Answer::SayAndCut(b"250 2.0.0 taken, and good bye\r\n".to_vec())
        }
        Event::Mail(words) if scene.connection > 0 => {
            heard.lock().unwrap().push(words.to_owned());
            Answer::Usual
        }
        _ => Answer::Usual,
    });
    trial.ends(0, "");
    assert_eq!(trial.ledger(), "6 accepted");
    assert_eq!(trial.relay()[0], 2);
    let said = said.lock().unwrap();
    assert_eq!(*said, ["FROM:<prayer@example.org>"; 3]);
}

#[test]
fn fault_51_addresses_that_a_relay_cannot_take_keep_nobody_else_from_being_sent_to() {
    let said = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&said);
    let options = sandbox::Options {
        smtputf8: false,
        ..sandbox::Options::default()
    };
    let trial = Trial::with("no-smtputf8", 1, options, move |scene| {
        if let Event::Rcpt(words) = scene.event {
            heard.lock().unwrap().push(words.to_owned());
        }
        Answer::Usual
    });
    // More than the refusals that are taken for the relay's fault.
    let rows: String = (0..12)
        .map(|index| format!("d\u{f6}rte{index}@example.org,,\n"))
        .collect();
    let list = trial.site.read("recipients.csv");
    trial.site.put(
        "recipients.csv",
        &list.replacen("r0@", &format!("{rows}r0@"), 1),
    );
    trial.ends(1, "1 accepted, 12 refused");
    assert_eq!(trial.site.got(), ["r0@example.org"]);
    assert_eq!(
        *said.lock().unwrap(),
        ["TO:<r0@example.org>"],
        "never mangled"
    );
    let told = trial.told_of("d\u{f6}rte3@example.org");
    assert_eq!(told[..2], ["refused", "rcpt"]);
    assert!(told[2].contains("no SMTPUTF8"), "{told:?}");
}

#[test]
fn fault_52_a_domain_beyond_ascii_goes_as_its_a_label_and_is_one_mailbox_in_all_spellings() {
    let said = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&said);
    let options = sandbox::Options {
        smtputf8: false,
        ..sandbox::Options::default()
    };
    let trial = Trial::with("idn", 1, options, move |scene| {
        if let Event::Mail(words) | Event::Rcpt(words) = scene.event {
            heard
                .lock()
                .unwrap()
                .push(words.split(" SIZE").next().unwrap().to_owned());
        }
        Answer::Usual
    });
    trial.site.put(
        "recipients.csv",
        "email\nanna@b\u{fc}cher.example\nanna@xn--bcher-kva.example\nANNA@B\u{dc}CHER.EXAMPLE\n",
    );
    trial.ends(0, "");
    assert_eq!(trial.ledger(), "1 accepted");
    let expected = [
        "FROM:<prayer@example.org>",
        "TO:<anna@xn--bcher-kva.example>",
    ];
    assert_eq!(*said.lock().unwrap(), expected);
}
