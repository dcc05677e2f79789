//! Letters that the relay refuses when it has read them: one may be about its
//! recipient, many in the same words are about us, and then nobody is charged.

use std::collections::VecDeque;

use crate::ledger::Mark;
use crate::smtp::Reply;

/// How many dots back one looks, and so how long a refusal is held back.
const LAST: u64 = 100;

/// So many of them in the same words are no accident: a block (row of five in a hundred).
const MOST: usize = 5;

/// What has been refused at the dot lately, and charges nobody yet.
#[derive(Debug, Default)]
pub(in crate::delivery) struct Blocked {
    /// Dots that have had an answer.
    dots: u64,
    /// Whether a letter was taken.
    some_went: bool,
    /// There were too many: nobody is charged any more.
    is_lost: bool,
    held: VecDeque<Held>,
}

#[derive(Debug)]
struct Held {
    /// The dot that it was.
    dot: u64,
    /// The words, without what differs from letter to letter.
    words: String,
    mark: Mark,
    /// The row of the list that it is for.
    row: String,
}

impl Blocked {
    /// A letter was taken. Returns the refusals that have become old enough to count.
    pub(in crate::delivery) fn accepted(&mut self) -> Vec<Mark> {
        self.some_went = true;
        self.dots += 1;
        let mut old = Vec::new();
        while let Some(held) = self.held.pop_front_if(|held| held.dot + LAST <= self.dots) {
            old.push(held.mark);
        }
        old
    }

    /// A letter was refused. Returns how many there are in the same words, where that is too many.
    pub(in crate::delivery) fn refused(
        &mut self,
        mark: Mark,
        row: String,
        reply: &Reply,
    ) -> Option<usize> {
        self.dots += 1;
        if self.is_lost {
            return None;
        }
        let words = words(reply);
        let same = self.held.iter().filter(|held| held.words == words).count() + 1;
        let dot = self.dots;
        self.held.push_back(Held {
            dot,
            words,
            mark,
            row,
        });
        if same < MOST {
            return None;
        }
        self.held.clear();
        self.is_lost = true;
        Some(same)
    }

    /// Whether a letter was refused is in doubt: then it isn't held back.
    pub(in crate::delivery) fn forget(&mut self, letter: i64) {
        self.held.retain(|held| held.mark.letter != letter);
    }

    /// Everybody has been tried. Returns the refusals, which count now; or, where
    /// no letter was taken at all, the last of them, which says more about us, and its row.
    pub(in crate::delivery) fn at_the_end(&mut self) -> Result<Vec<Mark>, (Mark, String)> {
        let mut held = std::mem::take(&mut self.held);
        if self.some_went {
            return Ok(held.into_iter().map(|held| held.mark).collect());
        }
        held.pop_back()
            .map_or(Ok(Vec::new()), |last| Err((last.mark, last.row)))
    }
}

/// A reply without the words that have a digit, an address or a link in them.
fn words(reply: &Reply) -> String {
    let differs = |word: &&str| {
        word.contains(['@', '<', '/']) || word.bytes().any(|byte| byte.is_ascii_digit())
    };
    let words = reply.text.split_whitespace().filter(|word| !differs(word));
    let words: Vec<_> = words.collect();
    format!("{} {:?} {}", reply.code, reply.enhanced, words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::relay::judge::read;
    use crate::ledger::State;

    fn mark(letter: i64) -> Mark {
        Mark {
            letter,
            state: State::Refused,
            due: None,
            told: None,
        }
    }

    fn row() -> String {
        "recipients.csv:2".to_owned()
    }

    #[test]
    fn five_in_the_same_words_are_a_block() {
        let mut blocked = Blocked::default();
        blocked.accepted();
        for letter in 1..5 {
            let reply = read(&format!("554 5.7.1 [{letter}A7] looks like spam"));
            assert_eq!(blocked.refused(mark(letter), row(), &reply), None);
        }
        let other = read("554 5.7.1 not for this recipient");
        assert_eq!(blocked.refused(mark(9), row(), &other), None);
        let fifth = read("554 5.7.1 [ZZ9] looks like spam");
        assert_eq!(blocked.refused(mark(5), row(), &fifth), Some(5));
        assert_eq!(
            blocked.refused(mark(6), row(), &fifth),
            None,
            "it was under way"
        );
        assert_eq!(blocked.at_the_end(), Ok(Vec::new()), "nobody is charged");
    }

    #[test]
    fn one_among_many_counts_when_it_is_old_or_all_have_been_tried() {
        let mut blocked = Blocked::default();
        let reply = read("554 5.7.1 looks like spam");
        let mut charged = Vec::new();
        for letter in 0..1_000 {
            if letter % 30 == 29 {
                assert_eq!(
                    blocked.refused(mark(letter), row(), &reply),
                    None,
                    "{letter}"
                );
            } else {
                charged.extend(blocked.accepted());
            }
        }
        assert!(charged.len() >= 29, "{}", charged.len());
        charged.extend(blocked.at_the_end().unwrap());
        assert_eq!(charged.len(), 33);
    }

    #[test]
    fn where_nothing_went_nobody_is_charged() {
        let mut blocked = Blocked::default();
        let reply = read("550 5.7.26 unauthenticated");
        blocked.refused(mark(1), row(), &reply);
        blocked.refused(mark(2), row(), &reply);
        assert_eq!(blocked.at_the_end(), Err((mark(2), row())));
        assert_eq!(blocked.at_the_end(), Ok(Vec::new()));
    }
}
