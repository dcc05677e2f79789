//! The time at the head of a line of a log.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc};

/// So much of a line is enough to know its time, in bytes.
pub(super) const WIDTH: usize = 48;

/// Reads the time of a line: `2026-03-20T06:00:00.123456+01:00` (RFC 3339),
/// with a blank and without a zone as Exim writes it, or `Mar 20 06:00:00`
/// (RFC 3164), which has no year: the last one in which that was not still to
/// come by `now`. A time without a zone is in the zone of `now`.
pub(super) fn moment<Z: TimeZone>(line: &[u8], now: &DateTime<Z>) -> Option<DateTime<Utc>> {
    let line = &line[..line.len().min(WIDTH)];
    let text = std::str::from_utf8(line)
        .or_else(|error| std::str::from_utf8(&line[..error.valid_up_to()]))
        .ok()?;
    let text = match text.strip_prefix('<') {
        Some(rest) => rest.split_once('>')?.1, // the priority
        None => text,
    };
    if text.starts_with(|char: char| char.is_ascii_digit()) {
        with_year(text, now)
    } else {
        without_year(text, now)
    }
}

fn with_year<Z: TimeZone>(text: &str, now: &DateTime<Z>) -> Option<DateTime<Utc>> {
    let (date_time, rest) = text.split_at_checked("2026-03-20T06:00:00".len())?;
    let time = NaiveDateTime::parse_from_str(&date_time.replace('T', " "), "%Y-%m-%d %H:%M:%S");
    let time = time.ok()?;
    let is_fraction = |char: char| char == '.' || char == ',' || char.is_ascii_digit();
    let zone = rest.trim_start_matches(is_fraction);
    if zone.starts_with('Z') {
        return Some(time.and_utc());
    }
    let zone = zone.strip_prefix(' ').unwrap_or(zone);
    match offset(zone) {
        Some(minutes) => Some((time - TimeDelta::minutes(minutes)).and_utc()),
        None => local(time, now),
    }
}

/// The minutes of `+01:00` or `+0100`.
fn offset(zone: &str) -> Option<i64> {
    let sign = match zone.bytes().next()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String = zone[1..]
        .chars()
        .filter(|char| *char != ':')
        .take_while(char::is_ascii_digit)
        .collect();
    let number: i64 = digits.parse().ok().filter(|_| digits.len() == 4)?;
    Some(sign * (number / 100 * 60 + number % 100))
}

fn without_year<Z: TimeZone>(text: &str, now: &DateTime<Z>) -> Option<DateTime<Utc>> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let mut words = text.split_ascii_whitespace();
    let month = words.next()?;
    let month = MONTHS.iter().position(|known| *known == month)?;
    let day: u32 = words.next()?.parse().ok()?;
    let mut clock = words.next()?.splitn(3, ':').map(|part| {
        let digits = part.get(..2)?;
        digits.parse::<u32>().ok()
    });
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    let tomorrow = now.clone() + TimeDelta::days(1);
    let month = u32::try_from(month).ok()? + 1;
    // Four years, for the 29th of February.
    (0..5).find_map(|ago| {
        let date = NaiveDate::from_ymd_opt(now.year() + 1 - ago, month, day)?;
        let moment = local(date.and_hms_opt(hour, minute, second)?, now)?;
        (moment <= tomorrow).then_some(moment)
    })
}

fn local<Z: TimeZone>(time: NaiveDateTime, now: &DateTime<Z>) -> Option<DateTime<Utc>> {
    let moment = now.timezone().from_local_datetime(&time).earliest()?;
    Some(moment.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{FixedOffset, SecondsFormat};

    fn read(line: &str) -> Option<String> {
        let zone = FixedOffset::east_opt(3_600).unwrap();
        let now = zone.with_ymd_and_hms(2026, 1, 1, 0, 30, 0).unwrap();
        let moment = moment(line.as_bytes(), &now)?;
        Some(moment.to_rfc3339_opts(SecondsFormat::Secs, true))
    }

    #[test]
    fn times_are_read_as_logs_write_them() {
        for (line, told) in [
            (
                "2025-12-31T23:15:02.123456+01:00 host postfix/qmgr[1]: x",
                "2025-12-31T22:15:02Z",
            ),
            ("2025-12-31T23:15:02Z host x", "2025-12-31T23:15:02Z"),
            ("2025-12-31T23:15:02+0000 host x", "2025-12-31T23:15:02Z"),
            (
                "2025-12-31 23:15:02 1tUabc-0000000001X-2abc <= a",
                "2025-12-31T22:15:02Z",
            ),
            (
                "2025-12-31 23:15:02.123 -0330 [12] 1tUabc",
                "2026-01-01T02:45:02Z",
            ),
            (
                "Dec 31 23:15:02 host postfix/qmgr[1]: x",
                "2025-12-31T22:15:02Z",
            ),
            ("<22>Jan  1 00:29:59 host x", "2025-12-31T23:29:59Z"),
            ("Jan  1 23:59:59 host x", "2026-01-01T22:59:59Z"),
            ("Jan  3 00:00:00 host x", "2025-01-02T23:00:00Z"),
            ("Feb 29 12:00:00 host x", "2024-02-29T11:00:00Z"),
        ] {
            assert_eq!(read(line).as_deref(), Some(told), "{line}");
        }
        for line in [
            "",
            "x",
            "Dec",
            "Dec 32 23:15:02",
            "Dec 31 25:00:00",
            "2025",
            "2025-13-01T00:00:00Z",
            "Dec 31 2\u{fc}:15",
            "\u{fc}\u{fc}",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
        assert_eq!(
            moment(b"Dec 31 23:15:02 \xff\xff", &Utc::now()).map(|at| at.day()),
            Some(31)
        );
    }
}
