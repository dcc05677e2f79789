//! `translation-parts`: a part of the letter that only the base or only the
//! translation has, such as a greeting.
//!
//! Such a part was forgotten, or stands here from an earlier issue.

use crate::bulletin::Bulletin;
use crate::diagnostic::{Diagnostic, Span};

pub(super) fn check(base: &Bulletin, translation: &Bulletin, findings: &mut Vec<Diagnostic>) {
    let parts = parts(base).into_iter().zip(parts(translation));
    for ((key, theirs), (_, own)) in parts {
        let finding = match (theirs, own) {
            (Some(theirs), None) => {
                let told = format!("this translation has no `{key}`");
                Diagnostic::warning("translation-parts", told)
                    .at(&translation.source, translation.language.span, "")
                    .at(&base.source, theirs, "the bulletin has this")
                    .help("translate it")
            }
            (None, Some(own)) => {
                let told = format!("the bulletin has no `{key}`");
                Diagnostic::warning("translation-parts", told)
                    .at(&translation.source, own, "")
                    .help("delete it here, or write it into the bulletin too")
            }
            _ => continue,
        };
        findings.push(finding);
    }
}

/// Each part with its place, if it is there.
fn parts(bulletin: &Bulletin) -> [(&'static str, Option<Span>); 7] {
    let text = |text: &crate::document::Text| text.span;
    let rich = |text: &crate::bulletin::RichText| text.span;
    let greeting = bulletin.greeting.as_ref();
    let scripture = bulletin.scripture.as_ref();
    let signature = bulletin.signature.as_ref();
    [
        ("preheader", bulletin.preheader.as_ref().map(text)),
        ("greeting", greeting.map(|greeting| greeting.text.span)),
        ("intro", bulletin.intro.as_ref().map(rich)),
        ("closing", bulletin.closing.as_ref().map(rich)),
        ("signature", signature.map(|signature| signature.name.span)),
        ("scripture", scripture.map(|scripture| scripture.text.span)),
        (
            "answered",
            bulletin.answered.as_ref().map(|_| bulletin.language.span),
        ),
    ]
}
