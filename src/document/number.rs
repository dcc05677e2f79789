//! Takes whole numbers and truth values, which people like to put between quotation marks.

use std::ops::RangeInclusive;

use super::Fields;
use super::value::Value;
use crate::diagnostic::Located;

/// What a number without a fraction is called.
const WHOLE: &str = "a whole number";
/// What a truth value is called.
const TRUTH: &str = "true or false";

impl Fields<'_> {
    /// Takes a whole number in a range that may be absent; `example` is a whole line to write.
    pub fn whole_number(
        &mut self,
        key: &str,
        example: &str,
        range: RangeInclusive<i64>,
    ) -> Option<Located<i64>> {
        let found = self.typed(key, WHOLE, example, |value| match value {
            Value::Integer(number) => Ok(number),
            other => Err(other),
        });
        let number = found?.ok()?;
        if range.contains(&number.value) {
            return Some(number);
        }
        let written = self.reader().source().slice(number.span);
        let why = format!("it is no number from {} to {}", range.start(), range.end());
        self.unknown_value(key, number.span, written, why, example);
        None
    }

    /// Takes `true` or `false`, which may be absent.
    pub fn boolean(&mut self, key: &str) -> Option<bool> {
        let example = format!("{key} = true, or {key} = false");
        let found = self.typed(key, TRUTH, &example, |value| match value {
            Value::Boolean(is) => Ok(is),
            other => Err(other),
        });
        Some(found?.ok()?.value)
    }
}

/// What a text would be without its quotation marks, if that is what is wanted.
pub(super) fn unquoted(wanted: &str, value: &Value) -> Option<String> {
    let Value::Text(text) = value else {
        return None;
    };
    let plain = text.value.trim();
    let fits = match wanted {
        WHOLE => {
            !plain.starts_with('+')
                && plain
                    .parse::<i64>()
                    .is_ok_and(|number| number.to_string() == plain)
        }
        TRUTH => ["true", "false"].contains(&plain),
        _ => false,
    };
    fits.then(|| plain.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Diagnostic, SourceFile};
    use crate::document::{Reader, read};

    /// What `take` takes of a file with one line, and what was found.
    fn taken<T>(line: &str, take: impl FnOnce(&mut Fields<'_>) -> T) -> (T, Vec<Diagnostic>) {
        let (source, found) = SourceFile::from_bytes("file.toml", line.as_bytes());
        let (root, faults) = read(&source);
        assert!(faults.is_empty(), "{faults:?}");
        let reader = Reader::new(&source, found, &[]);
        let value = take(&mut reader.fields(root, "the file", &["key"]));
        (value, reader.finish())
    }

    fn number(line: &str) -> (Option<i64>, Vec<Diagnostic>) {
        let (number, found) = taken(line, |fields| {
            fields.whole_number("key", "key = 5", 1..=65_535)
        });
        (number.map(|number| number.value), found)
    }

    #[test]
    fn numbers_are_read_in_every_way_that_toml_writes_them() {
        for (line, value) in [
            ("key = 1", 1),
            ("key = 65_535", 65_535),
            ("key = +7", 7),
            ("key = 0x1F", 31),
            ("key = 0o17", 15),
            ("key = 0b101", 5),
        ] {
            let (number, found) = number(line);
            assert_eq!(number, Some(value), "{line}");
            assert!(found.is_empty(), "{found:?}");
        }
        assert_eq!(number("").0, None);
    }

    #[test]
    fn a_number_out_of_its_range_is_told_as_it_was_written() {
        for written in [
            "0",
            "-1",
            "65536",
            "99999999999999999999999",
            "-99999999999999999999999",
            "0xFFFF_FFFF_FFFF_FFFF_FFFF",
        ] {
            let (number, found) = number(&format!("key = {written}"));
            assert_eq!((number, found.len()), (None, 1), "{written}");
            assert_eq!(
                found[0].message,
                format!("`key` can't be `{written}`: it is no number from 1 to 65535")
            );
        }
    }

    #[test]
    fn quotation_marks_too_many_are_mended() {
        let replacement = |found: &[Diagnostic]| {
            let fix = found[0].fix.clone();
            fix.map(|fix| fix.replacement)
        };
        let (value, found) = number("key = \"465\"");
        assert_eq!((value, replacement(&found)), (None, Some("465".to_owned())));
        for none in [
            "key = \"05\"",
            "key = \"many\"",
            "key = 1.5",
            "key = true",
            "key = \"+4\"",
        ] {
            let (value, found) = number(none);
            assert_eq!((value, found.len()), (None, 1), "{none}");
            assert_eq!(replacement(&found), None, "{none}");
        }
        let (value, found) = taken("key = \"true\"", |fields| fields.boolean("key"));
        assert_eq!(
            (value, replacement(&found)),
            (None, Some("true".to_owned()))
        );
        let (value, found) = taken("key = 1", |fields| fields.boolean("key"));
        assert_eq!((value, found.len()), (None, 1));
        assert_eq!(replacement(&found), None);
    }

    #[test]
    fn truth_values_are_read() {
        assert_eq!(
            taken("key = true", |fields| fields.boolean("key")).0,
            Some(true)
        );
        assert_eq!(
            taken("key = false", |fields| fields.boolean("key")).0,
            Some(false)
        );
        assert_eq!(taken("", |fields| fields.boolean("key")).0, None);
    }
}
