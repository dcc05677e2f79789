//! When a run would be done that begins now, in words, before anybody confirms it.

use std::time::Duration;

use super::super::{input, print, when};
use crate::delivery::{self, Forecast, Memory, Plan};
use crate::ledger::{Ledger, State};
use crate::settings::Settings;

/// What is said where nobody can know.
const UNMEASURED: &str = "no run has measured yet how fast the server is";

/// When the letters of a plan would have gone.
pub(super) fn before(
    ledger: &mut impl Ledger,
    plan: &Plan,
    settings: &Settings,
) -> anyhow::Result<String> {
    let Some(relay) = &settings.relay else {
        return Ok(format!("unknown: {UNMEASURED}"));
    };
    let now = input::now(settings);
    let memory = Memory::of(ledger, &delivery::account(relay))?;
    if let Some(quota) = memory.quota() {
        let until = when::moment(quota.until, now);
        let told = print::told_by_relay(&quota.told);
        return Ok(format!("nothing goes now; it can {until}: {told}"));
    }
    let begun = plan.has_begun.then_some(plan.edition.id.as_str());
    let put_off = plan.counts.of(State::Deferred);
    let letters = plan.letters().saturating_sub(put_off);
    let forecast = Forecast::of(
        ledger,
        &memory,
        &settings.batch,
        begun,
        letters,
        None,
        Duration::ZERO,
    )?;
    let mut words = Vec::new();
    if letters > 0 || put_off == 0 {
        words.push(match forecast {
            Forecast::About(time) => when::after(time, now),
            Forecast::AtLeast(time) => {
                format!("not before {}; {UNMEASURED}", when::after(time, now))
            }
            Forecast::Unknown => format!("unknown: {UNMEASURED}"),
        });
    }
    if let (Some(id), true) = (begun, put_off > 0)
        && let Some(due) = ledger.next_due(id)?
    {
        words.push(format!(
            "{} that the server has put off, the first tried again {}",
            print::counted(put_off, "letter", "letters"),
            when::moment(due.max(now.into()), now)
        ));
    }
    Ok(words.join("; "))
}
