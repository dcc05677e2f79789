//! Whose fault a refusal is: the recipient's, who alone is charged, or the
//! sender's and the relay's, for which nobody on the list can answer.

use super::words::{self, Enough, Span, says};
use crate::smtp::{Enhanced, Reply, Stage};

/// What a complete reply means for a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The relay has taken it.
    Accepted,
    /// This recipient can't be reached: not to be tried again.
    Refused,
    /// This recipient can't be reached now.
    Deferred,
    /// The relay takes nothing from us now: nobody is charged.
    Pause,
    /// The relay won't take anything from us as things are: nobody is charged, and the run ends.
    Stop,
    /// The relay asks for fewer letters in a time, or for a new connection: nobody is charged.
    Slower,
    /// The sender's quota at the relay is used up: nobody is charged, and the run ends.
    Quota(Span),
    /// It can't be known what the reply means.
    Unknown,
}

/// Words by which relays say that they don't know the sender, in a refusal without an enhanced code.
const STRANGER: [&str; 7] = [
    "relaying",
    "relay not permitted", // Exim, to whoever has not logged in
    "relay access",
    "unable to relay",
    "not relay",
    "authentication",
    "authenticate",
];

/// Judges a reply to RCPT, DATA, a message or its dot, or to MAIL.
pub fn judge(stage: Stage, reply: &Reply) -> Verdict {
    if stage == Stage::Dot && reply.code == 250 {
        return Verdict::Accepted;
    }
    if !(reply.is_transient() || reply.is_permanent()) {
        return Verdict::Unknown;
    }
    match words::enough(reply) {
        Some(Enough::Quota(span)) => return Verdict::Quota(span),
        Some(Enough::Rate | Enough::OnConnection) => return Verdict::Slower,
        Some(Enough::Connections) => return Verdict::Pause,
        Some(Enough::Mailbox) => return Verdict::Deferred,
        None => {}
    }
    if reply.is_transient() {
        // 421: the connection ends; 454: a login; 4.5.3: the rest in a new transaction.
        let of_relay = matches!(stage, Stage::Mail)
            || matches!(reply.code, 421 | 432 | 454)
            || matches!(reply.enhanced, Some(Enhanced(_, 5, 3)));
        return if of_relay {
            Verdict::Pause
        } else {
            Verdict::Deferred
        };
    }
    let of_sender = match stage {
        Stage::Rcpt => reply.enhanced.is_none() && says(reply, &STRANGER),
        // With the message before it, a relay refuses that or its sender, unless it names the mailbox.
        Stage::Dot => !matches!(reply.enhanced, Some(Enhanced(_, 1 | 2, _))),
        _ => true,
    } || matches!(reply.code, 530 | 535 | 554)
        || matches!(
            reply.enhanced,
            Some(Enhanced(_, 7, _) | Enhanced(_, 3, 4)) // policy; the letter is too large
        )
        || matches!(reply.code, 500 | 502..=504 | 555); // commands or parameters that it doesn't know
    if of_sender {
        Verdict::Stop
    } else {
        Verdict::Refused
    }
}

/// Reads a reply as a test writes it.
#[cfg(test)]
pub(in crate::delivery) fn read(line: &str) -> Reply {
    let (code, rest) = line.split_once(' ').unwrap_or((line, ""));
    let numbers = rest.split(' ').next().unwrap_or_default();
    let mut parts = numbers.split('.').map(str::parse::<u16>);
    let enhanced = match (parts.next(), parts.next(), parts.next()) {
        (Some(Ok(class)), Some(Ok(subject)), Some(Ok(detail))) => {
            Some(Enhanced(class as u8, subject, detail))
        }
        _ => None,
    };
    Reply {
        code: code.parse().unwrap(),
        enhanced,
        text: rest.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(stage: Stage, line: &str) -> Verdict {
        judge(stage, &read(line))
    }

    #[test]
    fn the_recipient_answers_for_the_mailbox_alone() {
        for line in [
            "550 5.1.1 no such user",
            "550 5.1.10 the domain takes no mail",
            "552 5.2.2 mailbox full",
            "550 5.2.1 disabled",
            "550 unknown",
            "551 not here",
            "553 not here either",
            "553 5.6.7 no SMTPUTF8",
            "550 5.4.1 recipient address rejected",
            "550 5.1.1 relay.example.org is not relaying for this user",
        ] {
            assert_eq!(verdict(Stage::Rcpt, line), Verdict::Refused, "{line}");
        }
        for line in [
            "450 4.7.1 greylisted",
            "450 4.2.1 receives too fast",
            "451 later",
            "452 4.2.2 mailbox full",
        ] {
            assert_eq!(verdict(Stage::Rcpt, line), Verdict::Deferred, "{line}");
        }
        assert_eq!(verdict(Stage::Dot, "550 5.1.1 gone"), Verdict::Refused);
        assert_eq!(verdict(Stage::Dot, "451 4.3.0 later"), Verdict::Deferred);
        assert_eq!(verdict(Stage::Data, "451 later"), Verdict::Deferred);
    }

    #[test]
    fn nobody_on_the_list_answers_for_the_sender_or_the_relay() {
        for (stage, line) in [
            (Stage::Mail, "550 5.1.8 sender unknown"),
            (Stage::Mail, "552 5.3.4 too large"),
            (Stage::Rcpt, "550 5.7.1 relaying denied"),
            (Stage::Rcpt, "554 relay access denied"),
            (Stage::Rcpt, "530 log in first"),
            (Stage::Data, "550 no"),
            (Stage::Dot, "550 5.7.26 unauthenticated"),
            (Stage::Dot, "552 5.3.4 too large"),
            (Stage::Body, "552 too large"),
            (Stage::Rcpt, "555 parameter"),
            (Stage::Rcpt, "550 relay not permitted"),
            (Stage::Rcpt, "550 SMTP authentication is required"),
            (Stage::Dot, "550 this message looks like spam"),
            (Stage::Dot, "552 message too large"),
            (Stage::Dot, "550 5.6.0 malformed"),
        ] {
            assert_eq!(verdict(stage, line), Verdict::Stop, "{stage}: {line}");
        }
        for (stage, line) in [
            (Stage::Mail, "451 4.3.0 later"),
            (Stage::Rcpt, "452 4.5.3 too many recipients"),
            (Stage::Dot, "421 4.3.2 closing"),
            (Stage::Data, "432 4.3.2 concurrent connections"),
        ] {
            assert_eq!(verdict(stage, line), Verdict::Pause, "{stage}: {line}");
        }
    }

    #[test]
    fn too_much_is_the_senders_affair_wherever_it_is_said() {
        let day = "550 5.4.5 Daily user sending limit exceeded";
        for stage in [Stage::Mail, Stage::Rcpt, Stage::Data, Stage::Dot] {
            assert_eq!(verdict(stage, day), Verdict::Quota(Span::Day));
            let rate = verdict(stage, "450 4.2.1 Sending rate exceeded");
            assert_eq!(rate, Verdict::Slower);
        }
        let hour = "550 5.2.1 sending limit reached";
        assert_eq!(verdict(Stage::Rcpt, hour), Verdict::Quota(Span::Hour));
        let mailbox = "450 4.2.1 The user is receiving mail too quickly";
        assert_eq!(verdict(Stage::Dot, mailbox), Verdict::Deferred);
    }

    #[test]
    fn nothing_but_250_at_the_dot_is_success() {
        assert_eq!(verdict(Stage::Dot, "250 2.0.0 queued"), Verdict::Accepted);
        for line in ["221 bye", "251 ok", "220 hello"] {
            assert_eq!(verdict(Stage::Dot, line), Verdict::Unknown, "{line}");
        }
    }
}
