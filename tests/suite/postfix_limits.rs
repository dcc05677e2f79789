//! A real Postfix that has limits of its own, a policy that puts people off, too
//! little room, and crashes in the middle: run after run until the edition is
//! done, and then its mailbox is held against the ledger.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use crate::postfix::Postfix;
use crate::postfix_send::Office;

const EDITION: &str = "2018-03-18";
const PEOPLE: usize = 200;
/// More runs than the edition takes.
const MOST_RUNS: usize = 60;

/// Every so many people are put off at first.
const GREYLISTED: usize = 5;

/// How often the policy was asked when all processes of Postfix are killed, and
/// the setting with which it comes back: what its log says then.
const TROUBLES: [(usize, &str, &str, &str); 3] = [
    (
        60,
        "queue_minfree",
        "900000000000000000",
        "452 4.3.1 Insufficient system storage",
    ),
    (
        170,
        "smtpd_client_message_rate_limit",
        "1",
        "Message delivery request rate limit exceeded",
    ),
    (
        220,
        "smtpd_client_recipient_rate_limit",
        "1",
        "Recipient address rate limit exceeded",
    ),
];
/// The same when Epistle is.
const KILLS: [usize; 3] = [40, 110, 200];

/// The longest that Postfix may take to come to something.
const PATIENCE: Duration = Duration::from_secs(30);

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

/// Sends until nothing is left. Returns the last report, how many runs it took,
/// and how many of them were killed.
fn send_all(office: &Office) -> (serde_json::Value, usize, usize) {
    let mut killed = 0;
    for run in 1..MOST_RUNS {
        let Some((exit, report)) = office.send_unless_killed() else {
            killed += 1;
            continue;
        };
        assert!(matches!(exit, 0 | 1 | 5 | 6), "{exit}: {report}");
        let count = |name: &str| report[name].as_u64().unwrap();
        if count("pending") + count("deferred") == 0 {
            return (report, run, killed);
        }
        if count("deferred") > 0 {
            let output = office.run(&["retry", EDITION, "--deferred"]);
            assert_eq!(output.status.code(), Some(0));
        }
    }
    panic!("it doesn't come to an end");
}

/// What happens when the policy is asked for the `asked`th time.
fn make_trouble(office: &Arc<Office>, asked: usize) {
    if KILLS.contains(&asked) {
        office.kill();
    }
    if TROUBLES.iter().any(|(crash, ..)| *crash == asked) {
        office.postfix.kill();
        let office = Arc::clone(office);
        std::thread::spawn(move || come_back(&office.postfix, asked));
    }
}

/// Starts Postfix again after a crash, with a new trouble each time, until it
/// has said so: whoever is told to send less does so for minutes.
fn come_back(postfix: &Postfix, asked: usize) {
    let trouble = TROUBLES.iter().find(|(crash, ..)| *crash == asked);
    let (_, key, value, told) = trouble.expect("it has crashed there");
    postfix.set(key, value);
    std::thread::sleep(Duration::from_millis(300));
    postfix.start_again();
    let begun = Instant::now();
    while !postfix.log().contains(told) && begun.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(50));
    }
    postfix.set(key, "0");
}

#[test]
#[ignore = "needs Postfix (Debian: postfix sasl2-bin libsasl2-modules); .ci/run runs it"]
fn postfix_with_limits_a_policy_and_crashes_has_what_the_ledger_says() {
    // The policy must be there before the office that it makes trouble for.
    let place = Arc::<Mutex<Weak<Office>>>::default();
    let troubled = Arc::clone(&place);
    let (service, policy) = policy(move |asked| {
        let office = troubled.lock().unwrap().upgrade();
        make_trouble(&office.expect("it sends"), asked);
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
    let told = report["run"].to_string();
    assert!(told.contains("the server takes 2000"), "{told}");
    office.postfix.set("message_size_limit", "200000");

    let (report, runs, killed) = send_all(&office);
    let count = |name: &str| report[name].as_u64().unwrap() as usize;
    let (accepted, unknown) = (count("accepted"), count("unknown"));
    let sum = (accepted + unknown, count("refused"));
    assert_eq!(sum, (PEOPLE, 0), "{report}");
    let arrived = office.assert_exact(accepted);
    let policy = policy.lock().unwrap();
    println!(
        "{runs} runs, {killed} killed: {accepted} accepted, {unknown} unknown of which {arrived} arrived; {} put off, the policy was asked {} times",
        policy.put_off.len(),
        policy.asked
    );
    assert_eq!(killed, KILLS.len());
    // Two connections, and each time at most one letter in doubt on each.
    assert!(unknown <= 2 * (KILLS.len() + TROUBLES.len()), "{report}");
    assert_eq!(policy.put_off.len(), PEOPLE / GREYLISTED);
    let log = office.postfix.log();
    let of_troubles = TROUBLES.map(|(.., told)| told);
    let others = [
        "Connection concurrency limit exceeded",
        "greylisted, try again later",
    ];
    for told in of_troubles.iter().chain(&others) {
        assert!(log.contains(told), "{told}");
    }
}
