//! A bulletin on its way to be sent: read, checked, frozen, and held back by what guards it.

use std::path::Path;

use chrono::{DateTime, FixedOffset};

use super::super::args::Common;
use super::super::exit::Exit;
use super::super::refusal::{Refusal, Reported};
use super::super::{ask, input, print};
use crate::diagnostic::{Diagnostic, has_errors};
use crate::edition::{Edition, Issue};
use crate::letter::Signer;
use crate::preview::Preview;
use crate::settings::Settings;

/// The id of the edition that a file is meant to be: its stem.
pub(super) fn id(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

/// A bulletin as it would be sent, and what was found in it and in its letters.
pub(super) struct Read {
    pub(super) issue: Issue,
    pub(super) edition: Edition,
    pub(super) findings: Vec<Diagnostic>,
}

/// Reads a bulletin in all its languages, and looks at its letters as a preview does.
pub(super) fn read(path: &Path, settings: &Settings) -> Result<Read, Vec<Diagnostic>> {
    let (issue, findings) = input::issue(path, Some(settings));
    let issue = issue.ok_or(findings)?;
    // What is found in a letter doesn't depend on its date or its signatures.
    let preview = Preview::new(
        &issue,
        settings,
        Signer::none(),
        DateTime::UNIX_EPOCH.fixed_offset(),
    );
    Ok(Read {
        edition: preview.edition,
        findings: preview.findings,
        issue,
    })
}

/// Reads a bulletin that may be sent: ready and without errors, in each language.
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
    may_be_sent(&read)?;
    Ok(read.edition)
}

/// Refuses an edition of which a file is still a draft.
pub(super) fn may_be_sent(read: &Read) -> Result<(), Refusal> {
    let Some(draft) = read.issue.draft() else {
        return Ok(());
    };
    let id = &read.edition.id;
    let is_base = draft.language.value == read.edition.base.language;
    let told = if is_base {
        format!("{id} is a draft")
    } else {
        format!("{id} is a draft: so says {}", draft.source.name())
    };
    Err(Refusal::guard("draft", told)
        .help("write status = \"ready\" into it when it may be sent; --sandbox, --dry-run and epistle proof take drafts"))
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
