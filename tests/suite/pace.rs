//! How fast letters go, over several runs: what the server saw, moment by moment.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use epistle::delivery::Ending;
use epistle::ledger::{Ledger, State};
use epistle::sandbox::{Answer, Event};
use epistle::settings::Rate;

use crate::delivery::{Field, script};
use crate::site::{BULLETIN, Site};

/// Moments at which something happened.
type Moments = Arc<Mutex<Vec<Instant>>>;

/// The most moments within any such length of time.
fn most_within(moments: &Moments, window: Duration) -> usize {
    let moments = moments.lock().unwrap();
    let within = |first: &Instant| {
        let from_there = moments.iter().filter(|at| *at >= first);
        from_there
            .filter(|at| at.duration_since(*first) < window)
            .count()
    };
    moments.iter().map(within).max().unwrap_or(0)
}

fn people(count: usize) -> String {
    let rows = (0..count).map(|index| format!("r{index}@example.org\n"));
    "email\n".to_owned() + &rows.collect::<String>()
}

fn rate(letters: u32, seconds: u64) -> Rate {
    Rate {
        letters,
        window: Duration::from_secs(seconds),
    }
}

#[test]
fn a_rate_holds_over_runs_that_follow_each_other_at_once() {
    let dots = Moments::default();
    let seen = Arc::clone(&dots);
    let mut field = Field::new(
        "rate-again",
        12,
        script(move |scene| {
            if scene.event == Event::Dot {
                seen.lock().unwrap().push(Instant::now());
            }
            Answer::Usual
        }),
    );
    field.options.rates = vec![rate(3, 1)];
    field.options.limit = Some(4);
    for _ in 0..3 {
        field.run();
    }
    assert_eq!(dots.lock().unwrap().len(), 12);
    assert!(most_within(&dots, Duration::from_secs(1)) <= 3, "{dots:?}");
}

#[test]
fn a_rate_holds_over_a_run_that_was_killed() {
    let dots = Moments::default();
    let seen = Arc::clone(&dots);
    let site = Site::scripted("rate-killed", move |scene| {
        if scene.event == Event::Dot {
            seen.lock().unwrap().push(Instant::now());
        }
        Answer::Usual
    })
    .list("recipients.csv", &people(20))
    .bulletin("");
    site.edit("epistle.toml", "[batch]", "[batch]\nrate = \"3/s\"");
    for taken in [2, 5, 7] {
        let mut run = site.begins(site.command(&["send", BULLETIN, "--yes"]));
        site.until_taken(taken);
        run.kill().unwrap();
        run.wait().unwrap();
    }
    site.epistle(&["send", BULLETIN, "--yes", "--limit", "4"]);
    assert!(dots.lock().unwrap().len() >= 11);
    assert!(most_within(&dots, Duration::from_secs(1)) <= 3, "{dots:?}");
}

#[test]
fn a_days_quota_is_one_for_all_editions_and_a_run_that_waits_for_it_ends_with_6() {
    let site = Site::new("day-quota")
        .list("recipients.csv", &people(4))
        .bulletin("")
        .other("2026-03-27", "");
    site.edit("epistle.toml", "[batch]", "[batch]\nrate = \"6/day\"");
    site.ends(0, &["send", BULLETIN, "--yes"]);
    let told = site.json(6, &["send", "bulletins/2026-03-27.toml", "--yes", "--json"]);
    assert_eq!(
        (&told["accepted"], &told["pending"]),
        (&2.into(), &2.into())
    );
    assert_eq!(told["run"]["ending"], "later");
    assert!(told["run"]["told"].as_str().unwrap().contains("6/day"));
    assert_eq!(site.got().len(), 6);
    let before = site.connections();
    let again = site.ends(6, &["send", "bulletins/2026-03-27.toml", "--yes"]);
    assert!(again.err.contains("6/day"), "{again:#?}");
    assert_eq!(site.connections(), before);

    // A day later there is room again.
    site.sql("UPDATE gone SET first = first - 86400000, last = last - 86400000");
    site.ends(0, &["send", "bulletins/2026-03-27.toml", "--yes"]);
    assert_eq!(site.got().len(), 8);
}

#[test]
fn a_clock_that_was_ahead_holds_letters_up_for_one_window_at_most() {
    let mut field = Field::new("clock", 4, script(|_| Answer::Usual));
    field.options.rates = vec![rate(2, 1)];
    field.options.limit = Some(2);
    field.run();
    let ahead = "UPDATE gone SET first = first + 9000000000, last = last + 9000000000";
    field.sql(ahead);
    field.options.limit = None;
    let begun = Instant::now();
    let (ending, counts) = field.run();
    let took = begun.elapsed();
    assert!(matches!(ending, Ending::Finished), "{ending:?}");
    assert_eq!(counts.of(State::Accepted), 4);
    assert!(
        took >= Duration::from_millis(900) && took < Duration::from_secs(3),
        "{took:?}"
    );
    let now = std::time::SystemTime::now();
    let gone = field.ledger().gone("tests", now).unwrap();
    assert!(gone.iter().all(|grain| grain.last <= now), "{gone:?}");
}

#[test]
fn a_day_of_letters_is_remembered_in_few_rows() {
    let field = Field::new("few-rows", 3, script(|_| Answer::Usual));
    // One letter a second for a day and more, as if it had been so.
    field.sql(
        "WITH RECURSIVE second (number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM second WHERE number < 100000)
         INSERT INTO gone SELECT 'tests', '', at, at, 1 FROM
         (SELECT unixepoch('now') * 1000 - 1000 - number * 1000 AS at FROM second)",
    );
    field.run();
    let now = std::time::SystemTime::now();
    let gone = field.ledger().gone("tests", now).unwrap();
    assert!(gone.len() < 600, "{}", gone.len());
    let count: u64 = gone.iter().map(|grain| grain.count).sum();
    assert!((86_300..=86_900).contains(&count), "{count}");
}
