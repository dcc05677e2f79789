//! `characters-open`: Chinese without a word on which characters.
//!
//! `zh` alone leaves it to each mail program whether letters are drawn as in
//! Beijing, in Taipei or in Tokyo, and screen readers guess which language to speak.

use crate::bulletin::Bulletin;
use crate::diagnostic::Diagnostic;

pub(super) fn check(bulletin: &Bulletin, findings: &mut Vec<Diagnostic>) {
    if !bulletin.language.value.leaves_characters_open() {
        return;
    }
    let told = "this doesn't say which Chinese characters are meant";
    findings.push(
        Diagnostic::warning("characters-open", told)
            .at(&bulletin.source, bulletin.language.span, "")
            .help("write language = \"zh-Hans\" for simplified ones, \"zh-Hant\" for traditional ones"),
    );
}
