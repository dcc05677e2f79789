//! Where the relay's password comes from, or an access token: never from the
//! settings themselves.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use super::secret::{self, Kind, SecretError};

/// A password, as its files are read.
const KIND: Kind = Kind {
    what: "password",
    most: 4096,
};

/// An access token. RFC 4954, 4 has room for this in base64 with what is said around it.
const TOKEN: Kind = Kind {
    what: "access token",
    most: 9_000,
};

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

/// A file with an access token of OAuth 2.0 (RFC 6749, 1.4), which nobody but its
/// owner can get at. Somebody else renews it: a token lasts an hour or so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenFile(pub PathBuf);

/// A password, or what stands in its place. It shows itself to nobody who doesn't ask.
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
    /// The file or the credential can't be used.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// Nothing there: the place, and what should be.
    #[error("{0} is empty: put the {1} into it")]
    Empty(String, &'static str),
    /// Several lines, or a character that can't be typed: the place, and what should be there.
    #[error(
        "{0} holds more than one line, or a character that can't be seen: put the {1} into it, and nothing else"
    )]
    Control(String, &'static str),
    /// Not text: the place, and what should be there.
    #[error("{0} is not UTF-8 text: put the {1} into it, and nothing else")]
    NotUtf8(String, &'static str),
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
                Password::new(
                    KIND,
                    value.into_encoded_bytes(),
                    &format!("the variable {name}"),
                )
            }
            Self::File(path) => Password::of_file(KIND, path),
            Self::Credential(name) => {
                let bytes = KIND.of_credential(name, variable(secret::CREDENTIALS).as_deref())?;
                Password::new(KIND, bytes, &format!("the credential {name}"))
            }
        }
    }
}

impl TokenFile {
    /// Reads the token as it is now; one line end behind it is not part of it.
    ///
    /// # Errors
    /// There is none, others can read it, or it can't be one: see [`PasswordError`].
    pub fn read(&self) -> Result<Password, PasswordError> {
        Password::of_file(TOKEN, &self.0)
    }
}

impl Password {
    /// The password, for the login alone.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn of_file(kind: Kind, path: &Path) -> Result<Self, PasswordError> {
        Self::new(kind, kind.of_file(path)?, &path.display().to_string())
    }

    /// Looks at what stands at a place.
    fn new(kind: Kind, bytes: Vec<u8>, place: &str) -> Result<Self, PasswordError> {
        let bytes = kind.checked(bytes, place)?;
        let mut text = String::from_utf8(bytes)
            .map_err(|_| PasswordError::NotUtf8(place.to_owned(), kind.what))?;
        if text.ends_with('\n') {
            text.pop();
            if text.ends_with('\r') {
                text.pop();
            }
        }
        if text.is_empty() {
            return Err(PasswordError::Empty(place.to_owned(), kind.what));
        }
        // A byte order mark, as some editors put it, is no part of a password either.
        if text.contains(char::is_control) || text.starts_with('\u{FEFF}') {
            return Err(PasswordError::Control(place.to_owned(), kind.what));
        }
        Ok(Self(text))
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Password(***)")
    }
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
        for wrong in ["", "a\nb", "a\0", &"x".repeat(KIND.most + 1)] {
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
                    .filter(|_| name == secret::CREDENTIALS)
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
