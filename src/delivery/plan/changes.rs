//! What has changed in an edition since it began, in words for the person who must decide.

use chrono::DateTime;

use crate::edition::Edition;
use crate::ledger::Beginning;
use crate::letter::Frozen;
use crate::people::{Language, Secret};

/// The most lines of a body that are shown.
const MOST_LINES: usize = 12;

/// Something that differs.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    /// What it is.
    pub what: &'static str,
    /// In which language, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// As it began.
    pub before: String,
    /// As the files have it.
    pub now: String,
}

/// Compares what has begun with what the files say.
pub(in crate::delivery) fn between(
    begun: &Beginning,
    versions: &[(Language, Frozen)],
    edition: &Edition,
    secret: &Secret,
) -> Vec<Change> {
    let mut changes = Changes::default();
    let group =
        |audience: &Option<String>| audience.clone().unwrap_or_else(|| "everybody".to_owned());
    changes.add(
        "the audience",
        &group(&begun.audience),
        &group(&edition.audience),
    );
    let before: Vec<_> = versions
        .iter()
        .map(|(language, _)| language.tag())
        .collect();
    let now = edition.versions().map(|version| version.language.tag());
    let now: Vec<_> = now.collect();
    let what = if before.len().max(now.len()) > 1 {
        "the languages"
    } else {
        "the language"
    };
    changes.add(what, &before.join(", "), &now.join(", "));
    // The date of the beginning, so that it makes no difference.
    let date = DateTime::parse_from_rfc3339(&begun.date).unwrap_or_default();
    let several = before.len() > 1;
    for (number, (language, before)) in versions.iter().enumerate() {
        let same = edition.versions().find(|now| now.language == *language);
        // A base whose language was named otherwise is still the base.
        let now = same.or((number == 0).then_some(&edition.base));
        if let Some(now) = now {
            let now = Frozen::new(edition, now, date, secret);
            changes.language = several.then(|| language.tag().to_owned());
            changes.add_version(before, &now);
        }
    }
    changes.language = None;
    changes.of_program(begun)
}

#[derive(Default)]
struct Changes {
    found: Vec<Change>,
    /// The language of what is compared.
    language: Option<String>,
}

impl Changes {
    fn add_version(&mut self, before: &Frozen, now: &Frozen) {
        self.add("the subject", &before.subject, &now.subject);
        let (old, new) = differing_lines(&before.words, &now.words);
        self.add("the text", &old, &new);
        for (what, before, now) in &before.differences(now) {
            self.add(what, before, now);
        }
    }

    /// What was found; where that is nothing, what else makes another digest.
    fn of_program(mut self, begun: &Beginning) -> Vec<Change> {
        let program = env!("CARGO_PKG_VERSION");
        if self.found.is_empty() && begun.program == program {
            self.add(
                "the time in which it may begin",
                "another",
                "as the files have it",
            );
        } else if self.found.is_empty() {
            self.add(
                "the program that writes the letters",
                &begun.program,
                program,
            );
        }
        self.found
    }

    fn add(&mut self, what: &'static str, before: &str, now: &str) {
        if before != now {
            self.found.push(Change {
                what,
                language: self.language.clone(),
                before: before.to_owned(),
                now: now.to_owned(),
            });
        }
    }
}

/// The lines between what two texts have in common at their start and at their end.
fn differing_lines(before: &str, now: &str) -> (String, String) {
    let (old, new): (Vec<_>, Vec<_>) = (before.lines().collect(), now.lines().collect());
    let start = old
        .iter()
        .zip(&new)
        .take_while(|(one, other)| one == other)
        .count();
    let rest = old[start..].iter().rev().zip(new[start..].iter().rev()); // `start` is in both
    let end = rest.take_while(|(one, other)| one == other).count();
    let shown = |lines: &[&str]| {
        let middle = &lines[start..lines.len() - end]; // the two parts don't overlap
        let mut shown = middle
            .iter()
            .take(MOST_LINES)
            .copied()
            .collect::<Vec<_>>()
            .join("\n");
        if middle.len() > MOST_LINES {
            shown.push_str("\n…");
        }
        shown
    };
    (shown(&old), shown(&new))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_lines_that_differ_are_shown() {
        assert_eq!(
            differing_lines("a\nb\nc\nd", "a\nB\nc\nd"),
            ("b".to_owned(), "B".to_owned())
        );
        assert_eq!(
            differing_lines("a\nb", "a\nb"),
            (String::new(), String::new())
        );
        assert_eq!(
            differing_lines("a\na", "a"),
            ("a".to_owned(), String::new())
        );
        let long = "x\n".repeat(50);
        assert_eq!(differing_lines("", &long).1.lines().count(), MOST_LINES + 1);
    }
}
