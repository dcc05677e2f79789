//! Findings for people: each with its place, the words underlined, and what to do.
//!
//! annotate-snippets draws them and scans all of the text that it is given, so
//! it gets only the lines that a finding speaks of.

use std::borrow::Cow;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Patch, Renderer, Snippet};

use super::{Diagnostic, Label, Severity, SourceFile, Span, printable};

/// A line longer than this many bytes is shown only around the words at fault.
const LONG_LINE: usize = 4_000;
/// How many bytes of such a line are shown on either side.
const AROUND: usize = 200;

/// Labels more lines apart than this are drawn apart, and one over more lines by its first.
const FAR: usize = 50;

/// How findings are drawn.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Colours and bold type by ANSI sequences.
    pub color: bool,
    /// The width to fit into, in columns.
    pub width: usize,
    /// Plain sentences in place of drawings, for screen readers and braille.
    pub spoken: bool,
}

/// Draws one finding, with a final line end.
pub fn render(diagnostic: &Diagnostic, style: Style) -> String {
    let renderer = if style.color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let renderer = renderer.term_width(style.width).no_graphics(style.spoken);
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };

    let mut group = Group::with_title(
        level
            .primary_title(printable(&diagnostic.message))
            .id(diagnostic.code),
    );
    for labels in by_place(&diagnostic.labels) {
        group = group.elements(excerpt(&labels));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(printable(help)));
    }
    let mut report = vec![group];
    if let Some((fix, label)) = diagnostic.fix.as_ref().zip(diagnostic.labels.first()) {
        let window = Window::around(&label.source, &[fix.span]);
        let patch = Patch::new(window.range(fix.span), printable(&fix.replacement));
        report.push(
            Group::with_title(Level::HELP.secondary_title("write")).element(
                Snippet::source(window.text)
                    .line_start(window.first_line)
                    .patch(patch),
            ),
        );
    }
    let mut drawn = renderer.render(&report);
    drawn.push('\n');
    drawn
}

/// Draws several findings, a blank line between two.
pub fn render_all<'a>(findings: impl IntoIterator<Item = &'a Diagnostic>, style: Style) -> String {
    let drawn: Vec<_> = findings
        .into_iter()
        .map(|finding| render(finding, style))
        .collect();
    drawn.join("\n")
}

/// Groups labels by their file and place, in order of first mention.
fn by_place(labels: &[Label]) -> Vec<Vec<&Label>> {
    let mut places: Vec<Vec<&Label>> = Vec::new();
    for label in labels {
        match places.iter_mut().find(|place| is_near(place[0], label)) {
            Some(place) => place.push(label),
            None => places.push(vec![label]),
        }
    }
    places
}

fn is_near(one: &Label, other: &Label) -> bool {
    let line = |label: &Label| label.source.line_index(label.span.start);
    Arc::ptr_eq(&one.source, &other.source) && line(one).abs_diff(line(other)) <= FAR
}

/// What is drawn of a label.
fn shown(source: &SourceFile, span: Span) -> Span {
    let line = source.line_index(span.start);
    if source.line_index(span.end) - line <= FAR {
        return span;
    }
    Span::new(span.start, source.line_span(line).end)
}

/// The place as `file:line:column`, then the lines with the labels under them.
fn excerpt<'a>(labels: &[&'a Label]) -> Vec<Element<'a>> {
    let source = &labels[0].source; // `by_place` makes no empty group
    let spans: Vec<_> = labels
        .iter()
        .map(|label| shown(source, label.span))
        .collect();
    let window = Window::around(source, &spans);
    let annotations: Vec<_> = labels
        .iter()
        .zip(&spans)
        .enumerate()
        .map(|(index, (label, &span))| {
            let kind = if index == 0 {
                AnnotationKind::Primary
            } else {
                AnnotationKind::Context
            };
            kind.span(window.range(span))
                .label(Cow::Owned::<str>(printable(&label.text)))
        })
        .collect();
    let name = printable(source.name());
    let snippet = Snippet::source(window.text)
        .line_start(window.first_line)
        .annotations(annotations);
    if !window.cropped {
        return vec![snippet.path(name).into()];
    }
    // The column in a cropped line is not the one in the file.
    let position = source.position(labels[0].span.start);
    let origin = Origin::path(name)
        .line(position.line)
        .char_column(position.column);
    vec![origin.into(), snippet.into()]
}

/// Some lines of a file, line ends as `\n`, and how offsets in the file map into them.
struct Window {
    text: String,
    /// From 1.
    first_line: usize,
    /// For each piece of a line that was taken: where in the file, where in `text`.
    pieces: Vec<(Span, usize)>,
    /// Whether a line is not there from its start.
    cropped: bool,
}

impl Window {
    fn around(source: &SourceFile, spans: &[Span]) -> Self {
        let first = spans.iter().map(|span| span.start).min().unwrap_or(0);
        let last = spans.iter().map(|span| span.end).max().unwrap_or(0);
        let first_line = source.line_index(first.min(source.text().len()));
        let last_line = source.line_index(last.min(source.text().len()));

        let mut text = String::new();
        let mut pieces = Vec::new();
        let mut cropped = false;
        for index in first_line..=last_line {
            let mut line = source.line_span(index);
            if line.end - line.start > LONG_LINE {
                line = crop(source, line, spans);
                cropped = true;
            }
            pieces.push((line, text.len()));
            text.push_str(source.slice(line));
            text.push('\n');
        }
        Self {
            text,
            first_line: first_line + 1,
            pieces,
            cropped,
        }
    }

    /// Where an offset of the file stands in the window.
    fn offset(&self, offset: usize) -> usize {
        let index = self
            .pieces
            .partition_point(|(line, _)| line.start <= offset)
            .saturating_sub(1);
        let (line, start) = self.pieces[index]; // `around` takes at least one line
        start + offset.clamp(line.start, line.end) - line.start
    }

    fn range(&self, span: Span) -> std::ops::Range<usize> {
        self.offset(span.start)..self.offset(span.end)
    }
}

/// The part of a very long line that lies around the labels on it.
fn crop(source: &SourceFile, line: Span, spans: &[Span]) -> Span {
    let start = spans
        .iter()
        .map(|span| span.start)
        .find(|start| (line.start..=line.end).contains(start));
    let start = start.unwrap_or(line.start);
    let text = source.text();
    Span::new(
        text.floor_char_boundary(start.saturating_sub(AROUND).max(line.start)),
        text.floor_char_boundary((start + AROUND).min(line.end)),
    )
}
