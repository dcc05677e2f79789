//! Postfix's lines: `DATE HOST postfix/cleanup[PID]: QUEUEID: message-id=<…>`,
//! and behind it, under the same queue id, what has become of the letter.
//!
//! `message-id=` is written when the header has been read, which may be before
//! the dot: only what the queue manager writes says that Postfix took the letter.

use std::collections::HashMap;

use memchr::memmem::Finder;

use super::{Says, Sought};

/// The longest queue id, in bytes; the short ones have six digits or more.
const MAX_ID: usize = 24;

/// Follows letters by their queue ids.
#[derive(Debug)]
pub(super) struct Postfix {
    behind_process: Finder<'static>,
    /// The letter of each queue id. Short queue ids are given again to others
    /// later, so that each is forgotten with the end of its letter.
    letters: HashMap<Vec<u8>, usize>,
}

impl Postfix {
    pub(super) fn new() -> Self {
        Self {
            behind_process: Finder::new("]: "),
            letters: HashMap::new(),
        }
    }

    /// What a line says, and of which letter. `named` is a letter whose Message-ID is in it.
    pub(super) fn read(&mut self, line: &[u8], sought: &Sought) -> Option<(usize, Says)> {
        let behind = self.behind_process.find(line)? + 3;
        let rest = &line[behind..];
        let length = rest.iter().take(MAX_ID).position(|byte| *byte == b':')?;
        let (id, told) = rest.split_at(length);
        let told = told.strip_prefix(b": ")?;
        if id.len() < 5 || !id.iter().all(u8::is_ascii_alphanumeric) {
            return None;
        }
        if told.starts_with(b"message-id=") {
            return match sought.named(told) {
                Some(letter) => {
                    self.letters.insert(id.to_owned(), letter);
                    Some((letter, Says::Begun))
                }
                None => {
                    self.letters.remove(id); // it is another's now
                    None
                }
            };
        }
        if self.letters.is_empty() {
            return None;
        }
        let letter = *self.letters.get(id)?;
        if told == b"removed" {
            self.letters.remove(id);
            return None;
        }
        Some((letter, says(told)?))
    }
}

fn says(told: &[u8]) -> Option<Says> {
    const STATUS: [(&str, Says); 4] = [
        ("sent", Says::Sent),
        ("deferred", Says::Deferred),
        ("bounced", Says::Bounced),
        ("expired", Says::Bounced),
    ];
    if told.starts_with(b"milter-reject: ") || told.starts_with(b"reject: ") {
        return Some(Says::Rejected);
    }
    // The words of other servers come behind the status.
    if let Some(at) = memchr::memmem::find(told, b", status=") {
        let status = &told[at + ", status=".len()..];
        let found = STATUS
            .iter()
            .find(|(name, _)| status.starts_with(name.as_bytes()));
        return found.map(|(_, says)| *says);
    }
    (told.starts_with(b"from=<") && told.ends_with(b" (queue active)")).then_some(Says::Queued)
}
