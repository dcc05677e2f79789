//! The program itself is killed at moments that the server chooses. After each
//! kill the ledger and the server must agree on every letter: nobody may be
//! lost or get it twice, and only what was in flight may be in doubt.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use epistle::ledger::{Ledger, SqliteLedger, State};
use epistle::sandbox::{self, Answer, Event, Scene, Script, Server};

use crate::support;

const EDITION: &str = "2018-03-18";
const SEND: [&str; 3] = ["send", "bulletins/2018-03-18.toml", "--yes"];
const PEOPLE: usize = 300;
const CONNECTIONS: usize = 4;

/// How often a run is killed and begun again.
const KILLS: usize = 10;
/// How many letters lie between two kills.
const APART: usize = 26;

/// The longest that anything may take, however busy the machine is.
const LIMIT: Duration = Duration::from_secs(60);

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
security = "none"
hello = "client.example.org"
[batch]
connections = CONNECTIONS
"#;

type Addresses = BTreeSet<String>;

/// One connection of a run, as the server has seen it.
#[derive(Default)]
struct Line {
    /// Whom the last envelope is for.
    to: String,
    /// The letters whose dot has come, in order.
    ended: Vec<String>,
    /// The letter that DATA was said for and whose dot has not come.
    begun: Option<String>,
}

/// What the server has seen.
#[derive(Default)]
struct Seen {
    /// How often it has taken a letter to each address, in all runs.
    taken: BTreeMap<String, usize>,
    /// The connections of this run.
    lines: BTreeMap<usize, Line>,
    /// How often the program was killed.
    kills: usize,
    /// What may have been in flight at the last kill: on each connection the
    /// last letter that had ended, and the one whose DATA was answered.
    flight: Addresses,
    /// The letter that the last kill was about, and where it may stand.
    victim: Option<(String, &'static [State])>,
    /// What must never be seen.
    wrong: Vec<String>,
}

struct Program {
    child: Child,
    status: Option<ExitStatus>,
}

/// What the test and the server's script share.
#[derive(Default)]
struct Witness {
    seen: Mutex<Seen>,
    program: Mutex<Option<Program>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Witness {
    /// Notes what happens, once it is decided what the server does about it.
    fn note(&self, scene: &Scene<'_>) {
        let mut seen = locked(&self.seen);
        let line = seen.lines.entry(scene.connection).or_default();
        match scene.event {
            Event::Rcpt(path) => line.to = address(path),
            Event::Data => line.begun = Some(line.to.clone()),
            Event::Dot => line.ended.extend(line.begun.take()),
            _ => {}
        }
    }

    /// Whom the last envelope of a connection is for.
    fn to(&self, scene: &Scene<'_>) -> String {
        locked(&self.seen).lines[&scene.connection].to.clone()
    }

    /// Which kill comes next, if the program runs.
    fn next_kill(&self) -> Option<usize> {
        let ended = self.ended();
        ended.is_none().then(|| locked(&self.seen).kills)
    }

    /// How the program has ended.
    fn ended(&self) -> Option<ExitStatus> {
        let mut program = locked(&self.program);
        let Program { child, status } = program.as_mut().unwrap();
        if status.is_none() {
            *status = child.try_wait().unwrap();
        }
        *status
    }

    /// Kills the program, and returns when it is dead. The server says nothing
    /// meanwhile: what it has said until now is all that the program knew.
    fn kill(&self, victim: Option<(String, &'static [State])>) {
        let mut seen = locked(&self.seen);
        if !end(&self.program) {
            return;
        }
        seen.kills += 1;
        seen.victim = victim;
        let in_flight = |line: &Line| [line.ended.last().cloned(), line.begun.clone()];
        seen.flight = seen.lines.values().flat_map(in_flight).flatten().collect();
    }

    /// Sends a signal to the program.
    fn signal(&self, name: &str) {
        let program = locked(&self.program);
        let id = program.as_ref().unwrap().child.id().to_string();
        // Every shell has a `kill`; not every system has it as a program.
        let mut shell = Command::new("sh");
        let sent = shell
            .args(["-c", "kill -s \"$1\" \"$2\"", "sh", name, &id])
            .status();
        assert!(sent.unwrap().success());
    }
}

/// Kills a program that runs. Says whether that was its end.
fn end(program: &Mutex<Option<Program>>) -> bool {
    let mut program = locked(program);
    let Some(Program { child, status }) = program.as_mut().filter(|known| known.status.is_none())
    else {
        return false;
    };
    child.kill().unwrap();
    let ended = child.wait().unwrap();
    *status = Some(ended);
    ended.signal() == Some(9)
}

/// The address in `TO:<a@b>`.
fn address(path: &str) -> String {
    let rest = path.split_once('<').unwrap().1;
    rest.split_once('>').unwrap().0.to_owned()
}

fn everybody() -> Addresses {
    (0..PEOPLE)
        .map(|index| format!("r{index}@example.org"))
        .collect()
}

/// Letters by what the ledger says of them.
struct Books {
    accepted: Addresses,
    pending: Addresses,
    started: Addresses,
    unknown: Addresses,
}

impl Books {
    /// `None`: the edition has not begun.
    fn read(folder: &Path) -> Option<Self> {
        let mut ledger =
            SqliteLedger::open(&folder.join("epistle.db"), &folder.join("epistle.key")).unwrap();
        if ledger.editions().unwrap().is_empty() {
            return None;
        }
        let counts = ledger.counts(EDITION).unwrap();
        assert_eq!(
            counts.enrolled(),
            PEOPLE as u64,
            "begun with some of the people"
        );
        let claims = ledger
            .claim(EDITION, 0, PEOPLE + 1, SystemTime::now())
            .unwrap();
        let told = ledger.told(EDITION).unwrap();
        let those = |state| {
            let those = told.iter().filter(move |told| told.state == state);
            those
                .map(|told| told.address.clone())
                .collect::<Addresses>()
        };
        let pending = claims
            .into_iter()
            .map(|claim| claim.enrolment.address)
            .collect::<Addresses>();
        let (started, unknown) = (those(State::Started), those(State::Unknown));
        assert_eq!(
            told.len(),
            started.len() + unknown.len(),
            "nobody was refused or put off"
        );
        let accepted: Addresses = everybody()
            .into_iter()
            .filter(|address| {
                ![&pending, &started, &unknown]
                    .iter()
                    .any(|those| those.contains(address))
            })
            .collect();
        for (state, those) in [
            (State::Accepted, &accepted),
            (State::Pending, &pending),
            (State::Started, &started),
            (State::Unknown, &unknown),
        ] {
            assert_eq!(counts.of(state), those.len() as u64, "{state}");
        }
        Some(Self {
            accepted,
            pending,
            started,
            unknown,
        })
    }

    /// Where a letter stands.
    fn state(&self, address: &str) -> State {
        let all = [
            (State::Accepted, &self.accepted),
            (State::Pending, &self.pending),
            (State::Started, &self.started),
            (State::Unknown, &self.unknown),
        ];
        all.into_iter()
            .find(|(_, those)| those.contains(address))
            .unwrap()
            .0
    }

    /// Letters that are in doubt, or will be when the next run begins.
    fn doubts(&self) -> Addresses {
        &self.started | &self.unknown
    }
}

/// A folder with all that a run needs, and a server that keeps what it takes.
struct Field {
    folder: PathBuf,
    witness: Arc<Witness>,
    server: Server,
    _runtime: tokio::runtime::Runtime,
}

impl Field {
    fn new(
        name: &str,
        script: impl Fn(&Arc<Witness>, &Scene<'_>) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("kills-{name}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("bulletins")).unwrap();
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
                    let answer = script(&asked, scene);
                    asked.note(scene);
                    answer
                }),
                deliver: Box::new(move |letter| {
                    for to in &letter.to {
                        *locked(&keeper.seen).taken.entry(to.clone()).or_default() += 1;
                    }
                    Ok(())
                }),
                ..sandbox::Options::default()
            })
            .unwrap()
        };
        let settings = SETTINGS
            .replace("PORT", &server.address().port().to_string())
            .replace("CONNECTIONS", &CONNECTIONS.to_string());
        fs::write(folder.join("epistle.toml"), settings).unwrap();
        let people: String = everybody()
            .iter()
            .map(|address| format!("{address}\n"))
            .collect();
        fs::write(folder.join("people.csv"), format!("email\n{people}")).unwrap();
        let bulletin = format!("bulletins/{EDITION}.toml");
        fs::copy(support::path(&bulletin), folder.join(&bulletin)).unwrap();
        Self {
            folder,
            witness,
            server,
            _runtime: runtime,
        }
    }

    /// A field where `place` is asked at each event when a kill is due: so many
    /// kills, at letters far from each other.
    fn deadly(
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

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_epistle"));
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env_clear();
        command
    }

    /// Runs a command that nobody kills.
    fn call(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Begins the command that sends.
    fn begin(&self) {
        let errors = File::options()
            .append(true)
            .create(true)
            .open(self.folder.join("errors"))
            .unwrap();
        let mut seen = locked(&self.witness.seen);
        seen.lines.clear();
        (seen.flight, seen.victim) = (Addresses::new(), None);
        let mut program = locked(&self.witness.program);
        let child = self.command(&SEND).stderr(errors).spawn().unwrap();
        *program = Some(Program {
            child,
            status: None,
        });
    }

    /// Waits for its end, and until the server has read all that it has left.
    fn wait(&self) -> ExitStatus {
        let status = self.until("the end", || self.witness.ended());
        assert!(matches!(status.signal(), None | Some(9)), "{status}");
        self.until("the end of all connections", || {
            (self.server.open() == 0).then_some(())
        });
        status
    }

    fn until<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let begun = Instant::now();
        loop {
            if let Some(found) = look() {
                return found;
            }
            if begun.elapsed() > LIMIT {
                end(&self.witness.program);
                let errors = fs::read_to_string(self.folder.join("errors"));
                panic!("{what} doesn't come: {}", errors.unwrap_or_default());
            }
            std::thread::sleep(Duration::from_micros(100));
        }
    }

    /// Runs the same command until it isn't killed, and looks at the books each time.
    /// Returns its exit code, and what is in doubt.
    fn send(&self) -> (i32, Addresses) {
        self.send_on(Addresses::new())
    }

    /// The same, where some letters are in doubt already.
    fn send_on(&self, mut doubts: Addresses) -> (i32, Addresses) {
        loop {
            self.begin();
            let status = self.wait();
            doubts = self.check(&doubts);
            if status.signal() != Some(9) {
                return (status.code().unwrap(), doubts);
            }
        }
    }

    /// The same, to an end at which all is done. Returns what is in doubt.
    fn send_all(&self, kills: usize) -> Addresses {
        let (code, doubts) = self.send();
        assert_eq!(locked(&self.witness.seen).kills, kills);
        let books = Books::read(&self.folder).unwrap();
        assert_eq!(books.pending, Addresses::new(), "somebody is missing");
        assert_eq!(books.started, Addresses::new());
        assert_eq!(&self.taken() | &doubts, everybody(), "somebody is missing");
        let expected = i32::from(!doubts.is_empty());
        assert_eq!(code, expected);
        // There is nothing left that it could send.
        let before = locked(&self.witness.seen).taken.clone();
        assert_eq!(self.call(&SEND).status.code(), Some(expected));
        assert_eq!(locked(&self.witness.seen).taken, before);
        doubts
    }

    fn taken(&self) -> Addresses {
        locked(&self.witness.seen).taken.keys().cloned().collect()
    }

    /// Holds the ledger against what the server has seen, when no run goes on.
    /// Returns what is in doubt now.
    fn check(&self, doubts_before: &Addresses) -> Addresses {
        let books = Books::read(&self.folder).unwrap();
        self.check_status(&books);
        let seen = locked(&self.witness.seen);
        let doubts = books.doubts();
        assert_eq!(seen.wrong, Vec::<String>::new());
        for (address, times) in &seen.taken {
            assert_eq!(*times, 1, "{address} got it twice");
            assert_ne!(
                books.state(address),
                State::Pending,
                "{address} has it, and would get it again"
            );
        }
        for address in &books.accepted {
            assert!(
                seen.taken.contains_key(address),
                "{address} is accepted and was not taken"
            );
        }
        assert!(
            doubts_before.is_subset(&doubts),
            "only a person ends a doubt"
        );
        let new: Addresses = &doubts - doubts_before;
        assert!(
            new.len() <= CONNECTIONS,
            "more doubts than connections: {new:?}"
        );
        assert!(
            new.is_subset(&seen.flight),
            "{new:?} not in flight: {:?}",
            seen.flight
        );
        for line in seen.lines.values() {
            check_line(line, &books);
        }
        if let Some((victim, may_be)) = &seen.victim {
            let state = books.state(victim);
            assert!(
                may_be.contains(&state),
                "{victim} is {state}, not one of {may_be:?}"
            );
        }
        doubts
    }

    /// What `epistle status` says is what the ledger says.
    fn check_status(&self, books: &Books) {
        let output = self.call(&["status", EDITION, "--json"]);
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let count = |name: &str| json[name].as_u64().unwrap();
        let sum: u64 = State::ALL.iter().map(|state| count(state.name())).sum();
        assert_eq!((count("enrolled"), sum), (PEOPLE as u64, PEOPLE as u64));
        assert_eq!(count("accepted"), books.accepted.len() as u64);
        assert_eq!(count("pending"), books.pending.len() as u64);
        assert_eq!(count("started"), books.started.len() as u64);
        assert_eq!(count("unknown"), books.unknown.len() as u64);
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

/// On each connection one letter at most is in doubt, and whatever went before it is accepted.
fn check_line(line: &Line, books: &Books) {
    let doubts = books.doubts();
    let begun = line
        .begun
        .iter()
        .filter(|address| doubts.contains(*address))
        .count();
    let last = line.ended.len() - (1 - begun).min(line.ended.len());
    for address in &line.ended[..last] {
        assert_eq!(
            books.state(address),
            State::Accepted,
            "{address} has an outcome: {:?} {:?}",
            line.ended,
            line.begun
        );
    }
}

#[test]
fn killed_in_the_envelope() {
    let field = Field::deadly("envelope", KILLS, |witness, scene, kill| {
        let victim = match (scene.event, kill % 3) {
            (Event::Mail(_), 0) => None,
            (Event::Rcpt(path), 1) => Some(address(path)),
            (Event::Data, 2) => Some(witness.to(scene)),
            _ => return Answer::Usual,
        };
        witness.kill(victim.map(|to| (to, &[State::Pending][..])));
        Answer::Cut
    });
    field.send_all(KILLS);
}

#[test]
fn killed_in_the_body() {
    let field = Field::deadly("body", KILLS, |witness, scene, kill| {
        if scene.event != Event::Data {
            return Answer::Usual;
        }
        let (witness, to) = (Arc::clone(witness), witness.to(scene));
        let bytes = [1, 100, 1_000, 10_000][kill % 4];
        Answer::CutInBody(bytes).then(move || witness.kill(Some((to.clone(), &[State::Started]))))
    });
    let doubts = field.send_all(KILLS);
    assert!(doubts.len() >= KILLS, "{}", doubts.len());
}

#[test]
fn killed_at_a_dot_that_was_taken() {
    killed_at_the_dot("dot-taken", Answer::TakeAndCut);
}

#[test]
fn killed_at_a_dot_that_was_not_taken() {
    killed_at_the_dot("dot-not-taken", Answer::Cut);
}

fn killed_at_the_dot(name: &str, answer: Answer) {
    let field = Field::deadly(name, KILLS, move |witness, scene, _| {
        if scene.event != Event::Dot {
            return Answer::Usual;
        }
        witness.kill(Some((witness.to(scene), &[State::Started])));
        answer.clone()
    });
    let doubts = field.send_all(KILLS);
    assert!(doubts.len() >= KILLS, "{}", doubts.len());
}

#[test]
fn killed_when_the_dot_was_answered() {
    let field = Field::deadly("answered", KILLS, |witness, scene, kill| {
        if scene.event != Event::Dot {
            return Answer::Usual;
        }
        let (witness, to) = (Arc::clone(witness), witness.to(scene));
        // At once, and until the outcome has been durable for a while.
        let pause = Duration::from_millis([0, 0, 1, 5, 20, 200][kill % 6]);
        Answer::Usual.then(move || {
            std::thread::sleep(pause);
            witness.kill(Some((to.clone(), &[State::Started, State::Accepted])));
        })
    });
    field.send_all(KILLS);
}

#[test]
fn killed_with_every_connection_at_its_dot() {
    let held = Mutex::new(0);
    let field = Field::deadly("every-dot", KILLS, move |witness, scene, kill| {
        if scene.event != Event::Dot {
            return Answer::Usual;
        }
        let mut held = held.lock().unwrap();
        *held += 1;
        if *held < CONNECTIONS {
            return Answer::Silence;
        }
        *held = 0;
        witness.kill(Some((witness.to(scene), &[State::Started])));
        [Answer::Cut, Answer::TakeAndCut][kill % 2].clone()
    });
    let doubts = field.send_all(KILLS);
    assert_eq!(doubts.len(), KILLS * CONNECTIONS);
}

#[test]
fn no_body_goes_before_its_commit() {
    // While somebody else writes, no commit can be made, and so no body may go.
    let kills = 5;
    let place: Arc<Mutex<PathBuf>> = Arc::default();
    let (ledger, offered) = (Arc::clone(&place), Mutex::new((0, Addresses::new())));
    let field = Field::deadly("commit", kills, move |witness, scene, kill| {
        let to = match scene.event {
            Event::Data | Event::Dot => witness.to(scene),
            _ => return Answer::Usual,
        };
        let mut offered = offered.lock().unwrap();
        let (of, offered) = &mut *offered;
        if *of != kill {
            (*of, *offered) = (kill, Addresses::new());
        }
        if scene.event == Event::Dot && offered.contains(&to) {
            let told = format!("the body to {to} went without a commit");
            locked(&witness.seen).wrong.push(told);
        }
        if scene.event == Event::Dot {
            return Answer::Usual;
        }
        if offered.is_empty() {
            let other = rusqlite::Connection::open(&*ledger.lock().unwrap()).unwrap();
            other.busy_timeout(LIMIT).unwrap();
            other.execute_batch("BEGIN IMMEDIATE").unwrap();
            let (witness, to) = (Arc::clone(witness), to.clone());
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(300));
                witness.kill(Some((to, &[State::Pending])));
                drop(other);
            });
        }
        offered.insert(to);
        Answer::Usual
    });
    *place.lock().unwrap() = field.folder.join("epistle.db");
    field.send_all(kills);
}

#[test]
fn no_commit_leaves_more_in_flight_than_connections() {
    // Whatever is durable at any moment is what a kill would leave behind.
    let field = Field::new("moments", |_, _| Answer::Usual);
    field.begin();
    let folder = &field.folder;
    let mut ledger = field.until("the beginning", || {
        let is_there = folder.join("epistle.key").exists();
        let ledger = is_there.then(|| {
            SqliteLedger::open(&folder.join("epistle.db"), &folder.join("epistle.key")).unwrap()
        });
        ledger.and_then(|mut ledger| (!ledger.editions().unwrap().is_empty()).then_some(ledger))
    });
    field.until("the end", || {
        let counts = ledger.counts(EDITION).unwrap();
        let started = counts.of(State::Started);
        assert!(started <= CONNECTIONS as u64, "{counts:?}");
        field.witness.ended()
    });
    field.wait();
    assert_eq!(field.taken(), everybody());
}

#[test]
fn doubts_end_by_a_persons_word() {
    let field = Field::deadly("resolved", KILLS, move |witness, scene, kill| {
        if scene.event != Event::Dot {
            return Answer::Usual;
        }
        witness.kill(Some((witness.to(scene), &[State::Started])));
        [Answer::Cut, Answer::TakeAndCut][kill % 2].clone()
    });
    let doubts = field.send_all(KILLS);
    // The relay's log tells which of them it has taken.
    let arrived = &doubts & &field.taken();
    assert!(arrived.len() >= KILLS / 2 && arrived.len() < doubts.len());
    let mut resolve = vec!["resolve", EDITION, "--arrived"];
    resolve.extend(arrived.iter().map(String::as_str));
    assert_eq!(field.call(&resolve).status.code(), Some(0));
    let resolve = ["resolve", EDITION, "--send-again", "--all"];
    assert_eq!(field.call(&resolve).status.code(), Some(0));
    let (code, doubts) = field.send();
    assert_eq!((code, doubts), (0, Addresses::new()));
    assert_eq!(Books::read(&field.folder).unwrap().accepted, everybody());
    assert_eq!(field.taken(), everybody());
}

/// A moment in the beginning of a run.
#[derive(Debug)]
enum Moment {
    /// So long after the start of the process.
    After(Duration),
    /// As soon as a file is there that has so many bytes.
    Grown(&'static str, u64),
}

#[test]
fn killed_at_the_beginning() {
    let times = (0..64)
        .step_by(8)
        .map(|millis| Moment::After(Duration::from_millis(millis)));
    // In the order in which they come; the last is the commit of the beginning.
    let files = [
        ("epistle.db.lock", 0),
        ("epistle.db", 0),
        ("epistle.db-journal", 0),
        ("epistle.db-wal", 0),
        ("epistle.db-wal", 1),
        ("epistle.db-wal", 50_000),
        ("epistle.key.new", 0),
        ("epistle.key", 0),
        ("epistle.db-wal", 60_000),
        ("epistle.db-wal", 100_000),
    ];
    let files = files.map(|(file, bytes)| Moment::Grown(file, bytes));
    for (index, moment) in times.chain(files).enumerate() {
        let field = Field::new(&format!("beginning-{index}"), |_, _| Answer::Usual);
        field.begin();
        match &moment {
            Moment::After(time) => std::thread::sleep(*time),
            Moment::Grown(file, bytes) => field.until("the file", || {
                let has_ended = field.witness.ended().is_some();
                let found = fs::metadata(field.folder.join(file));
                (has_ended || found.is_ok_and(|found| found.len() >= *bytes)).then_some(())
            }),
        }
        field.witness.kill(None);
        field.wait();
        // A copy is looked at: opening the ledger itself could mend what the next run must.
        let copy = field.folder.join("copy");
        fs::create_dir(&copy).unwrap();
        for file in [
            "epistle.db",
            "epistle.db-wal",
            "epistle.db-journal",
            "epistle.key",
        ] {
            let _ = fs::copy(field.folder.join(file), copy.join(file));
        }
        let books = Books::read(&copy);
        assert!(
            books.is_some() || field.server.connections() == 0,
            "{moment:?}"
        );
        let doubts = books.map_or_else(Addresses::new, |books| books.doubts());
        assert!(
            doubts.is_subset(&locked(&field.witness.seen).flight),
            "{moment:?}"
        );
        let (code, doubts) = field.send_on(doubts);
        assert_eq!(code, i32::from(!doubts.is_empty()), "{moment:?}");
        assert_eq!(&field.taken() | &doubts, everybody(), "{moment:?}");
    }
}

#[test]
fn asked_to_end_it_finishes_what_is_in_flight() {
    let field = Field::new("asked", |witness, scene| {
        if scene.event != Event::Dot {
            return Answer::Usual;
        }
        let slow = |millis| Answer::After(Duration::from_millis(millis), Box::new(Answer::Usual));
        match scene.letters {
            40 => {
                witness.signal("TERM");
                slow(500)
            }
            41.. if scene.connection < CONNECTIONS => slow(100), // the first run's
            _ => Answer::Usual,
        }
    });
    let (code, doubts) = field.send();
    assert_eq!((code, doubts), (6, Addresses::new()));
    let books = Books::read(&field.folder).unwrap();
    assert_eq!(books.accepted, field.taken());
    assert!(
        (41..200).contains(&books.accepted.len()),
        "{}",
        books.accepted.len()
    );
    assert_eq!(field.send(), (0, Addresses::new()));
    assert_eq!(field.taken(), everybody());
}

#[test]
fn asked_twice_it_ends_at_once() {
    let field = Field::new("asked-twice", |_, scene| match scene.event {
        Event::Dot if scene.letters >= 40 => Answer::Silence,
        _ => Answer::Usual,
    });
    field.begin();
    let at_dots = || {
        let seen = locked(&field.witness.seen);
        let ended: usize = seen.lines.values().map(|line| line.ended.len()).sum();
        (ended == 40 + CONNECTIONS).then_some(())
    };
    field.until("every connection at its dot", at_dots);
    field.witness.signal("TERM");
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(field.witness.ended(), None, "it waits for answers");
    let asked = Instant::now();
    field.witness.signal("INT"); // two of one kind may come as one
    assert_eq!(field.wait().code(), Some(1));
    assert!(asked.elapsed() < Duration::from_secs(10));
    let books = Books::read(&field.folder).unwrap();
    assert_eq!((books.unknown.len(), books.started.len()), (CONNECTIONS, 0));
    assert_eq!(books.accepted, field.taken());
}

#[test]
fn a_terminal_that_closes_ends_nothing() {
    let field = Field::new("hung-up", |witness, scene| {
        if scene.event == Event::Dot && scene.letters % 100 == 50 {
            witness.signal("HUP");
        }
        Answer::Usual
    });
    assert_eq!(field.send(), (0, Addresses::new()));
    assert_eq!(field.taken(), everybody());
}
