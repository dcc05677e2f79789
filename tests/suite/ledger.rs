//! What every store of the record must do, on the one there is: a real SQLite file.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use epistle::ledger::{
    Beginning, Claim, Decision, Difference, Enrolment, Ledger, LedgerError, Mark, Roll, RunLock,
    SqliteLedger, State, Suppression, Writer, key_path,
};

/// A folder with a ledger and its key, gone at its end.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("ledger-{name}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn file(&self) -> PathBuf {
        self.0.join("epistle.db")
    }

    fn key(&self) -> PathBuf {
        self.0.join("epistle.key")
    }

    fn open(&self) -> Result<SqliteLedger, LedgerError> {
        SqliteLedger::open(&self.file(), &self.key())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn beginning(id: &str) -> Beginning {
    Beginning {
        id: id.to_owned(),
        digest: "d1".to_owned(),
        audience: Some("friends".to_owned()),
        date: "2018-03-16T06:00:00+00:00".to_owned(),
        program: "0.1.0".to_owned(),
        versions: vec![
            ("en".to_owned(), b"frozen\0".to_vec()),
            ("de".to_owned(), b"gefroren".to_vec()),
        ],
    }
}

fn person(index: u64) -> Enrolment {
    Enrolment {
        key: format!("r{index}@example.org"),
        address: format!("R{index}@example.org"),
        name: index.is_multiple_of(2).then(|| format!("Name {index}")),
        language: None,
        file: "recipients.csv".to_owned(),
        line: index + 2,
    }
}

/// Calls the roll: the people of these numbers.
fn call(ledger: &mut SqliteLedger, people: std::ops::Range<u64>) -> Roll {
    let called = ledger.call_roll(&mut |roll| {
        for index in people.clone() {
            assert_eq!(roll.add(&person(index)).unwrap(), None);
        }
    });
    called.unwrap()
}

/// A ledger in which an edition has begun for so many people.
fn begun(place: &Place, people: u64) -> SqliteLedger {
    let mut ledger = place.open().unwrap();
    call(&mut ledger, 0..people);
    let counts = ledger.begin(&beginning("one")).unwrap();
    assert_eq!(
        (counts.enrolled(), counts.of(State::Pending)),
        (people, people)
    );
    ledger
}

fn claim(ledger: &mut SqliteLedger, after: i64, most: usize) -> Vec<Claim> {
    ledger.claim("one", after, most, SystemTime::now()).unwrap()
}

fn mark(letter: i64, state: State) -> Mark {
    Mark {
        letter,
        state,
        due: (state == State::Deferred).then_some(SystemTime::UNIX_EPOCH),
        told: None,
    }
}

fn record(ledger: &mut SqliteLedger, marks: &[Mark]) {
    let passed_over = ledger.record(marks, SystemTime::now()).unwrap();
    assert!(passed_over.is_empty());
}

#[test]
fn an_edition_begins_once_and_stays_as_it_began() {
    let place = Place::new("begin");
    let mut ledger = place.open().unwrap();
    assert_eq!(ledger.beginning("one").unwrap(), None);
    assert!(matches!(ledger.counts("one"), Err(LedgerError::NotBegun(id)) if id == "one"));
    call(&mut ledger, 0..1);
    assert_eq!(ledger.begin(&beginning("one")).unwrap().enrolled(), 1);
    assert!(matches!(
        ledger.begin(&beginning("one")),
        Err(LedgerError::Begun(_))
    ));
    assert_eq!(ledger.beginning("one").unwrap(), Some(beginning("one")));
    assert_eq!(ledger.editions().unwrap(), ["one"]);
    call(&mut ledger, 1..4);
    assert_eq!(ledger.begin(&beginning("two")).unwrap().enrolled(), 3);
    assert_eq!(ledger.counts("one").unwrap().enrolled(), 1);
}

#[test]
fn the_roll_names_the_row_of_a_mailbox_that_stands_twice() {
    let place = Place::new("roll");
    let mut ledger = place.open().unwrap();
    call(&mut ledger, 0..9);
    ledger
        .suppress("r1@example.org", "asked", SystemTime::now())
        .unwrap();
    ledger
        .suppress("elsewhere@example.org", "asked", SystemTime::now())
        .unwrap();
    let mut first = None;
    let roll = ledger.call_roll(&mut |roll| {
        for index in 0..3 {
            let language = (index == 2).then(|| "de".to_owned());
            let somebody = Enrolment {
                language,
                ..person(index)
            };
            roll.add(&somebody).unwrap();
        }
        let again = Enrolment {
            line: 99,
            name: None,
            ..person(0)
        };
        first = roll.add(&again).unwrap();
    });
    assert_eq!(first, Some(("recipients.csv".to_owned(), 2)));
    let expected = Roll {
        people: 3,
        suppressed: 1,
        languages: vec![(None, 2), (Some("de".to_owned()), 1)],
    };
    assert_eq!(roll.unwrap(), expected, "those called before are gone");
    ledger.begin(&beginning("one")).unwrap();
    let claims = claim(&mut ledger, 0, 10);
    assert_eq!(claims[0].enrolment, person(0), "the first row counts");
}

#[test]
fn people_added_later_join_and_people_gone_are_passed_over() {
    let place = Place::new("difference");
    let mut ledger = begun(&place, 4);
    let letters = claim(&mut ledger, 0, 10);
    record(
        &mut ledger,
        &[
            mark(letters[0].letter, State::Accepted),
            mark(letters[1].letter, State::Deferred),
        ],
    );
    for index in [0, 3, 5] {
        let key = person(index).key;
        assert!(ledger.suppress(&key, "asked", SystemTime::now()).unwrap());
    }
    call(&mut ledger, 3..6); // 0, 1 and 2 are gone, 4 and 5 are new
    assert_eq!(
        ledger.difference("one").unwrap(),
        Difference {
            new: 2,
            gone: 2,
            new_suppressed: 1,
            suppressed: 1
        }
    );
    let now = SystemTime::now();
    assert_eq!(ledger.pass_over_gone("one", now).unwrap(), 2);
    assert_eq!(ledger.enrol_new("one", now).unwrap(), 2);
    let left = Difference {
        suppressed: 2,
        ..Difference::default()
    };
    assert_eq!(ledger.difference("one").unwrap(), left);
    let counts = ledger.counts("one").unwrap();
    assert_eq!(
        [State::Accepted, State::Cancelled, State::Pending].map(|state| counts.of(state)),
        [1, 2, 3]
    );
}

#[test]
fn letters_are_claimed_in_order_and_a_cursor_leads_on() {
    let place = Place::new("claim");
    let mut ledger = begun(&place, 5);
    let first = claim(&mut ledger, 0, 2);
    assert_eq!(
        first
            .iter()
            .map(|claim| &claim.enrolment)
            .collect::<Vec<_>>(),
        [&person(0), &person(1)]
    );
    let rest = claim(&mut ledger, first[1].letter, 10);
    assert_eq!(
        rest.iter()
            .map(|claim| &claim.enrolment)
            .collect::<Vec<_>>(),
        [&person(2), &person(3), &person(4)]
    );
    assert!(claim(&mut ledger, rest[2].letter, 10).is_empty());
}

#[test]
fn the_sum_of_all_states_is_the_number_enrolled() {
    let place = Place::new("states");
    let mut ledger = begun(&place, 20);
    let letters = claim(&mut ledger, 0, 20);
    for (index, state) in State::ALL.into_iter().enumerate() {
        record(
            &mut ledger,
            &[
                mark(letters[index].letter, state),
                mark(letters[index + 8].letter, state),
            ],
        );
    }
    let counts = ledger.counts("one").unwrap();
    assert_eq!(counts.enrolled(), 20);
    for state in State::ALL {
        assert_eq!(
            counts.of(state),
            if state == State::Pending { 6 } else { 2 },
            "{state}"
        );
    }
}

#[test]
fn a_letter_never_goes_back() {
    let place = Place::new("guard");
    let mut ledger = begun(&place, 8);
    let letters = claim(&mut ledger, 0, 8);
    let ends = [State::Accepted, State::Refused, State::Unknown];
    for (claim, end) in letters.iter().zip(ends) {
        record(&mut ledger, &[mark(claim.letter, end)]);
        for back in [State::Started, State::Pending, State::Accepted] {
            assert!(
                ledger
                    .record(&[mark(claim.letter, back)], SystemTime::now())
                    .is_err(),
                "{end} to {back}"
            );
        }
    }
    let twice = letters[5].letter;
    record(&mut ledger, &[mark(twice, State::Started)]);
    assert!(
        ledger
            .record(&[mark(twice, State::Started)], SystemTime::now())
            .is_err(),
        "one attempt at a time"
    );
    let timeless = Mark {
        due: None,
        ..mark(letters[6].letter, State::Deferred)
    };
    assert!(
        ledger.record(&[timeless], SystemTime::now()).is_err(),
        "it would never come back"
    );
}

#[test]
fn an_edition_begins_whole_or_not_at_all() {
    let place = Place::new("whole");
    let mut ledger = place.open().unwrap();
    let full = rusqlite::Connection::open(place.file()).unwrap();
    full.execute_batch("CREATE TRIGGER full BEFORE INSERT ON letter WHEN new.key = 'r1@example.org' BEGIN SELECT raise(FAIL, 'disk full'); END").unwrap();
    drop(full);
    call(&mut ledger, 0..3);
    let begun = ledger.begin(&beginning("one"));
    assert!(matches!(begun, Err(LedgerError::Store { .. })), "{begun:?}");
    assert!(ledger.editions().unwrap().is_empty());
}

#[test]
fn marks_are_recorded_together_or_not_at_all() {
    let place = Place::new("together");
    let mut ledger = begun(&place, 2);
    let letter = claim(&mut ledger, 0, 1)[0].letter;
    let failed = ledger.record(
        &[mark(letter, State::Accepted), mark(4_711, State::Accepted)],
        SystemTime::now(),
    );
    assert!(failed.is_err(), "there is no such letter");
    assert_eq!(ledger.counts("one").unwrap().of(State::Pending), 2);
}

#[test]
fn what_was_started_is_unknown_to_the_next_run_and_nothing_else_is() {
    let place = Place::new("recover");
    let mut ledger = begun(&place, 4);
    let letters = claim(&mut ledger, 0, 4);
    record(
        &mut ledger,
        &[
            mark(letters[0].letter, State::Accepted),
            mark(letters[1].letter, State::Started),
            mark(letters[2].letter, State::Started),
        ],
    );
    record(&mut ledger, &[mark(letters[2].letter, State::Accepted)]);
    drop(ledger);
    let mut ledger = place.open().unwrap();
    assert_eq!(ledger.recover().unwrap(), 1);
    assert_eq!(ledger.recover().unwrap(), 0);
    let told = ledger.told("one").unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].address.as_str(), told[0].state),
        ("R1@example.org", State::Unknown)
    );
    let pending = claim(&mut ledger, 0, 10);
    assert_eq!(
        pending.iter().map(|claim| claim.letter).collect::<Vec<_>>(),
        [letters[3].letter]
    );

    let now = SystemTime::now();
    let again = ledger.decide("one", Decision::SendAgain, None, now);
    assert_eq!(again.unwrap(), 1);
    let again = claim(&mut ledger, 0, 10);
    assert_eq!(
        (again[0].letter, again[0].attempts),
        (letters[1].letter, 1),
        "its attempt is remembered"
    );
}

#[test]
fn a_deferred_letter_waits_for_its_time() {
    let place = Place::new("deferred");
    let mut ledger = begun(&place, 2);
    let letters = claim(&mut ledger, 0, 2);
    let now = SystemTime::now();
    let later = now + Duration::from_secs(900);
    let deferred = Mark {
        due: Some(later),
        told: Some(("rcpt".to_owned(), "450 4.7.1 greylisted".to_owned())),
        ..mark(letters[0].letter, State::Deferred)
    };
    ledger.record(&[deferred], now).unwrap();
    assert_eq!(ledger.ripen("one", now).unwrap(), 0);
    assert_eq!(ledger.claim("one", 0, 10, now).unwrap().len(), 1);
    assert_eq!(
        ledger.told("one").unwrap()[0].reply.as_deref(),
        Some("450 4.7.1 greylisted")
    );
    assert_eq!(ledger.ripen("one", later).unwrap(), 1);
    let ripe = ledger.claim("one", 0, 10, later).unwrap();
    assert_eq!(
        ripe.iter().map(|claim| claim.letter).collect::<Vec<_>>(),
        [letters[0].letter, letters[1].letter]
    );
}

#[test]
fn suppressed_people_are_passed_over_at_the_moment_of_sending() {
    let place = Place::new("suppressed");
    let mut ledger = begun(&place, 4);
    assert!(
        ledger
            .suppress(
                "r1@example.org",
                "asked by telephone",
                SystemTime::UNIX_EPOCH
            )
            .unwrap()
    );
    assert!(
        !ledger
            .suppress("r1@example.org", "another reason", SystemTime::now())
            .unwrap()
    );
    let suppressed = Suppression {
        address: "r1@example.org".to_owned(),
        reason: "asked by telephone".to_owned(),
        since: 0,
    };
    assert_eq!(ledger.suppressions().unwrap(), [suppressed]);
    // Whoever asks how long it takes need not wait for them.
    assert_eq!(ledger.pending_in_vain("one").unwrap(), 1);
    let to_domain =
        |ledger: &mut SqliteLedger, edition| ledger.letters_to(edition, "example.org").unwrap();
    assert_eq!(to_domain(&mut ledger, Some("one")), 3);
    call(&mut ledger, 0..4);
    assert_eq!(to_domain(&mut ledger, None), 3);
    let claimed = claim(&mut ledger, 0, 10);
    assert_eq!(
        claimed
            .iter()
            .map(|claim| claim.enrolment.key.as_str())
            .collect::<Vec<_>>(),
        ["r0@example.org", "r2@example.org", "r3@example.org"]
    );
    let counts = ledger.counts("one").unwrap();
    assert_eq!((counts.of(State::Suppressed), counts.enrolled()), (1, 4));
    assert!(
        ledger.unsuppress("r1@example.org").unwrap()
            && !ledger.unsuppress("r1@example.org").unwrap()
    );
}

#[test]
fn many_suppressed_people_in_a_row_hide_nobody_and_get_nothing() {
    let place = Place::new("suppressed-row");
    let mut ledger = begun(&place, 5);
    for index in 0..3 {
        assert!(
            ledger
                .suppress(&person(index).key, "asked", SystemTime::now())
                .unwrap()
        );
    }
    let claimed = claim(&mut ledger, 0, 1);
    assert_eq!(claim(&mut ledger, claimed[0].letter, 9).len(), 1);
    assert_eq!(ledger.counts("one").unwrap().of(State::Suppressed), 3);
    assert_eq!(
        claimed
            .iter()
            .map(|claim| &claim.enrolment)
            .collect::<Vec<_>>(),
        [&person(3)]
    );
}

#[test]
fn what_was_recorded_is_there_after_a_crash() {
    let place = Place::new("crash");
    let mut ledger = begun(&place, 3);
    let letters = claim(&mut ledger, 0, 3);
    record(
        &mut ledger,
        &[
            mark(letters[0].letter, State::Accepted),
            mark(letters[1].letter, State::Started),
        ],
    );
    // The files as they are while the ledger is open: nothing was closed or tidied up.
    let after = Place::new("after-crash");
    for name in ["epistle.db", "epistle.db-wal"] {
        fs::copy(place.0.join(name), after.0.join(name)).unwrap();
    }
    let counts = after.open().unwrap().counts("one").unwrap();
    assert_eq!(
        (
            counts.of(State::Accepted),
            counts.of(State::Started),
            counts.of(State::Pending)
        ),
        (1, 1, 1)
    );
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new("private");
    let _ledger = begun(&place, 1);
    let mut seen = 0;
    for entry in fs::read_dir(&place.0).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(
            entry.metadata().unwrap().permissions().mode() & 0o777,
            0o600,
            "{:?}",
            entry.file_name()
        );
        seen += 1;
    }
    assert_eq!(seen, 3, "the ledger, its log and its index");
    drop(_ledger);
    fs::set_permissions(place.file(), fs::Permissions::from_mode(0o644)).unwrap();
    let _again = place.open().unwrap();
    assert_eq!(
        fs::metadata(place.file()).unwrap().permissions().mode() & 0o777,
        0o600,
        "restored from a backup"
    );
}

#[test]
fn a_ledger_that_is_gone_or_damaged_is_never_begun_anew() {
    let place = Place::new("gone");
    fs::write(place.key(), [0; 32]).unwrap();
    assert!(matches!(place.open(), Err(LedgerError::Gone { .. })));
    assert!(!place.file().exists());
    fs::write(place.file(), b"").unwrap();
    assert!(
        matches!(place.open(), Err(LedgerError::Gone { .. })),
        "an empty file is no ledger"
    );
    fs::remove_file(place.file()).unwrap();

    drop({
        fs::remove_file(place.key()).unwrap();
        begun(&place, 500)
    });
    let whole = fs::read(place.file()).unwrap();
    let mut bent = whole.clone();
    let middle = bent.len() / 2;
    bent[middle..middle + 4_096].fill(0xA5);
    for broken in [
        &bent[..],
        &whole[..whole.len() / 2],
        b"no database at all, but long enough to be looked at as one, and then some more words",
    ] {
        fs::write(place.file(), broken).unwrap();
        let opened = place.open();
        assert!(
            matches!(opened, Err(LedgerError::Corrupt { .. })),
            "{opened:?}"
        );
        assert_eq!(
            fs::read(place.file()).unwrap(),
            broken,
            "nothing was changed"
        );
    }
}

#[test]
fn a_ledger_of_a_later_program_is_left_alone() {
    let place = Place::new("later");
    drop(begun(&place, 1));
    let connection = rusqlite::Connection::open(place.file()).unwrap();
    connection
        .execute_batch("PRAGMA user_version = 99")
        .unwrap();
    drop(connection);
    assert!(matches!(place.open(), Err(LedgerError::TooNew { .. })));
}

#[test]
fn one_run_at_a_time() {
    let place = Place::new("lock");
    let held = RunLock::take(&place.file(), "process 1, since 06:00")
        .unwrap()
        .unwrap();
    let refused = RunLock::take(&place.file(), "process 2")
        .unwrap()
        .unwrap_err();
    assert_eq!(refused.by, "process 1, since 06:00");
    drop(held);
    assert!(RunLock::take(&place.file(), "process 3").unwrap().is_ok());
}

#[test]
fn one_task_writes_for_all_connections() {
    let place = Place::new("writer");
    let mut ledger = begun(&place, 400);
    let letters: Vec<_> = claim(&mut ledger, 0, 400)
        .into_iter()
        .map(|claim| claim.letter)
        .collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let (writer, ended) = Writer::start(ledger, std::sync::Arc::default(), runtime.handle());
    runtime.block_on(async {
        let tasks: Vec<_> = letters
            .chunks(50)
            .map(|mine| {
                let (writer, mine) = (writer.clone(), mine.to_vec());
                async move {
                    for letter in mine {
                        writer
                            .record(vec![mark(letter, State::Started)])
                            .await
                            .unwrap();
                        writer
                            .record(vec![mark(letter, State::Accepted)])
                            .await
                            .unwrap();
                    }
                }
            })
            .collect();
        let local = tokio::task::LocalSet::new();
        for task in tasks {
            local.spawn_local(task);
        }
        local.await;
    });
    drop(writer);
    let (mut ledger, result) = runtime.block_on(ended).unwrap();
    result.unwrap();
    assert_eq!(ledger.counts("one").unwrap().of(State::Accepted), 400);
    assert!(ledger.told("one").unwrap().is_empty());
}

#[test]
fn a_failed_ledger_answers_nobody_with_success() {
    let place = Place::new("writer-failed");
    let ledger = begun(&place, 1);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let (writer, ended) = Writer::start(ledger, std::sync::Arc::default(), runtime.handle());
    runtime.block_on(async {
        assert!(
            writer
                .record(vec![mark(4_711, State::Started)])
                .await
                .is_err()
        );
        assert!(
            writer.record(vec![mark(1, State::Started)]).await.is_err(),
            "nothing more is recorded"
        );
    });
    let (mut ledger, result) = runtime.block_on(ended).unwrap();
    assert!(result.is_err());
    assert_eq!(ledger.counts("one").unwrap().of(State::Pending), 1);
}

#[test]
fn who_is_suppressed_or_cancelled_after_the_claim_is_not_started() {
    let place = Place::new("after-claim");
    let mut ledger = begun(&place, 3);
    let letters = claim(&mut ledger, 0, 3);
    let now = SystemTime::now();
    // Another process, while the run goes on.
    let mut other = place.open().unwrap();
    assert!(other.suppress("r0@example.org", "asked", now).unwrap());
    let keys = ["r1@example.org".to_owned()];
    let cancelled = other.decide("one", Decision::Cancel, Some(&keys), now);
    assert_eq!(cancelled.unwrap(), 1);
    let marks: Vec<_> = letters
        .iter()
        .map(|claim| mark(claim.letter, State::Started))
        .collect();
    let passed_over = ledger.record(&marks, now).unwrap();
    assert_eq!(passed_over, [letters[0].letter, letters[1].letter]);
    let counts = ledger.counts("one").unwrap();
    assert_eq!(
        [State::Suppressed, State::Cancelled, State::Started].map(|state| counts.of(state)),
        [1, 1, 1]
    );
    // A refusal that comes back for one of them changes nothing.
    let refused = ledger.record(&[mark(letters[1].letter, State::Refused)], now);
    assert_eq!(refused.unwrap(), [letters[1].letter]);
}

#[test]
fn a_person_decides_on_what_no_run_may() {
    let place = Place::new("decide");
    let mut ledger = begun(&place, 6);
    let letters = claim(&mut ledger, 0, 6);
    let states = [
        State::Unknown,
        State::Unknown,
        State::Unknown,
        State::Refused,
        State::Deferred,
    ];
    for (claim, state) in letters.iter().zip(states) {
        record(
            &mut ledger,
            &[
                mark(claim.letter, State::Started),
                mark(claim.letter, state),
            ],
        );
    }
    let now = SystemTime::now();
    let mut decide = |decision, key: Option<&str>| {
        let keys = key.map(|key| vec![key.to_owned()]);
        ledger
            .decide("one", decision, keys.as_deref(), now)
            .unwrap()
    };
    assert_eq!(decide(Decision::Arrived, Some("r0@example.org")), 1);
    assert_eq!(
        decide(Decision::Arrived, Some("r3@example.org")),
        0,
        "it is refused, not unknown"
    );
    assert_eq!(decide(Decision::Leave, Some("r1@example.org")), 1);
    assert_eq!(decide(Decision::SendAgain, None), 1);
    assert_eq!(decide(Decision::RetryRefused, None), 1);
    assert_eq!(decide(Decision::RetryDeferred, None), 1);
    assert_eq!(decide(Decision::Cancel, None), 4);
    let counts = ledger.counts("one").unwrap();
    assert_eq!(
        [State::Accepted, State::Cancelled].map(|state| counts.of(state)),
        [1, 5]
    );
}

#[test]
fn what_is_in_doubt_is_sent_once_more_at_most_and_not_at_once() {
    let place = Place::new("resend");
    let mut ledger = begun(&place, 1);
    let letter = claim(&mut ledger, 0, 1)[0].letter;
    let doubt = |ledger: &mut SqliteLedger| {
        record(ledger, &[mark(letter, State::Started)]);
        record(ledger, &[mark(letter, State::Unknown)]);
    };
    doubt(&mut ledger);
    let now = SystemTime::now();
    let early = now - Duration::from_secs(60);
    let late = now + Duration::from_secs(60);
    assert_eq!(ledger.resend_unknown("one", early, now).unwrap(), 0);
    assert_eq!(ledger.resend_unknown("one", late, now).unwrap(), 1);
    doubt(&mut ledger);
    assert_eq!(ledger.resend_unknown("one", late, now).unwrap(), 0);
}

#[test]
fn the_key_is_made_once_and_missed_when_it_is_gone() {
    let place = Place::new("key");
    let token = |place: &Place| {
        let (_, secret) = SqliteLedger::open_with_key(&place.file())?;
        Ok::<_, LedgerError>(secret.unsubscribe_token("list", "anna").as_str().to_owned())
    };
    assert_eq!(key_path(&place.file()), place.key());
    let first = token(&place).unwrap();
    assert_eq!(token(&place).unwrap(), first);
    assert_eq!(fs::read(place.key()).unwrap().len(), 32);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(place.key()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    fs::remove_file(place.key()).unwrap();
    let second = token(&place).unwrap();
    assert_ne!(second, first, "nothing was sent with it yet");
    drop(begun(&place, 1));
    fs::write(place.key(), [1; 31]).unwrap();
    assert!(matches!(token(&place), Err(LedgerError::KeyBroken(_))));
    fs::remove_file(place.key()).unwrap();
    assert!(matches!(token(&place), Err(LedgerError::KeyGone { .. })));
}

#[test]
fn a_copy_is_as_the_ledger_and_changes_nothing_of_it() {
    let place = Place::new("copy");
    let mut copy = SqliteLedger::copy(&place.file(), &place.key()).unwrap();
    assert!(copy.editions().unwrap().is_empty() && !place.file().exists());
    let mut ledger = begun(&place, 3);
    let mut copy = SqliteLedger::copy(&place.file(), &place.key()).unwrap();
    let letter = claim(&mut copy, 0, 1)[0].letter;
    record(&mut copy, &[mark(letter, State::Accepted)]);
    assert_eq!(copy.counts("one").unwrap().of(State::Accepted), 1);
    assert_eq!(ledger.counts("one").unwrap().of(State::Pending), 3);
}

#[test]
fn the_holder_of_the_lock_is_known_while_it_lives() {
    let place = Place::new("holder");
    assert_eq!(RunLock::holder(&place.file()).unwrap(), None);
    let held = RunLock::take(&place.file(), "process 1").unwrap().unwrap();
    let by = RunLock::holder(&place.file()).unwrap().unwrap().by;
    assert_eq!(by, "process 1");
    drop(held);
    assert_eq!(RunLock::holder(&place.file()).unwrap(), None);
    // A run that was killed leaves its words, and no lock.
    fs::write(place.0.join("epistle.db.lock"), "process 2").unwrap();
    assert_eq!(RunLock::holder(&place.file()).unwrap(), None);
}

#[test]
fn whoever_looks_at_the_lock_for_a_moment_keeps_no_run_from_beginning() {
    let place = Place::new("looked-at");
    let file = fs::File::create(place.0.join("epistle.db.lock")).unwrap();
    file.lock_shared().unwrap();
    let looks = thread::spawn(move || {
        thread::sleep(Duration::from_millis(20));
        drop(file);
    });
    assert!(RunLock::take(&place.file(), "process 1").unwrap().is_ok());
    looks.join().unwrap();
}

#[cfg(unix)]
#[test]
fn a_ledger_has_one_lock_by_whatever_name() {
    let place = Place::new("names");
    drop(place.open().unwrap());
    let other = place.0.join("other.db");
    std::os::unix::fs::symlink(place.file(), &other).unwrap();
    let _held = RunLock::take(&place.file(), "process 1").unwrap().unwrap();
    let refused = RunLock::take(&other, "process 2").unwrap().unwrap_err();
    assert_eq!(refused.by, "process 1");
    assert_eq!(RunLock::holder(&other).unwrap(), Some(refused));
}

#[test]
fn a_missed_edition_is_told_once_for_each_digest() {
    let place = Place::new("missed");
    let mut ledger = place.open().unwrap();
    let now = SystemTime::now();
    let told =
        ["d1", "d1", "d2", "d1"].map(|digest| ledger.note_trouble("one", digest, now).unwrap());
    assert_eq!(told, [true, false, true, false]);
}
