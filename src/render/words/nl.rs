//! Dutch.

use super::Words;

pub(super) const WORDS: Words = Words {
    tag: "nl",
    urgent: "Dringend:",
    pseudonym: "Naam gewijzigd om de persoon te beschermen.",
    why: "U ontvangt deze e-mail omdat u op de lijst ‘{list}’ van {organisation} staat.",
    unsubscribe: "Afmelden",
};
