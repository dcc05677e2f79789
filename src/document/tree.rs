//! Puts parsed statements together into one tree.

use std::sync::Arc;

use chrono::{FixedOffset, NaiveDate, NaiveTime};
use toml::de::{DeInteger, DeTable, DeValue};

use super::line;
use super::statement::{self, Fault, Kind, Statement};
use super::value::{Moment, Table, Value};
use super::{Text, syntax};
use crate::diagnostic::{self, Diagnostic, Located, SourceFile, Span, quote};

/// Reads a whole file.
pub(super) fn build(source: &Arc<SourceFile>) -> (Table, Vec<Diagnostic>) {
    let mut builder = Builder {
        source,
        findings: Vec::new(),
    };
    let statements = statement::split(source.text());
    let mut root = Table::default();
    let mut lost = Table::default(); // takes what stands under a header that can't be placed
    let mut table = &mut root;
    for statement in &statements {
        match statement.kind {
            Kind::KeyValue => builder.key_value(table, statement),
            Kind::Header => {
                let (path, many) = builder.header(statement);
                table = match builder.open(&mut root, &path, many, statement.span) {
                    Some(opened) => opened,
                    None => &mut lost,
                };
            }
        }
    }
    diagnostic::sort(&mut builder.findings);
    (root, builder.findings)
}

struct Builder<'s> {
    source: &'s Arc<SourceFile>,
    findings: Vec<Diagnostic>,
}

impl Builder<'_> {
    /// The path that a header names, and whether it has double brackets. Where
    /// the header is broken, what it plainly means.
    fn header(&mut self, statement: &Statement) -> (Vec<Located<String>>, bool) {
        let words = self.source.slice(statement.span);
        if let Some(fault) = &statement.fault {
            self.add(syntax::of_fault(self.source, statement, fault));
            return (Vec::new(), false);
        }
        let (parsed, errors) = DeTable::parse_recoverable(words);
        let many = words.starts_with("[[");
        let mut path = Vec::new();
        let mut inner = Some(parsed.get_ref());
        while let Some((key, value)) = inner.and_then(|table| table.iter().next()) {
            path.push(located_key(key, statement.span.start));
            inner = value.get_ref().as_table();
        }
        path.retain(|key| !key.value.is_empty());
        if let Some(error) = first(&errors) {
            let name = dotted(&path);
            let plain = !name.is_empty()
                && name
                    .chars()
                    .all(|char| char.is_ascii_alphanumeric() || "_-.".contains(char));
            let meant = plain.then(|| {
                if many {
                    format!("[[{name}]]")
                } else {
                    format!("[{name}]")
                }
            });
            let finding = syntax::of_header(self.source, statement.span, meant, error.message());
            self.add(finding);
        }
        (path, many)
    }

    /// Finds or makes the table that a header opens.
    fn open<'t>(
        &mut self,
        root: &'t mut Table,
        path: &[Located<String>],
        many: bool,
        header: Span,
    ) -> Option<&'t mut Table> {
        let (last, parents) = path.split_last()?;
        let mut table = root;
        for key in parents {
            table = self.descend(table, key, header)?;
        }
        let Some(index) = table.position(&last.value) else {
            let new = Table::at(header, false);
            let value = if many {
                Value::Tables(vec![new])
            } else {
                Value::Table(new)
            };
            return table
                .push(last.clone(), Located::new(value, header))
                .last_table();
        };
        let entry = &mut table.entries[index]; // `position` returns an index of this list
        match &mut entry.value.value {
            Value::Tables(tables) => {
                if !many {
                    self.add(single_brackets(
                        self.source,
                        header,
                        entry.key.span,
                        &dotted(path),
                    ));
                }
                tables.push(Table::at(header, false));
            }
            Value::Table(known) if known.implicit && !many => {
                known.implicit = false;
                known.span = Some(header);
            }
            Value::Table(_) if many => {
                self.add(single_brackets(
                    self.source,
                    entry.value.span,
                    header,
                    &dotted(path),
                ));
                let Value::Table(known) =
                    std::mem::replace(&mut entry.value.value, Value::Unreadable)
                else {
                    return None; // the arm above has matched a table
                };
                let new = Table::at(header, false);
                entry.value.value = Value::Tables(vec![known, new]);
            }
            Value::Table(_) => {
                let finding = repeated(
                    self.source,
                    header,
                    entry.value.span,
                    &format!("[{}]", last.value),
                )
                .help(format!(
                    "if there are to be several, write [[{}]] each time; else put them together",
                    last.value
                ));
                self.add(finding);
            }
            _ => {
                self.add(repeated(self.source, header, entry.key.span, &last.value));
                return None;
            }
        }
        entry.value.last_table()
    }

    /// Goes from a table into the one at `key`: the last one where there are several.
    fn descend<'t>(
        &mut self,
        table: &'t mut Table,
        key: &Located<String>,
        place: Span,
    ) -> Option<&'t mut Table> {
        let index = match table.position(&key.value) {
            Some(index) => index,
            None => {
                let new = Value::Table(Table::at(place, true));
                table.push(key.clone(), Located::new(new, place));
                table.entries.len() - 1
            }
        };
        let entry = &mut table.entries[index]; // `position` returns an index of this list
        if !matches!(entry.value.value, Value::Table(_) | Value::Tables(_)) {
            self.add(repeated(self.source, key.span, entry.key.span, &key.value));
        }
        entry.value.last_table()
    }

    fn key_value(&mut self, table: &mut Table, statement: &Statement) {
        if let Some(fault) = &statement.fault {
            self.add(syntax::of_fault(self.source, statement, fault));
            match fault {
                Fault::Stray | Fault::TooDeep => {}
                Fault::UnclosedText { open, .. } | Fault::LineEndInText { open, .. } => {
                    self.unreadable(table, statement, Some(*open));
                }
                _ => self.unreadable(table, statement, None),
            }
            return;
        }
        let words = self.source.slice(statement.span);
        let (parsed, errors) = DeTable::parse_recoverable(words);
        let strings = strings(parsed.get_ref());
        // Of several errors on one line all but the first follow from it, bad escapes apart.
        let mut last_line = None;
        for error in sorted(&errors) {
            if diagnostic::is_full(&self.findings) {
                break;
            }
            if error.message().contains("visible characters") && is_inside(error, &strings) {
                continue; // `text` tells of each
            }
            let line = error
                .span()
                .map(|span| self.source.line_index(statement.span.start + span.start));
            if line != last_line || syntax::is_escape(error.message()) {
                self.report(statement, error);
            }
            last_line = line;
        }
        // A fault inside a string leaves the rest of the value as it is.
        let value_stands = errors.iter().all(|error| is_inside(error, &strings));
        if value_stands {
            self.merge(table, parsed.get_ref(), statement);
        } else {
            self.unreadable(table, statement, None);
        }
    }

    /// Notes that a key is there, so that nobody is told it is missing. A text
    /// that only lacks its end, opened at `open`, is taken up to where it
    /// should have ended, so that what is wrong inside is found in the same run.
    fn unreadable(&mut self, table: &mut Table, statement: &Statement, open: Option<Span>) {
        let words = self.source.slice(statement.span);
        let key = words
            .split(|char: char| "=:".contains(char) || char.is_whitespace())
            .next()
            .unwrap_or_default();
        if table.position(key).is_some() || !line::is_bare_key(key) {
            return;
        }
        let span = Span::new(statement.span.start, statement.span.start + key.len());
        let text =
            open.filter(|open| self.source.slice(Span::new(span.end, open.start)).trim() == "=");
        let value = match text {
            Some(open) => {
                let span = Span::new(open.start, statement.span.end);
                Value::Text(self.text(span))
            }
            None => Value::Unreadable,
        };
        table.push(
            Located::new(key.to_owned(), span),
            Located::new(value, statement.span),
        );
    }

    /// Adds what one `key = value` holds; dotted keys open tables on their way.
    fn merge(&mut self, table: &mut Table, parsed: &DeTable<'_>, statement: &Statement) {
        let mut parsed: Vec<_> = parsed.iter().collect();
        parsed.sort_by_key(|(key, _)| key.span().start); // the parser sorts by the alphabet
        for (key, value) in parsed {
            let key = located_key(key, statement.span.start);
            match (table.position(&key.value), value.get_ref()) {
                (None, _) => {
                    let value = self.value(value, statement);
                    table.push(key, value);
                }
                (Some(index), DeValue::Table(inner)) if self.is_dotted(value, statement) => {
                    if let Some(known) = table.entries[index].value.last_table() {
                        self.merge(known, inner, statement);
                    } else {
                        self.add(repeated(
                            self.source,
                            key.span,
                            table.entries[index].key.span,
                            &key.value,
                        ));
                    }
                }
                (Some(index), _) => {
                    self.add(repeated(
                        self.source,
                        key.span,
                        table.entries[index].key.span,
                        &key.value,
                    ));
                }
            }
        }
    }

    fn value(
        &mut self,
        value: &toml::Spanned<DeValue<'_>>,
        statement: &Statement,
    ) -> Located<Value> {
        let base = statement.span.start;
        let span = shift(value.span(), base);
        let kind = match value.get_ref() {
            DeValue::String(_) => Value::Text(self.text(span)),
            DeValue::Integer(number) => Value::Integer(integer(number)),
            DeValue::Float(_) => Value::Float,
            DeValue::Boolean(is) => Value::Boolean(*is),
            DeValue::Datetime(datetime) => Value::Datetime(Moment {
                date: datetime.date.and_then(|date| {
                    NaiveDate::from_ymd_opt(date.year.into(), date.month.into(), date.day.into())
                }),
                time: datetime.time.and_then(|time| {
                    // A leap second counts as the last one that chrono knows.
                    let second = time.second.unwrap_or(0).min(59);
                    NaiveTime::from_hms_opt(time.hour.into(), time.minute.into(), second.into())
                }),
                offset: datetime.offset.and_then(|offset| match offset {
                    toml_datetime::Offset::Z => FixedOffset::east_opt(0),
                    toml_datetime::Offset::Custom { minutes } => {
                        FixedOffset::east_opt(i32::from(minutes) * 60)
                    }
                }),
            }),
            DeValue::Array(items) => Value::List(
                items
                    .iter()
                    .map(|item| self.value(item, statement))
                    .collect(),
            ),
            DeValue::Table(inner) => {
                let mut table = Table::at(span, self.is_dotted(value, statement));
                self.merge(&mut table, inner, statement);
                Value::Table(table)
            }
        };
        Located::new(kind, span)
    }

    /// Reads the string at `span`. Characters that can't be seen and would
    /// change what is seen, or end a header, are reported, escaped or not.
    fn text(&mut self, span: Span) -> Text {
        let text = Text::decode(self.source.slice(span), span);
        text.unseen(self.source)
            .for_each(|finding| self.add(finding));
        text
    }

    /// Says whether a table comes from a dotted key rather than from braces.
    fn is_dotted(&self, value: &toml::Spanned<DeValue<'_>>, statement: &Statement) -> bool {
        !self.source.text()[statement.span.start + value.span().start..].starts_with('{')
    }

    fn add(&mut self, finding: Diagnostic) {
        diagnostic::add(&mut self.findings, finding);
    }

    fn report(&mut self, statement: &Statement, error: &toml::de::Error) {
        let at = error.span().unwrap_or(0..0);
        let at = shift(at, statement.span.start);
        self.add(syntax::of_parser(
            self.source,
            statement,
            at,
            error.message(),
        ));
    }
}

/// The number, or the nearest that 64 bits hold: whoever wants a number says in which range.
fn integer(number: &DeInteger<'_>) -> i64 {
    let digits = number.as_str();
    i64::from_str_radix(digits, number.radix()).unwrap_or(if digits.starts_with('-') {
        i64::MIN
    } else {
        i64::MAX
    })
}

fn shift(span: std::ops::Range<usize>, base: usize) -> Span {
    Span::new(base + span.start, base + span.end)
}

fn located_key(key: &toml::Spanned<std::borrow::Cow<'_, str>>, base: usize) -> Located<String> {
    Located::new(key.get_ref().clone().into_owned(), shift(key.span(), base))
}

fn sorted(errors: &[toml::de::Error]) -> Vec<&toml::de::Error> {
    let mut errors: Vec<_> = errors.iter().collect();
    errors.sort_by_key(|error| error.span().map(|span| span.start));
    errors
}

fn first(errors: &[toml::de::Error]) -> Option<&toml::de::Error> {
    sorted(errors).first().copied()
}

/// Where the strings of a statement stand, in order.
fn strings(table: &DeTable<'_>) -> Vec<std::ops::Range<usize>> {
    fn collect(value: &toml::Spanned<DeValue<'_>>, strings: &mut Vec<std::ops::Range<usize>>) {
        match value.get_ref() {
            DeValue::String(_) => strings.push(value.span()),
            DeValue::Array(items) => items.iter().for_each(|item| collect(item, strings)),
            DeValue::Table(inner) => inner.iter().for_each(|(_, value)| collect(value, strings)),
            _ => {}
        }
    }
    let mut strings = Vec::new();
    table
        .iter()
        .for_each(|(_, value)| collect(value, &mut strings));
    strings.sort_unstable_by_key(|string| string.start);
    strings
}

/// Says whether an error lies inside one of the strings.
fn is_inside(error: &toml::de::Error, strings: &[std::ops::Range<usize>]) -> bool {
    error.span().is_some_and(|at| {
        let before = strings.partition_point(|string| string.start < at.start);
        strings[..before]
            .last()
            .is_some_and(|string| at.end < string.end) // `partition_point` gives at most the length
    })
}

fn repeated(source: &Arc<SourceFile>, again: Span, first: Span, name: &str) -> Diagnostic {
    Diagnostic::error(
        "repeated-key",
        format!("{} stands here a second time", quote(name)),
    )
    .at(source, again, "again")
    .at(source, first, "first")
    .help("keep one of the two")
}

/// A path as a header has it: `section.item`.
fn dotted(path: &[Located<String>]) -> String {
    let names: Vec<_> = path.iter().map(|key| key.value.as_str()).collect();
    names.join(".")
}

fn single_brackets(source: &Arc<SourceFile>, single: Span, other: Span, name: &str) -> Diagnostic {
    Diagnostic::error(
        "repeated-key",
        format!("`[{name}]` stands beside `[[{name}]]`"),
    )
    .at(source, single, "single brackets")
    .at(source, other, "double brackets")
    .help(format!("write [[{name}]] each time"))
}
