//! Chance that can be had again: whatever is drawn follows from a seed and from
//! what it is drawn for, and not from which thread was faster.

/// `SplitMix64` (Steele, Lea, Flood 2014).
pub(super) struct Chance(u64);

impl Chance {
    /// The chance of something, told by numbers.
    pub(super) fn of(seed: u64, what: &[u64]) -> Self {
        let mut chance = Self(seed);
        for part in what {
            chance.0 = chance.next() ^ part;
        }
        chance
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// Something that happens so many times in a hundred.
    pub(super) fn percent(&mut self, times: u64) -> bool {
        self.below(100) < times
    }

    /// One of several.
    pub(super) fn pick<'t, T>(&mut self, of: &'t [T]) -> &'t T {
        let index = self.below(of.len() as u64) as usize;
        &of[index]
    }
}
