//! The relay: how a connection reaches it, what it says and means, how it is
//! doing, and what is remembered of it.

pub(super) mod health;
pub(super) mod judge;
pub(super) mod learning;
pub(super) mod memory;
pub(super) mod rotation;
pub(super) mod words;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::extension::ClientId;

use crate::people::Secret;
use crate::settings::{self, Credential, PasswordError};
use crate::smtp::{Login, Relay, Security, Timeouts, Tls, TlsError};

/// Why the relay can't even be tried.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RelayError {
    /// There is no password, or no access token.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// TLS can't be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// Makes ready to connect.
///
/// # Errors
/// The password or the token can't be read, or there is nothing to verify a certificate against.
pub fn relay(settings: &settings::Relay) -> Result<Relay, RelayError> {
    let tls = || Tls::new(&settings.host, settings.ca_file.as_deref());
    let security = match settings.security {
        settings::Security::Tls => Security::Tls(tls()?),
        settings::Security::StartTls => Security::StartTls(tls()?),
        settings::Security::None => Security::None,
    };
    let login = settings.login.as_ref().map(login).transpose()?;
    Ok(Relay {
        host: settings.host.clone(),
        port: settings.port,
        security,
        login,
        hello: match &settings.hello {
            Some(name) => client_id(name),
            None => ClientId::default(),
        },
        timeouts: Timeouts::default(),
    })
}

fn login(settings: &settings::Login) -> Result<Login, PasswordError> {
    let user = settings.user.clone();
    match &settings.credential {
        Credential::Password(password) => {
            let password = password.read()?.as_str().to_owned();
            Ok(Login::Password(Credentials::new(user, password)))
        }
        Credential::Token(file) => {
            file.read()?; // where there is none, nothing begins
            let file = file.clone();
            Ok(Login::Token { user, file })
        }
    }
}

/// What tells a relay as the settings have it, with the password, from any
/// other. Of the password it says too little for anybody to tell it by that.
/// An access token is renewed every hour by no person: it tells them apart
/// `with_token` only.
pub fn fingerprint(settings: &settings::Relay, secret: &Secret, with_token: bool) -> u64 {
    let credential = settings.login.as_ref().map(|login| &login.credential);
    let password = match credential {
        Some(Credential::Password(password)) => password.read().ok(),
        Some(Credential::Token(file)) if with_token => file.read().ok(),
        Some(Credential::Token(_)) | None => None,
    };
    let password = password.as_ref().map_or("", |password| password.as_str());
    let [one, two, three, ..] = secret.derive("relay", &[&format!("{settings:?}"), password]);
    u64::from_be_bytes([0, 0, 0, 0, 0, one, two, three])
}

/// A name, or an address literal (RFC 5321, 4.1.3).
fn client_id(name: &str) -> ClientId {
    let literal = name
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let v6 = literal.and_then(|literal| literal.strip_prefix("IPv6:")?.parse().ok());
    let v4 = literal.and_then(|literal| literal.parse().ok());
    match (v4, v6) {
        (Some(v4), _) => ClientId::Ipv4(v4),
        (None, Some(v6)) => ClientId::Ipv6(v6),
        (None, None) => ClientId::Domain(name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_stays_one() {
        for name in ["mail.example.org", "[192.0.2.1]", "[IPv6:2001:db8::1]"] {
            assert_eq!(client_id(name).to_string(), name);
        }
    }
}
