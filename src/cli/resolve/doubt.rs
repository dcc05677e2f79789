//! The letters in doubt of an edition, with their Message-IDs and what logs and mailboxes say.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Offset, SecondsFormat, Utc};

use super::super::exit::Exit;
use super::super::message_ids::MessageIds;
use super::super::refusal::Refusal;
use super::super::{print, status};
use crate::delivery::{Letter, Report};
use crate::diagnostic::printable;
use crate::evidence::{self, EvidenceError, Sighting, Sought, Span, Verdict};
use crate::ledger::{Ledger, State};
use crate::people::EmailAddress;
use crate::settings::Settings;

/// So much of a line of a log is shown, in characters; `--json` has more.
const SHOWN: usize = 300;

/// All letters in doubt.
#[derive(Debug, serde::Serialize)]
pub(super) struct Doubts {
    edition: String,
    digest: String,
    unknown: u64,
    pub(super) letters: Vec<Doubt>,
    /// Where they were looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) searched: Option<Searched>,
}

/// One of them.
#[derive(Debug, serde::Serialize)]
pub(super) struct Doubt {
    #[serde(flatten)]
    pub(super) letter: Letter,
    /// Without the brackets. Nothing where the key is gone that makes it.
    message_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) verdict: Option<Verdict>,
    /// Whether the logs reach from before the attempt to after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    covered: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    evidence: Vec<Sighting>,
}

/// Where letters were looked for.
#[derive(Debug, serde::Serialize)]
pub(super) struct Searched {
    logs: Vec<Log>,
    mailboxes: Vec<Mailbox>,
}

#[derive(Debug, serde::Serialize)]
struct Log {
    file: String,
    lines: u64,
    from: Option<String>,
    to: Option<String>,
}

#[derive(Debug, serde::Serialize)]
struct Mailbox {
    path: PathBuf,
    mails: u64,
}

impl Doubts {
    /// Takes them from the ledger.
    pub(super) fn of(
        ledger: &mut impl Ledger,
        settings: &Settings,
        edition: &str,
    ) -> anyhow::Result<Self> {
        let report = Report::of(ledger, edition)?;
        let ids = MessageIds::of(ledger, settings, edition)?;
        let unknown = |letter: &Letter| letter.state == State::Unknown;
        let letters = report.letters.into_iter().filter(unknown);
        Ok(Self {
            edition: report.edition,
            digest: report.digest,
            unknown: report.unknown,
            letters: letters
                .map(|letter| Doubt {
                    message_id: ids.of_letter(&letter),
                    letter,
                    verdict: None,
                    covered: None,
                    evidence: Vec::new(),
                })
                .collect(),
            searched: None,
        })
    }

    /// Looks for them in logs and mailboxes, if there are any.
    pub(super) fn search(&mut self, logs: &[PathBuf], mailboxes: &[PathBuf]) -> anyhow::Result<()> {
        if logs.is_empty() && mailboxes.is_empty() {
            return Ok(());
        }
        let ids = self.letters.iter().map(|doubt| doubt.message_id.as_deref());
        let ids: Option<Vec<_>> = ids.collect();
        let Some(ids) = ids else {
            return Err(no_key(&self.edition).into());
        };
        let mut sought = Sought::new(ids);
        let spans = evidence::read_logs(logs, &mut sought).map_err(told)?;
        let mut read = Vec::new();
        for path in mailboxes {
            let mails = evidence::read_mailbox(path, &mut sought).map_err(told)?;
            let path = path.clone();
            read.push(Mailbox { path, mails });
        }
        for (number, doubt) in self.letters.iter_mut().enumerate() {
            doubt.verdict = Some(sought.verdict(number));
            doubt.evidence = sought.seen(number).to_vec();
            let at = DateTime::parse_from_rfc3339(&doubt.letter.time);
            doubt.covered = Some(at.is_ok_and(|at| evidence::covers(&spans, at.to_utc())));
        }
        self.searched = Some(Searched {
            logs: spans.iter().map(log).collect(),
            mailboxes: read,
        });
        Ok(())
    }

    /// Those whose letters the relay has taken, for certain.
    pub(super) fn taken(&self) -> Vec<EmailAddress> {
        let taken = self.letters.iter().filter(|doubt| doubt.is_taken());
        taken.filter_map(Doubt::address).collect()
    }

    /// What people read.
    pub(super) fn described(&self) -> String {
        let mut text = String::new();
        for doubt in &self.letters {
            text += &doubt.described();
        }
        let Some(searched) = &self.searched else {
            return text;
        };
        text += "searched:\n";
        for log in &searched.logs {
            let reach = match (&log.from, &log.to) {
                (Some(from), Some(to)) => format!("from {from} to {to}"),
                _ => "in which no time can be read".to_owned(),
            };
            let lines = print::counted(log.lines, "line", "lines");
            text += &printable(&format!("  {}: {lines}, {reach}", log.file));
            text.push('\n');
        }
        for mailbox in &searched.mailboxes {
            let mails = print::counted(mailbox.mails, "mail", "mails");
            text += &printable(&format!("  {}: {mails}", mailbox.path.display()));
            text.push('\n');
        }
        text
    }
}

impl Doubt {
    pub(super) fn address(&self) -> Option<EmailAddress> {
        self.letter.address.parse().ok() // the ledger holds no other
    }

    pub(super) fn is_taken(&self) -> bool {
        self.verdict.is_some_and(Verdict::is_taken)
    }

    /// The letter as `status` shows it, and below it what is known beyond that.
    /// Off a terminal without the lines of the log, which name people.
    fn described(&self) -> String {
        let open = io::stdout().is_terminal();
        let mut lines = vec![];
        if let Some(id) = &self.message_id {
            lines.push(format!("Message-ID <{id}>"));
        }
        for sighting in &self.evidence {
            let place = if open {
                format!("{}:{}", sighting.file, sighting.line)
            } else {
                format!("{}:{}", file_name(&sighting.file), sighting.line)
            };
            lines.push(format!("{place}: {}", sighting.says.words()));
            if open {
                let shown: String = sighting.text.chars().take(SHOWN).collect();
                lines.push(format!("  {}", shown.trim()));
            }
        }
        if let Some(verdict) = self.verdict {
            lines.push(format!("=> {}", self.concluded(verdict)));
        }
        let mut text = status::letter(&self.letter, Utc.fix()); // as the times of the logs
        for line in lines {
            text += &format!("           {}\n", printable(&line));
        }
        text
    }

    /// What may be concluded, and what not.
    fn concluded(&self, verdict: Verdict) -> &'static str {
        let is_covered = self.covered == Some(true);
        match (verdict, is_covered) {
            (Verdict::Sent, _) => "the relay has taken it, and handed it on",
            (Verdict::Queued, _) => "the relay has taken it, and has it still",
            (Verdict::Bounced, _) => "the relay has taken it, and could not hand it on",
            (Verdict::Rejected, _) => "the relay has refused it, and not taken it",
            (Verdict::Begun, true) => {
                "the relay has seen its header, and nothing in these logs says that it took the letter"
            }
            (Verdict::Begun, false) => {
                "the relay has seen its header; whether it took the letter these logs can't say, since they don't reach far enough"
            }
            (Verdict::Named, _) => "it is named; what that means you must see for yourself",
            (Verdict::NotFound, true) => {
                "not found, and the logs reach from before the attempt to after it"
            }
            (Verdict::NotFound, false) => {
                "not found, which says nothing: only a log that reaches from 15 minutes before this time to a minute after it could say more"
            }
        }
    }
}

/// The name of a file without its folders: that of a mail in a Maildir may be below a person's name.
fn file_name(path: &str) -> String {
    let name = Path::new(path).file_name();
    name.map_or_else(
        || path.to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}

fn log(span: &Span) -> Log {
    let time =
        |at: Option<DateTime<Utc>>| at.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true));
    Log {
        file: span.file.clone(),
        lines: span.lines,
        from: time(span.from),
        to: time(span.to),
    }
}

fn no_key(edition: &str) -> Refusal {
    let told = format!("the Message-IDs of {edition} can't be made: its key is gone");
    Refusal::new(Exit::Unusable, "no-key", told)
        .help("restore the key from your backup, or look for the address and the time in the log")
}

fn told(error: EvidenceError) -> anyhow::Error {
    let EvidenceError::Compressed { path, unpack } = &error else {
        return error.into();
    };
    let help = format!(
        "unpack it on the way: {unpack} {} | epistle resolve … --log -",
        path.display()
    );
    let told = error.to_string();
    Refusal::new(Exit::Files, "compressed", told)
        .help(help)
        .into()
}
