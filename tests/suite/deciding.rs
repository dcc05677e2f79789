//! What a person decides: how editions stand, letters in doubt or refused, the
//! rest of an edition, people who must not be written to, and a proof first.

use epistle::sandbox::{self, Answer, Event};

use crate::site::{BULLETIN, ID, PEOPLE, Site};

/// A site where Anna's letter is refused, Kofi's is in doubt, and Li's deferred.
fn mixed(name: &str) -> Site {
    let site = Site::scripted(name, |scene| match scene.event {
        Event::Rcpt(path) if path.contains("anna") && scene.connection < 2 => {
            Answer::say("550 5.1.1 <anna@example.org>: no such user")
        }
        Event::Rcpt(path) if path.contains("li@") && scene.connection < 2 => {
            Answer::say("451 4.3.0 <li@example.net>: later")
        }
        Event::Dot if scene.letters == 0 => Answer::Cut,
        _ => Answer::Usual,
    })
    .bulletin("");
    site.edit("epistle.toml", "[batch]", "[batch]\nconnections = 1");
    let ran = site.ends(1, &["send", BULLETIN, "--yes"]);
    ran.names_nobody();
    site
}

#[test]
fn status_tells_what_became_of_one_persons_letter() {
    let site = mixed("status-person");
    site.ends(0, &["retry", ID, "--refused"]);
    let told = site.ends(0, &["status", ID, "Anna@Example.org"]);
    assert_eq!(told.out.lines().count(), 2, "{told:#?}");
    told.names_nobody();
    site.ends(1, &["send", BULLETIN, "--yes"]); // Kofi's is in doubt still
    let shown = site.at_terminal(&format!("status {ID} anna@example.org"), &[]);
    assert!(
        shown
            .out
            .contains("accepted anna@example.org (recipients.csv:2): dot: 250 "),
        "{shown:#?}"
    );
    let letter = site.letter_to("anna@example.org");
    let json = site.json(
        2,
        &[
            "status",
            ID,
            "anna@example.org",
            "eva@example.org",
            "--json",
        ],
    );
    let id = json["letters"][0]["message_id"].as_str().unwrap();
    assert!(letter.contains(&format!("<{id}>")), "{json:#}");
    assert_eq!(json["letters"][0]["state"], "accepted");
    assert_eq!(json["not_enrolled"], serde_json::json!(["eva@example.org"]));
    let missed = site.ends(2, &["status", ID, "eva@example.org"]);
    assert!(
        missed.err.contains("no letter to e***@example.org"),
        "{missed:#?}"
    );
}

/// By a reader of CSV that others wrote.
fn rows_of_csv(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    let rows = reader.records().map(Result::unwrap);
    rows.map(|row| row.iter().map(str::to_owned).collect())
        .collect()
}

#[test]
fn status_gives_every_letter_as_a_row_of_csv() {
    let site = mixed("status-csv");
    let rows = rows_of_csv(&site.ends(0, &["status", ID, "--csv"]).out);
    let one = site.json(0, &["status", ID, "kofi@example.com", "--json"]);
    let one = |what: &str| one["letters"][0][what].as_str().unwrap().to_owned();
    let columns = "email,state,in_doubt,time,stage,reply,due,message_id,file,line";
    assert_eq!(rows[0].join(","), columns);
    assert_eq!(
        rows[2].join(","),
        [
            "kofi@example.com,unknown,yes",
            &one("time"),
            "dot,the server closed the connection,",
            &one("message_id"),
            "recipients.csv,3"
        ]
        .join(",")
    );
    let reply = "550 5.1.1 <anna@example.org>: no such user";
    assert_eq!(rows[1][5], reply);
    assert_eq!(
        rows[3][6],
        site.json(0, &["status", ID, "--json"])["letters"][2]["due"]
    );

    site.sql("UPDATE letter SET reply = '=1+\"1\",' || char(10) || 'x' WHERE line = 2");
    site.sql("UPDATE letter SET state = 'accepted' WHERE line = 4");
    let rows = rows_of_csv(&site.ends(0, &["status", ID, "--csv"]).out);
    assert_eq!(
        rows[1][5], "'=1+\"1\",\\u{a}x",
        "no spreadsheet computes it"
    );
    assert_eq!(rows[3][..3], ["li@example.net", "accepted", "no"]);

    let missing = site.ends(2, &["status", "2018-03-25", "--csv"]);
    assert_eq!(missing.out, "");
    for other in ["--json", "anna@example.org"] {
        site.ends(2, &["status", ID, "--csv", other]);
    }
}

#[test]
fn csv_has_everybody_once_however_many_there_are() {
    let site = mixed("status-csv-many");
    site.sql(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2997) \
         INSERT INTO letter (edition, key, address, file, line, changed) \
         SELECT 1, 'r' || i || '@example.org', 'R' || i || '@example.org', 'more.csv', i, 0 FROM n",
    );
    let rows = rows_of_csv(&site.ends(0, &["status", ID, "--csv"]).out);
    assert_eq!(rows.len(), 1 + 3_000);
    let all: std::collections::HashSet<_> = rows.iter().map(|row| &row[0]).collect();
    assert_eq!(all.len(), rows.len());
    assert!(all.contains(&"R2997@example.org".to_owned()));
}

#[test]
fn the_times_of_letters_are_in_the_zone_of_the_settings() {
    let site = Site::new("status-zone").bulletin("");
    site.edit("epistle.toml", "\"UTC\"", "\"Asia/Tokyo\"");
    site.ends(0, &["send", BULLETIN, "--yes"]);
    site.sql("UPDATE letter SET state = 'deferred', changed = 1774000000000, due = 1774003600000");
    let told = site.ends(0, &["status", ID]);
    let times = "(2026-03-20T18:46:40+09:00, again at 2026-03-20T19:46:40+09:00)";
    assert!(told.out.contains(times), "{told:#?}");
}

#[test]
fn a_letter_that_is_on_its_way_has_no_answer_to_show() {
    let site = Site::new("status-started").bulletin("");
    site.ends(0, &["send", BULLETIN, "--yes"]);
    site.sql("UPDATE letter SET state = 'started', stage = NULL, reply = NULL WHERE line = 2");
    let told = site.ends(0, &["status", ID]);
    assert!(
        told.out.contains("  started  recipients.csv:2 (20"),
        "{told:#?}"
    );
}

#[test]
fn status_tells_all_and_one() {
    let site = Site::new("status-none");
    let ran = site.ends(0, &["status"]);
    assert_eq!(ran.out, "No edition has begun.\n");
    assert_eq!(
        site.json(0, &["status", "--json"])["editions"],
        serde_json::json!([])
    );
    assert_eq!(
        site.files("epistle."),
        ["epistle.toml"],
        "to look makes nothing"
    );

    let site = mixed("status");
    let all = site.ends(0, &["status"]);
    assert_eq!(
        all.out,
        "2026-03-20: 3 enrolled: 0 accepted, 1 deferred, 1 refused, 1 unknown\n"
    );
    let one = site.ends(0, &["status", ID]);
    insta::assert_snapshot!("status", masked_digest(&site.steady(&one.out)));
    one.names_nobody();
    let shown = site.at_terminal(&format!("status {ID}"), &[]);
    insta::assert_snapshot!(
        "status_at_a_terminal",
        masked_digest(&site.steady(&shown.out))
    );
    let json = site.json(0, &["status", ID, "--json"]);
    assert_eq!(
        [&json["refused"], &json["unknown"], &json["deferred"]],
        [1, 1, 1]
    );
    assert_eq!(json["letters"].as_array().unwrap().len(), 3);
    let readme = std::fs::read_to_string(crate::support::path("README.md")).unwrap();
    let keys = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect();
    let all_keys: [Vec<String>; 2] = [keys(&json), keys(&json["letters"][0])];
    for key in all_keys.concat() {
        assert!(readme.contains(&format!("`{key}`")), "{key}");
    }
    let all = site.json(0, &["status", "--json"]);
    assert_eq!(all["editions"][0]["edition"], ID);
    let told = site.ends(2, &["status", "2026-03-02"]);
    insta::assert_snapshot!("no_such_edition", told.err);
}

#[test]
fn where_nobody_is_left_nothing_is_next() {
    let site = Site::new("status-nothing-next").bulletin("");
    site.ends(0, &["send", BULLETIN, "--yes"]);
    let shown = site.at_terminal("status", &[]).out;
    assert!(shown.contains("Next: nothing. "), "{shown}");
}

/// The digest, which other tests look at.
fn masked_digest(text: &str) -> String {
    let start = text.find("digest ").unwrap() + "digest ".len();
    format!("{}DIGEST{}", &text[..start], &text[start + 64..])
}

#[test]
fn letters_in_doubt_are_decided_on_one_by_one() {
    let site = mixed("resolve");
    let list = site.ends(0, &["resolve", ID]);
    assert!(
        list.out.contains("recipients.csv:3") && list.out.lines().count() == 2,
        "{list:?}"
    );
    list.names_nobody();
    let shown = site.at_terminal(&format!("resolve {ID}"), &["\n"]);
    let id = site.json(0, &["resolve", ID, "--json"])["letters"][0]["message_id"].clone();
    let shown = site.steady(&shown.out).replace(id.as_str().unwrap(), "ID");
    insta::assert_snapshot!("resolve_at_a_terminal", shown);
    assert_eq!(
        site.json(0, &["resolve", ID, "--json"])["letters"][0]["address"],
        "kofi@example.com"
    );

    let told = site.ends(2, &["resolve", ID, "--arrived", "anna@example.org"]);
    insta::assert_snapshot!("not_in_doubt", told.err);
    site.ends(2, &["resolve", ID, "--arrived"]);
    site.ends(2, &["resolve", ID, "kofi@example.com"]);
    site.ends(2, &["resolve", ID, "--arrived", "--leave", "--all"]);
    site.ends(2, &["resolve", ID, "--arrived", "kofi"]);
    let counts = |site: &Site| {
        let json = site.json(0, &["status", ID, "--json"]);
        ["accepted", "cancelled", "pending", "unknown"].map(|key| json[key].as_u64().unwrap())
    };
    assert_eq!(
        counts(&site),
        [0, 0, 0, 1],
        "nothing of it has changed anything"
    );
    let ran = site.ends(0, &["resolve", ID, "--arrived", "KOFI@Example.com"]);
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", ""));
    assert_eq!(counts(&site), [1, 0, 0, 0]);

    let site = mixed("resolve-leave");
    assert_eq!(
        site.json(0, &["resolve", ID, "--leave", "--all", "--json"])["changed"],
        1
    );
    assert_eq!(counts(&site), [0, 1, 0, 0]);
    let site = mixed("resolve-again");
    site.ends(0, &["resolve", ID, "--send-again", "--all"]);
    assert_eq!(counts(&site), [0, 0, 1, 0]);
    site.ends(1, &["send", BULLETIN, "--yes"]);
    assert_eq!(site.got(), ["kofi@example.com"]);
}

#[test]
fn the_question_explains_itself_and_decides_nothing_by_itself() {
    let site = mixed("resolve-question");
    let resolve = format!("resolve {ID}");
    let unknown = |site: &Site| site.json(0, &["status", ID, "--json"])["unknown"].clone();
    let asked = site.at_terminal(&resolve, &["?\n", "agian\n", "q\n"]);
    assert_eq!((asked.code, unknown(&site)), (0, 1.into()));
    let id = site.json(0, &["resolve", ID, "--json"])["letters"][0]["message_id"].clone();
    let shown = site.steady(&asked.out).replace(id.as_str().unwrap(), "ID");
    insta::assert_snapshot!("resolve_explained", shown);
    // The end of the input, on a line of its own or behind a word without Enter.
    for end in ["\x04", "arrived\x04\x04"] {
        let ended = site.at_terminal(&resolve, &[end]);
        assert_eq!((ended.code, unknown(&site)), (0, 1.into()), "{ended:#?}");
        assert!(ended.tells("\n1 letter is left undecided"), "{ended:#?}");
    }
    let decided = site.at_terminal(&resolve, &["Arrived\n"]);
    assert_eq!((decided.code, unknown(&site)), (0, 0.into()));
    assert!(!decided.tells("undecided, and"), "{decided:#?}");
}

#[test]
fn a_letter_that_was_left_may_have_arrived() {
    let site = mixed("status-left");
    site.ends(0, &["resolve", ID, "--leave", "--all"]);
    site.ends(0, &["cancel", ID, "--yes"]); // Li's, which was put off
    let told = "It may have arrived: nobody knew, and it was left so. It is not sent again.";
    let kofi = site.ends(0, &["status", ID, "kofi@example.com"]);
    assert!(kofi.tells("cancelled") && kofi.tells(told), "{kofi:#?}");
    let li = site.ends(0, &["status", ID, "li@example.net"]);
    assert!(li.tells("cancelled") && !li.tells(told), "{li:#?}");
    let both = ["status", ID, "kofi@example.com", "li@example.net", "--json"];
    let json = site.json(0, &both);
    let in_doubt = [0, 1].map(|at| json["letters"][at]["in_doubt"].clone());
    assert_eq!(in_doubt, [true, false]);
    site.ends(0, &["report", ID]);
    let page = site.read(&format!("report-{ID}.html"));
    let meaning =
        "not to be sent; or not again, where a person left it so though it may have arrived";
    assert!(page.contains(meaning), "{page}");

    // What was put off at its dot has not been taken; nor what nobody has tried.
    let site = Site::scripted("status-put-off", |scene| match scene.event {
        Event::Dot => Answer::say("451 4.3.0 later"),
        _ => Answer::Usual,
    })
    .bulletin("");
    site.ends(6, &["send", BULLETIN, "--yes", "--limit", "1"]);
    site.ends(0, &["cancel", ID, "--yes"]);
    for address in ["anna@example.org", "kofi@example.com"] {
        let ran = site.ends(0, &["status", ID, address]);
        assert!(ran.tells("cancelled") && !ran.tells(told), "{ran:#?}");
    }
}

#[test]
fn refused_and_deferred_letters_are_tried_again_on_a_word() {
    let site = mixed("retry");
    site.ends(2, &["retry", ID]);
    site.ends(2, &["retry", ID, "--refused", "--deferred"]);
    site.ends(2, &["retry", ID, "--refused", "li@example.net"]);
    site.ends(1, &["send", BULLETIN, "--yes"]);
    assert!(site.got().is_empty(), "by itself nothing of it is sent");
    site.ends(0, &["retry", ID, "--refused", "anna@example.org"]);
    site.ends(0, &["retry", ID, "--deferred"]);
    let none = site.ends(0, &["retry", ID, "--deferred"]);
    assert_eq!(none.out, "");
    site.ends(1, &["send", BULLETIN, "--yes"]);
    assert_eq!(site.got(), ["anna@example.org", "li@example.net"]);
}

#[test]
fn a_person_confirms_what_is_cancelled() {
    let site = Site::new("cancel").bulletin("");
    let told = site.ends(2, &["cancel", ID]);
    assert!(told.err.contains("nothing has been sent"), "{told:?}");
    site.ends(6, &["send", BULLETIN, "--yes", "--limit", "1"]);
    let told = site.ends(4, &["cancel", ID]);
    insta::assert_snapshot!("cancel_unasked", told.err);
    let no = site.at_terminal(&format!("cancel {ID}"), &["2\n"]);
    assert_eq!(no.code, 4);
    insta::assert_snapshot!("cancel_not_confirmed", no.out);
    let yes = site.at_terminal(&format!("cancel {ID}"), &["yes\n"]);
    assert_eq!(yes.code, 0);
    insta::assert_snapshot!("cancel", yes.out);
    site.ends(0, &["send", BULLETIN, "--yes"]);
    assert_eq!(site.got().len(), 1);
    assert_eq!(
        site.json(0, &["cancel", ID, "--yes", "--json"])["changed"],
        0
    );
    site.ends(2, &["cancel", "other", "--yes"]);
}

#[test]
fn suppressions_are_added_listed_and_removed() {
    let site = Site::new("suppress").bulletin("");
    let list = site.ends(0, &["suppress", "list"]);
    assert_eq!((list.out.as_str(), list.err.as_str()), ("", ""));
    assert_eq!(
        site.files("epistle."),
        ["epistle.toml"],
        "to look makes nothing"
    );
    let reason = "asked by\ttelephone";
    site.ends(
        0,
        &["suppress", "add", "ANNA@example.org", "--reason", reason],
    );
    assert_eq!(site.mode("epistle.db"), 0o600);
    assert_eq!(site.mode("epistle.key"), 0o600);
    let again = site.json(
        0,
        &[
            "suppress",
            "add",
            "anna@example.org",
            "b@example.org",
            "--json",
        ],
    );
    assert_eq!([&again["added"], &again["known"]], [1, 1]);
    assert_eq!(again["strangers"], serde_json::json!(["b@example.org"]));
    let list = site.json(0, &["suppress", "list", "--json"]);
    assert_eq!(list["suppressions"][0]["address"], "anna@example.org");
    assert_eq!(list["suppressions"][0]["reason"], reason);
    let rows = site.ends(0, &["suppress", "list"]).out;
    let columns: Vec<_> = rows.lines().map(|row| row.split('\t').count()).collect();
    assert_eq!(columns, [3, 3], "{rows}");
    site.ends(0, &["send", BULLETIN, "--yes"]);
    assert_eq!(site.got(), ["kofi@example.com", "li@example.net"]);

    site.ends(0, &["suppress", "remove", "anna@example.org"]);
    let told = site.ends(
        2,
        &["suppress", "remove", "anna@example.org", "b@example.org"],
    );
    insta::assert_snapshot!("not_suppressed", told.err);
    site.ends(2, &["suppress", "add"]);
    site.ends(2, &["suppress", "add", "anna"]);
}

#[test]
fn whoever_suppresses_an_address_that_nothing_knows_is_told_so() {
    let site = Site::new("suppress-stranger").bulletin("");
    let add = |whom: &str| site.at_terminal(&format!("suppress add {whom}"), &[]).out;
    let told = add("anna@exmaple.org kofi@example.com");
    assert!(
        told.contains("2 people will not be written to again. No list and no letter so far is for anna@exmaple.org: look at the spelling."),
        "{told}"
    );
    // One who was written to, and has left the lists since, is no stranger.
    site.ends(0, &["send", BULLETIN, "--yes"]);
    site.put("recipients.csv", "email\nli@example.net\n");
    let told = add("anna@example.org");
    assert!(
        told.contains("1 person") && !told.contains("spelling"),
        "{told}"
    );
    // Nor may one be who perhaps stands on a list that can't be read.
    site.put("recipients.csv", "name\nAnna\n");
    assert!(!add("ben@example.org").contains("spelling"));
}

/// The token in the subject that `List-Unsubscribe` asks for.
fn token(letter: &str) -> String {
    let unfolded = letter.replace("\r\n ", " ");
    let header = unfolded
        .lines()
        .find(|line| line.starts_with("List-Unsubscribe:"))
        .unwrap();
    let at = header.find("unsubscribe%20").unwrap() + "unsubscribe%20".len();
    let token = header[at..].chars().take_while(|char| *char != '>');
    token.collect()
}

#[test]
fn a_token_of_a_letter_tells_whose_it_is() {
    let site = Site::new("token").bulletin("");
    site.ends(0, &["send", BULLETIN, "--yes"]);
    let token = token(&site.letter_to("kofi@example.com"));
    assert_eq!(token.len(), 22);
    site.put("recipients.csv", "email\nanna@example.org\n"); // it was he who was enrolled
    let ran = site.ends(
        0,
        &[
            "suppress",
            "add",
            "--token",
            &token,
            "--reason",
            "unsubscribed",
        ],
    );
    ran.names_nobody();
    let list = site.json(0, &["suppress", "list", "--json"]);
    assert_eq!(list["suppressions"][0]["address"], "kofi@example.com");
    // As a person copies it: the whole subject.
    let subject = format!("unsubscribe {token} ");
    let told = site.json(0, &["suppress", "add", "--token", &subject, "--json"]);
    assert_eq!([&told["added"], &told["known"]], [0, 1]);
    let told = site.ends(2, &["suppress", "add", "--token", "-AAAAAAAAAAAAAAAAAAAAA"]);
    insta::assert_snapshot!("unknown_token", told.err);
    assert_eq!(
        site.json(0, &["suppress", "list", "--json"])["suppressions"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_proof_is_marked_and_begins_nothing() {
    let site = Site::new("proof").bulletin("");
    site.edit(BULLETIN, "\"ready\"", "\"draft\"");
    let proof = [
        "proof",
        BULLETIN,
        "--to",
        "office@example.org",
        "--name",
        "Office",
    ];
    for _ in 0..2 {
        let ran = site.ends(0, &proof);
        assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", ""));
    }
    let letters = site.letters();
    let header = |index: usize, name: &str| {
        let text = String::from_utf8(letters[index].message.clone()).unwrap();
        let mut lines = text.lines();
        lines
            .find(|line| line.starts_with(name))
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        header(0, "Subject:"),
        "Subject: [Proof] Prayer for the week"
    );
    assert_ne!(header(0, "Message-ID:"), header(1, "Message-ID:"));
    assert!(String::from_utf8_lossy(&letters[0].message).contains("Dear Office,"));
    assert_eq!(
        site.files("epistle."),
        ["epistle.toml"],
        "no ledger, no key, no edition"
    );

    let site = site.bulletin("");
    site.ends(0, &["send", BULLETIN, "--yes"]);
    let of_proof = token(&String::from_utf8(letters[0].message.clone()).unwrap());
    site.put("recipients.csv", &format!("{PEOPLE}office@example.org,,\n"));
    site.ends(2, &["suppress", "add", "--token", &of_proof]);
    let shown = site.at_terminal(&format!("proof {BULLETIN} --to office@example.org"), &[]);
    insta::assert_snapshot!("proof", site.steady(&shown.out));
    site.ends(2, &["proof", BULLETIN]);
    site.ends(2, &["proof", BULLETIN, "--to", "office"]);
}

#[test]
fn a_proof_whose_sender_is_refused_is_followed_by_no_other() {
    // This server waits for a message all the same.
    let site = Site::scripted("proof-sender", |scene| match scene.event {
        Event::Mail(_) => Answer::say("550 5.1.8 no such sender"),
        Event::Rcpt(_) => Answer::say("250 2.1.5 ok"),
        Event::Data => Answer::say("354 go on"),
        _ => Answer::Usual,
    })
    .bulletin("");
    let to = ["--to", "anna@example.org", "--to", "kofi@example.com"];
    let told = site.epistle(&[&["proof", BULLETIN], &to[..]].concat());
    assert!(
        told.tells("MAIL: the server said 550 5.1.8") && told.tells("not tried"),
        "{told:?}"
    );
    assert!(site.got().is_empty());
}

#[test]
fn a_proof_that_is_not_taken_says_so_without_the_address() {
    let site = Site::scripted("proof-refused", |scene| match scene.event {
        Event::Rcpt(path) if path.contains("anna") => {
            Answer::say("550 5.1.1 <anna@example.org>: Anna has moved")
        }
        _ => Answer::Usual,
    })
    .bulletin("");
    let both = [
        "proof",
        BULLETIN,
        "--to",
        "anna@example.org",
        "--to",
        "kofi@example.com",
    ];
    let told = site.ends(1, &both);
    assert!(!told.tells("anna") && !told.tells("Anna"), "{told:?}");
    insta::assert_snapshot!("proof_refused", told.err);
    assert_eq!(site.got(), ["kofi@example.com"]);
    let shown = site.at_terminal(&both.join(" "), &[]);
    insta::assert_snapshot!("proof_refused_at_a_terminal", site.steady(&shown.out));
    let json = site.json(1, &[&both[..], &["--json"]].concat());
    assert_eq!(json["proofs"][0]["address"], "anna@example.org");
    assert_eq!(
        [
            &json["proofs"][0]["accepted"],
            &json["proofs"][1]["accepted"]
        ],
        [false, true]
    );

    let site = Site::with(
        "proof-login",
        sandbox::Options {
            login: Some(("prayer".to_owned(), "right".to_owned())),
            ..sandbox::Options::default()
        },
    )
    .settings("", "user = \"prayer\"\npassword_env = \"EPISTLE_PASSWORD\"")
    .bulletin("");
    let told = site.ends(5, &both);
    insta::assert_snapshot!("no_password", told.err);
    let output = site
        .command(&both)
        .env("EPISTLE_PASSWORD", "hunter2-geheim")
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(5), "{told}");
    assert!(
        !told.contains("hunter2") && !told.contains("anna@"),
        "{told}"
    );
    insta::assert_snapshot!("proof_wrong_password", told);
}
