//! The words of the program itself in each language, one file a language. A
//! word that is missing in one of them does not compile.
//!
//! None of them takes a number, so that none has plural forms: what is two or
//! three weeks ago has a sentence of its own. A word that takes one belongs into
//! [`Words`] as a table with a place for each category of CLDR's plural rules
//! (zero, one, two, few, many, other): Arabic has all six, Korean only "other".

mod ar;
mod de;
mod en;
mod es;
mod fr;
mod ko;
mod nl;
mod pt;

use crate::bulletin::Ago;
use crate::people::Language;

/// What the program says to readers. `{list}` and `{organisation}` are filled in.
pub(super) struct Words {
    /// The language of these words.
    pub(super) tag: &'static str,
    /// Before an urgent item.
    pub(super) urgent: &'static str,
    /// Before an item of praise.
    pub(super) praise: &'static str,
    /// Over the answered prayers, where they are gathered.
    pub(super) answered: &'static str,
    /// Before an item that comes back to what an earlier issue asked.
    pub(super) asked: Asked,
    /// At a pseudonym's mark, where the bulletin has no note of its own.
    pub(super) pseudonym: &'static str,
    /// At the foot.
    pub(super) why: &'static str,
    /// The link at the foot.
    pub(super) unsubscribe: &'static str,
}

/// "Last month we asked you to pray for {what}.": one sentence for each time
/// that may have passed, since languages don't agree on where its words go.
/// `{month}` is one of `months`.
pub(super) struct Asked {
    /// One to six days ago.
    pub(super) few_days: &'static str,
    /// Seven days ago and more.
    pub(super) last_week: &'static str,
    /// Fourteen days ago and more.
    pub(super) two_weeks: &'static str,
    /// Twenty-one days ago and more.
    pub(super) three_weeks: &'static str,
    /// Four weeks ago, and in this month.
    pub(super) this_month: &'static str,
    /// In the month before.
    pub(super) last_month: &'static str,
    /// In a month of this year, or of the last half year.
    pub(super) month: &'static str,
    /// In a month of another `{year}`.
    pub(super) month_of_year: &'static str,
    /// January to December, as they stand in these sentences.
    pub(super) months: [&'static str; 12],
}

impl Asked {
    /// The sentence for what was asked.
    pub(super) fn sentence(&self, ago: Ago, what: &str) -> String {
        let (sentence, month, year) = match ago {
            Ago::FewDays => (self.few_days, 0, 0),
            Ago::LastWeek => (self.last_week, 0, 0),
            Ago::TwoWeeks => (self.two_weeks, 0, 0),
            Ago::ThreeWeeks => (self.three_weeks, 0, 0),
            Ago::ThisMonth => (self.this_month, 0, 0),
            Ago::LastMonth => (self.last_month, 0, 0),
            Ago::Month(month) => (self.month, month, 0),
            Ago::MonthOfYear(month, year) => (self.month_of_year, month, year),
        };
        // What staff wrote comes last, so that nothing in it is filled in.
        sentence
            .replace("{month}", self.months[month % 12])
            .replace("{year}", &year.to_string())
            .replace("{what}", what)
    }
}

const ALL: &[Words] = &[
    en::WORDS,
    ar::WORDS,
    de::WORDS,
    es::WORDS,
    fr::WORDS,
    ko::WORDS,
    nl::WORDS,
    pt::WORDS,
];

/// The words for a language; where there are none, the English ones.
pub(super) fn of(language: &Language) -> &'static Words {
    let known = ALL.iter().find(|words| words.tag == language.primary());
    known.unwrap_or(&ALL[0]) // English is the first
}

/// Says whether the program has words of its own in a language.
pub fn has_words(language: &Language) -> bool {
    ALL.iter().any(|words| words.tag == language.primary())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_says_who_writes_and_to_which_list() {
        for words in ALL {
            for place in ["{list}", "{organisation}"] {
                assert_eq!(words.why.matches(place).count(), 1, "{}", words.tag);
            }
            let all = [words.urgent, words.pseudonym, words.why, words.unsubscribe];
            assert!(
                all.iter()
                    .all(|text| !text.trim().is_empty() && text.trim() == *text)
            );
            let tag: Language = words.tag.parse().unwrap();
            assert_eq!(of(&tag).tag, words.tag);
        }
    }

    #[test]
    fn months_are_written_as_cldr_has_them() {
        let rows = include_str!("months.tsv");
        let rows = rows.lines().filter(|row| !row.starts_with('#'));
        let mut count = 0;
        for row in rows {
            let cells: Vec<_> = row.split('\t').collect();
            let [tag, month, name, with_year] = cells[..] else {
                panic!("{row}")
            };
            let words = of(&tag.parse().unwrap());
            assert_eq!(words.tag, tag);
            let month = month.parse::<usize>().unwrap() - 1;
            assert_eq!(words.asked.months[month], name, "{tag}");
            let sentence = words.asked.sentence(Ago::MonthOfYear(month, 2017), "rain");
            assert!(sentence.contains(with_year), "{with_year}: {sentence}");
            count += 1;
        }
        assert_eq!(count, 12 * ALL.len());
    }

    #[test]
    fn a_region_speaks_its_language() {
        let words = |tag: &str| of(&tag.parse().unwrap()).tag;
        assert_eq!(
            [words("pt-BR"), words("de-CH"), words("sw")],
            ["pt", "de", "en"]
        );
    }

    #[test]
    fn every_sentence_says_what_was_asked_and_fills_everything_in() {
        let times = [
            Ago::FewDays,
            Ago::LastWeek,
            Ago::TwoWeeks,
            Ago::ThreeWeeks,
            Ago::ThisMonth,
            Ago::LastMonth,
            Ago::Month(10),
            Ago::MonthOfYear(0, 2017),
        ];
        for words in ALL {
            let mut seen = std::collections::HashSet::new();
            for ago in times {
                let sentence = words.asked.sentence(ago, "rain {year}");
                assert!(sentence.contains("rain {year}"), "{sentence}");
                assert_eq!(sentence.matches('{').count(), 1, "{sentence}");
                assert!(seen.insert(sentence), "{}: {ago:?}", words.tag);
            }
        }
        let said = |ago| ALL[0].asked.sentence(ago, "rain");
        assert_eq!(
            said(Ago::LastMonth),
            "Last month we asked you to pray for rain."
        );
        assert_eq!(
            said(Ago::Month(10)),
            "In November we asked you to pray for rain."
        );
        assert_eq!(
            said(Ago::MonthOfYear(0, 2017)),
            "In January 2017 we asked you to pray for rain."
        );
    }
}
