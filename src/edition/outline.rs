//! What readers of an edition see, in words and in parts: what two editions are
//! compared by. It is kept with what was sent, so that last week's can still be
//! compared when its file has changed or is gone.

use std::sync::Arc;

use crate::bulletin::{self, Bulletin, Kind, Name, NameKind, RichText};
use crate::settings::Sender;

/// The words of an edition, by their places.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Outline {
    /// The day it is for, as `2026-03-20`.
    pub date: String,
    /// What stands once in a letter, in reading order: its name and its words; none are empty.
    pub fields: Vec<Field>,
    /// The parts, in order.
    pub sections: Vec<Section>,
    /// The names that need a word.
    pub names: Vec<Entry>,
    /// Where one is led to, in reading order.
    pub links: Vec<Entry>,
}

/// A text that stands once in a letter.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Field {
    /// Its key in the bulletin.
    pub name: String,
    /// What it says; paragraphs are ended by `\n`.
    pub words: String,
}

/// A part of the bulletin.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Section {
    /// Its name over the issues.
    pub id: Option<String>,
    /// What stands over it.
    pub heading: Option<String>,
    /// What stands before its items.
    pub intro: Option<String>,
    /// What is asked, in order.
    pub items: Vec<Item>,
}

/// One thing to pray for.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Item {
    /// Its name over the issues.
    pub id: Option<String>,
    /// Whether it says that it is urgent.
    pub urgent: bool,
    /// Its title, its text, and the words of its link: paragraphs ended by `\n`.
    pub words: String,
}

/// A name or a link: what stands in the text, and what is behind it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Entry {
    /// What readers see.
    pub words: String,
    /// Where it leads, or how the name is meant.
    pub meant: String,
}

impl Outline {
    /// Sets out a bulletin.
    pub(super) fn new(bulletin: &Bulletin, sender: &Sender) -> Self {
        Self {
            date: bulletin.date.value.to_string(),
            fields: fields(bulletin, sender),
            sections: bulletin.sections.iter().map(Section::new).collect(),
            names: bulletin.names.iter().map(name).collect(),
            links: links(bulletin),
        }
    }

    /// The words of a field, if it is there.
    pub fn field(&self, name: &str) -> Option<&str> {
        let field = self.fields.iter().find(|field| field.name == name);
        field.map(|field| field.words.as_str())
    }
}

fn fields(bulletin: &Bulletin, sender: &Sender) -> Vec<Field> {
    let value = |text: &crate::document::Text| text.value.clone();
    let rich = |text: &Option<RichText>| text.as_ref().map(plain);
    let scripture = bulletin.scripture.as_ref();
    let citation = scripture.map(|scripture| match &scripture.translation {
        Some(translation) => format!("{} ({})", scripture.reference.value, translation.value),
        None => scripture.reference.value.clone(),
    });
    let greeting = bulletin.greeting.as_ref();
    let fallback = greeting.and_then(|greeting| greeting.fallback.as_ref());
    let signature = bulletin.signature.as_ref();
    let signature = signature.map(|signature| match &signature.role {
        Some(role) => format!("{}\n{}", signature.name.value, role.value),
        None => signature.name.value.clone(),
    });
    let audience = bulletin.audience.as_ref();
    let audience = audience.map_or("everybody".to_owned(), value);
    let from = format!("{} <{}>", sender.name.as_str(), sender.address);
    let all = [
        ("from", Some(from)),
        ("audience", Some(audience)),
        ("subject", Some(value(&bulletin.subject))),
        ("preheader", bulletin.preheader.as_ref().map(value)),
        ("title", Some(value(&bulletin.title))),
        ("scripture", scripture.map(|part| plain(&part.text))),
        ("reference", citation),
        ("greeting", greeting.map(|greeting| value(&greeting.text))),
        ("greeting_fallback", fallback.map(value)),
        ("intro", rich(&bulletin.intro)),
        ("closing", rich(&bulletin.closing)),
        ("signature", signature),
    ];
    let there = all
        .into_iter()
        .filter_map(|(name, words)| Some((name, words?)));
    there
        .map(|(name, words)| Field {
            name: name.to_owned(),
            words,
        })
        .collect()
}

impl Section {
    fn new(section: &bulletin::Section) -> Self {
        Self {
            id: section.id.as_ref().map(|id| id.value.clone()),
            heading: section.heading.as_ref().map(|text| text.value.clone()),
            intro: section.intro.as_ref().map(plain),
            items: section.items.iter().map(Item::new).collect(),
        }
    }
}

impl Item {
    fn new(item: &bulletin::Item) -> Self {
        let title = item.title.as_ref().map(|title| title.value.clone());
        let link = item.link.as_ref().map(|link| link.text.value.clone());
        let parts = [title, Some(plain(&item.text)), link];
        Self {
            id: item.id.as_ref().map(|id| id.value.clone()),
            urgent: item.kind == Kind::Urgent,
            words: parts.into_iter().flatten().collect::<Vec<_>>().join("\n"),
        }
    }
}

fn name(name: &Name) -> Entry {
    let meant = match name.kind {
        NameKind::Pseudonym => "pseudonym",
        NameKind::Public => "public",
        NameKind::Staff => "staff",
        NameKind::Consented => "consented",
    };
    let note = name.note.as_ref().map(|note| format!(": {}", note.value));
    Entry {
        words: name.shown.value.clone(),
        meant: format!("{meant}{}", note.unwrap_or_default()),
    }
}

/// The words of a text, one space between two, a paragraph a line.
fn plain(text: &RichText) -> String {
    let paragraphs = text.paragraphs.iter().map(|paragraph| {
        let whole: String = paragraph
            .iter()
            .map(|run| run.text.value.as_str())
            .collect();
        whole.split_whitespace().collect::<Vec<_>>().join(" ")
    });
    paragraphs.collect::<Vec<_>>().join("\n")
}

fn links(bulletin: &Bulletin) -> Vec<Entry> {
    let mut links = Vec::new();
    let scripture = bulletin.scripture.iter().map(|part| &part.text);
    scripture
        .chain(&bulletin.intro)
        .for_each(|text| rich_links(text, &mut links));
    for section in &bulletin.sections {
        let intro = section.intro.iter();
        intro.for_each(|text| rich_links(text, &mut links));
        for item in &section.items {
            rich_links(&item.text, &mut links);
            links.extend(item.link.as_ref().map(|link| Entry {
                words: link.text.value.clone(),
                meant: link.url.to_string(),
            }));
        }
    }
    let closing = bulletin.closing.iter();
    closing.for_each(|text| rich_links(text, &mut links));
    links
}

/// The links of a text: the runs of one share its address.
fn rich_links(text: &RichText, links: &mut Vec<Entry>) {
    let mut last: Option<&Arc<str>> = None;
    for run in text.runs() {
        let Some(url) = &run.link else {
            last = None;
            continue;
        };
        match links.last_mut() {
            Some(link) if last.is_some_and(|last| Arc::ptr_eq(last, url)) => {
                link.words.push_str(&run.text.value);
            }
            _ => links.push(Entry {
                words: run.text.value.clone(),
                meant: url.to_string(),
            }),
        }
        last = Some(url);
    }
}
