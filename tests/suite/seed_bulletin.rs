//! The bulletin that started it all is here word for word, and its two files say what they are said to say.

use std::fs;

use epistle::bulletin::{NameKind, Status};

/// The words of the seed, as the mended bulletin must have them.
fn seed_words() -> Vec<String> {
    let seed = fs::read_to_string(crate::support::path("tests/fixtures/seed.txt")).unwrap();
    assert_eq!(seed.matches('\u{A0}').count(), 5);
    let mended = seed
        .replace('\u{A0}', " ")
        .replacen("Sing to", "“Sing to", 1)
        .replace("Jeremías*", "Jeremías");
    mended
        .split_whitespace()
        .filter(|word| !matches!(*word, "•" | "—"))
        .map(str::to_owned)
        .collect()
}

/// The words of a bulletin in reading order.
fn bulletin_words(relative: &str) -> Vec<String> {
    let checked = crate::support::checked(relative);
    let bulletin = checked.bulletin();
    let mut texts = Vec::new();
    let mut passages = bulletin.passages().into_iter().map(|text| text.value);
    texts.extend(passages.next());
    let scripture = bulletin.scripture.as_ref().unwrap();
    texts.extend(scripture.text.runs().map(|run| run.text.value.clone()));
    texts.push(scripture.reference.value.clone());
    texts.extend(passages);
    let words = texts.iter().flat_map(|text| text.split_whitespace());
    words
        .filter(|word| *word != "—")
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_mended_bulletin_is_the_seed_word_for_word() {
    assert_eq!(bulletin_words("bulletins/2018-03-18.toml"), seed_words());
    let text = fs::read_to_string(crate::support::path("bulletins/2018-03-18.toml")).unwrap();
    assert!(!text.contains('\u{A0}'));
}

#[test]
fn the_raw_fixture_keeps_the_faults() {
    let text = fs::read_to_string(crate::support::path("tests/fixtures/seed-raw.toml")).unwrap();
    assert_eq!(text.matches('\u{A0}').count(), 5);
    assert!(text.contains("Jeremías*") && text.contains("wicked.”") && !text.contains('“'));
    let raw = bulletin_words("tests/fixtures/seed-raw.toml").join(" ");
    let mended = raw
        .replacen("Sing to", "“Sing to", 1)
        .replace("Jeremías*", "Jeremías");
    assert_eq!(mended.split_whitespace().collect::<Vec<_>>(), seed_words());
}

#[test]
fn the_mended_bulletin_is_ready_and_declares_its_pseudonym() {
    let checked = crate::support::checked("bulletins/2018-03-18.toml");
    let bulletin = checked.bulletin();
    assert_eq!(bulletin.status, Status::Ready);
    assert!(bulletin.send_at.is_none());
    assert_eq!(bulletin.names.len(), 1);
    assert_eq!(
        (
            bulletin.names[0].shown.value.as_str(),
            bulletin.names[0].kind
        ),
        ("Jeremías", NameKind::Pseudonym)
    );
    assert!(checked.findings().is_empty());
}
