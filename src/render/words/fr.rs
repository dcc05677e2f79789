//! French; a space that doesn't break stands before a colon and within quotation marks.

use super::Words;

pub(super) const WORDS: Words = Words {
    tag: "fr",
    urgent: "Urgent\u{a0}:",
    pseudonym: "Nom modifié pour protéger la personne.",
    why: "Vous recevez cet e-mail parce que votre adresse figure sur la liste «\u{a0}{list}\u{a0}» de {organisation}.",
    unsubscribe: "Se désabonner",
};
