//! The sender's own links, in one line: a website, social networks.

use maud::{Markup, html};

use crate::render::inline;
use crate::render::plain::Plain;
use crate::render::theme::{self, Theme};
use crate::settings::BrandLink;

/// Between two links.
const DOT: &str = " · ";

#[derive(Debug)]
pub(in crate::render) struct Links(Vec<BrandLink>);

impl Links {
    pub(in crate::render) fn new(links: &[BrandLink]) -> Self {
        Self(links.to_vec())
    }

    pub(in crate::render) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(in crate::render) fn html(&self, theme: &Theme) -> Markup {
        html! {
            @if !self.0.is_empty() {
                p style=(theme::PARAGRAPH) {
                    @for (index, link) in self.0.iter().enumerate() {
                        @if index > 0 { (DOT) }
                        (inline::link(&link.url, theme, html! { (link.text) }))
                    }
                }
            }
        }
    }

    pub(in crate::render) fn text(&self, plain: &mut Plain) {
        let links: Vec<_> = self
            .0
            .iter()
            .map(|link| inline::noted(&link.text, &link.url, plain))
            .collect();
        if !links.is_empty() {
            plain.space(1);
            plain.wrapped("", "", &links.join(DOT));
        }
    }
}
