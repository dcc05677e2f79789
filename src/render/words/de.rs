//! German.

use super::Words;

pub(super) const WORDS: Words = Words {
    tag: "de",
    urgent: "Dringend:",
    pseudonym: "Name zum Schutz der Person geändert.",
    why: "Sie erhalten diese E-Mail, weil Sie auf der Liste „{list}“ von {organisation} stehen.",
    unsubscribe: "Abmelden",
};
