//! Composes letters: each is a splice of what is frozen and what is one person's.

use chrono::Utc;
use lettre::address::Envelope;
use maud::html;

use super::frozen::ThawError;
use super::{Frozen, Letter, Signer, Unaligned, header};
use crate::edition::Template;
use crate::people::{Recipient, Secret, Token};
use crate::render::{self, Bodies, Slot};

/// Makes the letters of an edition.
#[derive(Debug)]
pub struct Composer<'e> {
    frozen: &'e Frozen,
    secret: &'e Secret,
    signer: &'e Signer,
    /// When the letters say that they were signed, in seconds since 1970.
    signed_at: Option<u64>,
    reverse_path: lettre::Address,
}

/// Why no letters can be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ComposeError {
    /// The frozen edition can't be understood.
    #[error(transparent)]
    Thaw(#[from] ThawError),
    /// A key would sign for another domain than the sender's.
    #[error(transparent)]
    Unaligned(#[from] Unaligned),
}

impl<'e> Composer<'e> {
    /// Takes an edition, the key of the installation, and the keys that sign.
    /// With the same three, a person's letter is the same bytes each time.
    ///
    /// Letters are signed with the edition's Date for `t=`, and without one
    /// where the clock says by now that this is still to come: a verifier may
    /// refuse a signature from the future (RFC 6376, 3.5).
    ///
    /// # Errors
    /// The frozen edition has no envelope or no date, or a key is not one of
    /// its sender's domain.
    pub fn new(
        frozen: &'e Frozen,
        secret: &'e Secret,
        signer: &'e Signer,
    ) -> Result<Self, ComposeError> {
        signer.covers(frozen)?;
        let began = frozen.began()?;
        let signed_at = Some(began).filter(|began| *began <= Utc::now());
        Ok(Self {
            frozen,
            secret,
            signer,
            signed_at: signed_at.and_then(|began| began.timestamp().try_into().ok()),
            reverse_path: frozen.reverse_path()?.as_lettre().clone(),
        })
    }

    /// Writes the letter to one person.
    pub fn compose(&self, recipient: &Recipient) -> Letter {
        let frozen = self.frozen;
        let key = recipient.address.key();
        let token = self.token(recipient);
        let message_id = frozen.message_id(self.secret, &key);

        let fixed = frozen.head.len()
            + frozen.middle.len()
            + frozen.text.fixed_len()
            + frozen.html.fixed_len()
            + frozen.between.len()
            + frozen.end.len();
        let mut bytes = Vec::with_capacity(fixed + 2_048);
        bytes.extend_from_slice(frozen.head.as_bytes());
        let to = header::mailbox("To", recipient.name.as_ref(), &recipient.address);
        bytes.extend_from_slice(to.as_bytes());
        let id = header::words("Message-ID", &[&format!("<{message_id}>")]);
        bytes.extend_from_slice(id.as_bytes());
        bytes.extend_from_slice(self.list_unsubscribe(token.as_str()).as_bytes());
        bytes.extend_from_slice(frozen.middle.as_bytes());
        let greeting = self.greeting(recipient);
        splice(
            &mut bytes,
            &frozen.text,
            &as_text(&greeting),
            token.as_str(),
        );
        bytes.extend_from_slice(frozen.between.as_bytes());
        splice(
            &mut bytes,
            &frozen.html,
            &as_html(&greeting),
            token.as_str(),
        );
        bytes.extend_from_slice(frozen.end.as_bytes());

        let forward_path = recipient.address.as_lettre().clone();
        let envelope = Envelope::new(Some(self.reverse_path.clone()), vec![forward_path])
            .expect("there is one forward-path");
        Letter {
            envelope,
            message_id,
            bytes: self.signer.sign(bytes, self.signed_at),
        }
    }

    /// The bodies of the letter to one person as its reader sees them: `bodies`
    /// as they were rendered, filled in, lines ended by `\n`.
    pub fn bodies(&self, bodies: &Bodies, recipient: &Recipient) -> Bodies {
        let token = self.token(recipient);
        let greeting = self.greeting(recipient);
        let fill = |body: &str, greeting: &str| {
            body.replace(Slot::Greeting.char(), greeting)
                .replace(Slot::Token.char(), token.as_str())
        };
        Bodies {
            text: fill(&bodies.text, &as_text(&greeting)),
            html: fill(&bodies.html, &as_html(&greeting)),
        }
    }

    fn token(&self, recipient: &Recipient) -> Token {
        self.secret
            .unsubscribe_token(&self.frozen.list_id, &recipient.address.key())
    }

    /// The line by which a person is greeted; empty where the edition greets nobody.
    fn greeting(&self, recipient: &Recipient) -> String {
        let name = recipient.name.as_ref().map(|name| name.as_str());
        let greeting = self.frozen.greeting.as_ref();
        greeting
            .map(|greeting| greeting.line(name))
            .unwrap_or_default()
    }

    /// The ways off the list (RFC 2369, 3.2), the one by a click first (RFC 8058, 3.1).
    fn list_unsubscribe(&self, token: &str) -> String {
        let (before, after) = &self.frozen.unsubscribe_mailto;
        let mailto = format!("<{before}{token}{after}>");
        match &self.frozen.unsubscribe_https {
            Some((before, after)) => header::words(
                "List-Unsubscribe",
                &[&format!("<{before}{token}{after}>,"), &mailto],
            ),
            None => header::words("List-Unsubscribe", &[&mailto]),
        }
    }
}

fn splice(out: &mut Vec<u8>, template: &Template, greeting: &str, token: &str) {
    template.splice(out, |slot| match slot {
        Slot::Greeting => greeting,
        Slot::Token => token,
    });
}

/// A greeting as a paragraph of the plain body.
fn as_text(greeting: &str) -> String {
    render::wrap("", "", greeting)
}

/// A greeting as the words of an HTML paragraph.
fn as_html(greeting: &str) -> String {
    html! { (greeting) }.into_string()
}
