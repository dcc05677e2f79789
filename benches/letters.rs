//! How long the seed's bulletin takes: both bodies, one more letter, and the
//! whole program. Prints medians; fails nothing.
//!
//! `cargo bench`

use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use epistle::bulletin;
use epistle::check::CheckedBulletin;
use epistle::diagnostic::SourceFile;
use epistle::edition::{Edition, Issue};
use epistle::files::{create_private_folder, write_private};
use epistle::letter::{Composer, Frozen, Signer};
use epistle::people::{DisplayName, Recipient, Secret};
use epistle::render;
use epistle::settings::{Dkim, KeySource, Settings};

const BULLETIN: &str = "bulletins/2018-03-18.toml";

/// Runs `work` `each` times a round and prints the median round, per run.
fn measure(what: &str, rounds: usize, each: u32, mut work: impl FnMut()) {
    let mut times: Vec<Duration> = (0..rounds)
        .map(|_| {
            let start = Instant::now();
            (0..each).for_each(|_| work());
            start.elapsed() / each
        })
        .collect();
    times.sort_unstable();
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    println!(
        "{what:<44} {:>10.1} µs  (fastest {:.1}, slowest {:.1}; {rounds} rounds of {each})",
        micros(times[rounds / 2]),
        micros(times[0]),
        micros(times[rounds - 1]),
    );
}

/// A key of the tests, where only its owner can read it.
fn signer(key: &Path, folder: &Path) -> Signer {
    let file = folder.join("key.pem");
    let key = std::fs::read(key).expect("the key is part of the project");
    create_private_folder(folder).expect("the folder can be made");
    write_private(&file, &key).expect("the key can be written");
    let dkim = Dkim {
        selector: "bench".to_owned(),
        domain: "example.org".to_owned(),
        key: KeySource::File(file),
    };
    Signer::load(&[dkim]).expect("it is a key")
}

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let settings = Settings::example();
    let bytes = std::fs::read(folder.join(BULLETIN)).expect("the bulletin is part of the project");

    measure("read and check", 51, 50, || {
        let (source, found) = SourceFile::from_bytes(BULLETIN, black_box(&bytes));
        black_box(bulletin::read(&source, found, settings.timezone));
    });

    let (source, found) = SourceFile::from_bytes(BULLETIN, &bytes);
    let (bulletin, findings) = bulletin::read(&source, found, settings.timezone);
    let checked = CheckedBulletin::new(bulletin.expect("it is well-formed"), findings);
    measure("both bodies", 51, 200, || {
        black_box(render::render(black_box(&checked), &settings.sender));
    });
    let issue = Issue::from(checked);
    measure("freeze: bodies, encoding, digest", 51, 200, || {
        black_box(Edition::freeze(black_box(&issue), &settings.sender));
    });

    let edition = Edition::freeze(&issue, &settings.sender);
    let secret = Secret::for_previews();
    let frozen = Frozen::new(
        &edition,
        &edition.base,
        chrono::DateTime::UNIX_EPOCH.fixed_offset(),
        &secret,
    );
    let composer = Composer::new(&frozen, &secret, Signer::none()).expect("it has an envelope");
    for (what, name) in [
        ("one more letter", "Anna Example"),
        ("one more letter, name in Arabic", "محمد بن عبد الله"),
    ] {
        let recipient = Recipient {
            address: "anna@example.org".parse().expect("it is an address"),
            name: DisplayName::parse(name).expect("it is a name"),
            language: None,
        };
        measure(what, 51, 1_000, || {
            black_box(composer.compose(black_box(&recipient)));
        });
    }

    let out = std::env::temp_dir().join(format!("epistle-bench-{}", std::process::id()));
    for (what, key) in [
        ("one more letter, signed by Ed25519", "ed25519.pem"),
        ("one more letter, signed by RSA-2048", "rsa2048.pem"),
    ] {
        let signer = signer(&folder.join("tests/fixtures/keys").join(key), &out);
        let composer = Composer::new(&frozen, &secret, &signer).expect("it has an envelope");
        let recipient = Recipient {
            address: "anna@example.org".parse().expect("it is an address"),
            name: None,
            language: None,
        };
        measure(what, 51, 100, || {
            black_box(composer.compose(black_box(&recipient)));
        });
    }

    let mut preview = Command::new(env!("CARGO_BIN_EXE_epistle"));
    preview
        .args([
            "preview",
            BULLETIN,
            "--config",
            "epistle.example.toml",
            "--out",
        ])
        .arg(&out)
        .current_dir(folder);
    measure("epistle preview, the whole process", 51, 1, || {
        let status = preview.status().expect("the program starts");
        assert!(status.success());
    });
    let _ = std::fs::remove_dir_all(out);
}
