//! Marks pseudonyms: a sign at the first mention of each, a note below for each sign.

use crate::bulletin::{Bulletin, NameKind, mentions};

/// The signs in their usual order; after the last they are doubled.
const SIGNS: [&str; 4] = ["*", "†", "‡", "§"];

/// A sign and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Note {
    pub(super) sign: String,
    pub(super) text: String,
}

/// The pseudonyms of a bulletin while it is read from top to bottom.
#[derive(Debug)]
pub(super) struct Marks {
    /// The names not yet mentioned, with what their note says.
    waiting: Vec<(String, String)>,
    notes: Vec<Note>,
}

impl Marks {
    pub(super) fn new(bulletin: &Bulletin, default_note: &str) -> Self {
        let pseudonyms = bulletin
            .names
            .iter()
            .filter(|name| name.kind == NameKind::Pseudonym);
        let waiting = pseudonyms.map(|name| {
            let note = name.note.as_ref().map_or(default_note, |note| &note.value);
            (name.shown.value.clone(), note.to_owned())
        });
        Self {
            waiting: waiting.collect(),
            notes: Vec::new(),
        }
    }

    /// Sets the sign after each name that is mentioned here for the first time.
    pub(super) fn apply(&mut self, words: &str) -> String {
        let mut found: Vec<(usize, usize)> = Vec::new(); // where a mention ends, and which name it is
        for (index, (name, _)) in self.waiting.iter().enumerate() {
            if let Some(range) = mentions(words, name).next() {
                found.push((range.end, index));
            }
        }
        found.sort_unstable();

        let mut marked = String::with_capacity(words.len());
        let mut at = 0;
        for &(end, index) in &found {
            marked.push_str(&words[at..end]);
            let note = self.waiting[index].1.clone(); // `index` counts this list, unchanged so far
            marked.push_str(&self.sign(note));
            at = end;
        }
        marked.push_str(&words[at..]);
        let mut gone: Vec<_> = found.into_iter().map(|(_, index)| index).collect();
        gone.sort_unstable_by(|a, b| b.cmp(a));
        for index in gone {
            self.waiting.remove(index);
        }
        marked
    }

    /// The sign of a note; notes of the same words share one.
    fn sign(&mut self, text: String) -> String {
        if let Some(known) = self.notes.iter().find(|note| note.text == text) {
            return known.sign.clone();
        }
        let count = self.notes.len();
        let sign = SIGNS[count % SIGNS.len()].repeat(count / SIGNS.len() + 1);
        self.notes.push(Note {
            sign: sign.clone(),
            text,
        });
        sign
    }

    /// The notes for the signs that were set, in order.
    pub(super) fn into_notes(self) -> Vec<Note> {
        self.notes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_marked_once_and_each_note_has_one_sign() {
        let mut marks = Marks {
            waiting: [
                ("Ana", "changed"),
                ("Ben", "changed"),
                ("Cem", "not his name"),
            ]
            .map(|(name, note)| (name.to_owned(), note.to_owned()))
            .into(),
            notes: Vec::new(),
        };
        assert_eq!(
            marks.apply("Cem’s aunt met Ana, and Ana met Anatol."),
            "Cem’s* aunt met Ana†, and Ana met Anatol."
        );
        assert_eq!(marks.apply("Ana, Ben and Cem"), "Ana, Ben† and Cem");
        let notes: Vec<_> = marks
            .into_notes()
            .into_iter()
            .map(|note| (note.sign, note.text))
            .collect();
        assert_eq!(
            notes,
            [
                ("*".to_owned(), "not his name".to_owned()),
                ("†".to_owned(), "changed".to_owned())
            ]
        );
    }
}
