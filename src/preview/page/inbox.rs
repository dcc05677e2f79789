//! The row in the inbox, cut where programs cut it: most readers decide there.

use maud::{Markup, html};

use super::{Sheet, finding};
use crate::preview::Sample;
use crate::preview::places::Place;

/// So much of a subject is seen on most phones held upright, in characters.
const PHONE_SUBJECT: usize = 35;
/// So much of what follows the preheader is shown, in characters.
const MOST_BODY: usize = 300;

/// The rows, and what is said of subject and preheader.
pub(super) fn section(sheet: &Sheet<'_>) -> Markup {
    let Sheet {
        preview,
        sample,
        found,
        ..
    } = sheet;
    let version = &sample.version;
    let sender = preview.edition.sender.name.as_str();
    let subject = &version.subject;
    let head = sheet.id("inbox-head");
    let length = subject.chars().count();
    html! {
        section id=(sheet.id("inbox")) aria-labelledby=(sheet.heads(&head)) {
            h2 id=(head) { "In the inbox" }
            div.inboxes lang=(version.language.tag()) {
                figure.w320 {
                    figcaption lang="en" { "A small phone" }
                    (phone(sender, sample))
                }
                figure.w390 {
                    figcaption lang="en" { "A phone" }
                    (phone(sender, sample))
                }
                figure.wide {
                    figcaption lang="en" { "A computer" }
                    div.row dir="auto" {
                        span.sender.cut { (sender) }
                        span.cut.line { b { (subject) } span { " – " (snippet(sample)) } }
                    }
                }
            }
            p.pale {
                "The subject has " (length) " characters"
                @if length > PHONE_SUBJECT {
                    ". Most phones show about " (PHONE_SUBJECT) ": “"
                    span lang=(version.language.tag()) { (subject.chars().take(PHONE_SUBJECT).collect::<String>()) }
                    "…”"
                }
                ". "
                @match &sample.preheader {
                    Some(preheader) => { "The preheader has " (preheader.chars().count()) "; between 40 and 100 are seen." }
                    None => { "There is no preheader, so that inboxes show the first words of the mail." }
                }
            }
            @for part in ["Subject", "Preheader"] {
                (finding::notes(&preview.findings, found.get(&Place::Field(part))))
            }
        }
    }
}

fn phone(sender: &str, sample: &Sample) -> Markup {
    html! {
        div.row dir="auto" {
            span.sender.cut { (sender) }
            span.cut { (sample.version.subject) }
            span.two { (snippet(sample)) }
        }
    }
}

/// What inboxes show behind the subject: the preheader, then the words with which the mail begins.
fn snippet(sample: &Sample) -> String {
    let is_rule = |word: &str| word.chars().all(|char| "=-_".contains(char));
    let mut snippet = sample.preheader.clone().unwrap_or_default();
    let end = snippet.chars().count() + MOST_BODY;
    for word in sample.bodies.text.split_whitespace() {
        if snippet.chars().count() > end {
            break;
        }
        if !is_rule(word) {
            snippet.push(' ');
            snippet.push_str(word);
        }
    }
    snippet.trim_start().to_owned()
}
