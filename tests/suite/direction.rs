//! Plain text from right to left, as a screen shows it: by the algorithm that
//! screens go by (UAX #9), which has no `dir` to go by but each line's letters.

use epistle::diagnostic::SourceFile;
use epistle::letter::Signer;
use epistle::preview::{Preview, Sample};
use epistle::settings::Settings;
use unicode_bidi::BidiInfo;

use crate::support;

/// An Arabic bulletin with all that goes from left to right in it.
const ARABIC: &str = r#"id = "2026-11-20"
date = 2026-11-20
language = "ar"
status = "ready"
title = "صلاة الأسبوع"
subject = "صلاة أسبوع 20 نوفمبر"
greeting = "{name}، سلام لك"
greeting_fallback = "سلام لكم"

[signature]
name = "Anna Example (Dr.)"
role = "فريق الصلاة"

[scripture]
text = "«الرب راعيّ فلا يعوزني شيء.»"
reference = "Psalm 23:1"
translation = "SVD"

[[section]]
heading = "IJM في آسيا"

[[section.item]]
text = "صلّوا من أجل الجلسة يوم 2026-11-24 ومن أجل كل من يتكلم فيها."

[[section.item]]
text = "IJM تطلب الصلاة. اتصلوا على +44 20 7946 0958 مساءً، أو اقرأوا <https://www.example.org/a/>"

[[section.item]]
text = "23:1-3 ثم (2026-11-25) و*2026-11-26*"
link = { text = "Read the report!", url = "https://www.example.org/ar/harvest/" }
"#;

fn sample(text: &str) -> Sample {
    let (source, found) = SourceFile::from_bytes("2026-11-20.toml", text.as_bytes());
    let (checked, findings) = support::check_source(&source, found);
    let checked = checked.unwrap_or_else(|| panic!("{}", support::drawn(&findings)));
    let settings = Settings::example();
    let preview = Preview::new(&checked.into(), &settings, Signer::none(), support::date());
    preview.base
}

/// Whether a line is set from right to left, and its letters from left to right as they are seen.
fn shown(line: &str) -> (bool, String) {
    let info = BidiInfo::new(line, None);
    let paragraph = &info.paragraphs[0];
    let seen = info.reorder_line(paragraph, paragraph.range.clone());
    let seen = seen
        .chars()
        .filter(|char| !"\u{200E}\u{200F}".contains(*char));
    (paragraph.level.is_rtl(), seen.collect())
}

fn is_address(line: &str) -> bool {
    line.contains("] https://")
        || line.starts_with("mailto:")
        || line.trim().starts_with("https://")
}

#[test]
fn every_line_of_an_arabic_letter_is_set_from_right_to_left() {
    let text = sample(ARABIC).bodies.text;
    let lines: Vec<_> = text.lines().filter(|line| !line.is_empty()).collect();
    for line in &lines {
        assert_eq!(shown(line).0, !is_address(line), "{line}");
    }
    assert_eq!(lines.iter().filter(|line| is_address(line)).count(), 3);
    // Among them are some that begin otherwise, or have no letter at all.
    for start in [
        "Sample Recipient",
        "IJM",
        "— Psalm",
        "Anna",
        "=====",
        "_____",
        "1 Example Street",
    ] {
        assert!(
            lines.iter().any(|line| line
                .trim_matches(['\u{200E}', '\u{200F}'])
                .starts_with(start)),
            "{start}"
        );
    }
}

#[test]
fn what_goes_from_left_to_right_is_seen_so() {
    let text = sample(ARABIC).bodies.text;
    let seen: Vec<_> = text
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| shown(line).1)
        .collect();
    let seen = seen.join("\n");
    for passage in [
        "2026-11-24",
        "2026-11-25",
        "2026-11-26",
        "+44 20 7946 0958",
        "Psalm 23:1 (SVD)",
        "Anna Example (Dr.)",
        "1 Example Street, Exampletown",
        "Read the report! [1]",
        "Example Mission",
    ] {
        assert!(seen.contains(passage), "{passage}:\n{seen}");
    }
    // Without marks they would not be: that is what the marks are for.
    let bare = text.replace(['\u{200E}', '\u{200F}'], "");
    let bare: Vec<_> = bare
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| shown(line).1)
        .collect();
    let bare = bare.join("\n");
    for passage in ["2026-11-24", "+44 20 7946 0958"] {
        assert!(!bare.contains(passage), "{bare}");
    }
}

#[test]
fn no_mark_touches_an_address() {
    let sample = sample(ARABIC);
    for body in [&sample.bodies.text, &sample.bodies.html] {
        for (at, _) in body.match_indices("://") {
            let rest = &body[at..];
            let end = rest.find([' ', '\n', '"', '<']).unwrap();
            assert!(!rest[..end].contains(['\u{200E}', '\u{200F}']), "{rest}");
        }
    }
    let mut lines = sample.bodies.text.lines();
    let mailto = lines.find(|line| line.contains("mailto:")).unwrap();
    assert!(mailto.starts_with("mailto:") && !mailto.contains(['\u{200E}', '\u{200F}']));
    // Dates are marked in the text of the other body too.
    assert!(sample.bodies.html.contains("\u{200E}2026-11-24"));
    assert!(
        sample
            .bodies
            .html
            .contains("<em style=\"font-style:normal;font-weight:bold\">\u{200E}2026-11-26"),
        "{}",
        sample.bodies.html
    );
}

#[test]
fn lines_are_no_wider_for_their_marks() {
    let text = sample(ARABIC).bodies.text;
    for line in text.lines().filter(|line| !is_address(line)) {
        let bare = line
            .chars()
            .filter(|char| !"\u{200E}\u{200F}".contains(*char));
        assert!(bare.count() <= epistle::render::WIDTH, "{line}");
    }
}

#[test]
fn a_letter_from_left_to_right_has_no_marks_unless_a_line_begins_otherwise() {
    let english = ARABIC
        .replace("\"ar\"", "\"en\"")
        .replace("\"IJM في آسيا\"", "\"آسيا (Asia)\"");
    let text = sample(&english).bodies.text;
    for line in text.lines() {
        let is_mixed = line.contains(|char: char| char.is_ascii_alphabetic());
        assert!(!is_mixed || !shown(line).0, "{line}");
    }
    assert!(text.starts_with("صلاة"), "a line of Arabic alone");
    assert!(text.contains("\n\u{200E}آسيا (Asia)\n"), "{text}");
    let seed = sample(
        &std::fs::read_to_string(support::path("bulletins/2018-03-18.toml"))
            .unwrap()
            .replace("2018-03-18\"", "2026-11-20\""),
    );
    assert!(!seed.bodies.text.contains(['\u{200E}', '\u{200F}']));
}

#[test]
fn english_words_at_the_foot_of_a_hebrew_letter_are_read_from_left_to_right() {
    let text = sample(&ARABIC.replace("\"ar\"", "\"he\"")).bodies.text;
    let foot = text.split("Unsubscribe").next().unwrap();
    let why = foot
        .lines()
        .find(|line| line.contains("You receive this e-mail"))
        .unwrap();
    assert!(why.starts_with("You receive") && !shown(why).0, "{why}");
}
