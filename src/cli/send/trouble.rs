//! What keeps an edition from being sent may last for days, and cron looks every
//! ten minutes: it mails whatever is printed, so the same trouble is told once a day.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::time::SystemTime;

use chrono::{DateTime, FixedOffset};

use super::{Consent, Wish};
use crate::delivery::{ABOUT_A_ROW, Ending};
use crate::ledger::{Counts, Ledger, State};

/// What is said behind a trouble that may last.
pub(super) const ONCE_A_DAY: &str = "epistle: while this lasts, it is said once a day\n";

/// Says whether nobody looks on.
pub(super) fn is_unattended(wish: Wish, outbox: Option<&Path>) -> bool {
    wish.consent == Consent::NotNeeded && outbox.is_none() && !io::stderr().is_terminal()
}

/// What keeps an edition from being sent, where a run has ended by it: a name
/// by which it is known again. The fingerprint is that of the relay, so that it
/// is another trouble once somebody has changed the settings or the password; and
/// once a letter has another outcome, it is news.
pub(super) fn of(ending: &Ending, fingerprint: Option<u64>, counts: &Counts) -> Option<String> {
    let (Ending::Relay(told) | Ending::Halted(told)) = ending else {
        return None;
    };
    let mut name = format!("{} {}", ending.name(), fingerprint.unwrap_or_default());
    // What is put off ripens, and is put off again.
    let left = counts.still_to_send() + counts.of(State::Started);
    let outcomes = [
        State::Accepted,
        State::Refused,
        State::Unknown,
        State::Suppressed,
        State::Cancelled,
    ];
    for count in outcomes.map(|state| counts.of(state)).iter().chain([&left]) {
        name += &format!(" {count}");
    }
    // Words that count, name somebody, or tell a server's address or a number of
    // its own differ each time, and so does the row that a connection meets first.
    let told = match told.strip_prefix(ABOUT_A_ROW) {
        Some(rest) => rest.split_once("): ").map_or("", |(_, told)| told),
        None => told,
    };
    let varies =
        |word: &str| word.contains(|char: char| char.is_ascii_digit() || "@<".contains(char));
    for word in told.split_whitespace() {
        if !varies(word) || is_code(word) {
            name.push(' ');
            name.push_str(word);
        }
    }
    Some(name)
}

/// Says whether a word is a code of a reply (RFC 5321, 4.2; RFC 3463).
fn is_code(word: &str) -> bool {
    let number = |part: &str| {
        (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let parts: Vec<_> = word.split('.').collect();
    match parts[..] {
        [code] => code.len() == 3 && number(code) && code.starts_with(['4', '5']),
        [class, subject, detail] => {
            ["4", "5"].contains(&class) && number(subject) && number(detail)
        }
        _ => false,
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::SqliteLedger;

    fn counts(states: &[(State, u64)]) -> Counts {
        let mut counts = Counts::default();
        states
            .iter()
            .for_each(|(state, count)| counts.add(*state, *count));
        counts
    }

    #[test]
    fn a_trouble_is_the_same_whatever_number_it_comes_with() {
        let relay = |told: &str, states: &[_]| {
            of(&Ending::Relay(told.to_owned()), Some(7), &counts(states))
        };
        let pending = [(State::Pending, 9)];
        for (one, other) in [
            (
                "connecting: 192.0.2.1:25: Connection refused (os error 111)",
                "connecting: [2001:db8::1]:25: Connection refused (os error 61)",
            ),
            (
                "the connection was cut before 30 of the last 90 letters",
                "the connection was cut before 31 of the last 1,000 letters",
            ),
            (
                "MAIL: the server said 550 5.7.1 no (4XyZ12)",
                "MAIL: the server said 550 5.7.1 no (4XyZ99)",
            ),
            (
                "the letter for a (1).csv:4 (if that is so): RCPT: the server said 554 5.7.1 <a@b>: no",
                "the letter for a.csv:5 (if that is so): RCPT: the server said 554 5.7.1 <c@b>: no",
            ),
        ] {
            assert_eq!(relay(one, &pending), relay(other, &pending));
        }
        let ripening = [
            (State::Pending, 3),
            (State::Deferred, 5),
            (State::Started, 1),
        ];
        assert_eq!(relay("MAIL", &pending), relay("MAIL", &ripening));
        let none = counts(&[]);
        assert_eq!(of(&Ending::Finished, Some(7), &none), None);
        assert_eq!(of(&Ending::Ledger("full".to_owned()), Some(7), &none), None);
    }

    #[test]
    fn another_trouble_is_not_taken_for_the_same() {
        let told = [
            "connecting: 192.0.2.1:25: Connection refused",
            "logging in: the server said 535 5.7.8 no",
            "MAIL: the server said 550 5.7.1 no",
            "MAIL: the server said 550 5.1.8 no",
            "MAIL: the server said 450 5.1.8 no",
            "the letter for a.csv:4 (if that is so): RCPT: the server said 554 no",
        ];
        let states = [
            vec![(State::Pending, 9)],
            vec![(State::Pending, 8), (State::Accepted, 1)],
            vec![(State::Pending, 8), (State::Refused, 1)],
            vec![(State::Pending, 8), (State::Unknown, 1)],
            vec![(State::Pending, 8), (State::Suppressed, 1)],
            vec![(State::Pending, 8), (State::Cancelled, 1)],
        ];
        let mut names = std::collections::HashSet::new();
        for told in told {
            for states in &states {
                let counts = counts(states);
                names.insert(of(&Ending::Relay(told.to_owned()), Some(7), &counts));
                names.insert(of(&Ending::Halted(told.to_owned()), Some(7), &counts));
                names.insert(of(&Ending::Relay(told.to_owned()), Some(8), &counts));
            }
        }
        assert_eq!(names.len(), 3 * told.len() * states.len());
    }

    #[test]
    fn it_is_known_until_the_next_day() {
        let folder = std::env::temp_dir().join(format!("epistle-trouble-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut ledger = SqliteLedger::open(&folder.join("l.db"), &folder.join("l.key")).unwrap();
        let mut is_known = |edition: &str, trouble: &str, time: &str| {
            let now = DateTime::parse_from_rfc3339(time).unwrap();
            super::is_known(&mut ledger, edition, trouble, now)
        };
        let told = [
            ("a", "x", "2026-11-30T06:00:00+09:00"),
            ("a", "x", "2026-11-30T23:59:59+09:00"),
            ("a", "y", "2026-11-30T23:59:59+09:00"),
            ("b", "x", "2026-11-30T23:59:59+09:00"),
            ("a", "x", "2026-12-01T00:00:00+09:00"),
            ("a", "x", "2026-12-01T00:10:00+09:00"),
        ]
        .map(|(edition, trouble, time)| is_known(edition, trouble, time));
        assert_eq!(told, [false, true, false, false, false, true]);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
