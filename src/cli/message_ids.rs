//! The Message-IDs of an edition's letters, by which they are found in logs and mailboxes.

use crate::delivery::Letter;
use crate::ledger::{Ledger, read_key};
use crate::letter::Frozen;
use crate::people::{EmailAddress, Secret};
use crate::settings::Settings;

/// What they are made with; nothing where the key is gone.
pub(super) struct MessageIds(Option<(Frozen, Secret)>);

impl MessageIds {
    /// Takes it from the ledger and the key beside it.
    pub(super) fn of(
        ledger: &mut impl Ledger,
        settings: &Settings,
        edition: &str,
    ) -> anyhow::Result<Self> {
        let secret = read_key(&settings.ledger)?;
        let begun = ledger.beginning(edition)?;
        let frozen = begun.and_then(|begun| begun.versions.into_iter().next());
        let frozen = frozen
            .map(|(_, bytes)| Frozen::from_bytes(&bytes))
            .transpose()?;
        Ok(Self(frozen.zip(secret)))
    }

    /// That of a letter, without the brackets.
    pub(super) fn of_letter(&self, letter: &Letter) -> Option<String> {
        let (frozen, secret) = self.0.as_ref()?;
        let address: EmailAddress = letter.address.parse().ok()?; // the ledger holds no other
        Some(frozen.message_id(secret, &address.key()))
    }
}
