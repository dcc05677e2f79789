//! A bulletin on its way to be sent: read, checked, frozen, and held back by what guards it.

use std::path::{Path, PathBuf};

use chrono::{DateTime, FixedOffset};

use super::super::args::Common;
use super::super::exit::Exit;
use super::super::refusal::{Refusal, Reported};
use super::super::{ask, input, print};
use crate::bulletin::Status;
use crate::check::CheckedBulletin;
use crate::diagnostic::{Diagnostic, has_errors};
use crate::edition::Edition;
use crate::letter::Signer;
use crate::people::Language;
use crate::preview::Preview;
use crate::settings::Settings;

/// The id of the edition that a file is meant to be: its stem.
pub(super) fn id(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

/// A bulletin as it would be sent, and what was found in it and in its letter.
pub(super) struct Read {
    pub(super) checked: CheckedBulletin,
    pub(super) edition: Edition,
    pub(super) findings: Vec<Diagnostic>,
}

/// Reads a bulletin, and looks at its letter as a preview does.
pub(super) fn read(path: &Path, settings: &Settings) -> Result<Read, Vec<Diagnostic>> {
    let (checked, findings) = input::bulletin(path, Some(settings));
    let checked = checked.ok_or(findings)?;
    // What is found in a letter doesn't depend on its date or its signatures.
    let preview = Preview::new(
        &checked,
        settings,
        Signer::none(),
        DateTime::UNIX_EPOCH.fixed_offset(),
    );
    Ok(Read {
        edition: preview.edition,
        findings: preview.findings,
        checked,
    })
}

/// Reads a bulletin that may be sent: ready, without errors, in one language.
pub(super) fn ready(path: &Path, settings: &Settings, common: &Common) -> anyhow::Result<Edition> {
    let read = match read(path, settings) {
        Ok(read) => read,
        Err(findings) => {
            print::report(&findings, common.json)?;
            return Err(Reported(Exit::Files).into());
        }
    };
    if has_errors(&read.findings) {
        print::report(&read.findings, common.json)?;
        return Err(Reported(Exit::Files).into());
    }
    print::report(&read.findings, false)?;
    may_be_sent(path, &read)?;
    Ok(read.edition)
}

/// Refuses a draft, and a bulletin with siblings in other languages.
pub(super) fn may_be_sent(path: &Path, read: &Read) -> Result<(), Refusal> {
    let id = &read.edition.id;
    if read.checked.bulletin().status == Status::Draft {
        let told = format!("{id} is a draft");
        return Err(Refusal::guard("draft", told)
            .help("write status = \"ready\" into it when it may be sent; --sandbox, --dry-run and epistle proof take drafts"));
    }
    if let Some(sibling) = siblings(path).first() {
        let told = format!(
            "{id} can't be sent: {} stands beside it, and this version sends a bulletin in one language only",
            sibling.display()
        );
        return Err(Refusal::guard("siblings", told).help(format!(
            "move that file to another folder; then everybody gets {id}.toml, whatever they read"
        )));
    }
    Ok(())
}

/// Refuses an edition out of its time, unless the person at the terminal wants it so.
pub(super) fn in_time(edition: &Edition, now: DateTime<FixedOffset>) -> anyhow::Result<()> {
    let Some(window) = edition.window else {
        return Ok(());
    };
    let told = if now < window.opens {
        format!(
            "{} is to be sent at {}",
            edition.id,
            window.opens.to_rfc3339()
        )
    } else if now > closes(edition).unwrap_or(now) {
        format!(
            "{} was to be sent at {}, within {}",
            edition.id,
            window.opens.to_rfc3339(),
            print::time(window.lasts)
        )
    } else {
        return Ok(());
    };
    if ask::somebody_is_there() {
        if ask::says_yes(&format!("{told}. Send it now all the same?"))? {
            return Ok(());
        }
        return Err(Refusal::guard("not-confirmed", "nothing was sent").into());
    }
    Err(Refusal::guard("out-of-time", told)
        .help("change send_at in the bulletin, or send it from a terminal, which asks")
        .into())
}

/// The last moment at which an edition may begin, if it has one.
pub(super) fn closes(edition: &Edition) -> Option<DateTime<FixedOffset>> {
    let window = edition.window?;
    let lasts = chrono::Duration::from_std(window.lasts).ok()?;
    window.opens.checked_add_signed(lasts)
}

/// The files `ID.LANGUAGE.toml` beside a bulletin.
fn siblings(path: &Path) -> Vec<PathBuf> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let own = id(path);
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<_> = entries
        .map(|entry| entry.path())
        .filter(|other| base_of(other).as_deref() == Some(&own))
        .collect();
    found.sort();
    found
}

/// The id of the bulletin whose sibling a file is by its name.
pub(super) fn base_of(path: &Path) -> Option<String> {
    if path.extension().is_none_or(|ending| ending != "toml") {
        return None;
    }
    let stem = id(path);
    let (base, tag) = stem.rsplit_once('.')?;
    tag.parse::<Language>().ok()?;
    Some(base.to_owned())
}
