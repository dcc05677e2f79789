//! `[[dkim]]`: the keys that letters are signed with (RFC 6376), and where they are.

use std::fmt;
use std::path::PathBuf;

use super::folder::Folder;
use super::secret::{self, Kind, SecretError, credential};
use crate::diagnostic::Located;
use crate::document::Fields;
use crate::people::EmailAddress;

/// The keys of `[[dkim]]`.
pub(super) const KEYS: &[&str] = &["selector", "domain", "key_file", "key_credential"];

/// The ways to the private key, by their keys.
const WAYS: [&str; 2] = ["key_file", "key_credential"];

/// A private key, as its files are read: RSA of 4096 bits has 3,272 bytes in PEM.
const KIND: Kind = Kind {
    what: "DKIM key",
    most: 16_384,
};

/// The longest name in the DNS, in octets, written with dots (RFC 1035, 2.3.4).
const MAX_NAME: usize = 253;

/// A key that letters are signed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dkim {
    /// What tells it from the other keys of the domain (RFC 6376, 3.1).
    pub selector: String,
    /// The domain that signs, in A-labels: the sender's, or one above it.
    pub domain: String,
    /// Where the private key is.
    pub key: KeySource,
}

/// Where a private key comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// A file that nobody but its owner can get at.
    File(PathBuf),
    /// A credential of systemd, by its name.
    Credential(String),
}

/// What stands in the file of a private key. It shows itself to nobody who doesn't ask.
#[derive(Clone)]
pub struct PrivateKey(Vec<u8>);

impl KeySource {
    /// Fetches the key, of 16,384 bytes at most; whether it is one is not looked at.
    ///
    /// # Errors
    /// There is none, it is too long, or others can read it.
    pub fn read(&self) -> Result<PrivateKey, SecretError> {
        match self {
            Self::File(path) => KIND.of_file(path),
            Self::Credential(name) => {
                let folder = std::env::var_os(secret::CREDENTIALS);
                KIND.of_credential(name, folder.as_deref())
            }
        }
        .map(PrivateKey)
    }
}

impl fmt::Display for KeySource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(out),
            Self::Credential(name) => write!(out, "the credential {name}"),
        }
    }
}

impl PrivateKey {
    /// The bytes, for signing alone.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("PrivateKey(***)")
    }
}

/// Reads the tables. `sender` is the domain in `From:`; nothing where that can't be read.
pub(super) fn read(tables: Vec<Fields<'_>>, sender: Option<&str>, folder: &Folder) -> Vec<Dkim> {
    let mut keys: Vec<Located<Dkim>> = Vec::new();
    for mut fields in tables {
        let Some(key) = one(&mut fields, sender, folder) else {
            continue;
        };
        let is_same = |other: &&Located<Dkim>| {
            let (one, other) = (&key.value, &other.value);
            one.selector.eq_ignore_ascii_case(&other.selector) && one.domain == other.domain
        };
        if let Some(first) = keys.iter().find(is_same) {
            let reader = fields.reader();
            let told = "the domain has this selector a second time, and there is one key behind it";
            let finding = reader.error("repeated-selector", key.span, told);
            let finding = finding.at(reader.source(), first.span, "first");
            reader.report(finding.help("give each key a selector of its own"));
        }
        keys.push(key);
    }
    keys.into_iter().map(|key| key.value).collect()
}

/// Reads one table; its place is that of the selector.
fn one(fields: &mut Fields<'_>, sender: Option<&str>, folder: &Folder) -> Option<Located<Dkim>> {
    let selector = fields.required("selector", "selector = \"epistle1\"", selector);
    let has_domain = fields.has("domain");
    let example = match sender {
        Some(sender) => format!("domain = \"{sender}\""),
        None => "domain = \"example.org\"".to_owned(),
    };
    let domain = fields.parsed("domain", &example, |written| {
        let domain = domain(written)?;
        match sender {
            Some(sender) if !is_within(sender, &domain) => Err("mailboxes take a signature for the sender only from the domain of its address or one above it (DMARC, RFC 7489, 3.1)"),
            _ => Ok(domain),
        }
    });
    let domain = match domain {
        Some(domain) => Some(domain.value),
        None if has_domain => None,
        None => sender.map(str::to_owned),
    };

    let ways = secret::ways(fields, &WAYS);
    secret::one_way(fields, &ways, "key");
    if ways.is_empty() && !super::hint::has_key(fields) {
        fields.missing(
            "key_file",
            "key_file = \"epistle1.private.pem\", or key_credential",
        );
    }
    let file = fields.parsed("key_file", "key_file = \"epistle1.private.pem\"", |path| {
        if path.contains("-----BEGIN") {
            return Err("here stands the path of a file with the key, not the key itself");
        }
        folder.resolve(path)
    });
    let key_credential = fields.parsed(
        "key_credential",
        "key_credential = \"epistle-dkim\"",
        credential,
    );
    let key = file
        .map(|path| KeySource::File(path.value))
        .or(key_credential.map(|name| KeySource::Credential(name.value)));

    let (selector, domain) = (selector?, domain?);
    let name = record_name(&selector.value, &domain);
    if name.len() > MAX_NAME {
        let why = format!(
            "with the domain it is longer than the {MAX_NAME} characters of a name in the DNS"
        );
        let example = "selector = \"epistle1\"";
        fields.unknown_value("selector", selector.span, &selector.value, why, example);
        return None;
    }
    let place = selector.span;
    let key = Dkim {
        selector: selector.value,
        domain,
        key: key?,
    };
    Some(Located::new(key, place))
}

impl Dkim {
    /// The name in the DNS at which the public key stands (RFC 6376, 3.6.2.1).
    pub fn record_name(&self) -> String {
        record_name(&self.selector, &self.domain)
    }

    /// Says whether mailboxes take the signature for that of a sender of this
    /// domain, in A-labels: the two are the same, or the key's is one above it.
    pub fn is_aligned(&self, sender: &str) -> bool {
        is_within(sender, &self.domain)
    }
}

fn record_name(selector: &str, domain: &str) -> String {
    format!("{selector}._domainkey.{domain}")
}

/// Checks a selector (RFC 6376, 3.1): labels of letters, digits and hyphens (RFC 5321, 4.1.2).
fn selector(written: &str) -> Result<String, &'static str> {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if written.split('.').all(label) {
        Ok(written.to_owned())
    } else {
        Err("it is no name of letters, digits and hyphens, in parts with dots between")
    }
}

/// Reads a domain by the rules of those in addresses, with which it is compared.
fn domain(written: &str) -> Result<String, &'static str> {
    match format!("x@{written}").parse::<EmailAddress>() {
        Ok(address) if !written.contains('@') => Ok(address.domain().to_owned()),
        _ => Err("it is no domain, such as example.org"),
    }
}

/// Says whether a domain is `above`, or below it.
fn is_within(domain: &str, above: &str) -> bool {
    match domain.strip_suffix(above) {
        Some(below) => below.is_empty() || below.ends_with('.'),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_are_labels() {
        for name in ["s1", "2026-12", "brisbane.january", "X", &"a".repeat(63)] {
            assert!(selector(name).is_ok(), "{name}");
        }
        for no_name in [
            "",
            ".",
            "a.",
            ".a",
            "a..b",
            "a_b",
            "-a",
            "a-",
            "a b",
            "ä",
            "s1;d=x",
            &"a".repeat(64),
        ] {
            assert!(selector(no_name).is_err(), "{no_name}");
        }
    }

    #[test]
    fn domains_are_those_of_addresses() {
        assert_eq!(
            domain("Bücher.Example.ORG").as_deref(),
            Ok("xn--bcher-kva.example.org")
        );
        for wrong in [
            "",
            "org",
            "a@example.org",
            "example.org.",
            "ex_ample.org",
            "192.0.2.1",
        ] {
            assert!(domain(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_the_senders_domain_and_those_above_are_aligned() {
        for above in ["mail.example.org", "example.org"] {
            assert!(is_within("mail.example.org", above), "{above}");
        }
        for other in [
            "ample.org",
            "news.example.org",
            "example.net",
            "a.mail.example.org",
        ] {
            assert!(!is_within("mail.example.org", other), "{other}");
        }
    }
}
