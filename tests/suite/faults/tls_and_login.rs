//! 8 to 16: TLS and the login. Nothing goes on in clear, and nothing that the
//! relay has refused for good is tried twice.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use epistle::sandbox::{self, Answer, Event, Scene};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::{self, ServerConfig};

use super::trial::Trial;

/// A certificate that vouches for itself, and its text.
fn certificate(host: &str, has_expired: bool) -> (TlsAcceptor, String) {
    let mut wanted = rcgen::CertificateParams::new(vec![host.to_owned()]).unwrap();
    if has_expired {
        wanted.not_before = rcgen::date_time_ymd(2019, 1, 1);
        wanted.not_after = rcgen::date_time_ymd(2020, 1, 1);
    }
    let key = rcgen::KeyPair::generate().unwrap();
    // Two that have one name and two keys are taken for a forgery of each other.
    let name = key.public_key_pem();
    wanted
        .distinguished_name
        .push(rcgen::DnType::CommonName, &name[60..80]);
    let made = wanted.self_signed(&key).unwrap();
    let secret = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(
        rustls::crypto::aws_lc_rs::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .unwrap()
    .with_no_client_auth()
    .with_single_cert(vec![made.der().clone()], secret)
    .unwrap();
    (TlsAcceptor::from(Arc::new(config)), made.pem())
}

const USER: &str = "user = \"prayer\"\npassword_file = \"relay.password\"";

fn login() -> Option<(String, String)> {
    Some(("prayer".to_owned(), "right".to_owned()))
}

/// Logs in by the settings, with this password.
fn logging_in(trial: Trial, password: &str) -> Trial {
    let trial = trial.set("[relay]\n", &format!("[relay]\n{USER}\n"));
    trial.site.put("relay.password", password);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(trial.site.path("relay.password"), mode).unwrap();
    trial
}

/// A relay that offers STARTTLS with a certificate that the settings trust.
fn starttls(
    name: &str,
    options: sandbox::Options,
    answer: impl Fn(&Scene<'_>) -> Answer + Send + Sync + 'static,
) -> Trial {
    let (acceptor, text) = certificate("127.0.0.1", false);
    let options = sandbox::Options {
        tls: Some(acceptor),
        ..options
    };
    let trial = Trial::with(name, 3, options, answer);
    trial.site.put("ca.pem", &text);
    trial.set(
        "security = \"none\"",
        "security = \"starttls\"\nca_file = \"ca.pem\"",
    )
}

/// A server of bytes: it hears the beginning of each connection and does as it
/// is told. Returns its port, and what it has heard.
fn raw(answer: impl Fn(&mut std::net::TcpStream) + Send + 'static) -> (u16, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&heard);
    std::thread::spawn(move || {
        let mut kept = Vec::new(); // a connection is only cut where the answer does that
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let mut first = [0];
            if connection.read_exact(&mut first).is_ok() {
                keep.lock().unwrap().push(first[0]);
                answer(&mut connection);
            }
            kept.push(connection);
        }
    });
    (port, heard)
}

/// Sends to a port by TLS from the first byte.
fn by_tls(name: &str, port: u16) -> Trial {
    let trial = Trial::new(name, 3, |_| Answer::Usual);
    let own = format!("port = {}", trial.site.port());
    trial
        .set(&own, &format!("port = {port}"))
        .set("security = \"none\"", "security = \"tls\"")
        .hasty(600)
}

/// The first byte of a TLS handshake.
const HANDSHAKE: u8 = 22;

#[test]
fn fault_08_no_starttls_where_it_is_wanted_ends_the_run_and_tells_no_password() {
    let options = sandbox::Options {
        login: login(),
        ..sandbox::Options::default()
    };
    let trial = logging_in(
        Trial::with("no-starttls", 3, options, |_| Answer::Usual),
        "right",
    )
    .set("security = \"none\"", "security = \"starttls\"")
    .connections(4);
    let ran = trial.ends(5, "TLS: the server offers no STARTTLS (");
    assert!(
        ran.err.contains("write that, and security = \"tls\""),
        "{ran:#?}"
    );
    assert_eq!(trial.ledger(), "3 pending");
    assert_eq!((trial.relay(), trial.logins()), ([1, 0, 0, 0, 0], 0));
}

#[test]
fn fault_09_a_handshake_that_fails_is_tried_again_and_never_goes_on_in_clear() {
    for (name, answer) in [
        ("454", Answer::say("454 4.7.0 no TLS just now")),
        ("cut", Answer::SayAndCut(b"220 2.0.0 go on\r\n".to_vec())),
    ] {
        let trial = starttls(
            &format!("starttls-{name}"),
            sandbox::Options::default(),
            move |scene| match scene.event {
                Event::StartTls if scene.connection < 2 => answer.clone(),
                _ => Answer::Usual,
            },
        )
        .hasty(200);
        trial.ends(0, "");
        assert_eq!(trial.ledger(), "3 accepted");
        assert_eq!(trial.relay()[..2], [3, 3]);
    }
    type Deed = fn(&mut std::net::TcpStream);
    let deeds: [(&str, Deed, &str); 4] = [
        (
            "closed",
            |stream| stream.shutdown(std::net::Shutdown::Both).unwrap(),
            "TLS: ",
        ),
        (
            "garbage",
            |stream| stream.write_all(b"220 in clear\r\n").unwrap(),
            "for port 587 write security = \"starttls\"",
        ),
        (
            "alert",
            |stream| stream.write_all(&[21, 3, 3, 0, 2, 2, 80]).unwrap(),
            "TLS: received fatal alert",
        ),
        ("slow", |_| (), "TLS: nothing happened for 60 s"),
    ];
    for (name, deed, told) in deeds {
        let (port, heard) = raw(deed);
        let trial = by_tls(&format!("handshake-{name}"), port);
        trial.ends(5, told);
        assert_eq!(trial.ledger(), "3 pending");
        assert_eq!(*heard.lock().unwrap(), [HANDSHAKE; 6], "{name}");
    }
}

#[test]
fn fault_10_a_certificate_that_nobody_vouches_for_ends_the_run_with_the_reason() {
    for (name, host, has_expired, is_trusted, told) in [
        (
            "unknown",
            "127.0.0.1",
            false,
            false,
            "UnknownIssuer (name its authority by ca_file",
        ),
        (
            "expired",
            "127.0.0.1",
            true,
            true,
            "(whoever runs the server must renew it",
        ),
        (
            "other",
            "mail.example.org",
            false,
            true,
            "(write the name that the certificate is for as host",
        ),
    ] {
        for implicit_tls in [false, true] {
            let (acceptor, text) = certificate(host, has_expired);
            let options = sandbox::Options {
                tls: Some(acceptor),
                implicit_tls,
                ..sandbox::Options::default()
            };
            let security = if implicit_tls { "tls" } else { "starttls" };
            let trial = Trial::with(&format!("{name}-{security}"), 3, options, |_| Answer::Usual)
                .set(
                    "security = \"none\"",
                    &format!("security = \"{security}\"\nca_file = \"ca.pem\""),
                );
            let other = certificate("127.0.0.1", false).1;
            trial
                .site
                .put("ca.pem", if is_trusted { &text } else { &other });
            let ran = trial.ends(5, told);
            assert!(
                ran.err.contains("TLS: invalid peer certificate: "),
                "{ran:#?}"
            );
            assert_eq!(trial.ledger(), "3 pending");
            assert_eq!(trial.site.connections(), 1, "{name}");
            assert_eq!(trial.relay()[1..], [0; 4]);
        }
    }
}

#[test]
fn fault_11_tls_that_is_out_of_use_ends_the_run() {
    // What a server says that has been asked for TLS 1.2 or 1.3, and has 1.1.
    let (port, heard) = raw(|stream| stream.write_all(&[21, 3, 2, 0, 2, 2, 70]).unwrap());
    let trial = by_tls("tls-1.1", port);
    trial.ends(
        5,
        "TLS: received fatal alert: ProtocolVersion (it may have only TLS that is out of use",
    );
    assert_eq!(trial.ledger(), "3 pending");
    assert_eq!(*heard.lock().unwrap(), [HANDSHAKE]);
}

#[test]
#[ignore = "needs openssl; CI runs it"]
fn fault_11_tls_that_is_out_of_use_ends_the_run_by_openssl() {
    let trial = by_tls("tls-1.1-openssl", 1);
    let (_, text) = certificate("127.0.0.1", false);
    trial.site.put("ca.pem", &text);
    let made = Command::new("openssl")
        .args(
            "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=x"
                .split(' '),
        )
        .current_dir(&trial.site.folder)
        .output()
        .unwrap();
    assert!(made.status.success());
    let mut server = Command::new("openssl")
        .args("s_server -accept 127.0.0.1:0 -tls1_1 -cipher DEFAULT@SECLEVEL=0 -key key.pem -cert cert.pem".split(' '))
        .current_dir(&trial.site.folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let line = lines.find_map(|line| line.unwrap().strip_prefix("ACCEPT ").map(str::to_owned));
    let port = line.unwrap().rsplit(':').next().unwrap().to_owned();
    let trial = trial.set("port = 1\n", &format!("port = {port}\n"));
    trial.ends(
        5,
        "TLS: received fatal alert: ProtocolVersion (it may have only TLS that is out of use",
    );
    assert_eq!(trial.ledger(), "3 pending");
    server.kill().unwrap();
    server.wait().unwrap();
}

#[test]
fn fault_12_what_comes_in_clear_before_tls_is_not_believed() {
    let options = sandbox::Options {
        login: login(),
        mechanisms: "PLAIN",
        ..sandbox::Options::default()
    };
    // Believed, these would be the answer to EHLO under TLS: no login that we speak, nothing larger than a byte.
    let trial = starttls("injected", options, |scene| match scene.event {
        Event::StartTls => Answer::add("250-evil.example.org\r\n250-AUTH NTLM\r\n250 SIZE 1"),
        _ => Answer::Usual,
    });
    let trial = logging_in(trial, "right");
    trial.ends(0, "");
    assert_eq!(trial.ledger(), "3 accepted");
    assert_eq!((trial.relay()[0], trial.logins()), (1, 1));
}

#[test]
fn fault_13_a_login_that_is_put_off_is_tried_again() {
    let options = sandbox::Options {
        login: login(),
        ..sandbox::Options::default()
    };
    let trial = Trial::with("auth-454", 3, options, |scene| match scene.event {
        Event::Auth if scene.connection < 2 => Answer::say("454 4.7.0 temporarily not"),
        _ => Answer::Usual,
    });
    let trial = logging_in(trial, "right").hasty(200);
    trial.ends(0, "");
    assert_eq!(trial.ledger(), "3 accepted");
    assert_eq!((trial.relay()[0], trial.logins()), (3, 3));
}

/// Cron's mail, the ledger and the report have what the relay said.
#[test]
fn a_server_that_repeats_a_login_gives_no_password_away() {
    for (mechanisms, echo) in [
        ("PLAIN", "AHByYXllcgBodW50ZXIy"), // \0prayer\0hunter2
        ("PLAIN", "AHByYXllcgBodW50"),
        ("LOGIN", "aHVudGVyMg=="),
    ] {
        let options = sandbox::Options {
            login: login(),
            mechanisms,
            ..sandbox::Options::default()
        };
        let said = format!("500 5.5.1 Command unrecognized: \"AUTH {mechanisms} {echo}\"");
        let name = format!("auth-echo-{}", echo.len());
        let trial = Trial::with(&name, 3, options, move |scene| match scene.event {
            Event::Auth => Answer::say(&said),
            _ => Answer::Usual,
        });
        let trial = logging_in(trial, "hunter2").connections(1);
        let ran = trial.ends(5, "500 5.5.1 Command unrecognized: \"AUTH");
        let status = trial.site.json(0, &["status", "--json"]).to_string();
        let report = trial.site.read(&trial.site.reports()[0]);
        for shown in [&ran.err, &status, &report] {
            assert!(shown.contains("***") || shown == &status, "{shown}");
            assert!(!shown.contains(&echo[..8]), "{shown}");
        }
    }
}

/// A relay that takes access tokens, and settings that name the file with ours.
fn by_token(
    name: &str,
    token: &str,
    answer: impl Fn(&Scene<'_>) -> Answer + Send + Sync + 'static,
) -> Trial {
    let options = sandbox::Options {
        login: login(),
        mechanisms: "PLAIN XOAUTH2",
        ..sandbox::Options::default()
    };
    let trial = logging_in(Trial::with(name, 3, options, answer), token);
    trial.set("password_file", "token_file")
}

#[test]
fn an_access_token_logs_in() {
    let trial = by_token("token", "right\n", |_| Answer::Usual);
    trial.ends(0, "");
    assert_eq!(trial.ledger(), "3 accepted");
    assert_eq!(trial.logins(), 1);
}

#[test]
fn a_token_that_is_refused_is_tried_once_and_told_to_nobody() {
    let trial = by_token("token-wrong", "ya29.old", |_| Answer::Usual).connections(3);
    let ran = trial.ends(5, "535 5.7.8 wrong name or password (look at user");
    assert!(!ran.err.contains("ya29"), "{ran:#?}");
    assert_eq!(trial.ledger(), "3 pending");
    assert_eq!((trial.relay()[0], trial.logins()), (1, 1));
}

#[test]
fn a_token_goes_by_no_other_mechanism() {
    let options = sandbox::Options {
        login: login(),
        ..sandbox::Options::default()
    };
    let trial = logging_in(
        Trial::with("token-no-xoauth2", 3, options, |_| Answer::Usual),
        "right",
    )
    .set("password_file", "token_file");
    trial.ends(5, "logging in: the server offers no AUTH XOAUTH2");
    assert_eq!(trial.logins(), 0);
}

/// It lasts an hour, and a run may last longer: whoever renews it meanwhile is heard.
#[test]
fn a_token_is_read_for_each_connection() {
    let file = Arc::new(std::sync::OnceLock::<std::path::PathBuf>::new());
    let renewed = Arc::clone(&file);
    let trial = by_token("token-renewed", "right", move |scene| match scene.event {
        Event::Dot if scene.letters == 0 => {
            std::fs::write(renewed.get().unwrap(), "out of date").unwrap();
            Answer::SayAndCut(b"250 2.0.0 taken\r\n".to_vec())
        }
        _ => Answer::Usual,
    })
    .connections(1);
    file.set(trial.site.path("relay.password")).unwrap();
    trial.ends(5, "535 5.7.8");
    assert_eq!(trial.ledger(), "1 accepted, 2 pending");
    std::fs::write(file.get().unwrap(), "right").unwrap();
    trial.ends(0, "");
    assert_eq!(trial.ledger(), "3 accepted");
}

#[test]
fn without_a_token_nothing_begins() {
    let trial = by_token("token-none", "", |_| Answer::Usual);
    trial.ends(5, "relay.password is empty: put the access token into it");
    std::fs::remove_file(trial.site.path("relay.password")).unwrap();
    trial.ends(5, "relay.password with the access token: put it there");
    assert_eq!(trial.relay()[0], 0);
    assert!(trial.site.ends(0, &["status"]).out.contains("No edition"));
}

#[test]
fn fault_14_a_wrong_login_is_tried_once_by_all_connections_together() {
    let options = sandbox::Options {
        login: login(),
        ..sandbox::Options::default()
    };
    let trial = Trial::with("auth-535", 20, options, |_| Answer::Usual);
    let trial = logging_in(trial, "wrong").connections(8);
    trial.ends(
        5,
        "535 5.7.8 wrong name or password (look at user and password, or the access token, in the settings",
    );
    assert_eq!(trial.ledger(), "20 pending");
    assert_eq!((trial.relay(), trial.logins()), ([1, 0, 0, 0, 0], 1));

    let options = sandbox::Options {
        login: login(),
        ..sandbox::Options::default()
    };
    let trial = Trial::with("auth-534", 3, options, |scene| match scene.event {
        Event::Auth => Answer::say("534 5.7.9 an application password is needed"),
        _ => Answer::Usual,
    });
    let trial = logging_in(trial, "right");
    trial.ends(5, "534 5.7.9 an application password is needed");
    assert_eq!((trial.ledger().as_str(), trial.logins()), ("3 pending", 1));
}

#[test]
fn fault_15_a_login_that_is_missing_ends_the_run() {
    for line in ["530 5.7.0 log in first", "538 5.7.11 not without TLS"] {
        let trial = Trial::new("mail-530", 3, move |scene| match scene.event {
            Event::Mail(_) => Answer::say(line),
            _ => Answer::Usual,
        });
        let ran = trial.ends(5, &format!("MAIL: the server said {line}"));
        let advises = ran.err.contains("(it wants a login: write user");
        assert_eq!(advises, line.starts_with("530"), "{ran:#?}");
        assert_eq!(trial.ledger(), "3 pending");
        assert_eq!(trial.relay(), [1, 1, 1, 1, 0]);
    }
}

#[test]
fn fault_16_an_account_that_is_revoked_in_mid_run_charges_nobody() {
    let is_revoked = Arc::new(AtomicBool::new(true));
    let revoked = Arc::clone(&is_revoked);
    let trial = Trial::new("revoked", 5, move |scene| match scene.event {
        Event::Mail(_) if scene.letters >= 2 && revoked.load(Ordering::SeqCst) => {
            Answer::say("550 5.7.64 not attributed to a tenant")
        }
        _ => Answer::Usual,
    });
    trial.ends(5, "550 5.7.64 not attributed to a tenant");
    assert_eq!(trial.ledger(), "2 accepted, 3 pending");
    is_revoked.store(false, Ordering::SeqCst);
    trial.ends(0, "");
    assert_eq!(trial.ledger(), "5 accepted");

    // The same, found out when a connection is opened anew.
    let options = sandbox::Options {
        login: login(),
        ..sandbox::Options::default()
    };
    let trial = Trial::with("revoked-login", 5, options, |scene| match scene.event {
        Event::Mail(_) if scene.letters_here == 2 => {
            Answer::SayAndCut(b"421 4.3.0 so many and no more\r\n".to_vec())
        }
        Event::Auth if scene.letters >= 2 => Answer::say("535 5.7.8 this account is closed"),
        _ => Answer::Usual,
    });
    let trial = logging_in(trial, "right").hasty(200);
    trial.ends(
        5,
        "logging in: the server said 535 5.7.8 this account is closed",
    );
    assert_eq!(trial.ledger(), "2 accepted, 3 pending");
    assert_eq!(trial.logins(), 2);
}
