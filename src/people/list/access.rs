//! Warns of a list that others on the machine can read: it may itself reveal who believes what.

use std::path::Path;

use crate::diagnostic::Diagnostic;

/// Looks at who may read, write or run the file besides its owner. The shipped
/// examples, `*.example.*`, are for everybody.
#[cfg(unix)]
pub(super) fn check(path: &Path) -> Option<Diagnostic> {
    use std::os::unix::fs::PermissionsExt;

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

/// Writes a path so that a shell takes it for one word.
#[cfg(unix)]
fn shell_word(path: &str) -> String {
    let plain = |char: char| char.is_alphanumeric() || "/._-+@,".contains(char);
    if !path.starts_with('-') && path.chars().all(plain) {
        path.to_owned()
    } else {
        format!("-- '{}'", path.replace('\'', r"'\''"))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_word() {
        assert_eq!(shell_word("lists/a-b.csv"), "lists/a-b.csv");
        assert_eq!(shell_word("-rf"), "-- '-rf'");
        assert_eq!(shell_word("Anna's list.csv"), r"-- 'Anna'\''s list.csv'");
    }
}
