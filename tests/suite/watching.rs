//! `epistle preview --watch` and `--open`, as a person at a desk uses them.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::command_line::{Folder, err};
use crate::support;

/// A program that watches; ended with the test.
struct Watch(Child);

impl Watch {
    fn start(folder: &Folder, arguments: &[&str]) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_epistle"))
            .args(["preview", "bulletins/2026-03-20.toml", "--watch"])
            .args(arguments)
            .current_dir(&folder.0)
            .env_clear()
            .env("PATH", folder.0.join("bin"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self(child)
    }

    fn interrupt(mut self) -> ExitStatus {
        let kill = Command::new("kill")
            .args(["-INT", &self.0.id().to_string()])
            .status()
            .unwrap();
        assert!(kill.success());
        let start = Instant::now();
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status;
            }
            assert!(start.elapsed().as_secs() < 20, "it doesn't end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn weeks(name: &str) -> Folder {
    let folder = Folder::new(name);
    for inside in ["bulletins", "bin"] {
        fs::create_dir_all(folder.0.join(inside)).unwrap();
    }
    folder.write("epistle.toml", epistle::settings::EXAMPLE);
    for week in ["2026-03-13", "2026-03-20"] {
        let relative = format!("tests/fixtures/weeks/{week}.toml");
        let text = fs::read_to_string(support::path(&relative)).unwrap();
        folder.write(&format!("bulletins/{week}.toml"), text);
    }
    folder
}

fn page(folder: &Folder) -> PathBuf {
    folder.0.join("preview/2026-03-20.html")
}

/// Waits until the review page says something, and returns it.
fn wait(folder: &Folder, told: &str) -> String {
    let start = Instant::now();
    loop {
        let page = fs::read_to_string(page(folder)).unwrap_or_default();
        if page.contains(told) {
            return page;
        }
        assert!(
            start.elapsed().as_secs() < 20,
            "no page says {told}:\n{page}"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The number of the renewal that a page, or the image beside it, has.
fn number(text: &str, before: &str) -> u16 {
    let start = text.find(before).unwrap() + before.len();
    text[start..].split('"').next().unwrap().parse().unwrap()
}

#[test]
fn whatever_it_is_made_from_makes_it_anew() {
    let folder = weeks("watch");
    let bulletin = folder.0.join("bulletins/2026-03-20.toml");
    let text = fs::read_to_string(&bulletin).unwrap();
    let watch = Watch::start(&folder, &[]);
    let first = wait(&folder, "week of 20 March");
    assert!(first.contains("It renews itself"));

    // As editors write: in place, and another file put in its stead.
    fs::write(&bulletin, text.replace("20 March", "21 March")).unwrap();
    wait(&folder, "week of 21 March");
    folder.write("bulletins/.2026.swp", text.replace("20 March", "22 March"));
    fs::rename(folder.0.join("bulletins/.2026.swp"), &bulletin).unwrap();
    let third = wait(&folder, "week of 22 March");
    let start = Instant::now();
    let image = folder.0.join("preview/2026-03-20.beat.svg");
    while number(&fs::read_to_string(&image).unwrap(), "width=\"")
        != number(&third, "data-stamp=\"")
    {
        assert!(
            start.elapsed().as_secs() < 20,
            "the image tells another number"
        );
    }
    assert_ne!(
        number(&first, "data-stamp=\""),
        number(&third, "data-stamp=\"")
    );

    // The settings, and what it is compared with.
    let settings = epistle::settings::EXAMPLE.replace("Prayer Team", "Intercessors");
    assert_ne!(settings, epistle::settings::EXAMPLE);
    folder.write("epistle.toml", settings);
    wait(&folder, "Intercessors");
    let last = folder.0.join("bulletins/2026-03-13.toml");
    let earlier = fs::read_to_string(&last).unwrap();
    fs::write(&last, earlier.replace("flooded", "inundated")).unwrap();
    wait(&folder, "inundated");

    // A translation that comes, changes and goes.
    let dutch = folder.0.join("bulletins/2026-03-20.nl.toml");
    let english = fs::read_to_string(&bulletin).unwrap();
    let translated = english
        .replace("language = \"en\"", "language = \"nl\"")
        .replace("week of 22 March", "week van 22 maart");
    fs::write(&dutch, &translated).unwrap();
    wait(&folder, "week van 22 maart");
    fs::write(&dutch, translated.replace("22 maart", "23 maart")).unwrap();
    wait(&folder, "week van 23 maart");
    fs::remove_file(&dutch).unwrap();
    let start = Instant::now();
    while fs::read_to_string(page(&folder)).unwrap().contains("maart") {
        assert!(start.elapsed().as_secs() < 20, "it stays on the page");
        std::thread::sleep(Duration::from_millis(10));
    }

    // A fault is shown in the place of the page, until it is mended.
    fs::write(&bulletin, "id = 2\n").unwrap();
    let broken = wait(&folder, "can't be read as it is now");
    assert!(broken.contains("wrong-type"));
    fs::remove_file(&bulletin).unwrap();
    wait(&folder, "there is no file bulletins/2026-03-20.toml");
    fs::write(&bulletin, text.replace("20 March", "23 March")).unwrap();
    wait(&folder, "week of 23 March");
    let mail = fs::read_to_string(folder.0.join("preview/2026-03-20.txt")).unwrap();
    assert!(mail.contains("Prayer for the week"));

    assert_eq!(watch.interrupt().code(), Some(0));
    let last = fs::read_to_string(page(&folder)).unwrap();
    assert!(!last.contains("<script") && !last.contains("data-stamp"));
    assert!(!image.exists());
}

/// Puts a program of that name on the path.
fn program(folder: &Folder, name: &str, script: &str) {
    let path = folder.0.join("bin").join(name);
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn open(folder: &Folder) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_epistle"))
        .args(["preview", "bulletins/2026-03-20.toml", "--open"])
        .current_dir(&folder.0)
        .env_clear()
        .env("PATH", folder.0.join("bin"))
        .output()
        .unwrap()
}

#[test]
#[cfg(not(target_os = "macos"))]
fn the_page_is_opened_in_the_browser() {
    let folder = weeks("open");
    let opened = folder.0.join("opened");
    program(
        &folder,
        "xdg-open",
        &format!("echo \"$1\" > {}", opened.display()),
    );
    let output = open(&folder);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let whole = fs::canonicalize(page(&folder)).unwrap();
    assert_eq!(
        fs::read_to_string(&opened).unwrap().trim(),
        whole.to_str().unwrap()
    );

    fs::remove_file(&opened).unwrap();
    let watch = Watch::start(&folder, &["--open"]);
    wait(&folder, "It renews itself");
    let start = Instant::now();
    while !opened.exists() {
        assert!(start.elapsed().as_secs() < 20, "nothing was opened");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(watch.interrupt().code(), Some(0));
}

#[test]
#[cfg(not(target_os = "macos"))]
fn where_no_browser_opens_the_path_and_the_reason_are_told() {
    let folder = weeks("open-fails");
    let output = open(&folder);
    let whole = fs::canonicalize(page(&folder)).unwrap();
    assert_eq!(output.status.code(), Some(0));
    let told = err(&output);
    assert!(told.contains("xdg-open: No such file"), "{told}");
    assert!(told.contains(whole.to_str().unwrap()), "{told}");
    program(&folder, "xdg-open", "exit 3");
    let told = err(&open(&folder));
    assert!(told.contains("xdg-open: exit status: 3"), "{told}");
}

#[test]
#[ignore = "needs Chromium, Node, and `npm ci --prefix tests/html`; CI runs it"]
fn an_open_page_renews_itself() {
    let folder = weeks("watch-browser");
    let watch = Watch::start(&folder, &[]);
    wait(&folder, "week of 20 March");
    let bulletin = folder.0.join("bulletins/2026-03-20.toml");
    support::node(
        "renewal.mjs",
        &[
            page(&folder).as_os_str(),
            bulletin.as_os_str(),
            "20 March".as_ref(),
            "27 March".as_ref(),
        ],
    );
    assert_eq!(watch.interrupt().code(), Some(0));
}
