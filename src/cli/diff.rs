//! `epistle diff`: what readers will see that differs from the last edition.

use std::io::{self, IsTerminal};

use super::args::{Common, Diff as Options};
use super::exit::Exit;
use super::{input, print};
use crate::diagnostic::{json, printable};
use crate::diff::{self, Change, Counts, Diff, Entries, Fate, ItemChange, Last, Origin, Piece};
use crate::edition::{Edition, Version};

/// A stretch of unchanged words longer than this many characters is cut in its middle.
const LONG: usize = 90;
/// So many characters are kept on either side.
const AROUND: usize = 36;

#[derive(serde::Serialize)]
struct Compared<'a> {
    edition: &'a str,
    digest: String,
    compared_with: Option<With<'a>>,
    #[serde(flatten)]
    base: &'a Changed<'a>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    translations: &'a [Changed<'a>],
    #[serde(flatten)]
    report: json::Report<'a>,
}

/// What differs in one language; nothing where the last edition was not in it.
#[derive(serde::Serialize)]
struct Changed<'a> {
    language: &'a str,
    counts: Option<Counts>,
    changes: Option<Diff>,
}

#[derive(serde::Serialize)]
struct With<'a> {
    edition: &'a str,
    #[serde(flatten)]
    origin: &'a Origin,
}

/// Compares a bulletin with the edition before it.
pub(super) fn run(options: &Options, common: &Common) -> anyhow::Result<Exit> {
    input::is_base(&options.bulletin, "diff")?;
    let loaded = input::settings(common.config.as_deref());
    let (issue, found) = input::issue(&options.bulletin, loaded.settings.as_ref());
    let (Some(settings), Some(issue)) = (&loaded.settings, &issue) else {
        print::report(&[loaded.findings, found].concat(), common.json)?;
        return Ok(Exit::Files);
    };
    let edition = Edition::freeze(issue, &settings.sender);
    let last = diff::last(issue.base.bulletin(), settings)?;
    let base = changed(&edition.base, true, last.as_ref());
    let translations = edition.translations.iter();
    let translations: Vec<_> = translations
        .map(|version| changed(version, false, last.as_ref()))
        .collect();
    let mut findings = loaded.findings;
    if let Some(last) = &last {
        findings.extend(diff::repeated(issue, last));
    }
    if common.json {
        print::data_json(&Compared {
            edition: &edition.id,
            digest: edition.digest.to_string(),
            compared_with: last.as_ref().map(|last| With {
                edition: &last.id,
                origin: &last.origin,
            }),
            base: &base,
            translations: &translations,
            report: json::report(&findings),
        })?;
        return Ok(Exit::Success);
    }
    let paint = Paint(print::in_color(io::stdout().is_terminal()));
    print::data(&match &last {
        Some(last) => {
            let head = compared(&edition.id, last);
            head + &all_described(&base, &translations, paint)
        }
        None => format!(
            "{}: there is no edition before it to compare with.\n",
            edition.id
        ),
    })?;
    print::report(&findings, false)?;
    Ok(Exit::Success)
}

/// Compares one language with the same of the last edition.
fn changed<'a>(version: &'a Version, is_base: bool, last: Option<&Last>) -> Changed<'a> {
    let before = last.and_then(|last| last.outline(&version.language, is_base));
    let changes = before.map(|before| Diff::between(before, &version.outline));
    Changed {
        language: version.language.tag(),
        counts: changes.as_ref().map(Diff::counts),
        changes,
    }
}

fn compared(id: &str, last: &Last) -> String {
    format!(
        "{id} compared with {}, {}.\n",
        last.id,
        whence(&last.origin)
    )
}

/// Sets out what differs in the base, then in each translation under its language.
fn all_described(base: &Changed<'_>, translations: &[Changed<'_>], paint: Paint) -> String {
    let described = |changed: &Changed<'_>| match &changed.changes {
        Some(changes) => described(changes, paint),
        None => "That edition was not in this language.\n".to_owned(),
    };
    if translations.is_empty() {
        return described(base);
    }
    let all = std::iter::once(base).chain(translations);
    all.map(|one| format!("\n== {} ==\n{}", one.language, described(one)))
        .collect()
}

/// Sets out all that differs.
fn described(diff: &Diff, paint: Paint) -> String {
    if diff.is_empty() {
        return "Readers will see nothing that they have not seen.\n".to_owned();
    }
    let mut text = String::new();
    for field in &diff.fields {
        if !field.change.is_same() {
            text += &format!("\n{}{}\n", field.label(), fate(field.change.fate));
            text += &words(&field.change, paint);
        }
    }
    if diff.reordered {
        text += "\nThe sections stand in another order.\n";
    }
    for section in &diff.sections {
        text += &self::section(section, paint);
    }
    text += &entries("Names", &diff.names, paint);
    text += &entries("Links", &diff.links, paint);
    text
}

/// Where the last edition was found, for people.
fn whence(origin: &Origin) -> String {
    match origin {
        Origin::Ledger { began } => format!("as it was sent from {began} on"),
        Origin::File { file, draft } => {
            let draft = if *draft { ", a draft" } else { "" };
            format!(
                "the file before it by date ({}{draft})",
                printable(&file.display().to_string())
            )
        }
    }
}

fn fate(fate: Fate) -> &'static str {
    match fate {
        Fate::Same | Fate::Changed => "",
        Fate::New => " (new)",
        Fate::Gone => " (no longer there)",
    }
}

/// A section, if anything in it differs.
fn section(section: &diff::SectionChange, paint: Paint) -> String {
    let differs = |change: &&Change| !change.is_same();
    let heading = section.heading.as_ref();
    let mut text = String::new();
    if let Some(heading) = heading
        .filter(differs)
        .filter(|_| section.fate == Fate::Same)
    {
        text += &words(heading, paint);
    }
    if let Some(intro) = section.intro.as_ref().filter(differs) {
        text += &words(intro, paint);
    }
    let mut same = 0;
    for item in &section.items {
        let told = told(item);
        if told.is_empty() {
            same += 1;
            continue;
        }
        text += &format!("  {told}:\n{}", indented(&words(&item.change, paint)));
    }
    if text.is_empty() && section.fate == Fate::Same {
        return text;
    }
    if same > 0 {
        text += &format!("  {} as before\n", print::counted(same, "item", "items"));
    }
    let heading = section
        .title
        .as_deref()
        .unwrap_or("(a section without a heading)");
    format!("\n{}{}\n{text}", printable(heading), fate(section.fate))
}

/// What became of an item; nothing where it is as it was.
fn told(item: &ItemChange) -> String {
    let mut told = Vec::new();
    match item.change.fate {
        Fate::Same => {}
        Fate::Changed => told.push("changed".to_owned()),
        Fate::New => told.push("new".to_owned()),
        Fate::Gone => told.push("no longer there".to_owned()),
    }
    if let Some(heading) = &item.moved_from {
        let from = if heading.is_empty() {
            "another section"
        } else {
            heading
        };
        told.push(format!("moved from {}", printable(from)));
    }
    match item.urgent {
        Some(true) => told.push("urgent now".to_owned()),
        Some(false) => told.push("no longer urgent".to_owned()),
        None => {}
    }
    told.join(", ")
}

/// The words of a change, paragraph by paragraph, set in by two columns.
fn words(change: &Change, paint: Paint) -> String {
    let mut shown = String::new();
    match change.pieces.as_slice() {
        [Piece::Same(words)] => shown += &shortened(words, true, false),
        [Piece::Gone(words)] => shown += &paint.gone(words),
        [Piece::New(words)] => shown += &paint.come(words),
        [Piece::Gone(gone), Piece::New(new)] => {
            shown += &set_apart("[-", gone, "-]", |words| paint.gone(words));
            shown.push('\n');
            shown += &set_apart("{+", new, "+}", |words| paint.come(words));
        }
        pieces => {
            let last = pieces.len().saturating_sub(1);
            for (index, piece) in pieces.iter().enumerate() {
                shown += &match piece {
                    Piece::Same(words) => shortened(words, index > 0, index < last),
                    Piece::Gone(words) => set_apart("[-", words, "-]", |words| paint.gone(words)),
                    Piece::New(words) => set_apart("{+", words, "+}", |words| paint.come(words)),
                };
            }
        }
    }
    indented(&(shown + "\n"))
}

/// Words between marks, the spaces at their end behind the mark.
fn set_apart(open: &str, words: &str, close: &str, paint: impl Fn(&str) -> String) -> String {
    let bare = words.trim_end();
    let spaces = &words[bare.len()..];
    format!("{}{spaces}", paint(&format!("{open}{bare}{close}")))
}

/// Every line that has words, set in by two columns.
fn indented(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.is_empty());
    lines
        .map(|line| format!("  {}\n", line.trim_end()))
        .collect()
}

/// Unchanged words: of many, those beside a change.
fn shortened(words: &str, change_before: bool, change_behind: bool) -> String {
    let shown = plain(words);
    if shown.len() <= LONG {
        return shown;
    }
    let start = shown.floor_char_boundary(AROUND);
    let start = shown[..start].rfind(' ').unwrap_or(start);
    let end = shown.ceil_char_boundary(shown.len() - AROUND);
    let end = shown[end..].find(' ').map_or(end, |at| end + at + 1); // behind the space
    let before = if change_before { &shown[..start] } else { "" };
    let behind = if change_behind { &shown[end..] } else { "" };
    let gap = if change_before { " … " } else { "… " };
    format!("{before}{gap}{behind}")
}

/// Words without anything that a terminal would obey, but for line ends.
fn plain(words: &str) -> String {
    words.lines().map(printable).collect::<Vec<_>>().join("\n")
        + if words.ends_with('\n') { "\n" } else { "" }
}

fn entries(what: &str, entries: &Entries, paint: Paint) -> String {
    let line = |sign: &str, entry: &crate::edition::Entry| {
        format!("{sign} {}: {}", entry.words, entry.meant)
    };
    let gone = entries
        .gone
        .iter()
        .map(|entry| paint.gone(&line("-", entry)));
    let new = entries
        .new
        .iter()
        .map(|entry| paint.come(&line("+", entry)));
    let lines: String = gone.chain(new).map(|line| format!("  {line}\n")).collect();
    if lines.is_empty() {
        lines
    } else {
        format!("\n{what}\n{lines}")
    }
}

/// Colours, where they are wanted; never the only sign of a difference.
#[derive(Clone, Copy)]
struct Paint(bool);

impl Paint {
    fn gone(self, words: &str) -> String {
        self.with("31", words)
    }

    fn come(self, words: &str) -> String {
        self.with("32", words)
    }

    fn with(self, color: &str, words: &str) -> String {
        let words = plain(words);
        if !self.0 {
            return words;
        }
        let lines = words
            .lines()
            .map(|line| format!("\u{1b}[{color}m{line}\u{1b}[0m"));
        lines.collect::<Vec<_>>().join("\n") + if words.ends_with('\n') { "\n" } else { "" }
    }
}
