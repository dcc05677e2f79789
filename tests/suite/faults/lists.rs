//! 53 to 59: what people write: lists, names, texts, and that they change
//! them while letters go.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};

use epistle::sandbox::{Answer, Event};

use super::trial::Trial;
use crate::site::{BULLETIN, ID, PEOPLE, Site};

const EVERYBODY: [&str; 3] = ["anna@example.org", "kofi@example.com", "li@example.net"];

#[test]
fn fault_53_rows_with_faults_are_named_by_place_and_passed_over_only_on_demand() {
    let site = Site::new("send-faults")
        .list(
            "recipients.csv",
            &format!("{PEOPLE}Anna without address,,\nkofi@@example.com,Kofi,\n"),
        )
        .bulletin("");
    let told = site.ends(3, &["send", BULLETIN, "--yes"]);
    insta::assert_snapshot!("faults", site.steady(&told.err));
    told.names_nobody();
    assert!(site.got().is_empty());
    assert_eq!(site.connections(), 0);
    let shown = site.at_terminal(&format!("send {BULLETIN}"), &[]);
    assert!(
        shown.code == 3 && shown.out.contains("`Anna without address`"),
        "{shown:?}"
    );

    let with_faults = site.read("recipients.csv");
    site.put("recipients.csv", &(with_faults + "ANNA@Example.org,,\n"));
    let ran = site.ends(0, &["send", BULLETIN, "--yes", "--skip-invalid"]);
    ran.names_nobody();
    assert_eq!(site.got(), EVERYBODY);
    let report: serde_json::Value = serde_json::from_str(&site.read(&site.reports()[0])).unwrap();
    let rows = report["run"]["passed_over"].as_array().unwrap();
    let lines: Vec<_> = rows.iter().map(|row| &row["line"]).collect();
    assert_eq!(lines, [5, 6, 7], "{report}");
    assert_eq!(rows[2]["why"], "the same mailbox as recipients.csv:2");
    let run = &report["run"];
    assert_eq!(
        [&run["rows_with_faults"], &run["duplicate_rows"]],
        [2, 1],
        "{report}"
    );
}

#[test]
fn fault_54_no_line_end_in_a_subject_or_a_name_makes_a_header() {
    const EVIL: &str = "\\r\\nBcc: evil@example.org";
    for (name, file, from, to) in [
        (
            "subject",
            BULLETIN,
            "subject = \"Prayer",
            format!("subject = \"Prayer{EVIL}"),
        ),
        (
            "subject-lf",
            BULLETIN,
            "subject = \"Prayer",
            "subject = \"Prayer\\nBcc: x@example.org".to_owned(),
        ),
        (
            "subject-nul",
            BULLETIN,
            "subject = \"Prayer",
            "subject = \"Prayer\\u0000".to_owned(),
        ),
        (
            "greeting",
            BULLETIN,
            "greeting = \"Dear",
            format!("greeting = \"Dear{EVIL}"),
        ),
        (
            "sender",
            "epistle.toml",
            "name = \"Prayer",
            format!("name = \"Prayer{EVIL}"),
        ),
        (
            "address",
            "epistle.toml",
            "address = \"prayer",
            format!("address = \"{EVIL}prayer"),
        ),
    ] {
        let trial = Trial::new(&format!("header-{name}"), 3, |_| Answer::Usual);
        trial.site.edit(file, from, &to);
        let ran = trial.site.ends(3, &["send", BULLETIN, "--yes"]);
        assert!(ran.err.contains(&format!("{file}:")), "{name}: {ran:#?}");
        assert_eq!(trial.relay(), [0; 5]);
    }
    // In a list it is the fault of one row. What stands in the body alone becomes one line of it.
    let trial = Trial::new("header-row", 3, |_| Answer::Usual);
    let organisation = "organisation = \"Example";
    trial.site.edit(
        "epistle.toml",
        organisation,
        &format!("{organisation}{EVIL}"),
    );
    let list = trial.site.read("recipients.csv");
    let rows = "e@example.org,\"Eve\r\nBcc: evil@example.org\",\nf@example.org,\"F\0\",\n";
    trial.site.put("recipients.csv", &format!("{list}{rows}"));
    trial.site.ends(3, &["send", BULLETIN, "--yes"]);
    trial
        .site
        .ends(0, &["send", BULLETIN, "--yes", "--skip-invalid"]);
    let letters = trial.site.letters();
    assert_eq!(letters.len(), 3);
    for letter in letters {
        let text = String::from_utf8(letter.message).unwrap();
        let (headers, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(!headers.contains("Bcc") && !headers.contains("evil"));
        assert!(
            !body.contains("\nBcc:") && body.contains("Example Bcc:"),
            "{body}"
        );
    }
}

#[test]
fn fault_55_no_text_ends_a_letter_and_smuggles_in_another() {
    let trial = Trial::new("smuggling", 3, |_| Answer::Usual);
    let evil =
        ".\\n.\\r\\n.\\nMAIL FROM:<evil@example.org>\\nRCPT TO:<victim@example.org>\\nDATA\\nx";
    trial.site.edit(BULLETIN, "Pray for rain.", evil);
    trial.site.edit(
        BULLETIN,
        "greeting_fallback",
        "intro = \"\"\"\nOne\n.\nRCPT TO:<victim@example.org>\n.\n\"\"\"\ngreeting_fallback",
    );
    trial.ends(0, "");
    assert_eq!(trial.relay(), [1, 3, 3, 3, 3]);
    assert_eq!(
        trial.site.got(),
        ["r0@example.org", "r1@example.org", "r2@example.org"]
    );
    for letter in trial.site.letters() {
        let bytes = letter.message;
        assert!(
            bytes
                .windows(3)
                .any(|some| some == b"\n.\r" || some == b"RCP")
        );
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                b'\n' => assert_eq!(bytes[at - 1], b'\r', "a bare line feed"),
                b'\r' => assert_eq!(bytes[at + 1], b'\n', "a bare carriage return"),
                _ => {}
            }
        }
        assert!(bytes.ends_with(b"\r\n"));
    }
}

#[test]
fn fault_56_one_mailbox_gets_one_letter_however_often_and_however_it_is_written() {
    let site = Site::new("send-twice")
        .settings("", "")
        .list("more.csv", "email\nnew@example.org\nAnna@Example.org\n")
        .bulletin("");
    site.edit(
        "epistle.toml",
        "\"recipients.csv\"",
        "\"recipients.csv\", \"more.csv\"",
    );
    let ran = site.ends(0, &["send", BULLETIN, "--yes"]);
    assert_eq!(
        ran.err,
        "warning: more.csv:3: the same mailbox as recipients.csv:2, which counts\n"
    );
    assert_eq!(
        site.got(),
        [
            "anna@example.org",
            "kofi@example.com",
            "li@example.net",
            "new@example.org"
        ]
    );
    assert_eq!(site.json(0, &["status", ID, "--json"])["enrolled"], 4);
}

#[test]
fn fault_57_a_list_that_is_edited_changes_nothing_of_a_run_and_adds_nobody_unasked() {
    let place: Arc<Mutex<PathBuf>> = Arc::default();
    let list = Arc::clone(&place);
    let trial = Trial::new("list-edited", 6, move |scene| {
        if scene.event == Event::Dot && scene.letters == 1 {
            fs::write(
                &*list.lock().unwrap(),
                "email\nr0@example.org\nnew@example.org\n",
            )
            .unwrap();
        }
        Answer::Usual
    });
    *place.lock().unwrap() = trial.site.path("recipients.csv");
    trial.ends(0, "");
    assert_eq!(trial.ledger(), "6 accepted");
    trial.ends(0, "");
    assert_eq!(trial.taken(), 6, "not without a person's word");
    trial
        .site
        .ends(0, &["send", BULLETIN, "--yes", "--add-new"]);
    assert_eq!((trial.taken(), trial.ledger().as_str()), (7, "7 accepted"));

    // Between two runs, who has gone is passed over, and who is new waits for a word.
    let site = Site::new("send-lists-change").bulletin("");
    site.ends(6, &["send", BULLETIN, "--yes", "--limit", "1"]);
    site.put(
        "recipients.csv",
        "email,name\nanna@example.org,Anna\nli@example.net,\nnew@example.org,New\nlate@example.org,Late\n",
    );
    site.ends(
        0,
        &["suppress", "add", "li@example.net", "late@example.org"],
    );
    site.ends(0, &["send", BULLETIN, "--yes"]);
    assert_eq!(site.got(), ["anna@example.org"]);
    let standing = site.json(0, &["status", ID, "--json"]);
    let counts =
        ["enrolled", "accepted", "cancelled", "suppressed", "pending"].map(|key| &standing[key]);
    assert_eq!(counts, [3, 1, 1, 1, 0], "{standing}");
    site.ends(0, &["send", BULLETIN, "--yes", "--add-new"]);
    assert_eq!(site.got(), ["anna@example.org", "new@example.org"]);
}

#[test]
fn fault_58_a_bulletin_that_is_edited_is_finished_as_it_began() {
    let site = Site::new("send-changed").bulletin("");
    let ran = site.ends(6, &["send", BULLETIN, "--yes", "--limit", "1"]);
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", ""));
    site.edit(BULLETIN, "Pray for rain.", "Pray for sun.");
    site.edit(BULLETIN, "subject = \"Prayer", "subject = \"Prayers");
    let told = site.ends(4, &["send", BULLETIN, "--yes"]);
    insta::assert_snapshot!("changed", site.steady(&told.err));
    assert_eq!(site.got().len(), 1);
    site.ends(0, &["send", BULLETIN, "--yes", "--as-begun"]);
    assert_eq!(site.got(), EVERYBODY);

    for letter in site.letters() {
        let text = String::from_utf8(letter.message).unwrap();
        assert!(text.contains("Pray for rain") && text.contains("Subject: Prayer for"));
    }

    let told = site.ends(4, &["send", BULLETIN, "--yes"]);
    insta::assert_snapshot!("changed_after_all_is_sent", site.steady(&told.err));
}

#[test]
fn fault_59_who_is_suppressed_while_letters_go_gets_none() {
    let place: Arc<Mutex<PathBuf>> = Arc::default();
    let folder = Arc::clone(&place);
    let trial = Trial::new("suppressed", 60, move |scene| {
        if scene.event == Event::Dot && scene.letters == 3 {
            // Some who wait in memory already, and the last.
            let gone = ["r6@example.org", "r30@example.org", "r59@example.org"];
            let done = Command::new(env!("CARGO_BIN_EXE_epistle"))
                .args(["suppress", "add"])
                .args(gone)
                .current_dir(&*folder.lock().unwrap())
                .status();
            assert!(done.unwrap().success());
        }
        Answer::Usual
    });
    *place.lock().unwrap() = trial.site.folder.clone();
    trial.ends(0, "");
    assert_eq!(trial.ledger(), "57 accepted, 3 suppressed");
    assert_eq!((trial.relay()[4], trial.taken()), (57, 57));
}
