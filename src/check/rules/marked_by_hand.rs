//! `marked-by-hand`: a mark typed after a declared pseudonym.
//!
//! The program prints the mark at the first mention and the note below; one
//! typed besides would stand there twice.

use crate::bulletin::{Bulletin, NameKind, mentions};
use crate::diagnostic::Diagnostic;

pub(super) fn check(bulletin: &Bulletin, findings: &mut Vec<Diagnostic>) {
    let pseudonyms = bulletin
        .names
        .iter()
        .filter(|name| name.kind == NameKind::Pseudonym);
    for name in pseudonyms {
        for text in bulletin.prose() {
            for found in mentions(&text.value, &name.shown.value) {
                let after = &text.value[found.end..];
                let Some(mark) = after
                    .chars()
                    .next()
                    .filter(|char| matches!(char, '*' | '†' | '‡'))
                else {
                    continue;
                };
                let place = text.source_span(found.end, found.end + mark.len_utf8());
                findings.push(
                    Diagnostic::warning(
                        "marked-by-hand",
                        "this pseudonym gets its mark from the program",
                    )
                    .at(&bulletin.source, place, "a mark was typed here")
                    .at(
                        &bulletin.source,
                        name.shown.span,
                        "the name is declared here",
                    )
                    .help("delete the typed mark")
                    .fix(place, ""),
                );
            }
        }
    }
}
