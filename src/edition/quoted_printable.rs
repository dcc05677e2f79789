//! Quoted-printable (RFC 2045, 6.7), piece by piece.
//!
//! Every piece begins at a line's start. Besides what the standard asks, a dot
//! and the word "From " are encoded at a line's start: the one is doubled on
//! the wire (RFC 5321, 4.5.2), the other gets a `>` in mbox files.

/// The longest line, its final `=` included (RFC 2045, 6.7, rule 5).
const MAX_LINE: usize = 76;

/// Encodes `text`, whose lines end with `\n`, onto the end of `out`. Returns
/// the column that the next byte would get.
pub fn encode(text: &str, out: &mut Vec<u8>) -> usize {
    let mut column = 0;
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        let after = &rest[char.len_utf8()..];
        if char == '\n' {
            out.extend_from_slice(b"\r\n");
            column = 0;
            rest = after;
            continue;
        }
        let ends_line = after.is_empty() || after.starts_with('\n');
        let literal = match char {
            ' ' | '\t' => !ends_line,
            '=' => false,
            '!'..='~' => true,
            _ => false,
        };
        let width = if literal { 1 } else { 3 * char.len_utf8() };
        if column + width > MAX_LINE - 1 {
            out.extend_from_slice(b"=\r\n");
            column = 0;
        }
        let guarded = column == 0 && (char == '.' || rest.starts_with("From "));
        if literal && !guarded {
            out.push(char as u8); // `literal` characters are ASCII
            column += 1;
        } else {
            for &byte in char.encode_utf8(&mut [0; 4]).as_bytes() {
                out.extend_from_slice(&[
                    b'=',
                    HEX[usize::from(byte >> 4)],
                    HEX[usize::from(byte & 15)],
                ]);
                column += 3;
            }
        }
        rest = after;
    }
    column
}

const HEX: &[u8; 16] = b"0123456789ABCDEF";

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(text: &str) -> String {
        let mut out = Vec::new();
        encode(text, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_must_be_encoded_is() {
        assert_eq!(encoded("a=b é\n"), "a=3Db =C3=A9\r\n");
        assert_eq!(encoded("end \n\tx\t"), "end=20\r\n\tx=09");
        assert_eq!(
            encoded(".\nFrom me\nFromage"),
            "=2E\r\n=46rom me\r\nFromage"
        );
        assert_eq!(encoded("\r\0\u{7F}"), "=0D=00=7F");
    }

    #[test]
    fn no_line_is_too_long_and_no_character_is_cut() {
        for shift in 0..80 {
            let text = format!(
                "{}{}.{}",
                "x".repeat(shift),
                "é😀".repeat(40),
                "y ".repeat(60)
            );
            for line in encoded(&text).split("\r\n") {
                assert!(line.len() <= 76, "{line}");
                let mut bytes = Vec::new();
                for part in line.trim_end_matches('=').split('=').skip(1) {
                    bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
                }
                assert!(std::str::from_utf8(&bytes).is_ok(), "{line}");
                assert!(!line.starts_with('.'), "{line}");
            }
        }
    }
}
