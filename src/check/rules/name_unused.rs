//! `name-unused`: a declared name that no text mentions.
//!
//! A pseudonym spelt otherwise than it is declared gets no mark and no note,
//! and the readers are not told that it is one.

use crate::bulletin::{Bulletin, mentions};
use crate::diagnostic::Diagnostic;

pub(super) fn check(bulletin: &Bulletin, findings: &mut Vec<Diagnostic>) {
    for name in &bulletin.names {
        if bulletin
            .prose()
            .any(|text| mentions(&text.value, &name.shown.value).next().is_some())
        {
            continue;
        }
        findings.push(
            Diagnostic::warning("name-unused", "no text mentions this name")
                .at(&bulletin.source, name.shown.span, "")
                .help("spell it as the texts do, accents and all, or delete it"),
        );
    }
}
