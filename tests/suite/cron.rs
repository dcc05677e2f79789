//! `send --due` as cron runs it: no terminal, no input, hardly an environment,
//! and a mail to the administrator for every byte that it prints.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use epistle::sandbox::{self, Answer, Event, Script};

use crate::site::{BULLETIN, ID, PEOPLE, Site, send_at, until};

const EVERYBODY: [&str; 3] = ["anna@example.org", "kofi@example.com", "li@example.net"];

/// A script that answers some recipients in its own way.
fn to(event: &Event<'_>, address: &str) -> bool {
    matches!(event, Event::Rcpt(path) if path.contains(address))
}

#[test]
fn what_is_due_is_sent_once_and_in_silence() {
    let site = Site::new("cron-once").bulletin(&send_at(-10));
    site.cron_is_silent(0);
    assert_eq!(site.got(), EVERYBODY);
    let reports = site.reports();
    assert_eq!(reports.len(), 1, "{reports:?}");
    for name in [
        "epistle.db",
        "epistle.db.lock",
        "epistle.key",
        reports[0].as_str(),
        "report-2026-03-20.html",
    ] {
        assert_eq!(site.mode(name), 0o600, "{name}");
    }
    let report: serde_json::Value = serde_json::from_str(&site.read(&reports[0])).unwrap();
    assert_eq!(report["run"]["ending"], "finished");
    assert_eq!(
        (&report["enrolled"], &report["accepted"]),
        (&3.into(), &3.into())
    );

    let connections = site.connections();
    site.cron_is_silent(0);
    assert_eq!(site.got(), EVERYBODY);
    assert_eq!(site.connections(), connections, "there is nothing to say");
    assert_eq!(site.reports(), reports, "nothing to report");
}

#[test]
fn a_bulletin_whose_ending_is_misspelt_does_not_wait_in_silence() {
    for name in ["2026-03-20.TOML", "2026-03-20.toml.txt"] {
        let site = Site::new("cron-ending").bulletin(&send_at(-10));
        let misnamed = format!("bulletins/{name}");
        std::fs::rename(site.path(BULLETIN), site.path(&misnamed)).unwrap();
        let told = site.cron();
        assert_eq!(told.code, 3, "{told:#?}");
        let words = format!("a bulletin's file can't be called `{name}`");
        assert!(told.err.contains(&words), "{told:#?}");
        assert!(site.got().is_empty());
        site.edit(&misnamed, "\"ready\"", "\"draft\"");
        site.cron_is_silent(0);
        site.edit(&misnamed, "\"draft\"", "\"ready\"");
        // A copy beside the bulletin keeps nothing from being sent.
        std::fs::copy(site.path(&misnamed), site.path(BULLETIN)).unwrap();
        site.cron_is_silent(0);
        assert_eq!(site.got(), EVERYBODY);
        site.cron_is_silent(0);
    }
}

#[test]
fn a_missed_time_is_told_once_and_again_when_the_bulletin_changes() {
    let site = Site::new("cron-missed")
        .bulletin(&format!("{}\nsend_within = \"1 h\"", send_at(-90)))
        .other("other", &send_at(-10));
    let told = site.cron();
    assert_eq!((told.code, told.out.as_str()), (4, ""));
    insta::assert_snapshot!("missed", site.steady(&told.err));
    assert_eq!(site.got(), EVERYBODY, "the other one is sent all the same");
    site.cron_is_silent(0);
    site.cron_is_silent(0);

    site.edit(BULLETIN, "[[section]]", "# a comment\n[[section]]");
    site.cron_is_silent(0);
    site.edit(BULLETIN, "for rain", "for more rain");
    let told = site.cron();
    assert!(
        told.code == 4 && told.err.contains("its time is over"),
        "{told:?}"
    );
    site.cron_is_silent(0);

    site.edit(BULLETIN, "send_within = \"1 h\"", "send_within = \"2 h\"");
    site.cron_is_silent(0);
    assert_eq!(site.got().len(), 6);
}

#[test]
fn json_is_one_object_however_many_are_due() {
    let due = ["send", "--due", "--json"];
    let site = Site::scripted("cron-json", |scene| match scene.event {
        _ if to(&scene.event, "kofi") => Answer::say("550 5.1.1 no such user"),
        _ => Answer::Usual,
    });
    assert_eq!(
        site.json(0, &due),
        serde_json::json!({ "editions": [], "errors": 0, "warnings": 0, "findings": [] })
    );
    let site = site
        .other("a", &send_at(-20))
        .other("b", &send_at(-10))
        .other(
            "missed",
            &format!("{}\nsend_within = \"1 h\"", send_at(-90)),
        )
        .other("wrong", &send_at(-10));
    site.edit("bulletins/wrong.toml", "title = ", "titel = ");
    let told = site.json(3, &due);
    let editions = told["editions"].as_array().unwrap();
    let ids: Vec<_> = editions.iter().map(|one| &one["edition"]).collect();
    assert_eq!(ids, ["a", "b"]);
    for edition in editions {
        let facts = ["accepted", "refused"].map(|fact| &edition[fact]);
        assert_eq!(facts, [2, 1], "{edition}");
        assert_eq!(edition["run"]["ending"], "finished");
    }
    let findings = told["findings"].as_array().unwrap();
    let codes: Vec<_> = findings.iter().map(|one| &one["code"]).collect();
    assert_eq!(codes, ["missed", "unknown-key"]);
    assert_eq!((&told["errors"], &told["warnings"]), (&2.into(), &0.into()));
}

#[test]
fn json_is_one_object_where_nothing_can_be_looked_for_too() {
    let due = ["send", "--due", "--json"];
    let site = Site::new("cron-json-failures").bulletin(&send_at(-10));
    let fails = |code: &str| {
        let told = site.json(3, &due);
        assert_eq!(told["editions"], serde_json::json!([]), "{told:#}");
        assert_eq!((&told["errors"], &told["warnings"]), (&1.into(), &0.into()));
        assert_eq!(told["findings"][0]["code"], code, "{told:#}");
    };
    site.edit("epistle.toml", "\"UTC\"", "\"UTTC\"");
    fails("unknown-value");
    let quiet = site.ends(3, &["send", "--due"]);
    assert_eq!(quiet.out, "");
    assert!(quiet.err.contains("epistle.toml:2:12"), "{quiet:#?}");
    site.edit("epistle.toml", "\"UTTC\"", "\"UTC\"");
    site.edit("epistle.toml", "timezone", "bulletins = \"gone\"\ntimezone");
    fails("no-folder");
    std::fs::remove_file(site.path("epistle.toml")).unwrap();
    fails("no-settings");
}

#[test]
fn two_that_are_due_go_in_the_order_of_their_times() {
    let site = Site::new("cron-two")
        .other("b-first", &send_at(-20))
        .other("a-second", &send_at(-10));
    site.edit("bulletins/b-first.toml", "Prayer for the week", "First");
    site.edit("bulletins/a-second.toml", "Prayer for the week", "Second");
    site.cron_is_silent(0);
    let subjects: Vec<_> = site
        .letters()
        .iter()
        .map(|letter| {
            let text = String::from_utf8_lossy(&letter.message).into_owned();
            text.lines()
                .find(|line| line.starts_with("Subject: "))
                .unwrap()
                .to_owned()
        })
        .collect();
    let [first, second] = ["Subject: First", "Subject: Second"];
    assert_eq!(subjects, [first, first, first, second, second, second]);
}

#[test]
fn a_limit_holds_for_all_that_is_due_together() {
    let site = Site::new("cron-limit")
        .other("first", &send_at(-20))
        .other("second", &send_at(-10));
    let ran = site.epistle(&["send", "--due", "--limit", "4"]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (6, "", ""));
    assert_eq!(site.got().len(), 4);
    let counts = |id| site.json(0, &["status", id, "--json"])["accepted"].clone();
    assert_eq!((counts("first"), counts("second")), (3.into(), 1.into()));
    assert_eq!(site.ends(6, &["send", "--due", "--limit", "1"]).err, "");
    site.cron_is_silent(0);
    assert_eq!(site.got().len(), 6);
}

#[test]
fn what_ends_a_run_keeps_the_next_bulletin_from_beginning() {
    let site = Site::scripted("cron-stop", |scene| match scene.event {
        Event::Dot => Answer::After(Duration::from_millis(800), Box::new(Answer::Usual)),
        _ => Answer::Usual,
    })
    .other("first", &send_at(-20))
    .other("second", &send_at(-10));
    let run = site.begins(site.command(&["send", "--due"]));
    site.until_taken(3);
    let killed = Command::new("sh")
        .args(["-c", &format!("kill {}", run.id())])
        .status()
        .unwrap();
    assert!(killed.success());
    let ended = run.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), ended.stderr), (Some(6), Vec::new()));
    assert_eq!(site.got(), EVERYBODY);
    let status = site.json(0, &["status", "--json"]);
    assert_eq!(status["editions"].as_array().unwrap().len(), 1, "{status}");
    site.cron_is_silent(0);
    assert_eq!(site.got().len(), 6);
}

#[test]
fn what_is_not_due_is_left_alone() {
    let site = Site::new("cron-not-due")
        .other("draft", &send_at(-10))
        .other("without-time", "")
        .other("later", &send_at(60))
        .write("bulletins/.#lock.toml", "anna@host.123")
        .write("bulletins/notes.txt", "whatever");
    site.edit("bulletins/draft.toml", "\"ready\"", "\"draft\"");
    site.cron_is_silent(0);
    assert_eq!((site.got().len(), site.connections()), (0, 0));
}

#[test]
fn a_broken_bulletin_is_told_and_keeps_no_other_from_being_sent() {
    let site = Site::new("cron-broken")
        .other("a-broken", &send_at(-20))
        .other("b-draft", &send_at(-20))
        .other("c-whole", &send_at(-10));
    for id in ["a-broken", "b-draft"] {
        site.edit(
            &format!("bulletins/{id}.toml"),
            "text = \"Pray",
            "text = Pray",
        );
    }
    site.edit("bulletins/b-draft.toml", "\"ready\"", "'draft'");
    let told = site.cron();
    assert_eq!((told.code, told.out.as_str()), (3, ""));
    assert!(
        told.err.contains("error[syntax]") && told.err.contains("bulletins/a-broken.toml:"),
        "{told:?}"
    );
    assert!(!told.tells("b-draft"), "{told:?}");
    assert_eq!(site.got(), EVERYBODY);
}

#[test]
fn what_has_begun_and_changed_waits_for_a_person() {
    let site = Site::new("cron-changed").bulletin(&send_at(-10));
    site.ends(6, &["send", "--due", "--limit", "1"]);
    site.edit(BULLETIN, "Pray for rain.", "Pray for sun.");
    let told = site.cron();
    assert_eq!((told.code, told.out.as_str()), (4, ""));
    insta::assert_snapshot!("changed", site.steady(&told.err));
    std::fs::remove_file(site.path(BULLETIN)).unwrap();
    let told = site.cron();
    assert_eq!((told.code, told.out.as_str()), (4, ""));
    insta::assert_snapshot!("gone", site.steady(&told.err));
    assert_eq!(site.got().len(), 1);

    site.ends(0, &["send", BULLETIN, "--as-begun", "--yes"]);
    assert_eq!(site.got(), EVERYBODY);
    site.cron_is_silent(0);
}

#[test]
fn deferred_letters_are_left_in_silence_and_sent_later() {
    let site = Site::scripted("cron-deferred", |scene| match scene.event {
        event if to(&event, "kofi") && scene.letters < 2 => {
            Answer::say("450 4.7.1 <kofi@example.com>: greylisted")
        }
        _ => Answer::Usual,
    })
    .settings("", "")
    .bulletin(&send_at(-10));
    site.edit("epistle.toml", "[batch]", "[batch]\nconnections = 1");
    site.cron_is_silent(6);
    assert_eq!(site.got(), ["anna@example.org", "li@example.net"]);
    site.cron_is_silent(6);
    assert_eq!(site.reports().len(), 1, "nothing to report meanwhile");
    site.ripen();
    site.cron_is_silent(0);
    assert_eq!(site.got(), EVERYBODY);
    site.cron_is_silent(0);
}

#[test]
fn a_relay_that_will_not_have_us_is_told_without_a_name() {
    let site = Site::with(
        "cron-login",
        sandbox::Options {
            login: Some(("prayer".to_owned(), "right".to_owned())),
            ..sandbox::Options::default()
        },
    )
    .settings("", "user = \"prayer\"\npassword_file = \"relay.password\"")
    .list("relay.password", "hunter2-geheim\n")
    .bulletin(&send_at(-10));
    let told = site.cron();
    assert_eq!((told.code, told.out.as_str()), (5, ""));
    insta::assert_snapshot!("wrong_login", site.steady(&told.err));
    told.names_nobody();
    let report = site.read(&site.reports()[0]);
    assert!(!told.tells("hunter2") && !report.contains("hunter2"));
    assert_eq!(
        site.json(0, &["status", ID, "--json"])["pending"],
        3,
        "nobody is charged"
    );

    site.put("relay.password", "right\n");
    site.cron_is_silent(0);
    assert_eq!(site.got(), EVERYBODY);
}

/// A relay with the password "right", and how often somebody has logged in, or tried.
fn with_login(name: &str) -> (Site, Arc<AtomicUsize>) {
    let logins = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&logins);
    let options = sandbox::Options {
        login: Some(("prayer".to_owned(), "right".to_owned())),
        mechanisms: "PLAIN XOAUTH2",
        script: Script::new(move |scene| {
            let is_login = scene.event == Event::Auth;
            seen.fetch_add(usize::from(is_login), Ordering::SeqCst);
            Answer::Usual
        }),
        ..sandbox::Options::default()
    };
    let site = Site::with(name, options)
        .settings("", "user = \"prayer\"\npassword_file = \"relay.password\"")
        .list("relay.password", "wrong\n")
        .bulletin(&send_at(-10));
    (site, logins)
}

#[test]
fn a_wrong_password_is_tried_once_an_hour_and_told_once_a_day() {
    let (site, logins) = with_login("cron-password");
    let logins = || logins.load(Ordering::SeqCst);
    let said_once = "while this lasts, it is said once a day";
    assert!(site.cron().err.contains(said_once));
    for _ in 0..3 {
        site.cron_is_silent(5);
    }
    assert_eq!((logins(), site.reports().len()), (1, 1));
    let runs = |edition: &str| {
        site.ends(0, &["report", edition]);
        site.read(&format!("report-{edition}.html"))
            .matches("<td>epistle send --due (")
            .count()
    };
    assert_eq!(runs(ID), 1);
    let status = site.ends(0, &["status"]);
    assert!(
        status
            .out
            .contains("cron does not try the login that it refused, until"),
        "{status:?}"
    );

    // The edition that comes next begins in its time, and is told of.
    let site = site.other("next", &send_at(-5));
    let told = site.cron();
    assert_eq!(told.code, 5);
    assert!(
        told.err
            .contains("next: the relay can't be used: logging in: the server said 535")
            && !told.tells(ID),
        "{told:?}"
    );
    site.cron_is_silent(5);
    assert_eq!(logins(), 1);
    assert_eq!(site.json(0, &["status", "next", "--json"])["pending"], 3);

    let learnt = &site.json(0, &["status", "--json"])["learnt"][0];
    let at = |key: &str| {
        learnt[key]
            .as_str()
            .unwrap()
            .parse::<chrono::DateTime<chrono::Utc>>()
    };
    let rests = at("until").unwrap() - at("since").unwrap();
    assert_eq!((rests.num_seconds(), learnt.get("value")), (3_600, None));

    // An hour later.
    site.sql("UPDATE learnt SET until = 0 WHERE what = 'login'");
    site.cron_is_silent(5);
    assert_eq!(logins(), 2, "once for both");
    // The next day.
    site.sql("DELETE FROM missed");
    assert!(site.cron().err.contains(said_once));
    assert_eq!(logins(), 2);
}

#[test]
fn an_access_token_that_is_renewed_is_tried_at_once_and_told_once_a_day() {
    let (site, logins) = with_login("cron-token");
    site.edit("epistle.toml", "password_file", "token_file");
    assert!(site.cron().tells("535"));
    site.cron_is_silent(5);
    assert_eq!(logins.load(Ordering::SeqCst), 1);
    site.put("relay.password", "another that is refused\n");
    site.cron_is_silent(5);
    assert_eq!(logins.load(Ordering::SeqCst), 2);
    site.put("relay.password", "right\n");
    site.cron_is_silent(0);
    assert_eq!(site.got().len(), 3);
}

#[test]
fn a_login_is_tried_at_once_when_a_person_has_changed_it_or_asks() {
    let (site, logins) = with_login("cron-login-again");
    let logins = || logins.load(Ordering::SeqCst);
    assert_eq!(site.cron().code, 5);
    // By hand it is tried and told each time, and cron goes by that too.
    for tried in 2..4 {
        let told = site.ends(5, &["send", BULLETIN, "--yes"]);
        assert!(told.tells("535") && !told.tells("once a day"), "{told:?}");
        assert_eq!(logins(), tried);
    }
    site.cron_is_silent(5);
    assert_eq!(logins(), 3);
    // Another that is wrong is another trouble; so is the same by other settings.
    site.put("relay.password", "wrong as well\n");
    assert!(site.cron().tells("535"));
    site.edit(
        "epistle.toml",
        "security = \"none\"",
        "security = \"none\"\nhello = \"a.example\"",
    );
    assert!(site.cron().tells("535"));
    site.cron_is_silent(5);
    assert_eq!(logins(), 5);
    site.put("relay.password", "right\n");
    site.cron_is_silent(0);
    assert_eq!((logins() > 5, site.got().len()), (true, 3));
}

#[test]
fn a_login_that_works_by_hand_again_is_no_longer_spared() {
    let is_locked = Arc::new(AtomicBool::new(true));
    let locked = Arc::clone(&is_locked);
    let options = sandbox::Options {
        login: Some(("prayer".to_owned(), "right".to_owned())),
        script: Script::new(move |scene| match scene.event {
            Event::Auth if locked.load(Ordering::SeqCst) => Answer::say("535 5.7.8 locked"),
            _ => Answer::Usual,
        }),
        ..sandbox::Options::default()
    };
    let site = Site::with("cron-unlocked", options)
        .settings("", "user = \"prayer\"\npassword_file = \"relay.password\"")
        .list("relay.password", "right\n")
        .bulletin(&send_at(-10));
    assert!(site.cron().tells("535 5.7.8 locked"));
    is_locked.store(false, Ordering::SeqCst);
    site.cron_is_silent(5);
    site.ends(6, &["send", BULLETIN, "--yes", "--limit", "1"]);
    site.cron_is_silent(0);
    assert_eq!(site.got(), EVERYBODY);
}

/// A relay that takes so many letters and then refuses the sender, and cron's bulletin.
fn refusing(name: &str) -> (Site, Arc<AtomicUsize>) {
    let takes = Arc::new(AtomicUsize::new(0));
    let left = Arc::clone(&takes);
    let site = Site::scripted(name, move |scene| match scene.event {
        Event::Mail(_) if left.load(Ordering::SeqCst) == 0 => Answer::say("550 5.7.1 not you"),
        Event::Dot => {
            left.fetch_sub(1, Ordering::SeqCst);
            Answer::Usual
        }
        _ => Answer::Usual,
    })
    .bulletin(&send_at(-10));
    site.edit("epistle.toml", "[batch]", "[batch]\nconnections = 1");
    (site, takes)
}

#[test]
fn a_trouble_that_comes_back_after_letters_have_gone_is_told_again() {
    let (site, takes) = refusing("cron-comes-back");
    assert!(site.cron().tells("550"));
    site.cron_is_silent(5);
    takes.store(1, Ordering::SeqCst);
    let told = site.cron();
    assert!((told.code, told.tells("550")) == (5, true), "{told:?}");
    assert_eq!(site.got().len(), 1);
    site.cron_is_silent(5);
    assert_eq!(site.reports().len(), 2);
}

/// By its reports an older ledger is known, which would send letters again.
#[test]
fn a_report_that_alone_knows_how_many_were_accepted_is_kept() {
    let (site, _) = refusing("cron-alone-knows");
    assert!(site.cron().tells("550"));
    site.sql("UPDATE letter SET state = 'accepted' WHERE line = 2"); // as by a run that was killed
    assert!(site.cron().tells("550"), "that letters have gone is news");
    std::fs::remove_file(site.path(&site.reports()[1])).unwrap();
    for _ in 0..2 {
        site.cron_is_silent(5);
        assert_eq!(site.reports().len(), 2);
    }
    site.sql("UPDATE letter SET state = 'pending' WHERE line = 2");
    let told = site.cron();
    assert_eq!(told.code, 4, "{told:?}");
    assert!(told.tells("has forgotten 1 letter"), "{told:?}");
}

/// As many were accepted as the copy knows of; who is in doubt, or got it in a run
/// that was killed, would get it again all the same.
#[test]
fn an_older_ledger_is_known_by_a_run_that_it_has_not() {
    let site = Site::scripted("cron-older-copy", |scene| match scene.event {
        Event::Dot if scene.letters == 1 => Answer::Cut,
        _ => Answer::Usual,
    })
    .bulletin(&send_at(-10));
    site.edit("epistle.toml", "[batch]", "[batch]\nconnections = 1");
    let send = ["send", BULLETIN, "--yes", "--limit", "1"];
    site.ends(6, &send);
    std::fs::copy(site.path("epistle.db"), site.path("copy.db")).unwrap();
    let status = site.ends(1, &send);
    assert!(status.tells("unknown"), "{status:?}");
    let restore = || std::fs::copy(site.path("copy.db"), site.path("epistle.db")).unwrap();
    restore();
    let refused = || {
        let told = site.cron();
        assert_eq!(told.code, 4, "{told:?}");
        assert!(told.tells("does not know of that run"), "{told:?}");
    };
    refused();
    assert_eq!(site.json(0, &["status", ID, "--json"])["pending"], 2);
    std::fs::remove_file(site.path(&site.reports()[1])).unwrap();
    let killed = format!("report-{ID}-20260320T060000000Z.json");
    site.put(&killed, "{\"accepted\": 1, \"is_unfinished\": true}");
    refused();
    std::fs::remove_file(site.path(&killed)).unwrap();
    site.cron_is_silent(0);
}

#[test]
fn a_password_that_is_missing_is_told_once_a_day() {
    let (site, _) = with_login("cron-no-password");
    std::fs::remove_file(site.path("relay.password")).unwrap();
    let told = site.cron();
    let once = told.tells("once a day") && told.tells("no file relay.password");
    assert!((told.code, once) == (5, true), "{told:?}");
    site.cron_is_silent(5);
    let found = site.json(5, &["send", "--due", "--json"]);
    assert_eq!(found["errors"], 1, "{found}");
    site.put("relay.password", "right"); // where others can read it
    assert!(site.cron().tells("others on this machine"));
}

#[test]
fn a_halted_edition_is_told_once_a_day_and_leaves_one_report() {
    let people: String = (0..60).map(|n| format!("r{n}@example.org\n")).collect();
    let site = Site::scripted("cron-halted", |scene| match scene.event {
        Event::Dot if scene.letters >= 5 => Answer::Cut,
        _ => Answer::Usual,
    })
    .list("recipients.csv", &format!("email\n{people}"))
    .bulletin(&send_at(-10));
    let told = site.cron();
    assert_eq!(told.code, 5);
    assert!(told.tells("ended before it did more harm"), "{told:?}");
    let connections = site.connections();
    site.cron_is_silent(5);
    site.cron_is_silent(5);
    assert_eq!(site.reports().len(), 1);
    site.sql("DELETE FROM missed"); // the next day
    assert!(site.cron().tells("ended before it did more harm"));
    site.cron_is_silent(5);
    assert_eq!((site.reports().len(), site.connections()), (2, connections));
    // A person is told whenever they ask, and a script has it in its data.
    let by_hand = site.ends(5, &["send", BULLETIN, "--yes"]);
    assert!(by_hand.tells("ended before it did more harm"));
    let told = site.json(5, &["send", "--due", "--json"]);
    assert_eq!(told["editions"][0]["run"]["ending"], "halted");
    // What is worse than before is told the same day.
    let told = site.ends(5, &["send", "--due", "--anyway"]);
    assert!(told.tells("ended before it did more harm"), "{told:?}");
    site.cron_is_silent(5);
}

#[test]
fn a_relay_that_names_somebody_is_not_repeated() {
    let site = Site::scripted("cron-policy", |scene| match scene.event {
        Event::Rcpt(_) => Answer::say(
            "550 5.7.1 <anna@example.org>: anna@example.org (Anna) may not be written to by smtp:anna%example.org@relay",
        ),
        _ => Answer::Usual,
    })
    .bulletin(&send_at(-10));
    let told = site.cron();
    assert_eq!(told.code, 5);
    told.names_nobody();
    assert!(told.err.contains("550 5.7.1"), "{told:?}");
    assert!(site.got().is_empty());
}

#[test]
fn the_refused_are_counted_and_not_named() {
    let site = Site::scripted("cron-refused", |scene| match scene.event {
        event if to(&event, "kofi") => Answer::say("550 5.1.1 <kofi@example.com>: no such user"),
        _ => Answer::Usual,
    })
    .bulletin(&send_at(-10));
    let told = site.cron();
    assert_eq!((told.code, told.out.as_str()), (1, ""));
    insta::assert_snapshot!("refused", site.steady(&told.err));
    told.names_nobody();
    let report = site.read(&site.reports()[0]);
    assert!(report.contains("kofi@example.com") && report.contains("no such user"));
    site.cron_is_silent(0); // it has been told
}

#[test]
fn lists_with_faults_are_told_by_their_places() {
    let site = Site::new("cron-lists")
        .list("recipients.csv", &format!("{PEOPLE}Anna no address,,\n"))
        .bulletin(&send_at(-10));
    let told = site.cron();
    assert_eq!((told.code, told.out.as_str()), (3, ""));
    insta::assert_snapshot!("list_with_a_fault", site.steady(&told.err));
    told.names_nobody();
    assert!(site.got().is_empty());
}

#[test]
fn letters_in_doubt_are_sent_once_more_where_the_settings_say_so() {
    let site = Site::scripted("cron-doubt", |scene| match scene.event {
        Event::Dot if scene.letters == 1 => Answer::Cut,
        _ => Answer::Usual,
    })
    .bulletin(&send_at(-10));
    let told = site.cron();
    assert_eq!(told.code, 1, "{told:?}");
    told.names_nobody();
    assert_eq!(site.got().len(), 2);
    site.cron_is_silent(0);
    let site = site.settings("in_doubt = \"resend\"", "");
    site.cron_is_silent(0); // not before half an hour
    assert_eq!(site.got().len(), 2);
    site.sql("UPDATE letter SET changed = changed - 31 * 60 * 1000");
    site.cron_is_silent(0);
    assert_eq!(site.got(), EVERYBODY);
    site.cron_is_silent(0);
}

#[test]
fn without_a_folder_of_bulletins_or_a_relay_it_says_so() {
    let site = Site::new("cron-nothing");
    std::fs::remove_dir(site.path("bulletins")).unwrap();
    let told = site.cron();
    assert_eq!(told.code, 3);
    insta::assert_snapshot!("no_folder", site.steady(&told.err));
    std::fs::create_dir(site.path("bulletins")).unwrap();
    site.cron_is_silent(0);

    let site = site.bulletin(&send_at(-10));
    let settings = site.read("epistle.toml");
    site.put("epistle.toml", settings.split("[relay]").next().unwrap());
    let told = site.cron();
    assert_eq!(told.code, 3);
    assert!(told.err.contains("[relay]"), "{told:?}");
}

#[test]
fn status_tells_of_the_edition_that_cron_sends() {
    let site = Site::scripted("cron-status", |scene| match scene.event {
        Event::Dot => Answer::After(Duration::from_millis(1_000), Box::new(Answer::Usual)),
        _ => Answer::Usual,
    })
    .bulletin(&send_at(-10));
    let run = site.begins(site.crontab());
    until(|| !site.letters().is_empty());
    let shown = site.ends(0, &["status", ID]);
    assert!(shown.out.contains("being sent by process "), "{shown:?}");
    assert_eq!(run.wait_with_output().unwrap().status.code(), Some(0));
}

#[test]
fn a_list_that_was_cut_short_drops_nobody_while_nobody_is_there_to_be_asked() {
    let mut people = "email\n".to_owned();
    for index in 0..60 {
        people += &format!("r{index}@example.org\n");
    }
    let site = Site::new("cut-short")
        .list("recipients.csv", &people)
        .bulletin(&send_at(-10));
    site.ends(6, &["send", BULLETIN, "--yes", "--limit", "20"]);
    let whole = site.read("recipients.csv");
    site.put("recipients.csv", whole.split_once("r49@").unwrap().0);
    let ran = site.cron();
    assert_eq!(ran.code, 4, "{ran:#?}");
    assert!(
        ran.err.contains("11 of the 40 letters of 2026-03-20"),
        "{ran:#?}"
    );
    ran.names_nobody();
    assert_eq!(site.got().len(), 20);
    // Ten may leave by themselves.
    site.put("recipients.csv", whole.split_once("r50@").unwrap().0);
    site.cron_is_silent(0);
    assert_eq!(site.got().len(), 50);
    let counts = site.json(0, &["status", ID, "--json"]);
    assert_eq!(counts["cancelled"], 10);
}

/// A run may take hours by its rate: what comes next is sent as it is then, if it still may be.
#[test]
fn a_bulletin_that_was_held_back_while_another_was_sent_is_not_sent() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("site-cron-held-back");
    let [second, third] =
        ["b-second", "c-third"].map(|id| folder.join(format!("bulletins/{id}.toml")));
    let edit = |path: &std::path::Path, from: &str, to: &str| {
        let text = std::fs::read_to_string(path).unwrap();
        std::fs::write(path, text.replace(from, to)).unwrap();
    };
    let site = Site::scripted("cron-held-back", move |scene| match scene.event {
        Event::Dot if scene.letters == 0 => {
            edit(&second, "\"ready\"", "\"draft\"");
            edit(&third, "Prayer for the week", "As it is now");
            Answer::Usual
        }
        _ => Answer::Usual,
    })
    .other("a-first", &send_at(-30))
    .other("b-second", &send_at(-20))
    .other("c-third", &send_at(-10));
    site.cron_is_silent(0);
    assert_eq!(site.got().len(), 6);
    let last = site.letters().pop().unwrap();
    let last = String::from_utf8_lossy(&last.message).into_owned();
    assert!(last.contains("Subject: As it is now"), "{last}");
    let begun = site.json(0, &["status", "--json"]);
    assert_eq!(begun["editions"].as_array().unwrap().len(), 2);
}
