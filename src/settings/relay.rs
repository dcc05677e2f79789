//! `[relay]`: the server that takes the letters, and how it is talked to.

use std::path::PathBuf;

use super::folder::Folder;
use super::host::{self, HostError};
use super::login::{self, Login};
use crate::diagnostic::{Located, Span};
use crate::document::Fields;

/// The keys of `[relay]`.
pub(super) const KEYS: &[&str] = &[
    "host",
    "port",
    "security",
    "allow_plaintext",
    "user",
    "password_env",
    "password_file",
    "password_credential",
    "token_file",
    "hello",
    "ca_file",
];

/// The server that takes the letters, and how it is talked to.
#[derive(Clone, Debug)]
pub struct Relay {
    /// Its name, or its address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// The login, if it wants one.
    pub login: Option<Login>,
    /// What we call ourselves (RFC 5321, 4.1.1.1): a name, or an address literal; none is the host's own name.
    pub hello: Option<String>,
    /// Certificates to trust besides the system's.
    pub ca_file: Option<PathBuf>,
}

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte (RFC 8314, 3.3).
    Tls,
    /// TLS by STARTTLS, without which nothing goes on (RFC 3207).
    StartTls,
    /// In clear.
    None,
}

impl Security {
    /// The port where servers wait for such connections (RFC 8314, 7.3; RFC 6409; RFC 5321, 4.5.4.2).
    fn port(self) -> u16 {
        match self {
            Self::Tls => 465,
            Self::StartTls => 587,
            Self::None => 25,
        }
    }
}

impl Relay {
    /// Reads the table; `None` where something required is missing or wrong.
    pub(super) fn read(mut fields: Fields<'_>, folder: &Folder) -> Option<Self> {
        let host = host(&mut fields);
        let security_place = fields.span("security");
        let security = fields.choice(
            "security",
            &[
                ("tls", Security::Tls),
                ("starttls", Security::StartTls),
                ("none", Security::None),
            ],
        );
        let security = security.unwrap_or(Security::Tls);
        let example = format!("port = {}", security.port());
        let port = fields.whole_number("port", &example, 1..=65_535);
        let port = port.and_then(|port| u16::try_from(port.value).ok());
        let allow_plaintext = fields.boolean("allow_plaintext").unwrap_or(false);
        let wants_login = fields.has("user");
        let login = login::read(&mut fields, folder);
        let hello = hello(&mut fields);
        let ca_file = fields.parsed("ca_file", "ca_file = \"private-ca.pem\"", |path| {
            folder.resolve(path)
        });
        let host = host?.value;
        if let (Security::None, Some(place), false) =
            (security, security_place, host::is_loopback(&host))
        {
            in_clear(&fields, place, &host, wants_login, allow_plaintext);
        }
        Some(Self {
            host,
            port: port.unwrap_or(security.port()),
            security,
            login,
            hello,
            ca_file: ca_file.map(|path| path.value),
        })
    }
}

/// Reports what would travel in clear through a network.
fn in_clear(fields: &Fields<'_>, place: Span, host: &str, login: bool, allowed: bool) {
    let reader = fields.reader();
    if login {
        let told = format!("the password would travel to {host} in clear");
        let finding = reader.error("in-clear", place, told);
        reader.report(finding.help("write security = \"tls\" or security = \"starttls\": a login needs one of them, whatever allow_plaintext says"));
    } else if !allowed {
        let told = format!("the letters, and who gets them, would travel to {host} in clear");
        let finding = reader.error("in-clear", place, told);
        reader.report(finding.help("write security = \"tls\" or security = \"starttls\"; only where nobody else is in the network between, allow_plaintext = true"));
    }
}

fn host(fields: &mut Fields<'_>) -> Option<Located<String>> {
    let example = "host = \"smtp.example.org\"";
    let text = fields.text("host", example)?;
    match host::server(&text.value) {
        Ok(host) => Some(Located::new(host, text.span)),
        Err(error) => {
            let written = Located::new(text.value.as_str(), text.span);
            no_host(fields, "host", written, &error, example);
            None
        }
    }
}

fn hello(fields: &mut Fields<'_>) -> Option<String> {
    let text = fields.optional_text("hello")?;
    match host::hello(&text.value) {
        Ok(name) => Some(name),
        Err(error) => {
            let written = Located::new(text.value.as_str(), text.span);
            no_host(
                fields,
                "hello",
                written,
                &error,
                "hello = \"mail.example.org\"",
            );
            None
        }
    }
}

/// Reports what is no host; where it is plain which is meant, with that.
fn no_host(
    fields: &Fields<'_>,
    key: &str,
    written: Located<&str>,
    error: &HostError,
    example: &str,
) {
    match error.meant() {
        Some(meant) => {
            let meant = format!("\"{meant}\"");
            fields.mendable(key, written, error, &meant);
        }
        None => fields.unknown_value(key, written.span, written.value, error, example),
    }
}
