//! Reads a bulletin file into the model, with every fault at once.

mod greeting;
mod part;
mod picture;
mod text;
mod translation;

use std::cell::Cell;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use chrono_tz::Tz;

use super::{Answered, Bulletin, Gathered, Status};
use crate::diagnostic::{self, Diagnostic, Located, SourceFile, Span, quote};
use crate::document::{self, Fields, Hint, Reader, Text};

use greeting::greeting;
use part::{name, scripture, section, signature};
use picture::Issue;
use text::{line, optional_line, optional_rich};
use translation::Role;

const BULLETIN: &[&str] = &[
    "id",
    "date",
    "written",
    "author",
    "title",
    "subject",
    "preheader",
    "language",
    "status",
    "send_at",
    "send_within",
    "audience",
    "greeting",
    "greeting_fallback",
    "intro",
    "closing",
    "answered",
    "answered_heading",
    "signature",
    "scripture",
    "name",
    "section",
];
/// The most names; each is looked for in every text.
const MOST_NAMES: usize = 200;

const SCRIPTURE: &[&str] = &["text", "reference", "translation", "notice"];
const SIGNATURE: &[&str] = &["name", "role"];
const NAME: &[&str] = &["shown", "kind", "note"];
const SECTION: &[&str] = &["id", "heading", "intro", "item"];

/// What people write for what they mean.
const HINTS: &[Hint] = &[
    (
        "the bulletin",
        "item",
        "an item stands below a section: write [[section.item]]",
    ),
    (
        "the bulletin",
        "text",
        "a text stands in an item: write [[section.item]] above it, and above that [[section]]",
    ),
    (
        "[[section]]",
        "text",
        "a text stands in an item: write [[section.item]] above it",
    ),
    (
        "[[section]]",
        "kind",
        "a kind belongs to an item: write [[section.item]] above it",
    ),
    (
        "[[section]]",
        "title",
        "what stands over a section is its `heading`",
    ),
    (
        "[[section.item]]",
        "heading",
        "what stands over an item is its `title`",
    ),
    (
        "[[name]]",
        "name",
        "the name as the texts have it is called `shown`",
    ),
];

/// Reads a bulletin; `found` is what reading the file itself has found, `zone`
/// where a local `send_at` is meant. `None` where a finding is an error.
pub fn read(
    source: &Arc<SourceFile>,
    found: Vec<Diagnostic>,
    zone: Option<Tz>,
) -> (Option<Bulletin>, Vec<Diagnostic>) {
    read_as(source, found, zone, &Role::Base)
}

/// Reads a translation of a bulletin: as [`read`] does, but what the file
/// leaves out of what all languages share is the base's. `name` is the
/// language as the file's name has it. Without a base, since that has faults,
/// only what is wrong with the translation itself is found.
pub fn read_translation(
    source: &Arc<SourceFile>,
    found: Vec<Diagnostic>,
    zone: Option<Tz>,
    name: &str,
    base: Option<&Bulletin>,
) -> (Option<Bulletin>, Vec<Diagnostic>) {
    read_as(source, found, zone, &Role::Translation { name, base })
}

fn read_as(
    source: &Arc<SourceFile>,
    found: Vec<Diagnostic>,
    zone: Option<Tz>,
    role: &Role<'_>,
) -> (Option<Bulletin>, Vec<Diagnostic>) {
    let (root, faults) = document::read(source);
    let reader = Reader::new(source, [found, faults].concat(), HINTS);
    let mut bulletin = bulletin(reader.fields(root, "the bulletin", BULLETIN), zone, role);
    if let Some(bulletin) = &mut bulletin {
        role.take_names(&reader, bulletin);
    }
    let findings = reader.finish();
    let bulletin = bulletin.filter(|_| !diagnostic::has_errors(&findings));
    (bulletin, findings)
}

fn bulletin(mut fields: Fields<'_>, zone: Option<Tz>, role: &Role<'_>) -> Option<Bulletin> {
    let reader = fields.reader();
    let language = role.language(&mut fields);
    let shared = role.shared(&fields, language.as_ref());
    let id = match role {
        Role::Base => id(&mut fields),
        Role::Translation { .. } => shared.id(&mut fields),
    };
    let date = shared.date(&mut fields);
    let written = if fields.has("written") {
        fields.date("written", "written = 2018-03-15")
    } else {
        None
    };
    let author = fields.optional_text("author");
    let title = line(&mut fields, "title", "title = \"Prayer Requests\"");
    let subject = line(
        &mut fields,
        "subject",
        "subject = \"Prayer Requests for 18 March\"",
    );
    let preheader = optional_line(&mut fields, "preheader");
    let status = fields.required_choice(
        "status",
        "status = \"draft\", and later status = \"ready\"",
        &[("draft", Status::Draft), ("ready", Status::Ready)],
    );
    let has_send_at = fields.has("send_at") || !matches!(role, Role::Base);
    let send_at = shared.send_at(&mut fields, zone);
    let send_within = shared.send_within(&mut fields);
    if let (None, Some(_)) = (&send_at, &send_within)
        && !has_send_at
    {
        reader.report(
            reader
                .error("missing-key", fields.place(), "`send_within` stands here without `send_at`")
                .help("write send_at = 2026-03-20T06:00:00, or delete send_within: without send_at the bulletin is never due by itself"),
        );
    }
    let audience = shared.audience(&mut fields);
    let greeting = greeting(&mut fields);
    let intro = optional_rich(&mut fields, "intro");
    let closing = optional_rich(&mut fields, "closing");
    let answered = answered(&mut fields, role);
    let signature = fields
        .optional_table(
            "signature",
            "[signature] on a line of its own, its keys below",
            "[signature]",
            SIGNATURE,
        )
        .map(signature);
    let scripture = fields
        .optional_table(
            "scripture",
            "[scripture] on a line of its own, its keys below",
            "[scripture]",
            SCRIPTURE,
        )
        .map(scripture);
    let names = fields.tables("name", "[[name]]", NAME).unwrap_or_default();
    let names: Vec<_> = names.into_iter().map(name).collect();
    if let Some(one_too_many) = names.iter().flatten().nth(MOST_NAMES) {
        let told = format!("no bulletin needs more than {MOST_NAMES} names");
        reader.report(
            reader
                .error("too-many-names", one_too_many.shown.span, told)
                .help("delete those that no text mentions"),
        );
    }
    repeated(
        reader,
        "name",
        names.iter().flatten().map(|name| &name.shown),
    );
    if !fields.has("section") {
        fields.missing(
            "section",
            "[[section]], and below it [[section.item]] with a text",
        );
    }
    let sections = fields
        .tables("section", "[[section]]", SECTION)
        .unwrap_or_default();
    let issue = Issue {
        day: date.as_ref().map(|date| date.value),
        pictures: Cell::new(0),
    };
    let sections: Vec<_> = sections
        .into_iter()
        .map(|fields| section(fields, &issue))
        .collect();
    repeated(
        reader,
        "id",
        sections.iter().filter_map(|section| section.id.as_ref()),
    );
    let items = sections.iter().flat_map(|section| &section.items);
    repeated(reader, "id", items.filter_map(|item| item.id.as_ref()));

    Some(Bulletin {
        source: Arc::clone(reader.source()),
        id: id?,
        date: date?,
        written,
        author,
        title: title?,
        subject: subject?,
        preheader,
        language: language?,
        status: status?,
        send_at,
        send_within,
        audience,
        greeting,
        intro,
        closing,
        signature: flatten(signature)?,
        scripture: flatten(scripture)?,
        names: names.into_iter().collect::<Option<_>>()?,
        answered,
        sections,
    })
}

/// Takes where answered prayers are gathered, and what stands over them.
fn answered(fields: &mut Fields<'_>, role: &Role<'_>) -> Option<Answered> {
    let asked = fields.has("answered") || !matches!(role, Role::Base);
    let place = fields.choice(
        "answered",
        &[("first", Gathered::First), ("last", Gathered::Last)],
    );
    let of_base = role.base().and_then(|base| base.answered.as_ref());
    let place = place.or(of_base.map(|answered| answered.place));
    let heading = optional_line(fields, "answered_heading");
    if let (false, Some(heading)) = (asked, &heading) {
        let told = "`answered_heading` stands here without `answered`";
        let reader = fields.reader();
        let finding = reader.error("missing-key", heading.span, told);
        reader.report(finding.help("write answered = \"first\", or answered = \"last\": there the items of praise are gathered"));
    }
    Some(Answered {
        place: place?,
        heading,
    })
}

/// Turns "there, but broken" into nothing, and "not there" into `Some(None)`.
fn flatten<T>(read: Option<Option<T>>) -> Option<Option<T>> {
    match read {
        None => Some(None),
        Some(None) => None,
        Some(value) => Some(value),
    }
}

/// Takes `id`, which must be the stem of the file: it is how an issue is known to have been sent.
fn id(fields: &mut Fields<'_>) -> Option<Located<String>> {
    let reader = fields.reader();
    let path = Path::new(reader.source().name());
    let [stem, name] = [path.file_stem(), path.file_name()].map(|part| {
        part.map(|part| part.to_string_lossy().into_owned())
            .unwrap_or_default()
    });
    let plain = |char: char| char.is_ascii_alphanumeric() || "-_".contains(char);
    let is_name = |name: &str| !name.is_empty() && name.len() <= 100 && name.chars().all(plain);
    let ending = path.extension().is_some_and(|ending| ending == "toml");
    let text = fields.text(
        "id",
        &format!(
            "id = \"{}\"",
            if is_name(&stem) { &stem } else { "2026-03-20" }
        ),
    )?;
    if !ending || !is_name(&stem) {
        reader.report(
            reader
                .error("id-not-stem", text.span, format!("a bulletin's file can't be called {}", quote(&name)))
                .help("rename it: letters a to z, digits, - and _, and the ending .toml, such as 2026-03-20.toml"),
        );
        return None;
    }
    if text.value != stem {
        reader.report(
            reader
                .error("id-not-stem", text.span, format!("the id must be the file's name without .toml: {}", quote(&stem)))
                .help("the id tells what has been sent already, so a copied file must get one of its own")
                .fix(text.span, format!("\"{stem}\"")),
        );
        return None;
    }
    Some(Located::new(text.value, text.span))
}

/// Reports texts that must be different and are not.
fn repeated<'t>(reader: &Reader, key: &str, texts: impl Iterator<Item = &'t Text>) {
    let mut first: HashMap<&str, Span> = HashMap::new();
    for text in texts {
        if let Some(&before) = first.get(text.value.as_str()) {
            reader.report(
                reader
                    .error(
                        "repeated-value",
                        text.span,
                        format!("the {key} {} stands here a second time", quote(&text.value)),
                    )
                    .at(reader.source(), before, "first")
                    .help("each must have one of its own"),
            );
        } else {
            first.insert(&text.value, text.span);
        }
    }
}
