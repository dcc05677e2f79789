//! Takes the parts of a bulletin: scripture, names, sections with their items, signature.

use chrono::NaiveDate;

use super::super::{
    Ago, Follows, Item, Kind, Link, Name, NameKind, Scripture, Section, Signature, inline,
};
use super::picture::{self, Issue};
use super::text::{line, optional_line, optional_rich, rich};
use crate::diagnostic::Located;
use crate::document::{Fields, Text};
use crate::people::check_link;

const ITEM: &[&str] = &["id", "kind", "title", "follows", "text", "image", "link"];
const LINK: &[&str] = &["text", "url"];
const FOLLOWS: &[&str] = &["issue", "item", "date", "asked"];

/// How `follows` is written.
const FOLLOWS_EXAMPLE: &str =
    "follows = { issue = \"2026-02-20\", item = \"harvest\", asked = \"rain for the harvest\" }";

pub(super) fn signature(mut fields: Fields<'_>) -> Option<Signature> {
    let name = line(&mut fields, "name", "name = \"Anna Example\"");
    let role = optional_line(&mut fields, "role");
    Some(Signature { name: name?, role })
}

pub(super) fn scripture(mut fields: Fields<'_>) -> Option<Scripture> {
    let text = rich(&mut fields, "text", "text = \"Sing to the Lord!\"");
    let reference = line(&mut fields, "reference", "reference = \"Jeremiah 20:13\"");
    let translation = optional_line(&mut fields, "translation");
    let notice = optional_line(&mut fields, "notice");
    Some(Scripture {
        text: text?,
        reference: reference?,
        translation,
        notice,
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

pub(super) fn section(mut fields: Fields<'_>, issue: &Issue) -> Section {
    let place = fields.place();
    let id = slug(&mut fields, "id");
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
        items: items
            .into_iter()
            .filter_map(|fields| item(fields, issue))
            .collect(),
    }
}

fn item(mut fields: Fields<'_>, issue: &Issue) -> Option<Item> {
    let place = fields.place();
    let id = slug(&mut fields, "id");
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
    let follows = fields
        .optional_table("follows", FOLLOWS_EXAMPLE, "`follows`", FOLLOWS)
        .and_then(|fields| follows(fields, issue.day));
    let text = rich(&mut fields, "text", "text = \"Pray for …\"");
    let image = fields
        .optional_table("image", picture::EXAMPLE, "the image", picture::IMAGE)
        .and_then(|fields| picture::picture(fields, issue));
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
        follows,
        text: text?,
        image,
        link,
    })
}

/// Takes what an earlier issue asked. Its date is the one that its id begins
/// with, as ids of issues usually do, else `date`.
fn follows(mut fields: Fields<'_>, day: Option<NaiveDate>) -> Option<Follows> {
    let reader = fields.reader();
    let issue = line(&mut fields, "issue", "issue = \"2026-02-20\"");
    let item = slug(&mut fields, "item");
    let asked = line(&mut fields, "asked", "asked = \"rain for the harvest\"");
    let named = issue.as_ref().and_then(|issue| {
        let start = issue.value.get(..10)?;
        Some(Located::new(start.parse::<NaiveDate>().ok()?, issue.span))
    });
    let date = if fields.has("date") {
        fields.date("date", "date = 2026-02-20")
    } else {
        if let (Some(issue), None) = (&issue, &named) {
            let told = "the id of this issue doesn't say when it was";
            let finding = reader.error("missing-key", issue.span, told);
            reader.report(finding.help("write its date too: date = 2026-02-20"));
        }
        named
    };
    let (date, day) = (date?, day?);
    let ago = Ago::between(date.value, day);
    if ago.is_none() {
        let told = "this bulletin can't come back to an issue of the same day or later";
        let finding = reader.error("not-earlier", date.span, told);
        reader.report(finding.help("write the id of the issue that asked for prayer"));
    }
    Some(Follows {
        issue: issue?,
        item,
        ago: ago?,
        asked: asked?,
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
    match check_link(&url.value) {
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

/// Takes an id of a section or item: lower-case words joined by hyphens.
fn slug(fields: &mut Fields<'_>, key: &str) -> Option<Text> {
    let reader = fields.reader();
    let text = fields.optional_text(key)?;
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
            finding.help(format!("write {key} = \"latin-america\""))
        } else {
            finding.fix(text.span, format!("\"{slug}\""))
        });
        return None;
    }
    Some(text)
}
