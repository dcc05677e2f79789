//! Places in the bodies that differ from person to person.

/// One such place. While the bodies are text, it is a noncharacter (Unicode
/// 23.7), which no text that was read can contain: reading refuses them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Slot {
    /// The line by which the person is greeted.
    Greeting,
    /// The token in the unsubscribe link.
    Token,
}

impl Slot {
    const ALL: [Slot; 2] = [Slot::Greeting, Slot::Token];

    /// The character that stands for the slot.
    pub fn char(self) -> char {
        match self {
            Slot::Greeting => '\u{FDD0}',
            Slot::Token => '\u{FDD1}',
        }
    }

    /// The slot that a character stands for.
    pub fn of(char: char) -> Option<Self> {
        Self::ALL.into_iter().find(|slot| slot.char() == char)
    }
}
