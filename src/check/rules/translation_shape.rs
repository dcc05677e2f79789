//! `translation-shape`: sections or items that don't stand in a translation as
//! they stand in its base.
//!
//! Readers of both are to pray for the same things: an item too few was
//! forgotten when the base got one more.

use crate::bulletin::{Bulletin, Item, Kind, Section};
use crate::diagnostic::Diagnostic;

pub(super) fn check(base: &Bulletin, translation: &Bulletin, findings: &mut Vec<Diagnostic>) {
    let (theirs, own) = (&base.sections, &translation.sections);
    if theirs.len() != own.len() {
        let told = format!(
            "this translation has {}, and the bulletin has {}",
            counted(own.len(), "section"),
            counted(theirs.len(), "section")
        );
        let here = own.get(theirs.len()).map(|section| section.place);
        let mut finding = Diagnostic::warning("translation-shape", told).at(
            &translation.source,
            here.unwrap_or(translation.language.span),
            "",
        );
        if let Some(more) = theirs.get(own.len()) {
            finding = finding.at(&base.source, more.place, "the bulletin goes on with this");
        }
        findings.push(finding.help("give both the same sections, in the same order"));
        return; // what stands beside what can't be known
    }
    for (theirs, own) in theirs.iter().zip(own) {
        let id = |section: &Section| section.id.as_ref().map(|id| id.value.clone());
        if own.id.is_some() && id(own) != id(theirs) {
            let told = "the bulletin has another section here";
            findings.push(
                Diagnostic::warning("translation-shape", told)
                    .at(&translation.source, own.place, "")
                    .at(&base.source, theirs.place, "the bulletin has this")
                    .help("put the sections into the order of the bulletin, each with the id that it has there"),
            );
            continue;
        }
        items(base, theirs, translation, own, findings);
    }
}

fn items(
    base: &Bulletin,
    theirs: &Section,
    translation: &Bulletin,
    own: &Section,
    findings: &mut Vec<Diagnostic>,
) {
    let counts = (theirs.items.len(), own.items.len());
    if counts.0 != counts.1 {
        let told = format!(
            "this section has {}, and that of the bulletin has {}",
            counted(counts.1, "item"),
            counted(counts.0, "item")
        );
        let here = own.items.get(counts.0).map_or(own.place, |item| item.place);
        let there = theirs.items.get(counts.1);
        let there = there.map_or(theirs.place, |item| item.place);
        findings.push(
            Diagnostic::warning("translation-shape", told)
                .at(&translation.source, here, "")
                .at(&base.source, there, "the bulletin has this")
                .help("give both the same items, in the same order"),
        );
        return;
    }
    for (theirs, own) in theirs.items.iter().zip(&own.items) {
        if theirs.kind != own.kind {
            let told = format!("in the bulletin this item is of the kind {}", kind(theirs));
            findings.push(
                Diagnostic::warning("translation-shape", told)
                    .at(&translation.source, own.place, "")
                    .at(&base.source, theirs.place, "the bulletin has this")
                    .help("give both the same kind: readers are told what is urgent, and what is praise"),
            );
        }
    }
}

fn counted(count: usize, one: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}

fn kind(item: &Item) -> &'static str {
    match item.kind {
        Kind::Prayer => "\"prayer\"",
        Kind::Praise => "\"praise\"",
        Kind::Update => "\"update\"",
        Kind::Urgent => "\"urgent\"",
        Kind::Info => "\"info\"",
    }
}
