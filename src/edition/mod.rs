//! An edition: checked bulletins frozen for sending, one a language. What people
//! approve, what the ledger keeps, and what each letter is spliced from.

mod digest;
mod issue;
mod outline;
mod quoted_printable;
mod template;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, FixedOffset};

use crate::check::CheckedBulletin;
use crate::image::Image;
use crate::people::Language;
use crate::render::{self, Bodies};
use crate::settings::{LogoSource, Sender};

pub use digest::Digest;
pub use issue::{Issue, base_of, is_misnamed, siblings};
pub use outline::{Entry, Field, Item, Outline, Section};
pub use quoted_printable::encode as quoted_printable;
pub use template::Template;

/// How long after `send_at` an edition may begin, where the bulletin doesn't say.
pub const DEFAULT_WINDOW: Duration = Duration::from_secs(12 * 3_600);

/// Bulletins ready to become letters, in each language. Nothing in it depends on who gets it, or when.
#[derive(Clone, Debug)]
pub struct Edition {
    /// What tells it from all others.
    pub id: String,
    /// What tells whether anything that readers see has changed, in whatever language.
    pub digest: Digest,
    /// The group it is for; without one, all.
    pub audience: Option<String>,
    /// When it may begin.
    pub window: Option<Window>,
    /// Who writes.
    pub sender: Sender,
    /// What those get who read none of the other languages.
    pub base: Version,
    /// The other languages, by their tags.
    pub translations: Vec<Version>,
}

/// An edition in one language.
#[derive(Clone, Debug)]
pub struct Version {
    /// What it is written in.
    pub language: Language,
    /// The line in the inbox.
    pub subject: String,
    /// How each person is addressed.
    pub greeting: Option<Greeting>,
    /// What it says, in parts, for those who compare.
    pub outline: Outline,
    /// Both bodies as they were rendered, the slots as characters.
    pub bodies: Bodies,
    /// The pictures that travel with the HTML body, each once.
    pub images: Vec<Embedded>,
    /// The plain body, encoded.
    pub text: Template,
    /// The HTML body, encoded.
    pub html: Template,
}

/// A picture that travels with the letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Embedded {
    /// The name by which the HTML body asks for it: `cid:` and this (RFC 2392).
    pub content_id: String,
    /// The picture.
    pub image: Image,
}

/// The time in which an edition may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Not before this.
    pub opens: DateTime<FixedOffset>,
    /// Not later after it than this.
    pub lasts: Duration,
}

/// A line with the recipient's name, and one for those without.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Greeting {
    with_name: String,
    without: String,
}

impl Greeting {
    /// The line for one person.
    pub fn line(&self, name: Option<&str>) -> String {
        match name {
            Some(name) => self.with_name.replace(crate::bulletin::NAME_PLACE, name),
            None => self.without.clone(),
        }
    }
}

impl Edition {
    /// Renders, encodes and digests the bulletins of an issue.
    pub fn freeze(issue: &Issue, sender: &Sender) -> Self {
        let bulletin = issue.base.bulletin();
        let window = bulletin.send_at.map(|opens| Window {
            opens: opens.value,
            lasts: bulletin
                .send_within
                .map_or(DEFAULT_WINDOW, |within| within.value),
        });
        let translations = issue.translations.iter();
        let mut edition = Self {
            id: bulletin.id.value.clone(),
            digest: Digest::default(),
            audience: bulletin.audience.as_ref().map(|group| group.value.clone()),
            window,
            sender: sender.clone(),
            base: Version::freeze(&issue.base, sender),
            translations: translations
                .map(|checked| Version::freeze(checked, sender))
                .collect(),
        };
        edition.digest = Digest::of(&edition);
        edition
    }

    /// All languages, the base first.
    pub fn versions(&self) -> impl Iterator<Item = &Version> {
        std::iter::once(&self.base).chain(&self.translations)
    }
}

impl Version {
    fn freeze(checked: &CheckedBulletin, sender: &Sender) -> Self {
        let bulletin = checked.bulletin();
        let bodies = render::render(checked, sender);
        let greeting = bulletin.greeting.as_ref().map(|greeting| Greeting {
            with_name: greeting.text.value.clone(),
            without: greeting
                .fallback
                .as_ref()
                .unwrap_or(&greeting.text)
                .value
                .clone(),
        });
        let domain = sender.address.domain();
        let logo = sender.brand.logo.as_ref().map(|logo| &logo.source);
        let logo = logo.and_then(|source| match source {
            LogoSource::Embedded(image) => Some(image),
            LogoSource::Linked(_) => None,
        });
        let mut images: Vec<Embedded> = Vec::new();
        for image in logo
            .into_iter()
            .chain(bulletin.pictures().map(|picture| &picture.image))
        {
            let content_id = image.content_id(domain);
            if images.iter().all(|known| known.content_id != content_id) {
                images.push(Embedded {
                    content_id,
                    image: image.clone(),
                });
            }
        }
        Self {
            images,
            language: bulletin.language.value.clone(),
            subject: bulletin.subject.value.clone(),
            greeting,
            outline: Outline::new(bulletin, sender),
            text: Template::new(&bodies.text),
            html: Template::new(&bodies.html),
            bodies,
        }
    }

    /// An HTML body, or a page around it, with the pictures inside (RFC 2397):
    /// for looking at it where no letter is. Mail programs don't show these.
    pub fn with_pictures(&self, html: &str) -> String {
        self.images.iter().fold(html.to_owned(), |html, embedded| {
            let data = STANDARD.encode(&embedded.image.bytes);
            let kind = embedded.image.kind.media_type();
            let inside = format!("data:{kind};base64,{data}");
            html.replace(&format!("cid:{}", embedded.content_id), &inside)
        })
    }
}
