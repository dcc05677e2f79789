//! A body encoded once for everybody, with slots for what differs.
//!
//! A slot begins and ends at a line's start of the encoded body (a soft line
//! break stands on either side, RFC 2045, 6.7), so that what is filled in is
//! encoded alone and nothing around it moves.

use super::quoted_printable;
use crate::render::Slot;

/// An encoded body.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Template {
    pieces: Vec<Piece>,
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Piece {
    /// These bytes, as they stand: ASCII.
    Fixed(String),
    /// What is filled in for each person.
    Slot(Slot),
}

const SOFT_BREAK: &[u8] = b"=\r\n";

impl Template {
    /// Encodes a body whose lines end with `\n`.
    pub fn new(body: &str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = body;
        while let Some((at, slot)) = first_slot(rest) {
            pieces.push(Piece::Fixed(encoded(&rest[..at], true)));
            pieces.push(Piece::Slot(slot));
            rest = &rest[at + slot.char().len_utf8()..];
        }
        pieces.push(Piece::Fixed(encoded(rest, false)));
        Self { pieces }
    }

    /// Writes the body for one person onto the end of `out`; `fill` gives what
    /// a slot says, lines ended by `\n`.
    pub fn splice<'v>(&self, out: &mut Vec<u8>, mut fill: impl FnMut(Slot) -> &'v str) {
        for piece in &self.pieces {
            match piece {
                Piece::Fixed(bytes) => out.extend_from_slice(bytes.as_bytes()),
                Piece::Slot(slot) => encode(fill(*slot), true, out),
            }
        }
    }

    /// The length of what is fixed, in bytes.
    pub fn fixed_len(&self) -> usize {
        let fixed = self.pieces.iter().map(|piece| match piece {
            Piece::Fixed(bytes) => bytes.len(),
            Piece::Slot(_) => 0,
        });
        fixed.sum()
    }
}

/// Encodes a piece; where another follows, up to a line's start.
fn encode(words: &str, goes_on: bool, out: &mut Vec<u8>) {
    if quoted_printable::encode(words, out) > 0 && goes_on {
        out.extend_from_slice(SOFT_BREAK);
    }
}

fn encoded(words: &str, goes_on: bool) -> String {
    let mut bytes = Vec::with_capacity(words.len() * 5 / 4);
    encode(words, goes_on, &mut bytes);
    String::from_utf8(bytes).expect("quoted-printable is ASCII")
}

fn first_slot(body: &str) -> Option<(usize, Slot)> {
    body.char_indices()
        .find_map(|(at, char)| Slot::of(char).map(|slot| (at, slot)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_moves_nothing_around_it() {
        let body = format!(
            "Dear\n{}, welcome\n=\nhttps://x/{}/y\n",
            Slot::Greeting.char(),
            Slot::Token.char()
        );
        let template = Template::new(&body);
        let mut out = Vec::new();
        template.splice(&mut out, |slot| {
            if slot == Slot::Greeting {
                "Zoë = 1"
            } else {
                "tok"
            }
        });
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "Dear\r\nZo=C3=AB =3D 1=\r\n, welcome\r\n=3D\r\nhttps://x/=\r\ntok=\r\n/y\r\n"
        );
    }
}
