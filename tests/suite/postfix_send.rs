//! The program sends an edition through a real Postfix, and what lies in the
//! mailbox afterwards is held against what the ledger says.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use epistle::ledger::{Ledger, SqliteLedger};
use epistle::letter::{Composer, Frozen, Signer};
use epistle::people::{DisplayName, EmailAddress, Recipient};
use mail_parser::MessageParser;

use crate::postfix::Postfix;
use crate::support;

const EDITION: &str = "2018-03-18";
const LIST_ID: &str = "prayer.example.org";
const REFUSED: &str = "nobody@example.org";
const DEFERRED: &str = "later@example.org";
const SUPPRESSED: &str = "enough@example.org";
const NAMELESS: &str = "no.name@example.org";

/// How long Postfix may take to carry all letters to the mailbox.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that refuses one recipient and puts one off, and a folder from which people send.
pub(crate) struct Office {
    folder: PathBuf,
    pub(crate) postfix: Postfix,
    environment: Vec<(&'static str, String)>,
    /// The process of the command that runs; 0: none does.
    running: AtomicU32,
}

impl Office {
    /// `password` is the line of the settings that says where the password is.
    fn new(name: &str, security: &str, password: &str) -> Self {
        Self::with(name, security, password, &[])
    }

    /// Settings in `extra_main_cf` take the place of those here.
    pub(crate) fn with(
        name: &str,
        security: &str,
        password: &str,
        extra_main_cf: &[(&str, &str)],
    ) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("postfix-send-{name}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let wrapped = if security == "tls" { "yes" } else { "no" };
        let ours = [
            (
                "smtpd_recipient_restrictions",
                "check_recipient_access texthash:$config_directory/access",
            ),
            ("smtpd_tls_wrappermode", wrapped),
            // Each connection has a process of its own, which reads the table anew.
            ("max_use", "1"),
        ];
        let is_ours =
            |(key, _): &&(&str, &str)| extra_main_cf.iter().all(|(other, _)| other != key);
        let settings: Vec<_> = ours
            .iter()
            .filter(is_ours)
            .chain(extra_main_cf)
            .copied()
            .collect();
        let postfix = Postfix::start(name, &settings);
        let office = Self {
            folder,
            postfix,
            environment: Vec::new(),
            running: AtomicU32::new(0),
        };
        office.answer(&[
            (REFUSED, "550 5.1.1 no such user"),
            (DEFERRED, "450 4.2.1 not now"),
        ]);
        let seed = fs::read_to_string(support::path("bulletins/2018-03-18.toml")).unwrap();
        let greeting = "greeting = \"Dear {name},\"\ngreeting_fallback = \"Dear friends,\"\n";
        let (before, after) = seed.split_once("\n\n").unwrap();
        office.write("2018-03-18.toml", &format!("{before}\n{greeting}\n{after}"));
        office.write(
            "epistle.toml",
            &format!(
                "recipients = [\"list.csv\"]\n\n\
                 [sender]\nname = \"Prayer Team\"\naddress = \"prayer@example.org\"\n\
                 organisation = \"Example Mission\"\npostal_address = \"1 Example Street, Exampletown\"\n\
                 list_id = \"{LIST_ID}\"\nunsubscribe = \"unsubscribe@example.org\"\n\n\
                 [relay]\nhost = \"127.0.0.1\"\nport = {}\nsecurity = \"{security}\"\nca_file = \"{}\"\n\
                 user = \"{}\"\n{password}\n\n\
                 [batch]\nretry_within = \"1s\"\n",
                office.postfix.port(),
                office.postfix.ca_file().display(),
                office.postfix.user(),
            ),
        );
        office
    }

    /// Writes a file that nobody else can get at.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.folder.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    pub(crate) fn write_list(&self, people: &[(String, String)]) {
        let rows = people
            .iter()
            .map(|(address, name)| format!("{address},\"{name}\"\n"));
        self.write(
            "list.csv",
            &("email,name\n".to_owned() + &rows.collect::<String>()),
        );
    }

    /// What the server answers to some recipients; it takes all others.
    fn answer(&self, answers: &[(&str, &str)]) {
        let rows = answers.iter().map(|(to, line)| format!("{to} {line}\n"));
        fs::write(
            self.postfix.config().join("access"),
            rows.collect::<String>(),
        )
        .unwrap();
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let child = Command::new(env!("CARGO_BIN_EXE_epistle"))
            .args(arguments)
            .current_dir(&self.folder)
            .env_clear()
            .envs(self.environment.clone())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        self.running.store(child.id(), Ordering::SeqCst);
        let output = child.wait_with_output().unwrap();
        self.running.store(0, Ordering::SeqCst);
        let told = String::from_utf8_lossy(&output.stderr);
        // Nobody is at a terminal: the list may itself say what somebody believes.
        assert!(!told.contains("@example.org"), "{told}");
        output
    }

    /// Kills the command that runs, as the system does where memory is short.
    pub(crate) fn kill(&self) {
        let id = self.running.swap(0, Ordering::SeqCst);
        if id != 0 {
            let kill = format!("kill -s KILL {id}");
            assert!(
                Command::new("sh")
                    .args(["-c", &kill])
                    .status()
                    .unwrap()
                    .success()
            );
        }
    }

    /// Runs `epistle send` and returns its exit code and report.
    pub(crate) fn send(&self) -> (i32, serde_json::Value) {
        self.send_unless_killed().expect("nobody kills it")
    }

    pub(crate) fn send_unless_killed(&self) -> Option<(i32, serde_json::Value)> {
        let output = self.run(&["send", "2018-03-18.toml", "--yes", "--json"]);
        let told = String::from_utf8_lossy(&output.stderr);
        if output.status.signal() == Some(9) {
            return None;
        }
        let report = serde_json::from_slice(&output.stdout);
        let report = report.unwrap_or_else(|error| panic!("{error}: {told}"));
        Some((output.status.code().unwrap(), report))
    }

    /// Holds the mailbox against the ledger: the `count` letters that it calls
    /// accepted are there, once, byte for byte as they must be, and no others but
    /// some of those that it calls unknown. Returns how many of these there are.
    pub(crate) fn assert_exact(&self, count: usize) -> usize {
        let delivered = self.postfix.delivered(count, PATIENCE);
        let mut taken = BTreeMap::new();
        for (recipient, bytes) in &delivered {
            let twice = taken.insert(recipient.as_str(), bytes);
            assert!(twice.is_none(), "{recipient} has two letters");
        }
        let file = self.folder.join("epistle.db");
        let (mut ledger, secret) = SqliteLedger::open_with_key(&file).unwrap();
        let begun = ledger.beginning(EDITION).unwrap().unwrap();
        let frozen = Frozen::from_bytes(&begun.versions[0].1).unwrap();
        let composer = Composer::new(&frozen, &secret, Signer::none()).unwrap();
        let accepted = letters(&file, "accepted");
        assert_eq!(accepted.len(), count);
        let unknown = letters(&file, "unknown");
        let sure = taken.keys().filter(|to| !unknown.contains_key(**to));
        let addresses: Vec<_> = accepted.keys().map(String::as_str).collect();
        assert_eq!(sure.copied().collect::<Vec<_>>(), addresses);

        for (address, name) in accepted.iter().chain(&unknown) {
            let Some(bytes) = taken.get(address.as_str()) else {
                continue; // in doubt, and it has not come
            };
            let address: EmailAddress = address.parse().unwrap();
            let token = secret.unsubscribe_token(LIST_ID, &address.key());
            let letter = composer.compose(&Recipient {
                address,
                name: name
                    .as_deref()
                    .and_then(|name| DisplayName::parse(name).unwrap()),
                language: None,
            });
            assert!(
                **bytes == letter.bytes,
                "{}",
                String::from_utf8_lossy(bytes)
            );

            // The same once more by the parser of others.
            let message = MessageParser::default().parse(bytes.as_slice()).unwrap();
            let to = message.to().unwrap().first().unwrap();
            assert_eq!(
                (to.address().unwrap(), to.name()),
                (letter.envelope.to()[0].as_ref(), name.as_deref())
            );
            let text = message.body_text(0).unwrap();
            let greeting = match name {
                Some(name) => format!("Dear {name},"),
                None => "Dear friends,".to_owned(),
            };
            assert!(text.contains(&greeting), "{text}");
            let off = message.header_raw("List-Unsubscribe").unwrap();
            assert!(off.contains(token.as_str()), "{off}");
        }
        taken.len() - accepted.len()
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The people whose letters are in a state, with their names.
fn letters(file: &Path, state: &str) -> BTreeMap<String, Option<String>> {
    let connection = rusqlite::Connection::open(file).unwrap();
    let mut statement = connection
        .prepare("SELECT address, name FROM letter WHERE state = ?1")
        .unwrap();
    let rows = statement.query_map([state], |row| Ok((row.get(0)?, row.get(1)?)));
    rows.unwrap().map(Result::unwrap).collect()
}

/// A list of so many people, in it the four of whom there is something to tell.
fn people(count: usize) -> Vec<(String, String)> {
    let names = [
        "Jürgen Öztürk",
        "Zoë Ångström",
        "Łukasz Żółw",
        "Anna, of Ghent",
        "محمد",
    ];
    let mut people: Vec<_> = (0..count - 4)
        .map(|index| {
            let name = format!("{} {index}", names[index % names.len()]);
            (format!("reader{index}@example.org"), name)
        })
        .collect();
    for (index, address) in [NAMELESS, REFUSED, DEFERRED, SUPPRESSED].iter().enumerate() {
        let name = if *address == NAMELESS { "" } else { "Ödön" };
        // Among the others, and none of them first.
        people.insert(
            (index + 1) * count / 6,
            ((*address).to_owned(), name.to_owned()),
        );
    }
    people
}

fn state(report: &serde_json::Value, address: &str) -> (String, String) {
    let letters = report["letters"].as_array().unwrap();
    let letter = letters
        .iter()
        .find(|letter| letter["address"] == address)
        .unwrap_or_else(|| panic!("{address}: {report}"));
    let text = |name: &str| letter[name].as_str().unwrap().to_owned();
    (text("state"), text("reply"))
}

/// Sends to everybody, sends again, and sends to the one who was put off.
fn send_three_times(office: &Office) {
    office.write_list(&people(120));
    let output = office.run(&["suppress", "add", SUPPRESSED]);
    assert_eq!(output.status.code(), Some(0));

    let (exit, report) = office.send();
    assert_eq!(exit, 1, "{report}");
    for (name, count) in [
        ("enrolled", 120),
        ("accepted", 117),
        ("refused", 1),
        ("deferred", 1),
        ("suppressed", 1),
    ] {
        assert_eq!(report[name], count, "{name}: {report}");
    }
    let (refused, told) = state(&report, REFUSED);
    assert!(
        refused == "refused" && told.starts_with("550 5.1.1 "),
        "{told}"
    );
    let (deferred, told) = state(&report, DEFERRED);
    assert!(
        deferred == "deferred" && told.starts_with("450 4.2.1 "),
        "{told}"
    );

    let (exit, report) = office.send();
    assert_eq!((exit, &report["accepted"]), (1, &117.into()), "{report}");
    assert_eq!(report["run"]["accepted"], 0);
    office.assert_exact(117);

    office.answer(&[(REFUSED, "550 5.1.1 no such user")]);
    let output = office.run(&["retry", EDITION, "--deferred"]);
    assert_eq!(output.status.code(), Some(0));
    let (exit, report) = office.send();
    assert_eq!((exit, &report["accepted"]), (1, &118.into()), "{report}");
    assert_eq!(report["run"]["accepted"], 1);
    office.assert_exact(118);
}

#[test]
#[ignore = "needs Postfix (Debian: postfix sasl2-bin libsasl2-modules); .ci/run runs it"]
fn postfix_has_what_the_ledger_says_after_starttls() {
    let office = Office::new("starttls", "starttls", "password_file = \"relay.password\"");
    office.write("relay.password", office.postfix.password());
    send_three_times(&office);
}

#[test]
#[ignore = "needs Postfix (Debian: postfix sasl2-bin libsasl2-modules); .ci/run runs it"]
fn postfix_has_what_the_ledger_says_after_tls_from_the_first_byte() {
    let mut office = Office::new("tls", "tls", "password_env = \"RELAY_PASSWORD\"");
    let password = office.postfix.password().to_owned();
    office.environment.push(("RELAY_PASSWORD", password));
    send_three_times(&office);
}

#[test]
#[ignore = "needs Postfix (Debian: postfix sasl2-bin libsasl2-modules); .ci/run runs it"]
fn postfix_lets_in_with_a_credential_of_systemd_and_charges_nobody_with_a_wrong_one() {
    let mut office = Office::new("credential", "starttls", "password_credential = \"relay\"");
    let credentials = office.folder.join("credentials");
    fs::create_dir(&credentials).unwrap();
    office.environment.push((
        "CREDENTIALS_DIRECTORY",
        credentials.to_str().unwrap().to_owned(),
    ));
    let reader = ("reader@example.org".to_owned(), "Zoë".to_owned());
    office.write_list(&[reader]);

    fs::write(credentials.join("relay"), "wrong\n").unwrap();
    let (exit, report) = office.send();
    assert_eq!((exit, &report["pending"]), (5, &1.into()), "{report}");
    fs::write(credentials.join("relay"), office.postfix.password()).unwrap();
    let (exit, report) = office.send();
    assert_eq!((exit, &report["accepted"]), (0, &1.into()), "{report}");
    office.assert_exact(1);
}
