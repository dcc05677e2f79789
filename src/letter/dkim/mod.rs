//! Signs letters (DKIM, RFC 6376), so that mailboxes see from whom they come
//! and that nobody has changed them on the way.
//!
//! lettre's own signer reads no PKCS#8, names no field more often than it
//! occurs, and is slower for RSA.
//!
//! The body is hashed anew for each letter: the greeting stands near its top,
//! so no digest of a common beginning would save much of the time that it takes.

mod canonical;
mod field;
mod key;

use aws_lc_rs::digest::{self, SHA256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Frozen;
use crate::settings::{Dkim, SecretError};

use field::Draft;
use key::Key;

pub use key::KeyError;

/// The fields that are named once more than they occur: nobody can add another
/// on the way (RFC 6376, 8.15), not even where a letter has none.
const OVERSIGNED: [&str; 12] = [
    "From",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Reply-To",
    "Message-ID",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "MIME-Version",
    "Content-Type",
];

/// The fields that are signed where a letter has them. Servers may add them
/// where it has none.
const SIGNED: [&str; 3] = [
    "Content-Transfer-Encoding",
    "Content-Language",
    "Precedence",
];

/// The keys of an installation. Without any, letters go unsigned.
#[derive(Debug, Default)]
pub struct Signer {
    keys: Vec<(Dkim, Key)>,
}

/// Why a key of the settings can't be used. It holds no part of the key.
#[derive(Debug, thiserror::Error)]
#[error("letters can't be signed with the DKIM key `{selector}`: {cause}")]
pub struct DkimError {
    /// The selector of the key.
    pub selector: String,
    /// What is wrong.
    cause: Cause,
}

/// Each names the place of the key, once.
#[derive(Debug, thiserror::Error)]
enum Cause {
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error("{place}: {cause}")]
    Key { place: String, cause: KeyError },
}

/// The sender of an edition is not of the domain that would sign its letters.
#[derive(Debug, thiserror::Error)]
#[error(
    "the letters come from {sender}, and the DKIM key `{selector}` is one of {domain}: mailboxes would not take its signature for the sender"
)]
pub struct Unaligned {
    sender: String,
    selector: String,
    domain: String,
}

/// A public key for the DNS.
#[derive(Debug, PartialEq, Eq, serde::Serialize)]
pub struct Record {
    /// The name of the TXT record, without a dot at its end.
    pub name: String,
    /// What it says.
    pub value: String,
}

impl Signer {
    /// No key at all.
    pub fn none() -> &'static Self {
        static NONE: Signer = Signer { keys: Vec::new() };
        &NONE
    }

    /// Reads the keys of the settings.
    ///
    /// # Errors
    /// One can't be read, others can read it, or it is none that DKIM can use.
    pub fn load(keys: &[Dkim]) -> Result<Self, DkimError> {
        let load = |dkim: &Dkim| {
            let key = dkim.key.read().map_err(Cause::from);
            let key = key.and_then(|pem| {
                Key::from_pem(pem.as_bytes()).map_err(|cause| Cause::Key {
                    place: dkim.key.to_string(),
                    cause,
                })
            });
            let key = key.map_err(|cause| DkimError {
                selector: dkim.selector.clone(),
                cause,
            })?;
            Ok((dkim.clone(), key))
        };
        let keys = keys.iter().map(load).collect::<Result<_, _>>()?;
        Ok(Self { keys })
    }

    /// The public keys, in the order of the settings.
    pub fn records(&self) -> Vec<Record> {
        let record = |(dkim, key): &(Dkim, Key)| Record {
            name: dkim.record_name(),
            value: key.record(),
        };
        self.keys.iter().map(record).collect()
    }

    /// Says whether there is a key: letters then take ten times as long.
    pub fn signs(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Looks whether mailboxes take every signature for that of an edition's
    /// sender (DMARC, RFC 7489, 3.1). The settings see to it for their own
    /// sender; an edition that has begun keeps the one it began with.
    ///
    /// # Errors
    /// They would not take one of them.
    pub fn covers(&self, frozen: &Frozen) -> Result<(), Unaligned> {
        let sender = &frozen.domain;
        match self.keys.iter().find(|(dkim, _)| !dkim.is_aligned(sender)) {
            None => Ok(()),
            Some((dkim, _)) => Err(Unaligned {
                sender: sender.clone(),
                selector: dkim.selector.clone(),
                domain: dkim.domain.clone(),
            }),
        }
    }

    /// Puts a signature by each key on top of a message (RFC 5322): its lines
    /// end with CRLF, and an empty one stands between header and body. `time`
    /// is for `t=`, in seconds since 1970. The same message, time and keys give
    /// the same bytes.
    pub(super) fn sign(&self, mut message: Vec<u8>, time: Option<u64>) -> Vec<u8> {
        if self.keys.is_empty() {
            return message;
        }
        let (fields, body) = split(&message);
        let mut digest = digest::Context::new(&SHA256);
        canonical::body(body, |piece| digest.update(piece));
        let digest = STANDARD.encode(digest.finish());
        let (names, words) = signed(&fields);

        let mut signatures = Vec::with_capacity(1_536 * self.keys.len());
        for (dkim, key) in &self.keys {
            let draft = Draft::new(&field::Tags {
                algorithm: key.algorithm(),
                domain: &dkim.domain,
                selector: &dkim.selector,
                time,
                names: &names,
                digest: &digest,
            });
            let mut words = words.clone();
            draft.canonical(&mut words);
            // Keys are tried when they are read.
            let signature = key.sign(&words).expect("the key has signed before");
            signatures.extend_from_slice(draft.signed(&STANDARD.encode(signature)).as_bytes());
        }
        message.splice(0..0, signatures);
        message
    }
}

/// The fields of a message's header, each whole, and its body.
fn split(message: &[u8]) -> (Vec<&[u8]>, &[u8]) {
    let mut fields: Vec<&[u8]> = Vec::new();
    let mut rest = message;
    let mut field = 0; // the length of the one that is being read
    loop {
        let line = rest[field..].split_inclusive(|&byte| byte == b'\n').next();
        let line = line.unwrap_or_default();
        let goes_on = line.starts_with(b" ") || line.starts_with(b"\t");
        if !goes_on && field > 0 {
            let (whole, behind) = rest.split_at(field);
            fields.push(whole);
            rest = behind;
            field = 0;
        }
        if line.is_empty() || line == b"\r\n" {
            return (fields, &rest[line.len()..]);
        }
        field += line.len();
    }
}

/// What `h=` names, and the canonical form of the fields in that order: of
/// several with one name, the last comes first (RFC 6376, 5.4.2).
fn signed<'m>(fields: &[&'m [u8]]) -> (Vec<&'static str>, Vec<u8>) {
    let named = |&field: &&'m [u8]| {
        let colon = field.iter().position(|&byte| byte == b':');
        (field[..colon.unwrap_or(0)].trim_ascii_end(), field)
    };
    let named: Vec<_> = fields.iter().map(named).collect();
    let mut names = Vec::with_capacity(2 * named.len());
    let mut words = Vec::with_capacity(2_048);
    let all = OVERSIGNED.iter().map(|name| (name, true));
    for (name, is_oversigned) in all.chain(SIGNED.iter().map(|name| (name, false))) {
        let is_it = |(found, _): &&(&[u8], &[u8])| found.eq_ignore_ascii_case(name.as_bytes());
        for (_, field) in named.iter().rev().filter(is_it) {
            names.push(*name);
            canonical::field(field, &mut words);
        }
        if is_oversigned {
            names.push(*name);
        }
    }
    (names, words)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, UnparsedPublicKey};

    use super::*;

    const MESSAGE: &str = "\
From: Joe SixPack <joe@football.example.com>\r
To: Suzie Q <suzie@shopping.example.net>\r
Subject: Is dinner ready?\r
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r
Message-ID: <20030712040037.46341.5F8J@football.example.com>\r
\r
Hi.\r
\r
We lost the game.  Are you hungry yet?\r
\r
Joe.\r
";

    const ED25519: &[u8] = include_bytes!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/keys/ed25519.pem"
    ));

    /// What RFC 8463's signature with these tags, but for `b=`, is about.
    fn words(tags: &str) -> Vec<u8> {
        let (fields, _) = split(MESSAGE.as_bytes());
        let mut words = Vec::new();
        fields
            .iter()
            .for_each(|field| canonical::field(field, &mut words));
        canonical::field(
            format!("DKIM-Signature: {tags} b=\r\n").as_bytes(),
            &mut words,
        );
        words.truncate(words.len() - 2);
        words
    }

    /// RFC 8463, A.3; its `h=` names the fields in their order, then three once more.
    #[test]
    fn the_example_of_the_standard() {
        let (_, body) = split(MESSAGE.as_bytes());
        let mut digest = digest::Context::new(&SHA256);
        canonical::body(body, |piece| digest.update(piece));
        assert_eq!(
            STANDARD.encode(digest.finish()),
            "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8="
        );

        let signed = words(
            "v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n d=football.example.com; i=@football.example.com;\r\n q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n subject : date : message-id : from : subject : date;\r\n bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n",
        );
        let signature = Key::from_pem(ED25519).unwrap().sign(&signed).unwrap();
        assert_eq!(
            STANDARD.encode(signature),
            "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw=="
        );

        let signed = words(
            "v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n d=football.example.com; i=@football.example.com;\r\n q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n date : message-id : from : subject : date;\r\n bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n",
        );
        // Its key has 1024 bits, so that it can be verified here but not signed with.
        let public = STANDARD.decode("MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB").unwrap();
        let signature = STANDARD.decode("F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2JzdA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=").unwrap();
        UnparsedPublicKey::new(
            &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
            &public[22..], // what stands before is the algorithm
        )
        .verify(&signed, &signature)
        .unwrap();
    }

    #[test]
    fn of_several_fields_with_one_name_the_last_comes_first() {
        let message = b"to: a\r\nX: y\r\nTO : b\r\n c\r\nContent-Language: en\r\n\r\nTo: d\r\n";
        let (fields, body) = split(message);
        assert_eq!(body, b"To: d\r\n");
        assert_eq!(fields.len(), 4);
        let (names, words) = signed(&fields);
        assert_eq!(words, b"to:b c\r\nto:a\r\ncontent-language:en\r\n");
        let mut named: Vec<_> = OVERSIGNED.into();
        named.splice(1..2, ["To"; 3]);
        named.push("Content-Language");
        assert_eq!(names, named);
    }

    #[test]
    fn a_message_is_split_wherever_it_ends() {
        for (message, count, body) in [
            (&b""[..], 0, &b""[..]),
            (b"\r\n", 0, b""),
            (b"\r\nA: b\r\n", 0, b"A: b\r\n"),
            (b"A: b\r\n", 1, b""),
            (b"A: b\r\n\r\n", 1, b""),
            (b"A: b\r\n c\r\nD: e\r\n\r\n\r\nf", 2, b"\r\nf"),
        ] {
            let (fields, rest) = split(message);
            assert_eq!((fields.len(), rest), (count, body), "{message:?}");
        }
    }
}
