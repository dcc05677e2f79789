//! The HTML body under the tools of others: axe, html-validate, the tables of
//! caniemail.com, and Chromium, in light and dark. `tests/html` has the rules.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use epistle::diagnostic::SourceFile;
use epistle::letter::Signer;
use epistle::preview::Preview;
use epistle::settings::Settings;

use crate::support;

/// The mails that every rule is put to: the seed, every construct, and that in a
/// language of the other direction and under a brand.
fn mails() -> Vec<(String, Preview)> {
    let example = Settings::example();
    vec![
        ("seed".to_owned(), preview(SEED, "en", &example)),
        ("everything".to_owned(), preview(EVERYTHING, "en", &example)),
        (
            "right-to-left".to_owned(),
            preview(EVERYTHING, "ar", &example),
        ),
        ("branded".to_owned(), preview(EVERYTHING, "en", &brand())),
    ]
}

/// The seed and every construct with the program's words in each of its other languages.
fn translations() -> Vec<(String, Preview)> {
    let example = Settings::example();
    let mut mails = Vec::new();
    for language in ["ar", "de", "es", "fr", "ko", "nl", "pt"] {
        for (name, file) in [("seed", SEED), ("everything", EVERYTHING)] {
            let preview = preview(file, language, &example);
            let root = format!("<html lang=\"{language}\"");
            assert!(preview.base.bodies.html.contains(&root), "{language}");
            mails.push((format!("{name}-{language}"), preview));
        }
    }
    mails
}

const SEED: &str = "bulletins/2018-03-18.toml";
const EVERYTHING: &str = "tests/fixtures/everything.toml";

/// A bulletin as if it were written in a language.
fn preview(file: &str, language: &str, settings: &Settings) -> Preview {
    let text = fs::read_to_string(support::path(file)).unwrap();
    let text = text.replace("language = \"en\"", &format!("language = \"{language}\""));
    let (source, found) = SourceFile::from_bytes(file, text.as_bytes());
    let checked = support::check_source(&source, found).0.unwrap();
    Preview::new(&checked.into(), settings, Signer::none(), support::date())
}

/// Another house's colours and fonts, its button, links and words at the foot.
fn brand() -> Settings {
    let text = support::branded()
        .replace("#1d4f60", "#7a1f3d")
        .replace("#f3f1ec", "#faf3e8")
        .replace("\"Arial\"", "\"Verdana\"");
    support::settings(&text)
}

/// Pictures of all mails stay in `target/tmp/html/pictures`.
#[test]
#[ignore = "needs Chromium, Node, and `npm ci --prefix tests/html`; CI runs it"]
fn browsers_and_linters_find_no_fault() {
    prove("html", &mails(), &[]);
}

/// What another language may break: how long a word is, its direction, its letters.
#[test]
#[ignore = "needs Chromium, Node, and `npm ci --prefix tests/html`; CI runs it"]
fn no_language_leaves_the_screen_or_the_reader_alone() {
    prove(
        "html-languages",
        &translations(),
        &["valid", "axe", "boxes"],
    );
}

/// Puts rules to mails, or all rules. Pictures of the mails stay in `pictures` in the folder.
fn prove(folder: &str, mails: &[(String, Preview)], rules: &[&str]) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    for (name, preview) in mails {
        fs::write(
            folder.join(format!("{name}.html")),
            &preview.base.bodies.html,
        )
        .unwrap();
        let parts: serde_json::Map<_, _> = preview
            .edition
            .base
            .images
            .iter()
            .map(|embedded| {
                let part = serde_json::json!({
                    "type": embedded.image.kind.media_type(),
                    "base64": STANDARD.encode(&embedded.image.bytes),
                });
                (embedded.content_id.clone(), part)
            })
            .collect();
        let parts = serde_json::Value::Object(parts).to_string();
        fs::write(folder.join(format!("{name}.parts.json")), parts).unwrap();
    }
    let mut arguments = vec![folder.as_os_str()];
    arguments.extend(rules.iter().map(OsStr::new));
    support::node("prove.mjs", &arguments);
}
