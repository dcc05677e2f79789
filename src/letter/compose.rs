//! Composes letters: what is the same for all is written once, then each
//! person's letter is a splice.

use chrono::{DateTime, FixedOffset};
use lettre::address::Envelope;
use maud::html;

use super::{Letter, header};
use crate::edition::{Edition, Template};
use crate::people::{Recipient, Secret, Token};
use crate::render::{self, Bodies, Slot};

/// All of an edition that its letters share.
#[derive(Debug)]
pub struct Composer<'e> {
    edition: &'e Edition,
    secret: &'e Secret,
    /// Before the recipient's own fields.
    head: String,
    /// Between those and the plain body.
    middle: String,
    /// Between the bodies.
    between: String,
    /// After them.
    end: String,
    reverse_path: lettre::Address,
}

impl<'e> Composer<'e> {
    /// Writes what all letters share. `date` is the moment at which the edition
    /// began; with the same edition, date and secret, a person's letter is the
    /// same bytes each time.
    pub fn new(edition: &'e Edition, date: DateTime<FixedOffset>, secret: &'e Secret) -> Self {
        let sender = &edition.sender;
        let mut head = format!("Date: {}\r\n", date.format("%a, %d %b %Y %H:%M:%S %z"));
        head += &header::mailbox("From", Some(&sender.name), &sender.address);
        if let Some(reply_to) = &sender.reply_to {
            head += &header::mailbox("Reply-To", None, reply_to);
        }
        head += &header::text("Subject", &edition.subject);

        // `=_` can't stand in quoted-printable text, so no body can hold the boundary (RFC 2045, 6.7).
        let boundary = format!(
            "=_{}",
            hex(&secret.derive("boundary", &[&edition.id, &edition.digest.to_string()]))
        );
        let list_id = format!("<{}>", sender.list_id);
        let mut middle = header::words("List-Id", &[&list_id]);
        if sender.unsubscribe_url.is_some() {
            middle += "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n";
        }
        middle += "Precedence: bulk\r\n";
        middle += &header::words("Content-Language", &[edition.language.tag()]);
        middle += "MIME-Version: 1.0\r\n";
        middle +=
            &format!("Content-Type: multipart/alternative;\r\n boundary=\"{boundary}\"\r\n\r\n");
        middle += &part(&boundary, "plain");
        Self {
            edition,
            secret,
            head,
            middle,
            between: format!("\r\n{}", part(&boundary, "html")),
            end: format!("\r\n--{boundary}--\r\n"),
            reverse_path: sender.envelope.as_lettre().clone(),
        }
    }

    /// Writes the letter to one person.
    pub fn compose(&self, recipient: &Recipient) -> Letter {
        let Edition {
            id,
            sender,
            text,
            html,
            ..
        } = self.edition;
        let key = recipient.address.key();
        let token = self.token(recipient);
        let message_id = format!(
            "{}@{}",
            hex(&self.secret.derive("message-id", &[id, &key])),
            sender.address.domain()
        );

        let mut bytes = Vec::with_capacity(
            text.len() + html.len() + self.head.len() + self.middle.len() + 1_024,
        );
        bytes.extend_from_slice(self.head.as_bytes());
        let to = header::mailbox("To", recipient.name.as_ref(), &recipient.address);
        bytes.extend_from_slice(to.as_bytes());
        bytes.extend_from_slice(
            header::words("Message-ID", &[&format!("<{message_id}>")]).as_bytes(),
        );
        bytes.extend_from_slice(self.list_unsubscribe(token.as_str()).as_bytes());
        bytes.extend_from_slice(self.middle.as_bytes());

        let greeting = self.greeting(recipient);
        self.splice(&mut bytes, text, &as_text(&greeting), token.as_str());
        bytes.extend_from_slice(self.between.as_bytes());
        self.splice(&mut bytes, html, &as_html(&greeting), token.as_str());
        bytes.extend_from_slice(self.end.as_bytes());

        let forward_path = recipient.address.as_lettre().clone();
        let envelope = Envelope::new(Some(self.reverse_path.clone()), vec![forward_path])
            .expect("there is one forward-path");
        Letter {
            envelope,
            message_id,
            bytes,
        }
    }

    /// The bodies of the letter to one person as its reader sees them: decoded, lines ended by `\n`.
    pub fn bodies(&self, recipient: &Recipient) -> Bodies {
        let token = self.token(recipient);
        let greeting = self.greeting(recipient);
        let fill = |body: &str, greeting: &str| {
            body.replace(Slot::Greeting.char(), greeting)
                .replace(Slot::Token.char(), token.as_str())
        };
        Bodies {
            text: fill(&self.edition.bodies.text, &as_text(&greeting)),
            html: fill(&self.edition.bodies.html, &as_html(&greeting)),
        }
    }

    fn token(&self, recipient: &Recipient) -> Token {
        self.secret
            .unsubscribe_token(&self.edition.sender.list_id, &recipient.address.key())
    }

    /// The line by which a person is greeted; empty where the edition greets nobody.
    fn greeting(&self, recipient: &Recipient) -> String {
        let name = recipient.name.as_ref().map(|name| name.as_str());
        let greeting = self.edition.greeting.as_ref();
        greeting
            .map(|greeting| greeting.line(name))
            .unwrap_or_default()
    }

    fn splice(&self, out: &mut Vec<u8>, template: &Template, greeting: &str, token: &str) {
        template.splice(out, |slot| match slot {
            Slot::Greeting => greeting,
            Slot::Token => token,
        });
    }

    /// The ways off the list (RFC 2369, 3.2), the one by a click first (RFC 8058, 3.1).
    fn list_unsubscribe(&self, token: &str) -> String {
        let sender = &self.edition.sender;
        let mailto = format!("<{}>", sender.unsubscribe_mailto(token));
        match sender.unsubscribe_https(token) {
            Some(url) => header::words("List-Unsubscribe", &[&format!("<{url}>,"), &mailto]),
            None => header::words("List-Unsubscribe", &[&mailto]),
        }
    }
}

/// A greeting as a paragraph of the plain body.
fn as_text(greeting: &str) -> String {
    render::wrap("", "", greeting)
}

/// A greeting as the words of an HTML paragraph.
fn as_html(greeting: &str) -> String {
    html! { (greeting) }.into_string()
}

fn part(boundary: &str, subtype: &str) -> String {
    format!(
        "--{boundary}\r\nContent-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
