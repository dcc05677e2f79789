//! How much may go wrong before a run that only fails is ended: what its
//! failures cost, in reputation, in copies or in time, others pay.

use std::collections::VecDeque;

/// How many of the last are looked at.
const LAST: usize = 100;

/// So many refused recipients, and more than three in ten of the last answers,
/// are no list of people who want it: at two in a hundred providers warn, at ten they block.
const MOST_REFUSED: usize = 20;
const MOST_REFUSED_OF_TEN: usize = 3;

/// More letters in doubt than so many of a hundred are a relay that doesn't say
/// what it does: each may be a second copy, or a letter lost.
const MOST_DOUBTS: usize = 5;

/// So many letters of a hundred whose connection was cut are no way to send.
const MOST_CUTS: usize = 30;

/// What has been answered lately.
#[derive(Debug, Default)]
pub(in crate::delivery) struct Budget {
    refused: Last,
    doubts: Last,
    cuts: Last,
}

/// What there is too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::delivery) enum Spent {
    /// Refused recipients: so many of the last so many.
    Refused(usize, usize),
    /// Letters in doubt, of the last so many.
    Doubts(usize, usize),
    /// Connections that were cut, of the last so many letters.
    Cuts(usize, usize),
}

/// Whether each of the last was a bad one.
#[derive(Debug, Default)]
struct Last {
    all: VecDeque<bool>,
    bad: usize,
}

impl Last {
    fn add(&mut self, is_bad: bool) {
        self.all.push_back(is_bad);
        self.bad += usize::from(is_bad);
        if self.all.len() > LAST {
            self.bad -= usize::from(self.all.pop_front() == Some(true)); // it was counted
        }
    }
}

impl Budget {
    /// A letter was taken.
    pub(in crate::delivery) fn accepted(&mut self) {
        self.refused.add(false);
        self.doubts.add(false);
        self.cuts.add(false);
    }

    /// A recipient was put off.
    pub(in crate::delivery) fn deferred(&mut self) {
        self.refused.add(false);
        self.cuts.add(false);
    }

    /// A recipient was refused, after others were not.
    pub(in crate::delivery) fn refused(&mut self) -> Option<Spent> {
        self.refused.add(true);
        self.cuts.add(false);
        let (bad, all) = (self.refused.bad, self.refused.all.len());
        let too_many = bad >= MOST_REFUSED && bad * 10 > all * MOST_REFUSED_OF_TEN;
        too_many.then_some(Spent::Refused(bad, all))
    }

    /// Nobody can know what has become of a letter.
    pub(in crate::delivery) fn in_doubt(&mut self) -> Option<Spent> {
        self.doubts.add(true);
        let (bad, all) = (self.doubts.bad, self.doubts.all.len());
        (bad > MOST_DOUBTS).then_some(Spent::Doubts(bad, all))
    }

    /// The connection was cut before a letter was handed over.
    pub(in crate::delivery) fn cut(&mut self) -> Option<Spent> {
        self.cuts.add(true);
        let (bad, all) = (self.cuts.bad, self.cuts.all.len());
        (bad >= MOST_CUTS).then_some(Spent::Cuts(bad, all))
    }
}

impl Spent {
    /// What a person reads of it: what has happened to an edition, and how to go on.
    pub(in crate::delivery) fn told(self, edition: &str) -> String {
        match self {
            Spent::Refused(bad, all) => format!(
                "{bad} of the last {all} recipients were refused: mailbox providers block who goes on like that. Look at them: epistle status {edition}. Mend the list, and those addresses by epistle suppress add; then epistle send --anyway goes on, however many are refused"
            ),
            Spent::Doubts(bad, all) => format!(
                "of {bad} of the last {all} letters nobody can know whether they have arrived. Decide on them: epistle resolve {edition}; then epistle send --anyway goes on"
            ),
            Spent::Cuts(bad, all) => format!(
                "the connection was cut before {bad} of the last {all} letters were handed over; nobody is charged"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_the_dead_is_ended_and_a_few_among_many_are_not() {
        let mut budget = Budget::default();
        for index in 0..1_000 {
            if index % 4 == 0 {
                assert_eq!(budget.refused(), None, "a quarter");
            } else {
                budget.accepted();
            }
        }
        let mut more = 0;
        while budget.refused().is_none() {
            more += 1;
        }
        assert!((5..10).contains(&more), "{more}");

        let mut small = Budget::default();
        assert!((0..19).all(|_| small.refused().is_none()));
        assert_eq!(small.refused(), Some(Spent::Refused(20, 20)));
    }

    #[test]
    fn the_sixth_doubt_in_a_hundred_is_too_many() {
        let mut budget = Budget::default();
        for _ in 0..50 {
            assert_eq!(budget.in_doubt(), None);
            (0..20).for_each(|_| budget.accepted());
        }
        let mut budget = Budget::default();
        (0..500).for_each(|_| budget.accepted());
        assert!((0..5).all(|_| budget.in_doubt().is_none()));
        assert_eq!(budget.in_doubt(), Some(Spent::Doubts(6, 100)));
    }

    #[test]
    fn a_connection_cut_at_each_third_letter_is_no_way_to_send() {
        let mut budget = Budget::default();
        let spent = (0..200).find_map(|_| {
            budget.accepted();
            budget.accepted();
            budget.cut()
        });
        assert!(matches!(spent, Some(Spent::Cuts(30, _))), "{spent:?}");
        let mut budget = Budget::default();
        for _ in 0..200 {
            (0..3).for_each(|_| budget.accepted());
            assert_eq!(budget.cut(), None, "each fourth");
        }
    }
}
