//! `epistle preview`: the letter in four local files.

use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use anyhow::Context;
use chrono::{DateTime, FixedOffset, Utc};

use super::args::{self, Common};
use super::exit::Exit;
use super::{input, print};
use crate::diagnostic::{Diagnostic, has_errors, json};
use crate::files;
use crate::preview::Preview;
use crate::settings::Settings;

#[derive(serde::Serialize)]
struct Written<'a> {
    edition: &'a str,
    digest: String,
    files: Vec<PathBuf>,
    #[serde(flatten)]
    report: json::Report<'a>,
}

/// Writes the four files, unless the bulletin or the settings have errors of form.
pub(super) fn run(options: &args::Preview, common: &Common) -> anyhow::Result<Exit> {
    let loaded = input::settings(common.config.as_deref());
    let (checked, found) = input::bulletin(&options.bulletin, loaded.settings.as_ref());
    let (Some(settings), Some(checked)) = (&loaded.settings, &checked) else {
        let findings = [loaded.findings, found].concat();
        show(&findings, common)?;
        print::hint(&[format!(
            "{}. Nothing was written; mend the errors, then run this again.",
            print::count(&findings)
        )]);
        return Ok(Exit::Files);
    };

    let preview = Preview::new(checked, settings, now(settings));
    let findings = [loaded.findings, preview.findings.clone()].concat();
    let preview = Preview {
        findings,
        ..preview
    };
    let files = write(&preview, &options.out)?;
    if common.json {
        print::data_json(&Written {
            edition: &preview.edition.id,
            digest: preview.edition.digest.to_string(),
            files,
            report: json::report(&preview.findings),
        })?;
    } else {
        show(&preview.findings, common)?;
        let mut lines: Vec<_> = files
            .iter()
            .map(|file| format!("wrote {}", file.display()))
            .collect();
        let count = print::count(&preview.findings);
        lines.push(format!(
            "{count}. Next: open {} in a browser.",
            files[0].display()
        )); // `write` returns four
        print::hint(&lines);
    }
    Ok(if has_errors(&preview.findings) {
        Exit::Files
    } else {
        Exit::Success
    })
}

/// Now, in the zone of the settings.
fn now(settings: &Settings) -> DateTime<FixedOffset> {
    let now = Utc::now();
    match settings.timezone {
        Some(zone) => now.with_timezone(&zone).fixed_offset(),
        None => now.fixed_offset(),
    }
}

fn show(findings: &[Diagnostic], common: &Common) -> anyhow::Result<()> {
    if common.json {
        return print::data_json(&json::report(findings));
    }
    print::note(&print::findings(findings, io::stderr().is_terminal()));
    Ok(())
}

/// Writes the files, the review page first in the list.
fn write(preview: &Preview, folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let page = preview.page();
    let contents: [(&str, &[u8]); 4] = [
        ("html", page.as_bytes()),
        ("eml", &preview.letter.bytes),
        ("mail.html", preview.bodies.html.as_bytes()),
        ("txt", preview.bodies.text.as_bytes()),
    ];
    contents
        .into_iter()
        .map(|(ending, bytes)| {
            let path = folder.join(format!("{}.{ending}", preview.edition.id));
            files::write_private(&path, bytes)
                .with_context(|| format!("cannot write {}", path.display()))?;
            Ok(path)
        })
        .collect()
}
