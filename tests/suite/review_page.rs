//! The review page, read as a browser reads it: what it has, and that nothing
//! that anybody wrote can make it do anything.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use epistle::diagnostic::SourceFile;
use epistle::diff::{Last, Origin};
use epistle::letter::Signer;
use epistle::preview::{Beat, Preview, broken_page};
use epistle::settings::Settings;
use html5gum::emitters::default::DefaultEmitter;
use html5gum::{Token, Tokenizer};

use crate::support;

const THIS: &str = "tests/fixtures/weeks/2026-03-20.toml";
const LAST: &str = "tests/fixtures/weeks/2026-03-13.toml";
/// What tries to get out of wherever it stands.
const ATTACK: &str = "</iframe></pre></title></style><script>alert(1)</script>\"'>]]><img src=x onerror=alert(1)>&#39;&lt;";

/// A start tag.
#[derive(Debug)]
struct Tag {
    name: String,
    attributes: BTreeMap<String, String>,
}

impl Tag {
    fn get(&self, attribute: &str) -> &str {
        self.attributes.get(attribute).map_or("", String::as_str)
    }
}

/// All start tags and all text outside of styles and scripts, as a browser's tokenizer sees them.
fn read(html: &str) -> (Vec<Tag>, String) {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let owned = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (mut tags, mut text, mut hidden) = (Vec::new(), String::new(), false);
    for token in Tokenizer::new_with_emitter(html, emitter) {
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => {
                let name = owned(&tag.name);
                hidden = name == "style" || name == "script";
                let attributes = tag.attributes.iter();
                tags.push(Tag {
                    name,
                    attributes: attributes
                        .map(|(name, value)| (owned(name), owned(value)))
                        .collect(),
                });
            }
            Token::EndTag(_) => hidden = false,
            Token::String(words) if !hidden => text.push_str(&owned(&words)),
            Token::Error(error) => panic!("{:?}", error.value),
            _ => {}
        }
    }
    (tags, text)
}

/// A preview beside last week's edition.
fn preview(this: &str, last: &str) -> Preview {
    let settings = Settings::example();
    let issue = support::issue(this);
    let before = epistle::edition::Edition::freeze(&support::issue(last), &settings.sender);
    let last = Last {
        id: before.id,
        origin: Origin::Ledger {
            began: "2026-03-13T06:00:00+00:00".to_owned(),
        },
        outlines: vec![(before.base.language, before.base.outline)],
    };
    let mut preview = Preview::new(&issue, &settings, &Signer::default(), support::date());
    preview.compare(&issue, Ok(Some(last)));
    preview
}

fn week() -> Preview {
    preview(THIS, LAST)
}

/// The documents in the frames.
fn frames(tags: &[Tag]) -> Vec<&Tag> {
    tags.iter().filter(|tag| tag.name == "iframe").collect()
}

/// Fails where a page has anything that runs, loads or sends.
fn assert_inert(html: &str) {
    let (tags, _) = read(html);
    for tag in &tags {
        assert!(
            ![
                "script", "object", "embed", "form", "base", "link", "svg", "button"
            ]
            .contains(&tag.name.as_str()),
            "{tag:?}"
        );
        for (name, value) in &tag.attributes {
            assert!(!name.starts_with("on"), "{tag:?}");
            assert!(
                ![
                    "src",
                    "srcset",
                    "action",
                    "background",
                    "formaction",
                    "ping"
                ]
                .contains(&name.as_str()),
                "{tag:?}"
            );
            if name == "href" {
                assert!(
                    value.starts_with('#')
                        || value.starts_with("https://")
                        || value.starts_with("mailto:"),
                    "{tag:?}"
                );
            }
        }
        if tag.name == "iframe" {
            let names: Vec<_> = tag.attributes.keys().map(String::as_str).collect();
            assert_eq!(names, ["sandbox", "srcdoc", "title"]);
            assert_eq!(tag.get("sandbox"), "allow-same-origin");
            assert_inert(tag.get("srcdoc"));
        }
    }
}

fn policy(tags: &[Tag]) -> &str {
    let is_policy = |tag: &&Tag| tag.get("http-equiv") == "Content-Security-Policy";
    tags.iter().find(is_policy).unwrap().get("content")
}

#[test]
fn it_has_its_landmarks_and_every_link_in_it_leads_somewhere() {
    let page = week().page();
    let (tags, text) = read(&page);
    let count = |name: &str| tags.iter().filter(|tag| tag.name == name).count();
    for name in ["header", "nav", "main", "footer", "h1"] {
        assert_eq!(count(name), 1, "{name}");
    }
    let mut ids: Vec<_> = tags
        .iter()
        .map(|tag| tag.get("id"))
        .filter(|id| !id.is_empty())
        .collect();
    ids.sort_unstable();
    let distinct = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), distinct, "an id stands twice");
    for tag in &tags {
        if let Some(id) = tag.get("href").strip_prefix('#') {
            assert!(ids.contains(&id), "{id}");
        }
        for name in ["aria-labelledby", "for"] {
            let id = tag.get(name);
            assert!(id.is_empty() || ids.contains(&id), "{id}");
        }
    }
    for told in [
        "It can’t be sent yet",
        "1 warning",
        "Items: 2 new, 3 changed, 2 no longer there",
        "Friday 20 March 2026, 06:00",
        "Everybody on the lists",
        "as it was sent from 13 March 2026, 06:00 on",
        "Warning, Preheader: the preheader is still that of the last edition",
        "moved from Africa",
        "% of what Gmail shows",
        "prayer@example.org",
    ] {
        assert!(text.contains(told), "{told}");
    }
    assert!(text.contains(&week().edition.digest.to_string()));
}

#[test]
fn the_mail_in_it_is_that_of_the_letter_byte_for_byte() {
    for preview in [
        week(),
        preview(
            "tests/fixtures/everything.toml",
            "bulletins/2018-03-18.toml",
        ),
    ] {
        let parser = mail_parser::MessageParser::default();
        let letter = parser.parse(&preview.base.letter.bytes).unwrap();
        let html = letter.body_html(0).unwrap().replace("\r\n", "\n");
        // Pictures are parts of the letter: the page has them inside the mail, and one look more.
        let html = preview.edition.base.with_pictures(&html);
        let looks = if preview.edition.base.images.is_empty() {
            4
        } else {
            5
        };
        let page = preview.page();
        let (tags, _) = read(&page);
        let frames = frames(&tags);
        assert_eq!(frames.len(), 2 * looks);
        assert_eq!(frames[0].get("srcdoc"), html);
        assert_eq!(frames[1].get("srcdoc"), html);
        // The others are copies, and say so: in the light, in the dark, without a style sheet.
        let [light, dark, bare] = [2, 4, 6].map(|frame| frames[frame].get("srcdoc"));
        assert!(html.contains("prefers-color-scheme") && !light.contains("prefers-color-scheme"));
        assert!(!dark.contains("prefers-color-scheme") && dark.len() > light.len());
        assert!(!bare.contains("<style"));
        let (_, text) = read(&page);
        assert_eq!(text.matches("A copy ").count(), looks - 1);
    }
}

#[test]
fn the_headers_are_those_of_the_letter() {
    let preview = preview("tests/fixtures/everything.toml", LAST);
    let parser = mail_parser::MessageParser::default();
    let letter = parser.parse(&preview.base.letter.bytes).unwrap();
    let (_, text) = read(&preview.page());
    assert!(text.contains(&format!("Subject{}", letter.subject().unwrap())));
    let raw = String::from_utf8_lossy(&preview.base.letter.bytes);
    let raw = raw.split("\r\n\r\n").next().unwrap().replace("\r\n", "\n");
    assert!(text.contains(&raw));
    assert!(text.contains("Envelopebounces@example.org"));
}

#[test]
fn it_asks_for_nothing_and_runs_nothing() {
    let page = week().page();
    assert_inert(&page);
    let (tags, _) = read(&page);
    assert_eq!(
        policy(&tags),
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; img-src data:"
    );
    let style = page
        .split("<style>")
        .nth(1)
        .unwrap()
        .split("</style>")
        .next()
        .unwrap();
    assert!(!style.contains("url(") && !style.contains("@import"));
}

#[test]
fn while_it_is_watched_one_script_runs_and_no_other() {
    use aws_lc_rs::digest::{SHA256, digest};
    use base64::Engine as _;
    let mut preview = week();
    preview.beat = Some(Beat {
        stamp: 17,
        file: "2026-03-20.beat.svg".to_owned(),
    });
    let page = preview.page();
    let (tags, _) = read(&page);
    assert_eq!(tags.iter().filter(|tag| tag.name == "script").count(), 1);
    assert!(page.starts_with(
        "<!DOCTYPE html><html lang=\"en\" data-stamp=\"17\" data-beat=\"2026-03-20.beat.svg\">"
    ));
    let script = page
        .rsplit("<script>")
        .next()
        .unwrap()
        .split("</script>")
        .next()
        .unwrap();
    let hash = base64::engine::general_purpose::STANDARD.encode(digest(&SHA256, script.as_bytes()));
    assert!(policy(&tags).ends_with(&format!("img-src data: file:; script-src 'sha256-{hash}'")));
    assert_eq!(
        preview.beat.unwrap().image(),
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"17\" height=\"1\"/>"
    );
}

/// A bulletin that tries to get out of every field that takes any characters.
fn hostile(id: &str) -> Preview {
    let line = ATTACK.replace('"', "\\\"");
    let rich = line.replace('<', "&lt;").replace('*', "");
    let text = format!(
        "id = \"{id}\"\ndate = 2026-03-20\nlanguage = \"en\"\nstatus = \"draft\"\naudience = \"{line}\"\nauthor = \"{line}\"\n\
         title = \"{line}\"\nsubject = \"{line}\"\npreheader = \"{line}\"\ngreeting = \"{line}\"\nintro = \"{rich}\"\nclosing = \"{rich}\"\n\
         [signature]\nname = \"{line}\"\nrole = \"{line}\"\n[scripture]\ntext = \"{rich}\"\nreference = \"{line}\"\ntranslation = \"{line}\"\n\
         [[name]]\nshown = \"{line}\"\nkind = \"pseudonym\"\nnote = \"{line}\"\n\
         [[section]]\nheading = \"{line}\"\nintro = \"{rich}\"\n[[section.item]]\ntitle = \"{line}\"\n\
         text = \"{rich} [{rich}](https://example.org/?q=%22'%3E{id})\"\nlink = {{ text = \"{line}\", url = \"https://example.org/'\\\"><script>\" }}\n"
    );
    let (source, found) = SourceFile::from_bytes(format!("{id}.toml"), text.as_bytes());
    let (checked, findings) = support::check_source(&source, found);
    let checked = checked.unwrap_or_else(|| panic!("{}", support::drawn(&findings)));
    let mut settings = Settings::example();
    settings.sender.organisation = ATTACK.to_owned();
    settings.sender.postal_address = ATTACK.to_owned();
    let mut preview = Preview::new(
        &checked.clone().into(),
        &settings,
        &Signer::default(),
        support::date(),
    );
    preview.findings.push(
        epistle::diagnostic::Diagnostic::error("attack", ATTACK)
            .at(&source, checked.bulletin().subject.span, ATTACK)
            .help(ATTACK),
    );
    preview
}

#[test]
fn nothing_that_is_written_gets_out_of_its_place() {
    let attacks = |preview: &Preview| {
        read(&preview.page())
            .1
            .matches("<script>alert(1)</script>")
            .count()
    };
    let one = hostile("one");
    assert_inert(&one.page());
    assert!(attacks(&one) > 20, "it is shown as what it is");
    // Nor by way of what it is compared with.
    let mut week = week();
    let last = Last {
        id: ATTACK.to_owned(),
        origin: Origin::Ledger {
            began: ATTACK.to_owned(),
        },
        outlines: vec![(
            one.edition.base.language.clone(),
            one.edition.base.outline.clone(),
        )],
    };
    week.findings.clear();
    week.compare(&support::issue(THIS), Ok(Some(last)));
    assert_inert(&week.page());
    assert!(attacks(&week) > 10);
    let beat = Beat {
        stamp: 1,
        file: "x.beat.svg".to_owned(),
    };
    let broken = broken_page("one", &one.findings, support::date(), &beat);
    let (tags, text) = read(&broken);
    assert_eq!(tags.iter().filter(|tag| tag.name == "script").count(), 1);
    assert!(text.contains("<script>alert(1)</script>"));
    assert_inert(
        &broken
            .replace("<script>(() =>", "")
            .replace("</script></body>", "</body>"),
    );
}

#[test]
fn a_finding_stands_beside_the_item_that_it_speaks_of() {
    let checked = support::checked(THIS);
    let mut preview = week();
    let bulletin = checked.bulletin();
    let item = &bulletin.sections[1].items[0];
    let heading = bulletin.sections[2].heading.as_ref().unwrap();
    for (code, span) in [("one", item.text.span), ("two", heading.span)] {
        let finding = epistle::diagnostic::Diagnostic::warning(code, format!("look at {code}"));
        preview
            .findings
            .push(finding.at(&bulletin.source, span, ""));
    }
    let (_, text) = read(&preview.page());
    assert!(text.contains("Warning, South Asia, item 1: look at one"));
    assert!(text.contains("Warning, Europe: look at two"));
    let changes = &text[text.find("What is newCompared").unwrap()..];
    assert!(changes.contains("See the picturesWarning: look at one. More on this warning"));
    assert!(changes.contains("EuropeWarning: look at two. "));
}

#[test]
fn of_a_long_line_only_the_words_at_fault_are_shown() {
    let mut preview = week();
    let text = format!("{}wrong{}", "é".repeat(5_000), "x ".repeat(5_000));
    let (source, _) = SourceFile::from_bytes("long.toml", text.as_bytes());
    for span in [(10_000, 10_005), (0, text.len()), (text.len(), text.len())] {
        let span = epistle::diagnostic::Span::new(span.0, span.1);
        preview.findings =
            vec![epistle::diagnostic::Diagnostic::error("long", "long").at(&source, span, "")];
        let (_, text) = read(&preview.page());
        let told =
            &text[text.find("long.toml:1").unwrap()..text.find("In the inboxA small").unwrap()];
        assert!(told.len() < 1_200, "{}", told.len());
    }
}

/// What the picture shows: all above the mail. Where `REVIEW_PAGE` names a file,
/// `tests/pictures/make` wants the page there, and the digest beside it.
#[test]
fn the_picture_in_the_readme_is_of_todays_review_page() {
    use aws_lc_rs::digest::{SHA256, digest};
    let page = week().page();
    let shown = page.split("<section id=\"mail\"").next().unwrap();
    let digest = digest(&SHA256, shown.as_bytes());
    let digest: String = digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    if let Some(path) = std::env::var_os("REVIEW_PAGE") {
        fs::write(&path, &page).unwrap();
        fs::write(Path::new(&path).with_extension("sha256"), digest + "\n").unwrap();
        return;
    }
    let file = support::path("tests/pictures/review.html.sha256");
    let taken_of = fs::read_to_string(file).unwrap();
    assert_eq!(
        digest,
        taken_of.trim(),
        "run tests/pictures/make, and look at the picture"
    );
}

/// An edition in four languages.
fn languages() -> Preview {
    let settings = Settings::example();
    let path = support::path("tests/fixtures/translations/2026-11-20.toml");
    let (issue, findings) = epistle::edition::Issue::read(&path, settings.timezone);
    let issue = issue.unwrap_or_else(|| panic!("{}", support::drawn(&findings)));
    let mut preview = Preview::new(&issue, &settings, &Signer::default(), support::date());
    let before = epistle::edition::Edition::freeze(&support::issue(THIS), &settings.sender);
    let last = Last {
        id: before.id,
        origin: Origin::Ledger {
            began: "2026-03-13T06:00:00+00:00".to_owned(),
        },
        outlines: vec![(before.base.language, before.base.outline)],
    };
    preview.compare(&issue, Ok(Some(last)));
    preview
}

/// Writes the pages that are looked at with real tools.
fn pages(folder: &Path) {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).unwrap();
    let mut all = vec![
        ("week", week()),
        (
            "seed",
            preview(
                "bulletins/2018-03-18.toml",
                "tests/fixtures/everything.toml",
            ),
        ),
        (
            "everything",
            preview(
                "tests/fixtures/everything.toml",
                "bulletins/2018-03-18.toml",
            ),
        ),
        ("hostile", hostile("hostile")),
        ("languages", languages()),
    ];
    all[0]
        .1
        .findings
        .push(epistle::diagnostic::Diagnostic::error(
            "made-up",
            "an error without a place",
        ));
    for (name, preview) in all {
        fs::write(folder.join(format!("{name}.html")), preview.page()).unwrap();
    }
}

#[test]
#[ignore = "needs Chromium, Node, and `npm ci --prefix tests/html`; CI runs it"]
fn browsers_find_no_fault_in_it() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("review");
    pages(&folder);
    support::node("review.mjs", &[folder.as_os_str()]);
}
