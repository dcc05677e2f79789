//! `translation-links`: a link that only the base or only the translation has.
//!
//! A page may have an address of its own in each language. So addresses that
//! differ in nothing but the language in them, such as `/nl/`, count as one.

use super::link_text::links;
use crate::bulletin::Bulletin;
use crate::diagnostic::{Diagnostic, Span};

pub(super) fn check(base: &Bulletin, translation: &Bulletin, findings: &mut Vec<Diagnostic>) {
    let languages = [base, translation].map(|bulletin| bulletin.language.value.tag());
    let found = |bulletin: &Bulletin| -> Vec<(Vec<String>, String, Span)> {
        let links = links(bulletin).into_iter();
        let links = links.map(|(_, url, place)| (parts(&url, languages), url.to_string(), place));
        links.collect()
    };
    let (theirs, own) = (found(base), found(translation));
    for (parts, url, place) in &own {
        if theirs.iter().all(|(other, ..)| other != parts) {
            findings.push(
                Diagnostic::warning("translation-links", "the base has no such link")
                    .at(&translation.source, *place, url)
                    .help("look whether it leads to the same page, and whether it is from an earlier issue"),
            );
        }
    }
    for (parts, url, place) in &theirs {
        if own.iter().all(|(other, ..)| other != parts) {
            findings.push(
                Diagnostic::warning(
                    "translation-links",
                    "this translation lacks a link of the base",
                )
                .at(&translation.source, translation.language.span, "")
                .at(&base.source, *place, url)
                .help("write it here too"),
            );
        }
    }
}

/// The words of an address, those left out that name one of the languages.
fn parts(url: &str, languages: [&str; 2]) -> Vec<String> {
    let words = url.split(|char: char| !char.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty()).map(str::to_lowercase);
    let is_language = |word: &String| {
        let mut subtags = languages.iter().flat_map(|tag| tag.split('-'));
        subtags.any(|subtag| subtag.eq_ignore_ascii_case(word))
    };
    words.filter(|word| !is_language(word)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_of_a_page_makes_no_difference() {
        let same = |one: &str, other: &str| {
            let languages = ["en", "pt-BR"];
            parts(one, languages) == parts(other, languages)
        };
        let page = "https://www.example.org/harvest";
        assert!(same(page, "https://www.example.org/pt-br/harvest"));
        assert!(same(
            "https://www.example.org/harvest?l=en",
            "https://www.example.org/harvest?l=pt"
        ));
        assert!(!same(page, "https://www.example.org/harvest-2"));
        assert!(!same(page, "https://www.example.net/harvest"));
    }
}
