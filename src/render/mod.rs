//! The two bodies of a bulletin, HTML and plain text, from one tree in one
//! pass each. Every block has both of its forms in one file under `blocks`.

mod bidi;
mod blocks;
mod inline;
mod marks;
mod order;
mod page;
mod plain;
mod slot;
mod theme;
mod words;

use crate::check::CheckedBulletin;
use crate::settings::Sender;

pub use plain::{WIDTH, wrap};
pub use slot::Slot;
pub use words::has_words;

/// Both bodies. Where they differ from person to person the characters of [`Slot`] stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bodies {
    /// `text/plain`: lines of at most 72 columns, ended by `\n`.
    pub text: String,
    /// `text/html`: a whole document.
    pub html: String,
}

/// Renders a bulletin. The same bulletin and sender give the same bytes.
pub fn render(checked: &CheckedBulletin, sender: &Sender) -> Bodies {
    let page = page::Page::new(checked.bulletin(), sender);
    Bodies {
        text: page.text(),
        html: page.html().into_string(),
    }
}
