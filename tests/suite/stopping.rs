//! `epistle stop` from a second process: what is on its way is finished and
//! recorded, and the next run sends exactly the rest.

use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use epistle::ledger::RunLock;
use epistle::sandbox::{Answer, Event};

use crate::site::{BULLETIN, ID, Ran, Site, send_at, until};

/// So many people that no run is through with them while it is stopped.
const MANY: usize = 30;

fn many() -> String {
    let rows = (0..MANY).map(|index| format!("p{index}@example.org\n"));
    "email\n".to_owned() + &rows.collect::<String>()
}

/// A site whose relay takes its time over each letter.
fn slow(name: &str, more: &str) -> Site {
    let site = Site::scripted(name, |scene| match scene.event {
        Event::Dot => Answer::After(Duration::from_millis(100), Box::new(Answer::Usual)),
        _ => Answer::Usual,
    })
    .list("recipients.csv", &many())
    .bulletin(more);
    site.edit("epistle.toml", "[batch]", "[batch]\nconnections = 2");
    site
}

fn send(site: &Site) -> std::process::Child {
    site.begins(site.command(&["send", BULLETIN, "--yes"]))
}

fn ended(child: std::process::Child) -> Ran {
    child.wait_with_output().unwrap().into()
}

/// Everybody has one letter of each edition, and the ledger knows it.
#[track_caller]
fn assert_all_is_sent(site: &Site, editions: &[&str]) {
    let mut got = site.got();
    assert_eq!(got.len(), MANY * editions.len(), "nobody twice");
    got.dedup();
    assert_eq!(got.len(), MANY);
    for edition in editions {
        let json = site.json(0, &["status", edition, "--json"]);
        assert_eq!(json["accepted"], MANY);
    }
}

#[test]
fn a_run_ends_and_the_next_sends_exactly_the_rest() {
    let site = slow("stop", "");
    let run = send(&site);
    site.until_taken(4);
    let told = site.json(0, &["stop", ID, "--json"]);
    let taken = site.got().len();
    let run = ended(run);
    assert_eq!(run.code, 6, "{run:?}");
    assert_eq!(
        (told["was_running"].as_bool(), told["has_ended"].as_bool()),
        (Some(true), Some(true))
    );
    // When `stop` returns, all is over: what the relay has is what the ledger says.
    assert!(taken < MANY);
    assert_eq!(told["accepted"], taken);
    assert_eq!(told["left"], MANY - taken);
    assert_eq!(told["unknown"], 0);
    let last = site.reports().pop().unwrap();
    let report: serde_json::Value = serde_json::from_str(&site.read(&last)).unwrap();
    assert_eq!(report["run"]["ending"], "stopped");
    assert_eq!(site.files("epistle.db.stop"), Vec::<String>::new());

    site.ends(0, &["send", BULLETIN, "--yes"]);
    assert_all_is_sent(&site, &[ID]);
}

#[test]
fn at_a_terminal_it_says_what_is_left_and_without_a_run_that_there_is_none() {
    let site = slow("stop-terminal", "");
    let quiet = site.ends(0, &["stop"]);
    assert_eq!((quiet.out.as_str(), quiet.err.as_str()), ("", ""));
    let none = site.json(0, &["stop", "--json"]);
    assert_eq!(none["was_running"], false);
    let shown = site.at_terminal("stop", &[]);
    assert_eq!(
        (shown.code, shown.out.trim()),
        (0, "Nothing is being sent now.")
    );

    let run = send(&site);
    site.until_taken(4);
    let other = site.ends(4, &["stop", "2026-03-13"]);
    insta::assert_snapshot!("another_edition", site.steady(&other.err));
    let shown = site.at_terminal("stop", &[]);
    assert_eq!(shown.code, 0);
    assert_eq!(ended(run).code, 6);
    let taken = site.got().len();
    let shown = site.steady(&shown.out);
    let shown = shown
        .replace(&format!("{taken} accepted"), "N accepted")
        .replace(&format!("{} left", MANY - taken), "M left");
    insta::assert_snapshot!("stopped", shown);
}

#[test]
fn what_cron_runs_ends_too_and_begins_no_other_bulletin() {
    let site = slow("stop-cron", &send_at(-20)).other("2026-03-27", &send_at(-10));
    let run = site.begins(site.crontab());
    site.until_taken(4);
    site.ends(0, &["stop", "--no-wait"]);
    let run = ended(run);
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (6, "", ""));
    let begun = site.json(0, &["status", "--json"]);
    assert_eq!(begun["editions"].as_array().unwrap().len(), 1);
    assert_eq!(begun["editions"][0]["unknown"], 0);

    site.cron_is_silent(0);
    assert_all_is_sent(&site, &[ID, "2026-03-27"]);
}

#[test]
fn a_run_that_waits_for_its_rate_ends_at_once() {
    let site = Site::new("stop-rate").bulletin("");
    site.edit("epistle.toml", "[batch]", "[batch]\nrate = \"1/h\"");
    let begun = Instant::now();
    let run = send(&site);
    site.until_taken(1);
    site.ends(0, &["stop"]);
    assert_eq!(ended(run).code, 6);
    assert!(begun.elapsed() < Duration::from_secs(60));
    assert_eq!(site.got().len(), 1);
}

#[test]
fn a_letter_on_its_way_is_waited_for_however_long_it_takes() {
    let dots = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&dots);
    let site = Site::scripted("stop-dot", move |scene| match scene.event {
        Event::Dot => {
            seen.fetch_add(1, Ordering::SeqCst);
            Answer::After(Duration::from_secs(2), Box::new(Answer::Usual))
        }
        _ => Answer::Usual,
    })
    .bulletin("");
    site.edit("epistle.toml", "[batch]", "[batch]\nconnections = 1");
    let run = send(&site);
    until(|| dots.load(Ordering::SeqCst) == 1);
    let told = site.json(0, &["stop", "--json"]);
    assert_eq!(ended(run).code, 6);
    assert_eq!(
        [&told["accepted"], &told["left"], &told["unknown"]],
        [1, 2, 0]
    );
    assert_eq!(site.got().len(), 1);
}

#[test]
fn what_was_meant_for_one_run_ends_no_other() {
    let site = slow("stop-other", "");
    let mut run = send(&site);
    site.until_taken(4);
    let held = RunLock::holder(&site.path("epistle.db")).unwrap().unwrap();
    run.kill().unwrap();
    run.wait().unwrap();
    // The request comes too late: its run is dead, and another begins.
    let request = held.stop_request(&site.path("epistle.db")).unwrap();
    request.make().unwrap();
    let first = site.ends(0, &["stop", "--json"]);
    assert!(first.out.contains("\"was_running\": false"), "{first:?}");
    let ran = site.epistle(&["send", BULLETIN, "--yes"]);
    assert_ne!(ran.code, 6, "{ran:?}");
    let json = site.json(0, &["status", ID, "--json"]);
    assert_eq!(json["pending"], 0, "{ran:?}");
    assert_eq!(
        json["accepted"].as_u64().unwrap() + json["unknown"].as_u64().unwrap(),
        MANY as u64
    );
}

/// What a run that the test plays says of itself.
const WORDS: &str = "process 1 since 06:00: 2026-03-20";

/// A ledger that is held as by another program, which says this of itself.
fn held_with(site: &Site, words: &str) -> fs::File {
    let path = site.path("epistle.db.lock");
    fs::write(&path, format!("{words}\n")).unwrap();
    let file = fs::File::open(&path).unwrap();
    file.lock().unwrap();
    file
}

#[test]
fn whoever_does_not_wait_learns_that_the_run_goes_on() {
    let site = Site::new("stop-no-wait").bulletin("");
    site.ends(0, &["send", BULLETIN, "--yes"]);
    let lock = RunLock::take(&site.path("epistle.db"), WORDS);
    let lock = lock.unwrap().unwrap();
    let told = site.json(0, &["stop", "--no-wait", "--json"]);
    assert_eq!(
        (told["was_running"].as_bool(), told["has_ended"].as_bool()),
        (Some(true), Some(false))
    );
    let told = site.ends(0, &["stop", "--no-wait"]);
    assert!(told.err.contains("has not yet"), "{told:?}");
    assert!(lock.stop_request().is_made());
    // The run takes along what was asked of it.
    drop(lock);
    assert_eq!(site.files("epistle.db.stop"), Vec::<String>::new());

    let lock = RunLock::take(&site.path("epistle.db"), WORDS);
    let lock = lock.unwrap().unwrap();
    let shown = std::thread::scope(|scope| {
        let shown = scope.spawn(|| site.at_terminal("stop", &[]));
        until(|| lock.stop_request().is_made());
        drop(lock);
        shown.join().unwrap()
    });
    assert!(shown.out.contains("nothing is left to send"), "{shown:?}");
}

#[test]
fn whoever_waits_for_a_run_does_not_wait_for_the_next() {
    let site = Site::new("stop-next").bulletin("");
    let begins = || RunLock::take(&site.path("epistle.db"), WORDS).unwrap();
    let lock = begins().unwrap();
    let stop = site.begins(site.command(&["stop"]));
    until(|| lock.stop_request().is_made());
    drop(lock);
    let next = begins().unwrap();
    assert_eq!(ended(stop).code, 0);
    assert!(!next.stop_request().is_made());
}

#[test]
fn what_was_asked_of_a_run_that_is_killed_is_taken_back() {
    let site = Site::new("stop-killed").bulletin("");
    let held = held_with(&site, &format!("0123456789abcdef {WORDS}"));
    let stop = site.begins(site.command(&["stop"]));
    until(|| site.files("epistle.db.stop") == ["epistle.db.stop.0123456789abcdef"]);
    drop(held);
    assert_eq!(ended(stop).code, 0);
    assert_eq!(site.files("epistle.db.stop"), Vec::<String>::new());
}

#[test]
fn a_run_that_has_no_number_is_not_asked() {
    let site = Site::new("stop-version").bulletin("");
    let _held = held_with(&site, WORDS);
    let told = site.epistle(&["stop", "--no-wait"]);
    assert_ne!(told.code, 0);
    assert!(told.err.contains("another version of Epistle"), "{told:?}");
    assert_eq!(site.files("epistle.db.stop"), Vec::<String>::new());
}

#[test]
fn an_interrupt_ends_a_run_and_a_terminal_that_closes_does_not() {
    let site = slow("stop-signals", "");
    for (signal, code) in [("INT", 6), ("HUP", 0)] {
        let run = send(&site);
        site.until_taken(site.got().len() + 2);
        let told = Command::new("sh")
            .args(["-c", &format!("kill -s {signal} {}", run.id())])
            .status();
        assert!(told.unwrap().success());
        let run = ended(run);
        assert_eq!(run.code, code, "{signal}: {run:?}");
    }
    assert_all_is_sent(&site, &[ID]);
}

#[test]
fn a_process_that_took_the_number_of_a_dead_run_is_left_alone() {
    let site = Site::new("stop-foreign").bulletin("");
    site.ends(0, &["send", BULLETIN, "--yes"]);
    let mut other = Command::new("sleep").arg("60").spawn().unwrap();
    let words = format!(
        "0123456789abcdef process {} since 06:00: {ID}\n",
        other.id()
    );
    fs::write(site.path("epistle.db.lock"), words).unwrap();
    let none = site.json(0, &["stop", "--json"]);
    assert_eq!(none["was_running"], false);
    assert_eq!(other.try_wait().unwrap(), None, "it lives");
    other.kill().unwrap();
    other.wait().unwrap();
}
