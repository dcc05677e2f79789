//! What a campaign has come to, in numbers.

use std::collections::BTreeMap;
use std::fmt;

use super::director::Place;

/// How the letters that a kill was about stood afterwards.
pub(super) type Victims = BTreeMap<(Place, &'static str), usize>;

/// What has come of it.
#[derive(Debug, Default)]
pub(super) struct Figures {
    pub(super) kills: BTreeMap<Place, usize>,
    pub(super) victims: Victims,
    pub(super) editions: usize,
    pub(super) runs: usize,
    pub(super) letters: usize,
    pub(super) accepted: usize,
    pub(super) refused: usize,
    pub(super) unknown: usize,
    /// Copies that the server has of the letters that are `unknown`.
    pub(super) unknown_copies: usize,
    pub(super) faults: BTreeMap<&'static str, usize>,
    pub(super) seconds: f64,
}

impl fmt::Display for Figures {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kills: usize = self.kills.values().sum();
        let faults: usize = self.faults.values().sum();
        writeln!(out, "{kills} kills {:?}", self.kills)?;
        writeln!(out, "letters that they were about: {:?}", self.victims)?;
        writeln!(out, "{faults} faults {:?}", self.faults)?;
        write!(
            out,
            "{} letters of {} editions in {} runs: {} accepted, {} refused, {} unknown of which the server has {}; {:.1} s",
            self.letters,
            self.editions,
            self.runs,
            self.accepted,
            self.refused,
            self.unknown,
            self.unknown_copies,
            self.seconds
        )
    }
}
