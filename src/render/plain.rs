//! Writes the plain body: wrapped by display width, headings underlined, links as numbered notes.

use std::collections::HashMap;
use std::sync::Arc;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::bidi;
use crate::people::Direction;

/// The widest line, in columns of a terminal. RFC 5322 asks for 78 at most;
/// 72 leave room for being quoted.
pub const WIDTH: usize = 72;

/// The plain body while it is written.
#[derive(Debug)]
pub(super) struct Plain {
    out: String,
    /// Of what is written now.
    direction: Direction,
    links: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, usize>,
}

impl Plain {
    pub(super) fn new(direction: Direction) -> Self {
        Self {
            out: String::new(),
            direction,
            links: Vec::new(),
            numbers: HashMap::new(),
        }
    }

    /// Goes on in another direction.
    pub(super) fn turn(&mut self, direction: Direction) {
        self.direction = direction;
    }

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
        let wrapped = wrap(first, rest, words);
        wrapped.split('\n').for_each(|line| self.line(line));
    }

    /// Writes a heading on lines of its own, underlined as wide as it is.
    pub(super) fn heading(&mut self, words: &str, line: char) {
        let wrapped = wrap("", "", words);
        let width = wrapped.lines().map(width).max().unwrap_or(0);
        wrapped.split('\n').for_each(|line| self.line(line));
        self.line(&String::from_iter(std::iter::repeat_n(line, width)));
    }

    /// Writes a line.
    pub(super) fn line(&mut self, line: &str) {
        self.out.push_str(&bidi::line(line, self.direction));
        self.out.push('\n');
    }

    /// Writes an address as it stands: programs would take a mark for a part of it.
    pub(super) fn address(&mut self, address: &str) {
        self.out.push_str(address);
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
    let mut out = String::with_capacity(words.len() + words.len() / 8 + first.len());
    out.push_str(first);
    let mut column = width(first);
    let mut line_is_empty = true;
    // As an array: to search for one byte costs more than to look at words this short.
    for word in words.split([' ']).filter(|word| !word.is_empty()) {
        let mut begins = true;
        let mut put = |part: &str, wide: usize| {
            let space = usize::from(begins && !line_is_empty);
            if !line_is_empty && column + space + wide > WIDTH {
                out.push('\n');
                out.push_str(rest);
                column = width(rest);
            } else if space == 1 {
                out.push(' ');
                column += 1;
            }
            out.push_str(part);
            column += wide;
            (line_is_empty, begins) = (false, false);
        };
        // Inside a word of a script that sets spaces between its words no line ends.
        if word.is_ascii() {
            put(word, word.len());
        } else if !word.chars().any(breaks_without_space) {
            put(word, width(word));
        } else {
            let mut start = 0;
            for end in breaks(word) {
                let part = &word[start..end];
                put(part, width(part));
                start = end;
            }
        }
    }
    out
}

/// Where a line may end inside a word, and the end of the word; inside an
/// address it may not.
fn breaks(word: &str) -> Vec<usize> {
    let mut ends = Vec::new();
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
/// there: those from Thai on, quotation marks apart, and those of Korean, which
/// sets spaces between its words.
fn breaks_without_space(char: char) -> bool {
    let is_hangul = matches!(
        char,
        '\u{1100}'..='\u{11FF}'
            | '\u{3130}'..='\u{318F}'
            | '\u{A960}'..='\u{A97F}'
            | '\u{AC00}'..='\u{D7FF}'
    );
    char >= '\u{E00}' && !is_hangul && !matches!(char, '\u{2018}'..='\u{201F}')
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
    fn korean_is_wrapped_between_its_words() {
        let words = "앞으로 몇 주 동안 비가 내리도록 기도해 주십시오. ".repeat(6);
        let wrapped = wrap("  • ", "    ", &words);
        assert!(wrapped.lines().all(|line| width(line) <= WIDTH));
        let read: Vec<_> = wrapped.split_whitespace().skip(1).collect();
        assert_eq!(read, words.split_whitespace().collect::<Vec<_>>());
    }

    #[test]
    fn no_mark_is_taken_from_its_letter() {
        // Vietnamese as it is typed in pieces, pointed Hebrew, Devanagari, Thai; emoji of several signs.
        for letter in [
            "e\u{302}\u{301}",
            "ש\u{5C1}\u{5B8}",
            "कि",
            "กำ\u{E49}",
            "か\u{3099}",
            "👨\u{200D}👩\u{200D}👧",
        ] {
            let words = letter.repeat(100);
            let wrapped = wrap("", "", &words);
            assert_eq!(wrapped.replace('\n', ""), words);
            for line in wrapped.lines() {
                assert!(line.len().is_multiple_of(letter.len()), "{letter}: {line}");
            }
        }
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
