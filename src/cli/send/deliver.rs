//! From a plan to a run and its report.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::Context;
use chrono::{DateTime, FixedOffset, Utc};

use super::super::exit::Exit;
use super::super::refusal::Refusal;
use super::super::{input, print, report, when};
use super::progress::Display;
use super::{Consent, Open, Wish, confirms, describe, done, reports, trouble};
use crate::delivery::{
    self, Edition, Ending, Options, Plan, Progress, Report, Retry, Snapshot, Stop,
};
use crate::diagnostic::printable;
use crate::files;
use crate::ledger::{Ledger, RunEnd, State};
use crate::letter::Signer;
use crate::people::Secret;
use crate::settings::{self, Settings};
use crate::smtp::Relay;

/// When a deferred letter is tried again, in minutes: by RFC 5321 (4.5.4.1) half
/// an hour and more, but sooner where the reason is known to pass.
const USUALLY: [u64; 4] = [30, 60, 120, 240];
const GREYLISTED: [u64; 5] = [5, 15, 30, 60, 240];
const OWN_TROUBLE: [u64; 6] = [1, 5, 30, 60, 120, 240];

/// So many may leave the lists of an edition that has begun, or a tenth of those left, and nobody is asked.
const MOST_GONE: u64 = 10;

/// How long nobody connects after a first failure.
const BACKOFF: Duration = Duration::from_secs(1);

/// How long a run stands still where nobody looks on, before it leaves the rest
/// to the next: longer than a pause, shorter than a quota by the hour. Where
/// somebody does, it goes on the next day.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
const PATIENCE_AT_TERMINAL: Duration = Duration::from_secs(36 * 3_600);

/// How and where to send.
pub(super) struct Send<'s> {
    pub(super) settings: &'s Settings,
    pub(super) relay: Relay,
    /// The keys of the settings as they are now, also for an edition that has begun.
    pub(super) signer: Signer,
    /// Whether pauses and rates are kept: not where the letters go nowhere.
    pub(super) pace: bool,
    /// The folder of the sandbox.
    pub(super) outbox: Option<PathBuf>,
    /// What asks for the end: of this run, or of several.
    pub(super) stop: Stop,
}

/// What has come of it.
pub(super) struct Sent {
    pub(super) exit: Exit,
    /// How much of a limit it has used.
    pub(super) dots: u64,
    /// How the edition stands now.
    pub(super) report: Report,
}

impl Sent {
    /// Prints how the edition stands, where that is asked for.
    pub(super) fn print(&self, wish: Wish) -> anyhow::Result<()> {
        if wish.json {
            as_json(&self.report)?;
        }
        Ok(())
    }
}

/// Prints what has come of a run. Where nobody reads it, the exit code says enough.
pub(super) fn as_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    match print::data_json(value) {
        Err(error) if print::is_broken_pipe(&error) => Ok(()),
        told => told,
    }
}

/// Asks, begins, sends, and tells.
pub(super) fn deliver(
    mut open: Open,
    plan: &Plan,
    send: Send<'_>,
    wish: Wish,
) -> anyhow::Result<Sent> {
    may_go_on(plan, wish)?;
    let nothing_left = plan.counts.still_to_send() == 0;
    if plan.has_begun && nothing_left && plan.letters() == 0 {
        return nothing_to_do(&mut open, plan, &send);
    }
    for (_, frozen) in &plan.edition.versions {
        send.signer.covers(frozen)?;
    }
    if send.outbox.is_none() {
        let runs = open.ledger.runs_began(&plan.edition.id)?;
        reports::refuse_older_ledger(plan, &send.settings.ledger, &runs)?;
        if wish.consent == Consent::NotNeeded {
            refuse_short_lists(plan)?;
        }
    }
    if wish.consent == Consent::Ask {
        let done = done::before(&mut open.ledger, plan, send.settings)?;
        confirms(plan, wish, &describe::plan(plan, send.settings, done))?;
    }
    if send.stop.is_asked() {
        let told = "this run was stopped before it began: nothing was sent";
        return Err(Refusal::new(Exit::Left, "stopped", told).into());
    }
    let counts = plan.carry_out(&mut open.ledger)?;

    let began = Utc::now();
    let stop = send.stop.clone();
    stop.listen().context("signals can't be listened to")?;
    let progress = Arc::new(Progress::default());
    let path = reports::path(&send.settings.ledger, &plan.edition.id, began);
    let display = Display::begin(&progress, *input::now(send.settings).offset());
    let options = options(&send, wish, &open.secret);
    let relay = account(&send);
    let fingerprint = relay.map(|relay| delivery::fingerprint(relay, &open.secret, false));
    let edition = Edition {
        id: plan.edition.id.clone(),
        versions: plan.edition.versions.clone(),
    };
    let id = &plan.edition.id;
    let number = open.ledger.begin_run(id, &by(&send, wish), began.into())?;
    // After the ledger knows of the run, else a kill between the two would look like
    // an older ledger. Where it can't be written, the report can't be either, and
    // that is told at the end.
    let _ = reports::begin(&path, id, counts.of(State::Accepted));
    let (mut ledger, ending) = delivery::run(
        open.ledger,
        edition,
        open.secret,
        send.signer,
        options,
        &stop,
        &progress,
    )
    .context("the run can't begin")?;
    display.end();

    let snapshot = progress.snapshot();
    let end = RunEnd {
        accepted: snapshot.accepted,
        ending: ending.name(),
        told: ending.told(),
    };
    // Where the ledger can't be written any more, how the run ended is told all the same.
    let _ = ledger.end_run(number, end, SystemTime::now());
    let mut report = Report::of(&mut ledger, id)?;
    let dots = progress.dots();
    let now = input::now(send.settings);
    let after = ledger.counts(id)?;
    let is_unattended = trouble::is_unattended(wish, send.outbox.as_deref());
    let trouble = trouble::of(&ending, fingerprint, &after).filter(|_| is_unattended);
    let is_known = trouble
        .as_ref()
        .is_some_and(|trouble| trouble::is_known(&mut ledger, id, trouble, now));
    let took = snapshot.elapsed;
    let run = delivery::Run::new(began, took, snapshot.accepted, &ending, &plan.lists);
    report.run = Some(run);
    report.outbox = send.outbox.clone();
    if is_known && reports::forget(&path, &send.settings.ledger, id, report.accepted) {
        // Else a file, and a run on the page, for each look of cron's.
        let _ = ledger.forget_run(number);
        let exit = exit(&report, &ending);
        return Ok(Sent { exit, dots, report });
    }
    let mut json = serde_json::to_vec_pretty(&report)?;
    json.push(b'\n');
    let written = files::write_private(&path, &json);
    let page = report::path(send.settings, id);
    let next = next(&report, &ending);
    let paged = report::write(&mut ledger, send.settings, &report, &next, &page);
    let mut exit = exit(&report, &ending);
    let is_written = written.is_ok() && paged.is_ok();
    // What has come of it is told first, whatever becomes of the telling.
    let place = match (written, paged) {
        (Ok(()), Ok(_)) => format!("report is {}, as a page {}", path.display(), page.display()),
        (Ok(()), Err(error)) => {
            exit = exit.or(Exit::Files);
            format!("report is {}; {error:#}", path.display())
        }
        (Err(error), _) => {
            exit = exit.or(Exit::Files);
            format!("report {} can't be written: {error}", path.display())
        }
    };
    let is_later = matches!(ending, Ending::Later(_)) && is_unattended;
    if !(is_known && is_written) {
        tell(&report, &ending, &snapshot, &place, exit, is_later, now);
        if trouble.is_some() {
            print::note(trouble::ONCE_A_DAY);
        }
    }
    Ok(Sent { exit, dots, report })
}

/// Who runs it, as far as the system says, and how.
fn by(send: &Send<'_>, wish: Wish) -> String {
    let is_due = wish.consent == Consent::NotNeeded && send.outbox.is_none();
    let command = if is_due {
        "epistle send --due"
    } else {
        "epistle send"
    };
    let names = ["LOGNAME", "USER"].map(std::env::var);
    let name = names.into_iter().flatten().find(|name| !name.is_empty());
    match name {
        Some(name) => printable(&format!("{name}, {command}")),
        None => command.to_owned(),
    }
}

/// Refuses lists that name nobody, or have faults that nobody has taken into account.
fn may_go_on(plan: &Plan, wish: Wish) -> anyhow::Result<()> {
    let lists = &plan.lists;
    let terminal = io::stderr().is_terminal();
    // Cron is told of what keeps it from sending, and of what it is to pass over; the report has the rest.
    if terminal || !lists.are_whole() || wish.consent != Consent::NotNeeded {
        print::note(&describe::lists(lists, terminal));
    }
    if !wish.takes(lists) {
        let told = format!(
            "the lists have errors, so nothing of {} was sent",
            plan.edition.id
        );
        let refusal = Refusal::new(Exit::Files, "lists", told);
        return Err(refusal.help(describe::mending(lists)).into());
    }
    match describe::nobody(plan) {
        Some(refusal) => Err(refusal.into()),
        None => Ok(()),
    }
}

/// Refuses, where nobody is there to be asked, to drop many who were to get the
/// edition that has begun: a list that was cut short looks the same.
fn refuse_short_lists(plan: &Plan) -> Result<(), Refusal> {
    let (gone, left) = (plan.gone(), plan.counts.still_to_send());
    if gone <= MOST_GONE.max(left / 10) {
        return Ok(());
    }
    let told = format!(
        "{} of the {} of {} that are still to be sent are for people who are no longer on a list: nothing was sent",
        print::number(gone),
        print::counted(left, "letter", "letters"),
        plan.edition.id,
    );
    Err(Refusal::guard("short-lists", told).help(
        "look whether the lists are whole; if those people are to get nothing, send it by hand",
    ))
}

fn nothing_to_do(open: &mut Open, plan: &Plan, send: &Send<'_>) -> anyhow::Result<Sent> {
    let mut report = Report::of(&mut open.ledger, &plan.edition.id)?;
    report.outbox = send.outbox.clone();
    let mut told = match &report.outbox {
        Some(outbox) => format!(
            "{} is in the sandbox already: its letters are in {}, and nowhere else.",
            report.edition,
            outbox.display()
        ),
        None => format!("{} has been sent: nothing is left of it.", report.edition),
    };
    if plan.difference.new > 0 {
        let new = print::counted(plan.difference.new, "person", "people");
        told += &format!(" {new} on the lists since would get it by --add-new.");
    }
    let ending = Ending::Finished;
    print::hint(&[told, next(&report, &ending)]);
    let exit = exit(&report, &ending);
    Ok(Sent {
        exit,
        dots: 0,
        report,
    })
}

fn options(send: &Send<'_>, wish: Wish, secret: &Secret) -> Options {
    let settings = send.settings;
    let batch = &settings.batch;
    Options {
        relay: send.relay.clone(),
        connections: batch.connections,
        batch: batch.size,
        pause: if send.pace {
            batch.pause
        } else {
            Duration::ZERO
        },
        rates: if send.pace {
            batch.rates.clone()
        } else {
            Vec::new()
        },
        domains: if send.pace {
            batch.domains.clone()
        } else {
            Vec::new()
        },
        account: account(send).map(delivery::account),
        fingerprint: account(send).map(|relay| delivery::fingerprint(relay, secret, true)),
        unattended: trouble::is_unattended(wish, send.outbox.as_deref()),
        patience: patience(),
        anyway: wish.anyway,
        limit: wish.limit,
        backoff: BACKOFF,
        retry: Retry {
            own: minutes(&OWN_TROUBLE),
            greylisted: minutes(&GREYLISTED),
            usual: minutes(&USUALLY),
        },
        retry_within: batch.retry_within,
        give_up_after: settings.give_up_after,
    }
}

fn minutes(times: &[u64]) -> Vec<Duration> {
    times
        .iter()
        .map(|time| Duration::from_secs(time * 60))
        .collect()
}

/// The relay whose account letters are counted for: none where they go nowhere.
fn account<'s>(send: &Send<'s>) -> Option<&'s settings::Relay> {
    send.settings.relay.as_ref().filter(|_| send.pace)
}

/// How long a run stands still.
pub(super) fn patience() -> Duration {
    if io::stderr().is_terminal() {
        PATIENCE_AT_TERMINAL
    } else {
        PATIENCE
    }
}

fn exit(report: &Report, ending: &Ending) -> Exit {
    let by_ending = match ending {
        Ending::Relay(_) | Ending::Halted(_) | Ending::Ledger(_) => Exit::Unusable,
        Ending::Defect(_) => Exit::Defect,
        Ending::Finished | Ending::Stopped | Ending::Limit | Ending::Later(_) => Exit::Success,
    };
    let by_letters = if report.refused + report.unknown > 0 {
        Exit::NotAll
    } else if report.still_to_send() + report.started > 0 {
        Exit::Left
    } else {
        Exit::Success
    };
    by_ending.or(by_letters)
}

/// Tells a person everything, and cron what went wrong.
fn tell(
    report: &Report,
    ending: &Ending,
    snapshot: &Snapshot,
    place: &str,
    exit: Exit,
    is_later: bool,
    now: DateTime<FixedOffset>,
) {
    if let Some(told) = ending.told().filter(|_| !is_later) {
        let what = match ending {
            Ending::Relay(_) => "the relay can't be used",
            Ending::Ledger(_) => "the ledger can't be used",
            Ending::Later(_) => "no letter may go now",
            Ending::Halted(_) => "the run was ended before it did more harm",
            _ => "this is a defect of Epistle",
        };
        let told = match ending {
            Ending::Ledger(_) => told.to_owned(), // nothing in it is the relay's
            _ => print::told_by_relay(told),
        };
        let told = format!("epistle: {}: {what}: {told}", report.edition);
        print::note(&format!("{}\n", printable(&told)));
        if let Ending::Later(later) = ending {
            let when = when::moment(later.until, now);
            print::note(&format!(
                "  the same command goes on with what is left {when}; --anyway forgets what was learnt of the server, but no rate of the settings\n"
            ));
        }
    }
    let counts = counts(report);
    let speed = snapshot.accepted as f64 / snapshot.elapsed.as_secs_f64().max(0.001);
    let mut lines = vec![
        format!("{}: {counts}", report.edition),
        format!(
            "{} accepted in {:.1} s ({} a second)",
            print::number(snapshot.accepted),
            snapshot.elapsed.as_secs_f64(),
            print::number(speed.round() as u64),
        ),
    ];
    if matches!(ending, Ending::Stopped) {
        lines.push("The run was stopped; what was on its way is finished.".to_owned());
    }
    if let Some(outbox) = &report.outbox {
        lines.push(format!(
            "The letters are in {}, and nowhere else.",
            outbox.display()
        ));
    }
    lines.push(format!("The {place}."));
    lines.push(next(report, ending));
    if io::stderr().is_terminal() {
        print::hint(&lines);
    } else if !matches!(exit, Exit::Success | Exit::Left) {
        print::note(&format!("epistle: {}: {counts}\n", report.edition));
        print::note(&format!("epistle: {}\n", next(report, ending)));
        print::note(&format!(
            "{}\n",
            printable(&format!("epistle: the {place}"))
        ));
    }
}

fn counts(report: &Report) -> String {
    let all = [
        (report.accepted, "accepted"),
        (report.refused, "refused"),
        (report.deferred, "deferred"),
        (report.unknown, "unknown"),
        (report.suppressed, "suppressed"),
        (report.cancelled, "cancelled"),
        (report.pending + report.started, "still to send"),
    ];
    let shown = all
        .into_iter()
        .filter(|(count, name)| *count > 0 || *name == "accepted");
    let shown: Vec<_> = shown
        .map(|(count, name)| format!("{} {name}", print::number(count)))
        .collect();
    shown.join(", ")
}

/// What to do next.
fn next(report: &Report, ending: &Ending) -> String {
    let edition = &report.edition;
    if report.unknown > 0 {
        format!("Next: epistle resolve {edition}")
    } else if report.still_to_send() > 0 && matches!(ending, Ending::Halted(_)) {
        "Next: mend that; then the same command with --anyway goes on with what is left.".to_owned()
    } else if report.still_to_send() > 0 {
        "Next: the same command again goes on with what is left.".to_owned()
    } else if report.refused > 0 {
        format!("Next: epistle status {edition} tells who was refused, and why.")
    } else if report.outbox.is_some() {
        "Next: look at a letter, then send yourself one by epistle proof.".to_owned()
    } else {
        format!("Next: nothing. epistle status {edition} tells how it stands.")
    }
}
