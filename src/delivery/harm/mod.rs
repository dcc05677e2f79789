//! Refusals and doubts: who is charged for them, and when there are so many that
//! the run does harm and ends.

pub(super) mod blocked;
pub(super) mod budget;
pub(super) mod early;

use super::feed::queue::Ready;
use super::locked;
use super::options::Ending;
use super::pace::domains;
use super::shared::Run;
use crate::ledger::{Ledger, Mark};
use crate::smtp::Reply;
use budget::Spent;

impl<L: Ledger + Send + 'static> Run<L> {
    /// A letter was taken. Returns the refusals that now count.
    pub(super) fn went_well(&self, ready: &Ready) -> Vec<Mark> {
        locked(&self.health).well();
        self.pace.well();
        if let Some(pace) = self.domains.pace(domains::of(&ready.claim)) {
            pace.well();
        }
        locked(&self.budget).accepted();
        let mut marks = locked(&self.blocked).accepted();
        marks.extend(locked(&self.early).accepted());
        marks
    }

    /// Ends the run where too much has gone wrong: a relay that cuts connections
    /// may be tried again by itself, whatever does harm may not.
    pub(super) fn spends(&self, spent: Option<Spent>) {
        let Some(spent) = spent else { return };
        let told = spent.told(&self.edition);
        match spent {
            Spent::Cuts(..) => self.end(Ending::Relay(told)),
            // Whoever has said that they want it anyway has looked at the list.
            Spent::Refused(..) if self.options.anyway => {}
            Spent::Refused(..) | Spent::Doubts(..) => self.end(Ending::Halted(told)),
        }
    }

    /// Nobody can know what has become of a letter.
    pub(super) fn in_doubt(&self, letter: i64) {
        locked(&self.blocked).forget(letter);
        let spent = locked(&self.budget).in_doubt();
        self.spends(spent);
    }

    /// A connection was cut before its letter was handed over.
    pub(super) fn is_cut(&self) {
        let spent = locked(&self.budget).cut();
        self.spends(spent);
    }

    /// A letter was refused when the relay had read it.
    pub(super) fn refused_at_dot(&self, mark: Mark, ready: &Ready, reply: &Reply) {
        let row = &ready.claim.enrolment;
        let row = format!("{}:{}", row.file, row.line);
        if let Some(count) = locked(&self.blocked).refused(mark, row, reply) {
            let edition = &self.edition;
            self.end(Ending::Halted(format!(
                "{count} of the last letters were refused in the same words, so it is this letter or its sender that is blocked, and nobody is charged; when that is mended, epistle send --anyway goes on with {edition}. The server said {reply}"
            )));
        }
    }

    /// A recipient was refused. Returns the marks that count now, if any does.
    pub(super) fn refused(&self, mark: Mark) -> Vec<Mark> {
        let told = mark.told.as_ref().map(|(_, reply)| reply.clone());
        let refused = locked(&self.early).refused(mark);
        match refused {
            Ok(marks) => {
                // Those that are held back are no harm yet: they end the run by themselves.
                if !marks.is_empty() {
                    let spent = locked(&self.budget).refused();
                    self.spends(spent);
                }
                marks
            }
            Err(count) => {
                let reply = told.unwrap_or_default();
                self.end(Ending::Relay(format!(
                    "it has refused the first {count} recipients, which is more likely its own fault or ours (where they really are gone, epistle cancel drops what is left); the last time it said {reply}"
                )));
                Vec::new()
            }
        }
    }

    /// The refusals that were held back, at the end of a sweep.
    pub(super) fn held_back(&self) -> Vec<Mark> {
        let mut marks = locked(&self.early).at_the_end();
        let refused = locked(&self.blocked).at_the_end();
        match refused {
            Ok(more) => marks.extend(more),
            Err((last, row)) => {
                let (stage, reply) = last.told.unwrap_or_default();
                self.end(Ending::Relay(format!(
                    "it has refused every letter that it has read, and nobody is charged: the letter for {row} (if that is about this one recipient, suppress the address): at the {stage}, the server said {reply}"
                )));
            }
        }
        marks
    }
}
