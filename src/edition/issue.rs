//! The files of an edition: the base `<id>.toml`, and beside it a translation
//! `<id>.<language>.toml` for each further language. They are read together,
//! checked together, and sent together or not at all.

use std::io;
use std::path::{Path, PathBuf};

use chrono_tz::Tz;

use crate::bulletin::{self, Bulletin, Status};
use crate::check::CheckedBulletin;
use crate::diagnostic::{Diagnostic, SourceFile, quote};
use crate::people::Language;

/// The most languages of an edition.
const MOST: usize = 50;

/// The bulletins of an edition, well-formed and checked.
#[derive(Clone, Debug)]
pub struct Issue {
    /// The one that has what all languages share; whoever reads no other language gets it.
    pub base: CheckedBulletin,
    /// The others, by their language tags.
    pub translations: Vec<CheckedBulletin>,
}

impl Issue {
    /// Reads and checks an edition by its base: all its files, with every
    /// finding at once, those of the base first. Nothing where one of them has faults.
    pub fn read(path: &Path, zone: Option<Tz>) -> (Option<Self>, Vec<Diagnostic>) {
        let (base, mut findings) = match without_base(path) {
            Some(finding) => (None, vec![finding]),
            None => base(path, zone),
        };
        let siblings = match siblings(path) {
            Ok(siblings) => siblings,
            // Whoever reads another language would get the base, and nobody would know.
            Err(error) => {
                let told = format!(
                    "the folder of {} can't be looked through for translations: {error}",
                    path.display()
                );
                findings.push(Diagnostic::error("unreadable-file", told));
                return (None, findings);
            }
        };
        if siblings.len() > MOST {
            let told = format!("{} has more than {MOST} translations", path.display());
            findings.push(Diagnostic::error("too-many-translations", told));
            return (None, findings);
        }
        let bulletin = base.as_ref().map(CheckedBulletin::bulletin);
        let mut translations: Vec<CheckedBulletin> = Vec::new();
        let mut is_whole = true;
        for sibling in &siblings {
            let (read, mut found) = translation(sibling, zone, bulletin);
            let mut others = translations.iter();
            let same = read
                .as_ref()
                .and_then(|read| others.find_map(|other| same_language(read, other)));
            is_whole &= read.is_some() && same.is_none();
            found.extend(same);
            findings.append(&mut found);
            translations.extend(read);
        }
        translations.sort_by(|one, other| tag(one).cmp(tag(other)));
        let issue = base
            .filter(|_| is_whole)
            .map(|base| Self { base, translations });
        (issue, findings)
    }

    /// All bulletins, the base first.
    pub fn bulletins(&self) -> impl Iterator<Item = &CheckedBulletin> {
        std::iter::once(&self.base).chain(&self.translations)
    }

    /// The first file that is still a draft: with it the edition is one.
    pub fn draft(&self) -> Option<&Bulletin> {
        let mut bulletins = self.bulletins().map(CheckedBulletin::bulletin);
        bulletins.find(|bulletin| bulletin.status == Status::Draft)
    }
}

/// An edition in one language.
impl From<CheckedBulletin> for Issue {
    fn from(base: CheckedBulletin) -> Self {
        Self {
            base,
            translations: Vec::new(),
        }
    }
}

/// The base beside which a file stands as a translation, and the language, by
/// the file's name: what stands before and behind its first dot, for no id has
/// one. Nothing where there is no such base.
pub fn base_of(path: &Path) -> Option<(PathBuf, &str)> {
    let (id, language) = name(path)?;
    let base = path.with_file_name(format!("{id}.toml"));
    base.exists().then_some((base, language))
}

/// The files beside a base that are translations by their names, sorted.
///
/// # Errors
/// The folder can't be read.
pub fn siblings(base: &Path) -> io::Result<Vec<PathBuf>> {
    let folder = match base.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let own = base.file_stem().unwrap_or_default().to_string_lossy();
    let mut found = Vec::new();
    let entries = match folder.read_dir() {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let sibling = base.with_file_name(entry?.file_name());
        if name(&sibling).is_some_and(|(id, _)| id == own) {
            found.push(sibling);
        }
    }
    found.sort();
    Ok(found)
}

/// Says whether a file is no bulletin only because its ending is another than
/// `.toml`, as Windows likes to write it, and no bulletin of that id is beside it.
pub fn is_misnamed(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    let Some((id, rest)) = name.and_then(|name| name.split_once('.')) else {
        return false;
    };
    let is_toml = path.extension().is_some_and(|ending| ending == "toml");
    let has_none = || !path.with_file_name(format!("{id}.toml")).exists();
    !is_toml && has_other_ending(&format!(".{rest}")) && has_none()
}

/// The id of a translation and its language, as its file's name has them. An
/// ending that is meant to be `.toml` is no part of a language, so that it is told.
fn name(path: &Path) -> Option<(&str, &str)> {
    let (id, rest) = path.file_name()?.to_str()?.split_once('.')?;
    let language = match rest.strip_suffix(".toml") {
        Some(language) => language,
        None if has_other_ending(rest) => rest,
        None => return None,
    };
    (!id.is_empty()).then_some((id, language)) // without an id it is hidden
}

/// `.TOML`, and what an editor makes of `.toml` that knows only `.txt`.
fn has_other_ending(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with(".toml") || name.ends_with(".toml.txt")
}

/// A translation by its name, in the place of a base: there is none beside it.
fn without_base(path: &Path) -> Option<Diagnostic> {
    let (id, language) = name(path)?;
    language.parse::<Language>().ok()?;
    let base = path.with_file_name(format!("{id}.toml"));
    let told = format!(
        "by its name {} is a translation of {}, which isn't there",
        path.display(),
        base.display()
    );
    let help = "give it the name of the bulletin that it translates, or that of a bulletin of its own: letters, digits, - and _";
    Some(Diagnostic::error("no-base", told).help(help))
}

fn base(path: &Path, zone: Option<Tz>) -> (Option<CheckedBulletin>, Vec<Diagnostic>) {
    let (source, found) = match SourceFile::open(path, bulletin::MAX_BYTES) {
        Ok(opened) => opened,
        Err(error) => return (None, vec![error.finding()]),
    };
    let (bulletin, findings) = bulletin::read(&source, found, zone);
    with_findings(findings, |found| {
        Some(CheckedBulletin::new(bulletin?, found))
    })
}

/// Reads a translation, and checks it where there is a base to hold it against.
fn translation(
    path: &Path,
    zone: Option<Tz>,
    base: Option<&Bulletin>,
) -> (Option<CheckedBulletin>, Vec<Diagnostic>) {
    let (source, found) = match SourceFile::open(path, bulletin::MAX_BYTES) {
        Ok(opened) => opened,
        Err(error) => return (None, vec![error.finding()]),
    };
    let (_, language) = name(path).unwrap_or_default();
    let (bulletin, findings) = bulletin::read_translation(&source, found, zone, language, base);
    with_findings(findings, |found| {
        Some(CheckedBulletin::translation(bulletin?, found, base?))
    })
}

/// What is checked has its findings; what can't be, those of reading it.
fn with_findings(
    findings: Vec<Diagnostic>,
    check: impl FnOnce(Vec<Diagnostic>) -> Option<CheckedBulletin>,
) -> (Option<CheckedBulletin>, Vec<Diagnostic>) {
    match check(findings.clone()) {
        Some(checked) => {
            let findings = checked.findings().to_vec();
            (Some(checked), findings)
        }
        None => (None, findings),
    }
}

fn tag(checked: &CheckedBulletin) -> &str {
    checked.bulletin().language.value.tag()
}

/// Two files that would both go to the readers of one language.
fn same_language(checked: &CheckedBulletin, other: &CheckedBulletin) -> Option<Diagnostic> {
    let (bulletin, other) = (checked.bulletin(), other.bulletin());
    if bulletin.language.value != other.language.value {
        return None;
    }
    let told = format!("there is another translation in {}", quote(tag(checked)));
    Some(
        Diagnostic::error("same-language", told)
            .at(&bulletin.source, bulletin.language.span, "")
            .at(&other.source, other.language.span, "the other one")
            .help("keep one of the two files"),
    )
}
