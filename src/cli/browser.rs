//! Opens a local page in the person's browser, by the program that each system has for that.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// So long it is waited for word that it failed; some browsers are started in the foreground and say nothing until they are closed.
const PATIENCE: Duration = Duration::from_secs(2);

/// Opens a page. Where that fails, says why.
pub(super) fn open(page: &Path) -> Result<(), String> {
    // Whole, so that no name can look like an option.
    let page = fs::canonicalize(page).map_err(|error| error.to_string())?;
    let (program, before): (&str, &[&str]) = if cfg!(target_os = "macos") {
        ("open", &[])
    } else if cfg!(windows) {
        // What `start` calls in the end; `start` itself would be given to a shell.
        ("rundll32", &["url.dll,FileProtocolHandler"])
    } else {
        ("xdg-open", &[])
    };
    let mut child = Command::new(program)
        .args(before)
        .arg(page)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("{program}: {error}"))?;
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("{program}: {status}")),
            Ok(None) => std::thread::sleep(Duration::from_millis(10)),
            Err(error) => return Err(format!("{program}: {error}")),
        }
    }
    Ok(())
}
