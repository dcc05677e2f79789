//! Which section and which item of this edition was which of the last one.
//!
//! Sections go by their id, then by their heading. Items go by their id, then
//! by the same words, then by words that are much alike, first in their own
//! section and then anywhere. Each finds one partner at most.

use std::collections::HashMap;

use super::words::{self, Bags, Budget};
use crate::edition::{Item, Section};

/// From this likeness on, an item is the one of last week with other words.
const ALIKE: f64 = 0.5;

/// A section of this edition, the one that it was, or one of the two.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) before: Option<usize>,
    pub(super) now: Option<usize>,
    pub(super) items: Vec<Items>,
}

/// An item of this edition, the one that it was, or one of the two.
#[derive(Debug)]
pub(super) struct Items {
    /// The number of its section, and its own.
    pub(super) before: Option<(usize, usize)>,
    pub(super) now: Option<usize>,
}

/// Pairs all sections and items: those of this edition in order, then those that are gone.
pub(super) fn pair(before: &[Section], now: &[Section], budget: &mut Budget) -> Vec<Pair> {
    let partners = sections(before, now);
    let origins = items(before, now, &partners, budget);
    let taken: std::collections::HashSet<_> = origins.iter().flatten().flatten().collect();
    let left = |section: usize| {
        let count = before.get(section).map_or(0, |section| section.items.len());
        let left = (0..count).filter(|item| !taken.contains(&(section, *item)));
        let left = left.map(|item| Items {
            before: Some((section, item)),
            now: None,
        });
        left.collect::<Vec<_>>()
    };
    let mut pairs = Vec::new();
    for (number, (partner, origins)) in partners.iter().zip(&origins).enumerate() {
        let stand = origins.iter().enumerate().map(|(item, origin)| Items {
            before: *origin,
            now: Some(item),
        });
        let gone = partner.map(left).unwrap_or_default();
        pairs.push(Pair {
            before: *partner,
            now: Some(number),
            items: stand.chain(gone).collect(),
        });
    }
    for section in 0..before.len() {
        if !partners.contains(&Some(section)) {
            pairs.push(Pair {
                before: Some(section),
                now: None,
                items: left(section),
            });
        }
    }
    pairs
}

/// For each section of `now` the one of `before` that it was.
fn sections(before: &[Section], now: &[Section]) -> Vec<Option<usize>> {
    let mut partners = vec![None; now.len()];
    let mut free = vec![true; before.len()];
    let keys: [fn(&Section) -> Option<String>; 2] = [
        |section| section.id.clone(),
        |section| section.heading.as_ref().map(|text| text.to_lowercase()),
    ];
    for key in keys {
        let mut by_key: HashMap<String, Vec<usize>> = HashMap::new();
        for (number, section) in before.iter().enumerate().rev() {
            if let Some(key) = key(section).filter(|_| free[number]) {
                by_key.entry(key).or_default().push(number);
            }
        }
        for (partner, section) in partners.iter_mut().zip(now) {
            let known = key(section).and_then(|key| by_key.get_mut(&key)?.pop());
            if let (None, Some(number)) = (&partner, known) {
                *partner = Some(number);
                free[number] = false; // one place for each section of `before`
            }
        }
    }
    partners
}

type Origins = Vec<Vec<Option<(usize, usize)>>>;

/// For each item of each section of `now` the place of the one that it was.
fn items(
    before: &[Section],
    now: &[Section],
    partners: &[Option<usize>],
    budget: &mut Budget,
) -> Origins {
    let mut found = Found {
        origins: now
            .iter()
            .map(|section| vec![None; section.items.len()])
            .collect(),
        free: before
            .iter()
            .map(|section| vec![true; section.items.len()])
            .collect(),
        before,
        now,
    };
    let keys: [fn(&Item) -> Option<&str>; 2] =
        [|item| item.id.as_deref(), |item| Some(item.words.as_str())];
    for key in keys {
        found.by_key(partners, key);
    }
    found.by_likeness(partners, true, budget);
    found.by_likeness(partners, false, budget);
    found.origins
}

struct Found<'o> {
    origins: Origins,
    /// Which items of `before` have no partner.
    free: Vec<Vec<bool>>,
    before: &'o [Section],
    now: &'o [Section],
}

impl<'o> Found<'o> {
    fn join(&mut self, (section, item): (usize, usize), origin: (usize, usize)) {
        self.origins[section][item] = Some(origin); // both places come from the lists themselves
        self.free[origin.0][origin.1] = false;
    }

    /// The items that have no partner, by the numbers of their sections and their own.
    fn alone(&self) -> Vec<(usize, usize)> {
        let all = self
            .origins
            .iter()
            .enumerate()
            .flat_map(|(section, items)| {
                let alone = items
                    .iter()
                    .enumerate()
                    .filter(|(_, origin)| origin.is_none());
                alone.map(move |(item, _)| (section, item))
            });
        all.collect()
    }

    fn free(&self) -> Vec<(usize, usize)> {
        let all = self.free.iter().enumerate().flat_map(|(section, items)| {
            let free = items.iter().enumerate().filter(|(_, free)| **free);
            free.map(move |(item, _)| (section, item))
        });
        all.collect()
    }

    fn by_key(&mut self, partners: &[Option<usize>], key: fn(&Item) -> Option<&str>) {
        let (before, now) = (self.before, self.now);
        let mut by_key: HashMap<&str, Vec<(usize, usize)>> = HashMap::new();
        for (section, item) in self.free().into_iter().rev() {
            if let Some(key) = key(&before[section].items[item]) {
                by_key.entry(key).or_default().push((section, item));
            }
        }
        for place in self.alone() {
            let known = key(&now[place.0].items[place.1]).and_then(|key| by_key.get_mut(key));
            let Some(known) = known else { continue };
            // The one in its own section, else the first of all.
            let own = known
                .iter()
                .rposition(|origin| partners[place.0] == Some(origin.0));
            let at = own.or(known.len().checked_sub(1));
            if let Some(at) = at {
                let origin = known.remove(at); // at is a place in it
                self.join(place, origin);
            }
        }
    }

    /// Joins the pairs that are most alike first.
    fn by_likeness(&mut self, partners: &[Option<usize>], within: bool, budget: &mut Budget) {
        let mut bags = Bags::default();
        let mut bagged = |sections: &'o [Section], places: Vec<(usize, usize)>| -> Vec<_> {
            let bag = |place: (usize, usize)| {
                let words = &sections[place.0].items[place.1].words; // places of the lists themselves
                (place, bags.of(words))
            };
            places.into_iter().map(bag).collect()
        };
        let free = bagged(self.before, self.free());
        let alone = bagged(self.now, self.alone());
        let mut pairs = Vec::new();
        for (place, now) in &alone {
            for (origin, before) in &free {
                let other_section = partners[place.0] != Some(origin.0);
                let skipped = within && other_section;
                let cost = if skipped { 1 } else { now.len() + before.len() };
                if !budget.take(cost) {
                    return;
                }
                let likeness = if skipped {
                    0.0
                } else {
                    words::likeness(before, now)
                };
                if likeness >= ALIKE {
                    pairs.push((likeness, *place, *origin));
                }
            }
        }
        pairs.sort_by(|one, other| other.0.total_cmp(&one.0)); // stable: of two alike the first
        for (_, place, origin) in pairs {
            if self.origins[place.0][place.1].is_none() && self.free[origin.0][origin.1] {
                self.join(place, origin);
            }
        }
    }
}
