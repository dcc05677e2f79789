//! Files that only their owner can read, written whole or not at all: lists
//! and letters may reveal who believes what.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes a file in place of one that may be there. When this returns, the
/// file is durable, name and all.
///
/// # Errors
/// The system refuses; what was there is untouched.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace(path, bytes, File::sync_all)?;
    sync_folder(path)
}

/// Does the same for a file that can be made again: it is whole for whoever
/// opens it, and doesn't wait for the disk.
///
/// # Errors
/// The system refuses; what was there is untouched.
pub fn replace_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace(path, bytes, |_| Ok(()))
}

fn replace(
    path: &Path,
    bytes: &[u8],
    settle: impl FnOnce(&File) -> io::Result<()>,
) -> io::Result<()> {
    let new = with_suffix(path, ".new");
    let mut file = create_private(&new)?;
    file.write_all(bytes)?;
    settle(&file)?;
    fs::rename(&new, path)
}

/// The name of a file that differs from the one in a path by large and small
/// letters alone; looked for among the first 10,000 of its folder.
pub fn in_other_letters(path: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_str()?.to_lowercase();
    let folder = path.parent()?;
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let names = fs::read_dir(folder).ok()?.take(10_000).flatten();
    let mut names: Vec<_> = names
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.to_lowercase() == wanted)
        .collect();
    names.sort_unstable(); // the system has them in no order
    names.into_iter().next()
}

/// Makes a new, empty file in place of one that may be there, and opens it for writing.
///
/// # Errors
/// The system refuses.
pub fn create_private(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true); // never through somebody else's link
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a folder, and those above it, that only their owner can look into.
///
/// # Errors
/// The system refuses.
pub fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// A path with an ending behind its own: `epistle.db` becomes `epistle.db.lock`.
pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Makes the name of a file durable.
fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        let here = folder.as_os_str().is_empty();
        File::open(if here { Path::new(".") } else { folder })?.sync_all()?;
    }
    Ok(())
}
