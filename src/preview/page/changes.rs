//! What readers will see that differs from the last edition, with the findings beside it.

use maud::{Markup, html};

use super::summary::several;
use super::{Sheet, finding};
use crate::diff::{Change, Diff, Entries, Fate, ItemChange, Last, Origin, Piece, SectionChange};
use crate::preview::Sample;
use crate::preview::places::{Found, Place};

/// The answer in a few words.
pub(super) fn summary(sheet: &Sheet<'_>) -> Markup {
    let Some((last, diff)) = &sheet.sample.last else {
        return html! { (none(sheet)) };
    };
    let counts = diff.counts();
    let words = [
        (counts.new, "new"),
        (counts.changed, "changed"),
        (counts.gone, "no longer there"),
        (counts.same, "as before"),
    ];
    let words = words.iter().filter(|(count, _)| *count > 0);
    let words = words.map(|(count, word)| format!("{count} {word}"));
    html! {
        @if diff.is_empty() { strong { "Nothing" } ": it says what " code { (last.id) } " said" }
        @else {
            a href={ "#" (sheet.id("changes")) } { strong { "Items: " (words.collect::<Vec<_>>().join(", ")) } }
            br; "Compared with " code { (last.id) }
        }
    }
}

/// Part by part what became of it.
pub(super) fn section(sheet: &Sheet<'_>) -> Markup {
    let head = sheet.id("changes-head");
    html! {
        section id=(sheet.id("changes")) aria-labelledby=(sheet.heads(&head)) {
            h2 id=(head) { "What is new" }
            @match &sheet.sample.last {
                None => p { (none(sheet)) },
                Some((last, diff)) => {
                    p {
                        "Compared with " code { (last.id) } ", " (whence(last)) ". "
                        ins { "What is new is underlined" } ", " del { "what is gone is struck through" } "."
                    }
                    (body(sheet, diff))
                }
            }
        }
    }
}

/// What is said where nothing can be compared.
fn none(sheet: &Sheet<'_>) -> &'static str {
    if sheet.preview.base.last.is_none() {
        "There is no edition before it to compare with."
    } else {
        "The edition before it was not in this language."
    }
}

fn whence(last: &Last) -> String {
    match &last.origin {
        Origin::Ledger { began } => {
            let date = chrono::DateTime::parse_from_rfc3339(began);
            let date = date.map(|date| date.format("%-d %B %Y, %H:%M").to_string());
            format!(
                "as it was sent from {} on",
                date.unwrap_or_else(|_| began.clone())
            )
        }
        Origin::File { draft: true, .. } => {
            "the bulletin before it, which is still a draft".to_owned()
        }
        Origin::File { draft: false, .. } => "the bulletin before it by date".to_owned(),
    }
}

fn body(sheet: &Sheet<'_>, diff: &Diff) -> Markup {
    let differ: Vec<_> = diff
        .fields
        .iter()
        .filter(|field| !field.change.is_same())
        .collect();
    html! {
        @if diff.is_empty() { p { strong { "Readers will see nothing that they have not seen." } } }
        @if !differ.is_empty() {
            div.part {
                h3 { "What stands once" }
                ul { @for field in differ { li { p.name { (field.label()) " " @if field.change.fate != Fate::Changed { (fate(field.change.fate)) } } (words(sheet.sample, &field.change)) } } }
            }
        }
        @if diff.reordered { p { "The sections stand in another order." } }
        @for section in &diff.sections { (part(sheet, section)) }
        (entries("Names", &diff.names))
        (entries("Links", &diff.links))
    }
}

fn part(sheet: &Sheet<'_>, section: &SectionChange) -> Markup {
    let (findings, found) = (&sheet.preview.findings, &sheet.found);
    let words = |change| words(sheet.sample, change);
    let quiet = |change: &Option<Change>| change.as_ref().is_none_or(Change::is_same);
    let (shown, same): (Vec<_>, Vec<_>) = section
        .items
        .iter()
        .partition(|item| !is_same(item) || notes(section, item, found).is_some());
    html! {
        div.part {
            h3 {
                (fate(section.fate))
                @match &section.heading {
                    Some(heading) if section.fate == Fate::Same => { (pieces(heading)) }
                    _ => { (section.title.as_deref().unwrap_or("A section without a heading")) }
                }
            }
            @if let Some(number) = section.number { (finding::notes(findings, found.get(&Place::Section(number)))) }
            @if !quiet(&section.intro) {
                @if let Some(intro) = &section.intro { (words(intro)) }
            }
            @if !shown.is_empty() {
                ul {
                    @for item in shown {
                        li {
                            (item_fate(item)) (words(&item.change))
                            (finding::notes(findings, notes(section, item, found)))
                        }
                    }
                }
            }
            @if !same.is_empty() {
                details {
                    summary { (several(same.len(), "item", "items")) " as before" }
                    ul { @for item in same { li { (words(&item.change)) } } }
                }
            }
        }
    }
}

fn is_same(item: &ItemChange) -> bool {
    item.change.is_same() && item.moved_from.is_none() && item.urgent.is_none()
}

/// The findings that speak of an item, by their numbers.
fn notes<'f>(
    section: &SectionChange,
    item: &ItemChange,
    found: &'f Found,
) -> Option<&'f Vec<usize>> {
    found.get(&Place::Item(section.number?, item.number?))
}

fn fate(fate: Fate) -> Markup {
    let (class, word) = match fate {
        Fate::Same => return html! {},
        Fate::Changed => ("changed", "changed"),
        Fate::New => ("new", "new"),
        Fate::Gone => ("gone", "no longer there"),
    };
    html! { span.fate.(class) { (word) } " " }
}

fn item_fate(item: &ItemChange) -> Markup {
    html! {
        (fate(item.change.fate))
        @if let Some(from) = &item.moved_from {
            span.fate { "moved from " (if from.is_empty() { "another section" } else { from }) } " "
        }
        @match item.urgent {
            Some(true) => { span.fate.changed { "urgent now" } " " }
            Some(false) => { span.fate.changed { "no longer urgent" } " " }
            None => {}
        }
    }
}

fn words(sample: &Sample, change: &Change) -> Markup {
    let language = sample.version.language.tag();
    html! { p.words lang=(language) dir="auto" { (pieces(change)) } }
}

/// Words, marked where they are new or gone. A text that is new or gone as a
/// whole is told so before it, and stands unmarked.
fn pieces(change: &Change) -> Markup {
    let whole = change.pieces.len() == 1;
    html! {
        @for piece in &change.pieces {
            @match piece {
                Piece::Same(words) => { (words) }
                Piece::New(words) if whole => { (words) }
                Piece::Gone(words) => { del { (words.trim_end()) } (end(words)) }
                Piece::New(words) => { ins { (words.trim_end()) } (end(words)) }
            }
        }
    }
}

/// The spaces at the end of some words; one at least, so that two texts don't run together.
fn end(words: &str) -> &str {
    let spaces = &words[words.trim_end().len()..];
    if spaces.is_empty() { " " } else { spaces }
}

fn entries(what: &str, entries: &Entries) -> Markup {
    html! {
        @if !entries.new.is_empty() || !entries.gone.is_empty() {
            div.part {
                h3 { (what) }
                ul {
                    @for (entry, came) in entries.gone.iter().map(|entry| (entry, Fate::Gone)).chain(entries.new.iter().map(|entry| (entry, Fate::New))) {
                        li { (fate(came)) span dir="auto" { (entry.words) } " " span.pale { "(" (entry.meant) ")" } }
                    }
                }
            }
        }
    }
}
