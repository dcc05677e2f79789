//! `epistle preview --watch`: makes the preview anew whenever what it is made from changes.
//!
//! Files are looked at ten times a second: that costs some microseconds, works
//! on network drives, and doesn't care whether an editor writes a file or puts
//! another in its place. What the system could tell of changes itself would
//! take a crate for each system and still miss some of these.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use anyhow::Context;
use chrono::Local;

use super::args::{self, Common};
use super::exit::Exit;
use super::preview::{self, Seen};
use super::print;
use crate::diff::Origin;
use crate::edition;
use crate::preview::{Beat, broken_page};
use crate::settings;

/// How often files are looked at.
const EVERY: Duration = Duration::from_millis(100);
/// How long a file must have been left alone: some editors empty it first.
const SETTLED: Duration = Duration::from_millis(20);

/// Renews the files until it is interrupted.
pub(super) fn run(options: &args::Preview, common: &Common) -> anyhow::Result<Exit> {
    let interrupted = interrupted().context("signals can't be listened to")?;
    let mut stamp = 0;
    let mut opened = !options.open;
    let mut watched = vec![options.bulletin.clone(), config(common)];
    let own = watched.len();
    loop {
        let start = Instant::now();
        let mut before = looks(&watched);
        let mut seen = preview::see(options, common);
        let others = others(&seen);
        if watched[own..] != others {
            // Looked at before they are read, so that what is written meanwhile makes a difference.
            watched.truncate(own);
            watched.extend(others);
            before = looks(&watched);
            seen = preview::see(options, common);
        }
        stamp = next(stamp);
        let files = renew(options, &mut seen, stamp)?;
        preview::tell(&seen, &files, common)?;
        tell(&seen, start);
        if let (false, Some(page)) = (opened, files.first()) {
            opened = true;
            preview::open(page);
        }
        while looks(&watched) == before {
            if interrupted.load(Ordering::Relaxed) {
                return finish(options, &mut seen);
            }
            sleep(EVERY);
        }
        let mut last = looks(&watched);
        loop {
            sleep(SETTLED);
            let now = looks(&watched);
            if now == last || interrupted.load(Ordering::Relaxed) {
                break;
            }
            last = now;
        }
    }
}

/// Tells when Ctrl-C was pressed. Every other signal ends the program, as it
/// should: a terminal that is closed must leave nothing running.
fn interrupted() -> io::Result<Arc<AtomicBool>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let interrupted = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&interrupted);
    std::thread::spawn(move || {
        // Where the system doesn't tell, it ends the program itself.
        if runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
            told.store(true, Ordering::Relaxed);
        }
    });
    Ok(interrupted)
}

/// The number of the next renewal: by the clock, so that a page that was left
/// open from an earlier run takes it for new, and another than the one before.
fn next(before: u16) -> u16 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let tenths = since.unwrap_or_default().as_millis() / 100;
    let number = (tenths % 9_999) as u16 + 1; // 9,999 at most
    if number == before {
        number % 9_999 + 1
    } else {
        number
    }
}

/// Writes the files of this time, the review page first in the list; none where the bulletin's name can't be theirs.
fn renew(options: &args::Preview, seen: &mut Seen, stamp: u16) -> anyhow::Result<Vec<PathBuf>> {
    let stem = options.bulletin.file_stem().unwrap_or_default();
    let id = stem.to_string_lossy().into_owned();
    let plain = |char: char| char.is_ascii_alphanumeric() || "-_".contains(char);
    if id.is_empty() || !id.chars().all(plain) {
        return Ok(Vec::new()); // the findings say so
    }
    let beat = Beat {
        stamp,
        file: format!("{id}.beat.svg"),
    };
    let files = match &mut seen.preview {
        Some(preview) => {
            preview.beat = Some(beat.clone());
            preview::write(preview, &options.out)?
        }
        None => {
            preview::make_folder(&options.out)?;
            let page = options.out.join(format!("{id}.html"));
            let text = broken_page(&id, &seen.findings, Local::now().fixed_offset(), &beat);
            preview::write_one(&page, text.as_bytes())?;
            vec![page]
        }
    };
    // Last, so that whoever sees it finds the page.
    preview::write_one(&options.out.join(&beat.file), beat.image().as_bytes())?;
    Ok(files)
}

/// Leaves a page that doesn't wait for another one.
fn finish(options: &args::Preview, seen: &mut Seen) -> anyhow::Result<Exit> {
    if let Some(preview) = &mut seen.preview {
        if let Some(beat) = preview.beat.take() {
            let _ = fs::remove_file(options.out.join(beat.file)); // an open page says then that this has ended
        }
        preview::write(preview, &options.out)?;
    }
    print::hint(&["Ended.".to_owned()]);
    Ok(Exit::Success)
}

fn tell(seen: &Seen, start: Instant) {
    let took = start.elapsed().as_millis();
    let state = match &seen.preview {
        Some(_) => format!("made in {took} ms"),
        None => "can't be made".to_owned(),
    };
    let count = print::count(&seen.findings);
    let time = Local::now().format("%H:%M:%S");
    print::hint(&[format!(
        "{time}: {state}, {count}. Waiting for changes; Ctrl-C ends this."
    )]);
}

fn config(common: &Common) -> PathBuf {
    let own = common.config.clone();
    own.unwrap_or_else(|| PathBuf::from(settings::FILE_NAME))
}

/// What the preview was made from besides the bulletin and the settings.
fn others(seen: &Seen) -> Vec<PathBuf> {
    let last = seen
        .preview
        .as_ref()
        .and_then(|preview| preview.base.last.as_ref());
    match last.map(|(last, _)| &last.origin) {
        Some(Origin::File { file, .. }) => vec![file.clone()],
        _ => Vec::new(),
    }
}

/// What a look at a file tells: when it was changed, and its length; nothing where it isn't there.
type Look = Option<(SystemTime, u64)>;

/// Looks at files, and at the translations beside each: those that come and go too.
fn looks(paths: &[PathBuf]) -> BTreeMap<PathBuf, Look> {
    let look = |path: &Path| {
        let found = fs::metadata(path).ok()?;
        Some((found.modified().ok()?, found.len()))
    };
    let beside = paths
        .iter()
        .flat_map(|path| edition::siblings(path).unwrap_or_default());
    beside
        .chain(paths.iter().cloned())
        .map(|path| (path.clone(), look(&path)))
        .collect()
}
