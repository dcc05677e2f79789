//! A proof: one letter in each language by the way that all letters go, to somebody who looks at it first.

use chrono::{DateTime, FixedOffset};

use super::relay::judge::{Verdict, judge};
use crate::edition::{Edition, Version};
use crate::letter::{ComposeError, Composer, Frozen, Signer};
use crate::people::{Language, Recipient, Secret};
use crate::smtp::{Failure, Offer, Relay, Reply, Session, Stage};

/// What stands before the subject.
const MARK: &str = "[Proof] ";

/// What has become of a proof.
#[derive(Debug)]
pub struct Proof {
    /// Whom it was for.
    pub recipient: Recipient,
    /// What it was in.
    pub language: Language,
    /// What came of it.
    pub outcome: Result<Reply, ProofError>,
}

/// Why a proof was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The relay said no.
    #[error("{stage}: the server said {reply}")]
    Refused {
        /// Where.
        stage: Stage,
        /// What it said.
        reply: Reply,
    },
    /// The connection failed.
    #[error("{}", .0.with_advice())]
    Failed(#[from] Failure),
    /// The one before failed in a way that the others share.
    #[error("not tried, since the one before failed")]
    NotTried,
}

/// Sends a proof in each of some languages of an edition to each recipient. The
/// subject is marked; the key is one that nobody keeps, so that the Message-ID
/// is new and the unsubscribe link removes nobody.
///
/// # Errors
/// The edition has no envelope, or a key is not one of its sender's domain.
pub async fn proof(
    edition: &Edition,
    versions: &[&Version],
    recipients: Vec<Recipient>,
    date: DateTime<FixedOffset>,
    passing: &Secret,
    signer: &Signer,
    relay: &Relay,
) -> Result<Vec<Proof>, ComposeError> {
    let marked = versions.iter().map(|version| mark(edition, version));
    let frozen: Vec<_> = marked
        .map(|(edition, version)| Frozen::new(&edition, &version, date, passing))
        .collect();
    let composers = frozen
        .iter()
        .map(|frozen| Composer::new(frozen, passing, signer));
    let composers: Vec<_> = composers.collect::<Result<_, _>>()?;
    let mut proofs = Vec::new();
    let mut session = Session::open(relay).await.map_err(Some);
    for recipient in recipients {
        for (version, composer) in versions.iter().zip(&composers) {
            let outcome = match &mut session {
                Ok(open) => send(open, composer, &recipient).await,
                Err(failure) => Err(failure
                    .take()
                    .map_or(ProofError::NotTried, ProofError::Failed)),
            };
            let is_over = session.as_ref().is_ok_and(Session::is_over);
            if is_over || matches!(outcome, Err(ProofError::Failed(_))) {
                session = Err(None);
            }
            proofs.push(Proof {
                recipient: recipient.clone(),
                language: version.language.clone(),
                outcome,
            });
        }
    }
    if let Ok(session) = session {
        session.quit().await;
    }
    Ok(proofs)
}

/// An edition of its own for each language: two letters to one person would
/// have one Message-ID otherwise, and mailboxes show only one of such.
fn mark(edition: &Edition, version: &Version) -> (Edition, Version) {
    let (mut edition, mut version) = (edition.clone(), version.clone());
    edition.id = format!("{}.{}", edition.id, version.language);
    version.subject.insert_str(0, MARK);
    (edition, version)
}

async fn send(
    session: &mut Session,
    composer: &Composer<'_>,
    recipient: &Recipient,
) -> Result<Reply, ProofError> {
    let letter = composer.compose(recipient);
    if let Offer::Refused { stage, reply } =
        session.offer(&letter.envelope, letter.bytes.len()).await?
    {
        return Err(ProofError::Refused { stage, reply });
    }
    let reply = session.transmit(&letter.bytes, None).await?;
    if judge(Stage::Dot, &reply) == Verdict::Accepted {
        Ok(reply)
    } else {
        let stage = Stage::Dot;
        Err(ProofError::Refused { stage, reply })
    }
}
