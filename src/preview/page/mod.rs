//! The review page: what will arrive, whether anything is wrong, and what is
//! new, for the person who is to approve it.
//!
//! One file that needs no network and no script. Its policy forbids everything
//! but its own styles and images that stand in the mail itself; all that people
//! wrote goes through Maud, which escapes it, or into the `srcdoc` of a frame in
//! which nothing may run.

mod changes;
mod finding;
mod inbox;
mod mail;
mod summary;
mod technical;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, FixedOffset};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::places::{Found, Places};
use super::{Beat, Preview, Sample};
use crate::diagnostic::Diagnostic;

const STYLE: &str = include_str!("style.css");
/// Looks whether the page was made anew, while `preview --watch` runs.
const RENEW: &str = include_str!("renew.js");

/// What the page shows of one language.
struct Sheet<'p> {
    preview: &'p Preview,
    sample: &'p Sample,
    /// The findings that speak of its parts.
    found: Found,
    /// The language, where the page shows several.
    of_several: Option<&'p str>,
}

impl Sheet<'_> {
    /// The name of one of its parts, which no other part of the page has.
    fn id(&self, part: &str) -> String {
        match self.of_several {
            Some(tag) => format!("{part}-{tag}"),
            None => part.to_owned(),
        }
    }

    /// The headings by which a screen reader tells a part from all others, by their names.
    fn heads(&self, head: &str) -> String {
        match self.of_several {
            Some(_) => format!("{head} {}", self.id("language-head")),
            None => head.to_owned(),
        }
    }

    /// A name that no other language has for the same.
    fn label(&self, label: &str) -> String {
        match self.of_several {
            Some(_) => format!("{label}, {}", self.sample.version.language.name()),
            None => label.to_owned(),
        }
    }
}

/// The parts of a sheet, by their names and what stands over them.
const PARTS: [(&str, &str); 6] = [
    ("inbox", "In the inbox"),
    ("mail", "The mail"),
    ("changes", "What is new"),
    ("text", "Plain text"),
    ("links", "Links"),
    ("technical", "Headers and sizes"),
];

/// Writes the page: a sheet for each language, one after the other.
pub(super) fn render(preview: &Preview) -> String {
    let edition = &preview.edition;
    let is_one = preview.samples().count() == 1;
    let sheets: Vec<_> = preview
        .samples()
        .map(|sample| Sheet {
            preview,
            sample,
            found: sample.places.found(&preview.findings),
            of_several: Some(sample.version.language.tag()).filter(|_| !is_one),
        })
        .collect();
    let places: Vec<&Places> = preview.samples().map(|sample| &sample.places).collect();
    let first = preview.samples().next();
    let title = &first.unwrap_or(&preview.base).version;
    let body = html! {
        header {
            p.over { "Review of edition " code { (edition.id) } }
            h1 lang=(title.language.tag()) dir="auto" { (title.subject) }
            (summary::facts(preview, &sheets))
            nav aria-label="On this page" {
                ul {
                    @if !preview.findings.is_empty() { li { a href="#findings" { "Findings" } } }
                    @for sheet in &sheets {
                        @if sheet.of_several.is_some() {
                            li { a href={ "#" (sheet.id("language")) } { (sheet.sample.version.language.name()) } }
                        } @else {
                            @for (part, words) in PARTS { li { a href={ "#" (sheet.id(part)) } { (words) } } }
                        }
                    }
                }
            }
        }
        main #content {
            (finding::section(&preview.findings, &places))
            @for sheet in &sheets {
                @if sheet.of_several.is_some() { (of_several(sheet)) } @else { (parts(sheet)) }
            }
            (technical::digest(preview))
        }
    };
    whole(
        &format!("Review: {}", title.subject),
        body,
        preview.made,
        preview.beat.as_ref(),
    )
}

/// The sheet of one language among others: it can be closed, and is open, so that nobody overlooks it.
fn of_several(sheet: &Sheet<'_>) -> Markup {
    let language = &sheet.sample.version.language;
    html! {
        details.language id=(sheet.id("language")) open {
            summary { h2 id=(sheet.id("language-head")) { (language.name()) " " code { (language.tag()) } } }
            nav aria-label={ "In " (language.name()) } {
                ul { @for (part, words) in PARTS { li { a href={ "#" (sheet.id(part)) } { (words) } } } }
            }
            (parts(sheet))
        }
    }
}

fn parts(sheet: &Sheet<'_>) -> Markup {
    html! {
        (inbox::section(sheet))
        (mail::section(sheet))
        (changes::section(sheet))
        (technical::text(sheet))
        (technical::links(sheet))
        (technical::section(sheet))
    }
}

/// The page in place of one that can't be made, while `preview --watch` runs.
pub(super) fn broken(
    id: &str,
    findings: &[Diagnostic],
    made: DateTime<FixedOffset>,
    beat: &Beat,
) -> String {
    let body = html! {
        header {
            p.over { "Review of edition " code { (id) } }
            h1 { "This bulletin can't be read as it is now" }
            p { "Mend what is named below and save the file: this page renews itself. The files beside it are those of the last time that it could be read." }
        }
        main #content { (finding::list(findings, &[])) }
    };
    whole(&format!("{id} can't be read"), body, made, Some(beat))
}

fn whole(title: &str, body: Markup, made: DateTime<FixedOffset>, beat: Option<&Beat>) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" data-stamp=[beat.map(|beat| beat.stamp)] data-beat=[beat.map(|beat| beat.file.as_str())] {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy(beat.is_some()));
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#content" { "Skip to the content" }
                (body)
                footer {
                    p {
                        "Made by Epistle " (env!("CARGO_PKG_VERSION")) " on " (moment(made)) ". "
                        @if beat.is_some() {
                            span #renewing { "It renews itself while epistle preview --watch runs." }
                            span #ended hidden { "epistle preview --watch has ended: it is renewed no longer." }
                        } @else { "It shows the bulletin as it was then." }
                    }
                }
                @if beat.is_some() { script { (PreEscaped(RENEW)) } }
            }
        }
    };
    page.into_string()
}

/// What the page may do. The frames in it inherit this.
fn policy(renews: bool) -> String {
    let base = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
    if renews {
        let hash = STANDARD.encode(digest(&SHA256, RENEW.as_ref()));
        format!("{base}; img-src data: file:; script-src 'sha256-{hash}'")
    } else {
        format!("{base}; img-src data:")
    }
}

/// A moment as people write it.
fn moment(moment: DateTime<FixedOffset>) -> String {
    moment.format("%A %-d %B %Y, %H:%M:%S (UTC%:z)").to_string()
}
