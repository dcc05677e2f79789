//! Exim's lines: `DATE TIME EXIMID <= sender … id=MESSAGE-ID`, written when it
//! has taken a letter, and behind it, under the same id, its deliveries.

use std::collections::HashMap;

use super::Says;

/// Follows letters by the ids that Exim gives them.
#[derive(Debug, Default)]
pub(super) struct Exim {
    letters: HashMap<Vec<u8>, usize>,
}

impl Exim {
    /// What a line says, and of which letter.
    pub(super) fn read(&mut self, line: &[u8], named: Option<usize>) -> Option<(usize, Says)> {
        if named.is_none() && self.letters.is_empty() {
            return None;
        }
        // Before the id stand the date, the time and maybe a zone and a process, or a syslog's words too.
        let mut words = line.split(|byte| *byte == b' ').take(12);
        let id = words.find(|word| is_id(word))?;
        let sign = words.next()?;
        if sign == b"<=" {
            let letter = named?;
            self.letters.insert(id.to_owned(), letter);
            return Some((letter, Says::Queued));
        }
        let letter = *self.letters.get(id)?;
        let says = match sign {
            b"=>" | b"->" | b">>" => Says::Sent,
            b"==" => Says::Deferred,
            b"**" => Says::Bounced,
            b"Completed" => {
                self.letters.remove(id);
                return None;
            }
            _ => return None,
        };
        Some((letter, says))
    }
}

/// `1tUabc-0000000001X-2abc`, or `1abcde-0001ab-AB` before Exim 4.97.
fn is_id(word: &[u8]) -> bool {
    let lengths: Vec<_> = word.split(|byte| *byte == b'-').map(<[u8]>::len).collect();
    let is_known = lengths == [6, 11, 4] || lengths == [6, 6, 2];
    is_known
        && word
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
}
