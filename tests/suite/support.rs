//! What several tests need: fixtures, read as the program reads them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, FixedOffset};
use epistle::bulletin;
use epistle::check::CheckedBulletin;
use epistle::diagnostic::{Diagnostic, SourceFile, terminal};
use epistle::edition::Issue;
use epistle::settings::Settings;

pub(crate) fn path(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(relative)
}

/// Opens a file under the name that a person in the project's folder would give.
pub(crate) fn open(relative: &str) -> (Arc<SourceFile>, Vec<Diagnostic>) {
    SourceFile::from_bytes(relative, &fs::read(path(relative)).unwrap())
}

/// Reads a bulletin and puts the rules to it; all findings.
pub(crate) fn check(relative: &str) -> (Option<CheckedBulletin>, Vec<Diagnostic>) {
    let (source, found) = open(relative);
    check_source(&source, found)
}

pub(crate) fn check_source(
    source: &Arc<SourceFile>,
    found: Vec<Diagnostic>,
) -> (Option<CheckedBulletin>, Vec<Diagnostic>) {
    match bulletin::read(source, found, Settings::example().timezone) {
        (Some(bulletin), findings) => {
            let checked = CheckedBulletin::new(bulletin, findings);
            let findings = checked.findings().to_vec();
            (Some(checked), findings)
        }
        (None, findings) => (None, findings),
    }
}

/// Reads a bulletin that must be well-formed.
pub(crate) fn checked(relative: &str) -> CheckedBulletin {
    let (checked, findings) = check(relative);
    checked.unwrap_or_else(|| panic!("{relative}:\n{}", drawn(&findings)))
}

/// The same as an edition in one language.
pub(crate) fn issue(relative: &str) -> Issue {
    checked(relative).into()
}

/// Findings as a terminal without colours shows them.
pub(crate) fn drawn(findings: &[Diagnostic]) -> String {
    let style = terminal::Style {
        color: false,
        width: 100,
        spoken: false,
    };
    terminal::render_all(findings, style)
}

/// The moment at which the editions of tests begin.
pub(crate) fn date() -> DateTime<FixedOffset> {
    DateTime::parse_from_rfc3339("2018-03-16T06:00:00+00:00").unwrap()
}

/// The settings of the example with its whole `[brand]`, every key in use.
pub(crate) fn branded() -> String {
    let example = epistle::settings::EXAMPLE;
    let start = example.find("[brand]\n").unwrap();
    let end = start + example[start..].find("[relay]").unwrap();
    let is_key = |line: &str| {
        let key = line.split_once(" = ").map(|(key, _)| key);
        key.is_some_and(|key| {
            key.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        })
    };
    let brand = example[start..end].lines().map(|line| {
        let bare = line.strip_prefix("# ").filter(|bare| is_key(bare));
        bare.unwrap_or(line).to_owned() + "\n"
    });
    [
        &example[..start],
        &brand.collect::<String>(),
        &example[end..],
    ]
    .concat()
    .replace("\"logo.png\"", "\"tests/fixtures/logo.png\"")
}

/// Settings that must have no fault.
pub(crate) fn settings(text: &str) -> Settings {
    let (source, found) = SourceFile::from_bytes("epistle.toml", text.as_bytes());
    let (settings, findings) = Settings::read(&source, found);
    settings.unwrap_or_else(|| panic!("{}", drawn(&findings)))
}

/// Runs a script of `tests/html`, which ends with 0 where it has found no fault.
pub(crate) fn node(script: &str, arguments: &[&std::ffi::OsStr]) {
    let output = std::process::Command::new("node")
        .arg(path("tests/html").join(script))
        .args(arguments)
        .output()
        .expect("node is installed");
    let told = [output.stdout, output.stderr].concat();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&told)
    );
}

/// Builds a library of `tests/shims`, which stands between the program and the system, once.
#[cfg(target_os = "linux")]
pub(crate) fn shim(name: &'static str) -> PathBuf {
    static BUILT: Mutex<Vec<&str>> = Mutex::new(Vec::new());
    let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.so"));
    let mut built = BUILT.lock().unwrap();
    if !built.contains(&name) {
        // Another process of the tests may be running with the old one.
        let new = library.with_extension(format!("so.{}", std::process::id()));
        let status = std::process::Command::new("cc")
            .args([
                "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-o",
            ])
            .arg(&new)
            .arg(path(&format!("tests/shims/{name}.c")))
            .arg("-ldl")
            .status()
            .expect("a C compiler is installed, as for SQLite");
        assert!(status.success());
        fs::rename(&new, &library).unwrap();
        built.push(name);
    }
    library
}
