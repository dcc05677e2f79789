//! One connection, from the server's side (RFC 5321).

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufStream};
use tokio::net::TcpStream;

use super::script::Deed;
use super::{Answer, Event, Options, Received, Scene};

/// The longest command line taken, in bytes.
const MAX_LINE: u64 = 4_096;
/// The largest message taken, in bytes.
const MAX_MESSAGE: usize = 64 << 20;
/// How long nothing is read of a message that was refused before its end.
const STALL: Duration = Duration::from_secs(1);
/// The usual answer to DATA.
const GO_ON: &str = "354 go on";

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// What has been said on an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    /// Something that begins with 2 or 3.
    Yes,
    /// Something else, or nothing.
    No,
    /// The last word of this connection.
    Last,
}

struct Conversation<'o> {
    stream: BufStream<Box<dyn Stream>>,
    number: usize,
    options: &'o Options,
    letters: &'o AtomicUsize,
    letters_here: usize,
    protected: bool,
    known: bool,
    from: Option<String>,
    to: Vec<String>,
}

/// Holds a conversation to its end.
pub(super) async fn hold(
    tcp: TcpStream,
    number: usize,
    options: &Options,
    letters: &AtomicUsize,
) -> io::Result<()> {
    tcp.set_nodelay(true)?;
    if options.resets {
        tcp.set_zero_linger()?;
    }
    let implicit = options.tls.as_ref().filter(|_| options.implicit_tls);
    let stream: Box<dyn Stream> = match implicit {
        Some(acceptor) => Box::new(acceptor.accept(tcp).await?),
        None => Box::new(tcp),
    };
    let mut conversation = Conversation {
        stream: BufStream::new(stream),
        number,
        options,
        letters,
        letters_here: 0,
        protected: implicit.is_some(),
        known: options.login.is_none(),
        from: None,
        to: Vec::new(),
    };
    let mut said = conversation
        .answer(Event::Connect, "220 sandbox.invalid ESMTP")
        .await?;
    while said != Said::Last {
        let Some(line) = conversation.line().await? else {
            break;
        };
        said = if line.eq_ignore_ascii_case("STARTTLS") {
            let (rest, said) = conversation.start_tls().await?;
            conversation = rest;
            said
        } else {
            conversation.command(&line).await?
        };
    }
    if options.resets {
        return Ok(()); // what would be a good-bye is left out
    }
    conversation.stream.shutdown().await
}

impl Conversation<'_> {
    /// Reads a line, without its end. `None`: the client has gone, or never ends its line.
    async fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        (&mut self.stream)
            .take(MAX_LINE)
            .read_until(b'\n', &mut line)
            .await?;
        if line.last() != Some(&b'\n') {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line);
        Ok(Some(line.trim_end_matches(['\r', '\n']).to_owned()))
    }

    async fn command(&mut self, line: &str) -> io::Result<Said> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => {
                self.forget();
                let usual = self.greeting();
                self.answer(Event::Hello, &usual).await
            }
            "HELO" => self.answer(Event::Helo, "250 sandbox.invalid").await,
            "AUTH" => self.login(rest).await,
            "MAIL" if !self.known => {
                self.answer(Event::Mail(rest), "530 5.7.0 log in first")
                    .await
            }
            "MAIL" => {
                self.forget();
                let said = self.answer(Event::Mail(rest), "250 2.1.0 go on").await?;
                self.from = (said == Said::Yes).then(|| path(rest));
                Ok(said)
            }
            "RCPT" if self.from.is_none() => {
                self.answer(Event::Rcpt(rest), "503 5.5.1 MAIL first").await
            }
            "RCPT" => {
                let said = self.answer(Event::Rcpt(rest), "250 2.1.5 go on").await?;
                if said == Said::Yes {
                    self.to.push(path(rest));
                }
                Ok(said)
            }
            "DATA" => {
                let usual = if self.to.is_empty() {
                    "554 5.5.1 no recipient"
                } else {
                    GO_ON
                };
                // A script may say 354 to nobody's message: then it comes, and goes nowhere.
                match self.answer(Event::Data, usual).await? {
                    Said::Yes => self.message().await,
                    said => Ok(said),
                }
            }
            "RSET" => {
                self.forget();
                self.answer(Event::Reset, "250 2.0.0 forgotten").await
            }
            "NOOP" => {
                self.answer(Event::Other(line), "250 2.0.0 nothing done")
                    .await
            }
            "QUIT" => {
                self.answer(Event::Quit, "221 2.0.0 good bye").await?;
                Ok(Said::Last)
            }
            _ => {
                self.answer(Event::Other(line), "502 5.5.1 not known here")
                    .await
            }
        }
    }

    fn forget(&mut self) {
        self.from = None;
        self.to.clear();
    }

    /// The answer to EHLO.
    fn greeting(&self) -> String {
        let options = self.options;
        let mut lines = vec![
            "sandbox.invalid".to_owned(),
            "ENHANCEDSTATUSCODES".to_owned(),
            "8BITMIME".to_owned(),
        ];
        if options.pipelining {
            lines.push("PIPELINING".to_owned());
        }
        if options.smtputf8 {
            lines.push("SMTPUTF8".to_owned());
        }
        if let Some(size) = options.size {
            lines.push(format!("SIZE {size}"));
        }
        if options.tls.is_some() && !self.protected {
            lines.push("STARTTLS".to_owned());
        }
        if options.login.is_some() {
            lines.push(format!("AUTH {}", options.mechanisms));
        }
        let last = lines.len() - 1;
        let lines: Vec<_> = lines
            .iter()
            .enumerate()
            .map(|(index, line)| format!("250{}{line}", if index == last { ' ' } else { '-' }))
            .collect();
        lines.join("\r\n")
    }

    async fn start_tls(mut self) -> io::Result<(Self, Said)> {
        let Some(acceptor) = self.options.tls.as_ref().filter(|_| !self.protected) else {
            let said = self
                .answer(Event::StartTls, "502 5.5.1 no TLS here")
                .await?;
            return Ok((self, said));
        };
        let said = self.answer(Event::StartTls, "220 2.0.0 go on").await?;
        if said != Said::Yes {
            return Ok((self, said));
        }
        let protected = acceptor.accept(self.stream.into_inner()).await?;
        let conversation = Self {
            stream: BufStream::new(Box::new(protected)),
            protected: true,
            from: None,
            to: Vec::new(),
            ..self
        };
        Ok((conversation, Said::Yes))
    }

    async fn login(&mut self, rest: &str) -> io::Result<Said> {
        if self.options.login.is_none() {
            return self
                .answer(Event::Auth, "503 5.5.1 no login is wanted")
                .await;
        }
        let mut words = rest.split(' ');
        let mechanism = words.next().unwrap_or_default().to_ascii_uppercase();
        let initial = words.next().map(str::to_owned);
        let given = match mechanism.as_str() {
            "PLAIN" => {
                let response = match initial {
                    Some(response) => decoded(&response),
                    None => self.challenge("").await?,
                };
                let mut parts = response.split('\0').skip(1).map(str::to_owned);
                (
                    parts.next().unwrap_or_default(),
                    parts.next().unwrap_or_default(),
                )
            }
            "LOGIN" => (
                self.challenge("Username:").await?,
                self.challenge("Password:").await?,
            ),
            "XOAUTH2" => {
                let response = decoded(&initial.unwrap_or_default());
                let given = token(&response).unwrap_or_default();
                if self.options.login.as_ref() != Some(&given) {
                    self.challenge("{\"status\":\"401\"}").await?;
                }
                given
            }
            _ => return self.answer(Event::Auth, "504 5.5.4 not known here").await,
        };
        self.known = self.options.login.as_ref() == Some(&given);
        let usual = if self.known {
            "235 2.7.0 welcome"
        } else {
            "535 5.7.8 wrong name or password"
        };
        let said = self.answer(Event::Auth, usual).await?;
        self.known &= said == Said::Yes;
        Ok(said)
    }

    /// Asks for a response, and decodes it.
    async fn challenge(&mut self, text: &str) -> io::Result<String> {
        self.write(format!("334 {}\r\n", STANDARD.encode(text)).as_bytes())
            .await?;
        let line = self.line().await?.unwrap_or_default();
        Ok(decoded(&line))
    }

    /// Reads the message up to its dot, and answers that.
    async fn message(&mut self) -> io::Result<Said> {
        let mut message = Vec::new();
        loop {
            let start = message.len();
            self.stream.read_until(b'\n', &mut message).await?;
            if message.len() == start || message.len() > MAX_MESSAGE {
                return Ok(Said::Last); // gone before the dot, or without end
            }
            if message[start..] == *b".\r\n" {
                message.truncate(start);
                break;
            }
            if message.get(start) == Some(&b'.') {
                message.remove(start);
            }
        }
        let received = Received {
            connection: self.number,
            from: self.from.clone().unwrap_or_default(),
            to: self.to.clone(),
            message,
        };
        self.forget();
        if received.to.is_empty() {
            self.write(b"554 5.5.1 no recipient\r\n").await?;
            return Ok(Said::No);
        }
        let answer = self.choose(Event::Dot);
        self.letters.fetch_add(1, Ordering::SeqCst);
        self.letters_here += 1;
        let mut usual = "250 2.0.0 taken";
        if takes(&answer) && (self.options.deliver)(&received).is_err() {
            usual = "451 4.3.0 it can't be kept";
        }
        self.act(answer, usual).await
    }

    fn choose(&self, event: Event<'_>) -> Answer {
        self.options.script.answer(&Scene {
            connection: self.number,
            letters: self.letters.load(Ordering::SeqCst),
            letters_here: self.letters_here,
            event,
        })
    }

    async fn answer(&mut self, event: Event<'_>, usual: &str) -> io::Result<Said> {
        let answer = self.choose(event);
        self.act(answer, usual).await
    }

    async fn act(&mut self, mut answer: Answer, usual: &str) -> io::Result<Said> {
        let mut deeds = Vec::new();
        loop {
            match answer {
                Answer::After(pause, then) => {
                    tokio::time::sleep(pause).await;
                    answer = *then;
                }
                Answer::Then(first, deed) => {
                    deeds.push(deed);
                    answer = *first;
                }
                _ => break,
            }
        }
        let said = self.say(answer, usual).await;
        deeds.iter().rev().for_each(Deed::act);
        said
    }

    async fn say(&mut self, answer: Answer, usual: &str) -> io::Result<Said> {
        let usual = format!("{usual}\r\n").into_bytes();
        let (words, last) = match answer {
            Answer::Usual => (usual, false),
            Answer::Say(words) | Answer::TakeAndSay(words) => (words, false),
            Answer::Add(words) => ([usual, words].concat(), false),
            Answer::SayAndCut(words) => (words, true),
            Answer::CutInBody(bytes) => {
                self.read_in_body(bytes).await?;
                return Ok(Said::Last);
            }
            Answer::SayInBody(bytes, words) => {
                self.read_in_body(bytes).await?;
                self.write(&words).await?;
                tokio::time::sleep(STALL).await;
                return self.silence().await;
            }
            Answer::Silence => return self.silence().await,
            // `act` has undone the last two.
            Answer::Cut | Answer::TakeAndCut | Answer::After(..) | Answer::Then(..) => {
                return Ok(Said::Last);
            }
        };
        self.write(&words).await?;
        Ok(match words.first() {
            _ if last => Said::Last,
            Some(b'2' | b'3') => Said::Yes,
            _ => Said::No,
        })
    }

    /// Says nothing, and reads on, so as to hear the client go.
    async fn silence(&mut self) -> io::Result<Said> {
        tokio::io::copy(&mut self.stream, &mut tokio::io::sink()).await?;
        Ok(Said::Last)
    }

    /// Takes DATA, reads some bytes of the message, and keeps none.
    async fn read_in_body(&mut self, bytes: usize) -> io::Result<()> {
        self.write(format!("{GO_ON}\r\n").as_bytes()).await?;
        let mut some = (&mut self.stream).take(bytes as u64);
        tokio::io::copy(&mut some, &mut tokio::io::sink())
            .await
            .map(drop)
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }
}

/// Says whether a message is kept although, or because, its dot gets this answer.
fn takes(answer: &Answer) -> bool {
    match answer {
        Answer::Usual | Answer::Add(_) | Answer::TakeAndCut | Answer::TakeAndSay(_) => true,
        Answer::Say(words) | Answer::SayAndCut(words) => words.starts_with(b"2"),
        Answer::After(_, then) | Answer::Then(then, _) => takes(then),
        Answer::Cut | Answer::CutInBody(_) | Answer::SayInBody(..) | Answer::Silence => false,
    }
}

/// The address in `FROM:<a@b> SIZE=1` or `TO:<a@b>`.
fn path(argument: &str) -> String {
    let start = argument.find('<').map_or(0, |at| at + 1);
    let end = argument[start..]
        .find('>')
        .map_or(argument.len(), |at| start + at);
    argument[start..end].to_owned()
}

/// User and token of the response of XOAUTH2.
fn token(response: &str) -> Option<(String, String)> {
    let rest = response.strip_prefix("user=")?;
    let (user, rest) = rest.split_once("\u{1}auth=Bearer ")?;
    let token = rest.strip_suffix("\u{1}\u{1}")?;
    Some((user.to_owned(), token.to_owned()))
}

fn decoded(line: &str) -> String {
    let bytes = STANDARD.decode(line).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}
