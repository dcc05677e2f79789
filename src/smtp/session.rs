//! A session: the envelope in one group, the body with the next envelope behind it.

use std::borrow::Cow;
use std::future::Future;
use std::io::IoSlice;
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::commands::{Data, Mail, Quit, Rcpt, Rset};
use lettre::transport::smtp::extension::MailParameter;
use memchr::memmem;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use super::capability::Capabilities;
use super::failure::{Cause, Failure, Stage};
use super::reply::{Enhanced, Reply, ReplyError, ReplyReader};
use super::stream::Wire;
use super::timeouts::Timeouts;

/// The end of a message (RFC 5321, 4.1.1.4). The message ends with CRLF itself.
const DOT: &[u8] = b".\r\n";

/// What came of an envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offer {
    /// The server waits for the message.
    Ready,
    /// It won't have it; the connection is in order, unless [`Session::is_over`].
    Refused {
        /// MAIL, RCPT or DATA.
        stage: Stage,
        /// What it said.
        reply: Reply,
    },
}

/// One connection.
#[derive(Debug)]
pub struct Session {
    pub(super) wire: Wire,
    pub(super) replies: ReplyReader,
    pub(super) capabilities: Capabilities,
    pub(super) timeouts: Timeouts,
    /// The last envelope was refused, and must be taken back before the next.
    pub(super) reset: bool,
    /// The envelope that was sent behind the last message and has no answer yet.
    pub(super) behind: Option<Envelope>,
    /// An envelope is under way, or taken: what is sent next may be read as its message.
    pub(super) open: bool,
    /// The server waits for a message that it must not get.
    pub(super) over: bool,
}

/// Waits for a stage, and no longer than it may take.
pub(super) async fn within<T, E: Into<Cause>>(
    stage: Stage,
    limit: Duration,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, Failure> {
    match timeout(limit, work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Failure::new(stage, error)),
        Err(_) => Err(Failure::new(stage, Cause::Timeout(limit))),
    }
}

impl Session {
    /// What the server said it can do.
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Says whether the connection is protected by TLS.
    pub fn is_tls(&self) -> bool {
        self.wire.is_tls()
    }

    /// Says whether nothing is left but to hang up: the server has refused a
    /// sender, and waits for the message all the same.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Offers an envelope for a message of `size` bytes: MAIL, RCPT and DATA in
    /// one write where the server takes them so (RFC 2920), else one by one. If
    /// it was sent behind the last message, only its answers are read.
    ///
    /// # Errors
    /// The connection is lost, or its replies can't be matched to the commands any
    /// more; [`Cause::Surplus`] then says that the answer to the last dot may not
    /// have been one either.
    pub async fn offer(&mut self, envelope: &Envelope, size: usize) -> Result<Offer, Failure> {
        let offer = self.offered(envelope, size).await?;
        self.open = offer == Offer::Ready || self.over;
        Ok(offer)
    }

    async fn offered(&mut self, envelope: &Envelope, size: usize) -> Result<Offer, Failure> {
        let sent = self.behind.take();
        // Nobody may get a letter that was written for somebody else.
        if self.over || sent.as_ref().is_some_and(|sent| sent != envelope) {
            return Err(Failure::new(Stage::Mail, Cause::Surplus));
        }
        if sent.is_some() {
            return self.read_group(true).await;
        }
        if let Some(refused) = self.refuse_unasked(envelope, size) {
            return Ok(refused);
        }
        self.refuse_surplus(Stage::Mail).await?;
        self.open = true;
        if self.capabilities.pipelining {
            let group = self.group(envelope, size);
            self.write(Stage::Mail, self.timeouts.mail, &group).await?;
            return self.read_group(false).await;
        }
        if std::mem::take(&mut self.reset) {
            self.write(
                Stage::Mail,
                self.timeouts.command,
                Rset.to_string().as_bytes(),
            )
            .await?;
            self.expect(Stage::Mail, self.timeouts.command, 250).await?;
        }
        let commands = [
            (Stage::Mail, self.timeouts.mail, self.mail(envelope, size)),
            (Stage::Rcpt, self.timeouts.rcpt, rcpt(envelope)),
            (Stage::Data, self.timeouts.data, Data.to_string()),
        ];
        for (stage, limit, command) in commands {
            self.write(stage, limit, command.as_bytes()).await?;
            let reply = self.read(stage, limit).await?;
            if !is_go_ahead(stage, &reply) {
                return self.refusal(stage, reply);
            }
        }
        Ok(Offer::Ready)
    }

    /// Hands over a message, lines ended by CRLF, and its dot, and returns any
    /// complete answer: 250 is success, and nothing else. Behind the dot goes the
    /// next envelope, where one is given and the server takes groups; whether it
    /// went or not, [`Session::offer`] tells what came of it.
    ///
    /// # Errors
    /// The connection is of no more use. The letter is in doubt where
    /// [`Stage::Dot`] is the stage (RFC 1047), and else was not taken.
    pub async fn transmit(
        &mut self,
        message: &[u8],
        next: Option<(&Envelope, usize)>,
    ) -> Result<Reply, Failure> {
        // A reply behind the 354 would be taken for the dot's.
        self.refuse_surplus(Stage::Body).await?;
        let body = stuffed(message);
        let mut tail = Vec::new();
        if !body.ends_with(b"\r\n") {
            tail.extend_from_slice(b"\r\n"); // else the dot would be none
        }
        tail.extend_from_slice(DOT);
        let dot_at = self.wire.taken() + (body.len() + tail.len()) as u64;
        let next = next.filter(|(envelope, size)| {
            self.capabilities.pipelining && self.refuse_unasked(envelope, *size).is_none()
        });
        if let Some((envelope, size)) = next {
            tail.extend_from_slice(&self.group(envelope, size));
        }

        let pieces = [IoSlice::new(&body), IoSlice::new(&tail)];
        let written = self.write_pieces(Stage::Body, self.timeouts.block, pieces);
        if let Err(failure) = written.await {
            return self.after_broken_body(failure, dot_at).await;
        }
        let reply = self.read(Stage::Dot, self.timeouts.dot).await?;
        // A 354 here is no answer to a dot: what it answers can't be known.
        if reply.code / 100 == 3 {
            return Err(Failure::new(Stage::Dot, Cause::Reply(reply)));
        }
        self.behind = next.map(|(envelope, _)| envelope.clone());
        self.open = self.behind.is_some();
        Ok(reply)
    }

    /// What is known of a message whose bytes were not all taken: the server's
    /// own word if it gave one, else whether the dot was among those taken.
    async fn after_broken_body(&mut self, failure: Failure, dot_at: u64) -> Result<Reply, Failure> {
        if let Ok(reply) = self.read(Stage::Body, self.timeouts.quit).await
            && (reply.is_transient() || reply.is_permanent())
        {
            return Err(Failure::new(Stage::Body, Cause::Reply(reply)));
        }
        let stage = if self.wire.taken() >= dot_at {
            Stage::Dot
        } else {
            Stage::Body
        };
        Err(Failure { stage, ..failure })
    }

    /// Ends the session politely; what the server says to that doesn't matter.
    /// With an envelope under way only the end of the connection takes it back.
    pub async fn quit(mut self) {
        if self.open {
            return;
        }
        let limit = self.timeouts.quit;
        if self
            .write(Stage::Hello, limit, Quit.to_string().as_bytes())
            .await
            .is_ok()
        {
            let _ = self.read(Stage::Hello, limit).await;
            let _ = timeout(limit, self.wire.shutdown()).await;
        }
    }

    /// Refuses what the server has said that it doesn't take, without asking:
    /// an address beyond ASCII (RFC 6531, 3.1), a message that is too large
    /// (RFC 1870, 6.1).
    fn refuse_unasked(&self, envelope: &Envelope, size: usize) -> Option<Offer> {
        let refused = |stage, code, enhanced, text: String| {
            let enhanced = Some(enhanced);
            let reply = Reply {
                code,
                enhanced,
                text,
            };
            Some(Offer::Refused { stage, reply })
        };
        if !self.capabilities.smtputf8 && beyond_ascii(envelope) {
            let told = "not sent: the server takes no address beyond ASCII (no SMTPUTF8)";
            return refused(Stage::Rcpt, 553, Enhanced(5, 6, 7), told.to_owned());
        }
        let limit = self.capabilities.size?;
        if limit < size as u64 {
            let told = format!("not sent: the letter has {size} bytes, the server takes {limit}");
            return refused(Stage::Mail, 552, Enhanced(5, 3, 4), told);
        }
        None
    }

    /// MAIL, RCPT and DATA, after RSET where an envelope was refused before.
    fn group(&mut self, envelope: &Envelope, size: usize) -> Vec<u8> {
        let reset = if self.reset {
            Rset.to_string()
        } else {
            String::new()
        };
        format!(
            "{reset}{}{}{}",
            self.mail(envelope, size),
            rcpt(envelope),
            Data
        )
        .into_bytes()
    }

    fn mail(&self, envelope: &Envelope, size: usize) -> String {
        let mut parameters = Vec::new();
        if self.capabilities.declares_size {
            parameters.push(MailParameter::Size(size));
        }
        if self.capabilities.smtputf8 && beyond_ascii(envelope) {
            parameters.push(MailParameter::SmtpUtfEight);
        }
        Mail::new(envelope.from().cloned(), parameters).to_string()
    }

    /// Reads the answers to a group, which went `behind_dot` or by itself. All of
    /// them are read, whatever they say (RFC 2920, 3.1).
    async fn read_group(&mut self, behind_dot: bool) -> Result<Offer, Failure> {
        if std::mem::take(&mut self.reset) {
            self.expect(Stage::Mail, self.timeouts.command, 250).await?;
        }
        let mut refused = None;
        // A recipient was taken for a sender that was not, or the replies have shifted by one.
        let mut takes_recipient = false;
        for (stage, limit) in [
            (Stage::Mail, self.timeouts.mail),
            (Stage::Rcpt, self.timeouts.rcpt),
            (Stage::Data, self.timeouts.data),
        ] {
            let reply = match self.read(stage, limit).await {
                // A server may refuse and hang up; what it refused stands.
                Err(Failure {
                    cause: Cause::Unread(ReplyError::Closed | ReplyError::Io(_)),
                    ..
                }) if refused.is_some() => break,
                read => read?,
            };
            if reply.code == 421 && refused.is_none() {
                return Err(Failure::new(stage, Cause::Reply(reply)));
            }
            match (&refused, is_go_ahead(stage, &reply)) {
                (None, true) => {}
                (Some(_), true) if stage == Stage::Rcpt => takes_recipient = true,
                // Replies that have shifted have no 354 here. A dot would send somebody an empty letter.
                (Some(_), true) if takes_recipient => self.over = true,
                // A server that takes DATA without a recipient waits for a message: an empty one (RFC 2920, 3.1).
                (Some(_), true) if stage == Stage::Data => {
                    self.write(Stage::Data, self.timeouts.block, DOT).await?;
                    self.read(Stage::Data, self.timeouts.dot).await?;
                }
                // Nothing is taken behind a refusal: these replies belong to other commands.
                (Some(_), _) if !(reply.is_transient() || reply.is_permanent()) => {
                    return Err(Failure::new(stage, Cause::Surplus));
                }
                (Some(_), _) => {}
                (None, false) if reply.is_transient() || reply.is_permanent() => {
                    refused = Some((stage, reply))
                }
                (None, false) => return Err(Failure::new(stage, Cause::Surplus)),
            }
        }
        if takes_recipient && !self.over && !self.is_in_step().await {
            // The answer to the dot may have been another command's.
            if behind_dot {
                return Err(Failure::new(Stage::Rcpt, Cause::Surplus));
            }
            self.over = true;
        }
        match refused {
            None => Ok(Offer::Ready),
            Some((stage, reply)) => self.refusal(stage, reply),
        }
    }

    /// Says whether the next reply is that of the next command.
    async fn is_in_step(&mut self) -> bool {
        let (limit, reset) = (self.timeouts.command, Rset.to_string());
        let asked = self.write(Stage::Mail, limit, reset.as_bytes()).await;
        asked.is_ok() && self.expect(Stage::Mail, limit, 250).await.is_ok()
    }

    fn refusal(&mut self, stage: Stage, reply: Reply) -> Result<Offer, Failure> {
        // 421 announces the end of the connection, whatever it answers (RFC 5321, 3.8).
        if reply.code == 421 || !(reply.is_transient() || reply.is_permanent()) {
            return Err(Failure::new(stage, Cause::Reply(reply)));
        }
        self.reset = true;
        Ok(Offer::Refused { stage, reply })
    }

    /// Looks whether something came that nobody asked for: a 421, or one reply too many.
    async fn refuse_surplus(&mut self, stage: Stage) -> Result<(), Failure> {
        // tokio knows only what its driver has seen: let it look, with a fresh budget.
        tokio::task::yield_now().await;
        let mut chunk = [0; 512];
        let mut buffer = tokio::io::ReadBuf::new(&mut chunk);
        let polled = std::future::poll_fn(|context| {
            let polled = tokio::io::AsyncRead::poll_read(
                std::pin::Pin::new(&mut self.wire),
                context,
                &mut buffer,
            );
            std::task::Poll::Ready(polled)
        })
        .await;
        let closed = match polled {
            std::task::Poll::Pending => false,
            std::task::Poll::Ready(Err(error)) => return Err(Failure::new(stage, error)),
            std::task::Poll::Ready(Ok(())) => buffer.filled().is_empty(),
        };
        self.replies.push(buffer.filled());
        if self.replies.has_surplus() {
            let reply = self.read(stage, self.timeouts.quit).await?;
            let cause = if reply.code == 421 {
                Cause::Reply(reply)
            } else {
                Cause::Surplus
            };
            return Err(Failure::new(stage, cause));
        }
        if closed {
            return Err(Failure::new(stage, super::ReplyError::Closed));
        }
        Ok(())
    }

    pub(super) async fn write(
        &mut self,
        stage: Stage,
        limit: Duration,
        bytes: &[u8],
    ) -> Result<(), Failure> {
        let pieces = [IoSlice::new(bytes)];
        self.write_pieces(stage, limit, pieces).await
    }

    /// Writes some pieces, one behind the other.
    async fn write_pieces<const COUNT: usize>(
        &mut self,
        stage: Stage,
        limit: Duration,
        mut pieces: [IoSlice<'_>; COUNT],
    ) -> Result<(), Failure> {
        let mut rest = &mut pieces[..];
        IoSlice::advance_slices(&mut rest, 0); // past those that are empty
        // The limit is for each block that is taken, not for the whole (RFC 5321, 4.5.3.2.5).
        while !rest.is_empty() {
            let taken = within(stage, limit, self.wire.write_vectored(rest)).await?;
            if taken == 0 {
                return Err(Failure::new(
                    stage,
                    std::io::Error::from(std::io::ErrorKind::WriteZero),
                ));
            }
            IoSlice::advance_slices(&mut rest, taken); // that takes at most all of it
        }
        within(stage, limit, self.wire.flush()).await
    }

    pub(super) async fn read(&mut self, stage: Stage, limit: Duration) -> Result<Reply, Failure> {
        within(stage, limit, self.replies.read(&mut self.wire)).await
    }

    pub(super) async fn expect(
        &mut self,
        stage: Stage,
        limit: Duration,
        code: u16,
    ) -> Result<Reply, Failure> {
        let reply = self.read(stage, limit).await?;
        if reply.code == code {
            Ok(reply)
        } else {
            Err(Failure::new(stage, Cause::Reply(reply)))
        }
    }
}

/// Says whether an envelope has a local part that is not ASCII.
fn beyond_ascii(envelope: &Envelope) -> bool {
    let addresses = envelope.from().into_iter().chain(envelope.to());
    addresses
        .into_iter()
        .any(|address| !address.user().is_ascii())
}

fn rcpt(envelope: &Envelope) -> String {
    envelope
        .to()
        .iter()
        .map(|address| Rcpt::new(address.clone(), Vec::new()).to_string())
        .collect()
}

/// The one code by which a stage goes on.
fn is_go_ahead(stage: Stage, reply: &Reply) -> bool {
    match stage {
        Stage::Data => reply.code == 354,
        // 251: will forward (RFC 5321, 4.2.3).
        Stage::Rcpt => reply.code == 250 || reply.code == 251,
        _ => reply.code == 250,
    }
}

/// Doubles a dot at a line's start (RFC 5321, 4.5.2). Our letters have none.
fn stuffed(message: &[u8]) -> Cow<'_, [u8]> {
    let first = message.starts_with(b".").then_some(0);
    let others = memmem::find_iter(message, b"\n.").map(|end| end + 1);
    let mut dots = first.into_iter().chain(others).peekable();
    if dots.peek().is_none() {
        return message.into();
    }
    let mut stuffed = Vec::with_capacity(message.len() + 16);
    let mut from = 0;
    for dot in dots {
        stuffed.extend_from_slice(&message[from..dot]); // each lies behind the one before
        stuffed.push(b'.');
        from = dot;
    }
    stuffed.extend_from_slice(&message[from..]);
    stuffed.into()
}
