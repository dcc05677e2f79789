//! What is looked at when something seems odd: the plain text, the links, the headers, the sizes.

use maud::{Markup, html};

use super::Sheet;
use super::summary::several;
use crate::gate;
use crate::preview::headers::{Headers, purpose};
use crate::preview::links::{self, Target};
use crate::preview::{Preview, Sample};

/// The plain body.
pub(super) fn text(sheet: &Sheet<'_>) -> Markup {
    let head = sheet.id("text-head");
    let (version, bodies) = (&sheet.sample.version, &sheet.sample.bodies);
    html! {
        section id=(sheet.id("text")) aria-labelledby=(sheet.heads(&head)) {
            h2 id=(head) { "Plain text" }
            p.pale { "The other body of the same letter, for programs and readers that want no HTML." }
            pre tabindex="0" role="region" aria-label=(sheet.label("The plain text")) lang=(version.language.tag()) dir="auto" { (bodies.text) }
        }
    }
}

/// Where the mail leads.
pub(super) fn links(sheet: &Sheet<'_>) -> Markup {
    let head = sheet.id("links-head");
    let targets = links::links(&sheet.sample.bodies.html);
    let sample = sheet.preview.edition.sender.unsubscribe_link("");
    let is_sample = |url: &str| url.len() > sample.len() && url.starts_with(&sample);
    html! {
        section id=(sheet.id("links")) aria-labelledby=(sheet.heads(&head)) {
            h2 id=(head) { "Links" }
            @if targets.is_empty() { p { "The mail has none." } }
            ul.targets { @for found in &targets { (target(found, is_sample(&found.url))) } }
        }
    }
}

fn target(target: &Target, is_sample: bool) -> Markup {
    let (before, host, behind) = links::around_host(&target.url);
    html! {
        li {
            span dir="auto" { (target.words.join(" · ")) }
            @if target.times > 1 { " " span.pale { "(" (several(target.times, "time", "times")) ")" } }
            br;
            a href=(target.url) rel="noreferrer noopener" target="_blank" { (before) strong { (host) } (behind) }
            @if is_sample { br; span.pale { "Each reader has a link of their own here; this one takes nobody off the list." } }
        }
    }
}

/// Headers and sizes.
pub(super) fn section(sheet: &Sheet<'_>) -> Markup {
    let letter = &sheet.sample.letter;
    let head = sheet.id("technical-head");
    let headers = Headers::of(&letter.bytes);
    let envelope = letter.envelope.from().map(ToString::to_string);
    html! {
        section id=(sheet.id("technical")) aria-labelledby=(sheet.heads(&head)) {
            h2 id=(head) { "Headers and sizes" }
            table {
                tbody {
                    @for (name, value) in &headers.fields {
                        tr { th scope="row" { (name) } td { (value) @let purpose = purpose(name); @if !purpose.is_empty() { br; span.pale { (purpose) } } } }
                    }
                    tr { th scope="row" { "Envelope" } td { (envelope.unwrap_or_default()) br; span.pale { "where returned mail goes" } } }
                }
            }
            details {
                summary { "The headers as they leave" }
                pre tabindex="0" role="region" aria-label=(sheet.label("The headers as they leave")) { (headers.raw) }
            }
            (sizes(sheet.sample, &sheet.id("size-head")))
        }
    }
}

/// What tells all that is shown here from anything else.
pub(super) fn digest(preview: &Preview) -> Markup {
    html! {
        section #digest aria-labelledby="digest-head" {
            h2 #digest-head { "Digest" }
            p { code { (preview.edition.digest) } br; span.pale { "It changes when anything changes that readers see, in whatever language, or who gets it, or when." } }
        }
    }
}

fn sizes(sample: &Sample, head: &str) -> Markup {
    let html = sample.bodies.html.len();
    let percent = html * 100 / gate::CLIPPED; // not 0
    html! {
        h3 id=(head) { "Size" }
        p {
            meter aria-labelledby=(head) min="0" max=(gate::CLIPPED) high=(gate::NEARLY_CLIPPED) value=(html) { (percent) " %" }
            br;
            "The HTML has " (kilobytes(html)) ", " (percent) " % of what Gmail shows before it cuts a mail off. The whole letter has " (kilobytes(sample.letter.bytes.len())) "."
        }
    }
}

fn kilobytes(bytes: usize) -> String {
    format!("{}.{} KB", bytes / 1_024, bytes % 1_024 * 10 / 1_024)
}
