//! `epistle send --sandbox`: the whole way, with a ledger of its own, to a
//! server inside this program that delivers to nobody.

use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::Context;
use lettre::transport::smtp::extension::ClientId;

use super::super::args::Common;
use super::super::exit::Exit;
use super::super::{input, print};
use super::{Consent, Wish, bulletin, deliver, is_running, lock, open, stop, wanted};
use crate::diagnostic::has_errors;
use crate::edition::Edition;
use crate::files;
use crate::ledger::{Ledger, LedgerError, SqliteLedger, key_path};
use crate::letter::Signer;
use crate::sandbox::{Options, Outbox, Server};
use crate::settings::Settings;
use crate::smtp::{Relay, Security, Timeouts};

/// Sends into `.sandbox/outbox` beside the ledger.
pub(super) fn run(path: &Path, wish: Wish, common: &Common) -> anyhow::Result<Exit> {
    let loaded = input::settings(common.config.as_deref());
    let Some(settings) = loaded.settings else {
        print::report(&loaded.findings, common.json)?;
        return Ok(Exit::Files);
    };
    let read = match bulletin::read(path, &settings) {
        Ok(read) => read,
        Err(found) => {
            print::report(&[loaded.findings, found].concat(), common.json)?;
            return Ok(Exit::Files);
        }
    };
    let findings = [loaded.findings, read.findings].concat();
    print::note(&print::findings(&findings, io::stderr().is_terminal()));

    let signer = Signer::load(&settings.dkim)?;
    let folder = settings.ledger.with_file_name(".sandbox");
    files::create_private_folder(&folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let own = Settings {
        ledger: folder.join("epistle.db"),
        ..settings.clone()
    };
    let lock = match lock(&own, &read.edition.id)? {
        Ok(lock) => lock,
        Err(held) => return Err(is_running(&held.by).into()),
    };
    let outbox = folder.join("outbox");
    clear_unless_same(&own, &outbox, &read.edition)?;
    let mut open = open(&own)?;
    take_over_suppressions(&settings, &mut open.ledger)?;

    let server = Running::start(&outbox)?;
    let plan = open.plan(
        &own,
        wanted(Some(&read.edition), &read.edition.id),
        wish.add_new,
    )?;
    let send = deliver::Send {
        settings: &own,
        relay: server.relay(),
        signer,
        pace: false,
        outbox: Some(outbox),
        stop: stop(&lock),
    };
    let wish = Wish {
        consent: Consent::NotNeeded,
        skip_invalid: true, // it tells of faults, and never stops at them
        ..wish
    };
    let sent = deliver::deliver(open, &plan, send, wish)?;
    sent.print(wish)?;
    // It goes on whatever was found, and ends as a dry run does.
    let found = has_errors(&findings) || !plan.lists.are_whole();
    Ok(if found {
        sent.exit.or(Exit::Files)
    } else {
        sent.exit
    })
}

/// Begins afresh where another edition, or this one before it was changed, was sent last.
fn clear_unless_same(own: &Settings, outbox: &Path, edition: &Edition) -> anyhow::Result<()> {
    // What can't be used is no loss here.
    if own.ledger.exists() && is_only(own, edition).unwrap_or(false) {
        return Ok(());
    }
    let mut gone: Vec<PathBuf> = ["", "-wal", "-shm"]
        .map(|suffix| files::with_suffix(&own.ledger, suffix))
        .into();
    gone.push(key_path(&own.ledger));
    for entry in fs::read_dir(outbox).into_iter().flatten() {
        let letter = entry?.path();
        // Whatever else a person has put there is not ours to remove.
        if letter.extension().is_some_and(|ending| ending == "eml") {
            gone.push(letter);
        }
    }
    for path in gone {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove {}", path.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Says whether the ledger has this edition alone, as it is now, or none.
fn is_only(own: &Settings, edition: &Edition) -> Result<bool, LedgerError> {
    let (mut ledger, _) = SqliteLedger::open_with_key(&own.ledger)?;
    let digest = edition.digest.to_string();
    for id in ledger.editions()? {
        let begun = ledger.beginning(&id)?;
        if !begun.is_some_and(|begun| begun.id == edition.id && begun.digest == digest) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Those who are really suppressed get nothing here either.
fn take_over_suppressions(settings: &Settings, own: &mut SqliteLedger) -> anyhow::Result<()> {
    let mut real = SqliteLedger::copy(&settings.ledger, &key_path(&settings.ledger))?;
    for old in own.suppressions()? {
        own.unsuppress(&old.address)?;
    }
    for suppression in real.suppressions()? {
        own.suppress(&suppression.address, &suppression.reason, SystemTime::now())?;
    }
    Ok(())
}

/// The server, on threads of its own.
struct Running {
    server: Server,
    _runtime: tokio::runtime::Runtime,
}

impl Running {
    fn start(outbox: &Path) -> anyhow::Result<Self> {
        let outbox = Arc::new(
            Outbox::open(outbox)
                .with_context(|| format!("cannot make the folder {}", outbox.display()))?,
        );
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let server = {
            let _entered = runtime.enter();
            Server::start(Options {
                deliver: Box::new(move |letter| outbox.keep(letter)),
                ..Options::default()
            })?
        };
        Ok(Self {
            server,
            _runtime: runtime,
        })
    }

    fn relay(&self) -> Relay {
        let address = self.server.address();
        Relay {
            host: address.ip().to_string(),
            port: address.port(),
            security: Security::None,
            login: None,
            hello: ClientId::Domain("sandbox.invalid".to_owned()),
            timeouts: Timeouts::default(),
        }
    }
}
