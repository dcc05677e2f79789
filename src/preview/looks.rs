//! Copies of the mail as some readers get it: in the dark, without its
//! `<style>`, without images. They are made from the HTML body itself; the page
//! says that they are copies.

/// The mail as a device in the dark shows it, whatever this device is: its
/// rules for the dark hold without their condition. Nothing where it has none.
pub(super) fn dark(html: &str) -> Option<String> {
    without_condition(html, true)
}

/// The mail as a device in the light shows it: its rules for the dark are gone.
/// Nothing where it has none.
pub(super) fn light(html: &str) -> Option<String> {
    without_condition(html, false)
}

fn without_condition(html: &str, holds: bool) -> Option<String> {
    let mut copy = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, body, after)) = next_rule(rest) {
        copy.push_str(before);
        copy.push_str(if holds { body } else { "" });
        rest = after;
    }
    let found = rest.len() < html.len();
    copy.push_str(rest);
    found.then_some(copy)
}

/// What stands before the next rule for the dark, in it, and behind it.
fn next_rule(html: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(at) = html[from..].find("@media").map(|at| from + at) {
        let open = at + html[at..].find('{')?;
        from = open;
        let condition: String = html[at..open].split_whitespace().collect();
        if condition != "@media(prefers-color-scheme:dark)" {
            continue;
        }
        let mut depth = 0_usize;
        for (offset, byte) in html[open..].bytes().enumerate() {
            match byte {
                b'{' => depth += 1,
                b'}' => depth -= 1, // the first byte is `{`
                _ => {}
            }
            if depth == 0 {
                let close = open + offset;
                return Some((&html[..at], &html[open + 1..close], &html[close + 1..]));
            }
        }
        return None;
    }
    None
}

/// The mail where a reader's program removes every `<style>`.
pub(super) fn without_style(html: &str) -> String {
    let mut bare = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find("<style") {
        bare.push_str(&rest[..at]);
        let end = rest[at..].find("</style>");
        rest = end.map_or("", |end| &rest[at + end + "</style>".len()..]);
    }
    bare + rest
}

/// The mail where images aren't loaded: the words for each stand in its place.
/// Nothing where it has none.
pub(super) fn without_images(html: &str) -> Option<String> {
    let mut bare = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find("<img ") {
        let end = at + rest[at..].find('>')?;
        let tag = &rest[at..end];
        bare.push_str(&rest[..at]);
        let source = tag.find(" src=\"").and_then(|start| {
            let value = start + " src=\"".len();
            Some((start, value + tag[value..].find('"')? + 1))
        });
        match source {
            Some((start, after)) => {
                bare.push_str(&tag[..start]);
                bare.push_str(&tag[after..]);
            }
            None => bare.push_str(tag),
        }
        rest = &rest[end..];
    }
    let found = rest.len() < html.len();
    bare.push_str(rest);
    found.then_some(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_for_the_dark_hold_always() {
        let html = "<style>a{x:1}@media print{b{y:2}}@media (prefers-color-scheme: dark){.c{z:3}.d{}}e{}</style>";
        assert_eq!(
            dark(html).unwrap(),
            "<style>a{x:1}@media print{b{y:2}}.c{z:3}.d{}e{}</style>"
        );
        assert_eq!(
            light(html).unwrap(),
            "<style>a{x:1}@media print{b{y:2}}e{}</style>"
        );
        assert_eq!(dark("<style>a{}</style>"), None);
        assert_eq!(dark("@media (prefers-color-scheme:dark){a{"), None);
    }

    #[test]
    fn styles_and_sources_are_taken_out() {
        assert_eq!(
            without_style("a<style>b</style>c<style type=x>d</style>e"),
            "ace"
        );
        assert_eq!(without_style("a<style>b"), "a");
        assert_eq!(
            without_images("a<img src=\"data:x\" alt=\"A dog\">b").unwrap(),
            "a<img alt=\"A dog\">b"
        );
        assert_eq!(without_images("no image"), None);
    }
}
