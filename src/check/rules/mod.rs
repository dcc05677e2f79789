//! The table of rules. A new one is a file here and a line below.

mod characters_open;
mod empty_section;
mod id_not_date;
mod image_metadata;
mod image_people;
mod inbox_words;
mod link_text;
mod marked_by_hand;
mod name_unused;
mod placeholder;
mod stray_character;

use crate::bulletin::Bulletin;
use crate::diagnostic::Diagnostic;

/// One rule: it looks at a whole bulletin and adds what it finds.
pub(super) struct Rule {
    pub(super) check: fn(&Bulletin, &mut Vec<Diagnostic>),
}

/// All rules.
pub(super) const ALL: &[Rule] = &[
    Rule {
        check: id_not_date::check,
    },
    Rule {
        check: placeholder::check,
    },
    Rule {
        check: stray_character::check,
    },
    Rule {
        check: empty_section::check,
    },
    Rule {
        check: marked_by_hand::check,
    },
    Rule {
        check: name_unused::check,
    },
    Rule {
        check: link_text::check,
    },
    Rule {
        check: characters_open::check,
    },
    Rule {
        check: inbox_words::check,
    },
    Rule {
        check: image_people::check,
    },
    Rule {
        check: image_metadata::check,
    },
];
