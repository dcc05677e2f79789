//! 6, 17, 25 to 29 and 36: a relay that takes less than it is offered, and
//! says so in one way or another. Nobody is charged for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use epistle::sandbox::{Answer, Event};

use super::envelope::WAITS;
use super::trial::{Trial, after, to};
use crate::site::BULLETIN;

#[test]
fn fault_06_a_connection_too_many_is_given_up_and_the_others_go_on() {
    for words in [
        "421 4.7.0 too many",
        "432 4.3.2 too many",
        "554 5.7.1 too many connections",
    ] {
        let trial = Trial::new("two-connections", 24, move |scene| match scene.event {
            Event::Connect if scene.connection >= 2 => {
                Answer::SayAndCut(format!("{words}\r\n").into_bytes())
            }
            Event::Dot => after(50, Answer::Usual),
            _ => Answer::Usual,
        })
        .connections(4);
        trial.ends(0, "");
        assert_eq!(trial.ledger(), "24 accepted");
        assert!(trial.relay()[0] <= 8, "{words}: {:?}", trial.relay());
        assert_eq!(trial.relay()[4], 24);
    }
}

#[test]
fn fault_17_a_sender_who_is_put_off_waits_and_charges_nobody() {
    let left = AtomicUsize::new(3);
    let trial = Trial::new("mail-451", 6, move |scene| match scene.event {
        Event::Mail(_) if left.load(Ordering::SeqCst) > 0 => {
            left.fetch_sub(1, Ordering::SeqCst);
            Answer::say("451 4.3.0 later")
        }
        _ => Answer::Usual,
    })
    .hasty(200);
    trial.ends(0, "");
    assert_eq!(trial.ledger(), "6 accepted");
    assert_eq!((trial.relay()[0], trial.relay()[4]), (4, 6));

    let trial = Trial::new("mail-451-always", 6, |scene| match scene.event {
        Event::Mail(_) => Answer::say("451 4.3.0 later"),
        _ => Answer::Usual,
    })
    .hasty(200);
    trial.ends(5, "MAIL: the server said 451 4.3.0 later");
    assert_eq!(trial.ledger(), "6 pending");
}

#[test]
fn fault_25_a_recipient_who_receives_too_fast_is_deferred_alone() {
    let trial = Trial::new("too-fast", 3, |scene| match scene.event {
        event if to(&event, 1) => Answer::say("450 4.2.1 this user is receiving mail too quickly"),
        _ => Answer::Usual,
    });
    trial.ends(6, "");
    assert_eq!(trial.ledger(), "2 accepted, 1 deferred");
    assert_eq!(trial.told_of("r1@example.org")[1], "rcpt");
    assert!(trial.number(WAITS) >= 29 * 60);
    assert_eq!(trial.relay(), [1, 3, 3, 3, 2]);
}

#[test]
fn fault_26_a_relay_that_wants_fewer_letters_in_a_time_charges_nobody() {
    type Picks = fn(&Event<'_>) -> bool;
    let rcpt: Picks = |event| matches!(event, Event::Rcpt(_));
    let words: [(Picks, &str); 4] = [
        (rcpt, "450 4.2.1 Sending rate exceeded"),
        (rcpt, "450 4.7.1 Error: too many recipients from 192.0.2.1"),
        (
            |event| *event == Event::Dot,
            "454 Throttling failure: Maximum sending rate exceeded.",
        ),
        (
            |event| *event == Event::Dot,
            "421 4.7.28 Our system has detected an unusual rate",
        ),
    ];
    for (number, (at, words)) in words.into_iter().enumerate() {
        let left = AtomicUsize::new(2);
        let trial = Trial::new(&format!("rate-{number}"), 9, move |scene| {
            if at(&scene.event) && scene.letters >= 3 && left.load(Ordering::SeqCst) > 0 {
                left.fetch_sub(1, Ordering::SeqCst);
                return Answer::say(words);
            }
            Answer::Usual
        })
        .hasty(200);
        trial.ends(0, "");
        assert_eq!(trial.ledger(), "9 accepted", "{words}");
        assert!(trial.relay()[0] <= 4, "{words}: {:?}", trial.relay());
    }
}

/// A relay whose quota is used up after four letters, until it is given more.
fn quota(name: &str, at_dot: bool, words: &'static str) -> (Trial, Arc<AtomicUsize>) {
    let quota = Arc::new(AtomicUsize::new(4));
    let most = Arc::clone(&quota);
    let trial = Trial::new(name, 20, move |scene| match scene.event {
        Event::Rcpt(_) if !at_dot && scene.letters >= most.load(Ordering::SeqCst) => {
            Answer::say(words)
        }
        Event::Dot if at_dot && scene.letters >= most.load(Ordering::SeqCst) => Answer::say(words),
        _ => Answer::Usual,
    });
    (trial.hasty(200), quota)
}

/// The run ends, the next one doesn't even connect, and a person may try it before its time.
fn used_up(trial: &Trial, quota: &AtomicUsize) {
    let told = "no letter may go now: the relay's quota is used up: the server said ";
    let ran = trial.ends(6, told);
    assert!(ran.err.contains("the same command goes on"), "{ran:#?}");
    assert_eq!(trial.ledger(), "4 accepted, 16 pending");
    let [connections, _, rcpt, ..] = trial.relay();
    assert!(connections == 1 && rcpt <= 6, "{:?}", trial.relay());
    trial.site.epistle(&["send", BULLETIN, "--yes"]);
    assert_eq!(trial.relay()[0], 1, "it is remembered");
    quota.store(100, Ordering::SeqCst);
    let anyway = ["send", BULLETIN, "--yes", "--anyway"];
    trial.site.ends(0, &anyway);
    trial.exact();
    assert_eq!(trial.ledger(), "20 accepted");
}

#[test]
fn fault_27_a_quota_for_an_hour_keeps_what_was_sent_and_charges_nobody() {
    let words = "550 Domain example.org has exceeded the max emails per hour (4/4) allowed";
    let (trial, quota) = quota("hourly", false, words);
    used_up(&trial, &quota);
}

#[test]
fn fault_28_a_quota_for_a_day_refuses_nobody_for_good_although_it_says_so() {
    for (number, (at_dot, words)) in [
        (false, "550 5.4.5 Daily user sending limit exceeded"),
        (
            true,
            "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException",
        ),
        (
            true,
            "454 Throttling failure: Daily message quota exceeded.",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let (trial, quota) = quota(&format!("daily-{number}"), at_dot, words);
        used_up(&trial, &quota);
    }
}

#[test]
fn fault_29_a_relay_that_ends_connections_after_some_letters_is_greeted_anew_at_once() {
    let trial = Trial::new("rotates", 12, |scene| match scene.event {
        Event::Mail(_) if scene.letters_here == 3 => {
            Answer::SayAndCut(b"421 4.7.0 too many messages on this connection\r\n".to_vec())
        }
        _ => Answer::Usual,
    });
    let begun = Instant::now();
    trial.ends(0, "");
    assert!(begun.elapsed() < Duration::from_secs(10), "without a pause");
    assert_eq!(trial.ledger(), "12 accepted");
    assert!((4..=5).contains(&trial.relay()[0]), "{:?}", trial.relay());
}

#[test]
fn fault_36_a_dot_that_is_refused_to_all_is_our_fault_and_charges_nobody() {
    for (number, words) in [
        "554 5.7.1 this looks like spam",
        "550 5.7.26 unauthenticated",
        "550 5.7.515 Access denied, sending domain does not meet the authentication level",
    ]
    .into_iter()
    .enumerate()
    {
        let trial = Trial::new(&format!("blocked-{number}"), 40, move |scene| {
            match scene.event {
                Event::Dot => Answer::say(words),
                _ => Answer::Usual,
            }
        })
        .hasty(200);
        trial.ends(5, words.split_once(' ').unwrap().0);
        assert_eq!(trial.ledger(), "40 pending", "{words}");
        assert!(trial.relay()[4] <= 6, "{:?}", trial.relay());
    }
}
