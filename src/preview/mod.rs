//! What a person looks at before anything is sent: one letter of the edition,
//! made by the code that sends, to an invented recipient.

mod headers;
mod links;
mod looks;
mod page;
mod places;

use chrono::{DateTime, FixedOffset};

use crate::bulletin::{Bulletin, Status};
use crate::check::CheckedBulletin;
use crate::diagnostic::Diagnostic;
use crate::diff::{self, Diff, Last, LastError};
use crate::edition::Edition;
use crate::gate;
use crate::letter::{Composer, Frozen, Letter, Signer};
use crate::people::{DisplayName, Recipient, Secret};
use crate::render::Bodies;
use crate::settings::Settings;

use places::Places;

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
    /// How far the bulletin is.
    pub status: Status,
    /// What was found in the bulletin, in file order, then in the letter.
    pub findings: Vec<Diagnostic>,
    /// The edition before it, and what differs; see [`Preview::compare`].
    pub last: Option<(Last, Diff)>,
    /// When this was made.
    pub made: DateTime<FixedOffset>,
    /// How an open page learns of the next one, while the file is watched.
    pub beat: Option<Beat>,
    places: Places,
}

/// How an open page learns that it was made anew: an image beside it is as wide as the number of the last time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beat {
    /// The number of this time, from 1 to 9,999.
    pub stamp: u16,
    /// The name of the image.
    pub file: String,
}

impl Beat {
    /// The image.
    pub fn image(&self) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"1\"/>",
            self.stamp
        )
    }
}

impl Preview {
    /// Makes the letter that the sample recipient would get if the edition began
    /// at `date`; the keys of `signer` are those of the settings, or none.
    pub fn new(
        checked: &CheckedBulletin,
        settings: &Settings,
        signer: &Signer,
        date: DateTime<FixedOffset>,
    ) -> Self {
        let edition = Edition::freeze(checked, &settings.sender);
        let secret = Secret::for_previews();
        let recipient = sample();
        let frozen = Frozen::new(&edition, date, &secret);
        let composer = Composer::new(&frozen, &secret, signer)
            .expect("an edition of settings has an envelope and a date, and keys of its domain");
        let letter = composer.compose(&recipient);
        let bodies = composer.bodies(&edition.bodies, &recipient);
        let mut findings = checked.findings().to_vec();
        findings.extend(gate::check(checked.bulletin(), &edition, &letter));
        let bulletin = checked.bulletin();
        Self {
            preheader: bulletin.preheader.as_ref().map(|text| text.value.clone()),
            status: bulletin.status,
            last: None,
            made: date,
            beat: None,
            places: Places::of(bulletin),
            letter,
            bodies,
            findings,
            edition,
        }
    }

    /// Compares it with the edition before it, if there is one, and finds what
    /// was left as it was. Where that edition can't be known, a finding says why.
    pub fn compare(&mut self, bulletin: &Bulletin, last: Result<Option<Last>, LastError>) {
        match last {
            Ok(None) => {}
            Ok(Some(last)) => {
                self.findings.extend(diff::repeated(bulletin, &last));
                let diff = Diff::between(&last.outline, &self.edition.outline);
                self.last = Some((last, diff));
            }
            Err(error) => {
                let told = format!("what is new can't be told: {error}");
                self.findings
                    .push(Diagnostic::warning("last-unknown", told));
            }
        }
    }

    /// The review page: one file that needs nothing else, no network and no script.
    pub fn page(&self) -> String {
        page::render(self)
    }
}

/// The page in place of one that can't be made, while the file is watched.
pub fn broken_page(
    id: &str,
    findings: &[Diagnostic],
    made: DateTime<FixedOffset>,
    beat: &Beat,
) -> String {
    page::broken(id, findings, made, beat)
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
