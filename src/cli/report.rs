//! `epistle report`: the page that tells how an edition went, made from the ledger.

use std::path::{Path, PathBuf};

use anyhow::Context;
use chrono::Utc;

use super::args::{self, Common};
use super::exit::Exit;
use super::{input, preview, print, status};
use crate::account::Page;
use crate::delivery::Report;
use crate::files;
use crate::ledger::{Account, Ledger, SqliteLedger};
use crate::letter::Frozen;
use crate::settings::Settings;

/// What `--json` prints.
#[derive(serde::Serialize)]
struct Told<'r> {
    #[serde(flatten)]
    report: &'r Report,
    #[serde(flatten)]
    account: &'r Account,
    page: &'r Path,
}

/// Writes the page.
pub(super) fn run(options: &args::Report, common: &Common) -> anyhow::Result<Exit> {
    let settings = input::own_settings(common)?;
    let mut ledger = input::ledger(&settings)?;
    let report = Report::of(&mut ledger, &options.edition)?;
    let path = match &options.out {
        Some(path) => path.clone(),
        None => self::path(&settings, &report.edition),
    };
    let next = status::next_of(&mut ledger, &settings, &report)?;
    let account = write(&mut ledger, &settings, &report, &next, &path)?;
    if common.json {
        print::data_json(&Told {
            report: &report,
            account: &account,
            page: &path,
        })?;
    }
    print::hint(&[format!("The page is {}.", path.display()), next]);
    if options.open {
        preview::open(&path);
    }
    Ok(Exit::Success)
}

/// Where the page of an edition stands: beside the ledger.
pub(super) fn path(settings: &Settings, edition: &str) -> PathBuf {
    settings
        .ledger
        .with_file_name(format!("report-{edition}.html"))
}

/// Writes the page of an edition, for its owner alone. Returns what it shows beyond the report.
pub(super) fn write(
    ledger: &mut SqliteLedger,
    settings: &Settings,
    report: &Report,
    next: &str,
    path: &Path,
) -> anyhow::Result<Account> {
    let account = ledger.account(&report.edition)?;
    let begun = ledger.beginning(&report.edition)?;
    let begun = begun.context("the edition has begun")?;
    let (language, frozen) = begun
        .versions
        .first()
        .context("the edition has a version")?;
    let frozen = Frozen::from_bytes(frozen)?;
    let page = Page {
        report,
        account: &account,
        subject: &frozen.subject,
        language,
        audience: begun.audience.as_deref(),
        next,
        timezone: settings.timezone,
        now: Utc::now(),
    };
    files::replace_private(path, page.render().as_bytes())
        .with_context(|| format!("the page {} can't be written", path.display()))?;
    Ok(account)
}
