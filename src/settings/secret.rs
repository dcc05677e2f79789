//! Reads secrets from where nobody else can: a file of the owner's alone, or a
//! credential of systemd. What is said of one that can't be used holds no part of it.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::diagnostic::{Span, shell_word};
use crate::document::Fields;

/// The folder that systemd puts credentials in, by the name of its variable.
pub(super) const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// Why a secret can't be had from its file. It holds no part of one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// systemd has not started this program, or not with this credential.
    #[error(
        "systemd has given this program no credential {0}: write LoadCredential={0}:FILE into the [Service] section of its unit"
    )]
    NoCredential(String),
    /// There is none of this name.
    #[error(
        "there is no file {place} with the {what}: put it there, or name another in the settings"
    )]
    Missing {
        /// What it should hold.
        what: &'static str,
        /// The file.
        place: String,
    },
    /// The file can't be read.
    #[error("the {what} can't be read from {place}: {cause}")]
    Unreadable {
        /// What it holds.
        what: &'static str,
        /// The file.
        place: String,
        /// What the system says.
        cause: io::Error,
    },
    /// A folder, a pipe or a device.
    #[error("{place} is no file that a {what} can stand in")]
    NoFile {
        /// What is looked for.
        what: &'static str,
        /// What is no file.
        place: String,
    },
    /// Others can get at the file.
    #[error(
        "others on this machine can get at the {what} (mode {mode:03o}): chmod 600 {}",
        shell_word(file)
    )]
    ReadableByOthers {
        /// What it holds.
        what: &'static str,
        /// The file.
        file: String,
        /// Its permissions.
        mode: u32,
    },
    /// More than such a secret has.
    #[error("{place} holds more than {most} bytes: is it the {what}, and nothing else?")]
    TooLong {
        /// What is looked for.
        what: &'static str,
        /// Where it was looked for.
        place: String,
        /// The longest one, in bytes.
        most: usize,
    },
}

/// A kind of secret.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    /// What people call it.
    pub(super) what: &'static str,
    /// The longest one, in bytes.
    pub(super) most: usize,
}

impl Kind {
    /// Reads a file that nobody but its owner can get at.
    pub(super) fn of_file(self, path: &Path) -> Result<Vec<u8>, SecretError> {
        let mut file = self.open(path)?;
        self.refuse_readable_by_others(path, &file)?;
        self.bytes(path, &mut file)
    }

    /// Reads a credential; `folder` is what [`CREDENTIALS`] says. systemd keeps
    /// them from others by itself, and may give them any mode.
    pub(super) fn of_credential(
        self,
        name: &str,
        folder: Option<&OsStr>,
    ) -> Result<Vec<u8>, SecretError> {
        let folder = folder.filter(|folder| !folder.is_empty());
        let folder = folder.ok_or_else(|| SecretError::NoCredential(name.to_owned()))?;
        let path = Path::new(folder).join(name);
        if !path.exists() {
            return Err(SecretError::NoCredential(name.to_owned()));
        }
        self.bytes(&path, &mut self.open(&path)?)
    }

    /// Refuses what is too long to be one.
    pub(super) fn checked(self, bytes: Vec<u8>, place: &str) -> Result<Vec<u8>, SecretError> {
        if bytes.len() <= self.most {
            return Ok(bytes);
        }
        Err(SecretError::TooLong {
            what: self.what,
            place: place.to_owned(),
            most: self.most,
        })
    }

    fn bytes(self, path: &Path, file: &mut File) -> Result<Vec<u8>, SecretError> {
        let mut bytes = Vec::new();
        match file.take(self.most as u64 + 1).read_to_end(&mut bytes) {
            Ok(_) => self.checked(bytes, &path.display().to_string()),
            Err(cause) => Err(self.unreadable(path, cause)),
        }
    }

    fn open(self, path: &Path) -> Result<File, SecretError> {
        // Before it is opened: opening a pipe waits for a writer.
        let about = path
            .metadata()
            .map_err(|cause| self.unreadable(path, cause))?;
        if !about.is_file() {
            return Err(SecretError::NoFile {
                what: self.what,
                place: path.display().to_string(),
            });
        }
        File::open(path).map_err(|cause| self.unreadable(path, cause))
    }

    /// Looks at the file that is open, which may be another than the path leads to by now.
    #[cfg(unix)]
    fn refuse_readable_by_others(self, path: &Path, file: &File) -> Result<(), SecretError> {
        use std::os::unix::fs::PermissionsExt;

        match file
            .metadata()
            .map(|about| about.permissions().mode() & 0o777)
        {
            Ok(mode) if mode & 0o077 == 0 => Ok(()),
            Ok(mode) => Err(SecretError::ReadableByOthers {
                what: self.what,
                file: path.display().to_string(),
                mode,
            }),
            Err(cause) => Err(self.unreadable(path, cause)),
        }
    }

    /// Where there are no modes there is nothing to look at.
    #[cfg(not(unix))]
    fn refuse_readable_by_others(self, _: &Path, _: &File) -> Result<(), SecretError> {
        Ok(())
    }

    fn unreadable(self, path: &Path, cause: io::Error) -> SecretError {
        let (what, place) = (self.what, path.display().to_string());
        match cause.kind() {
            io::ErrorKind::NotFound => SecretError::Missing { what, place },
            _ => SecretError::Unreadable { what, place, cause },
        }
    }
}

/// The ways to a secret that stand in a table, by their keys, with their places.
pub(super) fn ways<'k>(fields: &Fields<'_>, keys: &[&'k str]) -> Vec<(&'k str, Span)> {
    keys.iter()
        .filter_map(|key| Some((*key, fields.span(key)?)))
        .collect()
}

/// Reports every way but the first.
pub(super) fn one_way(fields: &Fields<'_>, ways: &[(&str, Span)], what: &str) {
    let [(first, first_place), others @ ..] = ways else {
        return;
    };
    let reader = fields.reader();
    for (key, place) in others {
        let finding = reader.error(
            "repeated-key",
            *place,
            format!("`{key}` stands beside `{first}`, and there is one {what}"),
        );
        let finding = finding.at(reader.source(), *first_place, "one way to it");
        reader.report(finding.help("keep one of the two"));
    }
}

/// Checks the name of a credential: one file in one folder.
pub(super) fn credential(written: &str) -> Result<String, &'static str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    let is_name = !written.is_empty() && written.len() <= 255 && written.bytes().all(plain);
    if is_name && ![".", ".."].contains(&written) {
        Ok(written.to_owned())
    } else {
        Err(
            "here stands the name of a credential, of letters, digits, dots, _ and -; anything else may be the secret itself, and is not shown",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_credentials() {
        for name in ["relay", "epistle.relay-2_a"] {
            assert!(credential(name).is_ok(), "{name}");
        }
        for no_name in ["", ".", "..", "a/b", "../a", "a b", "a\0", &"a".repeat(256)] {
            assert!(credential(no_name).is_err(), "{no_name}");
        }
    }
}
