//! Portuguese, in words that Brazil and Portugal share.

use super::Words;

pub(super) const WORDS: Words = Words {
    tag: "pt",
    urgent: "Urgente:",
    pseudonym: "Nome alterado para proteger a pessoa.",
    why: "Este e-mail foi enviado porque o seu endereço consta da lista “{list}” de {organisation}.",
    unsubscribe: "Cancelar a inscrição",
};
