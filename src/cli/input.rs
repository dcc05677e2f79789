//! Reads what commands work on: the settings, and bulletins with their translations.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use anyhow::Context;
use chrono::{DateTime, FixedOffset, Utc};

use super::args::Common;
use super::exit::Exit;
use super::print;
use super::refusal::{Refusal, Reported};
use crate::diagnostic::{Diagnostic, SourceFile, shell_word};
use crate::edition::{self, Issue};
use crate::ledger::{SqliteLedger, key_path};
use crate::people::Language;
use crate::settings::{self, Settings};

/// The settings that a command works with, and what was found in them.
pub(super) struct Loaded {
    /// Nothing where the file has errors.
    pub(super) settings: Option<Settings>,
    pub(super) findings: Vec<Diagnostic>,
}

/// Reads the settings. Where none are named and there are none here, those of
/// the example, and a finding that says so: to look at a bulletin takes no sender.
pub(super) fn settings(config: Option<&Path>) -> Loaded {
    let path = config.unwrap_or(Path::new(settings::FILE_NAME));
    if config.is_none() && !path.exists() {
        let finding = Diagnostic::warning("no-settings", "there is no epistle.toml here: the sender is the one of the example")
            .help("copy epistle.example.toml to epistle.toml and write your own sender there, or name another file by --config");
        return Loaded {
            settings: Some(Settings::example()),
            findings: vec![finding],
        };
    }
    let (settings, findings) = match SourceFile::open(path, settings::MAX_BYTES) {
        Ok((source, found)) => Settings::read(&source, found),
        Err(error) => (None, vec![error.finding()]),
    };
    Loaded { settings, findings }
}

/// Reads and checks a bulletin with its translations. Nothing where one of them
/// has faults; they are among the findings.
pub(super) fn issue(path: &Path, settings: Option<&Settings>) -> (Option<Issue>, Vec<Diagnostic>) {
    let zone = settings.and_then(|settings| settings.timezone);
    let (issue, mut findings) = Issue::read(path, zone);
    // Other commands take the id of an edition.
    if issue.is_none()
        && let Some(meant) = meant(path, settings)
    {
        let finding = Diagnostic::error(
            "unreadable-file",
            format!("there is no file {}", path.display()),
        );
        findings = vec![finding.help(format!("did you mean {}?", meant.display()))];
    }
    (issue, findings)
}

/// The bulletin that is meant by a path that leads nowhere: the same with its
/// ending, or in the folder of bulletins.
fn meant(path: &Path, settings: Option<&Settings>) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    if path.exists() {
        return None;
    }
    let folder = settings.map(|settings| settings.bulletins.as_path());
    let with_ending = format!("{name}.toml");
    let names = [name, &with_ending];
    let folders = [path.parent(), folder];
    let mut places = folders
        .into_iter()
        .flatten()
        .flat_map(|folder| names.map(|name| folder.join(name)));
    places.find(|place| place.is_file())
}

/// What is said where an edition isn't in a language.
pub(super) fn without(issue: &Issue, language: &Language) -> Option<String> {
    let languages = issue.bulletins().map(|one| &one.bulletin().language.value);
    let languages: Vec<_> = languages.map(Language::tag).collect();
    (!languages.contains(&language.tag())).then(|| {
        let id = &issue.base.bulletin().id.value;
        format!(
            "{id} isn't in {language}: it is in {}",
            languages.join(", ")
        )
    })
}

/// Refuses a translation where a bulletin is wanted: it is no edition by itself.
pub(super) fn is_base(path: &Path, command: &str) -> Result<(), Refusal> {
    let Some((base, language)) = edition::base_of(path) else {
        return Ok(());
    };
    let told = format!(
        "{} is a translation of {}, and goes with it",
        path.display(),
        base.display()
    );
    let base = shell_word(&base.display().to_string());
    let narrowed = match command {
        "preview" | "proof" => format!(" --language {language}"),
        _ => String::new(),
    };
    Err(Refusal::new(Exit::Usage, "translation", told).help(format!(
        "name the bulletin: epistle {command} {base}{narrowed}"
    )))
}

/// Now, in the zone of the settings.
pub(super) fn now(settings: &Settings) -> DateTime<FixedOffset> {
    let now = Utc::now();
    match settings.timezone {
        Some(zone) => now.with_timezone(&zone).fixed_offset(),
        None => now.fixed_offset(),
    }
}

/// Reads the settings for a command that does more than look: there must be some, and without errors.
/// What is found in them is printed.
pub(super) fn own_settings(common: &Common) -> anyhow::Result<Settings> {
    match sound_settings(common)? {
        Ok(settings) => Ok(settings),
        Err(findings) => {
            print::report(&findings, common.json)?;
            Err(Reported(Exit::Files).into())
        }
    }
}

/// The same for a command that tells of errors in them by itself.
pub(super) fn sound_settings(
    common: &Common,
) -> Result<Result<Settings, Vec<Diagnostic>>, Refusal> {
    let path = common.config.as_deref();
    if path.is_none() && !Path::new(settings::FILE_NAME).exists() {
        return Err(no_settings());
    }
    let Loaded { settings, findings } = settings(path);
    let Some(settings) = settings else {
        return Ok(Err(findings));
    };
    print::note(&print::findings(&findings, io::stderr().is_terminal()));
    Ok(Ok(settings))
}

fn no_settings() -> Refusal {
    let told =
        "there is no epistle.toml here, so it isn't known who sends, to whom and by which relay";
    Refusal::new(Exit::Files, "no-settings", told)
        .help("copy epistle.example.toml to epistle.toml and write your own values there, or name another file by --config")
}

/// Opens the ledger of the settings for a command that only looks: where nothing has been sent there is none.
pub(super) fn ledger_if_any(settings: &Settings) -> anyhow::Result<Option<SqliteLedger>> {
    let (path, key) = (&settings.ledger, key_path(&settings.ledger));
    let is_there = path.try_exists();
    let is_there = is_there.with_context(|| path.display().to_string())?;
    // Where the key is there, a ledger must be.
    if is_there || key.exists() {
        Ok(Some(SqliteLedger::open(path, &key)?))
    } else {
        Ok(None)
    }
}

/// Opens the ledger of the settings for a command that decides on what is in it.
pub(super) fn ledger(settings: &Settings) -> anyhow::Result<SqliteLedger> {
    let path = &settings.ledger;
    let Some(ledger) = ledger_if_any(settings)? else {
        let told = format!(
            "there is no ledger {} yet: nothing has been sent",
            path.display()
        );
        return Err(Refusal::new(Exit::Usage, "not-begun", told).into());
    };
    Ok(ledger)
}

/// The relay of the settings, which must name one.
pub(super) fn relay(settings: &Settings) -> Result<&settings::Relay, Refusal> {
    settings.relay.as_ref().ok_or_else(|| {
        let told = "the settings name no relay, the server that takes the letters";
        Refusal::new(Exit::Files, "no-relay", told)
            .help("write [relay] into epistle.toml, with host, user and where the password is; epistle.example.toml explains them")
    })
}
