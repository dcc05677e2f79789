//! Findings about files, as data: what is wrong, where, and what to do. They
//! are made anywhere, collected in file order, and shown by [`terminal`] or
//! [`json`]; nothing here decides whether a command goes on.

pub mod json;
mod source;
pub mod terminal;

use std::sync::Arc;

pub use source::{Located, Position, ReadError, SourceFile, Span};

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Must be mended before anything is sent.
    Error,
    /// Should be looked at; sending goes on.
    Warning,
}

/// A place in a file, with a word about it.
#[derive(Clone, Debug)]
pub struct Label {
    /// The file.
    pub source: Arc<SourceFile>,
    /// The bytes that are underlined; an empty span points between two.
    pub span: Span,
    /// What is to be seen there; may be empty.
    pub text: String,
}

/// A replacement that mends the fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// The bytes to replace, in the file of the first label.
    pub span: Span,
    /// What to write instead.
    pub replacement: String,
}

/// One finding.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// The stable name of the kind of finding, such as `unknown-key`.
    pub code: &'static str,
    /// Its weight.
    pub severity: Severity,
    /// One sentence without a full stop: what is wrong.
    pub message: String,
    /// The places; the first is where the fault is, the others explain it.
    pub labels: Vec<Label>,
    /// What to do.
    pub help: Option<String>,
    /// What a program could do, if it is certain.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// Begins a finding that blocks sending.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message.into())
    }

    /// Begins a finding that a person should look at.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message.into())
    }

    fn new(severity: Severity, code: &'static str, message: String) -> Self {
        Self {
            code,
            severity,
            message,
            labels: Vec::new(),
            help: None,
            fix: None,
        }
    }

    /// Adds a place; the first one added is where the fault is.
    #[must_use]
    pub fn at(mut self, source: &Arc<SourceFile>, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label {
            source: Arc::clone(source),
            span,
            text: text.into(),
        });
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Offers a replacement for `span` in the file of the first label.
    #[must_use]
    pub fn fix(mut self, span: Span, replacement: impl Into<String>) -> Self {
        self.fix = Some(Fix {
            span,
            replacement: replacement.into(),
        });
        self
    }

    /// Where the fault is: the span of the first label.
    pub fn span(&self) -> Option<Span> {
        self.labels.first().map(|label| label.span)
    }
}

/// The most findings that are kept of one file: whoever has more has the wrong
/// file, and a file of a megabyte can have a million.
pub const MOST: usize = 1_000;

/// Sorts findings into the order of the file, keeping the order of those at one place.
pub fn sort(findings: &mut [Diagnostic]) {
    findings.sort_by_key(|finding| finding.span().map(|span| (span.start, span.end)));
}

/// Adds a finding, unless there are more than [`MOST`]; [`limit`] says that there were.
pub fn add(findings: &mut Vec<Diagnostic>, finding: Diagnostic) {
    if !is_full(findings) {
        findings.push(finding);
    }
}

/// Says whether nothing more is added.
pub fn is_full(findings: &[Diagnostic]) -> bool {
    findings.len() > MOST
}

/// Sorts findings; of more than [`MOST`] it keeps errors rather than warnings, then those that stand first.
pub fn limit(findings: &mut Vec<Diagnostic>) {
    sort(findings);
    if !is_full(findings) {
        return;
    }
    findings.sort_by_key(|finding| finding.severity);
    findings.truncate(MOST);
    sort(findings);
    let told = format!("there are more findings than these {MOST}, which are all that is listed");
    let mut last = Diagnostic::warning("too-many", told).help("mend these first");
    let places = findings.iter().flat_map(|finding| &finding.labels);
    if let Some(label) = places.last() {
        let end = label.source.text().len();
        last = last.at(&label.source, Span::new(end, end), "");
    }
    findings.push(last);
}

/// Says whether any finding is an error.
pub fn has_errors(findings: &[Diagnostic]) -> bool {
    findings
        .iter()
        .any(|finding| finding.severity == Severity::Error)
}

/// Quotes words of a file inside a message: shortened to 40 characters, with
/// nothing in them that a terminal would obey.
pub fn quote(words: &str) -> String {
    let mut short: String = words.chars().take(40).collect();
    if short.len() < words.len() {
        short.push('…');
    }
    format!("`{}`", printable(&short))
}

/// The first thousand bytes of an excerpt: of a thousand findings each may be as long as the file.
pub(crate) fn shortened(excerpt: &str) -> &str {
    &excerpt[..excerpt.floor_char_boundary(1_000)]
}

/// Says whether a character is one that readers don't see and that changes
/// what others see or mean: marks that turn the direction of text, and
/// noncharacters, which Unicode (23.7) keeps for a program's own use.
pub fn is_unseen(char: char) -> bool {
    matches!(char, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FDD0}'..='\u{FDEF}')
        || (char as u32) & 0xFFFE == 0xFFFE
}

/// A number as people read it: 1,234,567.
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// Replaces whatever a terminal would obey or hide by its escaped form.
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for char in text.chars() {
        if char.is_control() || is_unseen(char) {
            shown.extend(char.escape_unicode());
        } else {
            shown.push(char);
        }
    }
    shown
}

/// Writes a path so that a shell takes it for one word.
pub fn shell_word(path: &str) -> String {
    let plain = |char: char| char.is_alphanumeric() || "/._-+@,".contains(char);
    if !path.starts_with('-') && path.chars().all(plain) {
        path.to_owned()
    } else {
        format!("-- '{}'", path.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_word() {
        assert_eq!(shell_word("lists/a-b.csv"), "lists/a-b.csv");
        assert_eq!(shell_word("-rf"), "-- '-rf'");
        assert_eq!(shell_word("Anna's list.csv"), r"-- 'Anna'\''s list.csv'");
    }
}
