//! Killed, or without power, while a run begins: the ledger is made, its key,
//! the edition.

use std::fs;
use std::time::Duration;

use epistle::sandbox::Answer;

use super::campaign::{number, seed};
use super::chance::Chance;
use super::field::Field;
use super::log::Addresses;
use super::powercut::Disk;
use super::witness::locked;

/// A moment in the beginning of a run.
#[derive(Debug)]
enum Moment {
    /// So long after the start of the process.
    After(Duration),
    /// As soon as a file is there that has so many bytes.
    Grown(&'static str, u64),
}

/// Moments at files, in the order in which they come; the last is the commit of the beginning.
const AT_FILES: [Moment; 10] = [
    Moment::Grown("epistle.db.lock", 0),
    Moment::Grown("epistle.db", 0),
    Moment::Grown("epistle.db-journal", 0),
    Moment::Grown("epistle.db-wal", 0),
    Moment::Grown("epistle.db-wal", 1),
    Moment::Grown("epistle.db-wal", 50_000),
    Moment::Grown("epistle.key.new", 0),
    Moment::Grown("epistle.key", 0),
    Moment::Grown("epistle.db-wal", 60_000),
    Moment::Grown("epistle.db-wal", 100_000),
];

/// Kills the first run at a moment, and sends everything by a second one.
fn begin_twice(mut field: Field, moment: &Moment, disk: Option<Disk>, chance: &mut Chance) {
    if let Some(disk) = disk {
        field.mount(disk);
    }
    field.begin();
    match moment {
        Moment::After(time) => std::thread::sleep(*time),
        Moment::Grown(file, bytes) => field.until("the file", || {
            let has_ended = field.witness.ended().is_some();
            let found = fs::metadata(field.ledger().with_file_name(file));
            (has_ended || found.is_ok_and(|found| found.len() >= *bytes)).then_some(())
        }),
    }
    let is_killed = field.witness.kill(None);
    field.wait();
    if is_killed {
        field.cut_power(chance);
    }
    let books = field.copied_books();
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
    let told = format!("{moment:?}: {}", field.errors());
    assert_eq!(code, i32::from(!doubts.is_empty()), "{told}");
    assert_eq!(&field.taken() | &doubts, field.people, "{told}");
}

#[test]
fn killed_at_the_beginning() {
    let times = (0..64)
        .step_by(16)
        .map(|millis| Moment::After(Duration::from_millis(millis)));
    for (index, moment) in times.chain(AT_FILES).enumerate() {
        let field = Field::new(&format!("beginning-{index}"), |_, _| Answer::Usual);
        begin_twice(field, &moment, None, &mut Chance::of(0, &[]));
    }
}

#[test]
fn the_power_is_cut_at_the_beginning() {
    let seed = seed();
    println!("EPISTLE_SEED={seed}");
    for round in 0..number("EPISTLE_BEGINNINGS").unwrap_or(1) {
        let mut chance = Chance::of(seed, &[6, round]);
        let times: [u64; 3] = std::array::from_fn(|_| chance.below(60_000));
        let times = times.map(|micros| Moment::After(Duration::from_micros(micros)));
        let files = AT_FILES.iter().skip(chance.below(2) as usize).step_by(2);
        for (index, moment) in times.iter().chain(files).enumerate() {
            let field = Field::new(&format!("dark-{index}"), |_, _| Answer::Usual);
            begin_twice(field, moment, Some(Disk::Honest), &mut chance);
        }
    }
}
