//! One run at a time: a lock on a file beside the ledger, held by the run alone
//! and let go by the system when the process ends, however it ends. Never on the
//! ledger itself: closing any descriptor of it would drop SQLite's own locks.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::LedgerError;
use crate::files;

/// What the name of the file ends with.
const SUFFIX: &str = ".lock";

/// How often, and how far apart, the lock is tried: [`RunLock::holder`] may hold it for a moment.
const TRIES: (u32, Duration) = (5, Duration::from_millis(50));

/// The lock of a run.
#[derive(Debug)]
pub struct RunLock {
    file: File,
}

/// Somebody else holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// What the holder says of itself: its process and since when.
    pub by: String,
}

impl RunLock {
    /// Takes the lock of a ledger, without waiting. `who` tells others who holds it.
    ///
    /// # Errors
    /// The file can't be made or locked for another reason than that it is held.
    pub fn take(ledger: &Path, who: &str) -> Result<Result<Self, Held>, LedgerError> {
        Self::try_take(ledger, who).map_err(|cause| LedgerError::Io {
            path: ledger.to_owned(),
            cause,
        })
    }

    fn try_take(ledger: &Path, who: &str) -> io::Result<Result<Self, Held>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(files::with_suffix(&real(ledger), SUFFIX))?;
        for _ in 0..TRIES.0 {
            match file.try_lock() {
                Ok(()) => {
                    let mut lock = Self { file };
                    lock.tell(who)?;
                    return Ok(Ok(lock));
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(TRIES.1),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        let by = says(&mut file)?;
        Ok(Err(Held { by }))
    }

    /// Tells others something new: what the holder does now.
    ///
    /// # Errors
    /// The file can't be written; the lock is held all the same.
    pub fn tell(&mut self, who: &str) -> io::Result<()> {
        self.file.rewind()?;
        self.file.set_len(0)?;
        self.file.write_all(who.as_bytes())
    }

    /// Looks who holds the lock of a ledger, if anybody does.
    ///
    /// # Errors
    /// The file is there and can't be read.
    pub fn holder(ledger: &Path) -> io::Result<Option<Held>> {
        let mut file = match File::open(files::with_suffix(&real(ledger), SUFFIX)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let by = says(&mut file)?;
        // A run that ended by itself has left nothing; only one that was killed leaves words.
        if by.is_empty() || file.try_lock_shared().is_ok() {
            return Ok(None);
        }
        Ok(Some(Held { by }))
    }
}

/// What the holder says of itself.
fn says(file: &mut File) -> io::Result<String> {
    let mut by = Vec::new();
    file.take(200).read_to_end(&mut by)?;
    Ok(String::from_utf8_lossy(&by).into_owned())
}

impl Drop for RunLock {
    fn drop(&mut self) {
        // Nobody is told of a holder that has gone; the lock itself ends with the file.
        let _ = self.file.rewind().and_then(|()| self.file.set_len(0));
    }
}

/// The ledger's own path, by whatever link it was named: two names must not have two locks.
fn real(ledger: &Path) -> PathBuf {
    ledger.canonicalize().unwrap_or_else(|_| ledger.to_owned())
}
