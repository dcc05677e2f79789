//! `translation-scripture`: another passage at the head than the base has.
//!
//! Books have other names in each language, so chapter and verses are compared:
//! a passage of last week was left in, or a number mistyped.

use crate::bulletin::Bulletin;
use crate::diagnostic::Diagnostic;

pub(super) fn check(base: &Bulletin, translation: &Bulletin, findings: &mut Vec<Diagnostic>) {
    let (Some(theirs), Some(own)) = (&base.scripture, &translation.scripture) else {
        return;
    };
    let (theirs, own) = (&theirs.reference, &own.reference);
    if numbers(&theirs.value) != numbers(&own.value) {
        findings.push(
            Diagnostic::warning("translation-scripture", "chapter and verses are others than in the bulletin")
                .at(&translation.source, own.span, "")
                .at(&base.source, theirs.span, "the bulletin has this")
                .help("look whether it is the same passage; some translations of the Bible count psalms and verses otherwise"),
        );
    }
}

/// Chapter and verses: all numbers in whatever digits, but for that of a book,
/// as in 1 Corinthians, which some languages spell out: 4 at most, and a word
/// follows behind a space.
fn numbers(reference: &str) -> Vec<u32> {
    let mut numbers = Vec::new();
    let mut rest = reference;
    while let Some(start) = rest.find(|char| digit(char).is_some()) {
        let digits = rest[start..].chars().map_while(digit);
        let add = |sum: u32, digit| sum.saturating_mul(10).saturating_add(digit);
        let number = digits.fold(0, add);
        rest = rest[start..].trim_start_matches(|char| digit(char).is_some());
        let behind = rest.trim_start_matches(['.', ' ', '\u{A0}']);
        let is_of_book =
            number <= 4 && behind.len() < rest.len() && behind.starts_with(char::is_alphabetic);
        numbers.extend((!is_of_book).then_some(number));
    }
    numbers
}

/// The value of a decimal digit: Western, Arabic, Persian, Devanagari, Bengali, fullwidth.
fn digit(char: char) -> Option<u32> {
    const ZEROS: [char; 6] = ['0', '\u{660}', '\u{6F0}', '\u{966}', '\u{9E6}', '\u{FF10}'];
    let value = |zero: char| (char as u32).checked_sub(zero as u32);
    let mut values = ZEROS.into_iter().filter_map(value);
    values.find(|value| *value < 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chapter_and_verses_are_the_same_in_all_languages() {
        let written = [
            "1 Corinthians 13:4-7",
            "1. Korinther 13,4–7",
            "كورنثوس الأولى ١٣: ٤-٧",
            "고린도전서 13장 4-7절",
            "哥林多前书１３：４－７",
        ];
        let read = written.map(numbers);
        for (written, read) in written.iter().zip(&read) {
            assert_eq!(*read, [13, 4, 7], "{written}");
        }
        assert_eq!(numbers("Psalm 23"), [23]);
        assert_ne!(numbers("Psalm 23:1"), numbers("Psalm 23:2"));
        assert_eq!(numbers("Jude"), [0; 0]);
    }
}
