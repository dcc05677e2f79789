//! The power is cut instead of the program killed: whatever was not synced is
//! lost, or some of it, whichever way the disk had begun.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::campaign::{Campaign, number, seed};
use super::chance::Chance;
use super::faults::Rates;
use crate::support;

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

/// How the disk under a ledger behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Disk {
    /// What is synced is kept.
    Honest,
    /// Nothing is kept, as if nobody synced: with `synchronous = OFF` nobody does.
    Lying,
}

/// The disk under a folder: what it would still have if the power were cut.
pub(super) struct Images {
    folder: PathBuf,
    images: PathBuf,
    disk: Disk,
}

/// Files by what tells each from all others, and their names.
type Names = Vec<(String, String)>;

impl Images {
    /// The disk under `folder`, and what the program must find in its environment.
    pub(super) fn new(folder: &Path, disk: Disk) -> (Self, Vec<(&'static str, PathBuf)>) {
        let folder = folder.canonicalize().unwrap();
        let images = folder.with_extension("disk");
        let mut environment = vec![
            ("LD_PRELOAD", support::shim("powercut").to_owned()),
            ("POWERCUT_FOLDER", folder.clone()),
            ("POWERCUT_DISK", images.clone()),
        ];
        if disk == Disk::Lying {
            environment.push(("POWERCUT_LIES", PathBuf::from("1")));
        }
        let images = Self {
            folder,
            images,
            disk,
        };
        (images, environment)
    }

    /// Everything is on the disk, as it is some time after it was written.
    pub(super) fn settle(&self) {
        let _ = fs::remove_dir_all(&self.images);
        fs::create_dir(&self.images).unwrap();
        let mut names = String::new();
        for (id, name) in self.names() {
            fs::copy(self.folder.join(&name), self.images.join(&id)).unwrap();
            names += &format!("{id} {name}\n");
        }
        fs::write(self.images.join("names"), names).unwrap();
    }

    /// The files as they are named now.
    fn names(&self) -> Names {
        let entries = fs::read_dir(&self.folder).unwrap().map(Result::unwrap);
        entries
            .map(|entry| {
                let metadata = entry.metadata().unwrap();
                let born = metadata.created().map_or_else(
                    |_| "0.0".to_owned(),
                    |born| {
                        let born = born.duration_since(UNIX_EPOCH).unwrap();
                        format!("{}.{}", born.as_secs(), born.subsec_nanos())
                    },
                );
                let id = format!("{}-{born}", metadata.ino());
                (id, entry.file_name().into_string().unwrap())
            })
            .collect()
    }

    /// Leaves in the folder what the disk has when the power comes back.
    pub(super) fn cut(&self, chance: &mut Chance) {
        let now = self.names();
        let synced = fs::read_to_string(self.images.join("names")).unwrap();
        let synced: Names = synced
            .lines()
            .filter_map(|line| line.split_once(' '))
            .map(|(id, name)| (id.to_owned(), name.to_owned()))
            .collect();
        let written: BTreeMap<_, _> = now
            .iter()
            .map(|(id, name)| (id.clone(), fs::read(self.folder.join(name)).unwrap()))
            .collect();
        // How much of what was not synced has come to the disk all the same, in a hundred.
        let survives = match self.disk {
            Disk::Honest => *chance.pick(&[0, 0, 10, 50, 90]),
            Disk::Lying => 0,
        };
        let names = if survives > 0 && chance.percent(50) {
            &now
        } else {
            &synced
        };
        for (_, name) in &now {
            fs::remove_file(self.folder.join(name)).unwrap();
        }
        for (id, name) in names {
            // A file that nobody synced is there, and empty.
            let kept = fs::read(self.images.join(id)).unwrap_or_default();
            let left = match written.get(id) {
                Some(written) => torn(&kept, written, survives, chance),
                None => kept,
            };
            fs::write(self.folder.join(name), left).unwrap();
        }
    }
}

/// What is left of a file of which `kept` was synced and `written` was not.
fn torn(kept: &[u8], written: &[u8], survives: u64, chance: &mut Chance) -> Vec<u8> {
    let length = if chance.percent(survives) {
        written.len()
    } else {
        kept.len()
    };
    let mut left = vec![0; length];
    for (index, sector) in left.chunks_mut(SECTOR).enumerate() {
        let from = if chance.percent(survives) {
            written
        } else {
            kept
        };
        let from = from.get(index * SECTOR..).unwrap_or_default();
        let some = from.len().min(sector.len());
        sector[..some].copy_from_slice(&from[..some]);
    }
    left
}

fn campaign(name: &'static str, disk: Disk, kills: u64) -> Campaign {
    Campaign {
        name,
        seed: seed(),
        kills: kills as usize,
        rates: Rates {
            connections: 4,
            letters: 8,
        },
        disk: Some(disk),
    }
}

#[test]
fn a_campaign_of_power_cuts() {
    let cuts = number("EPISTLE_CUTS").unwrap_or(25);
    campaign("power-cuts", Disk::Honest, cuts).fight();
}

#[test]
fn a_disk_that_keeps_nothing_is_found_out() {
    // Else the campaign above would prove nothing.
    let lost = std::thread::spawn(|| campaign("lying-disk", Disk::Lying, 30).fight());
    let told = lost.join().expect_err("letters were lost or went twice");
    let told = told.downcast_ref::<String>().unwrap();
    let found = [
        "got it twice",
        "has it, and is pending",
        "nothing has begun",
    ];
    assert!(found.iter().any(|words| told.contains(words)), "{told}");
}
