//! The header section of a letter, read back from its bytes: as it leaves, and as people read it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The header section of a letter.
#[derive(Debug)]
pub(super) struct Headers {
    /// As it leaves, up to the blank line (RFC 5322, 2.1); line ends as `\n`.
    pub(super) raw: String,
    /// Each field: its name, and its value unfolded and decoded.
    pub(super) fields: Vec<(String, String)>,
}

impl Headers {
    /// Reads them.
    pub(super) fn of(letter: &[u8]) -> Self {
        let end = letter
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap_or(letter.len());
        let raw = String::from_utf8_lossy(&letter[..end]).replace("\r\n", "\n");
        let unfolded = raw.replace("\n ", " ").replace("\n\t", " ");
        let fields = unfolded.lines().filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_owned(), decoded(value.trim())))
        });
        Self {
            fields: fields.collect(),
            raw,
        }
    }
}

/// What a field is for, in a few words; nothing where its name says it.
pub(super) fn purpose(name: &str) -> &'static str {
    match name {
        "Reply-To" => "where answers go",
        "To" => "the one recipient; here an invented one",
        "Message-ID" => "what tells this letter from all others",
        "List-Id" => "by which readers may sort their mail",
        "List-Unsubscribe" => "how mail programs unsubscribe their reader",
        "List-Unsubscribe-Post" => "that one click is enough",
        "Precedence" => "so that holiday notices stay away",
        "DKIM-Signature" => "the seal of the sender's domain",
        _ => "",
    }
}

/// Encoded words as the words that they stand for (RFC 2047): only base64 in
/// UTF-8 is written here, and whatever else may come stays as it stands.
fn decoded(value: &str) -> String {
    let mut bytes: Vec<u8> = Vec::new();
    let mut after_encoded = false;
    for word in value.split(' ') {
        let encoded = word
            .strip_prefix("=?utf-8?b?")
            .and_then(|rest| rest.strip_suffix("?="))
            .and_then(|code| STANDARD.decode(code).ok());
        // Between two encoded words the space belongs to neither.
        let between = after_encoded && encoded.is_some();
        if !(bytes.is_empty() || between) {
            bytes.push(b' ');
        }
        after_encoded = encoded.is_some();
        bytes.extend(encoded.as_deref().unwrap_or(word.as_bytes()));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_and_encoded_fields_are_read() {
        let headers = Headers::of(
            b"Subject: =?utf-8?b?WsO8cmljaA==?=\r\n =?utf-8?b?IGFuZA==?= more\r\nTo: \"A: B\"\r\n <a@example.org>\r\n\r\nNo: field\r\n\r\n",
        );
        let fields = [
            ("Subject".to_owned(), "Zürich and more".to_owned()),
            ("To".to_owned(), "\"A: B\" <a@example.org>".to_owned()),
        ];
        assert_eq!(headers.fields, fields);
        assert!(headers.raw.ends_with("<a@example.org>"));
        assert_eq!(
            decoded("=?utf-8?b?***?= =?x?q?y?="),
            "=?utf-8?b?***?= =?x?q?y?="
        );
    }
}
