//! The program as people and cron run it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support;

/// A folder of its own for one test, gone at its end.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> &Self {
        fs::write(self.0.join(name), text).unwrap();
        self
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_epistle"))
            .args(arguments)
            .current_dir(&self.0)
            .env_clear()
            .output()
            .unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn seed() -> String {
    fs::read_to_string(support::path("bulletins/2018-03-18.toml")).unwrap()
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn check_is_silent_where_nothing_is_found() {
    let folder = Folder::new("silent");
    folder
        .write("2018-03-18.toml", seed())
        .write("epistle.toml", epistle::settings::EXAMPLE);
    let output = folder.run(&["check", "2018-03-18.toml"]);
    assert_eq!(
        (output.status.code(), out(&output), err(&output)),
        (Some(0), String::new(), String::new())
    );
}

#[test]
fn check_tells_every_file_and_ends_with_3() {
    let folder = Folder::new("every-file");
    folder.write("epistle.toml", epistle::settings::EXAMPLE);
    folder
        .write("one.toml", seed())
        .write("two.toml", "id = 2\n")
        .write("2018-03-18.toml", seed());
    let output = folder.run(&[
        "check",
        "one.toml",
        "gone.toml",
        "two.toml",
        "2018-03-18.toml",
    ]);
    assert_eq!(output.status.code(), Some(3));
    assert!(out(&output).contains("error[id-not-stem]") && out(&output).contains("one.toml:1:6"));
    assert!(out(&output).contains("error[wrong-type]") && out(&output).contains("two.toml:1:6"));
    assert!(out(&output).contains("error[unreadable-file]: there is no file gone.toml"));
    let output = folder.run(&["check", "--json", "gone.toml", "."]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["errors"], 2);
    assert_eq!(json["findings"][1]["message"], ". is a folder, not a file");
}

#[test]
fn a_bulletin_that_is_named_by_its_id_is_pointed_to() {
    let folder = Folder::new("by-id");
    fs::create_dir(folder.0.join("bulletins")).unwrap();
    folder.write("bulletins/2018-03-18.toml", seed());
    for name in ["2018-03-18", "2018-03-18.toml", "bulletins/2018-03-18"] {
        let told = out(&folder.run(&["check", name]));
        assert!(
            told.contains(&format!("there is no file {name}\n")),
            "{told}"
        );
        assert!(
            told.contains("did you mean bulletins/2018-03-18.toml?"),
            "{told}"
        );
    }
    let told = out(&folder.run(&["check", "2018-03-25"]));
    assert!(!told.contains("did you mean"), "{told}");
}

#[test]
fn a_limit_that_is_none_is_told_what_is_wanted() {
    let folder = Folder::new("limit");
    for written in ["0", "-3", "-0.5", "x", "3.5", "1,000", ""] {
        for limit in [
            vec!["--limit", written],
            vec![&format!("--limit={written}")],
        ] {
            let output = folder.run(&[&["send", "2018-03-18.toml"][..], &limit].concat());
            assert_eq!(output.status.code(), Some(2));
            let told = err(&output);
            let wanted = format!(
                "error: invalid value '{written}' for '--limit <N>': write how many letters, 1 or more, in digits alone: --limit 20\n"
            );
            assert!(told.starts_with(&wanted), "{told}");
        }
    }
    // Another option is no number.
    let told = err(&folder.run(&["send", "2018-03-18.toml", "--limit", "--yes"]));
    assert!(told.contains("a value is required"), "{told}");
}

#[test]
fn json_tells_of_a_failure_too() {
    let folder = Folder::new("failure");
    folder
        .write("2018-03-18.toml", seed())
        .write("taken", "a file");
    let output = folder.run(&["preview", "--json", "2018-03-18.toml", "--out", "taken"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(err(&output).contains("taken"));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["findings"][0]["code"], "failed");
}

#[test]
fn json_gives_what_the_terminal_shows() {
    let folder = Folder::new("json");
    folder.write("epistle.toml", epistle::settings::EXAMPLE);
    folder.write("2018-03-18.toml", seed().replace("subject =", "subjekt ="));
    let output = folder.run(&["check", "--json", "2018-03-18.toml"]);
    assert_eq!(output.status.code(), Some(3));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&json["errors"], &json["warnings"]), (&1.into(), &0.into()));
    let finding = &json["findings"][0];
    assert_eq!(finding["code"], "unknown-key");
    assert_eq!(
        finding["labels"][0]["start"],
        serde_json::json!({"line": 7, "column": 1})
    );
    assert_eq!(
        finding["labels"][0]["end"],
        serde_json::json!({"line": 7, "column": 8})
    );
    assert_eq!(finding["labels"][0]["excerpt"], "subjekt");
    assert_eq!(finding["fix"]["replacement"], "subject");
    let shown = out(&folder.run(&["check", "2018-03-18.toml"]));
    assert!(shown.contains("2018-03-18.toml:7:1"), "{shown}");
}

#[test]
fn preview_writes_four_private_files_in_silence() {
    let folder = Folder::new("four-files");
    folder
        .write("2018-03-18.toml", seed())
        .write("epistle.toml", epistle::settings::EXAMPLE);
    let output = folder.run(&["preview", "2018-03-18.toml", "--out", "look/here"]);
    assert_eq!(
        (output.status.code(), out(&output), err(&output)),
        (Some(0), String::new(), String::new())
    );
    let mut names: Vec<_> = fs::read_dir(folder.0.join("look/here"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "2018-03-18.eml",
            "2018-03-18.html",
            "2018-03-18.mail.html",
            "2018-03-18.txt"
        ]
    );
    #[cfg(unix)]
    for name in &names {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(folder.0.join("look/here").join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let read =
        |ending: &str| fs::read(folder.0.join(format!("look/here/2018-03-18.{ending}"))).unwrap();
    let message = mail_parser::MessageParser::default()
        .parse(&read("eml"))
        .unwrap()
        .into_owned();
    assert_eq!(message.body_html(0).unwrap().as_bytes(), read("mail.html"));
    assert_eq!(
        message
            .body_text(0)
            .unwrap()
            .replace("\r\n", "\n")
            .as_bytes(),
        read("txt")
    );
    assert!(
        String::from_utf8(read("html"))
            .unwrap()
            .starts_with("<!DOCTYPE html>")
    );
}

#[test]
fn preview_of_a_broken_bulletin_writes_nothing() {
    let folder = Folder::new("nothing-written");
    folder.write("epistle.toml", epistle::settings::EXAMPLE);
    folder.write(
        "2018-03-18.toml",
        seed().replace("language = \"en\"", "language = en"),
    );
    let output = folder.run(&["preview", "2018-03-18.toml"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(err(&output).contains("2018-03-18.toml:3:12"));
    assert!(!folder.0.join("preview").exists());
}

#[test]
fn without_settings_the_example_serves_and_says_so() {
    let folder = Folder::new("no-settings");
    folder.write("2018-03-18.toml", seed());
    let output = folder.run(&["preview", "2018-03-18.toml", "--json"]);
    assert_eq!(output.status.code(), Some(0));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["findings"][0]["code"], "no-settings");
    assert_eq!(json["edition"], "2018-03-18");
    assert_eq!(json["digest"].as_str().unwrap().len(), 64);
    assert_eq!(json["files"].as_array().unwrap().len(), 4);
}

#[test]
fn named_settings_must_be_there_and_right() {
    let folder = Folder::new("named-settings");
    folder.write("2018-03-18.toml", seed());
    let output = folder.run(&["check", "2018-03-18.toml", "--config", "gone.toml"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(out(&output).contains("there is no file gone.toml"));
    folder.write("bad.toml", "[sender]\nname = \"x\"\n");
    let output = folder.run(&["check", "2018-03-18.toml", "--config", "bad.toml"]);
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(out(&output).matches("error[missing-key]").count(), 4);
}

#[test]
fn files_larger_than_a_megabyte_are_refused() {
    let folder = Folder::new("too-large");
    let comment = "#".repeat(1_000_000 - seed().len() - 1);
    folder.write("epistle.toml", epistle::settings::EXAMPLE);
    folder.write("2018-03-18.toml", format!("{}{comment}\n", seed()));
    assert_eq!(
        folder.run(&["check", "2018-03-18.toml"]).status.code(),
        Some(0)
    );
    folder.write("2018-03-18.toml", format!("{}{comment}#\n", seed()));
    let output = folder.run(&["check", "2018-03-18.toml"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(out(&output).contains("larger than 1000000 bytes"));
}

#[test]
fn a_wrong_command_line_ends_with_2_and_help_with_0() {
    let folder = Folder::new("usage");
    assert_eq!(folder.run(&["chek"]).status.code(), Some(2));
    assert_eq!(folder.run(&[]).status.code(), Some(2));
    assert_eq!(folder.run(&["check"]).status.code(), Some(2));
    for arguments in [
        &["--help"][..],
        &["--version"],
        &["help", "check"],
        &["preview", "--help"],
    ] {
        let output = folder.run(arguments);
        assert_eq!(
            (output.status.code(), err(&output)),
            (Some(0), String::new())
        );
        assert!(!out(&output).is_empty());
    }
    for command in ["check", "preview", "completions"] {
        assert!(
            out(&folder.run(&[command, "--help"])).contains("Examples:"),
            "{command}"
        );
    }
    assert!(out(&folder.run(&["--help"])).contains("Exit codes:"));
}

/// A line of a paragraph that is broken by hand and by the program too leaves a word alone.
#[test]
fn the_words_below_the_examples_fill_their_lines() {
    let folder = Folder::new("help-lines");
    let top = out(&folder.run(&["--help"]));
    let commands = top.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands: Vec<_> = commands
        .map_while(|line| line.split_whitespace().next())
        .collect();
    assert!(commands.contains(&"send"), "{commands:?}");
    for command in commands {
        let help = out(&folder.run(&[command, "--help"]));
        let below: Vec<_> = help
            .lines()
            .skip_while(|line| *line != "Examples:")
            .collect();
        for pair in below.windows(2) {
            let [line, next] = pair else { continue };
            let is_text = |line: &str| !line.is_empty() && !line.starts_with(' ');
            let word = next.split(' ').next().unwrap_or_default();
            let is_full = line.chars().count() + 1 + word.chars().count() > 100;
            assert!(
                !is_text(line) || !is_text(next) || is_full || line.ends_with(['.', ':']),
                "{command}: {line}"
            );
        }
    }
}

#[test]
fn completions_name_the_commands() {
    let folder = Folder::new("completions");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = folder.run(&["completions", shell]);
        assert_eq!(output.status.code(), Some(0), "{shell}");
        assert!(out(&output).contains("preview"), "{shell}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let folder = Folder::new("broken-pipe");
    let mut child = Command::new(env!("CARGO_BIN_EXE_epistle"))
        .args(["completions", "bash"])
        .current_dir(&folder.0)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        (output.status.code(), err(&output)),
        (Some(0), String::new())
    );
}
