//! `epistle status`: how editions stand, and who has not got them.

use std::io::{self, IsTerminal};
use std::time::{Duration, SystemTime};

use chrono::{DateTime, FixedOffset, SecondsFormat, TimeDelta};

use super::args::{Common, Status};
use super::exit::Exit;
use super::{input, learnt, letters_csv, letters_to, print, when};
use crate::delivery::{self, Forecast, Letter, Memory, Report};
use crate::diagnostic::printable;
use crate::ledger::{Held, Ledger, RunLock, State};
use crate::settings::Settings;

/// Over how much of the past the speed of a run is measured: where that differs, the faster counts.
const LOOK_BACK: [Duration; 2] = [Duration::from_secs(10), Duration::from_secs(60)];

#[derive(serde::Serialize)]
struct Standing {
    #[serde(flatten)]
    report: Report,
    /// Who sends right now: the run's own words.
    running: Option<String>,
    /// How many seconds are left, by the speed of late, ceilings and pauses.
    seconds_left: Option<u64>,
    /// When it is done, if it goes on (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    done: Option<String>,
    /// What was learnt of the mail server.
    #[serde(skip_serializing_if = "Option::is_none")]
    learnt: Option<Vec<learnt::Row>>,
    /// A run of it was ended for the harm that it did.
    #[serde(skip)]
    is_halted: bool,
    #[serde(skip)]
    forecast: Forecast,
    /// When the first of the deferred letters is tried again.
    #[serde(skip)]
    due: Option<SystemTime>,
}

/// Prints one edition, or all of them.
pub(super) fn run(options: &Status, common: &Common) -> anyhow::Result<Exit> {
    let settings = input::own_settings(common)?;
    if let (Some(edition), [_, ..]) = (&options.edition, options.addresses.as_slice()) {
        return letters_to::run(&settings, edition, &options.addresses, common);
    }
    if let (Some(edition), true) = (&options.edition, options.csv) {
        return letters_csv::run(&settings, edition);
    }
    let (mut ledger, ids) = match &options.edition {
        Some(id) => (input::ledger(&settings)?, vec![id.clone()]),
        None => match input::ledger_if_any(&settings)? {
            Some(mut ledger) => {
                let ids = ledger.editions()?;
                (ledger, ids)
            }
            None => return none(common),
        },
    };
    let now = input::now(&settings);
    let memory = memory(&mut ledger, &settings)?;
    let running = RunLock::holder(&settings.ledger)?.map(|held| held.by);
    let mut all = Vec::new();
    for id in &ids {
        let report = Report::of(&mut ledger, id)?;
        let is_this = |by: &String| sent_by(by) == Some(id);
        let running = running.clone().filter(is_this);
        let in_vain = ledger.pending_in_vain(id)?;
        let left = (report.pending + report.started).saturating_sub(in_vain);
        // A run that has just begun has not been at it for all of the longer time.
        let mut speed = 0.0_f64;
        for look_back in LOOK_BACK {
            let recent = ledger.accepted_since(id, SystemTime::now() - look_back)?;
            speed = speed.max(recent as f64 / look_back.as_secs_f64());
        }
        // With pauses in it, a speed would have them counted twice: the run leaves its own.
        let (pause, is_running) = (settings.batch.pause, running.is_some());
        let lately = (is_running && speed > 0.0 && pause.is_zero()).then_some(speed);
        let mut paused = Duration::ZERO;
        if is_running
            && !pause.is_zero()
            && report.started == 0
            && let Some(last) = ledger.last_answer(id)?
        {
            paused = pause.saturating_sub(last.elapsed().unwrap_or_default());
        }
        let forecast = Forecast::of(
            &mut ledger,
            &memory,
            &settings.batch,
            Some(id),
            left,
            lately,
            paused,
        )?;
        // Whoever sends may be waiting for something that this does not know of.
        let seconds = match forecast {
            Forecast::About(time) if running.is_some() && left > 0 => Some(time.as_secs()),
            _ => None,
        };
        let done = seconds.and_then(|seconds| {
            now.checked_add_signed(TimeDelta::seconds(i64::try_from(seconds).ok()?))
        });
        all.push(Standing {
            report,
            running,
            seconds_left: seconds,
            done: done.map(|done| done.to_rfc3339_opts(SecondsFormat::Secs, false)),
            learnt: options.edition.is_some().then(|| learnt::rows(&memory)),
            is_halted: memory.is_halted(id),
            forecast,
            due: ledger.next_due(id)?,
        });
    }
    if common.json {
        match (&options.edition, all.as_slice()) {
            (Some(_), [one]) => print::data_json(one)?,
            _ => print::data_json(
                &serde_json::json!({ "editions": all, "learnt": learnt::rows(&memory) }),
            )?,
        }
        return Ok(Exit::Success);
    }
    let mut text = String::new();
    for status in &all {
        text += &described(status, options.edition.is_some(), now);
    }
    if all.is_empty() {
        return none(common);
    }
    text += &learnt::lines(&memory, now);
    print::data(&text)?;
    print::hint(&[match (&options.edition, all.as_slice()) {
        (Some(_), [one]) => next(&one.report, one.running.is_some(), one.is_halted),
        (_, several) => next_of_several(several),
    }]);
    Ok(Exit::Success)
}

/// What a run sends, by its own words: `process 12 since …: 2026-03-20`.
pub(super) fn sent_by(by: &str) -> Option<&str> {
    by.split_once(": ").map(|(_, what)| what)
}

fn none(common: &Common) -> anyhow::Result<Exit> {
    if common.json {
        print::data_json(&serde_json::json!({ "editions": [], "learnt": [] }))?;
    } else {
        print::data("No edition has begun.\n")?;
    }
    Ok(Exit::Success)
}

/// What earlier runs know of the relay of the settings.
fn memory(ledger: &mut impl Ledger, settings: &Settings) -> anyhow::Result<Memory> {
    Ok(match &settings.relay {
        Some(relay) => Memory::of(ledger, &delivery::account(relay))?,
        None => Memory::default(),
    })
}

/// What there is to do about an edition, which may be being sent.
pub(super) fn next_of(
    ledger: &mut impl Ledger,
    settings: &Settings,
    report: &Report,
) -> anyhow::Result<String> {
    let running = RunLock::holder(&settings.ledger)?;
    let is_this = |held: Held| sent_by(&held.by) == Some(&report.edition);
    let is_halted = memory(ledger, settings)?.is_halted(&report.edition);
    Ok(next(report, running.is_some_and(is_this), is_halted))
}

/// Where to look for more: at the last edition that somebody has not got.
fn next_of_several(all: &[Standing]) -> String {
    let is_open = |one: &&Standing| {
        let report = &one.report;
        report.refused + report.unknown + report.started + report.still_to_send() > 0
    };
    match all.iter().rev().find(is_open) {
        Some(one) => {
            let edition = &one.report.edition;
            format!("Next: epistle status {edition} tells who has not got it, and why.")
        }
        None => {
            "Next: nothing. epistle status, with an edition and an address, tells of one letter."
                .to_owned()
        }
    }
}

fn next(report: &Report, is_running: bool, is_halted: bool) -> String {
    let edition = &report.edition;
    if report.unknown > 0 || (report.started > 0 && !is_running) {
        format!("Next: epistle resolve {edition}")
    } else if report.still_to_send() > 0 && is_halted {
        "Next: mend what ended the last run; then epistle send, with its bulletin and --anyway, goes on.".to_owned()
    } else if report.still_to_send() > 0 {
        "Next: epistle send, with its bulletin, goes on with what is left.".to_owned()
    } else if report.refused > 0 {
        format!("Next: mend the addresses in the lists, or epistle retry {edition} --refused")
    } else {
        "Next: nothing.".to_owned()
    }
}

fn described(status: &Standing, in_full: bool, now: DateTime<FixedOffset>) -> String {
    let report = &status.report;
    let mut counts = Vec::new();
    for (count, state) in [
        (report.accepted, State::Accepted),
        (report.pending, State::Pending),
        (report.started, State::Started),
        (report.deferred, State::Deferred),
        (report.refused, State::Refused),
        (report.unknown, State::Unknown),
        (report.suppressed, State::Suppressed),
        (report.cancelled, State::Cancelled),
    ] {
        if count > 0 || state == State::Accepted {
            counts.push(format!("{} {state}", print::number(count)));
        }
    }
    let mut text = format!(
        "{}: {} enrolled: {}\n",
        report.edition,
        print::number(report.enrolled),
        counts.join(", ")
    );
    if !in_full {
        return text;
    }
    text += &format!("  begun {}, digest {}\n", report.began, &report.digest);
    let done = done(status, now);
    match (&status.running, report.still_to_send()) {
        (Some(by), _) => text += &format!("  being sent by {}; {done}\n", printable(by)),
        (None, _) if report.started > 0 => {
            let letters = print::counted(report.started, "letter was", "letters were");
            text += &format!(
                "  {letters} on the way when the last run ended: epistle resolve {}\n",
                report.edition
            );
        }
        (None, 1..) if status.is_halted => {
            text += "  not being sent now; epistle send --anyway goes on with what is left\n";
        }
        (None, 1..) => {
            text += &format!("  not being sent now; epistle send goes on with it: {done}\n");
        }
        _ => {}
    }
    let letters = report.letters.iter();
    text.extend(letters.map(|one| letter(one, *now.offset())));
    text
}

/// When an edition has gone, if it goes on, as far as that can be known.
fn done(status: &Standing, now: DateTime<FixedOffset>) -> String {
    let report = &status.report;
    let mut words = Vec::new();
    if report.pending + report.started > 0 {
        words.push(match status.forecast {
            Forecast::About(time) => format!("done {}", when::after(time, now)),
            Forecast::AtLeast(time) => format!("not done before {}", when::after(time, now)),
            Forecast::Unknown => "nobody has measured yet how long it takes".to_owned(),
        });
    }
    if let Some(due) = status.due {
        let letters = print::counted(report.deferred, "deferred letter", "deferred letters");
        let when = when::moment(due.max(now.into()), now);
        words.push(format!("{letters}, the first tried again {when}"));
    }
    words.join("; ")
}

/// A letter that a person may want to know of. Off a terminal a row of the list
/// stands for the person, and the codes for the relay's words, which may name them.
pub(super) fn letter(letter: &Letter, zone: FixedOffset) -> String {
    let open = io::stdout().is_terminal();
    let who = if open {
        format!("{} ({}:{})", letter.address, letter.file, letter.line)
    } else {
        format!("{}:{}", letter.file, letter.line)
    };
    // What has not been tried yet has neither.
    let stage = letter.stage.iter().map(|stage| format!(": {stage}"));
    let reply = letter.reply.iter().map(|reply| {
        let reply = if open { reply.clone() } else { codes(reply) };
        format!(": {reply}")
    });
    let told: String = stage.chain(reply).collect();
    let due = letter.due.as_ref();
    let due = due.map(|due| format!(", again at {}", in_zone(due, zone)));
    let mut text = printable(&format!(
        "  {:<8} {who}{told} ({}{})",
        letter.state.name(),
        in_zone(&letter.time, zone),
        due.unwrap_or_default()
    ));
    text.push('\n');
    text
}

/// The same moment in a zone, beside the other times that a person reads.
fn in_zone(time: &str, zone: FixedOffset) -> String {
    match DateTime::parse_from_rfc3339(time) {
        Ok(time) => time
            .with_timezone(&zone)
            .to_rfc3339_opts(SecondsFormat::Secs, true),
        Err(_) => time.to_owned(), // it was written by this program, by RFC 3339
    }
}

/// The numbers at the start of a reply.
fn codes(reply: &str) -> String {
    let numbers = |word: &&str| {
        word.chars()
            .all(|char| char.is_ascii_digit() || char == '.')
    };
    let words: Vec<_> = reply.split(' ').take_while(numbers).collect();
    if words.is_empty() {
        "no reply".to_owned()
    } else {
        words.join(" ")
    }
}
