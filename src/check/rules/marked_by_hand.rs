//! `marked-by-hand`: a mark typed after a declared pseudonym.
//!
//! The program prints the mark at the first mention and the note below; one
//! typed besides would stand there twice.

use crate::bulletin::{Bulletin, NameKind, SIGNS, mentions};
use crate::diagnostic::Diagnostic;

pub(super) fn check(bulletin: &Bulletin, findings: &mut Vec<Diagnostic>) {
    let names: Vec<_> = bulletin
        .names
        .iter()
        .map(|name| name.shown.value.as_str())
        .collect();
    for text in bulletin.passages() {
        for (found, index) in mentions(&text.value, &names) {
            let name = &bulletin.names[index]; // `names` has one for each
            let after = &text.value[found.end..];
            let comma = usize::from(after.starts_with(','));
            let Some(sign) = SIGNS.iter().find(|sign| after[comma..].starts_with(**sign)) else {
                continue;
            };
            if name.kind != NameKind::Pseudonym {
                continue;
            }
            let start = found.end + comma;
            let place = text.source_span(start, start + sign.len());
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
