//! What relay logs and mailboxes say of letters of which nobody knows whether
//! they have arrived: their Message-IDs are looked for, and what a log says of
//! each is followed to its end. Nothing is decided here, least of all by absence.

mod exim;
mod lines;
mod log;
mod mailbox;
mod moment;
mod postfix;
mod sought;

use std::io;
use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};

pub use log::{Span, read_logs};
pub use mailbox::read_mailbox;
pub use sought::Sought;

/// The most sightings of one letter that are kept.
const MOST: usize = 16;

/// The longest text of a line that is kept, in bytes.
const MAX_TEXT: usize = 1_000;

/// So long before an outcome was recorded its attempt may have begun: a relay
/// may take ten minutes for the answer to a dot (RFC 5321, 4.5.3.2.6).
const BEFORE: TimeDelta = TimeDelta::minutes(15);

/// So long after an attempt its last line may be written, and two clocks may differ.
const AFTER: TimeDelta = TimeDelta::minutes(1);

/// A machine may have so little to say that nothing is logged for so long.
const QUIET: TimeDelta = TimeDelta::hours(1);

/// What one line says of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Says {
    /// The relay has read its header; the dot may still have been to come.
    Begun,
    /// The relay has it in its queue.
    Queued,
    /// It was handed on, or put into a mailbox.
    Sent,
    /// It could not be handed on yet.
    Deferred,
    /// It could not be handed on at all.
    Bounced,
    /// The relay would not take it.
    Rejected,
    /// It lies in the mailbox.
    InMailbox,
    /// Somebody, or some program, has answered it.
    Answered,
    /// The line names it, and what it says is not known.
    Named,
}

impl Says {
    /// The words for people.
    pub fn words(self) -> &'static str {
        match self {
            Says::Begun => "the relay has read its header",
            Says::Queued => "in the relay's queue",
            Says::Sent => "sent on",
            Says::Deferred => "put off on its way",
            Says::Bounced => "bounced",
            Says::Rejected => "rejected by the relay",
            Says::InMailbox => "lies in the mailbox",
            Says::Answered => "was answered",
            Says::Named => "is named",
        }
    }
}

/// A line that speaks of a letter.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Sighting {
    /// The file.
    pub file: String,
    /// The line in it, from 1.
    pub line: u64,
    /// What it says.
    pub says: Says,
    /// The line itself, or its beginning.
    pub text: String,
}

/// What all lines together say of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The relay has taken it and handed it on, or it is where it was to go.
    Sent,
    /// The relay has taken it, and still has it.
    Queued,
    /// The relay has taken it, and could not hand it on.
    Bounced,
    /// The relay has refused it at its end.
    Rejected,
    /// The relay has seen its header, and nothing says that it took the letter.
    Begun,
    /// It is named where nobody can know what that means.
    Named,
    /// Nothing names it.
    NotFound,
}

impl Verdict {
    /// Says whether the relay has taken the letter, for certain.
    pub fn is_taken(self) -> bool {
        matches!(self, Verdict::Sent | Verdict::Queued | Verdict::Bounced)
    }

    /// Draws the conclusion from what was seen.
    pub fn of(seen: &[Sighting]) -> Self {
        use Says::{Answered, Begun, Bounced, Deferred, InMailbox, Named, Queued, Rejected, Sent};
        // Behind a content filter a letter is sent on once and may bounce later: that counts more.
        const ORDER: [(&[Says], Verdict); 6] = [
            (&[InMailbox, Answered], Verdict::Sent),
            (&[Bounced], Verdict::Bounced),
            (&[Sent], Verdict::Sent),
            (&[Deferred, Queued], Verdict::Queued),
            (&[Rejected], Verdict::Rejected),
            (&[Begun], Verdict::Begun),
        ];
        let is_seen = |says: &[Says]| seen.iter().any(|sighting| says.contains(&sighting.says));
        let found = ORDER.iter().find(|(says, _)| is_seen(says));
        match found {
            Some((_, verdict)) => *verdict,
            None if is_seen(&[Named]) => Verdict::Named,
            None => Verdict::NotFound,
        }
    }
}

/// Why a log or a mailbox can't be searched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvidenceError {
    /// The system refuses.
    #[error("{path}: {cause}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The file is compressed.
    #[error("{path} is compressed")]
    Compressed {
        /// The file.
        path: PathBuf,
        /// The program that unpacks it.
        unpack: &'static str,
    },
    /// The folder is none.
    #[error("{0} is no Maildir: no folder cur or new is in it")]
    NoMaildir(PathBuf),
}

/// Says whether logs reach from before an attempt to after it, so that they
/// would name a letter that the relay had taken. `at` is when its outcome was
/// recorded, or when its body was begun.
pub fn covers(spans: &[Span], at: DateTime<Utc>) -> bool {
    let mut known: Vec<_> = spans.iter().filter_map(Span::reach).collect();
    known.sort();
    let mut reach: Option<(DateTime<Utc>, DateTime<Utc>)> = None;
    for (from, to) in known {
        reach = Some(match reach {
            Some((begin, end)) if from <= end + QUIET => (begin, end.max(to)),
            Some((begin, end)) if begin <= at - BEFORE && end >= at + AFTER => (begin, end),
            _ => (from, to),
        });
    }
    reach.is_some_and(|(begin, end)| begin <= at - BEFORE && end >= at + AFTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    fn span(from: i64, to: i64) -> Span {
        Span {
            file: String::new(),
            lines: 2,
            from: Some(at(from)),
            to: Some(at(to)),
        }
    }

    #[test]
    fn logs_cover_what_lies_well_inside_them() {
        assert!(!covers(&[], at(100)));
        assert!(covers(&[span(80, 120)], at(100)));
        assert!(
            !covers(&[span(90, 120)], at(100)),
            "it may have begun before"
        );
        assert!(
            !covers(&[span(80, 100)], at(100)),
            "it may have ended after"
        );
        assert!(covers(&[span(100, 120), span(0, 99)], at(100)));
        // Between these two a file is missing.
        let apart = [span(0, 200), span(500, 700)];
        assert!(covers(&apart, at(100)) && covers(&apart, at(600)));
        assert!(!covers(&apart, at(350)));
        let unknown = Span {
            from: None,
            to: None,
            ..span(0, 0)
        };
        assert!(!covers(&[unknown], at(100)));
    }
}
