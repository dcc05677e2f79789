//! Which part of a bulletin a place in its file belongs to, so that a finding
//! is told beside what it speaks of, and in words that staff know.

use std::collections::HashMap;

use crate::bulletin::Bulletin;
use crate::diagnostic::{Diagnostic, Span};

/// A part of a bulletin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// What stands once, by its name for people.
    Field(&'static str),
    /// The heading or the introduction of a section, by its number from 0.
    Section(usize),
    /// An item, by the number of its section and its own, from 0.
    Item(usize, usize),
}

/// Which findings speak of a part, by their numbers.
pub(super) type Found = HashMap<Place, Vec<usize>>;

/// The parts of one bulletin, and where in its file they stand.
#[derive(Clone, Debug)]
pub(super) struct Places {
    file: String,
    fields: Vec<(Span, &'static str)>,
    /// Where each section and each item begins, in the order of the file.
    headers: Vec<(usize, Place)>,
    headings: Vec<Option<String>>,
}

impl Places {
    /// Finds the parts.
    pub(super) fn of(bulletin: &Bulletin) -> Self {
        let mut headers = Vec::new();
        for (number, section) in bulletin.sections.iter().enumerate() {
            headers.push((section.place.start, Place::Section(number)));
            for (item, place) in section.items.iter().map(|item| item.place).enumerate() {
                headers.push((place.start, Place::Item(number, item)));
            }
        }
        headers.sort_by_key(|(start, _)| *start);
        let headings = bulletin.sections.iter();
        let headings = headings.map(|section| section.heading.as_ref());
        Self {
            file: bulletin.source.name().to_owned(),
            fields: fields(bulletin),
            headers,
            headings: headings
                .map(|heading| heading.map(|text| text.value.clone()))
                .collect(),
        }
    }

    /// The part that a finding speaks of; nothing where it is of another file.
    pub(super) fn place(&self, finding: &Diagnostic) -> Option<Place> {
        let label = finding.labels.first()?;
        if label.source.name() != self.file {
            return None;
        }
        let at = label.span.start;
        let within = |span: &Span| span.start <= at && at <= span.end;
        if let Some((_, name)) = self.fields.iter().find(|(span, _)| within(span)) {
            return Some(Place::Field(name));
        }
        let next = self.headers.partition_point(|(start, _)| *start <= at);
        let header = self.headers.get(next.checked_sub(1)?);
        header.map(|(_, place)| *place)
    }

    /// The findings of each part, by their numbers.
    pub(super) fn found(&self, findings: &[Diagnostic]) -> Found {
        let mut found = HashMap::new();
        for (number, finding) in findings.iter().enumerate() {
            if let Some(place) = self.place(finding) {
                found.entry(place).or_insert_with(Vec::new).push(number);
            }
        }
        found
    }

    /// A part in words.
    pub(super) fn words(&self, place: Place) -> String {
        let heading = |section: usize| match self.headings.get(section) {
            Some(Some(heading)) => heading.clone(),
            _ => format!("section {}", section + 1),
        };
        match place {
            Place::Field(name) => name.to_owned(),
            Place::Section(section) => heading(section),
            Place::Item(section, item) => format!("{}, item {}", heading(section), item + 1),
        }
    }
}

fn fields(bulletin: &Bulletin) -> Vec<(Span, &'static str)> {
    let text = |text: &crate::document::Text| text.span;
    let rich = |text: &crate::bulletin::RichText| text.span;
    let mut fields = vec![
        (bulletin.id.span, "The bulletin as a whole"),
        (bulletin.date.span, "Date"),
        (bulletin.language.span, "Language"),
        (bulletin.title.span, "Title"),
        (bulletin.subject.span, "Subject"),
    ];
    let mut add = |span: Option<Span>, name| fields.extend(span.map(|span| (span, name)));
    add(bulletin.written.as_ref().map(|date| date.span), "Written");
    add(bulletin.author.as_ref().map(text), "Author");
    add(bulletin.preheader.as_ref().map(text), "Preheader");
    add(
        bulletin.send_at.as_ref().map(|at| at.span),
        "Time of sending",
    );
    add(bulletin.audience.as_ref().map(text), "Audience");
    if let Some(greeting) = &bulletin.greeting {
        add(Some(greeting.text.span), "Greeting");
        add(greeting.fallback.as_ref().map(text), "Greeting");
    }
    add(bulletin.intro.as_ref().map(rich), "Introduction");
    add(bulletin.closing.as_ref().map(rich), "Closing");
    if let Some(signature) = &bulletin.signature {
        add(Some(signature.name.span), "Signature");
        add(signature.role.as_ref().map(text), "Signature");
    }
    if let Some(scripture) = &bulletin.scripture {
        add(Some(scripture.text.span), "Scripture");
        add(Some(scripture.reference.span), "Scripture");
        add(scripture.translation.as_ref().map(text), "Scripture");
    }
    for name in &bulletin.names {
        add(Some(name.shown.span), "Names");
        add(name.note.as_ref().map(text), "Names");
    }
    fields
}
