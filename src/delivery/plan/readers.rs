//! Who gets which language of an edition, and who gets one for want of their own.

use crate::delivery::feed::compose;
use crate::letter::Frozen;
use crate::people::Language;

/// Those who get one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readers {
    /// What they get.
    pub language: Language,
    /// How many they are.
    pub people: u64,
    /// How many of them read another language, in which there is no letter.
    pub instead_of: Vec<(Language, u64)>,
}

/// Counts the readers of each version: `roll` says how many read what.
pub(in crate::delivery) fn of(
    versions: &[(Language, Frozen)],
    roll: &[(Option<String>, u64)],
) -> Vec<Readers> {
    let none = |language: &Language| Readers {
        language: language.clone(),
        people: 0,
        instead_of: Vec::new(),
    };
    let mut readers: Vec<_> = versions
        .iter()
        .map(|(language, _)| none(language))
        .collect();
    for (tag, count) in roll {
        let wanted = tag.as_deref().and_then(|tag| tag.parse::<Language>().ok());
        let Some((got, _)) = compose::version(versions, wanted.as_ref()) else {
            continue;
        };
        for readers in readers
            .iter_mut()
            .filter(|readers| readers.language == *got)
        {
            readers.people += count;
            let other = wanted
                .clone()
                .filter(|wanted| wanted.primary() != got.primary());
            readers
                .instead_of
                .extend(other.map(|other| (other, *count)));
        }
    }
    readers
}
