//! Runs over an edition against the scripted server: who got what, and what the ledger says of it.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use epistle::delivery::{self, Edition, Ending, Options, Progress, Stop};
use epistle::ledger::{Beginning, Counts, Enrolment, Ledger, SqliteLedger, State, Told};
use epistle::letter::{Frozen, Signer};
use epistle::people::{Language, Secret};
use epistle::sandbox::{self, Answer, Event, Received, Scene, Script, Server};
use epistle::settings::{Dkim, KeySource, Rate, Settings};
use epistle::smtp::{Login, Relay, Security, Timeouts};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::extension::ClientId;

use crate::{dkim, support};

pub(crate) const EDITION: &str = "2018-03-18";

/// An edition in a ledger of its own, and a server that keeps what it takes.
pub(crate) struct Field {
    folder: PathBuf,
    taken: Arc<Mutex<Vec<Received>>>,
    pub(crate) server: Server,
    runtime: tokio::runtime::Runtime,
    pub(crate) options: Options,
    /// The keys that sign.
    keys: Vec<Dkim>,
}

impl Field {
    pub(crate) fn new(name: &str, people: u64, script: Script) -> Self {
        Self::with(
            name,
            people,
            sandbox::Options {
                script,
                ..sandbox::Options::default()
            },
        )
    }

    fn with(name: &str, people: u64, options: sandbox::Options) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("delivery-{name}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let taken = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&taken);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let server = {
            let _entered = runtime.enter();
            Server::start(sandbox::Options {
                deliver: Box::new(move |letter| {
                    keep.lock().unwrap().push(letter.clone());
                    Ok(())
                }),
                ..options
            })
            .unwrap()
        };
        let soon = vec![Duration::from_millis(100), Duration::from_secs(900)];
        let options = Options {
            relay: Relay {
                host: "127.0.0.1".to_owned(),
                port: server.address().port(),
                security: Security::None,
                login: None,
                hello: ClientId::Domain("client.example.org".to_owned()),
                timeouts: Timeouts::default(),
            },
            connections: 4,
            batch: 50,
            pause: Duration::ZERO,
            rates: Vec::new(),
            domains: Vec::new(),
            account: Some("tests".to_owned()),
            patience: Duration::from_secs(60),
            fingerprint: None,
            unattended: false,
            anyway: false,
            limit: None,
            backoff: Duration::from_millis(20),
            retry: delivery::Retry {
                own: soon.clone(),
                greylisted: soon.clone(),
                usual: soon,
            },
            retry_within: Duration::from_secs(5),
            give_up_after: Duration::from_secs(86_400),
        };
        let field = Self {
            folder,
            taken,
            server,
            runtime,
            options,
            keys: Vec::new(),
        };
        let mut ledger = field.ledger();
        ledger
            .call_roll(&mut |roll| {
                for index in 0..people {
                    roll.add(&person(index)).unwrap();
                }
            })
            .unwrap();
        ledger.begin(&beginning()).unwrap();
        field
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.join("epistle.db")
    }

    pub(crate) fn ledger(&self) -> SqliteLedger {
        SqliteLedger::open(&self.file(), &self.folder.join("epistle.key")).unwrap()
    }

    pub(crate) fn run(&self) -> (Ending, Counts) {
        self.run_until(&Stop::default())
    }

    pub(crate) fn run_until(&self, stop: &Stop) -> (Ending, Counts) {
        let mut ledger = self.ledger();
        let found = ledger.recover().unwrap();
        let now = SystemTime::now();
        ledger.count_for("tests", &[], found, now).unwrap();
        let versions = ledger.beginning(EDITION).unwrap().unwrap().versions;
        let versions = versions
            .iter()
            .map(|(language, frozen)| {
                (
                    language.parse::<Language>().unwrap(),
                    Frozen::from_bytes(frozen).unwrap(),
                )
            })
            .collect();
        let edition = Edition {
            id: EDITION.to_owned(),
            versions,
        };
        let progress = Arc::new(Progress::default());
        let (mut ledger, ending) = delivery::run(
            ledger,
            edition,
            Secret::new([7; 32]),
            Signer::load(&self.keys).unwrap(),
            self.options.clone(),
            stop,
            &progress,
        )
        .unwrap();
        (ending, ledger.counts(EDITION).unwrap())
    }

    /// Changes the ledger behind the program's back.
    pub(crate) fn sql(&self, sql: &str) {
        let ledger = rusqlite::Connection::open(self.folder.join("epistle.db")).unwrap();
        ledger.execute_batch(sql).unwrap();
    }

    /// How often each address was taken.
    pub(crate) fn taken(&self) -> HashMap<String, usize> {
        let mut counts = HashMap::new();
        let taken = self.taken.lock().unwrap();
        for to in taken.iter().flat_map(|letter| &letter.to) {
            *counts.entry(to.clone()).or_insert(0) += 1;
        }
        counts
    }

    pub(crate) fn told(&self) -> Vec<Told> {
        self.ledger().told(EDITION).unwrap()
    }

    /// Nobody twice, and the ledger's `accepted` are exactly those taken.
    pub(crate) fn assert_exact(&self, counts: &Counts) {
        let taken = self.taken();
        assert!(taken.values().all(|&count| count == 1), "{taken:?}");
        assert_eq!(counts.of(State::Accepted), taken.len() as u64);
    }
}

impl Drop for Field {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
        let _ = &self.runtime;
    }
}

fn person(index: u64) -> Enrolment {
    Enrolment {
        key: format!("r{index}@example.org"),
        address: format!("r{index}@example.org"),
        name: Some(format!("Name {index}")),
        language: None,
        file: "recipients.csv".to_owned(),
        line: index + 2,
    }
}

fn beginning() -> Beginning {
    let checked = support::checked("bulletins/2018-03-18.toml");
    let edition =
        epistle::edition::Edition::freeze(&checked.clone().into(), &Settings::example().sender);
    let frozen = Frozen::new(
        &edition,
        &edition.base,
        support::date(),
        &Secret::new([7; 32]),
    );
    Beginning {
        id: EDITION.to_owned(),
        digest: edition.digest.to_string(),
        audience: None,
        date: support::date().to_rfc3339(),
        program: "0.1.0".to_owned(),
        versions: vec![("en".to_owned(), frozen.to_bytes())],
    }
}

pub(crate) fn to(event: &Event<'_>, index: u64) -> bool {
    matches!(event, Event::Rcpt(path) if path.contains(&format!("<r{index}@")))
}

pub(crate) fn script(answer: impl Fn(&Scene<'_>) -> Answer + Send + Sync + 'static) -> Script {
    Script::new(answer)
}

#[test]
fn everybody_gets_one_letter() {
    let field = Field::new("everybody", 1_000, Script::usual());
    let (ending, counts) = field.run();
    assert!(matches!(ending, Ending::Finished), "{ending:?}");
    assert_eq!(counts.of(State::Accepted), 1_000);
    field.assert_exact(&counts);
    assert_eq!(field.server.connections(), 4);
    let (_, again) = field.run();
    assert_eq!(again.of(State::Accepted), 1_000);
    field.assert_exact(&again);
}

#[test]
fn without_pipelining_it_is_the_same() {
    let options = sandbox::Options {
        pipelining: false,
        ..sandbox::Options::default()
    };
    let field = Field::with("one-by-one", 200, options);
    let (_, counts) = field.run();
    assert_eq!(counts.of(State::Accepted), 200);
    field.assert_exact(&counts);
}

/// Fields of which each letter is signed by one key: each processor composes.
fn signed(name: &str, people: u64, script: impl Fn() -> Script) -> [Field; 2] {
    ["ed25519.pem", "rsa2048.pem"].map(|key| {
        let mut field = Field::new(&format!("{name}-{key}"), people, script());
        field.keys.push(Dkim {
            selector: "s2026".to_owned(),
            domain: "example.org".to_owned(),
            key: KeySource::File(dkim::key(key, &field.folder)),
        });
        field
    })
}

#[test]
fn a_signed_letter_goes_once_to_its_own_reader_whichever_thread_composes_it() {
    for mut field in signed("signed", 500, Script::usual) {
        field.options.limit = Some(203);
        let (ending, counts) = field.run();
        assert!(matches!(ending, Ending::Limit), "{ending:?}");
        assert_eq!(counts.of(State::Accepted), 203);
        field.assert_exact(&counts);
        field.options.limit = None;
        let (ending, counts) = field.run();
        assert!(matches!(ending, Ending::Finished), "{ending:?}");
        assert_eq!(counts.of(State::Accepted), 500);
        field.assert_exact(&counts);
        for letter in field.taken.lock().unwrap().iter() {
            let message = String::from_utf8(letter.message.clone()).unwrap();
            assert!(message.starts_with("DKIM-Signature: "), "{message}");
            let number = letter.to[0].trim_start_matches('r').split('@').next();
            let number = number.unwrap();
            let to = format!("\r\nTo: \"Name {number}\" <r{number}@example.org>\r\n");
            assert!(message.contains(&to), "{message}");
        }
    }
}

/// Of two handfuls the second can't be composed: the refusals of the first, before
/// any letter was taken, charge nobody. In batches, a helper has both.
#[test]
fn a_row_that_nobody_can_read_ends_the_run_whichever_thread_composes_it() {
    let refuse = || {
        script(|scene| match scene.event {
            Event::Rcpt(_) => Answer::say("550 5.1.1 no such user"),
            _ => Answer::Usual,
        })
    };
    let unsigned = Field::new("unreadable", 8, refuse());
    let signed = signed("unreadable", 8, refuse);
    for mut field in signed.into_iter().chain([unsigned]) {
        field.sql("UPDATE letter SET address = 'nobody' WHERE number = 8");
        for pause in [Duration::ZERO, Duration::from_millis(1)] {
            field.options.batch = 4;
            field.options.pause = pause; // with one, the letters go in batches
            let (ending, counts) = field.run();
            let Ending::Ledger(told) = ending else {
                panic!("{ending:?}")
            };
            assert!(told.contains("enrolled from recipients.csv:9"), "{told}");
            assert_eq!(counts.of(State::Pending), 8, "{counts:?}");
        }
    }
}

/// A pause beyond all clocks, which no settings let through, is a panic of the thread that composes.
#[test]
fn a_defect_in_composing_ends_the_run_and_loses_nobody() {
    let unsigned = Field::new("defect", 8, Script::usual());
    let signed = signed("defect", 8, Script::usual);
    for mut field in signed.into_iter().chain([unsigned]) {
        field.options.batch = 4;
        field.options.pause = Duration::MAX;
        let (ending, counts) = field.run();
        assert!(matches!(ending, Ending::Defect(_)), "{ending:?}");
        assert_eq!(counts.of(State::Accepted), 4, "{counts:?}");
        assert_eq!(counts.of(State::Pending), 4, "{counts:?}");
        field.options.pause = Duration::ZERO;
        let (ending, counts) = field.run();
        assert!(matches!(ending, Ending::Finished), "{ending:?}");
        assert_eq!(counts.of(State::Accepted), 8, "{counts:?}");
        field.assert_exact(&counts);
    }
}

#[test]
fn ten_refusals_before_anything_is_taken_charge_nobody() {
    let field = Field::new(
        "all-refused",
        50,
        script(|scene| match scene.event {
            Event::Rcpt(_) => Answer::say("550 5.1.1 no such user"),
            _ => Answer::Usual,
        }),
    );
    let (ending, counts) = field.run();
    assert!(
        matches!(&ending, Ending::Relay(told) if told.contains("no such user")),
        "{ending:?}"
    );
    assert_eq!(counts.of(State::Pending), 50);
}

#[test]
fn nine_refusals_of_nine_are_nine_refused() {
    let field = Field::new(
        "nine-refused",
        9,
        script(|scene| match scene.event {
            Event::Rcpt(_) => Answer::say("550 5.1.1 no such user"),
            _ => Answer::Usual,
        }),
    );
    let (ending, counts) = field.run();
    assert!(matches!(ending, Ending::Finished));
    assert_eq!(counts.of(State::Refused), 9);
}

#[test]
fn the_senders_own_fault_ends_the_run_and_charges_nobody() {
    type Picks = fn(&Event<'_>) -> bool;
    let faults: [(&str, Picks, &str); 2] = [
        (
            "rcpt",
            |event| matches!(event, Event::Rcpt(_)),
            "550 5.7.1 relaying denied",
        ),
        (
            "dot",
            |event| *event == Event::Dot,
            "550 5.7.26 unauthenticated",
        ),
    ];
    for (name, at, line) in faults {
        let field = Field::new(
            &format!("fault-{name}"),
            30,
            script(move |scene| {
                if at(&scene.event) {
                    Answer::say(line)
                } else {
                    Answer::Usual
                }
            }),
        );
        let (ending, counts) = field.run();
        assert!(
            ending.told().is_some_and(|told| told.contains(line)),
            "{name}: {ending:?}"
        );
        assert_eq!(matches!(ending, Ending::Halted(_)), name == "dot");
        assert_eq!(counts.of(State::Pending), 30, "{name}");
        assert!(field.taken().is_empty());
    }
}

#[test]
fn a_relay_that_takes_and_never_answers_ends_the_run() {
    let field = Field::new(
        "all-doubt",
        200,
        script(|scene| match scene.event {
            Event::Dot => Answer::TakeAndCut,
            _ => Answer::Usual,
        }),
    );
    let (ending, counts) = field.run();
    assert!(
        matches!(&ending, Ending::Halted(told) if told.contains("epistle resolve")),
        "{ending:?}"
    );
    let unknown = counts.of(State::Unknown);
    assert!((6..=9).contains(&unknown), "{unknown}");
    assert_eq!(counts.of(State::Pending), 200 - unknown);
    assert!(field.taken().values().all(|&count| count == 1));
}

#[test]
fn a_limit_is_a_limit_of_dots() {
    let mut field = Field::new("limit", 20, Script::usual());
    field.options.limit = Some(7);
    let (ending, counts) = field.run();
    assert!(matches!(ending, Ending::Limit));
    assert_eq!(
        [State::Accepted, State::Pending].map(|state| counts.of(state)),
        [7, 13]
    );
    field.assert_exact(&counts);
    field.options.limit = None;
    assert_eq!(field.run().1.of(State::Accepted), 20);
}

#[test]
fn batches_have_a_pause_between_them() {
    let mut field = Field::new("pause", 25, Script::usual());
    field.options.batch = 10;
    field.options.pause = Duration::from_millis(300);
    let begun = Instant::now();
    let (_, counts) = field.run();
    let took = begun.elapsed();
    assert_eq!(counts.of(State::Accepted), 25);
    assert!(
        took >= Duration::from_millis(600) && took < Duration::from_secs(3),
        "{took:?}"
    );
}

#[test]
fn behind_the_last_batch_there_is_no_pause() {
    let mut field = Field::new("last-pause", 20, Script::usual());
    field.options.batch = 10;
    field.options.pause = Duration::from_secs(3);
    let begun = Instant::now();
    let (_, counts) = field.run();
    let took = begun.elapsed();
    assert_eq!(counts.of(State::Accepted), 20);
    assert!(
        took >= Duration::from_secs(3) && took < Duration::from_secs(6),
        "{took:?}"
    );
}

#[test]
fn a_rate_is_a_ceiling_over_all_connections() {
    let mut field = Field::new("rate", 25, Script::usual());
    field.options.rates = vec![Rate {
        letters: 10,
        window: Duration::from_secs(1),
    }];
    let begun = Instant::now();
    let (_, counts) = field.run();
    let took = begun.elapsed();
    assert_eq!(counts.of(State::Accepted), 25);
    field.assert_exact(&counts);
    assert!(
        took >= Duration::from_secs(2) && took < Duration::from_secs(6),
        "{took:?}"
    );
}

#[test]
fn a_run_that_is_asked_to_stop_finishes_what_is_in_flight() {
    let stop = Stop::default();
    let ask = stop.clone();
    let field = Field::new(
        "stop",
        500,
        script(move |scene| {
            if scene.event == Event::Dot && scene.letters == 100 {
                ask.ask();
                return Answer::After(Duration::from_millis(300), Box::new(Answer::Usual));
            }
            Answer::Usual
        }),
    );
    let (ending, counts) = field.run_until(&stop);
    assert!(matches!(ending, Ending::Stopped), "{ending:?}");
    let accepted = counts.of(State::Accepted);
    assert!((101..=110).contains(&accepted), "{accepted}");
    assert_eq!(counts.of(State::Pending), 500 - accepted);
    field.assert_exact(&counts);
}

#[test]
fn asked_twice_it_leaves_what_is_in_flight_in_doubt() {
    let stop = Stop::default();
    let ask = stop.clone();
    let field = Field::new(
        "stop-now",
        50,
        script(move |scene| {
            if scene.event == Event::Dot {
                ask.ask();
                ask.ask();
                return Answer::Silence;
            }
            Answer::Usual
        }),
    );
    let begun = Instant::now();
    let (ending, counts) = field.run_until(&stop);
    assert!(matches!(ending, Ending::Stopped), "{ending:?}");
    assert!(begun.elapsed() < Duration::from_secs(10));
    let unknown = counts.of(State::Unknown);
    assert!((1..=4).contains(&unknown), "{unknown}");
    assert_eq!(counts.of(State::Pending), 50 - unknown);
}

#[test]
fn a_slow_answer_to_the_next_envelope_keeps_no_outcome_waiting() {
    let field = Field::new(
        "slow-envelope",
        3,
        script(|scene| {
            if matches!(scene.event, Event::Rcpt(_)) && scene.letters_here == 1 {
                return Answer::After(Duration::from_millis(1_500), Box::new(Answer::Usual));
            }
            Answer::Usual
        }),
    );
    let mut field = field;
    field.options.connections = 1;
    std::thread::scope(|scope| {
        let run = scope.spawn(|| field.run());
        let begun = Instant::now();
        while field.taken().is_empty() {
            std::thread::sleep(Duration::from_millis(5));
        }
        while field.ledger().counts(EDITION).unwrap().of(State::Accepted) == 0 {
            assert!(
                begun.elapsed() < Duration::from_millis(1_200),
                "it waits for the next envelope"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(run.join().unwrap().1.of(State::Accepted), 3);
    });
}

#[test]
fn a_stop_at_one_recipient_names_the_row() {
    let field = Field::new(
        "policy",
        5,
        script(|scene| match scene.event {
            event if to(&event, 0) => Answer::say("550 5.7.133 not from outside"),
            _ => Answer::Usual,
        }),
    );
    let (ending, _) = field.run();
    assert!(
        matches!(&ending, Ending::Relay(told) if told.contains("for recipients.csv:2")),
        "{ending:?}"
    );
}

/// While nobody connects after a failure, all wait, and longer than for the one that
/// goes ahead: the wrong login behind that is tried by one all the same.
#[test]
fn a_wrong_login_is_tried_once_after_a_long_pause_too() {
    let logins = Arc::new(Mutex::new(0));
    let count = Arc::clone(&logins);
    let options = sandbox::Options {
        login: Some(("anna".to_owned(), "right".to_owned())),
        script: script(move |scene| match scene.event {
            Event::Connect if scene.connection == 0 => Answer::Cut,
            Event::Auth => {
                *count.lock().unwrap() += 1;
                Answer::After(Duration::from_millis(200), Box::new(Answer::Usual))
            }
            _ => Answer::Usual,
        }),
        ..sandbox::Options::default()
    };
    let mut field = Field::with("login-after-a-pause", 40, options);
    field.options.relay.login = Some(Login::Password(Credentials::new(
        "anna".to_owned(),
        "wrong".to_owned(),
    )));
    field.options.backoff = Duration::from_millis(5_500);
    let (ending, counts) = field.run();
    assert!(matches!(ending, Ending::Relay(_)), "{ending:?}");
    assert_eq!(counts.of(State::Pending), 40);
    assert_eq!(*logins.lock().unwrap(), 1);
}
