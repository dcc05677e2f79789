//! What runs have learnt of the relay, for `epistle status`: what, until when,
//! and by which words of the server's.

use chrono::{DateTime, FixedOffset, SecondsFormat, Utc};

use super::{print, when};
use crate::delivery::Memory;
use crate::diagnostic::printable;
use crate::ledger::{Learnt, Lesson};

/// One thing learnt, as data.
#[derive(serde::Serialize)]
pub(super) struct Row {
    what: Lesson,
    /// The domain or the edition that it is about.
    #[serde(skip_serializing_if = "String::is_empty")]
    about: String,
    /// The number that goes with it; letters an hour for a rate and a speed.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<u64>,
    told: String,
    since: String,
    until: String,
}

/// What was learnt, as data.
pub(super) fn rows(memory: &Memory) -> Vec<Row> {
    let time = |at| DateTime::<Utc>::from(at).to_rfc3339_opts(SecondsFormat::Secs, true);
    let row = |learnt: &Learnt| Row {
        what: learnt.lesson,
        about: learnt.about.clone(),
        // A login's is a fingerprint, and says something of the password.
        value: (learnt.lesson != Lesson::Login).then_some(learnt.value),
        told: learnt.told.clone(),
        since: time(learnt.since),
        until: time(learnt.until),
    };
    memory.learnt.iter().map(row).collect()
}

/// What was learnt, in words, a line each.
pub(super) fn lines(memory: &Memory, now: DateTime<FixedOffset>) -> String {
    let mut text = String::new();
    for learnt in &memory.learnt {
        let value = print::number(learnt.value);
        let what = match learnt.lesson {
            Lesson::Quota => "its quota is used up".to_owned(),
            Lesson::Rate if learnt.about.is_empty() => format!("it gets {value} letters an hour"),
            Lesson::Rate => format!("{} gets {value} letters an hour", learnt.about),
            Lesson::LettersPerConnection => format!("it gets {value} letters on a connection"),
            Lesson::Connections => format!("it gets {value} connections at once"),
            Lesson::Halt => format!("{} is not sent without a person's word", learnt.about),
            Lesson::Login => "cron does not try the login that it refused".to_owned(),
            Lesson::Speed => continue, // no limit, and told by when a run is done
        };
        let since = DateTime::<Utc>::from(learnt.since).with_timezone(now.offset());
        let since = since.format("%Y-%m-%d %H:%M");
        let until = match learnt.lesson {
            Lesson::Halt => String::new(),
            _ => format!(", until {}", when::moment(learnt.until, now)),
        };
        // A reply begins with its code. Words of ours may quote one; a halt's begin with a count.
        let is_reply = learnt.lesson != Lesson::Halt
            && learnt.told.starts_with(|char: char| char.is_ascii_digit());
        let told = if is_reply {
            &format!("it said {}", learnt.told)
        } else {
            &learnt.told
        };
        let told = print::told_by_relay(told);
        text += &printable(&format!("  {what}{until} (learnt {since}: {told})"));
        text.push('\n');
    }
    if text.is_empty() {
        return text;
    }
    format!("learnt of the mail server; epistle send --anyway forgets it:\n{text}")
}
