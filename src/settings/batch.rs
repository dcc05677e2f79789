//! `[batch]`: how many letters go at once, and how fast.

use std::fmt;
use std::time::Duration;

use crate::diagnostic::quote;
use crate::document::Fields;
use crate::people::EmailAddress;

/// The keys of `[batch]`.
pub(super) const KEYS: &[&str] = &[
    "size",
    "pause",
    "connections",
    "rate",
    "domains",
    "retry_within",
];

/// The most letters that a rate may allow in its time.
const MOST_LETTERS: u32 = 1_000_000;

/// How letters are sent: how many at once, and how fast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The most letters of one batch, over all connections: 1 to 10,000.
    pub size: usize,
    /// The rest between two batches.
    pub pause: Duration,
    /// The most connections at once: 1 to 50.
    pub connections: usize,
    /// Ceilings over all connections; each of them holds.
    pub rates: Vec<Rate>,
    /// Ceilings for the recipients of single domains: A-labels in lower case.
    pub domains: Vec<(String, Vec<Rate>)>,
    /// How long a run waits for letters that the relay has put off.
    pub retry_within: Duration,
}

/// A ceiling: so many letters in any such length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The most letters: 1 to 1,000,000.
    pub letters: u32,
    /// A second, a minute, an hour or a day.
    pub window: Duration,
}

/// As it is written in the settings.
impl fmt::Display for Rate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.window.as_secs() {
            1 => "s",
            60 => "min",
            3_600 => "h",
            _ => "day",
        };
        write!(out, "{}/{unit}", self.letters)
    }
}

impl Default for Batch {
    fn default() -> Self {
        Self {
            size: 50,
            pause: Duration::ZERO,
            connections: 4,
            rates: Vec::new(),
            domains: Vec::new(),
            retry_within: Duration::from_secs(120),
        }
    }
}

impl Batch {
    /// Reads the table; what isn't there, or is wrong, is as by default.
    pub(super) fn read(mut fields: Fields<'_>) -> Self {
        let default = Self::default();
        let size = count(&mut fields, "size", "size = 50", 10_000);
        let pause = fields.duration("pause", "pause = \"30s\"");
        let connections = count(&mut fields, "connections", "connections = 4", 50);
        let example = "rate = \"30/min\", or rate = [\"5/s\", \"2000/day\"] for several";
        let rates = fields.parsed_list("rate", example, rate);
        let domains = fields.open_table(
            "domains",
            "[batch.domains] on a line of its own, and \"example.com\" = \"20/min\" below it",
            "[batch.domains]",
        );
        let domains = domains.map(domains_of);
        let retry_within = fields.duration("retry_within", "retry_within = \"2 min\"");
        Self {
            size: size.unwrap_or(default.size),
            pause: pause.unwrap_or(default.pause),
            connections: connections.unwrap_or(default.connections),
            rates: rates.map_or(default.rates, |rates| {
                rates.value.into_iter().map(|rate| rate.value).collect()
            }),
            domains: domains.unwrap_or(default.domains),
            retry_within: retry_within.unwrap_or(default.retry_within),
        }
    }
}

/// Reads the ceilings of `[batch.domains]`.
fn domains_of(mut fields: Fields<'_>) -> Vec<(String, Vec<Rate>)> {
    let mut domains: Vec<(String, Vec<Rate>)> = Vec::new();
    for key in fields.keys() {
        // Without quotation marks a domain is a key in a table in a table.
        let example = if key.value.contains('.') {
            format!("\"{}\" = \"20/min\"", key.value)
        } else {
            "the domain between quotation marks: \"example.com\" = \"20/min\"".to_owned()
        };
        let Some(rates) = fields.parsed_list(&key.value, &example, rate) else {
            continue;
        };
        let rates = rates.value.into_iter().map(|rate| rate.value);
        let address = format!("x@{}", key.value).parse::<EmailAddress>();
        match address {
            Ok(address) if domains.iter().any(|(known, _)| known == address.domain()) => {
                let told = format!("{} stands here a second time", quote(&key.value));
                let finding = fields.reader().error("repeated-domain", key.span, told);
                fields.reader().report(finding.help("keep one of the two"));
            }
            Ok(address) => domains.push((address.domain().to_owned(), rates.collect())),
            Err(_) => {
                let told = format!("{} is no domain", quote(&key.value));
                let finding = fields.reader().error("no-domain", key.span, told);
                let help = "write what stands behind the @ of an address, as in \"example.com\" = \"20/min\"";
                fields.reader().report(finding.help(help));
            }
        }
    }
    domains
}

fn count(fields: &mut Fields<'_>, key: &str, example: &str, most: i64) -> Option<usize> {
    let found = fields.whole_number(key, example, 1..=most)?;
    usize::try_from(found.value).ok()
}

/// Reads `30/min`, `30 / min` or `30 per minute`.
fn rate(written: &str) -> Result<Rate, &'static str> {
    let unclear = "it does not say how many letters in one s, min, h or day";
    let (number, unit) = written
        .split_once('/')
        .or_else(|| written.split_once(" per "))
        .ok_or(unclear)?;
    let number = number.trim();
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(unclear);
    }
    let seconds = match unit.trim() {
        "s" | "sec" | "second" => 1,
        "m" | "min" | "minute" => 60,
        "h" | "hour" => 3_600,
        "d" | "day" => 86_400,
        _ => return Err(unclear),
    };
    match number.parse() {
        Ok(0) => Err("at this rate no letter would ever go"),
        Ok(letters @ 1..=MOST_LETTERS) => Ok(Rate {
            letters,
            window: Duration::from_secs(seconds),
        }),
        _ => Err("it is more than a million letters; without `rate` there is no limit"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_as_people_write_them() {
        for (written, letters, seconds) in [
            ("30/min", 30, 60),
            ("30 / min", 30, 60),
            (" 30 per minute ", 30, 60),
            ("5/s", 5, 1),
            ("1 per second", 1, 1),
            ("100/h", 100, 3_600),
            ("100/hour", 100, 3_600),
            ("2000/day", 2_000, 86_400),
            ("1000000/d", 1_000_000, 86_400),
        ] {
            let window = Duration::from_secs(seconds);
            assert_eq!(rate(written), Ok(Rate { letters, window }), "{written}");
        }
        for wrong in [
            "",
            "30",
            "/min",
            "30/",
            "30/week",
            "30 min",
            "0/min",
            "-1/min",
            "+1/min",
            "1.5/s",
            "1000001/day",
            "99999999999999999999/day",
            "30/10 min",
            "30/min/h",
        ] {
            assert!(rate(wrong).is_err(), "{wrong}");
        }
    }
}
