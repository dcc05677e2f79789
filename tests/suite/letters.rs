//! Letters as the parsers of others read them.

use epistle::edition::Edition;
use epistle::letter::{Composer, Frozen, Letter, Signer};
use epistle::people::{DisplayName, Recipient, Secret};
use epistle::settings::Settings;
use mail_parser::{MessageParser, MimeHeaders};
use proptest::prelude::*;

use crate::support;

fn recipient(name: &str, address: &str) -> Recipient {
    Recipient {
        address: address.parse().unwrap(),
        name: DisplayName::parse(name).unwrap(),
        language: None,
    }
}

pub(crate) fn edition(relative: &str, settings: &str) -> Edition {
    let (source, found) =
        epistle::diagnostic::SourceFile::from_bytes("epistle.toml", settings.as_bytes());
    let (settings, findings) = Settings::read(&source, found);
    let settings = settings.unwrap_or_else(|| panic!("{}", support::drawn(&findings)));
    Edition::freeze(&support::issue(relative), &settings.sender)
}

fn everything() -> Edition {
    edition("tests/fixtures/everything.toml", epistle::settings::EXAMPLE)
}

/// The letter to one person.
fn compose(edition: &Edition, secret: &Secret, recipient: &Recipient) -> Letter {
    let frozen = Frozen::new(edition, &edition.base, support::date(), secret);
    Composer::new(&frozen, secret, Signer::none())
        .unwrap()
        .compose(recipient)
}

fn secret() -> Secret {
    Secret::new([9; 32])
}

/// What holds for every letter's bytes, whoever gets it.
fn assert_wire_form(letter: &Letter) {
    assert!(letter.bytes.is_ascii(), "7-bit");
    let text = std::str::from_utf8(&letter.bytes).unwrap();
    assert!(text.ends_with("\r\n"));
    assert_eq!(text.matches('\r').count(), text.matches("\r\n").count());
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    for line in head.split("\r\n") {
        assert!(line.len() <= 78 || !line.trim().contains(' '), "{line}");
        assert!(!line.is_empty() && line == line.trim_end(), "{line:?}");
    }
    for line in body.split("\r\n") {
        assert!(line.len() <= 76, "{line}");
        assert!(
            !line.starts_with('.') && !line.starts_with("From "),
            "{line}"
        );
    }
    for once in [
        "Date",
        "From",
        "To",
        "Subject",
        "Message-ID",
        "MIME-Version",
        "List-Id",
        "List-Unsubscribe",
        "Content-Type",
    ] {
        let count = head
            .split("\r\n")
            .filter(|line| line.starts_with(&format!("{once}:")))
            .count();
        assert_eq!(count, 1, "{once}");
    }
}

/// A name with CR, LF or NUL is refused elsewhere; here is what else people's names hold.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z '.,&=?\"<>()@:;\\\\-]{1,40}",
        "[\u{620}-\u{64A} ]{1,30}",
        "[\u{1F600}-\u{1F64F}é ]{1,40}",
        "\\PC{1,80}",
        Just("=?utf-8?q?=41?=".to_owned()),
        Just("Anna  =0D=0A".to_owned()),
        Just("From me".to_owned()),
        Just(".".to_owned()),
        Just("x".repeat(200)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]
    #[test]
    fn a_parser_reads_back_what_was_meant(name in name()) {
        let Ok(Some(parsed_name)) = DisplayName::parse(&name) else { return Ok(()) };
        let edition = everything();
        let secret = secret();
        let frozen = Frozen::new(&edition, &edition.base, support::date(), &secret);
        let composer = Composer::new(&frozen, &secret, Signer::none()).unwrap();
        let recipient = Recipient { address: "anna@example.org".parse().unwrap(), name: Some(parsed_name.clone()), language: None };
        let letter = composer.compose(&recipient);
        assert_wire_form(&letter);

        let message = MessageParser::default().parse(&letter.bytes).unwrap();
        let to = message.to().unwrap().first().unwrap();
        prop_assert_eq!(to.name(), Some(parsed_name.as_str()));
        prop_assert_eq!(to.address(), Some("anna@example.org"));
        prop_assert_eq!(message.subject(), Some(edition.base.subject.as_str()));
        prop_assert_eq!(message.message_id(), Some(letter.message_id.as_str()));

        let bodies = composer.bodies(&edition.base.bodies, &recipient);
        prop_assert_eq!(message.body_text(0).unwrap().replace("\r\n", "\n"), &*bodies.text);
        prop_assert_eq!(message.body_html(0).unwrap(), &*bodies.html);
        let greeting = epistle::render::wrap("", "", &format!("Dear {},", parsed_name.as_str()));
        prop_assert!(bodies.text.contains(&greeting));
    }
}

#[test]
fn the_parts_and_headers_are_what_the_standards_ask() {
    let edition = edition(
        "bulletins/2018-03-18.toml",
        &epistle::settings::EXAMPLE.replace(
            "# unsubscribe_url = \"https://example.org/u/{token}\"",
            "unsubscribe_url = \"https://example.org/u/{token}?list=prayer\"",
        ),
    );
    let secret = secret();
    let letter = compose(
        &edition,
        &secret,
        &recipient("Zoë", "Zoe@Bücher.example.org"),
    );
    assert_wire_form(&letter);
    let message = MessageParser::default().parse(&letter.bytes).unwrap();

    assert_eq!(message.parts.len(), 3);
    let kind = message.content_type().unwrap();
    assert_eq!(
        (kind.ctype(), kind.subtype()),
        ("multipart", Some("alternative"))
    );
    let parts: Vec<_> = message.parts[1..]
        .iter()
        .map(|part| part.content_type().unwrap().subtype().unwrap())
        .collect();
    assert_eq!(parts, ["plain", "html"]);

    let bytes = std::str::from_utf8(&letter.bytes).unwrap();
    let unfolded = bytes
        .split("\r\n\r\n")
        .next()
        .unwrap()
        .replace("\r\n ", " ");
    let raw = |name: &str| {
        unfolded
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{name}: ")))
    };
    let token = secret.unsubscribe_token("prayer.example.org", "zoe@xn--bcher-kva.example.org");
    let token = token.as_str();
    assert_eq!(
        raw("List-Unsubscribe")
            .unwrap()
            .split_whitespace()
            .collect::<Vec<_>>(),
        [
            format!("<https://example.org/u/{token}?list=prayer>,"),
            format!("<mailto:unsubscribe@example.org?subject=unsubscribe%20{token}>"),
        ]
    );
    assert_eq!(
        raw("List-Unsubscribe-Post"),
        Some("List-Unsubscribe=One-Click")
    );
    assert_eq!(raw("Precedence"), Some("bulk"));
    assert_eq!(raw("List-Id").unwrap(), "<prayer.example.org>");
    assert_eq!(raw("Content-Language").unwrap(), "en");
    assert_eq!(message.date().unwrap().to_rfc3339(), "2018-03-16T06:00:00Z");
    assert_eq!(
        message.reply_to().unwrap().first().unwrap().address(),
        Some("office@example.org")
    );
    assert!(letter.message_id.ends_with("@example.org"));
    assert_eq!(
        letter.envelope.from().unwrap().to_string(),
        "bounces@example.org"
    );
    assert_eq!(
        letter.envelope.to()[0].to_string(),
        "Zoe@xn--bcher-kva.example.org"
    );

    let html = message.body_html(0).unwrap();
    let text = message.body_text(0).unwrap();
    assert!(html.contains(&format!(
        "href=\"https://example.org/u/{token}?list=prayer\""
    )));
    assert!(text.ends_with(&format!(
        "\r\nhttps://example.org/u/{token}?list=prayer\r\n"
    )));
    for body in [html, text] {
        assert!(body.contains("Example Mission") && body.contains("1 Example Street, Exampletown"));
    }
}

/// The parts of a letter as (media type, Content-ID, what is in it).
fn parts(letter: &Letter) -> Vec<(String, Option<String>, Vec<u8>)> {
    let message = MessageParser::default().parse(&letter.bytes).unwrap();
    let part = |part: &mail_parser::MessagePart<'_>| {
        let kind = part.content_type().unwrap();
        (
            format!("{}/{}", kind.ctype(), kind.subtype().unwrap()),
            part.content_id().map(str::to_owned),
            part.contents().to_vec(),
        )
    };
    message.parts.iter().map(part).collect()
}

#[test]
fn pictures_travel_beside_the_html_and_say_nothing_else() {
    let settings = support::branded().replace("width = 180", "width = 90");
    let edition = edition("tests/fixtures/everything.toml", &settings);
    let letter = compose(&edition, &secret(), &recipient("Anna", "a@example.org"));
    assert_wire_form(&letter);
    let parts = parts(&letter);
    let kinds: Vec<_> = parts.iter().map(|(kind, ..)| kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "multipart/alternative",
            "text/plain",
            "multipart/related",
            "text/html",
            "image/png",
            "image/jpeg"
        ]
    );
    let html = std::str::from_utf8(&parts[3].2).unwrap();
    let whole = std::fs::read(support::path("tests/fixtures/harvest.jpg")).unwrap();
    for told in ["A telephone", "Exampletown, 51.5"] {
        let is_told = |bytes: &[u8]| bytes.windows(told.len()).any(|at| at == told.as_bytes());
        assert!(is_told(&whole), "{told}");
        assert!(!parts.iter().any(|(.., bytes)| is_told(bytes)), "{told}");
    }
    for (_, id, bytes) in &parts[4..] {
        let id = id.as_ref().unwrap();
        assert_eq!(
            html.matches(&format!("src=\"cid:{id}\"")).count(),
            1,
            "{id}"
        );
        assert!(id.ends_with("@example.org"));
        assert!(bytes.starts_with(b"\x89PNG") || bytes.starts_with(b"\xFF\xD8"));
    }
    assert!(!String::from_utf8_lossy(&letter.bytes).contains("harvest.jpg"));
    assert!(
        html.contains("width=\"90\" height=\"30\"")
            && html.contains("width=\"530\" height=\"250\"")
    );
}

#[test]
fn without_an_unsubscribe_address_of_the_web_there_is_no_one_click() {
    let edition = everything();
    let secret = secret();
    let letter = compose(&edition, &secret, &recipient("", "a@example.org"));
    let text = String::from_utf8(letter.bytes).unwrap();
    assert!(!text.contains("List-Unsubscribe-Post"));
    assert!(
        text.contains(
            "List-Unsubscribe:\r\n <mailto:unsubscribe@example.org?subject=unsubscribe%20"
        )
    );
}

#[test]
fn people_without_a_name_get_the_fallback() {
    let edition = everything();
    let secret = secret();
    let frozen = Frozen::new(&edition, &edition.base, support::date(), &secret);
    let composer = Composer::new(&frozen, &secret, Signer::none()).unwrap();
    let with = composer.bodies(
        &edition.base.bodies,
        &recipient("Kofi <b>", "a@example.org"),
    );
    let without = composer.bodies(&edition.base.bodies, &recipient("", "a@example.org"));
    assert!(
        with.text.contains("\nDear Kofi <b>,\n") && with.html.contains(">Dear Kofi &lt;b&gt;,<")
    );
    assert!(without.text.contains("\nDear friends,\n") && without.html.contains(">Dear friends,<"));
}

#[test]
fn each_person_has_an_identity_of_their_own_that_stays() {
    let edition = everything();
    let secret = secret();
    let frozen = Frozen::new(&edition, &edition.base, support::date(), &secret);
    let composer = Composer::new(&frozen, &secret, Signer::none()).unwrap();
    let anna = composer.compose(&recipient("Anna", "anna@example.org"));
    let again = composer.compose(&recipient("Anna", "anna@example.org"));
    let kofi = composer.compose(&recipient("Anna", "kofi@example.org"));
    assert_eq!(anna.bytes, again.bytes);
    assert_ne!(anna.message_id, kofi.message_id);
    let other = Secret::new([8; 32]);
    let elsewhere = compose(&edition, &other, &recipient("Anna", "anna@example.org"));
    assert_ne!(anna.message_id, elsewhere.message_id);
}

#[test]
fn what_is_kept_of_an_edition_gives_the_same_letters() {
    let secret = secret();
    for relative in [
        "bulletins/2018-03-18.toml",
        "tests/fixtures/everything.toml",
    ] {
        let edition = edition(relative, epistle::settings::EXAMPLE);
        let frozen = Frozen::new(&edition, &edition.base, support::date(), &secret);
        let thawed = Frozen::from_bytes(&frozen.to_bytes()).unwrap();
        assert_eq!(thawed, frozen);
        let anna = recipient("Anna \"Ä\"", "anna@example.org");
        let [before, after] = [&frozen, &thawed].map(|frozen| {
            Composer::new(frozen, &secret, Signer::none())
                .unwrap()
                .compose(&anna)
        });
        assert_eq!(before.bytes, after.bytes);
        assert_eq!(
            (before.message_id, before.envelope),
            (after.message_id, after.envelope)
        );
    }
    assert!(Frozen::from_bytes(b"{}").is_err());
}

#[test]
fn the_digest_tells_what_readers_would_see_changed() {
    let base = everything().digest;
    let text = std::fs::read_to_string(support::path("tests/fixtures/everything.toml")).unwrap();
    let digest = |text: &str, settings: &str| {
        let (source, found) = epistle::diagnostic::SourceFile::from_bytes(
            "tests/fixtures/everything.toml",
            text.as_bytes(),
        );
        let checked = support::check_source(&source, found).0.unwrap();
        let (source, found) =
            epistle::diagnostic::SourceFile::from_bytes("epistle.toml", settings.as_bytes());
        Edition::freeze(
            &checked.clone().into(),
            &Settings::read(&source, found).0.unwrap().sender,
        )
        .digest
    };
    let settings = epistle::settings::EXAMPLE;
    assert_eq!(digest(&text, settings), base);
    assert_eq!(
        digest(&format!("# a remark\n\n{text}"), settings),
        base,
        "layout is not part of it"
    );
    assert_eq!(
        digest(
            &text.replace("status = \"draft\"", "status = \"ready\""),
            settings
        ),
        base,
        "nor is the status"
    );
    for (from, to) in [
        ("audience = \"friends\"", "audience = \"staff\""),
        ("06:00:00", "07:00:00"),
        ("\"6 h\"", "\"7 h\""),
        ("subject = \"Gebet", "subject = \"Gebete"),
        ("Dear {name}", "Hello {name}"),
        ("Dear friends", "Hello friends"),
        ("Psalm 23", "Psalm 24"),
        ("report?a=1", "report?a=2"),
        ("preheader = \"Three", "preheader = \"Four"),
        ("harvest.jpg", "logo.png"),
        ("A field of ripe", "A field of green"),
    ] {
        assert!(text.contains(from), "{from}");
        assert_ne!(digest(&text.replace(from, to), settings), base, "{from}");
    }
    for (from, to) in [
        ("# accent = \"#1d4f60\"", "accent = \"#1d4f61\""),
        ("# footer", "footer"),
        ("# support", "support"),
        ("Prayer Team", "Other Team"),
        ("bounces@", "returns@"),
        ("list_id = \"prayer", "list_id = \"prayers"),
        ("office@", "desk@"),
    ] {
        assert!(settings.contains(from), "{from}");
        assert_ne!(digest(&text, &settings.replace(from, to)), base, "{from}");
    }
}

#[test]
fn a_letter_near_gmails_limit_is_told_before_it_is_cut() {
    let item = format!("[[section.item]]\ntext = \"{}\"\n", "word ".repeat(400));
    let head = std::fs::read_to_string(support::path("bulletins/2018-03-18.toml")).unwrap();
    let codes = |items: usize| {
        let text = format!("{head}\n[[section]]\n{}", item.repeat(items));
        let (source, found) =
            epistle::diagnostic::SourceFile::from_bytes("2018-03-18.toml", text.as_bytes());
        let checked = support::check_source(&source, found).0.unwrap();
        let preview = epistle::preview::Preview::new(
            &checked.into(),
            &Settings::example(),
            Signer::none(),
            support::date(),
        );
        preview
            .findings
            .iter()
            .map(|finding| (finding.code, finding.severity))
            .collect::<Vec<_>>()
    };
    use epistle::diagnostic::Severity;
    assert_eq!(codes(30), []);
    assert_eq!(codes(36), [("too-large", Severity::Warning)]);
    assert_eq!(codes(50), [("too-large", Severity::Error)]);
}

/// Names that have broken mailers: what Python's email package reads must be what was meant.
#[test]
#[ignore = "needs python3; CI runs it"]
fn pythons_strict_policy_finds_no_defect() {
    let names = [
        "Anna Example",
        "J. R. O'Neil, Jr.",
        "Zoë \"Z\" Ångström",
        "محمد بن عبد الله",
        "😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀",
        "=?utf-8?q?=41?=",
        "a=b; c:d <e@example.org>",
        "Back\\slash (and comment)",
        "A name that goes on and on and on and on and on and on and on and on to be folded",
        "",
    ];
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("strict");
    std::fs::create_dir_all(&folder).unwrap();
    let secret = secret();
    for relative in [
        "bulletins/2018-03-18.toml",
        "tests/fixtures/everything.toml",
    ] {
        let edition = edition(relative, epistle::settings::EXAMPLE);
        let frozen = Frozen::new(&edition, &edition.base, support::date(), &secret);
        let composer = Composer::new(&frozen, &secret, Signer::none()).unwrap();
        let mut python = std::process::Command::new("python3");
        python
            .arg(support::path("tests/strict.py"))
            .env("PYTHONUTF8", "1");
        for (index, name) in names.iter().enumerate() {
            let letter = composer.compose(&recipient(name, "someone@example.org"));
            let path = folder.join(format!("{}-{index}.eml", edition.id));
            std::fs::write(&path, &letter.bytes).unwrap();
            python.arg(path);
        }
        let output = python.output().expect("python3 is installed");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let read: Vec<serde_json::Value> = String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let meant: Vec<_> = names
            .iter()
            .map(|name| {
                serde_json::json!([
                    edition.base.subject,
                    name.replace(' ', ""),
                    "someone@example.org"
                ])
            })
            .collect();
        assert_eq!(read, meant);
    }
}
