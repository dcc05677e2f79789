//! `inbox-words`: a subject or preheader of which an inbox shows only a part, or twice the same.
//!
//! Inboxes show about 70 characters of a subject and 140 of what follows it.
//! Where the preheader is short they go on with the first words of the letter.

use crate::bulletin::Bulletin;
use crate::diagnostic::Diagnostic;
use crate::document::Text;

/// The longest subject, in characters, that most inboxes show whole.
const SUBJECT: usize = 70;
/// The same for a preheader.
const PREHEADER: usize = 140;

pub(super) fn check(bulletin: &Bulletin, findings: &mut Vec<Diagnostic>) {
    let mut long = |text: &Text, what: &str, most: usize| {
        let count = text.value.chars().count();
        if count > most {
            let told = format!("{what} has {count} characters; inboxes show about {most}");
            findings.push(
                Diagnostic::warning("inbox-words", told)
                    .at(&bulletin.source, text.span, "")
                    .help("say first what matters most, or shorten it"),
            );
        }
    };
    long(&bulletin.subject, "the subject", SUBJECT);
    if let Some(preheader) = &bulletin.preheader {
        long(preheader, "the preheader", PREHEADER);
        if preheader.value == bulletin.subject.value {
            findings.push(
                Diagnostic::warning("inbox-words", "the preheader repeats the subject")
                    .at(&bulletin.source, preheader.span, "")
                    .at(&bulletin.source, bulletin.subject.span, "the subject")
                    .help("say something else in it, or delete it"),
            );
        }
    }
}
