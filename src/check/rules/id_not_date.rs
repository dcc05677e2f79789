//! `id-not-date`: an id that is a date, and another `date` beside it.
//!
//! Who copies last week's file and mends only the one has told the program two
//! different days, and perhaps the readers too.

use chrono::NaiveDate;

use crate::bulletin::Bulletin;
use crate::diagnostic::Diagnostic;

pub(super) fn check(bulletin: &Bulletin, findings: &mut Vec<Diagnostic>) {
    let start = bulletin.id.value.get(..10).unwrap_or_default();
    let Ok(named) = start.parse::<NaiveDate>() else {
        return;
    };
    if named != bulletin.date.value {
        findings.push(
            Diagnostic::warning("id-not-date", "the date is not the one that the id names")
                .at(&bulletin.source, bulletin.date.span, "")
                .at(&bulletin.source, bulletin.id.span, "the id")
                .help("look at the subject and the texts too, if the file was copied"),
        );
    }
}
