//! The reports that runs leave beside the ledger, and what those of an edition
//! know that an older ledger has forgotten.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDateTime, Utc};

use super::super::print;
use super::super::refusal::Refusal;
use crate::delivery::Plan;
use crate::files;
use crate::ledger::State;

/// What to do about a ledger that has forgotten.
const RESTORE: &str = "restore the newest copy of the ledger; if they are to be sent again all the same, move the reports of this edition to another folder";

/// The largest report that is read, in bytes.
const MAX_BYTES: u64 = 64 << 20;

/// How a report tells when its run began.
const STAMP: &str = "%Y%m%dT%H%M%S%3fZ";

/// Where the report of a run stands: beside the ledger.
pub(super) fn path(ledger: &Path, edition: &str, began: DateTime<Utc>) -> PathBuf {
    let stamp = began.format(STAMP);
    ledger.with_file_name(format!("report-{edition}-{stamp}.json"))
}

/// What is read of a report.
#[derive(serde::Deserialize)]
struct Known {
    accepted: u64,
    #[serde(default)]
    unknown: u64,
    /// What a run has left that was killed.
    #[serde(default)]
    is_unfinished: bool,
}

/// A report of an edition.
struct Left {
    path: PathBuf,
    /// When its run began, in milliseconds since 1970-01-01 UTC.
    began: i64,
    known: Known,
}

/// Leaves, until the report takes its place, what is known when a run begins.
/// If the run is killed and the ledger's log deleted, nothing else tells that it was.
pub(super) fn begin(path: &Path, edition: &str, accepted: u64) -> std::io::Result<()> {
    let known = serde_json::json!({
        "edition": edition,
        "accepted": accepted,
        "is_unfinished": true,
    });
    files::replace_private(path, format!("{known}\n").as_bytes())
}

/// Refuses to send where a report knows of a run, or of more accepted letters,
/// than the ledger does: it was restored from an older copy, and whoever it has
/// forgotten would get a second one.
pub(super) fn refuse_older_ledger(plan: &Plan, ledger: &Path, runs: &[i64]) -> Result<(), Refusal> {
    let id = &plan.edition.id;
    // Which is the newest, no clock can tell for certain.
    let Some(left) = all(ledger, id).max_by(|one, other| {
        let says = |left: &Left| (left.known.accepted, left.known.is_unfinished);
        says(one).cmp(&says(other)).then(one.path.cmp(&other.path))
    }) else {
        return Ok(());
    };
    let accepted = plan.counts.of(State::Accepted);
    let forgotten = left.known.accepted.saturating_sub(accepted);
    if forgotten > 0 {
        let told = format!(
            "the ledger is older than the report {}: it has forgotten {} of {id} that {} accepted, and would send {} again",
            left.path.display(),
            print::counted(forgotten, "letter", "letters"),
            if forgotten == 1 { "was" } else { "were" },
            if forgotten == 1 { "it" } else { "them" },
        );
        return Err(Refusal::guard("older-ledger", told).help(RESTORE));
    }
    // What a run did of which the ledger knows nothing: it may have been killed, or
    // have left letters in doubt.
    let is_forgotten = |left: &Left| {
        (left.known.is_unfinished || left.known.unknown > 0) && !runs.contains(&left.began)
    };
    match all(ledger, id).find(is_forgotten) {
        None => Ok(()),
        Some(left) => {
            let unknown = if plan.has_begun {
                format!("of that run of {id}, and would send again what went in it")
            } else {
                format!("that {id} has begun, and would send all of it again")
            };
            let told = format!(
                "the ledger is older than the report {}: it does not know {unknown}",
                left.path.display(),
            );
            Err(Refusal::guard("older-ledger", told).help(RESTORE))
        }
    }
}

/// Lets go of the report of a run that has nothing to tell, unless it alone knows
/// how many letters of the edition were accepted. Says whether it is gone.
pub(super) fn forget(path: &Path, ledger: &Path, edition: &str, accepted: u64) -> bool {
    let others = all(ledger, edition).filter(|other| other.path != path);
    let is_known = others.map(|other| other.known.accepted).max() >= Some(accepted);
    is_known && std::fs::remove_file(path).is_ok()
}

/// The reports of an edition that can be read.
fn all(ledger: &Path, edition: &str) -> impl Iterator<Item = Left> {
    let folder = match ledger.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let prefix = format!("report-{edition}-");
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let ledger = ledger.to_owned();
    names.filter_map(move |name| {
        // Another edition's id may begin with this one's.
        let stamp = name.strip_prefix(&prefix)?.strip_suffix(".json")?;
        let began = NaiveDateTime::parse_from_str(stamp, STAMP).ok()?;
        let path = ledger.with_file_name(&name);
        let file = File::open(&path).ok()?.take(MAX_BYTES);
        let known = serde_json::from_reader(std::io::BufReader::new(file)).ok()?;
        Some(Left {
            path,
            began: began.and_utc().timestamp_millis(),
            known,
        })
    })
}
