//! The canonical form `relaxed` (RFC 6376, 3.4.2 and 3.4.4): what is signed,
//! whatever servers on the way do to white space.

use memchr::memmem;

/// Where white space may stand otherwise than in the relaxed form. Most bodies
/// have little of it, and are looked through for each by many bytes at once.
const UNRELAXED: [&str; 3] = ["  ", " \r", "\t"];

/// Says whether a byte is WSP (RFC 5234, B.1).
fn is_space(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// Writes a whole field, its CRLF with it, in relaxed form onto the end of
/// `out`; without a colon it is no field, and nothing is written.
pub(super) fn field(field: &[u8], out: &mut Vec<u8>) {
    let Some(colon) = field.iter().position(|&byte| byte == b':') else {
        return;
    };
    let (name, value) = (&field[..colon], &field[colon + 1..]); // the colon is inside
    out.extend(name.trim_ascii_end().iter().map(u8::to_ascii_lowercase));
    out.push(b':');
    let words = value
        .split(|&byte| is_space(byte) || byte == b'\r' || byte == b'\n')
        .filter(|word| !word.is_empty());
    for (index, word) in words.enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(word);
    }
    out.extend_from_slice(b"\r\n");
}

/// Gives a body in relaxed form, piece by piece. Its lines must end with CRLF;
/// where the last does not, the CRLF is added.
pub(super) fn body(body: &[u8], mut give: impl FnMut(&[u8])) {
    let body = trimmed(body);
    let mut places = UNRELAXED.map(|place| memmem::find_iter(body, place).peekable());
    let mut at = 0; // what is before it is given
    while let Some(place) = places
        .iter_mut()
        .filter_map(|places| {
            while places.next_if(|place| *place < at).is_some() {}
            places.peek().copied()
        })
        .min()
    {
        let is_word = |byte: &u8| !is_space(*byte);
        let before = body[at..place].iter().rposition(is_word);
        let start = before.map_or(at, |last| at + last + 1);
        let behind = body[place..].iter().position(is_word);
        let end = behind.map_or(body.len(), |first| place + first);
        give(&body[at..start]);
        // At the end of a line it is left out; elsewhere it is one space.
        if !matches!(body[end..], [] | [b'\r', b'\n', ..]) {
            give(b" ");
        }
        at = end;
    }
    give(&body[at..]);
    if !body.is_empty() {
        give(b"\r\n");
    }
}

/// A body without the CRLF of its last line, and without empty lines behind that.
fn trimmed(mut body: &[u8]) -> &[u8] {
    loop {
        let line = match body.iter().rposition(|&byte| !is_space(byte)) {
            Some(last) => &body[..=last],
            None => return &[],
        };
        match line.strip_suffix(b"\r\n") {
            Some(shorter) => body = shorter,
            None => return line,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn relaxed_field(text: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        field(text, &mut out);
        out
    }

    fn relaxed_body(text: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        body(text, |piece| out.extend_from_slice(piece));
        out
    }

    /// RFC 6376, 3.4.5, example 1.
    #[test]
    fn the_example_of_the_standard() {
        assert_eq!(relaxed_field(b"A: X\r\n"), b"a:X\r\n");
        assert_eq!(relaxed_field(b"B : Y\t\r\n\tZ  \r\n"), b"b:Y Z\r\n");
        assert_eq!(relaxed_body(b" C \r\nD \t E\r\n\r\n\r\n"), b" C\r\nD E\r\n");
    }

    #[test]
    fn ends_of_bodies() {
        for (body, relaxed) in [
            (&b""[..], &b""[..]),
            (b"\r\n", b""),
            (b"\r\n\r\n", b""),
            (b" \t\r\n \r\n", b""),
            (b"  ", b""),
            (b"a", b"a\r\n"),
            (b"a ", b"a\r\n"),
            (b"a\r\n", b"a\r\n"),
            (b"a\r\n \r\n\t\r\n", b"a\r\n"),
            (b"\r\na\r\n", b"\r\na\r\n"),
            (b"\r\n\ta  b\r\n", b"\r\n a b\r\n"),
            (b"a\tb c\r\n", b"a b c\r\n"),
        ] {
            assert_eq!(relaxed_body(body), relaxed, "{body:?}");
        }
    }

    /// The body line by line, in the words of RFC 6376, 3.4.4.
    fn slowly(body: &[u8]) -> Vec<u8> {
        let text = String::from_utf8(body.to_vec()).unwrap();
        let lines = text.strip_suffix("\r\n").unwrap_or(&text).split("\r\n");
        let mut lines: Vec<String> = lines
            .map(|line| {
                let mut reduced = String::new();
                for char in line.trim_end_matches([' ', '\t']).chars() {
                    let char = if char == '\t' { ' ' } else { char };
                    if char != ' ' || !reduced.ends_with(' ') {
                        reduced.push(char);
                    }
                }
                reduced
            })
            .collect();
        while lines.last().is_some_and(String::is_empty) {
            lines.pop();
        }
        lines
            .iter()
            .map(|line| format!("{line}\r\n"))
            .collect::<String>()
            .into_bytes()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn once_is_as_good_as_twice(text in "(a|b|:| |\t|\r\n){0,40}") {
            let once = relaxed_body(text.as_bytes());
            prop_assert_eq!(&relaxed_body(&once), &once);
            let once = relaxed_field(text.as_bytes());
            prop_assert_eq!(&relaxed_field(&once), &once);
        }

        #[test]
        fn bodies_are_as_line_by_line(text in "((a|word |é\r\n){0,60}(a|é|\r| |\t|\r\n){0,9}){0,9}") {
            prop_assert_eq!(relaxed_body(text.as_bytes()), slowly(text.as_bytes()));
        }
    }
}
