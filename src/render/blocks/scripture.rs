//! The passage at the head, and where it stands. No name in it is marked: its names are not the bulletin's.

use maud::{Markup, html};

use crate::bulletin;
use crate::render::inline::{self, Line};
use crate::render::plain::Plain;
use crate::render::theme::Theme;

#[derive(Debug)]
pub(in crate::render) struct Scripture {
    lines: Vec<Line>,
    citation: String,
}

impl Scripture {
    pub(in crate::render) fn new(scripture: &bulletin::Scripture) -> Self {
        let reference = &scripture.reference.value;
        Self {
            lines: inline::quoted(&scripture.text),
            // Many publishers ask for the initials at each passage, and for no more.
            citation: match &scripture.translation {
                Some(translation) => format!("— {reference} ({})", translation.value),
                None => format!("— {reference}"),
            },
        }
    }

    /// The content of a cell that has a line at its side.
    pub(in crate::render) fn html(&self, theme: &Theme) -> Markup {
        html! {
            blockquote style={ "margin:0;font:18px/27px " (theme.serif) } {
                @for line in &self.lines {
                    p style="margin:0 0 8px" { (inline::html(line, theme)) }
                }
                p style={ "margin:0;font:16px/24px " (theme.sans) } { (inline::words(&self.citation, theme)) }
            }
        }
    }

    pub(in crate::render) fn text(&self, plain: &mut Plain) {
        for line in &self.lines {
            plain.space(1);
            let words = inline::text(line, plain);
            plain.wrapped("", "", &words);
        }
        plain.space(1);
        plain.wrapped("", "  ", &self.citation);
    }
}
