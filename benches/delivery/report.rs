//! What was measured, as Markdown: printed, and put into the README when asked.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const BEGIN: &str = "<!-- benches/delivery/run --write -->\n";
const END: &str = "<!-- end of benches/delivery/run -->\n";

/// The tables so far, and what Epistle means to reach.
#[derive(Default)]
pub(crate) struct Report {
    text: String,
    goals: Vec<Vec<String>>,
}

impl Report {
    pub(crate) fn paragraph(&mut self, text: &str) {
        writeln!(self.text, "{text}\n").expect("a string takes all");
    }

    /// A table whose first column is text, and the others are figures.
    pub(crate) fn table(&mut self, head: &[&str], rows: &[Vec<String>]) {
        let mut line = |cells: &[String]| {
            writeln!(self.text, "| {} |", cells.join(" | ")).expect("a string takes all");
        };
        line(&head.iter().map(ToString::to_string).collect::<Vec<_>>());
        let rule = (0..head.len()).map(|column| if column == 0 { "---" } else { "---:" });
        line(&rule.map(str::to_owned).collect::<Vec<_>>());
        rows.iter().for_each(|row| line(row));
        self.text.push('\n');
    }

    pub(crate) fn at_least(&mut self, what: &str, value: Option<f64>, goal: f64) {
        let value = value.map(|value| (value, value >= goal));
        self.goal(what, value, &format!("at least {goal}"));
    }

    pub(crate) fn at_most(&mut self, what: &str, value: Option<f64>, goal: f64) {
        let value = value.map(|value| (value, value <= goal));
        self.goal(what, value, &format!("at most {goal}"));
    }

    fn goal(&mut self, what: &str, value: Option<(f64, bool)>, goal: &str) {
        let (value, met) = match value {
            Some((value, met)) => (format!("{value:.2}"), if met { "yes" } else { "no" }),
            None => ("not measured".to_owned(), "–"),
        };
        self.goals.push(vec![
            what.to_owned(),
            value,
            goal.to_owned(),
            met.to_owned(),
        ]);
    }

    /// All tables, the goals last.
    pub(crate) fn finish(mut self) -> String {
        let goals = std::mem::take(&mut self.goals);
        self.table(
            &["what it means to reach", "measured", "goal", "reached"],
            &goals,
        );
        self.text
    }
}

/// The place in the README for the tables.
pub(crate) struct Readme {
    path: PathBuf,
    before: String,
    after: String,
}

impl Readme {
    /// Finds the place; there is none without both marks.
    pub(crate) fn open() -> Option<Self> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
        let text = fs::read_to_string(&path).ok()?;
        let begin = text.find(BEGIN)? + BEGIN.len();
        let end = begin + text[begin..].find(END)?;
        let (before, after) = (text[..begin].to_owned(), text[end..].to_owned());
        Some(Self {
            path,
            before,
            after,
        })
    }

    pub(crate) fn write(self, tables: &str) -> std::io::Result<()> {
        fs::write(self.path, self.before + tables + &self.after)
    }
}

/// The day and the machine, in words.
pub(crate) fn occasion() -> String {
    let model = line_of("/proc/cpuinfo", "model name").unwrap_or_else(|| "a processor".to_owned());
    let system = line_of("/etc/os-release", "PRETTY_NAME").unwrap_or_else(|| "Linux".to_owned());
    let rust = Command::new("rustc").arg("--version").output();
    let rust = rust.map_or_else(
        |_| "Rust".to_owned(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    );
    let day = chrono::Local::now().format("%Y-%m-%d");
    let cores = cores();
    format!("{day}, on {cores} cores of {model} with {system} and {rust}")
}

pub(crate) fn cores() -> u32 {
    let cores = std::thread::available_parallelism().ok();
    cores
        .and_then(|cores| cores.get().try_into().ok())
        .unwrap_or(1)
}

/// The value of the first line with this name in a file of names and values.
fn line_of(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    let (_, value) = line.split_once([':', '='])?;
    Some(value.trim().trim_matches('"').to_owned())
}

/// 12345.6 as "12,346", and less than ten with two decimals.
pub(crate) fn figure(value: f64) -> String {
    if value < 10.0 {
        return format!("{value:.2}");
    }
    count(value.round() as u32)
}

/// 12345 as "12,345".
pub(crate) fn count(value: u32) -> String {
    match (value / 1000, value % 1000) {
        (0, rest) => rest.to_string(),
        (thousands, rest) => format!("{},{rest:03}", count(thousands)),
    }
}
