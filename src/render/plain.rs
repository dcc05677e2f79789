//! Writes the plain body: wrapped by display width, headings underlined, links as numbered notes.

use std::sync::Arc;

use textwrap::{
    Options, WordSeparator, WordSplitter, WrapAlgorithm, core::Word, core::display_width,
};

/// The widest line, in columns of a terminal. RFC 5322 asks for 78 at most;
/// 72 leave room for being quoted.
pub const WIDTH: usize = 72;

/// The plain body while it is written.
#[derive(Debug, Default)]
pub(super) struct Plain {
    out: String,
    links: Vec<Arc<str>>,
}

impl Plain {
    /// Sets at least `count` blank lines between what stands here and what follows.
    pub(super) fn space(&mut self, count: usize) {
        let ends = self.out.len() - self.out.trim_end_matches('\n').len();
        if ends < self.out.len() {
            self.out
                .extend(std::iter::repeat_n('\n', (count + 1).saturating_sub(ends)));
        }
    }

    /// Writes words, wrapped; the first line begins with `first`, the others with `rest`.
    pub(super) fn wrapped(&mut self, first: &str, rest: &str, words: &str) {
        self.out.push_str(&wrap(first, rest, words));
        self.out.push('\n');
    }

    /// Writes a heading on lines of its own, underlined as wide as it is.
    pub(super) fn heading(&mut self, words: &str, line: char) {
        let wrapped = wrap("", "", words);
        let width = wrapped.lines().map(display_width).max().unwrap_or(0);
        self.out.push_str(&wrapped);
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n(line, width));
        self.out.push('\n');
    }

    /// Writes a line as it stands.
    pub(super) fn line(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    /// The number of the note for a link, from 1; links to the same place share one.
    pub(super) fn link(&mut self, url: &Arc<str>) -> usize {
        let known = self.links.iter().position(|link| link == url);
        known.unwrap_or_else(|| {
            self.links.push(Arc::clone(url));
            self.links.len() - 1
        }) + 1
    }

    /// Writes the notes of all links so far, each whole on a line of its own.
    pub(super) fn link_notes(&mut self) {
        if self.links.is_empty() {
            return;
        }
        self.space(1);
        for (index, url) in self.links.iter().enumerate() {
            self.out.push_str(&format!("[{}] {url}\n", index + 1));
        }
    }

    /// The body, with one line end at its end.
    pub(super) fn finish(mut self) -> String {
        self.out.truncate(self.out.trim_end_matches('\n').len());
        self.out.push('\n');
        self.out
    }
}

/// Wraps words to lines of at most [`WIDTH`] columns, joined by `\n`, without
/// one at the end. An address of the web is never broken.
pub fn wrap(first: &str, rest: &str, words: &str) -> String {
    let options = Options::new(WIDTH)
        .initial_indent(first)
        .subsequent_indent(rest)
        .break_words(false)
        .word_separator(WordSeparator::Custom(separate))
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit);
    textwrap::fill(words, options)
}

/// Separates at spaces; inside what stands between two spaces, where the
/// script allows it (UAX #14), unless it is ASCII or an address.
fn separate(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    Box::new(WordSeparator::AsciiSpace.find_words(line).flat_map(
        |word| -> Box<dyn Iterator<Item = Word<'_>>> {
            if word.word.is_ascii() || word.word.contains("://") || word.word.contains('@') {
                return Box::new(std::iter::once(word));
            }
            let mut parts: Vec<Word<'_>> = WordSeparator::UnicodeBreakProperties
                .find_words(word.word)
                .collect();
            if let Some(last) = parts.last_mut() {
                last.whitespace = word.whitespace;
            }
            Box::new(parts.into_iter())
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_as_wide_as_they_look() {
        let wide = "祈".repeat(100);
        for line in wrap("  • ", "    ", &wide).lines() {
            assert!(display_width(line) <= WIDTH, "{line}");
        }
        assert_eq!(
            wrap("", "", &wide).lines().next().map(display_width),
            Some(WIDTH)
        );
        let marked = "e\u{301}".repeat(72);
        assert_eq!(wrap("", "", &marked).lines().count(), 1);
    }

    #[test]
    fn addresses_stay_whole() {
        let url = format!("https://www.example.org/{}/ü", "long-path/".repeat(12));
        assert!(
            wrap("", "", &format!("See {url} for more"))
                .lines()
                .any(|line| line == url)
        );
    }
}
