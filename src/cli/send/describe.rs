//! What a person reads before letters leave, and what is said where they may not.

use super::super::exit::Exit;
use super::super::print;
use super::super::refusal::Refusal;
use crate::delivery::{Change, Lists, Plan, Readers};
use crate::diagnostic::{Diagnostic, printable};
use crate::ledger::{Counts, State};
use crate::people::Language;
use crate::settings::Settings;

/// The most groups that are named.
const MOST_GROUPS: usize = 10;

/// The most rows of a list whose faults are shown.
const MOST_ROWS: usize = 100;

/// The plan, for the person who is asked; `done` says when it would have gone.
pub(super) fn plan(plan: &Plan, settings: &Settings, done: String) -> String {
    let several = plan.edition.versions.len() > 1;
    let subject = |(language, subject): (&Language, &str)| match several {
        true => format!("{subject} ({language})"),
        false => subject.to_owned(),
    };
    let mut rows: Vec<_> = plan
        .subjects()
        .map(|one| ("subject", subject(one)))
        .collect();
    rows.extend([
        (
            "from",
            format!(
                "{} <{}>",
                settings.sender.name.as_str(),
                settings.sender.address
            ),
        ),
        (
            "edition",
            format!(
                "{}, digest {}",
                plan.edition.id,
                short(&plan.beginning.digest)
            ),
        ),
    ]);
    if settings.sender.address.is_of_examples() {
        let told =
            "the sender is the example's, and answers reach nobody: write your own into [sender]";
        rows.push(("beware", told.to_owned()));
    }
    if let Some(relay) = &settings.relay {
        rows.push(("by", format!("{}:{}", relay.host, relay.port)));
    }
    let audience = plan.beginning.audience.as_deref();
    let audience = audience.map_or("everybody on the lists".to_owned(), |group| {
        format!("the group {group}")
    });
    rows.push(("audience", audience));
    let letters = print::counted(plan.letters(), "letter", "letters");
    rows.push(("to send", letters));
    rows.push(("done", done));
    if plan.has_begun {
        rows.push(("so far", so_far(&plan.counts)));
    }
    if plan.again > 0 {
        let letters = print::counted(plan.again, "letter", "letters");
        let words = format!("{letters} once more, as in_doubt = \"resend\" wants it");
        rows.push(("in doubt", words));
    }
    rows.push(("languages", languages(&plan.languages())));
    if !plan.lists.groups.is_empty() {
        let named = plan.lists.groups.iter().take(MOST_GROUPS);
        let named = named.map(|(group, count)| format!("{group} {}", print::number(*count)));
        let mut named: Vec<_> = named.collect();
        let more = plan.lists.groups.len().saturating_sub(MOST_GROUPS);
        if more > 0 {
            named.push(format!("and {more} more"));
        }
        rows.push(("groups", named.join(", ")));
    }
    let passed_over = passed_over(plan);
    if !passed_over.is_empty() {
        rows.push(("passed over", passed_over.join("; ")));
    }
    let rows = rows
        .iter()
        .map(|(name, words)| format!("  {name:<12} {}\n", printable(words)));
    format!("\n{}\n", rows.collect::<String>())
}

/// "180 in English, 20 in Dutch; 3 who read Korean get English".
fn languages(readers: &[Readers]) -> String {
    let mut words: Vec<_> = readers
        .iter()
        .map(|one| format!("{} in {}", print::number(one.people), one.language.name()))
        .collect();
    words = vec![words.join(", ")];
    for one in readers {
        words.extend(one.instead_of.iter().map(|(other, count)| {
            let verb = if *count == 1 { "reads" } else { "read" };
            let gets = if *count == 1 { "gets" } else { "get" };
            let count = print::number(*count);
            let (other, language) = (other.name(), one.language.name());
            format!("{count} who {verb} {other} {gets} {language}")
        }));
    }
    words.join("; ")
}

/// The first digits of a digest: enough to compare.
fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

fn so_far(counts: &Counts) -> String {
    let states = State::ALL.into_iter().filter(|state| counts.of(*state) > 0);
    let words = states.map(|state| format!("{} {state}", print::number(counts.of(state))));
    words.collect::<Vec<_>>().join(", ")
}

/// Who gets no letter, and why.
fn passed_over(plan: &Plan) -> Vec<String> {
    let (lists, difference) = (&plan.lists, &plan.difference);
    let suppressed = if plan.has_begun {
        difference.suppressed
    } else {
        lists.roll.suppressed
    };
    let count = |count, one, many: &str| print::counted(count, one, many);
    let mut words = Vec::new();
    let mut add = |number: u64, words_of: String| {
        if number > 0 {
            words.push(words_of);
        }
    };
    add(
        suppressed,
        format!("{} suppressed", print::number(suppressed)),
    );
    add(
        lists.outside,
        format!("{} outside the audience", print::number(lists.outside)),
    );
    let twice = lists.duplicate_count;
    add(
        twice,
        format!(
            "{} for a mailbox that stands above",
            count(twice, "row", "rows")
        ),
    );
    let faults = lists.fault_count;
    add(
        faults,
        count(faults, "row with a fault", "rows with faults"),
    );
    let gone = plan.gone();
    add(gone, format!("{} no longer on a list", print::number(gone)));
    let new = difference.new;
    add(
        new,
        format!(
            "{} on the lists since (--add-new takes them in)",
            print::number(new)
        ),
    );
    words
}

/// What is wrong with lists: places for everybody, words for a terminal alone.
pub(super) fn lists(lists: &Lists, terminal: bool) -> String {
    let mut text = print::findings(&lists.findings, terminal);
    for error in &lists.unreadable {
        text += &printable(&format!("error: {error}"));
        text.push('\n');
    }
    for fault in lists.faults.iter().take(MOST_ROWS) {
        text += &printable(&format!("error: {fault}"));
        if terminal {
            text += &format!(": {}", fault.words.for_terminal());
        }
        text.push('\n');
    }
    text += &more(lists.fault_count, "rows with faults");
    for duplicate in lists.duplicates.iter().take(MOST_ROWS) {
        let (file, line) = &duplicate.first;
        let told = format!(
            "warning: {}: the same mailbox as {file}:{line}, which counts",
            duplicate.place
        );
        text += &printable(&told);
        text.push('\n');
    }
    text + &more(lists.duplicate_count, "rows that name a mailbox again")
}

/// The same for a script, without the rows: they may name people.
pub(super) fn findings_of(lists: &Lists, takes: bool) -> Vec<Diagnostic> {
    let mut findings = lists.findings.clone();
    let unreadable = lists.unreadable.iter();
    findings.extend(unreadable.map(|error| Diagnostic::error("lists", error.to_string())));
    if lists.fault_count > 0 {
        let told = print::counted(lists.fault_count, "row has a fault", "rows have faults");
        findings.push(if takes {
            Diagnostic::warning("lists", told)
        } else {
            Diagnostic::error("lists", told).help(mending(lists))
        });
    }
    findings
}

/// What to do about lists that can't be sent to.
pub(super) fn mending(lists: &Lists) -> &'static str {
    if lists.unreadable.is_empty() {
        "mend the rows, or pass over them by --skip-invalid"
    } else {
        "mend that, or name other lists in the settings: recipients = [\"recipients.csv\"]"
    }
}

fn more(count: u64, what: &str) -> String {
    let more = count.saturating_sub(MOST_ROWS as u64);
    if more == 0 {
        String::new()
    } else {
        format!("… and {} more {what}\n", print::number(more))
    }
}

/// Nobody is to get it.
pub(super) fn nobody(plan: &Plan) -> Option<Refusal> {
    if plan.lists.roll.people > 0 {
        return None;
    }
    let id = &plan.edition.id;
    let (told, help) = match &plan.beginning.audience {
        Some(group) => (
            format!("{id} is for the group {group}, and nobody on the lists is in it"),
            "write another audience into the bulletin, or the group into the lists, in the column groups",
        ),
        None => (
            format!("{id} is for nobody: there is nobody on the lists"),
            "write people into a list that the settings name",
        ),
    };
    Some(Refusal::new(Exit::Files, "nobody", told).help(help))
}

/// An edition has changed since it began.
pub(super) fn changed(edition: &str, changes: &[Change], left: u64) -> Refusal {
    let mut help = String::new();
    for change in changes {
        help += &match &change.language {
            Some(language) => format!("{} ({language}):\n", change.what),
            None => format!("{}:\n", change.what),
        };
        change
            .before
            .lines()
            .for_each(|line| help += &format!("  - {line}\n"));
        change
            .now
            .lines()
            .for_each(|line| help += &format!("  + {line}\n"));
    }
    if left == 0 {
        help +=
            "a bulletin that has been sent stays as it was; write a new one, with an id of its own";
        let told = format!(
            "{edition} has been sent, and its file has changed since; nothing of it is sent again"
        );
        return Refusal::guard("changed", told).help(help);
    }
    help += &format!(
        "what began can be finished as it was: epistle send … --as-begun\n\
         or the rest of it can be dropped: epistle cancel {edition}"
    );
    let told = format!(
        "{edition} has changed since it began, with {} still to send",
        print::counted(left, "letter", "letters")
    );
    Refusal::guard("changed", told).help(help)
}
