//! GIF (GIF89a): blocks, of which those that draw the picture are kept.

use super::strip::{Bytes, Stripped};

/// Copies the picture; `None` where the file is damaged.
pub(super) fn strip(file: &[u8]) -> Option<Stripped> {
    let mut bytes = Bytes::new(file);
    let mut out = Stripped::default();
    let start = bytes.take(13)?;
    if !start.starts_with(b"GIF87a") && !start.starts_with(b"GIF89a") {
        return None;
    }
    let side = |at: usize| {
        Some(u32::from(u16::from_le_bytes(
            start.get(at..at + 2)?.try_into().ok()?,
        )))
    };
    (out.width, out.height) = (side(6)?, side(8)?);
    out.bytes.extend_from_slice(start);
    out.bytes
        .extend_from_slice(colours(&mut bytes, *start.get(10)?)?);
    let mut has_picture = false;
    // How the next picture is to be shown; it goes with that picture.
    let mut control: &[u8] = &[];
    loop {
        let whole = bytes.rest();
        match bytes.u8()? {
            0x3B => {
                out.bytes.push(0x3B);
                break;
            }
            0x2C => {
                let descriptor = bytes.take(9)?;
                colours(&mut bytes, *descriptor.get(8)?)?;
                bytes.u8()?; // the size of codes
                blocks(&mut bytes)?;
                out.bytes.extend_from_slice(control);
                out.bytes.extend_from_slice(until(whole, &bytes)?);
                control = &[];
                has_picture = true;
            }
            0x21 => {
                let label = bytes.u8()?;
                let content = bytes.rest();
                blocks(&mut bytes)?;
                let block = until(whole, &bytes)?;
                match label {
                    0xF9 => control = block,
                    0xFF if content.starts_with(b"\x0BNETSCAPE2.0") => {
                        out.bytes.extend_from_slice(block);
                    }
                    0xFF if content.starts_with(b"\x0BXMP Data") => out.remove("XMP"),
                    0xFE => out.remove("texts"),
                    0x01 => {
                        control = &[];
                        out.remove("texts");
                    }
                    _ => out.remove("other data"),
                }
            }
            _ => return None,
        }
    }
    if !bytes.rest().is_empty() {
        out.remove("what stood behind the picture");
    }
    has_picture.then_some(out)
}

/// The bytes of `whole` that have been read since.
fn until<'b>(whole: &'b [u8], bytes: &Bytes<'b>) -> Option<&'b [u8]> {
    whole.get(..whole.len() - bytes.rest().len())
}

/// Takes a table of colours, if the flags say that there is one.
fn colours<'b>(bytes: &mut Bytes<'b>, flags: u8) -> Option<&'b [u8]> {
    if flags & 0x80 == 0 {
        return Some(&[]);
    }
    bytes.take(3 << ((flags & 7) + 1))
}

/// Takes blocks, each with its length, up to an empty one.
fn blocks(bytes: &mut Bytes<'_>) -> Option<()> {
    loop {
        let length = bytes.u8()?;
        if length == 0 {
            return Some(());
        }
        bytes.take(usize::from(length))?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const START: &[u8] = b"GIF89a\x03\0\x02\0\x80\0\0\0\0\0\xff\xff\xff";
    const CONTROL: &[u8] = b"!\xF9\x04\x01\0\0\0\0";
    const PICTURE: &[u8] = b",\0\0\0\0\x03\0\x02\0\0\x02\x02\x44\x01\0";
    const XMP: &[u8] = b"!\xFF\x0BXMP DataXMP\x03gps\0";
    const COMMENT: &[u8] = b"!\xFE\x05where\0";
    const LOOP: &[u8] = b"!\xFF\x0BNETSCAPE2.0\x03\x01\0\0\0";
    const WORDS: &[u8] = b"!\x01\x0C\0\0\0\0\0\0\0\0\0\0\0\0\x02hi\0";

    #[test]
    fn only_the_picture_is_kept() {
        let dirty = [
            START, XMP, LOOP, CONTROL, WORDS, CONTROL, PICTURE, COMMENT, b";more",
        ]
        .concat();
        let clean = strip(&dirty).unwrap();
        assert_eq!(clean.bytes, [START, LOOP, CONTROL, PICTURE, b";"].concat());
        assert_eq!((clean.width, clean.height), (3, 2));
        assert_eq!(
            clean.removed,
            ["XMP", "texts", "what stood behind the picture"]
        );
    }

    #[test]
    fn a_damaged_file_is_told() {
        let whole = [START, CONTROL, PICTURE, b";"].concat();
        for end in 0..whole.len() {
            assert!(strip(&whole[..end]).is_none(), "{end}");
        }
        assert!(strip(&[START, b";"].concat()).is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]
        #[test]
        fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = strip(&bytes);
            let _ = strip(&[START, &bytes].concat());
        }
    }
}
