//! The HTML body under the tools of others: axe, html-validate, the tables of
//! caniemail.com, and Chromium, in light and dark. `tests/html` has the rules.

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use epistle::diagnostic::SourceFile;
use epistle::letter::Signer;
use epistle::preview::Preview;
use epistle::settings::Settings;

use crate::support;

/// The mails that are looked at: the seed, every construct, and that in a
/// language of the other direction and under a brand.
fn mails() -> Vec<(&'static str, Preview)> {
    let preview = |checked: &_, settings: &Settings| {
        Preview::new(checked, settings, Signer::none(), support::date())
    };
    let example = Settings::example();
    let everything = support::path("tests/fixtures/everything.toml");
    let everything = fs::read_to_string(everything).unwrap();
    let arabic = everything.replace("language = \"en\"", "language = \"ar\"");
    assert_ne!(arabic, everything);
    let (source, found) =
        SourceFile::from_bytes("tests/fixtures/everything.toml", arabic.as_bytes());
    let arabic = support::check_source(&source, found).0.unwrap();
    vec![
        (
            "seed",
            preview(&support::issue("bulletins/2018-03-18.toml"), &example),
        ),
        (
            "everything",
            preview(&support::issue("tests/fixtures/everything.toml"), &example),
        ),
        ("right-to-left", preview(&arabic.into(), &example)),
        (
            "branded",
            preview(&support::issue("tests/fixtures/everything.toml"), &brand()),
        ),
    ]
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
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("html");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    for (name, preview) in mails() {
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
    support::node("prove.mjs", &[folder.as_os_str()]);
}
