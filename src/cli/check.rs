//! `epistle check`: every finding in bulletins.

use std::io::{self, IsTerminal};

use super::args::{Check, Common};
use super::exit::Exit;
use super::{input, print};
use crate::diagnostic::{has_errors, json};
use crate::preview::Preview;

/// Reads every bulletin, whatever the one before was like.
pub(super) fn run(options: &Check, common: &Common) -> anyhow::Result<Exit> {
    let loaded = input::settings(common.config.as_deref())?;
    let settings = loaded.settings;
    let mut findings = loaded.findings;
    let mut unread = Vec::new();
    for path in &options.bulletins {
        match input::bulletin(path, settings.as_ref()) {
            Ok((checked, found)) => findings.extend(match checked.zip(settings.as_ref()) {
                Some((checked, settings)) => {
                    Preview::new(
                        &checked,
                        settings,
                        chrono::DateTime::UNIX_EPOCH.fixed_offset(),
                    )
                    .findings
                }
                None => found,
            }),
            Err(error) => unread.push(error),
        }
    }

    if common.json {
        print::data_json(&json::report(&findings))?;
    } else {
        print::data(&print::findings(&findings, io::stdout().is_terminal()))?;
    }
    unread.iter().for_each(print::error);
    if has_errors(&findings) || !unread.is_empty() {
        print::hint(&format!(
            "\n{}. Mend the errors, then run this again.",
            print::count(&findings)
        ));
        return Ok(Exit::Files);
    }
    if let [one] = options.bulletins.as_slice() {
        print::hint(&format!(
            "{}. Next: epistle preview {}",
            print::count(&findings),
            one.display()
        ));
    }
    Ok(Exit::Success)
}
