//! Writes the plain body: wrapped by display width, headings underlined, links as numbered notes.

use std::collections::HashMap;
use std::sync::Arc;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The widest line, in columns of a terminal. RFC 5322 asks for 78 at most;
/// 72 leave room for being quoted.
pub const WIDTH: usize = 72;

/// The plain body while it is written.
#[derive(Debug, Default)]
pub(super) struct Plain {
    out: String,
    links: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, usize>,
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
        let width = wrapped.lines().map(width).max().unwrap_or(0);
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
        let links = &mut self.links;
        *self.numbers.entry(Arc::clone(url)).or_insert_with(|| {
            links.push(Arc::clone(url));
            links.len()
        })
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
/// one at the end. The first line begins with `first`, the others with `rest`.
/// A line ends at a space, or where the script of a word allows it (UAX #14);
/// an address of the web is never broken.
pub fn wrap(first: &str, rest: &str, words: &str) -> String {
    let mut out = String::with_capacity(words.len() + words.len() / 16 + first.len());
    out.push_str(first);
    let mut column = width(first);
    let mut line_is_empty = true;
    for word in words.split(' ').filter(|word| !word.is_empty()) {
        let mut start = 0;
        for end in breaks(word) {
            let part = &word[start..end];
            let space = usize::from(start == 0 && !line_is_empty);
            if !line_is_empty && column + space + width(part) > WIDTH {
                out.push('\n');
                out.push_str(rest);
                column = width(rest);
            } else if space == 1 {
                out.push(' ');
                column += 1;
            }
            out.push_str(part);
            column += width(part);
            line_is_empty = false;
            start = end;
        }
    }
    out
}

/// Where a line may end inside a word, and the end of the word. Inside one of
/// a script that sets spaces between its words it may not, nor inside an address.
fn breaks(word: &str) -> Vec<usize> {
    let mut ends = Vec::new();
    if word.chars().any(breaks_without_space) {
        let addresses = addresses(word);
        let inside = |at: usize| {
            addresses
                .iter()
                .any(|address| address.start < at && at < address.end)
        };
        let allowed = unicode_linebreak::linebreaks(word).map(|(at, _)| at);
        let mut start = 0;
        for at in allowed
            .filter(|&at| at < word.len() && !inside(at))
            .chain([word.len()])
        {
            // No dictionary tells the words of Thai and its neighbours apart: too long a piece is cut where a letter ends.
            if width(&word[start..at]) > WIDTH / 2
                && !word[start..at].is_ascii()
                && !addresses.contains(&(start..at))
            {
                let letters = word[start..at].char_indices().skip(1);
                ends.extend(
                    letters
                        .filter(|(_, char)| char.width() != Some(0))
                        .map(|(letter, _)| start + letter),
                );
            }
            ends.push(at);
            start = at;
        }
    } else {
        ends.push(word.len());
    }
    ends
}

/// The addresses of the web or of mail in a word: the ASCII around `://` or `@`.
fn addresses(word: &str) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for (at, char) in word.char_indices().chain([(word.len(), '\u{FFFF}')]) {
        if char.is_ascii() {
            continue;
        }
        let run = &word[start..at];
        if run.contains("://") || run.contains('@') {
            found.push(start..at);
        }
        start = at + char.len_utf8();
    }
    found
}

/// The columns that words take on a terminal (UAX #11).
fn width(words: &str) -> usize {
    if words.is_ascii() {
        words.len()
    } else {
        words.width()
    }
}

/// Says whether a line may break at a character although no space stands
/// there: those from Thai on, quotation marks apart.
fn breaks_without_space(char: char) -> bool {
    char >= '\u{E00}' && !matches!(char, '\u{2018}'..='\u{201F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_as_wide_as_they_look() {
        let wide = "祈".repeat(100);
        for line in wrap("  • ", "    ", &wide).lines() {
            assert!(width(line) <= WIDTH, "{line}");
        }
        assert_eq!(wrap("", "", &wide).lines().next().map(width), Some(WIDTH));
        let marked = "e\u{301}".repeat(72);
        assert_eq!(wrap("", "", &marked).lines().count(), 1);
    }

    #[test]
    fn scripts_without_spaces_are_wrapped() {
        let url = "https://www.example.org/a/b/c";
        for words in [
            format!("{}{url}{}", "祈り。".repeat(40), "祈り。".repeat(40)),
            "ขอพระเจ้าอวยพร".repeat(20),
        ] {
            let wrapped = wrap("  • ", "    ", &words);
            assert!(
                wrapped.lines().all(|line| width(line) <= WIDTH),
                "{wrapped}"
            );
            let joined: String = wrapped
                .lines()
                .map(|line| line.trim_start_matches("  • ").trim_start())
                .collect();
            assert_eq!(joined, words);
            assert!(!words.contains(url) || wrapped.contains(url), "{wrapped}");
        }
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
