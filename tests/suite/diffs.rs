//! What differs from the last edition, as `epistle diff` tells it.

use std::fs;
use std::time::SystemTime;

use epistle::diff::{self, Diff, Origin};
use epistle::edition::{Edition, Outline};
use epistle::ledger::{
    Beginning, Enrol, Enrolment, Ledger, Mark, SqliteLedger, State, key_path, last_before,
};
use epistle::letter::Frozen;
use epistle::people::Secret;
use epistle::settings::Settings;

use crate::command_line::{Folder, err, out};
use crate::support;

const LAST: &str = "2026-03-13.toml";
const THIS: &str = "2026-03-20.toml";

fn week(name: &str) -> String {
    fs::read_to_string(support::path(&format!("tests/fixtures/weeks/{name}"))).unwrap()
}

/// A folder with the settings of the example and both weeks.
fn weeks(name: &str) -> Folder {
    let folder = Folder::new(name);
    fs::create_dir_all(folder.0.join("bulletins")).unwrap();
    folder
        .write("epistle.toml", epistle::settings::EXAMPLE)
        .write(&format!("bulletins/{LAST}"), week(LAST))
        .write(&format!("bulletins/{THIS}"), week(THIS));
    folder
}

fn edition(relative: &str) -> Edition {
    Edition::freeze(&support::issue(relative), &Settings::example().sender)
}

fn outline(relative: &str) -> Outline {
    edition(relative).base.outline
}

/// Puts an edition into a ledger, sent to one person with this outcome.
fn begin(ledger: &mut SqliteLedger, edition: &Edition, outcome: State) {
    let frozen = Frozen::new(
        edition,
        &edition.base,
        support::date(),
        &Secret::new([7; 32]),
    );
    let versions = vec![("en".to_owned(), frozen.to_bytes())];
    begin_with(ledger, edition, versions, outcome);
}

fn begin_with(
    ledger: &mut SqliteLedger,
    edition: &Edition,
    versions: Vec<(String, Vec<u8>)>,
    outcome: State,
) {
    let anna = Enrolment {
        key: "anna@example.org".to_owned(),
        address: "anna@example.org".to_owned(),
        name: None,
        language: None,
        file: "list.csv".to_owned(),
        line: 2,
    };
    ledger
        .call_roll(&mut |roll: &mut dyn Enrol| {
            roll.add(&anna).unwrap();
        })
        .unwrap();
    let beginning = Beginning {
        id: edition.id.clone(),
        digest: edition.digest.to_string(),
        audience: edition.audience.clone(),
        date: "2026-03-13T06:00:00+00:00".to_owned(),
        program: "0.1.0".to_owned(),
        versions,
    };
    ledger.begin(&beginning).unwrap();
    let now = SystemTime::now();
    let letter = ledger.claim(&edition.id, 0, 1, now).unwrap()[0].letter;
    let mark = Mark {
        letter,
        state: outcome,
        due: None,
        told: None,
    };
    ledger.record(&[mark], now).unwrap();
}

fn ledger(folder: &Folder) -> SqliteLedger {
    let path = folder.0.join("epistle.db");
    SqliteLedger::open(&path, &key_path(&path)).unwrap()
}

#[test]
fn every_kind_of_difference_is_told() {
    let folder = weeks("diff-all");
    let output = folder.run(&["diff", "bulletins/2026-03-20.toml"]);
    assert_eq!(output.status.code(), Some(0));
    insta::assert_snapshot!("weeks", out(&output));
    let readme = fs::read_to_string(support::path("README.md")).unwrap();
    let shown = readme.split("```text\n").nth(1).unwrap();
    let shown = shown.split("```").next().unwrap();
    assert!(out(&output).starts_with(shown), "the README shows {shown}");
    insta::assert_snapshot!("weeks_warnings", err(&output));
}

#[test]
fn json_tells_the_same() {
    let folder = weeks("diff-json");
    let output = folder.run(&["diff", "--json", "bulletins/2026-03-20.toml"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["compared_with"]["edition"], "2026-03-13");
    assert_eq!(json["compared_with"]["found_in"], "file");
    assert_eq!(json["compared_with"]["draft"], false);
    let counts = serde_json::json!({"same": 0, "changed": 3, "new": 2, "gone": 2});
    assert_eq!(json["counts"], counts);
    assert_eq!(json["findings"][0]["code"], "same-preheader");
    let fields = json["changes"]["fields"].as_array().unwrap();
    let subject = fields.iter().find(|field| field["name"] == "subject");
    assert_eq!(
        subject.unwrap()["pieces"][1],
        serde_json::json!({"is": "gone", "words": "13 "})
    );
}

#[test]
fn the_same_bulletin_differs_in_nothing() {
    let one = outline("tests/fixtures/everything.toml");
    let diff = Diff::between(&one, &one);
    assert!(diff.is_empty());
    assert_eq!(diff.counts().same, 7);
    let other = outline("bulletins/2018-03-18.toml");
    assert!(!Diff::between(&one, &other).is_empty());
}

#[test]
fn where_there_is_nothing_before_it_that_is_said() {
    let folder = weeks("diff-none");
    let output = folder.run(&["diff", "bulletins/2026-03-13.toml"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        out(&output),
        "2026-03-13: there is no edition before it to compare with.\n"
    );
    let output = folder.run(&["diff", "--json", "bulletins/2026-03-13.toml"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(json["compared_with"].is_null() && json["changes"].is_null());
}

#[test]
fn a_bulletin_with_faults_ends_with_3() {
    let folder = weeks("diff-faults");
    folder.write("bulletins/2026-03-20.toml", "id = 2\n");
    let output = folder.run(&["diff", "bulletins/2026-03-20.toml"]);
    assert_eq!(
        (output.status.code(), out(&output)),
        (Some(3), String::new())
    );
    assert!(err(&output).contains("wrong-type"));
}

#[test]
fn the_ledger_counts_more_than_the_files() {
    let folder = weeks("diff-ledger");
    let sent = edition("tests/fixtures/weeks/2026-03-13.toml");
    begin(&mut ledger(&folder), &sent, State::Accepted);
    // The file has changed since, and is not what readers have seen.
    folder.write(
        "bulletins/2026-03-13.toml",
        week(LAST).replace("13 March", "13 MARCH"),
    );
    let output = folder.run(&["diff", "--json", "bulletins/2026-03-20.toml"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["compared_with"]["found_in"], "ledger");
    assert_eq!(json["compared_with"]["began"], "2026-03-13T06:00:00+00:00");
    let fields = json["changes"]["fields"].as_array().unwrap();
    let subject = fields.iter().find(|field| field["name"] == "subject");
    let words = subject.unwrap()["pieces"].to_string();
    assert!(
        words.contains("March") && !words.contains("MARCH"),
        "{words}"
    );
    let shown = out(&folder.run(&["diff", "bulletins/2026-03-20.toml"]));
    assert!(
        shown.starts_with(
            "2026-03-20 compared with 2026-03-13, as it was sent from 2026-03-13T06:00:00+00:00 on.\n"
        ),
        "{shown}"
    );
    // Looking leaves nothing behind.
    assert!(!folder.0.join("epistle.db-wal").exists());
}

#[test]
fn an_edition_is_compared_with_what_began_before_it_and_went_out() {
    let folder = Folder::new("diff-order");
    let mut ledger = ledger(&folder);
    let path = folder.0.join("epistle.db");
    let before = |id: &str, audience: Option<&str>| {
        last_before(&path, id, audience)
            .unwrap()
            .map(|last| last.id)
    };
    assert_eq!(before("a", None), None);
    let mut edition = edition("tests/fixtures/weeks/2026-03-13.toml");
    for (id, audience, outcome) in [
        ("a", None, State::Accepted),
        ("b", Some("staff"), State::Unknown),
        ("c", None, State::Refused),
        ("d", None, State::Accepted),
    ] {
        edition.id = id.to_owned();
        edition.audience = audience.map(str::to_owned);
        begin(&mut ledger, &edition, outcome);
    }
    assert_eq!(before("e", None), Some("d".to_owned()));
    assert_eq!(
        before("d", None),
        Some("a".to_owned()),
        "c was refused, b is for others"
    );
    assert_eq!(before("d", Some("staff")), Some("b".to_owned()));
    assert_eq!(
        before("d", Some("choir")),
        Some("b".to_owned()),
        "any, rather than none"
    );
    assert_eq!(before("a", None), None);
}

#[test]
fn an_edition_that_an_earlier_program_has_frozen_is_compared_by_its_file() {
    let folder = weeks("diff-earlier");
    let sent = edition("tests/fixtures/weeks/2026-03-13.toml");
    let frozen = Frozen::new(&sent, &sent.base, support::date(), &Secret::new([7; 32]));
    let mut json: serde_json::Value = serde_json::from_slice(&frozen.to_bytes()).unwrap();
    json.as_object_mut().unwrap().remove("outline").unwrap();
    let versions = vec![("en".to_owned(), serde_json::to_vec(&json).unwrap())];
    begin_with(&mut ledger(&folder), &sent, versions, State::Accepted);
    let output = folder.run(&["diff", "--json", "bulletins/2026-03-20.toml"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["compared_with"]["found_in"], "file");
    assert_eq!(json["compared_with"]["edition"], "2026-03-13");
}

#[test]
fn a_ledger_that_cannot_be_read_ends_with_5() {
    let folder = weeks("diff-damaged");
    folder.write(
        "epistle.db",
        "this is no ledger, but long enough to look at",
    );
    let output = folder.run(&["diff", "bulletins/2026-03-20.toml"]);
    assert_eq!(output.status.code(), Some(5));
    assert!(err(&output).contains("epistle.db"), "{}", err(&output));
    // A preview is made all the same, and says what it doesn't know.
    let output = folder.run(&["preview", "bulletins/2026-03-20.toml"]);
    assert_eq!(output.status.code(), Some(0));
    insta::assert_snapshot!("last_unknown", err(&output));
    let page = fs::read_to_string(folder.0.join("preview/2026-03-20.html")).unwrap();
    assert!(page.contains("what is new can't be told"));
}

#[test]
fn of_the_files_the_one_before_by_date_counts() {
    let folder = weeks("diff-files");
    let write = |name: &str, date: &str, status: &str| {
        let id = name.split('.').next().unwrap();
        let language = name.split('.').nth(1).unwrap_or("en");
        let text = week(LAST)
            .replace("\"2026-03-13\"", &format!("\"{id}\""))
            .replace("language = \"en\"", &format!("language = \"{language}\""))
            .replace("date = 2026-03-13", &format!("date = {date}"))
            .replace("\"ready\"", &format!("\"{status}\""));
        folder.write(&format!("bulletins/{name}.toml"), text);
    };
    write("later", "2026-03-27", "ready");
    write("zz", "2026-03-01", "ready");
    write("2026-03-13.de", "2026-03-13", "ready"); // a sibling is no edition
    write("a-draft", "2026-03-15", "draft");
    let settings = Settings {
        bulletins: folder.0.join("bulletins"),
        ledger: folder.0.join("none.db"),
        ..Settings::example()
    };
    let checked = support::checked("tests/fixtures/weeks/2026-03-20.toml");
    let last = || diff::last(checked.bulletin(), &settings).unwrap().unwrap();
    assert_eq!(last().id, "a-draft");
    assert!(matches!(last().origin, Origin::File { draft: true, .. }));
    // One that can't be read is passed over.
    folder.write("bulletins/a-draft.toml", "date = 2026-03-15\n");
    assert_eq!(last().id, "2026-03-13");
}

#[test]
fn what_was_left_as_it_was_is_warned_of() {
    let last = |relative: &str| diff::Last {
        id: "last".to_owned(),
        origin: Origin::Ledger {
            began: String::new(),
        },
        outlines: vec![("en".parse().unwrap(), outline(relative))],
    };
    let issue = support::issue("tests/fixtures/weeks/2026-03-20.toml");
    let codes = |last: &diff::Last| {
        let findings = diff::repeated(&issue, last);
        findings
            .iter()
            .map(|finding| finding.code)
            .collect::<Vec<_>>()
    };
    let all = diff::repeated(&issue, &last("tests/fixtures/weeks/2026-03-20.toml"));
    insta::assert_snapshot!("repeated", support::drawn(&all));
    assert_eq!(
        codes(&last("tests/fixtures/weeks/2026-03-20.toml")),
        ["same-date", "same-subject", "same-preheader"]
    );
    assert_eq!(
        codes(&last("tests/fixtures/weeks/2026-03-13.toml")),
        ["same-preheader"]
    );
}

#[test]
fn a_hostile_bulletin_is_compared_in_bounded_time() {
    let many = |word: &str, count: usize| Outline {
        sections: vec![epistle::edition::Section {
            items: (0..count)
                .map(|number| epistle::edition::Item {
                    words: format!("{word} {}", number % 7),
                    ..Default::default()
                })
                .collect(),
            ..Default::default()
        }],
        ..Outline::default()
    };
    let start = std::time::Instant::now();
    let diff = Diff::between(&many("before", 30_000), &many("now", 30_000));
    let counts = diff.counts();
    assert_eq!(counts.same + counts.changed + counts.new, 30_000);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}
