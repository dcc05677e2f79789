//! `epistle suppress`: those who must not be written to, whatever the lists say.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal};
use std::ops::ControlFlow;
use std::time::SystemTime;

use super::args::{Common, Suppress, SuppressVerb};
use super::exit::Exit;
use super::refusal::Refusal;
use super::{input, print};
use crate::delivery::time;
use crate::diagnostic::printable;
use crate::ledger::{Ledger, SqliteLedger, Suppression};
use crate::people::list::{self, Row};
use crate::people::{EmailAddress, Secret};
use crate::settings::Settings;

/// Adds, removes or lists.
pub(super) fn run(options: &Suppress, common: &Common) -> anyhow::Result<Exit> {
    let settings = input::own_settings(common)?;
    if let SuppressVerb::List = options.verb {
        // To look makes no ledger.
        return match input::ledger_if_any(&settings)? {
            Some(mut ledger) => list(&ledger.suppressions()?, common),
            None => list(&[], common),
        };
    }
    let (mut ledger, secret) = SqliteLedger::open_with_key(&settings.ledger)?;
    match &options.verb {
        SuppressVerb::Add {
            addresses,
            token,
            reason,
        } => {
            let mut keys: Vec<_> = addresses.iter().map(EmailAddress::key).collect();
            for token in token {
                keys.push(owner(token, &mut ledger, &secret, &settings)?);
            }
            add(&mut ledger, &settings, &keys, reason, common)
        }
        SuppressVerb::Remove { addresses } => remove(&mut ledger, addresses, common),
        SuppressVerb::List => list(&ledger.suppressions()?, common),
    }
}

fn add(
    ledger: &mut SqliteLedger,
    settings: &Settings,
    keys: &[String],
    reason: &str,
    common: &Common,
) -> anyhow::Result<Exit> {
    let mut new = Vec::new();
    for key in keys {
        if ledger.suppress(key, reason, SystemTime::now())? {
            new.push(key.as_str());
        }
    }
    let added = new.len() as u64;
    let known = keys.len() as u64 - added;
    // Where nobody is told, the lists need not be read.
    let strangers = if common.json || io::stderr().is_terminal() {
        strangers(&new, ledger, settings)
    } else {
        Vec::new()
    };
    if common.json {
        let told = serde_json::json!({ "added": added, "known": known, "strangers": strangers });
        print::data_json(&told)?;
    }
    let mut told = format!(
        "{} will not be written to again",
        print::counted(added, "person", "people")
    );
    if known > 0 {
        told += &format!("; {} stood on the list before", print::number(known));
    }
    told += ".";
    if !strangers.is_empty() {
        told += &format!(
            " No list and no letter so far is for {}: look at the spelling.",
            strangers.join(", ")
        );
    }
    print::hint(&[format!("{told} Next: epistle suppress list")]);
    Ok(Exit::Success)
}

fn remove(
    ledger: &mut SqliteLedger,
    addresses: &[EmailAddress],
    common: &Common,
) -> anyhow::Result<Exit> {
    let mut removed = 0;
    for address in addresses {
        removed += u64::from(ledger.unsuppress(&address.key())?);
    }
    if common.json {
        print::data_json(&serde_json::json!({ "removed": removed }))?;
    }
    if removed < addresses.len() as u64 {
        let told = format!(
            "{} removed; the others were not on the list",
            print::counted(removed, "suppression", "suppressions")
        );
        return Err(Refusal::new(Exit::Usage, "not-suppressed", told).into());
    }
    print::hint(&[format!(
        "{} may be written to again, if a list names them.",
        print::counted(removed, "person", "people")
    )]);
    Ok(Exit::Success)
}

fn list(suppressions: &[Suppression], common: &Common) -> anyhow::Result<Exit> {
    if common.json {
        let rows: Vec<_> = suppressions
            .iter()
            .map(|suppression| {
                serde_json::json!({
                    "address": suppression.address,
                    "reason": suppression.reason,
                    "since": time(suppression.since),
                })
            })
            .collect();
        print::data_json(&serde_json::json!({ "suppressions": rows }))?;
        return Ok(Exit::Success);
    }
    let mut text = String::new();
    for suppression in suppressions {
        let reason = printable(&suppression.reason);
        text += &format!(
            "{}\t{}\t{reason}\n",
            suppression.address,
            time(suppression.since)
        );
    }
    print::data(&text)?;
    if suppressions.is_empty() {
        print::hint(&["Nobody is suppressed.".to_owned()]);
    }
    Ok(Exit::Success)
}

/// Finds whose token it is. The subject of an unsubscribe mail ends with it.
fn owner(
    token: &str,
    ledger: &mut SqliteLedger,
    secret: &Secret,
    settings: &Settings,
) -> anyhow::Result<String> {
    let token = token.split_whitespace().last().unwrap_or_default();
    let list_id = &settings.sender.list_id;
    let is_meant = |key: &str| secret.unsubscribe_token(list_id, key).as_str() == token;
    if let Some(key) = find(ledger, settings, &mut |key| is_meant(key))? {
        return Ok(key);
    }
    let told =
        "this token is nobody's: nobody on the lists, and nobody who was ever written to, has it";
    Err(Refusal::new(Exit::Usage, "unknown-token", told)
        .help("copy it whole, 22 letters; tokens of previews, proofs and the sandbox belong to nobody")
        .into())
}

/// Those of whom neither a list nor a letter knows: such an address may be misspelt.
fn strangers<'k>(keys: &[&'k str], ledger: &mut SqliteLedger, settings: &Settings) -> Vec<&'k str> {
    let mut left: BTreeSet<_> = keys.iter().copied().collect();
    let all_are_known = find(ledger, settings, &mut |key| {
        left.remove(key);
        left.is_empty()
    });
    match all_are_known {
        Ok(_) => left.into_iter().collect(),
        Err(_) => Vec::new(), // they may stand where it can't be read
    }
}

/// Finds a person among those who were ever enrolled and those on the lists.
fn find(
    ledger: &mut SqliteLedger,
    settings: &Settings,
    is_meant: &mut dyn FnMut(&str) -> bool,
) -> anyhow::Result<Option<String>> {
    if let Some(key) = ledger.find_key(is_meant)? {
        return Ok(Some(key));
    }
    let mut found = None;
    for file in &settings.recipients {
        let read = list::read(file, &mut |row| {
            if let Row::Entry(entry) = row {
                let key = entry.recipient.address.key();
                if is_meant(&key) {
                    found = Some(key);
                    return ControlFlow::Break(());
                }
            }
            ControlFlow::Continue(())
        });
        if found.is_some() {
            break;
        }
        read?; // the person may stand on a list that can't be read
    }
    Ok(found)
}
