//! The plan of a run, made before anything is begun, so that a person can look
//! at it: what is sent, to how many, and who is passed over.

pub(super) mod changes;
pub(super) mod lists;
pub(super) mod readers;

use std::time::{Duration, SystemTime};

use chrono::{DateTime, FixedOffset, SecondsFormat};

use super::options::Edition;
use crate::edition;
use crate::ledger::{Beginning, Counts, Difference, Ledger, LedgerError};
use crate::letter::{Frozen, ThawError};
use crate::people::{Language, Secret};
use crate::settings::{InDoubt, Settings};
use changes::Change;
use lists::Lists;
use readers::Readers;

/// How old a doubt must be before its letter is sent once more.
const RESEND_AFTER: Duration = Duration::from_secs(30 * 60);

/// What is to be sent.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'e> {
    /// An edition as its files have it now. If it has begun, it must not have changed since.
    Files(&'e edition::Edition),
    /// An edition that has begun, by its id, as it began, whatever its files say now.
    AsBegun(&'e str),
}

/// What would be done. Nothing of it is done yet.
#[derive(Debug)]
pub struct Plan {
    /// The edition as it begins, or began.
    pub beginning: Beginning,
    /// What its letters are made from.
    pub edition: Edition,
    /// Whether it has begun before.
    pub has_begun: bool,
    /// The lists as they are now.
    pub lists: Lists,
    /// What differs between them and those enrolled.
    pub difference: Difference,
    /// Where the letters stand; all zero where it has not begun.
    pub counts: Counts,
    /// Letters in doubt that are sent once more, where the settings want that.
    pub again: u64,
    /// Those that have been in doubt since before this moment.
    again_before: Option<SystemTime>,
    add_new: bool,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The ledger can't be used.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// What it has frozen can't be understood.
    #[error(transparent)]
    Thaw(#[from] ThawError),
    /// The edition has changed since it began.
    #[error("edition {edition} has changed since it began")]
    Changed {
        /// Its id.
        edition: String,
        /// What readers would see that the first of them did not.
        changes: Vec<Change>,
        /// How many letters are still to be sent.
        left: u64,
    },
    /// An edition that is to be finished has not begun.
    #[error("edition {0} has not begun, so there is nothing to finish")]
    NotBegun(String),
}

impl Plan {
    /// Reads the lists and looks at the ledger. An edition that has not begun
    /// would begin at `now`. `add_new`: people added to the lists since are to be enrolled.
    ///
    /// # Errors
    /// See [`PlanError`].
    pub fn new(
        ledger: &mut impl Ledger,
        secret: &Secret,
        settings: &Settings,
        wanted: Wanted<'_>,
        add_new: bool,
        now: DateTime<FixedOffset>,
    ) -> Result<Self, PlanError> {
        let id = match wanted {
            Wanted::Files(edition) => edition.id.as_str(),
            Wanted::AsBegun(id) => id,
        };
        let begun = ledger.beginning(id)?;
        let has_begun = begun.is_some();
        let counts = if has_begun {
            ledger.counts(id)?
        } else {
            Counts::default()
        };
        let (beginning, versions) = match (begun, wanted) {
            (Some(begun), wanted) => {
                let versions = thawed(&begun)?;
                if let Wanted::Files(edition) = wanted
                    && edition.digest.to_string() != begun.digest
                {
                    return Err(PlanError::Changed {
                        edition: begun.id.clone(),
                        changes: changes::between(&begun, &versions, edition, secret),
                        left: counts.still_to_send(),
                    });
                }
                (begun, versions)
            }
            (None, Wanted::Files(edition)) => beginning(edition, secret, now),
            (None, Wanted::AsBegun(id)) => return Err(PlanError::NotBegun(id.to_owned())),
        };
        let audience = beginning.audience.as_deref();
        let lists = lists::call_roll(ledger, &settings.recipients, audience)?;
        let difference = if has_begun {
            ledger.difference(id)?
        } else {
            Difference::default()
        };
        let again_before = resend_before(settings.in_doubt).filter(|_| has_begun);
        let again = match again_before {
            Some(before) => ledger.resendable(id, before)?,
            None => 0,
        };
        Ok(Self {
            edition: Edition {
                id: id.to_owned(),
                versions,
            },
            beginning,
            has_begun,
            lists,
            difference,
            counts,
            again,
            again_before,
            add_new,
        })
    }

    /// How many letters are still to be sent, those among them that are deferred or sent once more.
    pub fn letters(&self) -> u64 {
        if !self.has_begun {
            return self.lists.roll.people - self.lists.roll.suppressed; // those are among them
        }
        let difference = &self.difference;
        let added = if self.add_new {
            difference.new - difference.new_suppressed // those are among them
        } else {
            0
        };
        let passed_over = self.gone() + difference.suppressed;
        self.counts.still_to_send().saturating_sub(passed_over) + added + self.again
    }

    /// How many are passed over since no list names them any more. Where a row
    /// can't be read, nobody can know whose it is, and nobody is taken for gone.
    pub fn gone(&self) -> u64 {
        if self.lists.are_whole() {
            self.difference.gone
        } else {
            0
        }
    }

    /// The line in the inbox, in each language.
    pub fn subjects(&self) -> impl Iterator<Item = (&Language, &str)> {
        let versions = self.edition.versions.iter();
        versions.map(|(language, frozen)| (language, frozen.subject.as_str()))
    }

    /// Who gets which language; of an edition that has begun, of those on the roll.
    pub fn languages(&self) -> Vec<Readers> {
        readers::of(&self.edition.versions, &self.lists.roll.languages)
    }

    /// Does what the ledger must know before anything is sent: begins the
    /// edition, or takes over what has changed in the lists. Returns where the letters stand.
    ///
    /// # Errors
    /// The ledger can't be used; then nothing of it is done.
    pub fn carry_out(&self, ledger: &mut impl Ledger) -> Result<Counts, LedgerError> {
        if !self.has_begun {
            return ledger.begin(&self.beginning);
        }
        let now = SystemTime::now();
        // No more than were counted, however long the question has stood.
        if let Some(before) = self.again_before {
            ledger.resend_unknown(&self.edition.id, before, now)?;
        }
        // Behind that, since those in doubt may be gone too.
        if self.lists.are_whole() {
            ledger.pass_over_gone(&self.edition.id, now)?;
        }
        if self.add_new {
            ledger.enrol_new(&self.edition.id, now)?;
        }
        ledger.counts(&self.edition.id)
    }
}

/// Letters in doubt since before this moment are sent once more, where the settings want that.
pub fn resend_before(in_doubt: InDoubt) -> Option<SystemTime> {
    match in_doubt {
        InDoubt::Hold => None,
        InDoubt::Resend => Some(SystemTime::now() - RESEND_AFTER),
    }
}

fn beginning(
    edition: &edition::Edition,
    secret: &Secret,
    now: DateTime<FixedOffset>,
) -> (Beginning, Vec<(Language, Frozen)>) {
    let frozen: Vec<_> = edition
        .versions()
        .map(|version| {
            let frozen = Frozen::new(edition, version, now, secret);
            (version.language.clone(), frozen)
        })
        .collect();
    let versions = frozen.iter();
    let beginning = Beginning {
        id: edition.id.clone(),
        digest: edition.digest.to_string(),
        audience: edition.audience.clone(),
        date: now.to_rfc3339_opts(SecondsFormat::Secs, false),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        versions: versions
            .map(|(language, frozen)| (language.tag().to_owned(), frozen.to_bytes()))
            .collect(),
    };
    (beginning, frozen)
}

/// What the letters of an edition in the ledger are made from.
fn thawed(begun: &Beginning) -> Result<Vec<(Language, Frozen)>, ThawError> {
    begun
        .versions
        .iter()
        .map(|(tag, bytes)| {
            let language = tag.parse().map_err(|_| ThawError::language(tag))?;
            Ok((language, Frozen::from_bytes(bytes)?))
        })
        .collect()
}
