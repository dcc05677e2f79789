//! What a process took: time, time of the processor, and memory (Linux alone).

use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

pub(crate) struct Spent {
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
    /// The most memory at once.
    pub(crate) peak_kib: u64,
}

/// Runs a program to its end, and gives what it wrote as well. One at a time.
pub(crate) fn run(command: &mut Command) -> (Spent, String) {
    let before = cpu_of_children();
    let start = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let status = format!("/proc/{}/status", child.id());
    let watching = std::thread::spawn(move || {
        let mut peak = 0;
        // The figure only grows, and there is none when the process has ended.
        while let Some(kib) = fs::read_to_string(&status)
            .ok()
            .as_deref()
            .and_then(peak_kib)
        {
            peak = kib;
            std::thread::sleep(Duration::from_millis(20));
        }
        peak
    });
    let mut told = String::new();
    let mut stdout = child.stdout.take().expect("it is piped");
    stdout.read_to_string(&mut told).expect("it is UTF-8");
    let status = child.wait().expect("it was started");
    let wall = start.elapsed();
    assert!(status.success(), "{command:?}: {status} {told}");
    let cpu = cpu_of_children() - before;
    let peak_kib = watching.join().expect("it only reads");
    (
        Spent {
            wall,
            cpu,
            peak_kib,
        },
        told,
    )
}

/// The most memory that a process ever had (proc_pid_status(5)).
fn peak_kib(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The processor's time of all processes that were waited for: the fields cutime
/// and cstime, in hundredths of a second (proc_pid_stat(5)).
fn cpu_of_children() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").expect("this is Linux");
    let (_, fields) = stat.rsplit_once(')').expect("the name comes first");
    let ticks = fields.split_whitespace().skip(13).take(2);
    Duration::from_millis(
        10 * ticks
            .map(|field| field.parse::<u64>().expect("it is a number"))
            .sum::<u64>(),
    )
}
