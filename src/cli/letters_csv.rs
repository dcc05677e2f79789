//! `epistle status EDITION --csv`: what has become of every letter.

use std::io::{self, BufWriter, Write};

use super::exit::Exit;
use super::input;
use super::message_ids::MessageIds;
use crate::delivery::{Letter, Report};
use crate::diagnostic::printable;
use crate::ledger::Ledger;
use crate::settings::Settings;

const HEADER: [&str; 10] = [
    "email",
    "state",
    "in_doubt",
    "time",
    "stage",
    "reply",
    "due",
    "message_id",
    "file",
    "line",
];

/// Prints a row for each letter (RFC 4180), by address.
pub(super) fn run(settings: &Settings, edition: &str) -> anyhow::Result<Exit> {
    let mut ledger = input::ledger(settings)?;
    let ids = MessageIds::of(&mut ledger, settings, edition)?;
    ledger.counts(edition)?; // nothing is printed of one that has not begun
    let mut out = BufWriter::new(io::stdout().lock());
    write_row(&mut out, HEADER)?;
    Report::each_letter(&mut ledger, edition, |letter| {
        let in_doubt = if letter.is_in_doubt() { "yes" } else { "no" };
        let id = ids.of_letter(&letter).unwrap_or_default();
        let Letter {
            address,
            file,
            line,
            state,
            stage,
            reply,
            time,
            due,
        } = &letter;
        let line = line.to_string();
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        write_row(
            &mut out,
            [
                address,
                state.name(),
                in_doubt,
                time,
                &text(stage),
                &text(reply),
                &text(due),
                &id,
                file,
                &line,
            ],
        )?;
        Ok::<_, anyhow::Error>(())
    })?;
    out.flush()?;
    Ok(Exit::Success)
}

fn write_row<'c>(out: &mut impl Write, cells: impl IntoIterator<Item = &'c str>) -> io::Result<()> {
    for (index, cell) in cells.into_iter().enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        out.write_all(written(cell).as_bytes())?;
    }
    out.write_all(b"\r\n")
}

/// A cell as it is written. What a server or a list says must not become a
/// formula where a person opens the file, nor an order to a terminal.
fn written(cell: &str) -> String {
    let shown = printable(cell);
    let is_formula = shown.starts_with(['=', '+', '-', '@']);
    if !is_formula && !shown.contains([',', '"']) {
        return shown;
    }
    let mark = if is_formula { "'" } else { "" };
    format!("\"{mark}{}\"", shown.replace('"', "\"\""))
}
