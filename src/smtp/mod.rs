//! One connection to a relay, ours from the socket up (RFC 5321).
//!
//! lettre gives the commands, the login mechanisms and the envelope. The stream
//! and the reading of replies are ours, since lettre 0.11.23 takes a `354` at
//! the dot for success, hands a surplus reply to the next command, waits for
//! ever once connected, reads replies without a bound and believes what came in
//! clear before TLS; `tests/suite/smtp.rs` has a test for each.

mod advice;
mod capability;
mod connect;
mod failure;
mod reply;
mod session;
mod stream;
mod timeouts;
mod tls;

pub use capability::Capabilities;
pub use connect::{Login, Relay, Security};
pub use failure::{Cause, Failure, Stage};
pub use reply::{Enhanced, Reply, ReplyError};
pub use session::{Offer, Session};
pub use timeouts::Timeouts;
pub use tls::{Tls, TlsError};
