//! The heading of the letter.

use maud::{Markup, html};

use crate::document::Text;
use crate::render::inline;
use crate::render::marks::Marks;
use crate::render::plain::Plain;
use crate::render::theme::Theme;

#[derive(Debug)]
pub(in crate::render) struct Title {
    words: String,
    marked: String,
}

impl Title {
    pub(in crate::render) fn new(text: &Text, marks: &mut Marks) -> Self {
        Self {
            words: text.value.clone(),
            marked: marks.apply(&text.value),
        }
    }

    /// The words without a sign, for where they are heard of alone.
    pub(in crate::render) fn words(&self) -> &str {
        &self.words
    }

    pub(in crate::render) fn html(&self, theme: &Theme) -> Markup {
        html! { h1.h style=(theme.heading(28, 34, "0")) { (inline::words(&self.marked, theme)) } }
    }

    pub(in crate::render) fn text(&self, plain: &mut Plain) {
        plain.heading(&self.marked, '=');
    }
}
