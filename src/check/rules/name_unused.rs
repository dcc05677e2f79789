//! `name-unused`: a declared name that no text mentions.
//!
//! A pseudonym spelt otherwise than it is declared gets no mark and no note,
//! and the readers are not told that it is one.

use std::collections::HashSet;

use crate::bulletin::{Bulletin, mentions};
use crate::diagnostic::Diagnostic;

pub(super) fn check(bulletin: &Bulletin, findings: &mut Vec<Diagnostic>) {
    let names: Vec<_> = bulletin
        .names
        .iter()
        .map(|name| name.shown.value.as_str())
        .collect();
    let passages = bulletin.passages();
    let mentioned: HashSet<_> = passages
        .iter()
        .flat_map(|text| mentions(&text.value, &names))
        .map(|(_, name)| name)
        .collect();
    let unused = bulletin
        .names
        .iter()
        .enumerate()
        .filter(|(index, _)| !mentioned.contains(index));
    findings.extend(unused.map(|(_, name)| {
        Diagnostic::warning("name-unused", "no text mentions this name")
            .at(&bulletin.source, name.shown.span, "")
            .help("spell it as the texts do, accents and all, or delete it")
    }));
}
