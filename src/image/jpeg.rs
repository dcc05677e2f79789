//! JPEG (ITU-T T.81): segments, of which those that draw the picture are kept.

use super::strip::{Bytes, Stripped, is_turned};

/// Copies the picture; `None` where the file is damaged.
pub(super) fn strip(file: &[u8]) -> Option<Stripped> {
    let mut bytes = Bytes::new(file);
    let mut out = Stripped::default();
    if bytes.take(2)? != [0xFF, 0xD8] {
        return None;
    }
    out.bytes.extend_from_slice(&[0xFF, 0xD8]);
    let mut has_scan = false;
    loop {
        let marker = marker(&mut bytes)?;
        if marker == 0xD9 {
            out.bytes.extend_from_slice(&[0xFF, 0xD9]);
            break;
        }
        let length = usize::from(bytes.u16()?).checked_sub(2)?;
        let data = bytes.take(length)?;
        match marker {
            // Frame headers; the three gaps are tables.
            0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => {
                let mut frame = Bytes::new(data);
                frame.u8()?;
                let (height, width) = (u32::from(frame.u16()?), u32::from(frame.u16()?));
                if out.width != 0 || width == 0 {
                    return None;
                }
                (out.width, out.height) = (width, height);
                keep(&mut out, marker, data);
            }
            // Tables, restarts, the number of lines.
            0xC4 | 0xCC | 0xDB | 0xDC | 0xDD => keep(&mut out, marker, data),
            0xDA => {
                keep(&mut out, marker, data);
                out.bytes.extend_from_slice(scan(&mut bytes)?);
                has_scan = true;
            }
            0xE0 if data.starts_with(b"JFIF\0") => {
                // Without the small picture that may stand in it.
                let mut head = *data.first_chunk::<14>()?;
                if head[12..] != [0, 0] {
                    out.remove("a small picture");
                    head[12..].fill(0);
                }
                keep(&mut out, marker, &head);
            }
            // How colours are meant: they would be others without.
            0xE2 if data.starts_with(b"ICC_PROFILE\0") => keep(&mut out, marker, data),
            0xEE if data.starts_with(b"Adobe") => keep(&mut out, marker, data),
            0xE1 if data.starts_with(b"Exif\0\0") => {
                out.turned |= is_turned(data.get(6..)?);
                out.remove("EXIF");
            }
            0xE1 => out.remove("XMP"),
            0xED => out.remove("IPTC"),
            0xFE => out.remove("texts"),
            0xE0..=0xEF => out.remove("other data"),
            _ => return None,
        }
    }
    // Telephones put a film, or a second picture, there.
    if !bytes.rest().is_empty() {
        out.remove("what stood behind the picture");
    }
    (has_scan && out.width != 0).then_some(out)
}

/// Takes a marker; it may be filled up in front (B.1.1.2).
fn marker(bytes: &mut Bytes<'_>) -> Option<u8> {
    if bytes.u8()? != 0xFF {
        return None;
    }
    loop {
        match bytes.u8()? {
            0xFF => {}
            marker => return Some(marker),
        }
    }
}

fn keep(out: &mut Stripped, marker: u8, data: &[u8]) {
    // a segment's length was two bytes, and is no larger now
    let length = u16::try_from(data.len() + 2).unwrap_or(u16::MAX);
    out.bytes.extend_from_slice(&[0xFF, marker]);
    out.bytes.extend_from_slice(&length.to_be_bytes());
    out.bytes.extend_from_slice(data);
}

/// Takes what was drawn, up to the next marker that is no part of it: a zero
/// behind 0xFF stands for 0xFF itself, and 0xD0 to 0xD7 are restarts.
fn scan<'b>(bytes: &mut Bytes<'b>) -> Option<&'b [u8]> {
    let rest = bytes.rest();
    let pairs = rest.windows(2);
    let ends = |pair: &[u8]| pair[0] == 0xFF && !matches!(pair[1], 0 | 0xD0..=0xD7);
    let end = pairs.into_iter().position(ends)?;
    bytes.take(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
        let mut out = Stripped::default();
        keep(&mut out, marker, data);
        out.bytes
    }

    const START: &[u8] = &[0xFF, 0xD8];
    const END: &[u8] = &[0xFF, 0xD9];
    const DRAWN: &[u8] = &[1, 2, 0xFF, 0, 3, 0xFF, 0xD3, 4];

    fn frame() -> Vec<u8> {
        segment(0xC0, &[8, 0, 2, 0, 3, 1, 1, 0x11, 0])
    }

    fn scan_head() -> Vec<u8> {
        segment(0xDA, &[1, 1, 0, 0, 63, 0])
    }

    fn jfif(small: &[u8]) -> Vec<u8> {
        let size = u8::from(!small.is_empty());
        let head = [
            b"JFIF\0\x01\x01\0\0\x48\0\x48".as_slice(),
            &[size, size],
            small,
        ]
        .concat();
        segment(0xE0, &head)
    }

    #[test]
    fn only_the_picture_is_kept() {
        let gps = segment(0xE1, b"Exif\0\0MM\0*\0\0\0\x08\0\0GPS");
        let xmp = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x/>");
        let iptc = segment(0xED, b"Photoshop 3.0\08BIM");
        let comment = segment(0xFE, b"at the well");
        let colours = segment(0xE2, b"ICC_PROFILE\0\x01\x01profile");
        let dirty = [
            START,
            &jfif(b"rgb"),
            &gps,
            &xmp,
            &iptc,
            &colours,
            &frame(),
            &comment,
            &scan_head(),
            DRAWN,
            END,
            b"film",
        ]
        .concat();
        let clean = strip(&dirty).unwrap();
        let meant = [
            START,
            &jfif(b""),
            &colours,
            &frame(),
            &scan_head(),
            DRAWN,
            END,
        ]
        .concat();
        assert_eq!(clean.bytes, meant);
        assert_eq!((clean.width, clean.height), (3, 2));
        assert_eq!(
            clean.removed,
            [
                "a small picture",
                "EXIF",
                "XMP",
                "IPTC",
                "texts",
                "what stood behind the picture"
            ]
        );
        assert!(strip(&clean.bytes).unwrap().removed.is_empty());
    }

    #[test]
    fn a_picture_that_lies_on_its_side_is_told() {
        let exif = segment(
            0xE1,
            b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0",
        );
        let turned = [START, &exif, &frame(), &scan_head(), DRAWN, END].concat();
        assert!(strip(&turned).unwrap().turned);
    }

    #[test]
    fn a_damaged_file_is_told() {
        let whole = [START, &jfif(b""), &frame(), &scan_head(), DRAWN, END].concat();
        for end in 0..whole.len() {
            assert!(strip(&whole[..end]).is_none(), "{end}");
        }
        assert!(strip(&[START, &frame(), END].concat()).is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]
        #[test]
        fn no_metadata_stays(
            texts in prop::collection::vec((0xE1_u8..=0xFE, prop::collection::vec(any::<u8>(), 0..60)), 0..6),
            tail in prop::collection::vec(any::<u8>(), 0..20),
        ) {
            let dirty: Vec<u8> = texts
                .iter()
                .filter(|(marker, data)| (*marker <= 0xEF || *marker == 0xFE) && !data.starts_with(b"Adobe") && !data.starts_with(b"ICC"))
                .flat_map(|(marker, data)| segment(*marker, data))
                .collect();
            let file = [START, &dirty, &frame(), &scan_head(), DRAWN, END, &tail].concat();
            let clean = strip(&file).unwrap();
            prop_assert_eq!(clean.bytes, [START, &frame(), &scan_head(), DRAWN, END].concat());
        }

        #[test]
        fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = strip(&bytes);
            let _ = strip(&[START, &frame(), &bytes].concat());
        }
    }
}
