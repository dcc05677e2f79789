//! What a person or cron learns after something has gone wrong: by the exit
//! code, by words, and by commands that find what is in doubt.

use std::fs;
use std::path::Path;

use epistle::sandbox::{Answer, Event};

use crate::site::{BULLETIN, ID, PEOPLE, Site, send_at};

/// A site whose last run was killed with the letter to Kofi on its way, and all others sent.
fn killed(name: &str) -> Site {
    let site = Site::new(name).bulletin(&send_at(-10));
    site.cron_is_silent(0);
    site.sql("UPDATE letter SET state = 'started' WHERE address = 'kofi@example.com'");
    site
}

#[test]
fn a_report_that_cannot_be_written_hides_no_outcome() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("site-no-report");
    let site = Site::scripted("no-report", move |scene| match scene.event {
        Event::Rcpt(path) if path.contains("kofi") => Answer::say("550 5.1.1 no such user"),
        Event::Dot if scene.letters == 0 => {
            fs::rename(folder.join("store"), folder.join("elsewhere")).unwrap();
            Answer::Usual
        }
        _ => Answer::Usual,
    })
    .settings("", "[ledger]\npath = \"store/epistle.db\"")
    .bulletin("");
    fs::create_dir(site.path("store")).unwrap();
    let ran = site.ends(3, &["send", BULLETIN, "--yes"]);
    assert!(ran.err.contains("2 accepted, 1 refused"), "{ran:#?}");
    assert!(ran.err.contains("the report store/report-"), "{ran:#?}");
}

#[test]
fn a_missed_bulletin_with_errors_is_told_once_too() {
    let site =
        Site::new("missed-broken").bulletin(&format!("{}\nsend_within = \"1 h\"", send_at(-90)));
    let text = site.read(BULLETIN);
    site.put(
        BULLETIN,
        &format!("{text}\n[[section]]\nheading = \"Nothing\"\n"),
    );
    let told = site.cron();
    assert_eq!(told.code, 4, "{told:#?}");
    assert!(told.err.contains("its time is over"), "{told:#?}");
    site.cron_is_silent(0);
}

#[test]
fn cron_tells_of_letters_in_doubt_by_its_exit_code_too() {
    let site = killed("killed-cron");
    let told = site.cron();
    assert_eq!(told.code, 1, "{told:#?}");
    assert!(
        told.err.contains("a letter was on the way") && told.err.contains("epistle status"),
        "{told:#?}"
    );
    told.names_nobody();
    site.cron_is_silent(0);
    assert_eq!(site.json(0, &["status", ID, "--json"])["unknown"], 1);
}

#[test]
fn what_a_killed_run_has_left_is_found_by_status_and_resolve() {
    let site = killed("killed-resolve");
    let told = site.ends(0, &["status", ID]);
    assert!(told.out.contains("epistle resolve"), "{told:#?}");
    let told = site.ends(0, &["resolve", ID]);
    assert!(told.out.contains("unknown  recipients.csv:3"), "{told:#?}");
    site.ends(0, &["resolve", ID, "--arrived", "kofi@example.com"]);
    assert_eq!(site.json(0, &["status", ID, "--json"])["accepted"], 3);
}

#[test]
fn who_was_gone_from_a_list_by_mistake_can_be_sent_to_again() {
    let site = Site::new("gone-and-back").bulletin(&send_at(-10));
    site.ends(6, &["send", "--due", "--limit", "1"]);
    site.edit("recipients.csv", "kofi@example.com,Kofi,\n", "");
    site.cron_is_silent(0);
    assert_eq!(site.got().len(), 2);
    site.put("recipients.csv", PEOPLE);
    site.cron_is_silent(0);
    site.ends(0, &["send", BULLETIN, "--yes"]);
    assert_eq!(site.got().len(), 2, "not without a person's word");
    site.ends(0, &["send", BULLETIN, "--yes", "--add-new"]);
    let everybody = ["anna@example.org", "kofi@example.com", "li@example.net"];
    assert_eq!(site.got(), everybody);
    assert_eq!(site.json(0, &["status", ID, "--json"])["enrolled"], 3);

    let site = Site::new("gone-and-cancelled").bulletin(&send_at(-10));
    site.ends(6, &["send", "--due", "--limit", "1"]);
    site.edit("recipients.csv", "kofi@example.com,Kofi,\n", "");
    site.cron_is_silent(0);
    site.ends(0, &["cancel", ID, "--yes"]);
    site.put("recipients.csv", PEOPLE);
    site.ends(0, &["send", BULLETIN, "--yes", "--add-new"]);
    assert_eq!(site.got().len(), 2, "a person has cancelled the rest");
}

#[test]
fn while_a_run_goes_on_nothing_of_it_is_in_doubt() {
    let site = Site::scripted("resolve-meanwhile", |scene| match scene.event {
        Event::Dot => Answer::After(
            std::time::Duration::from_millis(1_500),
            Box::new(Answer::Usual),
        ),
        _ => Answer::Usual,
    })
    .bulletin(&send_at(-10));
    let run = site.begins(site.crontab());
    site.until_taken(1); // kept before it is answered
    let told = site.ends(0, &["resolve", ID]);
    assert_eq!(told.out, "");
    assert_eq!(run.wait_with_output().unwrap().status.code(), Some(0));
    assert_eq!(site.json(0, &["status", ID, "--json"])["accepted"], 3);
}

#[test]
fn a_ledger_that_cannot_be_made_is_no_fault_of_a_file() {
    let site = Site::new("no-store")
        .settings("", "[ledger]\npath = \"store/epistle.db\"")
        .bulletin(&send_at(-10));
    for arguments in [&["send", "--due"][..], &["send", BULLETIN, "--yes"]] {
        let ran = site.ends(5, arguments);
        assert!(ran.err.contains("the ledger store/epistle.db"), "{ran:#?}");
    }
}
