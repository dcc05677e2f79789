//! An SMTP server on loopback that delivers to nobody: what `--sandbox` sends
//! to, and what the tests talk to. One code, so that what the tests provoke is
//! what a person can try.
//!
//! By itself it takes every letter. A [`Script`] makes it answer otherwise,
//! late, cut off, or not at all.

mod conversation;
mod outbox;
mod script;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::net::{TcpListener, TcpSocket};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

pub use outbox::Outbox;
pub use script::{Answer, Deed, Event, Scene, Script};

/// What the server can do, and what it is to do.
pub struct Options {
    /// Its certificate, where it is to speak TLS.
    pub tls: Option<TlsAcceptor>,
    /// TLS from the first byte; else, with a certificate, STARTTLS is offered.
    pub implicit_tls: bool,
    /// Whether it offers PIPELINING.
    pub pipelining: bool,
    /// Whether it offers SMTPUTF8.
    pub smtputf8: bool,
    /// The SIZE that it offers, in bytes.
    pub size: Option<u64>,
    /// User and password, where a login is wanted.
    pub login: Option<(String, String)>,
    /// The mechanisms that it offers for that: `PLAIN LOGIN`.
    pub mechanisms: &'static str,
    /// The size of the socket's receive buffer, in bytes, if not the system's.
    pub receive_buffer: Option<u32>,
    /// Whether it ends connections by a reset, as a relay does that is killed.
    pub resets: bool,
    /// How it is to answer.
    pub script: Script,
    /// Takes each letter before its dot is answered; an error is answered with 451.
    pub deliver: Deliver,
}

/// Keeps a letter.
pub type Deliver = Box<dyn Fn(&Received) -> io::Result<()> + Send + Sync>;

impl Default for Options {
    fn default() -> Self {
        Self {
            tls: None,
            implicit_tls: false,
            pipelining: true,
            smtputf8: true,
            size: Some(50_000_000),
            login: None,
            mechanisms: "PLAIN LOGIN",
            receive_buffer: None,
            resets: false,
            script: Script::usual(),
            deliver: Box::new(|_| Ok(())),
        }
    }
}

/// A letter as it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The connection, counted from 0.
    pub connection: usize,
    /// The reverse-path.
    pub from: String,
    /// The forward-paths.
    pub to: Vec<String>,
    /// The message, dots undone.
    pub message: Vec<u8>,
}

/// A running server. It ends when this is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    task: JoinHandle<()>,
    connections: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
}

impl Server {
    /// Begins to listen on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// The system gives no socket.
    pub fn start(options: Options) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        if let Some(size) = options.receive_buffer {
            socket.set_recv_buffer_size(size)?;
        }
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let listener = socket.listen(1_024)?;
        let address = listener.local_addr()?;
        let connections = Arc::new(AtomicUsize::new(0));
        let open = Arc::new(AtomicUsize::new(0));
        let task = tokio::spawn(accept(
            listener,
            Arc::new(options),
            Arc::clone(&connections),
            Arc::clone(&open),
        ));
        Ok(Self {
            address,
            task,
            connections,
            open,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections it has taken.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// How many of them have not ended. With none open, no letter of a client that has gone is still to be taken.
    pub fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(
    listener: TcpListener,
    options: Arc<Options>,
    connections: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
) {
    let letters = Arc::new(AtomicUsize::new(0));
    let mut conversations = JoinSet::new(); // ended with this task
    while let Ok((stream, _)) = listener.accept().await {
        let number = connections.fetch_add(1, Ordering::SeqCst);
        open.fetch_add(1, Ordering::SeqCst);
        let (options, letters, open) = (options.clone(), letters.clone(), open.clone());
        conversations.spawn(async move {
            // A client that goes away is no fault of the server's.
            let _ = conversation::hold(stream, number, &options, &letters).await;
            open.fetch_sub(1, Ordering::SeqCst);
        });
        while conversations.try_join_next().is_some() {}
    }
}
