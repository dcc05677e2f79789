//! A part of the letter: its heading, a word before, its items.

use maud::{Markup, html};

use super::{Item, Prose};
use crate::people::EmailAddress;
use crate::render::inline;
use crate::render::marks::Marks;
use crate::render::order;
use crate::render::plain::Plain;
use crate::render::theme::Theme;
use crate::render::words::Words;

/// The tallest that a table may be, in pixels. Where a row doesn't fit on the
/// rest of its page, Word leaves that rest empty; a page is some 1,700 pixels.
const TALLEST: usize = 1_600;

#[derive(Debug)]
pub(in crate::render) struct Section {
    heading: Option<String>,
    intro: Option<Prose>,
    items: Vec<Item>,
}

impl Section {
    pub(in crate::render) fn new(
        part: &order::Part<'_>,
        words: &Words,
        sender: &EmailAddress,
        marks: &mut Marks,
    ) -> Self {
        Self {
            heading: part.heading.map(|heading| marks.apply(heading)),
            intro: part.intro.map(|text| Prose::new(text, marks)),
            items: part
                .items
                .iter()
                .map(|placed| Item::new(placed, words, sender, marks))
                .collect(),
        }
    }

    /// The contents of its tables: one, or several where one would be too tall.
    pub(in crate::render) fn html(&self, theme: &Theme) -> Vec<Markup> {
        let mut tables = Vec::new();
        let mut rest = self.items.as_slice();
        loop {
            let mut height = 0;
            let fits = rest.iter().take_while(|item| {
                height += item.height();
                height <= TALLEST
            });
            // One item at least, however tall.
            let (items, others) = rest.split_at(fits.count().max(1).min(rest.len()));
            let is_first = tables.is_empty();
            tables.push(html! {
                @if is_first {
                    @if let Some(heading) = &self.heading { h2.h style=(theme.heading(21, 28, "0 0 8px")) { (inline::words(heading, theme)) } }
                    @if let Some(intro) = &self.intro { (intro.html(theme)) }
                }
                @if !items.is_empty() { ul style=(theme.list()) { @for item in items { (item.html(theme)) } } }
            });
            rest = others;
            if rest.is_empty() {
                return tables;
            }
        }
    }

    pub(in crate::render) fn text(&self, plain: &mut Plain) {
        plain.space(2);
        if let Some(heading) = &self.heading {
            plain.heading(heading, '-');
        }
        self.intro.iter().for_each(|intro| intro.text(plain));
        self.items.iter().for_each(|item| item.text(plain));
    }
}
