//! Takes any bytes for a picture: none of them may break the reader, and what
//! it gives is clean, no larger, and stays as it is.
#![no_main]

use epistle::image::Image;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(image) = Image::of(bytes) {
        let again = Image::of(&image.bytes).expect("it is a picture still");
        assert!(again.removed.is_empty(), "{:?}", again.removed);
        assert_eq!(again.bytes, image.bytes);
        assert!(image.bytes.len() <= bytes.len());
    }
});
