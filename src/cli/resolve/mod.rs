//! `epistle resolve`: a person's word on letters in doubt, and what relay logs
//! and mailboxes say of them.

mod choose;
mod doubt;

use std::time::SystemTime;

use super::args::{Common, Resolve};
use super::exit::Exit;
use super::refusal::Refusal;
use super::{ask, input, print, send};
use crate::ledger::{Decision, Ledger, RunLock};
use crate::people::EmailAddress;
use crate::settings::Settings;
use doubt::Doubts;

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
        Resolve { found: true, .. } => return Err(only_arrived().into()),
        _ => return list(&mut ledger, &settings, options, common),
    };
    let is_searched = !options.log.is_empty() || !options.maildir.is_empty();
    let addresses = if options.found && decision != Decision::Arrived {
        return Err(only_arrived().into());
    } else if options.found {
        found(&mut ledger, &settings, options)?
    } else if is_searched {
        let told = "--log and --maildir only show what they have of each letter, unless --found says whose letters are meant";
        let refusal = Refusal::new(Exit::Usage, "not-found-meant", told);
        return Err(refusal
            .help("write --arrived --found, or decide without them")
            .into());
    } else if options.all || !options.addresses.is_empty() {
        options.addresses.clone()
    } else {
        let told = "it isn't said whose letters are meant";
        let refusal = Refusal::new(Exit::Usage, "no-address", told);
        return Err(refusal.help("name addresses, or write --all").into());
    };
    let edition = &options.edition;
    let done = if options.found && addresses.is_empty() {
        0
    } else {
        decide(&mut ledger, edition, decision, &addresses)?
    };
    if common.json {
        print::data_json(&serde_json::json!({ "changed": done }))?;
    }
    print::hint(&[told(decision, done, edition)]);
    Ok(Exit::Success)
}

fn only_arrived() -> Refusal {
    let told = "what is found has been taken by the relay: it can only be counted as arrived";
    Refusal::new(Exit::Usage, "not-found-meant", told).help("write --arrived --found")
}

/// What was decided, and what comes next.
fn told(decision: Decision, done: u64, edition: &str) -> String {
    let letters = print::counted(done, "letter", "letters");
    match decision {
        Decision::SendAgain => {
            format!("{letters} will be sent once more. Next: epistle send, with the bulletin")
        }
        Decision::Arrived => {
            format!("{letters} counted as accepted. Next: epistle status {edition}")
        }
        _ => format!("{letters} not sent again. Next: epistle status {edition}"),
    }
}

/// What was on its way when a run was killed is in doubt, unless one goes on now.
fn settle(ledger: &mut impl Ledger, settings: &Settings) -> anyhow::Result<()> {
    let who = format!("process {}: a look at what is in doubt", std::process::id());
    if let Ok(_lock) = RunLock::take(&settings.ledger, &who)? {
        send::recover(ledger, settings)?;
    }
    Ok(())
}

/// Those whose letters the relay has taken, by what logs and mailboxes say.
fn found(
    ledger: &mut impl Ledger,
    settings: &Settings,
    options: &Resolve,
) -> anyhow::Result<Vec<EmailAddress>> {
    let mut doubts = Doubts::of(ledger, settings, &options.edition)?;
    doubts.search(&options.log, &options.maildir)?;
    Ok(doubts.taken())
}

/// Lists the letters with what is known of them, and asks the person at the terminal.
fn list(
    ledger: &mut impl Ledger,
    settings: &Settings,
    options: &Resolve,
    common: &Common,
) -> anyhow::Result<Exit> {
    let edition = &options.edition;
    let mut doubts = Doubts::of(ledger, settings, edition)?;
    doubts.search(&options.log, &options.maildir)?;
    if common.json {
        print::data_json(&doubts)?;
        return Ok(Exit::Success);
    }
    print::data(&doubts.described())?;
    if doubts.letters.is_empty() {
        print::hint(&[format!("Nothing of {edition} is in doubt.")]);
        return Ok(Exit::Success);
    }
    if !ask::somebody_is_there() {
        print::hint(&undecided_on(doubts.letters.len(), edition, &doubts));
        return Ok(Exit::Success);
    }
    let mut lines = Vec::new();
    let mut undecided = doubts.letters.len();
    for (decision, addresses) in choose::ask(&doubts)? {
        if !addresses.is_empty() {
            undecided -= addresses.len();
            let done = decide(ledger, edition, decision, &addresses)?;
            lines.push(told(decision, done, edition));
        }
    }
    if undecided > 0 {
        lines.extend(undecided_on(undecided, edition, &doubts));
    }
    print::hint(&lines);
    Ok(Exit::Success)
}

/// What was not decided, and how to go on.
fn undecided_on(count: usize, edition: &str, doubts: &Doubts) -> [String; 2] {
    let left = match count {
        1 => "1 letter is left undecided, and stays in doubt.".to_owned(),
        _ => format!(
            "{} letters are left undecided, and stay in doubt.",
            print::number(count as u64)
        ),
    };
    let look = if doubts.searched.is_some() {
        ""
    } else {
        "The relay's log knows more: --log FILE, or --maildir DIR. "
    };
    let next = format!(
        "{look}Next: epistle resolve {edition} --arrived ADDRESS…, or --send-again, or --leave"
    );
    [left, next]
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
