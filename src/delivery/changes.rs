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
    /// As it began.
    pub before: String,
    /// As the files have it.
    pub now: String,
}

/// Compares what has begun with what the files say.
pub(super) fn between(
    begun: &Beginning,
    versions: &[(Language, Frozen)],
    edition: &Edition,
    secret: &Secret,
) -> Vec<Change> {
    let mut changes = Changes::default();
    let mut add = |what, before: &str, now: &str| changes.add(what, before, now);
    let group =
        |audience: &Option<String>| audience.clone().unwrap_or_else(|| "everybody".to_owned());
    add(
        "the audience",
        &group(&begun.audience),
        &group(&edition.audience),
    );
    let Some((language, before)) = versions.first() else {
        return changes.0;
    };
    // The date of the beginning, so that it makes no difference.
    let date = DateTime::parse_from_rfc3339(&begun.date).unwrap_or_default();
    let now = Frozen::new(edition, date, secret);
    add("the language", language.tag(), edition.language.tag());
    add("the subject", &before.subject, &now.subject);
    let (old, new) = differing_lines(&before.words, &now.words);
    add("the text", &old, &new);
    let others = before.differences(&now);
    for (what, before, now) in &others {
        add(what, before, now);
    }
    if changes.0.is_empty() {
        let program = env!("CARGO_PKG_VERSION");
        if begun.program == program {
            changes.add(
                "the time in which it may begin",
                "another",
                "as the files have it",
            );
        } else {
            changes.add(
                "the program that writes the letters",
                &begun.program,
                program,
            );
        }
    }
    changes.0
}

#[derive(Default)]
struct Changes(Vec<Change>);

impl Changes {
    fn add(&mut self, what: &'static str, before: &str, now: &str) {
        if before != now {
            self.0.push(Change {
                what,
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
