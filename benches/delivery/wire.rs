//! What the wire can take from this machine: blocking threads, one a connection,
//! that write one letter again and again, each with the next envelope behind it,
//! as Epistle groups them. They read every reply before the next body, and look
//! only at its first digit. Nothing is composed, and nothing is recorded.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

pub(crate) fn send(port: u16, connections: u32, letters: u32, letter: &[u8]) {
    let envelope = b"MAIL FROM:<prayer@example.org>\r\nRCPT TO:<anna@example.org>\r\nDATA\r\n";
    let mut block = letter.to_vec();
    block.extend_from_slice(b".\r\n");
    let last = block.len();
    block.extend_from_slice(envelope);

    let connection = || {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
        stream.set_nodelay(true).expect("it is a TCP socket");
        let mut replies = BufReader::new(stream.try_clone().expect("it is a socket")).lines();
        let mut expect = |first: char| loop {
            let line = replies.next().expect("it answers").expect("it is ASCII");
            assert!(line.starts_with(first), "{line}");
            if line.as_bytes().get(3) != Some(&b'-') {
                break;
            }
        };
        let mut write = |bytes: &[u8]| stream.write_all(bytes).expect("it reads");
        expect('2');
        write(b"EHLO client.example.org\r\n");
        expect('2');
        write(envelope);
        for left in (0..letters / connections).rev() {
            "223".chars().for_each(&mut expect);
            write(if left == 0 { &block[..last] } else { &block });
            expect('2');
        }
        write(b"QUIT\r\n");
        expect('2');
    };
    std::thread::scope(|scope| {
        for _ in 0..connections {
            scope.spawn(connection);
        }
    });
}
