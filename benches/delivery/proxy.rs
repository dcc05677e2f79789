//! A server that is further away: a proxy on loopback before the same sink, which
//! holds every byte back for half a round trip on its way there and on its way
//! back, as many at once as come.
//!
//! Opening a connection takes one round trip to the greeting here, where a real
//! network takes two; that is in favour of senders that open one a letter.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::{Duration, Instant};

/// Pieces that may be under way at once in one direction, each of 64 KB at most:
/// far more than a round trip of any sender here.
const UNDER_WAY: usize = 1024;

pub(crate) struct Proxy {
    pub(crate) port: u16,
}

impl Proxy {
    /// Listens until the process ends.
    pub(crate) fn start(server: u16, trip: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        let port = listener.local_addr().expect("it is bound").port();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                thread::spawn(move || join(client, server, trip / 2));
            }
        });
        Self { port }
    }

    /// The round trip as a client sees it: the median of NOOPs, one after the other.
    pub(crate) fn measured(&self) -> Duration {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        stream.set_nodelay(true).expect("it is a TCP socket");
        let mut replies = BufReader::new(stream.try_clone().expect("it is a socket")).lines();
        replies.next().expect("it greets").expect("it is ASCII");
        let mut trips = Vec::new();
        for _ in 0..21 {
            let start = Instant::now();
            stream.write_all(b"NOOP\r\n").expect("it reads");
            let reply = replies.next().expect("it answers").expect("it is ASCII");
            assert!(reply.starts_with("250"), "{reply}");
            trips.push(start.elapsed());
        }
        trips.sort_unstable();
        trips[trips.len() / 2]
    }
}

/// Joins a client to the server, and holds back what they say.
fn join(client: TcpStream, server: u16, half: Duration) {
    thread::sleep(half);
    let server = TcpStream::connect(("127.0.0.1", server)).expect("the server listens");
    for stream in [&client, &server] {
        stream.set_nodelay(true).expect("it is a TCP socket");
    }
    let ends = client
        .try_clone()
        .and_then(|c| Ok((c, server.try_clone()?)));
    let (client_again, server_again) = ends.expect("they are sockets");
    thread::spawn(move || carry(server_again, client_again, half));
    carry(client, server, half);
}

/// Carries bytes from one to the other, each as long after it came.
fn carry(mut from: TcpStream, mut to: TcpStream, half: Duration) {
    let (came, goes) = sync_channel::<(Instant, Vec<u8>)>(UNDER_WAY);
    thread::spawn(move || {
        for (due, bytes) in goes {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                return;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
    });
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        if came
            .send((Instant::now() + half, buffer[..read].to_vec()))
            .is_err()
        {
            return;
        }
    }
}
