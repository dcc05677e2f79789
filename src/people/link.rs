//! Where readers may be led: to a page, or to somebody's mailbox.

use super::EmailAddress;

/// Takes a link that is https with a host, or mailto with an address, in ASCII
/// as URLs are (RFC 3986; other characters percent-encoded).
///
/// # Errors
/// Why it can't be followed by a reader.
pub fn check_link(written: &str) -> Result<String, &'static str> {
    if written.contains(char::is_whitespace) || written.contains(|char: char| char.is_control()) {
        return Err("a space stands in it");
    }
    let url = url::Url::parse(written).map_err(|_| "it is no whole address")?;
    match url.scheme() {
        "https" => {
            if !url.username().is_empty() || url.password().is_some() {
                return Err("a name or password stands before its host");
            }
            // `https:page` would be mended by the parser to something nobody wrote.
            let spelt_out = written
                .get(..8)
                .is_some_and(|start| start.eq_ignore_ascii_case("https://"));
            if !spelt_out || url.host_str().is_none_or(|host| !host.contains('.')) {
                return Err("it names no host");
            }
        }
        "mailto" => {
            if url.path().parse::<EmailAddress>().is_err() {
                return Err("it names no e-mail address");
            }
        }
        _ => return Err("only https and mailto may be linked"),
    }
    Ok(url.into())
}
