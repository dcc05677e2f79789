//! `stray-character`: what came along with a paste and can't be seen, or is seen as a box.
//!
//! A space of no width splits a word for a screen reader and for a search, a
//! private character is a box on most machines, and U+FFFD stands where a letter
//! was lost; Gmail is said to cut a mail off early at some of them. What Persian, the
//! languages of India and emoji need (U+200C, U+200D), soft hyphens and the
//! marks of direction stay.

use crate::bulletin::Bulletin;
use crate::diagnostic::Diagnostic;

/// So many of one text are told: where there are more, one cause has made them all.
const MOST: usize = 10;

pub(super) fn check(bulletin: &Bulletin, findings: &mut Vec<Diagnostic>) {
    for text in bulletin.texts() {
        let strays = text.value.char_indices();
        let strays = strays.filter_map(|(at, char)| Some((at, char, stray(char)?)));
        for (at, char, (told, help)) in strays.take(MOST) {
            let place = text.source_span(at, at + char.len_utf8());
            findings.push(
                Diagnostic::warning(
                    "stray-character",
                    format!("{told}: U+{:04X}", u32::from(char)),
                )
                .at(&bulletin.source, place, "")
                .help(help),
            );
        }
    }
}

/// What a character is, and what to do about it.
fn stray(char: char) -> Option<(&'static str, &'static str)> {
    let unseen = "a character that can't be seen stands in this text";
    Some(match char {
        '\u{200B}' | '\u{2060}' | '\u{FEFF}' | '\u{180E}' | '\u{115F}' | '\u{1160}'
        | '\u{3164}' | '\u{FFA0}' => (unseen, "delete it and type the place anew"),
        '\u{2028}' | '\u{2029}' => (unseen, "delete it, and end the line with the Enter key"),
        '\u{FFFD}' => (
            "a letter was lost here",
            "look at where the text came from, and type the letter",
        ),
        '\u{FFFC}' => (
            "a picture was lost here",
            "delete this; image = \"…\" at the item shows a picture",
        ),
        '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}' => (
            "this is a character of one program's own, which readers see as a box",
            "delete it, or type what it should be",
        ),
        _ => return None,
    })
}
