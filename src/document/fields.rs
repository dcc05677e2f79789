//! Takes the fields of a table one by one, by name and type, and reports what
//! is unknown, missing or of the wrong type.

use super::reader::nearest;
use super::value::{Entry, Moment, Table, Value};
use super::{Reader, Text};
use crate::diagnostic::{Located, Span, quote};

/// What a list of texts is called.
const LIST: &str = "a list of texts";

/// The fields of one table that have not been taken yet.
#[derive(Debug)]
pub struct Fields<'r> {
    reader: &'r Reader,
    what: &'static str,
    place: Option<Span>,
    entries: Vec<Entry>,
}

impl<'r> Fields<'r> {
    /// Makes the fields of a table that begins at `place`.
    pub(super) fn new(
        reader: &'r Reader,
        what: &'static str,
        place: Option<Span>,
        entries: Vec<Entry>,
    ) -> Self {
        Self {
            reader,
            what,
            place,
            entries,
        }
    }

    /// The file that is being read.
    pub fn reader(&self) -> &'r Reader {
        self.reader
    }

    /// Where the table begins: its header, or the top of the file.
    pub fn place(&self) -> Span {
        self.place.unwrap_or(Span::new(0, 0))
    }

    fn take(&mut self, key: &str) -> Option<Located<Value>> {
        let index = self
            .entries
            .iter()
            .position(|entry| entry.key.value == key)?;
        Some(self.entries.swap_remove(index).value)
    }

    /// Reports a required key that isn't there; `example` is a whole line to write.
    pub fn missing(&self, key: &str, example: &str) {
        self.reader.report(
            self.reader
                .error(
                    "missing-key",
                    self.place(),
                    format!("{} has no `{key}`", self.what),
                )
                .help(format!("write {example}")),
        );
    }

    /// Takes a value of one type. `Err` is a wrong or unreadable one, which has been reported.
    pub(super) fn typed<T>(
        &mut self,
        key: &str,
        wanted: &str,
        example: &str,
        take: impl FnOnce(Value) -> Result<T, Value>,
    ) -> Option<Result<Located<T>, ()>> {
        let found = self.take(key)?;
        let span = found.span;
        Some(match take(found.value) {
            Ok(value) => Ok(Located::new(value, span)),
            Err(Value::Unreadable) => Err(()),
            Err(other) => {
                self.reader
                    .wrong_type(key, &Located::new(other, span), wanted, example);
                Err(())
            }
        })
    }

    /// Takes a text that may be absent.
    pub fn optional_text(&mut self, key: &str) -> Option<Text> {
        self.maybe_text(key, &format!("{key} = \"…\""))?.ok()
    }

    fn maybe_text(&mut self, key: &str, example: &str) -> Option<Result<Text, ()>> {
        let found = self.typed(key, "a text", example, |value| match value {
            Value::Text(text) => Ok(text),
            other => Err(other),
        })?;
        Some(found.map(|found| found.value))
    }

    /// Takes a text that may be absent and turns it into what it means; `example` is a whole line to write.
    pub fn parsed<T, E: std::fmt::Display>(
        &mut self,
        key: &str,
        example: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<Located<T>> {
        let text = self.maybe_text(key, example)?.ok()?;
        match parse(&text.value) {
            Ok(value) => Some(Located::new(value, text.span)),
            Err(error) => {
                self.unknown_value(key, text.span, &text.value, error, example);
                None
            }
        }
    }

    /// Takes a text or a list of texts that may be absent and turns each into
    /// what it means; `example` is a whole line to write. What can't be used
    /// is reported, and the others are taken; so is a list without a text.
    pub fn parsed_list<T, E: std::fmt::Display>(
        &mut self,
        key: &str,
        example: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<Located<Vec<Located<T>>>> {
        let span = self.span(key)?;
        let reader = self.reader;
        let found = self.typed(key, LIST, example, |value| match value {
            Value::Text(text) => Ok(vec![text]),
            Value::List(items) if items.is_empty() => {
                let finding = reader.error("empty-text", span, format!("`{key}` says nothing"));
                reader.report(finding.help(format!("write {example}")));
                Ok(Vec::new())
            }
            Value::List(items) => Ok(texts_of(reader, key, example, items)),
            other => Err(other),
        })?;
        let mut values = Vec::new();
        for text in found.ok()?.value {
            match parse(&text.value) {
                Ok(value) => values.push(Located::new(value, text.span)),
                Err(error) => self.unknown_value(key, text.span, &text.value, error, example),
            }
        }
        Some(Located::new(values, span))
    }

    /// Reports a value that can't be used, and why, where it is plain what is
    /// meant: `meant` is the value to write.
    pub fn mendable(
        &self,
        key: &str,
        written: Located<&str>,
        why: impl std::fmt::Display,
        meant: &str,
    ) {
        let told = format!("`{key}` can't be {}: {why}", quote(written.value));
        let finding = self.reader.error("unknown-value", written.span, told);
        let finding = finding.help(format!("write {key} = {meant}"));
        self.reader.report(finding.fix(written.span, meant));
    }

    /// Reports a value that can't be used, and why; `example` is a whole line to write.
    pub fn unknown_value(
        &self,
        key: &str,
        span: Span,
        written: &str,
        why: impl std::fmt::Display,
        example: &str,
    ) {
        let told = format!("`{key}` can't be {}: {why}", quote(written));
        let finding = self.reader.error("unknown-value", span, told);
        self.reader.report(finding.help(format!("write {example}")));
    }

    /// The same for a text that must be there.
    pub fn required<T, E: std::fmt::Display>(
        &mut self,
        key: &str,
        example: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<Located<T>> {
        if !self.has(key) {
            self.missing(key, example);
        }
        self.parsed(key, example, parse)
    }

    /// Says whether a key is there and has not been taken.
    pub fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.key.value == key)
    }

    /// Where the value of a key stands that has not been taken.
    pub fn span(&self, key: &str) -> Option<Span> {
        let mut entries = self.entries.iter();
        let entry = entries.find(|entry| entry.key.value == key)?;
        Some(entry.value.span)
    }

    /// Takes a length of time that may be absent.
    pub fn duration(&mut self, key: &str, example: &str) -> Option<std::time::Duration> {
        let found = self.parsed(key, example, |written| {
            super::duration::parse(written).ok_or("it is no number with s, min, h or days")
        });
        found.map(|found| found.value)
    }

    /// Takes a text that must be there and say something.
    pub fn text(&mut self, key: &str, example: &str) -> Option<Text> {
        match self.maybe_text(key, &format!("{key} = \"…\"")) {
            None => {
                self.missing(key, example);
                None
            }
            Some(Ok(text)) if text.value.trim().is_empty() => {
                self.reader.report(
                    self.reader
                        .error("empty-text", text.span, format!("`{key}` says nothing"))
                        .help(format!("write {example}")),
                );
                None
            }
            Some(text) => text.ok(),
        }
    }

    /// Takes a list of texts that may be absent; `example` is a whole line to
    /// write. What is no text is reported, and the others are taken.
    pub fn texts(&mut self, key: &str, example: &str) -> Option<Vec<Text>> {
        let found = self.typed(key, LIST, example, |value| match value {
            Value::List(items) => Ok(items),
            other => Err(other),
        })?;
        let items = found.ok()?.value;
        Some(texts_of(self.reader, key, example, items))
    }

    /// Takes one of several words that may be absent.
    pub fn choice<T: Copy>(&mut self, key: &str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.optional_text(key)?;
        self.chosen(key, &text, choices)
    }

    /// Takes one of several words that must be there.
    pub fn required_choice<T: Copy>(
        &mut self,
        key: &str,
        example: &str,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let text = self.text(key, example)?;
        self.chosen(key, &text, choices)
    }

    fn chosen<T: Copy>(&self, key: &str, text: &Text, choices: &[(&str, T)]) -> Option<T> {
        if let Some((_, value)) = choices.iter().find(|(name, _)| *name == text.value) {
            return Some(*value);
        }
        let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
        let finding = self.reader.error(
            "unknown-value",
            text.span,
            format!("`{key}` can't be {}", quote(&text.value)),
        );
        let finding = finding.help(format!("write one of {}", names.join(", ")));
        self.reader.report(match nearest(&text.value, &names) {
            Some(near) => finding.fix(text.span, format!("\"{near}\"")),
            None => finding,
        });
        None
    }

    /// Takes a date without a time.
    pub fn date(&mut self, key: &str, example: &str) -> Option<Located<chrono::NaiveDate>> {
        let found = self.typed(key, "a date", example, |value| match value {
            Value::Datetime(Moment {
                date: Some(date),
                time: None,
                offset: None,
            }) => Ok(date),
            other => Err(other),
        });
        if found.is_none() {
            self.missing(key, example);
        }
        found?.ok()
    }

    /// Takes a date and time, with or without an offset, that may be absent.
    pub fn optional_datetime(&mut self, key: &str) -> Option<Located<Moment>> {
        let found = self.typed(
            key,
            "a date and time",
            &format!("{key} = 2018-03-18T06:00:00"),
            |value| match value {
                Value::Datetime(datetime) if datetime.date.is_some() && datetime.time.is_some() => {
                    Ok(datetime)
                }
                other => Err(other),
            },
        );
        found?.ok()
    }

    /// Takes a table that may be absent; `what` is what a person calls it,
    /// `example` how it is written.
    pub fn optional_table(
        &mut self,
        key: &str,
        example: &str,
        what: &'static str,
        known: &'r [&'r str],
    ) -> Option<Fields<'r>> {
        let found = self.typed(key, "a table", example, |value| match value {
            Value::Table(table) => Ok(table),
            other => Err(other),
        })?;
        let table = found.ok()?.value;
        Some(self.reader.fields(table, what, known))
    }

    /// Takes a table that may be absent, whose keys are the writer's own.
    pub fn open_table(
        &mut self,
        key: &str,
        example: &str,
        what: &'static str,
    ) -> Option<Fields<'r>> {
        let found = self.typed(key, "a table", example, |value| match value {
            Value::Table(table) => Ok(table),
            other => Err(other),
        })?;
        let table = found.ok()?.value;
        Some(Fields::new(self.reader, what, table.span, table.entries))
    }

    /// The keys that have not been taken, in the order in which they stand.
    pub fn keys(&self) -> Vec<Located<String>> {
        self.entries.iter().map(|entry| entry.key.clone()).collect()
    }

    /// Takes the tables under a repeated `[[header]]`, or a list of inline tables. `None`: the key is absent.
    pub fn tables(
        &mut self,
        key: &str,
        what: &'static str,
        known: &'r [&'r str],
    ) -> Option<Vec<Fields<'r>>> {
        let found = self.take(key)?;
        let tables = match found.value {
            Value::Tables(tables) => tables,
            Value::Table(table) => {
                let place = table.span.unwrap_or(found.span);
                self.reader.report(if table.implicit {
                    self.reader
                        .error(
                            "missing-key",
                            place,
                            format!("there is no {what} above this"),
                        )
                        .help(format!(
                            "write {what} on a line of its own above it, its keys below"
                        ))
                } else {
                    self.reader
                        .error(
                            "wrong-type",
                            place,
                            format!(
                                "there may be several `{key}`, so its header has double brackets"
                            ),
                        )
                        .help(format!("write {what}"))
                });
                vec![table]
            }
            Value::List(items) => items
                .into_iter()
                .filter_map(|item| self.list_item(key, what, item))
                .collect(),
            Value::Unreadable => Vec::new(),
            other => {
                self.reader.wrong_type(
                    key,
                    &Located::new(other, found.span),
                    "a list of tables",
                    &format!("{what} on a line of its own, its keys below"),
                );
                Vec::new()
            }
        };
        let reader = self.reader;
        Some(
            tables
                .into_iter()
                .map(|table| reader.fields(table, what, known))
                .collect(),
        )
    }

    fn list_item(&self, key: &str, what: &str, item: Located<Value>) -> Option<Table> {
        match item.value {
            Value::Table(table) => Some(table),
            other => {
                self.reader.wrong_type(
                    key,
                    &Located::new(other, item.span),
                    "a list of tables",
                    &format!("{what} on a line of its own, its keys below"),
                );
                None
            }
        }
    }
}

/// The texts of a list; what is no text is reported.
fn texts_of(reader: &Reader, key: &str, example: &str, items: Vec<Located<Value>>) -> Vec<Text> {
    let text = |item: Located<Value>| match item.value {
        Value::Text(text) => Some(text),
        Value::Unreadable => None,
        _ => {
            reader.wrong_type(key, &item, LIST, example);
            None
        }
    };
    items.into_iter().filter_map(text).collect()
}
