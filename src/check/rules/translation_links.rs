//! `translation-links`: a link that only the base or only the translation has.
//!
//! A page may have an address of its own in each language. So addresses that
//! differ in nothing but the language in them, such as `/nl/`, count as one.

use std::sync::Arc;

use super::link_text::links;
use crate::bulletin::Bulletin;
use crate::diagnostic::{Diagnostic, Span};

/// A link: what of its address is compared, the address, and where its words stand.
type Link = (Vec<String>, Arc<str>, Span);

pub(super) fn check(base: &Bulletin, translation: &Bulletin, findings: &mut Vec<Diagnostic>) {
    let languages = [base, translation].map(|bulletin| bulletin.language.value.tag());
    let found = |bulletin: &Bulletin| -> Vec<Link> {
        let links = links(bulletin).into_iter();
        let links = links.map(|(_, url, place)| (parts(&url, languages), url, place));
        links.collect()
    };
    let (theirs, own) = (found(base), found(translation));
    let only = |here: &[Link], there: &[Link]| -> Vec<Link> {
        let is_there = |link: &&Link| there.iter().any(|other| other.0 == link.0);
        let only = here.iter().filter(|link| !is_there(link));
        only.cloned().collect()
    };
    // One that differs stands most likely where it stands in the base.
    let (mut missing, mut added) = (
        only(&theirs, &own).into_iter(),
        only(&own, &theirs).into_iter(),
    );
    loop {
        let (told, help) = match (missing.as_slice(), added.as_slice()) {
            ([], []) => return,
            (_, []) => (
                "this translation lacks a link of the bulletin",
                "write it here too",
            ),
            ([], _) => (
                "the bulletin has no such link",
                "look whether it is from an earlier issue, or write it into the bulletin too",
            ),
            _ => (
                "this link leads elsewhere than that of the bulletin",
                "look whether it is from an earlier issue; a page may have an address of its own in each language",
            ),
        };
        let own = added.next();
        let (place, url) = own.map_or(
            (translation.language.span, String::new()),
            |(_, url, place)| (place, url.to_string()),
        );
        let mut finding =
            Diagnostic::warning("translation-links", told).at(&translation.source, place, url);
        if let Some((_, url, place)) = missing.next() {
            finding = finding.at(&base.source, place, url.to_string());
        }
        findings.push(finding.help(help));
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
