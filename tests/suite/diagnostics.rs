//! Every finding, whole, as it was looked at and approved; and what holds for all of them.

use std::collections::BTreeSet;
use std::fs;

use epistle::bulletin;
use epistle::diagnostic::{Diagnostic, SourceFile, json, terminal};
use epistle::letter::Signer;
use epistle::preview::Preview;
use epistle::settings::Settings;

use crate::support::{self, drawn};

const FIXTURES: [&str; 20] = [
    "syntax",
    "unclosed",
    "keys",
    "brackets",
    "values",
    "greeting",
    "fallback",
    "texts",
    "rules",
    "pasted",
    "placeholder",
    "stray",
    "parts",
    "answered",
    "pictures",
    "image_name",
    "weekday",
    "names",
    "words",
    "2026-03-27",
];

fn fixture(name: &str) -> String {
    format!("tests/fixtures/faults/{name}.toml")
}

fn findings(name: &str) -> Vec<Diagnostic> {
    support::check(&fixture(name)).1
}

/// A bulletin without a fault, from which others are made.
const PLAIN: &str = "id = \"plain\"\ndate = 2018-03-18\nlanguage = \"en\"\nstatus = \"ready\"\ntitle = \"Prayer\"\nsubject = \"Prayer\"\n\n[[section]]\n[[section.item]]\ntext = \"Pray\"\n";

fn of_bytes(bytes: &[u8]) -> Vec<Diagnostic> {
    let (source, found) = SourceFile::from_bytes("plain.toml", bytes);
    support::check_source(&source, found).1
}

#[test]
fn findings_in_bulletins() {
    for name in FIXTURES {
        insta::assert_snapshot!(name, drawn(&findings(name)));
    }
}

#[test]
fn findings_in_settings() {
    let text = fs::read_to_string(support::path("tests/fixtures/faults/settings.toml")).unwrap();
    let (source, found) = SourceFile::from_bytes("epistle.toml", text.as_bytes());
    insta::assert_snapshot!("settings", drawn(&Settings::read(&source, found).1));
    let (source, found) = SourceFile::from_bytes("epistle.toml", b"timezone = \"Europe/London\"\n");
    insta::assert_snapshot!(
        "settings_without_sender",
        drawn(&Settings::read(&source, found).1)
    );
}

/// Settings with faults, but for the sender.
const SETTINGS: [&str; 13] = [
    "settings_logo",
    "settings_logo_size",
    "settings_brand",
    "settings_top",
    "settings_lists",
    "settings_relay",
    "settings_domains",
    "settings_port",
    "settings_no_host",
    "settings_password",
    "settings_clear",
    "settings_clear_login",
    "settings_dkim",
];

/// A sender without a fault.
const SENDER: &str = "\n[sender]\nname = \"Team\"\naddress = \"a@example.org\"\norganisation = \"Mission\"\npostal_address = \"Street 1\"\nunsubscribe = \"b@example.org\"\n";

#[test]
fn findings_in_what_sending_needs() {
    for name in SETTINGS {
        let text = fs::read_to_string(support::path(&fixture(name))).unwrap() + SENDER;
        let (source, found) = SourceFile::from_bytes("epistle.toml", text.as_bytes());
        let (settings, findings) = Settings::read(&source, found);
        assert!(settings.is_none(), "{name}");
        insta::assert_snapshot!(name, drawn(&findings));
    }
}

#[test]
fn a_secret_in_the_settings_is_shown_nowhere() {
    for name in ["settings_password", "settings_dkim"] {
        let text = fs::read_to_string(support::path(&fixture(name))).unwrap();
        let (source, found) = SourceFile::from_bytes("epistle.toml", text.as_bytes());
        let (_, findings) = Settings::read(&source, found);
        let json = serde_json::to_string(&json::report(&findings)).unwrap();
        let told = drawn(&findings) + &json;
        assert!(
            text.contains("hunter") && !told.contains("hunter"),
            "{told}"
        );
    }
}

#[test]
fn findings_about_the_file_itself() {
    assert!(of_bytes(PLAIN.as_bytes()).is_empty());
    let bytes = [PLAIN.as_bytes(), b"# caf\xE9\n# \xFF\xFE\n"].concat();
    insta::assert_snapshot!("not_utf_8", drawn(&of_bytes(&bytes)));
    let raw_controls = PLAIN.replace("\"Pray\"", "\"Pr\u{1B}[31may \u{7F}\u{0}\"");
    let shown = drawn(&of_bytes(raw_controls.as_bytes()));
    assert!(
        !shown.contains('\u{1B}') && !shown.contains('\u{0}'),
        "nothing that a terminal would obey"
    );
    insta::assert_snapshot!("control_characters", shown);
}

#[test]
fn utf_16_is_told_once_and_understood() {
    let wrong = PLAIN.replace("subject", "subjekt");
    for bytes in [
        [
            &[0xFF, 0xFE][..],
            &wrong
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect::<Vec<_>>(),
        ]
        .concat(),
        [
            &[0xFE, 0xFF][..],
            &wrong
                .encode_utf16()
                .flat_map(u16::to_be_bytes)
                .collect::<Vec<_>>(),
        ]
        .concat(),
    ] {
        let codes: Vec<_> = of_bytes(&bytes)
            .iter()
            .map(|finding| finding.code)
            .collect();
        assert_eq!(codes, ["not-utf-8", "unknown-key"]);
    }
}

#[test]
fn a_file_with_a_thousand_faults_and_more_ends() {
    let wrong = format!(
        "{PLAIN}{}",
        (0..5_000)
            .map(|index| format!("key{index} = 1\n"))
            .collect::<String>()
    );
    let findings = of_bytes(wrong.as_bytes());
    assert_eq!(findings.len(), 1_001);
    insta::assert_snapshot!("too_many", drawn(&findings[1_000..]));
}

#[test]
fn findings_that_need_other_settings_or_the_letter() {
    let local = PLAIN.replace("[[section]]", "send_at = 2026-03-20T06:00:00\n[[section]]");
    let (source, found) = SourceFile::from_bytes("plain.toml", local.as_bytes());
    insta::assert_snapshot!(
        "no_time_zone",
        drawn(&bulletin::read(&source, found, None).1)
    );

    let foreign = PLAIN.replace("\"en\"", "\"sw\"") + "kind = \"praise\"\n";
    let (source, found) = SourceFile::from_bytes("plain.toml", foreign.as_bytes());
    let checked = support::check_source(&source, found).0.unwrap();
    let preview = Preview::new(
        &checked.into(),
        &Settings::example(),
        Signer::none(),
        support::date(),
    );
    insta::assert_snapshot!("no_words", drawn(&preview.findings));
    assert!(
        preview
            .base
            .bodies
            .html
            .contains("<p lang=\"en\" dir=\"ltr\"")
    );
    let label = "<strong class=\"p\" lang=\"en\" style=";
    assert!(preview.base.bodies.html.contains(label));
}

#[test]
fn too_many_pictures_are_not_even_opened() {
    let item = "[[section.item]]\ntext = \"Pray\"\nimage = { file = \"tests/fixtures/logo.png\", alt = \"A sign\", people = \"nobody\" }\n";
    let found = of_bytes((PLAIN.to_owned() + &item.repeat(32)).as_bytes());
    let codes: Vec<_> = found.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["too-many-pictures"; 2]);
}

#[test]
fn the_seed_with_its_faults_is_read() {
    assert!(findings_of("tests/fixtures/seed-raw.toml").is_empty());
}

fn findings_of(relative: &str) -> Vec<Diagnostic> {
    support::check(relative).1
}

/// Every name of a kind of finding in the sources stands in a snapshot or in a test of its own.
#[test]
fn no_kind_of_finding_is_without_a_test() {
    let mut codes = BTreeSet::new();
    let mut folders = vec![support::path("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for call in ["error(", "warning("] {
                for (at, _) in text.match_indices(call) {
                    let after = text[at + call.len()..].trim_start();
                    if let Some(code) = after
                        .strip_prefix('"')
                        .and_then(|rest| rest.split('"').next())
                        && code
                            .chars()
                            .all(|char| char.is_ascii_lowercase() || char == '-')
                    {
                        codes.insert(code.to_owned());
                    }
                }
            }
        }
    }
    assert!(codes.len() > 20, "{codes:?}");
    let mut seen = String::new();
    for entry in fs::read_dir(support::path("tests/suite/snapshots")).unwrap() {
        seen.push_str(&fs::read_to_string(entry.unwrap().path()).unwrap());
    }
    let elsewhere = [
        "failed",
        "too-many-names",
        "unreadable-file",
        "no-settings",
        "too-large",
        "line-too-long",
        "bare-line-end",
        "unsigned",
        "too-many-pictures",
        "heavy-letter",
        "no-language",
        "too-many-translations",
        "lists",
    ]; // command_line.rs, letters.rs, src/gate, dkim_commands.rs, translations.rs, sending.rs
    let missing: Vec<_> = codes
        .iter()
        .filter(|code| !seen.contains(&format!("[{code}]")) && !elsewhere.contains(&code.as_str()))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Where a finding is, by file order, and as JSON tells it.
fn places(findings: &[Diagnostic]) -> Vec<(String, String)> {
    let json = serde_json::to_value(json::report(findings)).unwrap();
    let place = |finding: &serde_json::Value| {
        let start = &finding["labels"][0]["start"];
        (
            finding["code"].to_string(),
            format!("{}:{}", start["line"], start["column"]),
        )
    };
    json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(place)
        .collect()
}

#[test]
fn the_terminal_and_json_tell_the_same_place_in_file_order() {
    for name in FIXTURES {
        let findings = findings(name);
        let shown = drawn(&findings);
        let mut rest = shown.as_str();
        let mut last = (0, 0);
        for (_, place) in places(&findings) {
            let place_shown = format!("{}:{place}", fixture(name));
            let at = rest
                .find(&place_shown)
                .unwrap_or_else(|| panic!("{place_shown} comes next in:\n{rest}"));
            rest = &rest[at + place_shown.len()..];
            let (line, column) = place.split_once(':').unwrap();
            let here: (usize, usize) = (line.parse().unwrap(), column.parse().unwrap());
            assert!(here >= last, "{name}: {here:?} after {last:?}");
            last = here;
        }
    }
}

#[test]
fn line_ends_and_a_byte_order_mark_move_nothing() {
    for name in FIXTURES {
        let text = fs::read_to_string(support::path(&fixture(name))).unwrap();
        let read = |bytes: &[u8]| {
            let (source, found) = SourceFile::from_bytes(fixture(name), bytes);
            support::check_source(&source, found).1
        };
        let plain = read(text.as_bytes());
        let crlf = read(text.replace('\n', "\r\n").as_bytes());
        let bom = read(format!("\u{FEFF}{text}").as_bytes());
        assert_eq!(places(&plain), places(&crlf), "{name}");
        assert_eq!(places(&plain), places(&bom), "{name}");
        assert_eq!(drawn(&plain), drawn(&bom), "{name}");
        assert!(
            !drawn(&crlf).contains('\r') && !drawn(&crlf).contains('␍'),
            "{name}"
        );
    }
}

#[test]
fn underlines_stand_under_wide_characters() {
    let shown = drawn(&findings("texts"));
    let lines: Vec<_> = shown.lines().collect();
    let at = lines
        .iter()
        .position(|line| line.contains("intro = "))
        .unwrap();
    let column = |line: &str, what: &str| {
        unicode_width::UnicodeWidthStr::width(&line[..line.find(what).unwrap()])
    };
    assert_eq!(
        column(lines[at], "<b>"),
        column(lines[at + 1], "^"),
        "\n{}\n{}",
        lines[at],
        lines[at + 1]
    );
}

#[test]
fn a_very_long_line_is_shown_only_around_its_fault() {
    let long = PLAIN.replace(
        "\"Pray\"",
        &format!("\"{} <b> {}\"", "é ".repeat(5_000), "x ".repeat(5_000)),
    );
    let findings = of_bytes(long.as_bytes());
    assert_eq!(findings.len(), 1);
    let shown = drawn(&findings);
    assert!(
        shown.contains("plain.toml:10:10010") && shown.contains("<b>") && shown.len() < 2_000,
        "{shown}"
    );
}

#[test]
fn findings_can_be_read_aloud() {
    let style = terminal::Style {
        color: false,
        width: 100,
        spoken: true,
    };
    let spoken = terminal::render_all(&findings("greeting"), style);
    assert!(
        spoken.contains("greeting.toml") && !spoken.contains("^") && !spoken.contains("-->"),
        "{spoken}"
    );
}
