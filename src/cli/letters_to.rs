//! `epistle status EDITION ADDRESS`: what has become of the letters to some people.

use chrono::FixedOffset;

use super::args::Common;
use super::exit::Exit;
use super::message_ids::MessageIds;
use super::{input, print, status};
use crate::delivery::{Letter, Report};
use crate::diagnostic::printable;
use crate::ledger::{SqliteLedger, State};
use crate::people::EmailAddress;
use crate::settings::Settings;

#[derive(serde::Serialize)]
struct Found<'e> {
    edition: &'e str,
    letters: Vec<Row>,
    /// Whoever has no letter of this edition.
    not_enrolled: Vec<String>,
}

#[derive(serde::Serialize)]
struct Row {
    #[serde(flatten)]
    letter: Letter,
    /// Without the brackets. Nothing where the key is gone that makes it.
    message_id: Option<String>,
    /// Nobody can know whether the relay has taken it.
    in_doubt: bool,
}

/// Prints each letter with its Message-ID, whatever its state.
pub(super) fn run(
    settings: &Settings,
    edition: &str,
    addresses: &[EmailAddress],
    common: &Common,
) -> anyhow::Result<Exit> {
    let mut ledger: SqliteLedger = input::ledger(settings)?;
    let ids = MessageIds::of(&mut ledger, settings, edition)?;
    let mut found = Found {
        edition,
        letters: Vec::new(),
        not_enrolled: Vec::new(),
    };
    let mut missed = String::new();
    for address in addresses {
        if let Some(letter) = Report::letter_to(&mut ledger, edition, &address.key())? {
            let message_id = ids.of_letter(&letter);
            let in_doubt = letter.is_in_doubt();
            found.letters.push(Row {
                letter,
                message_id,
                in_doubt,
            });
        } else {
            found.not_enrolled.push(address.to_string());
            let who = print::whom(address);
            missed += &format!(
                "epistle: {edition} has no letter to {who}: when it began, no list named this address for it\n"
            );
        }
    }
    if common.json {
        print::data_json(&found)?;
    } else {
        let zone = *input::now(settings).offset();
        let letters = found.letters.iter().map(|row| described(row, zone));
        print::data(&letters.collect::<String>())?;
        print::note(&missed);
    }
    Ok(if found.not_enrolled.is_empty() {
        Exit::Success
    } else {
        Exit::Usage
    })
}

fn described(row: &Row, zone: FixedOffset) -> String {
    let mut text = status::letter(&row.letter, zone);
    if row.in_doubt && matches!(row.letter.state, State::Cancelled | State::Suppressed) {
        text += "           It may have arrived: nobody knew, and it was left so. It is not sent again.\n";
    }
    if let Some(id) = &row.message_id {
        text += &format!("           Message-ID <{}>\n", printable(id));
    }
    text
}
