//! `epistle dkim`: what to put into the DNS, so that mailboxes can verify the signatures.

use super::args::Common;
use super::exit::Exit;
use super::refusal::Refusal;
use super::{input, print};
use crate::letter::{Record, Signer};

#[derive(serde::Serialize)]
struct Told {
    records: Vec<Record>,
}

/// Prints the record of each key.
pub(super) fn run(common: &Common) -> anyhow::Result<Exit> {
    let settings = input::own_settings(common)?;
    if settings.dkim.is_empty() {
        let told = "the settings name no key to sign with";
        return Err(Refusal::new(Exit::Files, "no-key", told)
            .help("write [[dkim]] into epistle.toml, with a selector and where the key is; epistle.example.toml explains them")
            .into());
    }
    let records = Signer::load(&settings.dkim)?.records();
    if common.json {
        print::data_json(&Told { records })?;
        return Ok(Exit::Success);
    }
    let shown: Vec<_> = records
        .iter()
        .map(|record| format!("{} TXT\n{}\n", record.name, record.value))
        .collect();
    print::data(&shown.join("\n"))?;
    print::hint(&[
        "Publish each as a TXT record under its name, then send a proof to yourself:".to_owned(),
        "the mailbox's Authentication-Results should say dkim=pass.".to_owned(),
    ]);
    Ok(Exit::Success)
}
