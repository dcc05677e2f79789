//! From nothing to a session that takes letters: connecting, TLS, EHLO, the login.

use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::commands::{Auth, Ehlo, Starttls};
use lettre::transport::smtp::extension::ClientId;
use tokio::net::TcpStream;

use super::capability::Capabilities;
use super::failure::{Cause, Failure, Stage};
use super::reply::{Reply, ReplyReader};
use super::session::{Session, within};
use super::stream::Wire;
use super::timeouts::Timeouts;
use super::tls::Tls;
use crate::settings::TokenFile;

/// How a connection is protected.
#[derive(Clone, Debug)]
pub enum Security {
    /// TLS from the first byte (RFC 8314, 3.3).
    Tls(Tls),
    /// TLS by STARTTLS, without which nothing goes on (RFC 3207).
    StartTls(Tls),
    /// In clear.
    None,
}

/// Who we are to a relay, and the proof.
#[derive(Clone, Debug)]
pub enum Login {
    /// A password, by AUTH PLAIN (RFC 4616) or LOGIN.
    Password(Credentials),
    /// An access token by AUTH XOAUTH2, of Google and Microsoft. A run may last
    /// longer than a token: it is read for each connection.
    Token {
        /// The name of the account.
        user: String,
        /// Where its token is.
        file: TokenFile,
    },
}

/// A relay, and how to talk to it.
#[derive(Clone, Debug)]
pub struct Relay {
    /// Its name, or its address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How connections are protected.
    pub security: Security,
    /// The login, if it wants one.
    pub login: Option<Login>,
    /// What we call ourselves (RFC 5321, 4.1.1.1).
    pub hello: ClientId,
    /// How long each stage may take.
    pub timeouts: Timeouts,
}

impl Session {
    /// Connects, protects the connection, and logs in.
    ///
    /// # Errors
    /// Anything that keeps letters from being offered, with its stage.
    pub async fn open(relay: &Relay) -> Result<Self, Failure> {
        let timeouts = relay.timeouts;
        let tcp = dial(&relay.host, relay.port, timeouts).await?;
        tcp.set_nodelay(true)
            .map_err(|error| Failure::new(Stage::Dial, error))?;
        let is_loopback = tcp
            .peer_addr()
            .is_ok_and(|peer| peer.ip().to_canonical().is_loopback());
        let wire = match &relay.security {
            Security::Tls(tls) => handshake(tcp, tls, timeouts).await?,
            Security::StartTls(_) | Security::None => Wire::plain(tcp),
        };
        let mut session = Self {
            wire,
            replies: ReplyReader::default(),
            capabilities: Capabilities::default(),
            timeouts,
            reset: false,
            behind: None,
            over: false,
            open: false,
        };
        session
            .expect(Stage::Greeting, timeouts.greeting, 220)
            .await?;
        session.hello(&relay.hello).await?;
        if let Security::StartTls(tls) = &relay.security {
            session = session.start_tls(tls, &relay.hello).await?;
        }
        if let Some(login) = &relay.login {
            if !(session.is_tls() || is_loopback) {
                return Err(Failure::new(
                    Stage::Auth,
                    Cause::NotOffered("TLS to log in under"),
                ));
            }
            session.login(login).await?;
        }
        Ok(session)
    }

    async fn hello(&mut self, name: &ClientId) -> Result<(), Failure> {
        let limit = self.timeouts.command;
        self.write(
            Stage::Hello,
            limit,
            Ehlo::new(name.clone()).to_string().as_bytes(),
        )
        .await?;
        let reply = self.read(Stage::Hello, limit).await?;
        if reply.code == 250 {
            self.capabilities = Capabilities::of(&reply);
            return Ok(());
        }
        if !reply.is_permanent() {
            return Err(Failure::new(Stage::Hello, Cause::Reply(reply)));
        }
        // A server that doesn't know EHLO may know HELO (RFC 5321, 3.2).
        self.capabilities = Capabilities::default();
        self.write(Stage::Hello, limit, format!("HELO {name}\r\n").as_bytes())
            .await?;
        self.expect(Stage::Hello, limit, 250).await.map(drop)
    }

    async fn start_tls(mut self, tls: &Tls, hello: &ClientId) -> Result<Self, Failure> {
        if !self.capabilities.starttls {
            return Err(Failure::new(Stage::Tls, Cause::NotOffered("STARTTLS")));
        }
        let timeouts = self.timeouts;
        self.write(
            Stage::Tls,
            timeouts.command,
            Starttls.to_string().as_bytes(),
        )
        .await?;
        self.expect(Stage::Tls, timeouts.command, 220).await?;
        // What came in clear behind the 220 is not the server's word (RFC 3207, 5).
        self.replies.discard();
        let Some(tcp) = self.wire.into_plain() else {
            return Err(Failure::new(
                Stage::Tls,
                Cause::NotOffered("STARTTLS inside TLS"),
            ));
        };
        let mut session = Self {
            wire: handshake(tcp, tls, timeouts).await?,
            replies: self.replies,
            capabilities: Capabilities::default(),
            timeouts,
            reset: false,
            behind: None,
            over: false,
            open: false,
        };
        session.hello(hello).await?;
        Ok(session)
    }

    /// The best of what the server offers and a login can do.
    fn mechanism(&self, login: &Login) -> Result<Mechanism, Failure> {
        let (fits, told): (&[_], _) = match login {
            Login::Password(_) => (&[Mechanism::Plain, Mechanism::Login], "AUTH PLAIN or LOGIN"),
            Login::Token { .. } => (&[Mechanism::Xoauth2], "AUTH XOAUTH2"),
        };
        let mut offered = self.capabilities.auth.iter();
        let found = offered.find(|mechanism| fits.contains(mechanism));
        found
            .copied()
            .ok_or_else(|| Failure::new(Stage::Auth, Cause::NotOffered(told)))
    }

    async fn login(&mut self, login: &Login) -> Result<(), Failure> {
        let limit = self.timeouts.command;
        let mechanism = self.mechanism(login)?;
        let credentials = &match login {
            Login::Password(credentials) => credentials.clone(),
            Login::Token { user, file } => {
                let token = file
                    .read()
                    .map_err(|error| Failure::new(Stage::Auth, error))?;
                Credentials::new(user.clone(), token.as_str().to_owned())
            }
        };
        // What says who we are, in base64: some servers repeat what they don't understand.
        let mut said = Vec::new();
        let refused =
            |reply, said: &[String]| Failure::new(Stage::Auth, Cause::Reply(without(reply, said)));
        // The response to an empty challenge is the user's name for LOGIN, all of it for PLAIN.
        let initial = mechanism.supports_initial_response();
        let command = if initial {
            Auth::new(mechanism, credentials.clone(), None)
                .map_err(|_| {
                    Failure::new(Stage::Auth, Cause::NotOffered("AUTH that takes this login"))
                })?
                .to_string()
        } else {
            format!("AUTH {mechanism}\r\n")
        };
        self.write(Stage::Auth, limit, command.as_bytes()).await?;
        if initial {
            said.extend(command.split_whitespace().last().map(str::to_owned));
        }
        let mut reply = self.read(Stage::Auth, limit).await?;
        if mechanism == Mechanism::Login {
            for challenge in ["Username:", "Password:"] {
                if reply.code != 334 {
                    return Err(refused(reply, &said));
                }
                let answer = mechanism
                    .response(credentials, Some(challenge))
                    .map_err(|_| {
                        Failure::new(Stage::Auth, Cause::NotOffered("AUTH that takes this login"))
                    })?;
                let encoded =
                    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, answer);
                self.write(Stage::Auth, limit, format!("{encoded}\r\n").as_bytes())
                    .await?;
                said.push(encoded);
                reply = self.read(Stage::Auth, limit).await?;
            }
        }
        if mechanism == Mechanism::Xoauth2 && reply.code == 334 {
            // What is wrong, as JSON; the refusal itself comes when that is answered.
            self.write(Stage::Auth, limit, b"\r\n").await?;
            reply = self.read(Stage::Auth, limit).await?;
        }
        if reply.code == 235 {
            Ok(())
        } else {
            Err(refused(reply, &said))
        }
    }
}

/// A reply without the words in it that repeat what was said, or a part of it.
fn without(mut reply: Reply, said: &[String]) -> Reply {
    /// Shorter ones are in any base64 by chance, and say little.
    const SHORTEST: usize = 6;
    let repeats = |word: &str| {
        let of_base64 = |char: char| char.is_ascii_alphanumeric() || "+/=".contains(char);
        let word = word.trim_matches(|char| !of_base64(char));
        word.len() >= SHORTEST
            && said
                .iter()
                .any(|said| said.contains(word) || word.contains(said))
    };
    let words = reply.text.split_inclusive(char::is_whitespace);
    reply.text = words
        .map(|word| if repeats(word) { "*** " } else { word })
        .collect();
    reply
}

/// Tries each address of a name, each with its own time: one that drops what it gets hides no other.
async fn dial(host: &str, port: u16, timeouts: Timeouts) -> Result<TcpStream, Failure> {
    let found = within(
        Stage::Dial,
        timeouts.dial,
        tokio::net::lookup_host((host, port)),
    )
    .await
    .map_err(|failure| {
        let (host, cause) = (host.to_owned(), Box::new(failure.cause));
        Failure::new(Stage::Dial, Cause::Lookup { host, cause })
    })?;
    let mut failure = Failure::new(
        Stage::Dial,
        std::io::Error::from(std::io::ErrorKind::NotFound),
    );
    for address in found {
        match within(Stage::Dial, timeouts.dial, TcpStream::connect(address)).await {
            Ok(tcp) => return Ok(tcp),
            Err(error) => {
                let cause = Box::new(error.cause);
                failure = Failure::new(Stage::Dial, Cause::At { address, cause });
            }
        }
    }
    Err(failure)
}

async fn handshake(tcp: TcpStream, tls: &Tls, timeouts: Timeouts) -> Result<Wire, Failure> {
    let connect = tls.connector.connect(tls.name.clone(), tcp);
    Ok(Wire::tls(within(Stage::Tls, timeouts.tls, connect).await?))
}
