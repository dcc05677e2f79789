//! English.

use super::Words;

pub(super) const WORDS: Words = Words {
    tag: "en",
    urgent: "Urgent:",
    pseudonym: "Name changed to protect the person.",
    why: "You receive this e-mail because you are on the list “{list}” of {organisation}.",
    unsubscribe: "Unsubscribe",
};
