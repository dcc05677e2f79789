//! Who signs.

use maud::{Markup, html};

use crate::bulletin;
use crate::render::inline;
use crate::render::marks::Marks;
use crate::render::plain::Plain;
use crate::render::theme::{self, Theme};

#[derive(Debug)]
pub(in crate::render) struct Signature {
    name: String,
    role: Option<String>,
}

impl Signature {
    pub(in crate::render) fn new(signature: &bulletin::Signature, marks: &mut Marks) -> Self {
        Self {
            name: marks.apply(&signature.name.value),
            role: signature.role.as_ref().map(|role| marks.apply(&role.value)),
        }
    }

    pub(in crate::render) fn html(&self, theme: &Theme) -> Markup {
        html! {
            p style=(theme::PARAGRAPH) {
                strong { (inline::words(&self.name, theme)) }
                @if let Some(role) = &self.role { br; (inline::words(role, theme)) }
            }
        }
    }

    pub(in crate::render) fn text(&self, plain: &mut Plain) {
        plain.space(1);
        plain.wrapped("", "", &self.name);
        self.role
            .iter()
            .for_each(|role| plain.wrapped("", "", role));
    }
}
