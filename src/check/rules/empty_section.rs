//! `empty-section`: a section without a single item.
//!
//! Its heading would stand over nothing: an item was lost in copying, or the
//! section is left over from the last issue.

use crate::bulletin::Bulletin;
use crate::diagnostic::Diagnostic;

pub(super) fn check(bulletin: &Bulletin, findings: &mut Vec<Diagnostic>) {
    let empty = bulletin
        .sections
        .iter()
        .filter(|section| section.items.is_empty());
    findings.extend(empty.map(|section| {
        Diagnostic::error("empty-section", "this section has no item")
            .at(&bulletin.source, section.place, "")
            .help("write [[section.item]] and a text below it, or delete the section")
    }));
}
