//! One letter for one person: the bytes, and the envelope they travel in.

mod compose;
mod dkim;
mod frozen;
mod header;
mod related;

use lettre::address::Envelope;

pub use compose::{ComposeError, Composer};
pub use dkim::{DkimError, KeyError, Record, Signer, Unaligned};
pub use frozen::{Frozen, ThawError};

/// A finished letter.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The reverse-path and the one forward-path (RFC 5321, 2.3.1).
    pub envelope: Envelope,
    /// Its identity, without the angle brackets (RFC 5322, 3.6.4).
    pub message_id: String,
    /// The whole message (RFC 5322): lines ended by CRLF, 7-bit where the
    /// recipient's address is.
    pub bytes: Vec<u8>,
}

fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from(b"0123456789abcdef"[usize::from(half)]); // four bits
    let digits = |byte: &u8| [digit(byte >> 4), digit(byte & 15)];
    bytes.iter().flat_map(digits).collect()
}
