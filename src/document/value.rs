//! What a file holds, as a tree that keeps every key's and value's place.

use std::collections::HashMap;

use chrono::{FixedOffset, NaiveDate, NaiveTime};

use super::Text;
use crate::diagnostic::{Located, Span};

/// A table: the file itself, what stands under a `[header]`, or `{ … }`.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Where it begins: its header or braces; nothing for the file itself.
    pub span: Option<Span>,
    pub(super) entries: Vec<Entry>,
    /// Which entry has a key.
    index: HashMap<String, usize>,
    /// Made by a longer key or header, and may still get a header of its own.
    pub(super) implicit: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: Located<String>,
    pub(super) value: Located<Value>,
}

/// A date, a time, or both, as TOML writes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The day.
    pub date: Option<NaiveDate>,
    /// The time of day.
    pub time: Option<NaiveTime>,
    /// The distance from UTC; none is local time.
    pub offset: Option<FixedOffset>,
}

/// A value as the file has it.
#[derive(Clone, Debug)]
pub enum Value {
    /// A string.
    Text(Text),
    /// A whole number; beyond 64 bits the nearest that they hold.
    Integer(i64),
    /// A number with a fraction.
    Float,
    /// `true` or `false`
    Boolean(bool),
    /// A date, a time or both, with or without an offset.
    Datetime(Moment),
    /// A list.
    List(Vec<Located<Value>>),
    /// A table.
    Table(Table),
    /// Tables under a repeated `[[header]]`.
    Tables(Vec<Table>),
    /// Stands here but can't be read; a finding says why.
    Unreadable,
}

impl Value {
    /// What a person would call it.
    pub(super) fn noun(&self) -> &'static str {
        match self {
            Value::Text(_) => "a text",
            Value::Integer(_) => "a number",
            Value::Float => "a number with a fraction",
            Value::Boolean(_) => "true or false",
            Value::Datetime(Moment { time: None, .. }) => "a date",
            Value::Datetime(Moment { date: None, .. }) => "a time",
            Value::Datetime(_) => "a date and time",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
            Value::Tables(_) => "a list of tables",
            Value::Unreadable => "unreadable",
        }
    }
}

impl Table {
    /// A table that begins at `span`; implicit where a longer key or header made it.
    pub(super) fn at(span: Span, implicit: bool) -> Self {
        Self {
            span: Some(span),
            implicit,
            ..Self::default()
        }
    }

    pub(super) fn position(&self, key: &str) -> Option<usize> {
        self.index.get(key).copied()
    }

    pub(super) fn push(
        &mut self,
        key: Located<String>,
        value: Located<Value>,
    ) -> &mut Located<Value> {
        let last = self.entries.len();
        self.index.entry(key.value.clone()).or_insert(last);
        self.entries.push(Entry { key, value });
        &mut self.entries[last].value // pushed above
    }
}

impl Located<Value> {
    pub(super) fn last_table(&mut self) -> Option<&mut Table> {
        match &mut self.value {
            Value::Table(table) => Some(table),
            Value::Tables(tables) => tables.last_mut(),
            _ => None,
        }
    }
}
