//! Takes any bytes the whole way of a bulletin, as the program does: reading,
//! rules, letter, review page, and all findings drawn and as JSON.
//!
//! `RUSTC_BOOTSTRAP=1 cargo fuzz run --fuzz-dir tests/fuzz --sanitizer none bulletin CORPUS`

#![no_main]

use chrono::DateTime;
use epistle::bulletin;
use epistle::check::CheckedBulletin;
use epistle::diagnostic::terminal::{self, Style};
use epistle::diagnostic::{Diagnostic, SourceFile, is_unseen, json};
use epistle::letter::{Letter, Signer};
use epistle::preview::Preview;
use epistle::settings::Settings;
use libfuzzer_sys::fuzz_target;

const NAME: &str = "2018-03-18.toml";
/// Drawing is what takes most of the time; this many findings of a run are drawn.
const DRAWN: usize = 20;
const STYLE: Style = Style {
    color: false,
    width: 100,
    spoken: false,
};

fuzz_target!(|bytes: &[u8]| {
    let (source, found) = SourceFile::from_bytes(NAME, bytes);
    let (bulletin, findings) =
        bulletin::read(&source, found.clone(), Some(chrono_tz::Europe::London));
    findings_are_sound(&findings);
    if let Some(bulletin) = bulletin {
        let checked = CheckedBulletin::new(bulletin, findings);
        findings_are_sound(checked.findings());
        let date = DateTime::UNIX_EPOCH.fixed_offset();
        let preview = Preview::new(&checked.into(), &Settings::example(), Signer::none(), date);
        letter_is_sound(&preview.base.letter);
        for body in [&preview.base.bodies.text, &preview.base.bodies.html] {
            let unseen = |c: char| c != '\n' && (c.is_control() || is_unseen(c));
            assert!(!body.contains(unseen), "{body:?}");
        }
        assert!(!preview.page().is_empty());
        let drawn = terminal::render_all(preview.findings.iter().take(DRAWN), STYLE);
        assert_eq!(drawn.is_empty(), preview.findings.is_empty());
        told(&preview.findings);
    }

    let (_, findings) = Settings::read(&source, found);
    told(&findings);
    terminal::render_all(findings.iter().take(DRAWN / 4), STYLE);
});

/// Every label lies inside the text, and the place that people are told is the one that programs are told.
fn findings_are_sound(findings: &[Diagnostic]) {
    let report = told(findings);
    let told = report["findings"].as_array().unwrap();
    for (index, (finding, told)) in findings.iter().zip(told).enumerate() {
        for label in &finding.labels {
            let text = label.source.text();
            assert!(
                label.span.start <= label.span.end && label.span.end <= text.len(),
                "{finding:?}"
            );
            assert!(
                text.is_char_boundary(label.span.start) && text.is_char_boundary(label.span.end),
                "{finding:?}"
            );
        }
        if index < DRAWN && !finding.labels.is_empty() {
            let start = &told["labels"][0]["start"];
            let place = format!("{NAME}:{}:{}", start["line"], start["column"]);
            let drawn = terminal::render(finding, STYLE);
            let found = drawn.match_indices(&place).any(|(at, _)| {
                !drawn[at + place.len()..].starts_with(|c: char| c.is_ascii_digit())
            });
            assert!(found, "{place} is not in\n{drawn}");
        }
    }
}

/// Findings as programs get them.
fn told(findings: &[Diagnostic]) -> serde_json::Value {
    let text = serde_json::to_string(&json::report(findings)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// RFC 5322, 2.1.1, and RFC 2045, 6.7: 7-bit, no bare line end, no long line.
fn letter_is_sound(letter: &Letter) {
    let text = std::str::from_utf8(&letter.bytes).unwrap();
    assert!(text.is_ascii());
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    for (part, longest) in [(head, 998), (body, 76)] {
        for line in part.split("\r\n") {
            assert!(!line.contains(['\r', '\n']), "{line:?}");
            assert!(line.len() <= longest, "{line:?}");
        }
    }
}
