//! `epistle resolve`: a person's word on letters in doubt.

use std::time::SystemTime;

use super::args::{Common, Resolve};
use super::exit::Exit;
use super::refusal::Refusal;
use super::{input, print, send, status};
use crate::delivery::Report;
use crate::ledger::{Decision, Ledger, RunLock, State};
use crate::people::EmailAddress;
use crate::settings::Settings;

/// Lists the letters, or does what the person says.
pub(super) fn run(options: &Resolve, common: &Common) -> anyhow::Result<Exit> {
    let settings = input::own_settings(common)?;
    let mut ledger = input::ledger(&settings)?;
    settle(&mut ledger, &settings)?;
    let decision = match options {
        Resolve {
            send_again: true, ..
        } => Decision::SendAgain,
        Resolve { arrived: true, .. } => Decision::Arrived,
        Resolve { leave: true, .. } => Decision::Leave,
        _ => {
            let mut report = Report::of(&mut ledger, &options.edition)?;
            report
                .letters
                .retain(|letter| letter.state == State::Unknown);
            return list(&report, common);
        }
    };
    if !options.all && options.addresses.is_empty() {
        let told = "it isn't said whose letters are meant";
        let refusal = Refusal::new(Exit::Usage, "no-address", told);
        return Err(refusal.help("name addresses, or write --all").into());
    }
    let done = decide(&mut ledger, &options.edition, decision, &options.addresses)?;
    if common.json {
        print::data_json(&serde_json::json!({ "changed": done }))?;
    }
    let letters = print::counted(done, "letter", "letters");
    print::hint(&[match decision {
        Decision::SendAgain => {
            format!("{letters} will be sent once more. Next: epistle send, with the bulletin")
        }
        Decision::Arrived => format!(
            "{letters} counted as accepted. Next: epistle status {}",
            options.edition
        ),
        _ => format!(
            "{letters} not sent again. Next: epistle status {}",
            options.edition
        ),
    }]);
    Ok(Exit::Success)
}

/// What was on its way when a run was killed is in doubt, unless one goes on now.
fn settle(ledger: &mut impl Ledger, settings: &Settings) -> anyhow::Result<()> {
    let who = format!("process {}: a look at what is in doubt", std::process::id());
    if let Ok(_lock) = RunLock::take(&settings.ledger, &who)? {
        send::recover(ledger, settings)?;
    }
    Ok(())
}

fn list(report: &Report, common: &Common) -> anyhow::Result<Exit> {
    if common.json {
        print::data_json(report)?;
        return Ok(Exit::Success);
    }
    print::data(&status::letters(report))?;
    print::hint(&[if report.letters.is_empty() {
        format!("Nothing of {} is in doubt.", report.edition)
    } else {
        format!(
            "Look them up in the relay's log. Next: epistle resolve {} --arrived ADDRESS…, or --send-again, or --leave",
            report.edition
        )
    }]);
    Ok(Exit::Success)
}

/// Does what a person says with the letters to some addresses, or with all that
/// it is about. An address that it isn't about is told, not passed over.
pub(super) fn decide(
    ledger: &mut impl Ledger,
    edition: &str,
    decision: Decision,
    addresses: &[EmailAddress],
) -> anyhow::Result<u64> {
    let now = SystemTime::now();
    if addresses.is_empty() {
        return Ok(ledger.decide(edition, decision, None, now)?);
    }
    let mut done = 0;
    let mut missed = 0;
    for address in addresses {
        let changed = ledger.decide(edition, decision, Some(&[address.key()]), now)?;
        done += changed;
        if changed == 0 {
            missed += 1;
            let who = print::whom(address);
            let states: Vec<_> = decision.from().iter().map(|state| state.name()).collect();
            let states = states.join(" or ");
            print::note(&format!("epistle: there is no {states} letter to {who}\n"));
        }
    }
    if missed > 0 {
        let told = format!(
            "{} changed; for {} there was nothing to change",
            print::counted(done, "letter", "letters"),
            print::counted(missed, "address", "addresses")
        );
        let refusal = Refusal::new(Exit::Usage, "no-such-letter", told);
        let help = format!("epistle status {edition} tells where each letter stands");
        return Err(refusal.help(help).into());
    }
    Ok(done)
}
