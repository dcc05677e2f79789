//! A picture, and the words that stand for it where it isn't shown: in plain
//! text between brackets.

use maud::{Markup, html};

use crate::bulletin;
use crate::people::EmailAddress;
use crate::render::inline;
use crate::render::marks::Marks;
use crate::render::plain::Plain;
use crate::render::theme::Theme;
use crate::settings::{Logo, LogoSource};

/// The widest picture of an item: what a list leaves of the column.
const WIDEST: u32 = 530;

#[derive(Debug)]
pub(in crate::render) struct Picture {
    /// Where it is: a part of this mail (RFC 2392), or on the web.
    url: String,
    width: u32,
    height: u32,
    alt: String,
    credit: Option<String>,
}

impl Picture {
    /// `sender` gives the parts of a mail their names.
    pub(in crate::render) fn new(
        picture: &bulletin::Picture,
        sender: &EmailAddress,
        marks: &mut Marks,
    ) -> Self {
        let (width, height) = picture.image.shown(WIDEST);
        Self {
            url: format!("cid:{}", picture.image.content_id(sender.domain())),
            width,
            height,
            alt: marks.apply(&picture.alt.value),
            credit: picture
                .credit
                .as_ref()
                .map(|credit| marks.apply(&credit.value)),
        }
    }

    /// The logo at the head.
    pub(in crate::render) fn logo(logo: &Logo, sender: &EmailAddress) -> Self {
        Self {
            url: match &logo.source {
                LogoSource::Embedded(image) => {
                    format!("cid:{}", image.content_id(sender.domain()))
                }
                LogoSource::Linked(url) => url.to_string(),
            },
            width: logo.width,
            height: logo.height,
            alt: logo.alt.clone(),
            credit: None,
        }
    }

    /// Word and phones take the width in different places: the one from the
    /// attribute, the others from the style.
    pub(in crate::render) fn html(&self, theme: &Theme) -> Markup {
        html! {
            p style="margin:0 0 12px" {
                img src=(self.url) alt=(self.alt) width=(self.width) height=(self.height) style="max-width:100%;height:auto;border:0";
                @if let Some(credit) = &self.credit { br; (inline::words(credit, theme)) }
            }
        }
    }

    /// About how tall it is in a column of 600 pixels.
    pub(in crate::render) fn height(&self) -> usize {
        self.height as usize + if self.credit.is_some() { 48 } else { 24 } // u32 fits
    }

    pub(in crate::render) fn text(&self, first: &str, indent: &str, plain: &mut Plain) {
        plain.wrapped(first, indent, &format!("[{}]", self.alt));
        self.credit
            .iter()
            .for_each(|credit| plain.wrapped(indent, indent, credit));
    }
}
