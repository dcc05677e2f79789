//! What all letters of an edition share, frozen as it will be sent: what the
//! ledger keeps, so that a letter is the same bytes whatever the files, the
//! settings or the program say later.

use chrono::{DateTime, FixedOffset};

use super::header;
use super::related::Related;
use crate::edition::{Edition, Greeting, Outline, Template, Version};
use crate::people::{EmailAddress, Secret};

/// Where a token goes.
const TOKEN: &str = "{token}";

/// An edition in one language, ready to become letters.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Frozen {
    /// What tells the edition from all others.
    pub(super) edition: String,
    /// The line in the inbox.
    pub subject: String,
    /// The plain body as it was rendered, for people who compare.
    pub words: String,
    /// What it says, in parts, for those who compare editions. One that an
    /// earlier program has frozen has none.
    #[serde(default)]
    pub outline: Option<Outline>,
    /// The list, for the tokens.
    pub(super) list_id: String,
    /// The domain of Message-IDs.
    pub(super) domain: String,
    /// The reverse-path.
    envelope: String,
    /// How each person is addressed.
    pub(super) greeting: Option<Greeting>,
    /// The mail that takes its writer off the list, around the token.
    pub(super) unsubscribe_mailto: (String, String),
    /// The https address that does, around the token.
    pub(super) unsubscribe_https: Option<(String, String)>,
    /// The header fields before the recipient's own.
    pub(super) head: String,
    /// Those behind them, and the head of the plain body.
    pub(super) middle: String,
    /// The plain body.
    pub(super) text: Template,
    /// Between the bodies.
    pub(super) between: String,
    /// The HTML body.
    pub(super) html: Template,
    /// After them.
    pub(super) end: String,
}

/// Bytes that are no frozen edition.
#[derive(Debug, thiserror::Error)]
#[error("the edition in the ledger can't be understood: {0}")]
pub struct ThawError(String);

impl ThawError {
    /// The language of a version is no language tag.
    pub fn language(tag: &str) -> Self {
        Self(format!("{tag:?} is no language"))
    }
}

impl Frozen {
    /// Writes what all letters in one language of an edition share. `date` is the moment at which the edition
    /// begins; the same edition, date and secret give the same bytes.
    pub fn new(
        edition: &Edition,
        version: &Version,
        date: DateTime<FixedOffset>,
        secret: &Secret,
    ) -> Self {
        let sender = &edition.sender;
        let mut head = format!("Date: {}\r\n", date.format("%a, %d %b %Y %H:%M:%S %z"));
        head += &header::mailbox("From", Some(&sender.name), &sender.address);
        if let Some(reply_to) = &sender.reply_to {
            head += &header::mailbox("Reply-To", None, reply_to);
        }
        head += &header::text("Subject", &version.subject);

        // `=_` can't stand in quoted-printable text, so no body can hold the boundary (RFC 2045, 6.7).
        let seed = secret.derive("boundary", &[&edition.id, &edition.digest.to_string()]);
        let boundary = format!("=_{}", super::hex(&seed));
        let mut middle = header::words("List-Id", &[&format!("<{}>", sender.list_id)]);
        if sender.unsubscribe_url.is_some() {
            middle += "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n";
        }
        middle += "Precedence: bulk\r\n";
        middle += &header::words("Content-Language", &[version.language.tag()]);
        middle += "MIME-Version: 1.0\r\n";
        middle +=
            &format!("Content-Type: multipart/alternative;\r\n boundary=\"{boundary}\"\r\n\r\n");
        middle += &part(&boundary, "plain");
        let related = Related::new(&version.images, &seed);
        Self {
            edition: edition.id.clone(),
            subject: version.subject.clone(),
            words: version.bodies.text.clone(),
            outline: Some(version.outline.clone()),
            list_id: sender.list_id.clone(),
            domain: sender.address.domain().to_owned(),
            envelope: sender.envelope.to_string(),
            greeting: version.greeting.clone(),
            unsubscribe_mailto: around_token(&sender.unsubscribe_mailto(TOKEN)),
            unsubscribe_https: sender.unsubscribe_url.clone(),
            head,
            middle,
            text: version.text.clone(),
            between: related.before(&boundary),
            html: version.html.clone(),
            end: related.behind(&boundary),
        }
    }

    /// The identity of the letter to one address, without the angle brackets
    /// (RFC 5322, 3.6.4): the same in every language and at every attempt.
    pub fn message_id(&self, secret: &Secret, address_key: &str) -> String {
        let identity = secret.derive("message-id", &[&self.edition, address_key]);
        format!("{}@{}", super::hex(&identity), self.domain)
    }

    /// The bytes to keep.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts and lists of texts are JSON")
    }

    /// Takes bytes that were kept.
    ///
    /// # Errors
    /// They are not what [`Frozen::to_bytes`] gives.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ThawError> {
        let frozen: Self =
            serde_json::from_slice(bytes).map_err(|error| ThawError(error.to_string()))?;
        frozen.reverse_path()?;
        frozen.began()?;
        Ok(frozen)
    }

    /// What differs in another edition, but for subject and text: its name, here, there.
    pub fn differences(&self, other: &Self) -> Vec<(&'static str, String, String)> {
        let greeting = |frozen: &Self| {
            let greeting = frozen.greeting.as_ref();
            greeting.map_or("nobody".to_owned(), |greeting| greeting.line(Some("…")))
        };
        let way_out = |frozen: &Self| {
            let url = &frozen.unsubscribe_https;
            let (before, after) = url.as_ref().unwrap_or(&frozen.unsubscribe_mailto);
            format!("{before}…{after}")
        };
        let all = [
            ("the greeting", greeting(self), greeting(other)),
            (
                "the envelope",
                self.envelope.clone(),
                other.envelope.clone(),
            ),
            ("the list", self.list_id.clone(), other.list_id.clone()),
            ("the way off the list", way_out(self), way_out(other)),
            ("the sender", self.mailboxes(), other.mailboxes()),
        ];
        let mut found: Vec<_> = all
            .into_iter()
            .filter(|(_, here, there)| here != there)
            .collect();
        if self.html != other.html && self.words == other.words {
            let told = |words: &str| words.to_owned();
            found.push((
                "the layout of the HTML",
                told("as it began"),
                told("as the files have it"),
            ));
        }
        found
    }

    /// From and Reply-To, unfolded, a line each.
    fn mailboxes(&self) -> String {
        let unfolded = self.head.replace("\r\n ", " ");
        let lines = unfolded.lines();
        let of_sender = |line: &&str| line.starts_with("From:") || line.starts_with("Reply-To:");
        lines.filter(of_sender).collect::<Vec<_>>().join("\n")
    }

    /// The moment at which the edition began: the one in `Date:`.
    pub(super) fn began(&self) -> Result<DateTime<FixedOffset>, ThawError> {
        let date = self.head.lines().next();
        let date = date.and_then(|line| line.strip_prefix("Date: "));
        date.and_then(|date| DateTime::parse_from_rfc2822(date).ok())
            .ok_or_else(|| ThawError("its head has no date".to_owned()))
    }

    /// The reverse-path of the envelope.
    pub(super) fn reverse_path(&self) -> Result<EmailAddress, ThawError> {
        self.envelope
            .parse()
            .map_err(|_| ThawError("its envelope is no address".to_owned()))
    }
}

fn around_token(written: &str) -> (String, String) {
    let (before, after) = written.split_once(TOKEN).unwrap_or((written, ""));
    (before.to_owned(), after.to_owned())
}

/// The head of a part with a body.
pub(super) fn part(boundary: &str, subtype: &str) -> String {
    format!(
        "--{boundary}\r\nContent-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
}
