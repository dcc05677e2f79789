//! `epistle proof`: a test letter by the way that all letters go.

use super::args::{self, Common};
use super::exit::Exit;
use super::refusal::Refusal;
use super::{input, print};
use crate::delivery::{self, Proof, ProofError};
use crate::diagnostic::{has_errors, printable, shell_word};
use crate::edition::{Edition, Version};
use crate::ledger::Ledger;
use crate::letter::Signer;
use crate::people::{DisplayName, Recipient, Secret};
use crate::settings::Settings;

/// The most recipients of a proof.
const MOST: usize = 10;

/// Sends the letter, whatever was found in the bulletin, unless it can't be read.
pub(super) fn run(options: &args::Proof, common: &Common) -> anyhow::Result<Exit> {
    if options.to.len() > MOST {
        let told = format!("a proof goes to {MOST} people at most");
        return Err(Refusal::new(Exit::Usage, "too-many", told).into());
    }
    let name = match &options.name {
        Some(name) => DisplayName::parse(name)
            .map_err(|error| Refusal::new(Exit::Usage, "no-name", error.to_string()))?,
        None => None,
    };
    input::is_base(&options.bulletin, "proof")?;
    let settings = input::own_settings(common)?;
    let (issue, findings) = input::issue(&options.bulletin, Some(&settings));
    let Some(issue) = issue else {
        print::report(&findings, common.json)?;
        return Ok(Exit::Files);
    };
    print::report(&findings, false)?;
    let language = options.language.as_ref();
    if let Some(told) = language.and_then(|language| input::without(&issue, language)) {
        return Err(Refusal::new(Exit::Usage, "no-language", told).into());
    }
    let edition = Edition::freeze(&issue, &settings.sender);
    let is_meant = |version: &&Version| language.is_none_or(|only| *only == version.language);
    let versions: Vec<_> = edition.versions().filter(is_meant).collect();
    let relay = delivery::relay(input::relay(&settings)?)?;
    let signer = Signer::load(&settings.dkim)?;
    let recipients = options.to.iter().map(|address| Recipient {
        address: address.clone(),
        name: name.clone(),
        language: None,
    });
    let passing = Secret::new(Secret::random_bytes()?);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let proofs = runtime.block_on(delivery::proof(
        &edition,
        &versions,
        recipients.collect(),
        input::now(&settings),
        &passing,
        &signer,
        &relay,
    ))?;
    count(&proofs, &settings)?;
    let bulletin = options.bulletin.display().to_string();
    tell(&proofs, &shell_word(&bulletin), common)?;
    if has_errors(&findings) {
        print::hint(&["The bulletin has errors: it can be looked at, but not sent.".to_owned()]);
    }
    Ok(exit(&proofs))
}

/// Counts what has gone for the ceilings of the next run, where there is a ledger.
fn count(proofs: &[Proof], settings: &Settings) -> anyhow::Result<()> {
    let gone = proofs.iter().filter(|proof| proof.outcome.is_ok()).count() as u64;
    if let (Some(mut ledger), Some(relay)) = (input::ledger_if_any(settings)?, &settings.relay) {
        let account = delivery::account(relay);
        ledger.count_for(&account, &[], gone, std::time::SystemTime::now())?;
    }
    Ok(())
}

fn tell(proofs: &[Proof], bulletin: &str, common: &Common) -> anyhow::Result<()> {
    if common.json {
        let rows: Vec<_> = proofs
            .iter()
            .map(|proof| {
                let said = match &proof.outcome {
                    Ok(reply) => reply.to_string(),
                    Err(error) => error.to_string(),
                };
                serde_json::json!({
                    "address": proof.recipient.address.to_string(),
                    "language": proof.language.tag(),
                    "accepted": proof.outcome.is_ok(),
                    "reply": said,
                })
            })
            .collect();
        print::data_json(&serde_json::json!({ "proofs": rows }))?;
    }
    for proof in proofs {
        if let Err(error) = &proof.outcome {
            let who = print::whom(&proof.recipient.address);
            let told = print::told_by_relay(&error.to_string());
            print::note(&format!(
                "{}\n",
                printable(&format!("epistle: {who}: {told}"))
            ));
        }
    }
    let taken = proofs.iter().filter(|proof| proof.outcome.is_ok()).count();
    let next = if taken == proofs.len() {
        format!("Next: look at the mail, then epistle send {bulletin}")
    } else {
        "Next: mend that, then the same command again".to_owned()
    };
    print::hint(&[format!(
        "The relay has taken {taken} of {}. {next}",
        print::counted(proofs.len() as u64, "letter", "letters")
    )]);
    Ok(())
}

fn exit(proofs: &[Proof]) -> Exit {
    let of = |proof: &Proof| match &proof.outcome {
        Ok(_) => Exit::Success,
        Err(ProofError::Refused { .. }) => Exit::NotAll,
        Err(ProofError::Failed(_) | ProofError::NotTried) => Exit::Unusable,
    };
    proofs.iter().map(of).fold(Exit::Success, Exit::or)
}
