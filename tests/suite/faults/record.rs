//! 66 to 69: the ledger: its disk is full, somebody else holds it, it is
//! damaged, not to be written to, or older than what has been sent.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use epistle::sandbox::{Answer, Event};

use super::trial::Trial;
use crate::site::{BULLETIN, ID, Ran, Site, send_at};

const SEND: [&str; 3] = ["send", BULLETIN, "--yes"];

/// A trial on a disk with so much room, which the test may change by the file `room`.
fn on_small_disk(trial: Trial, room: u64) -> Trial {
    let folder = trial.site.folder.clone();
    let file = trial.site.path("room");
    fs::write(&file, room.to_string()).unwrap();
    trial
        .shim("disk")
        .variable("FOLDER", folder)
        .variable("ROOM", file)
}

#[test]
fn fault_66_a_disk_that_is_full_when_it_begins_sends_nothing() {
    let mut begun = 0;
    for room in [0, 5_000, 60_000, 90_000, 120_000, 150_000] {
        let trial = Trial::new(&format!("disk-{room}"), 40, |_| Answer::Usual);
        let trial = on_small_disk(trial, room);
        let output = trial.command(&SEND).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        trial.exact();
        assert!(
            matches!(output.status.code(), Some(3 | 5)),
            "{room}: {output:?}"
        );
        assert!(
            told.contains("full") || told.contains("No space left"),
            "{room}: {told}"
        );
        let editions = trial.site.json(0, &["status", "--json"]);
        let has_begun = !editions["editions"].as_array().unwrap().is_empty();
        if has_begun {
            begun += 1;
            assert!(trial.ledger().contains("pending"), "{}", trial.ledger());
        } else {
            assert_eq!(trial.relay(), [0; 5], "{room}");
        }
        // There is room again.
        trial.site.put("room", "1000000000");
        goes_on_with_one_doubt_at_most(&trial, 40);
    }
    assert!((1..6).contains(&begun), "{begun}");
}

#[test]
fn fault_66_a_disk_that_fills_in_mid_run_stops_it_with_one_doubt_at_most() {
    // There is no reserve of room: all that it would save is one doubt a connection.
    type Picks = fn(&Event<'_>) -> bool;
    let moments: [(&str, Picks, usize); 2] = [
        ("intent", |event| *event == Event::Data, 4),
        ("outcome", |event| *event == Event::Dot, 5),
    ];
    for (name, at, dots) in moments {
        let place: Arc<Mutex<PathBuf>> = Arc::default();
        let room = Arc::clone(&place);
        let trial = Trial::new(&format!("fills-{name}"), 20, move |scene| {
            if at(&scene.event) && scene.letters == 4 && scene.connection == 0 {
                fs::write(&*room.lock().unwrap(), "0").unwrap();
            }
            Answer::Usual
        });
        *place.lock().unwrap() = trial.site.path("room");
        let trial = on_small_disk(trial, 1_000_000_000);
        let output = trial.command(&SEND).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(matches!(output.status.code(), Some(3 | 5)), "{told}");
        assert!(told.contains("the ledger can't be used: "), "{told}");
        assert!(told.contains("database or disk is full"), "{told}");
        trial.exact();
        assert_eq!(trial.relay()[4], dots, "no dot without its intent");
        let begun = "SELECT count(*) FROM letter WHERE state IN ('accepted', 'started')";
        assert_eq!(trial.number(begun), dots as i64);
        trial.site.put("room", "1000000000");
        goes_on_with_one_doubt_at_most(&trial, 20);
    }
}

/// The next run finds the letter in doubt whose outcome could not be recorded, if there is one.
fn goes_on_with_one_doubt_at_most(trial: &Trial, people: usize) {
    let ran: Ran = trial.command(&SEND).output().unwrap().into();
    trial.exact();
    if ran.code == 0 {
        assert_eq!(trial.ledger(), format!("{people} accepted"));
    } else {
        let told = "a letter was on the way when the last run ended";
        assert!(ran.code == 1 && ran.err.contains(told), "{ran:#?}");
        let ledger = format!("{} accepted, 1 unknown", people - 1);
        assert_eq!(trial.ledger(), ledger);
    }
    assert_eq!(trial.taken(), people);
}

#[test]
fn fault_67_a_ledger_that_somebody_holds_is_waited_for_and_then_nothing_more_is_sent() {
    let hold = |name: &str, millis: Option<u64>| {
        let place: Arc<Mutex<PathBuf>> = Arc::default();
        let ledger = Arc::clone(&place);
        let held: Arc<Mutex<Option<rusqlite::Connection>>> = Arc::default();
        let holder = Arc::clone(&held);
        let trial = Trial::new(name, 9, move |scene| {
            if scene.event == Event::Data && scene.letters == 4 && scene.connection == 0 {
                let other = rusqlite::Connection::open(&*ledger.lock().unwrap()).unwrap();
                other
                    .busy_timeout(std::time::Duration::from_secs(10))
                    .unwrap();
                other.execute_batch("BEGIN IMMEDIATE").unwrap();
                *holder.lock().unwrap() = Some(other);
                if let Some(millis) = millis {
                    let holder = Arc::clone(&holder);
                    std::thread::spawn(move || {
                        std::thread::sleep(std::time::Duration::from_millis(millis));
                        *holder.lock().unwrap() = None;
                    });
                }
            }
            Answer::Usual
        });
        *place.lock().unwrap() = trial.site.path("epistle.db");
        (trial, held)
    };
    let (trial, _) = hold("held-shortly", Some(500));
    trial.ends(0, "");
    assert_eq!(trial.ledger(), "9 accepted");

    let (trial, held) = hold("held-long", None);
    let trial = trial.hasty(10); // five seconds
    let output = trial.command(&SEND).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(5), "{told}");
    assert!(
        told.contains("the ledger can't be used: the ledger epistle.db: database is locked"),
        "{told}"
    );
    assert_eq!(trial.relay()[4], 4, "no dot without its intent");
    drop(held.lock().unwrap().take());
    goes_on_with_one_doubt_at_most(&trial, 9);
}

/// Breaks a ledger.
type Break = fn(&Path);

#[test]
fn fault_68_a_ledger_that_is_damaged_or_gone_is_refused_and_left_as_it_is() {
    let breaks: [(&str, Break, &str); 7] = [
        (
            "bent",
            |path| {
                let mut bytes = fs::read(path).unwrap();
                let middle = bytes.len() / 2;
                bytes[middle..middle + 4_096].fill(0xA5);
                fs::write(path, bytes).unwrap();
            },
            "is damaged",
        ),
        (
            "cut",
            |path| {
                let bytes = fs::read(path).unwrap();
                fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
            },
            "is damaged",
        ),
        (
            "words",
            |path| fs::write(path, "no ledger, but a text of some length\n".repeat(9)).unwrap(),
            "is damaged",
        ),
        (
            "empty",
            |path| fs::write(path, "").unwrap(),
            "is gone, but its key",
        ),
        (
            "gone",
            |path| fs::remove_file(path).unwrap(),
            "is gone, but its key",
        ),
        (
            "later",
            |path| shape(path, 99),
            "was written by a later version",
        ),
        (
            "before-the-first",
            |path| shape(path, 0),
            "is gone, but its key",
        ),
    ];
    for (name, damage, told) in breaks {
        let trial = Trial::new(&format!("ledger-{name}"), 120, |_| Answer::Usual);
        trial
            .site
            .ends(6, &["send", BULLETIN, "--yes", "--limit", "20"]);
        let path = trial.site.path("epistle.db");
        damage(&path);
        let before = fs::read(&path).ok();
        for arguments in [&SEND[..], &["send", "--due"], &["status"]] {
            let ran = trial.site.ends(5, arguments);
            assert!(
                ran.err.contains(&format!("the ledger epistle.db {told}")),
                "{ran:#?}"
            );
            assert!(
                name == "later" || ran.err.contains("your backup"),
                "{ran:#?}"
            );
        }
        assert_eq!(fs::read(&path).ok(), before, "{name}");
        assert_eq!((trial.relay()[4], trial.taken()), (20, 20), "{name}");
    }
}

/// Makes a ledger say that it has another shape.
fn shape(path: &Path, version: u32) {
    let ledger = rusqlite::Connection::open(path).unwrap();
    let pragma = format!("PRAGMA user_version = {version}; PRAGMA wal_checkpoint(TRUNCATE)");
    ledger.execute_batch(&pragma).unwrap();
}

#[test]
fn fault_68_a_ledger_that_cannot_be_written_to_sends_nothing() {
    let trial = Trial::new("read-only", 9, |_| Answer::Usual);
    trial
        .site
        .ends(6, &["send", BULLETIN, "--yes", "--limit", "4"]);
    let modes = |file: u32, folder: u32| {
        let set = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        set(&trial.site.path("epistle.db"), file);
        set(&trial.site.folder, folder);
    };
    for (file, folder) in [(0o400, 0o500), (0o600, 0o500)] {
        let mut command = bound_by_modes(&trial, &SEND);
        modes(file, folder);
        let output = command.output().unwrap();
        modes(0o600, 0o700);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(5), "{told}");
        assert!(told.contains("the ledger epistle.db: "), "{told}");
        assert_eq!((trial.relay()[4], trial.taken()), (4, 4));
    }
    trial.ends(0, "");
    assert_eq!(trial.ledger(), "9 accepted");
}

/// A command that the modes of files bind: the superuser gives up that they don't.
fn bound_by_modes(trial: &Trial, arguments: &[&str]) -> Command {
    let probe = trial.site.path("probe");
    fs::write(&probe, "").unwrap();
    fs::set_permissions(&probe, fs::Permissions::from_mode(0o400)).unwrap();
    let are_binding = fs::File::options().append(true).open(&probe).is_err();
    fs::remove_file(&probe).unwrap();
    if are_binding {
        return trial.command(arguments);
    }
    let mut command = Command::new("setpriv");
    command
        .args([
            "--bounding-set",
            "-dac_override,-dac_read_search",
            "--inh-caps",
            "-dac_override,-dac_read_search",
        ])
        .arg(env!("CARGO_BIN_EXE_epistle"))
        .args(arguments)
        .current_dir(&trial.site.folder)
        .env_clear()
        .env("PATH", "/usr/bin:/bin");
    command
}

#[test]
fn fault_68_a_row_that_cannot_be_understood_stops_the_run_and_is_named_by_its_place() {
    let trial = Trial::new("row", 9, |_| Answer::Usual);
    trial
        .site
        .ends(6, &["send", BULLETIN, "--yes", "--limit", "2"]);
    trial
        .site
        .sql("UPDATE letter SET address = 'no address' WHERE key LIKE 'r4@%'");
    trial.ends(5, "recipients.csv:6: ");
    trial.site.sql("UPDATE letter SET address = key");
    trial.ends(0, "");
    assert_eq!(trial.ledger(), "9 accepted");
}

#[test]
fn fault_68_a_ledger_whose_log_is_gone_is_not_taken_for_whole() {
    for (name, earlier) in [("first", false), ("second", true)] {
        let halt = if earlier { 14 } else { 5 };
        let trial = Trial::new(&format!("no-log-{name}"), 9, move |scene| {
            match scene.event {
                Event::Dot if scene.letters == halt => Answer::Silence,
                _ => Answer::Usual,
            }
        });
        if earlier {
            // What an earlier edition has left stands in the ledger itself.
            let text = trial.site.read(BULLETIN).replace(ID, "2026-03-13");
            trial.site.put("bulletins/2026-03-13.toml", &text);
            trial
                .site
                .ends(0, &["send", "bulletins/2026-03-13.toml", "--yes"]);
        }
        let mut run = trial.site.begins(trial.command(&SEND));
        trial.site.until_taken(halt);
        run.kill().unwrap();
        run.wait().unwrap();
        let _ = fs::remove_file(trial.site.path("epistle.db-wal"));
        let _ = fs::remove_file(trial.site.path("epistle.db-shm"));
        let taken = trial.taken();
        assert_eq!(taken, halt);
        let (code, told) = if earlier {
            (4, "it does not know that 2026-03-20 has begun")
        } else {
            (
                5,
                "the ledger epistle.db is gone, but its key epistle.key is here",
            )
        };
        for _ in 0..2 {
            let ran = trial.site.ends(code, &SEND);
            assert!(ran.err.contains(told), "{ran:#?}");
        }
        assert_eq!(trial.taken(), taken, "nobody got a second copy");
    }
}

#[test]
fn fault_69_a_ledger_that_was_restored_from_an_older_copy_sends_nothing_twice() {
    let site = Site::new("older-ledger").bulletin(&send_at(-10));
    site.ends(6, &["send", BULLETIN, "--yes", "--limit", "1"]);
    // The clock was ahead then, so this report stays the newest by its name.
    let ahead = format!("report-{ID}-20990320T060000000Z.json");
    let first = site.reports().pop().unwrap();
    fs::rename(site.path(&first), site.path(&ahead)).unwrap();
    fs::copy(site.path("epistle.db"), site.path("copy.db")).unwrap();
    site.cron_is_silent(0);
    assert_eq!(site.got().len(), 3);

    for suffix in ["-wal", "-shm"] {
        let _ = fs::remove_file(site.path(&format!("epistle.db{suffix}")));
    }
    fs::copy(site.path("copy.db"), site.path("epistle.db")).unwrap();
    let by_hand = site.ends(4, &["send", BULLETIN, "--yes"]);
    assert!(
        by_hand.err.contains("forgotten 2 letters of 2026-03-20"),
        "{by_hand:#?}"
    );
    let by_cron = site.cron();
    assert_eq!(by_cron.code, 4, "{by_cron:#?}");
    assert_eq!(site.got().len(), 3, "nobody got a second copy");
    assert_eq!(site.json(0, &["status", ID, "--json"])["accepted"], 1);

    // Somebody wants it so.
    fs::create_dir(site.path("old")).unwrap();
    for report in site.reports() {
        fs::rename(site.path(&report), site.path(&format!("old/{report}"))).unwrap();
    }
    site.ends(0, &["send", BULLETIN, "--yes"]);
    assert_eq!(site.got().len(), 5);
}
