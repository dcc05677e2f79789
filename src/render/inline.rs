//! Words in a line: in HTML with emphasis and links, in plain text with a note for each link.

use std::sync::Arc;

use maud::{Markup, html};

use super::marks::Marks;
use super::plain::Plain;
use super::theme;
use crate::bulletin::{RichText, Run, same_link};

/// A paragraph as it is shown.
pub(super) type Line = Vec<Words>;

/// Words set in one way, marks and all.
#[derive(Debug)]
pub(super) struct Words {
    text: String,
    emphasis: bool,
    strong: bool,
    link: Option<Arc<str>>,
}

/// Prepares a text, marking the names that it mentions first.
pub(super) fn marked(text: &RichText, marks: &mut Marks) -> Vec<Line> {
    text.paragraphs
        .iter()
        .map(|paragraph| marked_line(paragraph, marks))
        .collect()
}

/// Prepares a text in which no name is marked: it is not ours.
pub(super) fn quoted(text: &RichText) -> Vec<Line> {
    text.paragraphs
        .iter()
        .map(|paragraph| paragraph.iter().map(Words::from).collect())
        .collect()
}

/// Names are looked for in the whole paragraph, since emphasis may begin or
/// end inside one; a sign goes where the mention ends.
fn marked_line(paragraph: &[Run], marks: &mut Marks) -> Line {
    let passage: String = paragraph
        .iter()
        .map(|run| run.text.value.as_str())
        .collect();
    let mut line: Line = paragraph.iter().map(Words::from).collect();
    let mut end = passage.len();
    let mut signs = marks.signs(&passage);
    for words in line.iter_mut().rev() {
        let start = end - words.text.len();
        while let Some((at, sign)) = signs.pop_if(|(at, _)| *at > start) {
            words.text.insert_str(at - start, &sign);
        }
        end = start;
    }
    line
}

impl From<&Run> for Words {
    fn from(run: &Run) -> Self {
        Self {
            text: run.text.value.clone(),
            emphasis: run.emphasis,
            strong: run.strong,
            link: run.link.clone(),
        }
    }
}

/// The HTML of a line.
pub(super) fn html(line: &Line) -> Markup {
    // Runs of one link stand side by side; together they are one `<a>`.
    html! {
        @for run in line.chunk_by(|one, next| same_link(&one.link, &next.link)) {
            @if let Some(url) = &run[0].link { (link(url, html! { @for words in run { (set(words)) } })) }
            @else { @for words in run { (set(words)) } }
        }
    }
}

fn set(words: &Words) -> Markup {
    html! {
        @match (words.emphasis, words.strong) {
            (false, false) => (words.text),
            (true, false) => em { (words.text) },
            (false, true) => strong { (words.text) },
            (true, true) => em { strong { (words.text) } },
        }
    }
}

/// A link, underlined, so that it isn't known by its colour alone.
pub(super) fn link(url: &str, words: Markup) -> Markup {
    html! { a.l href=(url) style={ "color:" (theme::ACCENT) ";text-decoration:underline" } { (words) } }
}

/// The plain words of a line; a link gets the number of its note, unless it says where it leads.
pub(super) fn text(line: &Line, plain: &mut Plain) -> String {
    let mut out = String::new();
    for run in line.chunk_by(|one, next| same_link(&one.link, &next.link)) {
        let start = out.len();
        out.extend(run.iter().map(|words| words.text.as_str()));
        if let Some(url) = &run[0].link {
            let says = out[start..].trim();
            if says != &**url
                && Some(says) != url.strip_prefix("mailto:")
                && Some(says) != url.strip_suffix('/')
            {
                let number = plain.link(url);
                out.push_str(&format!(" [{number}]"));
            }
        }
    }
    out
}
