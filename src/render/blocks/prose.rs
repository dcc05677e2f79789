//! Paragraphs: what stands before and after the sections.

use maud::{Markup, html};

use crate::bulletin::RichText;
use crate::render::inline::{self, Line};
use crate::render::marks::Marks;
use crate::render::plain::Plain;
use crate::render::theme::{self, Theme};

#[derive(Debug)]
pub(in crate::render) struct Prose(Vec<Line>);

impl Prose {
    pub(in crate::render) fn new(text: &RichText, marks: &mut Marks) -> Self {
        Self(inline::marked(text, marks))
    }

    pub(in crate::render) fn html(&self, theme: &Theme) -> Markup {
        html! { @for line in &self.0 { p style=(theme::PARAGRAPH) { (inline::html(line, theme)) } } }
    }

    pub(in crate::render) fn text(&self, plain: &mut Plain) {
        for line in &self.0 {
            plain.space(1);
            let words = inline::text(line, plain);
            plain.wrapped("", "", &words);
        }
    }
}
