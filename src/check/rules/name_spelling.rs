//! `name-spelling`: a word that is a declared pseudonym but for one letter.
//!
//! It gets no mark, so that readers take it for another person, or for the
//! person's own name; and it may be that name.

use std::ops::Range;

use crate::bulletin::{Bulletin, NameKind, is_in_address, mentions};
use crate::diagnostic::{Diagnostic, quote};

/// The shortest name, in letters: most short words are near to another one.
const SHORTEST: usize = 5;

pub(super) fn check(bulletin: &Bulletin, findings: &mut Vec<Diagnostic>) {
    let names: Vec<_> = bulletin
        .names
        .iter()
        .map(|name| name.shown.value.as_str())
        .collect();
    let pseudonyms: Vec<_> = bulletin
        .names
        .iter()
        .filter(|name| name.kind == NameKind::Pseudonym)
        .map(|name| name.shown.value.as_str())
        .filter(|name| is_capital(name) && name.chars().count() >= SHORTEST)
        .collect();
    if pseudonyms.is_empty() {
        return;
    }
    for text in bulletin.passages() {
        let mentioned = mentions(&text.value, &names);
        for word in words(&text.value).filter(|word| is_capital(word)) {
            let Some(name) = pseudonyms.iter().find(|name| is_near(word, name)) else {
                continue;
            };
            let start = word.as_ptr() as usize - text.value.as_ptr() as usize; // a word lies in its text
            let found = start..start + word.len();
            let is_part = |(name, _): &(Range<usize>, usize)| {
                name.start < found.end && found.start < name.end
            };
            if mentioned.iter().any(is_part) || is_in_address(&text.value, &found) {
                continue;
            }
            let told = format!(
                "{} is nearly the pseudonym {}, and gets no mark",
                quote(word),
                quote(name)
            );
            let place = text.source_span(found.start, found.end);
            let finding = Diagnostic::warning("name-spelling", told)
                .at(&bulletin.source, place, "")
                .help("if the same person is meant, spell both alike; if it is another pseudonym, declare it with a [[name]] of its own");
            // Where emphasis begins or ends within the word, it would be lost.
            let is_plain = bulletin.source.slice(place) == word;
            findings.push(if is_plain {
                finding.fix(place, *name)
            } else {
                finding
            });
        }
    }
}

/// The words of a text; names of several words are looked for by mentions alone.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_mark = |char| matches!(char, '\u{300}'..='\u{36F}');
    text.split(move |char: char| !char.is_alphanumeric() && !is_mark(char))
        .filter(|word| !word.is_empty())
}

fn is_capital(word: &str) -> bool {
    word.starts_with(char::is_uppercase)
}

/// Says whether a word is a name but for one letter that is wrong, missing, or
/// one too many, or two that are exchanged, or but for capitals. A letter added
/// at the end is grammar, as in the German "Maryams".
fn is_near(word: &str, name: &str) -> bool {
    let (letters, of_name) = (word.chars().count(), name.chars().count());
    word != name
        && letters.abs_diff(of_name) <= 1
        && !word.starts_with(name)
        && strsim::osa_distance(&word.to_lowercase(), &name.to_lowercase()) <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_is_one_letter() {
        for word in ["Mariam", "Marym", "Mayram", "Maryaam", "MARYAM", "Máryam"] {
            assert!(is_near(word, "Maryam"), "{word}");
        }
        for word in ["Maryam", "Maryams", "Miriam", "Mary", "Market"] {
            assert!(!is_near(word, "Maryam"), "{word}");
        }
    }
}
