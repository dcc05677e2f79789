//! What relays say when they have had too much: the words of Gmail, Microsoft
//! 365, Amazon SES, Yahoo, Postfix, Exim and shared hosts, whatever code they take.

use std::time::Duration;

use crate::smtp::{Enhanced, Reply};

/// What a relay has had too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::delivery) enum Enough {
    /// Letters in an hour or a day, from this sender.
    Quota(Span),
    /// Letters in a short time.
    Rate,
    /// Letters to this one recipient.
    Mailbox,
    /// Letters on this connection.
    OnConnection,
    /// Connections at once.
    Connections,
}

/// The window of a quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// An hour.
    Hour,
    /// A day.
    Day,
}

impl Span {
    /// How long it is.
    pub(in crate::delivery) fn length(self) -> Duration {
        Duration::from_secs(match self {
            Span::Hour => 3_600,
            Span::Day => 86_400,
        })
    }

    /// The least that one waits when it is used up: others may use it too.
    pub(in crate::delivery) fn least(self) -> Duration {
        Duration::from_secs(match self {
            Span::Hour => 300,
            Span::Day => 3_600,
        })
    }
}

/// Microsoft 365: `432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded`,
/// `421 4.3.2 The maximum number of concurrent server connections has exceeded a limit`;
/// Postfix: `421 4.7.0 Error: too many connections from`.
const CONNECTIONS: [&str; 5] = [
    "concurrent",
    "thread limit",
    "too many connections",
    "too many open connections",
    "simultaneous",
];

/// Exim: `421 too many messages in this connection`.
const ON_CONNECTION: [&str; 5] = [
    "in this connection",
    "on this connection",
    "per connection",
    "in this session",
    "per session",
];

/// What a sender may send in some time.
const QUOTA: [&str; 30] = [
    "submissionquota", // Microsoft 365: 554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceeded
    "submission quota",
    "sending limit",
    "sending quota",
    "sending rate",  // SES: 454 Throttling failure: Maximum sending rate exceeded.
    "message quota", // SES: 454 Throttling failure: Daily message quota exceeded.
    "send limit",    // IONOS: Mail send limit exceeded
    "rate limit",
    "ratelimit",
    "rate-limit",
    "rate exceeded",
    "rate overlimit", // Exim: Sender rate overlimit
    "sender rate",
    "throttl",
    "daily user", // Gmail: 550 5.4.5 Daily user sending limit exceeded
    "daily limit",
    "daily quota",
    "hourly limit",
    "hourly quota",
    "too many messages",
    "too many mails",
    "too many emails",
    "too many recipients", // Postfix, by its anvil: 450 4.7.1
    "too much mail",       // the same
    "per minute",
    "per hour", // cPanel: 550 Domain … has exceeded the max emails per hour
    "per day",
    "outgoing mail limit",      // Plesk
    "maximum credits exceeded", // SendGrid
    "unusual sending",          // Zoho: 550 5.4.6
];

/// How the mailbox providers of recipients speak, through a relay that passes it on.
const REMOTE: [&str; 5] = [
    "unusual rate of unsolicited", // Gmail: 421-4.7.28
    "[tss",                        // Yahoo: 421 4.7.0 [TSS04]
    "deferred due to unexpected volume",
    "user complaints",
    "receiving too much mail from",
];

/// Says what a refusal has had enough of, if that is what it says.
pub(in crate::delivery) fn enough(reply: &Reply) -> Option<Enough> {
    let says = |any: &[&str]| says(reply, any);
    let number = reply
        .enhanced
        .map(|Enhanced(class, subject, detail)| (class, subject, detail));
    if reply.code == 432 || says(&CONNECTIONS) {
        return Some(Enough::Connections);
    }
    if says(&ON_CONNECTION) {
        return Some(Enough::OnConnection);
    }
    // Gmail: 450 4.2.1 The user you are trying to contact is receiving mail too quickly;
    // Microsoft 365: 5.2.121 and 5.2.122, the recipient's own limit by the hour.
    match number {
        Some((_, 2, 1)) if says(&["receiv"]) => return Some(Enough::Mailbox),
        Some((_, 2, 121 | 122)) => return Some(Enough::Mailbox),
        Some((_, 5, 3)) => return None, // too many recipients of one letter
        Some((_, 2, 2)) if !says(&["submission"]) => return None, // the mailbox is full
        Some((5, 4, 5)) => return Some(Enough::Quota(span(reply).unwrap_or(Span::Day))),
        _ => {}
    }
    // Gmail: 4.7.28; Microsoft 365: 451 4.7.500-699 Server busy, access denied for now.
    if matches!(number, Some((4, 7, 28 | 500..=699)) | Some((4, 4, 5))) || says(&REMOTE) {
        return Some(Enough::Rate);
    }
    if !says(&QUOTA) {
        return None;
    }
    Some(match span(reply) {
        Some(span) => Enough::Quota(span),
        None if says(&["submission"]) => Enough::Quota(Span::Day),
        // Nobody refuses for good what may go in a moment.
        None if reply.is_permanent() && !says(&["per minute", "a minute", "per second"]) => {
            Enough::Quota(Span::Hour)
        }
        None => Enough::Rate,
    })
}

/// The window that a reply names.
fn span(reply: &Reply) -> Option<Span> {
    if says(reply, &["daily", "per day", "a day", "24 h", "24h", "24-h"]) {
        Some(Span::Day)
    } else if says(reply, &["hour", "/1h", "/ 1h"]) {
        Some(Span::Hour)
    } else {
        None
    }
}

/// Says whether a reply that asks for fewer letters is about the mailboxes of one
/// domain: it names that, or speaks as its provider does. A relay that is that
/// provider itself speaks for itself, and so does one that names the sender's domain.
pub(in crate::delivery) fn is_about_domain(
    reply: &Reply,
    domain: &str,
    sender: &str,
    relay: &str,
) -> bool {
    if domain.eq_ignore_ascii_case(sender) || relay.is_empty() {
        return false;
    }
    let is_itself = ["google", "gmail", "yahoo", "outlook", "office365"]
        .iter()
        .any(|name| relay.to_ascii_lowercase().contains(name));
    let text = reply.text.to_ascii_lowercase();
    !is_itself && (says(reply, &REMOTE) || names(&text, &domain.to_ascii_lowercase()))
}

/// Says whether a text has a domain in it, and not in an address.
fn names(text: &str, domain: &str) -> bool {
    text.match_indices(domain).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + domain.len()..].chars().next();
        let goes_on = |char: char| char.is_ascii_alphanumeric() || "@-.".contains(char);
        // A full stop may end a sentence.
        let after = after.filter(|&char| char != '.' || is_label(&text[at + domain.len() + 1..]));
        !before.is_some_and(goes_on) && !after.is_some_and(goes_on)
    })
}

fn is_label(text: &str) -> bool {
    text.starts_with(|char: char| char.is_ascii_alphanumeric())
}

/// Why a recipient is put off, and so how soon it is worth trying again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::delivery) enum Delay {
    /// Strangers wait some minutes (greylisting).
    Greylisted,
    /// The relay itself has a trouble: a lookup, its disk, its own queue.
    Own,
    /// Nobody says, or the mailbox takes nothing now.
    Usual,
}

/// Says why a recipient is put off.
pub(in crate::delivery) fn delay(reply: &Reply) -> Delay {
    let greylisted = [
        "greylist",
        "graylist",
        "grey list",
        "grey-list",
        "gray list",
    ];
    match reply.enhanced {
        _ if says(reply, &greylisted) => Delay::Greylisted,
        Some(Enhanced(4, 7, 1)) => Delay::Greylisted,
        Some(Enhanced(4, 3 | 4, _)) => Delay::Own,
        None if reply.code == 451 => Delay::Own,
        _ => Delay::Usual,
    }
}

/// Says whether a reply has some of these words.
pub(in crate::delivery) fn says(reply: &Reply, any: &[&str]) -> bool {
    let text = reply.text.to_lowercase();
    any.iter().any(|words| text.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(line: &str) -> Reply {
        super::super::judge::read(line)
    }

    #[test]
    fn providers_are_understood() {
        use Enough::{Connections, Mailbox, OnConnection, Quota, Rate};
        for (line, meaning) in [
            // Gmail and Google Workspace.
            (
                "550 5.4.5 Daily user sending limit exceeded. For more information",
                Quota(Span::Day),
            ),
            (
                "550 5.4.5 Daily SMTP relay limit exceeded for user",
                Quota(Span::Day),
            ),
            (
                "421 4.7.28 Gmail has detected an unusual rate of unsolicited mail",
                Rate,
            ),
            (
                "450 4.2.1 The user you are trying to contact is receiving mail too quickly",
                Mailbox,
            ),
            (
                "450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages",
                Mailbox,
            ),
            // Microsoft 365.
            (
                "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded",
                Connections,
            ),
            (
                "421 4.3.2 The maximum number of concurrent server connections has exceeded a limit, closing transmission channel",
                Connections,
            ),
            (
                "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException",
                Quota(Span::Day),
            ),
            (
                "550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients",
                Quota(Span::Day),
            ),
            ("451 4.7.500 Server busy. Please try again later", Rate),
            (
                "550 5.2.121 the sender has exceeded the recipient's limit per hour",
                Mailbox,
            ),
            // Amazon SES.
            (
                "454 Throttling failure: Maximum sending rate exceeded.",
                Rate,
            ),
            (
                "454 Throttling failure: Daily message quota exceeded.",
                Quota(Span::Day),
            ),
            // Yahoo.
            (
                "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints",
                Rate,
            ),
            // Postfix.
            ("450 4.7.1 Error: too much mail from 192.0.2.1", Rate),
            ("450 4.7.1 Error: too many recipients from 192.0.2.1", Rate),
            (
                "421 4.7.0 mx.example.org Error: too many connections from 192.0.2.1",
                Connections,
            ),
            // Exim, cPanel, and others' hosts.
            (
                "421 mail.example.org: too many messages in this connection",
                OnConnection,
            ),
            (
                "550 Domain example.org has exceeded the max emails per hour (100/100 (100%)) allowed.  Message discarded.",
                Quota(Span::Hour),
            ),
            ("451 Sender rate overlimit - 312.5 / 1h", Quota(Span::Hour)),
            ("450 Mail send limit exceeded. For explanation visit", Rate),
            (
                "550 5.4.6 Unusual sending activity detected. Please try after sometime",
                Quota(Span::Hour),
            ),
            ("550 5.7.1 more than 30 messages per minute", Rate),
        ] {
            assert_eq!(enough(&reply(line)), Some(meaning), "{line}");
        }
        for line in [
            "550 5.1.1 no such user",
            "552 5.2.2 mailbox full: the quota is exceeded",
            "452 4.2.2 over quota",
            "450 4.7.1 greylisted, try again later",
            "421 4.3.2 closing",
            "550 5.2.1 disabled",
            "550 5.7.26 unauthenticated",
        ] {
            assert_eq!(enough(&reply(line)), None, "{line}");
        }
    }

    #[test]
    fn a_domain_is_slowed_where_the_reply_is_about_it() {
        let is =
            |line: &str, domain, relay| is_about_domain(&reply(line), domain, "example.org", relay);
        let unusual = "421 4.7.28 Gmail has detected an unusual rate of unsolicited mail";
        assert!(is(unusual, "gmail.com", "smtp.example.net"));
        assert!(!is(unusual, "gmail.com", "smtp.gmail.com"));
        assert!(is(
            "450 4.7.1 too much mail to example.com, slow down",
            "example.com",
            "a.test"
        ));
        assert!(!is(
            "450 4.7.1 too much mail from you",
            "example.com",
            "a.test"
        ));
        for other in ["<x@example.com>", "sub.example.com", "example.com.au"] {
            let line = format!("450 4.7.1 too much mail: {other}");
            assert!(!is(&line, "example.com", "a.test"), "{other}");
        }
        assert!(is(
            "450 4.7.1 too much mail for example.com.",
            "example.com",
            "a.test"
        ));
        let own = "550 Domain example.org has exceeded the max emails per hour";
        assert!(!is(own, "example.org", "a.test"));
    }

    #[test]
    fn who_is_put_off_waits_as_long_as_the_reason_asks() {
        for (line, why) in [
            (
                "450 4.7.1 Recipient address rejected: Greylisted",
                Delay::Greylisted,
            ),
            ("451 4.7.1 Please try again later", Delay::Greylisted),
            ("451 4.3.0 queue file write error", Delay::Own),
            ("451 4.4.3 name service error", Delay::Own),
            ("451 later", Delay::Own),
            ("452 4.2.2 mailbox full", Delay::Usual),
            ("450 4.2.1 is receiving mail too quickly", Delay::Usual),
            ("450 not now", Delay::Usual),
        ] {
            assert_eq!(delay(&reply(line)), why, "{line}");
        }
    }
}
