//! One file being read: what was found in it so far, and what to say of keys and values that don't fit.

use std::cell::RefCell;
use std::sync::Arc;

use super::date::{self, Written};
use super::value::{Table, Value};
use super::{Fields, Text, number};
use crate::diagnostic::{self, Diagnostic, Located, SourceFile, Span, quote};

/// One file being read: its source, and the findings so far.
#[derive(Debug)]
pub struct Reader {
    source: Arc<SourceFile>,
    findings: RefCell<Vec<Diagnostic>>,
    hints: &'static [Hint],
    /// The keys of the file itself, above all headers.
    top: RefCell<Vec<String>>,
}

/// What to say of an unknown key that people are likely to write: the table
/// as people call it, the key, the help.
pub type Hint = (&'static str, &'static str, &'static str);

impl Reader {
    /// Begins with the findings that are there already.
    pub fn new(
        source: &Arc<SourceFile>,
        findings: Vec<Diagnostic>,
        hints: &'static [Hint],
    ) -> Self {
        Self {
            source: Arc::clone(source),
            findings: RefCell::new(findings),
            hints,
            top: RefCell::default(),
        }
    }

    /// The file.
    pub fn source(&self) -> &Arc<SourceFile> {
        &self.source
    }

    /// Adds a finding, unless there are too many already.
    pub fn report(&self, finding: Diagnostic) {
        diagnostic::add(&mut self.findings.borrow_mut(), finding);
    }

    /// Says whether there are too many already, all of them errors.
    fn is_full(&self) -> bool {
        diagnostic::is_full(&self.findings.borrow())
    }

    /// Begins an error at a place of this file.
    pub fn error(&self, code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, message).at(&self.source, span, "")
    }

    /// Ends reading: all findings, in file order.
    pub fn finish(self) -> Vec<Diagnostic> {
        let mut findings = self.findings.into_inner();
        diagnostic::limit(&mut findings);
        findings
    }

    /// Opens a table whose keys are `known`; `what` is what a person calls it,
    /// such as "the bulletin". Unknown keys are reported; where one is plainly
    /// meant as a known one that is absent, it is read as that, so that its
    /// own faults are found in the same run.
    pub fn fields<'r>(
        &'r self,
        table: Table,
        what: &'static str,
        known: &'r [&'r str],
    ) -> Fields<'r> {
        let mut entries = table.entries;
        if table.span.is_none() {
            *self.top.borrow_mut() = known.iter().map(|&key| key.to_owned()).collect();
        }
        for index in 0..entries.len() {
            let key = &entries[index].key; // `index` counts this list
            if known.contains(&key.value.as_str()) {
                continue;
            }
            if self.is_full() {
                break;
            }
            let hint = self.hint(what, &key.value);
            let near = nearest(&key.value, known).filter(|_| hint.is_none());
            self.report(self.unknown_key(key, what, hint, near, known));
            if let Some(near) = near
                && !entries.iter().any(|entry| entry.key.value == near)
            {
                near.clone_into(&mut entries[index].key.value);
            }
        }
        Fields::new(self, what, table.span, entries)
    }

    /// Reports characters of a text that can't be seen and would change what is seen, or end a header.
    pub fn check_characters(&self, text: &Text) {
        text.unseen(&self.source)
            .for_each(|finding| self.report(finding));
    }

    fn hint(&self, what: &str, key: &str) -> Option<&'static str> {
        let mut hints = self.hints.iter();
        let hint = hints.find(|(table, hinted, _)| *table == what && *hinted == key);
        hint.map(|(_, _, help)| *help)
    }

    fn unknown_key(
        &self,
        key: &Located<String>,
        what: &str,
        hint: Option<&str>,
        near: Option<&str>,
        known: &[&str],
    ) -> Diagnostic {
        let finding = self.error(
            "unknown-key",
            key.span,
            format!("{what} has no key {}", quote(&key.value)),
        );
        if let Some(help) = hint {
            return finding.help(help);
        }
        if let Some(near) = near {
            return finding
                .help(format!("did you mean `{near}`?"))
                .fix(key.span, near);
        }
        if self.top.borrow().contains(&key.value) {
            let help = format!(
                "`{}` belongs to the whole file: move it up, above the first line in brackets",
                key.value
            );
            return finding.help(help);
        }
        finding.help(format!("the keys here are {}", known.join(", ")))
    }

    /// Reports a value of the wrong type; `example` is how a right one is written.
    pub(super) fn wrong_type(
        &self,
        key: &str,
        value: &Located<Value>,
        wanted: &str,
        example: &str,
    ) {
        let finding = self.error(
            "wrong-type",
            value.span,
            format!("`{key}` must be {wanted}, not {}", value.value.noun()),
        );
        if let (true, Value::Text(text)) = (wanted.starts_with("a date"), &value.value) {
            let finding = finding.help(date::HELP);
            self.report(match date::written(&text.value) {
                Some(Written::Means(date)) => finding.fix(value.span, date.to_string()),
                _ => finding,
            });
            return;
        }
        if let Some(plain) = number::unquoted(wanted, &value.value) {
            let finding = finding.help(format!("write {plain} without quotation marks"));
            self.report(finding.fix(value.span, plain));
            return;
        }
        let quotable = matches!(
            value.value,
            Value::Integer(_) | Value::Float | Value::Boolean(_) | Value::Datetime(_)
        );
        self.report(
            if wanted == "a text" && quotable && example.ends_with("\"…\"") {
                let words = self.source.slice(value.span);
                finding
                    .help("put it between quotation marks")
                    .fix(value.span, format!("\"{words}\""))
            } else {
                finding.help(format!("write {example}"))
            },
        );
    }
}

/// Finds the known key that is nearest to what was written, if one is near enough to be meant.
pub fn nearest<'k>(written: &str, known: &[&'k str]) -> Option<&'k str> {
    let written = written.to_lowercase().replace('-', "_");
    let begins = |key: &&&str| {
        written.len() > 2 && key.starts_with(&written)
            || key.len() > 3 && written.starts_with(**key)
    };
    let length = written.chars().count();
    let by_start = known.iter().find(begins).copied();
    let by_letters = known
        .iter()
        .map(|&key| (key, key.len().max(3) / 3))
        .filter(|(key, most)| length.abs_diff(key.len()) <= *most) // known keys are ASCII
        .map(|(key, most)| (strsim::osa_distance(&written, key), key, most))
        .filter(|(distance, _, most)| distance <= most)
        .min()
        .map(|(_, key, _)| key);
    by_letters.or(by_start)
}
