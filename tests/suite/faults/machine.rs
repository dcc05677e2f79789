//! 60 to 63, 70 and 71: the machine that the program runs on: other runs,
//! signals, a clock that jumps, no room for a file or a thread more.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use epistle::sandbox::{Answer, Event};

use super::trial::{Trial, after, to};
use crate::site::{BULLETIN, ID, Site, send_at, until};

const SEND: [&str; 3] = ["send", BULLETIN, "--yes"];

fn signal(child: &Child, name: &str) {
    let kill = format!("kill -s {name} {}", child.id());
    assert!(
        Command::new("sh")
            .args(["-c", &kill])
            .status()
            .unwrap()
            .success()
    );
}

/// A relay that takes its time at each dot.
fn slow(name: &str, people: usize, millis: u64) -> Trial {
    Trial::new(name, people, move |scene| match scene.event {
        Event::Dot => after(millis, Answer::Usual),
        _ => Answer::Usual,
    })
}

#[test]
fn fault_60_of_two_senders_the_second_is_silent_for_cron_and_told_to_a_person() {
    let site = Site::scripted("cron-lock", |scene| match scene.event {
        Event::Dot => after(1_500, Answer::Usual),
        _ => Answer::Usual,
    })
    .bulletin(&send_at(-10));
    let run = site.begins(site.crontab());
    site.until_taken(1); // kept before it is answered
    site.cron_is_silent(0);
    let told = site.ends(4, &SEND);
    let told = site.steady(&told.err);
    insta::assert_snapshot!("another_run", told);
    let standing = site.json(0, &["status", ID, "--json"]);
    let by = standing["running"].as_str().unwrap();
    assert!(
        by.contains(&run.id().to_string()) || by.starts_with("process "),
        "{by}"
    );
    assert_eq!(standing["started"], 3);

    let ended = run.wait_with_output().unwrap();
    assert_eq!(
        (ended.status.code(), ended.stdout, ended.stderr),
        (Some(0), Vec::new(), Vec::new())
    );
    assert_eq!(site.got().len(), 3);
    assert!(site.json(0, &["status", ID, "--json"])["running"].is_null());
}

#[test]
fn fault_61_a_sender_that_is_paused_keeps_its_lock_however_long() {
    // The catalogue has two machines here, and a lease that runs out: a ledger in
    // PostgreSQL. Ours is a file of one machine, and its lock runs out with the process alone.
    let trial = slow("paused", 6, 200);
    let run = trial.site.begins(trial.command(&SEND));
    trial.site.until_taken(2);
    signal(&run, "STOP");
    let told = trial.site.ends(4, &SEND);
    assert!(
        told.err.contains("another run is sending: process "),
        "{told:#?}"
    );
    trial.site.cron_is_silent(0);
    let taken = trial.taken();
    assert!(taken < 6);
    signal(&run, "CONT");
    let ended = run.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    trial.exact();
    assert_eq!(trial.ledger(), "6 accepted");
}

#[test]
fn fault_62_asked_to_end_it_finishes_what_is_on_its_way_and_asked_twice_it_does_not() {
    for name in ["TERM", "INT"] {
        let trial = slow(&format!("asked-{name}"), 40, 100).connections(4);
        let run = trial.site.begins(trial.command(&SEND));
        trial.site.until_taken(4);
        signal(&run, name);
        let ended = run.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(6), "{ended:?}");
        assert_eq!((ended.stdout, ended.stderr), (Vec::new(), Vec::new()));
        trial.exact();
        // What was offered behind a dot and not begun is taken back by the connection's end.
        let dots = trial.relay()[4];
        assert!((4..40).contains(&dots), "{dots}");
        assert_eq!(
            trial.ledger(),
            format!("{dots} accepted, {} pending", 40 - dots)
        );
        trial.ends(0, "");
        assert_eq!(trial.ledger(), "40 accepted");
    }
    // Asked once more, it waits for nobody.
    let trial = Trial::new("asked-twice", 40, |scene| match scene.event {
        Event::Dot if scene.letters_here == 1 => Answer::Silence,
        _ => Answer::Usual,
    })
    .connections(4);
    let mut run = trial.site.begins(trial.command(&SEND));
    until(|| trial.relay()[4] == 8);
    signal(&run, "TERM");
    std::thread::sleep(Duration::from_millis(300));
    assert!(run.try_wait().unwrap().is_none(), "it waits for answers");
    signal(&run, "INT"); // two of one kind may come as one
    let ended = run.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    assert_eq!(trial.ledger(), "4 accepted, 4 unknown, 32 pending");
    trial.exact();
}

#[test]
fn fault_63_a_terminal_that_closes_and_a_reader_who_has_gone_end_nothing() {
    let trial = slow("hung-up", 6, 100);
    let run = trial.site.begins(trial.command(&SEND));
    trial.site.until_taken(2);
    signal(&run, "HUP");
    let ended = run.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert_eq!(trial.ledger(), "6 accepted");

    let without_one = |name: &str| {
        Trial::new(name, 3, |scene| match scene.event {
            event if to(&event, 1) => Answer::say("550 5.1.1 no such user"),
            _ => Answer::Usual,
        })
    };
    // Standard output, which nobody reads: what was to be told there hides no outcome.
    let trial = without_one("no-reader");
    let mut command = trial.command(&["send", BULLETIN, "--yes", "--json"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("2 accepted, 1 refused"), "{told}");
    // Standard error, and then no stream at all: no file of ours may take its number.
    for (name, streams) in [("no-hearer", "2>&1 | true"), ("no-stream", "<&- >&- 2>&-")] {
        let trial = without_one(name);
        let script = format!("(\"$0\" send {BULLETIN} --yes; echo $? >code) {streams}");
        let mut command = Command::new("sh");
        command
            .args(["-c", &script])
            .arg(env!("CARGO_BIN_EXE_epistle"));
        command.current_dir(&trial.site.folder).env_clear();
        assert!(command.status().unwrap().success());
        assert_eq!(trial.site.read("code"), "1\n", "{name}");
        assert_eq!(trial.ledger(), "2 accepted, 1 refused");
        trial.exact();
    }
}

#[test]
fn fault_70_a_clock_that_jumps_neither_stalls_a_run_nor_changes_a_letter() {
    for (name, jump) in [("back", "-7200"), ("forth", "2592000")] {
        let place: Arc<Mutex<std::path::PathBuf>> = Arc::default();
        let wrong = Arc::clone(&place);
        let trial = Trial::new(&format!("clock-{name}"), 9, move |scene| {
            if scene.event == Event::Dot && scene.letters == 3 {
                fs::write(&*wrong.lock().unwrap(), jump).unwrap();
            }
            Answer::Usual
        })
        .set("[batch]", "[batch]\nsize = 2\npause = \"10s\"")
        .hasty(100);
        *place.lock().unwrap() = trial.site.path("wrong-by");
        let offset = trial.site.path("wrong-by");
        let trial = trial.variable("OFFSET", offset);
        trial.ends(0, "");
        assert_eq!(trial.ledger(), "9 accepted");
        assert_eq!(trial.relay()[4], 9);
        let mut dates: Vec<_> = trial
            .site
            .letters()
            .iter()
            .map(|letter| {
                let text = String::from_utf8_lossy(&letter.message).into_owned();
                let mut lines = text.lines();
                lines
                    .find(|line| line.starts_with("Date: "))
                    .unwrap()
                    .to_owned()
            })
            .collect();
        dates.dedup();
        assert_eq!(dates.len(), 1, "{dates:?}");
    }
}

#[test]
fn fault_70_what_was_deferred_by_a_wrong_clock_does_not_wait_for_that_time() {
    let trial = Trial::new("clock-ahead", 3, |scene| match scene.event {
        event if to(&event, 1) && scene.connection == 0 => Answer::say("451 4.2.0 later"),
        _ => Answer::Usual,
    })
    .shim("clock");
    let offset = trial.site.path("wrong-by");
    fs::write(&offset, "2592000").unwrap(); // thirty days
    let trial = trial.variable("OFFSET", offset);
    trial.ends(6, "");
    assert_eq!(trial.ledger(), "2 accepted, 1 deferred");
    trial.site.put("wrong-by", "0");
    trial.ends(0, "");
    assert_eq!(trial.ledger(), "3 accepted");
}

#[test]
fn fault_71_without_room_for_a_file_more_nobody_is_lost() {
    // From none that it can even begin with, to as many as four connections want.
    let mut ends = Vec::new();
    for files in [4, 7, 10, 13, 16, 24, 40] {
        let trial = Trial::new(&format!("files-{files}"), 12, |scene| match scene.event {
            Event::Dot => after(5, Answer::Usual),
            _ => Answer::Usual,
        })
        .connections(4)
        .hasty(200);
        let mut command = Command::new("sh");
        command
            .args([
                "-c",
                &format!("ulimit -n {files}; exec \"$0\" send {BULLETIN} --yes"),
            ])
            .arg(env!("CARGO_BIN_EXE_epistle"))
            .current_dir(&trial.site.folder)
            .env_clear();
        trial.prepare(&mut command);
        let output = command.output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        let code = output.status.code();
        trial.exact();
        match code {
            Some(0) => assert_eq!(trial.ledger(), "12 accepted", "{told}"),
            _ => assert!(!told.is_empty()),
        }
        ends.push(code.unwrap());
        trial.ends(0, "");
        assert_eq!(trial.ledger(), "12 accepted", "{files} files");
    }
    assert!(
        ends.contains(&0) && ends.iter().any(|&code| code != 0),
        "{ends:?}"
    );
    assert!(
        ends.iter().all(|code| [0, 3, 5, 70, 127].contains(code)),
        "{ends:?}"
    );
}

#[test]
fn fault_71_without_a_thread_more_nobody_is_lost() {
    let mut ends = Vec::new();
    for threads in [0, 1, 2, 3, 4, 8] {
        let trial = Trial::new(&format!("threads-{threads}"), 12, |_| Answer::Usual)
            .shim("threads")
            .variable("THREADS", threads.to_string());
        let output = trial.command(&SEND).output().unwrap();
        trial.exact();
        ends.push(output.status.code().unwrap());
        let trial = trial.variable("THREADS", "1000");
        let again = trial.command(&SEND).output().unwrap();
        trial.exact();
        assert_eq!(again.status.code(), Some(0), "{threads}: {again:?}");
        assert_eq!(trial.ledger(), "12 accepted", "{threads} threads");
    }
    assert_eq!((ends[0], ends[5]), (70, 0), "{ends:?}");
    assert!(ends.iter().all(|code| [0, 70].contains(code)), "{ends:?}");
}
