//! The foot: who sent this and from where, why one gets it, and how to get it no more.

use maud::{Markup, html};

use crate::people::{Direction, Language};
use crate::render::plain::Plain;
use crate::render::theme::Theme;
use crate::render::words::Words;
use crate::render::{Slot, inline};
use crate::settings::Sender;

/// Between the letter and its foot in plain text.
const RULE: &str = "________________________";

#[derive(Debug)]
pub(in crate::render) struct Footer {
    /// The language of the words, where the bulletin's own is one that the program doesn't speak.
    language: &'static str,
    organisation: String,
    postal_address: String,
    own_words: Option<String>,
    why: String,
    unsubscribe: &'static str,
    link: String,
}

impl Footer {
    pub(in crate::render) fn new(sender: &Sender, words: &'static Words) -> Self {
        let why = words
            .why
            .replace("{list}", sender.name.as_str())
            .replace("{organisation}", &sender.organisation);
        Self {
            language: words.tag,
            organisation: sender.organisation.clone(),
            postal_address: sender.postal_address.clone(),
            own_words: sender.brand.footer.clone(),
            why,
            unsubscribe: words.unsubscribe,
            link: sender.unsubscribe_link(&Slot::Token.char().to_string()),
        }
    }

    pub(in crate::render) fn html(&self, theme: &Theme) -> Markup {
        let own = self.direction().unwrap_or(theme.direction);
        html! {
            p style="margin:0 0 10px" {
                (inline::words(&self.organisation, theme)) br;
                (inline::words(&self.postal_address, theme))
                @if let Some(words) = &self.own_words { br; (inline::words(words, theme)) }
            }
            p lang=(self.language) dir=(own.html()) style="margin:0 0 10px" { (self.why) }
            p lang=(self.language) dir=(own.html()) style="margin:0" { (inline::link(&self.link, theme, html! { (self.unsubscribe) })) }
        }
    }

    /// The direction of the program's own words.
    fn direction(&self) -> Option<Direction> {
        let language = self.language.parse::<Language>().ok()?;
        Some(language.direction())
    }

    /// The link stands whole on a line of its own, where every client finds it.
    pub(in crate::render) fn text(&self, plain: &mut Plain) {
        plain.space(1);
        plain.line(RULE);
        plain.wrapped("", "", &self.organisation);
        plain.wrapped("", "", &self.postal_address);
        self.own_words
            .iter()
            .for_each(|words| plain.wrapped("", "", words));
        self.direction().into_iter().for_each(|own| plain.turn(own));
        plain.space(1);
        plain.wrapped("", "", &self.why);
        plain.space(1);
        plain.line(self.unsubscribe);
        plain.address(&self.link);
    }
}
