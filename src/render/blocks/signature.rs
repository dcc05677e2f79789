//! Who signs.

use maud::{Markup, html};

use crate::bulletin;
use crate::render::plain::Plain;
use crate::render::{inline, theme};

#[derive(Debug)]
pub(in crate::render) struct Signature {
    name: String,
    role: Option<String>,
}

impl Signature {
    pub(in crate::render) fn new(signature: &bulletin::Signature) -> Self {
        Self {
            name: inline::spaced(&signature.name.value),
            role: signature
                .role
                .as_ref()
                .map(|role| inline::spaced(&role.value)),
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
