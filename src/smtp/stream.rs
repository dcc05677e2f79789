//! The stream under a session: TCP or TLS, counting what has been handed to it.
//!
//! Bytes count when they are taken, before TLS wraps them: what was taken may
//! still lie in a buffer, but what was not taken has certainly not been sent.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// The most bytes in a record of TLS (RFC 8446, 5.1).
const RECORD: usize = 16_384;

/// A connection to a server.
#[derive(Debug)]
pub(super) struct Wire {
    transport: Transport,
    taken: u64,
}

#[derive(Debug)]
enum Transport {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Wire {
    pub(super) fn plain(stream: TcpStream) -> Self {
        Self {
            transport: Transport::Plain(stream),
            taken: 0,
        }
    }

    pub(super) fn tls(stream: TlsStream<TcpStream>) -> Self {
        Self {
            transport: Transport::Tls(Box::new(stream)),
            taken: 0,
        }
    }

    /// The TCP stream, if nothing is wrapped around it.
    pub(super) fn into_plain(self) -> Option<TcpStream> {
        match self.transport {
            Transport::Plain(stream) => Some(stream),
            Transport::Tls(_) => None,
        }
    }

    pub(super) fn is_tls(&self) -> bool {
        matches!(self.transport, Transport::Tls(_))
    }

    /// How many bytes have been taken so far.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.transport {
            Transport::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Transport::Tls(stream) => Pin::new(stream.as_mut()).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let (polled, lost) = match &mut self.transport {
            Transport::Plain(stream) => {
                let polled = Pin::new(stream).poll_write_vectored(context, pieces);
                (polled, 0)
            }
            // TLS may have sent some of what it then fails on: a record at a time, and all of it counts.
            Transport::Tls(stream) => {
                let record = first(RECORD, pieces);
                let polled = Pin::new(stream.as_mut()).poll_write_vectored(context, &record);
                (polled, record.iter().map(|piece| piece.len()).sum())
            }
        };
        match polled {
            Poll::Ready(Ok(taken)) => self.taken += taken as u64,
            Poll::Ready(Err(_)) => self.taken += lost as u64,
            Poll::Pending => {}
        }
        polled
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.transport {
            Transport::Plain(stream) => Pin::new(stream).poll_flush(context),
            Transport::Tls(stream) => Pin::new(stream.as_mut()).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.transport {
            Transport::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Transport::Tls(stream) => Pin::new(stream.as_mut()).poll_shutdown(context),
        }
    }
}

/// The first `most` bytes of some pieces.
fn first<'p>(most: usize, pieces: &'p [IoSlice<'_>]) -> Vec<IoSlice<'p>> {
    let mut room = most;
    let fits = |piece: &'p IoSlice<'_>| {
        let part = &piece[..piece.len().min(room)];
        room -= part.len(); // it is no longer than that
        IoSlice::new(part)
    };
    pieces.iter().map(fits).collect()
}
