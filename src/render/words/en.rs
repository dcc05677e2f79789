//! English.

use super::{Asked, Words};

pub(super) const WORDS: Words = Words {
    tag: "en",
    urgent: "Urgent:",
    praise: "Praise:",
    answered: "Answered prayers",
    asked: Asked {
        few_days: "A few days ago we asked you to pray for {what}.",
        last_week: "Last week we asked you to pray for {what}.",
        two_weeks: "Two weeks ago we asked you to pray for {what}.",
        three_weeks: "Three weeks ago we asked you to pray for {what}.",
        this_month: "Earlier this month we asked you to pray for {what}.",
        last_month: "Last month we asked you to pray for {what}.",
        month: "In {month} we asked you to pray for {what}.",
        month_of_year: "In {month} {year} we asked you to pray for {what}.",
        months: [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ],
    },
    pseudonym: "Name changed to protect the person.",
    why: "You receive this e-mail because you are on the list “{list}” of {organisation}.",
    unsubscribe: "Unsubscribe",
};
