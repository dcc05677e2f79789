//! Settings as a whole: what stands in the file, what is taken without it, and where paths lead.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use epistle::diagnostic::{Diagnostic, SourceFile};
use epistle::settings::{
    Batch, Credential, Dkim, EXAMPLE, InDoubt, KeySource, PasswordSource, Rate, Security, Settings,
};

use crate::support::{self, drawn};

/// The one table that must be there.
const SENDER: &str = "
[sender]
name = \"Prayer Team\"
address = \"prayer@example.org\"
organisation = \"Example Mission\"
postal_address = \"1 Example Street\"
unsubscribe = \"unsubscribe@example.org\"
";

fn read(name: &str, text: &str) -> (Option<Settings>, Vec<Diagnostic>) {
    let (source, found) = SourceFile::from_bytes(name, text.as_bytes());
    Settings::read(&source, found)
}

fn sound(name: &str, text: &str) -> Settings {
    let (settings, findings) = read(name, text);
    assert!(findings.is_empty(), "{}", drawn(&findings));
    settings.unwrap()
}

/// What is wrong with a relay of these lines.
fn faults(relay: &str) -> Vec<&'static str> {
    let (settings, findings) = read("epistle.toml", &format!("[relay]\n{relay}\n{SENDER}"));
    assert_eq!(settings.is_none(), !findings.is_empty());
    findings.iter().map(|finding| finding.code).collect()
}

#[test]
fn a_sender_alone_is_enough() {
    let settings = sound("epistle.toml", SENDER);
    assert_eq!(settings.recipients, [Path::new("recipients.toml")]);
    assert_eq!(settings.bulletins, Path::new("bulletins"));
    assert_eq!(settings.ledger, Path::new("epistle.db"));
    assert_eq!(settings.in_doubt, InDoubt::Hold);
    assert_eq!(settings.give_up_after, Duration::from_secs(345_600));
    assert!(settings.timezone.is_none() && settings.relay.is_none());
    assert_eq!(settings.dkim, []);
    let batch = Batch {
        size: 50,
        pause: Duration::ZERO,
        connections: 4,
        rates: Vec::new(),
        domains: Vec::new(),
        retry_within: Duration::from_secs(120),
    };
    assert_eq!(settings.batch, batch);
}

fn rate(letters: u32, seconds: u64) -> Rate {
    Rate {
        letters,
        window: Duration::from_secs(seconds),
    }
}

#[test]
fn everything_is_read_and_paths_begin_at_the_file() {
    let text = r#"
recipients = ["lists/a.csv", "/srv/b.toml"]
bulletins = "../bulletins"
in_doubt = "resend"
give_up_after = "12 h"
[relay]
host = "SMTP.example.org"
port = 2525
security = "starttls"
user = "prayer team"
password_file = "secret"
hello = "[192.0.2.1]"
ca_file = "/etc/ca.pem"
[batch]
size = 10000
pause = "30s"
connections = 50
rate = ["30/min", "2000 per day"]
retry_within = "10 min"
[batch.domains]
"GMail.com" = "20/s"
"Bücher.example" = ["5/s", "2000/day"]
[ledger]
path = "data/ledger.db"
"#;
    let settings = sound("/etc/epistle/our.toml", &format!("{text}{SENDER}"));
    let paths: Vec<PathBuf> = vec!["/etc/epistle/lists/a.csv".into(), "/srv/b.toml".into()];
    assert_eq!(settings.recipients, paths);
    assert_eq!(settings.bulletins, Path::new("/etc/epistle/../bulletins"));
    assert_eq!(settings.ledger, Path::new("/etc/epistle/data/ledger.db"));
    assert_eq!(settings.in_doubt, InDoubt::Resend);
    assert_eq!(settings.give_up_after, Duration::from_secs(43_200));
    let relay = settings.relay.unwrap();
    assert_eq!(
        (relay.host.as_str(), relay.port),
        ("smtp.example.org", 2525)
    );
    assert_eq!(relay.security, Security::StartTls);
    assert_eq!(relay.hello.as_deref(), Some("[192.0.2.1]"));
    assert_eq!(relay.ca_file.as_deref(), Some(Path::new("/etc/ca.pem")));
    let login = relay.login.unwrap();
    assert_eq!(login.user, "prayer team");
    assert_eq!(
        login.credential,
        Credential::Password(PasswordSource::File("/etc/epistle/secret".into()))
    );
    let batch = Batch {
        size: 10_000,
        pause: Duration::from_secs(30),
        connections: 50,
        rates: vec![rate(30, 60), rate(2_000, 86_400)],
        domains: vec![
            ("gmail.com".to_owned(), vec![rate(20, 1)]),
            (
                "xn--bcher-kva.example".to_owned(),
                vec![rate(5, 1), rate(2_000, 86_400)],
            ),
        ],
        retry_within: Duration::from_secs(600),
    };
    assert_eq!(settings.batch, batch);
}

#[test]
fn one_list_or_rate_needs_no_brackets() {
    let text = format!("recipients = \"a.csv\"\n[batch]\nrate = \"5/s\"\n{SENDER}");
    let settings = sound("epistle.toml", &text);
    assert_eq!(settings.recipients, [Path::new("a.csv")]);
    assert_eq!(settings.batch.rates.len(), 1);
}

#[test]
fn the_port_follows_the_protection() {
    for (security, port) in [("tls", 465), ("starttls", 587), ("none", 25)] {
        let text = format!("[relay]\nhost = \"localhost\"\nsecurity = \"{security}\"\n{SENDER}");
        assert_eq!(sound("epistle.toml", &text).relay.unwrap().port, port);
    }
    let text = format!("[relay]\nhost = \"smtp.example.org\"\n{SENDER}");
    let relay = sound("epistle.toml", &text).relay.unwrap();
    assert_eq!((relay.security, relay.port), (Security::Tls, 465));
    assert!(relay.login.is_none() && relay.hello.is_none() && relay.ca_file.is_none());
}

#[test]
fn only_loopback_is_talked_to_in_clear_unasked_and_logged_in_to_at_all() {
    let login = "user = \"u\"\npassword_env = \"P\"";
    for host in ["localhost", "127.0.0.2", "::1"] {
        let relay = format!("host = \"{host}\"\nsecurity = \"none\"");
        assert_eq!(faults(&relay), [""; 0], "{host}");
        assert_eq!(faults(&format!("{relay}\n{login}")), [""; 0], "{host}");
    }
    for host in ["smtp.example.org", "10.0.0.1", "localhost.example.org"] {
        let relay = format!("host = \"{host}\"\nsecurity = \"none\"");
        assert_eq!(faults(&relay), ["in-clear"], "{host}");
        let allowed = format!("{relay}\nallow_plaintext = true");
        assert_eq!(faults(&allowed), [""; 0], "{host}");
        let refused = format!("{relay}\nallow_plaintext = false");
        assert_eq!(faults(&refused), ["in-clear"], "{host}");
        assert_eq!(
            faults(&format!("{allowed}\n{login}")),
            ["in-clear"],
            "{host}"
        );
        assert_eq!(faults(&format!("{relay}\n{login}")), ["in-clear"], "{host}");
    }
}

#[test]
fn a_login_is_a_user_and_one_way_to_a_password() {
    let host = "host = \"h.example.org\"";
    for (lines, codes) in [
        ("user = \"u\"\npassword_env = \"P\"", vec![]),
        ("user = \"u\"\npassword_file = \"p\"", vec![]),
        ("user = \"u\"\npassword_credential = \"p\"", vec![]),
        ("user = \"u\"\ntoken_file = \"t\"", vec![]),
        (
            "user = \"u\"\npassword_file = \"p\"\ntoken_file = \"t\"",
            vec!["repeated-key"],
        ),
        ("token_file = \"t\"", vec!["missing-key"]),
        ("user = \"u\"", vec!["missing-key"]),
        ("password_env = \"P\"", vec!["missing-key"]),
        ("user = \"u\"\npassword = \"P\"", vec!["unknown-key"]),
        ("user = \"u\"\npwd = \"P\"", vec!["unknown-key"]),
        (
            "user = \"u\"\npassword_env = \"P\"\npassword_file = \"p\"\npassword_credential = \"c\"",
            vec!["repeated-key", "repeated-key"],
        ),
        (
            "user = \"a\\nb\"\npassword_env = \"P\"",
            vec!["unknown-value"],
        ),
    ] {
        assert_eq!(faults(&format!("{host}\n{lines}")), codes, "{lines}");
    }
}

#[test]
fn letters_are_signed_as_the_sender_or_from_above() {
    let keys = |text: &str| {
        let sender = SENDER.replace("@example.org", "@mail.Bücher.example");
        sound("/etc/epistle.toml", &format!("{text}{sender}")).dkim
    };
    let text = r#"
[[dkim]]
selector = "epistle1"
key_file = "rsa.pem"
[[dkim]]
selector = "Epistle2.a"
domain = "BÜCHER.example"
key_credential = "epistle-dkim"
[[dkim]]
selector = "epistle1"
domain = "xn--bcher-kva.example"
key_file = "/a.pem"
"#;
    let key = |selector: &str, domain: &str, key| Dkim {
        selector: selector.to_owned(),
        domain: domain.to_owned(),
        key,
    };
    let credential = KeySource::Credential("epistle-dkim".to_owned());
    assert_eq!(
        keys(text),
        [
            key(
                "epistle1",
                "mail.xn--bcher-kva.example",
                KeySource::File("/etc/rsa.pem".into())
            ),
            key("Epistle2.a", "xn--bcher-kva.example", credential),
            key(
                "epistle1",
                "xn--bcher-kva.example",
                KeySource::File("/a.pem".into())
            ),
        ]
    );
    assert_eq!(
        keys(text)[1].record_name(),
        "Epistle2.a._domainkey.xn--bcher-kva.example"
    );
}

#[test]
fn the_example_shows_every_key_with_its_default_or_a_sample() {
    let example = Settings::example();
    assert_eq!(example.recipients, [Path::new("recipients.example.toml")]);
    assert_eq!(example.batch, Batch::default());
    assert!(example.relay.is_some_and(|relay| relay.login.is_some()));
    // What stands behind a # is right as well.
    let lines: Vec<_> = EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(shown) if is_setting(shown) => shown,
            _ => line,
        })
        .filter(|line| !line.starts_with("password_env") && !line.starts_with("password_cred"))
        .filter(|line| !line.starts_with("key_cred") && !line.starts_with("token_file"))
        .collect();
    let all = lines
        .join("\n")
        .replace("\"logo.png\"", "\"tests/fixtures/logo.png\"");
    let all = sound("epistle.toml", &all);
    let relay = all.relay.unwrap();
    assert!(relay.hello.is_some() && relay.ca_file.is_some() && all.batch.rates.len() == 1);
    assert_eq!(all.batch.domains.len(), 2);
    assert!(all.sender.unsubscribe_url.is_some() && all.sender.brand.logo.is_some());
    assert_eq!(all.dkim.len(), 1);
    assert_eq!(example.dkim, [], "it works without keys");
    // A finding lists the keys of a table; each of them stands in the example.
    for table in ["relay", "[dkim]", "batch", "ledger", "sender", "brand"] {
        let text = if table == "sender" {
            format!("{SENDER}xxxxx = 1")
        } else {
            format!("{SENDER}[{table}]\nxxxxx = 1")
        };
        let (_, findings) = read("epistle.toml", &text);
        let help = findings
            .iter()
            .find(|finding| finding.code == "unknown-key");
        let help = help.unwrap().help.clone().unwrap();
        for key in help.strip_prefix("the keys here are ").unwrap().split(", ") {
            let shown = |line: &str| {
                let line = line.strip_prefix("# ").unwrap_or(line);
                line.starts_with(&format!("{key} = ")) || line == format!("[{table}.{key}]")
            };
            assert!(EXAMPLE.lines().any(shown), "{table}.{key}");
        }
    }
    assert!(fs::exists(support::path("recipients.example.toml")).unwrap());
}

/// Says whether a line is `key = value` or a header rather than prose.
fn is_setting(line: &str) -> bool {
    let is_header = line.starts_with('[') && line.ends_with(']');
    is_header
        || line.split_once(" = ").is_some_and(|(key, _)| {
            key.bytes()
                .all(|byte| byte.is_ascii_lowercase() || b"_\".".contains(&byte))
        })
}
