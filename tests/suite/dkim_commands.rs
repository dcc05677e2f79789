//! Every command that makes letters signs them, and none goes without a key that it should have.

use std::fs;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use epistle::sandbox::{self, Server};
use epistle::settings::EXAMPLE;

use crate::command_line::Folder;
use crate::dkim::key;
use crate::support;

const KEYS: &str = "
[[dkim]]
selector = \"rsa2026\"
key_file = \"rsa2048.pem\"
[[dkim]]
selector = \"ed2026\"
key_file = \"ed25519.pem\"
";

/// A folder with the seed, ready to be sent to the example's three people, and both keys.
fn signing(name: &str, settings: &str) -> Folder {
    let folder = Folder::new(&format!("dkim-{name}"));
    let seed = fs::read_to_string(support::path("bulletins/2018-03-18.toml")).unwrap();
    let seed = seed.replace("status = \"draft\"", "status = \"ready\"");
    assert!(seed.contains("status = \"ready\""));
    let list = fs::read(support::path("recipients.example.toml")).unwrap();
    folder
        .write("2018-03-18.toml", seed)
        .write("recipients.example.toml", list)
        .write("epistle.toml", settings.to_owned() + KEYS);
    key("rsa2048.pem", &folder.0);
    key("ed25519.pem", &folder.0);
    folder
}

fn told(output: &Output) -> String {
    String::from_utf8([&output.stdout[..], &output.stderr].concat()).unwrap()
}

fn assert_signed(letter: &str) {
    assert_eq!(
        letter.matches("DKIM-Signature: v=1; a=rsa-sha256;").count(),
        1
    );
    assert_eq!(
        letter
            .matches("DKIM-Signature: v=1; a=ed25519-sha256;")
            .count(),
        1
    );
}

/// A server that keeps what it takes, and settings that send to it.
struct Field {
    taken: Arc<Mutex<Vec<String>>>,
    server: Server,
    _runtime: tokio::runtime::Runtime,
}

impl Field {
    fn new() -> Self {
        let taken = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&taken);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let server = {
            let _entered = runtime.enter();
            Server::start(sandbox::Options {
                deliver: Box::new(move |letter| {
                    let letter = String::from_utf8(letter.message.clone()).unwrap();
                    keep.lock().unwrap().push(letter);
                    Ok(())
                }),
                ..sandbox::Options::default()
            })
            .unwrap()
        };
        Self {
            taken,
            server,
            _runtime: runtime,
        }
    }

    fn settings(&self) -> String {
        let start = EXAMPLE.find("[relay]").unwrap();
        let port = self.server.address().port();
        let relay = format!("[relay]\nhost = \"127.0.0.1\"\nport = {port}\nsecurity = \"none\"\n");
        EXAMPLE[..start].to_owned() + &relay
    }

    fn taken(&self) -> Vec<String> {
        std::mem::take(&mut *self.taken.lock().unwrap())
    }
}

#[test]
fn what_goes_to_the_sandbox_to_a_file_and_to_the_eye_is_signed() {
    let folder = signing("local", EXAMPLE);
    let output = folder.run(&["send", "2018-03-18.toml", "--sandbox"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let letters: Vec<_> = fs::read_dir(folder.0.join(".sandbox/outbox"))
        .unwrap()
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    assert_eq!(letters.len(), 3);
    letters.iter().for_each(|letter| assert_signed(letter));

    let output = folder.run(&["send", "2018-03-18.toml", "--dry-run"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let mbox = fs::read_to_string(folder.0.join("dry-run-2018-03-18.mbox")).unwrap();
    assert_eq!(mbox.matches("DKIM-Signature: v=1;").count(), 6);

    let output = folder.run(&["preview", "2018-03-18.toml"]);
    assert_eq!(
        (output.status.code(), told(&output)),
        (Some(0), String::new())
    );
    for file in ["2018-03-18.eml", "2018-03-18.html"] {
        assert_signed(&fs::read_to_string(folder.0.join("preview").join(file)).unwrap());
    }
}

#[test]
fn what_goes_to_a_relay_is_signed() {
    let field = Field::new();
    let folder = signing("relay", &field.settings());
    let output = folder.run(&["proof", "2018-03-18.toml", "--to", "office@example.org"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let letters = field.taken();
    assert_eq!(letters.len(), 1);
    assert_signed(&letters[0]);

    let output = folder.run(&["send", "2018-03-18.toml", "--yes"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let letters = field.taken();
    assert_eq!(letters.len(), 3);
    letters.iter().for_each(|letter| assert_signed(letter));
}

#[test]
fn what_cron_sends_is_signed() {
    let field = Field::new();
    let folder = signing("due", &field.settings());
    fs::create_dir(folder.0.join("bulletins")).unwrap();
    let now = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let seed = fs::read_to_string(folder.0.join("2018-03-18.toml")).unwrap();
    let status = "status = \"ready\"";
    let due = seed.replace(status, &format!("{status}\nsend_at = {now}"));
    folder.write("bulletins/2018-03-18.toml", due);
    let output = folder.run(&["send", "--due"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let letters = field.taken();
    assert_eq!(letters.len(), 3);
    letters.iter().for_each(|letter| assert_signed(letter));
}

#[test]
fn nothing_leaves_unsigned_because_a_key_is_gone() {
    let field = Field::new();
    let folder = signing("gone", &field.settings());
    fs::remove_file(folder.0.join("ed25519.pem")).unwrap();
    for command in [
        &["send", "2018-03-18.toml", "--yes"][..],
        &["send", "2018-03-18.toml", "--sandbox"],
        &["send", "2018-03-18.toml", "--dry-run"],
        &["proof", "2018-03-18.toml", "--to", "office@example.org"],
        &["dkim"],
    ] {
        let output = folder.run(command);
        let told = told(&output);
        assert_eq!(output.status.code(), Some(3), "{command:?}: {told}");
        assert!(
            told.contains("the DKIM key `ed2026`: there is no file ed25519.pem"),
            "{told}"
        );
    }
    assert_eq!(field.taken(), [""; 0]);
    for trace in ["epistle.db", "dry-run-2018-03-18.mbox", ".sandbox"] {
        assert!(!folder.0.join(trace).exists(), "{trace}");
    }

    // A preview goes nowhere: it says what is missing.
    let output = folder.run(&["preview", "2018-03-18.toml"]);
    let told = told(&output);
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(
        told.starts_with("warning[unsigned]: letters can't be signed"),
        "{told}"
    );
    let letter = fs::read_to_string(folder.0.join("preview/2018-03-18.eml")).unwrap();
    assert!(!letter.contains("DKIM-Signature"));
    let page = fs::read_to_string(folder.0.join("preview/2018-03-18.html")).unwrap();
    assert!(page.contains("unsigned"), "the page tells it too");
}

#[test]
fn an_edition_that_has_begun_keeps_its_sender_and_takes_the_keys_of_today() {
    let field = Field::new();
    let settings = field.settings();
    let folder = signing("resume", &settings);
    let output = folder.run(&["send", "2018-03-18.toml", "--yes", "--limit", "1"]);
    assert_eq!(output.status.code(), Some(6), "{}", told(&output));
    assert_signed(&field.taken()[0]);

    // Another sender, and keys of its domain: they can't sign for the old one.
    let other = settings.replace(
        "address = \"prayer@example.org\"",
        "address = \"prayer@example.net\"",
    );
    folder.write("epistle.toml", other.clone() + KEYS);
    let as_begun = ["send", "2018-03-18.toml", "--yes", "--as-begun"];
    let output = folder.run(&as_begun);
    let said = told(&output);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(
        said.contains("come from example.org") && said.contains("[[dkim]]"),
        "{said}"
    );
    assert_eq!(field.taken(), [""; 0]);

    // Without them it goes on.
    folder.write("epistle.toml", other);
    let output = folder.run(&as_begun);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let letters = field.taken();
    assert_eq!(letters.len(), 2);
    assert!(
        letters
            .iter()
            .all(|letter| !letter.contains("DKIM-Signature"))
    );
}

#[test]
fn what_to_publish_is_printed() {
    let folder = signing("publish", EXAMPLE);
    let output = folder.run(&["dkim"]);
    let said = told(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let lines: Vec<_> = said.lines().collect();
    let [rsa, value, "", ed25519, public] = lines[..] else {
        panic!("{said}")
    };
    assert_eq!(rsa, "rsa2026._domainkey.example.org TXT");
    assert!(value.starts_with("v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA"));
    assert_eq!(ed25519, "ed2026._domainkey.example.org TXT");
    assert_eq!(
        public,
        "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    );
    let output = folder.run(&["dkim", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["records"][0]["value"], value);
    assert_eq!(json["records"][1]["name"], "ed2026._domainkey.example.org");

    folder.write("epistle.toml", EXAMPLE);
    let output = folder.run(&["dkim"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(
        told(&output).contains("write [[dkim]]"),
        "{}",
        told(&output)
    );
}

#[test]
fn a_key_may_be_a_credential_of_systemd() {
    let folder = signing("credential", EXAMPLE);
    let keys = "\n[[dkim]]\nselector = \"s1\"\nkey_credential = \"epistle-dkim\"\n";
    folder.write("epistle.toml", EXAMPLE.to_owned() + keys);
    fs::create_dir(folder.0.join("credentials")).unwrap();
    let pem = fs::read(folder.0.join("ed25519.pem")).unwrap();
    folder.write("credentials/epistle-dkim", pem); // others can read it
    let run = |credentials: Option<&str>| {
        Command::new(env!("CARGO_BIN_EXE_epistle"))
            .arg("dkim")
            .current_dir(&folder.0)
            .env_clear()
            .envs(credentials.map(|folder| ("CREDENTIALS_DIRECTORY", folder)))
            .output()
            .unwrap()
    };
    let output = run(Some("credentials"));
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert!(told(&output).contains("p=11qYAYKxCrfVS/"));
    for elsewhere in [None, Some(".")] {
        let output = run(elsewhere);
        assert_eq!(output.status.code(), Some(3));
        assert!(told(&output).contains("LoadCredential=epistle-dkim:FILE"));
    }
}
