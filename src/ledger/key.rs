//! The key of an installation, a file beside the ledger: made with it, backed up with it.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{Ledger, LedgerError, SqliteLedger};
use crate::files;
use crate::people::Secret;

/// The file with the key of a ledger: `epistle.key` beside `epistle.db`.
pub fn key_path(ledger: &Path) -> PathBuf {
    ledger.with_extension("key")
}

/// Reads the key of a ledger, if there is one, and makes none.
///
/// # Errors
/// The file is no key, or can't be read.
pub fn read_key(ledger: &Path) -> Result<Option<Secret>, LedgerError> {
    let key = key_path(ledger);
    match read(&key) {
        Ok(Some(bytes)) => Ok(Some(Secret::new(bytes))),
        Ok(None) => Err(LedgerError::KeyBroken(key)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(LedgerError::Io { path: key, cause }),
    }
}

impl SqliteLedger {
    /// Opens a ledger and its key, or makes both where there are none.
    ///
    /// # Errors
    /// Either of them is damaged, or gone while the other is there and in use.
    pub fn open_with_key(path: &Path) -> Result<(Self, Secret), LedgerError> {
        let key = key_path(path);
        let mut ledger = Self::open(path, &key)?;
        let secret = ledger.key(path, &key)?;
        Ok((ledger, secret))
    }

    fn key(&mut self, path: &Path, key: &Path) -> Result<Secret, LedgerError> {
        let io = |cause| LedgerError::Io {
            path: key.to_owned(),
            cause,
        };
        if let Some(secret) = read_key(path)? {
            return Ok(secret);
        }
        if !self.editions()?.is_empty() {
            return Err(LedgerError::KeyGone {
                path: path.to_owned(),
                key: key.to_owned(),
            });
        }
        let bytes = Secret::random_bytes().map_err(io)?;
        files::write_private(key, &bytes).map_err(io)?;
        Ok(Secret::new(bytes))
    }
}

/// Reads a key; `None` where the file is no key.
fn read(path: &Path) -> io::Result<Option<[u8; 32]>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(33).read_to_end(&mut bytes)?;
    Ok(bytes.try_into().ok())
}
