//! `image-people`: a picture of which nobody has said who is in it.
//!
//! The people of a bulletin may have to stay hidden, and a face is shown to
//! everybody who ever gets the mail. A program can't see faces well enough to
//! be trusted with that; a person has to have looked.

use crate::bulletin::Bulletin;
use crate::diagnostic::Diagnostic;

pub(super) fn check(bulletin: &Bulletin, findings: &mut Vec<Diagnostic>) {
    let unsaid = bulletin
        .pictures()
        .filter(|picture| picture.people.is_none());
    findings.extend(unsaid.map(|picture| {
        Diagnostic::warning("image-people", "it isn't said who is in this picture")
            .at(&bulletin.source, picture.place, "")
            .help("look at it, and write people = \"nobody\", \"staff\", \"public\" (people of public life) or \"consented\" (all of them agreed to be shown)")
    }));
}
