//! The page that tells how an edition went: what it says, whom it names and
//! where, and that nothing in it loads, runs or is drawn wrong.

use std::fs;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use epistle::ledger::{Ledger, SqliteLedger, State, key_path};
use epistle::sandbox::{Answer, Event};

use crate::site::{BULLETIN, ID, Site};
use crate::support;

/// A site where something of everything has happened, some of it hostile.
fn eventful(name: &str) -> Site {
    let mut list = "email\n".to_owned();
    for domain in 0..25 {
        for person in 0..=domain {
            list += &format!("p{person}@d{domain}.example\n");
        }
    }
    list += "gone@d0.example\nlater@d0.example\nlost@d0.example\nenough@d0.example\n";
    list += "p@a-domain-with-a-name-that-is-longer-than-most.example.org\n";
    let site = Site::scripted(name, |scene| match scene.event {
        Event::Rcpt(path) if path.contains("gone@") => {
            Answer::say("550 5.1.1 <script>alert(1)</script> & <gone@d0.example>: no such user")
        }
        Event::Rcpt(path) if path.contains("later@") => Answer::say("451 4.3.0 later"),
        Event::Rcpt(path) if path.contains("lost@") => Answer::Usual,
        // The last but one of the letters that come so far.
        Event::Dot if scene.letters == 325 => Answer::TakeAndCut,
        _ => Answer::Usual,
    })
    .list("recipients.csv", &list)
    .bulletin("");
    site.edit("epistle.toml", "[batch]", "[batch]\nconnections = 1");
    site.ends(0, &["suppress", "add", "enough@d0.example"]);
    site.ends(6, &["send", BULLETIN, "--yes", "--limit", "100"]);
    site.ends(1, &["send", BULLETIN, "--yes"]);
    site
}

#[test]
fn each_run_leaves_a_page_and_report_makes_it_again() {
    let site = eventful("report-page");
    let name = format!("report-{ID}.html");
    assert_eq!(site.mode(&name), 0o600);
    let page = site.read(&name);
    for words in [
        "Prayer for the week",
        "Reached its limit",
        "Went through",
        "epistle send",
        "gone@d0.example",
        "550 5.1.1 &lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;gone@d0.example&gt;: no such user",
        "later@d0.example",
        "again at ",
        "1 in doubt: a person must decide",
        "Next: epistle resolve 2026-03-20",
        "d24.example",
        // The six smallest domains have these together.
        "6 others</th><td class=\"count\">20</td>",
        "The last run</span>Went through, ",
        "Everybody on the lists",
        "(UTC+00:00)",
        // Whatever stood in it, nothing would load or run.
        "content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\"",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("<script"), "nothing runs");
    let counts = site.json(0, &["status", ID, "--json"]);
    assert_eq!(counts["enrolled"], 330, "all rows of the list");
    for state in ["accepted", "refused", "deferred", "unknown", "suppressed"] {
        let count = &counts[state];
        let row = format!("{state}</th><td class=\"count\">{count}</td>");
        assert!(page.contains(&row), "{row}");
    }

    // Made again at any time, it tells the same.
    site.put(&name, "");
    let quiet = site.ends(0, &["report", ID]);
    assert_eq!((quiet.out.as_str(), quiet.err.as_str()), ("", ""));
    assert_eq!(site.mode(&name), 0o600);
    let body =
        |page: &str| page[page.find("<main").unwrap()..page.find("<footer").unwrap()].to_owned();
    assert_eq!(body(&site.read(&name)), body(&page));
    let json = site.json(0, &["report", ID, "--json", "--out", "other.html"]);
    assert_eq!(body(&site.read("other.html")), body(&page));
    assert_eq!(json["runs"].as_array().unwrap().len(), 2);
    assert_eq!(json["runs"][0]["accepted"], 100);
    for time in [
        &json["runs"][0]["began"],
        &json["runs"][0]["ended"],
        &json["pace"]["from"],
    ] {
        chrono::DateTime::parse_from_rfc3339(time.as_str().unwrap()).unwrap();
    }
    assert_eq!(json["domains"][0]["name"], "d24.example");
    assert_eq!(
        json["domains"][0]["accepted"].as_u64().unwrap()
            + json["domains"][0]["unknown"].as_u64().unwrap(),
        25
    );
    assert_eq!(json["domains"].as_array().unwrap().len(), 20);
    assert_eq!(json["domain_count"], 26);
    let pace = json["pace"]["accepted"].as_array().unwrap();
    let paced: u64 = pace.iter().map(|count| count.as_u64().unwrap()).sum();
    let of_run = counts["accepted"].as_u64().unwrap() - 100;
    assert_eq!(paced, of_run, "the pace of the run that had most letters");
    site.ends(2, &["report", "2026-03-13"]);
}

#[test]
fn the_end_of_a_send_says_where_the_page_is() {
    let site = Site::new("report-told").bulletin("");
    let shown = site.at_terminal(&format!("send {BULLETIN} --yes"), &[]);
    let told = site.steady(&shown.out);
    assert!(
        told.contains(&format!(", as a page DIR/report-{ID}.html."))
            || told.contains(&format!(", as a page report-{ID}.html.")),
        "{told}"
    );
    let shown = site.at_terminal(&format!("report {ID}"), &[]);
    insta::assert_snapshot!("made_again", site.steady(&shown.out));
    // A page that can't be written is no reason to lose the rest.
    let site = Site::new("report-no-page").bulletin("");
    fs::create_dir(site.path(&format!("report-{ID}.html"))).unwrap();
    let told = site.ends(3, &["send", BULLETIN, "--yes"]);
    assert!(told.err.contains("the page"), "{told:?}");
    assert_eq!(site.got().len(), 3);
    assert_eq!(site.files("report-2026-03-20-").len(), 1);
}

#[test]
fn a_run_that_was_killed_has_no_end() {
    let site = Site::scripted("report-killed", |scene| match scene.event {
        Event::Dot if scene.letters == 1 => Answer::Silence,
        _ => Answer::Usual,
    })
    .bulletin("");
    site.edit("epistle.toml", "[batch]", "[batch]\nconnections = 1");
    let mut run = site.begins(site.command(&["send", BULLETIN, "--yes"]));
    site.until_taken(1);
    run.kill().unwrap();
    run.wait().unwrap();
    let json = site.json(0, &["report", ID, "--json"]);
    assert_eq!(json["runs"][0]["ended"], serde_json::Value::Null);
    assert!(
        site.read(&format!("report-{ID}.html"))
            .contains("Has no end")
    );
}

#[test]
fn domains_and_pace_are_those_of_the_ledger() {
    let site = Site::new("report-ledger").bulletin("");
    site.ends(0, &["send", BULLETIN, "--yes"]);
    site.sql(
        "UPDATE run SET began = 1000, ended = 700000, accepted = 9;
         UPDATE letter SET key = '\"a@b\"@quoted.example', changed = 2000 WHERE address LIKE 'anna%';
         UPDATE letter SET changed = 602000 WHERE address LIKE 'kofi%';
         UPDATE letter SET changed = 900000 WHERE address LIKE 'li%'",
    );
    let file = site.path("epistle.db");
    let mut ledger = SqliteLedger::open(&file, &key_path(&file)).unwrap();
    let account = ledger.account(ID).unwrap();
    let names: Vec<_> = account
        .domains
        .iter()
        .map(|domain| domain.name.as_str())
        .collect();
    assert_eq!(names, ["example.com", "example.net", "quoted.example"]);
    assert!(
        account
            .domains
            .iter()
            .all(|domain| domain.counts.of(State::Accepted) == 1)
    );
    assert_eq!(account.domain_count, 3);
    let pace = account.pace.unwrap();
    assert_eq!(
        (pace.from, pace.width),
        (2_000, 10_000),
        "ten minutes in ten seconds each"
    );
    assert_eq!(pace.accepted.len(), 61);
    assert_eq!((pace.accepted[0], pace.accepted[60]), (1, 1));
    assert_eq!(
        pace.accepted.iter().sum::<u64>(),
        2,
        "the third came after the run"
    );

    site.ends(0, &["report", ID]);
    let told = "2 letters were accepted in 10 min, most of them in the 10.0 s from 1970-01-01 00:00:02 (UTC+00:00): 1, which is 6 a minute.";
    let page = site.read(&format!("report-{ID}.html"));
    assert!(page.contains(told), "{page}");
    assert!(
        page.contains("d=\"M64 164L64.0 14.0H74.5L74.5 164.0"),
        "{page}"
    );

    // Where no run is known: all of it, however long that took.
    site.sql("DELETE FROM run; UPDATE letter SET changed = 90000000000 WHERE address LIKE 'li%'");
    let pace = ledger.account(ID).unwrap().pace.unwrap();
    assert_eq!(pace.accepted.iter().sum::<u64>(), 3);
    assert!(pace.accepted.len() <= 121, "{}", pace.accepted.len());
    site.sql("UPDATE letter SET state = 'cancelled'");
    assert_eq!(ledger.account(ID).unwrap().pace, None);
    let now = UNIX_EPOCH + Duration::from_secs(9);
    assert!(ledger.begin_run("2026-03-13", "nobody", now).is_err());
    assert!(ledger.counts(ID).is_ok());
}

/// The page after a change of the ledger.
fn page(site: &Site, sql: &str) -> String {
    site.sql(sql);
    site.ends(0, &["report", ID]);
    site.read(&format!("report-{ID}.html"))
}

#[test]
fn each_state_of_an_edition_and_each_end_of_a_run_has_its_words() {
    let people = "email,groups\na@example.org,staff\nb@example.org,staff\nc@example.org,staff\nd@example.org,staff\ne@example.net,staff\n";
    let site = Site::new("report-words")
        .list("recipients.csv", people)
        .bulletin("audience = \"staff\"");
    site.edit(BULLETIN, "\"en\"", "\"nl\"");
    site.edit("epistle.toml", "\"UTC\"", "\"Asia/Tokyo\"");
    site.ends(0, &["send", BULLETIN, "--yes"]);
    let stands = |told: &str| format!("How it stands</span><strong>{told}</strong>");
    let good = page(
        &site,
        "UPDATE run SET began = 0, ended = 90500, accepted = 1234, told = 'a <word>'",
    );
    assert!(good.contains(&stands("Finished")), "{good}");
    assert!(good.contains("The group <strong>staff</strong>"), "{good}");
    assert!(good.contains("<h1 lang=\"nl\" "), "{good}");
    assert!(good.contains("1970-01-01 09:00:00 (UTC+09:00)"), "{good}");
    assert!(!good.contains("UTC+00:00"), "{good}");
    for row in [
        "<td>90.5 s</td><td class=\"count\">1,234</td>",
        "Went through: a &lt;word&gt;</td>",
    ] {
        assert!(good.contains(row), "{row}: {good}");
    }

    let started = page(&site, "UPDATE letter SET state = 'started' WHERE line = 2");
    assert!(started.contains(&stands("1 still to send")), "{started}");
    let refused = page(&site, "UPDATE letter SET state = 'refused' WHERE line = 2");
    assert!(
        refused.contains(&stands("Finished, 1 refused")),
        "{refused}"
    );
    let mixed = page(
        &site,
        "UPDATE letter SET state = 'cancelled' WHERE line = 3",
    );
    for state in [
        "accepted</th><td class=\"count\">3<",
        "<strong>3</strong> of 5<",
        "refused</th><td class=\"count\">1<",
        "cancelled</th><td class=\"count\">1<",
    ] {
        assert!(mixed.contains(state), "{state}: {mixed}");
    }
    // The pieces of the bar stand behind each other, and the table says the same.
    for (state, x, width) in [
        ("accepted", "230.0", "205.0"),
        ("refused", "435.0", "102.5"),
        ("cancelled", "537.5", "102.5"),
    ] {
        let piece = format!("<rect class=\"{state}\" x=\"{x}\" y=\"4\" width=\"{width}\"");
        assert!(mixed.contains(&piece), "{piece}: {mixed}");
    }
    let counts = ["4", "2", "1", "1"].map(|count| format!("<td class=\"count\">{count}</td>"));
    let row = format!("example.org</th>{}", counts.concat());
    assert!(mixed.contains(&row), "{row}: {mixed}");

    for (ending, told) in [
        ("stopped", "Was stopped by a person or the system"),
        ("later", "Left the rest to a later run"),
        ("halted", "Ended before it did more harm"),
        ("relay", "Ended: the relay can’t be used"),
        ("ledger", "Ended: the ledger can’t be used"),
        ("defect", "Ended by a defect of Epistle"),
    ] {
        let page = page(&site, &format!("UPDATE run SET ending = '{ending}'"));
        assert_eq!(
            page.matches(told).count(),
            2,
            "at its head and below: {page}"
        );
    }
}

#[test]
fn letters_beyond_a_thousand_are_counted_and_not_passed_over() {
    let rows = (0..1_002).map(|index| format!("p{index}@example.org\n"));
    let site = Site::new("report-many")
        .list(
            "recipients.csv",
            &("email\n".to_owned() + &rows.collect::<String>()),
        )
        .bulletin("");
    site.ends(6, &["send", BULLETIN, "--yes", "--limit", "1"]);
    let many = page(&site, "UPDATE letter SET state = 'refused'");
    assert_eq!(many.matches("@example.org<br>").count(), 1_000);
    assert!(many.contains("And 2 more: <code>epistle status 2026-03-20 --json</code>"));
    let all = page(
        &site,
        "UPDATE letter SET state = 'accepted' WHERE line <= 3",
    );
    assert_eq!(all.matches("@example.org<br>").count(), 1_000);
    assert!(!all.contains(" more: "));
}

/// Pictures of the pages stay in `target/tmp/report-pages/pictures`.
#[test]
#[ignore = "needs Chromium, Node, and `npm ci --prefix tests/html`; CI runs it"]
fn browsers_and_linters_find_no_fault_in_it() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report-pages");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let site = eventful("report-html");
    let copy = |site: &Site, name: &str| {
        fs::copy(site.path(&format!("report-{ID}.html")), folder.join(name)).unwrap();
    };
    copy(&site, "eventful.html");
    let site = Site::new("report-html-small").bulletin("");
    site.ends(0, &["send", BULLETIN, "--yes"]);
    copy(&site, "small.html");
    site.sql("UPDATE letter SET state = 'cancelled'; DELETE FROM run");
    site.ends(0, &["report", ID]);
    copy(&site, "empty.html");
    support::node("pages.mjs", &[folder.as_os_str()]);
    let pictures = folder.join("pictures");
    support::node("review.mjs", &[folder.as_os_str(), pictures.as_os_str()]);
}
