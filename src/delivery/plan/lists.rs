//! Calls the roll: reads the lists of the settings, picks the audience, and
//! keeps what is wrong with them, so that nobody is left out in silence.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::PathBuf;

use crate::diagnostic::{Diagnostic, MOST};
use crate::ledger::{Enrol, Enrolment, Ledger, LedgerError, Roll};
use crate::people::list::{self, Entry, Fault, ListError, Place, Row};

/// The most groups that are counted by name.
const MOST_GROUPS: usize = 200;

/// The lists as they were read.
#[derive(Debug, Default)]
pub struct Lists {
    /// Who is on the roll.
    pub roll: Roll,
    /// How many of them are in each group, the largest first.
    pub groups: Vec<(String, u64)>,
    /// How many rows name somebody outside the audience.
    pub outside: u64,
    /// Rows that name nobody: the first thousand.
    pub faults: Vec<Fault>,
    /// How many there are in all.
    pub fault_count: u64,
    /// Rows that name a mailbox once more: the first thousand.
    pub duplicates: Vec<Duplicate>,
    /// How many there are in all.
    pub duplicate_count: u64,
    /// Lists that can't be read.
    pub unreadable: Vec<ListError>,
    /// What was found in lists as a whole.
    pub findings: Vec<Diagnostic>,
}

/// A row that names a mailbox that stands on the roll already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The row.
    pub place: Place,
    /// The row that counts: its file and line.
    pub first: (String, u64),
}

/// Reads every list, whatever the one before was like, and puts the audience on
/// the roll: those of a group, or everybody.
///
/// # Errors
/// The ledger can't be used. What is wrong with the lists is in [`Lists`].
pub fn call_roll(
    ledger: &mut impl Ledger,
    files: &[PathBuf],
    audience: Option<&str>,
) -> Result<Lists, LedgerError> {
    let mut lists = Lists::default();
    let mut groups = HashMap::new();
    let mut failed = None;
    let called = ledger.call_roll(&mut |roll| {
        for file in files {
            let read =
                list::read(
                    file,
                    &mut |row| match lists.take(row, audience, roll, &mut groups) {
                        Ok(()) => ControlFlow::Continue(()),
                        Err(error) => {
                            failed = Some(error);
                            ControlFlow::Break(())
                        }
                    },
                );
            match read {
                Ok(findings) => lists.findings.extend(findings),
                Err(error) => lists.unreadable.push(error),
            }
        }
    });
    if let Some(error) = failed {
        return Err(error);
    }
    lists.roll = called?;
    lists.groups = groups.into_iter().collect();
    lists
        .groups
        .sort_by(|(one, few), (other, many)| many.cmp(few).then(one.cmp(other)));
    Ok(lists)
}

impl Lists {
    /// Says whether every row could be read.
    pub fn are_whole(&self) -> bool {
        self.unreadable.is_empty() && self.fault_count == 0
    }

    fn take(
        &mut self,
        row: Row,
        audience: Option<&str>,
        roll: &mut dyn Enrol,
        groups: &mut HashMap<String, u64>,
    ) -> Result<(), LedgerError> {
        let entry = match row {
            Row::Entry(entry) => entry,
            Row::Fault(fault) => {
                self.fault_count += 1;
                if self.faults.len() < MOST {
                    self.faults.push(fault);
                }
                return Ok(());
            }
        };
        let is_meant = |group: &str| entry.groups.iter().any(|own| own == group);
        if audience.is_some_and(|group| !is_meant(group)) {
            self.outside += 1;
            return Ok(());
        }
        if let Some(first) = roll.add(&enrolment(&entry))? {
            self.duplicate_count += 1;
            if self.duplicates.len() < MOST {
                let place = entry.place;
                self.duplicates.push(Duplicate { place, first });
            }
            return Ok(());
        }
        for group in entry.groups {
            if groups.len() < MOST_GROUPS || groups.contains_key(&group) {
                *groups.entry(group).or_insert(0) += 1;
            }
        }
        Ok(())
    }
}

fn enrolment(entry: &Entry) -> Enrolment {
    let recipient = &entry.recipient;
    Enrolment {
        key: recipient.address.key(),
        address: recipient.address.to_string(),
        name: recipient.name.as_ref().map(|name| name.as_str().to_owned()),
        language: recipient
            .language
            .as_ref()
            .map(|language| language.tag().to_owned()),
        file: entry.place.file.to_string(),
        line: entry.place.line,
    }
}
