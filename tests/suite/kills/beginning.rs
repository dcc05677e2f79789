//! Killed while a run begins: the ledger is made, its key, the edition.

use std::fs;
use std::time::Duration;

use epistle::sandbox::Answer;

use super::account::Books;
use super::field::Field;
use super::log::Addresses;
use super::witness::locked;

/// A moment in the beginning of a run.
#[derive(Debug)]
enum Moment {
    /// So long after the start of the process.
    After(Duration),
    /// As soon as a file is there that has so many bytes.
    Grown(&'static str, u64),
}

#[test]
fn killed_at_the_beginning() {
    let times = (0..64)
        .step_by(8)
        .map(|millis| Moment::After(Duration::from_millis(millis)));
    // In the order in which they come; the last is the commit of the beginning.
    let files = [
        ("epistle.db.lock", 0),
        ("epistle.db", 0),
        ("epistle.db-journal", 0),
        ("epistle.db-wal", 0),
        ("epistle.db-wal", 1),
        ("epistle.db-wal", 50_000),
        ("epistle.key.new", 0),
        ("epistle.key", 0),
        ("epistle.db-wal", 60_000),
        ("epistle.db-wal", 100_000),
    ];
    let files = files.map(|(file, bytes)| Moment::Grown(file, bytes));
    for (index, moment) in times.chain(files).enumerate() {
        let field = Field::new(&format!("beginning-{index}"), |_, _| Answer::Usual);
        field.begin();
        match &moment {
            Moment::After(time) => std::thread::sleep(*time),
            Moment::Grown(file, bytes) => field.until("the file", || {
                let has_ended = field.witness.ended().is_some();
                let found = fs::metadata(field.ledger().with_file_name(file));
                (has_ended || found.is_ok_and(|found| found.len() >= *bytes)).then_some(())
            }),
        }
        field.witness.kill(None);
        field.wait();
        // A copy is looked at: opening the ledger itself could mend what the next run must.
        let copy = field.folder.join("copy");
        fs::create_dir(&copy).unwrap();
        for file in [
            "epistle.db",
            "epistle.db-wal",
            "epistle.db-journal",
            "epistle.key",
        ] {
            let _ = fs::copy(field.ledger().with_file_name(file), copy.join(file));
        }
        let books = Books::read(&copy.join("epistle.db"), &field.people);
        assert!(
            books.is_some() || field.server.connections() == 0,
            "{moment:?}"
        );
        let doubts = books.map_or_else(Addresses::new, |books| books.doubts());
        assert!(
            doubts.is_subset(&locked(&field.witness.seen).log.may_be_in_doubt()),
            "{moment:?}"
        );
        let (code, doubts) = field.send_on(doubts);
        assert_eq!(code, i32::from(!doubts.is_empty()), "{moment:?}");
        assert_eq!(&field.taken() | &doubts, field.people, "{moment:?}");
    }
}
