//! What readers will see that differs from the last edition: for the person
//! who is to approve this one, and knows the last.
//!
//! Two outlines are compared, field by field, section by section and item by
//! item; which item was which is guessed in `pair.rs`, and how a text differs
//! is found word by word in `words.rs`. Emphasis is no difference here: the
//! page shows how a text looks, and this what it says.

mod last;
mod pair;
mod repeated;
mod words;

use std::collections::HashSet;

use crate::edition::{Entry, Outline, Section};
use pair::Pair;
use words::Budget;

pub use last::{Last, LastError, Origin, last};
pub use repeated::repeated;
pub use words::Piece;

/// What became of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// It is as it was.
    Same,
    /// It says something else.
    Changed,
    /// It was not there.
    New,
    /// It is no longer there.
    Gone,
}

/// What became of one text, in words.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    /// What became of it.
    pub fate: Fate,
    /// What it said and says.
    pub pieces: Vec<Piece>,
}

/// A field of the letter.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FieldChange {
    /// Its key in the bulletin.
    pub name: String,
    /// What became of it.
    #[serde(flatten)]
    pub change: Change,
}

/// A part of the bulletin.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct SectionChange {
    /// Whether the section as such is new or gone; else it is the same, whatever became of its items.
    pub fate: Fate,
    /// Its number in this edition, from 0; nothing if it is gone.
    #[serde(skip)]
    pub number: Option<usize>,
    /// What stands over it, or stood if it is gone.
    pub title: Option<String>,
    /// What became of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heading: Option<Change>,
    /// What stands before its items.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intro: Option<Change>,
    /// Its items as they stand now, then those that are gone.
    pub items: Vec<ItemChange>,
}

/// One thing to pray for.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ItemChange {
    /// What became of it.
    #[serde(flatten)]
    pub change: Change,
    /// Its number in the section, from 0; nothing if it is gone.
    #[serde(skip)]
    pub number: Option<usize>,
    /// The heading under which it stood, if it is another section's now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<String>,
    /// Whether it says that it is urgent, if that has changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub urgent: Option<bool>,
}

/// What is there now and was not, and the other way round.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Entries {
    /// Those that were not there.
    pub new: Vec<Entry>,
    /// Those that are no longer there.
    pub gone: Vec<Entry>,
}

/// All that differs between two editions, and what is the same.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Diff {
    /// What stands once in a letter.
    pub fields: Vec<FieldChange>,
    /// The parts as they stand now, then those that are gone.
    pub sections: Vec<SectionChange>,
    /// Whether sections that both have stand in another order.
    pub reordered: bool,
    /// The names that need a word.
    pub names: Entries,
    /// The links.
    pub links: Entries,
}

/// How many items became what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// As they were.
    pub same: usize,
    /// Saying something else, or elsewhere.
    pub changed: usize,
    /// Not there before.
    pub new: usize,
    /// No longer there.
    pub gone: usize,
}

impl FieldChange {
    /// What it is called, for people.
    pub fn label(&self) -> &str {
        match self.name.as_str() {
            "from" => "Sender",
            "audience" => "Audience",
            "subject" => "Subject",
            "preheader" => "Preheader",
            "title" => "Title",
            "scripture" => "Scripture",
            "reference" => "Where the scripture stands",
            "greeting" => "Greeting",
            "greeting_fallback" => "Greeting for those without a name",
            "intro" => "Introduction",
            "closing" => "Closing",
            "signature" => "Signature",
            other => other,
        }
    }
}

impl Diff {
    /// Compares an edition with the one before it.
    pub fn between(before: &Outline, now: &Outline) -> Self {
        let mut budget = Budget::default();
        let pairs = pair::pair(&before.sections, &now.sections, &mut budget);
        let sections = pairs
            .iter()
            .map(|pair| section(pair, &before.sections, &now.sections, &mut budget))
            .collect();
        let kept: Vec<_> = pairs
            .iter()
            .filter_map(|pair| pair.before.zip(pair.now).map(|(before, _)| before))
            .collect();
        Self {
            fields: fields(before, now, &mut budget),
            sections,
            reordered: !kept.is_sorted(),
            names: entries(&before.names, &now.names),
            links: entries(&before.links, &now.links),
        }
    }

    /// Counts the items.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for item in self.sections.iter().flat_map(|section| &section.items) {
            let count = match item.change.fate {
                Fate::Same if item.moved_from.is_none() && item.urgent.is_none() => {
                    &mut counts.same
                }
                Fate::Same | Fate::Changed => &mut counts.changed,
                Fate::New => &mut counts.new,
                Fate::Gone => &mut counts.gone,
            };
            *count += 1;
        }
        counts
    }

    /// Says whether readers will see nothing that they have not seen.
    pub fn is_empty(&self) -> bool {
        let same = |change: &Option<Change>| change.as_ref().is_none_or(Change::is_same);
        let counts = self.counts();
        counts.changed + counts.new + counts.gone == 0
            && self.fields.iter().all(|field| field.change.is_same())
            && self.sections.iter().all(|section| {
                section.fate == Fate::Same && same(&section.heading) && same(&section.intro)
            })
            && !self.reordered
            && self.names == Entries::default()
            && self.links == Entries::default()
    }
}

impl Change {
    /// Says whether it is as it was.
    pub fn is_same(&self) -> bool {
        self.fate == Fate::Same
    }

    /// What became of a text that is there, or was.
    fn of(before: Option<&str>, now: Option<&str>, budget: &mut Budget) -> Option<Self> {
        let (fate, pieces) = match (before, now) {
            (None, None) => return None,
            (Some(before), None) => (Fate::Gone, vec![Piece::Gone(before.to_owned())]),
            (None, Some(now)) => (Fate::New, vec![Piece::New(now.to_owned())]),
            (Some(before), Some(now)) if before == now => {
                (Fate::Same, vec![Piece::Same(now.to_owned())])
            }
            (Some(before), Some(now)) => (Fate::Changed, words::compare(before, now, budget)),
        };
        Some(Self { fate, pieces })
    }
}

/// The fields as they stand now, then those that are gone.
fn fields(before: &Outline, now: &Outline, budget: &mut Budget) -> Vec<FieldChange> {
    let gone = before
        .fields
        .iter()
        .filter(|field| now.field(&field.name).is_none());
    now.fields
        .iter()
        .chain(gone)
        .filter_map(|field| {
            let name = field.name.as_str();
            Some(FieldChange {
                name: name.to_owned(),
                change: Change::of(before.field(name), now.field(name), budget)?,
            })
        })
        .collect()
}

fn section(pair: &Pair, before: &[Section], now: &[Section], budget: &mut Budget) -> SectionChange {
    let there = |sections: &'_ [Section], number: Option<usize>| {
        number.and_then(|number| sections.get(number)).cloned()
    };
    let (old, new) = (there(before, pair.before), there(now, pair.now));
    let fate = match (&old, &new) {
        (None, _) => Fate::New,
        (_, None) => Fate::Gone,
        _ => Fate::Same,
    };
    let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
    let mut text = |old: &Option<String>, new: &Option<String>| {
        Change::of(old.as_deref(), new.as_deref(), budget)
    };
    let (heading, intro) = (
        text(&old.heading, &new.heading),
        text(&old.intro, &new.intro),
    );
    let items = pair.items.iter().filter_map(|items| {
        let old = items
            .before
            .and_then(|(section, item)| before.get(section)?.items.get(item));
        let new = items.now.and_then(|item| new.items.get(item));
        let words = |item: Option<&crate::edition::Item>| item.map(|item| item.words.clone());
        let both = old.zip(new);
        let moved = items
            .before
            .filter(|(section, _)| new.is_some() && Some(*section) != pair.before)
            .and_then(|(section, _)| before.get(section));
        Some(ItemChange {
            change: Change::of(words(old).as_deref(), words(new).as_deref(), budget)?,
            number: items.now,
            moved_from: moved.map(|section| section.heading.clone().unwrap_or_default()),
            urgent: both
                .filter(|(old, new)| old.urgent != new.urgent)
                .map(|(_, new)| new.urgent),
        })
    });
    SectionChange {
        fate,
        title: if fate == Fate::Gone {
            old.heading
        } else {
            new.heading.clone()
        },
        number: pair.now,
        heading,
        intro,
        items: items.collect(),
    }
}

fn entries(before: &[Entry], now: &[Entry]) -> Entries {
    let only = |here: &[Entry], there: &[Entry]| {
        let there: HashSet<_> = there.iter().collect();
        let mut seen = HashSet::new();
        let only = here
            .iter()
            .filter(|entry| !there.contains(entry) && seen.insert(*entry));
        only.cloned().collect()
    };
    Entries {
        new: only(now, before),
        gone: only(before, now),
    }
}
