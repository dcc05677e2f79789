//! The folder in which the sandbox keeps what it takes: one `.eml` file a letter.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Received;
use crate::files;

/// A folder of letters, numbered in the order in which they came.
#[derive(Debug)]
pub struct Outbox {
    folder: PathBuf,
    count: AtomicUsize,
}

impl Outbox {
    /// Opens a folder, or makes it; what is there stays.
    ///
    /// # Errors
    /// The system refuses.
    pub fn open(folder: &Path) -> io::Result<Self> {
        files::create_private_folder(folder)?;
        let mut count = 0;
        for entry in fs::read_dir(folder)? {
            let name = entry?.file_name();
            let number = Path::new(&name)
                .file_stem()
                .and_then(|stem| stem.to_str()?.parse().ok());
            count = count.max(number.unwrap_or(0));
        }
        Ok(Self {
            folder: folder.to_owned(),
            count: AtomicUsize::new(count),
        })
    }

    /// Keeps a letter.
    ///
    /// # Errors
    /// The system refuses.
    pub fn keep(&self, letter: &Received) -> io::Result<()> {
        let number = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        let path = self.folder.join(format!("{number:06}.eml"));
        io::Write::write_all(&mut files::create_private(&path)?, &letter.message)
    }

    /// How many letters are there.
    pub fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }
}
