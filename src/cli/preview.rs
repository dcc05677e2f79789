//! `epistle preview`: the letter in four local files, three of them for each language.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::args::{self, Common};
use super::exit::Exit;
use super::{browser, input, print, watch};
use crate::diagnostic::{Diagnostic, has_errors, json};
use crate::diff;
use crate::files;
use crate::letter::Signer;
use crate::preview::Preview;

#[derive(serde::Serialize)]
struct Written<'a> {
    edition: &'a str,
    digest: String,
    files: &'a [PathBuf],
    #[serde(flatten)]
    report: json::Report<'a>,
}

/// What there is to be seen of a bulletin.
pub(super) struct Seen {
    /// Nothing where the bulletin or the settings have errors of form.
    pub(super) preview: Option<Preview>,
    /// All that was found, that in the preview too.
    pub(super) findings: Vec<Diagnostic>,
}

/// Writes the files, unless the bulletin or the settings have errors of form.
pub(super) fn run(options: &args::Preview, common: &Common) -> anyhow::Result<Exit> {
    input::is_base(&options.bulletin, "preview")?;
    if options.watch {
        return watch::run(options, common);
    }
    let seen = see(options, common);
    let Some(preview) = &seen.preview else {
        tell(&seen, &[], common)?;
        print::hint(&[format!(
            "{}. Nothing was written; mend the errors, then run this again.",
            print::count(&seen.findings)
        )]);
        return Ok(Exit::Files);
    };
    let files = write(preview, &options.out)?;
    tell(&seen, &files, common)?;
    let mut lines: Vec<_> = files
        .iter()
        .map(|file| format!("wrote {}", file.display()))
        .collect();
    let count = print::count(&seen.findings);
    let page = &files[0]; // `write` returns four at least
    lines.push(if options.open {
        format!("{count}.")
    } else {
        format!("{count}. Next: open {} in a browser.", page.display())
    });
    print::hint(&lines);
    if options.open {
        open(page);
    }
    Ok(if has_errors(&seen.findings) {
        Exit::Files
    } else {
        Exit::Success
    })
}

/// Reads the settings and the bulletin, and makes the preview.
pub(super) fn see(options: &args::Preview, common: &Common) -> Seen {
    let loaded = input::settings(common.config.as_deref());
    let (issue, mut found) = input::issue(&options.bulletin, loaded.settings.as_ref());
    let wanted = issue.as_ref().zip(options.language.as_ref());
    let missing = wanted.and_then(|(issue, language)| input::without(issue, language));
    let issue = issue.filter(|_| missing.is_none());
    found.extend(missing.map(|told| Diagnostic::error("no-language", told)));
    let (Some(settings), Some(issue)) = (&loaded.settings, &issue) else {
        return Seen {
            preview: None,
            findings: [loaded.findings, found].concat(),
        };
    };
    let mut findings = loaded.findings;
    let signer = Signer::load(&settings.dkim).unwrap_or_else(|error| {
        let told = format!("{error}: this letter is unsigned");
        let finding = Diagnostic::warning("unsigned", told);
        findings.push(finding.help("mend this before you send: send refuses to go without it"));
        Signer::default()
    });
    let mut preview = Preview::new(issue, settings, &signer, input::now(settings));
    preview.only.clone_from(&options.language);
    preview.compare(issue, diff::last(issue.base.bulletin(), settings));
    preview.findings.splice(..0, findings);
    Seen {
        findings: preview.findings.clone(),
        preview: Some(preview),
    }
}

/// Prints what was found, or all as data.
pub(super) fn tell(seen: &Seen, files: &[PathBuf], common: &Common) -> anyhow::Result<()> {
    match &seen.preview {
        Some(preview) if common.json => print::data_json(&Written {
            edition: &preview.edition.id,
            digest: preview.edition.digest.to_string(),
            files,
            report: json::report(&seen.findings),
        }),
        _ => print::report(&seen.findings, common.json),
    }
}

/// Opens the review page in a browser; where that fails, says where it is.
pub(super) fn open(page: &Path) {
    if let Err(reason) = browser::open(page) {
        let path = fs::canonicalize(page).unwrap_or_else(|_| page.to_owned());
        let told = format!(
            "epistle: no browser could be opened ({reason}); the page is {}",
            path.display()
        );
        print::note(&format!("{}\n", crate::diagnostic::printable(&told)));
    }
}

/// Writes the files, the review page first in the list.
pub(super) fn write(preview: &Preview, folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    make_folder(folder)?;
    let id = &preview.edition.id;
    let mut files = vec![folder.join(format!("{id}.html"))];
    write_one(&files[0], preview.page().as_bytes())?; // the only one so far
    for sample in preview.samples() {
        let language = &sample.version.language;
        let name = if *language == preview.base.version.language {
            id.clone()
        } else {
            format!("{id}.{language}")
        };
        let shown = sample.version.with_pictures(&sample.bodies.html);
        let contents: [(&str, &[u8]); 3] = [
            ("eml", &sample.letter.bytes),
            ("mail.html", shown.as_bytes()),
            ("txt", sample.bodies.text.as_bytes()),
        ];
        for (ending, bytes) in contents {
            let path = folder.join(format!("{name}.{ending}"));
            write_one(&path, bytes)?;
            files.push(path);
        }
    }
    Ok(files)
}

/// Makes the folder for the files, if it isn't there.
pub(super) fn make_folder(folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))
}

/// Writes a file that only its owner can read.
pub(super) fn write_one(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    files::replace_private(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}
