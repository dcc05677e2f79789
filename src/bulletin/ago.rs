//! How long ago an earlier issue was, as people say it.

use chrono::{Datelike, NaiveDate};

/// A time before a bulletin's date, in the words that people have for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ago {
    /// One to six days.
    FewDays,
    /// Seven to thirteen days.
    LastWeek,
    /// Fourteen to twenty days.
    TwoWeeks,
    /// Twenty-one to twenty-seven days.
    ThreeWeeks,
    /// Longer, and in the same month.
    ThisMonth,
    /// Longer, and in the month before.
    LastMonth,
    /// Longer still, in the same year or less than six months back: the month, from 0.
    Month(usize),
    /// The month, from 0, and the year.
    MonthOfYear(usize, i32),
}

impl Ago {
    /// What lies between two days; nothing where the first isn't the earlier.
    pub fn between(then: NaiveDate, now: NaiveDate) -> Option<Self> {
        let days = (now - then).num_days();
        let months = |date: NaiveDate| date.year() * 12 + date.month0() as i32; // at most 11
        let month = then.month0() as usize;
        Some(match (days, months(now) - months(then)) {
            (..=0, _) => return None,
            (1..=6, _) => Ago::FewDays,
            (7..=13, _) => Ago::LastWeek,
            (14..=20, _) => Ago::TwoWeeks,
            (21..=27, _) => Ago::ThreeWeeks,
            (_, 0) => Ago::ThisMonth,
            (_, 1) => Ago::LastMonth,
            (_, 2..=5) => Ago::Month(month),
            _ if now.year() == then.year() => Ago::Month(month),
            _ => Ago::MonthOfYear(month, then.year()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_becomes_what_people_say() {
        let ago = |then: &str| Ago::between(then.parse().unwrap(), "2018-03-18".parse().unwrap());
        assert_eq!(ago("2018-03-18"), None);
        assert_eq!(ago("2018-04-01"), None);
        assert_eq!(ago("2018-03-17"), Some(Ago::FewDays));
        assert_eq!(ago("2018-03-11"), Some(Ago::LastWeek));
        assert_eq!(ago("2018-03-04"), Some(Ago::TwoWeeks));
        assert_eq!(ago("2018-02-25"), Some(Ago::ThreeWeeks));
        assert_eq!(ago("2018-02-18"), Some(Ago::LastMonth));
        assert_eq!(ago("2018-02-01"), Some(Ago::LastMonth));
        assert_eq!(ago("2018-01-31"), Some(Ago::Month(0)));
        assert_eq!(ago("2017-11-05"), Some(Ago::Month(10)));
        assert_eq!(ago("2017-03-18"), Some(Ago::MonthOfYear(2, 2017)));
        let now = "2018-03-31".parse().unwrap();
        assert_eq!(
            Ago::between("2018-03-01".parse().unwrap(), now),
            Some(Ago::ThisMonth)
        );
    }
}
