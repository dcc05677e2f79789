//! A body encoded once for everybody, with slots for what differs.
//!
//! A slot begins and ends at a line's start of the encoded body (a soft line
//! break stands on either side, RFC 2045, 6.7), so that what is filled in is
//! encoded alone and nothing around it moves.

use std::ops::Range;

use super::quoted_printable;
use crate::render::Slot;

/// An encoded body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    bytes: Vec<u8>,
    pieces: Vec<Piece>,
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// These bytes of the template, as they stand.
    Fixed(Range<usize>),
    /// What is filled in for each person.
    Slot(Slot),
}

const SOFT_BREAK: &[u8] = b"=\r\n";

impl Template {
    /// Encodes a body whose lines end with `\n`.
    pub fn new(body: &str) -> Self {
        let mut bytes = Vec::with_capacity(body.len() * 5 / 4);
        let mut pieces = Vec::new();
        let mut rest = body;
        while let Some((at, slot)) = first_slot(rest) {
            let start = bytes.len();
            if quoted_printable::encode(&rest[..at], &mut bytes) > 0 {
                bytes.extend_from_slice(SOFT_BREAK);
            }
            pieces.push(Piece::Fixed(start..bytes.len()));
            pieces.push(Piece::Slot(slot));
            rest = &rest[at + slot.char().len_utf8()..];
        }
        let start = bytes.len();
        quoted_printable::encode(rest, &mut bytes);
        pieces.push(Piece::Fixed(start..bytes.len()));
        Self { bytes, pieces }
    }

    /// Writes the body for one person onto the end of `out`; `fill` gives what
    /// a slot says, lines ended by `\n`.
    pub fn splice<'v>(&self, out: &mut Vec<u8>, mut fill: impl FnMut(Slot) -> &'v str) {
        for piece in &self.pieces {
            match piece {
                Piece::Fixed(range) => out.extend_from_slice(&self.bytes[range.clone()]), // made by `new` of these bytes
                Piece::Slot(slot) => {
                    if quoted_printable::encode(fill(*slot), out) > 0 {
                        out.extend_from_slice(SOFT_BREAK);
                    }
                }
            }
        }
    }

    /// The length of the fixed bytes.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Says whether there is nothing fixed in it.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
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
