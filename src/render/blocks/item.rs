//! One thing to pray for.

use std::sync::Arc;

use maud::{Markup, html};

use crate::bulletin::{self, Kind};
use crate::render::inline::{self, Line};
use crate::render::marks::Marks;
use crate::render::plain::Plain;
use crate::render::theme;
use crate::render::words::Words;

/// Before the first line, and before all others.
const BULLET: &str = "  • ";
const INDENT: &str = "    ";

#[derive(Debug)]
pub(in crate::render) struct Item {
    urgent: Option<&'static str>,
    title: Option<String>,
    lines: Vec<Line>,
    link: Option<(String, Arc<str>)>,
}

impl Item {
    pub(in crate::render) fn new(item: &bulletin::Item, words: &Words, marks: &mut Marks) -> Self {
        Self {
            urgent: (item.kind == Kind::Urgent).then_some(words.urgent),
            title: item.title.as_ref().map(|text| marks.apply(&text.value)),
            lines: inline::marked(&item.text, marks),
            link: item
                .link
                .as_ref()
                .map(|link| (marks.apply(&link.text.value), Arc::clone(&link.url))),
        }
    }

    pub(in crate::render) fn html(&self) -> Markup {
        let urgent = html! {
            @if let Some(urgent) = self.urgent { strong.u style={ "color:" (theme::ALARM) } { (urgent) } " " }
        };
        html! {
            li style="margin:0 0 12px;mso-special-format:bullet" {
                @if let Some(title) = &self.title {
                    p style="margin:0 0 4px" { (urgent) strong { (title) } }
                }
                @for (index, line) in self.lines.iter().enumerate() {
                    p style=(theme::PARAGRAPH) {
                        @if index == 0 && self.title.is_none() { (urgent) }
                        (inline::html(line))
                    }
                }
                @if let Some((words, url)) = &self.link {
                    p style=(theme::PARAGRAPH) { (inline::link(url, html! { (words) })) }
                }
            }
        }
    }

    pub(in crate::render) fn text(&self, plain: &mut Plain) {
        plain.space(1);
        let mut urgent = self
            .urgent
            .map(|word| format!("{word} "))
            .unwrap_or_default();
        let mut first = BULLET;
        if let Some(title) = &self.title {
            plain.wrapped(first, INDENT, &format!("{urgent}{title}"));
            first = INDENT;
            urgent.clear();
        }
        for (index, line) in self.lines.iter().enumerate() {
            if index > 0 {
                plain.space(1);
            }
            let words = inline::text(line, plain);
            plain.wrapped(first, INDENT, &format!("{urgent}{words}"));
            first = INDENT;
            urgent.clear();
        }
        if let Some((words, url)) = &self.link {
            plain.space(1);
            let number = plain.link(url);
            plain.wrapped(first, INDENT, &format!("{words} [{number}]"));
        }
    }
}
