//! The passage at the head, and where it stands. No name in it is marked: its names are not the bulletin's.

use maud::{Markup, html};

use crate::bulletin;
use crate::people::Direction;
use crate::render::inline::{self, Line};
use crate::render::plain::Plain;
use crate::render::theme;

#[derive(Debug)]
pub(in crate::render) struct Scripture {
    lines: Vec<Line>,
    citation: String,
}

impl Scripture {
    pub(in crate::render) fn new(scripture: &bulletin::Scripture) -> Self {
        let reference = scripture.reference.value.clone();
        Self {
            lines: inline::quoted(&scripture.text),
            citation: match &scripture.translation {
                Some(translation) => {
                    format!("— {reference} ({})", translation.value.clone())
                }
                None => format!("— {reference}"),
            },
        }
    }

    pub(in crate::render) fn html(&self, direction: Direction) -> Markup {
        let side = direction.start();
        html! {
            blockquote style={ "margin:0 0 12px;padding-" (side) ":16px;border-" (side) ":3px solid " (theme::ACCENT) } {
                @for line in &self.lines {
                    p style={ "margin:0 0 8px;font-family:" (theme::SERIF) ";font-size:18px;line-height:27px" } { (inline::html(line)) }
                }
                p style="margin:0" { (self.citation) }
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
