//! A part of the letter: its heading, a word before, its items.

use maud::{Markup, html};

use super::{Item, Prose};
use crate::bulletin;
use crate::people::Direction;
use crate::render::marks::Marks;
use crate::render::plain::Plain;
use crate::render::theme;
use crate::render::words::Words;

#[derive(Debug)]
pub(in crate::render) struct Section {
    heading: Option<String>,
    intro: Option<Prose>,
    items: Vec<Item>,
}

impl Section {
    pub(in crate::render) fn new(
        section: &bulletin::Section,
        words: &Words,
        marks: &mut Marks,
    ) -> Self {
        Self {
            heading: section
                .heading
                .as_ref()
                .map(|text| marks.apply(&text.value)),
            intro: section.intro.as_ref().map(|text| Prose::new(text, marks)),
            items: section
                .items
                .iter()
                .map(|item| Item::new(item, words, marks))
                .collect(),
        }
    }

    /// Lists are indented by a margin, which Word knows; of padding it makes none.
    pub(in crate::render) fn html(&self, direction: Direction) -> Markup {
        let margin = match direction {
            Direction::Ltr => "0 0 0 22px",
            Direction::Rtl => "0 22px 0 0",
        };
        html! {
            @if let Some(heading) = &self.heading { h2.h style=(theme::heading(21, 28, "0 0 8px")) { (heading) } }
            @if let Some(intro) = &self.intro { (intro.html()) }
            @if !self.items.is_empty() {
                ul style={ "margin:" (margin) ";padding:0" } { @for item in &self.items { (item.html()) } }
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
