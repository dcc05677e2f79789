//! Moments to come as people say them, in the zone of the settings.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, FixedOffset, Utc};

/// When it is, seen from `now`: "about 14:35", "tomorrow about 06:10", "on 28 November about 06:10".
pub(super) fn moment(at: SystemTime, now: DateTime<FixedOffset>) -> String {
    about(DateTime::<Utc>::from(at).with_timezone(now.offset()), now)
}

/// The same after some time.
pub(super) fn after(wait: Duration, now: DateTime<FixedOffset>) -> String {
    let wait = chrono::Duration::from_std(wait).unwrap_or(chrono::Duration::MAX);
    match now.checked_add_signed(wait) {
        Some(at) => about(at, now),
        None => "nobody knows when".to_owned(), // beyond all calendars
    }
}

fn about(at: DateTime<FixedOffset>, now: DateTime<FixedOffset>) -> String {
    // A moment that is told must not be over: to the next whole minute.
    let at = at + chrono::Duration::seconds(59);
    let time = at.format("%H:%M");
    match (at.date_naive() - now.date_naive()).num_days() {
        ..=0 => format!("about {time}"),
        1 => format!("tomorrow about {time}"),
        2..=300 => format!("on {} about {time}", at.format("%-d %B")),
        _ => format!("on {}", at.format("%-d %B %Y")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_said_as_people_say_them() {
        let now = DateTime::parse_from_rfc3339("2026-03-20T13:00:30+01:00").unwrap();
        let after = |seconds| after(Duration::from_secs(seconds), now);
        assert_eq!(after(0), "about 13:01");
        assert_eq!(after(95 * 60), "about 14:36");
        assert_eq!(after(11 * 3_600), "tomorrow about 00:01");
        assert_eq!(after(86_400 * 8), "on 28 March about 13:01");
        assert_eq!(after(86_400 * 400), "on 24 April 2027");
        assert_eq!(after(u64::MAX), "nobody knows when");
        let at = DateTime::parse_from_rfc3339("2026-03-20T23:30:00Z").unwrap();
        assert_eq!(moment(at.into(), now), "tomorrow about 00:30");
    }
}
