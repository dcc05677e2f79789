//! The reports that runs leave beside the ledger, and what those of an edition
//! know that an older ledger has forgotten.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

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

/// The length of that.
const STAMP_WIDTH: usize = "20260320T060000000Z".len();

/// Where the report of a run stands: beside the ledger.
pub(super) fn path(ledger: &Path, edition: &str, began: DateTime<Utc>) -> PathBuf {
    let stamp = began.format(STAMP);
    ledger.with_file_name(format!("report-{edition}-{stamp}.json"))
}

/// What is read of a report.
#[derive(serde::Deserialize)]
struct Known {
    accepted: u64,
    /// What a run has left that was killed.
    #[serde(default)]
    is_unfinished: bool,
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

/// Refuses to send where a report says that more letters were accepted than
/// the ledger knows of: it was restored from an older copy, and whoever it has
/// forgotten would get a second one.
pub(super) fn refuse_older_ledger(plan: &Plan, ledger: &Path) -> Result<(), Refusal> {
    let id = &plan.edition.id;
    let Some((path, known)) = furthest(ledger, id) else {
        return Ok(());
    };
    if known.is_unfinished && !plan.has_begun {
        let told = format!(
            "the ledger is older than the report {}: it does not know that {id} has begun, and would send all of it again",
            path.display(),
        );
        return Err(Refusal::guard("older-ledger", told).help(RESTORE));
    }
    let forgotten = known
        .accepted
        .saturating_sub(plan.counts.of(State::Accepted));
    if forgotten == 0 {
        return Ok(());
    }
    let told = format!(
        "the ledger is older than the report {}: it has forgotten {} of {id} that {} accepted, and would send {} again",
        path.display(),
        print::counted(forgotten, "letter", "letters"),
        if forgotten == 1 { "was" } else { "were" },
        if forgotten == 1 { "it" } else { "them" },
    );
    Err(Refusal::guard("older-ledger", told).help(RESTORE))
}

/// Lets go of the report of a run that has nothing to tell, unless it alone knows
/// how many letters of the edition were accepted. Says whether it is gone.
pub(super) fn forget(path: &Path, ledger: &Path, edition: &str, accepted: u64) -> bool {
    let others = all(ledger, edition).filter(|(other, _)| other != path);
    let is_known = others.map(|(_, known)| known.accepted).max() >= Some(accepted);
    is_known && std::fs::remove_file(path).is_ok()
}

/// The report of an edition that knows of most letters: which is the newest, no
/// clock can tell for certain.
fn furthest(ledger: &Path, edition: &str) -> Option<(PathBuf, Known)> {
    all(ledger, edition).max_by(|(one, known), (other, more)| {
        let order = known.accepted.cmp(&more.accepted);
        // Of several, one that was left unfinished says more of a ledger that knows of none.
        let order = order.then(known.is_unfinished.cmp(&more.is_unfinished));
        order.then(one.cmp(other))
    })
}

/// The reports of an edition that can be read.
fn all(ledger: &Path, edition: &str) -> impl Iterator<Item = (PathBuf, Known)> {
    let folder = match ledger.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let prefix = format!("report-{edition}-");
    let is_report = move |name: &String| {
        let stamp = name.strip_prefix(&prefix);
        let stamp = stamp.and_then(|rest| rest.strip_suffix(".json"));
        // Another edition's id may begin with this one's.
        stamp.is_some_and(|stamp| stamp.len() == STAMP_WIDTH && stamp.ends_with('Z'))
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let ledger = ledger.to_owned();
    names.filter(is_report).filter_map(move |name| {
        let path = ledger.with_file_name(name);
        let file = File::open(&path).ok()?.take(MAX_BYTES);
        let known: Known = serde_json::from_reader(std::io::BufReader::new(file)).ok()?;
        Some((path, known))
    })
}
