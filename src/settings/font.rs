//! The fonts of a mail. Nothing is loaded from anywhere, so a stack of names
//! begins with a font that Windows has (for another, Outlook takes Times New
//! Roman) and ends with a generic one.

use crate::diagnostic::Located;
use crate::document::Fields;

/// A stack of fonts, as CSS writes it in an attribute between `"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Font(String);

/// The fonts that have a stack of their own, so that their name is enough.
const STACKS: &[(&str, &str)] = &[
    ("Arial", "Arial,Helvetica,sans-serif"),
    ("Georgia", "Georgia,'Times New Roman',serif"),
    ("Tahoma", "Tahoma,Geneva,sans-serif"),
    ("Times New Roman", "'Times New Roman',Times,serif"),
    ("Trebuchet MS", "'Trebuchet MS',Tahoma,sans-serif"),
    ("Verdana", "Verdana,Geneva,sans-serif"),
];

/// Other fonts that every Windows has since its version 7.
const ON_WINDOWS: &[&str] = &[
    "Arial Black",
    "Calibri",
    "Cambria",
    "Candara",
    "Comic Sans MS",
    "Consolas",
    "Constantia",
    "Corbel",
    "Courier New",
    "Franklin Gothic Medium",
    "Impact",
    "Lucida Console",
    "Lucida Sans Unicode",
    "Malgun Gothic",
    "Meiryo",
    "Microsoft JhengHei",
    "Microsoft YaHei",
    "Nirmala UI",
    "Palatino Linotype",
    "Segoe UI",
    "Yu Gothic",
];

const GENERIC: &[&str] = &["serif", "sans-serif", "monospace"];

impl Font {
    /// The stack.
    pub fn stack(&self) -> &str {
        &self.0
    }

    /// What running text has without a brand: every client has one of these.
    pub(super) fn arial() -> Self {
        Self(STACKS[0].1.to_owned())
    }

    /// What headings have without a brand: on Windows, macOS and iOS.
    pub(super) fn georgia() -> Self {
        Self(STACKS[1].1.to_owned())
    }
}

/// Takes a font by its name, or a list of names in the order of preference.
pub(super) fn read(fields: &mut Fields<'_>, key: &str, example: &str) -> Option<Font> {
    let names = fields.parsed_list(key, example, |name| {
        let name = name.trim();
        let plain = |char: char| char.is_ascii_alphanumeric() || " -".contains(char);
        if name.is_empty() || !name.chars().all(plain) {
            return Err("it is no name of a font");
        }
        Ok(name.to_owned())
    })?;
    match stack(&names.value) {
        Ok(stack) => Some(Font(stack)),
        Err(why) => {
            if !names.value.is_empty() {
                let written = fields.reader().source().slice(names.span).to_owned();
                let list = format!(
                    "{key} = [\"Segoe UI\", \"Helvetica\", \"sans-serif\"], or one of {}",
                    known().join(", ")
                );
                fields.unknown_value(key, names.span, &written, why, &list);
            }
            None
        }
    }
}

/// The names of [`STACKS`].
fn known() -> Vec<&'static str> {
    STACKS.iter().map(|(name, _)| *name).collect()
}

fn stack(names: &[Located<String>]) -> Result<String, &'static str> {
    let same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
    if let [only] = names
        && let Some((_, stack)) = STACKS.iter().find(|(name, _)| same(name, &only.value))
    {
        return Ok((*stack).to_owned());
    }
    let (Some(first), Some(last)) = (names.first(), names.last()) else {
        return Err("it names no font");
    };
    let mut on_windows = known().into_iter().chain(ON_WINDOWS.iter().copied());
    if !on_windows.any(|name| same(name, &first.value)) {
        return Err(
            "it does not begin with a font that Windows has, so that Outlook would take Times New Roman",
        );
    }
    if !GENERIC.contains(&last.value.as_str()) {
        return Err("it does not end with serif, sans-serif or monospace");
    }
    let quoted = |name: &Located<String>| match name.value.contains(' ') {
        true => format!("'{}'", name.value),
        false => name.value.clone(),
    };
    Ok(names.iter().map(quoted).collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Span;

    fn of(names: &[&str]) -> Result<String, &'static str> {
        let names: Vec<_> = names
            .iter()
            .map(|name| Located::new((*name).to_owned(), Span::new(0, 0)))
            .collect();
        stack(&names)
    }

    #[test]
    fn a_stack_begins_on_windows_and_ends_generic() {
        assert_eq!(of(&["verdana"]).unwrap(), "Verdana,Geneva,sans-serif");
        assert_eq!(
            of(&["Segoe UI", "Helvetica", "sans-serif"]).unwrap(),
            "'Segoe UI',Helvetica,sans-serif"
        );
        for wrong in [
            &["Lato"] as &[_],
            &["Lato", "sans-serif"],
            &["Segoe UI"],
            &["Arial", "Lato"],
            &[],
        ] {
            assert!(of(wrong).is_err(), "{wrong:?}");
        }
    }
}
