//! Direction marks for plain text, which can't say `dir`: a program takes the
//! direction of each line from its first letter (UAX #9, P2), and a number or a
//! Latin name in an Arabic line takes punctuation to the wrong side.
//!
//! Only LRM and RLM are written: each is a letter without a shape and ends with
//! itself, while what embeds or isolates must be closed, and could hide words.

use std::borrow::Cow;

use crate::people::Direction;

const LRM: char = '\u{200E}';
const RLM: char = '\u{200F}';

/// A line that is read in its letter's direction, and in which passages from
/// left to right are read in theirs.
pub(super) fn line(line: &str, direction: Direction) -> Cow<'_, str> {
    match (direction, first_letter(line)) {
        // A line of Arabic alone is read as what it is.
        (Direction::Ltr, Some(Direction::Rtl)) if Direction::of(line).is_none() => {
            format!("{LRM}{line}").into()
        }
        (Direction::Ltr, _) => line.into(),
        _ if line.is_empty() => line.into(),
        (Direction::Rtl, Some(Direction::Rtl)) => numbers(line),
        (Direction::Rtl, _) => {
            let is_ltr = Direction::of(line) == Some(Direction::Ltr);
            let begin = line.len() - line.trim_start().len();
            let (indent, words) = line.split_at(begin);
            match (is_ltr, has_address(words)) {
                (false, _) => format!("{RLM}{}", numbers(line)).into(),
                // As a whole, with what stands at its ends.
                (true, false) => format!("{RLM}{indent}{LRM}{words}{LRM}").into(),
                // Programs would take a mark beside an address for a part of it.
                (true, true) if words.contains(' ') => format!("{RLM}{line}").into(),
                (true, true) => line.into(),
            }
        }
    }
}

/// Words from right to left in which each date such as 2026-11-20 and each
/// telephone number such as +44 20 7946 0958 is read from left to right: behind
/// an Arabic letter their parts would stand in the other order (UAX #9, W2).
pub(super) fn numbers(words: &str) -> Cow<'_, str> {
    if !words.contains(['-', '+']) {
        return words.into();
    }
    let mut marked = String::with_capacity(words.len() + 8);
    let mut is_open = false; // the groups of a telephone number go on
    for word in words.split_inclusive(' ') {
        let start = number_in(word);
        let (before, number) = word.split_at(start.unwrap_or(word.len()));
        is_open = start.is_some() && (is_open || number.starts_with('+'));
        let is_date = number.matches('-').count() >= 2;
        marked.push_str(before);
        if is_open || is_date {
            marked.push(LRM);
        }
        marked.push_str(number);
    }
    marked.into()
}

/// Where a number begins in a word: a conjunction may stand before it, and a bracket.
fn number_in(word: &str) -> Option<usize> {
    let digit = word.find(|char: char| char.is_ascii_digit())?;
    let sign = word[..digit].strip_suffix('+').map(str::len);
    Some(sign.unwrap_or(digit))
}

fn has_address(words: &str) -> bool {
    words.contains("://") || words.contains('@')
}

/// The direction that programs take a line to have: that of its first letter, or of a mark.
fn first_letter(line: &str) -> Option<Direction> {
    line.chars().find_map(|char| match char {
        LRM => Some(Direction::Ltr),
        RLM => Some(Direction::Rtl),
        _ => Direction::of_letter(char),
    })
}
