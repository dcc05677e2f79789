//! The exit codes, in one table: for `main`, for `--help`, for the README.

use std::process::ExitCode;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Exit {
    /// Done, or nothing to do.
    Success = 0,
    /// The command line is wrong.
    Usage = 2,
    /// A file has errors, or can't be read or written.
    Files = 3,
    /// A defect of ours.
    Defect = 70,
}

/// The table for `--help`.
pub(super) const TABLE: &str = "\
Exit codes:
  0   done, or nothing to do
  2   the command line is wrong
  3   a file has errors, or can't be read or written
  70  a defect of Epistle's own";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}
