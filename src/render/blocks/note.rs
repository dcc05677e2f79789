//! Small print under the letter: what the sign at a pseudonym means, and the notice of a translation.

use maud::{Markup, html};

use crate::document::Text;
use crate::render::inline;
use crate::render::marks;
use crate::render::plain::Plain;
use crate::render::theme::Theme;

#[derive(Debug)]
pub(in crate::render) struct Note {
    text: String,
}

impl From<marks::Note> for Note {
    fn from(note: marks::Note) -> Self {
        Self {
            text: format!("{} {}", note.sign, note.text),
        }
    }
}

/// The notice of a translation.
impl From<&Text> for Note {
    fn from(notice: &Text) -> Self {
        Self {
            text: notice.value.clone(),
        }
    }
}

impl Note {
    pub(in crate::render) fn html(&self, theme: &Theme) -> Markup {
        html! { p style="margin:0 0 8px;font-size:14px;line-height:21px" { (inline::words(&self.text, theme)) } }
    }

    pub(in crate::render) fn text(&self, plain: &mut Plain) {
        plain.wrapped("", "  ", &self.text);
    }
}
