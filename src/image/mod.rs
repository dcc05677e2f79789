//! Pictures that travel with a mail: how large they are, and nothing else that
//! their files tell. A photograph knows where and when it was taken and with
//! which telephone; the people in it may have to stay hidden.
//!
//! Only what draws the picture is copied, so that a kind of metadata that
//! nobody here has heard of stays behind too. Nothing is decoded or drawn.

mod gif;
mod jpeg;
mod png;
mod strip;

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};

use strip::Stripped;

/// The largest file of a picture, in bytes: it goes to everybody, a third longer.
pub const MAX_BYTES: u64 = 500_000;
/// The widest and tallest picture, in pixels: phones need no more to show it.
const MAX_SIDE: u32 = 8_000;

/// A picture without anything but the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The kind of file.
    pub kind: Kind,
    /// In pixels, 1 at least.
    pub width: u32,
    /// In pixels, 1 at least.
    pub height: u32,
    /// The file as it travels.
    pub bytes: Arc<[u8]>,
    /// What was taken out of it, as people call it, each once.
    pub removed: Vec<&'static str>,
}

/// The kinds of files that every mail program shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// ISO/IEC 15948.
    Png,
    /// ITU-T T.81.
    Jpeg,
    /// CompuServe's GIF89a.
    Gif,
}

impl Kind {
    /// The media type (RFC 2046, 4.2).
    pub fn media_type(self) -> &'static str {
        match self {
            Kind::Png => "image/png",
            Kind::Jpeg => "image/jpeg",
            Kind::Gif => "image/gif",
        }
    }

    /// The ending of such files.
    pub fn ending(self) -> &'static str {
        match self {
            Kind::Png => "png",
            Kind::Jpeg => "jpg",
            Kind::Gif => "gif",
        }
    }
}

/// Why a file can't be a picture of a mail.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// There is none of this name.
    #[error("there is no such file")]
    Missing,
    /// The operating system refused.
    #[error("it can't be read: {0}")]
    Unreadable(String),
    /// A folder, or something without an end.
    #[error("it is no file")]
    NoFile,
    /// More than [`MAX_BYTES`].
    #[error("it has more than {} kB, and everybody gets them", MAX_BYTES / 1_000)]
    TooLarge,
    /// None of the three kinds.
    #[error("it is no PNG, JPEG or GIF")]
    UnknownKind,
    /// It ends early or contradicts itself.
    #[error("it is damaged")]
    Damaged,
    /// It has no pixels, or too many.
    #[error("it is {0} by {1} pixels; up to {MAX_SIDE} by {MAX_SIDE} can be shown")]
    Size(u32, u32),
    /// It is shown upright only by a note that is taken out.
    #[error("it lies on its side, and only a note in the file says so")]
    Turned,
}

impl Image {
    /// Reads a file and takes out whatever isn't the picture.
    ///
    /// # Errors
    /// The file can't be a picture of a mail.
    pub fn open(path: &Path) -> Result<Self, ImageError> {
        let unreadable = |error: std::io::Error| match error.kind() {
            ErrorKind::NotFound => ImageError::Missing,
            _ => ImageError::Unreadable(error.to_string()),
        };
        // Asked before it is opened: a pipe would wait for a writer.
        if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
            return Err(ImageError::NoFile);
        }
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(unreadable)?;
        file.take(MAX_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        Self::of(&bytes)
    }

    /// The same for the bytes of a file.
    ///
    /// # Errors
    /// They can't be a picture of a mail.
    pub fn of(bytes: &[u8]) -> Result<Self, ImageError> {
        if bytes.len() as u64 > MAX_BYTES {
            return Err(ImageError::TooLarge);
        }
        let (kind, stripped) = match bytes {
            [0x89, b'P', b'N', b'G', ..] => (Kind::Png, png::strip(bytes)),
            [0xFF, 0xD8, 0xFF, ..] => (Kind::Jpeg, jpeg::strip(bytes)),
            [b'G', b'I', b'F', b'8', ..] => (Kind::Gif, gif::strip(bytes)),
            _ => return Err(ImageError::UnknownKind),
        };
        let Stripped {
            width,
            height,
            bytes,
            removed,
            turned,
        } = stripped.ok_or(ImageError::Damaged)?;
        if turned {
            return Err(ImageError::Turned);
        }
        if ![width, height]
            .iter()
            .all(|side| (1..=MAX_SIDE).contains(side))
        {
            return Err(ImageError::Size(width, height));
        }
        Ok(Self {
            kind,
            width,
            height,
            bytes: bytes.into(),
            removed,
        })
    }

    /// What tells it from all other pictures: the first half of its SHA-256, in
    /// hexadecimal.
    fn name(&self) -> String {
        let digest = digest(&SHA256, &self.bytes);
        digest.as_ref()[..16]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// Its name as a part of mails of `domain` (RFC 2045, 7), without the angle
    /// brackets: other bytes have another.
    pub fn content_id(&self, domain: &str) -> String {
        format!("{}@{domain}", self.name())
    }

    /// Its size in a column of `most` pixels: never larger than it is.
    pub fn shown(&self, most: u32) -> (u32, u32) {
        if self.width <= most {
            return (self.width, self.height);
        }
        let height = u64::from(self.height) * u64::from(most) / u64::from(self.width);
        (most, u32::try_from(height).unwrap_or(most).max(1)) // less than it was
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PHOTOGRAPH: &[u8] = include_bytes!("../../tests/fixtures/harvest.jpg");
    const LOGO: &[u8] = include_bytes!("../../tests/fixtures/logo.png");

    #[test]
    fn a_picture_is_never_drawn_larger_than_it_is() {
        let image = |width, height| Image {
            kind: Kind::Png,
            width,
            height,
            bytes: [].into(),
            removed: Vec::new(),
        };
        assert_eq!(image(100, 50).shown(530), (100, 50));
        assert_eq!(image(1060, 500).shown(530), (530, 250));
        assert_eq!(image(8000, 1).shown(530), (530, 1));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]
        #[test]
        fn what_is_clean_stays_as_it_is(
            is_photograph in any::<bool>(),
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
            tail in prop::collection::vec(any::<u8>(), 0..9),
        ) {
            let file: &[u8] = if is_photograph { PHOTOGRAPH } else { LOGO };
            let mut file = [file, &tail].concat();
            for (place, byte) in changes {
                let length = file.len();
                file[place.index(length)] = byte;
            }
            if let Ok(image) = Image::of(&file) {
                let again = Image::of(&image.bytes).unwrap();
                prop_assert!(again.removed.is_empty(), "{:?}", again.removed);
                prop_assert_eq!(&again.bytes, &image.bytes);
                prop_assert!(image.bytes.len() <= file.len());
            }
        }
    }

    #[test]
    fn a_photograph_of_a_telephone_keeps_its_picture_alone() {
        let image = Image::of(PHOTOGRAPH).unwrap();
        assert_eq!(image.removed, ["EXIF", "texts"]);
        assert_eq!(
            (image.kind, image.width, image.height),
            (Kind::Jpeg, 1060, 500)
        );
        // The two segments with their markers and lengths.
        assert_eq!(PHOTOGRAPH.len() - image.bytes.len(), 94);
        assert!(Image::of(LOGO).unwrap().removed.is_empty());
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        assert_eq!(Image::of(b""), Err(ImageError::UnknownKind));
        assert_eq!(Image::of(b"<svg/>"), Err(ImageError::UnknownKind));
        assert_eq!(Image::of(b"\x89PNG\r\n\x1a\n"), Err(ImageError::Damaged));
        assert_eq!(Image::of(&vec![0; 500_001]), Err(ImageError::TooLarge));
        assert_eq!(Image::open(Path::new("/")), Err(ImageError::NoFile));
        let missing = Image::open(Path::new("/no/such/file"));
        assert_eq!(missing, Err(ImageError::Missing));
    }
}
