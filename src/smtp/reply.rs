//! Reads replies byte by byte, in bounds: whatever a server says, it takes
//! little memory, is never mistaken for something else, and never handed to
//! the wrong command.

use std::fmt;
use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// The longest line of a reply, in bytes: eight times what RFC 5321 (4.5.3.1.5) allows.
const MAX_LINE: usize = 4_096;
/// The longest reply, in bytes.
const MAX_REPLY: usize = 65_536;
/// The most characters of a reply that people are shown, and that are kept.
const MAX_SHOWN: usize = 1_000;

/// A whole reply (RFC 5321, 4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Three digits, the first of them 2 to 5.
    pub code: u16,
    /// The enhanced status code (RFC 3463), where the text begins with one of the same class.
    pub enhanced: Option<Enhanced>,
    /// What it says, lines joined by `\n`, without the codes' digits; bytes that are not UTF-8 are replaced.
    pub text: String,
}

/// An enhanced status code: class, subject, detail (RFC 3463, 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enhanced(pub u8, pub u16, pub u16);

/// Why there is no reply.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplyError {
    /// The connection was closed before the reply was whole.
    #[error("the server closed the connection")]
    Closed,
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Io(#[from] io::Error),
    /// A line, or all lines together, are too long.
    #[error("the server's reply never ends")]
    TooLong,
    /// No three digits with a space, a hyphen or the line's end after them, or lines of different codes.
    #[error("the server's reply can't be understood: {0}")]
    Malformed(String),
}

impl Reply {
    /// Says whether it is `2yz`.
    pub fn is_positive(&self) -> bool {
        self.code / 100 == 2
    }

    /// Says whether it is `4yz`: try again later (RFC 5321, 4.2.1).
    pub fn is_transient(&self) -> bool {
        self.code / 100 == 4
    }

    /// Says whether it is `5yz`: don't try again as it is (RFC 5321, 4.2.1).
    pub fn is_permanent(&self) -> bool {
        self.code / 100 == 5
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.code)?;
        if let Some(Enhanced(class, subject, detail)) = self.enhanced {
            write!(out, " {class}.{subject}.{detail}")?;
        }
        if self.text.is_empty() {
            return Ok(());
        }
        let mut chars = self.text.chars();
        let shown: String = chars.by_ref().take(MAX_SHOWN).collect();
        let more = if chars.next().is_some() { "…" } else { "" };
        write!(out, " {}{more}", shown.replace('\n', " "))
    }
}

/// Bytes that have come and are no reply yet.
#[derive(Debug, Default)]
pub(super) struct ReplyReader {
    buffer: Vec<u8>,
}

impl ReplyReader {
    /// Reads the next reply. After an error nothing more can be read.
    pub(super) async fn read(
        &mut self,
        stream: &mut (impl AsyncRead + Unpin),
    ) -> Result<Reply, ReplyError> {
        let mut code = None;
        let mut lines = Vec::new();
        let mut total = 0;
        loop {
            let line = self.line(stream).await?;
            total += line.len();
            if total > MAX_REPLY {
                return Err(ReplyError::TooLong);
            }
            let (digits, last, text) = parse_line(&line)?;
            if code.is_some_and(|code| code != digits) {
                return Err(malformed(&line));
            }
            code = Some(digits);
            lines.push(text);
            if last {
                return Ok(reply(digits, &lines));
            }
        }
    }

    /// Takes one line, without its end; a bare LF counts as one.
    async fn line(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> Result<Vec<u8>, ReplyError> {
        let mut searched = 0;
        loop {
            if let Some(found) = self.buffer[searched..]
                .iter()
                .position(|&byte| byte == b'\n')
            {
                let rest = self.buffer.split_off(searched + found + 1);
                let mut line = std::mem::replace(&mut self.buffer, rest);
                line.pop();
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(line);
            }
            searched = self.buffer.len();
            if searched > MAX_LINE {
                return Err(ReplyError::TooLong);
            }
            let mut chunk = [0; 2_048];
            match stream.read(&mut chunk).await? {
                0 => return Err(ReplyError::Closed),
                read => self.buffer.extend_from_slice(&chunk[..read]), // `read` counts this array
            }
        }
    }

    /// Says whether something has come that no command has asked for.
    pub(super) fn has_surplus(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// Forgets what has come, as RFC 3207 (5) asks before TLS.
    pub(super) fn discard(&mut self) {
        self.buffer.clear();
    }

    /// Keeps bytes that were read elsewhere.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }
}

/// The code of a line, whether it is the reply's last, and its text.
fn parse_line(line: &[u8]) -> Result<(u16, bool, String), ReplyError> {
    let digit = |at: usize, low: u8, high: u8| {
        line.get(at)
            .filter(|byte| (low..=high).contains(*byte))
            .map(|byte| u16::from(byte - b'0'))
    };
    let (Some(class), Some(subject), Some(detail)) = (
        digit(0, b'2', b'5'),
        digit(1, b'0', b'9'),
        digit(2, b'0', b'9'),
    ) else {
        return Err(malformed(line));
    };
    let last = match line.get(3) {
        None | Some(b' ') => true,
        Some(b'-') => false,
        Some(_) => return Err(malformed(line)),
    };
    let text = String::from_utf8_lossy(line.get(4..).unwrap_or_default());
    Ok((
        class * 100 + subject * 10 + detail,
        last,
        text.trim_end().to_owned(),
    ))
}

fn malformed(line: &[u8]) -> ReplyError {
    let start = &line[..line.len().min(80)];
    ReplyError::Malformed(String::from_utf8_lossy(start).escape_debug().to_string())
}

fn reply(code: u16, lines: &[String]) -> Reply {
    let enhanced = lines.iter().find_map(|line| enhanced(line, code));
    let without = |line: &String| match self::enhanced(line, code) {
        Some(_) => line.split_once(' ').map_or("", |(_, rest)| rest).to_owned(),
        None => line.clone(),
    };
    let text: Vec<String> = lines.iter().map(without).collect();
    Reply {
        code,
        enhanced,
        text: text.join("\n"),
    }
}

/// The enhanced code at the start of a line, of the same class as the code (RFC 2034, 4).
fn enhanced(line: &str, code: u16) -> Option<Enhanced> {
    let word = line.split(' ').next()?;
    let mut numbers = word.split('.');
    let class: u8 = numbers.next()?.parse().ok()?;
    let subject: u16 = numbers.next()?.parse().ok()?;
    let detail: u16 = numbers.next()?.parse().ok()?;
    let fits = numbers.next().is_none()
        && u16::from(class) == code / 100
        && subject < 1_000
        && detail < 1_000;
    fits.then_some(Enhanced(class, subject, detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(bytes: &[u8]) -> (Vec<Reply>, ReplyError) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(async {
            let mut reader = ReplyReader::default();
            let mut replies = Vec::new();
            let mut stream = bytes;
            loop {
                match reader.read(&mut stream).await {
                    Ok(reply) => replies.push(reply),
                    Err(error) => return (replies, error),
                }
            }
        })
    }

    #[test]
    fn replies_of_all_forms_are_read() {
        let (replies, end) = read_all(
            b"250-mx.example.org\r\n250-PIPELINING\r\n250 SIZE 100\r\n250\r\n550 5.1.1 <a@b> unknown\r\n452-4.2.2 full\r\n452 4.2.2 really\r\n250 2.0 ok\n421 5.0.0 other class\r\n550 caf\xE9\r\n",
        );
        assert!(matches!(end, ReplyError::Closed));
        let told: Vec<_> = replies.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "250 mx.example.org PIPELINING SIZE 100",
                "250",
                "550 5.1.1 <a@b> unknown",
                "452 4.2.2 full really",
                "250 2.0 ok",
                "421 5.0.0 other class",
                "550 caf\u{FFFD}",
            ]
        );
        assert_eq!(replies[3].enhanced, Some(Enhanced(4, 2, 2)));
        assert_eq!(replies[5].enhanced, None);
    }

    #[test]
    fn the_enhanced_code_may_stand_on_any_line() {
        let (replies, _) = read_all(b"550-5.7.1 your account is blocked\r\n550 see http://example.org\r\n550-The mailbox\r\n550 5.1.1 is unknown\r\n");
        assert_eq!(
            replies[0].to_string(),
            "550 5.7.1 your account is blocked see http://example.org"
        );
        assert_eq!(replies[1].to_string(), "550 5.1.1 The mailbox is unknown");
    }

    #[test]
    fn what_is_no_reply_is_not_taken_for_one() {
        for bytes in [
            &b"hello\r\n"[..],
            b"2500 ok\r\n",
            b"25 ok\r\n",
            b"999 x\r\n",
            b"150 x\r\n",
            b"\r\n",
            b"\0\0\0\r\n",
            b"250-a\r\n251 b\r\n",
            b"25\xB2 x\r\n",
        ] {
            let (replies, error) = read_all(bytes);
            assert!(
                replies.is_empty() && matches!(error, ReplyError::Malformed(_)),
                "{bytes:?}: {replies:?} {error}"
            );
        }
    }

    #[test]
    fn endless_replies_end() {
        let line = vec![b'2'; MAX_LINE * 3];
        assert!(matches!(read_all(&line).1, ReplyError::TooLong));
        let lines = b"250-x\r\n".repeat(MAX_REPLY / 4);
        assert!(matches!(read_all(&lines).1, ReplyError::TooLong));
        let (replies, error) = read_all(b"250 ok");
        assert!(replies.is_empty() && matches!(error, ReplyError::Closed));
    }
}
