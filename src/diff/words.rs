//! Two texts compared word by word: the longest sequence of words that both
//! have (LCS), and what each has besides.
//!
//! Written here rather than taken from the `similar` crate, which bounds its
//! work by a deadline: the same two texts must give the same answer on a slow
//! machine. The work here is bounded by a count of cells; what is larger is
//! told as one text in place of another.

use std::cmp::Ordering;
use std::collections::HashMap;

use unicode_width::UnicodeWidthChar;

/// A run of words.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "is", content = "words", rename_all = "lowercase")]
pub enum Piece {
    /// Both have it.
    Same(String),
    /// Only the earlier text has it.
    Gone(String),
    /// Only the later text has it.
    New(String),
}

/// How many cells of a table may still be filled: about a nanosecond each, and four bytes while a text is compared.
#[derive(Debug)]
pub(super) struct Budget(usize);

/// The most cells for one pair of texts: 2,000 words each.
const MOST_CELLS: usize = 4_000_000;

impl Default for Budget {
    fn default() -> Self {
        Self(4 * MOST_CELLS)
    }
}

impl Budget {
    /// Takes some cells, if there are so many.
    pub(super) fn take(&mut self, cells: usize) -> bool {
        if cells > self.0.min(MOST_CELLS) {
            return false;
        }
        self.0 -= cells;
        true
    }
}

/// Below this share of common words a text is another one.
const ALIKE: f64 = 0.4;

/// Compares two texts. Put together, what is the same and what is new are the
/// later text; what is the same and what is gone, the earlier one but for its spaces.
pub(super) fn compare(before: &str, now: &str, budget: &mut Budget) -> Vec<Piece> {
    let (old, new) = (words(before), words(now));
    let other = || {
        let all = [Piece::Gone(before.to_owned()), Piece::New(now.to_owned())];
        all.into_iter()
            .filter(|piece| !text(piece).is_empty())
            .collect()
    };
    let Some(common) = common(&old, &new, budget) else {
        return other();
    };
    let longer = old.len().max(new.len());
    if (common.len() as f64) < ALIKE * longer as f64 {
        return other();
    }
    pieces(&old, &new, &common)
}

/// The words of texts as numbers, sorted, so that many texts are compared quickly.
#[derive(Debug, Default)]
pub(super) struct Bags<'t>(HashMap<&'t str, u32>);

impl<'t> Bags<'t> {
    /// The words of one text.
    pub(super) fn of(&mut self, text: &'t str) -> Vec<u32> {
        let mut bag: Vec<_> = words(text)
            .into_iter()
            .map(|word| {
                let next = self.0.len() as u32; // a file has at most a million bytes
                *self.0.entry(word.trim_end()).or_insert(next)
            })
            .collect();
        bag.sort_unstable();
        bag
    }
}

/// How much two texts have in common, from 0 to 1: the share of their words, in any order.
pub(super) fn likeness(one: &[u32], other: &[u32]) -> f64 {
    let (mut i, mut j, mut common) = (0, 0, 0_usize);
    while let (Some(a), Some(b)) = (one.get(i), other.get(j)) {
        match a.cmp(b) {
            Ordering::Less => i += 1,
            Ordering::Greater => j += 1,
            Ordering::Equal => {
                common += 1;
                (i, j) = (i + 1, j + 1);
            }
        }
    }
    2.0 * common as f64 / (one.len() + other.len()).max(1) as f64
}

/// The words of a piece.
pub(super) fn text(piece: &Piece) -> &str {
    match piece {
        Piece::Same(words) | Piece::Gone(words) | Piece::New(words) => words,
    }
}

/// Cuts a text into words with the spaces behind them; wide characters, such as
/// those of Japanese, which has no spaces, are words of their own.
pub(super) fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut before: Option<char> = None;
    for (at, char) in text.char_indices() {
        let wide = |char: char| char.width() == Some(2);
        let begins = match before {
            None => false,
            Some(before) => {
                let after_space = before.is_whitespace() && !char.is_whitespace();
                after_space || (!char.is_whitespace() && (wide(before) || wide(char)))
            }
        };
        if begins {
            words.push(&text[start..at]);
            start = at;
        }
        before = Some(char);
    }
    if start < text.len() {
        words.push(&text[start..]);
    }
    words
}

/// The places of the words that both have, as pairs in order; nothing where there are too many words to say.
fn common(old: &[&str], new: &[&str], budget: &mut Budget) -> Option<Vec<(usize, usize)>> {
    let same = |one: &&str, other: &&str| one.trim_end() == other.trim_end();
    let start = old
        .iter()
        .zip(new)
        .take_while(|(one, other)| same(one, other))
        .count();
    let (old_rest, new_rest) = (&old[start..], &new[start..]); // `start` is in both
    let end = old_rest
        .iter()
        .rev()
        .zip(new_rest.iter().rev())
        .take_while(|(one, other)| same(one, other))
        .count();
    let (old_middle, new_middle) = (
        &old_rest[..old_rest.len() - end], // `end` is in both rests
        &new_rest[..new_rest.len() - end],
    );
    if !budget.take(old_middle.len().saturating_mul(new_middle.len())) {
        return None;
    }
    let middle = longest(old_middle, new_middle);
    let middle = middle
        .into_iter()
        .map(|(one, other)| (start + one, start + other));
    let ends = (0..end).map(|back| (old.len() - end + back, new.len() - end + back));
    Some(
        (0..start)
            .map(|at| (at, at))
            .chain(middle)
            .chain(ends)
            .collect(),
    )
}

/// The longest common subsequence, by the table of its lengths.
fn longest(old: &[&str], new: &[&str]) -> Vec<(usize, usize)> {
    let mut numbers = HashMap::new();
    let [old, new] = [old, new].map(|words| -> Vec<usize> {
        words
            .iter()
            .map(|word| {
                let next = numbers.len();
                *numbers.entry(word.trim_end()).or_insert(next)
            })
            .collect()
    });
    let width = new.len() + 1;
    // At `i * width + j`: how many words the rests from `i` and from `j` have in common.
    let mut lengths = vec![0_u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            let at = i * width + j; // both tables' sides are one longer than the words
            lengths[at] = if old[i] == new[j] {
                lengths[at + width + 1] + 1
            } else {
                lengths[at + width].max(lengths[at + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut common = Vec::new();
    while i < old.len() && j < new.len() {
        let at = i * width + j;
        if old[i] == new[j] {
            common.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if lengths[at + width] >= lengths[at + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    common
}

/// Runs of words, what is gone before what is new.
fn pieces(old: &[&str], new: &[&str], common: &[(usize, usize)]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let (mut i, mut j) = (0, 0);
    let mut same = String::new();
    let end = (old.len(), new.len());
    for &(one, other) in common.iter().chain([&end]) {
        // `common` ascends in both, and ends with the lengths.
        let (gone, come) = (old[i..one].concat(), new[j..other].concat());
        if !(gone.is_empty() && come.is_empty()) {
            push(&mut pieces, Piece::Same(std::mem::take(&mut same)));
            push(&mut pieces, Piece::Gone(gone));
            push(&mut pieces, Piece::New(come));
        }
        same.push_str(new.get(other).copied().unwrap_or_default());
        (i, j) = (one + 1, other + 1);
    }
    push(&mut pieces, Piece::Same(same));
    pieces
}

fn push(pieces: &mut Vec<Piece>, piece: Piece) {
    if !text(&piece).is_empty() {
        pieces.push(piece);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(before: &str, now: &str) -> String {
        let pieces = compare(before, now, &mut Budget::default());
        let told = pieces.iter().map(|piece| match piece {
            Piece::Same(words) => words.clone(),
            Piece::Gone(words) => format!("[-{words}-]"),
            Piece::New(words) => format!("{{+{words}+}}"),
        });
        told.collect()
    }

    #[test]
    fn words_are_compared_and_not_letters() {
        assert_eq!(
            told("Pray for rain in May.", "Pray for rain in June."),
            "Pray for rain in [-May.-]{+June.+}"
        );
        assert_eq!(told("a b c d", "a b c d"), "a b c d");
        assert_eq!(told("a b d e", "a b c d e"), "a b {+c +}d e");
        assert_eq!(told("", "all new"), "{+all new+}");
        assert_eq!(told("all gone", ""), "[-all gone-]");
        assert_eq!(
            told("one two three", "four five six"),
            "[-one two three-]{+four five six+}"
        );
    }

    #[test]
    fn japanese_has_no_spaces_and_is_compared_all_the_same() {
        assert_eq!(
            told("神は愛です。", "神は光です。"),
            "神は[-愛-]{+光+}です。"
        );
    }

    #[test]
    fn what_is_too_large_is_one_text_in_place_of_another() {
        let [one, other] = ["a ", "b "].map(|word| word.repeat(30_000));
        let start = std::time::Instant::now();
        let pieces = compare(&one, &other, &mut Budget::default());
        assert_eq!(pieces, [Piece::Gone(one), Piece::New(other)]);
        assert!(start.elapsed().as_secs() < 2);
    }

    #[test]
    fn the_work_is_bounded_over_all_texts() {
        let mut budget = Budget::default();
        let taken = (0..100).filter(|_| budget.take(MOST_CELLS)).count();
        assert_eq!(taken, 4);
    }

    proptest! {
        #[test]
        fn nothing_is_lost(before in "[ab神 \n]{0,30}", now in "[ab神 \n]{0,30}") {
            let pieces = compare(&before, &now, &mut Budget::default());
            let kept = |leave: fn(&Piece) -> bool| {
                let kept = pieces.iter().filter(|piece| !leave(piece)).map(text);
                kept.collect::<String>()
            };
            prop_assert_eq!(kept(|piece| matches!(piece, Piece::Gone(_))), now);
            let bare = |text: &str| text.split_whitespace().collect::<String>();
            let earlier = kept(|piece| matches!(piece, Piece::New(_)));
            prop_assert_eq!(bare(&earlier), bare(&before));
        }
    }
}
