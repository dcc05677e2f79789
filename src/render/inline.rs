//! Words in a line: in HTML with emphasis and links, in plain text with a note for each link.

use std::borrow::Cow;
use std::sync::Arc;

use maud::{Markup, Render, html};

use super::bidi;
use super::marks::Marks;
use super::plain::Plain;
use super::theme::Theme;
use crate::bulletin::{RichText, Run, same_link};
use crate::people::Direction;

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
    let mut line: Line = paragraph.iter().map(Words::from).collect();
    let (mut end, mut signs) = {
        let passage = passage(&line);
        (passage.len(), marks.signs(&passage))
    };
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

/// Words in one piece, copied only where they are several.
fn passage(words: &[Words]) -> Cow<'_, str> {
    match words {
        [all] => all.text.as_str().into(),
        _ => words.iter().map(|words| words.text.as_str()).collect(),
    }
}

/// The HTML of a line.
pub(super) fn html(line: &Line, theme: &Theme) -> Markup {
    // Runs of one link stand side by side; together they are one `<a>`.
    let runs = html! {
        @for run in line.chunk_by(|one, next| same_link(&one.link, &next.link)) {
            @if let Some(url) = &run[0].link { (link(url, theme, html! { @for words in run { (set(words, theme)) } })) }
            @else { @for words in run { (set(words, theme)) } }
        }
    };
    turned(&passage(line), theme, runs)
}

/// Words that staff wrote in one piece.
pub(super) fn words(words: &str, theme: &Theme) -> Markup {
    turned(words, theme, html! { (with_numbers(words, theme)) })
}

/// Sets words apart that run against the letter: without that an address or a
/// sentence of another script has its full stop and its numbers at the wrong end.
fn turned(passage: &str, theme: &Theme, shown: Markup) -> Markup {
    match Direction::of(passage) {
        Some(way) if way != theme.direction => html! { span dir=(way.html()) { (shown) } },
        _ => shown,
    }
}

fn set(words: &Words, theme: &Theme) -> Markup {
    let plain = html! { (with_numbers(&words.text, theme)) };
    match (words.emphasis, words.strong) {
        (false, false) => plain,
        (true, false) => emphasis(theme, plain),
        (false, true) => html! { strong { (plain) } },
        (true, true) => emphasis(theme, html! { strong { (plain) } }),
    }
}

/// Words whose dates and telephone numbers are read as they are written.
fn with_numbers<'w>(words: &'w str, theme: &Theme) -> Shown<'w> {
    Shown(match theme.direction {
        Direction::Ltr => words.into(),
        Direction::Rtl => bidi::numbers(words),
    })
}

/// Words that are copied whole where nothing in them is to be escaped; maud
/// takes them byte by byte, which was a sixth of a letter's time.
pub(super) struct Shown<'w>(pub(super) Cow<'w, str>);

impl Render for Shown<'_> {
    fn render_to(&self, out: &mut String) {
        let special = |is, byte| is | matches!(byte, b'&' | b'<' | b'>' | b'"');
        if self.0.bytes().fold(false, special) {
            self.0.render_to(out);
        } else {
            out.push_str(&self.0);
        }
    }
}

/// Words set apart: slanted where the script knows that, else bold.
pub(super) fn emphasis(theme: &Theme, words: Markup) -> Markup {
    html! { em style=[theme.emphasis] { (words) } }
}

/// A link, underlined, so that it isn't known by its colour alone.
pub(super) fn link(url: &str, theme: &Theme, words: Markup) -> Markup {
    html! { a.l href=(url) style={ "color:" (theme.accent) ";text-decoration:underline" } { (words) } }
}

/// How many characters a line has.
pub(super) fn length(line: &Line) -> usize {
    line.iter().map(|words| words.text.chars().count()).sum()
}

/// The plain words of a line.
pub(super) fn text(line: &Line, plain: &mut Plain) -> String {
    let mut out = String::new();
    for run in line.chunk_by(|one, next| same_link(&one.link, &next.link)) {
        let words = passage(run);
        match &run[0].link {
            Some(url) => out.push_str(&noted(&words, url, plain)),
            None => out.push_str(&words),
        }
    }
    out
}

/// The words of a link with the number of its note, unless they say where it leads.
pub(super) fn noted(words: &str, url: &Arc<str>, plain: &mut Plain) -> String {
    let says = words.trim();
    if says == &**url
        || Some(says) == url.strip_prefix("mailto:")
        || Some(says) == url.strip_suffix('/')
    {
        return words.to_owned();
    }
    format!("{words} [{}]", plain.link(url))
}
