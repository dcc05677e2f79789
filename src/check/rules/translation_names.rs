//! `translation-names`: fewer pseudonyms than in the base.
//!
//! A name that is spelt as in the base is a pseudonym here too, declared or
//! not. One that is spelt otherwise, as in another script, is not known for
//! one: it would get no mark, and readers would take it for the person's own.

use crate::bulletin::{Bulletin, Name, NameKind};
use crate::diagnostic::Diagnostic;

pub(super) fn check(base: &Bulletin, translation: &Bulletin, findings: &mut Vec<Diagnostic>) {
    let theirs: Vec<_> = pseudonyms(base).collect();
    let own: Vec<_> = pseudonyms(translation).collect();
    if own.len() >= theirs.len() {
        return;
    }
    let is_own = |name: &&&Name| own.iter().any(|own| own.shown.value == name.shown.value);
    for name in theirs.iter().filter(|name| !is_own(name)) {
        let told = format!(
            "this translation doesn't mention the pseudonym {}",
            name.shown.value
        );
        findings.push(
            Diagnostic::warning("translation-names", told)
                .at(&translation.source, translation.language.span, "")
                .at(&base.source, name.shown.span, "declared here")
                .help("if it is spelt otherwise here, declare it as it is spelt: [[name]], and below it shown = \"…\" and kind = \"pseudonym\""),
        );
    }
}

fn pseudonyms(bulletin: &Bulletin) -> impl Iterator<Item = &Name> {
    let names = bulletin.names.iter();
    names.filter(|name| name.kind == NameKind::Pseudonym)
}
