//! Lists as TOML, for those that are kept by hand.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use super::{Entry, Fault, ListError, MAX_ROW, Place, Problem, Row, Words, value};
use crate::diagnostic::{Diagnostic, ReadError, SourceFile, Span};
use crate::document::{self, Fields, Reader, Text};
use crate::people::Recipient;

/// The most recipients of a TOML list. It is read whole; CSV has no such limit.
pub const MAX_RECIPIENTS: usize = 10_000;

/// The largest TOML list, in bytes.
pub const MAX_BYTES: u64 = 8 << 20;

/// The keys of `[[recipient]]`.
const KEYS: &[&str] = &["email", "address", "name", "language", "groups"];

/// Reads a TOML file; see [`super::read`].
pub(super) fn read(
    path: &Path,
    each: &mut dyn FnMut(Row) -> ControlFlow<()>,
) -> Result<Vec<Diagnostic>, ListError> {
    let too_large = || ListError::TooLargeForToml {
        file: path.display().to_string(),
    };
    let (source, found) = SourceFile::open(path, MAX_BYTES).map_err(|error| match error {
        ReadError::TooLarge { .. } => too_large(),
        error => error.into(),
    })?;
    let (root, faults) = document::read(&source);
    let reader = Reader::new(&source, [found, faults].concat(), &[]);
    let mut list = reader.fields(root, "the list", &["recipient"]);
    let tables = list.tables("recipient", "[[recipient]]", KEYS);
    let tables = tables.unwrap_or_default();
    if tables.len() > MAX_RECIPIENTS {
        return Err(too_large());
    }
    let mut list = List {
        name: source.name().into(),
        source: &source,
        faults: Vec::new(),
    };
    let people: Vec<_> = tables
        .into_iter()
        .map(|table| (table.place(), list.person(table)))
        .collect();

    for row in list.in_order(people, reader.finish()) {
        if each(row).is_break() {
            break;
        }
    }
    Ok(Vec::new())
}

/// A list being read.
struct List<'s> {
    name: Arc<str>,
    source: &'s Arc<SourceFile>,
    /// What is wrong with values, and where.
    faults: Vec<(Span, Problem)>,
}

impl List<'_> {
    /// Takes a table for a person; nothing where a value is missing or wrong.
    fn person(&mut self, mut fields: Fields<'_>) -> Option<Entry> {
        let place = fields.place();
        let none = !fields.has("email") && !fields.has("address");
        let email = fields.optional_text("email");
        let other = fields.optional_text("address");
        if let (Some(_), Some(other)) = (&email, &other) {
            self.faults.push((other.span, Problem::TwoAddresses));
        }
        if none {
            self.faults.push((place, Problem::NoAddress));
        }
        let address = self.value(email.or(other), value::address);
        let name = fields.optional_text("name");
        let name = self.value(name, value::name);
        let language = fields.optional_text("language");
        let language = self.value(language, value::language);
        let mut groups = Vec::new();
        for group in fields
            .texts("groups", "groups = [\"staff\"]")
            .unwrap_or_default()
        {
            if let Some(group) = self.value(Some(group), value::group) {
                value::add_group(&mut groups, group);
            }
        }
        Some(Entry {
            recipient: Recipient {
                address: address?,
                name: name.flatten(),
                language: language.flatten(),
            },
            groups,
            place: self.place(place.start),
        })
    }

    fn value<T>(
        &mut self,
        text: Option<Text>,
        parse: impl FnOnce(&str) -> Result<T, Problem>,
    ) -> Option<T> {
        let text = text?;
        parse(&text.value)
            .map_err(|problem| self.faults.push((text.span, problem)))
            .ok()
    }

    /// Puts people and faults into the order of the file. Whoever has a fault
    /// anywhere in their table is no entry.
    fn in_order(
        mut self,
        people: Vec<(Span, Option<Entry>)>,
        findings: Vec<Diagnostic>,
    ) -> Vec<Row> {
        // After too many findings the others aren't kept: who has one can't be known.
        let all_known = !findings.iter().any(|finding| finding.code == "too-many");
        let mut spans: Vec<Span> = Vec::new();
        let mut rows = Vec::new();
        for finding in &findings {
            let span = finding.span().unwrap_or(Span::new(0, 0));
            rows.push((
                span.start,
                Row::Fault(self.fault(span, in_own_words(finding))),
            ));
            spans.push(span);
        }
        spans.sort();
        for (span, problem) in std::mem::take(&mut self.faults) {
            // What is told of the characters of a text need not be told of the text.
            let told = &spans[spans.partition_point(|other| other.start < span.start)..];
            if told.first().is_none_or(|other| other.end > span.end) {
                rows.push((span.start, Row::Fault(self.fault(span, problem))));
            }
        }
        let mut at_fault: Vec<usize> = rows.iter().map(|(at, _)| *at).collect();
        at_fault.sort_unstable();
        let headers = document::headers(self.source);
        for (span, entry) in people {
            let end = if self.source.slice(span).starts_with('{') {
                span.end // of an inline table; of any other it is the header's
            } else {
                let next = headers.partition_point(|&at| at <= span.start);
                headers.get(next).copied().unwrap_or(usize::MAX)
            };
            let first = at_fault.partition_point(|&at| at < span.start);
            let sound = at_fault.get(first).is_none_or(|&at| at >= end);
            if let Some(entry) = entry.filter(|_| sound && all_known) {
                rows.push((span.start, Row::Entry(entry)));
            }
        }
        rows.sort_by_key(|(at, _)| *at);
        rows.into_iter().map(|(_, row)| row).collect()
    }

    fn place(&self, at: usize) -> Place {
        Place {
            file: Arc::clone(&self.name),
            line: self.source.line_index(at) as u64 + 1,
        }
    }

    fn fault(&self, span: Span, problem: Problem) -> Fault {
        let line = self.source.line_span(self.source.line_index(span.start));
        // In a longer line nobody counts, and counting in it again and again takes long.
        let near = span.start - line.start <= MAX_ROW;
        Fault {
            place: self.place(span.start),
            column: near.then(|| self.source.position(span.start).column as u64),
            problem,
            words: Words::new(self.source.slice(span)),
        }
    }
}

/// Says what a finding says without the words of the list. They stand between
/// backquotes in its message, as do ours: so one that has any is said anew,
/// but for those about types, which name only our keys.
fn in_own_words(finding: &Diagnostic) -> Problem {
    let told = match finding.code {
        "not-utf-8" => return Problem::NotUtf8,
        "wrong-type" => finding.message.as_str(),
        "unknown-key" => {
            "the keys of a list are [[recipient]] and, below it, email, name, language and groups"
        }
        "repeated-key" => {
            "this stands here a second time; keep one of the two, or write [[recipient]] above each person"
        }
        "bad-escape" => "this backslash has no meaning in a text; a backslash itself is doubled",
        "impossible-date" => "this is no date or time; a text stands between quotation marks",
        _ if finding.message.contains('`') => "this can't be read as TOML",
        _ => finding.message.as_str(),
    };
    Problem::Toml(told.to_owned())
}
