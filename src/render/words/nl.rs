//! Dutch.

use super::{Asked, Words};

pub(super) const WORDS: Words = Words {
    tag: "nl",
    urgent: "Dringend:",
    praise: "Dank:",
    answered: "Verhoorde gebeden",
    asked: Asked {
        few_days: "Een paar dagen geleden vroegen wij u te bidden voor {what}.",
        last_week: "Vorige week vroegen wij u te bidden voor {what}.",
        two_weeks: "Twee weken geleden vroegen wij u te bidden voor {what}.",
        three_weeks: "Drie weken geleden vroegen wij u te bidden voor {what}.",
        this_month: "Begin deze maand vroegen wij u te bidden voor {what}.",
        last_month: "Vorige maand vroegen wij u te bidden voor {what}.",
        month: "In {month} vroegen wij u te bidden voor {what}.",
        month_of_year: "In {month} {year} vroegen wij u te bidden voor {what}.",
        months: [
            "januari",
            "februari",
            "maart",
            "april",
            "mei",
            "juni",
            "juli",
            "augustus",
            "september",
            "oktober",
            "november",
            "december",
        ],
    },
    pseudonym: "Naam gewijzigd om de persoon te beschermen.",
    why: "U ontvangt deze e-mail omdat u op de lijst ‘{list}’ van {organisation} staat.",
    unsubscribe: "Afmelden",
};
