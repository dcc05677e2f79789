//! `epistle send --due`: what cron runs. It asks nothing, says nothing where
//! nothing is due, and lets no bulletin keep another from being sent.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Context;
use chrono::{DateTime, FixedOffset};

use super::super::args::Common;
use super::super::exit::Exit;
use super::super::refusal::{Refusal, Reported, classify};
use super::super::{input, print};
use super::told::Told;
use super::{Open, Wish, bulletin, deliver, holder, lock, open, trouble, wanted};
use crate::delivery::{self, Memory, RelayError, Stop};
use crate::diagnostic::{Diagnostic, SourceFile, has_errors};
use crate::edition::{self, Edition};
use crate::ledger::{Ledger, RunLock, SqliteLedger, State, Whose};
use crate::letter::Signer;
use crate::settings::Settings;

/// A bulletin whose time has come, or that has begun and is not finished.
struct Due {
    /// When it was to be sent.
    at: Option<DateTime<FixedOffset>>,
    path: PathBuf,
    /// Nothing where its file can't be read any more.
    edition: Option<Edition>,
}

/// Sends what is due, the earliest first. Whatever comes of it, a script gets one object.
pub(super) fn run(wish: Wish, common: &Common) -> anyhow::Result<Exit> {
    let mut telling = Telling {
        told: Told::new(common.json),
        exit: Exit::Success,
    };
    if let Err(error) = send_all(&mut telling, wish, common) {
        telling.tell(&error);
    }
    telling.told.print()?;
    Ok(telling.exit)
}

fn send_all(telling: &mut Telling, wish: Wish, common: &Common) -> anyhow::Result<()> {
    let settings = match input::sound_settings(common)? {
        Ok(settings) => settings,
        Err(findings) => {
            telling.told.report(findings);
            return Err(Reported(Exit::Files).into());
        }
    };
    let Ok(lock) = lock(&settings, "looking for what is due")? else {
        return Ok(()); // the run that goes on will be followed by another
    };
    let stop = super::stop(&lock);
    stop.listen().context("signals can't be listened to")?;
    let mut look = Look {
        open: None,
        settings: &settings,
        telling,
        lock,
        stop,
        limit: wish.limit,
        has_sent: false,
    };
    let mut due = look.for_due()?;
    due.sort_by(|one, other| one.at.cmp(&other.at).then(one.path.cmp(&other.path)));
    for due in due {
        if look.stop.is_asked() || look.limit == Some(0) {
            look.telling.ends(Exit::Left);
            break;
        }
        if let Err(error) = look.send(due, wish) {
            look.telling.tell(&error);
        }
    }
    Ok(())
}

/// What is to be said at the end.
struct Telling {
    /// On standard output.
    told: Told,
    /// The most severe of all.
    exit: Exit,
}

impl Telling {
    fn tell(&mut self, error: &anyhow::Error) {
        if let Some(reported) = error.downcast_ref::<Reported>() {
            self.ends(reported.0);
            return;
        }
        let (exit, code, help) = classify(error);
        self.told.find([print::failed(error, code, help)]);
        self.ends(exit);
    }

    /// The same for what was told before: only a script hears it again.
    fn keep(&mut self, error: &anyhow::Error) {
        let (exit, code, _) = classify(error);
        let finding = Diagnostic::error(code, format!("{error:#}"));
        self.told.find([finding]);
        self.ends(exit);
    }

    fn ends(&mut self, exit: Exit) {
        self.exit = self.exit.or(exit);
    }
}

struct Look<'s> {
    /// Opened when it is needed; taken by a run, which closes it.
    open: Option<Open>,
    settings: &'s Settings,
    telling: &'s mut Telling,
    lock: RunLock,
    /// Asked for while one bulletin is sent, it keeps the next from beginning.
    stop: Stop,
    /// How many letters may still go in this run.
    limit: Option<u64>,
    /// A bulletin has been sent since the folder was looked through.
    has_sent: bool,
}

impl Look<'_> {
    fn open(&mut self) -> anyhow::Result<&mut Open> {
        if self.open.is_none() {
            let open = open(self.settings)?;
            if open.found_in_doubt > 0 {
                self.telling.ends(Exit::NotAll);
            }
            self.open = Some(open);
        }
        self.open.as_mut().context("the ledger is open")
    }

    /// Looks through the folder of bulletins, and for editions that are not finished.
    fn for_due(&mut self) -> anyhow::Result<Vec<Due>> {
        let folder = &self.settings.bulletins;
        let entries = fs::read_dir(folder).map_err(|error| no_folder(folder, &error))?;
        let mut paths = Vec::new();
        for entry in entries {
            let path = entry?.path();
            // Hidden files are those of editors at work.
            let is_hidden = entry_is_hidden(&path);
            // One that is misnamed would wait for ever, and nobody would know: it is told as a fault.
            let is_meant = is_bulletin(&path) || edition::is_misnamed(&path);
            if !is_hidden && is_meant {
                paths.push(path);
            }
        }
        paths.sort();
        let mut due = Vec::new();
        let mut seen = Vec::new();
        for path in &paths {
            if edition::base_of(path).is_some() {
                continue; // a translation is never due by itself
            }
            if is_bulletin(path) {
                seen.push(bulletin::id(path));
            }
            match self.is_due(path.clone()) {
                Ok(found) => due.extend(found),
                Err(error) => self.telling.tell(&error),
            }
        }
        for id in self.open()?.ledger.editions()? {
            if !seen.contains(&id) && self.is_unfinished(&id)? {
                due.push(Due {
                    at: None,
                    path: folder.join(id + ".toml"),
                    edition: None,
                });
            }
        }
        Ok(due)
    }

    /// Says whether an edition that has begun has letters that a run may send
    /// now. Where all that is left waits for its time, that alone is noted.
    fn is_unfinished(&mut self, id: &str) -> anyhow::Result<bool> {
        let before = delivery::resend_before(self.settings.in_doubt);
        let ledger = &mut self.open()?.ledger;
        let counts = ledger.counts(id)?;
        let is_ripe = ledger
            .next_due(id)?
            .is_some_and(|due| due <= SystemTime::now());
        let now = counts.of(State::Pending) > 0 || is_ripe;
        let in_doubt = match before {
            Some(before) => ledger.resendable(id, before)? > 0,
            None => false,
        };
        if !now && counts.of(State::Deferred) > 0 {
            self.telling.ends(Exit::Left);
        }
        Ok(now || in_doubt)
    }

    fn is_due(&mut self, path: PathBuf) -> anyhow::Result<Option<Due>> {
        let id = bulletin::id(&path);
        let has_begun = self.open()?.ledger.beginning(&id)?.is_some();
        if has_begun && !self.is_unfinished(&id)? {
            return Ok(None);
        }
        let read = match bulletin::read(&path, self.settings) {
            Ok(read) => read,
            Err(_) if !has_begun && looks_like_a_draft(&path) => return Ok(None),
            Err(findings) => {
                self.telling.told.report(findings);
                return Err(Reported(Exit::Files).into());
            }
        };
        let window = read.edition.window;
        let at = window.map(|window| window.opens);
        if !has_begun {
            let now = input::now(self.settings);
            let is_draft = read.issue.draft().is_some();
            if is_draft || at.is_none_or(|at| now < at) {
                return Ok(None);
            }
            // Before its errors, which would be told for ever.
            if bulletin::closes(&read.edition).is_some_and(|end| now > end) {
                return self.missed(&read.edition).map(|()| None);
            }
            if has_errors(&read.findings) {
                self.telling.told.report(read.findings);
                return Err(Reported(Exit::Files).into());
            }
            bulletin::may_be_sent(&read)?;
        }
        Ok(Some(Due {
            at,
            path,
            edition: Some(read.edition),
        }))
    }

    /// Tells once that an edition was not sent while it might have been.
    fn missed(&mut self, edition: &Edition) -> anyhow::Result<()> {
        let now = SystemTime::now();
        let digest = edition.digest.to_string();
        if !self
            .open()?
            .ledger
            .note_trouble(&edition.id, &digest, now)?
        {
            return Ok(());
        }
        let at = edition.window.map(|window| window.opens.to_rfc3339());
        let told = format!(
            "{} was to be sent at {} and its time is over: nothing was sent, and this is said once",
            edition.id,
            at.unwrap_or_default()
        );
        let refusal = Refusal::guard("missed", told);
        Err(refusal
            .help("change send_at in it, or send it from a terminal, which asks")
            .into())
    }

    /// Looks again where others were sent meanwhile, which may have taken hours:
    /// the bulletin may have been held back since, or its time be over.
    fn as_it_is_now(&mut self, due: Due) -> anyhow::Result<Option<Due>> {
        if self.has_sent && due.edition.is_some() {
            self.is_due(due.path)
        } else {
            Ok(Some(due))
        }
    }

    /// Says whether no letter of an edition that has begun may go now: then the
    /// lists need not even be read. One that has not begins in its time all the same.
    fn rests(&mut self, id: &str) -> anyhow::Result<bool> {
        let settings = self.settings;
        let ledger = &mut self.open()?.ledger;
        let Some(relay) = &settings.relay else {
            return Ok(false);
        };
        if ledger.beginning(id)?.is_none() {
            return Ok(false);
        }
        let memory = Memory::of(ledger, &delivery::account(relay))?;
        let (batch, patience) = (&settings.batch, deliver::patience());
        if memory.rests(&batch.rates, patience).is_some() {
            return Ok(true);
        }
        let resting = memory.resting(&batch.domains, patience);
        if resting.is_empty() {
            return Ok(false);
        }
        if let Some(before) = delivery::resend_before(settings.in_doubt)
            && ledger.resendable(id, before)? > 0
        {
            return Ok(false);
        }
        Ok(!has_others(ledger, id, resting)?)
    }

    fn send(&mut self, due: Due, wish: Wish) -> anyhow::Result<()> {
        let Some(due) = self.as_it_is_now(due)? else {
            return Ok(());
        };
        let id = bulletin::id(&due.path);
        if due.edition.is_none() {
            let told = format!(
                "{id} has begun and is not finished, and there is no {} any more",
                due.path.display()
            );
            let refusal = Refusal::guard("changed", told);
            return Err(refusal
                .help(format!(
                    "finish it as it began: epistle send {} --as-begun\nor drop the rest: epistle cancel {id}",
                    due.path.display()
                ))
                .into());
        }
        if !wish.anyway && self.rests(&id)? {
            self.telling.ends(Exit::Left);
            return Ok(());
        }
        let relay = match delivery::relay(input::relay(self.settings)?) {
            Ok(relay) => relay,
            Err(error) => return self.cannot_connect(&id, error, wish),
        };
        let signer = Signer::load(&self.settings.dkim)?;
        let settings = self.settings;
        self.lock
            .tell(&holder(settings, &id))
            .context("the lock can't be written")?;
        let plan = self
            .open()?
            .plan(settings, wanted(due.edition.as_ref(), &id), false)?;
        let send = deliver::Send {
            settings,
            relay,
            signer,
            pace: true,
            outbox: None,
            stop: self.stop.clone(),
        };
        self.has_sent = true;
        let open = self.open.take().context("the ledger is open")?;
        let limit = self.limit;
        let sent = deliver::deliver(open, &plan, send, Wish { limit, ..wish })?;
        self.limit = limit.map(|limit| limit.saturating_sub(sent.dots));
        self.telling.ends(sent.exit);
        self.telling.told.sent(sent.report);
        Ok(())
    }

    /// Tells why the relay can't even be tried, once a day where nobody looks on.
    fn cannot_connect(&mut self, id: &str, error: RelayError, wish: Wish) -> anyhow::Result<()> {
        let name = format!("relay {error}");
        let now = input::now(self.settings);
        let is_unattended = trouble::is_unattended(wish, None);
        let ledger = &mut self.open()?.ledger;
        let is_known = is_unattended && trouble::is_known(ledger, id, &name, now);
        let error = error.into();
        if is_known {
            self.telling.keep(&error);
        } else {
            self.telling.tell(&error);
            if is_unattended {
                print::note(trouble::ONCE_A_DAY);
            }
        }
        Ok(())
    }
}

/// Says whether a letter may be sent now to somebody outside some domains.
fn has_others(ledger: &mut SqliteLedger, id: &str, domains: Vec<String>) -> anyhow::Result<bool> {
    let (whose, now) = (Whose::Without(domains), SystemTime::now());
    ledger.ripen(id, now)?;
    let mut after = 0;
    loop {
        let found = ledger.claim_of(id, &whose, after, 1, now)?;
        match found.on {
            _ if !found.claims.is_empty() => return Ok(true),
            Some(on) => after = on,
            None => return Ok(false),
        }
    }
}

fn no_folder(folder: &Path, error: &io::Error) -> Refusal {
    let told = match error.kind() {
        io::ErrorKind::NotFound => format!("there is no folder {}", folder.display()),
        _ => format!("the folder {} can't be read: {error}", folder.display()),
    };
    Refusal::new(Exit::Files, "no-folder", told).help(
        "the bulletins are looked for in it; make it, or name another in the settings: bulletins = \"bulletins\"",
    )
}

fn is_bulletin(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "toml")
}

fn entry_is_hidden(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    name.as_encoded_bytes().starts_with(b".")
}

/// Says whether a bulletin that can't be read is still being written, in
/// whatever language, so that cron need not tell of it: by the line of its status.
fn looks_like_a_draft(path: &Path) -> bool {
    let siblings = edition::siblings(path).unwrap_or_default();
    let mut files = std::iter::once(path).chain(siblings.iter().map(PathBuf::as_path));
    files.any(has_line_of_draft)
}

fn has_line_of_draft(path: &Path) -> bool {
    let Ok((source, _)) = SourceFile::open(path, crate::bulletin::MAX_BYTES) else {
        return false;
    };
    source.text().lines().any(|line| {
        let mut parts = line.splitn(2, '=').map(str::trim);
        parts.next() == Some("status")
            && parts
                .next()
                .is_some_and(|value| value.starts_with("\"draft\"") || value.starts_with("'draft'"))
    })
}
