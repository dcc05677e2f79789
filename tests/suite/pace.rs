//! How fast letters go, over several runs: what the server saw, moment by moment.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use epistle::delivery::Ending;
use epistle::ledger::{Learnt, Ledger, Lesson, State};
use epistle::sandbox::{Answer, Event};
use epistle::settings::Rate;

use crate::delivery::{Field, script};
use crate::site::{BULLETIN, ID, Site, send_at};

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
    let page = site.read("report-2026-03-27.html");
    assert!(page.contains("Left the rest to a later run: "), "{page}");
    assert_eq!(site.got().len(), 6);
    let before = site.connections();
    let again = site.ends(6, &["send", "bulletins/2026-03-27.toml", "--yes"]);
    assert!(again.err.contains("6/day"), "{again:#?}");
    assert_eq!(site.connections(), before);

    // A day later there is room again; a proof takes some of it.
    site.sql("UPDATE gone SET first = first - 86400000, last = last - 86400000");
    site.edit("epistle.toml", "6/day", "2/day");
    let proof = ["proof", BULLETIN, "--to", "office@example.org"];
    site.ends(0, &proof);
    site.ends(6, &["send", "bulletins/2026-03-27.toml", "--yes"]);
    assert_eq!(site.got().len(), 8);
    site.sql("UPDATE gone SET first = first - 86400000, last = last - 86400000");
    site.ends(0, &["send", "bulletins/2026-03-27.toml", "--yes"]);
    assert_eq!(site.got().len(), 9);
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

/// What was learnt, but for the speed.
fn learnt(field: &Field) -> Vec<Learnt> {
    let now = std::time::SystemTime::now();
    let mut learnt = field.ledger().learnt("tests", now).unwrap();
    learnt.retain(|learnt| learnt.lesson != Lesson::Speed);
    learnt
}

fn of_domain(event: Event<'_>, domain: &str) -> bool {
    matches!(event, Event::Rcpt(path) if path.contains(&format!("@{domain}>")))
}

#[test]
fn a_limited_domain_keeps_its_rate_and_no_other_waiting() {
    let (limited, others) = (Moments::default(), Moments::default());
    let (seen, seen_others) = (Arc::clone(&limited), Arc::clone(&others));
    let mut field = Field::new(
        "domain",
        150,
        script(move |scene| {
            if of_domain(scene.event, "example.com") {
                seen.lock().unwrap().push(Instant::now());
            } else if matches!(scene.event, Event::Rcpt(_)) {
                seen_others.lock().unwrap().push(Instant::now());
            }
            Answer::Usual
        }),
    );
    // The first six of the list, which all others would else wait behind.
    field.sql("UPDATE letter SET key = 'r' || number || '@example.com', address = 'r' || number || '@example.com' WHERE number <= 6");
    field.options.domains = vec![("example.com".to_owned(), vec![rate(2, 1)])];
    let (ending, counts) = field.run();
    assert!(matches!(ending, Ending::Finished), "{ending:?}");
    assert_eq!(counts.of(State::Accepted), 150);
    field.assert_exact(&counts);
    assert!(
        most_within(&limited, Duration::from_secs(1)) <= 2,
        "{limited:?}"
    );
    let last = |moments: &Moments| moments.lock().unwrap().iter().max().copied();
    assert!(last(&others) < last(&limited), "the others had to wait");
}

#[test]
fn a_domains_days_quota_leaves_its_letters_to_a_later_run_and_no_others() {
    let list = "email\n".to_owned()
        + &(0..5)
            .map(|index| format!("a{index}@example.com\nb{index}@example.net\n"))
            .collect::<String>();
    let site = Site::new("domain-quota")
        .list("recipients.csv", &list)
        .bulletin("");
    let settings = site.read("epistle.toml") + "\n[batch.domains]\n\"Example.COM\" = \"3/day\"\n";
    site.put("epistle.toml", &settings);
    let told = site.json(6, &["send", BULLETIN, "--yes", "--json"]);
    assert_eq!(
        (&told["accepted"], &told["pending"]),
        (&8.into(), &2.into())
    );
    assert!(
        told["run"]["told"]
            .as_str()
            .unwrap()
            .contains("example.com"),
        "{told}"
    );
    site.ends(6, &["send", BULLETIN, "--yes"]);
    assert_eq!(site.got().len(), 8);
    site.sql("UPDATE gone SET first = first - 86400000, last = last - 86400000");
    site.ends(0, &["send", BULLETIN, "--yes"]);
    assert_eq!(site.got().len(), 10);
}

/// A domain's quota may last for days, and cron looks every few minutes: each of its
/// runs would read the lists and leave a report, with nothing that may go.
#[test]
fn cron_begins_no_run_where_all_that_is_left_is_for_domains_that_rest() {
    let site = Site::scripted("domain-rests", |scene| match scene.event {
        Event::Rcpt(path) if path.contains("b@") && scene.connection == 0 => {
            Answer::say("450 4.2.0 busy")
        }
        _ => Answer::Usual,
    })
    .list(
        "recipients.csv",
        "email\na@example.com\nb@example.net\nc@example.com\n",
    )
    .bulletin(&send_at(-10));
    site.edit("epistle.toml", "[batch]", "[batch]\nconnections = 1");
    let domains = "\n[batch.domains]\n\"example.com\" = \"1/day\"\n";
    site.put("epistle.toml", &(site.read("epistle.toml") + domains));
    site.cron_is_silent(6);
    assert_eq!((site.got().len(), site.reports().len()), (1, 1));
    site.cron_is_silent(6);
    assert_eq!(site.reports().len(), 1);

    // What is for another domain goes when its time has come.
    site.ripen();
    site.cron_is_silent(6);
    assert_eq!((site.got().len(), site.reports().len()), (2, 2));
    site.cron_is_silent(6);
    assert_eq!(site.reports().len(), 2);
    site.sql("UPDATE gone SET first = first - 86400000, last = last - 86400000");
    site.cron_is_silent(0);
    assert_eq!(site.got().len(), 3);
}

#[test]
fn what_is_no_domain_is_told_in_its_place() {
    let site = Site::new("no-domain").bulletin("");
    let settings = site.read("epistle.toml")
        + "\n[batch.domains]\n\"not a domain\" = \"3/s\"\n\"example.com\" = \"3/week\"\n\"EXAMPLE.org\" = \"1/s\"\n\"example.org\" = \"2/s\"\n";
    site.put("epistle.toml", &settings);
    let told = site.ends(3, &["send", BULLETIN, "--yes"]).err;
    for words in ["`not a domain` is no domain", "3/week", "a second time"] {
        assert!(told.contains(words), "{words}: {told}");
    }
}

#[test]
fn a_relay_that_asks_for_fewer_gets_fewer_and_nobody_is_charged() {
    let asked = Arc::new(Mutex::new(None));
    let when = Arc::clone(&asked);
    let after = Moments::default();
    let seen = Arc::clone(&after);
    let mut field = Field::new(
        "slower",
        60,
        script(move |scene| {
            let mut asked = when.lock().unwrap();
            match scene.event {
                Event::Rcpt(_) if scene.letters == 40 && asked.is_none() => {
                    *asked = Some(Instant::now());
                    Answer::say("450 4.7.1 Error: too much mail from 127.0.0.1")
                }
                Event::Rcpt(_) if asked.is_some() => {
                    seen.lock().unwrap().push(Instant::now());
                    Answer::Usual
                }
                Event::Dot if asked.is_none() => {
                    Answer::After(Duration::from_millis(25), Box::new(Answer::Usual))
                }
                _ => Answer::Usual,
            }
        }),
    );
    field.options.connections = 1;
    let (ending, counts) = field.run();
    assert!(matches!(ending, Ending::Finished), "{ending:?}");
    assert_eq!(counts.of(State::Accepted), 60, "{counts:?}");
    field.assert_exact(&counts);
    let asked = asked.lock().unwrap().unwrap();
    let after = after.lock().unwrap().clone();
    let pause = after[0] - asked;
    assert!(
        pause >= Duration::from_secs(1) && pause < Duration::from_secs(3),
        "{pause:?}"
    );
    // It took some 40 a second at most; twenty letters at half of that take half a second and more.
    let took = *after.last().unwrap() - after[0];
    assert!(took >= Duration::from_millis(400), "{took:?}");
    let learnt = learnt(&field);
    assert_eq!(learnt.len(), 1, "{learnt:?}");
    assert_eq!(learnt[0].lesson, Lesson::Rate);
    assert!(learnt[0].value < 40 * 3_600 && learnt[0].told.contains("too much mail"));

    // The next run begins at that rate.
    field.sql(
        "UPDATE learnt SET value = 7200; UPDATE letter SET state = 'pending' WHERE number <= 5",
    );
    let begun = Instant::now();
    field.run();
    assert!(
        begun.elapsed() >= Duration::from_millis(1_900),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn a_relay_that_always_asks_for_fewer_is_left_alone_in_the_end() {
    let connects = Moments::default();
    let seen = Arc::clone(&connects);
    let mut field = Field::new(
        "always-slower",
        10,
        script(move |scene| match scene.event {
            Event::Mail(_) => {
                seen.lock().unwrap().push(Instant::now());
                Answer::SayAndCut(b"421 4.7.0 rate limit, come back later\r\n".to_vec())
            }
            _ => Answer::Usual,
        }),
    );
    field.options.patience = Duration::from_secs(3);
    let (ending, counts) = field.run();
    assert!(
        matches!(&ending, Ending::Later(later) if later.told.contains("rate limit")),
        "{ending:?}"
    );
    assert_eq!(counts.of(State::Pending), 10);
    assert!(connects.lock().unwrap().len() <= 12, "{connects:?}");
}

#[test]
fn a_domain_that_asks_for_fewer_is_slowed_alone() {
    let tries = Arc::new(Mutex::new(0));
    let count = Arc::clone(&tries);
    let field = Field::new(
        "slow-domain",
        300,
        script(move |scene| {
            if of_domain(scene.event, "gmail.example") {
                *count.lock().unwrap() += 1;
                return Answer::say("450 4.7.1 deferred due to unexpected volume");
            }
            Answer::Usual
        }),
    );
    field.sql("UPDATE letter SET key = 'r' || number || '@gmail.example', address = key WHERE number % 2 = 0;
        UPDATE letter SET address = key");
    let mut field = field;
    field.options.patience = Duration::from_secs(2);
    let (ending, counts) = field.run();
    assert!(matches!(ending, Ending::Later(_)), "{ending:?}");
    assert_eq!(counts.of(State::Accepted), 150, "{counts:?}");
    let tries = *tries.lock().unwrap();
    // Those that were on their way, and one after each pause.
    assert!(tries < 15, "{tries}");
    assert_eq!(counts.of(State::Deferred) + counts.of(State::Pending), 150);
    let learnt = learnt(&field);
    assert_eq!(
        (learnt[0].lesson, learnt[0].about.as_str()),
        (Lesson::Rate, "gmail.example")
    );
}

/// One connection has a letter of a domain in its hands, pending, when another hears
/// that the domain wants fewer: it is not claimed once more.
#[test]
fn a_letter_on_its_way_to_a_domain_that_asks_for_fewer_is_not_claimed_again() {
    let mut field = Field::new(
        "slow-on-its-way",
        300,
        script(move |scene| match scene.event {
            Event::Rcpt(path) if path.contains("<r1@gmail.example>") => {
                Answer::After(Duration::from_millis(300), Box::new(Answer::Usual))
            }
            Event::Rcpt(path) if path.contains("<r2@gmail.example>") => {
                Answer::say("450 4.7.1 deferred due to unexpected volume")
            }
            _ => Answer::Usual,
        }),
    );
    field.sql("UPDATE letter SET key = 'r' || number || '@gmail.example' WHERE number <= 2 OR number = 299;
        UPDATE letter SET address = key");
    field.options.connections = 2;
    field.options.patience = Duration::from_secs(5);
    let (ending, counts) = field.run();
    assert!(matches!(ending, Ending::Finished), "{ending:?}");
    assert_eq!(counts.of(State::Accepted), 299, "{counts:?}");
    assert_eq!(counts.of(State::Deferred), 1, "{counts:?}");
    field.assert_exact(&counts);
}

/// The time of a deferred letter may come while those behind it are still being claimed.
#[test]
fn a_deferral_whose_time_comes_within_a_sweep_is_tried_again_in_the_same_run() {
    let mut field = Field::new(
        "ripe-in-a-sweep",
        6,
        script(move |scene| match scene.event {
            Event::Rcpt(path) if path.contains("<r0@") && scene.letters == 0 => {
                Answer::say("450 4.2.0 busy")
            }
            _ => Answer::Usual,
        }),
    );
    field.options.connections = 1;
    field.options.batch = 1;
    field.options.pause = Duration::from_millis(150);
    let (ending, counts) = field.run();
    assert!(matches!(ending, Ending::Finished), "{ending:?}");
    assert_eq!(counts.of(State::Accepted), 6, "{counts:?}");
    field.assert_exact(&counts);
}

#[test]
fn a_quota_that_is_used_up_ends_the_run_and_is_remembered_until_it_has_room() {
    for (name, line, hours) in [
        ("day", "550 5.4.5 Daily user sending limit exceeded", 20..25),
        (
            "hour",
            "550 Domain example.org has exceeded the max emails per hour (5/5) allowed",
            0..2,
        ),
    ] {
        let site = Site::scripted(&format!("quota-{name}"), move |scene| match scene.event {
            Event::Rcpt(_) if scene.letters >= 5 && scene.letters < 8 => Answer::say(line),
            _ => Answer::Usual,
        })
        .list("recipients.csv", &people(12))
        .bulletin("send_at = 2026-03-20T06:00:00Z\nsend_within = \"3650 days\"");
        site.edit("epistle.toml", "[batch]", "[batch]\nconnections = 1");
        let told = site.json(6, &["send", BULLETIN, "--yes", "--json"]);
        assert_eq!(
            (&told["accepted"], &told["refused"]),
            (&5.into(), &0.into())
        );
        assert_eq!(told["run"]["ending"], "later");
        let until = told["run"]["until"].as_str().unwrap();
        let until = chrono::DateTime::parse_from_rfc3339(until).unwrap();
        let wait =
            (until - chrono::DateTime::<chrono::FixedOffset>::from(chrono::Utc::now())).num_hours();
        assert!(hours.contains(&wait), "{until}");

        // Cron hears nothing and connects to nothing; whoever sends by hand is told why.
        let before = site.connections();
        site.cron_is_silent(6);
        let by_hand = site.ends(6, &["send", BULLETIN, "--yes"]).err;
        assert!(
            by_hand.contains("quota") && by_hand.contains("--anyway"),
            "{by_hand}"
        );
        assert_eq!(site.connections(), before);

        // On a person's word it is tried, and remembered anew.
        site.ends(6, &["send", BULLETIN, "--yes", "--anyway"]);
        assert!(site.connections() > before);
        site.ends(6, &["send", BULLETIN, "--yes"]);
    }
}

/// What a clock that was a year ahead has learnt would else keep all letters for a year, in silence.
#[test]
fn a_quota_that_a_clock_ahead_has_dated_keeps_nothing_once_the_clock_is_right() {
    let site = Site::scripted("quota-ahead", |scene| match scene.event {
        Event::Rcpt(_) if scene.connection == 0 && scene.letters >= 2 => {
            Answer::say("550 5.4.5 Daily user sending limit exceeded")
        }
        _ => Answer::Usual,
    })
    .list("recipients.csv", &people(4))
    .bulletin("");
    site.edit("epistle.toml", "[batch]", "[batch]\nconnections = 1");
    site.ends(6, &["send", BULLETIN, "--yes"]);
    site.ends(6, &["send", BULLETIN, "--yes"]);
    assert_eq!(site.got().len(), 2);
    let ahead =
        "UPDATE learnt SET since = since + 31536000000, until = until + 31536000000, what =";
    // A clock that was wrong is no person's word: what did harm stays ended.
    site.sql(&format!("{ahead} 'halt', about = '{ID}'"));
    site.ends(5, &["send", BULLETIN, "--yes"]);
    site.sql("UPDATE learnt SET what = 'quota', about = ''");
    site.ends(0, &["send", BULLETIN, "--yes"]);
    assert_eq!(site.got().len(), 4);
}

#[test]
fn a_relay_that_ends_connections_after_some_letters_is_left_in_time() {
    for (name, answer) in [
        (
            "said",
            b"421 too many messages in this connection\r\n".to_vec(),
        ),
        ("unsaid", b"421 4.3.2 bye\r\n".to_vec()),
    ] {
        let cut = Arc::new(Mutex::new(0));
        let count = Arc::clone(&cut);
        let mut field = Field::new(
            &format!("rotate-{name}"),
            100,
            script(move |scene| {
                if matches!(scene.event, Event::Mail(_)) && scene.letters_here == 7 {
                    *count.lock().unwrap() += 1;
                    return Answer::SayAndCut(answer.clone());
                }
                Answer::Usual
            }),
        );
        field.options.connections = 1;
        let (ending, counts) = field.run();
        assert!(matches!(ending, Ending::Finished), "{ending:?}");
        assert_eq!(counts.of(State::Accepted), 100);
        field.assert_exact(&counts);
        let first = std::mem::take(&mut *cut.lock().unwrap());
        assert!((1..=2).contains(&first), "{first}");
        assert_eq!(field.server.connections(), 15);

        // The next run knows it from the beginning.
        field.sql("UPDATE letter SET state = 'pending'");
        field.run();
        assert_eq!(*cut.lock().unwrap(), 0);
    }
}

#[test]
fn a_relay_that_takes_two_connections_is_not_asked_for_more_the_next_day_either() {
    let open = Arc::new(Mutex::new(0));
    let refused = Arc::new(Mutex::new(0));
    let (count, none) = (Arc::clone(&open), Arc::clone(&refused));
    let field = Field::new(
        "two-connections",
        400,
        script(move |scene| match scene.event {
            Event::Connect => {
                let mut open = count.lock().unwrap();
                if *open == 2 {
                    *none.lock().unwrap() += 1;
                    return Answer::SayAndCut(
                        b"421 4.3.2 too many concurrent connections\r\n".to_vec(),
                    );
                }
                *open += 1;
                Answer::Usual
            }
            Event::Quit => {
                *count.lock().unwrap() -= 1;
                Answer::Usual
            }
            Event::Dot => Answer::After(Duration::from_millis(1), Box::new(Answer::Usual)),
            _ => Answer::Usual,
        }),
    );
    let (_, counts) = field.run();
    assert_eq!(counts.of(State::Accepted), 400);
    assert!(*refused.lock().unwrap() <= 4, "{refused:?}");
    *refused.lock().unwrap() = 0;
    *open.lock().unwrap() = 0;
    field.sql("UPDATE letter SET state = 'pending' WHERE number < 50");
    field.run();
    assert_eq!(*refused.lock().unwrap(), 0);
}

#[test]
fn when_it_is_done_is_told_before_meanwhile_and_after() {
    let site = Site::new("done")
        .list("recipients.csv", &people(90))
        .bulletin("");
    let shown = site.at_terminal(&format!("send {BULLETIN}"), &["0\n"]).out;
    assert!(
        shown.contains("done         unknown: no run has measured"),
        "{shown}"
    );
    site.edit("epistle.toml", "[batch]", "[batch]\nrate = \"30/h\"");
    let shown = site.at_terminal(&format!("send {BULLETIN}"), &["0\n"]).out;
    assert!(shown.contains("done         not before"), "{shown}");

    // Ninety at thirty an hour: thirty now, and the last after two hours and some seconds.
    site.ends(6, &["send", BULLETIN, "--yes"]);
    let shown = site.at_terminal(&format!("send {BULLETIN}"), &["0\n"]).out;
    let done = shown.lines().find(|line| line.contains("  done ")).unwrap();
    let told = done.rsplit("about ").next().unwrap().trim();
    let expected: Vec<_> = [7_140, 7_200, 7_260, 7_320]
        .map(|seconds| {
            let at = chrono::Utc::now() + chrono::TimeDelta::seconds(seconds);
            at.format("%H:%M").to_string()
        })
        .into();
    assert!(
        expected.iter().any(|time| time == told),
        "{done}: {expected:?}"
    );
    let status = site.ends(0, &["status", ID]).out;
    assert!(
        status.contains("goes on with it: done ") && status.contains(told),
        "{status}"
    );
}

#[test]
fn when_it_is_done_is_told_within_a_pause_as_before_the_run() {
    let site = Site::new("done-pauses")
        .list("recipients.csv", &people(63))
        .bulletin("");
    site.edit(
        "epistle.toml",
        "[batch]",
        "[batch]\nsize = 20\npause = \"200 s\"",
    );
    for index in 0..3 {
        let address = format!("r{index}@example.org");
        site.ends(0, &["suppress", "add", &address, "--reason", "asked"]);
    }
    // Sixty letters: two pauses. Those to nobody are no batch of their own.
    let begun = Instant::now();
    let run = site.begins(site.command(&["send", BULLETIN, "--yes"]));
    site.until_taken(20);
    let left = || site.json(0, &["status", ID, "--json"])["seconds_left"].as_u64();
    crate::site::until(|| left().is_some());
    let (left, gone) = (left().unwrap(), begun.elapsed().as_secs());
    assert!((390..=402).contains(&(left + gone)), "{left}, {gone}");
    site.ends(0, &["stop"]);
    let ended = run.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(6));
    assert_eq!(site.got().len(), 20);
}

#[test]
fn status_tells_what_was_learnt_and_until_when() {
    let site = Site::new("learnt").bulletin("");
    site.ends(0, &["send", BULLETIN, "--yes"]);
    let account = format!("@127.0.0.1:{}", site.port());
    let day = "(unixepoch('now') + 86400) * 1000";
    site.sql(&format!(
        "INSERT INTO learnt VALUES
        ('{account}', 'rate', '', 1800, '450 4.7.1 too much mail from <anna@example.org>', 0, {day}),
        ('{account}', 'rate', 'example.com', 60, '421 4.7.28 unusual rate', 0, {day}),
        ('{account}', 'letters-per-connection', '', 20, 'it closed the connection', 0, {day}),
        ('{account}', 'connections', '', 2, '421 too many', 0, {day}),
        ('{account}', 'quota', '', 0, '550 5.4.5 daily limit', 0, 1000),
        ('another', 'connections', '', 1, '421 too many', 0, {day})"
    ));
    let ran = site.ends(0, &["status", ID]);
    insta::assert_snapshot!("learnt", site.steady(&ran.out));
    let learnt = site.json(0, &["status", ID, "--json"])["learnt"].clone();
    let what: Vec<_> = learnt
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["what"].clone())
        .collect();
    assert_eq!(
        what,
        ["connections", "letters-per-connection", "rate", "rate"]
    );
    site.other("2026-03-27", "").ends(
        0,
        &["send", "bulletins/2026-03-27.toml", "--yes", "--anyway"],
    );
}

#[test]
fn whoever_is_put_off_waits_as_long_as_the_reason_asks() {
    let reasons = [
        ("450 4.7.1 Greylisted, please try again later", 5),
        ("452 4.2.2 mailbox full", 30),
        (
            "450 4.2.1 The user you are trying to contact is receiving mail too quickly",
            30,
        ),
        ("450 not now", 30),
    ];
    let site = Site::scripted("reasons", move |scene| match scene.event {
        Event::Rcpt(path) => {
            let which = path
                .bytes()
                .find(u8::is_ascii_digit)
                .map_or(9, |digit| digit - b'0');
            let reason = reasons.get(usize::from(which));
            reason.map_or(Answer::Usual, |(line, _)| Answer::say(line))
        }
        _ => Answer::Usual,
    })
    .list("recipients.csv", &people(6))
    .bulletin("");
    let told = site.json(6, &["send", BULLETIN, "--yes", "--json"]);
    assert_eq!(
        (&told["accepted"], &told["deferred"]),
        (&2.into(), &4.into())
    );
    let moment = |value: &serde_json::Value| {
        chrono::DateTime::parse_from_rfc3339(value.as_str().unwrap()).unwrap()
    };
    for (letter, (line, minutes)) in told["letters"].as_array().unwrap().iter().zip(reasons) {
        let wait = (moment(&letter["due"]) - moment(&letter["time"])).num_seconds();
        // Up to a quarter more, so that not all come back together.
        let expected = minutes * 60 - 1..=minutes * 75 + 1;
        assert!(expected.contains(&wait), "{line}: {wait} s");
    }
}

/// A domain's letters were left to a later run, and went in this one all the
/// same, since it waited for a deferral.
#[test]
fn a_run_that_has_sent_all_in_the_end_leaves_nothing_to_a_later_one() {
    let mut field = Field::new(
        "left-and-sent",
        4,
        script(|scene| match scene.event {
            Event::Rcpt(path) if path.contains("<r3@") && scene.letters < 3 => {
                Answer::say("450 4.2.0 busy")
            }
            _ => Answer::Usual,
        }),
    );
    field.sql(
        "UPDATE letter SET key = 'r' || number || '@slow.example' WHERE number <= 2;
        UPDATE letter SET address = key",
    );
    field.options.domains = vec![("slow.example".to_owned(), vec![rate(1, 1)])];
    field.options.patience = Duration::from_millis(500);
    field.options.retry.usual = vec![Duration::from_millis(1_500)];
    let (ending, counts) = field.run();
    assert_eq!(counts.of(State::Accepted), 4, "{counts:?}");
    field.assert_exact(&counts);
    assert!(matches!(ending, Ending::Finished), "{ending:?}");
}

/// A daily quota may stretch an edition over weeks: whoever is put off for the
/// first time then is tried again as anybody before.
#[test]
fn a_letter_that_is_put_off_is_tried_for_so_long_however_old_its_edition_is() {
    let site = Site::scripted("old-edition", |scene| match scene.event {
        Event::Rcpt(path) if path.contains("<r1@") => Answer::say("450 4.7.1 greylisted"),
        _ => Answer::Usual,
    })
    .list("recipients.csv", &people(2))
    .bulletin("");
    let send = ["send", BULLETIN, "--yes"];
    site.ends(6, &["send", BULLETIN, "--yes", "--limit", "1"]);
    site.sql("UPDATE edition SET date = '2018-03-18T06:00:00+00:00'");
    site.ends(6, &send);
    let deferred = || site.json(0, &["status", ID, "--json"])["deferred"] == 1;
    assert!(deferred());

    // It is given up when it has been put off for so long.
    let later = "UPDATE letter SET due = 0, since = since - 345600000 WHERE state = 'deferred'";
    site.sql(later);
    site.ends(1, &send);
    let told = site.json(0, &["status", ID, "--json"]);
    let reply = told["letters"][0]["reply"].as_str().unwrap();
    assert!(reply.contains("(given up)"), "{told}");
    site.ends(0, &["retry", ID, "--refused"]);
    site.ends(6, &send);
    assert!(deferred(), "a person's word begins it anew");
}

/// It may say so while it has the body: then no others wait for that either.
#[test]
fn a_domain_that_asks_for_fewer_within_a_letter_is_slowed_alone() {
    let mut field = Field::new(
        "slow-in-the-body",
        20,
        script(|scene| match scene.event {
            Event::Data if scene.letters == 4 && scene.connection == 0 => {
                Answer::add("421 4.7.0 deferred due to unexpected volume")
            }
            _ => Answer::Usual,
        }),
    );
    field.sql(
        "UPDATE letter SET key = 'r' || number || '@gmail.example' WHERE number = 5;
        UPDATE letter SET address = key",
    );
    field.options.connections = 1;
    let (ending, counts) = field.run();
    assert!(matches!(ending, Ending::Finished), "{ending:?}");
    assert_eq!(counts.of(State::Accepted), 20, "{counts:?}");
    field.assert_exact(&counts);
    let now = std::time::SystemTime::now();
    let learnt = field.ledger().learnt("tests", now).unwrap();
    let rates = learnt.iter().filter(|learnt| learnt.lesson == Lesson::Rate);
    let about: Vec<_> = rates.map(|learnt| learnt.about.as_str()).collect();
    assert_eq!(about, ["gmail.example"]);
}
