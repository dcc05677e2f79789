//! `epistle check`: every finding in bulletins.

use std::io::{self, IsTerminal};

use chrono::DateTime;

use super::args::{Check, Common};
use super::exit::Exit;
use super::{input, print};
use crate::diagnostic::{has_errors, json};
use crate::letter::Signer;
use crate::preview::Preview;

/// Reads every bulletin, whatever the one before was like.
pub(super) fn run(options: &Check, common: &Common) -> anyhow::Result<Exit> {
    let loaded = input::settings(common.config.as_deref());
    let settings = loaded.settings;
    let mut findings = loaded.findings;
    for path in &options.bulletins {
        let (checked, found) = input::bulletin(path, settings.as_ref());
        findings.extend(match checked.zip(settings.as_ref()) {
            // What is found in a letter doesn't depend on its date or its signatures.
            Some((checked, settings)) => {
                let date = DateTime::UNIX_EPOCH.fixed_offset();
                Preview::new(&checked, settings, Signer::none(), date).findings
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
    match options.bulletins.as_slice() {
        [one] => print::hint(&[format!("{count}. Next: epistle preview {}", one.display())]),
        several => print::hint(&[format!("{} bulletins: {count}.", several.len())]),
    }
    Ok(Exit::Success)
}
