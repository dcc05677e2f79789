//! The answers at the head of the page, and what stands at its end: the states
//! in numbers, the runs, the digest.

use maud::{Markup, html};

use super::{DRAWN, Page};
use crate::delivery::Report;
use crate::diagnostic::{number, printable};
use crate::ledger::{PastRun, State};

/// One card a question.
pub(super) fn cards(page: &Page<'_>) -> Markup {
    let report = page.report;
    let (class, told) = outcome(report);
    let last = page.account.runs.last();
    html! {
        ul.facts {
            li class=(class) { span.what { "How it stands" } strong { (told) } }
            li {
                span.what { "Accepted by the mail server" }
                strong { (number(report.accepted)) } " of " (number(report.enrolled))
            }
            li { span.what { "Begun" } (page.at_text(&report.began)) }
            @if let Some(run) = last {
                li { span.what { "The last run" } (ending(run)) @if let Some(ended) = run.ended { ", " (page.at_millis(ended)) } }
                li { span.what { "Run by" } (run.by) }
            }
            li {
                span.what { "To" }
                @match page.audience {
                    Some(group) => { "The group " strong { (group) } }
                    None => { "Everybody on the lists" }
                }
            }
        }
        p.next { (page.next) }
    }
}

fn outcome(report: &Report) -> (&'static str, String) {
    let left = report.still_to_send() + report.started;
    if report.unknown > 0 {
        let unknown = number(report.unknown);
        (
            "is-warning",
            format!("{unknown} in doubt: a person must decide"),
        )
    } else if left > 0 {
        ("is-warning", format!("{} still to send", number(left)))
    } else if report.refused > 0 {
        let refused = number(report.refused);
        ("is-warning", format!("Finished, {refused} refused"))
    } else {
        ("is-good", "Finished".to_owned())
    }
}

/// How a run ended, in words.
fn ending(run: &PastRun) -> &str {
    match run.ending.as_deref() {
        None => "Has no end: it goes on, or was killed",
        Some("finished") => "Went through",
        Some("stopped") => "Was stopped by a person or the system",
        Some("limit") => "Reached its limit",
        Some("later") => "Left the rest to a later run",
        Some("halted") => "Ended before it did more harm",
        Some("relay") => "Ended: the relay can’t be used",
        Some("ledger") => "Ended: the ledger can’t be used",
        Some("defect") => "Ended by a defect of Epistle",
        Some(other) => other,
    }
}

/// The letters by state, with what that means.
pub(super) fn states(page: &Page<'_>) -> Markup {
    let counts = DRAWN.map(|state| (state, of(page.report, state)));
    html! {
        section {
            h2 #states-head { "Letters by state" }
            table {
                thead { tr { th scope="col" { "State" } th.count scope="col" { "Letters" } th scope="col" { "Meaning" } } }
                tbody {
                    @for (state, count) in counts {
                        @if count > 0 || state == State::Accepted {
                            tr { th.state scope="row" { span.dot.(state.name()) {} (state.name()) } td.count { (number(count)) } td { (meaning(state)) } }
                        }
                    }
                    tr.sum { th scope="row" { "enrolled" } td.count { (number(page.report.enrolled)) } td { "all together" } }
                }
            }
        }
    }
}

fn of(report: &Report, state: State) -> u64 {
    match state {
        State::Pending => report.pending,
        State::Started => report.started,
        State::Accepted => report.accepted,
        State::Refused => report.refused,
        State::Deferred => report.deferred,
        State::Unknown => report.unknown,
        State::Suppressed => report.suppressed,
        State::Cancelled => report.cancelled,
    }
}

fn meaning(state: State) -> &'static str {
    match state {
        State::Pending => "still to be sent",
        State::Started => "on their way at that moment",
        State::Accepted => "taken by the mail server",
        State::Refused => "not taken for this recipient",
        State::Deferred => "put off by the mail server; tried again by themselves",
        State::Unknown => "nobody can know whether they have arrived",
        State::Suppressed => "to people who must not be written to",
        State::Cancelled => {
            "not to be sent; or not again, where a person left it so though it may have arrived"
        }
    }
}

/// All runs.
pub(super) fn runs(page: &Page<'_>) -> Markup {
    let runs = &page.account.runs;
    html! {
        section {
            h2 #runs-head { "Runs" }
            @if runs.is_empty() { p { "The ledger knows of none." } }
            @else {
                section.wide tabindex="0" aria-labelledby="runs-head" {
                    table {
                        thead { tr {
                            th scope="col" { "Begun" } th scope="col" { "Took" } th.count scope="col" { "Accepted" }
                            th scope="col" { "How it ended" } th scope="col" { "By" }
                        } }
                        tbody { @for run in runs { (row(page, run)) } }
                    }
                }
            }
        }
    }
}

fn row(page: &Page<'_>, run: &PastRun) -> Markup {
    let took = run.ended.map(|ended| time(ended - run.began));
    html! {
        tr {
            td { (page.at_millis(run.began)) }
            td { @match took { Some(took) => { (took) } None => { "–" } } }
            td.count { @match run.accepted { Some(count) => { (number(count)) } None => { "–" } } }
            td { (ending(run)) @if let Some(told) = &run.told { ": " (printable(told)) } }
            td { (run.by) " (" (run.program) ")" }
        }
    }
}

/// A length of time, from milliseconds.
pub(super) fn time(millis: i64) -> String {
    let tenths = millis.max(0) / 100;
    match tenths {
        0..=999 => format!("{}.{} s", tenths / 10, tenths % 10),
        1_000..=59_999 => format!("{} min", (tenths + 300) / 600),
        _ => format!("{} h {} min", tenths / 36_000, tenths % 36_000 / 600),
    }
}

/// What tells the edition from all others.
pub(super) fn technical(page: &Page<'_>) -> Markup {
    html! {
        section {
            h2 #digest-head { "Digest" }
            p { code { (page.report.digest) } br; "What readers were sent, frozen when it began; the preview shows the same." }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_as_people_say_them() {
        let times = [0, 1_234, 99_999, 100_000, 5_999_000, 9_000_000].map(time);
        let expected = ["0.0 s", "1.2 s", "99.9 s", "2 min", "100 min", "2 h 30 min"];
        assert_eq!(times, expected);
    }
}
