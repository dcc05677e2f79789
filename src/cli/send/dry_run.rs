//! `epistle send --dry-run`: every letter made and looked at, none sent.

use std::io::{self, BufWriter, IsTerminal};
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::super::args::Common;
use super::super::exit::Exit;
use super::super::{input, print};
use super::{Open, Wish, bulletin, describe, done, wanted};
use crate::delivery;
use crate::diagnostic::{has_errors, json, shell_word};
use crate::files;
use crate::ledger::{SqliteLedger, key_path, read_key};
use crate::letter::Signer;
use crate::people::Secret;

/// How many letters are written unless all are asked for.
const KEEP: u64 = 10;

#[derive(serde::Serialize)]
struct Told<'a> {
    edition: &'a str,
    digest: &'a str,
    composed: u64,
    written: u64,
    largest: usize,
    mbox: PathBuf,
    faults: u64,
    duplicates: u64,
    suppressed: u64,
    #[serde(flatten)]
    report: json::Report<'a>,
}

/// Works on a copy of the ledger, and leaves everything as it was.
pub(super) fn run(path: &Path, wish: Wish, all: bool, common: &Common) -> anyhow::Result<Exit> {
    let loaded = input::settings(common.config.as_deref());
    let Some(settings) = loaded.settings else {
        print::report(&loaded.findings, common.json)?;
        return Ok(Exit::Files);
    };
    let mut findings = loaded.findings;
    let id = bulletin::id(path);
    let frozen = if wish.as_begun {
        None
    } else {
        match bulletin::read(path, &settings) {
            Ok(read) => {
                findings.extend(read.findings);
                Some(read.edition)
            }
            Err(found) => {
                print::report(&[findings, found].concat(), common.json)?;
                return Ok(Exit::Files);
            }
        }
    };
    let signer = Signer::load(&settings.dkim)?;
    let secret = match read_key(&settings.ledger)? {
        Some(secret) => secret,
        None => Secret::new(Secret::random_bytes()?), // the real one is made when an edition begins
    };
    let ledger = SqliteLedger::copy(&settings.ledger, &key_path(&settings.ledger))?;
    let mut open = Open {
        ledger,
        secret,
        found_in_doubt: 0,
    };
    let plan = open.plan(&settings, wanted(frozen.as_ref(), &id), wish.add_new)?;
    let done = done::before(&mut open.ledger, &plan, &settings)?;
    let terminal = io::stderr().is_terminal();
    print::note(&describe::lists(&plan.lists, terminal));
    if let (true, Some(refusal)) = (plan.lists.are_whole(), describe::nobody(&plan)) {
        print::report(&findings, false)?;
        return Err(refusal.into());
    }

    let mbox = PathBuf::from(format!("dry-run-{id}.mbox"));
    let keep = if all { u64::MAX } else { KEEP };
    let file =
        files::create_private(&mbox).with_context(|| format!("cannot write {}", mbox.display()))?;
    let mut out = BufWriter::new(file);
    let seen = delivery::dry_run(
        &mut open.ledger,
        &plan,
        &open.secret,
        &signer,
        keep,
        &mut out,
    )?;
    findings.extend(seen.findings);

    let lists = &plan.lists;
    let takes = wish.takes(lists);
    if common.json {
        findings.extend(describe::findings_of(lists, takes));
        print::data_json(&Told {
            edition: &plan.edition.id,
            digest: &plan.beginning.digest,
            composed: seen.composed,
            written: seen.written,
            largest: seen.largest,
            mbox: mbox.clone(),
            faults: lists.fault_count,
            duplicates: lists.duplicate_count,
            suppressed: lists.roll.suppressed,
            report: json::report(&findings),
        })?;
    } else {
        print::report(&findings, false)?;
    }
    if terminal {
        print::note(&describe::plan(&plan, &settings, done));
    }
    let bulletin = shell_word(&path.display().to_string());
    let errors = has_errors(&findings) || !takes;
    let next = if !takes {
        format!(
            "The lists have errors, so nothing could be sent. Next: {}",
            describe::mending(lists)
        )
    } else if errors {
        "Next: mend the errors, and run this again.".to_owned()
    } else {
        format!("Next: epistle proof {bulletin} --to ADDRESS, then epistle send {bulletin}")
    };
    print::hint(&[
        format!(
            "{} made, the largest of {} bytes; nothing was sent.",
            print::counted(seen.composed, "letter", "letters"),
            print::number(seen.largest as u64)
        ),
        format!(
            "{} in {}.",
            print::counted(seen.written, "of them is", "of them are"),
            mbox.display()
        ),
        next,
    ]);
    Ok(if errors { Exit::Files } else { Exit::Success })
}
