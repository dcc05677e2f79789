//! The pictures that travel with a letter, put into its HTML so that a page
//! without a network shows them: in the letter they are parts of their own,
//! which the HTML names by `cid:` (RFC 2392).

use std::borrow::Cow;

/// The HTML body with the letter's own pictures in it; the same bytes where it asks for none.
pub(super) fn put_in<'h>(html: &'h str, letter: &[u8]) -> Cow<'h, str> {
    if !html.contains("\"cid:") {
        return Cow::Borrowed(html);
    }
    let mut shown = html.to_owned();
    let letter = String::from_utf8_lossy(letter);
    for part in letter.split("\r\n--") {
        if let Some((id, address)) = picture(part) {
            shown = shown.replace(&format!("\"cid:{id}\""), &format!("\"{address}\""));
        }
    }
    Cow::Owned(shown)
}

/// The name of the picture in a part, and the address that holds it whole; nothing where the part is none.
fn picture(part: &str) -> Option<(&str, String)> {
    let (head, body) = part.split_once("\r\n\r\n")?;
    let field = |name: &str| {
        let found = head.lines().position(|line| {
            let start = line.get(..name.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(name))
        })?;
        let mut lines = head.lines().skip(found);
        let first = lines.next()?[name.len()..].trim(); // the line begins with the name
        // A value that is too long for its line stands on the next.
        Some(if first.is_empty() {
            lines.next()?.trim()
        } else {
            first
        })
    };
    let kind = field("Content-Type:")?.split(';').next()?.trim();
    let id = field("Content-ID:")?.strip_prefix('<')?.strip_suffix('>')?;
    let body: String = body.lines().collect();
    let plain = |char: char| char.is_ascii_alphanumeric() || "+/=".contains(char);
    let is_picture = ["image/png", "image/jpeg", "image/gif"].contains(&kind);
    (is_picture && body.chars().all(plain)).then(|| (id, format!("data:{kind};base64,{body}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LETTER: &str = "Subject: x\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<img>\r\n\
        --b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\nContent-ID:\r\n <one@example.org>\r\n\r\niVBO\r\nRw0=\r\n\
        --b\r\nContent-Type: image/svg+xml\r\nContent-ID: <two@example.org>\r\n\r\niVBO\r\n\
        --b\r\ncontent-type: image/gif; name=x\r\nContent-Id: <three@example.org>\r\n\r\n\"onload=\r\n--b--\r\n";

    #[test]
    fn pictures_of_the_letter_are_put_in_and_nothing_else() {
        let html = "<img src=\"cid:one@example.org\"><img src=\"cid:two@example.org\"><img src=\"cid:three@example.org\">";
        assert_eq!(
            put_in(html, LETTER.as_bytes()),
            "<img src=\"data:image/png;base64,iVBORw0=\"><img src=\"cid:two@example.org\"><img src=\"cid:three@example.org\">"
        );
        let html = "<p>cid:one@example.org</p>";
        assert!(matches!(put_in(html, LETTER.as_bytes()), Cow::Borrowed(_)));
    }
}
