//! `epistle send`: a bulletin to its recipients, by hand, for cron, into the
//! sandbox, or not at all.

mod bulletin;
mod deliver;
mod describe;
mod done;
mod dry_run;
mod due;
mod progress;
mod reports;
mod sandbox;
mod told;
mod trouble;

use std::path::Path;

use super::args::{self, Common};
use super::exit::Exit;
use super::refusal::Refusal;
use super::{ask, input, print};
use crate::delivery::{self, Lists, Plan, PlanError, Stop, Wanted};
use crate::edition::Edition;
use crate::ledger::{Ledger, RunLock, SqliteLedger};
use crate::letter::Signer;
use crate::people::Secret;
use crate::settings::Settings;

/// Who answers questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Consent {
    /// The person at the terminal, if there is one.
    Ask,
    /// Whoever wrote `--yes`.
    Given,
    /// Nobody: the bulletin is due, or it goes nowhere.
    NotNeeded,
}

/// What a person wants of a run.
#[derive(Clone, Copy, Debug)]
struct Wish {
    consent: Consent,
    as_begun: bool,
    add_new: bool,
    skip_invalid: bool,
    limit: Option<u64>,
    anyway: bool,
    json: bool,
}

impl Wish {
    /// Whether lists can be sent to, with their faults.
    fn takes(self, lists: &Lists) -> bool {
        lists.are_whole() || (self.skip_invalid && lists.unreadable.is_empty())
    }
}

/// Sends, in one of its ways.
pub(super) fn run(options: &args::Send, common: &Common) -> anyhow::Result<Exit> {
    let wish = Wish {
        consent: if options.yes {
            Consent::Given
        } else {
            Consent::Ask
        },
        as_begun: options.as_begun,
        add_new: options.add_new,
        skip_invalid: options.skip_invalid,
        limit: options.limit,
        anyway: options.anyway,
        json: common.json,
    };
    let Some(path) = &options.bulletin else {
        let consent = Consent::NotNeeded;
        return due::run(Wish { consent, ..wish }, common);
    };
    input::is_base(path, "send")?;
    if options.dry_run {
        return dry_run::run(path, wish, options.all, common);
    }
    if options.sandbox {
        return sandbox::run(path, wish, common);
    }
    by_hand(path, wish, common)
}

/// Sends one bulletin because a person says so.
fn by_hand(path: &Path, wish: Wish, common: &Common) -> anyhow::Result<Exit> {
    let settings = input::own_settings(common)?;
    let relay = delivery::relay(input::relay(&settings)?)?;
    let signer = Signer::load(&settings.dkim)?;
    let frozen = if wish.as_begun {
        None
    } else {
        Some(bulletin::ready(path, &settings, common)?)
    };
    let id = bulletin::id(path);
    let lock = match lock(&settings, &id)? {
        Ok(lock) => lock,
        Err(held) => return Err(is_running(&held.by).into()),
    };
    let mut open = open(&settings)?;
    let wanted = wanted(frozen.as_ref(), &id);
    let plan = open.plan(&settings, wanted, wish.add_new)?;
    if let (Some(edition), false) = (&frozen, plan.has_begun) {
        bulletin::in_time(edition, input::now(&settings))?;
    }
    let send = deliver::Send {
        settings: &settings,
        relay,
        signer,
        pace: true,
        outbox: None,
        stop: stop(&lock),
    };
    let sent = deliver::deliver(open, &plan, send, wish)?;
    sent.print(wish)?;
    Ok(sent.exit)
}

/// The ledger of a run and the key of its letters.
struct Open {
    ledger: SqliteLedger,
    secret: Secret,
    /// Letters that were on their way when the last run ended.
    found_in_doubt: u64,
}

impl Open {
    fn plan(
        &mut self,
        settings: &Settings,
        wanted: Wanted<'_>,
        add_new: bool,
    ) -> Result<Plan, anyhow::Error> {
        let now = input::now(settings);
        let plan = Plan::new(
            &mut self.ledger,
            &self.secret,
            settings,
            wanted,
            add_new,
            now,
        );
        plan.map_err(|error| match error {
            PlanError::Changed {
                edition,
                changes,
                left,
            } => describe::changed(&edition, &changes, left).into(),
            error => error.into(),
        })
    }
}

/// Opens the ledger for a run: what was on its way when the last one ended is in doubt now.
fn open(settings: &Settings) -> anyhow::Result<Open> {
    let (mut ledger, secret) = SqliteLedger::open_with_key(&settings.ledger)?;
    let unknown = recover(&mut ledger, settings)?; // the caller holds the lock
    if unknown > 0 {
        print::note(&format!(
            "epistle: {} on the way when the last run ended; nobody can know whether {} arrived: see epistle status\n",
            if unknown == 1 {
                "a letter was".to_owned()
            } else {
                format!("{unknown} letters were")
            },
            if unknown == 1 { "it has" } else { "they have" },
        ));
    }
    Ok(Open {
        ledger,
        secret,
        found_in_doubt: unknown,
    })
}

/// Takes letters that were on their way for letters in doubt, and counts them
/// as gone. Returns how many.
pub(super) fn recover(ledger: &mut impl Ledger, settings: &Settings) -> anyhow::Result<u64> {
    let found = ledger.recover()?;
    if let (Some(relay), true) = (&settings.relay, found > 0) {
        let account = delivery::account(relay);
        ledger.count_for(&account, &[], found, std::time::SystemTime::now())?;
    }
    Ok(found)
}

/// Takes the lock of the run, and says of it who, since when, and what.
fn lock(settings: &Settings, what: &str) -> anyhow::Result<Result<RunLock, crate::ledger::Held>> {
    Ok(RunLock::take(&settings.ledger, &holder(settings, what))?)
}

/// What asks for the end of all that is sent under a lock: `epistle stop`, and later the system's signals.
fn stop(lock: &RunLock) -> Stop {
    let (stop, request) = (Stop::default(), lock.stop_request());
    stop.watch(move || request.is_made());
    stop
}

/// What the holder of the lock says of itself; `status` reads in it what is sent.
fn holder(settings: &Settings, what: &str) -> String {
    let since = input::now(settings).format("%Y-%m-%d %H:%M:%S %:z");
    format!("process {} since {since}: {what}", std::process::id())
}

fn is_running(by: &str) -> Refusal {
    Refusal::guard("is-running", format!("another run is sending: {by}"))
        .help("wait until it ends; epistle status tells how far it is, and epistle stop ends it")
}

fn wanted<'e>(frozen: Option<&'e Edition>, id: &'e str) -> Wanted<'e> {
    frozen.map_or(Wanted::AsBegun(id), Wanted::Files)
}

/// Says whether a person confirms, where one must.
fn confirms(plan: &Plan, wish: Wish, description: &str) -> anyhow::Result<()> {
    let letters = plan.letters();
    match wish.consent {
        Consent::Given | Consent::NotNeeded => Ok(()),
        Consent::Ask if letters == 0 => Ok(()),
        Consent::Ask if ask::somebody_is_there() => {
            print::note(description);
            let question = format!(
                "Type {} to send {}; anything else sends nothing: ",
                letters,
                if letters == 1 {
                    "this letter"
                } else {
                    "these letters"
                }
            );
            if ask::types_number(&question, letters)? {
                Ok(())
            } else {
                Err(Refusal::guard("not-confirmed", "nothing was sent").into())
            }
        }
        Consent::Ask => {
            let letters = print::counted(letters, "letter", "letters");
            let told = format!("{letters} would be sent, and nobody is there to be asked");
            Err(Refusal::guard("nobody-to-ask", told)
                .help("add --yes, or use send --due for cron")
                .into())
        }
    }
}
