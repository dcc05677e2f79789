//! The words of the program itself in each language, one file a language. A
//! word that is missing in one of them does not compile.

mod ar;
mod de;
mod en;
mod es;
mod fr;
mod ko;
mod nl;
mod pt;

use crate::people::Language;

/// What the program says to readers. `{list}` and `{organisation}` are filled in.
pub(super) struct Words {
    /// The language of these words.
    pub(super) tag: &'static str,
    /// Before an urgent item.
    pub(super) urgent: &'static str,
    /// At a pseudonym's mark, where the bulletin has no note of its own.
    pub(super) pseudonym: &'static str,
    /// At the foot.
    pub(super) why: &'static str,
    /// The link at the foot.
    pub(super) unsubscribe: &'static str,
}

const ALL: &[Words] = &[
    en::WORDS,
    ar::WORDS,
    de::WORDS,
    es::WORDS,
    fr::WORDS,
    ko::WORDS,
    nl::WORDS,
    pt::WORDS,
];

/// The words for a language; where there are none, the English ones.
pub(super) fn of(language: &Language) -> &'static Words {
    let known = ALL.iter().find(|words| words.tag == language.primary());
    known.unwrap_or(&ALL[0]) // English is the first
}

/// Says whether the program has words of its own in a language.
pub fn has_words(language: &Language) -> bool {
    ALL.iter().any(|words| words.tag == language.primary())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_says_who_writes_and_to_which_list() {
        for words in ALL {
            for place in ["{list}", "{organisation}"] {
                assert_eq!(words.why.matches(place).count(), 1, "{}", words.tag);
            }
            let all = [words.urgent, words.pseudonym, words.why, words.unsubscribe];
            assert!(
                all.iter()
                    .all(|text| !text.trim().is_empty() && text.trim() == *text)
            );
            let tag: Language = words.tag.parse().unwrap();
            assert_eq!(of(&tag).tag, words.tag);
        }
    }

    #[test]
    fn a_region_speaks_its_language() {
        let words = |tag: &str| of(&tag.parse().unwrap()).tag;
        assert_eq!(
            [words("pt-BR"), words("de-CH"), words("sw")],
            ["pt", "de", "en"]
        );
    }
}
