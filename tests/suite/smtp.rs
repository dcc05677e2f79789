//! A session against a server that misbehaves, in clear, by STARTTLS and by TLS from the first byte.

use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use epistle::sandbox::{Answer, Event, Options, Received, Script, Server};
use epistle::smtp::{
    Cause, Login, Offer, Relay, Reply, ReplyError, Security, Session, Stage, Timeouts, Tls,
};
use lettre::address::Envelope;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::extension::ClientId;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::{self, ServerConfig};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Plain,
    StartTls,
    Tls,
}

const MODES: [Mode; 3] = [Mode::Plain, Mode::StartTls, Mode::Tls];

/// A certificate for 127.0.0.1, and the file that makes it trusted.
pub(crate) struct Certificate {
    pub(crate) acceptor: TlsAcceptor,
    pub(crate) ca_file: PathBuf,
}

pub(crate) fn certificate(name: &str) -> Certificate {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let ca_file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.pem"));
    std::fs::write(&ca_file, made.cert.pem()).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(
        rustls::crypto::aws_lc_rs::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .unwrap()
    .with_no_client_auth()
    .with_single_cert(vec![made.cert.der().clone()], key)
    .unwrap();
    Certificate {
        acceptor: TlsAcceptor::from(Arc::new(config)),
        ca_file,
    }
}

/// A server with a script, and what it has taken.
struct Peer {
    server: Server,
    relay: Relay,
    taken: Arc<Mutex<Vec<Received>>>,
}

impl Peer {
    fn start(name: &str, mode: Mode, options: Options) -> Self {
        let certificate = certificate(&format!("{name}-{mode:?}"));
        let taken = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&taken);
        let server = Server::start(Options {
            tls: (mode != Mode::Plain).then(|| certificate.acceptor.clone()),
            implicit_tls: mode == Mode::Tls,
            deliver: Box::new(move |letter| {
                keep.lock().unwrap().push(letter.clone());
                Ok(())
            }),
            ..options
        })
        .unwrap();
        let tls = || Tls::new("127.0.0.1", Some(&certificate.ca_file)).unwrap();
        let relay = Relay {
            host: "127.0.0.1".to_owned(),
            port: server.address().port(),
            security: match mode {
                Mode::Plain => Security::None,
                Mode::StartTls => Security::StartTls(tls()),
                Mode::Tls => Security::Tls(tls()),
            },
            login: None,
            hello: ClientId::Domain("client.example.org".to_owned()),
            timeouts: Timeouts::default(),
        };
        Self {
            server,
            relay,
            taken,
        }
    }

    fn scripted(name: &str, mode: Mode, script: Script) -> Self {
        Self::start(
            name,
            mode,
            Options {
                script,
                ..Options::default()
            },
        )
    }

    async fn open(&self) -> Session {
        Session::open(&self.relay).await.unwrap()
    }

    fn taken(&self) -> Vec<Received> {
        self.taken.lock().unwrap().clone()
    }
}

pub(crate) fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        tokio::time::timeout(Duration::from_secs(60), test)
            .await
            .expect("nothing hangs");
    });
}

pub(crate) fn envelope(to: &str) -> Envelope {
    Envelope::new(
        Some("bounces@example.org".parse().unwrap()),
        vec![to.parse().unwrap()],
    )
    .unwrap()
}

pub(crate) fn message(size: usize) -> Vec<u8> {
    let mut message = b"Subject: test\r\n\r\n".to_vec();
    while message.len() < size {
        message.extend_from_slice(b"Pray for peace and rest.\r\n");
    }
    message
}

/// Offers and hands over one letter; the answer to its dot.
async fn send(session: &mut Session, to: &str, message: &[u8]) -> Result<Reply, (Stage, Cause)> {
    match session.offer(&envelope(to), message.len()).await {
        Ok(Offer::Ready) => {}
        Ok(Offer::Refused { stage, reply }) => return Err((stage, Cause::Reply(reply))),
        Err(failure) => return Err((failure.stage, failure.cause)),
    }
    let answer = session.transmit(message, None).await;
    answer.map_err(|failure| (failure.stage, failure.cause))
}

/// Misbehaves at the events that `at` picks.
fn when(at: fn(&Event<'_>) -> bool, answer: Answer) -> Script {
    Script::new(move |scene| {
        if at(&scene.event) {
            answer.clone()
        } else {
            Answer::Usual
        }
    })
}

#[test]
fn letters_arrive_byte_for_byte_with_the_next_envelope_behind_each() {
    for mode in MODES {
        run(async {
            let peer = Peer::start("bytes", mode, Options::default());
            let mut session = peer.open().await;
            assert_eq!(session.is_tls(), mode != Mode::Plain);
            assert!(session.capabilities().pipelining);
            let body = [
                message(20_000),
                b".\r\n..two\r\n.".to_vec(),
                b"\r\n".to_vec(),
            ]
            .concat();
            let envelopes: Vec<_> = (0..10)
                .map(|index| envelope(&format!("r{index}@example.org")))
                .collect();
            for index in 0..10 {
                let offer = session.offer(&envelopes[index], body.len()).await;
                assert_eq!(offer.unwrap(), Offer::Ready);
                let next = envelopes
                    .get(index + 1)
                    .map(|envelope| (envelope, body.len()));
                let answer = session.transmit(&body, next).await;
                assert_eq!(answer.unwrap().code, 250);
            }
            session.quit().await;
            let taken = peer.taken();
            assert_eq!(taken.len(), 10);
            for (index, letter) in taken.iter().enumerate() {
                assert_eq!(letter.message, body);
                assert_eq!(
                    (letter.from.as_str(), letter.to.as_slice()),
                    (
                        "bounces@example.org",
                        &[format!("r{index}@example.org")][..]
                    )
                );
            }
            assert_eq!(peer.server.connections(), 1);
        });
    }
}

#[test]
fn without_pipelining_commands_go_one_by_one() {
    run(async {
        let peer = Peer::start(
            "no-pipelining",
            Mode::Plain,
            Options {
                pipelining: false,
                ..Options::default()
            },
        );
        let mut session = peer.open().await;
        let body = message(1_000);
        for to in ["a@example.org", "b@example.org"] {
            assert_eq!(
                session.offer(&envelope(to), body.len()).await.unwrap(),
                Offer::Ready
            );
            // No group may be sent: c is not offered.
            let answer = session
                .transmit(&body, Some((&envelope("c@example.org"), 1)))
                .await;
            assert!(answer.unwrap().is_positive());
        }
        assert_eq!(peer.taken().len(), 2);
    });
}

#[test]
fn a_354_at_the_dot_is_no_success() {
    for mode in MODES {
        run(async {
            let peer = Peer::scripted(
                "354",
                mode,
                when(|event| *event == Event::Dot, Answer::say("354 go on")),
            );
            let (stage, cause) = send(&mut peer.open().await, "a@example.org", &message(100))
                .await
                .unwrap_err();
            assert!(
                matches!((stage, cause), (Stage::Dot, Cause::Reply(reply)) if reply.code == 354)
            );
        });
    }
}

#[test]
fn a_surplus_reply_is_never_handed_to_the_next_command() {
    for mode in MODES {
        run(async {
            // Behind the answer to the dot: found before the next envelope is offered.
            let peer = Peer::scripted(
                "surplus-dot",
                mode,
                when(
                    |event| *event == Event::Dot,
                    Answer::Say(b"451 4.3.0 no\r\n250 2.0.0 yes\r\n".to_vec()),
                ),
            );
            let mut session = peer.open().await;
            assert_eq!(
                send(&mut session, "a@example.org", &message(100))
                    .await
                    .unwrap()
                    .code,
                451
            );
            let (stage, cause) = send(&mut session, "b@example.org", &message(100))
                .await
                .unwrap_err();
            assert!(matches!((stage, cause), (Stage::Mail, Cause::Surplus)));

            // With the next envelope behind the body, the replies shift: neither letter counts as taken.
            let mut session = peer.open().await;
            assert_eq!(
                session
                    .offer(&envelope("a@example.org"), 100)
                    .await
                    .unwrap(),
                Offer::Ready
            );
            let next = envelope("b@example.org");
            let answer = session.transmit(&message(100), Some((&next, 100))).await;
            assert!(answer.is_ok(), "what it answers is not known yet");
            let failure = session.offer(&next, 100).await.unwrap_err();
            assert!(matches!(failure.cause, Cause::Surplus));

            // Behind the 354: it would be taken for the dot's.
            let peer = Peer::scripted(
                "surplus-data",
                mode,
                when(|event| *event == Event::Data, Answer::add("250 2.0.0 yes")),
            );
            let (stage, _) = send(&mut peer.open().await, "a@example.org", &message(100))
                .await
                .unwrap_err();
            assert_eq!(stage, Stage::Body);
            assert!(peer.taken().is_empty());
        });
    }
}

#[test]
fn replies_that_shift_behind_a_refusal_are_not_believed() {
    for mode in MODES {
        run(async {
            // Two answers to the first dot: the one before the true one would be taken for it.
            let script = Script::new(|scene| match scene.event {
                Event::Dot if scene.letters == 0 => {
                    Answer::Say(b"250 2.0.0 surplus\r\n451 4.3.0 not taken\r\n".to_vec())
                }
                _ => Answer::Usual,
            });
            let peer = Peer::scripted("shifted", mode, script);
            let mut session = peer.open().await;
            assert_eq!(
                session
                    .offer(&envelope("a@example.org"), 100)
                    .await
                    .unwrap(),
                Offer::Ready
            );
            let next = envelope("b@example.org");
            let answer = session.transmit(&message(100), Some((&next, 100))).await;
            assert!(answer.is_ok(), "what it answers is not known yet");
            let failure = session.offer(&next, 100).await.unwrap_err();
            assert!(matches!(failure.cause, Cause::Surplus));
        });
    }
}

#[test]
fn a_server_that_takes_a_recipient_for_a_sender_it_has_refused_is_heard_and_gets_nothing() {
    for mode in MODES {
        for (to_data, is_over) in [("503 5.5.1 no recipient", false), ("354 go on", true)] {
            run(async {
                let script = Script::new(move |scene| match scene.event {
                    Event::Mail(_) if scene.letters == 1 => Answer::say("550 5.1.8 no such sender"),
                    Event::Rcpt(_) if scene.letters == 1 => Answer::say("250 2.1.5 ok"),
                    Event::Data if scene.letters == 1 => Answer::say(to_data),
                    _ => Answer::Usual,
                });
                let peer = Peer::scripted("taken-all-the-same", mode, script);
                let mut session = peer.open().await;
                let first = envelope("a@example.org");
                assert_eq!(session.offer(&first, 100).await.unwrap(), Offer::Ready);
                let next = envelope("b@example.org");
                let answer = session.transmit(&message(100), Some((&next, 100))).await;
                assert!(answer.unwrap().is_positive());
                // Behind the dot, and by itself where the connection can still be used.
                for _ in 0..=usize::from(!is_over) {
                    let offer = session.offer(&next, 100).await.unwrap();
                    assert!(
                        matches!(&offer, Offer::Refused { stage: Stage::Mail, reply } if reply.code == 550),
                        "{offer:?}"
                    );
                    assert_eq!(session.is_over(), is_over);
                }
                if is_over {
                    assert!(session.offer(&next, 100).await.is_err());
                }
                session.quit().await;
                let mut to = peer.taken().into_iter().flat_map(|letter| letter.to);
                assert_eq!(
                    (to.next().as_deref(), to.next()),
                    (Some("a@example.org"), None)
                );
            });
        }
    }
}

#[test]
fn replies_that_shift_before_a_refused_recipient_are_not_believed() {
    for mode in MODES {
        run(async {
            // Two answers to the first dot, and then a recipient who is refused: as
            // if the sender were, and the recipient taken.
            let script = Script::new(|scene| match scene.event {
                Event::Dot if scene.letters == 0 => {
                    Answer::Say(b"250 2.0.0 surplus\r\n451 4.3.0 not taken\r\n".to_vec())
                }
                Event::Rcpt(to) if to.contains("gone") => Answer::say("550 5.1.1 unknown"),
                _ => Answer::Usual,
            });
            let peer = Peer::scripted("shifted-refused", mode, script);
            let mut session = peer.open().await;
            let first = envelope("a@example.org");
            assert_eq!(session.offer(&first, 100).await.unwrap(), Offer::Ready);
            let next = envelope("gone@example.org");
            let answer = session.transmit(&message(100), Some((&next, 100))).await;
            assert!(answer.is_ok(), "what it answers is not known yet");
            let failure = session.offer(&next, 100).await.unwrap_err();
            assert!(matches!(failure.cause, Cause::Surplus));
        });
    }
}

#[test]
fn what_a_server_says_before_it_hangs_up_is_heard() {
    for mode in MODES {
        run(async {
            let gone = when(
                |event| matches!(event, Event::Rcpt(_)),
                Answer::SayAndCut(b"550 5.1.1 unknown\r\n".to_vec()),
            );
            let peer = Peer::scripted("refused-gone", mode, gone);
            let offer = peer
                .open()
                .await
                .offer(&envelope("a@example.org"), 100)
                .await
                .unwrap();
            assert!(
                matches!(offer, Offer::Refused { stage: Stage::Rcpt, reply } if reply.code == 550)
            );

            let closing = when(
                |event| matches!(event, Event::Mail(_)),
                Answer::SayAndCut(b"421 4.3.2 closing\r\n".to_vec()),
            );
            let peer = Peer::scripted("421-gone", mode, closing);
            let failure = peer
                .open()
                .await
                .offer(&envelope("a@example.org"), 100)
                .await
                .unwrap_err();
            assert!(
                matches!((failure.stage, failure.cause), (Stage::Mail, Cause::Reply(reply)) if reply.code == 421)
            );
        });
    }
}

#[test]
fn a_server_without_smtputf8_gets_no_address_beyond_ascii() {
    run(async {
        let peer = Peer::start(
            "no-smtputf8",
            Mode::Plain,
            Options {
                smtputf8: false,
                ..Options::default()
            },
        );
        let mut session = peer.open().await;
        let offer = session
            .offer(&envelope("dörte@example.org"), 100)
            .await
            .unwrap();
        assert!(matches!(offer, Offer::Refused { stage: Stage::Rcpt, reply } if reply.code == 553));
        assert_eq!(
            session
                .offer(&envelope("a@example.org"), 100)
                .await
                .unwrap(),
            Offer::Ready
        );
        let next = envelope("dörte@example.org");
        let answer = session.transmit(&message(100), Some((&next, 100))).await;
        assert!(answer.unwrap().is_positive());
        let offer = session.offer(&next, 100).await.unwrap();
        assert!(matches!(offer, Offer::Refused { stage: Stage::Rcpt, reply } if reply.code == 553));
        assert!(
            send(&mut session, "b@example.org", &message(100))
                .await
                .is_ok()
        );
        assert_eq!(peer.taken().len(), 2);
    });
}

#[test]
fn no_body_can_end_itself_and_smuggle_another_letter() {
    run(async {
        let peer = Peer::start("smuggling", Mode::Plain, Options::default());
        let mut session = peer.open().await;
        let evil =
            b"a\n.\r\nMAIL FROM:<evil@example.org>\r\nRCPT TO:<victim@example.org>\r\nDATA\r\nx";
        send(&mut session, "a@example.org", evil).await.unwrap();
        send(&mut session, "b@example.org", &message(100))
            .await
            .unwrap();
        let to: Vec<_> = peer
            .taken()
            .into_iter()
            .flat_map(|letter| letter.to)
            .collect();
        assert_eq!(to, ["a@example.org", "b@example.org"]);
    });
}

#[test]
fn no_stage_waits_for_ever() {
    type Picks = fn(&Event<'_>) -> bool;
    let stages: [(Stage, Picks); 6] = [
        (Stage::Greeting, |event| *event == Event::Connect),
        (Stage::Hello, |event| *event == Event::Hello),
        (Stage::Mail, |event| matches!(event, Event::Mail(_))),
        (Stage::Rcpt, |event| matches!(event, Event::Rcpt(_))),
        (Stage::Data, |event| *event == Event::Data),
        (Stage::Dot, |event| *event == Event::Dot),
    ];
    for mode in MODES {
        for (stage, at) in stages {
            run(async move {
                let mut peer = Peer::scripted("silence", mode, when(at, Answer::Silence));
                let short = Duration::from_millis(200);
                peer.relay.timeouts = Timeouts {
                    greeting: short,
                    command: short,
                    mail: short,
                    rcpt: short,
                    data: short,
                    dot: short,
                    ..Timeouts::default()
                };
                let ended = match Session::open(&peer.relay).await {
                    Ok(mut session) => send(&mut session, "a@example.org", &message(100))
                        .await
                        .map(|_| ()),
                    Err(failure) => Err((failure.stage, failure.cause)),
                };
                let (ended, cause) = ended.unwrap_err();
                assert!(
                    ended == stage && matches!(cause, Cause::Timeout(_)),
                    "{mode:?}: {stage} but {ended}: {cause}"
                );
            });
        }
    }
}

#[test]
fn replies_in_latin_1_are_replies() {
    for mode in MODES {
        run(async {
            let script = Script::new(|scene| match scene.event {
                Event::Rcpt(to) if to.contains("gone") => {
                    Answer::Say(b"550 5.1.1 bo\xEEte inconnue\r\n".to_vec())
                }
                Event::Dot => Answer::Say(b"250 2.0.0 re\xE7u\r\n".to_vec()),
                _ => Answer::Usual,
            });
            let peer = Peer::scripted("latin-1", mode, script);
            let mut session = peer.open().await;
            let (stage, cause) = send(&mut session, "gone@example.org", &message(100))
                .await
                .unwrap_err();
            assert!(
                matches!((stage, cause), (Stage::Rcpt, Cause::Reply(reply)) if reply.code == 550)
            );
            assert_eq!(
                send(&mut session, "a@example.org", &message(100))
                    .await
                    .unwrap()
                    .code,
                250
            );
            assert_eq!(
                peer.server.connections(),
                1,
                "a refused recipient costs no connection"
            );
        });
    }
}

#[test]
fn a_reply_without_end_takes_little_memory_and_ends() {
    for mode in MODES {
        run(async {
            let endless = Answer::Say(b"250-and more and more and more\r\n".repeat(100_000));
            let peer = Peer::scripted(
                "endless",
                mode,
                when(|event| *event == Event::Hello, endless),
            );
            let failure = Session::open(&peer.relay).await.unwrap_err();
            assert!(matches!(
                (failure.stage, failure.cause),
                (Stage::Hello, Cause::Unread(ReplyError::TooLong))
            ));
        });
    }
}

#[test]
fn a_bare_code_is_a_reply() {
    for mode in MODES {
        run(async {
            let bare = when(
                |event| matches!(event, Event::Mail(_) | Event::Rcpt(_) | Event::Dot),
                Answer::say("250"),
            );
            let peer = Peer::scripted("bare", mode, bare);
            assert_eq!(
                send(&mut peer.open().await, "a@example.org", &message(100))
                    .await
                    .unwrap()
                    .code,
                250
            );
        });
    }
}

#[test]
fn logins_go_by_plain_and_by_login() {
    for mode in MODES {
        for mechanisms in ["PLAIN LOGIN", "LOGIN", "CRAM-MD5 PLAIN"] {
            run(async move {
                let login = Some(("prayer".to_owned(), "geheim=ü".to_owned()));
                let mut peer = Peer::start(
                    "login",
                    mode,
                    Options {
                        login,
                        mechanisms,
                        ..Options::default()
                    },
                );
                peer.relay.login = Some(Login::Password(Credentials::new(
                    "prayer".to_owned(),
                    "geheim=ü".to_owned(),
                )));
                assert!(
                    send(&mut peer.open().await, "a@example.org", &message(100))
                        .await
                        .is_ok()
                );
                peer.relay.login = Some(Login::Password(Credentials::new(
                    "prayer".to_owned(),
                    "wrong".to_owned(),
                )));
                let failure = Session::open(&peer.relay).await.unwrap_err();
                assert!(
                    matches!((failure.stage, failure.cause), (Stage::Auth, Cause::Reply(reply)) if reply.code == 535)
                );
            });
        }
    }
}

#[test]
fn letters_do_not_wait_for_delayed_acknowledgements() {
    run(async {
        let peer = Peer::start("nodelay", Mode::Plain, Options::default());
        let mut session = peer.open().await;
        let body = message(20_000);
        let start = Instant::now();
        for _ in 0..100 {
            send(&mut session, "a@example.org", &body).await.unwrap();
        }
        // With Nagle's algorithm each waits 40 ms and more.
        assert!(
            start.elapsed() < Duration::from_secs(2),
            "{:?}",
            start.elapsed()
        );
    });
}

#[test]
fn a_connection_cut_in_the_body_leaves_doubt_only_where_the_dot_was_handed_over() {
    for mode in MODES {
        run(async {
            let script = when(|event| *event == Event::Data, Answer::CutInBody(1_000));
            let peer = Peer::scripted("cut-small", mode, script.clone());
            let (stage, _) = send(&mut peer.open().await, "a@example.org", &message(2_000))
                .await
                .unwrap_err();
            assert_eq!(stage, Stage::Dot, "all of it was taken by the system");

            let peer = Peer::start(
                "cut-large",
                mode,
                Options {
                    script,
                    receive_buffer: Some(4_096),
                    ..Options::default()
                },
            );
            let (stage, _) = send(
                &mut peer.open().await,
                "a@example.org",
                &message(30_000_000),
            )
            .await
            .unwrap_err();
            assert_eq!(stage, Stage::Body, "the dot was not");
        });
    }
}

#[test]
fn a_server_that_refuses_in_mid_body_is_heard() {
    for mode in MODES {
        run(async {
            let refusal = b"552 5.3.4 too large\r\n".to_vec();
            let script = when(
                |event| *event == Event::Data,
                Answer::SayInBody(1_000, refusal),
            );
            let mut peer = Peer::start(
                "early",
                mode,
                Options {
                    script,
                    receive_buffer: Some(4_096),
                    ..Options::default()
                },
            );
            peer.relay.timeouts.block = Duration::from_millis(500);
            let (stage, cause) = send(
                &mut peer.open().await,
                "a@example.org",
                &message(30_000_000),
            )
            .await
            .unwrap_err();
            assert!(
                matches!((stage, cause), (Stage::Body, Cause::Reply(reply)) if reply.code == 552)
            );
        });
    }
}

#[test]
fn a_server_that_stops_reading_is_given_up_and_leaves_no_doubt() {
    for mode in MODES {
        run(async {
            let script = when(
                |event| *event == Event::Data,
                Answer::SayInBody(1_000, Vec::new()),
            );
            let mut peer = Peer::start(
                "stalled",
                mode,
                Options {
                    script,
                    receive_buffer: Some(4_096),
                    ..Options::default()
                },
            );
            peer.relay.timeouts.block = Duration::from_millis(200);
            peer.relay.timeouts.quit = Duration::from_millis(100);
            let (stage, cause) = send(
                &mut peer.open().await,
                "a@example.org",
                &message(30_000_000),
            )
            .await
            .unwrap_err();
            assert!(
                stage == Stage::Body && matches!(cause, Cause::Timeout(_)),
                "{stage}: {cause}"
            );
        });
    }
}

#[test]
fn an_answer_or_none_at_the_dot_is_told_apart() {
    for mode in MODES {
        for (answer, taken) in [
            (Answer::Cut, 0),
            (Answer::TakeAndCut, 1),
            (Answer::SayAndCut(b"25".to_vec()), 1),
        ] {
            run(async {
                let peer = Peer::scripted(
                    "dot",
                    mode,
                    when(|event| *event == Event::Dot, answer.clone()),
                );
                let (stage, cause) = send(&mut peer.open().await, "a@example.org", &message(100))
                    .await
                    .unwrap_err();
                assert!(
                    stage == Stage::Dot && matches!(cause, Cause::Unread(_)),
                    "{cause}"
                );
                assert_eq!(peer.taken().len(), taken);
            });
        }
        for line in ["451 4.3.0 later", "554 5.7.1 never", "421 4.3.2 closing"] {
            run(async {
                let peer = Peer::scripted(
                    "dot-no",
                    mode,
                    when(|event| *event == Event::Dot, Answer::say(line)),
                );
                let reply = send(&mut peer.open().await, "a@example.org", &message(100))
                    .await
                    .unwrap();
                assert_eq!(reply.to_string(), line, "any complete answer is one");
                assert!(peer.taken().is_empty());
            });
        }
    }
}

#[test]
fn a_recipient_refused_in_a_group_costs_only_that_letter() {
    for mode in MODES {
        run(async {
            // This server says 354 though it has no recipient (RFC 2920, 3.1).
            let script = Script::new(|scene| match scene.event {
                Event::Rcpt(to) if to.contains("gone") => Answer::say("550 5.1.1 unknown"),
                Event::Data => Answer::say("354 go on"),
                _ => Answer::Usual,
            });
            let peer = Peer::scripted("refused", mode, script);
            let mut session = peer.open().await;
            let body = message(500);
            assert_eq!(
                session
                    .offer(&envelope("a@example.org"), 500)
                    .await
                    .unwrap(),
                Offer::Ready
            );
            let gone = envelope("gone@example.org");
            let answer = session.transmit(&body, Some((&gone, 500))).await;
            assert!(answer.unwrap().is_positive());
            let next = session.offer(&gone, 500).await.unwrap();
            assert!(
                matches!(next, Offer::Refused { stage: Stage::Rcpt, reply } if reply.code == 550)
            );
            assert!(send(&mut session, "b@example.org", &body).await.is_ok());
            let to: Vec<_> = peer
                .taken()
                .into_iter()
                .flat_map(|letter| letter.to)
                .collect();
            assert_eq!(to, ["a@example.org", "b@example.org"]);
            assert_eq!(peer.server.connections(), 1);
        });
    }
}

#[test]
fn a_421_on_an_idle_connection_is_noticed_before_a_letter_is_offered() {
    for mode in MODES {
        run(async {
            let peer = Peer::scripted(
                "idle",
                mode,
                when(
                    |event| *event == Event::Dot,
                    Answer::add("421 4.4.2 idle too long"),
                ),
            );
            let mut session = peer.open().await;
            assert!(
                send(&mut session, "a@example.org", &message(100))
                    .await
                    .unwrap()
                    .is_positive()
            );
            let (stage, cause) = send(&mut session, "b@example.org", &message(100))
                .await
                .unwrap_err();
            assert!(
                matches!((stage, cause), (Stage::Mail, Cause::Reply(reply)) if reply.code == 421)
            );
        });
    }
}

#[test]
fn addresses_beyond_ascii_are_announced_and_the_size_is_declared() {
    run(async {
        let said = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&said);
        let script = Script::new(move |scene| {
            if let Event::Mail(words) | Event::Rcpt(words) = scene.event {
                heard.lock().unwrap().push(words.to_owned());
            }
            Answer::Usual
        });
        let peer = Peer::scripted("parameters", Mode::Plain, script);
        send(&mut peer.open().await, "dörte@example.org", &message(100))
            .await
            .unwrap();
        assert_eq!(
            *said.lock().unwrap(),
            [
                "FROM:<bounces@example.org> SIZE=121 SMTPUTF8",
                "TO:<dörte@example.org>"
            ]
        );
    });
}

#[test]
fn a_letter_goes_to_nobody_but_whom_it_was_offered_for() {
    run(async {
        let peer = Peer::start("behind", Mode::Plain, Options::default());
        let mut session = peer.open().await;
        let first = envelope("a@example.org");
        assert_eq!(session.offer(&first, 100).await.unwrap(), Offer::Ready);
        let next = envelope("b@example.org");
        let answer = session.transmit(&message(100), Some((&next, 100))).await;
        assert!(answer.unwrap().is_positive());
        // b's envelope is under way: c's letter would follow it.
        let other = session.offer(&envelope("c@example.org"), 100).await;
        assert!(other.is_err());
        assert_eq!(peer.taken().len(), 1);
    });
}

#[test]
fn a_letter_larger_than_the_server_takes_is_not_offered() {
    run(async {
        let said = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&said);
        let script = Script::new(move |scene| {
            heard.lock().unwrap().push(format!("{:?}", scene.event));
            Answer::Usual
        });
        let size = Some(1_000);
        let options = Options {
            script,
            size,
            ..Options::default()
        };
        let peer = Peer::start("size", Mode::Plain, options);
        let mut session = peer.open().await;
        let to = envelope("a@example.org");
        let offer = session.offer(&to, 1_001).await.unwrap();
        assert!(matches!(offer, Offer::Refused { stage: Stage::Mail, reply } if reply.code == 552));
        assert_eq!(*said.lock().unwrap(), ["Connect", "Hello"]);
        assert_eq!(session.offer(&to, 1_000).await.unwrap(), Offer::Ready);
    });
}
