//! Refusals before the first letter is taken: if there are many, they say more
//! about us or the relay than about the recipients, and nobody is charged.

use crate::ledger::Mark;

/// So many refusals in a row, before anything is accepted, are no accident.
const MOST: usize = 10;

/// What is held back until a letter is taken.
#[derive(Debug, Default)]
pub(in crate::delivery) struct Early {
    /// A letter was taken.
    is_over: bool,
    /// There were too many: nobody is charged any more.
    is_lost: bool,
    held: Vec<Mark>,
}

impl Early {
    /// A letter was taken: what was held back counts, and whatever follows counts at once.
    pub(in crate::delivery) fn accepted(&mut self) -> Vec<Mark> {
        self.is_over = true;
        std::mem::take(&mut self.held)
    }

    /// A recipient was refused. Returns what counts now, or how many refusals are too many.
    pub(in crate::delivery) fn refused(&mut self, mark: Mark) -> Result<Vec<Mark>, usize> {
        if self.is_over {
            return Ok(vec![mark]);
        }
        if !self.is_lost {
            self.held.push(mark);
        }
        if self.held.len() < MOST {
            return Ok(Vec::new());
        }
        self.held.clear();
        self.is_lost = true;
        Err(MOST)
    }

    /// Everybody has been tried: what was held back counts.
    pub(in crate::delivery) fn at_the_end(&mut self) -> Vec<Mark> {
        std::mem::take(&mut self.held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::State;

    fn mark(letter: i64) -> Mark {
        Mark {
            letter,
            state: State::Refused,
            due: None,
            told: None,
        }
    }

    #[test]
    fn ten_refusals_at_the_beginning_charge_nobody() {
        let mut early = Early::default();
        for letter in 1..10 {
            assert_eq!(early.refused(mark(letter)), Ok(Vec::new()));
        }
        assert_eq!(early.refused(mark(10)), Err(10));
        assert_eq!(
            early.refused(mark(11)),
            Ok(Vec::new()),
            "on another connection"
        );
        assert!(early.at_the_end().is_empty());
    }

    #[test]
    fn fewer_count_once_a_letter_is_taken_or_all_are_tried() {
        let mut early = Early::default();
        assert_eq!(early.refused(mark(1)), Ok(Vec::new()));
        assert_eq!(early.at_the_end(), [mark(1)]);
        assert_eq!(early.refused(mark(2)), Ok(Vec::new()));
        assert_eq!(early.accepted(), [mark(2)]);
        for letter in 3..30 {
            assert_eq!(early.refused(mark(letter)), Ok(vec![mark(letter)]));
        }
    }
}
