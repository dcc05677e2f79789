//! The relay of the settings as a connection needs it: its password read, its certificates loaded.

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::extension::ClientId;

use crate::settings::{self, PasswordError};
use crate::smtp::{Relay, Security, Timeouts, Tls, TlsError};

/// Why the relay can't even be tried.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RelayError {
    /// There is no password.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// TLS can't be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// Makes ready to connect.
///
/// # Errors
/// The password can't be read, or there is nothing to verify a certificate against.
pub fn relay(settings: &settings::Relay) -> Result<Relay, RelayError> {
    let tls = || Tls::new(&settings.host, settings.ca_file.as_deref());
    let security = match settings.security {
        settings::Security::Tls => Security::Tls(tls()?),
        settings::Security::StartTls => Security::StartTls(tls()?),
        settings::Security::None => Security::None,
    };
    let credentials = match &settings.login {
        Some(login) => {
            let password = login.password.read()?;
            let password = password.as_str().to_owned();
            Some(Credentials::new(login.user.clone(), password))
        }
        None => None,
    };
    Ok(Relay {
        host: settings.host.clone(),
        port: settings.port,
        security,
        credentials,
        hello: match &settings.hello {
            Some(name) => ClientId::Domain(name.clone()),
            None => ClientId::default(),
        },
        timeouts: Timeouts::default(),
    })
}
