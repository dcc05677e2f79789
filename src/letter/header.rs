//! Header fields: folded at 78 columns (RFC 5322, 2.1.1), words beyond ASCII encoded (RFC 2047).
//!
//! lettre's encoder crate does the encoding; which form a value takes is
//! decided here, since lettre's own header types leave `=?…?=` typed by people
//! as it stands, which readers would decode, never fold before an address, and
//! keep a word of any length whole.

use std::fmt::Write;

use email_encoding::headers::rfc2047;
use email_encoding::headers::writer::EmailWriter;

use crate::people::{DisplayName, EmailAddress};

/// The width that lines are folded at, CRLF not counted.
const WIDTH: usize = 78;
/// The same for a line with an encoded word (RFC 2047, 2).
const ENCODED_WIDTH: usize = 76;
/// The longest word that is kept in plain ASCII.
const LONG_WORD: usize = 60;

/// A field of running text (RFC 5322, 2.2.1), with its CRLF.
pub(super) fn text(name: &str, value: &str) -> String {
    let mut line = format!("{name}: ");
    let plain = value.bytes().all(|byte| (b' '..=b'~').contains(&byte))
        && !value.contains("=?")
        && !value.contains("  ")
        && value == value.trim()
        && value.split(' ').all(|word| word.len() <= LONG_WORD);
    write(&mut line, |writer| {
        if plain {
            writer.folding().write_str(value)
        } else {
            rfc2047::encode(value, writer)
        }
    });
    line + "\r\n"
}

/// A field with one mailbox (RFC 5322, 3.4), with its CRLF.
pub(super) fn mailbox(name: &str, display: Option<&DisplayName>, address: &EmailAddress) -> String {
    let Some(display) = display else {
        return words(name, &[&address.to_string()]);
    };
    let address = format!("<{address}>");
    let mut line = format!("{name}: ");
    write(&mut line, |writer| {
        let encoded = phrase(writer, display.as_str())?;
        let width = if encoded { ENCODED_WIDTH } else { WIDTH };
        if writer.line_len() + 1 + address.len() > width {
            writer.new_line()?;
        }
        writer.space();
        writer.write_str(&address)
    });
    line + "\r\n"
}

/// A display name: quoted where it is plain ASCII, else encoded. Never bare,
/// since a dot in a bare phrase is obsolete syntax.
/// Returns whether it was encoded.
fn phrase(writer: &mut EmailWriter<'_>, words: &str) -> Result<bool, std::fmt::Error> {
    let plain = words.split(' ').all(|word| {
        word.len() <= LONG_WORD
            && word
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.,'&+".contains(&byte))
    });
    if plain && !words.contains("  ") {
        writer.write_char('"')?;
        writer.folding().write_str(words)?;
        writer.write_char('"')?;
        Ok(false)
    } else {
        rfc2047::encode(words, writer)?;
        Ok(true)
    }
}

/// A field whose words are whole and go on a line of their own where they don't fit: identifiers and URLs.
pub(super) fn words(name: &str, words: &[&str]) -> String {
    let mut field = format!("{name}:");
    let mut width = field.len();
    for word in words {
        if width + 1 + word.len() > WIDTH {
            field.push_str("\r\n");
            width = 0;
        }
        field.push(' ');
        field.push_str(word);
        width += 1 + word.len();
    }
    field + "\r\n"
}

fn write(line: &mut String, value: impl FnOnce(&mut EmailWriter<'_>) -> std::fmt::Result) {
    let start = line.len();
    let mut writer = EmailWriter::new(line, start, 0, true);
    value(&mut writer).expect("writing to a String doesn't fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(name: &str, address: &str) -> String {
        let name = DisplayName::parse(name).unwrap();
        mailbox("To", name.as_ref(), &address.parse().unwrap())
    }

    #[test]
    fn names_take_the_plainest_form_that_is_right() {
        assert_eq!(
            to("Anna", "a@example.org"),
            "To: \"Anna\" <a@example.org>\r\n"
        );
        assert_eq!(
            to("J. R. O'Neil, Jr.", "a@example.org"),
            "To: \"J. R. O'Neil, Jr.\" <a@example.org>\r\n"
        );
        assert_eq!(to("", "a@example.org"), "To: a@example.org\r\n");
        assert_eq!(
            to("Zoë", "a@example.org"),
            "To: =?utf-8?b?Wm/Dqw==?= <a@example.org>\r\n"
        );
        assert_eq!(
            to("a \"b\"", "a@example.org"),
            "To: =?utf-8?b?YSAiYiI=?= <a@example.org>\r\n"
        );
        assert_eq!(
            to("=?x?=", "a@example.org"),
            "To: =?utf-8?b?PT94Pz0=?= <a@example.org>\r\n"
        );
    }

    #[test]
    fn lines_are_folded() {
        let local = "l".repeat(60);
        let domain = format!("{}.example.org", "d".repeat(60));
        for field in [
            to(&"Long Name ".repeat(15), "a@example.org"),
            to("Some Name", &format!("{local}@example.org")),
            to(&"Zoë ".repeat(40), "a@example.org"),
            to("a a  bcd     aabcda", "someone.with.a.name@example.org"),
            to(&"x".repeat(199), "a@example.org"),
            text("Subject", &"word ".repeat(60)),
            text("Subject", &"ü".repeat(300)),
            text("Subject", &"w".repeat(300)),
            text("Subject", &format!("{} b", "a ".repeat(60))),
        ] {
            let lines: Vec<_> = field.strip_suffix("\r\n").unwrap().split("\r\n").collect();
            assert!(lines.len() > 1, "{field}");
            let width = |line: &&str| if line.contains("=?") { 76 } else { 78 };
            assert!(
                lines.iter().all(|line| line.len() <= width(line)),
                "{field}"
            );
            assert!(
                lines
                    .iter()
                    .skip(1)
                    .all(|line| line.starts_with(' ') && !line.trim().is_empty()),
                "{field}"
            );
        }
        let long = to("Name", &format!("{local}@{domain}"));
        assert_eq!(
            long.matches("\r\n").count(),
            2,
            "an address is never cut: {long}"
        );
    }

    #[test]
    fn what_looks_encoded_is_encoded() {
        assert_eq!(
            text("Subject", "=?utf-8?q?x?="),
            "Subject: =?utf-8?b?PT91dGYtOD9xP3g/PQ==?=\r\n"
        );
        assert_eq!(text("Subject", "a  b"), "Subject: =?utf-8?b?YSAgYg==?=\r\n");
    }
}
