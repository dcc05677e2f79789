//! The words of the program itself in each language, one file a language. A
//! word that is missing in one of them does not compile.

mod en;

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

const ALL: &[Words] = &[en::WORDS];

/// The words for a language; where there are none, the English ones.
pub(super) fn of(language: &Language) -> &'static Words {
    let known = ALL.iter().find(|words| words.tag == language.primary());
    known.unwrap_or(&ALL[0]) // English is the first
}

/// Says whether the program has words of its own in a language.
pub fn has_words(language: &Language) -> bool {
    ALL.iter().any(|words| words.tag == language.primary())
}
