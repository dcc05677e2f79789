//! What the README says is so.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;

use epistle::diagnostic::SourceFile;
use epistle::people::list::{self, Row};
use epistle::settings::Settings;

use crate::support;

fn readme() -> String {
    fs::read_to_string(support::path("README.md")).unwrap()
}

/// The code blocks of a kind, in order.
fn blocks(kind: &str) -> Vec<String> {
    let readme = readme();
    let fence = format!("```{kind}\n");
    readme
        .match_indices(&fence)
        .map(|(at, _)| {
            let start = at + fence.len();
            readme[start..start + readme[start..].find("```").unwrap()].to_owned()
        })
        .collect()
}

/// Runs `check` on a bulletin in a folder of its own, the example's settings beside it.
fn check(name: &str, bulletin: &str) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("readme-{name}"));
    fs::create_dir_all(folder.join("bulletins")).unwrap();
    fs::write(folder.join("bulletins/2026-03-20.toml"), bulletin).unwrap();
    fs::write(folder.join("epistle.toml"), epistle::settings::EXAMPLE).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_epistle"))
        .args(["check", "bulletins/2026-03-20.toml"])
        .current_dir(&folder)
        .env_clear()
        .output()
        .unwrap();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

/// The one bulletin among the examples.
fn bulletin() -> String {
    let mut bulletins = blocks("toml");
    bulletins.retain(|block| block.starts_with("id = "));
    let [bulletin] = bulletins.try_into().unwrap();
    bulletin
}

#[test]
fn the_settings_in_the_readme_have_no_fault() {
    let mut relays = blocks("toml");
    relays.retain(|block| block.starts_with("[relay]"));
    assert!(relays.len() >= 4);
    let example = epistle::settings::EXAMPLE;
    let sender = &example[..example.find("[relay]").unwrap()];
    for relay in relays {
        let text = format!("{sender}{relay}");
        let (source, found) = SourceFile::from_bytes("epistle.toml", text.as_bytes());
        let (settings, findings) = Settings::read(&source, found);
        assert!(findings.is_empty(), "{}", support::drawn(&findings));
        assert!(settings.unwrap().relay.is_some());
    }
}

#[test]
fn the_list_in_the_readme_has_no_fault() {
    let [text] = blocks("csv").try_into().unwrap();
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme.csv");
    fs::write(&file, text).unwrap();
    let mut people = Vec::new();
    list::read(&file, &mut |row| {
        people.push(row);
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(
        people.iter().all(|row| matches!(row, Row::Entry(_))),
        "{people:?}"
    );
    assert_eq!(people.len(), 3);
}

#[test]
fn the_bulletin_in_the_readme_has_no_fault() {
    assert_eq!(check("right", &bulletin()), "");
}

#[test]
fn the_translation_in_the_readme_agrees_with_its_bulletin() {
    let mut translations = blocks("toml");
    translations.retain(|block| block.starts_with("language = "));
    let [dutch] = translations.try_into().unwrap();
    let beside = |dutch: &str| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme-translation/bulletins");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("2026-03-20.nl.toml"), dutch).unwrap();
        check("translation", &bulletin())
    };
    assert_eq!(beside(&dutch), "");
    assert!(beside(&dutch.replace("23:1", "24:1")).contains("translation-scripture"));
}

#[test]
fn the_findings_in_the_readme_are_those_of_the_program() {
    let bulletin = bulletin();
    let [shown] = blocks("console").try_into().unwrap();
    let broken = bulletin
        .replace("language = \"en\"", "language = en")
        .replace("[[section.item]]", "[[section.itm]]");
    let shown = shown
        .strip_prefix("$ epistle check bulletins/2026-03-20.toml\n")
        .unwrap();
    assert_eq!(check("broken", &broken), shown);
}

/// The names in the first column of the table whose head begins so.
fn first_column(head: &str) -> Vec<String> {
    let readme = readme();
    let start = readme.find(head).unwrap_or_else(|| panic!("{head}"));
    let rows = readme[start..]
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    rows.flat_map(|row| {
        let cell = row.split('|').nth(1).unwrap().to_owned();
        let names: Vec<_> = cell
            .split('`')
            .skip(1)
            .step_by(2)
            .map(|name| name.trim_matches(['[', ']']).to_owned())
            .collect();
        names
    })
    .collect()
}

/// The list of keys of that name in the reader.
fn keys(list: &str) -> Vec<String> {
    let [read, part] = ["mod", "part"].map(|file| {
        fs::read_to_string(support::path(&format!("src/bulletin/read/{file}.rs"))).unwrap()
    });
    let reader = read + &part;
    let start = reader.find(&format!("const {list}: &[&str]")).unwrap();
    let list = &reader[start..start + reader[start..].find("];").unwrap()];
    list.split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_key_is_explained_and_every_key_explained_is_one() {
    for (head, list, prefix) in [
        ("| key | what it is |", "BULLETIN", ""),
        ("| key of a `[[section]]`", "SECTION", "section."),
        ("| key of a `[[section.item]]`", "ITEM", ""),
        ("| key of a `[[name]]`", "NAME", ""),
    ] {
        let mut explained: Vec<_> = first_column(head)
            .iter()
            .map(|name| name.trim_start_matches(prefix).to_owned())
            .collect();
        let mut known = keys(list);
        explained.sort();
        known.sort();
        assert_eq!(explained, known, "{head}");
    }
}

#[test]
fn nothing_is_left_to_fill_in() {
    let readme = readme();
    let left: Vec<_> = readme
        .split('@')
        .skip(1)
        .step_by(2)
        .filter(|part| !part.is_empty() && part.chars().all(|char| char.is_ascii_uppercase()))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn the_exit_codes_are_those_of_help() {
    let output = Command::new(env!("CARGO_BIN_EXE_epistle"))
        .arg("--help")
        .output()
        .unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let table = &help[help.find("Exit codes:").unwrap()..];
    let codes: Vec<_> = table
        .lines()
        .skip(1)
        .map_while(|line| line.trim().split_once("  "))
        .collect();
    assert_eq!(codes.len(), 8, "{table}");
    let readme = readme();
    for (code, meaning) in codes {
        assert!(
            readme.contains(&format!("| {code} | {} |", meaning.trim())),
            "{code}: {meaning}"
        );
    }
}

#[test]
fn every_command_of_the_program_in_the_readme_is_one() {
    let mut seen = 0;
    for line in blocks("sh").iter().flat_map(|block| block.lines()) {
        let Some(arguments) = line.strip_prefix("epistle ") else {
            continue;
        };
        let verb = arguments.split(' ').next().unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_epistle"))
            .args([verb, "--help"])
            .output()
            .unwrap();
        assert!(output.status.success(), "{line}");
        seen += 1;
    }
    assert!(seen >= 4);
}

#[test]
#[ignore = "needs openssl; CI runs it"]
fn the_keys_that_the_readme_makes_sign() {
    let readme = readme();
    let commands = readme.split("<!-- the keys -->").nth(1).unwrap();
    let commands: Vec<_> = commands
        .lines()
        .skip(2)
        .take_while(|line| *line != "```")
        .collect();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme-keys");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let made = Command::new("bash")
        .args(["-euc", &commands.join("\n")])
        .current_dir(&folder)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let [keys] = {
        let mut keys = blocks("toml");
        keys.retain(|block| block.starts_with("[[dkim]]"));
        keys.try_into().unwrap()
    };
    let settings = format!("{}\n{keys}", epistle::settings::EXAMPLE);
    fs::write(folder.join("epistle.toml"), settings).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_epistle"))
        .arg("dkim")
        .current_dir(&folder)
        .env_clear()
        .output()
        .unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(output.status.success(), "{said}");
    for record in [
        "epistle1._domainkey.example.org TXT\nv=DKIM1; k=rsa; p=MII",
        "\nepistle2._domainkey.example.org TXT\nv=DKIM1; k=ed25519; p=",
    ] {
        assert!(said.contains(record), "{said}");
    }
}

#[test]
fn the_line_for_cron_does_what_it_says() {
    let readme = readme();
    let line = readme.split("<!-- the crontab line -->").nth(1).unwrap();
    let line = line.lines().nth(2).unwrap();
    let command: Vec<_> = line.split(' ').skip(5).collect();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme-cron");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("bulletins")).unwrap();
    let command = command
        .join(" ")
        .replace("/srv/prayer", folder.to_str().unwrap())
        .replace("/usr/local/bin/epistle", env!("CARGO_BIN_EXE_epistle"));
    fs::write(folder.join("epistle.toml"), epistle::settings::EXAMPLE).unwrap();
    let run = || {
        let output = Command::new("sh")
            .args(["-c", &command])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", &folder)
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        (output.status.code(), said)
    };
    assert_eq!(run(), (Some(0), String::new()));
    // It has looked: this one has missed its time.
    let late = bulletin().replace(
        "status = \"draft\"",
        "status = \"ready\"\nsend_at = 2026-03-20T06:00:00+00:00",
    );
    fs::write(folder.join("bulletins/2026-03-20.toml"), late).unwrap();
    let (code, said) = run();
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("2026-03-20 was to be sent"), "{said}");
    assert_eq!(run(), (Some(0), String::new()), "it is told once");
}
