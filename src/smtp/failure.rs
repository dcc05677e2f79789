//! How a conversation fails: at which stage, why, and whether a letter may have got through all the same.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio_rustls::rustls::{self, AlertDescription};

use super::reply::ReplyError;
use super::{Reply, tls::TlsError};
use crate::settings::PasswordError;

/// Where in the conversation something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Looking up the name, and the TCP handshake.
    Dial,
    /// Waiting for the 220.
    Greeting,
    /// EHLO or HELO.
    Hello,
    /// STARTTLS or the TLS handshake.
    Tls,
    /// Logging in.
    Auth,
    /// MAIL FROM.
    Mail,
    /// RCPT TO.
    Rcpt,
    /// DATA, up to the 354.
    Data,
    /// While the message was handed over.
    Body,
    /// After the last dot.
    Dot,
}

impl Stage {
    /// The name in the ledger and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Dial => "dial",
            Stage::Greeting => "greeting",
            Stage::Hello => "hello",
            Stage::Tls => "tls",
            Stage::Auth => "auth",
            Stage::Mail => "mail",
            Stage::Rcpt => "rcpt",
            Stage::Data => "data",
            Stage::Body => "body",
            Stage::Dot => "dot",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Stage::Dial => "connecting",
            Stage::Greeting => "the greeting",
            Stage::Hello => "EHLO",
            Stage::Tls => "TLS",
            Stage::Auth => "logging in",
            Stage::Mail => "MAIL",
            Stage::Rcpt => "RCPT",
            Stage::Data => "DATA",
            Stage::Body => "the body",
            Stage::Dot => "the end of the letter",
        })
    }
}

/// Why a conversation can't go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// The server said no: a whole reply of a class or code that ends this conversation.
    #[error("the server said {0}")]
    Reply(Reply),
    /// No reply could be read.
    #[error(transparent)]
    Unread(#[from] ReplyError),
    /// The system failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The relay's name has no address, or nobody can say which.
    #[error("looking up {host}: {cause}")]
    Lookup {
        /// The name.
        host: String,
        /// Why.
        cause: Box<Cause>,
    },
    /// It failed at one of several addresses.
    #[error("{address}: {cause}")]
    At {
        /// The address, with the port.
        address: SocketAddr,
        /// Why.
        cause: Box<Cause>,
    },
    /// A stage took longer than it may.
    #[error("nothing happened for {} s", .0.as_secs())]
    Timeout(Duration),
    /// TLS can't be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// There is no access token to log in with.
    #[error(transparent)]
    Token(#[from] PasswordError),
    /// The server doesn't offer what the settings ask for.
    #[error("the server offers no {0}")]
    NotOffered(&'static str),
    /// A reply came that no command had asked for: what it answers can't be known.
    #[error("the server answered once too often")]
    Surplus,
    /// Nobody waits for the answer any more.
    #[error("the run was ended before an answer came")]
    GivenUp,
}

/// The end of a conversation. The connection is closed and of no more use.
#[derive(Debug, thiserror::Error)]
#[error("{stage}: {cause}")]
pub struct Failure {
    /// Where it happened.
    pub stage: Stage,
    /// Why.
    pub cause: Cause,
}

impl Failure {
    pub(super) fn new(stage: Stage, cause: impl Into<Cause>) -> Self {
        Self {
            stage,
            cause: cause.into(),
        }
    }

    /// Says whether TLS fails for a reason that will be the same the next time:
    /// nobody vouches for the certificate, or the server speaks only what is out of use.
    pub fn is_about_tls_itself(&self) -> bool {
        let Cause::Io(error) = &self.cause else {
            return false;
        };
        matches!(
            tls_error(error),
            Some(
                rustls::Error::InvalidCertificate(_)
                    | rustls::Error::PeerIncompatible(_)
                    | rustls::Error::AlertReceived(
                        AlertDescription::ProtocolVersion
                            | AlertDescription::InsufficientSecurity
                            | AlertDescription::HandshakeFailure
                    )
            )
        )
    }
}

/// What rustls says, where it is that which has failed.
pub(super) fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}
