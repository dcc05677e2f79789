//! How many letters a relay takes on one connection, as it has shown: the next
//! connections end a letter before it would end them.

/// After so many connections that ended in time, one letter more is tried.
const TRIES_MORE: u32 = 20;

/// What is known of it.
#[derive(Debug, Default)]
pub(in crate::delivery) struct Rotation {
    /// The most letters on one connection.
    most: Option<u64>,
    /// After how many the relay ended the connection before.
    last: Option<u64>,
    /// How many ended in time since that was learnt.
    in_time: u32,
}

impl Rotation {
    /// Begins with what an earlier run has learnt.
    pub(in crate::delivery) fn new(most: Option<u64>) -> Self {
        Self {
            most,
            ..Self::default()
        }
    }

    /// The most letters that are offered on one connection.
    pub(in crate::delivery) fn most(&self) -> u64 {
        self.most.unwrap_or(u64::MAX)
    }

    /// The relay has ended a connection after so many letters, and said that this
    /// is why, or not. Returns the most that it takes, where that is news: said,
    /// or the same twice in a row.
    pub(in crate::delivery) fn ended(&mut self, after: u64, says_so: bool) -> Option<u64> {
        let same = self.last.replace(after) == Some(after);
        if after == 0 || !(says_so || same) || after >= self.most() {
            return None;
        }
        self.most = Some(after);
        self.in_time = 0;
        self.most
    }

    /// A connection has ended in time. Returns how many letters the next ones have, where that is news.
    pub(in crate::delivery) fn ended_in_time(&mut self) -> Option<u64> {
        let most = self.most?;
        self.in_time += 1;
        if self.in_time < TRIES_MORE {
            return None;
        }
        self.in_time = 0;
        self.last = None;
        self.most = Some(most + (most / 10).max(1));
        self.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_learnt_when_it_is_said_or_happens_twice() {
        let mut rotation = Rotation::new(None);
        assert_eq!(rotation.most(), u64::MAX);
        assert_eq!(rotation.ended(20, false), None);
        assert_eq!(rotation.ended(7, false), None);
        assert_eq!(rotation.ended(7, false), Some(7));
        assert_eq!(rotation.ended(0, true), None);
        assert_eq!(rotation.ended(5, true), Some(5));
        assert_eq!(rotation.most(), 5);
        // Later than that it is no news: fewer are offered anyway.
        assert_eq!(rotation.ended(9, true), None);
    }

    #[test]
    fn more_is_tried_after_a_while() {
        let mut rotation = Rotation::new(Some(30));
        for _ in 0..19 {
            assert_eq!(rotation.ended_in_time(), None);
        }
        assert_eq!(rotation.ended_in_time(), Some(33));
        assert_eq!(rotation.ended(30, true), Some(30));
    }
}
