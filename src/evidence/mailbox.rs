//! Looks for letters in mailboxes: a Maildir, with the folders in it, an mbox
//! file, or a single mail. A letter itself lies there under its Message-ID;
//! what came back, and what answers it, names it.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use super::lines::each_line;
use super::{EvidenceError, Says, Sought};

/// So much of one mail of a Maildir is read, in bytes.
const MAX_MAIL: u64 = 4 << 20;

/// So deep folders lie in each other.
const MAX_DEPTH: u32 = 8;

/// Looks for letters in a Maildir or an mbox file. Returns how many mails there are.
///
/// # Errors
/// It can't be read, or is a folder and no Maildir.
pub fn read_mailbox(path: &Path, sought: &mut Sought) -> Result<u64, EvidenceError> {
    let about = fs::metadata(path).map_err(|cause| failed(path, cause))?;
    if !about.is_dir() {
        let file = File::open(path).map_err(|cause| failed(path, cause))?;
        return mails(path, file, sought);
    }
    match folder(path, false, 0, sought)? {
        Some(mails) => Ok(mails),
        None => Err(EvidenceError::NoMaildir(path.to_owned())),
    }
}

fn failed(path: &Path, cause: std::io::Error) -> EvidenceError {
    EvidenceError::Io {
        path: path.to_owned(),
        cause,
    }
}

/// The mails in the folders `cur` and `new`, at any depth; nothing where there are no such folders.
fn folder(
    path: &Path,
    has_mails: bool,
    depth: u32,
    sought: &mut Sought,
) -> Result<Option<u64>, EvidenceError> {
    let mut found = has_mails.then_some(0);
    for entry in fs::read_dir(path).map_err(|cause| failed(path, cause))? {
        let entry = entry.map_err(|cause| failed(path, cause))?;
        let (kind, path) = (entry.file_type(), entry.path());
        let kind = kind.map_err(|cause| failed(&path, cause))?;
        // Links lead elsewhere.
        if kind.is_dir() && depth < MAX_DEPTH {
            let name = entry.file_name();
            let inside = folder(&path, name == "cur" || name == "new", depth + 1, sought)?;
            found = match (found, inside) {
                (None, inside) => inside,
                (found, None) => found,
                (Some(one), Some(other)) => Some(one + other),
            };
        } else if has_mails && kind.is_file() {
            match File::open(&path) {
                Ok(file) => {
                    mails(&path, file.take(MAX_MAIL), sought)?;
                    found = found.map(|count| count + 1);
                }
                // Mail programs rename and remove mails while we look.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(cause) => return Err(failed(&path, cause)),
            }
        }
    }
    Ok(found)
}

/// Where in a mail one is.
#[derive(Debug, Default)]
struct Place {
    in_body: bool,
    /// The name of the field, in small letters.
    field: Vec<u8>,
    /// It is a report on other mails, and what it says has become of them (RFC 3464, 2.3.3).
    is_report: bool,
    action: Option<Says>,
}

/// Reads the mails of a file: one, or those of an mbox (RFC 4155).
fn mails(path: &Path, from: impl Read, sought: &mut Sought) -> Result<u64, EvidenceError> {
    let name = path.to_string_lossy();
    let (mut place, mut was_empty, mut mails) = (Place::default(), true, 0);
    let read = each_line(from, |number, line| {
        if number == 1 || (was_empty && is_postmark(line)) {
            mails += 1;
            place = Place::default();
        }
        was_empty = line.is_empty();
        place.enter(line);
        if let Some(letter) = sought.named(line)
            && let Some(says) = place.says()
        {
            sought.note(letter, &name, number, says, line);
        }
    });
    read.map_err(|cause| failed(path, cause))?;
    Ok(mails)
}

/// `From prayer@example.org Fri Mar 20 06:00:00 2026`: the line before a mail.
fn is_postmark(line: &[u8]) -> bool {
    line.starts_with(b"From ")
        && line.contains(&b':')
        && line.last().is_some_and(u8::is_ascii_digit)
}

impl Place {
    fn enter(&mut self, line: &[u8]) {
        if self.in_body {
            if self.is_report {
                let (name, value) = field(line);
                if name == b"action" {
                    self.action = Some(match value.as_slice() {
                        b"failed" => Says::Bounced,
                        b"delayed" => Says::Deferred,
                        _ => Says::Sent,
                    });
                }
            }
            return;
        }
        if line.is_empty() {
            self.in_body = true;
            return;
        }
        let is_folded = line[0].is_ascii_whitespace(); // it is not empty
        let (name, value) = if is_folded {
            (self.field.clone(), line.to_ascii_lowercase())
        } else {
            field(line)
        };
        let has = |words: &[u8]| memchr::memmem::find(&value, words).is_some();
        self.is_report |= match name.as_slice() {
            b"content-type" => has(b"multipart/report"),
            b"from" => has(b"mailer-daemon@"),
            _ => false,
        };
        self.field = name;
    }

    /// What it says of a letter that the line names.
    fn says(&self) -> Option<Says> {
        if self.in_body {
            return Some(if self.is_report {
                self.action.unwrap_or(Says::Bounced)
            } else {
                Says::Named
            });
        }
        match self.field.as_slice() {
            b"message-id" => Some(Says::InMailbox),
            b"in-reply-to" | b"references" => Some(Says::Answered),
            _ => Some(Says::Named),
        }
    }
}

/// The name of a field and its value, in small letters.
fn field(line: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let colon = line.iter().position(|byte| *byte == b':').unwrap_or(0);
    let (name, value) = line.split_at(colon);
    let value = value.get(1..).unwrap_or_default().trim_ascii();
    (name.to_ascii_lowercase(), value.to_ascii_lowercase())
}
