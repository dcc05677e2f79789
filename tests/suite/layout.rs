//! What must hold of the bytes of the HTML body, whoever reads it: the rows of
//! the checklist that need no browser. Those that do are in `html.rs`.

use epistle::edition::Edition;
use epistle::settings::Settings;

use crate::support;

/// The HTML bodies of the seed and of every construct, plain and under a brand.
fn bodies() -> Vec<(&'static str, String)> {
    let example = Settings::example();
    let branded = support::settings(&support::branded());
    let html = |relative: &str, settings: &Settings| {
        let checked = support::checked(relative);
        Edition::freeze(&checked.clone().into(), &settings.sender)
            .base
            .bodies
            .html
    };
    vec![
        ("seed", html("bulletins/2018-03-18.toml", &example)),
        (
            "everything",
            html("tests/fixtures/everything.toml", &example),
        ),
        ("branded", html("tests/fixtures/everything.toml", &branded)),
    ]
}

/// The values of an attribute, in order.
fn values<'h>(html: &'h str, attribute: &str) -> Vec<&'h str> {
    let start = format!(" {attribute}=\"");
    html.match_indices(&start)
        .map(|(at, _)| html[at + start.len()..].split('"').next().unwrap())
        .collect()
}

/// The words that are seen, in bytes of UTF-8, each two with one space between.
fn visible(html: &str) -> usize {
    let body = &html[html.find("<div class=\"b\"").unwrap()..];
    let mut words = String::new();
    let mut inside = false;
    for char in body.chars() {
        match char {
            '<' => (inside, _) = (true, words.push(' ')),
            '>' => inside = false,
            _ if !inside => words.push(char),
            _ => {}
        }
    }
    words.split_whitespace().map(|word| word.len() + 1).sum()
}

#[test]
fn nothing_that_mail_programs_drop_is_in_an_attribute() {
    for (name, html) in bodies() {
        for style in values(&html, "style") {
            for declaration in style.split(';') {
                let (property, value) = declaration.split_once(':').unwrap();
                let known = [
                    "background-color",
                    "border",
                    "border-left",
                    "border-right",
                    "border-top",
                    "color",
                    "display",
                    "font",
                    "font-size",
                    "font-style",
                    "font-weight",
                    "height",
                    "line-height",
                    "margin",
                    "max-height",
                    "max-width",
                    "mso-hide",
                    "mso-padding-alt",
                    "mso-special-format",
                    "overflow",
                    "padding",
                    "text-align",
                    "text-decoration",
                    "width",
                    "word-break",
                ];
                assert!(known.contains(&property), "{name}: {declaration}");
                for modern in [
                    "!important",
                    "var(",
                    "calc(",
                    "rem",
                    "vw",
                    "rgb",
                    "hsl",
                    "-",
                ] {
                    let is_ours = property.starts_with("font")
                        || property.starts_with("word")
                        || property == "display";
                    assert!(!value.contains(modern) || is_ours, "{name}: {declaration}");
                }
                for (at, _) in value.match_indices('#') {
                    let colour = value[at + 1..].split(' ').next().unwrap();
                    let is_hex = colour.bytes().all(|byte| byte.is_ascii_hexdigit());
                    assert!(is_hex && colour.len() == 6, "{name}: {declaration}");
                }
            }
        }
        for forbidden in [
            "<script",
            "<form",
            "<iframe",
            "<svg",
            "<link",
            "<base",
            "<video",
            "<audio",
            "url(",
            "@import",
            "@font-face",
            " on",
            "<header",
            "<footer",
            "<nav",
            "<main",
            "<aside",
            "<!-- ",
            "\t",
            ">\n",
            "  ",
        ] {
            let tags: String = html
                .split('<')
                .skip(1)
                .map(|tag| tag.split('>').next().unwrap())
                .collect();
            let place = if forbidden == " on" { &tags } else { &html };
            let found = place
                .find(forbidden)
                .map(|at| &place[at..place.len().min(at + 60)]);
            let is_text = found.is_some_and(|found| {
                forbidden == " on" && !found[3..].starts_with(char::is_alphabetic)
            });
            assert!(found.is_none() || is_text, "{name}: {forbidden}: {found:?}");
        }
    }
}

#[test]
fn links_and_pictures_lead_where_they_may() {
    for (name, html) in bodies() {
        for href in values(&html, "href") {
            assert!(
                href.starts_with("https://") || href.starts_with("mailto:"),
                "{name}: {href}"
            );
        }
        for src in values(&html, "src") {
            assert!(
                src.starts_with("cid:") && src.contains('@'),
                "{name}: {src}"
            );
        }
        let count = |part: &str| html.matches(part).count();
        assert_eq!(
            count("<a "),
            count("text-decoration:underline"),
            "{name}: every link is underlined"
        );
        assert_eq!(count("<table"), count("role=\"presentation\""), "{name}");
        assert_eq!(
            count("<table"),
            count("cellpadding=\"0\" cellspacing=\"0\" border=\"0\""),
            "{name}"
        );
        assert_eq!(
            count("<img"),
            values(&html, "alt")
                .iter()
                .filter(|alt| !alt.is_empty())
                .count(),
            "{name}"
        );
        assert_eq!(count("<h1"), 1, "{name}");
    }
}

#[test]
fn the_head_is_what_each_mail_program_asks_for() {
    for (name, html) in bodies() {
        let head = &html[..html.find("</head>").unwrap()];
        assert!(
            head.starts_with("<!DOCTYPE html><html lang=\"en\" dir=\"ltr\""),
            "{name}"
        );
        assert!(head.find("charset=\"utf-8\"").unwrap() < 1_000, "{name}");
        let title = head
            .split("<title>")
            .nth(1)
            .unwrap()
            .split("</title>")
            .next()
            .unwrap();
        assert_eq!(values(&html, "aria-label"), [title], "{name}");
        // Only in the head, 16 KB at most, and no @ inside an @ but the one (Gmail).
        let style = head.split("<style>").nth(2).unwrap();
        assert!(
            style.len() < 8_192 && style.matches('@').count() == 1,
            "{name}"
        );
        assert_eq!(
            style.matches("!important").count(),
            style.matches(" !important").count(),
            "{name}"
        );
        assert_eq!(html.matches("<style").count(), 2, "{name}");
        assert_eq!(
            html.matches("<!--[if mso]>").count(),
            html.matches("<![endif]-->").count(),
            "{name}"
        );
    }
}

#[test]
fn bytes_follow_the_words() {
    for (name, html) in bodies() {
        let (bytes, words) = (html.len(), visible(&html));
        // A bulletin of every construct has a table, a button or a picture for every other sentence.
        let base = if name == "seed" { 4_096 } else { 7_168 };
        let most = base + words * 18 / 10;
        assert!(
            bytes <= most,
            "{name}: {bytes} bytes for {words} of words; {most} are the most"
        );
    }
}

/// Forty items of 75 words, as a long month has, under four headings with an intro each.
#[test]
fn forty_items_are_shown_whole_by_gmail() {
    let head = std::fs::read_to_string(support::path("bulletins/2018-03-18.toml")).unwrap();
    let head = &head[..head.find("[[section]]").unwrap()];
    let item = format!(
        "[[section.item]]\nkind = \"praise\"\ntext = \"{}\"\n",
        "prayers ".repeat(75)
    );
    let section = format!(
        "[[section]]\nheading = \"A region\"\nintro = \"A word.\"\n{}",
        item.repeat(10)
    );
    let text = head.replace("Jeremías", "prayers") + &section.repeat(4);
    let (source, found) =
        epistle::diagnostic::SourceFile::from_bytes("2018-03-18.toml", text.as_bytes());
    let checked = support::check_source(&source, found).0.unwrap();
    let html = Edition::freeze(&checked.clone().into(), &Settings::example().sender)
        .base
        .bodies
        .html;
    assert!(
        html.len() <= 4_096 + visible(&html) * 18 / 10,
        "{}",
        html.len()
    );
    assert!(html.len() < 50 * 1_024, "{}", html.len());
    // No table is taller than a page of Word: ten items of ten lines are two.
    assert_eq!(html.matches("<ul").count(), 8);
    assert_eq!(html.matches("<h2").count(), 4);
}

/// An address in Latin letters under an Arabic letter, and the other way round.
#[test]
fn words_that_run_against_the_letter_are_set_apart() {
    let example = Settings::example();
    let html = |language: &str| {
        let file = "tests/fixtures/everything.toml";
        let text = std::fs::read_to_string(support::path(file)).unwrap();
        let text = text.replace("language = \"en\"", &format!("language = \"{language}\""));
        let (source, found) = epistle::diagnostic::SourceFile::from_bytes(file, text.as_bytes());
        let checked = support::check_source(&source, found).0.unwrap();
        Edition::freeze(&checked.into(), &example.sender)
            .base
            .bodies
            .html
    };
    let address = "1 Example Street, Exampletown";
    let (english, arabic) = (html("en"), html("ar"));
    assert!(arabic.contains(&format!("<span dir=\"ltr\">{address}</span>")));
    assert!(english.contains(&format!("<br>{address}</p>")));
    assert!(english.contains("<span dir=\"rtl\">صلّوا من أجل السلام.</span>"));
    assert!(arabic.contains(">صلّوا من أجل السلام.</p>"));
}
