//! The login of `[relay]`: who we are to the server, and where the password is.

use super::folder::Folder;
use super::hint;
use super::mask;
use super::password::{PasswordSource, TokenFile};
use super::secret::{self, credential};
use crate::diagnostic::Span;
use crate::document::Fields;

/// The ways to a password, or to what stands in its place, by their keys.
const WAYS: [&str; 4] = [
    "password_env",
    "password_file",
    "password_credential",
    "token_file",
];

/// Who we are to the relay.
#[derive(Clone, Debug)]
pub struct Login {
    /// The name of the account.
    pub user: String,
    /// How it proves itself.
    pub credential: Credential,
}

/// How an account proves itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// By a password, fetched when a run begins.
    Password(PasswordSource),
    /// By an access token, fetched for each connection.
    Token(TokenFile),
}

/// Takes `user` and the way to the password: both, or neither.
pub(super) fn read(fields: &mut Fields<'_>, folder: &Folder) -> Option<Login> {
    let ways = secret::ways(fields, &WAYS);
    let user_place = fields.span("user");
    let told = hint::has_password(fields);
    both_or_neither(fields, user_place, &ways, told);
    secret::one_way(fields, &ways, "way to log in");

    let user = fields.parsed("user", "user = \"prayer\"", |user| {
        if user.trim().is_empty() {
            Err("it says nothing")
        } else if user.contains(char::is_control) {
            Err("it has a line end or a tab in it")
        } else {
            Ok(user.to_owned())
        }
    });
    let env = fields.parsed(
        "password_env",
        "password_env = \"EPISTLE_PASSWORD\"",
        variable,
    );
    let file = fields.parsed(
        "password_file",
        "password_file = \"relay.password\"",
        |path| folder.resolve(path),
    );
    let credential = fields.parsed(
        "password_credential",
        "password_credential = \"epistle-relay\"",
        credential,
    );
    let token = fields.parsed("token_file", "token_file = \"relay.token\"", |path| {
        if path.len() > mask::LONGEST_PATH {
            return Err("here stands the name of a file; anything longer may be the token, and is not shown");
        }
        folder.resolve(path)
    });
    let password = env
        .map(|name| PasswordSource::Env(name.value))
        .or(file.map(|path| PasswordSource::File(path.value)))
        .or(credential.map(|name| PasswordSource::Credential(name.value)));
    let token = token.map(|path| Credential::Token(TokenFile(path.value)));
    Some(Login {
        user: user?.value,
        credential: password.map(Credential::Password).or(token)?,
    })
}

/// Reports a user without a way to the password, and a way without a user.
fn both_or_neither(fields: &Fields<'_>, user: Option<Span>, ways: &[(&str, Span)], told: bool) {
    let reader = fields.reader();
    match (user, ways) {
        (Some(user), []) if !told => {
            let finding =
                reader.error("missing-key", user, "`user` stands here without a password");
            reader.report(finding.help("write password_env = \"EPISTLE_PASSWORD\", or password_file, password_credential or token_file; a server that wants no login needs no `user` either"));
        }
        (None, [(key, place), ..]) => {
            let finding = reader.error(
                "missing-key",
                *place,
                format!("`{key}` stands here without `user`"),
            );
            reader.report(finding.help("write user = \"prayer\""));
        }
        _ => {}
    }
}

/// Checks the name of a variable (POSIX, Base Definitions, 8.1).
fn variable(written: &str) -> Result<String, &'static str> {
    let mut bytes = written.bytes();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let starts = bytes
        .next()
        .is_some_and(|byte| plain(byte) && !byte.is_ascii_digit());
    if starts && bytes.all(plain) {
        Ok(written.to_owned())
    } else {
        Err(
            "here stands the name of a variable, of letters, digits and _; anything else may be the password, and is not shown",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_variables() {
        for name in ["EPISTLE_PASSWORD", "_x", "p4"] {
            assert!(variable(name).is_ok(), "{name}");
        }
        for no_name in ["", "4P", "A-B", "A B", "$A", "A=B", "Ä", "A\0"] {
            assert!(variable(no_name).is_err(), "{no_name}");
        }
    }
}
