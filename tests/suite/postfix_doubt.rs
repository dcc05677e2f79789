//! Letters in doubt before a real Postfix: one that it has, whose answer to the
//! dot was lost, and one whose dot never came. Its own log tells them apart.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::postfix::Postfix;
use crate::site::{BULLETIN, ID, Site, until};

const DOT: &[u8] = b"\r\n.\r\n";

/// What is between the program and the server: it carries bytes on, until it breaks.
struct Between {
    to: u16,
    log: PathBuf,
    connections: AtomicUsize,
}

impl Between {
    /// Starts it. The first connection loses the answer to the dot, the second the dot itself.
    fn start(postfix: &Postfix) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let between = Arc::new(Self {
            to: postfix.port(),
            log: postfix.log_file(),
            connections: AtomicUsize::new(0),
        });
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (between, client) = (Arc::clone(&between), client.unwrap());
                // A connection that ends early is what this is for.
                std::thread::spawn(move || drop(between.carry(client)));
            }
        });
        port
    }

    fn carry(&self, mut client: TcpStream) -> std::io::Result<()> {
        let number = self.connections.fetch_add(1, Ordering::SeqCst);
        let mut server = TcpStream::connect(("127.0.0.1", self.to))?;
        let (mut from_server, mut to_client) = (server.try_clone()?, client.try_clone()?);
        if number > 1 {
            let answers =
                std::thread::spawn(move || std::io::copy(&mut from_server, &mut to_client));
            std::io::copy(&mut client, &mut server)?;
            server.shutdown(std::net::Shutdown::Write)?;
            drop(answers.join());
            return Ok(());
        }
        // One side after the other: each write of the client is answered, up to the message.
        let mut bytes = vec![0; 64 << 10];
        let mut message = Vec::new();
        loop {
            let read = from_server.read(&mut bytes)?;
            to_client.write_all(&bytes[..read])?;
            let is_asked_for = bytes[..read]
                .windows(5)
                .any(|word| word == b"\r\n354" || word == b"354 E");
            if is_asked_for {
                break;
            }
            let read = client.read(&mut bytes)?;
            server.write_all(&bytes[..read])?;
        }
        let dot = loop {
            let read = client.read(&mut bytes)?;
            message.extend_from_slice(&bytes[..read]);
            if let Some(at) = message.windows(DOT.len()).position(|some| some == DOT) {
                break at;
            }
        };
        if number == 0 {
            server.write_all(&message[..dot + DOT.len()])?;
            let read = from_server.read(&mut bytes)?;
            assert!(bytes[..read].starts_with(b"250 "), "it has the letter");
        } else {
            server.write_all(&message[..dot])?;
            server.flush()?;
            until(|| self.headers() == 2);
        }
        Ok(())
    }

    /// How many headers the server has read.
    fn headers(&self) -> usize {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        log.matches("message-id=<").count()
    }
}

#[test]
#[ignore = "needs Postfix (Debian: postfix sasl2-bin libsasl2-modules); .ci/run runs it"]
fn its_log_tells_a_letter_it_has_from_one_whose_dot_never_came() {
    let postfix = Postfix::start(
        "doubt",
        &[
            ("smtpd_relay_restrictions", "permit_mynetworks, reject"),
            ("smtpd_tls_security_level", "none"),
            ("smtpd_sasl_auth_enable", "no"),
        ],
    );
    let site = Site::new("postfix-doubt").bulletin("");
    let port = Between::start(&postfix);
    site.edit(
        "epistle.toml",
        &format!("port = {}", site.port()),
        &format!("port = {port}"),
    );
    site.edit("epistle.toml", "[batch]", "[batch]\nconnections = 1");
    // More than its buffers hold, so that it reads the header before the dot.
    let long = "Pray for rain. ".repeat(2_000);
    site.edit(BULLETIN, "Pray for rain.", long.trim());

    site.ends(1, &["send", BULLETIN, "--yes"]);
    let status = site.json(0, &["status", ID, "--json"]);
    assert_eq!(
        [&status["accepted"], &status["unknown"]],
        [1, 2],
        "{status}"
    );
    let patience = Duration::from_secs(30);
    assert_eq!(postfix.delivered(2, patience).len(), 2);

    let log = postfix.log_file().display().to_string();
    let listed = ["resolve", ID, "--log", &log];
    let json = site.json(0, &[&listed[..], &["--json"]].concat());
    let letters = json["letters"].as_array().unwrap();
    let verdicts: Vec<_> = letters
        .iter()
        .map(|letter| letter["verdict"].clone())
        .collect();
    assert_eq!(verdicts, ["sent", "begun"], "{json:#}");
    let says = |letter: usize| -> Vec<String> {
        let seen = letters[letter]["evidence"].as_array().unwrap().iter();
        seen.map(|line| line["says"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(says(0), ["begun", "queued", "sent"]);
    assert_eq!(says(1), ["begun"]);
    assert_eq!(letters[1]["covered"], false, "the log begins just before");
    assert!(json["searched"]["logs"][0]["from"].is_string(), "{json:#}");
    site.ends(0, &listed).names_nobody();

    let maildir = postfix.maildir().display().to_string();
    let by_mailbox = site.json(0, &["resolve", ID, "--maildir", &maildir, "--json"]);
    assert_eq!(
        by_mailbox["letters"][0]["evidence"][0]["says"],
        "in-mailbox"
    );
    assert_eq!(by_mailbox["letters"][1]["verdict"], "not-found");
    assert_eq!(by_mailbox["searched"]["mailboxes"][0]["mails"], 2);

    site.ends(0, &[&listed[..], &["--arrived", "--found"]].concat());
    site.ends(0, &["resolve", ID, "--send-again", "--all"]);
    site.ends(0, &["send", BULLETIN, "--yes"]);
    let mut got: Vec<_> = postfix
        .delivered(3, patience)
        .into_iter()
        .map(|(recipient, _)| recipient)
        .collect();
    got.sort();
    assert_eq!(
        got,
        ["anna@example.org", "kofi@example.com", "li@example.net"]
    );
}
