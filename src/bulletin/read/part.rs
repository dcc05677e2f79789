//! Takes the parts of a bulletin: scripture, names, sections with their items, signature.

use super::super::{Item, Kind, Link, Name, NameKind, Scripture, Section, Signature, inline};
use super::text::{line, optional_line, optional_rich, rich};
use crate::document::{Fields, Text};

const ITEM: &[&str] = &["id", "kind", "title", "text", "link"];
const LINK: &[&str] = &["text", "url"];

pub(super) fn signature(mut fields: Fields<'_>) -> Option<Signature> {
    let name = line(&mut fields, "name", "name = \"Anna Example\"");
    let role = optional_line(&mut fields, "role");
    Some(Signature { name: name?, role })
}

pub(super) fn scripture(mut fields: Fields<'_>) -> Option<Scripture> {
    let text = rich(&mut fields, "text", "text = \"Sing to the Lord!\"");
    let reference = line(&mut fields, "reference", "reference = \"Jeremiah 20:13\"");
    let translation = optional_line(&mut fields, "translation");
    Some(Scripture {
        text: text?,
        reference: reference?,
        translation,
    })
}

pub(super) fn name(mut fields: Fields<'_>) -> Option<Name> {
    let reader = fields.reader();
    let shown = line(&mut fields, "shown", "shown = \"Jeremías\"");
    let kind = fields.required_choice(
        "kind",
        "kind = \"pseudonym\"",
        &[
            ("pseudonym", NameKind::Pseudonym),
            ("public", NameKind::Public),
            ("staff", NameKind::Staff),
            ("consented", NameKind::Consented),
        ],
    );
    let note = optional_line(&mut fields, "note");
    if let (Some(note), Some(kind)) = (&note, kind)
        && kind != NameKind::Pseudonym
    {
        reader.report(
            reader
                .error("unknown-value", note.span, "only a pseudonym has a note")
                .help("delete the note, or write kind = \"pseudonym\""),
        );
    }
    Some(Name {
        shown: shown?,
        kind: kind?,
        note,
    })
}

pub(super) fn section(mut fields: Fields<'_>) -> Section {
    let place = fields.place();
    let id = slug(&mut fields);
    let heading = optional_line(&mut fields, "heading");
    let intro = optional_rich(&mut fields, "intro");
    let items = fields
        .tables("item", "[[section.item]]", ITEM)
        .unwrap_or_default();
    Section {
        place,
        id,
        heading,
        intro,
        items: items.into_iter().filter_map(item).collect(),
    }
}

fn item(mut fields: Fields<'_>) -> Option<Item> {
    let place = fields.place();
    let id = slug(&mut fields);
    let kind = fields.choice(
        "kind",
        &[
            ("prayer", Kind::Prayer),
            ("praise", Kind::Praise),
            ("update", Kind::Update),
            ("urgent", Kind::Urgent),
            ("info", Kind::Info),
        ],
    );
    let title = optional_line(&mut fields, "title");
    let text = rich(&mut fields, "text", "text = \"Pray for …\"");
    let link = fields
        .optional_table(
            "link",
            "link = { text = \"Read the report\", url = \"https://www.example.org/report\" }",
            "the link",
            LINK,
        )
        .and_then(link);
    Some(Item {
        place,
        id,
        kind: kind.unwrap_or_default(),
        title,
        text: text?,
        link,
    })
}

fn link(mut fields: Fields<'_>) -> Option<Link> {
    let reader = fields.reader();
    let text = line(&mut fields, "text", "text = \"Read the report\"");
    let url = line(
        &mut fields,
        "url",
        "url = \"https://www.example.org/report\"",
    )?;
    match inline::check_link(&url.value) {
        Ok(target) => Some(Link {
            text: text?,
            url: target.into(),
        }),
        Err(problem) => {
            inline::report_link(reader, url.span, &url.value, problem);
            None
        }
    }
}

/// Takes an `id` of a section or item: lower-case words joined by hyphens.
fn slug(fields: &mut Fields<'_>) -> Option<Text> {
    let reader = fields.reader();
    let text = fields.optional_text("id")?;
    let words: Vec<String> = text
        .value
        .split(|char: char| !char.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let slug = words.join("-");
    if slug != text.value || slug.is_empty() {
        let finding = reader.error(
            "unknown-value",
            text.span,
            "an id here is made of the letters a to z, digits, and single hyphens between them",
        );
        reader.report(if slug.is_empty() {
            finding.help("write id = \"latin-america\"")
        } else {
            finding.fix(text.span, format!("\"{slug}\""))
        });
        return None;
    }
    Some(text)
}
