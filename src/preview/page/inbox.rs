//! The row in the inbox, cut where programs cut it: most readers decide there.

use maud::{Markup, html};

use super::finding;
use crate::preview::Preview;
use crate::preview::places::{Found, Place};

/// So much of a subject is seen on most phones held upright, in characters.
const PHONE_SUBJECT: usize = 35;
/// So much of what follows the preheader is shown, in characters.
const MOST_BODY: usize = 300;

/// The rows, and what is said of subject and preheader.
pub(super) fn section(preview: &Preview, found: &Found) -> Markup {
    let edition = &preview.edition;
    let subject = &edition.subject;
    let length = subject.chars().count();
    html! {
        section #inbox aria-labelledby="inbox-head" {
            h2 #inbox-head { "In the inbox" }
            div.inboxes lang=(edition.language.tag()) {
                figure.w320 {
                    figcaption lang="en" { "A small phone" }
                    (phone(preview))
                }
                figure.w390 {
                    figcaption lang="en" { "A phone" }
                    (phone(preview))
                }
                figure.wide {
                    figcaption lang="en" { "A computer" }
                    div.row dir="auto" {
                        span.sender.cut { (edition.sender.name.as_str()) }
                        span.cut.line { b { (subject) } span { " – " (snippet(preview)) } }
                    }
                }
            }
            p.pale {
                "The subject has " (length) " characters"
                @if length > PHONE_SUBJECT {
                    ". Most phones show about " (PHONE_SUBJECT) ": “"
                    span lang=(edition.language.tag()) { (subject.chars().take(PHONE_SUBJECT).collect::<String>()) }
                    "…”"
                }
                ". "
                @match &preview.preheader {
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

fn phone(preview: &Preview) -> Markup {
    html! {
        div.row dir="auto" {
            span.sender.cut { (preview.edition.sender.name.as_str()) }
            span.cut { (preview.edition.subject) }
            span.two { (snippet(preview)) }
        }
    }
}

/// What inboxes show behind the subject: the preheader, then the words with which the mail begins.
fn snippet(preview: &Preview) -> String {
    let is_rule = |word: &str| word.chars().all(|char| "=-_".contains(char));
    let mut snippet = preview.preheader.clone().unwrap_or_default();
    let end = snippet.chars().count() + MOST_BODY;
    for word in preview.bodies.text.split_whitespace() {
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
