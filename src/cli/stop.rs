//! `epistle stop`: ends the run that goes on, from another shell. It asks the
//! run by a file that bears the run's own number, and no process by a signal,
//! which might be another's by then.

use std::time::{Duration, Instant};

use anyhow::Context;

use super::args::{Common, Stop};
use super::exit::Exit;
use super::refusal::Refusal;
use super::{input, print, status};
use crate::ledger::{Held, Ledger, RunLock, State, StopRequest};
use crate::settings::Settings;

/// How often it is looked whether the run has ended.
const EVERY: Duration = Duration::from_millis(50);

/// After so long a person is told what is waited for.
const SOON: Duration = Duration::from_secs(2);

/// So long it is waited: a relay may take ten minutes for the answer to a dot (RFC 5321, 4.5.3.2.6).
const PATIENCE: Duration = Duration::from_mins(11);

/// What has become of the run, as data.
#[derive(serde::Serialize)]
struct Stopped<'r> {
    /// Whether there was a run.
    was_running: bool,
    /// Whether it has ended.
    has_ended: bool,
    /// The run's own words.
    run: Option<&'r str>,
    edition: Option<&'r str>,
    accepted: Option<u64>,
    /// Letters that a run may still send.
    left: Option<u64>,
    unknown: Option<u64>,
}

/// Asks the run to end, and waits until it has.
pub(super) fn run(options: &Stop, common: &Common) -> anyhow::Result<Exit> {
    let settings = input::own_settings(common)?;
    let Some(held) = RunLock::holder(&settings.ledger)? else {
        return nothing_runs(common);
    };
    if let Some(meant) = &options.edition {
        refuse_another(&held, meant)?;
    }
    let request = held.stop_request(&settings.ledger).with_context(|| {
        format!(
            "{} can't be asked to end, since another version of Epistle runs it",
            held.by
        )
    })?;
    let why = "the run can't be asked to end: its folder can't be written to";
    request.make().context(why)?;
    let has_ended = if options.no_wait {
        // What has ended meanwhile takes no request back any more.
        let goes_on = goes_on(&settings, &held)?;
        if !goes_on {
            request.take_back();
        }
        !goes_on
    } else {
        wait(&settings, &held, &request)?
    };
    tell(&settings, &held, has_ended, common)?;
    Ok(if has_ended || options.no_wait {
        Exit::Success
    } else {
        Exit::Guard
    })
}

fn nothing_runs(common: &Common) -> anyhow::Result<Exit> {
    if common.json {
        print::data_json(&Stopped {
            was_running: false,
            has_ended: true,
            run: None,
            edition: None,
            accepted: None,
            left: None,
            unknown: None,
        })?;
    }
    print::hint(&["Nothing is being sent now.".to_owned()]);
    Ok(Exit::Success)
}

/// Refuses to end a run that sends another edition than the person thinks.
fn refuse_another(held: &Held, meant: &str) -> Result<(), Refusal> {
    if edition(held) == Some(meant) {
        return Ok(());
    }
    let told = format!("{meant} isn't being sent now; what runs is {}", held.by);
    Err(Refusal::guard("another-run", told)
        .help("epistle stop, without an edition, ends whatever runs"))
}

/// The edition that a run sends right now, by its own words.
fn edition(held: &Held) -> Option<&str> {
    status::sent_by(&held.by)
}

/// Waits until the run has ended. Says whether it has.
fn wait(settings: &Settings, held: &Held, request: &StopRequest) -> anyhow::Result<bool> {
    let begun = Instant::now();
    let mut is_told = false;
    while goes_on(settings, held)? {
        let waited = begun.elapsed();
        if waited > PATIENCE {
            return Ok(false);
        }
        if waited > SOON && !is_told {
            is_told = true;
            print::hint(&[format!(
                "The run has been asked to end, and begins nothing new. Waiting for what is on its way: {}",
                held.by
            )]);
        }
        std::thread::sleep(EVERY);
    }
    request.take_back(); // one that was killed has not
    Ok(true)
}

fn goes_on(settings: &Settings, held: &Held) -> anyhow::Result<bool> {
    let now = RunLock::holder(&settings.ledger)?;
    Ok(now.is_some_and(|now| now.is_same_run(held)))
}

fn tell(settings: &Settings, held: &Held, has_ended: bool, common: &Common) -> anyhow::Result<()> {
    // One that only looked for what is due had not begun any.
    let counts = match (edition(held), input::ledger_if_any(settings)?) {
        (Some(edition), Some(mut ledger)) => ledger.counts(edition).ok(),
        _ => None,
    };
    let edition = edition(held).filter(|_| counts.is_some());
    let of = |state| counts.map(|counts| counts.of(state));
    let left = counts.map(|counts| counts.still_to_send());
    if common.json {
        print::data_json(&Stopped {
            was_running: true,
            has_ended,
            run: Some(&held.by),
            edition,
            accepted: of(State::Accepted),
            left,
            unknown: of(State::Unknown),
        })?;
    }
    let mut lines = vec![if has_ended {
        format!("The run has ended: {}.", held.by)
    } else {
        format!(
            "The run has been asked to end, and has not yet: {}.",
            held.by
        )
    }];
    if let (Some(counts), Some(edition), Some(left)) = (counts, edition, left) {
        lines.push(format!(
            "{edition}: {} accepted of {}, {} left.",
            print::number(counts.of(State::Accepted)),
            print::number(counts.enrolled()),
            print::number(left),
        ));
    }
    lines.push(match (has_ended, left) {
        (false, _) => "Next: epistle status tells when it has; it may be waiting for the relay, or for an answer at its terminal.".to_owned(),
        (true, Some(0)) => "Next: nothing is left to send.".to_owned(),
        (true, _) => "Next: epistle send, with the bulletin, goes on with what is left.".to_owned(),
    });
    if has_ended || common.json {
        print::hint(&lines);
    } else {
        // A script must learn of it too.
        print::note(&format!(
            "epistle: {}\n",
            crate::diagnostic::printable(&lines[0])
        ));
        print::hint(&lines[1..]);
    }
    Ok(())
}
