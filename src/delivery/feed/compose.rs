//! Composes letters in the language of each reader.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::FeedError;
use crate::ledger::{Claim, Enrolment};
use crate::letter::{Composer, Frozen, Letter, Signer};
use crate::people::{DisplayName, Language, Recipient, Secret};

/// The most threads that compose: by RSA, at a quarter of a millisecond each, they
/// sign thirty thousand letters a second, more than connections take.
const MOST_THREADS: usize = 8;

/// Composes letters in the language of each reader.
pub(in crate::delivery) struct Compose<'e> {
    versions: Vec<(Language, Composer<'e>)>,
    threads: usize,
}

impl<'e> Compose<'e> {
    pub(in crate::delivery) fn new(
        versions: &'e [(Language, Frozen)],
        secret: &'e Secret,
        signer: &'e Signer,
    ) -> Result<Self, FeedError> {
        let composer = |(language, frozen): &'e (Language, Frozen)| {
            Ok::<_, FeedError>((language.clone(), Composer::new(frozen, secret, signer)?))
        };
        // Nothing else takes longer than to wake another thread for it.
        let threads = if signer.signs() {
            let all = thread::available_parallelism();
            all.map_or(1, NonZero::get).min(MOST_THREADS)
        } else {
            1
        };
        Ok(Self {
            versions: versions.iter().map(composer).collect::<Result<_, _>>()?,
            threads,
        })
    }

    /// How many threads are worth their waking: one at least.
    pub(in crate::delivery) fn threads(&self) -> usize {
        self.threads
    }

    /// As on a machine with so many processors.
    #[cfg(test)]
    pub(super) fn by_threads(self, threads: usize) -> Self {
        Self { threads, ..self }
    }

    /// The letters to several people, in their order.
    pub(in crate::delivery) fn letters(&self, claims: &[Claim]) -> Result<Vec<Letter>, FeedError> {
        if self.threads == 1 {
            let letter = |claim: &Claim| self.letter(&claim.enrolment);
            return claims.iter().map(letter).collect();
        }
        // Each thread takes the next one, so that none has more to do than the others.
        let next = AtomicUsize::new(0);
        let share = || {
            let mut letters = Vec::new();
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                let Some(claim) = claims.get(place) else {
                    return Ok::<_, FeedError>(letters);
                };
                letters.push((place, self.letter(&claim.enrolment)?));
            }
        };
        let mut letters = thread::scope(|scope| {
            let others: Vec<_> = (1..self.threads).map(|_| scope.spawn(share)).collect();
            let mut letters = share()?;
            for other in others {
                // A panic there is a defect here.
                letters.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic))?);
            }
            Ok::<_, FeedError>(letters)
        })?;
        letters.sort_unstable_by_key(|(place, _)| *place);
        Ok(letters.into_iter().map(|(_, letter)| letter).collect())
    }

    /// The language in which a person's letter is.
    pub(in crate::delivery) fn language(&self, person: &Enrolment) -> Option<&Language> {
        let wanted = person.language.as_deref().and_then(|tag| tag.parse().ok());
        let (language, _) = version(&self.versions, wanted.as_ref())?;
        Some(language)
    }

    /// The letter to one person.
    pub(in crate::delivery) fn letter(&self, person: &Enrolment) -> Result<Letter, FeedError> {
        let recipient = recipient(person).map_err(|cause| {
            FeedError::Row(format!(
                "enrolled from {}:{}: {cause}",
                person.file, person.line
            ))
        })?;
        let (_, composer) = version(&self.versions, recipient.language.as_ref())
            .ok_or_else(|| FeedError::Row("the edition has no letter".to_owned()))?;
        Ok(composer.compose(&recipient))
    }
}

/// The version for a reader: of the reader's own language, else of that without
/// its region, and then without its script (RFC 4647, 3.4), else the base.
pub(in crate::delivery) fn version<'v, V>(
    versions: &'v [(Language, V)],
    wanted: Option<&Language>,
) -> Option<&'v (Language, V)> {
    let ranges = std::iter::successors(wanted.map(Language::tag), |tag| {
        tag.rsplit_once('-').map(|(wider, _)| wider)
    });
    let of = |range| versions.iter().find(|(known, _)| known.tag() == range);
    ranges.filter_map(of).next().or(versions.first())
}

fn recipient(person: &Enrolment) -> Result<Recipient, String> {
    let address = person.address.parse().map_err(|error| format!("{error}"))?;
    let name = match &person.name {
        Some(name) => DisplayName::parse(name).map_err(|error| error.to_string())?,
        None => None,
    };
    let language = match &person.language {
        Some(tag) => Some(tag.parse().map_err(|error| format!("{error}"))?),
        None => None,
    };
    Ok(Recipient {
        address,
        name,
        language,
    })
}

#[cfg(test)]
pub(super) mod tests {
    use std::path::Path;

    use super::*;
    use crate::edition::{Edition, Issue};
    use crate::settings::Settings;

    pub(in super::super) fn secret() -> Secret {
        Secret::new([7; 32])
    }

    /// An edition in one language.
    pub(in super::super) fn versions() -> [(Language, Frozen); 1] {
        let bulletin = Path::new(env!("CARGO_MANIFEST_DIR")).join("bulletins/2018-03-18.toml");
        let (issue, _) = Issue::read(&bulletin, None);
        let edition = Edition::freeze(&issue.unwrap(), &Settings::example().sender);
        let now = chrono::Utc::now().fixed_offset();
        let frozen = Frozen::new(&edition, &edition.base, now, &secret());
        [("en".parse().unwrap(), frozen)]
    }

    pub(in super::super) fn claim(number: i64) -> Claim {
        let address = format!("r{number}@example.org");
        Claim {
            letter: number,
            enrolment: Enrolment {
                key: address.clone(),
                address,
                name: None,
                language: None,
                file: "recipients.csv".to_owned(),
                line: 2,
            },
            attempts: 0,
            deferrals: 0,
            deferred_since: None,
        }
    }

    #[test]
    fn letters_are_in_the_order_of_their_readers_however_many_threads_compose_them() {
        let (versions, secret) = (versions(), secret());
        let compose = Compose::new(&versions, &secret, Signer::none()).unwrap();
        let compose = compose.by_threads(8);
        let claims: Vec<_> = (0..500).map(claim).collect();
        let letters = compose.letters(&claims).unwrap();
        let readers: Vec<_> = letters
            .iter()
            .map(|letter| letter.envelope.to()[0].to_string())
            .collect();
        let wanted: Vec<_> = claims
            .iter()
            .map(|claim| claim.enrolment.address.clone())
            .collect();
        assert_eq!(readers, wanted);
    }
}
