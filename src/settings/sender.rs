//! `[sender]`: who writes, where answers and returned mail go, and what the footer must say.

use super::Brand;
use crate::diagnostic::Located;
use crate::document::Fields;
use crate::people::{DisplayName, EmailAddress};

/// The keys of `[sender]`.
pub(super) const KEYS: &[&str] = &[
    "name",
    "address",
    "envelope",
    "reply_to",
    "organisation",
    "postal_address",
    "list_id",
    "unsubscribe",
    "unsubscribe_url",
];

/// Where a token stands in `unsubscribe_url`.
const TOKEN_PLACE: &str = "{token}";

/// Who writes.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The name in `From:`.
    pub name: DisplayName,
    /// The address in `From:`.
    pub address: EmailAddress,
    /// Where returned mail goes: the reverse-path of the envelope (RFC 5321, 3.3).
    pub envelope: EmailAddress,
    /// Where answers go, if not to `address`.
    pub reply_to: Option<EmailAddress>,
    /// The organisation, as the footer names it.
    pub organisation: String,
    /// Its postal address, in one line.
    pub postal_address: String,
    /// The list, for `List-Id:` (RFC 2919): labels and dots.
    pub list_id: String,
    /// Where a mail goes that asks to be taken off the list (RFC 2369, 3.2).
    pub unsubscribe: EmailAddress,
    /// The https address that takes one off the list by one click (RFC 8058),
    /// cut at the place of the token.
    pub unsubscribe_url: Option<(String, String)>,
    /// How the sender's mail looks: `[brand]`, a table of its own in the file.
    pub brand: Brand,
}

impl Sender {
    /// Reads the table; `None` where something required is missing or wrong.
    pub(super) fn read(mut fields: Fields<'_>) -> Option<Self> {
        let address = |fields: &mut Fields<'_>, key, example| {
            fields.parsed(key, example, str::parse::<EmailAddress>)
        };

        let name = fields.required(
            "name",
            "name = \"Prayer Team\"",
            |name| match DisplayName::parse(name) {
                Ok(Some(name)) => Ok(name),
                Ok(None) => Err("it says nothing".to_owned()),
                Err(error) => Err(error.to_string()),
            },
        );
        let from = fields.required(
            "address",
            "address = \"prayer@example.org\"",
            str::parse::<EmailAddress>,
        );
        let envelope = address(
            &mut fields,
            "envelope",
            "envelope = \"bounces@example.org\"",
        );
        let reply_to = address(&mut fields, "reply_to", "reply_to = \"office@example.org\"");
        let organisation = one_line(
            &mut fields,
            "organisation",
            "organisation = \"Example Mission\"",
        );
        let postal_address = one_line(
            &mut fields,
            "postal_address",
            "postal_address = \"1 Example Street, Exampletown\"",
        );
        let list_id = fields.parsed("list_id", "list_id = \"prayer.example.org\"", list_id);
        let unsubscribe = fields.required(
            "unsubscribe",
            "unsubscribe = \"unsubscribe@example.org\"",
            str::parse::<EmailAddress>,
        );
        let unsubscribe_url = fields.parsed(
            "unsubscribe_url",
            "unsubscribe_url = \"https://example.org/u/{token}\"",
            unsubscribe_url,
        );

        let from = from?.value;
        Some(Self {
            name: name?.value,
            envelope: envelope.map_or_else(|| from.clone(), |found| found.value),
            reply_to: reply_to.map(|found| found.value),
            organisation: organisation?.value,
            postal_address: postal_address?.value,
            list_id: list_id.map_or_else(|| default_list_id(&from), |found| found.value),
            unsubscribe: unsubscribe?.value,
            unsubscribe_url: unsubscribe_url.map(|found| found.value),
            address: from,
            brand: Brand::default(), // the table is read beside this one
        })
    }

    /// The mail that takes its writer off the list (RFC 6068): its subject carries the token.
    pub fn unsubscribe_mailto(&self, token: &str) -> String {
        let local: String = percent_encoded(self.unsubscribe.local_part());
        format!(
            "mailto:{local}@{}?subject=unsubscribe%20{token}",
            self.unsubscribe.domain()
        )
    }

    /// The https address that takes one off the list, if there is one.
    pub fn unsubscribe_https(&self, token: &str) -> Option<String> {
        let (before, after) = self.unsubscribe_url.as_ref()?;
        Some(format!("{before}{token}{after}"))
    }

    /// Where the link at the foot of the letter leads.
    pub fn unsubscribe_link(&self, token: &str) -> String {
        self.unsubscribe_https(token)
            .unwrap_or_else(|| self.unsubscribe_mailto(token))
    }
}

/// Writes a local part as a mailto URI takes it (RFC 6068, 2).
fn percent_encoded(local: &str) -> String {
    let mut encoded = String::new();
    for byte in local.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~!$'*+".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

fn one_line(fields: &mut Fields<'_>, key: &str, example: &str) -> Option<Located<String>> {
    fields.required(key, example, |text| {
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.is_empty() {
            Err("it says nothing")
        } else {
            Ok(line)
        }
    })
}

/// Checks a list identifier (RFC 2919, 3): labels of letters, digits and hyphens, two at least.
fn list_id(written: &str) -> Result<String, &'static str> {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    if written.len() <= 255 && written.contains('.') && written.split('.').all(label) {
        Ok(written.to_owned())
    } else {
        Err("it is no name of a list, such as prayer.example.org")
    }
}

/// A list identifier made of the sender's address: `prayer@example.org` is `prayer.example.org`.
fn default_list_id(address: &EmailAddress) -> String {
    let label: String = address
        .local_part()
        .chars()
        .map(|char| {
            if char.is_ascii_alphanumeric() {
                char
            } else {
                '-'
            }
        })
        .collect();
    format!("{label}.{}", address.domain())
}

fn unsubscribe_url(written: &str) -> Result<(String, String), &'static str> {
    let (before, after) = written.split_once(TOKEN_PLACE).ok_or("it has no {token}")?;
    if after.contains(TOKEN_PLACE) {
        return Err("it has {token} twice");
    }
    let plain = |char: char| char.is_ascii_graphic() && !"<>\"\\^`{|}".contains(char);
    if !written.starts_with("https://") || !before.chars().chain(after.chars()).all(plain) {
        return Err("it is no https address, written with letters, digits and % alone");
    }
    // The token may not be part of the host's name: it would reach the resolver.
    let url =
        url::Url::parse(&format!("{before}token{after}")).map_err(|_| "it is no https address")?;
    if url
        .host_str()
        .is_none_or(|host| !host.contains('.') || host.contains("token"))
        || !url.username().is_empty()
    {
        return Err("it is no https address with {token} after the host");
    }
    Ok((before.to_owned(), after.to_owned()))
}
