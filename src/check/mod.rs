//! Rules on what staff wrote. Each is a file under `rules`; the table there is the registry.

mod rules;

use crate::bulletin::Bulletin;
use crate::diagnostic::{self, Diagnostic};

/// A well-formed bulletin and what the rules found in it: the only thing that is rendered.
#[derive(Clone, Debug)]
pub struct CheckedBulletin {
    bulletin: Bulletin,
    findings: Vec<Diagnostic>,
}

impl CheckedBulletin {
    /// Puts every rule to a bulletin; `found` is what reading it has found.
    pub fn new(bulletin: Bulletin, found: Vec<Diagnostic>) -> Self {
        let mut findings = found;
        for rule in rules::OF_BASES.iter().chain(rules::ALL) {
            (rule.check)(&bulletin, &mut findings);
        }
        diagnostic::limit(&mut findings);
        Self { bulletin, findings }
    }

    /// Puts every rule to a translation, those too on how it agrees with its base.
    pub fn translation(bulletin: Bulletin, found: Vec<Diagnostic>, base: &Bulletin) -> Self {
        let mut findings = found;
        for rule in rules::ALL {
            (rule.check)(&bulletin, &mut findings);
        }
        for rule in rules::OF_TRANSLATIONS {
            (rule.check)(base, &bulletin, &mut findings);
        }
        diagnostic::limit(&mut findings);
        Self { bulletin, findings }
    }

    /// What staff wrote.
    pub fn bulletin(&self) -> &Bulletin {
        &self.bulletin
    }

    /// What was found in it, in file order.
    pub fn findings(&self) -> &[Diagnostic] {
        &self.findings
    }
}
