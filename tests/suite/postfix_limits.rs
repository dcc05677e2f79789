//! A real Postfix that has limits of its own, a policy that puts people off, too
//! little room, and crashes in the middle: run after run until the edition is
//! done, and then its mailbox is held against the ledger.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use crate::postfix_send::Office;

const EDITION: &str = "2018-03-18";
const PEOPLE: usize = 300;
/// More runs than the edition takes.
const MOST_RUNS: usize = 60;

/// Every so many people are put off at first.
const GREYLISTED: usize = 5;

/// How often the policy was asked when Postfix crashes: with one limit, with
/// another, and on a disk that is too full for the next letter.
const FIRST_CRASH: usize = 90;
const SECOND_CRASH: usize = 180;
const THIRD_CRASH: usize = 270;

/// What it says where the disk is full.
const NO_ROOM: &str = "452 4.3.1 Insufficient system storage";

/// What the policy server knows.
#[derive(Default)]
struct Policy {
    /// Who was asked about.
    seen: BTreeSet<String>,
    /// How often it was asked.
    asked: usize,
    /// Whom it has put off.
    put_off: BTreeSet<String>,
}

/// A policy server (Postfix, `SMTPD_POLICY_README`), that puts each fifth reader
/// off at first, and calls `at` before each answer, with its number.
fn policy(at: impl Fn(usize) + Send + Sync + 'static) -> (String, Arc<Mutex<Policy>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let service = format!(
        "check_policy_service inet:{}",
        listener.local_addr().unwrap()
    );
    let policy = Arc::<Mutex<Policy>>::default();
    let (shared, at) = (Arc::clone(&policy), Arc::new(at));
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (shared, at) = (Arc::clone(&shared), Arc::clone(&at));
            std::thread::spawn(move || {
                // Whoever asks may be killed meanwhile.
                let _ = serve(&stream, &shared, &*at);
            });
        }
    });
    (service, policy)
}

fn serve(stream: &TcpStream, policy: &Mutex<Policy>, at: &dyn Fn(usize)) -> std::io::Result<()> {
    let mut recipient = String::new();
    for line in BufReader::new(stream).lines() {
        let line = line?;
        if let Some(value) = line.strip_prefix("recipient=") {
            value.clone_into(&mut recipient);
        }
        if !line.is_empty() {
            continue;
        }
        let (asked, action) = {
            let mut policy = policy.lock().unwrap();
            policy.asked += 1;
            let is_new = policy.seen.insert(recipient.clone());
            let digits: String = recipient.chars().filter(char::is_ascii_digit).collect();
            let is_grey = digits.parse::<usize>().unwrap_or(0) % GREYLISTED == 0;
            let action = if is_new && is_grey {
                policy.put_off.insert(recipient.clone());
                "DEFER_IF_PERMIT greylisted, try again later"
            } else {
                "DUNNO"
            };
            (policy.asked, action)
        };
        at(asked);
        (&*stream).write_all(format!("action={action}\n\n").as_bytes())?;
    }
    Ok(())
}

fn readers(count: usize) -> Vec<(String, String)> {
    (0..count)
        .map(|index| (format!("reader{index}@example.org"), format!("Zoë {index}")))
        .collect()
}

/// Sends until nothing is left. Returns the last report, and how many runs it took.
fn send_all(office: &Office) -> (serde_json::Value, usize) {
    for run in 1..MOST_RUNS {
        let (exit, report) = office.send();
        assert!(matches!(exit, 0 | 1 | 5 | 6), "{exit}: {report}");
        let count = |name: &str| report[name].as_u64().unwrap();
        if count("pending") + count("deferred") == 0 {
            return (report, run);
        }
        if count("deferred") > 0 {
            let output = office.run(&["retry", EDITION, "--deferred"]);
            assert_eq!(output.status.code(), Some(0));
        }
    }
    panic!("it doesn't come to an end");
}

#[test]
#[ignore = "needs Postfix (Debian: postfix sasl2-bin libsasl2-modules); .ci/run runs it"]
fn postfix_with_limits_a_policy_and_crashes_has_what_the_ledger_says() {
    let place = Arc::<Mutex<Weak<Office>>>::default();
    let crashing = Arc::clone(&place);
    let (service, policy) = policy(move |asked| {
        if !matches!(asked, FIRST_CRASH | SECOND_CRASH | THIRD_CRASH) {
            return;
        }
        let office = crashing.lock().unwrap().upgrade().unwrap();
        office.postfix.kill();
        std::thread::spawn(move || {
            let postfix = &office.postfix;
            match asked {
                FIRST_CRASH => {
                    postfix.set("smtpd_client_recipient_rate_limit", "0");
                    postfix.set("smtpd_client_message_rate_limit", "60");
                }
                SECOND_CRASH => postfix.set("queue_minfree", "900000000000000000"),
                _ => {}
            }
            std::thread::sleep(Duration::from_millis(300));
            postfix.start_again();
            if asked == SECOND_CRASH {
                let is_told = || postfix.log().contains(NO_ROOM);
                for _ in 0..600 {
                    if is_told() {
                        break;
                    }
                    std::thread::sleep(Duration::from_millis(50));
                }
                postfix.set("queue_minfree", "0");
            }
        });
    });
    let office = Arc::new(Office::with(
        "limits",
        "starttls",
        "password_file = \"relay.password\"",
        &[
            ("smtpd_recipient_restrictions", &service),
            // This machine is exempt from all that follows otherwise.
            ("smtpd_client_event_limit_exceptions", ""),
            ("smtpd_client_connection_count_limit", "2"),
            ("smtpd_client_recipient_rate_limit", "60"),
            ("anvil_rate_time_unit", "3s"),
            ("smtpd_recipient_limit", "1"),
            ("message_size_limit", "2000"),
            // It would write to its postmaster of all this.
            ("notify_classes", ""),
        ],
    ));
    *place.lock().unwrap() = Arc::downgrade(&office);
    office.write("relay.password", office.postfix.password());
    office.write_list(&readers(PEOPLE));

    // One error for all, and nobody answers for it.
    let (exit, report) = office.send();
    assert_eq!((exit, &report["pending"]), (5, &PEOPLE.into()), "{report}");
    let told = report["run"]["told"].as_str().unwrap_or_default();
    assert!(
        report.to_string().contains("the server takes 2000"),
        "{told} {report}"
    );
    office.postfix.set("message_size_limit", "200000");

    let (report, runs) = send_all(&office);
    let count = |name: &str| report[name].as_u64().unwrap() as usize;
    let (accepted, unknown) = (count("accepted"), count("unknown"));
    assert_eq!(
        (accepted + unknown, count("refused")),
        (PEOPLE, 0),
        "{report}"
    );
    let arrived = office.assert_exact(accepted);
    let policy = policy.lock().unwrap();
    println!(
        "{runs} runs: {accepted} accepted, {unknown} unknown of which {arrived} arrived; {} put off, the policy was asked {} times",
        policy.put_off.len(),
        policy.asked
    );
    assert_eq!(policy.put_off.len(), PEOPLE / GREYLISTED);
    let log = office.postfix.log();
    for told in [
        "Connection concurrency limit exceeded",
        "Recipient address rate limit exceeded",
        "Message delivery request rate limit exceeded",
        NO_ROOM,
        "greylisted, try again later",
    ] {
        assert!(log.contains(told), "{told}");
    }
}
