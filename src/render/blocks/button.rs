//! A link that stands out: a button in HTML, a line with its note in plain text.
//!
//! The link is as large as the button, so that a thumb finds it; Word makes no
//! padding for links, and takes that of the cell instead (`mso-padding-alt`).

use std::sync::Arc;

use maud::{Markup, html};

use crate::render::inline;
use crate::render::plain::Plain;
use crate::render::theme::Theme;

#[derive(Debug)]
pub(in crate::render) struct Button {
    words: String,
    url: Arc<str>,
}

impl Button {
    pub(in crate::render) fn new(words: String, url: &Arc<str>) -> Self {
        Self {
            words,
            url: Arc::clone(url),
        }
    }

    pub(in crate::render) fn html(&self, theme: &Theme) -> Markup {
        html! {
            table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:4px 0 16px" {
                tr {
                    td.k style=(theme.button()) {
                        a.m href=(self.url) style={ "display:inline-block;padding:10px 20px;color:" (theme.paper) ";font-weight:bold;text-decoration:underline" } { (self.words) }
                    }
                }
            }
        }
    }

    pub(in crate::render) fn text(&self, indent: &str, plain: &mut Plain) {
        plain.space(1);
        let words = inline::noted(&self.words, &self.url, plain);
        plain.wrapped(indent, indent, &words);
    }
}
