//! Why a command does not do what was asked: what a person is told, and the exit code.

use std::fmt;

use super::exit::Exit;
use crate::delivery::{PlanError, RelayError};
use crate::diff::LastError;
use crate::ledger::LedgerError;
use crate::letter::{DkimError, Unaligned};

/// A refusal, with what to do about it.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) exit: Exit,
    /// The stable name of the reason.
    pub(super) code: &'static str,
    told: String,
    pub(super) help: Option<String>,
}

impl Refusal {
    /// Something that a person must change or confirm first.
    pub(super) fn guard(code: &'static str, told: impl Into<String>) -> Self {
        Self::new(Exit::Guard, code, told)
    }

    pub(super) fn new(exit: Exit, code: &'static str, told: impl Into<String>) -> Self {
        Self {
            exit,
            code,
            told: told.into(),
            help: None,
        }
    }

    #[must_use]
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.told)
    }
}

impl std::error::Error for Refusal {}

/// A refusal of which everything has been said already.
#[derive(Debug, thiserror::Error)]
#[error("see the findings above")]
pub(super) struct Reported(pub(super) Exit);

/// The exit code of an error of any kind, the name of its reason, and what to do.
pub(super) fn classify(error: &anyhow::Error) -> (Exit, &'static str, Option<String>) {
    if let Some(refusal) = error.downcast_ref::<Refusal>() {
        return (refusal.exit, refusal.code, refusal.help.clone());
    }
    let ledger = error.downcast_ref::<LedgerError>();
    let plan = error.downcast_ref::<PlanError>();
    match (ledger, plan) {
        (Some(LedgerError::NotBegun(_)), _) | (_, Some(PlanError::NotBegun(_))) => {
            let help = "epistle status names the editions that have begun";
            (Exit::Usage, "not-begun", Some(help.to_owned()))
        }
        (Some(_), _) | (_, Some(PlanError::Ledger(_) | PlanError::Thaw(_))) => {
            (Exit::Unusable, "ledger", None)
        }
        _ if error.is::<LastError>() => (Exit::Unusable, "ledger", None),
        _ if error.is::<RelayError>() => (Exit::Unusable, "relay", None),
        _ if error.is::<DkimError>() => (Exit::Files, "dkim", None),
        _ if error.is::<Unaligned>() => {
            let help = "the edition keeps the sender that it began with: write into [[dkim]] a domain that is above both, or leave the key out until the edition is finished";
            (Exit::Guard, "unaligned", Some(help.to_owned()))
        }
        _ => (Exit::Files, "failed", None),
    }
}
