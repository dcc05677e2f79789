//! The keys of signatures: RSA (RFC 8301) and Ed25519 (RFC 8463), read from PEM.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::error::KeyRejected;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;

/// The most bytes of an RSA modulus: what each mailbox must be able to verify (RFC 8301, 3.2).
const LARGEST: usize = 512;

/// The fewest bytes of an RSA exponent that is 65537 or more.
const EXPONENT: usize = 3;

/// A private key, checked.
pub(super) enum Key {
    /// RSA of 2048 to 4096 bits.
    Rsa(Box<RsaKeyPair>),
    /// Ed25519.
    Ed25519(Box<Ed25519KeyPair>),
}

/// Why something is no key that letters can be signed with. It holds no part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// There is no PEM with a private key.
    #[error(
        "it holds no private key in PEM: that begins with -----BEGIN PRIVATE KEY----- or -----BEGIN RSA PRIVATE KEY-----"
    )]
    NoKey,
    /// The key that everybody may have.
    #[error("it holds a public key, and signing needs the private one")]
    Public,
    /// The key is behind a passphrase.
    #[error(
        "the key is locked by a passphrase, which nobody could type at night: write it anew with openssl pkcs8 -topk8 -nocrypt"
    )]
    Encrypted,
    /// Several keys, of which one would be taken by chance.
    #[error("it holds more than one private key, and each selector has one")]
    Several,
    /// RSA with a modulus or an exponent that is too small.
    #[error(
        "the RSA key is too small: mailboxes need 2048 bits, with the exponent 65537 (RFC 8301, 3.2)"
    )]
    TooSmall,
    /// RSA with a modulus that is too large.
    #[error(
        "the RSA key is too large: 4096 bits are the most that can be used, and 2048 serve everybody"
    )]
    TooLarge,
    /// Another algorithm, such as ECDSA.
    #[error("the key is neither RSA nor Ed25519, and DKIM has no others (RFC 8463)")]
    Algorithm,
    /// Anything else.
    #[error("the key is damaged, or neither RSA nor Ed25519: DKIM has no others (RFC 8463)")]
    Damaged,
}

impl Key {
    /// Takes a key in PEM: PKCS#8 for both, PKCS#1 for RSA. It is tried once.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub(super) fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        if String::from_utf8_lossy(pem).contains("ENCRYPTED") {
            return Err(KeyError::Encrypted);
        }
        let mut keys = PrivateKeyDer::pem_slice_iter(pem);
        let first = match keys.next() {
            Some(first) => first.map_err(|_| KeyError::Damaged)?,
            None if String::from_utf8_lossy(pem).contains("PUBLIC KEY-----") => {
                return Err(KeyError::Public);
            }
            None => return Err(KeyError::NoKey),
        };
        if keys.next().is_some() {
            return Err(KeyError::Several);
        }
        let key = match &first {
            PrivateKeyDer::Pkcs1(der) => Self::rsa(RsaKeyPair::from_der(der.secret_pkcs1_der())?)?,
            PrivateKeyDer::Pkcs8(der) => {
                let der = der.secret_pkcs8_der();
                match RsaKeyPair::from_pkcs8(der) {
                    Err(error) if is(error, "WrongAlgorithm") => {
                        Self::Ed25519(Box::new(Ed25519KeyPair::from_pkcs8(der)?))
                    }
                    other => Self::rsa(other?)?,
                }
            }
            _ => return Err(KeyError::Algorithm),
        };
        // Some faults of an RSA key come out when it signs.
        key.sign(b"").ok_or(KeyError::Damaged)?;
        Ok(key)
    }

    fn rsa(pair: RsaKeyPair) -> Result<Self, KeyError> {
        let exponent = pair.public_key().exponent();
        if exponent.big_endian_without_leading_zero().len() < EXPONENT {
            return Err(KeyError::TooSmall);
        }
        if pair.public_modulus_len() > LARGEST {
            return Err(KeyError::TooLarge);
        }
        Ok(Self::Rsa(Box::new(pair)))
    }

    /// The name of the algorithm in `a=` (RFC 6376, 3.3; RFC 8463, 3).
    pub(super) fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "rsa-sha256",
            Self::Ed25519(_) => "ed25519-sha256",
        }
    }

    /// Signs the canonical form of the fields; the same words have the same
    /// signature each time (RFC 8017, 8.2; RFC 8032, 5.1.6). Nothing if the key is damaged.
    pub(super) fn sign(&self, words: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(
                    &RSA_PKCS1_SHA256,
                    &SystemRandom::new(),
                    words,
                    &mut signature,
                )
                .ok()?;
                Some(signature)
            }
            // The digest itself is what Ed25519 signs (RFC 8463, 3).
            Self::Ed25519(pair) => {
                Some(pair.sign(digest(&SHA256, words).as_ref()).as_ref().to_vec())
            }
        }
    }

    /// What the TXT record of the public key says (RFC 6376, 3.6.1; RFC 8463, 4.2).
    pub(super) fn record(&self) -> String {
        let (kind, public) = match self {
            Self::Rsa(pair) => {
                let public: Result<PublicKeyX509Der<'_>, _> = pair.public_key().as_der();
                let public = public.expect("a key that was read can be written");
                ("rsa", STANDARD.encode(&*public))
            }
            Self::Ed25519(pair) => ("ed25519", STANDARD.encode(pair.public_key())),
        };
        format!("v=DKIM1; k={kind}; p={public}")
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Key({}, ***)", self.algorithm())
    }
}

impl From<KeyRejected> for KeyError {
    fn from(error: KeyRejected) -> Self {
        if is(error, "TooSmall") {
            Self::TooSmall
        } else if is(error, "TooLarge") {
            Self::TooLarge
        } else if is(error, "WrongAlgorithm") {
            Self::Algorithm
        } else {
            Self::Damaged
        }
    }
}

/// aws-lc-rs names its reasons in words alone; tests hold those that count here.
fn is(error: KeyRejected, reason: &str) -> bool {
    error.to_string() == reason
}

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! fixture {
        ($name:literal) => {
            include_bytes!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/fixtures/keys/",
                $name
            ))
        };
    }

    #[test]
    fn keys_are_read_in_every_form_that_openssl_writes() {
        let [long, short, one, two] = [
            &fixture!("rsa2048.pem")[..],
            fixture!("rsa2048_pkcs1.pem"),
            fixture!("ed25519.pem"),
            fixture!("ed25519_v2.pem"),
        ]
        .map(|pem| Key::from_pem(pem).unwrap());
        assert_eq!(long.algorithm(), "rsa-sha256");
        assert_eq!(long.sign(b"x"), short.sign(b"x"));
        assert_eq!(one.algorithm(), "ed25519-sha256");
        assert_eq!(one.sign(b"x"), two.sign(b"x"));
        assert_eq!(format!("{long:?}"), "Key(rsa-sha256, ***)");
    }

    #[test]
    fn what_is_published_is_what_openssl_publishes() {
        let key = Key::from_pem(fixture!("rsa2048.pem")).unwrap();
        let public: String = std::str::from_utf8(fixture!("rsa2048_public.pem"))
            .unwrap()
            .lines()
            .filter(|line| !line.contains(['-', ' ']))
            .collect();
        assert_eq!(key.record(), format!("v=DKIM1; k=rsa; p={public}"));
        // RFC 8463, A.2.
        let key = Key::from_pem(fixture!("ed25519.pem")).unwrap();
        assert_eq!(
            key.record(),
            "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
        );
    }

    #[test]
    fn what_dkim_cannot_use_is_refused_with_the_reason() {
        let rsa = fixture!("rsa2048.pem");
        for (pem, error) in [
            (&b""[..], KeyError::NoKey),
            (b"MIIE", KeyError::NoKey),
            (
                b"\xFF-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----\n",
                KeyError::NoKey,
            ),
            (fixture!("rsa2048_public.pem"), KeyError::Public),
            (fixture!("rsa2048_locked.pem"), KeyError::Encrypted),
            (fixture!("rsa2048_locked_pkcs1.pem"), KeyError::Encrypted),
            (&[&rsa[..], rsa].concat(), KeyError::Several),
            (fixture!("rsa1024.pem"), KeyError::TooSmall),
            (fixture!("rsa2048_exponent3.pem"), KeyError::TooSmall),
            (fixture!("rsa6144.pem"), KeyError::TooLarge),
            (fixture!("p256.pem"), KeyError::Algorithm),
            (
                b"-----BEGIN EC PRIVATE KEY-----\nMIIE\n-----END EC PRIVATE KEY-----\n",
                KeyError::Algorithm,
            ),
            (
                b"-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n",
                KeyError::Damaged,
            ),
            (
                b"-----BEGIN PRIVATE KEY-----\n?\n-----END PRIVATE KEY-----\n",
                KeyError::Damaged,
            ),
            (&rsa[..1_000], KeyError::Damaged),
        ] {
            let told = String::from_utf8_lossy(pem);
            assert_eq!(Key::from_pem(pem).err(), Some(error), "{told}");
        }
    }

    /// A key of which one byte is another either signs as before or is refused.
    #[test]
    fn a_damaged_rsa_key_signs_nothing_wrong() {
        use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

        let PrivateKeyDer::Pkcs8(der) =
            PrivateKeyDer::from_pem_slice(fixture!("rsa2048.pem")).unwrap()
        else {
            panic!("openssl writes PKCS#8")
        };
        let der = der.secret_pkcs8_der().to_vec();
        let sound = RsaKeyPair::from_pkcs8(&der).unwrap();
        let public =
            UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, sound.public_key().as_ref());
        let mut refused = 0;
        for at in (0..der.len()).step_by(97) {
            let mut other = der.clone();
            other[at] ^= 4;
            let text = format!(
                "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
                STANDARD.encode(other)
            );
            match Key::from_pem(text.as_bytes()) {
                Ok(key) => public.verify(b"x", &key.sign(b"x").unwrap()).unwrap(),
                Err(_) => refused += 1,
            }
        }
        assert!(refused > 5, "{refused}");
    }
}
