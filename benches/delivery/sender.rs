//! Those who are measured: what each does, what it needs, and how it is started.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::ground::{Ground, Key};
use crate::process::{self, Spent};
use crate::sink::program;
use crate::wire;

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Sender {
    Epistle,
    Wire,
    Source,
    SourceKept,
    Nodemailer,
    Lettre,
    Mailmerge,
}

/// What is sent, and where to.
#[derive(Clone, Copy)]
pub(crate) struct Task<'a> {
    pub(crate) ground: &'a Ground,
    pub(crate) letter: &'a [u8],
    pub(crate) port: u16,
    pub(crate) connections: u32,
    pub(crate) letters: u32,
    pub(crate) key: Option<Key>,
}

impl Sender {
    pub(crate) const ALL: [Self; 7] = [
        Self::Epistle,
        Self::Wire,
        Self::SourceKept,
        Self::Source,
        Self::Nodemailer,
        Self::Lettre,
        Self::Mailmerge,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Epistle => "`epistle send`",
            Self::Wire => "bare wire",
            Self::SourceKept => "`smtp-source -d`",
            Self::Source => "`smtp-source`",
            Self::Nodemailer => "nodemailer",
            Self::Lettre => "lettre",
            Self::Mailmerge => "mailmerge",
        }
    }

    pub(crate) fn does(self) -> &'static str {
        match self {
            Self::Epistle => {
                "the whole process: list read, letters composed, every outcome synced to the ledger"
            }
            Self::Wire => {
                "one letter's bytes again and again, pipelined as Epistle does; no ledger"
            }
            Self::SourceKept => {
                "one letter's bytes, connections kept, each command awaited; no ledger"
            }
            Self::Source => "the same, a connection a letter",
            Self::Nodemailer => "its pool; letters composed; no ledger",
            Self::Lettre => "its pool; letters composed; no ledger",
            Self::Mailmerge => "letters composed, a connection a letter, one at a time; no ledger",
        }
    }

    /// How many letters it is given: as many as it can send in about so many
    /// seconds, by the round trips that each of its letters takes at least.
    pub(crate) fn letters(self, most: u32, connections: u32, millis: u32, seconds: u32) -> u32 {
        let (most, connections, trips) = match self {
            Self::Epistle | Self::Wire => (most, connections, 1),
            Self::Nodemailer => (most, connections, 3),
            Self::SourceKept => (most, connections, 4),
            Self::Source => (most, connections, 7),
            Self::Lettre => (most / 5, connections, 6),
            Self::Mailmerge => (most / 5, 1, 8),
        };
        let fit = (connections * seconds * 1000).checked_div(trips * millis);
        let even = connections.max(5); // so that connections share them evenly
        fit.map_or(most, |fit| (fit / even * even).clamp(even, most))
    }

    /// What it needs and does not find.
    pub(crate) fn missing(self) -> Option<&'static str> {
        let found = match self {
            Self::Epistle | Self::Wire => true,
            Self::Source | Self::SourceKept => program("smtp-source").is_some(),
            Self::Nodemailer => {
                program("node").is_some() && here("benches/delivery/node_modules").is_dir()
            }
            Self::Lettre => lettre().is_file(),
            Self::Mailmerge => mailmerge().is_file(),
        };
        let needs = match self {
            Self::Nodemailer => "needs Node.js 20 and npm, and benches/delivery/run to install it",
            Self::Lettre => "needs benches/delivery/run to build it",
            Self::Mailmerge => "needs Python 3 with venv, and benches/delivery/run to install it",
            _ => "needs smtp-source: apt-get install postfix",
        };
        (!found).then_some(needs)
    }

    /// Sends, and says how long that took from start to end.
    pub(crate) fn send(self, task: Task<'_>) -> Duration {
        let (port, connections) = (task.port.to_string(), task.connections.to_string());
        let mut command = match self {
            Self::Epistle => return epistle(task).wall,
            Self::Wire => {
                let start = Instant::now();
                wire::send(task.port, task.connections, task.letters, task.letter);
                return start.elapsed();
            }
            Self::Source => smtp_source(task, &[]),
            Self::SourceKept => smtp_source(task, &["-d"]),
            Self::Nodemailer => {
                let mut node = Command::new("node");
                node.arg(here("benches/delivery/nodemailer.mjs"));
                node.args([port, connections]);
                node
            }
            Self::Lettre => {
                let mut lettre = Command::new(lettre());
                lettre.args([port, connections]);
                lettre
            }
            Self::Mailmerge => {
                let mut mailmerge = Command::new(mailmerge());
                mailmerge.args(["--no-dry-run", "--no-limit", "--output-format=text"]);
                mailmerge.args(["--template=mailmerge.txt", "--database=list.csv"]);
                mailmerge.arg("--config=mailmerge.conf");
                mailmerge
            }
        };
        prepare(task);
        process::run(command.current_dir(task.ground.folder()))
            .0
            .wall
    }
}

/// Sends by the program itself, and says what that took.
pub(crate) fn epistle(task: Task<'_>) -> Spent {
    prepare(task);
    let (spent, told) = process::run(
        Command::new(env!("CARGO_BIN_EXE_epistle"))
            .args(["send", "bench.toml", "--yes", "--json"])
            .current_dir(task.ground.folder()),
    );
    let told: serde_json::Value = serde_json::from_str(&told).expect("it tells of its run");
    assert!(told["accepted"] == task.letters, "{told}");
    spent
}

fn prepare(task: Task<'_>) {
    task.ground.write_list(task.letters);
    task.ground
        .begin_anew(task.port, task.connections, task.key);
}

/// Postfix's sender, which adds the line ends itself.
fn smtp_source(task: Task<'_>, options: &[&str]) -> Command {
    let lines = String::from_utf8_lossy(task.letter).replace("\r\n", "\n");
    let file = task.ground.folder().join("letter.eml");
    fs::write(&file, lines).expect("the folder can be written to");
    let mut command = Command::new(program("smtp-source").expect("it was looked for"));
    command
        .args(options)
        .args(["-s", &task.connections.to_string()])
        .args(["-m", &task.letters.to_string(), "-F"])
        .arg(file)
        .args(["-f", "prayer@example.org", "-t", "anna@example.org"])
        .arg(format!("inet:127.0.0.1:{}", task.port));
    command
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn lettre() -> PathBuf {
    here("target/delivery/release/lettre-bench")
}

fn mailmerge() -> PathBuf {
    here("target/delivery/venv/bin/mailmerge")
}
