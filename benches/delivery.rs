//! How fast letters leave: the program with its ledger on disk beside two
//! senders that keep none, against the same server in the same run; and how much
//! memory a long list takes. Prints medians and ratios; fails nothing.
//!
//! `cargo bench --bench delivery`; the server and one of the senders are
//! Postfix's smtp-sink and smtp-source.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use epistle::bulletin;
use epistle::check::CheckedBulletin;
use epistle::diagnostic::SourceFile;
use epistle::edition::Edition;
use epistle::letter::{Composer, Frozen, Letter, Signer};
use epistle::people::{DisplayName, Recipient, Secret};
use epistle::settings::Settings;

const CONNECTIONS: u32 = 10;
const LETTERS: u32 = 5_000;
const ROUNDS: usize = 7;
/// Paragraphs that make a letter of about 20 KB, and one of the smallest.
const LONG: usize = 13;
const SHORT: usize = 1;
/// The people of the list whose sending is watched for its memory.
const MANY: u32 = 100_000;

/// How long a server has to begin to listen.
const PATIENCE: Duration = Duration::from_secs(5);

fn main() {
    let (Some(sink), Some(source)) = (program("smtp-sink"), program("smtp-source")) else {
        println!("this needs smtp-sink and smtp-source: apt-get install postfix");
        return;
    };
    let ground = Ground::new();
    let server = Sink::start(&sink);
    rates(&ground, &server, &source);
    memory(&ground, &server);
}

/// Lets the senders take turns, so that whatever else the machine does meanwhile meets all.
fn rates(ground: &Ground, server: &Sink, source: &Path) {
    ground.write_bulletin(LONG);
    ground.write_list(LETTERS);
    let letter = ground.letter();
    let size = letter.bytes.len();
    println!("{LETTERS} letters of {size} bytes, {CONNECTIONS} connections, {ROUNDS} rounds");

    let mut senders = [
        Sender::new("smtp-source, a connection a letter"),
        Sender::new("smtp-source -d, ten in all"),
        Sender::new("bare wire, pipelined"),
        Sender::new("epistle send, the whole process"),
        Sender::new("epistle send, its run alone"),
    ];
    for _ in 0..ROUNDS {
        senders[0].took(smtp_source(source, &[], server.port, size));
        senders[1].took(smtp_source(source, &["-d"], server.port, size));
        senders[2].took(bare_wire(server.port, &letter));
        ground.begin_anew(server.port);
        let (whole, run, _) = ground.send(LETTERS);
        senders[3].took(whole);
        senders[4].took(run);
    }

    let (other, bare) = (senders[0].median(), senders[2].median());
    println!(
        "{:<36}{:>10}{:>10}{:>10}{:>16}{:>14}",
        "letters a second", "median", "slowest", "fastest", "to smtp-source", "to bare wire"
    );
    for sender in &senders {
        let median = sender.median();
        println!(
            "{:<36}{median:>10.0}{:>10.0}{:>10.0}{:>16.2}{:>14.2}",
            sender.name,
            sender.slowest(),
            sender.fastest(),
            median / other,
            median / bare,
        );
    }
}

/// Sends to a long list, and prints the most memory that the program had at once.
fn memory(ground: &Ground, server: &Sink) {
    ground.write_bulletin(SHORT);
    ground.write_list(MANY);
    let size = ground.letter().bytes.len();
    ground.begin_anew(server.port);
    let (whole, run, peak) = ground.send(MANY);
    println!(
        "\n{MANY} letters of {size} bytes: {} MB at most, {:.1} s, {:.0} letters a second while it ran",
        peak.map_or("?".to_owned(), |kib| format!("{:.1}", kib as f64 / 1024.0)),
        whole.as_secs_f64(),
        f64::from(MANY) / run.as_secs_f64(),
    );
}

/// The rates of one sender.
struct Sender {
    name: &'static str,
    rates: Vec<f64>,
}

impl Sender {
    fn new(name: &'static str) -> Self {
        let rates = Vec::new();
        Self { name, rates }
    }

    fn took(&mut self, time: Duration) {
        self.rates.push(f64::from(LETTERS) / time.as_secs_f64());
        self.rates.sort_by(f64::total_cmp);
    }

    fn median(&self) -> f64 {
        self.rates[self.rates.len() / 2]
    }

    fn slowest(&self) -> f64 {
        self.rates[0]
    }

    fn fastest(&self) -> f64 {
        self.rates[self.rates.len() - 1]
    }
}

/// Postfix's sender: as many bytes in as many letters, as many at once.
fn smtp_source(source: &Path, options: &[&str], port: u16, size: usize) -> Duration {
    let start = Instant::now();
    let status = Command::new(source)
        .args(options)
        .args(["-s", &CONNECTIONS.to_string()])
        .args(["-m", &LETTERS.to_string(), "-l", &size.to_string()])
        .args(["-f", "prayer@example.org", "-t", "anna@example.org"])
        .arg(format!("inet:127.0.0.1:{port}"))
        .status()
        .expect("smtp-source starts");
    assert!(status.success(), "smtp-source: {status}");
    start.elapsed()
}

/// What the wire can take from this machine: blocking threads that write one
/// letter again and again, each with the next envelope behind it, and look only
/// at the first digit of the answers.
fn bare_wire(port: u16, letter: &Letter) -> Duration {
    let envelope = b"MAIL FROM:<prayer@example.org>\r\nRCPT TO:<anna@example.org>\r\nDATA\r\n";
    let mut block = letter.bytes.clone();
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
        for left in (0..LETTERS / CONNECTIONS).rev() {
            "223".chars().for_each(&mut expect);
            write(if left == 0 { &block[..last] } else { &block });
            expect('2');
        }
        write(b"QUIT\r\n");
        expect('2');
    };
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..CONNECTIONS {
            scope.spawn(connection);
        }
    });
    start.elapsed()
}

/// A server that takes letters and forgets them.
struct Sink {
    port: u16,
    child: Child,
}

impl Sink {
    fn start(sink: &Path) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = free.expect("there is a free port").port();
        let mut command = Command::new(sink);
        // It refuses to be root, and can be nobody else than who has started it otherwise.
        if is_root() {
            command.args(["-u", "nobody"]);
        }
        let child = command
            .arg(format!("127.0.0.1:{port}"))
            .arg("256")
            .stdin(Stdio::null())
            .spawn()
            .expect("smtp-sink starts");
        let server = Self { port, child };
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(start.elapsed() < PATIENCE, "smtp-sink doesn't listen");
            std::thread::sleep(Duration::from_millis(10));
        }
        server
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder with all that the program needs to send, on the disk of the build: its ledger must be on one.
struct Ground(PathBuf);

impl Ground {
    fn new() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-delivery");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("the build's folder can be written to");
        Self(folder)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).expect("the folder can be written to");
    }

    /// Writes an invented bulletin with so many paragraphs.
    fn write_bulletin(&self, paragraphs: usize) {
        let mut text = "id = \"bench\"\ndate = 2018-03-18\nlanguage = \"en\"\nstatus = \"ready\"\n\
             title = \"Prayer for peace\"\nsubject = \"Prayer for peace\"\n"
            .to_owned();
        for number in 1..=paragraphs {
            write!(
                text,
                "\n[[section]]\nid = \"week-{number}\"\nheading = \"Week {number}\"\n\n[[section.item]]\n\
                 text = \"\"\"\nPray for those who wait in week {number}: that they find rest, good words, and somebody who listens.\n\
                 Give thanks for everyone who carried water, bread or news to a neighbour, and for the evenings without noise.\n\"\"\"\n"
            )
            .expect("a string takes all");
        }
        self.write("bench.toml", &text);
    }

    /// Writes a list of so many people.
    fn write_list(&self, people: u32) {
        let mut text = "email,name\n".to_owned();
        for number in 1..=people {
            writeln!(text, "reader{number}@example.org,Jörg Example {number}")
                .expect("a string takes all");
        }
        self.write("list.csv", &text);
        let private = fs::Permissions::from_mode(0o600); // else it is warned of
        fs::set_permissions(self.0.join("list.csv"), private).expect("it is ours");
    }

    /// The letter to a person on the list, as the program composes it.
    fn letter(&self) -> Letter {
        let bytes = fs::read(self.0.join("bench.toml")).expect("it was written");
        let (source, found) = SourceFile::from_bytes("bench.toml", &bytes);
        let settings = Settings::example();
        let (bulletin, findings) = bulletin::read(&source, found, settings.timezone);
        let checked = CheckedBulletin::new(bulletin.expect("it is well-formed"), findings);
        let edition = Edition::freeze(&checked.clone().into(), &settings.sender);
        let secret = Secret::for_previews();
        let date = chrono::DateTime::UNIX_EPOCH.fixed_offset();
        let frozen = Frozen::new(&edition, &edition.base, date, &secret);
        let composer = Composer::new(&frozen, &secret, Signer::none()).expect("it has an envelope");
        composer.compose(&Recipient {
            address: "reader1@example.org".parse().expect("it is an address"),
            name: DisplayName::parse("Jörg Example 1").expect("it is a name"),
            language: None,
        })
    }

    /// Forgets the ledger, and writes settings for a server.
    fn begin_anew(&self, port: u16) {
        let _ = fs::remove_dir_all(self.0.join("ledger"));
        fs::create_dir(self.0.join("ledger")).expect("the folder can be written to");
        self.write(
            "epistle.toml",
            &format!(
                "recipients = [\"list.csv\"]\n\n\
                 [sender]\nname = \"Prayer Team\"\naddress = \"prayer@example.org\"\n\
                 organisation = \"Example Mission\"\npostal_address = \"1 Example Street, Exampletown\"\n\
                 unsubscribe = \"unsubscribe@example.org\"\n\n\
                 [relay]\nhost = \"127.0.0.1\"\nport = {port}\nsecurity = \"none\"\n\n\
                 [batch]\nconnections = {CONNECTIONS}\n\n\
                 [ledger]\npath = \"ledger/epistle.db\"\n"
            ),
        );
    }

    /// Sends to everybody. Returns how long that took, how long the run itself
    /// did, and the most memory in KiB.
    fn send(&self, people: u32) -> (Duration, Duration, Option<u64>) {
        let start = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_epistle"))
            .args(["send", "bench.toml", "--yes", "--json"])
            .current_dir(&self.0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let status = format!("/proc/{}/status", child.id());
        let watching = std::thread::spawn(move || {
            let mut peak = None;
            // The figure only grows, and there is none when the process has ended.
            while let Some(kib) = fs::read_to_string(&status)
                .ok()
                .as_deref()
                .and_then(peak_kib)
            {
                peak = Some(kib);
                std::thread::sleep(Duration::from_millis(20));
            }
            peak
        });
        let stdout = child.stdout.take().expect("it is piped");
        let told: serde_json::Value =
            serde_json::from_reader(BufReader::new(stdout)).expect("it tells of its run");
        let status = child.wait().expect("it was started");
        let whole = start.elapsed();
        assert!(status.success() && told["accepted"] == people, "{told}");
        let run = Duration::from_secs_f64(told["run"]["seconds"].as_f64().expect("it says"));
        (whole, run, watching.join().expect("it only reads"))
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The most memory that a process ever had, by what Linux says of it (proc_pid_status(5)).
fn peak_kib(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// Looks for a program, also where Debian puts those of the administrator.
fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    folders
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}
