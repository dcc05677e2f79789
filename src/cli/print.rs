//! Prints: data on standard output, everything else on standard error, hints
//! only where a person sits.

use std::io::{self, IsTerminal, Write};

pub(super) use crate::diagnostic::number;
use crate::diagnostic::terminal::{self, Style};
use crate::diagnostic::{Diagnostic, Severity, json, printable};
use crate::people::EmailAddress;

/// Writes data.
pub(super) fn data(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// An address as it may be shown: in full to a person at a terminal, masked in a log.
pub(super) fn whom(address: &EmailAddress) -> String {
    if io::stderr().is_terminal() {
        address.to_string()
    } else {
        format!("{address:?}")
    }
}

/// Words of a relay, which may name people, in a text of ours: off a terminal
/// only their numbers are shown, where they may be about a recipient.
pub(super) fn told_by_relay(text: &str) -> String {
    if io::stderr().is_terminal() {
        return text.to_owned();
    }
    without_names(text)
}

fn without_names(text: &str) -> String {
    const OF_US: [&str; 6] = [
        "connecting",
        "the greeting",
        "EHLO",
        "TLS",
        "logging in",
        "MAIL",
    ];
    let of_us = OF_US.iter().any(|stage| {
        let rest = text.strip_prefix(stage);
        rest.is_some_and(|rest| rest.starts_with(':'))
    });
    let theirs = [" said ", " understood: "].map(|words| Some(text.find(words)? + words.len()));
    let Some(at) = theirs.into_iter().flatten().min() else {
        return text.to_owned(); // words of ours and the system's alone
    };
    let (ours, theirs) = text.split_at(at);
    if of_us && !theirs.contains(['@', '<']) {
        return text.to_owned();
    }
    let is_number = |word: &&str| {
        word.chars()
            .all(|char| char.is_ascii_digit() || char == '.')
    };
    let numbers: Vec<_> = theirs.split(' ').take_while(is_number).collect();
    format!("{ours}{} …", numbers.join(" "))
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

/// Writes why a command could not do its work, and what to do; as data where that is asked for.
pub(super) fn failure(
    error: &anyhow::Error,
    code: &'static str,
    help: Option<String>,
    as_json: bool,
) {
    let finding = failed(error, code, help);
    if as_json {
        // Where even that can't be written, the exit code says enough.
        let _ = data_json(&json::report([&finding]));
    }
}

/// Writes why something could not be done, and what to do, and gives it back as a finding.
pub(super) fn failed(
    error: &anyhow::Error,
    code: &'static str,
    help: Option<String>,
) -> Diagnostic {
    let told = format!("{error:#}");
    note(&format!("epistle: {}\n", printable(&told)));
    let mut finding = Diagnostic::error(code, told);
    if let Some(help) = help {
        // Lines are ours; whatever stands in them is not.
        help.lines()
            .for_each(|line| note(&format!("  {}\n", printable(line))));
        finding = finding.help(help);
    }
    finding
}

/// Writes findings to standard error, as a terminal shows them, or as data.
pub(super) fn report(findings: &[Diagnostic], as_json: bool) -> anyhow::Result<()> {
    if as_json {
        return data_json(&json::report(findings));
    }
    note(&self::findings(findings, io::stderr().is_terminal()));
    Ok(())
}

/// A number with a noun: "1 letter", "1,200 letters".
pub(super) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

/// A length of time as people say it: "40 s", "12 min", "3 h 20 min", "2 days".
pub(super) fn time(time: std::time::Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..=99 => format!("{seconds} s"),
        100..=5_999 => format!("{} min", seconds.div_ceil(60)),
        6_000..=172_799 => {
            let (hours, minutes) = (seconds / 3_600, seconds % 3_600 / 60);
            if minutes == 0 {
                format!("{hours} h")
            } else {
                format!("{hours} h {minutes} min")
            }
        }
        _ => format!("{} days", seconds / 86_400),
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
    let width = terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0));
    let style = Style {
        color: in_color(terminal),
        width: width.max(60),
        spoken: asked("NO_GRAPHICS"),
    };
    terminal::render_all(findings, style)
}

/// Says whether a stream gets colours.
pub(super) fn in_color(terminal: bool) -> bool {
    terminal && !asked("NO_COLOR")
}

/// Says whether a variable of the environment says anything.
fn asked(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_relay_names_nobody_off_a_terminal() {
        for (said, told) in [
            (
                "RCPT: the server said 550 5.7.1 <anna@example.org>: no",
                "RCPT: the server said 550 5.7.1 …",
            ),
            (
                "the end of the letter: the server said 554 Anna is not known",
                "the end of the letter: the server said 554 …",
            ),
            (
                "the last time it said 550 5.1.1 anna has moved",
                "the last time it said 550 5.1.1 …",
            ),
            (
                "MAIL: the server said 550 <anna@example.org> is not yours",
                "MAIL: the server said 550 …",
            ),
            (
                "logging in: the server said 535 5.7.8 wrong password",
                "logging in: the server said 535 5.7.8 wrong password",
            ),
            (
                "connecting: Connection refused (os error 111)",
                "connecting: Connection refused (os error 111)",
            ),
        ] {
            assert_eq!(without_names(said), told);
        }
    }

    #[test]
    fn numbers_and_times_are_as_people_write_them() {
        let numbers = [0, 999, 1_000, 1_234_567].map(number);
        assert_eq!(numbers, ["0", "999", "1,000", "1,234,567"]);
        let times = [7, 100, 3_600, 12_000, 43_200, 200_000]
            .map(|seconds| time(Duration::from_secs(seconds)));
        let expected = ["7 s", "2 min", "60 min", "3 h 20 min", "12 h", "2 days"];
        assert_eq!(times, expected);
    }
}
