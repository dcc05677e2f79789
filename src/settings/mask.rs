//! Keeps a secret that somebody wrote into the settings from being shown: what
//! is said of it goes to terminals, logs and mails of cron.

use std::sync::Arc;

use super::armour;
use crate::diagnostic::{Diagnostic, SourceFile, Span};
use crate::document;

/// What the keys of secrets have in them, in small letters.
const SECRET: [&str; 8] = [
    "pass",
    "pwd",
    "secret",
    "private",
    "token",
    "api_key",
    "apikey",
    "credential",
];

/// Keys that sound like secrets, and whose values are none.
const PATHS: [&str; 3] = ["password_file", "passwordfile", "private_key_file"];

/// The longest name of a file with a token, in bytes: tokens are longer, and are easily put in its place.
pub(super) const LONGEST_PATH: usize = 150;

/// A file with its secrets hidden.
pub(super) struct Masked {
    /// The file with every character of its secrets replaced by one of the
    /// same length, so that each place in the one is that in the other.
    pub(super) source: Arc<SourceFile>,
    /// Where the secrets are, in order.
    secrets: Vec<Span>,
}

impl Masked {
    /// Hides what stands under the keys of secrets, and private keys wherever
    /// they stand. The name of a variable or of a credential is no secret.
    pub(super) fn new(source: &Arc<SourceFile>) -> Self {
        let mut secrets: Vec<Span> = document::key_values(source)
            .into_iter()
            .flat_map(|statement| secrets(source, statement))
            .chain(armour::private_keys(source.text()))
            .collect();
        join(&mut secrets);
        let source = if secrets.is_empty() {
            Arc::clone(source)
        } else {
            hide(source, &secrets)
        };
        Self { source, secrets }
    }

    /// Tells findings of this file, and nothing that would put the mask in place of a secret.
    pub(super) fn told(&self, mut findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
        for finding in &mut findings {
            for label in &mut finding.labels {
                label.source = Arc::clone(&self.source);
            }
            let fix = finding.fix.take();
            finding.fix = fix.filter(|fix| !self.is_secret(fix.span));
        }
        findings
    }

    fn is_secret(&self, span: Span) -> bool {
        let mut secrets = self.secrets.iter();
        secrets.any(|secret| span.start < secret.end && secret.start < span.end)
    }
}

/// Puts spans in order, and makes one of those that have something in common.
fn join(spans: &mut Vec<Span>) {
    spans.sort_unstable_by_key(|span| span.start);
    spans.dedup_by(|next, span| {
        let meets = next.start <= span.end;
        if meets {
            span.end = span.end.max(next.end);
        }
        meets
    });
}

fn hide(source: &SourceFile, secrets: &[Span]) -> Arc<SourceFile> {
    let text = source.text();
    let mut hidden = String::with_capacity(text.len());
    let mut at = 0;
    for secret in secrets {
        hidden.push_str(source.slice(Span::new(at, secret.start)));
        hidden.extend(source.slice(*secret).chars().map(mask));
        at = secret.end;
    }
    hidden.push_str(source.slice(Span::new(at, text.len())));
    SourceFile::from_bytes(source.name(), hidden.as_bytes()).0
}

/// A character of as many bytes that says nothing; line ends and the space between words stay.
fn mask(char: char) -> char {
    match char.len_utf8() {
        1 if char.is_ascii_whitespace() => char,
        1 => '*',
        2 => '·',
        3 => '•',
        _ => '🞄',
    }
}

/// The secrets in one `key = value`, without their quotation marks, in order.
fn secrets(source: &SourceFile, statement: Span) -> Vec<Span> {
    let words = source.slice(statement);
    let mut secrets = Vec::new();
    let mut in_key = true; // or in a line that is no statement: nobody knows what its key is
    let mut at = 0;
    while at < words.len() {
        let rest = &words[at..]; // `at` moves by whole characters
        let quoted = string(rest);
        let key = match &quoted {
            Some(inside) => &rest[inside.clone()],
            None => &rest[..bare(rest)],
        };
        let end = match &quoted {
            Some(inside) => closed(rest, inside.end),
            None => key.len(),
        };
        if end == 0 {
            let char = rest.chars().next().unwrap_or(' '); // `at` is before the end
            in_key &= ". \t".contains(char);
            at += char.len_utf8();
            continue;
        }
        at += end;
        let after = words[at..].trim_start_matches([' ', '\t']);
        if !is_secret(key) || !(in_key || after.starts_with(['=', ':'])) {
            continue;
        }
        at = words.len() - after.trim_start_matches(['=', ':', ' ', '\t']).len();
        let rest = &words[at..];
        let (value, end) = match string(rest) {
            Some(inside) => (inside.clone(), closed(rest, inside.end)),
            None => (0..rest.len(), rest.len()),
        };
        if !is_name(key, &rest[value.clone()]) {
            let start = statement.start + at;
            secrets.push(Span::new(start + value.start, start + value.end));
        }
        at += end;
    }
    secrets
}

/// How many bytes of a bare key `words` begins with.
fn bare(words: &str) -> usize {
    let plain = |char: char| char.is_alphanumeric() || "_-".contains(char);
    words.find(|char| !plain(char)).unwrap_or(words.len())
}

/// What stands inside the string that `words` begins with, up to its end or, where it is never closed, theirs.
fn string(words: &str) -> Option<std::ops::Range<usize>> {
    let fence = ["\"\"\"", "'''", "\"", "'"]
        .into_iter()
        .find(|fence| words.starts_with(fence))?;
    let mut end = fence.len();
    while let Some(char) = words[end..].chars().next() {
        if words[end..].starts_with(fence) {
            break;
        }
        end += char.len_utf8();
        if char == '\\' && fence.starts_with('"') {
            end += words[end..].chars().next().map_or(0, char::len_utf8);
        }
    }
    Some(fence.len()..end)
}

/// Where the string that `words` begins with is over, its closing marks included.
fn closed(words: &str, inside: usize) -> usize {
    let marks = words[inside..].bytes().take(3);
    inside + marks.take_while(|mark| b"\"'".contains(mark)).count()
}

/// Says whether what stands under a key may be a secret.
fn is_secret(key: &str) -> bool {
    let key = key.to_lowercase().replace('-', "_");
    let sounds = key == "key" || SECRET.iter().any(|part| key.contains(part));
    sounds && !PATHS.contains(&key.as_str())
}

/// Says whether what stands under a key is the name that belongs there.
fn is_name(key: &str, value: &str) -> bool {
    let key = key.to_lowercase();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    if key == "token_file" {
        return value.len() <= LONGEST_PATH;
    }
    let value = value.split('#').next().unwrap_or_default().trim_end();
    (key.ends_with("env") || key.ends_with("credential")) && value.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let (source, found) = SourceFile::from_bytes("epistle.toml", text.as_bytes());
        let masked = Masked::new(&source);
        assert_eq!(masked.source.text().len(), source.text().len());
        assert!(found.is_empty());
        masked.source.text().to_owned()
    }

    #[test]
    fn secrets_are_hidden_however_they_are_written() {
        for written in [
            "password = \"hunter2\"",
            "password = 'hunter2'",
            "password = hunter2",
            "password: hunter2 # hunter2",
            "password hunter2",
            "password \"hunter2\"",
            "Password = \"hunter2\"",
            "\"password\" = \"hunter2\"",
            "passwort = \"hunter2\"",
            "pwd = \"hunter2\"",
            "relay.password = \"hunter2\"",
            "relay.password \"hunter2\"",
            "the password is hunter2",
            "relay = { host = \"a\", password = \"hunter2\", port = 1 }",
            "relay = { \"password\" = \"hunter2\" }",
            "password = \"a\\\"hunter2\"",
            "password = \"hunter2",
            "password = \"\"\"\nhunter2\nhunter2\n\"\"\"",
            "password = [\"hunter2\"]",
            "password_env = \"$hunter2\"",
            "password_env = hunter2!",
            "password_credential = \"/run/hunter2\"",
            "api_key = \"hunter2\"",
            "token = \"hunter2\"",
            &format!("token_file = \"hunter2{}\"", "y".repeat(150)),
            "key = \"hunter2\"",
            "private_key = \"hunter2\"",
            "dkim = [{ key = \"hunter2\", selector = \"a\" }]",
            "key_file = \"\"\"\n-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n\"\"\"",
            "key = -----BEGIN PRIVATE KEY-----\nhunter2\nhunter==\n-----END PRIVATE KEY-----",
            "key = \"-----BEGIN PRIVATE KEY-----\\nhunter2\\n-----END PRIVATE KEY-----\"",
        ] {
            let text = format!("[relay]\nhost = \"h\" # é\n{written}\nport = 25\n");
            let shown = shown(&text);
            assert!(!shown.contains("hunter"), "{written}:\n{shown}");
            assert!(shown.ends_with("\nport = 25\n"), "{written}:\n{shown}");
        }
        assert_eq!(shown("password = \"pä€😀 x\""), "password = \"*·•🞄 *\"");
        assert_eq!(
            shown("relay = { password = \"ab\", port = 1 }"),
            "relay = { password = \"**\", port = 1 }"
        );
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in [
            "password_env = \"EPISTLE_PASSWORD\"",
            "password_env = EPISTLE_PASSWORD",
            "password_env = EPISTLE_PASSWORD # set by cron",
            "password_credential = \"epistle-relay\"",
            "password_file = \"/etc/epistle/relay password\"",
            "key_file = \"/etc/epistle/dkim.pem\"",
            "token_file = \"relay.token\"",
            "private_key_file = \"/etc/epistle/dkim.pem\"",
            "key_credential = \"epistle-dkim\"",
            "organisation = \"The secret: love\"",
            "sender = { organisation = \"The password = love\", name = \"x\" }",
            "unsubscribe_url = \"https://example.org/u?token={token}\"",
            "# password = \"x\"",
            "postal_address = \"\"\"\npassword = 1\n\"\"\"",
        ] {
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn what_was_found_before_shows_no_secret() {
        let bytes = b"[relay]\npassword = \"hunter\xFF\"\n";
        let (source, found) = SourceFile::from_bytes("epistle.toml", bytes);
        let found = Masked::new(&source).told(found);
        let label = &found[0].labels[0];
        assert!(!label.source.text().contains("hunter"));
        assert_eq!(label.source.slice(label.span), "•");
    }

    #[test]
    fn nothing_writes_the_mask_over_a_secret() {
        let text = "[relay]\npassword = hunter2\nuser = prayer\n";
        let (source, _) = SourceFile::from_bytes("epistle.toml", text.as_bytes());
        let masked = Masked::new(&source);
        let found = masked.told(document::read(&masked.source).1);
        let fixes: Vec<_> = found.iter().map(|finding| finding.fix.is_some()).collect();
        assert_eq!(fixes, [false, true], "{found:?}");
    }

    proptest::proptest! {
        #[test]
        fn any_text_keeps_its_length(text in "(password|pass|=|:|\"|'|\"\"\"|\\\\|é|😀| |\n|\\{|\\}|x){0,30}") {
            shown(&text);
        }
    }
}
