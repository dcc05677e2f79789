//! Paths in the settings: relative ones are meant from the folder that the file is in.

use std::path::{Path, PathBuf};

use crate::diagnostic::SourceFile;

/// The folder of the settings file.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// The folder that a file is in, as the person named it.
    pub(super) fn of(source: &SourceFile) -> Self {
        let parent = Path::new(source.name()).parent();
        Self(parent.unwrap_or(Path::new("")).to_owned())
    }

    /// Where a path of the settings leads.
    pub(super) fn resolve(&self, written: &str) -> Result<PathBuf, &'static str> {
        if written.trim().is_empty() {
            return Err("it says nothing");
        }
        if written == "~" || written.starts_with("~/") {
            return Err("~ stands for no folder here; write the whole path");
        }
        Ok(self.0.join(written))
    }

    /// Where a name of a file beside the settings leads.
    pub(super) fn beside(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> Folder {
        Folder::of(&SourceFile::from_bytes(name, b"").0)
    }

    #[test]
    fn relative_paths_begin_at_the_file_and_absolute_ones_stand() {
        let resolved = |file: &str, path: &str| folder(file).resolve(path);
        assert_eq!(resolved("epistle.toml", "list.csv"), Ok("list.csv".into()));
        assert_eq!(
            resolved("/etc/epistle/our.toml", "lists/a.csv"),
            Ok("/etc/epistle/lists/a.csv".into())
        );
        assert_eq!(
            resolved("../conf/our.toml", "a.csv"),
            Ok("../conf/a.csv".into())
        );
        assert_eq!(
            resolved("conf/our.toml", "/srv/a.csv"),
            Ok("/srv/a.csv".into())
        );
        assert_eq!(
            folder("conf/our.toml").beside("a.db"),
            PathBuf::from("conf/a.db")
        );
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for written in ["", " ", "~", "~/lists/a.csv"] {
            assert!(
                folder("epistle.toml").resolve(written).is_err(),
                "{written}"
            );
        }
        assert!(folder("epistle.toml").resolve("~anna.csv").is_ok());
    }
}
