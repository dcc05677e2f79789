//! The letters that are looked for, and what was seen of each.

use std::collections::HashMap;

use memchr::memmem::Finder;

use super::{MAX_TEXT, MOST, Says, Sighting, Verdict};

/// Letters by their Message-IDs.
#[derive(Debug)]
pub struct Sought {
    /// The letter of each Message-ID.
    letters: HashMap<Vec<u8>, usize>,
    /// What the Message-IDs end with: `@` and a domain.
    endings: Vec<Finder<'static>>,
    seen: Vec<Vec<Sighting>>,
}

impl Sought {
    /// Takes the Message-IDs of letters, without their brackets.
    pub fn new<'i>(ids: impl IntoIterator<Item = &'i str>) -> Self {
        let mut sought = Self {
            letters: HashMap::new(),
            endings: Vec::new(),
            seen: Vec::new(),
        };
        for id in ids {
            let ending = &id.as_bytes()[id.rfind('@').unwrap_or(0)..];
            let endings = &mut sought.endings;
            if !endings.iter().any(|known| known.needle() == ending) {
                endings.push(Finder::new(ending).into_owned());
            }
            sought.letters.insert(id.into(), sought.seen.len());
            sought.seen.push(Vec::new());
        }
        sought
    }

    /// What was seen of a letter, in the order of the Message-IDs.
    pub fn seen(&self, letter: usize) -> &[Sighting] {
        self.seen.get(letter).map_or(&[], Vec::as_slice)
    }

    /// What that comes to.
    pub fn verdict(&self, letter: usize) -> Verdict {
        Verdict::of(self.seen(letter))
    }

    /// The first of the letters that a line names.
    pub(super) fn named(&self, line: &[u8]) -> Option<usize> {
        self.endings.iter().find_map(|ending| {
            let length = ending.needle().len();
            ending.find_iter(line).find_map(|at| {
                let before = line[..at].iter().rev();
                let local = before.take_while(|byte| byte.is_ascii_hexdigit()).count();
                let id = line.get(at - local..at + length)?;
                self.letters.get(id).copied()
            })
        })
    }

    /// Notes what a line says.
    pub(super) fn note(&mut self, letter: usize, file: &str, line: u64, says: Says, text: &[u8]) {
        let Some(seen) = self.seen.get_mut(letter) else {
            return;
        };
        let text = String::from_utf8_lossy(&text[..text.len().min(MAX_TEXT)]);
        let sighting = Sighting {
            file: file.to_owned(),
            line,
            says,
            text: text.into_owned(),
        };
        let is_full = seen.len() >= MOST;
        match seen.last_mut() {
            // That it is named says the least, and takes the place of nothing.
            Some(_) if is_full && says == Says::Named => {}
            // A letter may be put off for days; and what comes of it in the end counts.
            Some(last) if is_full || (last.says == says && says == Says::Deferred) => {
                *last = sighting;
            }
            _ => seen.push(sighting),
        }
    }
}
