//! Marks pseudonyms: a sign at the first mention of each, a note below for each sign.

use crate::bulletin::{Bulletin, NameKind, SIGNS, mentions};

/// The sign of a note by its number from 0: after the last they are doubled,
/// then set three times, then numbered.
fn sign_of(count: usize) -> String {
    match count / SIGNS.len() {
        round @ ..3 => SIGNS[count % SIGNS.len()].repeat(round + 1), // a remainder of its length
        _ => format!("{}{}", SIGNS[0], count + 1),
    }
}

/// A sign and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Note {
    pub(super) sign: String,
    pub(super) text: String,
}

/// The names of a bulletin while it is read from top to bottom.
#[derive(Debug)]
pub(super) struct Marks {
    names: Vec<String>,
    /// For each name what its note says, until it has been mentioned; nothing for names that need none.
    waiting: Vec<Option<String>>,
    notes: Vec<Note>,
}

impl Marks {
    pub(super) fn new(bulletin: &Bulletin, default_note: &str) -> Self {
        let note = |name: &crate::bulletin::Name| {
            let own = name.note.as_ref().map_or(default_note, |note| &note.value);
            (name.kind == NameKind::Pseudonym).then(|| own.to_owned())
        };
        Self {
            names: bulletin
                .names
                .iter()
                .map(|name| name.shown.value.clone())
                .collect(),
            waiting: bulletin.names.iter().map(note).collect(),
            notes: Vec::new(),
        }
    }

    /// The signs to set into a passage, and where: after each name that is mentioned for the first time.
    pub(super) fn signs(&mut self, passage: &str) -> Vec<(usize, String)> {
        if self.waiting.iter().all(Option::is_none) {
            return Vec::new();
        }
        // Names already marked take part, so that a shorter one isn't found inside them.
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        let found = mentions(passage, &names);
        let mut signs = Vec::new();
        for (range, index) in found {
            // `waiting` has a place for each name
            if let Some(note) = self.waiting[index].take() {
                signs.push((range.end, self.sign(note)));
            }
        }
        signs
    }

    /// A passage of one piece with its signs.
    pub(super) fn apply(&mut self, passage: &str) -> String {
        let mut marked = passage.to_owned();
        for (at, sign) in self.signs(passage).into_iter().rev() {
            marked.insert_str(at, &sign);
        }
        marked
    }

    /// The sign of a note; notes of the same words share one.
    fn sign(&mut self, text: String) -> String {
        if let Some(known) = self.notes.iter().find(|note| note.text == text) {
            return known.sign.clone();
        }
        let count = self.notes.len();
        let sign = sign_of(count);
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
            names: ["Ana", "Ben", "Cem", "Ana Maria"].map(str::to_owned).into(),
            waiting: vec![
                Some("changed".to_owned()),
                Some("changed".to_owned()),
                Some("not his name".to_owned()),
                None,
            ],
            notes: Vec::new(),
        };
        assert_eq!(marks.apply("Ana Maria came."), "Ana Maria came.");
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

    #[test]
    fn signs_stay_short() {
        let signs = [0, 3, 4, 11, 12, 199].map(sign_of);
        assert_eq!(signs, ["*", "§", "**", "§§§", "*13", "*200"]);
    }
}
