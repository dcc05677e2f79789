//! Lengths of time as people write them: `30s`, `10 min`, `12 h`, `4 days`.

use std::time::Duration;

/// Reads a whole number and a unit; at most ten years.
pub(super) fn parse(written: &str) -> Option<Duration> {
    let written = written.trim();
    let digits = written.find(|char: char| !char.is_ascii_digit())?;
    let number: u64 = written[..digits].parse().ok()?;
    let seconds = match written[digits..].trim_start() {
        "s" | "sec" | "second" | "seconds" => 1,
        "m" | "min" | "minute" | "minutes" => 60,
        "h" | "hour" | "hours" => 3_600,
        "d" | "day" | "days" => 86_400,
        _ => return None,
    };
    let total = number.checked_mul(seconds)?;
    (total <= 10 * 366 * 86_400).then(|| Duration::from_secs(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_units_are_read() {
        assert_eq!(parse("30s"), Some(Duration::from_secs(30)));
        assert_eq!(parse(" 12 h "), Some(Duration::from_secs(43_200)));
        assert_eq!(parse("4 days"), Some(Duration::from_secs(345_600)));
        for bad in [
            "",
            "12",
            "h",
            "-1 h",
            "1.5 h",
            "1 fortnight",
            "99999999999999999999 s",
            "9999999 days",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
