//! Runs that only fail are ended before they do more harm: who is charged, what
//! is said, and that nothing goes on without a person's word.

use std::sync::{Arc, Mutex};

use epistle::delivery::{Ending, Stop};
use epistle::ledger::State;
use epistle::sandbox::{Answer, Event};

use crate::delivery::{Field, script, to};
use crate::site::{BULLETIN, ID, Site};

/// The number in `r17@example.org`.
fn number(path: &str) -> u64 {
    let digits: String = path.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

fn people(count: usize) -> String {
    let rows = (0..count).map(|index| format!("r{index}@example.org\n"));
    "email\n".to_owned() + &rows.collect::<String>()
}

#[test]
fn a_list_of_the_dead_ends_the_run_until_a_person_says_otherwise() {
    let asked = Arc::new(Mutex::new(0_u64));
    let count = Arc::clone(&asked);
    let site = Site::scripted("dead-list", move |scene| match scene.event {
        Event::Rcpt(path) => {
            *count.lock().unwrap() += 1;
            if number(path) % 2 == 1 {
                Answer::say("550 5.1.1 no such user")
            } else {
                Answer::Usual
            }
        }
        _ => Answer::Usual,
    })
    .list("recipients.csv", &people(200))
    .bulletin("send_at = 2026-03-20T06:00:00Z\nsend_within = \"3650 days\"");
    let cron = site.cron();
    assert_eq!(cron.code, 5, "{cron:#?}");
    for words in ["refused", "epistle status 2026-03-20", "--anyway"] {
        assert!(cron.err.contains(words), "{words}: {}", cron.err);
    }
    // By the same command alone nothing goes on, and nothing says that it would.
    let next = "with --anyway";
    assert!(cron.err.contains(next), "{}", cron.err);
    let page = site.read(&format!("report-{ID}.html"));
    assert!(page.contains(next), "{page}");
    site.ends(0, &["report", ID]);
    let page = site.read(&format!("report-{ID}.html"));
    let status = site.ends(0, &["status", ID]).out;
    for told in [page, status] {
        assert!(
            told.contains("--anyway") && !told.contains("goes on with it"),
            "{told}"
        );
        assert!(!told.contains("with its bulletin, goes on"), "{told}");
    }
    let report = site.json(0, &["status", ID, "--json"]);
    let refused = report["refused"].as_u64().unwrap();
    assert!((20..25).contains(&refused), "{refused}");
    assert!(report["pending"].as_u64().unwrap() > 100);
    assert_eq!(
        site.got().len() as u64,
        report["accepted"].as_u64().unwrap()
    );

    // It stays so, and nobody is connected to.
    let (before, connections) = (*asked.lock().unwrap(), site.connections());
    assert_eq!(site.cron().code, 5);
    site.ends(5, &["send", BULLETIN, "--yes"]);
    assert_eq!(
        (*asked.lock().unwrap(), site.connections()),
        (before, connections)
    );

    site.ends(1, &["send", BULLETIN, "--yes", "--anyway"]);
    let report = site.json(0, &["status", ID, "--json"]);
    assert_eq!(
        (&report["accepted"], &report["refused"]),
        (&100.into(), &100.into())
    );
    assert_eq!(site.got().len(), 100);
}

#[test]
fn a_few_dead_addresses_end_nothing() {
    let field = Field::new(
        "few-dead",
        300,
        script(|scene| match scene.event {
            Event::Rcpt(path) if number(path) % 5 == 4 => Answer::say("550 5.1.1 no such user"),
            _ => Answer::Usual,
        }),
    );
    let (ending, counts) = field.run();
    assert!(matches!(ending, Ending::Finished), "{ending:?}");
    assert_eq!(counts.of(State::Refused), 60);
    field.assert_exact(&counts);
}

#[test]
fn more_than_five_doubts_in_a_hundred_end_the_run_and_name_the_way_on() {
    let site = Site::scripted("doubts", |scene| match scene.event {
        Event::Dot if scene.letters % 10 == 9 => Answer::TakeAndCut,
        _ => Answer::Usual,
    })
    .list("recipients.csv", &people(300))
    .bulletin("");
    let ran = site.ends(5, &["send", BULLETIN, "--yes"]);
    assert!(ran.err.contains("epistle resolve 2026-03-20"), "{ran:#?}");
    let report = site.json(0, &["status", ID, "--json"]);
    let unknown = report["unknown"].as_u64().unwrap();
    assert!((6..=9).contains(&unknown), "{unknown}");
    let got = site.got().len();
    site.ends(5, &["send", BULLETIN, "--yes"]);
    assert_eq!(site.got().len(), got);
    let mut once = site.got();
    once.dedup();
    assert_eq!(once.len(), got, "nobody got it twice");
}

#[test]
fn five_refusals_in_the_same_words_at_the_dot_are_a_block_and_charge_nobody() {
    let field = Field::new(
        "blocked",
        300,
        script(|scene| match scene.event {
            Event::Dot if scene.letters >= 100 => Answer::Say(
                format!(
                    "554 5.7.1 [{:X}] looks like spam\r\n",
                    scene.letters * 7_919
                )
                .into_bytes(),
            ),
            _ => Answer::Usual,
        }),
    );
    let (ending, counts) = field.run();
    assert!(
        matches!(&ending, Ending::Halted(told) if told.contains("looks like spam")),
        "{ending:?}"
    );
    assert_eq!(
        [State::Accepted, State::Pending, State::Refused].map(|state| counts.of(state)),
        [100, 200, 0]
    );
    field.assert_exact(&counts);
    let connections = field.server.connections();
    let (again, _) = field.run();
    assert!(matches!(again, Ending::Halted(_)), "{again:?}");
    assert_eq!(field.server.connections(), connections);
}

#[test]
fn one_letter_that_is_refused_at_the_dot_is_refused_alone() {
    for people in [20, 300] {
        let bad = Arc::new(Mutex::new(None));
        let which = Arc::clone(&bad);
        let field = Field::new(
            &format!("one-blocked-{people}"),
            people,
            script(move |scene| {
                if to(&scene.event, 7) {
                    *which.lock().unwrap() = Some(scene.connection);
                }
                match scene.event {
                    Event::Dot if *which.lock().unwrap() == Some(scene.connection) => {
                        *which.lock().unwrap() = None;
                        Answer::say("554 5.7.1 not for this mailbox")
                    }
                    _ => Answer::Usual,
                }
            }),
        );
        let mut field = field;
        field.options.connections = 1;
        // Without pipelining by count: the envelope of the next comes behind this dot.
        let (ending, counts) = field.run();
        assert!(matches!(ending, Ending::Finished), "{ending:?}");
        assert_eq!(
            [State::Accepted, State::Refused].map(|state| counts.of(state)),
            [people - 1, 1]
        );
        field.assert_exact(&counts);
        let told = &field.told()[0];
        assert_eq!(told.stage.as_deref(), Some("dot"));
        assert!(
            told.reply
                .as_deref()
                .unwrap()
                .contains("not for this mailbox")
        );
    }
}

#[test]
fn connections_that_are_cut_all_the_time_end_the_run_and_charge_nobody() {
    let cuts = Arc::new(Mutex::new(0));
    let count = Arc::clone(&cuts);
    let field = Field::new(
        "cuts",
        400,
        script(move |scene| {
            // After one letter, then two, then three: no count that could be learnt.
            let after = 1 + scene.connection % 3;
            if matches!(scene.event, Event::Rcpt(_)) && scene.letters_here == after {
                *count.lock().unwrap() += 1;
                return Answer::Cut;
            }
            Answer::Usual
        }),
    );
    let mut field = field;
    field.options.connections = 1;
    let (ending, counts) = field.run();
    assert!(
        matches!(&ending, Ending::Relay(told) if told.contains("cut")),
        "{ending:?}"
    );
    assert_eq!(
        counts.of(State::Accepted) + counts.of(State::Pending),
        400,
        "{counts:?}"
    );
    field.assert_exact(&counts);
    assert!((30..40).contains(&*cuts.lock().unwrap()), "{cuts:?}");
}

/// Somebody ends the run before all have been tried: what was held back until
/// then charges nobody, as in a list that is too long to be handed over at once.
#[test]
fn refusals_that_are_held_back_charge_nobody_where_the_run_is_ended_before_all_are_tried() {
    for at_dot in [true, false] {
        let stop = Stop::default();
        let asked = stop.clone();
        let mut field = Field::new(
            &format!("held-back-{at_dot}"),
            30,
            script(move |scene| match scene.event {
                Event::Rcpt(path) if !at_dot && number(path) < 3 => {
                    Answer::say("550 5.1.1 no such user")
                }
                Event::Rcpt(path) if number(path) == 3 && !at_dot => {
                    asked.ask();
                    Answer::Usual
                }
                Event::Dot if at_dot && scene.letters == 10 => {
                    asked.ask();
                    Answer::Usual
                }
                Event::Dot if at_dot && scene.letters > 6 => {
                    Answer::say("554 5.7.1 looks like spam")
                }
                _ => Answer::Usual,
            }),
        );
        field.options.connections = 1;
        let (ending, counts) = field.run_until(&stop);
        assert!(matches!(ending, Ending::Stopped), "{ending:?}");
        assert_eq!(counts.of(State::Refused), 0, "{at_dot}: {counts:?}");
        field.assert_exact(&counts);
    }
}

/// A person's word on one edition is none on another.
#[test]
fn a_word_on_one_edition_lets_no_other_go_on_that_did_harm() {
    let site = Site::scripted("two-halts", |scene| match scene.event {
        Event::Dot => Answer::say("554 5.7.1 looks like spam"),
        _ => Answer::Usual,
    })
    .list("recipients.csv", &people(30))
    .bulletin("")
    .other("2026-03-27", "");
    let other = "bulletins/2026-03-27.toml";
    site.ends(5, &["send", BULLETIN, "--yes"]);
    let page = site.read(&format!("report-{ID}.html"));
    assert!(page.contains("Ended before it did more harm: "), "{page}");
    site.ends(5, &["send", other, "--yes"]);
    site.ends(5, &["send", other, "--yes", "--anyway"]);
    let before = site.connections();
    site.ends(5, &["send", BULLETIN, "--yes"]);
    assert_eq!(
        site.connections(),
        before,
        "nobody has said that it may go on"
    );
    site.ends(5, &["send", BULLETIN, "--yes", "--anyway"]);
    assert!(site.connections() > before);
}

/// A relay whose answers are out of step: whether a letter was refused is in doubt
/// then, and what was held back of it no longer counts.
#[test]
fn a_refusal_that_is_held_back_and_then_in_doubt_is_in_doubt() {
    let mut field = Field::new(
        "held-back-in-doubt",
        12,
        script(|scene| match scene.event {
            Event::Dot if scene.letters == 3 => {
                Answer::Say(b"554 5.7.1 looks like spam\r\n354 go on\r\n".to_vec())
            }
            _ => Answer::Usual,
        }),
    );
    field.options.connections = 1;
    let (ending, counts) = field.run();
    assert!(matches!(ending, Ending::Finished), "{ending:?}");
    assert_eq!(
        [State::Accepted, State::Unknown, State::Refused].map(|state| counts.of(state)),
        [11, 1, 0]
    );
    field.assert_exact(&counts);
}

#[test]
fn a_relay_whose_answers_are_out_of_step_leaves_few_in_doubt() {
    let mut field = Field::new(
        "out-of-step",
        200,
        script(|scene| match scene.event {
            Event::Dot => Answer::Say(b"250 2.0.0 taken\r\n354 go on\r\n".to_vec()),
            _ => Answer::Usual,
        }),
    );
    field.options.connections = 1;
    let (ending, counts) = field.run();
    assert!(matches!(ending, Ending::Halted(_)), "{ending:?}");
    assert_eq!(counts.of(State::Unknown), 6, "{counts:?}");
}

/// What was held back when a run was ended is all that is left for the next: the
/// relay refuses every letter that it reads then, and a person must know whose.
#[test]
fn the_one_letter_that_is_left_and_refused_at_the_dot_is_named_by_its_row() {
    let site = Site::scripted("left-and-refused", |scene| match scene.event {
        Event::Dot if scene.letters >= 2 => Answer::say("554 5.7.1 not for this recipient"),
        _ => Answer::Usual,
    })
    .list("recipients.csv", &people(3))
    .bulletin("");
    site.edit("epistle.toml", "[batch]", "[batch]\nconnections = 1");
    site.ends(6, &["send", BULLETIN, "--yes", "--limit", "3"]);
    let ran = site.ends(5, &["send", BULLETIN, "--yes"]);
    assert!(
        ran.err.contains("the letter for recipients.csv:4"),
        "{ran:#?}"
    );
    assert!(ran.err.contains("suppress the address"), "{ran:#?}");
    site.ends(0, &["suppress", "add", "r2@example.org"]);
    site.ends(0, &["send", BULLETIN, "--yes"]);
}
