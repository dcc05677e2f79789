//! A dry run: every letter composed and looked at, some of them kept in a
//! local mbox file, and nothing sent.

use std::io::{self, Write};
use std::time::SystemTime;

use super::feed::FeedError;
use super::feed::compose::Compose;
use super::plan::Plan;
use crate::diagnostic::Diagnostic;
use crate::gate;
use crate::ledger::{Ledger, LedgerError};
use crate::letter::{Letter, Signer};
use crate::people::Secret;

/// How many letters are claimed and composed at once.
const CLAIM: usize = 128;

/// What a dry run has seen.
#[derive(Debug, Default)]
pub struct DryRun {
    /// How many letters were composed.
    pub composed: u64,
    /// How many of them were written.
    pub written: u64,
    /// The size of the largest one, in bytes.
    pub largest: usize,
    /// What was found in letters: each kind once, as it was found first.
    pub findings: Vec<Diagnostic>,
}

impl DryRun {
    fn look_at(&mut self, letter: &Letter) {
        for finding in gate::letter(letter) {
            if self.findings.iter().all(|known| known.code != finding.code) {
                self.findings.push(finding);
            }
        }
        self.largest = self.largest.max(letter.bytes.len());
        self.composed += 1;
    }
}

/// Why a dry run has ended early.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DryRunError {
    /// The copy of the ledger can't be used.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A letter can't be composed.
    #[error("a letter can't be composed: {0}")]
    Compose(String),
    /// The mbox can't be written.
    #[error("the letters can't be written: {0}")]
    Write(#[from] io::Error),
}

impl From<FeedError> for DryRunError {
    fn from(error: FeedError) -> Self {
        Self::Compose(error.to_string())
    }
}

/// Composes every letter of a plan on a copy of the ledger, and writes `keep`
/// of them as an mbox (RFC 4155, with lines quoted as in `mboxrd`): the first
/// ones, and of each language that somebody gets one at least.
///
/// # Errors
/// See [`DryRunError`].
pub fn dry_run(
    ledger: &mut impl Ledger,
    plan: &Plan,
    secret: &Secret,
    signer: &Signer,
    keep: u64,
    mbox: &mut impl Write,
) -> Result<DryRun, DryRunError> {
    plan.carry_out(ledger)?;
    ledger.ripen(&plan.edition.id, SystemTime::now())?;
    let compose = Compose::new(&plan.edition.versions, secret, signer)?;
    let mut seen = DryRun::default();
    // Those of which no letter has been written yet.
    let mut unseen = plan.languages();
    unseen.retain(|readers| readers.people > 0);
    let mut after = 0;
    loop {
        let claims = ledger.claim(&plan.edition.id, after, CLAIM, SystemTime::now())?;
        let Some(last) = claims.last() else { break };
        after = last.letter;
        for (claim, letter) in claims.iter().zip(compose.letters(&claims)?) {
            seen.look_at(&letter);
            let before = unseen.len();
            let language = compose.language(&claim.enrolment);
            unseen.retain(|readers| Some(&readers.language) != language);
            let is_first = unseen.len() < before;
            // Room is kept for those that are to come.
            if is_first || seen.written.saturating_add(unseen.len() as u64) < keep {
                write(mbox, &letter)?;
                seen.written += 1;
            }
        }
    }
    mbox.flush()?;
    Ok(seen)
}

fn write(mbox: &mut impl Write, letter: &Letter) -> io::Result<()> {
    let from = letter
        .envelope
        .from()
        .map_or("MAILER-DAEMON".to_owned(), ToString::to_string);
    let date = chrono::Utc::now().format("%a %b %e %H:%M:%S %Y");
    writeln!(mbox, "From {from} {date}")?;
    for line in letter.bytes.split_inclusive(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\r\n").unwrap_or(line);
        let words = line
            .iter()
            .position(|&byte| byte != b'>')
            .unwrap_or(line.len());
        // `words` is at most the length.
        if line[words..].starts_with(b"From ") {
            mbox.write_all(b">")?;
        }
        mbox.write_all(line)?;
        mbox.write_all(b"\n")?;
    }
    mbox.write_all(b"\n")
}
