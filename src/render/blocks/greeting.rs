//! The line by which each person is greeted: a slot, filled when the letter is made.

use maud::{Markup, html};

use crate::render::plain::Plain;
use crate::render::{Slot, theme};

#[derive(Debug)]
pub(in crate::render) struct Greeting;

impl Greeting {
    pub(in crate::render) fn html(&self) -> Markup {
        html! { p style=(theme::PARAGRAPH) { (Slot::Greeting.char()) } }
    }

    pub(in crate::render) fn text(&self, plain: &mut Plain) {
        plain.space(1);
        plain.line(&Slot::Greeting.char().to_string());
    }
}
