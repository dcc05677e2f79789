//! Where the relay's password comes from, with real files, and what is refused.

use std::fs;
use std::path::{Path, PathBuf};

use epistle::settings::{PasswordError, PasswordSource};

/// A folder for one test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("password-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Writes a file that nobody else can get at.
fn private(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
    allow(path, 0o600);
}

fn allow(path: &Path, mode: u32) {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    #[cfg(not(unix))]
    let _ = (path, mode);
}

fn file(path: &Path) -> Result<String, PasswordError> {
    let password = PasswordSource::File(path.to_owned()).read()?;
    Ok(password.as_str().to_owned())
}

/// What is told of a password file with these bytes; it must not tell them.
fn told(path: &Path, bytes: &[u8]) -> String {
    private(path, bytes);
    let error = file(path).unwrap_err();
    // The folder may be called like anything.
    let told = format!("{error} {error:?}").replace(&*path.to_string_lossy(), "");
    assert!(!told.contains("hunter"), "{told}");
    error.to_string()
}

#[test]
fn one_line_end_is_not_part_of_it() {
    let path = folder("lines").join("relay.password");
    for (bytes, password) in [
        (&b"hunter2"[..], "hunter2"),
        (b"hunter2\n", "hunter2"),
        (b"hunter2\r\n", "hunter2"),
        (b" hunter 2 \n", " hunter 2 "),
        ("pässwörd\n".as_bytes(), "pässwörd"),
    ] {
        private(&path, bytes);
        assert_eq!(file(&path).unwrap(), password);
    }
}

#[test]
fn what_can_be_no_password_is_refused() {
    let path = folder("wrong").join("relay.password");
    for empty in [&b""[..], b"\n", b"\r\n"] {
        assert!(told(&path, empty).ends_with("is empty: put the password into it"));
    }
    for wrong in [
        &b"hunter2\n\n"[..],
        b"\nhunter2",
        b"hunter2\r",
        b"hunter\t2",
        b"hunter\x002",
        b"\xEF\xBB\xBFhunter2\n",
    ] {
        assert!(told(&path, wrong).contains("more than one line, or a character"));
    }
    assert!(told(&path, b"hunter\xFF2").contains("not UTF-8"));
    private(&path, &[b'x'; 4096]);
    assert_eq!(file(&path).unwrap().len(), 4096);
    assert!(told(&path, &[b'x'; 4097]).contains("more than 4096 bytes"));
    assert!(told(&path, &[b'\n'; 100_000]).contains("more than 4096 bytes"));
}

#[cfg(unix)]
#[test]
fn others_may_not_get_at_it() {
    let path = folder("modes").join("relay password");
    private(&path, b"hunter2\n");
    for mode in [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o666] {
        allow(&path, mode);
        let told = file(&path).unwrap_err().to_string();
        assert!(told.contains(&format!("(mode {mode:03o})")), "{told}");
        let advice = format!("chmod 600 -- '{}'", path.display());
        assert!(told.ends_with(&advice), "{told}");
    }
    for mode in [0o600, 0o400, 0o700] {
        allow(&path, mode);
        assert_eq!(file(&path).unwrap(), "hunter2");
    }
    let link = path.with_file_name("link");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    assert_eq!(file(&link).unwrap(), "hunter2");
    allow(&path, 0o644);
    assert!(file(&link).is_err(), "the file counts, not the link");
}

#[test]
fn only_a_file_is_one() {
    let folder = folder("kinds");
    assert!(
        file(&folder)
            .unwrap_err()
            .to_string()
            .contains("is no file")
    );
    let missing = folder.join("missing");
    let told = file(&missing).unwrap_err().to_string();
    assert!(told.contains(&missing.display().to_string()), "{told}");
    #[cfg(unix)]
    assert!(
        file(Path::new("/dev/zero"))
            .unwrap_err()
            .to_string()
            .contains("is no file")
    );
}

#[test]
fn a_variable_that_is_not_there_is_named() {
    let source = PasswordSource::Env("EPISTLE_TEST_WITHOUT_PASSWORD".to_owned());
    let told = source.read().unwrap_err().to_string();
    assert!(
        told.contains("no variable EPISTLE_TEST_WITHOUT_PASSWORD"),
        "{told}"
    );
    let path = PasswordSource::Env("PATH".to_owned()).read().unwrap();
    assert_eq!(path.as_str(), std::env::var("PATH").unwrap());
    assert_eq!(format!("{path:?}"), "Password(***)");
}
