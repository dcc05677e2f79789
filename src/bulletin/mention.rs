//! Finds where declared names are mentioned.

use std::ops::Range;

/// The signs that mark a name, in their usual order.
pub const SIGNS: [&str; 4] = ["*", "†", "‡", "§"];

/// Where names stand in `text` as words of their own, in order, each with the
/// number of its name. Of names that overlap the longer one is meant. A
/// possessive ending belongs to the mention, so that a sign comes after it:
/// `Brianna’s*`. A name before a chapter and verse is a book of the Bible
/// (`Jeremías 20:13`), and one in an address is part of that: neither is a mention.
pub fn mentions(text: &str, names: &[&str]) -> Vec<(Range<usize>, usize)> {
    let mut found: Vec<_> = names
        .iter()
        .enumerate()
        .flat_map(|(index, name)| of_one(text, name).map(move |range| (range, index)))
        .collect();
    found.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
    let mut end = 0;
    found.retain(|(range, _)| {
        let free = range.start >= end;
        if free {
            end = range.end;
        }
        free
    });
    found
}

fn of_one<'t>(text: &'t str, name: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
    let places = (!name.is_empty()).then(|| text.match_indices(name));
    places
        .into_iter()
        .flatten()
        .map(|(start, _)| start..start + name.len())
        .filter(|found| {
            stands_alone(text, found)
                && !is_reference(&text[found.end..])
                && !is_in_address(text, found)
        })
        .map(|found| found.start..found.end + possessive(name, &text[found.end..]))
}

fn stands_alone(text: &str, found: &Range<usize>) -> bool {
    let before = text[..found.start].chars().next_back();
    let mut before_that = text[..found.start].chars().rev().skip(1);
    let mut after = text[found.end..].chars();
    let next = after.next();
    let joined_before = before.is_some_and(is_hyphen) && before_that.next().is_some_and(is_of_word);
    let joined_after = next.is_some_and(is_hyphen) && after.next().is_some_and(is_of_word);
    !before.is_some_and(is_of_word)
        && !next.is_some_and(is_of_word)
        && !joined_before
        && !joined_after
}

/// A letter, a digit, or a mark that is set on a letter, of a script that
/// sets its words apart. Where others do not, a name may have any neighbour.
fn is_of_word(char: char) -> bool {
    let sets_no_spaces = matches!(char,
        '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}');
    (char.is_alphanumeric() || matches!(char, '\u{300}'..='\u{36F}')) && !sets_no_spaces
}

fn is_hyphen(char: char) -> bool {
    matches!(char, '-' | '\u{2010}' | '\u{2011}')
}

/// Says whether a chapter and a verse follow: `20:13`, `20,13`, `20.13`, but not `10,000`.
fn is_reference(after: &str) -> bool {
    let Some(chapter) = after.strip_prefix([' ', '\u{A0}']) else {
        return false;
    };
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let chapter_digits = digits(chapter);
    let Some(verse) = chapter[chapter_digits..].strip_prefix([':', ',', '.']) else {
        return false;
    };
    let verse_digits = digits(verse);
    let after_verse = verse[verse_digits..].chars().next();
    // The longest psalm has 176 verses; only with a colon is that no sum of money.
    let most = if chapter[chapter_digits..].starts_with(':') {
        3
    } else {
        2
    };
    (1..=3).contains(&chapter_digits)
        && (1..=most).contains(&verse_digits)
        && !after_verse.is_some_and(char::is_alphanumeric)
}

/// Says whether the word around a place is an address of the web or of mail.
pub fn is_in_address(text: &str, found: &Range<usize>) -> bool {
    let start = text[..found.start]
        .rfind(char::is_whitespace)
        .map_or(0, |at| at + 1);
    let end = text[found.end..]
        .find(char::is_whitespace)
        .map_or(text.len(), |at| found.end + at);
    let word = &text[text.ceil_char_boundary(start)..end];
    word.contains("://") || word.contains('@') || word.starts_with("www.")
}

fn possessive(name: &str, after: &str) -> usize {
    let ends = |ending: &str| {
        after.starts_with(ending) && !after[ending.len()..].chars().next().is_some_and(is_of_word)
    };
    let endings: &[&str] = if name.ends_with('s') {
        &["’s", "'s", "’"]
    } else {
        &["’s", "'s"]
    };
    endings
        .iter()
        .find(|ending| ends(ending))
        .map_or(0, |ending| ending.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'t>(text: &'t str, names: &[&str]) -> Vec<&'t str> {
        mentions(text, names)
            .into_iter()
            .map(|(range, _)| &text[range])
            .collect()
    }

    #[test]
    fn names_are_whole_words() {
        assert_eq!(
            found("Ana, Ana’s, Anatolia, Diana, Ana's", &["Ana"]),
            ["Ana", "Ana’s", "Ana's"]
        );
        assert_eq!(found("Rose\u{301} and Rose", &["Rose"]), ["Rose"]);
        assert_eq!(
            found("Ana-Maria, Maria-Ana, Ana - and Ana–", &["Ana"]),
            ["Ana", "Ana"]
        );
        assert_eq!(
            found("James’ friends and ‘James’", &["James"]),
            ["James’", "James’"]
        );
        assert_eq!(found("‘Ana’", &["Ana"]), ["Ana"]);
        assert_eq!(found("美咲さんのために", &["美咲"]), ["美咲"]);
        assert!(found("Anna", &[""]).is_empty());
    }

    #[test]
    fn the_longer_of_two_names_is_meant() {
        assert_eq!(
            mentions(
                "Ana Maria met Ana, and Maria.",
                &["Ana", "Maria", "Ana Maria"]
            ),
            [(0..9, 2), (14..17, 0), (23..28, 1)]
        );
    }

    #[test]
    fn books_of_the_bible_and_addresses_are_no_mentions() {
        assert_eq!(
            found(
                "Jeremías 20:13, Jeremías 20,13; Salmo, Jeremías.",
                &["Jeremías"]
            ),
            ["Jeremías"]
        );
        assert_eq!(
            found("Jeremías 20 veces; Jeremías 119:176", &["Jeremías"]),
            ["Jeremías"]
        );
        assert_eq!(found("We gave Abha 10,000 rupees", &["Abha"]), ["Abha"]);
        assert!(
            found(
                "https://example.org/Abha and Abha@example.org, www.example.org/Abha",
                &["Abha"]
            )
            .is_empty()
        );
    }
}
