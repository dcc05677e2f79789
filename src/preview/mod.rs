//! What a person looks at before anything is sent: one letter of the edition,
//! made by the code that sends, to an invented recipient.

mod page;

use chrono::{DateTime, FixedOffset};

use crate::bulletin::Status;
use crate::check::CheckedBulletin;
use crate::diagnostic::Diagnostic;
use crate::edition::Edition;
use crate::gate;
use crate::letter::{Composer, Frozen, Letter};
use crate::people::{DisplayName, Recipient, Secret};
use crate::render::Bodies;
use crate::settings::Settings;

/// A letter to look at.
#[derive(Clone, Debug)]
pub struct Preview {
    /// What would be sent.
    pub edition: Edition,
    /// The letter to the sample recipient.
    pub letter: Letter,
    /// Its bodies as that reader sees them.
    pub bodies: Bodies,
    /// The words that inboxes show after the subject.
    pub preheader: Option<String>,
    /// Whether the bulletin is still a draft.
    pub is_draft: bool,
    /// What was found in the bulletin, in file order, then in the letter.
    pub findings: Vec<Diagnostic>,
}

impl Preview {
    /// Makes the letter that the sample recipient would get if the edition began at `date`.
    pub fn new(
        checked: &CheckedBulletin,
        settings: &Settings,
        date: DateTime<FixedOffset>,
    ) -> Self {
        let edition = Edition::freeze(checked, &settings.sender);
        let secret = Secret::for_previews();
        let recipient = sample();
        let frozen = Frozen::new(&edition, date, &secret);
        let composer =
            Composer::new(&frozen, &secret).expect("an edition of settings has an envelope");
        let letter = composer.compose(&recipient);
        let bodies = composer.bodies(&edition.bodies, &recipient);
        let mut findings = checked.findings().to_vec();
        findings.extend(gate::check(checked.bulletin(), &edition, &letter));
        let bulletin = checked.bulletin();
        Self {
            preheader: bulletin.preheader.as_ref().map(|text| text.value.clone()),
            is_draft: bulletin.status == Status::Draft,
            letter,
            bodies,
            findings,
            edition,
        }
    }

    /// The review page: one file that needs nothing else, no network and no script.
    pub fn page(&self) -> String {
        self.edition.with_pictures(&page::render(self))
    }
}

/// The invented person to whom previews are addressed.
fn sample() -> Recipient {
    let name = DisplayName::parse("Sample Recipient").expect("it has no control characters");
    Recipient {
        address: "sample.recipient@example.org"
            .parse()
            .expect("it is an address"),
        name,
        language: None,
    }
}
