//! What a run leaves behind if it is killed: in the place of its report, how
//! many letters have been accepted. A ledger that knows of fewer has lost some,
//! as by its log being deleted. A report that is whole takes its place.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::files;

/// The digits of the number: so many that it is written in its place, whatever it is.
const WIDTH: usize = 20;

/// A count on the disk.
#[derive(Debug)]
pub struct Tally(Mutex<Counted>);

#[derive(Debug)]
struct Counted {
    file: File,
    /// Where in the file the number stands.
    place: u64,
    accepted: u64,
}

impl Tally {
    /// Begins to count for a run over an edition, of which so many are accepted already.
    ///
    /// # Errors
    /// The file can't be made or written.
    pub fn begin(path: &Path, edition: &str, accepted: u64) -> io::Result<Self> {
        let edition = serde_json::to_string(edition)?;
        let run = "{ \"ending\": \"unfinished\" }";
        let before = format!("{{ \"edition\": {edition}, \"run\": {run}, \"accepted\": ");
        let mut file = files::create_private(path)?;
        writeln!(file, "{before}{accepted:WIDTH$} }}")?;
        let place = before.len() as u64;
        Ok(Self(Mutex::new(Counted {
            file,
            place,
            accepted,
        })))
    }

    /// Counts one more.
    pub(super) fn count(&self) {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counted.accepted += 1;
        let (place, digits) = (counted.place, format!("{:WIDTH$}", counted.accepted));
        // It is a help, and what it helps must not fail by it.
        let _ = counted
            .file
            .seek(SeekFrom::Start(place))
            .and_then(|_| counted.file.write_all(digits.as_bytes()));
    }
}
