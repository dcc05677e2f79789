//! The ceilings hold, also over what went in a run before; and what is promised of them is so.

use super::*;

fn rate(letters: u32, seconds: u64) -> Rate {
    Rate {
        letters,
        window: Duration::from_secs(seconds),
    }
}

fn pace(rates: &[Rate]) -> Arc<Pace> {
    Arc::new(Pace::new(rates, &[], None))
}

/// A letter that went at a moment which the test says.
fn go(pace: &Arc<Pace>, now: Instant) -> Result<(), Full> {
    let leave = pace.take(now)?;
    let mut state = pace.state();
    state.windows.iter_mut().for_each(|window| window.add(now));
    drop(state);
    drop(leave);
    Ok(())
}

fn grain(ago: i64, count: u64) -> Grain {
    let now = SystemTime::now();
    let last = if ago < 0 {
        now + Duration::from_secs(ago.unsigned_abs())
    } else {
        now - Duration::from_secs(ago.unsigned_abs())
    };
    Grain {
        domain: String::new(),
        first: last,
        last,
        count,
    }
}

#[test]
fn no_window_ever_has_more_than_its_ceiling() {
    let pace = pace(&[rate(30, 60), rate(100, 3_600)]);
    let start = Instant::now();
    let mut now = start;
    let mut gone = Vec::new();
    while gone.len() < 150 {
        match go(&pace, now) {
            Ok(()) => {
                gone.push(now);
                now += Duration::from_millis(700);
            }
            Err(Full::Until(until)) => {
                assert!(until > now, "waiting must lead on");
                now = until;
            }
            Err(Full::UnderWay) => panic!("none is under way"),
        }
    }
    for (index, first) in gone.iter().enumerate() {
        for (most, seconds) in [(30, 60), (100, 3_600)] {
            let end = *first + Duration::from_secs(seconds);
            let within = gone[index..].iter().take_while(|&&at| at < end).count();
            assert!(within <= most, "{within} in {seconds} s");
        }
    }
    let last = *gone.last().unwrap() - start;
    assert!(
        last >= Duration::from_secs(3_600) && last < Duration::from_secs(3_900),
        "{last:?}"
    );
}

#[test]
fn many_letters_are_remembered_in_little_room() {
    let pace = pace(&[rate(1_000_000, 86_400)]);
    let start = Instant::now();
    for index in 0..100_000 {
        go(&pace, start + Duration::from_millis(index)).unwrap();
    }
    assert!(
        format!("{:?}", pace.state().windows)
            .matches("Handful")
            .count()
            <= 2
    );
}

#[test]
fn what_is_under_way_counts_until_it_has_landed_and_its_window_from_then_on() {
    let pace = pace(&[rate(2, 60)]);
    let now = Instant::now();
    let mut one = pace.take(now).unwrap();
    one.goes();
    let other = pace.take(now).unwrap();
    assert_eq!(pace.take(now).err(), Some(Full::UnderWay));
    assert_eq!(
        pace.take(now + Duration::from_secs(600)).err(),
        Some(Full::UnderWay)
    );
    drop(other); // it never went
    let third = pace.take(now).unwrap();
    drop(one);
    let Some(Full::Until(until)) = pace.take(now).err() else {
        panic!("one has landed");
    };
    assert!(until >= now + Duration::from_secs(60));
    drop(third);
}

#[test]
fn without_a_rate_nothing_waits() {
    let pace = pace(&[]);
    let now = Instant::now();
    assert!((0..10_000).all(|_| go(&pace, now).is_ok()));
}

#[test]
fn what_went_in_a_run_before_counts() {
    let before = [grain(3_700, 50), grain(50, 60), grain(10, 30)];
    let rates = [rate(100, 3_600)];
    let pace = Arc::new(Pace::new(&rates, &before, None));
    let now = Instant::now();
    let gone = (0..50).take_while(|_| go(&pace, now).is_ok()).count();
    assert_eq!(gone, 10);
    let Err(Full::Until(until)) = go(&pace, now) else {
        panic!("it is full");
    };
    let wait = (until - now).as_secs();
    assert!((3_540..=3_550).contains(&wait), "{wait}");
}

#[test]
fn a_clock_that_was_ahead_keeps_nothing_waiting_longer_than_a_window() {
    let ahead = [grain(-86_400 * 300, 30)];
    let pace = Arc::new(Pace::new(&[rate(30, 60)], &ahead, None));
    let now = Instant::now();
    let Err(Full::Until(until)) = go(&pace, now) else {
        panic!("it counts as of now");
    };
    assert!(until <= now + Duration::from_secs(60));
    assert!(go(&pace, until).is_ok());
}

#[test]
fn how_long_it_lasts_is_how_long_it_then_takes() {
    for (rates, before, letters) in [
        (vec![rate(30, 60)], vec![], 1),
        (vec![rate(30, 60)], vec![], 30),
        (vec![rate(30, 60)], vec![], 31),
        (vec![rate(30, 60)], vec![], 1_000),
        (vec![rate(30, 60)], vec![grain(40, 20)], 25),
        (vec![rate(30, 60)], vec![grain(40, 20), grain(20, 10)], 25),
        (vec![rate(30, 60)], vec![grain(40, 50)], 31),
        (vec![rate(500, 86_400)], vec![grain(80_000, 400)], 1_200),
        (
            vec![rate(7, 1), rate(100, 3_600)],
            vec![grain(3_000, 90)],
            250,
        ),
    ] {
        let pace = Arc::new(Pace::new(&rates, &before, None));
        let start = Instant::now();
        let told = pace.lasts(letters, start);
        let mut now = start;
        for _ in 0..letters {
            while let Err(full) = go(&pace, now) {
                let Full::Until(until) = full else { panic!() };
                now = until;
            }
        }
        let (told, took) = (told.as_secs_f64(), (now - start).as_secs_f64());
        // Several ceilings together may take a little more than the lowest alone.
        assert!(
            (told - took).abs() <= 1.0 + took * 0.02,
            "{rates:?} {before:?} {letters}: {told} {took}"
        );
    }
}
