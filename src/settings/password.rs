//! Where the relay's password comes from: never from the settings themselves.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::diagnostic::shell_word;

/// The longest password, in bytes.
const MAX_BYTES: usize = 4096;

/// The folder that systemd puts credentials in, by the name of its variable.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// Where a password comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordSource {
    /// A variable of the environment, by its name.
    Env(String),
    /// A file that nobody but its owner can get at.
    File(PathBuf),
    /// A credential of systemd, by its name.
    Credential(String),
}

/// A password. It shows itself to nobody who doesn't ask.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// Why there is no password to be had. It holds no part of one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordError {
    /// The environment has no such variable.
    #[error(
        "the environment has no variable {0}: set it to the password, or name another in `password_env`"
    )]
    NoVariable(String),
    /// systemd has not started this program, or not with this credential.
    #[error(
        "systemd has given this program no credential {0}: write LoadCredential={0}:FILE into the [Service] section of its unit"
    )]
    NoCredential(String),
    /// The file can't be read.
    #[error("the password can't be read from {place}: {cause}")]
    Unreadable {
        /// The file.
        place: String,
        /// What the system says.
        cause: io::Error,
    },
    /// A folder, a pipe or a device.
    #[error("{0} is no file that a password can stand in")]
    NoFile(String),
    /// Others can get at the file.
    #[error(
        "others on this machine can get at the password in {file} (mode {mode:03o}): chmod 600 {}",
        shell_word(file)
    )]
    ReadableByOthers {
        /// The file.
        file: String,
        /// Its permissions.
        mode: u32,
    },
    /// More than a password has.
    #[error("{0} holds more than {MAX_BYTES} bytes: is it the password, and nothing else?")]
    TooLong(String),
    /// Nothing there.
    #[error("{0} is empty: put the password into it")]
    Empty(String),
    /// Several lines, or a character that can't be typed.
    #[error(
        "{0} holds more than one line, or a character that can't be seen: put the password into it, and nothing else"
    )]
    Control(String),
    /// Not text.
    #[error("{0} is not UTF-8 text: put the password into it, and nothing else")]
    NotUtf8(String),
}

impl PasswordSource {
    /// Fetches the password; one line end behind it is not part of it.
    ///
    /// # Errors
    /// There is none, others can read it, or it can't be a password: see [`PasswordError`].
    pub fn read(&self) -> Result<Password, PasswordError> {
        self.read_with(|name| std::env::var_os(name))
    }

    fn read_with(
        &self,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Password, PasswordError> {
        match self {
            Self::Env(name) => {
                let value =
                    variable(name).ok_or_else(|| PasswordError::NoVariable(name.clone()))?;
                Password::new(value.into_encoded_bytes(), &format!("the variable {name}"))
            }
            Self::File(path) => {
                let mut file = open(path)?;
                refuse_readable_by_others(path, &file)?;
                Password::from_file(path, &mut file)
            }
            // systemd keeps these from others by itself, and may give them any mode.
            Self::Credential(name) => {
                let folder = variable(CREDENTIALS).filter(|folder| !folder.is_empty());
                let folder = folder.ok_or_else(|| PasswordError::NoCredential(name.clone()))?;
                let path = Path::new(&folder).join(name);
                if !path.exists() {
                    return Err(PasswordError::NoCredential(name.clone()));
                }
                Password::from_file(&path, &mut open(&path)?)
            }
        }
    }
}

impl Password {
    /// The password, for the login alone.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn from_file(path: &Path, file: &mut File) -> Result<Self, PasswordError> {
        let place = path.display().to_string();
        let mut bytes = Vec::new();
        match file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes) {
            Ok(_) => Self::new(bytes, &place),
            Err(cause) => Err(PasswordError::Unreadable { place, cause }),
        }
    }

    /// Looks at what stands at a place.
    fn new(bytes: Vec<u8>, place: &str) -> Result<Self, PasswordError> {
        if bytes.len() > MAX_BYTES {
            return Err(PasswordError::TooLong(place.to_owned()));
        }
        let mut text =
            String::from_utf8(bytes).map_err(|_| PasswordError::NotUtf8(place.to_owned()))?;
        if text.ends_with('\n') {
            text.pop();
            if text.ends_with('\r') {
                text.pop();
            }
        }
        if text.is_empty() {
            return Err(PasswordError::Empty(place.to_owned()));
        }
        // A byte order mark, as some editors put it, is no part of a password either.
        if text.contains(char::is_control) || text.starts_with('\u{FEFF}') {
            return Err(PasswordError::Control(place.to_owned()));
        }
        Ok(Self(text))
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Password(***)")
    }
}

fn open(path: &Path) -> Result<File, PasswordError> {
    let failed = |cause| PasswordError::Unreadable {
        place: path.display().to_string(),
        cause,
    };
    // Before it is opened: opening a pipe waits for a writer.
    if !path.metadata().map_err(failed)?.is_file() {
        return Err(PasswordError::NoFile(path.display().to_string()));
    }
    File::open(path).map_err(failed)
}

/// Looks at the file that is open, which may be another than the path leads to by now.
#[cfg(unix)]
fn refuse_readable_by_others(path: &Path, file: &File) -> Result<(), PasswordError> {
    use std::os::unix::fs::PermissionsExt;

    let name = path.display().to_string();
    match file
        .metadata()
        .map(|about| about.permissions().mode() & 0o777)
    {
        Ok(mode) if mode & 0o077 == 0 => Ok(()),
        Ok(mode) => Err(PasswordError::ReadableByOthers { file: name, mode }),
        Err(cause) => Err(PasswordError::Unreadable { place: name, cause }),
    }
}

/// Where there are no modes there is nothing to look at.
#[cfg(not(unix))]
fn refuse_readable_by_others(_: &Path, _: &File) -> Result<(), PasswordError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_holds_a_password_as_a_file_does() {
        let source = PasswordSource::Env("P".to_owned());
        let read =
            |value: &str| source.read_with(|name| (name == "P").then(|| OsString::from(value)));
        assert_eq!(read("hunter2").unwrap().as_str(), "hunter2");
        assert_eq!(read("hunter2\n").unwrap().as_str(), "hunter2");
        for wrong in ["", "a\nb", "a\0", &"x".repeat(MAX_BYTES + 1)] {
            let told = read(wrong).unwrap_err().to_string();
            assert!(told.starts_with("the variable P "), "{told}");
        }
        let told = source.read_with(|_| None).unwrap_err().to_string();
        assert!(told.contains("no variable P:"), "{told}");
    }

    #[test]
    fn a_credential_is_a_file_that_systemd_gives() {
        let folder = std::env::temp_dir().join(format!("epistle-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("relay"), "hunter2\n").unwrap();
        let read = |name: &str, folder: Option<&Path>| {
            let source = PasswordSource::Credential(name.to_owned());
            source.read_with(|name| {
                folder
                    .filter(|_| name == CREDENTIALS)
                    .map(|folder| folder.into())
            })
        };
        let password = read("relay", Some(&folder)).unwrap(); // others can read it
        assert_eq!(password.as_str(), "hunter2");
        for error in [
            read("other", Some(&folder)),
            read("other", None),
            read("other", Some(Path::new(""))),
        ] {
            let told = error.unwrap_err().to_string();
            assert!(told.contains("LoadCredential=other:FILE"), "{told}");
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}
