//! How long each stage may take: the values of RFC 5321, 4.5.3.2, where it has one.

use std::time::Duration;

/// A time for each stage.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// The TCP handshake.
    pub dial: Duration,
    /// The 220 (4.5.3.2.1).
    pub greeting: Duration,
    /// EHLO, STARTTLS, AUTH, RSET: any command without a time of its own.
    pub command: Duration,
    /// The TLS handshake.
    pub tls: Duration,
    /// MAIL (4.5.3.2.2).
    pub mail: Duration,
    /// RCPT (4.5.3.2.3).
    pub rcpt: Duration,
    /// The 354 (4.5.3.2.4).
    pub data: Duration,
    /// Each block of the body that is handed over (4.5.3.2.5).
    pub block: Duration,
    /// The reply to the dot (4.5.3.2.6): "a spurious timeout … multiple copies".
    pub dot: Duration,
    /// QUIT: a courtesy, not waited for.
    pub quit: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
        Self {
            dial: Duration::from_secs(30),
            greeting: minutes(5),
            command: minutes(5),
            tls: minutes(1),
            mail: minutes(5),
            rcpt: minutes(5),
            data: minutes(2),
            block: minutes(3),
            dot: minutes(10),
            quit: Duration::from_secs(2),
        }
    }
}
