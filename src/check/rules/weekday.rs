//! `weekday`: a weekday beside a date that falls on another. Whoever plans by
//! it comes on the wrong day; it happens when last week's issue is written over.
//!
//! Where no year is written, the one is meant that brings the date nearest to
//! the bulletin's own. A warning, since a story may tell of years ago.

use chrono::{Datelike, NaiveDate};

use crate::bulletin::Bulletin;
use crate::diagnostic::Diagnostic;

/// The weekdays from Monday on, and the months, of a language.
struct Names {
    language: &'static str,
    days: [&'static str; 7],
    months: [&'static str; 12],
}

#[rustfmt::skip] // a table
const NAMES: [Names; 6] = [
    Names {
        language: "en",
        days: ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
        months: ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"],
    },
    Names {
        language: "de",
        days: ["montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag"],
        months: ["januar", "februar", "märz", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "dezember"],
    },
    Names {
        language: "nl",
        days: ["maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"],
        months: ["januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"],
    },
    Names {
        language: "fr",
        days: ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
        months: ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"],
    },
    Names {
        language: "es",
        days: ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"],
        months: ["enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"],
    },
    Names {
        language: "pt",
        days: ["segunda", "terça", "quarta", "quinta", "sexta", "sábado", "domingo"],
        months: ["janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro", "novembro", "dezembro"],
    },
];

/// What may stand between the parts of a date.
const BETWEEN: [&str; 10] = [
    "the", "of", "den", "dem", "der", "le", "de", "del", "dia", "feira",
];

/// What may follow the number of a day.
const ORDINAL: [&str; 8] = ["", "st", "nd", "rd", "th", "er", "e", "º"];

pub(super) fn check(bulletin: &Bulletin, findings: &mut Vec<Diagnostic>) {
    let language = bulletin.language.value.primary();
    let Some(names) = NAMES.iter().find(|names| names.language == language) else {
        return;
    };
    for text in bulletin.texts() {
        let words = words(&text.value);
        for (at, word) in words.iter().enumerate() {
            let Some(weekday) = position(&names.days, &word.text) else {
                continue;
            };
            let Some((date, end)) = date(&words[at + 1..], names, bulletin.date.value) else {
                continue;
            };
            if date.weekday().num_days_from_monday() as usize == weekday {
                continue;
            }
            let told = format!(
                "this weekday doesn't fit: {} is a {}",
                date.format("%-d %B %Y"),
                date.format("%A")
            );
            findings.push(
                Diagnostic::warning("weekday", told)
                    .at(&bulletin.source, text.source_span(word.start, end), "")
                    .help("look which of the two is meant"),
            );
        }
    }
}

/// A word in small letters, and where it stands.
struct Word {
    text: String,
    start: usize,
    end: usize,
    /// What parts it from the word before may stand within a date.
    follows: bool,
}

fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    for piece in text.split(|char: char| !char.is_alphanumeric()) {
        if piece.is_empty() {
            continue;
        }
        let start = piece.as_ptr() as usize - text.as_ptr() as usize; // a piece lies in its text
        let gap = &text[words.last().map_or(0, |last| last.end)..start];
        words.push(Word {
            text: piece.to_lowercase(),
            start,
            end: start + piece.len(),
            follows: gap.len() <= 4
                && gap
                    .chars()
                    .all(|char| " \n,.*_-\u{A0}\u{202F}".contains(char)),
        });
    }
    words
}

fn position(names: &[&str], word: &str) -> Option<usize> {
    let word = match word {
        "sonnabend" => "samstag",
        "jänner" => "januar",
        word => word,
    };
    names.iter().position(|name| *name == word)
}

/// The date at the beginning of some words, and where it ends.
fn date(words: &[Word], names: &Names, near: NaiveDate) -> Option<(NaiveDate, usize)> {
    let mut parts = words
        .iter()
        .take_while(|word| word.follows)
        .take(8)
        .filter(|word| !BETWEEN.contains(&word.text.as_str()))
        .peekable();
    let (first, second) = (parts.next()?, parts.next()?);
    let month = |word: &Word| Some(position(&names.months, &word.text)? as u32 + 1);
    let (day, month) = match (day(first), month(second)) {
        (Some(day), Some(month)) => (day, month),
        _ => (day(second)?, month(first)?),
    };
    let year = parts.next().and_then(|word| {
        let year = word
            .text
            .parse()
            .ok()
            .filter(|year| (1900..2200).contains(year));
        Some((year?, word.end))
    });
    if let Some((year, end)) = year {
        return Some((NaiveDate::from_ymd_opt(year, month, day)?, end));
    }
    let years = near.year() - 1..=near.year() + 1;
    let dates = years.filter_map(|year| NaiveDate::from_ymd_opt(year, month, day));
    let nearest = dates.min_by_key(|date| (*date - near).num_days().abs())?;
    Some((nearest, second.end))
}

/// The number of a day: "27", "3rd", "1er".
fn day(word: &Word) -> Option<u32> {
    let digits = word.text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, ordinal) = word.text.split_at(digits);
    let is_day = digits <= 2 && ORDINAL.contains(&ordinal);
    is_day.then(|| number.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the first weekday of a text is followed by.
    fn read(language: &str, text: &str) -> Option<String> {
        let names = NAMES.iter().find(|names| names.language == language)?;
        let words = words(text);
        let at = words
            .iter()
            .position(|word| position(&names.days, &word.text).is_some())?;
        let near = NaiveDate::from_ymd_opt(2026, 12, 28)?;
        let (date, end) = date(&words[at + 1..], names, near)?;
        Some(format!("{date}: {}", &text[words[at].start..end]))
    }

    #[test]
    fn dates_are_read_as_they_are_written() {
        for (language, text, expected) in [
            (
                "en",
                "on Thursday, 27 November we",
                "2026-11-27: Thursday, 27 November",
            ),
            (
                "en",
                "Friday the 1st of January.",
                "2027-01-01: Friday the 1st of January",
            ),
            (
                "en",
                "Sunday, May 3, 2026 at",
                "2026-05-03: Sunday, May 3, 2026",
            ),
            (
                "en",
                "*Monday*, January 4th",
                "2027-01-04: Monday*, January 4th",
            ),
            (
                "de",
                "am Sonnabend, den 3. Jänner",
                "2027-01-03: Sonnabend, den 3. Jänner",
            ),
            (
                "de",
                "Donnerstag\n24. Dezember um",
                "2026-12-24: Donnerstag\n24. Dezember",
            ),
            (
                "fr",
                "vendredi 1er janvier",
                "2027-01-01: vendredi 1er janvier",
            ),
            (
                "es",
                "el jueves 31 de diciembre de 2026",
                "2026-12-31: jueves 31 de diciembre de 2026",
            ),
            (
                "pt",
                "quinta-feira, 31 de dezembro",
                "2026-12-31: quinta-feira, 31 de dezembro",
            ),
            ("nl", "zondag 27 december", "2026-12-27: zondag 27 december"),
        ] {
            assert_eq!(read(language, text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn months_are_those_that_letters_have() {
        let rows = include_str!("../../render/words/months.tsv").lines();
        let mut count = 0;
        for row in rows.filter(|row| !row.starts_with('#')) {
            let cells: Vec<_> = row.split('\t').collect();
            if let Some(names) = NAMES.iter().find(|names| names.language == cells[0]) {
                let month: usize = cells[1].parse().unwrap();
                assert_eq!(names.months[month - 1], cells[2].to_lowercase(), "{row}");
                count += 1;
            }
        }
        assert_eq!(count, 12 * NAMES.len());
    }

    #[test]
    fn what_is_no_date_is_let_be() {
        for text in [
            "on Sunday we pray",
            "on Sunday 31 February",
            "Sunday: 27 people in November",
            "Psalm 27 on Sunday (3 April was long ago)",
            "Good Friday",
        ] {
            assert_eq!(read("en", text), None, "{text}");
        }
    }
}
