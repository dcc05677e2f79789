//! Relays that are slow, short of room or out of sorts: the run neither hammers
//! them nor ends before it must.

use std::path::Path;
use std::time::{Duration, SystemTime};

use epistle::delivery::Ending;
use epistle::ledger::{Counts, Decision, Ledger, SqliteLedger, State};
use epistle::sandbox::{Answer, Event};
use epistle::smtp::{Offer, Relay, Security, Session, Timeouts};
use lettre::transport::smtp::extension::ClientId;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::delivery::{EDITION, Field, script, to};

/// Runs in a thread of its own, so that a run without end fails its test.
fn run_within(field: Field, time: Duration) -> (Field, Ending, Counts) {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let (ending, counts) = field.run();
        let _ = sender.send((field, ending, counts));
    });
    receiver.recv_timeout(time).expect("the run has an end")
}

#[test]
fn a_relay_whose_word_at_the_dot_means_nothing_puts_few_letters_in_doubt() {
    let field = Field::new(
        "meaningless",
        200,
        script(|scene| match scene.event {
            Event::Dot => Answer::say("251 2.0.0 well"),
            _ => Answer::Usual,
        }),
    );
    let (_, ending, counts) = run_within(field, Duration::from_secs(20));
    assert!(
        matches!(ending, Ending::Halted(_) | Ending::Relay(_)),
        "{ending:?}"
    );
    let unknown = counts.of(State::Unknown);
    assert!(unknown <= 6 + 3, "{unknown}");
    assert_eq!(counts.of(State::Pending), 200 - unknown);
}

#[test]
fn the_ledger_keeps_no_more_of_a_reply_than_people_read() {
    let words = format!("550-{}\r\n", "x".repeat(2_000)).repeat(20) + "550 gone\r\n";
    let field = Field::new(
        "long-reply",
        20,
        script(move |scene| match scene.event {
            event if to(&event, 3) => Answer::Say(words.clone().into_bytes()),
            _ => Answer::Usual,
        }),
    );
    let (_, counts) = field.run();
    assert_eq!(counts.of(State::Refused), 1);
    let reply = field.told()[0].reply.clone().unwrap();
    assert!(
        reply.starts_with("550 xxx") && reply.len() < 1_100,
        "{}",
        reply.len()
    );
}

#[test]
fn a_cancelled_edition_costs_the_relay_few_connections() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("delivery-cancel-quietly");
    let field = Field::new(
        "cancel-quietly",
        600,
        script(move |scene| {
            if scene.event == Event::Dot && scene.letters == 20 {
                let mut other =
                    SqliteLedger::open(&folder.join("epistle.db"), &folder.join("epistle.key"))
                        .unwrap();
                let now = SystemTime::now();
                other.decide(EDITION, Decision::Cancel, None, now).unwrap();
            }
            Answer::Usual
        }),
    );
    let (ending, counts) = field.run();
    assert!(matches!(ending, Ending::Finished), "{ending:?}");
    field.assert_exact(&counts);
    assert_eq!(counts.of(State::Pending), 0);
    let connections = field.server.connections();
    assert!(connections <= 20, "{connections} connections");
}

#[test]
fn a_relay_that_takes_a_few_and_then_refuses_all_for_our_fault_charges_nobody() {
    for (at_dot, line) in [
        (false, "550 relay not permitted"),
        (
            false,
            "550 Domain example.org has exceeded the max emails per hour (20/20) allowed",
        ),
        (true, "550 your message was rejected as spam"),
    ] {
        let field = Field::new(
            "turns",
            60,
            script(move |scene| match scene.event {
                Event::Rcpt(_) if !at_dot && scene.letters >= 20 => Answer::say(line),
                Event::Dot if at_dot && scene.letters >= 20 => Answer::say(line),
                _ => Answer::Usual,
            }),
        );
        let (field, ending, counts) = run_within(field, Duration::from_secs(20));
        assert!(
            ending.told().is_some_and(|told| told.contains(line)),
            "{ending:?}"
        );
        assert_eq!(
            matches!(ending, Ending::Later(_)),
            line.contains("per hour")
        );
        assert_eq!(matches!(ending, Ending::Halted(_)), at_dot);
        assert_eq!(counts.of(State::Refused), 0, "{line}");
        field.assert_exact(&counts);
    }
}

#[test]
fn an_envelope_that_is_given_up_is_not_followed_by_words_of_ours() {
    crate::smtp::run(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(b"220 x\r\n").await.unwrap();
            let mut said = Vec::new();
            for answer in ["250 x", "250 x", "250 x", "354 x"] {
                let mut byte = 0;
                while byte != b'\n' {
                    byte = stream.read_u8().await.unwrap();
                }
                let answer = format!("{answer}\r\n");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
            stream.read_to_end(&mut said).await.unwrap();
            said
        });
        let relay = Relay {
            host: "127.0.0.1".to_owned(),
            port,
            security: Security::None,
            login: None,
            hello: ClientId::Domain("client.example.org".to_owned()),
            timeouts: Timeouts::default(),
        };
        let mut session = Session::open(&relay).await.unwrap();
        let to = crate::smtp::envelope("a@example.org");
        assert_eq!(session.offer(&to, 100).await.unwrap(), Offer::Ready);
        session.quit().await;
        assert_eq!(String::from_utf8(server.await.unwrap()).unwrap(), "");
    });
}

#[test]
fn a_mailbox_refused_at_the_dot_beside_the_first_letter_taken_is_refused_once() {
    let field = Field::new(
        "refused-at-the-dot",
        12,
        script(|scene| match scene.event {
            // The one that is refused has its next envelope answered late, and all others are taken meanwhile.
            Event::Dot if scene.connection == 0 && scene.letters_here == 0 => {
                Answer::say("550 5.1.1 no such user")
            }
            Event::Dot => Answer::After(Duration::from_millis(20), Box::new(Answer::Usual)),
            Event::Rcpt(_) if scene.connection == 0 && scene.letters_here == 1 => {
                Answer::After(Duration::from_millis(400), Box::new(Answer::Usual))
            }
            _ => Answer::Usual,
        }),
    );
    let (field, ending, counts) = run_within(field, Duration::from_secs(20));
    assert!(matches!(ending, Ending::Finished), "{ending:?}");
    assert_eq!(
        [State::Accepted, State::Refused].map(|state| counts.of(state)),
        [11, 1]
    );
    field.assert_exact(&counts);
}
