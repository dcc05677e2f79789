//! `image-metadata`: a picture's file that said more than the picture.
//!
//! It doesn't leave: only what draws the picture is sent. But whoever has the
//! file has the place where it was taken too, and should know.

use crate::bulletin::Bulletin;
use crate::diagnostic::Diagnostic;

pub(super) fn check(bulletin: &Bulletin, findings: &mut Vec<Diagnostic>) {
    let dirty = bulletin
        .pictures()
        .filter(|picture| !picture.image.removed.is_empty());
    findings.extend(dirty.map(|picture| {
        let removed = picture.image.removed.join(", ");
        let told = format!("the file says more than the picture: {removed}");
        Diagnostic::warning("image-metadata", told)
            .at(&bulletin.source, picture.place, "")
            .help("the mail goes out without it; the file itself may tell where and when it was taken, so don't pass it on")
    }));
}
