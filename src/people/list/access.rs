//! Warns of a list that others on the machine can read: it may itself reveal who believes what.

use std::path::Path;

use crate::diagnostic::Diagnostic;

/// Looks at who may read, write or run the file besides its owner. The shipped
/// examples, `*.example.*`, are for everybody.
#[cfg(unix)]
pub(super) fn check(path: &Path) -> Option<Diagnostic> {
    use std::os::unix::fs::PermissionsExt;

    use crate::diagnostic::shell_word;

    let name = path.file_name()?.to_string_lossy();
    let mode = path.metadata().ok()?.permissions().mode();
    if mode & 0o077 == 0 || name.contains(".example.") {
        return None;
    }
    let file = path.display();
    let finding = Diagnostic::warning(
        "readable-by-others",
        format!(
            "others on this machine can get at {file} (mode {:03o})",
            mode & 0o777
        ),
    );
    Some(finding.help(format!("chmod 600 {}", shell_word(&file.to_string()))))
}

/// Where there are no modes there is nothing to look at.
#[cfg(not(unix))]
pub(super) fn check(_: &Path) -> Option<Diagnostic> {
    None
}
