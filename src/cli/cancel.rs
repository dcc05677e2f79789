//! `epistle cancel`: what has not been sent is not to be sent.

use std::time::SystemTime;

use super::args::{Cancel, Common};
use super::exit::Exit;
use super::refusal::Refusal;
use super::{ask, input, print};
use crate::ledger::{Decision, Ledger, State};

/// Asks, then cancels.
pub(super) fn run(options: &Cancel, common: &Common) -> anyhow::Result<Exit> {
    let settings = input::own_settings(common)?;
    let mut ledger = input::ledger(&settings)?;
    let counts = ledger.counts(&options.edition)?;
    let left = counts.still_to_send();
    if left > 0 && !options.yes {
        let letters = print::counted(left, "letter", "letters");
        if !ask::somebody_is_there() {
            let told = format!("{letters} would be cancelled, and nobody is there to be asked");
            return Err(Refusal::guard("nobody-to-ask", told)
                .help("add --yes where that is meant")
                .into());
        }
        let question = format!(
            "Accepted so far: {} of {}. {letters} will not be sent, for good.",
            print::number(counts.of(State::Accepted)),
            print::number(counts.enrolled()),
        );
        if !ask::says_yes(&question)? {
            return Err(Refusal::guard("not-confirmed", "nothing was cancelled").into());
        }
    }
    let now = SystemTime::now();
    let done = ledger.decide(&options.edition, Decision::Cancel, None, now)?;
    if common.json {
        print::data_json(&serde_json::json!({ "changed": done }))?;
    }
    print::hint(&[format!(
        "{} cancelled. Next: epistle status {}",
        print::counted(done, "letter", "letters"),
        options.edition
    )]);
    Ok(Exit::Success)
}
