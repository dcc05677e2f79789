//! What was left as it was in the last edition and ought to differ: last
//! week's subject over this week's letter is how a wrong mail goes out.

use super::Last;
use crate::bulletin::Bulletin;
use crate::diagnostic::{Diagnostic, Span};

/// Finds a subject, preheader or date that is the last edition's.
pub fn repeated(bulletin: &Bulletin, last: &Last) -> Vec<Diagnostic> {
    let before = &last.outline;
    let mut findings = Vec::new();
    let mut find = |is_same: bool, code, what: &str, span: Span, help: &str| {
        if is_same {
            let told = format!("{what} is still that of the last edition, {}", last.id);
            let finding = Diagnostic::warning(code, told);
            findings.push(finding.at(&bulletin.source, span, "").help(help));
        }
    };
    let date = &bulletin.date;
    find(
        date.value.to_string() == before.date,
        "same-date",
        "the date",
        date.span,
        "write the day that this one is for",
    );
    let subject = &bulletin.subject;
    find(
        Some(subject.value.as_str()) == before.field("subject"),
        "same-subject",
        "the subject",
        subject.span,
        "write what is in this one: many inboxes put letters of the same subject into one thread, and hide what is alike",
    );
    if let Some(preheader) = &bulletin.preheader {
        find(
            Some(preheader.value.as_str()) == before.field("preheader"),
            "same-preheader",
            "the preheader",
            preheader.span,
            "write what is in this one",
        );
    }
    crate::diagnostic::sort(&mut findings);
    findings
}
