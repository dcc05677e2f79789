//! A folder with all that the senders need, on the disk of the build: Epistle's
//! ledger must be on one.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use epistle::bulletin;
use epistle::check::CheckedBulletin;
use epistle::diagnostic::SourceFile;
use epistle::edition::Edition;
use epistle::letter::{Composer, Frozen, Signer};
use epistle::people::{DisplayName, Recipient, Secret};
use epistle::settings::{Dkim, KeySource, Settings};

/// A key of the tests that letters can be signed with.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Key {
    Ed25519,
    Rsa2048,
}

impl Key {
    fn file(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519.pem",
            Self::Rsa2048 => "rsa2048.pem",
        }
    }
}

pub(crate) struct Ground(PathBuf);

impl Ground {
    pub(crate) fn new() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-delivery");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("the build's folder can be written to");
        let ground = Self(folder);
        let keys = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/keys");
        for key in [Key::Ed25519, Key::Rsa2048] {
            let pem = fs::read_to_string(keys.join(key.file()));
            ground.write(key.file(), &pem.expect("the key is part of the project"));
        }
        ground
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.0
    }

    /// Writes a file that only its owner can read, else keys are refused and lists warned of.
    fn write(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        fs::write(&path, text).expect("the folder can be written to");
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("it is ours");
    }

    /// Writes an invented bulletin with so many long items, or with none a short
    /// one, and the same letter as the other senders take it. Gives it as Epistle
    /// composes it.
    pub(crate) fn write_bulletin(&self, items: usize) -> Vec<u8> {
        let mut text = "id = \"bench\"\ndate = 2018-03-18\nlanguage = \"en\"\nstatus = \"ready\"\n\
             title = \"Prayer for peace\"\nsubject = \"Prayer for peace\"\n"
            .to_owned();
        if items == 0 {
            text +=
                "\n[[section]]\nid = \"week\"\n\n[[section.item]]\ntext = \"Pray for peace.\"\n";
        }
        for number in 1..=items {
            write!(
                text,
                "\n[[section]]\nid = \"week-{number}\"\nheading = \"Week {number}\"\n\n[[section.item]]\n\
                 text = \"\"\"\nPray for those who wait in week {number}: that they find rest, good words, and somebody who listens.\n\
                 Give thanks for everyone who carried water, bread or news to a neighbour, and for the evenings without noise.\n\"\"\"\n"
            )
            .expect("a string takes all");
        }
        self.write("bench.toml", &text);

        let letter = self.composed(Signer::none(), |composer, person| {
            composer.compose(person).bytes
        });
        let parsed = mail_parser::MessageParser::new().parse(&letter);
        let parsed = parsed.expect("it is a mail");
        let blank = |body: &str| {
            body.replace("reader1@example.org", "{{email}}")
                .replace("Jörg Example 1", "{{name}}")
        };
        let text = blank(&parsed.body_text(0).expect("it has a text"));
        let html = blank(&parsed.body_html(0).expect("it has HTML"));
        self.write("letter.txt", &text);
        self.write("letter.html", &html);
        self.write("mailmerge.txt", &format!(
            "TO: {{{{name}}}} <{{{{email}}}}>\nSUBJECT: Prayer for peace\nFROM: Prayer Team <prayer@example.org>\n\
             MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=\"a boundary\"\n\n\
             --a boundary\nContent-Type: text/plain; charset=utf-8\n\n{text}\n\
             --a boundary\nContent-Type: text/html; charset=utf-8\n\n{html}\n--a boundary--\n"
        ));
        letter
    }

    /// Writes a list of so many people.
    pub(crate) fn write_list(&self, people: u32) {
        let mut text = "email,name\n".to_owned();
        for number in 1..=people {
            writeln!(text, "reader{number}@example.org,Jörg Example {number}")
                .expect("a string takes all");
        }
        self.write("list.csv", &text);
    }

    /// Forgets the ledger, and writes settings for a server.
    pub(crate) fn begin_anew(&self, port: u16, connections: u32, key: Option<Key>) {
        let _ = fs::remove_dir_all(self.0.join("ledger"));
        fs::create_dir(self.0.join("ledger")).expect("the folder can be written to");
        let dkim = key.map_or_else(String::new, |key| {
            format!(
                "[[dkim]]\nselector = \"bench\"\nkey_file = \"{}\"\n\n",
                key.file()
            )
        });
        self.write(
            "epistle.toml",
            &format!(
                "recipients = [\"list.csv\"]\n\n\
                 [sender]\nname = \"Prayer Team\"\naddress = \"prayer@example.org\"\n\
                 organisation = \"Example Mission\"\npostal_address = \"1 Example Street, Exampletown\"\n\
                 unsubscribe = \"unsubscribe@example.org\"\n\n\
                 [relay]\nhost = \"127.0.0.1\"\nport = {port}\nsecurity = \"none\"\n\n\
                 {dkim}[batch]\nconnections = {connections}\n\n\
                 [ledger]\npath = \"ledger/epistle.db\"\n"
            ),
        );
        self.write(
            "mailmerge.conf",
            &format!("[smtp_server]\nhost = 127.0.0.1\nport = {port}\n"),
        );
    }

    /// How long this disk takes for a small write that lasts: the median of many.
    pub(crate) fn synced_write(&self) -> Duration {
        let file = fs::File::create(self.0.join("synced")).expect("the folder can be written to");
        let mut times: Vec<_> = (0..201)
            .map(|at| {
                let start = Instant::now();
                let written = file.write_all_at(&[b'x'; 4096], at * 4096);
                written
                    .and_then(|()| file.sync_data())
                    .expect("the disk takes it");
                start.elapsed()
            })
            .collect();
        times.sort_unstable();
        times[times.len() / 2]
    }

    /// Composes and signs so many letters on all cores at once, and sends none.
    pub(crate) fn sign(&self, key: Key, letters: u32, cores: u32) -> Duration {
        let dkim = Dkim {
            selector: "bench".to_owned(),
            domain: "example.org".to_owned(),
            key: KeySource::File(self.0.join(key.file())),
        };
        let signer = Signer::load(&[dkim]).expect("it is a key");
        self.composed(&signer, |composer, person| {
            let start = Instant::now();
            std::thread::scope(|scope| {
                for _ in 0..cores {
                    scope.spawn(|| {
                        for _ in 0..letters / cores {
                            std::hint::black_box(composer.compose(person));
                        }
                    });
                }
            });
            start.elapsed()
        })
    }

    /// Hands over what composes the bulletin's letters, and one person of the list.
    fn composed<T>(&self, signer: &Signer, work: impl Fn(&Composer<'_>, &Recipient) -> T) -> T {
        let bytes = fs::read(self.0.join("bench.toml")).expect("it was written");
        let (source, found) = SourceFile::from_bytes("bench.toml", &bytes);
        let settings = Settings::example();
        let (bulletin, findings) = bulletin::read(&source, found, settings.timezone);
        let checked = CheckedBulletin::new(bulletin.expect("it is well-formed"), findings);
        let edition = Edition::freeze(&checked.clone().into(), &settings.sender);
        let secret = Secret::for_previews();
        let date = chrono::DateTime::UNIX_EPOCH.fixed_offset();
        let frozen = Frozen::new(&edition, &edition.base, date, &secret);
        let composer = Composer::new(&frozen, &secret, signer).expect("it has an envelope");
        let person = Recipient {
            address: "reader1@example.org".parse().expect("it is an address"),
            name: DisplayName::parse("Jörg Example 1").expect("it is a name"),
            language: None,
        };
        work(&composer, &person)
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
