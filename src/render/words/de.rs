//! German.

use super::{Asked, Words};

pub(super) const WORDS: Words = Words {
    tag: "de",
    urgent: "Dringend:",
    praise: "Dank:",
    answered: "Erhörte Gebete",
    asked: Asked {
        few_days: "Vor ein paar Tagen haben wir Sie gebeten, für {what} zu beten.",
        last_week: "Letzte Woche haben wir Sie gebeten, für {what} zu beten.",
        two_weeks: "Vor zwei Wochen haben wir Sie gebeten, für {what} zu beten.",
        three_weeks: "Vor drei Wochen haben wir Sie gebeten, für {what} zu beten.",
        this_month: "Anfang dieses Monats haben wir Sie gebeten, für {what} zu beten.",
        last_month: "Letzten Monat haben wir Sie gebeten, für {what} zu beten.",
        month: "Im {month} haben wir Sie gebeten, für {what} zu beten.",
        month_of_year: "Im {month} {year} haben wir Sie gebeten, für {what} zu beten.",
        months: [
            "Januar",
            "Februar",
            "März",
            "April",
            "Mai",
            "Juni",
            "Juli",
            "August",
            "September",
            "Oktober",
            "November",
            "Dezember",
        ],
    },
    pseudonym: "Name zum Schutz der Person geändert.",
    why: "Sie erhalten diese E-Mail, weil Sie auf der Liste „{list}“ von {organisation} stehen.",
    unsubscribe: "Abmelden",
};
