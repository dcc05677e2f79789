//! `translation-images`: pictures that are not those of the base.
//!
//! Who may be shown was decided for the pictures of the base.

use crate::bulletin::Bulletin;
use crate::diagnostic::Diagnostic;

pub(super) fn check(base: &Bulletin, translation: &Bulletin, findings: &mut Vec<Diagnostic>) {
    let is_in = |bulletin: &Bulletin, bytes: &[u8]| {
        let mut pictures = bulletin.pictures();
        pictures.any(|picture| *picture.image.bytes == *bytes)
    };
    for picture in translation.pictures() {
        if !is_in(base, &picture.image.bytes) {
            findings.push(
                Diagnostic::warning("translation-images", "the bulletin has no such picture")
                    .at(&translation.source, picture.place, "")
                    .help("look at it, or name the picture that the bulletin has"),
            );
        }
    }
    for picture in base.pictures() {
        if !is_in(translation, &picture.image.bytes) {
            let told = "this translation lacks a picture of the bulletin";
            findings.push(
                Diagnostic::warning("translation-images", told)
                    .at(&translation.source, translation.language.span, "")
                    .at(&base.source, picture.place, "the bulletin has this")
                    .help("name it here too, and translate its `alt`"),
            );
        }
    }
}
