//! What a server says it can do (RFC 5321, 4.1.1.1).

use lettre::transport::smtp::authentication::Mechanism;

use super::Reply;

/// The keywords of EHLO that matter to us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// PIPELINING (RFC 2920).
    pub pipelining: bool,
    /// STARTTLS (RFC 3207).
    pub starttls: bool,
    /// SMTPUTF8 (RFC 6531).
    pub smtputf8: bool,
    /// SIZE (RFC 1870): the largest message in bytes; `None` where the server has no limit or doesn't say.
    pub size: Option<u64>,
    /// Whether SIZE was offered at all, so that it may be declared.
    pub declares_size: bool,
    /// The AUTH mechanisms (RFC 4954) that we speak, the better first.
    pub auth: Vec<Mechanism>,
}

impl Capabilities {
    /// Reads the reply to EHLO: a keyword a line after the first, in any case.
    pub(super) fn of(reply: &Reply) -> Self {
        let mut found = Self::default();
        for line in reply.text.lines().skip(1) {
            // Old servers write AUTH=LOGIN.
            let mut words = line.split([' ', '=']).map(str::to_ascii_uppercase);
            match words.next().as_deref() {
                Some("PIPELINING") => found.pipelining = true,
                Some("STARTTLS") => found.starttls = true,
                Some("SMTPUTF8") => found.smtputf8 = true,
                Some("SIZE") => {
                    found.declares_size = true;
                    found.size = words
                        .next()
                        .and_then(|size| size.parse().ok())
                        .filter(|&size| size > 0);
                }
                Some("AUTH") => {
                    let offered: Vec<_> = words.collect();
                    for (name, mechanism) in [
                        ("PLAIN", Mechanism::Plain),
                        ("LOGIN", Mechanism::Login),
                        ("XOAUTH2", Mechanism::Xoauth2),
                    ] {
                        if offered.iter().any(|word| word == name)
                            && !found.auth.contains(&mechanism)
                        {
                            found.auth.push(mechanism);
                        }
                    }
                }
                _ => {}
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_read_in_any_case() {
        let reply = Reply {
            code: 250,
            enhanced: None,
            text: "mx greets you\npipelining\nSize 1000\nAUTH xoauth2 LOGIN plain CRAM-MD5\nauth=LOGIN\nX-OTHER\nStartTLS".to_owned(),
        };
        let found = Capabilities::of(&reply);
        assert!(found.pipelining && found.starttls && !found.smtputf8);
        assert_eq!((found.size, found.declares_size), (Some(1_000), true));
        assert_eq!(
            found.auth,
            [Mechanism::Plain, Mechanism::Login, Mechanism::Xoauth2]
        );
    }
}
