//! Finds private keys in PEM (RFC 7468) that somebody pasted into the settings,
//! in a text, bare, or behind any key at all, so that they can be hidden.

use crate::diagnostic::Span;

/// What ends the first line of each of them.
const BEGIN: &str = "PRIVATE KEY-----";

/// Where such keys are, without the lines that only name them, in order.
pub(super) fn private_keys(text: &str) -> Vec<Span> {
    let mut keys = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find(BEGIN) {
        let start = at + found + BEGIN.len();
        let label = &text[..at + found];
        let is_begin = label
            .rfind("-----")
            .is_some_and(|dashes| label[dashes..].starts_with("-----BEGIN "));
        at = start;
        if is_begin {
            at += length(&text[start..]);
            keys.extend((at > start).then(|| Span::new(start, at)));
        }
    }
    keys
}

/// How many bytes of the key `rest` begins with: what is left of its line, with
/// `\n` for line ends where it is a text in one line, and the lines of base64 below.
fn length(rest: &str) -> usize {
    let is_base64 = |char: char| char.is_ascii_alphanumeric() || "+/=".contains(char);
    let in_line = |char: char| is_base64(char) || "\\ \t\r".contains(char);
    let mut length = rest.find(|char| !in_line(char)).unwrap_or(rest.len());
    while let Some(below) = rest[length..].strip_prefix('\n') {
        let line = below.split('\n').next().unwrap_or_default();
        let words = line.trim();
        // `port=465` is a setting: in base64, = stands at the end alone.
        let whole = words.trim_end_matches('=');
        if words.is_empty() || whole.contains('=') || !whole.chars().all(is_base64) {
            break;
        }
        length += 1 + line.len();
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(text: &str) -> Vec<&str> {
        let keys = private_keys(text);
        keys.iter().map(|key| &text[key.start..key.end]).collect()
    }

    #[test]
    fn keys_are_found_wherever_they_stand() {
        for kind in ["", "RSA ", "EC ", "ENCRYPTED "] {
            let key = format!(
                "-----BEGIN {kind}PRIVATE KEY-----\nMIIE+/\nab==\n-----END {kind}PRIVATE KEY-----\n"
            );
            for before in ["", "key_file = \"\"\"\n", "x = ", "# "] {
                let text = format!("{before}{key}\"\"\"\nport=465\n");
                assert_eq!(hidden(&text), ["\nMIIE+/\nab=="], "{text}");
            }
        }
        assert_eq!(
            hidden("key = \"-----BEGIN PRIVATE KEY-----\\nMIIE\\n-----END PRIVATE KEY-----\""),
            ["\\nMIIE\\n"]
        );
        assert_eq!(
            hidden("-----BEGIN PRIVATE KEY-----\nMIIE\nhost = \"é\""),
            ["\nMIIE"]
        );
        assert_eq!(hidden("-----BEGIN PRIVATE KEY-----\nport=465\n"), [""; 0]);
        assert_eq!(hidden("# PRIVATE KEY-----\nMIIE\n"), [""; 0]);
    }
}
