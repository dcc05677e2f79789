//! One fault, as its people meet it: the program sends to a relay that has it,
//! and what counts is what a person is told, the exit code, what the ledger
//! says, and what the relay has seen.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use epistle::sandbox::{self, Answer, Event, Scene, Script};

use crate::site::{BULLETIN, ID, Ran, Site, until};
use crate::support;

/// The ledger's states, in the order in which they are told.
const STATES: [&str; 8] = [
    "accepted",
    "refused",
    "deferred",
    "unknown",
    "suppressed",
    "cancelled",
    "started",
    "pending",
];

/// A site with one connection at a time, unless more are asked for.
pub(super) struct Trial {
    pub(super) site: Site,
    seen: Arc<Seen>,
    environment: Vec<(&'static str, OsString)>,
    shims: Vec<PathBuf>,
}

/// What the relay has seen, so often.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) connections: AtomicUsize,
    pub(super) logins: AtomicUsize,
    pub(super) mail: AtomicUsize,
    pub(super) rcpt: AtomicUsize,
    pub(super) data: AtomicUsize,
    pub(super) dots: AtomicUsize,
}

impl Seen {
    fn note(&self, event: &Event<'_>) {
        let count = match event {
            Event::Connect => &self.connections,
            Event::Auth => &self.logins,
            Event::Mail(_) => &self.mail,
            Event::Rcpt(_) => &self.rcpt,
            Event::Data => &self.data,
            Event::Dot => &self.dots,
            _ => return,
        };
        count.fetch_add(1, Ordering::SeqCst);
    }
}

impl Trial {
    /// A relay that answers as the script has it, and so many people: `r0@example.org`, …
    pub(super) fn new(
        name: &str,
        people: usize,
        answer: impl Fn(&Scene<'_>) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::with(name, people, sandbox::Options::default(), answer)
    }

    pub(super) fn with(
        name: &str,
        people: usize,
        options: sandbox::Options,
        answer: impl Fn(&Scene<'_>) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let seen = Arc::new(Seen::default());
        let noted = Arc::clone(&seen);
        let script = Script::new(move |scene| {
            noted.note(&scene.event);
            answer(scene)
        });
        let rows: String = (0..people)
            .map(|index| format!("r{index}@example.org,Name {index},\n"))
            .collect();
        let site = Site::with(
            &format!("{}-{name}", test()),
            sandbox::Options { script, ..options },
        );
        let site = site
            .list("recipients.csv", &format!("email,name,groups\n{rows}"))
            .bulletin("");
        let trial = Self {
            site,
            seen,
            environment: Vec::new(),
            shims: Vec::new(),
        };
        trial.connections(1)
    }

    pub(super) fn connections(self, most: usize) -> Self {
        let text = self.site.read("epistle.toml");
        let lines = text
            .lines()
            .filter(|line| !line.starts_with("connections ="));
        let text = lines.collect::<Vec<_>>().join("\n");
        let batch = format!("[batch]\nconnections = {most}");
        self.site
            .put("epistle.toml", &text.replace("[batch]", &batch));
        self
    }

    /// Changes some words of the settings.
    pub(super) fn set(self, from: &str, to: &str) -> Self {
        self.site.edit("epistle.toml", from, to);
        self
    }

    /// Sets a variable of the program's environment.
    pub(super) fn variable(mut self, name: &'static str, value: impl Into<OsString>) -> Self {
        self.environment.push((name, value.into()));
        self
    }

    /// Lets a library of `tests/shims` stand between the program and the system.
    pub(super) fn shim(mut self, name: &'static str) -> Self {
        self.shims.push(support::shim(name));
        self
    }

    /// Lets the program live so many times as fast, so that its times may be those of people.
    pub(super) fn hasty(self, times: u32) -> Self {
        self.shim("clock").variable("HASTE", times.to_string())
    }

    /// The program under all this.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.site.command(arguments);
        self.prepare(&mut command);
        command
    }

    /// Gives a command the environment of this trial.
    pub(super) fn prepare(&self, command: &mut Command) {
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        if !self.shims.is_empty() {
            let shims: Vec<_> = self
                .shims
                .iter()
                .map(|path| path.to_str().unwrap())
                .collect();
            command.env("LD_PRELOAD", shims.join(" "));
        }
    }

    /// Sends, and expects an exit code and some words on standard error, in which nobody is named.
    #[track_caller]
    pub(super) fn ends(&self, code: i32, told: &str) -> Ran {
        let ran: Ran = self
            .command(&["send", BULLETIN, "--yes"])
            .output()
            .unwrap()
            .into();
        assert_eq!((ran.code, ran.out.as_str()), (code, ""), "{ran:#?}");
        assert!(ran.err.contains(told), "{told}: {ran:#?}");
        assert!(!ran.err.contains("@example.org"), "{ran:#?}");
        self.exact();
        ran
    }

    /// Where the letters stand: `2 accepted, 1 pending`.
    pub(super) fn ledger(&self) -> String {
        let status = self.site.json(0, &["status", ID, "--json"]);
        let counts = STATES.map(|state| (status[state].as_u64().unwrap(), state));
        let sum: u64 = counts.iter().map(|(count, _)| count).sum();
        assert_eq!(status["enrolled"], sum, "{status}");
        let counts = counts.iter().filter(|(count, _)| *count > 0);
        let counts: Vec<_> = counts
            .map(|(count, state)| format!("{count} {state}"))
            .collect();
        counts.join(", ")
    }

    /// What the ledger itself says.
    pub(super) fn number(&self, sql: &str) -> i64 {
        let ledger = rusqlite::Connection::open(self.site.path("epistle.db")).unwrap();
        ledger.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// What the relay has seen: connections greeted, MAIL, RCPT, DATA, dots.
    pub(super) fn relay(&self) -> [usize; 5] {
        let Seen {
            connections,
            mail,
            rcpt,
            data,
            dots,
            ..
        } = &*self.seen;
        [connections, mail, rcpt, data, dots].map(|count| count.load(Ordering::SeqCst))
    }

    /// How often somebody has logged in, or tried.
    pub(super) fn logins(&self) -> usize {
        self.seen.logins.load(Ordering::SeqCst)
    }

    /// How many letters the relay has taken.
    pub(super) fn taken(&self) -> usize {
        self.site.got().len()
    }

    /// Nobody has it twice, and whoever is accepted has it.
    #[track_caller]
    pub(super) fn exact(&self) {
        until(|| self.site.is_quiet()); // what is on its way to the relay is read by it
        let got = self.site.got();
        let mut once = got.clone();
        once.dedup();
        assert_eq!(got, once);
        let accepted = "SELECT count(*) FROM letter WHERE state = 'accepted'";
        if self.site.path("epistle.key").exists() {
            let accepted = self.number(accepted);
            assert!(accepted <= got.len() as i64, "{accepted} of {got:?}");
        }
    }

    /// Where a letter in the ledger stands, at which stage, and what the relay said of it.
    pub(super) fn told_of(&self, address: &str) -> [String; 3] {
        let status = self.site.json(0, &["status", ID, "--json"]);
        let letters = status["letters"].as_array().unwrap();
        let letter = letters.iter().find(|letter| letter["address"] == address);
        let letter = letter.unwrap_or_else(|| panic!("{address}: {status}"));
        ["state", "stage", "reply"].map(|key| letter[key].as_str().unwrap_or_default().to_owned())
    }
}

/// The number of the test that runs: `fault_07`.
fn test() -> String {
    let thread = std::thread::current();
    let name = thread.name().unwrap_or_default();
    let name = name.rsplit("::").next().unwrap_or_default();
    name.chars().take("fault_07".len()).collect()
}

/// Says whether an envelope names this person.
pub(super) fn to(event: &Event<'_>, index: usize) -> bool {
    matches!(event, Event::Rcpt(path) if path.contains(&format!("<r{index}@")))
}

/// Does something a while later.
pub(super) fn after(millis: u64, then: Answer) -> Answer {
    Answer::After(std::time::Duration::from_millis(millis), Box::new(then))
}
