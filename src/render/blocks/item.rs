//! One thing to pray for, or to give thanks for.
//!
//! An urgent item and one of praise say so in a word, which stands out by its
//! weight and its colour too: nobody has to see colours to tell them apart.

use maud::{Markup, html};

use super::{Button, Picture};
use crate::bulletin::Kind;
use crate::people::EmailAddress;
use crate::render::inline::{self, Line};
use crate::render::marks::Marks;
use crate::render::order;
use crate::render::plain::Plain;
use crate::render::theme::{self, Theme};
use crate::render::words::Words;

/// Before the first line, and before all others.
const BULLET: &str = "  • ";
const INDENT: &str = "    ";

/// The characters of a line of the column, and its height in pixels: enough to
/// know about how tall an item is.
const LINE: usize = 62;
const LINE_HEIGHT: usize = 24;

#[derive(Debug)]
pub(in crate::render) struct Item {
    label: Option<Label>,
    title: Option<String>,
    follows: Option<String>,
    lines: Vec<Line>,
    picture: Option<Picture>,
    button: Option<Button>,
}

/// What kind of item it is, where that is said.
#[derive(Debug)]
struct Label {
    kind: Kind,
    words: &'static str,
}

impl Item {
    pub(in crate::render) fn new(
        placed: &order::Placed<'_>,
        words: &Words,
        sender: &EmailAddress,
        marks: &mut Marks,
    ) -> Self {
        let item = placed.item;
        let label = match item.kind {
            Kind::Urgent => Some(words.urgent),
            // Where praise is gathered the heading says it once for all.
            Kind::Praise if !placed.gathered => Some(words.praise),
            _ => None,
        };
        let follows = item.follows.as_ref().map(|follows| {
            let asked = follows.asked.value.trim_end_matches('.');
            words.asked.sentence(follows.ago, asked)
        });
        Self {
            label: label.map(|words| Label {
                kind: item.kind,
                words,
            }),
            title: placed.title().map(|title| marks.apply(&title)),
            follows: follows.map(|sentence| marks.apply(&sentence)),
            lines: inline::marked(&item.text, marks),
            picture: item
                .image
                .as_ref()
                .map(|picture| Picture::new(picture, sender, marks)),
            button: item
                .link
                .as_ref()
                .map(|link| Button::new(marks.apply(&link.text.value), &link.url)),
        }
    }

    pub(in crate::render) fn html(&self, theme: &Theme) -> Markup {
        let label = html! {
            @if let Some(label) = &self.label {
                @if label.kind == Kind::Urgent { strong.u lang=[theme.foreign] style={ "color:" (theme.alarm) } { (label.words) } " " }
                @else { strong.p lang=[theme.foreign] style={ "color:" (theme.thanks) } { (label.words) } " " }
            }
        };
        let is_plain = self.title.is_none()
            && self.follows.is_none()
            && self.picture.is_none()
            && self.button.is_none();
        html! {
            li style="margin:0 0 12px;mso-special-format:bullet" {
                @if let (true, [line]) = (is_plain, self.lines.as_slice()) {
                    (label) (inline::html(line, theme))
                } @else {
                    @if let Some(title) = &self.title {
                        p style="margin:0 0 4px" { (label) strong { (inline::words(title, theme)) } }
                    }
                    @if let Some(follows) = &self.follows {
                        p style=(theme::PARAGRAPH) { @if self.title.is_none() { (label) } (inline::emphasis(theme, inline::words(follows, theme))) }
                    }
                    @for (index, line) in self.lines.iter().enumerate() {
                        p style=(theme::PARAGRAPH) {
                            @if index == 0 && self.title.is_none() && self.follows.is_none() { (label) }
                            (inline::html(line, theme))
                        }
                    }
                    @if let Some(picture) = &self.picture { (picture.html(theme)) }
                    @if let Some(button) = &self.button { (button.html(theme)) }
                }
            }
        }
    }

    pub(in crate::render) fn text(&self, plain: &mut Plain) {
        plain.space(1);
        let mut label = self
            .label
            .as_ref()
            .map(|label| format!("{} ", label.words))
            .unwrap_or_default();
        let mut first = BULLET;
        if let Some(title) = &self.title {
            plain.wrapped(first, INDENT, &format!("{label}{title}"));
            first = INDENT;
            label.clear();
        }
        if let Some(follows) = &self.follows {
            plain.wrapped(first, INDENT, &format!("{label}{follows}"));
            plain.space(1);
            first = INDENT;
            label.clear();
        }
        for (index, line) in self.lines.iter().enumerate() {
            if index > 0 {
                plain.space(1);
            }
            let words = inline::text(line, plain);
            plain.wrapped(first, INDENT, &format!("{label}{words}"));
            first = INDENT;
            label.clear();
        }
        if let Some(picture) = &self.picture {
            plain.space(1);
            picture.text(INDENT, INDENT, plain);
        }
        if let Some(button) = &self.button {
            button.text(INDENT, plain);
        }
    }

    /// About how tall it is in a column of 600 pixels.
    pub(in crate::render) fn height(&self) -> usize {
        let lines = |characters: usize| characters / LINE + 1;
        let shown = self.lines.iter().map(inline::length);
        let paragraphs: usize = shown.map(|length| lines(length) * LINE_HEIGHT + 12).sum();
        let above = self.title.iter().chain(&self.follows);
        let above: usize = above
            .map(|words| lines(words.chars().count()) * LINE_HEIGHT + 12)
            .sum();
        let picture = self.picture.as_ref().map_or(0, Picture::height);
        paragraphs + above + picture + if self.button.is_some() { 64 } else { 0 }
    }
}
