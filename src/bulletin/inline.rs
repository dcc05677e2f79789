//! Reads the small Markdown of bulletins: paragraphs, emphasis, strong, links.
//! Everything else of CommonMark that changes what is seen is a finding, never
//! a surprise in the mail.

use std::sync::Arc;

use pulldown_cmark::{Event, LinkType, Parser, Tag, TagEnd};

use super::{Paragraph, RichText, Run, list, same_link};
use crate::diagnostic::{Span, quote};
use crate::document::{Reader, Text};
use crate::people::check_link;

/// Set before each paragraph, so that its first characters can't begin a block
/// (a list, a heading, a quotation): CommonMark looks for those at a line's
/// start only, and a paragraph is joined to one line here.
const GUARD: &str = "x ";

/// Reads a text of the bulletin.
pub(super) fn read(reader: &Reader, text: &Text) -> RichText {
    let paragraphs = split(reader, text)
        .into_iter()
        .map(|paragraph| inline(reader, &paragraph))
        .filter(|paragraph| !paragraph.is_empty())
        .collect();
    RichText {
        paragraphs,
        span: text.span,
    }
}

/// Cuts a text into paragraphs at blank lines, each joined to one line.
fn split(reader: &Reader, text: &Text) -> Vec<Text> {
    list::report(reader, text);
    let mut paragraphs = Vec::new();
    let mut current: Option<Text> = None;
    let mut at = 0;
    for line in text.value.split_inclusive('\n') {
        let words = line.trim();
        let start = at + line.len() - line.trim_start().len();
        at += line.len();
        if words.is_empty() {
            paragraphs.extend(current.take());
            continue;
        }
        report_block(reader, text, start, words);
        let before = text.source_span(start, start);
        let paragraph = match &mut current {
            Some(paragraph) => {
                paragraph.push(" ", before);
                paragraph
            }
            None => current.insert(Text::placed(GUARD, before)),
        };
        paragraph.push_slice(text, start..start + words.len());
    }
    paragraphs.extend(current);
    paragraphs.iter().map(Text::single_spaced).collect()
}

/// Reports a line that looks like a block of Markdown, which would be shown as it stands.
fn report_block(reader: &Reader, text: &Text, start: usize, line: &str) {
    let end = line.find(char::is_whitespace).unwrap_or(line.len());
    let marker = &line[..end];
    let only = |sign: u8| line.len() > 2 && line.bytes().all(|byte| byte == sign);
    let (what, help) = match marker {
        _ if marker.starts_with('>') => ("a quotation", "write the words between quotation marks"),
        _ if marker.starts_with("```") || marker.starts_with("~~~") => {
            ("a block of code", "delete the marks")
        }
        _ if only(b'-') || only(b'=') || only(b'*') || only(b'_') => {
            ("a rule", "delete it; an empty line begins a new paragraph")
        }
        _ if marker.starts_with('|') => (
            "a table",
            "write it as sentences, or give each row an item of its own",
        ),
        _ if !marker.is_empty() && marker.len() <= 6 && marker.bytes().all(|byte| byte == b'#') => {
            (
                "a heading",
                "write it as the heading of a [[section]] or the title of an item",
            )
        }
        _ => return,
    };
    let span = text.source_span(start, start + marker.len());
    refuse(reader, span, what, help);
}

/// Reports what would be shown as it stands, or be lost.
fn refuse(reader: &Reader, span: Span, what: &str, help: &str) {
    let told = format!("{what} can't stand inside a text");
    reader.report(reader.error("unsupported-markup", span, told).help(help));
}

/// Reads one paragraph, which begins with the guard.
fn inline(reader: &Reader, text: &Text) -> Paragraph {
    let mut runs: Vec<Run> = Vec::new();
    let (mut emphasis, mut strong) = (0_u32, 0_u32);
    let mut link: Option<Arc<str>> = None;
    for (event, range) in Parser::new(&text.value).into_offset_iter() {
        let span = text.source_span(range.start, range.end);
        let refuse = |what, help| refuse(reader, span, what, help);
        match event {
            Event::Start(Tag::Emphasis) => emphasis += 1,
            Event::End(TagEnd::Emphasis) => emphasis = emphasis.saturating_sub(1),
            Event::Start(Tag::Strong) => strong += 1,
            Event::End(TagEnd::Strong) => strong = strong.saturating_sub(1),
            Event::Start(Tag::Link {
                link_type,
                dest_url,
                title,
                ..
            }) => {
                if !title.is_empty() {
                    refuse("the title of a link", "write it into the text");
                }
                if text.value[range.clone()].starts_with("[]") {
                    refuse(
                        "a link without words",
                        "write what it leads to between [ and ]",
                    );
                }
                link = target(reader, span, link_type, &dest_url);
            }
            Event::End(TagEnd::Link) => link = None,
            Event::Start(Tag::Image { .. }) => {
                refuse("an image", "delete it; images are not part of a text")
            }
            Event::Code(_) => refuse("code", "delete the marks `; an apostrophe is written ’"),
            Event::InlineHtml(_) | Event::Html(_) => {
                let words = quote(&text.value[range.clone()]);
                reader.report(
                    reader
                        .error("raw-html", span, format!("HTML such as {words} can't stand inside a text"))
                        .help("write *emphasis*, **strong** or [words](https://…); the sign < itself is written &lt;"),
                );
            }
            Event::Text(words) => {
                let same = text.value.get(range.clone()) == Some(&*words);
                let part = if same {
                    text.slice(range)
                } else {
                    // An entity such as `&#xFDD0;` may stand for what can't be typed.
                    let part = Text::placed(&*words, span);
                    reader.check_characters(&part);
                    part
                };
                match runs.last_mut() {
                    Some(last)
                        if last.emphasis == (emphasis > 0)
                            && last.strong == (strong > 0)
                            && same_link(&last.link, &link) =>
                    {
                        last.text.push_slice(&part, 0..part.value.len());
                    }
                    _ => runs.push(Run {
                        text: part,
                        emphasis: emphasis > 0,
                        strong: strong > 0,
                        link: link.clone(),
                    }),
                }
            }
            _ => {}
        }
    }
    without_guard(runs)
}

fn without_guard(mut runs: Paragraph) -> Paragraph {
    if let Some(first) = runs.first_mut()
        && first.text.value.starts_with(GUARD)
    {
        first.text = first.text.slice(GUARD.len()..first.text.value.len());
        if first.text.value.is_empty() {
            runs.remove(0);
        }
    }
    runs
}

/// Where a link inside a text leads, if it may lead there.
fn target(reader: &Reader, span: Span, link_type: LinkType, written: &str) -> Option<Arc<str>> {
    let url = if link_type == LinkType::Email {
        format!("mailto:{written}")
    } else {
        written.to_owned()
    };
    match check_link(&url) {
        Ok(url) => Some(url.into()),
        Err(problem) => {
            report_link(reader, span, written, problem);
            None
        }
    }
}

/// Reports a link that can't be followed by a reader.
pub(super) fn report_link(reader: &Reader, span: Span, written: &str, problem: &str) {
    reader.report(
        reader
            .error(
                "bad-link",
                span,
                format!("{} can't be linked: {problem}", quote(written)),
            )
            .help(
                "write a whole address: https://www.example.org/page, or mailto:name@example.org",
            ),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::SourceFile;

    #[test]
    fn an_entity_brings_in_nothing_that_can_not_be_typed() {
        for entity in ["&#xFDD0;", "&#xFDD1;", "&#x202E;", "&#7;", "&#13;"] {
            let (source, found) = SourceFile::from_bytes("x.toml", entity.as_bytes());
            let reader = Reader::new(&source, found, &[]);
            let span = Span::new(0, entity.len());
            read(&reader, &Text::placed(entity, span));
            let findings = reader.finish();
            assert_eq!(findings.len(), 1, "{entity}");
            assert_eq!(findings[0].code, "control-character");
            assert_eq!(findings[0].span(), Some(span));
        }
    }
}
