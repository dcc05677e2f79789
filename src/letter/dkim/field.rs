//! The field `DKIM-Signature` (RFC 6376, 3.5), folded at 78 columns.

use super::canonical;

/// The width that lines are folded at, CRLF not counted (RFC 5322, 2.1.1).
const WIDTH: usize = 78;

/// What a signature says of itself.
pub(super) struct Tags<'t> {
    /// `a=`
    pub(super) algorithm: &'t str,
    /// `d=`
    pub(super) domain: &'t str,
    /// `s=`
    pub(super) selector: &'t str,
    /// `t=`, in seconds since 1970.
    pub(super) time: Option<u64>,
    /// `h=`
    pub(super) names: &'t [&'t str],
    /// `bh=`, in base64.
    pub(super) digest: &'t str,
}

/// The field, up to the place of the signature.
pub(super) struct Draft(Folded);

impl Draft {
    /// Writes the field.
    pub(super) fn new(tags: &Tags<'_>) -> Self {
        let mut line = Folded::new("DKIM-Signature:");
        line.word(&["v=1;"]);
        line.word(&["a=", tags.algorithm, ";"]);
        line.word(&["c=relaxed/relaxed;"]);
        line.word(&["d=", tags.domain, ";"]);
        line.word(&["s=", tags.selector, ";"]);
        if let Some(time) = tags.time {
            line.word(&["t=", &time.to_string(), ";"]);
        }
        for (index, name) in tags.names.iter().enumerate() {
            let colon = if index + 1 < tags.names.len() {
                ":"
            } else {
                ";"
            };
            if index == 0 {
                line.word(&["h=", name, colon]);
            } else {
                line.piece(&[name, colon]);
            }
        }
        line.word(&["bh=", tags.digest, ";"]);
        line.word(&["b="]);
        Self(line)
    }

    /// Writes what is signed of the field itself onto the end of `out`: without
    /// a signature and without its CRLF (RFC 6376, 3.7).
    pub(super) fn canonical(&self, out: &mut Vec<u8>) {
        canonical::field(self.0.text.as_bytes(), out);
        out.truncate(out.len() - 2); // a field ends with CRLF there
    }

    /// The whole field with its signature, in base64, and its CRLF.
    pub(super) fn signed(mut self, signature: &str) -> String {
        let mut rest = signature;
        while !rest.is_empty() {
            let (fits, behind) = rest.split_at(self.0.room().min(rest.len())); // base64 is ASCII
            self.0.piece(&[fits]);
            rest = behind;
        }
        self.0.text + "\r\n"
    }
}

/// A field that is folded where white space may stand.
struct Folded {
    text: String,
    /// Of the line that is being written.
    width: usize,
}

impl Folded {
    fn new(name: &str) -> Self {
        let mut text = String::with_capacity(1_024);
        text.push_str(name);
        Self {
            text,
            width: name.len(),
        }
    }

    /// Adds a word, of several parts, behind a space.
    fn word(&mut self, parts: &[&str]) {
        if self.width + 1 + length(parts) > WIDTH {
            self.fold();
        } else {
            self.text.push(' ');
            self.width += 1;
        }
        self.push(parts);
    }

    /// Adds a piece that belongs to the word before.
    fn piece(&mut self, parts: &[&str]) {
        if self.width + length(parts) > WIDTH {
            self.fold();
        }
        self.push(parts);
    }

    /// How long a piece may be to stand on a line, this one or else the next.
    fn room(&self) -> usize {
        match WIDTH.saturating_sub(self.width) {
            0 => WIDTH - 1,
            room => room,
        }
    }

    fn fold(&mut self) {
        self.text.push_str("\r\n ");
        self.width = 1;
    }

    fn push(&mut self, parts: &[&str]) {
        parts.iter().for_each(|part| self.text.push_str(part));
        self.width += length(parts);
    }
}

fn length(parts: &[&str]) -> usize {
    parts.iter().map(|part| part.len()).sum()
}
