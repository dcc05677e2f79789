//! The rooms of the house and the one direction between them: a room may use
//! only those that stand before it. `src/lib.rs` says why.

use std::fs;
use std::path::{Path, PathBuf};

const ROOMS: [&str; 21] = [
    "files",
    "image",
    "diagnostic",
    "document",
    "people",
    "settings",
    "bulletin",
    "check",
    "render",
    "edition",
    "letter",
    "gate",
    "ledger",
    "smtp",
    "sandbox",
    "delivery",
    "evidence",
    "diff",
    "preview",
    "account",
    "cli",
];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The rooms named by `crate::ROOM` in a source text, comments left out.
fn rooms_used(source: &str) -> Vec<String> {
    let mut used = Vec::new();
    for line in source.lines() {
        let code = line.split("//").next().unwrap_or_default();
        for part in code.split("crate::").skip(1) {
            if let Some(group) = part.strip_prefix('{') {
                panic!(
                    "`use crate::{{{group}`: name each room in a line of its own, so that this test sees it"
                );
            }
            let room: String = part
                .chars()
                .take_while(|char| char.is_alphanumeric() || *char == '_')
                .collect();
            used.push(room);
        }
    }
    used
}

/// Every arrow that points against the line, as `file uses room`.
fn wrong_arrows(room: &str, file: &str, source: &str) -> Vec<String> {
    let own = ROOMS
        .iter()
        .position(|known| *known == room)
        .unwrap_or_else(|| panic!("{file}: `{room}` is no room of the table"));
    rooms_used(source)
        .into_iter()
        .filter(|used| {
            ROOMS
                .iter()
                .position(|known| known == used)
                .is_none_or(|at| at > own)
        })
        .map(|used| format!("{file} uses {used}"))
        .collect()
}

#[test]
fn every_arrow_points_back() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    files(&src, &mut found);
    assert!(found.len() > 40, "the sources are there");
    let mut wrong = Vec::new();
    for path in &found {
        let inside = path.strip_prefix(&src).unwrap();
        if inside.components().count() == 1 {
            continue; // main.rs and lib.rs stand before the rooms
        }
        let room = inside
            .components()
            .next()
            .unwrap()
            .as_os_str()
            .to_str()
            .unwrap();
        wrong.extend(wrong_arrows(
            room,
            &inside.display().to_string(),
            &fs::read_to_string(path).unwrap(),
        ));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_wrong_arrow_would_be_seen() {
    assert_eq!(
        wrong_arrows("render", "x.rs", "use crate::letter::Letter;"),
        ["x.rs uses letter"]
    );
    assert_eq!(
        wrong_arrows("letter", "x.rs", "fn f() { crate::cli::run() }"),
        ["x.rs uses cli"]
    );
    assert_eq!(
        wrong_arrows("bulletin", "x.rs", "use crate::unknown::X;"),
        ["x.rs uses unknown"]
    );
    assert!(
        wrong_arrows(
            "letter",
            "x.rs",
            "use crate::edition::Edition; // crate::cli"
        )
        .is_empty()
    );
}

#[test]
fn the_sources_say_the_same() {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    assert!(
        lib.contains(&ROOMS.join(" -> ")),
        "src/lib.rs draws the line as this test holds it"
    );
}
