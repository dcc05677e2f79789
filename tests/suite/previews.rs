//! The four files of a preview as they were looked at and approved.

use epistle::letter::Signer;
use epistle::preview::Preview;
use epistle::settings::Settings;

fn preview(relative: &str) -> Preview {
    Preview::new(
        &crate::support::issue(relative),
        &Settings::example(),
        Signer::none(),
        crate::support::date(),
    )
}

/// CRLF is shown as it is in the file: a letter's snapshot has `\r` before each line end.
fn letter(preview: &Preview) -> String {
    let text = String::from_utf8(preview.base.letter.bytes.clone()).unwrap();
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    text.replace("\r\n", "\n")
}

/// The review page without its styles and without the mails in it, which other snapshots hold; an element a line.
fn page(preview: &Preview) -> String {
    let mut page = preview.page();
    for (open, close) in [("<style>", "</style>"), ("srcdoc='", "'></iframe>")] {
        let mut parts = page.split(open);
        let mut shown = parts.next().unwrap().to_owned();
        for part in parts {
            shown = shown + open + "…" + &part[part.find(close).unwrap()..];
        }
        page = shown;
    }
    for element in [
        "section", "div", "p", "li", "tr", "h2", "h3", "label", "meta", "figure",
    ] {
        page = page.replace(&format!("<{element}"), &format!("\n<{element}"));
    }
    page
}

fn snapshots(name: &str, preview: &Preview) {
    insta::assert_snapshot!(format!("{name}.html"), page(preview));
    insta::assert_snapshot!(format!("{name}.eml"), letter(preview));
    insta::assert_snapshot!(format!("{name}.mail.html"), preview.base.bodies.html);
    insta::assert_snapshot!(format!("{name}.txt"), preview.base.bodies.text);
}

#[test]
fn the_seed() {
    snapshots("seed", &preview("bulletins/2018-03-18.toml"));
}

#[test]
fn every_construct() {
    snapshots("everything", &preview("tests/fixtures/everything.toml"));
}

/// With every key of `[brand]`.
#[test]
fn a_brand() {
    let settings = crate::support::settings(&crate::support::branded());
    let checked = crate::support::issue("bulletins/2018-03-18.toml");
    let preview = Preview::new(&checked, &settings, Signer::none(), crate::support::date());
    insta::assert_snapshot!("branded.mail.html", preview.base.bodies.html);
    insta::assert_snapshot!("branded.txt", preview.base.bodies.text);
}

#[test]
fn the_same_bulletin_gives_the_same_bytes() {
    let [one, two] = [(); 2].map(|()| preview("tests/fixtures/everything.toml"));
    assert_eq!(one.base.letter.bytes, two.base.letter.bytes);
    assert_eq!(one.page(), two.page());
}

#[test]
fn the_picture_in_the_readme_is_of_todays_mail() {
    use aws_lc_rs::digest::{SHA256, digest};
    let preview = preview("bulletins/2018-03-18.toml");
    let digest = digest(&SHA256, preview.base.bodies.html.as_bytes());
    let digest: String = digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let taken_of =
        std::fs::read_to_string(crate::support::path("tests/pictures/mail.html.sha256")).unwrap();
    assert_eq!(
        digest,
        taken_of.trim(),
        "run tests/pictures/make, and look at the picture"
    );
}
