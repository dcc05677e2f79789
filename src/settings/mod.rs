//! `epistle.toml`: who sends, and from where in the world.

mod sender;

use std::sync::Arc;

use chrono_tz::Tz;

use crate::diagnostic::{self, Diagnostic, SourceFile};
use crate::document::{self, Reader};

pub use sender::Sender;

/// The largest settings file, in bytes.
pub const MAX_BYTES: u64 = 1 << 20;

/// The name of the settings file in the working directory.
pub const FILE_NAME: &str = "epistle.toml";

/// The settings that explain themselves, as shipped.
pub const EXAMPLE: &str = include_str!("../../epistle.example.toml");

/// All settings of an installation.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Who writes.
    pub sender: Sender,
    /// Where a local `send_at` is meant.
    pub timezone: Option<Tz>,
}

impl Settings {
    /// Reads settings; `None` where a finding is an error.
    pub fn read(
        source: &Arc<SourceFile>,
        found: Vec<Diagnostic>,
    ) -> (Option<Self>, Vec<Diagnostic>) {
        let (root, faults) = document::read(source);
        let reader = Reader::new(source, [found, faults].concat(), &[]);
        let mut fields = reader.fields(root, "the settings file", &["timezone", "sender"]);
        let timezone = fields.parsed("timezone", "timezone = \"Europe/London\"", |name| {
            name.parse::<Tz>()
                .map_err(|_| "it is no time zone of the IANA database")
        });
        if !fields.has("sender") {
            fields.missing(
                "sender",
                "[sender] on a line of its own, and name, address and the others below it",
            );
        }
        let sender = fields
            .optional_table(
                "sender",
                "[sender] on a line of its own, its keys below",
                "[sender]",
                sender::KEYS,
            )
            .and_then(Sender::read);
        let settings = sender.map(|sender| Self {
            sender,
            timezone: timezone.map(|zone| zone.value),
        });
        let findings = reader.finish();
        let settings = settings.filter(|_| !diagnostic::has_errors(&findings));
        (settings, findings)
    }

    /// The settings of the example, for looking at a bulletin before there are any.
    pub fn example() -> Self {
        let (source, found) = SourceFile::from_bytes("epistle.example.toml", EXAMPLE.as_bytes());
        let (settings, _) = Self::read(&source, found);
        settings.expect("a test reads the example, which is part of the program")
    }
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
