//! Names of hosts as the settings write them, and what people write instead.

use std::net::IpAddr;

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

/// Why something is no host.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum HostError {
    /// A URL: the host that it plainly means.
    #[error("the host stands here alone, without :// and what is before and behind it")]
    Scheme(Option<String>),
    /// A port behind it: the host without it.
    #[error("the port stands in `port`, not here")]
    Port(String),
    /// An IPv6 address in brackets: the address.
    #[error("an address stands here without brackets")]
    Brackets(String),
    /// An address without brackets, where a literal is wanted: the literal.
    #[error("an address stands here in brackets")]
    NoBrackets(String),
    /// Neither name nor address.
    #[error("it is neither the name of a host nor an IP address")]
    Neither,
}

impl HostError {
    /// What is plainly meant.
    pub(super) fn meant(&self) -> Option<&str> {
        match self {
            Self::Scheme(meant) => meant.as_deref(),
            Self::Port(meant) | Self::Brackets(meant) | Self::NoBrackets(meant) => Some(meant),
            Self::Neither => None,
        }
    }
}

/// Reads the host of a server: a DNS name, as A-labels (RFC 5890), or an IP address.
pub(super) fn server(written: &str) -> Result<String, HostError> {
    if let Some((_, rest)) = written.split_once("://") {
        let rest = rest.split(['/', '?', '#']).next().unwrap_or_default();
        return Err(HostError::Scheme(match server(rest) {
            Ok(host) => Some(host),
            Err(error) => error.meant().map(str::to_owned),
        }));
    }
    if let Ok(address) = written.parse::<IpAddr>() {
        return Ok(address.to_string());
    }
    if let Some((host, port)) = written.rsplit_once(':')
        && port.bytes().all(|byte| byte.is_ascii_digit())
        && let Some(host) = server(host).ok().or_else(|| bracketed(host))
    {
        return Err(HostError::Port(host));
    }
    if let Some(address) = bracketed(written) {
        return Err(HostError::Brackets(address));
    }
    name(written).ok_or(HostError::Neither)
}

/// Reads what we call ourselves: a DNS name, or an address literal (RFC 5321, 4.1.3).
pub(super) fn hello(written: &str) -> Result<String, HostError> {
    if let Ok(address) = written.parse() {
        return Err(HostError::NoBrackets(literal(address)));
    }
    if let Some(address) = written
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        let v6 = address
            .get(..5)
            .filter(|tag| tag.eq_ignore_ascii_case("IPv6:"));
        let bare = &address[v6.map_or(0, str::len)..];
        return match bare.parse::<IpAddr>() {
            Ok(address) if address.is_ipv6() == v6.is_some() => Ok(literal(address)),
            Ok(address) => Err(HostError::NoBrackets(literal(address))),
            Err(_) => Err(HostError::Neither),
        };
    }
    // An underscore, which resolvers take, is against the grammar of EHLO.
    match server(written) {
        Ok(name) if name.contains('_') => Err(HostError::Neither),
        other => other,
    }
}

/// Says whether a host can only be this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let address = host.parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.to_canonical().is_loopback())
}

fn literal(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => format!("[{address}]"),
        IpAddr::V6(address) => format!("[IPv6:{address}]"),
    }
}

fn bracketed(written: &str) -> Option<String> {
    let inside = written.strip_prefix('[')?.strip_suffix(']')?;
    let address: IpAddr = inside.parse().ok()?;
    Some(address.to_string())
}

/// A DNS name in A-labels and small letters; underscores are taken, since names inside a network have them.
fn name(written: &str) -> Option<String> {
    let name = Uts46::new()
        .to_ascii(
            written.as_bytes(),
            AsciiDenyList::EMPTY,
            Hyphens::CheckFirstLast,
            DnsLength::Verify,
        )
        .ok()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let last = name.rsplit('.').next()?;
    let is_name = name.bytes().all(plain) && !last.bytes().all(|byte| byte.is_ascii_digit());
    is_name.then(|| name.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_hosts() {
        for (written, host) in [
            ("smtp.example.org", "smtp.example.org"),
            ("SMTP.Example.ORG", "smtp.example.org"),
            ("localhost", "localhost"),
            ("mail_relay", "mail_relay"),
            ("post.bücher.example", "post.xn--bcher-kva.example"),
            ("192.0.2.1", "192.0.2.1"),
            ("2001:DB8::1", "2001:db8::1"),
            ("::1", "::1"),
        ] {
            assert_eq!(server(written).as_deref(), Ok(host));
        }
    }

    #[test]
    fn what_people_write_instead_is_understood() {
        for (written, meant) in [
            ("smtp.example.org:465", Some("smtp.example.org")),
            ("192.0.2.1:25", Some("192.0.2.1")),
            ("[2001:db8::1]:25", Some("2001:db8::1")),
            ("[::1]", Some("::1")),
            ("smtps://smtp.example.org", Some("smtp.example.org")),
            ("smtp://smtp.example.org:587/", Some("smtp.example.org")),
            ("https://a b", None),
            ("prayer@example.org", None),
            ("example.org/mail", None),
            ("192.0.2.256", None),
            ("10.0.0", None),
            ("example..org", None),
            ("example.org.", None),
            ("-a.example", None),
            ("a b", None),
            (" smtp.example.org", None),
            ("smtp.example.org:smtp", None),
            ("", None),
            (":25", None),
            ("é[", None),
        ] {
            let error = server(written).expect_err(written);
            assert_eq!(error.meant(), meant, "{written}");
        }
    }

    #[test]
    fn we_call_ourselves_a_name_or_a_literal() {
        for (written, called) in [
            ("mail.example.org", "mail.example.org"),
            ("[192.0.2.1]", "[192.0.2.1]"),
            ("[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]"),
            ("[ipv6:::1]", "[IPv6:::1]"),
        ] {
            assert_eq!(hello(written).as_deref(), Ok(called));
        }
        for (written, meant) in [
            ("192.0.2.1", Some("[192.0.2.1]")),
            ("::1", Some("[IPv6:::1]")),
            ("[::1]", Some("[IPv6:::1]")),
            ("[IPv6:192.0.2.1]", Some("[192.0.2.1]")),
            ("mail.example.org:25", Some("mail.example.org")),
            ("our_mail.example.org", None),
            ("[]", None),
            ("[éé]", None),
            ("mail example", None),
        ] {
            let error = hello(written).expect_err(written);
            assert_eq!(error.meant(), meant, "{written}");
        }
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for host in [
            "localhost",
            "127.0.0.1",
            "127.9.9.9",
            "::1",
            "::ffff:127.0.0.1",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "localhost.example.org",
            "10.0.0.1",
            "::2",
            "127.example.org",
            "0.0.0.0",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
