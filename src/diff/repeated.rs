//! What was left as it was in the last edition and ought to differ: last
//! week's subject over this week's letter is how a wrong mail goes out.

use super::Last;
use crate::bulletin::Bulletin;
use crate::diagnostic::{Diagnostic, Span};
use crate::edition::{Issue, Outline};

/// Finds a date, and in each language a subject or preheader, that is the last edition's.
pub fn repeated(issue: &Issue, last: &Last) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let bulletins = issue.bulletins().map(|checked| checked.bulletin());
    for (number, bulletin) in bulletins.enumerate() {
        let is_base = number == 0;
        let Some(before) = last.outline(&bulletin.language.value, is_base) else {
            continue;
        };
        let mut found = texts(bulletin, last, before);
        if is_base {
            found.extend(date(bulletin, last, before)); // all languages share it
        }
        crate::diagnostic::sort(&mut found);
        findings.append(&mut found);
    }
    findings
}

fn date(bulletin: &Bulletin, last: &Last, before: &Outline) -> Option<Diagnostic> {
    let date = &bulletin.date;
    let help = "write the day that this one is for";
    (date.value.to_string() == before.date)
        .then(|| finding(bulletin, last, "same-date", "the date", date.span, help))
}

fn texts(bulletin: &Bulletin, last: &Last, before: &Outline) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let subject = &bulletin.subject;
    if Some(subject.value.as_str()) == before.field("subject") {
        let help = "write what is in this one: many inboxes put letters of the same subject into one thread, and hide what is alike";
        findings.push(finding(
            bulletin,
            last,
            "same-subject",
            "the subject",
            subject.span,
            help,
        ));
    }
    if let Some(preheader) = &bulletin.preheader
        && Some(preheader.value.as_str()) == before.field("preheader")
    {
        findings.push(finding(
            bulletin,
            last,
            "same-preheader",
            "the preheader",
            preheader.span,
            "write what is in this one",
        ));
    }
    findings
}

fn finding(
    bulletin: &Bulletin,
    last: &Last,
    code: &'static str,
    what: &str,
    span: Span,
    help: &str,
) -> Diagnostic {
    let told = format!("{what} is still that of the last edition, {}", last.id);
    Diagnostic::warning(code, told)
        .at(&bulletin.source, span, "")
        .help(help)
}
