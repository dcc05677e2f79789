//! French; a space that doesn't break stands before a colon and within quotation marks.

use super::{Asked, Words};

pub(super) const WORDS: Words = Words {
    tag: "fr",
    urgent: "Urgent\u{a0}:",
    praise: "Louange\u{a0}:",
    answered: "Prières exaucées",
    asked: Asked {
        few_days: "Il y a quelques jours, nous vous avons demandé de prier pour {what}.",
        last_week: "La semaine dernière, nous vous avons demandé de prier pour {what}.",
        two_weeks: "Il y a deux semaines, nous vous avons demandé de prier pour {what}.",
        three_weeks: "Il y a trois semaines, nous vous avons demandé de prier pour {what}.",
        this_month: "Au début de ce mois, nous vous avons demandé de prier pour {what}.",
        last_month: "Le mois dernier, nous vous avons demandé de prier pour {what}.",
        month: "En {month}, nous vous avons demandé de prier pour {what}.",
        month_of_year: "En {month} {year}, nous vous avons demandé de prier pour {what}.",
        months: [
            "janvier",
            "février",
            "mars",
            "avril",
            "mai",
            "juin",
            "juillet",
            "août",
            "septembre",
            "octobre",
            "novembre",
            "décembre",
        ],
    },
    pseudonym: "Nom modifié pour protéger la personne.",
    why: "Vous recevez cet e-mail parce que votre adresse figure sur la liste «\u{a0}{list}\u{a0}» de {organisation}.",
    unsubscribe: "Se désabonner",
};
