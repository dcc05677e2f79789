//! `send` as a person or a script runs it: what guards it, what it asks, what
//! it leaves behind, and the two ways to try it without writing to anybody.

use std::fs;
use std::io::BufReader;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use epistle::sandbox::{Answer, Event};
use mail_parser::mailbox::mbox::MessageIterator;

use crate::site::{BULLETIN, ID, PEOPLE, Site};
use crate::support;

const EVERYBODY: [&str; 3] = ["anna@example.org", "kofi@example.com", "li@example.net"];

#[test]
fn a_script_says_yes_and_hears_nothing() {
    let site = Site::new("send-script").bulletin("");
    let told = site.ends(4, &["send", BULLETIN]);
    insta::assert_snapshot!("nobody_to_ask", site.steady(&told.err));
    assert_eq!((site.got().len(), site.reports().len()), (0, 0));

    let ran = site.ends(0, &["send", BULLETIN, "--yes"]);
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", ""));
    assert_eq!(site.got(), EVERYBODY);
    let again = site.ends(0, &["send", BULLETIN, "--yes"]);
    assert_eq!((again.out.as_str(), again.err.as_str()), ("", ""));
    site.ends(0, &["send", BULLETIN]); // nothing is asked where nothing is left
    assert_eq!(site.got(), EVERYBODY);
}

#[test]
fn a_person_types_the_number_of_letters() {
    let site = Site::new("send-terminal")
        .list(
            "recipients.csv",
            &format!("{PEOPLE}ANNA@example.org,Anna again,\n"),
        )
        .bulletin("");
    site.ends(0, &["suppress", "add", "li@example.net"]);
    let wrong = site.at_terminal(&format!("send {BULLETIN}"), &["3\n"]);
    assert_eq!(wrong.code, 4, "{wrong:?}");
    insta::assert_snapshot!("the_wrong_number", site.steady(&wrong.out));
    assert!(site.got().is_empty());

    let right = site.at_terminal(&format!("send {BULLETIN}"), &["2\n"]);
    assert_eq!(right.code, 0, "{right:?}");
    insta::assert_snapshot!("the_right_number", site.steady(&last_drawn(&right.out)));
    assert_eq!(site.got(), EVERYBODY[..2]);
    let nothing = site.at_terminal(&format!("send {BULLETIN}"), &[]);
    assert_eq!(nothing.code, 0, "{nothing:?}");
    insta::assert_snapshot!("nothing_left", site.steady(&nothing.out));
}

/// What stays on a terminal of the line that is drawn anew again and again.
fn last_drawn(shown: &str) -> String {
    let mut kept = String::new();
    for line in shown.lines() {
        kept += line.rsplit("\x1b[K").next().unwrap();
        kept.push('\n');
    }
    kept
}

#[test]
fn only_a_terminal_is_drawn_on() {
    let slow = |scene: &epistle::sandbox::Scene<'_>| match scene.event {
        Event::Dot => Answer::After(Duration::from_millis(700), Box::new(Answer::Usual)),
        _ => Answer::Usual,
    };
    let site = Site::scripted("send-progress", slow).bulletin("");
    let shown = site.at_terminal(&format!("send {BULLETIN} --yes"), &[]);
    assert!(shown.out.contains("0 of 3"), "{shown:?}");
    let site = Site::scripted("send-no-progress", slow).bulletin("");
    let ran = site.ends(0, &["send", BULLETIN, "--yes"]);
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", ""));
}

#[test]
fn ctrl_c_at_the_question_sends_nothing() {
    let site = Site::new("send-ctrl-c").bulletin("");
    let ran = site.at_terminal(&format!("send {BULLETIN}"), &["\x03"]);
    assert_ne!(ran.code, 0, "{ran:?}");
    assert!(site.got().is_empty());
    let standing = site.ends(0, &["status"]);
    assert!(
        standing.out.contains("No edition has begun."),
        "{standing:?}"
    );
    site.ends(0, &["send", BULLETIN, "--yes"]); // it has left no lock
    assert_eq!(site.got(), EVERYBODY);
}

#[test]
fn what_guards_a_bulletin_says_what_to_do() {
    let mut told = String::new();
    let mut add = |site: &Site, what: &str, code: i32, arguments: &[&str]| {
        let ran = site.ends(code, arguments);
        assert!(site.got().is_empty() && site.files("epistle.db").len() < 4);
        told += &format!("{what}: {code}\n{}\n", ran.err);
    };
    let site = Site::new("send-guards").bulletin("");
    let send = ["send", BULLETIN, "--yes"];
    site.edit(BULLETIN, "\"ready\"", "\"draft\"");
    add(&site, "a draft", 4, &send);
    let site = site.bulletin("send_at = 2099-01-01T06:00:00Z");
    add(&site, "before its time", 4, &send);
    let site = site.bulletin("send_at = 2020-01-01T06:00:00Z");
    add(&site, "after its time", 4, &send);
    let site = site.bulletin("audience = \"nobody\"");
    add(&site, "an audience without anybody", 3, &send);
    add(&site, "the same, dry", 3, &["send", BULLETIN, "--dry-run"]);
    let site = site.bulletin("").list("recipients.csv", "email\n");
    add(&site, "an empty list", 3, &send);
    fs::remove_file(site.path("recipients.csv")).unwrap();
    add(&site, "no list", 3, &send);
    let site = site.list("recipients.csv", PEOPLE);
    add(&site, "not begun", 2, &["send", BULLETIN, "--as-begun"]);
    add(
        &site,
        "no bulletin",
        3,
        &["send", "bulletins/gone.toml", "--yes"],
    );
    let german = "language = \"de\"\nstatus = \"draft\"\ntitle = \"Gebet\"\nsubject = \"Gebet\"\n\
        greeting = \"Guten Tag,\"\n[[section]]\n[[section.item]]\ntext = \"Bitte um Regen.\"\n";
    site.put("bulletins/2026-03-20.de.toml", german);
    add(&site, "a draft of a translation", 4, &send);
    site.put("bulletins/2026-03-20.de.toml", "language = \"nl\"\n");
    add(&site, "a translation with faults", 3, &send);
    let named = ["send", "bulletins/2026-03-20.de.toml", "--yes"];
    add(&site, "a translation by itself", 2, &named);
    fs::remove_file(site.path("bulletins/2026-03-20.de.toml")).unwrap();
    let settings = site.read("epistle.toml");
    site.put("epistle.toml", settings.split("[relay]").next().unwrap());
    add(&site, "no relay", 3, &send);
    fs::remove_file(site.path("epistle.toml")).unwrap();
    add(&site, "no settings", 3, &send);
    insta::assert_snapshot!("guards", site.steady(&told));
}

#[test]
fn at_a_terminal_a_person_may_send_out_of_time() {
    let site = Site::new("send-early").bulletin("send_at = 2099-01-01T06:00:00Z");
    let no = site.at_terminal(&format!("send {BULLETIN}"), &["no\n"]);
    assert_eq!(no.code, 4, "{no:?}");
    insta::assert_snapshot!("out_of_time", site.steady(&no.out));
    assert!(site.got().is_empty());
    let yes = site.at_terminal(&format!("send {BULLETIN}"), &["yes\n", "3\n"]);
    assert_eq!(yes.code, 0, "{yes:?}");
    assert_eq!(site.got(), EVERYBODY);
}

#[test]
fn a_group_gets_what_is_meant_for_it() {
    let site = Site::new("send-group").bulletin("audience = \"staff\"");
    site.ends(0, &["send", BULLETIN, "--yes"]);
    assert_eq!(site.got(), ["anna@example.org"]);
}

#[test]
fn a_list_that_others_can_read_is_warned_about() {
    let site = Site::new("send-mode").bulletin("");
    fs::set_permissions(
        site.path("recipients.csv"),
        fs::Permissions::from_mode(0o644),
    )
    .unwrap();
    let ran = site.ends(0, &["send", BULLETIN, "--yes"]);
    insta::assert_snapshot!("readable_by_others", site.steady(&ran.err));
}

#[test]
fn a_retry_is_the_same_letter_byte_for_byte() {
    let site = Site::scripted("send-bytes", |scene| match scene.event {
        // It is kept, and nobody hears of it.
        Event::Dot if scene.letters == 0 => Answer::TakeAndCut,
        _ => Answer::Usual,
    })
    .list("recipients.csv", "email,name\nanna@example.org,Anna\n")
    .bulletin("");
    site.ends(1, &["send", BULLETIN, "--yes"]);
    site.ends(0, &["resolve", ID, "--send-again", "--all"]);
    site.edit(BULLETIN, "for rain", "for sun");
    std::thread::sleep(Duration::from_millis(1_100)); // another second, another date
    site.ends(0, &["send", BULLETIN, "--yes", "--as-begun"]);
    let letters = site.letters();
    assert_eq!(letters.len(), 2);
    assert!(letters[0].message == letters[1].message);
}

#[test]
fn the_rest_can_be_cancelled() {
    let site = Site::new("send-cancel").bulletin("");
    site.ends(6, &["send", BULLETIN, "--yes", "--limit", "1"]);
    site.ends(0, &["cancel", ID, "--yes"]);
    site.ends(0, &["send", BULLETIN, "--yes"]);
    assert_eq!(site.got().len(), 1);
}

#[test]
fn a_limit_that_reaches_everybody_leaves_nothing() {
    let site = Site::new("send-limit").bulletin("");
    site.ends(0, &["suppress", "add", "li@example.net"]);
    let result = site.json(0, &["send", BULLETIN, "--yes", "--limit", "2", "--json"]);
    let counts = ["accepted", "suppressed", "pending"].map(|key| &result[key]);
    assert_eq!(counts, [2, 1, 0], "{result}");
    site.ends(2, &["send", BULLETIN, "--yes", "--limit", "0"]);
}

#[test]
fn json_counts_and_names_the_letters_that_want_a_look() {
    let site = Site::scripted("send-json", |scene| match scene.event {
        Event::Rcpt(path) if path.contains("anna") => Answer::say("550 5.1.1 no such user"),
        Event::Rcpt(path) if path.contains("kofi") => Answer::say("451 4.3.0 later"),
        _ => Answer::Usual,
    })
    .bulletin("");
    let result = site.json(1, &["send", BULLETIN, "--yes", "--json"]);
    for (key, count) in [
        ("enrolled", 3),
        ("accepted", 1),
        ("refused", 1),
        ("deferred", 1),
        ("unknown", 0),
        ("suppressed", 0),
        ("cancelled", 0),
        ("pending", 0),
    ] {
        assert_eq!(result[key], count, "{key}: {result}");
    }
    assert_eq!(result["edition"], ID);
    assert_eq!(result["digest"].as_str().unwrap().len(), 64);
    let letters = result["letters"].as_array().unwrap();
    let whole = |index: usize| {
        let letter = &letters[index];
        assert!(letter["time"].as_str().unwrap().ends_with('Z'), "{letter}");
        ["address", "state", "stage", "reply"].map(|key| letter[key].as_str().unwrap())
    };
    assert_eq!(
        whole(0),
        [
            "anna@example.org",
            "refused",
            "rcpt",
            "550 5.1.1 no such user"
        ]
    );
    assert_eq!(
        whole(1),
        ["kofi@example.com", "deferred", "rcpt", "451 4.3.0 later"]
    );
    site.edit(BULLETIN, "\"ready\"", "\"draft\"");
    let refusal = site.json(4, &["send", BULLETIN, "--yes", "--json"]);
    assert_eq!(refusal["findings"][0]["code"], "draft");
}

#[test]
fn the_sandbox_works_in_a_folder_with_nothing_but_the_examples() {
    let site = Site::new("sandbox-example").bulletin("");
    fs::remove_file(site.path("epistle.toml")).unwrap();
    fs::copy(
        support::path("recipients.example.toml"),
        site.path("recipients.example.toml"),
    )
    .unwrap();
    site.ends(0, &["send", BULLETIN, "--sandbox"]);
    let outbox = |site: &Site| {
        let mut names: Vec<_> = fs::read_dir(site.path(".sandbox/outbox"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    assert_eq!(outbox(&site), ["000001.eml", "000002.eml", "000003.eml"]);
    for name in [
        ".sandbox/outbox/000001.eml",
        ".sandbox/epistle.db",
        ".sandbox/epistle.key",
    ] {
        assert_eq!(site.mode(name), 0o600, "{name}");
    }
    assert_eq!(site.mode(".sandbox"), 0o700);
    assert!(!site.path("epistle.db").exists() && !site.path("epistle.key").exists());
    assert_eq!(site.connections(), 0);
    let message = fs::read(site.path(".sandbox/outbox/000001.eml")).unwrap();
    let message = mail_parser::MessageParser::default()
        .parse(&message)
        .unwrap();
    assert_eq!(message.subject(), Some("Prayer for the week"));

    let shown = site.at_terminal(&format!("send {BULLETIN} --sandbox"), &[]);
    assert_eq!(shown.code, 0, "{shown:?}");
    insta::assert_snapshot!("sandbox_again", site.steady(&shown.out));
    site.edit(BULLETIN, "for rain", "for sun");
    let shown = site.at_terminal(&format!("send {BULLETIN} --sandbox"), &[]);
    insta::assert_snapshot!("sandbox", site.steady(&last_drawn(&shown.out)));
    assert_eq!(outbox(&site).len(), 3, "afresh");
    assert!(site.read(".sandbox/outbox/000001.eml").contains("for sun"));
}

#[test]
fn the_sandbox_respects_real_suppressions_and_leaves_the_real_ledger() {
    let site = Site::new("sandbox-real").bulletin("");
    site.ends(0, &["suppress", "add", "anna@example.org"]);
    let before = fs::read(site.path("epistle.db")).unwrap();
    let result = site.json(0, &["send", BULLETIN, "--sandbox", "--json"]);
    assert_eq!(
        [&result["accepted"], &result["suppressed"]],
        [2, 1],
        "{result}"
    );
    assert!(before == fs::read(site.path("epistle.db")).unwrap());
    assert!(site.got().is_empty());
    site.ends(0, &["suppress", "remove", "anna@example.org"]);
    site.ends(0, &["status"]);
    let standing = site.ends(0, &["status"]);
    assert!(standing.out.contains("No edition has begun."));
    // What is broken there is only the sandbox's.
    fs::remove_file(site.path(".sandbox/epistle.key")).unwrap();
    site.ends(0, &["send", BULLETIN, "--sandbox"]);
    site.put(".sandbox/epistle.db", "no ledger at all");
    site.ends(0, &["send", BULLETIN, "--sandbox"]);
}

#[test]
fn a_draft_and_faults_keep_nobody_from_trying() {
    let site = Site::new("sandbox-draft")
        .list("recipients.csv", &format!("{PEOPLE}no address,,\n"))
        .bulletin("send_at = 2099-01-01T06:00:00Z");
    site.edit(BULLETIN, "\"ready\"", "\"draft\"");
    // Both end with what a real run would: the list must be mended.
    let result = site.json(3, &["send", BULLETIN, "--sandbox", "--json"]);
    assert_eq!(result["accepted"], 3, "{result}");
    let result = site.json(3, &["send", BULLETIN, "--dry-run", "--json"]);
    assert_eq!([&result["composed"], &result["faults"]], [3, 1], "{result}");
}

#[test]
fn a_dry_run_says_what_a_real_one_would_do_about_rows_with_faults() {
    let site = Site::new("dry-run-faults")
        .list("recipients.csv", &format!("{PEOPLE}no address,,\n"))
        .bulletin("");
    let dry = format!("send {BULLETIN} --dry-run");
    let shown = site.at_terminal(&dry, &[]);
    assert_eq!(shown.code, 3, "{shown:#?}");
    assert!(
        shown.out.contains("or pass over them by --skip-invalid")
            && !shown.out.contains("Next: epistle proof"),
        "{shown:#?}"
    );
    let shown = site.at_terminal(&format!("{dry} --skip-invalid"), &[]);
    assert_eq!(shown.code, 0, "{shown:#?}");
    assert!(shown.out.contains("Next: epistle proof"), "{shown:#?}");
    let dry_json = |code, more: &[&str]| {
        let line = ["send", BULLETIN, "--dry-run", "--json"];
        site.json(code, &[&line, more].concat())
    };
    let found = dry_json(3, &[]);
    assert_eq!([&found["errors"], &found["warnings"]], [1, 0], "{found}");
    let finding = &found["findings"][0];
    assert_eq!(finding["message"], "1 row has a fault", "{found}");
    let found = dry_json(0, &["--skip-invalid"]);
    assert_eq!([&found["errors"], &found["warnings"]], [0, 1], "{found}");

    fs::remove_file(site.path("recipients.csv")).unwrap();
    let shown = site.at_terminal(&format!("{dry} --skip-invalid"), &[]);
    assert_eq!(shown.code, 3, "{shown:#?}");
    assert!(shown.out.contains("Next: mend that"), "{shown:#?}");
    let found = dry_json(3, &["--skip-invalid"]);
    let message = found["findings"][0]["message"].as_str().unwrap();
    let told = "there is no file recipients.csv: `recipients` in the settings";
    assert!(message.starts_with(told), "{found}");
}

#[test]
fn a_dry_run_makes_every_letter_and_leaves_no_trace() {
    let many: String = (0..25)
        .map(|number| format!("r{number}@example.org,Name {number},\n"))
        .collect();
    let site = Site::new("dry-run")
        .list("recipients.csv", &format!("email,name,groups\n{many}"))
        .bulletin("intro = \"From the north: snow.\"");
    let ran = site.ends(0, &["send", BULLETIN, "--dry-run"]);
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", ""));
    assert_eq!(site.files("epistle."), ["epistle.toml"]);
    assert!(site.reports().is_empty() && site.connections() == 0);
    let mbox = "dry-run-2026-03-20.mbox";
    assert_eq!(site.mode(mbox), 0o600);
    assert_eq!(
        in_mbox(&site, mbox),
        "10 Prayer for the week r0@example.org r9@example.org"
    );
    site.ends(0, &["send", BULLETIN, "--dry-run", "--all"]);
    assert_eq!(
        in_mbox(&site, mbox),
        "25 Prayer for the week r0@example.org r24@example.org"
    );

    site.ends(6, &["send", BULLETIN, "--yes", "--limit", "20"]);
    let before = fs::read(site.path("epistle.db")).unwrap();
    let result = site.json(0, &["send", BULLETIN, "--dry-run", "--json"]);
    assert_eq!(
        [&result["composed"], &result["written"]],
        [5, 5],
        "{result}"
    );
    assert!(before == fs::read(site.path("epistle.db")).unwrap());
    let shown = site.at_terminal(&format!("send {BULLETIN} --dry-run"), &[]);
    insta::assert_snapshot!("dry_run", site.steady(&shown.out));
    assert_eq!(site.got().len(), 20);
}

/// What a reader of mbox files finds: how many, the subject, the first and the last recipient.
fn in_mbox(site: &Site, name: &str) -> String {
    let file = fs::File::open(site.path(name)).unwrap();
    let letters = MessageIterator::new(BufReader::new(file)).map(|letter| letter.unwrap());
    let letters: Vec<_> = letters
        .map(|letter| {
            let message = mail_parser::MessageParser::default();
            let message = message.parse(letter.contents()).unwrap().into_owned();
            let text = message.body_text(0).unwrap().into_owned();
            // In an mbox such a line would begin a letter.
            assert!(text.contains("\nFrom the north"), "{text}");
            message
        })
        .collect();
    let to = |at: usize| {
        let to = letters[at].to().unwrap().first().unwrap();
        to.address().unwrap().to_owned()
    };
    format!(
        "{} {} {} {}",
        letters.len(),
        letters[0].subject().unwrap(),
        to(0),
        to(letters.len() - 1)
    )
}

#[test]
fn settings_elsewhere_lead_to_what_stands_beside_them() {
    let site = Site::new("send-config").bulletin("");
    fs::create_dir(site.path("else where")).unwrap();
    fs::create_dir(site.path("work")).unwrap();
    for name in ["epistle.toml", "recipients.csv"] {
        fs::rename(site.path(name), site.path(&format!("else where/{name}"))).unwrap();
    }
    let mut command = site.command(&[
        "send",
        "../bulletins/2026-03-20.toml",
        "--yes",
        "--config",
        "../else where/epistle.toml",
    ]);
    let output = command.current_dir(site.path("work")).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(site.got(), EVERYBODY);
    assert!(site.path("else where/epistle.db").exists());
    assert_eq!(fs::read_dir(site.path("work")).unwrap().count(), 0);
}
