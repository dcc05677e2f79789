//! Findings for programs: the same facts that the terminal shows, as one JSON object.

use super::{Diagnostic, Position, Severity, shortened};

/// All findings of a run.
#[derive(Debug, serde::Serialize)]
pub struct Report<'a> {
    /// How many findings block sending.
    pub errors: usize,
    /// How many should be looked at.
    pub warnings: usize,
    /// The findings, in the order of the files and of the places in them.
    pub findings: Vec<Finding<'a>>,
}

/// One finding.
#[derive(Debug, serde::Serialize)]
pub struct Finding<'a> {
    code: &'a str,
    severity: Severity,
    message: &'a str,
    labels: Vec<Place<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<Replacement<'a>>,
}

/// A place in a file: `start` is its first character, `end` the one after its
/// last, `excerpt` the first thousand bytes of what stands there.
#[derive(Debug, serde::Serialize)]
struct Place<'a> {
    file: &'a str,
    start: Position,
    end: Position,
    excerpt: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    text: &'a str,
}

#[derive(Debug, serde::Serialize)]
struct Replacement<'a> {
    start: Position,
    end: Position,
    replacement: &'a str,
}

/// Turns findings into what `--json` prints.
pub fn report<'a>(findings: impl IntoIterator<Item = &'a Diagnostic>) -> Report<'a> {
    let findings: Vec<_> = findings.into_iter().map(finding).collect();
    let errors = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .count();
    Report {
        errors,
        warnings: findings.len() - errors,
        findings,
    }
}

fn finding(diagnostic: &Diagnostic) -> Finding<'_> {
    let labels = diagnostic.labels.iter().map(|label| Place {
        file: label.source.name(),
        start: label.source.position(label.span.start),
        end: label.source.position(label.span.end),
        excerpt: shortened(label.source.slice(label.span)),
        text: &label.text,
    });
    let fix = diagnostic.fix.as_ref().zip(diagnostic.labels.first());
    Finding {
        code: diagnostic.code,
        severity: diagnostic.severity,
        message: &diagnostic.message,
        labels: labels.collect(),
        help: diagnostic.help.as_deref(),
        fix: fix.map(|(fix, label)| Replacement {
            start: label.source.position(fix.span.start),
            end: label.source.position(fix.span.end),
            replacement: &fix.replacement,
        }),
    }
}
