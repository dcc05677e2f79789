//! Dates as people write them, for telling them how a file wants them.

use chrono::NaiveDate;

/// What looks like a date written otherwise than TOML does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// It can only mean this day.
    Means(NaiveDate),
    /// It may mean several days, or none.
    Unclear,
}

/// How a date is to be written.
pub(super) const HELP: &str = "a date is written as year-month-day without quotation marks, such as 2026-03-20, \
    and a date with a time as 2026-03-20T06:00:00";

/// How the months' names begin, in English and German.
const MONTHS: [[&str; 2]; 12] = [
    ["jan", "jän"],
    ["feb", "feb"],
    ["mar", "mär"],
    ["apr", "apr"],
    ["may", "mai"],
    ["jun", "jun"],
    ["jul", "jul"],
    ["aug", "aug"],
    ["sep", "sep"],
    ["oct", "okt"],
    ["nov", "nov"],
    ["dec", "dez"],
];

/// Looks whether words, perhaps between quotation marks, are a date: `20.3.2026`, `3/20/2026`, `20 March 2026`.
pub(super) fn written(words: &str) -> Option<Written> {
    let words = words.trim_matches(['"', '\'', '“', '”', ' ']);
    if words.len() > 40 || !words.contains(|char: char| char.is_ascii_digit()) {
        return None;
    }
    if let Ok(date) = words.parse::<NaiveDate>() {
        return Some(Written::Means(date));
    }
    let parts: Vec<&str> = words
        .split([' ', ',', '.', '/', '-'])
        .filter(|part| !part.is_empty())
        .collect();
    let [first, second, third, ..] = parts.as_slice() else {
        return None;
    };
    let number = |part: &str| {
        part.trim_end_matches(|char: char| char.is_ascii_alphabetic())
            .parse::<u32>()
            .ok()
    };
    let month_name = |part: &str| {
        let part = part.to_lowercase();
        MONTHS
            .iter()
            .position(|names| names.iter().any(|name| part.starts_with(name)))
    };
    if let Some(month) = month_name(first).or_else(|| month_name(second)) {
        let day = if month_name(first).is_some() {
            second
        } else {
            first
        };
        return Some(means(number(third), Some(month as u32 + 1), number(day)));
    }
    let (first_number, second_number, third_number) =
        (number(first)?, number(second)?, number(third)?);
    let separator = words.chars().find(|char| !char.is_ascii_digit())?;
    Some(match separator {
        _ if first.len() == 4 => means(Some(first_number), Some(second_number), Some(third_number)),
        _ if third.len() != 4 => Written::Unclear,
        // With dots the day stands first everywhere; with strokes it depends on the country.
        '.' => means(Some(third_number), Some(second_number), Some(first_number)),
        _ if first_number > 12 => {
            means(Some(third_number), Some(second_number), Some(first_number))
        }
        _ if second_number > 12 => {
            means(Some(third_number), Some(first_number), Some(second_number))
        }
        _ => Written::Unclear,
    })
}

fn means(year: Option<u32>, month: Option<u32>, day: Option<u32>) -> Written {
    let date = year
        .zip(month)
        .zip(day)
        .filter(|((year, _), _)| (1900..2200).contains(year))
        .and_then(|((year, month), day)| NaiveDate::from_ymd_opt(year as i32, month, day)); // checked to fit
    date.map_or(Written::Unclear, Written::Means)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_known_in_other_clothes() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 20).unwrap();
        for words in [
            "20.3.2026",
            "20.03.2026",
            "20/03/2026",
            "3/20/2026",
            "2026.03.20",
            "2026/3/20",
            "20 March 2026",
            "20. März 2026",
            "March 20, 2026",
            "20th March 2026",
            "\"2026-03-20\"",
        ] {
            assert_eq!(written(words), Some(Written::Means(day)), "{words}");
        }
        for words in ["03/04/2026", "03/20/26", "31.2.2026", "20.3.26"] {
            assert_eq!(written(words), Some(Written::Unclear), "{words}");
        }
        for words in [
            "ready",
            "Prayer for 20",
            "3 things",
            "1.5",
            "",
            "2026",
            "a.b.c",
        ] {
            assert_eq!(written(words), None, "{words}");
        }
    }
}
