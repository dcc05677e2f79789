//! What `send --due --json` prints: one object, however many editions are sent.

use std::io::{self, IsTerminal};

use super::super::print;
use super::deliver;
use crate::delivery::Report;
use crate::diagnostic::{Diagnostic, json};

/// What is kept for the end, where data is asked for.
pub(super) struct Told {
    as_json: bool,
    editions: Vec<Report>,
    findings: Vec<Diagnostic>,
}

#[derive(serde::Serialize)]
struct All<'t> {
    editions: &'t [Report],
    #[serde(flatten)]
    report: json::Report<'t>,
}

impl Told {
    pub(super) fn new(as_json: bool) -> Self {
        Self {
            as_json,
            editions: Vec::new(),
            findings: Vec::new(),
        }
    }

    /// Keeps how an edition stands after its run.
    pub(super) fn sent(&mut self, report: Report) {
        if self.as_json {
            self.editions.push(report);
        }
    }

    /// Keeps findings that standard error has already.
    pub(super) fn find(&mut self, findings: impl IntoIterator<Item = Diagnostic>) {
        if self.as_json {
            self.findings.extend(findings);
        }
    }

    /// Writes findings to standard error, or keeps them.
    pub(super) fn report(&mut self, findings: Vec<Diagnostic>) {
        if self.as_json {
            self.findings.extend(findings);
        } else {
            print::note(&print::findings(&findings, io::stderr().is_terminal()));
        }
    }

    /// Prints all that was kept.
    pub(super) fn print(&self) -> anyhow::Result<()> {
        if self.as_json {
            deliver::as_json(&All {
                editions: &self.editions,
                report: json::report(&self.findings),
            })?;
        }
        Ok(())
    }
}
