//! The four files of a preview, whole, as they were looked at and approved.

use epistle::preview::Preview;
use epistle::settings::Settings;

fn preview(relative: &str) -> Preview {
    Preview::new(
        &crate::support::checked(relative),
        &Settings::example(),
        crate::support::date(),
    )
}

/// CRLF is shown as it is in the file: a letter's snapshot has `\r` before each line end.
fn letter(preview: &Preview) -> String {
    let text = String::from_utf8(preview.letter.bytes.clone()).unwrap();
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    text.replace("\r\n", "\n")
}

fn snapshots(name: &str, preview: &Preview) {
    insta::assert_snapshot!(format!("{name}.html"), preview.page());
    insta::assert_snapshot!(format!("{name}.eml"), letter(preview));
    insta::assert_snapshot!(format!("{name}.mail.html"), preview.bodies.html);
    insta::assert_snapshot!(format!("{name}.txt"), preview.bodies.text);
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
    let checked = crate::support::checked("bulletins/2018-03-18.toml");
    let preview = Preview::new(&checked, &settings, crate::support::date());
    insta::assert_snapshot!("branded.mail.html", preview.bodies.html);
    insta::assert_snapshot!("branded.txt", preview.bodies.text);
}

#[test]
fn the_same_bulletin_gives_the_same_bytes() {
    let [one, two] = [(); 2].map(|()| preview("tests/fixtures/everything.toml"));
    assert_eq!(one.letter.bytes, two.letter.bytes);
    assert_eq!(one.page(), two.page());
}

#[test]
fn the_page_shows_the_html_body_unchanged_and_loads_nothing() {
    let preview = preview("bulletins/2018-03-18.toml");
    let page = preview.page();
    let start = page.find("srcdoc=\"").unwrap() + "srcdoc=\"".len();
    let end = start + page[start..].find('"').unwrap();
    let shown = page[start..end]
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    assert_eq!(shown, preview.bodies.html);
    for loads in ["<script", "src=", "@import", "url(", "<link"] {
        assert!(!page.contains(loads), "{loads}");
    }
}

#[test]
fn pictures_are_seen_in_the_page_and_stay_parts_in_the_letter() {
    let preview = preview("tests/fixtures/everything.toml");
    let page = preview.page();
    let [embedded] = preview.edition.images.as_slice() else {
        panic!("there is one picture");
    };
    assert!(page.contains("src=&quot;data:image/jpeg;base64,/9j/") && !page.contains("cid:"));
    let asked = format!("src=\"cid:{}\"", embedded.content_id);
    assert!(preview.bodies.html.contains(&asked));
}

#[test]
fn the_picture_in_the_readme_is_of_todays_mail() {
    use sha2::{Digest, Sha256};
    let preview = preview("bulletins/2018-03-18.toml");
    let digest = Sha256::digest(preview.bodies.html.as_bytes());
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let taken_of =
        std::fs::read_to_string(crate::support::path("tests/pictures/mail.html.sha256")).unwrap();
    assert_eq!(
        digest,
        taken_of.trim(),
        "run tests/pictures/make, and look at the picture"
    );
}
