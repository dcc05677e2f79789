//! Signatures, as they stand in letters and as the verifiers of others see them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::{DateTime, FixedOffset};
use epistle::edition::Edition;
use epistle::files::write_private;
use epistle::letter::{Composer, Frozen, Signer};
use epistle::people::{DisplayName, Recipient, Secret};
use epistle::settings::{Dkim, EXAMPLE, KeySource};

use crate::letters::edition;
use crate::support;

const PYTHON: &str = "/usr/bin/python3";
const OPENDKIM: &str = "/usr/sbin/opendkim";

/// A folder of its own for one test.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("dkim-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Puts a key of the tests where only its owner can read it.
pub(crate) fn key(name: &str, folder: &Path) -> PathBuf {
    let path = folder.join(name);
    let key = fs::read(support::path(&format!("tests/fixtures/keys/{name}"))).unwrap();
    write_private(&path, &key).unwrap();
    path
}

fn dkim(selector: &str, key: PathBuf) -> Dkim {
    Dkim {
        selector: selector.to_owned(),
        domain: "example.org".to_owned(),
        key: KeySource::File(key),
    }
}

/// RSA, then Ed25519.
fn both(folder: &Path) -> Signer {
    let rsa = dkim("rsa2026", key("rsa2048.pem", folder));
    let ed25519 = dkim("ed2026", key("ed25519.pem", folder));
    Signer::load(&[rsa, ed25519]).unwrap()
}

fn compose(edition: &Edition, date: DateTime<FixedOffset>, signer: &Signer, name: &str) -> String {
    let secret = Secret::new([9; 32]);
    let frozen = Frozen::new(edition, &edition.base, date, &secret);
    let recipient = Recipient {
        address: "anna@example.org".parse().unwrap(),
        name: DisplayName::parse(name).unwrap(),
        language: None,
    };
    let composer = Composer::new(&frozen, &secret, signer).unwrap();
    String::from_utf8(composer.compose(&recipient).bytes).unwrap()
}

fn seed() -> Edition {
    edition("bulletins/2018-03-18.toml", EXAMPLE)
}

/// The signatures on top of a letter, and what is below them.
fn signatures(letter: &str) -> (Vec<&str>, &str) {
    let mut rest = letter;
    let mut fields = Vec::new();
    while rest.starts_with("DKIM-Signature:") {
        let end = rest
            .match_indices("\r\n")
            .find(|(at, _)| !rest[at + 2..].starts_with(' '))
            .unwrap();
        let (field, below) = rest.split_at(end.0 + 2);
        fields.push(field);
        rest = below;
    }
    (fields, rest)
}

/// The value of a tag, white space left out.
fn tag(field: &str, name: &str) -> Option<String> {
    let (_, tags) = field.split_once(':').unwrap();
    let mut tags = tags
        .split(';')
        .map(|tag| tag.split_whitespace().collect::<String>());
    tags.find_map(|tag| tag.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
}

#[test]
fn signatures_stand_on_top_folded_and_are_as_they_were_verified() {
    let signer = both(&folder("top"));
    let signed = compose(&seed(), support::date(), &signer, "Anna");
    let (fields, rest) = signatures(&signed);
    assert_eq!(
        rest,
        compose(&seed(), support::date(), Signer::none(), "Anna")
    );
    assert_eq!(fields.len(), 2);
    for line in fields.concat().lines() {
        assert!(line.len() <= 78 && line.trim_end() == line, "{line:?}");
    }
    insta::assert_snapshot!(fields.concat().replace("\r\n", "\n"));
    let again = compose(&seed(), support::date(), &signer, "Anna");
    assert_eq!(again, signed, "each attempt is the same bytes");
}

#[test]
fn every_field_is_signed_and_most_can_not_be_added_to() {
    let url = "unsubscribe_url = \"https://example.org/u/{token}\"";
    let with = EXAMPLE.replace(&format!("# {url}"), url);
    let without = EXAMPLE.replace("reply_to = \"office@example.org\"\n", "");
    let signer = both(&folder("fields"));
    for settings in [with, without] {
        let edition = edition("tests/fixtures/everything.toml", &settings);
        let signed = compose(&edition, support::date(), &signer, "Anna");
        let (fields, rest) = signatures(&signed);
        let head = rest.split("\r\n\r\n").next().unwrap();
        for field in fields {
            let names = tag(field, "h").unwrap().to_lowercase();
            let count = |name: &str| names.split(':').filter(|named| *named == name).count();
            for line in head.lines().filter(|line| !line.starts_with(' ')) {
                let name = line.split(':').next().unwrap().to_lowercase();
                let most = match name.as_str() {
                    "precedence" | "content-language" => 1,
                    _ => 2,
                };
                assert_eq!(count(&name), most, "{name}");
            }
            assert_eq!(count("cc"), 1);
            let is_there = |name: &str| head.contains(&format!("\r\n{name}:"));
            assert_eq!(count("reply-to") == 2, is_there("Reply-To"));
            let post = "List-Unsubscribe-Post";
            assert_eq!(count(&post.to_lowercase()) == 2, is_there(post));
            assert_eq!(count("reply-to").max(1), count("reply-to"));
            assert_eq!(tag(field, "l"), None, "a body could be added to");
        }
    }
}

#[test]
fn the_time_is_that_of_the_edition_and_never_one_to_come() {
    let signer = both(&folder("time"));
    let time = |date: &str| {
        let date = DateTime::parse_from_rfc3339(date).unwrap();
        let letter = compose(&seed(), date, &signer, "Anna");
        tag(signatures(&letter).0[1], "t")
    };
    assert_eq!(
        time("2018-03-16T06:00:00+00:00").as_deref(),
        Some("1521180000")
    );
    assert_eq!(
        time("2018-03-16T07:00:00+01:00").as_deref(),
        Some("1521180000")
    );
    assert_eq!(time("2970-01-01T00:00:00+00:00"), None);
}

#[test]
fn long_names_of_domains_and_selectors_are_left_whole() {
    let folder = folder("long");
    let domain = format!("{}.example.org", ["d".repeat(60), "e".repeat(60)].join("."));
    let dkim = Dkim {
        selector: "s".repeat(63),
        domain: domain.clone(),
        key: KeySource::File(key("ed25519.pem", &folder)),
    };
    let sender = format!("address = \"prayer@{domain}\"");
    let settings = EXAMPLE.replace("address = \"prayer@example.org\"", &sender);
    let edition = edition("bulletins/2018-03-18.toml", &settings);
    let signer = Signer::load(&[dkim]).unwrap();
    let letter = compose(&edition, support::date(), &signer, "Anna");
    let field = signatures(&letter).0[0];
    assert!(field.contains(&format!("\r\n d={domain};\r\n")), "{field}");
    assert_eq!(tag(field, "s").unwrap(), "s".repeat(63));
    assert!(
        field
            .lines()
            .all(|line| line.len() <= 78 || line.starts_with(" d="))
    );
}

#[test]
fn nobody_signs_for_another_domain() {
    let folder = folder("unaligned");
    let secret = Secret::new([9; 32]);
    let frozen = Frozen::new(&seed(), &seed().base, support::date(), &secret);
    for domain in ["example.net", "news.example.org", "ample.org"] {
        let dkim = Dkim {
            domain: domain.to_owned(),
            ..dkim("s1", key("ed25519.pem", &folder))
        };
        let signer = Signer::load(&[dkim]).unwrap();
        let told = signer.covers(&frozen).unwrap_err().to_string();
        assert!(
            told.contains("come from example.org") && told.contains(domain),
            "{told}"
        );
        assert!(Composer::new(&frozen, &secret, &signer).is_err());
    }
}

#[test]
fn a_key_that_can_not_be_used_is_named_and_not_shown() {
    let folder = folder("refused");
    let told = |name: &str| {
        let pem = fs::read_to_string(folder.join(name)).unwrap_or_default();
        let error = Signer::load(&[dkim("s1", folder.join(name))]).unwrap_err();
        let told = format!("{error} {error:?}");
        for line in pem.lines().filter(|line| line.len() == 64) {
            assert!(!told.contains(&line[..16]), "{told}");
        }
        error.to_string()
    };
    for (name, reason) in [
        ("rsa1024.pem", "2048 bits"),
        ("rsa2048_locked.pem", "passphrase"),
        ("p256.pem", "neither RSA nor Ed25519"),
        ("rsa2048_public.pem", "public key"),
    ] {
        key(name, &folder);
        let told = told(name);
        assert!(told.contains(reason) && told.contains("`s1`"), "{told}");
        assert_eq!(told.matches(name).count(), 1, "{told}");
    }
    write_private(&folder.join("long.pem"), &[b'x'; 16_385]).unwrap();
    assert!(told("long.pem").contains("more than 16384 bytes"));
    assert!(told("missing.pem").contains("there is no file"));
    assert_eq!(told("missing.pem").matches("missing.pem").count(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let path = key("ed25519.pem", &folder);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(
            told("ed25519.pem"),
            format!(
                "letters can't be signed with the DKIM key `s1`: others on this machine can get at the DKIM key (mode 640): chmod 600 {}",
                path.display()
            )
        );
    }
}

/// Letters whose signatures hold, and letters whose don't, as a verifier must see them.
struct Sample {
    name: String,
    letter: String,
    is_sound: bool,
}

fn samples(signer: &Signer) -> Vec<Sample> {
    let url = "unsubscribe_url = \"https://example.org/u/{token}\"";
    let one_click = EXAMPLE.replace(&format!("# {url}"), url);
    let mut samples = Vec::new();
    let mut add = |name: &str, letter: String, is_sound| {
        samples.push(Sample {
            name: name.to_owned(),
            letter,
            is_sound,
        });
    };
    for (bulletin, settings) in [
        ("bulletins/2018-03-18.toml", EXAMPLE),
        ("tests/fixtures/everything.toml", &one_click),
    ] {
        let edition = edition(bulletin, settings);
        for name in [
            "",
            "Zoë \"Z\" Ångström",
            "A name that goes on and on and on and on and on to be folded, and on",
        ] {
            add(
                "sound",
                compose(&edition, support::date(), signer, name),
                true,
            );
        }
    }
    let letter = compose(
        &edition("tests/fixtures/everything.toml", &one_click),
        support::date(),
        signer,
        "Anna",
    );
    let (_, rest) = signatures(&letter);
    let signatures = letter.strip_suffix(rest).unwrap();
    let (head, body) = rest.split_once("\r\n\r\n").unwrap();
    let put = |head: &str, body: &str| format!("{signatures}{head}\r\n\r\n{body}");

    // What servers on the way may do.
    add(
        "received",
        format!("Received: from a by b; Fri, 16 Mar 2018 06:00:00 +0000\r\n{letter}"),
        true,
    );
    add(
        "refolded",
        put(&head.replace("\r\n ", "\r\n\t  "), body),
        true,
    );
    add("spaces", put(head, &body.replace("\r\n", "  \r\n")), true);
    add("lines", put(head, &format!("{body}\r\n\r\n")), true);

    // What nobody may do.
    let field = |name: &str| {
        let line = head
            .lines()
            .find(|line| line.starts_with(&format!("{name}:")));
        line.unwrap_or_else(|| panic!("{name}")).to_owned()
    };
    for name in [
        "From",
        "To",
        "Reply-To",
        "Subject",
        "Date",
        "Message-ID",
        "List-Id",
        "Content-Language",
        "MIME-Version",
        "Content-Type",
        "Precedence",
        "List-Unsubscribe-Post",
    ] {
        let line = field(name);
        let (at, old) = line
            .char_indices()
            .rfind(|(_, char)| char.is_ascii_alphanumeric())
            .unwrap();
        let mut changed = line.clone();
        changed.replace_range(at..=at, if old == 'x' { "y" } else { "x" });
        add(name, put(&head.replace(&line, &changed), body), false);
    }
    let unsubscribe = "<mailto:unsubscribe@";
    add(
        "List-Unsubscribe",
        put(&head.replace(unsubscribe, "<mailto:other@"), body),
        false,
    );
    for added in [
        "From: Other <other@example.org>",
        "To: b@example.org",
        "Cc: b@example.org",
        "Subject: Other",
        "Reply-To: other@example.net",
        "List-Unsubscribe: <https://example.net/>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "List-Id: <other.example.org>",
        "Date: Sat, 17 Mar 2018 06:00:00 +0000",
        "Content-Type: text/plain",
    ] {
        add(
            &format!("{added}, on top"),
            put(&format!("{added}\r\n{head}"), body),
            false,
        );
        add(
            &format!("{added}, below"),
            put(&format!("{head}\r\n{added}"), body),
            false,
        );
        add(
            &format!("{added}, above all"),
            format!("{added}\r\n{letter}"),
            false,
        );
    }
    let seed = compose(&seed(), support::date(), signer, "Anna");
    let added = "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nList-Id:";
    add(
        "a field that there was none of",
        seed.replace("List-Id:", added),
        false,
    );
    let middle = body.len() / 2;
    let at = middle
        + body[middle..]
            .find(|char: char| char.is_ascii_lowercase())
            .unwrap();
    let other = if body[at..].starts_with('x') {
        "y"
    } else {
        "x"
    };
    add(
        "body",
        put(head, &[&body[..at], other, &body[at + 1..]].concat()),
        false,
    );
    add("body, longer", put(head, &format!("{body}x\r\n")), false);
    add("body, shorter", put(head, &body[..middle]), false);
    add(
        "time",
        letter.replace("t=1521180000", "t=1521180001"),
        false,
    );
    samples
}

/// What is published: a line each, the name of the record and what it says.
fn records(signer: &Signer) -> String {
    let records = signer.records().into_iter();
    records
        .map(|record| format!("{} {}\n", record.name, record.value))
        .collect()
}

/// Gives every sample to a verifier, which says of each signature whether it holds.
fn verify(name: &str, verifier: impl Fn(&Path, &[PathBuf]) -> Vec<Vec<bool>>) {
    let folder = folder(name);
    let signer = both(&folder);
    let keys = folder.join("records");
    fs::write(&keys, records(&signer)).unwrap();
    let samples = samples(&signer);
    let files: Vec<_> = samples
        .iter()
        .enumerate()
        .map(|(index, sample)| {
            let file = folder.join(format!("{index}.eml"));
            fs::write(&file, &sample.letter).unwrap();
            file
        })
        .collect();
    let verdicts = verifier(&keys, &files);
    assert_eq!(verdicts.len(), samples.len());
    for ((sample, verdict), file) in samples.iter().zip(verdicts).zip(files) {
        assert_eq!(
            verdict,
            [sample.is_sound; 2],
            "{}: {}",
            sample.name,
            file.display()
        );
    }
}

#[test]
#[ignore = "needs Debian's python3-dkim; CI runs it"]
fn dkimpy_agrees() {
    verify("dkimpy", |keys, files| {
        let output = Command::new(PYTHON)
            .arg(support::path("tests/dkim_verify.py"))
            .arg(keys)
            .args(files)
            .output()
            .expect("this test needs Debian's python3-dkim: apt-get install python3-dkim");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            output.status.success(),
            "apt-get install python3-dkim, where it is missing:\n{said}"
        );
        let verdicts = String::from_utf8(output.stdout).unwrap();
        verdicts
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    });
}

#[test]
#[ignore = "needs Debian's opendkim; CI runs it"]
fn opendkim_agrees() {
    verify("opendkim", |keys, files| {
        let settings = keys.with_file_name("opendkim.conf");
        fs::write(
            &settings,
            format!("Mode v\nTestPublicKeys {}\n", keys.display()),
        )
        .unwrap();
        let verdict = |file: &PathBuf| {
            let output = Command::new(OPENDKIM)
                .arg("-x")
                .arg(&settings)
                .arg("-t")
                .arg(file)
                .arg("-vv")
                .output()
                .expect("this test needs Debian's opendkim: apt-get install opendkim");
            let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            let count = |verdict: &str| said.matches(&format!("dkim={verdict}")).count();
            match (count("pass"), count("fail")) {
                (0, 0) => vec![false; 2], // with two dates it is no message, and none is looked at
                (pass, fail) => [vec![true; pass], vec![false; fail]].concat(),
            }
        };
        files.iter().map(verdict).collect()
    });
}
