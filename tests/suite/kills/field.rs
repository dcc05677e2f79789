//! A folder with all that a run needs, the server that it sends to, and the
//! program that can be killed at any moment.

use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output};
use std::sync::Arc;
use std::time::{Duration, Instant};

use epistle::sandbox::{self, Answer, Scene, Script, Server};

use super::chance::Chance;
use super::faults::Leaves;
use super::log::Addresses;
use super::powercut::{Disk, Images};
use super::witness::{Program, Witness, end, locked};
use crate::smtp::certificate;
use crate::{dkim, support};

pub(super) const EDITION: &str = "2018-03-18";
/// A person wants it to go on, however much was in doubt or refused before.
pub(super) const SEND: [&str; 4] = ["send", "bulletins/2018-03-18.toml", "--yes", "--anyway"];
pub(super) const CONNECTIONS: usize = 4;

/// How many people the list of a field has, where nothing else is said.
const PEOPLE: usize = 300;
/// How many letters lie between two kills of [`Field::deadly`].
const APART: usize = 26;

/// The longest that anything may take, however busy the machine is.
pub(super) const LIMIT: Duration = Duration::from_secs(60);

const SETTINGS: &str = r#"
recipients = ["people.csv"]
[sender]
name = "Prayer Team"
address = "prayer@example.org"
organisation = "Example Mission"
postal_address = "1 Example Street, Exampletown"
unsubscribe = "unsubscribe@example.org"
[relay]
host = "127.0.0.1"
port = PORT
security = "SECURITY"
CA_FILE
hello = "client.example.org"
[batch]
connections = CONNECTIONS
retry_within = "0s"
[ledger]
path = "ledger/epistle.db"
DKIM
"#;

/// Letters are then composed by a thread for each processor.
const DKIM: &str = r#"
[[dkim]]
domain = "example.org"
selector = "s2026"
key_file = "ed25519.pem"
"#;

/// How the server is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Plain,
    /// Without PIPELINING.
    OneByOne,
    StartTls,
    /// TLS from the first byte.
    Tls,
}

impl Way {
    pub(super) const ALL: [Self; 4] = [Self::Plain, Self::StartTls, Self::OneByOne, Self::Tls];

    fn security(self) -> &'static str {
        match self {
            Self::Plain | Self::OneByOne => "none",
            Self::StartTls => "starttls",
            Self::Tls => "tls",
        }
    }
}

/// A folder with all that a run needs, and a server that keeps what it takes.
pub(super) struct Field {
    pub(super) folder: PathBuf,
    /// Who is on the list.
    pub(super) people: Addresses,
    way: Way,
    ca_file: Option<PathBuf>,
    /// What the program finds in its environment.
    environment: Vec<(&'static str, PathBuf)>,
    /// The disk under the ledger, where the power is cut.
    images: Option<Images>,
    pub(super) witness: Arc<Witness>,
    pub(super) server: Server,
    _runtime: tokio::runtime::Runtime,
}

impl Field {
    pub(super) fn new(
        name: &str,
        script: impl Fn(&Arc<Witness>, &Scene<'_>) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::with(name, PEOPLE, Way::Plain, move |witness, scene| {
            (script(witness, scene), Leaves::Known)
        })
    }

    /// A field with so many people on the list, and a server that is reached by
    /// a way, whose script tells what each answer leaves.
    pub(super) fn with(
        name: &str,
        people: usize,
        way: Way,
        script: impl Fn(&Arc<Witness>, &Scene<'_>) -> (Answer, Leaves) + Send + Sync + 'static,
    ) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("kills-{name}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("bulletins")).unwrap();
        fs::create_dir(folder.join("ledger")).unwrap();
        let is_protected = way == Way::StartTls || way == Way::Tls;
        let certificate = is_protected.then(|| certificate(&format!("kills-{name}")));
        let witness = Arc::new(Witness::default());
        // One thread: while the script acts, the whole server waits.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let (asked, keeper) = (Arc::clone(&witness), Arc::clone(&witness));
        let server = {
            let _entered = runtime.enter();
            Server::start(sandbox::Options {
                script: Script::new(move |scene| {
                    let (answer, leaves) = script(&asked, scene);
                    locked(&asked.seen).log.note(scene, &answer, leaves);
                    answer
                }),
                deliver: Box::new(move |letter| {
                    for to in &letter.to {
                        *locked(&keeper.seen).taken.entry(to.clone()).or_default() += 1;
                    }
                    Ok(())
                }),
                tls: certificate.as_ref().map(|made| made.acceptor.clone()),
                implicit_tls: way == Way::Tls,
                pipelining: way != Way::OneByOne,
                ..sandbox::Options::default()
            })
            .unwrap()
        };
        let people: Addresses = (0..people)
            .map(|index| format!("r{index}@example.org"))
            .collect();
        let rows: String = people
            .iter()
            .map(|address| format!("{address}\n"))
            .collect();
        fs::write(folder.join("people.csv"), format!("email\n{rows}")).unwrap();
        let bulletin = format!("bulletins/{EDITION}.toml");
        fs::copy(support::path(&bulletin), folder.join(&bulletin)).unwrap();
        dkim::key("ed25519.pem", &folder);
        let field = Self {
            folder,
            people,
            way,
            ca_file: certificate.map(|made| made.ca_file),
            environment: Vec::new(),
            images: None,
            witness,
            server,
            _runtime: runtime,
        };
        field.aim(field.server.address().port());
        field
    }

    /// Puts a disk under the ledger.
    pub(super) fn mount(&mut self, disk: Disk) {
        let folder = self.ledger();
        let (images, environment) = Images::new(folder.parent().unwrap(), disk);
        (self.images, self.environment) = (Some(images), environment);
    }

    /// Leaves of the ledger what its disk has kept, if there is one.
    pub(super) fn cut_power(&self, chance: &mut Chance) {
        if let Some(images) = &self.images {
            images.cut(chance);
        }
    }

    /// Writes settings by which the program sends to a port of this machine.
    pub(super) fn aim(&self, port: u16) {
        let ca_file = self.ca_file.as_ref();
        let ca_file = ca_file.map(|file| format!("ca_file = \"{}\"", file.display()));
        let ca_file = ca_file.unwrap_or_default();
        let settings = SETTINGS
            .replace("PORT", &port.to_string())
            .replace("SECURITY", self.way.security())
            .replace("CA_FILE", &ca_file)
            .replace(
                "DKIM",
                if self.way.security() == "none" {
                    ""
                } else {
                    DKIM
                },
            )
            .replace("CONNECTIONS", &CONNECTIONS.to_string());
        fs::write(self.folder.join("epistle.toml"), settings).unwrap();
    }

    /// The ledger, in a folder where nothing else is.
    pub(super) fn ledger(&self) -> PathBuf {
        self.folder.join("ledger/epistle.db")
    }

    /// A field where `place` is asked at each event when a kill is due: so many
    /// kills, at letters far from each other.
    pub(super) fn deadly(
        name: &str,
        kills: usize,
        place: impl Fn(&Arc<Witness>, &Scene<'_>, usize) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, move |witness, scene| match witness.next_kill() {
            Some(kill) if kill < kills && scene.letters >= kill * APART => {
                place(witness, scene, kill)
            }
            _ => Answer::Usual,
        })
    }

    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_epistle"));
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command that nobody kills.
    pub(super) fn call(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Begins the command that sends.
    pub(super) fn begin(&self) {
        if let Some(images) = &self.images {
            images.settle();
        }
        let errors = File::options()
            .append(true)
            .create(true)
            .open(self.folder.join("errors"))
            .unwrap();
        let mut seen = locked(&self.witness.seen);
        seen.log.begin();
        seen.victim = None;
        let mut program = locked(&self.witness.program);
        let child = self.command(&SEND).stderr(errors).spawn().unwrap();
        *program = Some(Program {
            child,
            status: None,
        });
    }

    /// What all runs have said.
    pub(super) fn errors(&self) -> String {
        fs::read_to_string(self.folder.join("errors")).unwrap_or_default()
    }

    /// Waits for its end, and until the server has read all that it has left.
    pub(super) fn wait(&self) -> ExitStatus {
        let status = self.until("the end", || self.witness.ended());
        assert!(matches!(status.signal(), None | Some(9)), "{status}");
        self.until("the end of all connections", || {
            (self.server.open() == 0).then_some(())
        });
        status
    }

    pub(super) fn until<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let begun = Instant::now();
        loop {
            if let Some(found) = look() {
                return found;
            }
            if begun.elapsed() > LIMIT {
                end(&self.witness.program);
                panic!("{what} doesn't come: {}", self.errors());
            }
            std::thread::sleep(Duration::from_micros(100));
        }
    }
}

impl Drop for Field {
    fn drop(&mut self) {
        end(&self.witness.program);
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}
