//! Findings, each with the words that it speaks of.

use maud::{Markup, html};

use crate::diagnostic::{Diagnostic, Label, Severity, Span, printable};
use crate::preview::places::Places;

/// How much of a long line is shown on either side of the words at fault, in bytes.
const AROUND: usize = 100;

/// The section with all findings; nothing where there are none.
pub(super) fn section(findings: &[Diagnostic], places: &[&Places]) -> Markup {
    html! {
        @if !findings.is_empty() {
            section #findings aria-labelledby="findings-head" {
                h2 #findings-head { "Findings" }
                (list(findings, places))
            }
        }
    }
}

/// All findings, as far as possible with the part of the bulletin that each speaks of.
pub(super) fn list(findings: &[Diagnostic], places: &[&Places]) -> Markup {
    html! {
        ol.findings {
            @for (number, finding) in findings.iter().enumerate() {
                @let part = places.iter().find_map(|places| Some(places.words(places.place(finding)?)));
                li id={ "finding-" (number) } class=(class(finding)) { (one(finding, part)) }
            }
        }
    }
}

/// A short form of some findings, beside what they speak of.
pub(super) fn notes(findings: &[Diagnostic], numbers: Option<&Vec<usize>>) -> Markup {
    let numbers = numbers.into_iter().flatten();
    let noted = numbers.filter_map(|number| Some((number, findings.get(*number)?)));
    html! {
        @for (number, finding) in noted {
            p.note.(class(finding)) {
                strong { (word(finding)) ":" } " " (finding.message) ". "
                a href={ "#finding-" (number) } { "More on this " (word(finding).to_lowercase()) }
            }
        }
    }
}

fn one(finding: &Diagnostic, part: Option<String>) -> Markup {
    html! {
        p { strong { (word(finding)) @if let Some(part) = part { ", " (part) } ":" } " " (finding.message) }
        @for label in &finding.labels {
            @let position = label.source.position(label.span.start);
            p.pale {
                code { (printable(label.source.name())) ":" (position.line) ":" (position.column) }
                @if !label.text.is_empty() { " " (printable(&label.text)) }
            }
            (excerpt(label))
        }
        @if let Some(help) = &finding.help { p { "What to do: " (help) } }
        p.pale { "This kind of finding is called " code { (finding.code) } "." }
    }
}

/// The line with the words at fault, these underlined.
fn excerpt(label: &Label) -> Markup {
    let source = &label.source;
    let line = source.line_span(source.line_index(label.span.start));
    if line.start == line.end {
        return html! {};
    }
    let (start, end) = (label.span.start.min(line.end), label.span.end.min(line.end));
    let from = start.saturating_sub(AROUND).max(line.start);
    let to = (start.max(end.min(start + 4 * AROUND)) + AROUND).min(line.end);
    let words = |start: usize, end: usize| printable(source.slice(Span::new(start, end)));
    let marked_end = end.min(to).max(start);
    html! {
        pre.excerpt {
            @if from > line.start { "…" }
            (words(from, start)) mark { (words(start, marked_end)) } (words(marked_end, to))
            @if to < line.end { "…" }
        }
    }
}

fn word(finding: &Diagnostic) -> &'static str {
    match finding.severity {
        Severity::Error => "Error",
        Severity::Warning => "Warning",
    }
}

fn class(finding: &Diagnostic) -> &'static str {
    match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}
