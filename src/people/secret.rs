//! The key of an installation, and what is derived from it for each person:
//! tokens that nobody else can make and that say nothing about their owner.

use std::fmt;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// 256 bits that only this installation knows.
#[derive(Clone)]
pub struct Secret {
    keyed: hmac::Key,
}

/// What an unsubscribe link or mail carries: 128 bits as 22 characters of the
/// URL-safe base64 alphabet (RFC 4648, 5), so that they need no escape anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token(String);

impl Secret {
    /// Takes the bytes of a key.
    pub fn new(key: [u8; 32]) -> Self {
        Self {
            keyed: hmac::Key::new(hmac::HMAC_SHA256, &key),
        }
    }

    /// Makes the bytes of a new key, which nobody can guess.
    ///
    /// # Errors
    /// The system has no randomness to give.
    pub fn random_bytes() -> std::io::Result<[u8; 32]> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(bytes)
    }

    /// The key of previews: known to all, so that a token made with it removes nobody.
    pub fn for_previews() -> Self {
        Self::new([0; 32])
    }

    /// Derives 128 bits for a purpose from some texts (HMAC-SHA-256, RFC 2104, cut to its first half).
    pub fn derive(&self, purpose: &str, texts: &[&str]) -> [u8; 16] {
        let mut mac = hmac::Context::with_key(&self.keyed);
        for text in std::iter::once(&purpose).chain(texts) {
            mac.update(&(text.len() as u64).to_be_bytes()); // so that no two lists of texts run together
            mac.update(text.as_bytes());
        }
        let mut half = [0; 16];
        half.copy_from_slice(&mac.sign().as_ref()[..16]);
        half
    }

    /// The token by which one address leaves one list.
    pub fn unsubscribe_token(&self, list_id: &str, address_key: &str) -> Token {
        Token(URL_SAFE_NO_PAD.encode(self.derive("unsubscribe", &[list_id, address_key])))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(***)")
    }
}

impl Token {
    /// The 22 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_by_key_list_and_person() {
        let secret = Secret::new([7; 32]);
        let token = secret.unsubscribe_token("prayer.example.org", "anna@example.org");
        assert_eq!(token.as_str().len(), 22);
        assert!(
            token
                .as_str()
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        );
        assert_eq!(
            token,
            secret.unsubscribe_token("prayer.example.org", "anna@example.org")
        );
        assert_ne!(
            token,
            secret.unsubscribe_token("prayer.example.orga", "nna@example.org")
        );
        assert_ne!(
            token,
            secret.unsubscribe_token("other.example.org", "anna@example.org")
        );
        assert_ne!(
            token,
            Secret::for_previews().unsubscribe_token("prayer.example.org", "anna@example.org")
        );
    }

    #[test]
    fn the_derivation_is_hmac_sha_256() {
        // python3: hmac.new(bytes(32), b"\0\0\0\0\0\0\0\1p" + b"\0\0\0\0\0\0\0\1x", "sha256").hexdigest()[:32]
        let hex: String = Secret::for_previews()
            .derive("p", &["x"])
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(hex, "e5f3c3d70c983d1915f00b9633506727");
    }
}
