//! Who signs.

use maud::{Markup, html};

use crate::bulletin;
use crate::render::marks::Marks;
use crate::render::plain::Plain;
use crate::render::theme;

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

    pub(in crate::render) fn html(&self) -> Markup {
        html! {
            p style=(theme::PARAGRAPH) {
                strong { (self.name) }
                @if let Some(role) = &self.role { br; (role) }
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
