//! A real Postfix takes our letters: the other servers of the tests are our own,
//! and would share our mistakes about SMTP.

use std::fs::{self, DirBuilder, File};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::net::TcpListener;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime};

use epistle::smtp::{Cause, Login, Offer, Relay, Security, Session, Stage, Timeouts, Tls};
use lettre::address::Envelope;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::extension::ClientId;

use crate::smtp::{envelope, message, run};

const POSTFIX: &str = "/usr/sbin/postfix";
const SASLPASSWD2: &str = "/usr/sbin/saslpasswd2";
const USER: &str = "prayer";
const PASSWORD: &str = "geheim=ü";

/// The services that take a letter and store it. None of them sends: no letter
/// can leave the machine, whatever a test does.
const MASTER_CF: &str = "\
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
proxymap unix - - n - - proxymap
virtual unix - n n - - virtual
discard unix - - n - - discard
error unix - - n - - error
retry unix - - n - - error
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
tlsmgr unix - - n 1000? 1 tlsmgr
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
";

/// Starts the server in the folder `$1`, says so, and waits for the end of its
/// input: that comes when the test lets go of the server, and also when the
/// whole program of the tests is killed.
///
/// Postfix's daemons die by the signal that their master hands on just before
/// its own end, so they may write for a moment longer: `rm` tries again.
const KEEPER: &str = r#"
cd "$1" || exit
# Nobody may be left to hear that it has started.
trap : PIPE
start() {
    install -d -m 700 -o postfix data &&
    install -d -m 700 -o nobody mail &&
    printf %s "$PASSWORD" | "$SASLPASSWD2" -p -c -f sasldb -u "$REALM" "$LOGIN" &&
    chown postfix sasldb &&
    "$POSTFIX" -c "$1/etc" start </dev/null
}
if start "$1" >start.log 2>&1; then echo started; else echo failed; fi
read -r _
cd /
"$POSTFIX" -c "$1/etc" abort
for _ in $(seq 100); do
    "$POSTFIX" -c "$1/etc" status || break
    sleep 0.05
done
for _ in $(seq 100); do
    rm -rf "$1" && break
    sleep 0.05
done
"#;

/// A server on a free port of 127.0.0.1, with STARTTLS and, behind it, a login;
/// who has logged in may send to anybody, and all letters end in one Maildir.
///
/// It has folders of its own for everything, so that many can run at once and
/// beside a Postfix of the system. Dropping it stops it and removes them; where
/// a test has failed, its log is shown first.
pub(crate) struct Postfix {
    folder: PathBuf,
    ca_file: PathBuf,
    port: u16,
    keeper: Child,
}

impl Postfix {
    /// Starts a server; its host name is `name` under `.test`, and settings in
    /// `extra_main_cf` take the place of those here.
    ///
    /// # Panics
    /// If a package is missing, or Postfix can't be started; only root can.
    pub(crate) fn start(name: &str, extra_main_cf: &[(&str, &str)]) -> Self {
        need_packages();
        for _ in 0..10 {
            match Self::try_start(name, extra_main_cf) {
                Ok(postfix) => return postfix,
                // Somebody was faster between our look for a free port and Postfix.
                Err(told) if told.contains("Address already in use") => {}
                Err(told) => panic!("Postfix doesn't start:\n{told}"),
            }
        }
        panic!("no port stays free");
    }

    fn try_start(name: &str, extra_main_cf: &[(&str, &str)]) -> Result<Self, String> {
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .unwrap()
            .port();
        let folder = new_folder();
        let etc = folder.join("etc");
        fs::create_dir_all(etc.join("sasl")).unwrap();
        fs::create_dir(folder.join("queue")).unwrap();

        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
        let ca_file = folder.join("ca.pem");
        fs::write(&ca_file, made.cert.pem()).unwrap();
        let chain = folder.join("chain.pem");
        let key_and_certificate = made.signing_key.serialize_pem() + &made.cert.pem();
        fs::write(&chain, key_and_certificate).unwrap();
        fs::set_permissions(&chain, fs::Permissions::from_mode(0o600)).unwrap();

        let host = format!("{name}.test");
        // Debian's Postfix looks for it here, whatever `cyrus_sasl_config_path` says.
        fs::write(
            etc.join("sasl/smtpd.conf"),
            format!(
                "pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN LOGIN\nsasldb_path: {}\n",
                folder.join("sasldb").display()
            ),
        )
        .unwrap();
        // Postfix waits until this file is some two seconds old: somebody might still write it.
        let mut file = File::create(etc.join("main.cf")).unwrap();
        file.write_all(main_cf(&folder, &host, extra_main_cf).as_bytes())
            .unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        let smtpd = format!("127.0.0.1:{port} inet n - n - - smtpd\n");
        fs::write(etc.join("master.cf"), smtpd + MASTER_CF).unwrap();

        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(&folder)
            .env("POSTFIX", POSTFIX)
            .env("SASLPASSWD2", SASLPASSWD2)
            .env("REALM", host)
            .env("LOGIN", USER)
            .env("PASSWORD", PASSWORD)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // An interrupt at the terminal must not reach it before it has tidied up.
            .process_group(0)
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(keeper.stdout.take().unwrap())
            .read_line(&mut said)
            .unwrap();
        let postfix = Self {
            folder,
            ca_file,
            port,
            keeper,
        };
        if said == "started\n" {
            Ok(postfix)
        } else {
            let told = fs::read_to_string(postfix.folder.join("start.log")).unwrap_or_default();
            Err(told + &postfix.log())
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Its folder of settings, which they call `$config_directory`.
    pub(crate) fn config(&self) -> PathBuf {
        self.folder.join("etc")
    }

    /// The file that makes its certificate trusted.
    pub(crate) fn ca_file(&self) -> &Path {
        &self.ca_file
    }

    pub(crate) fn user(&self) -> &str {
        USER
    }

    pub(crate) fn password(&self) -> &str {
        PASSWORD
    }

    /// Waits until `count` letters have been delivered and none that was accepted
    /// is still on its way, or `limit` is over; then returns all, in the order in
    /// which they were taken: the envelope's recipient, and the letter without
    /// the fields that Postfix put before it.
    ///
    /// The bytes are those that were sent, if each line ended in CRLF and held no
    /// other CR or LF, and no field was one that Postfix removes (Bcc,
    /// Resent-Bcc, Content-Length, Return-Path).
    pub(crate) fn delivered(&self, count: usize, limit: Duration) -> Vec<(String, Vec<u8>)> {
        let start = Instant::now();
        loop {
            // A letter is in the next of these places before it leaves the last.
            let is_quiet = ["incoming", "active"]
                .iter()
                .all(|queue| is_without_letters(&self.folder.join("queue").join(queue)));
            let files = entries(&self.maildir().join("new"));
            if is_quiet && files.len() >= count || start.elapsed() > limit {
                let mut letters: Vec<_> = files
                    .iter()
                    .map(|file| Delivered::read(&fs::read(file).unwrap()))
                    .collect();
                letters.sort();
                // Killed behind the delivery of a letter and before its note of that,
                // Postfix delivers it again: what it took once counts once.
                letters.dedup();
                return letters
                    .into_iter()
                    .map(|letter| (letter.recipient, letter.bytes))
                    .collect();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Kills all its processes, as a crash does. What it had said that it has, it has.
    pub(crate) fn kill(&self) {
        let pid = fs::read_to_string(self.folder.join("queue/pid/master.pid")).unwrap();
        // The daemons are in the group of their master.
        let killed = Command::new("sh")
            .args(["-c", "kill -s KILL -- -\"$1\"", "sh", pid.trim()])
            .status();
        assert!(killed.unwrap().success());
    }

    /// Starts it again.
    pub(crate) fn start_again(&self) {
        let started = Command::new(POSTFIX)
            .arg("-c")
            .arg(self.config())
            .arg("start")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(started.unwrap().success(), "{}", self.log());
    }

    /// Sets a value in `main.cf`; the processes that start from now on have it.
    pub(crate) fn set(&self, key: &str, value: &str) {
        let path = self.config().join("main.cf");
        let begins = format!("{key} = ");
        let text = fs::read_to_string(&path).unwrap();
        let others = text.lines().filter(|line| !line.starts_with(&begins));
        let others: String = others.map(|line| format!("{line}\n")).collect();
        let new = path.with_extension("new");
        let mut file = File::create(&new).unwrap();
        file.write_all(format!("{others}{begins}{value}\n").as_bytes())
            .unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        fs::rename(new, path).unwrap();
    }

    /// The mail log so far; what has just happened may come a moment later.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    pub(crate) fn log_file(&self) -> PathBuf {
        self.folder.join("maillog")
    }

    /// The Maildir in which all letters end.
    pub(crate) fn maildir(&self) -> PathBuf {
        self.folder.join("mail/all")
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.log());
        }
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// The settings: `extra`, and those of ours that it doesn't replace.
fn main_cf(folder: &Path, host: &str, extra: &[(&str, &str)]) -> String {
    let folder = folder.display();
    let queue = format!("{folder}/queue");
    let data = format!("{folder}/data");
    let maillog = format!("{folder}/maillog");
    let folder = folder.to_string();
    let mail = format!("{folder}/mail");
    let chain = format!("{folder}/chain.pem");
    let ours = [
        ("compatibility_level", "3.6"),
        ("queue_directory", &*queue),
        ("data_directory", &data),
        ("maillog_file", &maillog),
        ("maillog_file_prefixes", &folder),
        ("inet_interfaces", "127.0.0.1"),
        ("inet_protocols", "ipv4"),
        ("mynetworks", "127.0.0.0/8"),
        // It asks no DNS server.
        ("myhostname", host),
        ("smtpd_peername_lookup", "no"),
        ("smtp_dns_support_level", "disabled"),
        // No address is its own, so each is relayed, and that needs the login.
        ("mydestination", ""),
        ("virtual_mailbox_domains", ""),
        ("alias_maps", ""),
        ("alias_database", ""),
        (
            "smtpd_relay_restrictions",
            "permit_sasl_authenticated, reject_unauth_destination",
        ),
        ("smtpd_tls_security_level", "may"),
        ("smtpd_tls_chain_files", &chain),
        ("smtpd_tls_auth_only", "yes"),
        ("smtpd_sasl_auth_enable", "yes"),
        ("smtpd_sasl_local_domain", host),
        // The way onward is the Maildir. virtual(8) takes letters to any address.
        ("default_transport", "virtual"),
        ("virtual_mailbox_base", &mail),
        ("virtual_mailbox_maps", "static:all/"),
        ("virtual_uid_maps", "static:65534"),
        ("virtual_gid_maps", "static:65534"),
        // Clients on this machine would have their header fields mended.
        ("local_header_rewrite_clients", ""),
        // Ids that begin with the time, so that they sort.
        ("enable_long_queue_ids", "yes"),
    ];
    ours.iter()
        .filter(|(key, _)| extra.iter().all(|(other, _)| other != key))
        .chain(extra)
        .map(|(key, value)| format!("{key} = {value}\n"))
        .collect()
}

/// A folder whose path is short, as the path of a socket must be, and open to
/// the user `postfix`; neither is sure of where builds or `TMPDIR` are.
fn new_folder() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = PathBuf::from(format!(
            "/tmp/epistle-postfix-{}-{next}",
            std::process::id()
        ));
        match DirBuilder::new().mode(0o755).create(&folder) {
            Ok(()) => return folder,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => panic!("{}: {error}", folder.display()),
        }
    }
}

fn need_packages() {
    let has_plain = entries(Path::new("/usr/lib"))
        .iter()
        .any(|folder| folder.join("sasl2/libplain.so").exists());
    let missing: Vec<_> = [
        ("postfix", Path::new(POSTFIX).exists()),
        ("sasl2-bin", Path::new(SASLPASSWD2).exists()),
        ("libsasl2-modules", has_plain),
    ]
    .into_iter()
    .filter_map(|(package, is_there)| (!is_there).then_some(package))
    .collect();
    assert!(
        missing.is_empty(),
        "this test needs Debian's {}: apt-get install {0}",
        missing.join(" ")
    );
}

/// What a folder holds; nothing if it isn't there.
fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).map_or_else(
        |_| Vec::new(),
        |entries| entries.map(|entry| entry.unwrap().path()).collect(),
    )
}

/// Whether a queue holds no letter that was accepted: until then a file isn't executable.
fn is_without_letters(queue: &Path) -> bool {
    !entries(queue)
        .iter()
        .filter_map(|file| fs::metadata(file).ok())
        .any(|metadata| metadata.permissions().mode() & 0o100 != 0)
}

/// A letter of the Maildir, sorted by when its queue file was made.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Delivered {
    queue_id: String,
    recipient: String,
    bytes: Vec<u8>,
}

impl Delivered {
    /// Takes off the fields of virtual(8) and the one `Received` field, and puts
    /// the line ends of SMTP back.
    fn read(file: &[u8]) -> Self {
        let mut rest = file;
        let mut field = |name: &str| {
            let end = (0..rest.len())
                .find(|&at| rest[at] == b'\n' && !matches!(rest.get(at + 1), Some(b' ' | b'\t')))
                .expect("a field has an end");
            let field = String::from_utf8(rest[..end].to_vec()).unwrap();
            rest = &rest[end + 1..];
            let (found, value) = field.split_once(": ").expect("a field has a name");
            assert_eq!(found, name, "{field}");
            value.to_owned()
        };
        field("Return-Path");
        let recipient = field("X-Original-To");
        // What rewriting would make of the address that the client gave.
        field("Delivered-To");
        let received = field("Received");
        let queue_id = received
            .split_once(" id ")
            .and_then(|(_, id)| id.split_whitespace().next())
            .unwrap_or_else(|| panic!("no queue id: {received}"))
            .to_owned();
        let lines: Vec<_> = rest.split(|byte| *byte == b'\n').collect();
        Self {
            queue_id,
            recipient,
            bytes: lines.join(&b"\r\n"[..]),
        }
    }
}

/// How a client reaches a server with its login.
fn relay(postfix: &Postfix) -> Relay {
    Relay {
        host: "127.0.0.1".to_owned(),
        port: postfix.port(),
        security: Security::StartTls(Tls::new("127.0.0.1", Some(postfix.ca_file())).unwrap()),
        login: Some(password(postfix.user(), postfix.password())),
        hello: ClientId::Domain("client.example.org".to_owned()),
        timeouts: Timeouts::default(),
    }
}

fn password(user: &str, password: &str) -> Login {
    Login::Password(Credentials::new(user.to_owned(), password.to_owned()))
}

/// A letter of some 20 KB with all that a transport might be tempted to touch.
fn letter(index: usize) -> Vec<u8> {
    let mut letter = format!(
        "From: \"Prayer, Team\" <prayer@example.org>\r\n\
         To: person {index} <R{index}@example.org>\r\n\
         Subject: =?utf-8?q?f=C3=BCr_alle?=\r\n folded, number {index}\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: 8bit\r\n\
         \r\n\
         .\r\n..two\r\n. three\r\nFrom here\r\n>From there\r\n\
         Betet f\u{fc}r Frieden \t \r\n\
         \r\n\t\r\n"
    )
    .into_bytes();
    letter.extend(b"x".repeat(990));
    letter.extend_from_slice(b"\r\n");
    while letter.len() < 20_000 {
        letter.extend_from_slice(
            format!("Pray for peace and rest, {}.\r\n", letter.len()).as_bytes(),
        );
    }
    letter.extend_from_slice(b"\r\n.\r\n");
    letter
}

#[test]
#[ignore = "needs Postfix (Debian: postfix sasl2-bin libsasl2-modules); .ci/run runs it"]
fn postfix_delivers_byte_for_byte_with_the_next_envelope_behind_each_letter() {
    run(async {
        let postfix = Postfix::start("bytes", &[]);
        let letters: Vec<(Envelope, Vec<u8>)> = (0..20)
            .map(|index| (envelope(&format!("R{index}@example.org")), letter(index)))
            .collect();
        let mut session = Session::open(&relay(&postfix)).await.unwrap();
        assert!(session.is_tls() && session.capabilities().pipelining);
        for (index, (to, bytes)) in letters.iter().enumerate() {
            let offer = session.offer(to, bytes.len()).await;
            assert_eq!(offer.unwrap(), Offer::Ready);
            let next = letters
                .get(index + 1)
                .map(|(envelope, bytes)| (envelope, bytes.len()));
            let answer = session.transmit(bytes, next).await;
            assert_eq!(answer.unwrap().code, 250);
        }
        session.quit().await;

        let delivered = postfix.delivered(letters.len(), Duration::from_secs(20));
        assert_eq!(delivered.len(), letters.len());
        for ((recipient, bytes), (index, (_, sent))) in
            delivered.iter().zip(letters.iter().enumerate())
        {
            assert_eq!(*recipient, format!("R{index}@example.org"));
            assert!(
                bytes == sent,
                "{recipient}:\n{}",
                String::from_utf8_lossy(bytes)
            );
        }
    });
}

#[test]
#[ignore = "needs Postfix (Debian: postfix sasl2-bin libsasl2-modules); .ci/run runs it"]
fn postfix_lets_in_by_login_too() {
    run(async {
        let postfix = Postfix::start("login", &[("smtpd_sasl_mechanism_filter", "login")]);
        let mut session = Session::open(&relay(&postfix)).await.unwrap();
        assert_eq!(session.capabilities().auth, [Mechanism::Login]);
        let body = message(1_000);
        let to = envelope("a@example.org");
        assert_eq!(session.offer(&to, body.len()).await.unwrap(), Offer::Ready);
        assert!(session.transmit(&body, None).await.unwrap().is_positive());
        session.quit().await;
        assert_eq!(
            postfix.delivered(1, Duration::from_secs(20)),
            [("a@example.org".to_owned(), body)]
        );
    });
}

#[test]
#[ignore = "needs Postfix (Debian: postfix sasl2-bin libsasl2-modules); .ci/run runs it"]
fn postfix_refuses_a_wrong_password() {
    run(async {
        let postfix = Postfix::start("password", &[]);
        let relay = Relay {
            login: Some(password(postfix.user(), "wrong")),
            ..relay(&postfix)
        };
        let failure = Session::open(&relay).await.unwrap_err();
        assert!(
            matches!((failure.stage, &failure.cause), (Stage::Auth, Cause::Reply(reply)) if reply.code == 535),
            "{failure}"
        );
    });
}

#[test]
#[ignore = "needs Postfix (Debian: postfix sasl2-bin libsasl2-modules); .ci/run runs it"]
fn postfix_relays_nothing_without_a_login() {
    run(async {
        let postfix = Postfix::start("relay", &[]);
        let relay = Relay {
            login: None,
            ..relay(&postfix)
        };
        let mut session = Session::open(&relay).await.unwrap();
        // Twice: the first refusal must leave the connection in order.
        for _ in 0..2 {
            let offer = session
                .offer(&envelope("a@example.org"), 100)
                .await
                .unwrap();
            let Offer::Refused { stage, reply } = offer else {
                panic!("{offer:?}");
            };
            assert_eq!(stage, Stage::Rcpt);
            assert_eq!(
                reply.to_string(),
                "554 5.7.1 <a@example.org>: Relay access denied"
            );
        }
        session.quit().await;
        assert!(postfix.delivered(0, Duration::from_secs(20)).is_empty());
    });
}

#[test]
#[ignore = "needs Postfix (Debian: postfix sasl2-bin libsasl2-modules); .ci/run runs it"]
fn postfix_with_a_certificate_that_nobody_vouches_for_gets_no_password() {
    run(async {
        let postfix = Postfix::start("untrusted", &[]);
        let relay = Relay {
            security: Security::StartTls(Tls::new("127.0.0.1", None).unwrap()),
            ..relay(&postfix)
        };
        let failure = Session::open(&relay).await.unwrap_err();
        assert_eq!(failure.stage, Stage::Tls);
        assert!(failure.to_string().contains("certificate"), "{failure}");
    });
}
