//! Finds the last edition: in the ledger, which knows what was sent, else among the files.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use crate::bulletin::{self, Bulletin};
use crate::diagnostic::SourceFile;
use crate::edition::{Edition, Issue, Outline};
use crate::ledger::{self, Beginning, LedgerError};
use crate::letter::{Frozen, ThawError};
use crate::people::Language;
use crate::settings::Settings;

/// The most files of a folder whose dates are looked at: five a week for forty years.
const MOST_FILES: usize = 10_000;

/// The edition before another.
#[derive(Clone, Debug)]
pub struct Last {
    /// What tells it from all others.
    pub id: String,
    /// Where it was found.
    pub origin: Origin,
    /// What its readers see, in each language; the first is the base.
    pub outlines: Vec<(Language, Outline)>,
}

impl Last {
    /// What it said in a language. The base is compared with the base, whatever its language was.
    pub fn outline(&self, language: &Language, is_base: bool) -> Option<&Outline> {
        let mut outlines = self.outlines.iter();
        let same = outlines.find(|(known, _)| known == language);
        let base = self.outlines.first().filter(|_| is_base);
        same.or(base).map(|(_, outline)| outline)
    }
}

/// Where the last edition was found.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "found_in", rename_all = "lowercase")]
pub enum Origin {
    /// In the ledger, as it was sent.
    Ledger {
        /// When it began, in RFC 3339.
        began: String,
    },
    /// In the folder of bulletins, as its file is now.
    File {
        /// The file.
        file: PathBuf,
        /// Whether it is a draft, which nobody has been sent.
        draft: bool,
    },
}

/// Why the last edition can't be known.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LastError {
    /// The ledger can't be used.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// What the ledger keeps can't be understood.
    #[error(transparent)]
    Thaw(#[from] ThawError),
}

/// Finds the edition before that of a bulletin: the last that anybody has got
/// or may still get; where the ledger knows none, the bulletin file before it
/// by date. A file that can't be read is passed over.
///
/// # Errors
/// There is a ledger, and it can't be read.
pub fn last(bulletin: &Bulletin, settings: &Settings) -> Result<Option<Last>, LastError> {
    let id = bulletin.id.value.as_str();
    let audience = bulletin.audience.as_ref().map(|text| text.value.as_str());
    let folder = Folder::of(bulletin, settings);
    if let Some(begun) = ledger::last_before(&settings.ledger, id, audience)? {
        if let Some(last) = sent(&begun)? {
            return Ok(Some(last));
        }
        // Frozen by a program that kept no outline: its file says more than one that wasn't sent.
        let path = folder.path.join(format!("{}.toml", begun.id));
        if let Some((last, _)) = file(&path, settings) {
            return Ok(Some(last));
        }
    }
    Ok(folder.before(bulletin, settings))
}

fn sent(begun: &Beginning) -> Result<Option<Last>, ThawError> {
    let mut outlines = Vec::new();
    for (tag, bytes) in &begun.versions {
        let language = tag.parse().map_err(|_| ThawError::language(tag))?;
        let Some(outline) = Frozen::from_bytes(bytes)?.outline else {
            return Ok(None);
        };
        outlines.push((language, outline));
    }
    let origin = Origin::Ledger {
        began: begun.date.clone(),
    };
    Ok((!outlines.is_empty()).then(|| Last {
        id: begun.id.clone(),
        origin,
        outlines,
    }))
}

/// Reads an edition as it would be sent; nothing where it can't be.
fn file(path: &Path, settings: &Settings) -> Option<(Last, NaiveDate)> {
    let (issue, _) = Issue::read(path, settings.timezone);
    let issue = issue?;
    let date = issue.base.bulletin().date.value;
    let edition = Edition::freeze(&issue, &settings.sender);
    let versions = edition.versions();
    let last = Last {
        origin: Origin::File {
            file: path.to_owned(),
            draft: issue.draft().is_some(),
        },
        outlines: versions
            .map(|version| (version.language.clone(), version.outline.clone()))
            .collect(),
        id: edition.id,
    };
    Some((last, date))
}

/// Where bulletins stand.
struct Folder {
    path: PathBuf,
}

impl Folder {
    /// That of the settings, or that of the file itself where there is none.
    fn of(bulletin: &Bulletin, settings: &Settings) -> Self {
        let own = Path::new(bulletin.source.name()).parent();
        let own = own.filter(|path| !path.as_os_str().is_empty());
        let path = if settings.bulletins.is_dir() {
            &settings.bulletins
        } else {
            own.unwrap_or(Path::new("."))
        };
        Self {
            path: path.to_owned(),
        }
    }

    /// The last bulletin whose date, and of the same date whose id, is before another's.
    fn before(&self, bulletin: &Bulletin, settings: &Settings) -> Option<Last> {
        let own = (bulletin.date.value, bulletin.id.value.as_str());
        let entries = fs::read_dir(&self.path).ok()?;
        let mut found = Vec::new();
        for entry in entries.flatten().take(MOST_FILES) {
            let path = entry.path();
            let Some(id) = id(&path) else { continue };
            let Some(date) = written_date(&path) else {
                continue;
            };
            if (date, id.as_str()) < own {
                found.push((date, id, path));
            }
        }
        found.sort();
        found.into_iter().rev().find_map(|(date, _, path)| {
            let (last, read) = file(&path, settings)?;
            (read == date).then_some(last)
        })
    }
}

/// The id that a bulletin's file has by its name; a sibling in another language has none.
fn id(path: &Path) -> Option<String> {
    let stem = path.file_stem()?.to_str()?;
    let is_toml = path.extension().is_some_and(|ending| ending == "toml");
    (is_toml && !stem.contains('.')).then(|| stem.to_owned())
}

/// The date that a line of the file names: to read a folder of bulletins whole would take too long.
fn written_date(path: &Path) -> Option<NaiveDate> {
    let (source, _) = SourceFile::open(path, bulletin::MAX_BYTES).ok()?;
    source.text().lines().find_map(|line| {
        let value = line.trim_start().strip_prefix("date")?.trim_start();
        let value = value.strip_prefix('=')?.trim_start();
        NaiveDate::parse_from_str(value.get(..10)?, "%Y-%m-%d").ok()
    })
}
