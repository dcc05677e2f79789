//! `epistle preview`: the letter in four local files.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::args::{self, Common};
use super::exit::Exit;
use super::{input, print};
use crate::diagnostic::{has_errors, json};
use crate::files;
use crate::preview::Preview;

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
        print::report(&findings, common.json)?;
        print::hint(&[format!(
            "{}. Nothing was written; mend the errors, then run this again.",
            print::count(&findings)
        )]);
        return Ok(Exit::Files);
    };

    let preview = Preview::new(checked, settings, input::now(settings));
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
        print::report(&preview.findings, false)?;
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

/// Writes the files, the review page first in the list.
fn write(preview: &Preview, folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let shown = preview.edition.with_pictures(&preview.bodies.html);
    fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let page = preview.page();
    let contents: [(&str, &[u8]); 4] = [
        ("html", page.as_bytes()),
        ("eml", &preview.letter.bytes),
        ("mail.html", shown.as_bytes()),
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
