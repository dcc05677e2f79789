//! The table of rules. A new one is a file here and a line below.

mod characters_open;
mod empty_section;
mod id_not_date;
mod image_metadata;
mod image_people;
mod inbox_words;
mod link_text;
mod marked_by_hand;
mod name_spelling;
mod name_unused;
mod placeholder;
mod stray_character;
mod translation_images;
mod translation_links;
mod translation_names;
mod translation_parts;
mod translation_scripture;
mod translation_shape;
mod weekday;

use crate::bulletin::Bulletin;
use crate::diagnostic::Diagnostic;

/// One rule: it looks at a whole bulletin and adds what it finds.
pub(super) struct Rule {
    pub(super) check: fn(&Bulletin, &mut Vec<Diagnostic>),
}

/// A rule on a translation: it looks at the base, then at the translation, and
/// adds what it finds in the latter.
pub(super) struct TranslationRule {
    pub(super) check: fn(&Bulletin, &Bulletin, &mut Vec<Diagnostic>),
}

/// The rules on what all languages of an edition share.
pub(super) const OF_BASES: &[Rule] = &[Rule {
    check: id_not_date::check,
}];

/// All rules on a bulletin in whatever language.
pub(super) const ALL: &[Rule] = &[
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
        check: name_spelling::check,
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
        check: weekday::check,
    },
    Rule {
        check: image_people::check,
    },
    Rule {
        check: image_metadata::check,
    },
];

/// All rules on how a translation agrees with its base.
pub(super) const OF_TRANSLATIONS: &[TranslationRule] = &[
    TranslationRule {
        check: translation_parts::check,
    },
    TranslationRule {
        check: translation_shape::check,
    },
    TranslationRule {
        check: translation_scripture::check,
    },
    TranslationRule {
        check: translation_links::check,
    },
    TranslationRule {
        check: translation_images::check,
    },
    TranslationRule {
        check: translation_names::check,
    },
];
