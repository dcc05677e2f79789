//! The exit codes, in one table: for `main`, for `--help`, for the README.

use std::process::ExitCode;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Exit {
    /// All accepted, or nothing to do.
    Success = 0,
    /// Letters are left for a later run.
    Left = 6,
    /// Finished, but some letters are refused or unknown.
    NotAll = 1,
    /// A guard refused.
    Guard = 4,
    /// The relay or the ledger can't be used, or a run was ended before it did more harm.
    Unusable = 5,
    /// A file has errors, or can't be read or written.
    Files = 3,
    /// The command line is wrong.
    Usage = 2,
    /// A defect of ours.
    Defect = 70,
}

/// From the least severe to the most: of several, the last one counts.
const BY_SEVERITY: [Exit; 8] = [
    Exit::Success,
    Exit::Left,
    Exit::NotAll,
    Exit::Guard,
    Exit::Unusable,
    Exit::Files,
    Exit::Usage,
    Exit::Defect,
];

/// The table for `--help`.
pub(super) const TABLE: &str = "\
Exit codes:
  0   all accepted, or nothing to do
  6   letters are left for a later run: run it again
  1   finished, but some letters are refused or unknown
  4   a guard refused: draft, out of time, changed since it began, another run, nobody to ask
  5   the relay or the ledger can't be used, or a run was ended before it did more harm
  3   a bulletin, a list or the settings have errors, or a file can't be read or written
  2   the command line is wrong
  70  a defect of Epistle's own

Of several, the one that stands lower here counts.";

impl Exit {
    /// The more severe of two.
    pub(super) fn or(self, other: Self) -> Self {
        let severity = |exit| BY_SEVERITY.iter().position(|&known| known == exit);
        if severity(other) > severity(self) {
            other
        } else {
            self
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}
