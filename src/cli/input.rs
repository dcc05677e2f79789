//! Reads what commands work on: the settings, and bulletins.

use std::path::Path;

use crate::bulletin;
use crate::check::CheckedBulletin;
use crate::diagnostic::{Diagnostic, SourceFile};
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

/// Reads and checks a bulletin. Nothing where it has faults; they are among the findings.
pub(super) fn bulletin(
    path: &Path,
    settings: Option<&Settings>,
) -> (Option<CheckedBulletin>, Vec<Diagnostic>) {
    let (source, found) = match SourceFile::open(path, bulletin::MAX_BYTES) {
        Ok(opened) => opened,
        Err(error) => return (None, vec![error.finding()]),
    };
    let zone = settings.and_then(|settings| settings.timezone);
    let (bulletin, findings) = bulletin::read(&source, found, zone);
    match bulletin {
        Some(bulletin) => {
            let checked = CheckedBulletin::new(bulletin, findings);
            let findings = checked.findings().to_vec();
            (Some(checked), findings)
        }
        None => (None, findings),
    }
}
