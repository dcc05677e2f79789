//! What the values of a person must be, whatever file they stand in.

use super::Problem;
use crate::diagnostic::is_unseen;
use crate::people::{DisplayName, EmailAddress, Language};

/// The longest name of a group, in characters.
pub const MAX_GROUP: usize = 100;

/// Why something can't name a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GroupError {
    /// Nothing but white space.
    #[error("it says nothing")]
    Empty,
    /// A line end or another character that can't be seen.
    #[error("it has a character that can't be seen (U+{:04X})", *.0 as u32)]
    Control(char),
    /// Longer than any name of a group.
    #[error("it is longer than {MAX_GROUP} characters")]
    TooLong,
}

/// Takes the address, which must be there.
pub(super) fn address(written: &str) -> Result<EmailAddress, Problem> {
    if written.trim().is_empty() {
        return Err(Problem::NoAddress);
    }
    Ok(written.parse()?)
}

/// Takes the name; white space alone is none.
pub(super) fn name(written: &str) -> Result<Option<DisplayName>, Problem> {
    Ok(DisplayName::parse(written)?)
}

/// Takes the language; white space alone is none.
pub(super) fn language(written: &str) -> Result<Option<Language>, Problem> {
    let tag = written.trim();
    if tag.is_empty() {
        return Ok(None);
    }
    Ok(Some(tag.parse()?))
}

/// Takes the name of a group, without the white space around it. Names are
/// compared whole, letter by letter: `active` is not in `inactive`.
pub(super) fn group(written: &str) -> Result<String, Problem> {
    let name = written.trim();
    if name.is_empty() {
        return Err(GroupError::Empty.into());
    }
    if let Some(bad) = name
        .chars()
        .find(|&char| char.is_control() || is_unseen(char))
    {
        return Err(GroupError::Control(bad).into());
    }
    if name.chars().count() > MAX_GROUP {
        return Err(GroupError::TooLong.into());
    }
    Ok(name.to_owned())
}

/// Adds a group that isn't there yet.
pub(super) fn add_group(groups: &mut Vec<String>, group: String) {
    if !groups.contains(&group) {
        groups.push(group);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_groups_are_trimmed_and_held_to_their_limits() {
        assert_eq!(group(" Prayer team ").as_deref(), Ok("Prayer team"));
        assert!(group(&"ü".repeat(MAX_GROUP)).is_ok());
        for (written, error) in [
            (" \t", GroupError::Empty),
            ("a\nb", GroupError::Control('\n')),
            ("a\u{202E}b", GroupError::Control('\u{202E}')),
            (&"ü".repeat(MAX_GROUP + 1), GroupError::TooLong),
        ] {
            assert_eq!(group(written), Err(Problem::Group(error)), "{written:?}");
        }
    }

    #[test]
    fn white_space_alone_is_no_value() {
        assert_eq!(address(" \u{A0}"), Err(Problem::NoAddress));
        assert_eq!(name("  "), Ok(None));
        assert_eq!(language(" "), Ok(None));
        assert_eq!(language(" DE ").unwrap().unwrap().tag(), "de");
    }
}
