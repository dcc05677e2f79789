//! In which order the items are read: as they are written, or with the
//! answered prayers gathered in a section of their own.
//!
//! There is no table of contents: links to places inside a mail fail in Gmail
//! on iOS, Yahoo and Samsung's mail.

use std::borrow::Cow;

use super::words::Words;
use crate::bulletin::{Bulletin, Gathered, Item, Kind, RichText};

/// A section as it is read.
#[derive(Debug)]
pub(super) struct Part<'b> {
    pub(super) heading: Option<&'b str>,
    pub(super) intro: Option<&'b RichText>,
    pub(super) items: Vec<Placed<'b>>,
}

/// An item where it stands.
#[derive(Debug)]
pub(super) struct Placed<'b> {
    pub(super) item: &'b Item,
    /// Whether it stands among the answered prayers.
    pub(super) gathered: bool,
    /// The heading that it was written under and doesn't stand under.
    from: Option<&'b str>,
}

impl<'b> Placed<'b> {
    /// What stands over it. An item that was gathered says where it is from.
    pub(super) fn title(&self) -> Option<Cow<'b, str>> {
        let own = self.item.title.as_ref().map(|title| title.value.as_str());
        match (self.from, own) {
            (Some(from), Some(own)) => Some(format!("{from}: {own}").into()),
            (from, own) => own.or(from).map(Cow::Borrowed),
        }
    }
}

/// The sections in reading order.
pub(super) fn parts<'b>(bulletin: &'b Bulletin, words: &'b Words) -> Vec<Part<'b>> {
    let answered = bulletin.answered.as_ref();
    let mut gathered = Vec::new();
    let mut parts = Vec::new();
    for section in &bulletin.sections {
        let heading = section.heading.as_ref().map(|text| text.value.as_str());
        let leaves = |item: &&Item| answered.is_some() && item.kind == Kind::Praise;
        let (leaving, staying): (Vec<_>, Vec<_>) = section.items.iter().partition(leaves);
        gathered.extend(leaving.iter().map(|item| Placed {
            item,
            gathered: true,
            from: heading,
        }));
        let place = |item| Placed {
            item,
            gathered: false,
            from: None,
        };
        // Of a section all of whose items have left, a word before them may stay.
        if !staying.is_empty() || section.intro.is_some() || leaving.is_empty() {
            parts.push(Part {
                heading,
                intro: section.intro.as_ref(),
                items: staying.into_iter().map(place).collect(),
            });
        }
    }
    if let (Some(answered), false) = (answered, gathered.is_empty()) {
        let own = answered.heading.as_ref().map(|text| text.value.as_str());
        let part = Part {
            heading: own.or(Some(words.answered)),
            intro: None,
            items: gathered,
        };
        match answered.place {
            Gathered::First => parts.insert(0, part),
            Gathered::Last => parts.push(part),
        }
    }
    parts
}
