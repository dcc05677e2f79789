//! `placeholder`: `{name}` outside the greeting.
//!
//! Only the greeting differs from person to person; anywhere else readers would
//! see the braces.

use crate::bulletin::{Bulletin, NAME_PLACE};
use crate::diagnostic::Diagnostic;

pub(super) fn check(bulletin: &Bulletin, findings: &mut Vec<Diagnostic>) {
    for text in bulletin.texts() {
        for (at, _) in text.value.match_indices(NAME_PLACE) {
            findings.push(
                Diagnostic::error("placeholder", "the recipient's name can stand in the greeting alone")
                    .at(&bulletin.source, text.source_span(at, at + NAME_PLACE.len()), "readers would see this as it is")
                    .help("write greeting = \"Dear {name},\" at the top of the file, and take it out here"),
            );
        }
    }
}
