//! One person on a list.

use std::fmt;

use super::{EmailAddress, Language};

/// The longest name, in characters. Real ones are far shorter; a longer one is another column.
const MAX_NAME: usize = 200;

/// A name as it stands in `To:` and in the greeting: not empty, no control characters.
#[derive(Clone, PartialEq, Eq)]
pub struct DisplayName(String);

/// Why something can't be a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// A line end, a NUL, or another character that can't be seen.
    #[error("a name can't have a line end or another character that can't be seen (U+{:04X})", *.0 as u32)]
    Control(char),
    /// Longer than any name.
    #[error("a name can't be longer than {MAX_NAME} characters")]
    TooLong,
}

impl DisplayName {
    /// Takes a name; one of white space alone is none.
    ///
    /// # Errors
    /// The name has a control character, or more than 200 characters.
    pub fn parse(written: &str) -> Result<Option<Self>, NameError> {
        if let Some(bad) = written
            .chars()
            .find(|&char| char.is_control() || crate::diagnostic::is_unseen(char))
        {
            return Err(NameError::Control(bad));
        }
        let name = written.trim();
        if name.chars().count() > MAX_NAME {
            return Err(NameError::TooLong);
        }
        Ok((!name.is_empty()).then(|| Self(name.to_owned())))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Masked, as addresses are.
impl fmt::Debug for DisplayName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}***", self.0.chars().next().unwrap_or('?'))
    }
}

/// One person to write to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// Where the letter goes.
    pub address: EmailAddress,
    /// How the person is greeted.
    pub name: Option<DisplayName>,
    /// What the person reads; without one, the bulletin's own language.
    pub language: Option<Language>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_could_end_a_header_are_refused() {
        for bad in [
            "Anna\r",
            "Anna\nBcc: x@example.org",
            "An\0na",
            "\u{202E}annA",
            "A\u{FDD0}",
        ] {
            assert!(
                matches!(DisplayName::parse(bad), Err(NameError::Control(_))),
                "{bad:?}"
            );
        }
        assert_eq!(DisplayName::parse("  "), Ok(None));
        assert_eq!(
            DisplayName::parse(" Zoë \"Z\" =?x?= ")
                .unwrap()
                .unwrap()
                .as_str(),
            "Zoë \"Z\" =?x?="
        );
        assert_eq!(
            DisplayName::parse(&"x".repeat(201)),
            Err(NameError::TooLong)
        );
    }
}
