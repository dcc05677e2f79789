//! One run at a time: a lock on a file beside the ledger, held by the run alone
//! and let go by the system when the process ends, however it ends. Never on the
//! ledger itself: closing any descriptor of it would drop SQLite's own locks.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

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
    pub fn take(ledger: &Path, who: &str) -> io::Result<Result<Self, Held>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path(&real(ledger)))?;
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0)?;
                file.write_all(who.as_bytes())?;
                Ok(Ok(Self { file }))
            }
            Err(TryLockError::WouldBlock) => {
                let mut by = Vec::new();
                (&mut file).take(200).read_to_end(&mut by)?;
                let by = String::from_utf8_lossy(&by).into_owned();
                Ok(Err(Held { by }))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
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

fn path(ledger: &Path) -> PathBuf {
    let mut name = ledger.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}
