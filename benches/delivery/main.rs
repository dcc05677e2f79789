//! How fast letters leave: Epistle, with its ledger on the disk, beside a bare
//! wire and other senders, to the same server in the same run; what a signature
//! costs; and how time and memory grow with the list. Prints medians, ratios and
//! goals; fails nothing.
//!
//! `benches/delivery/run` installs the other senders first; `cargo bench --bench
//! delivery` leaves those out that aren't there.

mod compare;
mod cost;
mod ground;
mod process;
mod proxy;
mod report;
mod sender;
mod sink;
mod wire;

use std::time::Duration;

use ground::Ground;
use report::{Readme, Report, figure, occasion};
use sender::Task;
use sink::{Sink, program};

/// Items that make a letter of about 20 KB, and one of the smallest.
const LONG: usize = 16;
const SHORT: usize = 0;
const CONNECTIONS: u32 = 10;

/// How much is measured.
struct Plan {
    /// Letters a turn, where nothing else limits them.
    letters: u32,
    small_letters: u32,
    /// How often every sender has its turn, and where round trips make that long.
    rounds: usize,
    far_rounds: usize,
    /// How long a turn should be where there are round trips.
    seconds: u32,
    /// The lengths of lists, and how often each is sent to.
    lists: &'static [(u32, usize)],
}

const FULL: Plan = Plan {
    letters: 5_000,
    small_letters: 20_000,
    rounds: 7,
    far_rounds: 3,
    seconds: 8,
    lists: &[(10_000, 7), (100_000, 3), (1_000_000, 1)],
};
const QUICK: Plan = Plan {
    letters: 5_000,
    small_letters: 20_000,
    rounds: 3,
    far_rounds: 1,
    seconds: 3,
    lists: &[(10_000, 3), (100_000, 1)],
};

fn main() {
    let (mut plan, mut write) = (FULL, false);
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--quick" => plan = QUICK,
            "--write" => write = true,
            "--bench" => {} // cargo says so
            _ => return println!("benches/delivery/run [--quick] [--write]"),
        }
    }
    let readme = Readme::open();
    if write && readme.is_none() {
        return println!("the README has no marks to write between");
    }
    let Some(sink) = program("smtp-sink") else {
        return println!("this needs smtp-sink: apt-get install postfix");
    };
    let bench = Bench {
        plan,
        ground: Ground::new(),
        server: Sink::start(&sink),
        report: Report::default(),
    };
    let tables = bench.run();
    println!("{tables}");
    if let Some(readme) = readme.filter(|_| write) {
        readme.write(&tables).expect("the README can be written");
    }
}

struct Bench {
    plan: Plan,
    ground: Ground,
    server: Sink,
    report: Report,
}

impl Bench {
    fn run(mut self) -> String {
        let short = if self.plan.rounds == QUICK.rounds {
            " --quick"
        } else {
            ""
        };
        self.report.paragraph(&format!(
            "Measured by `benches/delivery/run{short}` on {}. All on loopback to one `smtp-sink`; \
             medians of rounds in which all take turns. A synced write of 4 KB took the disk {:.2} ms.",
            occasion(),
            self.ground.synced_write().as_secs_f64() * 1e3,
        ));
        self.senders();
        self.small_letters();
        self.signatures();
        self.lists();
        self.report.finish()
    }

    fn task<'a>(&'a self, letter: &'a [u8]) -> Task<'a> {
        Task {
            ground: &self.ground,
            letter,
            port: self.server.port,
            connections: CONNECTIONS,
            letters: self.plan.letters,
            key: None,
        }
    }
}

/// Lets so many take turns, and gives the median of each one's rounds.
fn turns(rounds: usize, many: usize, mut turn: impl FnMut(usize) -> f64) -> Vec<f64> {
    let mut values = vec![Vec::new(); many];
    for round in 1..=rounds {
        for (at, values) in values.iter_mut().enumerate() {
            values.push(turn(at));
        }
        let latest = values.iter().map(|values| figure(values[round - 1]));
        eprintln!(
            "round {round} of {rounds}: {}",
            latest.collect::<Vec<_>>().join("  ")
        );
    }
    values.into_iter().map(median).collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Letters a second.
fn rate(letters: u32, time: Duration) -> f64 {
    f64::from(letters) / time.as_secs_f64()
}
