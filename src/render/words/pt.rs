//! Portuguese, in words that Brazil and Portugal share.

use super::{Asked, Words};

pub(super) const WORDS: Words = Words {
    tag: "pt",
    urgent: "Urgente:",
    praise: "Louvor:",
    answered: "Orações respondidas",
    asked: Asked {
        few_days: "Há poucos dias pedimos que orasse por {what}.",
        last_week: "Na semana passada pedimos que orasse por {what}.",
        two_weeks: "Há duas semanas pedimos que orasse por {what}.",
        three_weeks: "Há três semanas pedimos que orasse por {what}.",
        this_month: "No início deste mês pedimos que orasse por {what}.",
        last_month: "No mês passado pedimos que orasse por {what}.",
        month: "Em {month} pedimos que orasse por {what}.",
        month_of_year: "Em {month} de {year} pedimos que orasse por {what}.",
        months: [
            "janeiro",
            "fevereiro",
            "março",
            "abril",
            "maio",
            "junho",
            "julho",
            "agosto",
            "setembro",
            "outubro",
            "novembro",
            "dezembro",
        ],
    },
    pseudonym: "Nome alterado para proteger a pessoa.",
    why: "Este e-mail foi enviado porque o seu endereço consta da lista “{list}” de {organisation}.",
    unsubscribe: "Cancelar a inscrição",
};
