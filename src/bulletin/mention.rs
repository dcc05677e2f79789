//! Finds where a declared name is mentioned.

use std::ops::Range;

/// Where `name` stands in `text` as words of its own, in order. The possessive
/// ending belongs to the mention, so that a mark comes after it: `Brianna’s*`.
/// A name before a chapter and verse is a book of the Bible (`Jeremías 20:13`), and no mention.
pub fn mentions<'t>(text: &'t str, name: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
    text.match_indices(name)
        .map(|(start, _)| start..start + name.len())
        .filter(|found| {
            !found.is_empty() && stands_alone(text, found) && !is_reference(&text[found.end..])
        })
        .map(|found| found.start..found.end + possessive(&text[found.end..]))
}

fn stands_alone(text: &str, found: &Range<usize>) -> bool {
    let before = text[..found.start].chars().next_back();
    let after = text[found.end..].chars().next();
    !before.is_some_and(is_of_word) && !after.is_some_and(is_of_word)
}

/// A letter, a digit, or a mark that is set on a letter.
fn is_of_word(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '\u{300}'..='\u{36F}')
}

fn is_reference(after: &str) -> bool {
    let Some(chapter) = after.strip_prefix([' ', '\u{A0}']) else {
        return false;
    };
    let verse = chapter.trim_start_matches(|char: char| char.is_ascii_digit());
    verse.len() < chapter.len()
        && verse
            .strip_prefix([':', ',', '.'])
            .is_some_and(|verse| verse.starts_with(|char: char| char.is_ascii_digit()))
}

fn possessive(after: &str) -> usize {
    ["’s", "'s"]
        .into_iter()
        .find(|ending| {
            after.starts_with(ending)
                && !after[ending.len()..].chars().next().is_some_and(is_of_word)
        })
        .map_or(0, str::len)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, name: &str) -> Vec<String> {
        mentions(text, name)
            .map(|range| text[range].to_owned())
            .collect()
    }

    #[test]
    fn names_are_whole_words() {
        assert_eq!(
            found("Ana, Ana’s, Anatolia, Diana, Ana's", "Ana"),
            ["Ana", "Ana’s", "Ana's"]
        );
        assert_eq!(found("Rose\u{301} and Rose", "Rose"), ["Rose"]);
        assert_eq!(found("Mary Ann.", "Mary Ann"), ["Mary Ann"]);
        assert!(found("Anna", "").is_empty());
    }

    #[test]
    fn a_book_of_the_bible_is_no_mention() {
        assert_eq!(
            found("Jeremías 20:13, Jeremías 20,13 y Jeremías.", "Jeremías"),
            ["Jeremías"]
        );
        assert_eq!(found("Jeremías 20 veces", "Jeremías"), ["Jeremías"]);
    }
}
