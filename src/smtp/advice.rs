//! What a person can do about a relay that can't be used: most often a word of
//! the settings is wrong, and which one can be told.

use std::io;

use tokio_rustls::rustls::{AlertDescription, CertificateError, Error};

use super::failure::{Cause, Failure, Stage, tls_error};

impl Failure {
    /// Tells what has happened and, where that is known, what to do about it.
    pub fn with_advice(&self) -> String {
        match self.advice() {
            Some(advice) => format!("{self} ({advice})"),
            None => self.to_string(),
        }
    }

    fn advice(&self) -> Option<&'static str> {
        let refused = |error: &io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
        Some(match (self.stage, &self.cause) {
            (_, Cause::Lookup { .. }) => {
                "look at host in the settings, and whether this machine is online"
            }
            (Stage::Dial, Cause::At { cause, .. }) => match &**cause {
                Cause::Io(error) if refused(error) => {
                    "nothing listens there: look at host and port in the settings"
                }
                Cause::Timeout(_) => {
                    "look at host and port in the settings; many networks let no mail out but by port 465 or 587"
                }
                _ => return None,
            },
            (Stage::Greeting, Cause::Timeout(_)) => {
                "a server that waits for TLS says nothing: for port 465 write security = \"tls\""
            }
            (Stage::Tls, Cause::NotOffered(_)) => {
                "if it has a port for TLS alone, mostly 465, write that, and security = \"tls\""
            }
            (Stage::Tls, Cause::Io(error)) => about_tls(tls_error(error)?)?,
            (Stage::Auth, Cause::Reply(reply)) if reply.is_permanent() => {
                "look at user and password, or the access token, in the settings; some providers want a password made for programs"
            }
            (_, Cause::Reply(reply)) if reply.code == 530 => {
                "it wants a login: write user and password_file under [relay]"
            }
            _ => return None,
        })
    }
}

fn about_tls(error: &Error) -> Option<&'static str> {
    use CertificateError::{
        Expired, ExpiredContext, NotValidForName, NotValidForNameContext, NotValidYet,
        NotValidYetContext, UnknownIssuer,
    };
    Some(match error {
        Error::InvalidMessage(_) => {
            "it speaks no TLS there: for port 587 write security = \"starttls\""
        }
        Error::InvalidCertificate(UnknownIssuer) => {
            "name its authority by ca_file in the settings, if you trust it"
        }
        Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }) => {
            "write the name that the certificate is for as host in the settings"
        }
        Error::InvalidCertificate(
            Expired | ExpiredContext { .. } | NotValidYet | NotValidYetContext { .. },
        ) => "whoever runs the server must renew it, unless the clock of this machine is wrong",
        Error::PeerIncompatible(_) | Error::AlertReceived(AlertDescription::ProtocolVersion) => {
            "it may have only TLS that is out of use, 1.1 or older: whoever runs it must bring it up to date"
        }
        _ => return None,
    })
}
