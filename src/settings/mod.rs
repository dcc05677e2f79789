//! `epistle.toml`: who sends, to whom, by which relay and how fast.

mod armour;
mod batch;
mod brand;
mod colour;
mod dkim;
mod folder;
mod font;
mod hint;
mod host;
mod login;
mod logo;
mod mask;
mod password;
mod relay;
mod secret;
mod sender;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono_tz::Tz;

use crate::diagnostic::{self, Diagnostic, SourceFile};
use crate::document::{self, Fields, Reader};

use folder::Folder;
use mask::Masked;

pub use batch::{Batch, Rate};
pub use brand::{Brand, BrandLink};
pub use colour::{Colour, READABLE};
pub use dkim::{Dkim, KeySource, PrivateKey};
pub use font::Font;
pub use login::{Credential, Login};
pub use logo::{Logo, LogoSource};
pub use password::{Password, PasswordError, PasswordSource, TokenFile};
pub use relay::{Relay, Security};
pub use secret::SecretError;
pub use sender::Sender;

/// The largest settings file, in bytes.
pub const MAX_BYTES: u64 = 1 << 20;

/// The name of the settings file in the working directory.
pub const FILE_NAME: &str = "epistle.toml";

/// The settings that explain themselves, as shipped.
pub const EXAMPLE: &str = include_str!("../../epistle.example.toml");

/// The keys of the file itself.
const KEYS: &[&str] = &[
    "recipients",
    "bulletins",
    "timezone",
    "in_doubt",
    "give_up_after",
    "sender",
    "brand",
    "relay",
    "dkim",
    "batch",
    "ledger",
];

/// What is done about a letter of which nobody knows whether it has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InDoubt {
    /// It waits for a person's word.
    Hold,
    /// It is sent once more.
    Resend,
}

/// All settings of an installation. Paths lead from the working directory.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Who writes.
    pub sender: Sender,
    /// Where a local `send_at` is meant.
    pub timezone: Option<Tz>,
    /// The lists of those who get the letters; one at least.
    pub recipients: Vec<PathBuf>,
    /// The folder that is looked through for bulletins that are due.
    pub bulletins: PathBuf,
    /// What is done about a letter that may have arrived.
    pub in_doubt: InDoubt,
    /// How long a letter is tried again after it was first put off.
    pub give_up_after: Duration,
    /// The server that takes the letters; without it nothing can be sent.
    pub relay: Option<Relay>,
    /// The keys that letters are signed with: one signature each.
    pub dkim: Vec<Dkim>,
    /// How letters are sent: how many at once, and how fast.
    pub batch: Batch,
    /// The database that remembers what was sent to whom.
    pub ledger: PathBuf,
}

impl Settings {
    /// Reads settings; `None` where a finding is an error.
    pub fn read(
        source: &Arc<SourceFile>,
        found: Vec<Diagnostic>,
    ) -> (Option<Self>, Vec<Diagnostic>) {
        let masked = Masked::new(source);
        let (root, faults) = document::read(&masked.source);
        let found = masked.told([found, faults].concat());
        let reader = Reader::new(&masked.source, found, hint::HINTS);
        let settings = Self::of(reader.fields(root, "the settings file", KEYS));
        let findings = reader.finish();
        let settings = settings.filter(|_| !diagnostic::has_errors(&findings));
        (settings, findings)
    }

    fn of(mut fields: Fields<'_>) -> Option<Self> {
        let folder = Folder::of(fields.reader().source());
        let recipients = recipients(&mut fields, &folder);
        let bulletins = fields.parsed("bulletins", "bulletins = \"bulletins\"", |path| {
            folder.resolve(path)
        });
        let timezone = fields.parsed("timezone", "timezone = \"Europe/London\"", |name| {
            name.parse::<Tz>()
                .map_err(|_| "it is no time zone of the IANA database")
        });
        let in_doubt = fields.choice(
            "in_doubt",
            &[("hold", InDoubt::Hold), ("resend", InDoubt::Resend)],
        );
        let give_up_after = fields.duration("give_up_after", "give_up_after = \"4 days\"");
        if !fields.has("sender") {
            fields.missing(
                "sender",
                "[sender] on a line of its own, and name, address and the others below it",
            );
        }
        let sender = table(&mut fields, "sender", "[sender]", sender::KEYS).and_then(Sender::read);
        let brand = table(&mut fields, "brand", "[brand]", brand::KEYS)
            .map(|brand| Brand::read(brand, &folder));
        let relay = table(&mut fields, "relay", "[relay]", relay::KEYS)
            .and_then(|relay| Relay::read(relay, &folder));
        let domain = sender.as_ref().map(|sender| sender.address.domain());
        let dkim = fields.tables("dkim", "[[dkim]]", dkim::KEYS);
        let dkim = dkim.map(|tables| dkim::read(tables, domain, &folder));
        let batch = table(&mut fields, "batch", "[batch]", batch::KEYS).map(Batch::read);
        let ledger = table(&mut fields, "ledger", "[ledger]", &["path"]).and_then(|mut ledger| {
            ledger.parsed("path", "path = \"epistle.db\"", |path| folder.resolve(path))
        });
        Some(Self {
            sender: Sender {
                brand: brand.unwrap_or_default(),
                ..sender?
            },
            timezone: timezone.map(|zone| zone.value),
            recipients: recipients.unwrap_or_else(|| vec![folder.beside("recipients.toml")]),
            bulletins: bulletins.map_or_else(|| folder.beside("bulletins"), |path| path.value),
            in_doubt: in_doubt.unwrap_or(InDoubt::Hold),
            give_up_after: give_up_after.unwrap_or(Duration::from_secs(4 * 86_400)),
            relay,
            dkim: dkim.unwrap_or_default(),
            batch: batch.unwrap_or_default(),
            ledger: ledger.map_or_else(|| folder.beside("epistle.db"), |path| path.value),
        })
    }

    /// The settings of the example, for looking at a bulletin before there are any.
    pub fn example() -> Self {
        let (source, found) = SourceFile::from_bytes("epistle.example.toml", EXAMPLE.as_bytes());
        let (settings, _) = Self::read(&source, found);
        settings.expect("a test reads the example, which is part of the program")
    }
}

/// Takes a table that may be absent; `header` is how its first line is written.
fn table<'r>(
    fields: &mut Fields<'r>,
    key: &str,
    header: &'static str,
    known: &'r [&'r str],
) -> Option<Fields<'r>> {
    let example = format!("{header} on a line of its own, its keys below");
    fields.optional_table(key, &example, header, known)
}

/// Takes the lists of recipients: each once, and one at least.
fn recipients(fields: &mut Fields<'_>, folder: &Folder) -> Option<Vec<PathBuf>> {
    let example = "recipients = [\"recipients.toml\"]";
    let found = fields.parsed_list("recipients", example, |path| folder.resolve(path))?;
    let reader = fields.reader();
    let mut paths = Vec::new();
    let mut places = HashMap::new();
    for path in found.value {
        if let Some(first) = places.get(&path.value) {
            let told = "this list stands here a second time";
            let finding = reader.error("repeated-list", path.span, told);
            let finding = finding.at(reader.source(), *first, "first");
            reader.report(finding.help("keep one of the two"));
        } else {
            places.insert(path.value.clone(), path.span);
            paths.push(path.value);
        }
    }
    Some(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_has_no_fault() {
        let (source, found) = SourceFile::from_bytes("epistle.example.toml", EXAMPLE.as_bytes());
        let (settings, findings) = Settings::read(&source, found);
        assert!(settings.is_some() && findings.is_empty(), "{findings:?}");
        Settings::example();
    }
}
