//! Rules on finished letters: the last look before they leave, at the very bytes.

use crate::bulletin::Bulletin;
use crate::diagnostic::Diagnostic;
use crate::edition::Version;
use crate::letter::Letter;
use crate::render;

/// Where Gmail cuts an HTML body, in decoded bytes: 102 KB, of which some are left for the token.
pub const CLIPPED: usize = 102 * 1024 - 256;
/// Where a warning comes first.
pub const NEARLY_CLIPPED: usize = 90 * 1024;
/// From how many bytes on a letter is a burden to those who fetch it by telephone.
pub const HEAVY: usize = 1_000_000;
/// The longest line of a message, CRLF not counted (RFC 5322, 2.1.1).
const MAX_LINE: usize = 998;

/// Looks at one letter of an edition, in one of its languages.
///
/// They are about the bulletin as a whole, and point to its id or its language.
pub fn check(bulletin: &Bulletin, version: &Version, letter: &Letter) -> Vec<Diagnostic> {
    let mut findings = self::letter(letter);
    size(version.bodies.html.len(), &mut findings);
    let at_id = |finding: Diagnostic| finding.at(&bulletin.source, bulletin.id.span, "");
    let mut findings: Vec<_> = findings.into_iter().map(at_id).collect();
    if !render::has_words(&version.language) {
        let told = format!(
            "Epistle has no words of its own in `{}` yet: the foot of the mail is in English",
            version.language
        );
        findings.push(
            Diagnostic::warning("no-words", told)
                .at(&bulletin.source, bulletin.language.span, "")
                .help("look whether your readers understand it"),
        );
    }
    findings
}

/// Looks at the bytes of one letter, whoever it is for.
pub fn letter(letter: &Letter) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    lines(&letter.bytes, &mut findings);
    weight(letter.bytes.len(), &mut findings);
    findings
}

/// Pictures travel with each letter.
fn weight(bytes: usize, findings: &mut Vec<Diagnostic>) {
    if bytes > HEAVY {
        let told = format!(
            "the letter has {} kB, and everybody gets them",
            bytes / 1_000
        );
        let finding = Diagnostic::warning("heavy-letter", told);
        findings.push(
            finding.help("make the pictures smaller: about 1100 pixels wide, and saved as JPEG"),
        );
    }
}

fn size(bytes: usize, findings: &mut Vec<Diagnostic>) {
    if bytes < NEARLY_CLIPPED {
        return;
    }
    let told = format!(
        "the HTML body has {} KB; Gmail cuts it off at 102 KB, the unsubscribe link with it",
        bytes / 1024
    );
    let finding = if bytes < CLIPPED {
        Diagnostic::warning("too-large", told)
    } else {
        Diagnostic::error("too-large", told)
    };
    findings.push(finding.help("shorten items, or put some into the next bulletin"));
}

fn lines(bytes: &[u8], findings: &mut Vec<Diagnostic>) {
    let mut rest = bytes;
    while !rest.is_empty() {
        let end = rest
            .windows(2)
            .position(|pair| pair == b"\r\n")
            .unwrap_or(rest.len());
        let line = &rest[..end];
        if line.len() > MAX_LINE {
            let told = format!(
                "a line of the letter has {} bytes; no mail server need take more than {MAX_LINE}",
                line.len()
            );
            findings.push(
                Diagnostic::error("line-too-long", told)
                    .help("shorten `unsubscribe_url` in the settings"),
            );
        }
        if line.contains(&b'\r') || line.contains(&b'\n') {
            findings.push(
                Diagnostic::error(
                    "bare-line-end",
                    "a line of the letter holds half a line end",
                )
                .help("this is a defect of Epistle; please report it"),
            );
        }
        rest = rest.get(end + 2..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heavy_letter_is_told() {
        let mut findings = Vec::new();
        weight(HEAVY, &mut findings);
        assert!(findings.is_empty());
        weight(HEAVY + 1, &mut findings);
        assert_eq!(findings[0].code, "heavy-letter");
    }

    #[test]
    fn lines_that_no_server_need_take_are_found() {
        let found = |bytes: &[u8]| {
            let mut findings = Vec::new();
            lines(bytes, &mut findings);
            findings
                .iter()
                .map(|finding| finding.code)
                .collect::<Vec<_>>()
        };
        assert!(found(format!("{}\r\nb\r\n", "a".repeat(998)).as_bytes()).is_empty());
        assert_eq!(
            found(format!("{}\r\n", "a".repeat(999)).as_bytes()),
            ["line-too-long"]
        );
        assert_eq!(found(b"a\nb\r\n"), ["bare-line-end"]);
        assert_eq!(found(b"a\rb\r\n"), ["bare-line-end"]);
    }
}
