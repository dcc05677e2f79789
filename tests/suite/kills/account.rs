//! The ledger is held against what the server has seen.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;

use epistle::ledger::{Ledger, SqliteLedger, State};

use super::field::{EDITION, Field, SEND};
use super::log::{Addresses, Log};
use super::witness::locked;

/// What the ledger says of each letter.
pub(super) struct Books(BTreeMap<String, State>);

impl Books {
    /// `None`: the edition has not begun. Panics where not all `people` have a letter, once.
    pub(super) fn read(file: &Path, people: &Addresses) -> Option<Self> {
        let key = file.with_extension("key");
        let mut ledger = SqliteLedger::open(file, &key).unwrap();
        if ledger.editions().unwrap().is_empty() {
            return None;
        }
        let counts = ledger.counts(EDITION).unwrap();
        let connection = rusqlite::Connection::open(file).unwrap();
        let mut statement = connection
            .prepare("SELECT address, state FROM letter")
            .unwrap();
        let rows = statement
            .query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))
            .unwrap()
            .map(Result::unwrap);
        let state = |name: &str| State::ALL.into_iter().find(|state| state.name() == name);
        let books = Self(rows.map(|(to, name)| (to, state(&name).unwrap())).collect());
        let enrolled: Addresses = books.0.keys().cloned().collect();
        assert_eq!(enrolled, *people, "begun with some of the people");
        assert_eq!(counts.enrolled(), people.len() as u64);
        for state in State::ALL {
            assert_eq!(counts.of(state), books.those(state).len() as u64, "{state}");
        }
        Some(books)
    }

    /// Where a letter stands.
    pub(super) fn state(&self, address: &str) -> State {
        self.0[address]
    }

    /// The letters in a state.
    pub(super) fn those(&self, state: State) -> Addresses {
        let those = self.0.iter().filter(|(_, known)| **known == state);
        those.map(|(address, _)| address.clone()).collect()
    }

    /// Letters that are in doubt, or will be when the next run begins.
    pub(super) fn doubts(&self) -> Addresses {
        &self.those(State::Started) | &self.those(State::Unknown)
    }
}

impl Field {
    /// Runs the same command until it isn't killed, and looks at the books each time.
    /// Returns its exit code, and what is in doubt.
    pub(super) fn send(&self) -> (i32, Addresses) {
        self.send_on(Addresses::new())
    }

    /// The same, where some letters are in doubt already.
    pub(super) fn send_on(&self, mut doubts: Addresses) -> (i32, Addresses) {
        loop {
            self.begin();
            let status = self.wait();
            doubts = self.check(&doubts);
            if status.signal() != Some(9) {
                return (status.code().unwrap(), doubts);
            }
        }
    }

    /// The same, to an end at which all is done. Returns what is in doubt.
    pub(super) fn send_all(&self, kills: usize) -> Addresses {
        let (code, doubts) = self.send();
        assert_eq!(locked(&self.witness.seen).kills, kills);
        let books = self.books().unwrap();
        assert_eq!(
            books.those(State::Pending),
            Addresses::new(),
            "somebody is missing"
        );
        assert_eq!(books.those(State::Started), Addresses::new());
        assert_eq!(&self.taken() | &doubts, self.people, "somebody is missing");
        let expected = i32::from(!doubts.is_empty());
        assert_eq!(code, expected);
        // There is nothing left that it could send.
        let before = locked(&self.witness.seen).taken.clone();
        assert_eq!(self.call(&SEND).status.code(), Some(expected));
        assert_eq!(locked(&self.witness.seen).taken, before);
        doubts
    }

    pub(super) fn taken(&self) -> Addresses {
        locked(&self.witness.seen).taken.keys().cloned().collect()
    }

    /// Holds the ledger against what the server has seen, when no run goes on.
    /// Returns what is in doubt now.
    fn check(&self, doubts_before: &Addresses) -> Addresses {
        let books = self.books().unwrap();
        self.check_status(&books);
        let seen = locked(&self.witness.seen);
        assert_eq!(seen.wrong, Vec::<String>::new());
        for state in [State::Refused, State::Deferred] {
            assert_eq!(books.those(state), Addresses::new(), "{state}");
        }
        let doubts = account(&books, &seen.taken, &seen.log, doubts_before);
        if let Some((victim, may_be)) = &seen.victim {
            let state = books.state(victim);
            assert!(
                may_be.contains(&state),
                "{victim} is {state}, not one of {may_be:?}"
            );
        }
        doubts
    }

    /// What `epistle status` says is what the ledger says.
    pub(super) fn check_status(&self, books: &Books) {
        let output = self.call(&["status", EDITION, "--json"]);
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let count = |name: &str| json[name].as_u64().unwrap();
        assert_eq!(count("enrolled"), self.people.len() as u64);
        for state in State::ALL {
            assert_eq!(
                count(state.name()),
                books.those(state).len() as u64,
                "{state}"
            );
        }
    }

    /// What the ledger says now.
    pub(super) fn books(&self) -> Option<Books> {
        Books::read(&self.ledger(), &self.people)
    }

    /// What a copy of the ledger says: to open the ledger itself could mend what the next run must.
    pub(super) fn copied_books(&self) -> Option<Books> {
        let copy = self.folder.join("copy");
        let _ = fs::remove_dir_all(&copy);
        fs::create_dir(&copy).unwrap();
        let entries = fs::read_dir(self.ledger().parent().unwrap()).unwrap();
        for entry in entries.map(Result::unwrap) {
            fs::copy(entry.path(), copy.join(entry.file_name())).unwrap();
        }
        let file = copy.join("epistle.db");
        file.exists().then(|| Books::read(&file, &self.people))?
    }
}

/// Holds every letter against what the server has taken, and how often, in all
/// runs, and against what it has seen of the last one, faults and kills
/// included. Returns what is in doubt now.
pub(super) fn account(
    books: &Books,
    taken: &BTreeMap<String, usize>,
    log: &Log,
    doubts_before: &Addresses,
) -> Addresses {
    let doubts = books.doubts();
    for (address, times) in taken {
        let state = books.state(address);
        assert_eq!(*times, 1, "{address} ({state}) got it twice");
        assert!(
            state == State::Accepted || doubts.contains(address),
            "{address} has it, and is {state}"
        );
    }
    for address in &books.those(State::Accepted) {
        assert!(
            taken.contains_key(address),
            "{address} is accepted and was not taken"
        );
    }
    let refused = books.those(State::Refused);
    assert!(
        refused.is_subset(&log.refused),
        "nobody refused {:?}",
        &refused - &log.refused
    );
    assert!(
        doubts_before.is_subset(&doubts),
        "only a person ends a doubt"
    );
    let new = &doubts - doubts_before;
    let may = log.may_be_in_doubt();
    assert!(
        new.is_subset(&may),
        "{:?} not in flight: {may:?}",
        &new - &may
    );
    let must = log.must_be_in_doubt();
    assert!(
        must.is_subset(&doubts),
        "{:?} can't be known",
        &must - &doubts
    );
    for letters in log.by_connection() {
        let new = &letters & &new;
        assert!(
            new.len() <= 1,
            "{new:?} in doubt on one connection: {log:?}"
        );
    }
    doubts
}
