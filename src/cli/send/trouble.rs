//! What keeps an edition from being sent may last for days, and cron looks every
//! ten minutes: it mails whatever is printed, so the same trouble is told once a day.

use std::io::{self, IsTerminal};
use std::time::SystemTime;

use chrono::{DateTime, FixedOffset};

use super::{Consent, Wish};
use crate::delivery::Ending;
use crate::ledger::{Counts, Ledger, State};

/// Says whether nobody looks on.
pub(super) fn is_unattended(wish: Wish) -> bool {
    wish.consent == Consent::NotNeeded && !io::stderr().is_terminal()
}

/// What keeps an edition from being sent, where a run has ended by it: a name
/// by which it is known again. `mark` is that of the relay, so that it is
/// another trouble once somebody has changed the settings or the password.
pub(super) fn of(ending: &Ending, mark: Option<u64>) -> Option<String> {
    let told = match ending {
        Ending::Relay(told) => told,
        Ending::Halted(_) => "",
        _ => return None,
    };
    // The first words say where it arose; those behind may have an address or a count in them.
    let place = told.split(|char: char| char == ':' || char.is_ascii_digit());
    let place = place.map(str::trim).next().unwrap_or_default();
    Some(format!(
        "{} {place} {}",
        ending.name(),
        mark.unwrap_or_default()
    ))
}

/// Notes that a trouble is told. Says whether it was today; what can't be looked up was not.
pub(super) fn is_known(
    ledger: &mut impl Ledger,
    edition: &str,
    trouble: &str,
    now: DateTime<FixedOffset>,
) -> bool {
    let today = format!("{trouble} {}", now.format("%F"));
    let is_news = ledger.note_trouble(edition, &today, SystemTime::now());
    is_news.is_ok_and(|is_news| !is_news)
}

/// Says whether letters were refused meanwhile, or came into doubt.
pub(super) fn is_worse(before: &Counts, after: &Counts) -> bool {
    [State::Refused, State::Unknown]
        .into_iter()
        .any(|state| after.of(state) > before.of(state))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trouble_is_the_same_whatever_number_it_comes_with() {
        let relay = |told: &str| of(&Ending::Relay(told.to_owned()), Some(7));
        let refused = relay("connecting: 192.0.2.1:25: Connection refused");
        assert_eq!(
            refused,
            relay("connecting: [2001:db8::1]:25: No route to host")
        );
        assert_ne!(refused, relay("logging in: the server said 535 5.7.8 no"));
        assert_eq!(
            relay("the connection was cut before 30 of the last 90 letters"),
            relay("the connection was cut before 31 of the last 100 letters")
        );
        let halted = |told: &str| of(&Ending::Halted(told.to_owned()), Some(7));
        assert_eq!(halted("20 of the last 42"), halted("of 6 of the last 100"));
        assert_ne!(
            halted("20 of the last 42"),
            of(&Ending::Halted(String::new()), Some(8))
        );
        assert_eq!(of(&Ending::Finished, Some(7)), None);
        assert_eq!(of(&Ending::Ledger("disk full".to_owned()), Some(7)), None);
    }
}
