//! What the sign at a pseudonym means.

use maud::{Markup, html};

use crate::render::plain::Plain;
use crate::render::{marks, theme};

#[derive(Debug)]
pub(in crate::render) struct Note {
    sign: String,
    text: String,
}

impl From<marks::Note> for Note {
    fn from(note: marks::Note) -> Self {
        Self {
            sign: note.sign,
            text: note.text.clone(),
        }
    }
}

impl Note {
    pub(in crate::render) fn html(&self) -> Markup {
        html! { p style={ "margin:0 0 8px;font-size:14px;line-height:21px;font-family:" (theme::SANS) } { (self.sign) " " (self.text) } }
    }

    pub(in crate::render) fn text(&self, plain: &mut Plain) {
        plain.wrapped("", "  ", &format!("{} {}", self.sign, self.text));
    }
}
