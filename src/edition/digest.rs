//! The digest of an edition: SHA-256 (FIPS 180-4) over all that a recipient
//! gets, in each language, and that decides who gets it and when; not over the
//! layout of the files.

use std::fmt;

use aws_lc_rs::digest::{Context, SHA256};

use super::{Edition, Version};

/// The digest of an edition.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    pub(super) fn of(edition: &Edition) -> Self {
        let sender = &edition.sender;
        let window = edition
            .window
            .map(|window| format!("{} {}", window.opens.to_rfc3339(), window.lasts.as_secs()));
        let unsubscribe_url = sender.unsubscribe_https("{token}");
        let mut fields = Fields(Context::new(&SHA256));
        fields.add("id", Some(&edition.id));
        fields.add("audience", edition.audience.as_deref());
        fields.add("window", window.as_deref());
        fields.add("sender.name", Some(sender.name.as_str()));
        fields.add("sender.address", Some(&sender.address.to_string()));
        fields.add("sender.envelope", Some(&sender.envelope.to_string()));
        fields.add(
            "sender.reply_to",
            sender.reply_to.as_ref().map(ToString::to_string).as_deref(),
        );
        fields.add("sender.list_id", Some(&sender.list_id));
        fields.add("sender.unsubscribe", Some(&sender.unsubscribe.to_string()));
        fields.add("sender.unsubscribe_url", unsubscribe_url.as_deref());
        edition
            .versions()
            .for_each(|version| fields.add_version(version));
        let mut digest = [0; 32];
        digest.copy_from_slice(fields.0.finish().as_ref());
        Self(digest)
    }
}

/// Named fields with their lengths, so that no two lists of them run together.
struct Fields(Context);

impl Fields {
    fn add_version(&mut self, version: &Version) {
        let greeting = version.greeting.as_ref();
        self.add("language", Some(version.language.tag()));
        self.add("subject", Some(&version.subject));
        self.add(
            "greeting.with_name",
            greeting.map(|greeting| greeting.with_name.as_str()),
        );
        self.add(
            "greeting.without",
            greeting.map(|greeting| greeting.without.as_str()),
        );
        self.add("text", Some(&version.bodies.text));
        self.add("html", Some(&version.bodies.html));
        // A picture's name is made of its bytes.
        for embedded in &version.images {
            self.add("image", Some(&embedded.content_id));
        }
    }

    fn add(&mut self, name: &str, value: Option<&str>) {
        self.0.update(name.as_bytes());
        match value {
            None => self.0.update(&[0]),
            Some(value) => {
                self.0.update(&[1]);
                self.0.update(&(value.len() as u64).to_be_bytes());
                self.0.update(value.as_bytes());
            }
        }
    }
}

/// In hexadecimal, 64 digits.
impl fmt::Display for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Digest({self})")
    }
}
