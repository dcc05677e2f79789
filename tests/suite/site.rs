//! A ministry's folder for one test: settings, lists and bulletins as people
//! have them, a relay that answers by a script, and the real program.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::{SecondsFormat, TimeDelta, Utc};
use epistle::sandbox::{self, Answer, Received, Scene, Script, Server};

/// The edition that most tests send.
pub(crate) const ID: &str = "2026-03-20";

/// The bulletin of that edition.
pub(crate) const BULLETIN: &str = "bulletins/2026-03-20.toml";

/// Three people.
pub(crate) const PEOPLE: &str =
    "email,name,groups\nanna@example.org,Anna,staff\nkofi@example.com,Kofi,\nli@example.net,,\n";

/// A folder with a relay of its own; both are gone at its end.
pub(crate) struct Site {
    pub(crate) folder: PathBuf,
    taken: Arc<Mutex<Vec<Received>>>,
    server: Server,
    _runtime: tokio::runtime::Runtime,
}

/// What a run of the program has left.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Site {
    /// A site whose relay takes everything: settings, three people, no bulletin yet.
    pub(crate) fn new(name: &str) -> Self {
        Self::with(name, sandbox::Options::default())
    }

    /// A site whose relay answers as the script has it.
    pub(crate) fn scripted(
        name: &str,
        answer: impl Fn(&Scene<'_>) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::with(
            name,
            sandbox::Options {
                script: Script::new(answer),
                ..sandbox::Options::default()
            },
        )
    }

    pub(crate) fn with(name: &str, options: sandbox::Options) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("site-{name}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("bulletins")).unwrap();
        let taken = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&taken);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let server = {
            let _entered = runtime.enter();
            Server::start(sandbox::Options {
                deliver: Box::new(move |letter| {
                    keep.lock().unwrap().push(letter.clone());
                    Ok(())
                }),
                ..options
            })
            .unwrap()
        };
        let site = Self {
            folder,
            taken,
            server,
            _runtime: runtime,
        };
        site.settings("", "").list("recipients.csv", PEOPLE)
    }

    pub(crate) fn port(&self) -> u16 {
        self.server.address().port()
    }

    /// Writes settings, with some keys more at the top and under `[relay]`.
    pub(crate) fn settings(self, top: &str, relay: &str) -> Self {
        let text = settings(self.port(), top, relay);
        self.write("epistle.toml", &text)
    }

    /// Writes a list as it should be: for its owner alone.
    pub(crate) fn list(self, name: &str, text: &str) -> Self {
        let site = self.write(name, text);
        fs::set_permissions(site.path(name), fs::Permissions::from_mode(0o600)).unwrap();
        site
    }

    /// Writes the bulletin that most tests send, with some keys more.
    pub(crate) fn bulletin(self, more: &str) -> Self {
        self.other(ID, more)
    }

    /// Writes a bulletin with some keys more.
    pub(crate) fn other(self, id: &str, more: &str) -> Self {
        self.write(&format!("bulletins/{id}.toml"), &bulletin(id, more))
    }

    pub(crate) fn write(self, name: &str, text: &str) -> Self {
        self.put(name, text);
        self
    }

    pub(crate) fn put(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Changes some words of a file.
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} has no {from}");
        self.put(name, &text.replace(from, to));
    }

    /// The program as a script runs it: no terminal, nothing on standard input.
    pub(crate) fn epistle(&self, arguments: &[&str]) -> Ran {
        self.command(arguments).output().unwrap().into()
    }

    /// Runs it and expects an exit code.
    pub(crate) fn ends(&self, code: i32, arguments: &[&str]) -> Ran {
        let ran = self.epistle(arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {ran:#?}");
        ran
    }

    pub(crate) fn json(&self, code: i32, arguments: &[&str]) -> serde_json::Value {
        let ran = self.ends(code, arguments);
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:#?}"))
    }

    /// Under the mask that most people have: what is private is so by our own doing.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("sh");
        command
            .args(["-c", "umask 022; exec \"$0\" \"$@\""])
            .arg(env!("CARGO_BIN_EXE_epistle"))
            .args(arguments)
            .current_dir(&self.folder)
            .env_clear()
            .stdin(Stdio::null());
        command
    }

    /// What a line of a crontab does.
    pub(crate) fn cron(&self) -> Ran {
        self.crontab().output().unwrap().into()
    }

    pub(crate) fn crontab(&self) -> Command {
        let mut command = Command::new("/bin/sh");
        command
            .arg("-c")
            .arg(format!(
                "umask 022; cd '{}' && '{}' send --due",
                self.folder.display(),
                env!("CARGO_BIN_EXE_epistle")
            ))
            .current_dir("/")
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", "/nonexistent")
            .stdin(Stdio::null());
        command
    }

    /// Cron runs it and hears nothing.
    pub(crate) fn cron_is_silent(&self, code: i32) {
        let ran = self.cron();
        assert_eq!(
            (ran.code, ran.out.as_str(), ran.err.as_str()),
            (code, "", "")
        );
    }

    /// The program as a person at a terminal runs it, who answers its questions in turn.
    pub(crate) fn at_terminal(&self, command_line: &str, answers: &[&str]) -> Ran {
        let mut child = Command::new("script")
            .args(["-qec"])
            .arg(format!(
                "stty -echo cols 100; {} {command_line}",
                env!("CARGO_BIN_EXE_epistle")
            ))
            .arg("/dev/null")
            .current_dir(&self.folder)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("SHELL", "/bin/sh")
            .env("TERM", "dumb")
            .env("NO_COLOR", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let (mut shown, mut answers) = (Vec::new(), answers.iter());
        let mut some = [0; 1024];
        loop {
            let read = stdout.read(&mut some).unwrap();
            shown.extend_from_slice(&some[..read]);
            let is_asked = shown.ends_with(b": ");
            if read == 0 {
                break;
            }
            if is_asked {
                // A question too many must not be waited at for ever.
                let answer = answers.next().copied().unwrap_or("\x03");
                stdin.write_all(answer.as_bytes()).unwrap();
            }
        }
        let code = child.wait().unwrap().code().unwrap_or(-1);
        drop(stdin); // its end would be an end of input at the terminal
        Ran {
            code,
            out: String::from_utf8(shown).unwrap().replace('\r', ""),
            err: String::new(),
        }
    }

    /// Starts it and lets it run.
    pub(crate) fn begins(&self, mut command: Command) -> Child {
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Waits until the relay has taken so many letters.
    pub(crate) fn until_taken(&self, count: usize) {
        until(|| self.taken.lock().unwrap().len() >= count);
    }

    /// Who got a letter, once for each, sorted.
    pub(crate) fn got(&self) -> Vec<String> {
        let taken = self.taken.lock().unwrap();
        let mut got: Vec<_> = taken.iter().flat_map(|letter| letter.to.clone()).collect();
        got.sort();
        got
    }

    /// The letters in the order in which they came.
    pub(crate) fn letters(&self) -> Vec<Received> {
        self.taken.lock().unwrap().clone()
    }

    /// The letter that somebody got.
    pub(crate) fn letter_to(&self, address: &str) -> String {
        let letters = self.letters();
        let letter = letters.iter().find(|letter| letter.to == [address]);
        String::from_utf8(letter.unwrap().message.clone()).unwrap()
    }

    pub(crate) fn connections(&self) -> usize {
        self.server.connections()
    }

    /// Says whether every conversation has ended, so that no letter is still to be taken.
    pub(crate) fn is_quiet(&self) -> bool {
        self.server.open() == 0
    }

    /// The names in the folder that begin so, sorted.
    pub(crate) fn files(&self, prefix: &str) -> Vec<String> {
        let entries = fs::read_dir(&self.folder).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.filter(|name| name.starts_with(prefix)).collect();
        names.sort();
        names
    }

    /// The reports of all runs, the first one first.
    pub(crate) fn reports(&self) -> Vec<String> {
        let mut names = self.files("report-");
        names.retain(|name| name.ends_with(".json"));
        names
    }

    pub(crate) fn mode(&self, name: &str) -> u32 {
        let about = fs::metadata(self.path(name)).unwrap_or_else(|_| panic!("{name}"));
        about.permissions().mode() & 0o777
    }

    /// Lets the time of deferred letters come.
    pub(crate) fn ripen(&self) {
        self.sql("UPDATE letter SET due = 0 WHERE state = 'deferred'");
    }

    pub(crate) fn sql(&self, sql: &str) {
        let ledger = rusqlite::Connection::open(self.path("epistle.db")).unwrap();
        ledger.execute_batch(sql).unwrap();
    }

    /// Words with what differs from run to run replaced.
    pub(crate) fn steady(&self, text: &str) -> String {
        let folder = self.folder.display().to_string();
        let mut text = text
            .replace(&folder, "DIR")
            .replace(&format!(":{}", self.port()), ":PORT");
        for (pattern, name) in [
            ("report-2026-03-20-#T#Z", "report-2026-03-20-NOW"),
            ("####-##-##T##:##:##Z", "NOW"),
            ("####-##-##T##:##:##+##:##", "NOW"),
            ("####-##-## ##:##:## +##:##", "NOW"),
            ("in #.# s (# a second)", "in N s (N a second)"),
            ("tomorrow about ##:##", "about TIME"),
            ("about ##:##", "about TIME"),
            ("process # since", "process N since"),
            ("largest of #,# bytes", "largest of N bytes"), // the day has one digit or two
        ] {
            text = masked(&text, pattern, name);
        }
        text
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ran {
    /// Says whether something of the text was told.
    pub(crate) fn tells(&self, words: &str) -> bool {
        self.out.contains(words) || self.err.contains(words)
    }

    #[track_caller]
    pub(crate) fn names_nobody(&self) {
        // A Message-ID says nothing of anybody but the sender's domain.
        let told = [&self.out, &self.err].map(|text| text.lines());
        let told = told.into_iter().flatten();
        for line in told.filter(|line| !line.contains("Message-ID <")) {
            for words in ["@example", "anna", "kofi", "Anna", "Kofi"] {
                assert!(!line.contains(words), "{words}: {self:#?}");
            }
        }
    }
}

fn settings(port: u16, top: &str, relay: &str) -> String {
    format!(
        r#"recipients = ["recipients.csv"]
timezone = "UTC"
{top}

[sender]
name = "Prayer Team"
address = "prayer@example.org"
organisation = "Example Mission"
postal_address = "1 Example Street, Exampletown"
unsubscribe = "unsubscribe@example.org"

[batch]
retry_within = "0s"

[relay]
host = "127.0.0.1"
port = {port}
security = "none"
{relay}
"#
    )
}

fn bulletin(id: &str, more: &str) -> String {
    format!(
        r#"id = "{id}"
date = 2026-03-20
language = "en"
status = "ready"
title = "Prayer for the week"
subject = "Prayer for the week"
greeting = "Dear {{name}},"
greeting_fallback = "Dear friends,"
{more}

[[section]]
id = "asia"
heading = "Asia"

[[section.item]]
text = "Pray for rain."
"#
    )
}

/// `send_at`, so many minutes from now.
pub(crate) fn send_at(minutes: i64) -> String {
    let at = Utc::now() + TimeDelta::minutes(minutes);
    let at = at.with_timezone(&chrono::FixedOffset::east_opt(3_600).unwrap());
    format!(
        "send_at = {}",
        at.to_rfc3339_opts(SecondsFormat::Secs, false)
    )
}

/// Waits for something that must come soon.
#[track_caller]
pub(crate) fn until(mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it never comes");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Replaces what matches a pattern, in which `#` stands for digits.
fn masked(text: &str, pattern: &str, name: &str) -> String {
    let mut steady = String::new();
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        if let Some(length) = matching(rest, pattern) {
            steady.push_str(name);
            rest = &rest[length..];
        } else {
            steady.push(char);
            rest = &rest[char.len_utf8()..];
        }
    }
    steady
}

fn matching(text: &str, pattern: &str) -> Option<usize> {
    let mut at = 0;
    let mut pattern = pattern.chars().peekable();
    while let Some(wanted) = pattern.next() {
        if wanted == '#' {
            let digits = text[at..].chars().take_while(char::is_ascii_digit).count();
            let several = pattern.peek() != Some(&'#');
            let taken = if several { digits } else { digits.min(1) };
            if taken == 0 {
                return None;
            }
            at += taken;
        } else {
            let rest = &text[at..];
            if !rest.starts_with(wanted) {
                return None;
            }
            at += wanted.len_utf8();
        }
    }
    Some(at)
}
