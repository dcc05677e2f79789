//! The one type of e-mail address, stricter than the grammar: whatever could
//! end a header or a command, or hide from a reader, is refused once, here.

use std::fmt;
use std::str::FromStr;

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

/// The longest local part, in octets (RFC 5321, 4.5.3.1.1).
const MAX_LOCAL: usize = 64;
/// The longest address, in octets: a path of 256 less its brackets (RFC 5321, 4.5.3.1.3).
const MAX_ADDRESS: usize = 254;

/// An address that mail can be sent to: a dot-atom (RFC 5322, 3.2.3; with the
/// characters of RFC 6531, 3.3), `@`, and a domain of at least two labels,
/// kept as A-labels (RFC 5890).
#[derive(Clone, PartialEq, Eq)]
pub struct EmailAddress(lettre::Address);

/// Why something is no address that mail can be sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// There is no `@`.
    #[error("it has no @")]
    NoAt,
    /// The part before the `@` is empty, or has a dot at its ends or two in a row.
    #[error("the part before the @ is empty or has a dot too many")]
    LocalDots,
    /// A character that the part before the `@` can't have.
    #[error("the part before the @ can't have the character {0:?}")]
    LocalChar(char),
    /// The part before the `@`, or the whole, is too long.
    #[error("it is too long: 64 octets may stand before the @, 254 in all")]
    TooLong,
    /// The domain is not one of the public Internet.
    #[error("the part after the @ is no domain")]
    Domain,
}

impl EmailAddress {
    /// The part before the `@`, as written.
    pub fn local_part(&self) -> &str {
        self.0.user()
    }

    /// The domain in A-labels, lower case.
    pub fn domain(&self) -> &str {
        self.0.domain()
    }

    /// Says whether the domain is kept for examples (RFC 2606, 2 and 3): nobody is there.
    pub fn is_of_examples(&self) -> bool {
        let domain = self.domain();
        let top = domain.rsplit('.').next();
        let within = |example: &str| domain == example || domain.ends_with(&format!(".{example}"));
        matches!(top, Some("example" | "invalid" | "test"))
            || ["example.org", "example.com", "example.net"]
                .into_iter()
                .any(within)
    }

    /// What two spellings of one mailbox have in common: the whole in lower case.
    pub fn key(&self) -> String {
        format!("{}@{}", self.local_part().to_lowercase(), self.domain())
    }

    /// The same as lettre's type, for envelopes.
    pub fn as_lettre(&self) -> &lettre::Address {
        &self.0
    }
}

impl FromStr for EmailAddress {
    type Err = AddressError;

    fn from_str(written: &str) -> Result<Self, AddressError> {
        let (local, domain) = written.trim().rsplit_once('@').ok_or(AddressError::NoAt)?;
        if let Some(bad) = local.chars().find(|&char| char != '.' && !is_atext(char)) {
            return Err(AddressError::LocalChar(bad));
        }
        if local.split('.').any(str::is_empty) {
            return Err(AddressError::LocalDots);
        }
        let domain = Uts46::new()
            .to_ascii(
                domain.as_bytes(),
                AsciiDenyList::STD3,
                Hyphens::Check,
                DnsLength::Verify,
            )
            .map_err(|_| AddressError::Domain)?;
        let (_, top) = domain.rsplit_once('.').ok_or(AddressError::Domain)?;
        if top.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(AddressError::Domain); // an IP address
        }
        if local.len() > MAX_LOCAL || local.len() + 1 + domain.len() > MAX_ADDRESS {
            return Err(AddressError::TooLong);
        }
        lettre::Address::new(local, domain)
            .map(Self)
            .map_err(|_| AddressError::Domain)
    }
}

/// `atext` of RFC 5322, 3.2.3, or a character beyond ASCII that can be seen.
fn is_atext(char: char) -> bool {
    if char.is_ascii() {
        char.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(char)
    } else {
        !(char.is_control() || char.is_whitespace() || crate::diagnostic::is_unseen(char))
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}@{}", self.local_part(), self.domain())
    }
}

/// Masked, so that no log shows who subscribes.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.local_part().chars().next().unwrap_or('?');
        write!(out, "{first}***@{}", self.domain())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_in_one_form() {
        let address: EmailAddress = " Anna.O'Neil+news@Bücher.Example.ORG ".parse().unwrap();
        assert_eq!(
            address.to_string(),
            "Anna.O'Neil+news@xn--bcher-kva.example.org"
        );
        assert_eq!(address.key(), "anna.o'neil+news@xn--bcher-kva.example.org");
        assert_eq!(format!("{address:?}"), "A***@xn--bcher-kva.example.org");
        assert_eq!(
            "dörte@example.org"
                .parse::<EmailAddress>()
                .unwrap()
                .local_part(),
            "dörte"
        );
    }

    #[test]
    fn the_domains_of_examples_are_known() {
        let is = |written: &str| written.parse::<EmailAddress>().unwrap().is_of_examples();
        assert!(is("a@example.org") && is("a@mail.example.com") && is("a@x.test"));
        assert!(!is("a@myexample.org") && !is("a@example.org.uk"));
    }

    #[test]
    fn what_could_do_harm_is_refused() {
        use AddressError::*;
        for (written, error) in [
            ("", NoAt),
            ("anna", NoAt),
            ("@example.org", LocalDots),
            (".a@example.org", LocalDots),
            ("a..b@example.org", LocalDots),
            ("a b@example.org", LocalChar(' ')),
            ("a\r\nRCPT TO:<x@example.org>@example.org", LocalChar('\r')),
            ("a@b@example.org", LocalChar('@')),
            ("<a@example.org", LocalChar('<')),
            ("\"a b\"@example.org", LocalChar('"')),
            ("a\0@example.org", LocalChar('\0')),
            ("a\u{202E}b@example.org", LocalChar('\u{202E}')),
            ("a@example", Domain),
            ("a@[192.0.2.1]", Domain),
            ("a@192.0.2.1", Domain),
            ("a@example.org>", Domain),
            ("a@exa mple.org", Domain),
            ("a@example.org\r\nX: y", Domain),
            ("a@-example.org", Domain),
            ("a@example..org", Domain),
            ("a@example.org.", Domain),
            ("a@", Domain),
            ("a@ex_ample.org", Domain),
        ] {
            assert_eq!(written.parse::<EmailAddress>(), Err(error), "{written:?}");
        }
        let long = format!("{}@example.org", "a".repeat(65));
        assert_eq!(long.parse::<EmailAddress>(), Err(TooLong));
    }
}
