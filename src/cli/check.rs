//! `epistle check`: every finding in bulletins.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use chrono::DateTime;

use super::args::{Check, Common};
use super::exit::Exit;
use super::{input, print};
use crate::diagnostic::{has_errors, json};
use crate::edition;
use crate::letter::Signer;
use crate::preview::Preview;

/// What is to be checked: each bulletin once. A translation, as `*.toml` names
/// it too, is checked with the bulletin beside which it stands.
fn bases(named: &[PathBuf]) -> Vec<PathBuf> {
    let mut bases = Vec::new();
    for path in named {
        let base = edition::base_of(path).map_or_else(|| path.clone(), |(base, _)| base);
        if !bases.contains(&base) {
            bases.push(base);
        }
    }
    bases
}

/// Reads every bulletin, whatever the one before was like.
pub(super) fn run(options: &Check, common: &Common) -> anyhow::Result<Exit> {
    let loaded = input::settings(common.config.as_deref());
    let settings = loaded.settings;
    let mut findings = loaded.findings;
    let bulletins = bases(&options.bulletins);
    for path in &bulletins {
        let (issue, found) = input::issue(path, settings.as_ref());
        findings.extend(match issue.zip(settings.as_ref()) {
            // What is found in a letter doesn't depend on its date or its signatures.
            Some((issue, settings)) => {
                let date = DateTime::UNIX_EPOCH.fixed_offset();
                Preview::new(&issue, settings, Signer::none(), date).findings
            }
            None => found,
        });
    }

    if common.json {
        print::data_json(&json::report(&findings))?;
    } else {
        print::data(&print::findings(&findings, io::stdout().is_terminal()))?;
    }
    let count = print::count(&findings);
    if has_errors(&findings) {
        print::hint(&[format!("{count}. Mend the errors, then run this again.")]);
        return Ok(Exit::Files);
    }
    match bulletins.as_slice() {
        [one] => print::hint(&[format!("{count}. Next: epistle preview {}", one.display())]),
        several => print::hint(&[format!("{} bulletins: {count}.", several.len())]),
    }
    Ok(Exit::Success)
}
