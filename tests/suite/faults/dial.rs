//! 1 to 7: the way to the relay, up to its greeting. Nobody on a list answers
//! for any of it.

use std::fs;
use std::net::{TcpListener, TcpStream};

use epistle::sandbox::{Answer, Event};

use super::trial::Trial;
use crate::site::Ran;

/// A relay that is known by its name alone, which the resolver of the test answers for.
fn named(trial: Trial) -> Trial {
    let asked = trial.site.path("asked");
    trial
        .set(
            "host = \"127.0.0.1\"",
            "host = \"relay.test\"\nallow_plaintext = true",
        )
        .shim("resolver")
        .variable("ASKED", asked)
        .hasty(40)
}

fn asked(trial: &Trial) -> usize {
    fs::read(trial.site.path("asked")).unwrap().len()
}

#[test]
fn fault_01_a_relay_that_does_not_exist_ends_the_run_after_six_tries() {
    // The system's resolver tells a name that doesn't exist from one that can't be
    // asked for by words alone, so both are tried as often: within half a minute.
    let trial = named(Trial::new("no-name", 3, |_| Answer::Usual)).variable("FAILS", "none");
    let ran = trial.ends(5, "connecting: looking up relay.test: ");
    assert!(
        ran.err.contains("(look at host in the settings"),
        "{ran:#?}"
    );
    assert_eq!(trial.ledger(), "3 pending");
    assert_eq!((asked(&trial), trial.relay()), (6, [0; 5]));
}

#[test]
fn fault_02_a_resolver_that_does_not_answer_is_asked_again() {
    let trial = named(Trial::new("no-dns", 3, |_| Answer::Usual))
        .variable("FAILS", "again")
        .variable("ADDRESSES", "127.0.0.1")
        .variable("UNTIL", "4");
    trial.ends(0, "");
    assert_eq!(trial.ledger(), "3 accepted");
    assert_eq!((asked(&trial), trial.relay()[0]), (5, 1));

    let trial = named(Trial::new("no-dns-at-all", 3, |_| Answer::Usual)).variable("FAILS", "again");
    trial.ends(5, "looking up relay.test: ");
    assert_eq!(trial.ledger(), "3 pending");
    assert_eq!(asked(&trial), 6);
}

#[test]
fn fault_03_a_refused_connection_is_tried_at_the_next_address_and_then_later() {
    let trial = named(Trial::new("two-addresses", 3, |_| Answer::Usual))
        .variable("ADDRESSES", "127.0.0.2,127.0.0.1");
    trial.ends(0, "");
    assert_eq!((trial.ledger().as_str(), asked(&trial)), ("3 accepted", 1));

    let trial = Trial::new("refused", 3, |_| Answer::Usual).hasty(40);
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let port = format!("port = {}", trial.site.port());
    let trial = trial.set(&port, &format!("port = {}", free.port()));
    let ran = trial.ends(5, &format!("connecting: {free}: Connection refused"));
    assert!(
        ran.err.contains("look at host and port in the settings"),
        "{ran:#?}"
    );
    assert_eq!(trial.ledger(), "3 pending");
    // Cron looks for it each time, and tells of it once.
    let due = || Ran::from(trial.command(&["send", "--due"]).output().unwrap());
    let told = due();
    assert!(told.tells("Connection refused"), "{told:#?}");
    for _ in 0..2 {
        let told = due();
        assert_eq!((told.code, told.err.as_str()), (5, ""), "{told:#?}");
    }
    assert_eq!(
        trial.site.reports().len(),
        2,
        "by hand, and that it was told"
    );
    // The relay is there again.
    let trial = trial.set(&format!("port = {}", free.port()), &port);
    trial.ends(0, "");
    assert_eq!(trial.ledger(), "3 accepted");
}

#[test]
fn fault_04_a_connection_or_a_greeting_that_never_comes_is_given_up_in_time() {
    // Five minutes for the greeting, as RFC 5321 (4.5.3.2.1) has it.
    let trial = Trial::new("no-greeting", 3, |scene| match scene.event {
        Event::Connect if scene.connection < 1 => Answer::Silence,
        _ => Answer::Usual,
    })
    .hasty(300);
    trial.ends(0, "");
    assert_eq!(trial.ledger(), "3 accepted");
    assert_eq!(trial.relay()[0], 2);

    // TLS is waited for on both sides, since a port and its security don't fit.
    let trial = Trial::new("silent", 3, |scene| match scene.event {
        Event::Connect => Answer::Silence,
        _ => Answer::Usual,
    })
    .hasty(2_000); // nothing is sent that could come late
    trial.ends(5, "nothing happened for 300 s (a server that waits for TLS says nothing: for port 465 write security = \"tls\")");
    assert_eq!(trial.ledger(), "3 pending");
    assert_eq!(trial.relay(), [6, 0, 0, 0, 0]);

    // Whoever doesn't take the connection at all has thirty seconds, at each address.
    let trial = named(Trial::new("no-connection", 3, |_| Answer::Usual))
        .variable("ADDRESSES", "127.0.0.2,127.0.0.1");
    let _full = full(trial.site.port());
    trial.ends(0, "");
    assert_eq!(trial.ledger(), "3 accepted");
}

/// A listener at 127.0.0.2 that has no room for a connection more.
fn full(port: u16) -> (tokio::net::TcpListener, Vec<TcpStream>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let listener = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(([127, 0, 0, 2], port).into()).unwrap();
        socket.listen(0).unwrap()
    });
    let address = listener.local_addr().unwrap();
    let wait = std::time::Duration::from_millis(100);
    let mut waiting = Vec::new();
    while let Ok(connection) = TcpStream::connect_timeout(&address, wait) {
        waiting.push(connection);
    }
    (listener, waiting)
}

#[test]
fn fault_05_a_greeting_of_421_is_waited_out_and_one_of_554_ends_the_run_at_the_third() {
    let trial = Trial::new("greeting-421", 3, |scene| match scene.event {
        Event::Connect if scene.connection < 4 => {
            Answer::SayAndCut(b"421 4.3.2 not now\r\n".to_vec())
        }
        _ => Answer::Usual,
    })
    .hasty(40);
    trial.ends(0, "");
    assert_eq!(trial.ledger(), "3 accepted");
    assert_eq!(trial.relay()[0], 5);

    let trial = Trial::new("greeting-554", 3, |scene| match scene.event {
        Event::Connect => Answer::SayAndCut(b"554 5.7.1 blocked\r\n".to_vec()),
        _ => Answer::Usual,
    })
    .hasty(40);
    trial.ends(5, "the greeting: the server said 554 5.7.1 blocked");
    assert_eq!(trial.ledger(), "3 pending");
    assert_eq!(trial.relay(), [3, 0, 0, 0, 0]);
}

#[test]
fn fault_07_ehlo_refused_falls_back_to_helo() {
    let refused = |scene: &epistle::sandbox::Scene<'_>| match scene.event {
        Event::Hello => Answer::say("502 5.5.1 what?"),
        _ => Answer::Usual,
    };
    let trial = Trial::new("helo", 3, refused);
    trial.ends(0, "");
    assert_eq!(trial.ledger(), "3 accepted");
    assert_eq!(trial.relay(), [1, 3, 3, 3, 3]);

    // HELO offers no TLS: where that is wanted, nothing goes on.
    let trial =
        Trial::new("helo-tls", 3, refused).set("security = \"none\"", "security = \"starttls\"");
    trial.ends(5, "TLS: the server offers no STARTTLS");
    assert_eq!(trial.ledger(), "3 pending");
    assert_eq!(trial.relay(), [1, 0, 0, 0, 0]);

    // Who knows neither is tried no further.
    let trial = Trial::new("no-hello", 3, |scene| match scene.event {
        Event::Hello | Event::Helo => Answer::say("550 who are you"),
        _ => Answer::Usual,
    });
    trial.ends(5, "EHLO: the server said 550 who are you");
    assert_eq!(trial.ledger(), "3 pending");
    assert_eq!(trial.relay(), [1, 0, 0, 0, 0]);
}
