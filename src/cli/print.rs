//! Prints: data on standard output, everything else on standard error, hints
//! only where a person sits.

use std::io::{self, IsTerminal, Write};

use crate::diagnostic::terminal::{self, Style};
use crate::diagnostic::{Diagnostic, Severity, json, printable};

/// Writes data.
pub(super) fn data(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Writes data as JSON.
pub(super) fn data_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    Ok(data(&text)?)
}

/// Writes to standard error. Where that can't be written, nobody is there to be told.
pub(super) fn note(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Writes lines for a person at a terminal, set apart from what stands above, and nothing for anybody else.
pub(super) fn hint(lines: &[String]) {
    if io::stderr().is_terminal() {
        let lines: Vec<_> = lines.iter().map(|line| printable(line)).collect();
        note(&format!("\n{}\n", lines.join("\n")));
    }
}

/// Writes why a command could not do its work; as data where that is asked for.
pub(super) fn failure(error: &anyhow::Error, as_json: bool) {
    let told = format!("{error:#}");
    note(&format!("epistle: {}\n", printable(&told)));
    if as_json {
        let finding = Diagnostic::error("failed", told);
        // Where even that can't be written, the exit code says enough.
        let _ = data_json(&json::report([&finding]));
    }
}

/// Says whether writing failed because nobody reads any more, as in `epistle check … | head`.
pub(super) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Draws findings for a stream: in colour on a terminal, unless NO_COLOR or NO_GRAPHICS asks otherwise.
pub(super) fn findings(findings: &[Diagnostic], terminal: bool) -> String {
    let asked = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let width = terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0));
    let style = Style {
        color: terminal && !asked("NO_COLOR"),
        width: width.max(60),
        spoken: asked("NO_GRAPHICS"),
    };
    terminal::render_all(findings, style)
}

/// Counts findings in words: "1 error and 2 warnings".
pub(super) fn count(findings: &[Diagnostic]) -> String {
    let errors = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .count();
    let word = |count: usize, one: &str| {
        if count == 1 {
            format!("1 {one}")
        } else {
            format!("{count} {one}s")
        }
    };
    match (errors, findings.len() - errors) {
        (0, 0) => "nothing found".to_owned(),
        (errors, 0) => word(errors, "error"),
        (0, warnings) => word(warnings, "warning"),
        (errors, warnings) => format!(
            "{} and {}",
            word(errors, "error"),
            word(warnings, "warning")
        ),
    }
}
