//! The heading of the letter.

use maud::{Markup, html};

use crate::document::Text;
use crate::render::plain::Plain;
use crate::render::{inline, theme};

#[derive(Debug)]
pub(in crate::render) struct Title(String);

impl Title {
    pub(in crate::render) fn new(text: &Text) -> Self {
        Self(inline::spaced(&text.value))
    }

    pub(in crate::render) fn words(&self) -> &str {
        &self.0
    }

    pub(in crate::render) fn html(&self) -> Markup {
        html! { h1.h style=(theme::heading(28, 34, "0 0 16px")) { (self.0) } }
    }

    pub(in crate::render) fn text(&self, plain: &mut Plain) {
        plain.heading(&self.0, '=');
    }
}
