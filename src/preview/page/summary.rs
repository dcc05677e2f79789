//! The answers at the head of the page: may it go, when, to whom, is anything wrong, what is new.

use maud::{Markup, html};

use super::{Sheet, changes, moment};
use crate::bulletin::Status;
use crate::diagnostic::{Diagnostic, Severity};
use crate::edition::Window;
use crate::preview::Preview;

/// One card a question.
pub(super) fn facts(preview: &Preview, sheets: &[Sheet<'_>]) -> Markup {
    let edition = &preview.edition;
    let (errors, warnings) = counts(&preview.findings);
    let (class, state, more) = match (preview.status, errors) {
        (_, 1..) => (
            "is-error",
            "It can’t be sent",
            "Errors must be mended first.",
        ),
        (Status::Draft, _) => (
            "is-warning",
            "Draft",
            "It can’t be sent yet: write status = \"ready\" when it may.",
        ),
        (Status::Ready, _) => ("is-good", "Ready", "It may be sent."),
    };
    html! {
        ul.facts {
            li class=(class) { span.what { "State" } strong { (state) } br; (more) }
            li class=(found_class(errors, warnings)) {
                span.what { "Findings" }
                @if errors + warnings == 0 { strong { "Nothing found" } }
                @else { a href="#findings" { strong { (counted(errors, warnings)) } } }
            }
            li {
                span.what { "What is new" }
                @if preview.base.last.is_none() { "There is no edition before it to compare with." }
                @else {
                    @for (number, sheet) in sheets.iter().enumerate() {
                        @if number > 0 { br; }
                        @if sheet.of_several.is_some() { (sheet.sample.version.language.name()) ": " }
                        (changes::summary(sheet))
                    }
                }
            }
            li { span.what { "When" } (when(preview)) }
            li {
                span.what { "To" }
                @match &edition.audience {
                    Some(group) => { "The group " strong { (group) } }
                    None => { "Everybody on the lists" }
                }
            }
            li { span.what { "From" } (edition.sender.name.as_str()) " " code { "<" (edition.sender.address) ">" } }
        }
    }
}

/// How many findings block sending, and how many don't.
pub(super) fn counts(findings: &[Diagnostic]) -> (usize, usize) {
    let is_error = |finding: &&Diagnostic| finding.severity == Severity::Error;
    let errors = findings.iter().filter(is_error).count();
    (errors, findings.len() - errors)
}

fn found_class(errors: usize, warnings: usize) -> &'static str {
    match (errors, warnings) {
        (0, 0) => "is-good",
        (0, _) => "is-warning",
        _ => "is-error",
    }
}

fn counted(errors: usize, warnings: usize) -> String {
    let words = [(errors, "error"), (warnings, "warning")];
    let words = words.iter().filter(|(count, _)| *count > 0);
    let words = words.map(|(count, word)| several(*count, word, &format!("{word}s")));
    words.collect::<Vec<_>>().join(" and ")
}

/// A number with its noun.
pub(super) fn several(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn when(preview: &Preview) -> Markup {
    let Some(window) = preview.edition.window else {
        return html! { "When somebody sends it: it has no " code { "send_at" } "." };
    };
    html! {
        strong { (moment(window.opens).replace(":00 (", " (")) }
        @if is_over(preview, window) { br; span.late { "That time is over: it is not sent by itself any more." } }
    }
}

/// Says whether an edition would be too late by now to begin by itself.
fn is_over(preview: &Preview, window: Window) -> bool {
    let lasts = chrono::Duration::from_std(window.lasts);
    let closes = lasts
        .ok()
        .and_then(|lasts| window.opens.checked_add_signed(lasts));
    closes.is_some_and(|closes| preview.made > closes)
}
