//! `epistle retry`: a person's word on letters that were refused or put off.

use super::args::{Common, Retry};
use super::exit::Exit;
use super::{input, print, resolve};
use crate::ledger::Decision;

/// Puts the letters back among those that are to be sent.
pub(super) fn run(options: &Retry, common: &Common) -> anyhow::Result<Exit> {
    let settings = input::own_settings(common)?;
    let mut ledger = input::ledger(&settings)?;
    let decision = if options.refused {
        Decision::RetryRefused
    } else {
        Decision::RetryDeferred
    };
    let done = resolve::decide(&mut ledger, &options.edition, decision, &options.addresses)?;
    if common.json {
        print::data_json(&serde_json::json!({ "changed": done }))?;
    }
    let letters = print::counted(done, "letter", "letters");
    print::hint(&[if done == 0 {
        format!(
            "There is no such letter. Next: epistle status {}",
            options.edition
        )
    } else {
        format!("{letters} will be tried again. Next: epistle send, with the bulletin")
    }]);
    Ok(Exit::Success)
}
