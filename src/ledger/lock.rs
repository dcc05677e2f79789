//! One run at a time: a lock on a file beside the ledger, held by the run alone
//! and let go by the system when the process ends, however it ends. Never on the
//! ledger itself: closing any descriptor of it would drop SQLite's own locks.
//!
//! The file names the run by a number that no other run has, and so does
//! whoever asks for its end: what was meant for one run can't end the next.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::LedgerError;
use crate::files;
use crate::people::Secret;

/// What the name of the file ends with.
const SUFFIX: &str = ".lock";

/// What the name of a request to end ends with, before the number of the run.
const STOP_SUFFIX: &str = ".stop.";

/// The digits of the number of a run.
const DIGITS: usize = 16;

/// How often, and how far apart, the lock is tried: [`RunLock::holder`] may hold it for a moment.
const TRIES: (u32, Duration) = (5, Duration::from_millis(50));

/// The lock of a run.
#[derive(Debug)]
pub struct RunLock {
    file: File,
    ledger: PathBuf,
    /// The number of this run.
    run: String,
}

/// Somebody else holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// What the holder says of itself: its process and since when.
    pub by: String,
    /// The number of its run, if it has one.
    run: Option<String>,
}

/// A request that one run ends: an empty file beside the ledger that bears the number of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopRequest {
    path: PathBuf,
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
        let ledger = real(ledger);
        let mut file = options.open(files::with_suffix(&ledger, SUFFIX))?;
        for _ in 0..TRIES.0 {
            match file.try_lock() {
                Ok(()) => {
                    let run = number()?;
                    let mut lock = Self { file, ledger, run };
                    lock.tell(who)?;
                    return Ok(Ok(lock));
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(TRIES.1),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        Ok(Err(says(&mut file)?))
    }

    /// Tells others something new: what the holder does now.
    ///
    /// # Errors
    /// The file can't be written; the lock is held all the same.
    pub fn tell(&mut self, who: &str) -> io::Result<()> {
        let line = format!("{} {who}\n", self.run);
        // Never empty meanwhile: to whoever looks that would be the end of the run.
        self.file.rewind()?;
        self.file.write_all(line.as_bytes())?;
        self.file.set_len(line.len() as u64)
    }

    /// What asks for the end of this run, once it is made.
    pub fn stop_request(&self) -> StopRequest {
        StopRequest::of(&self.ledger, &self.run)
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
        let held = says(&mut file)?;
        // A run that ended by itself has left nothing; only one that was killed leaves words.
        if held.by.is_empty() || file.try_lock_shared().is_ok() {
            return Ok(None);
        }
        Ok(Some(held))
    }
}

impl Held {
    /// What asks for the end of the holder's run; nothing where it can't be asked.
    pub fn stop_request(&self, ledger: &Path) -> Option<StopRequest> {
        let run = self.run.as_ref()?;
        Some(StopRequest::of(&real(ledger), run))
    }

    /// Says whether another is the same run, whatever it does by now.
    pub fn is_same_run(&self, other: &Self) -> bool {
        self.run.is_some() && self.run == other.run
    }
}

impl StopRequest {
    fn of(ledger: &Path, run: &str) -> Self {
        Self {
            path: files::with_suffix(ledger, &format!("{STOP_SUFFIX}{run}")),
        }
    }

    /// Makes the request.
    ///
    /// # Errors
    /// The file can't be made.
    pub fn make(&self) -> io::Result<()> {
        files::replace_private(&self.path, b"")
    }

    /// Says whether it is made.
    pub fn is_made(&self) -> bool {
        self.path.exists()
    }

    /// Takes it back, if it is made.
    pub fn take_back(&self) {
        // What is left over is nobody's, since no other run has that number.
        let _ = fs::remove_file(&self.path);
    }
}

/// A number that no other run has.
fn number() -> io::Result<String> {
    let mut number = String::new();
    for byte in &Secret::random_bytes()?[..DIGITS / 2] {
        // Writing to a text can't fail.
        let _ = write!(number, "{byte:02x}");
    }
    Ok(number)
}

/// What the holder says of itself.
fn says(file: &mut File) -> io::Result<Held> {
    let mut bytes = Vec::new();
    file.take(300).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let line = text.lines().next().unwrap_or_default();
    let is_number =
        |word: &str| word.len() == DIGITS && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    Ok(match line.split_once(' ') {
        Some((run, by)) if is_number(run) => Held {
            by: by.to_owned(),
            run: Some(run.to_owned()),
        },
        _ => Held {
            by: line.to_owned(),
            run: None,
        },
    })
}

impl Drop for RunLock {
    fn drop(&mut self) {
        self.stop_request().take_back();
        // Nobody is told of a holder that has gone; the lock itself ends with the file.
        let _ = self.file.rewind().and_then(|()| self.file.set_len(0));
    }
}

/// The ledger's own path, by whatever link it was named: two names must not have two locks.
fn real(ledger: &Path) -> PathBuf {
    ledger.canonicalize().unwrap_or_else(|_| ledger.to_owned())
}
