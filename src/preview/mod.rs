//! What a person looks at before anything is sent: one letter of the edition in
//! each language, made by the code that sends, to an invented recipient.

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
use crate::edition::{Edition, Issue, Version};
use crate::gate;
use crate::letter::{Composer, Frozen, Letter, Signer};
use crate::people::{DisplayName, Language, Recipient, Secret};
use crate::render::Bodies;
use crate::settings::Settings;

use places::Places;

/// The letters to look at.
#[derive(Clone, Debug)]
pub struct Preview {
    /// What would be sent.
    pub edition: Edition,
    /// The letter in the language of the base.
    pub base: Sample,
    /// Those in the other languages, by their tags.
    pub translations: Vec<Sample>,
    /// How far the edition is: a draft where one of its files is.
    pub status: Status,
    /// What was found in each bulletin, in file order, then in its letter.
    pub findings: Vec<Diagnostic>,
    /// When this was made.
    pub made: DateTime<FixedOffset>,
    /// The one language that is looked at; without it, all are.
    pub only: Option<Language>,
    /// How an open page learns of the next one, while the file is watched.
    pub beat: Option<Beat>,
}

/// A letter to the invented recipient.
#[derive(Clone, Debug)]
pub struct Sample {
    /// What it is made from.
    pub version: Version,
    /// Its bytes.
    pub letter: Letter,
    /// Its bodies as that reader sees them.
    pub bodies: Bodies,
    /// The words that inboxes show after the subject.
    pub preheader: Option<String>,
    /// The edition before it, and what differs in this language; see [`Preview::compare`].
    pub last: Option<(Last, Diff)>,
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
    /// Makes the letters that the sample recipient would get if the edition began
    /// at `date`; the keys of `signer` are those of the settings, or none.
    pub fn new(
        issue: &Issue,
        settings: &Settings,
        signer: &Signer,
        date: DateTime<FixedOffset>,
    ) -> Self {
        let edition = Edition::freeze(issue, &settings.sender);
        let mut findings = Vec::new();
        let mut sample = |checked: &CheckedBulletin, version: &Version| {
            let sample = Sample::new(checked.bulletin(), &edition, version, signer, date);
            findings.extend_from_slice(checked.findings());
            findings.extend(gate::check(checked.bulletin(), version, &sample.letter));
            sample
        };
        let base = sample(&issue.base, &edition.base);
        let translations = issue.translations.iter().zip(&edition.translations);
        let translations = translations.map(|(checked, version)| sample(checked, version));
        Self {
            translations: translations.collect(),
            base,
            status: issue.draft().map_or(Status::Ready, |draft| draft.status),
            made: date,
            only: None,
            beat: None,
            findings,
            edition,
        }
    }

    /// The letters that are looked at, that of the base first.
    pub fn samples(&self) -> impl Iterator<Item = &Sample> {
        let is_meant = |sample: &&Sample| {
            let only = self.only.as_ref();
            only.is_none_or(|only| *only == sample.version.language)
        };
        let all = std::iter::once(&self.base).chain(&self.translations);
        all.filter(is_meant)
    }

    /// Compares it with the edition before it, if there is one, each language
    /// with the same, and finds what was left as it was. Where that edition
    /// can't be known, a finding says why.
    pub fn compare(&mut self, issue: &Issue, last: Result<Option<Last>, LastError>) {
        let last = match last {
            Ok(None) => return,
            Ok(Some(last)) => last,
            Err(error) => {
                let told = format!("what is new can't be told: {error}");
                self.findings
                    .push(Diagnostic::warning("last-unknown", told));
                return;
            }
        };
        self.findings.extend(diff::repeated(issue, &last));
        let samples = std::iter::once(&mut self.base).chain(&mut self.translations);
        for (number, sample) in samples.enumerate() {
            let before = last.outline(&sample.version.language, number == 0);
            sample.last = before.map(|before| {
                let diff = Diff::between(before, &sample.version.outline);
                (last.clone(), diff)
            });
        }
    }

    /// The review page: one file that needs nothing else, no network and no script.
    pub fn page(&self) -> String {
        page::render(self)
    }
}

impl Sample {
    fn new(
        bulletin: &Bulletin,
        edition: &Edition,
        version: &Version,
        signer: &Signer,
        date: DateTime<FixedOffset>,
    ) -> Self {
        let secret = Secret::for_previews();
        let recipient = recipient();
        let frozen = Frozen::new(edition, version, date, &secret);
        let composer = Composer::new(&frozen, &secret, signer)
            .expect("an edition of settings has an envelope and a date, and keys of its domain");
        Self {
            letter: composer.compose(&recipient),
            bodies: composer.bodies(&version.bodies, &recipient),
            preheader: bulletin.preheader.as_ref().map(|text| text.value.clone()),
            last: None,
            places: Places::of(bulletin),
            version: version.clone(),
        }
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
fn recipient() -> Recipient {
    let name = DisplayName::parse("Sample Recipient").expect("it has no control characters");
    Recipient {
        address: "sample.recipient@example.org"
            .parse()
            .expect("it is an address"),
        name,
        language: None,
    }
}
