//! PNG (ISO/IEC 15948): chunks, of which those that draw the picture are kept.

use super::strip::{Bytes, Stripped, is_turned};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// The chunks that decide what is seen.
const KEPT: [&[u8; 4]; 11] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT",
    b"pHYs",
];

/// Copies the picture; `None` where the file is damaged.
pub(super) fn strip(file: &[u8]) -> Option<Stripped> {
    let mut bytes = Bytes::new(file);
    let mut out = Stripped::default();
    if bytes.take(SIGNATURE.len())? != SIGNATURE {
        return None;
    }
    out.bytes.extend_from_slice(SIGNATURE);
    let mut has_data = false;
    loop {
        let whole = bytes.rest();
        let length = usize::try_from(bytes.u32()?).ok()?;
        let name: &[u8; 4] = bytes.take(4)?.try_into().ok()?;
        let data = bytes.take(length)?;
        bytes.take(4)?; // the checksum
        match (name, out.width) {
            (b"IHDR", 0) => {
                let mut header = Bytes::new(data);
                (out.width, out.height) = (header.u32()?, header.u32()?);
                if length != 13 || out.width == 0 {
                    return None;
                }
            }
            // The header stands first, and once.
            (_, 0) | (b"IHDR", _) => return None,
            (b"IDAT", _) => has_data = true,
            (b"eXIf", _) => out.turned |= is_turned(data),
            _ => {}
        }
        if KEPT.contains(&name) {
            out.bytes.extend_from_slice(whole.get(..12 + length)?);
        } else {
            out.remove(match name {
                b"eXIf" => "EXIF",
                b"tEXt" | b"zTXt" | b"iTXt" => "texts",
                b"tIME" => "the time",
                b"acTL" | b"fcTL" | b"fdAT" => "the animation",
                _ => "other data",
            });
        }
        if name == b"IEND" {
            break;
        }
    }
    if !bytes.rest().is_empty() {
        out.remove("what stood behind the picture");
    }
    has_data.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(data.len()).unwrap().to_be_bytes();
        [&length, name.as_slice(), data, &[1, 2, 3, 4]].concat()
    }

    fn header(width: u32, height: u32) -> Vec<u8> {
        let data = [
            &width.to_be_bytes()[..],
            &height.to_be_bytes(),
            &[8, 2, 0, 0, 0],
        ]
        .concat();
        chunk(b"IHDR", &data)
    }

    fn file(chunks: &[Vec<u8>]) -> Vec<u8> {
        [SIGNATURE, &chunks.concat()].concat()
    }

    #[test]
    fn only_the_picture_is_kept() {
        let (head, data, end) = (header(3, 2), chunk(b"IDAT", b"data"), chunk(b"IEND", b""));
        let text = chunk(b"iTXt", b"XML:com.adobe.xmp GPS 51.5 N");
        let exif = chunk(b"eXIf", b"MM\0*\0\0\0\x08\0\0");
        let unknown = chunk(b"prVt", b"who knows");
        let mut dirty = file(&[head.clone(), text, exif, data.clone(), unknown, end.clone()]);
        dirty.extend_from_slice(b"and more");
        let clean = strip(&dirty).unwrap();
        assert_eq!(clean.bytes, file(&[head, data, end]));
        assert_eq!((clean.width, clean.height), (3, 2));
        assert_eq!(
            clean.removed,
            [
                "texts",
                "EXIF",
                "other data",
                "what stood behind the picture"
            ]
        );
        assert!(!clean.turned && strip(&clean.bytes).unwrap().removed.is_empty());
    }

    #[test]
    fn a_damaged_file_is_told() {
        let whole = file(&[header(3, 2), chunk(b"IDAT", b"data"), chunk(b"IEND", b"")]);
        for end in 0..whole.len() {
            assert!(strip(&whole[..end]).is_none(), "{end}");
        }
        assert!(strip(&file(&[header(3, 2), chunk(b"IEND", b"")])).is_none());
        assert!(
            strip(&file(&[
                chunk(b"IDAT", b""),
                header(3, 2),
                chunk(b"IEND", b"")
            ]))
            .is_none()
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]
        #[test]
        fn whatever_stands_between_the_metadata_goes_and_the_picture_stays(
            texts in prop::collection::vec(("[a-z][A-Za-z]{3}", prop::collection::vec(any::<u8>(), 0..40)), 0..6),
            tail in prop::collection::vec(any::<u8>(), 0..20),
        ) {
            let mut chunks = vec![header(7, 9)];
            for (name, data) in &texts {
                let name: &[u8; 4] = name.as_bytes().try_into().unwrap();
                if !KEPT.contains(&name) { chunks.push(chunk(name, data)); }
            }
            chunks.extend([chunk(b"IDAT", b"data"), chunk(b"IEND", b"")]);
            let clean = strip(&[file(&chunks), tail].concat()).unwrap();
            prop_assert_eq!(clean.bytes, file(&[header(7, 9), chunk(b"IDAT", b"data"), chunk(b"IEND", b"")]));
        }

        #[test]
        fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = strip(&bytes);
            let _ = strip(&[SIGNATURE, &header(1, 1), &bytes].concat());
        }
    }
}
