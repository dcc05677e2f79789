//! Both bodies say the same words in the same order; only the notes that tell
//! where links lead stand in one alone.

use epistle::edition::Edition;
use epistle::render::Bodies;
use epistle::settings::Settings;

use crate::support;

/// Elements whose ends are no ends of words.
const INLINE: [&str; 4] = ["a", "em", "strong", "span"];

/// The words that a reader of the HTML body sees, the hidden preheader left out.
fn html_words(html: &str) -> Vec<String> {
    let body = &html[html.find("<body").unwrap()..];
    let mut shown = String::new();
    let mut hidden_until = None;
    let mut rest = body;
    while let Some(start) = rest.find('<') {
        if hidden_until.is_none() {
            shown.push_str(&rest[..start]);
        }
        let end = start + rest[start..].find('>').unwrap();
        let tag = &rest[start + 1..end];
        let name = tag
            .trim_start_matches('/')
            .split([' ', '>'])
            .next()
            .unwrap();
        if tag.contains("display:none") {
            hidden_until = Some(format!("/{name}"));
        } else if hidden_until.as_deref() == Some(tag) {
            hidden_until = None;
        }
        if !INLINE.contains(&name) {
            shown.push(' ');
        }
        // What stands for a picture.
        if let Some((_, alt)) = tag.split_once(" alt=\"") {
            shown.push_str(&format!("[{}] ", alt.split('"').next().unwrap()));
        }
        rest = &rest[end + 1..];
    }
    let decoded = shown
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&");
    decoded.split_whitespace().map(str::to_owned).collect()
}

/// The words of the plain body without what stands for layout: rules under
/// headings, bullets, the numbers of link notes and the notes themselves, and
/// the address under "Unsubscribe".
fn text_words(text: &str) -> Vec<String> {
    let is_rule = |line: &str| {
        line.len() > 2
            && ['=', '-', '_']
                .iter()
                .any(|char| line.chars().all(|other| other == *char))
    };
    let is_note = |line: &str| {
        line.starts_with('[') && (line.contains("] https://") || line.contains("] mailto:"))
    };
    let is_target =
        |line: &str| line.starts_with("mailto:") || line.starts_with("https://example.org/u/");
    text.lines()
        .filter(|line| !is_rule(line) && !is_note(line) && !is_target(line))
        .flat_map(str::split_whitespace)
        .filter(|word| *word != "•" && !is_number(word))
        .map(str::to_owned)
        .collect()
}

/// `[12]`, perhaps with a stop after it.
fn is_number(word: &str) -> bool {
    word.strip_prefix('[')
        .and_then(|rest| rest.trim_end_matches(['.', ',']).strip_suffix(']'))
        .is_some_and(|number| {
            !number.is_empty() && number.chars().all(|char| char.is_ascii_digit())
        })
}

fn bodies(relative: &str) -> Bodies {
    Edition::freeze(&support::issue(relative), &Settings::example().sender)
        .base
        .bodies
}

fn assert_parity(bodies: &Bodies) {
    // Where a script has no spaces, a line may end inside what HTML has in one piece.
    let joined = |words: Vec<String>| words.concat();
    assert_eq!(
        joined(text_words(&bodies.text)),
        joined(html_words(&bodies.html))
    );
    let ascii = |words: Vec<String>| {
        words
            .into_iter()
            .filter(|word| word.is_ascii())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        ascii(text_words(&bodies.text)),
        ascii(html_words(&bodies.html))
    );
}

#[test]
fn the_seed_says_the_same_in_both_bodies() {
    let bodies = bodies("bulletins/2018-03-18.toml");
    assert_eq!(text_words(&bodies.text), html_words(&bodies.html));
    assert!(
        text_words(&bodies.text).len() > 400,
        "there is something to compare"
    );
}

#[test]
fn every_construct_says_the_same_in_both_bodies() {
    assert_parity(&bodies("tests/fixtures/everything.toml"));
}

#[test]
fn a_brand_says_the_same_in_both_bodies() {
    let settings = support::settings(&support::branded());
    let checked = support::checked("tests/fixtures/everything.toml");
    let bodies = Edition::freeze(&checked.clone().into(), &settings.sender)
        .base
        .bodies;
    assert_parity(&bodies);
    assert!(bodies.text.contains("Support our work [") && bodies.text.contains("charity 123456"));
}

#[test]
fn a_word_missing_in_one_body_would_be_seen() {
    let Bodies { text, html } = bodies("bulletins/2018-03-18.toml");
    assert_ne!(
        text_words(&text.replacen("Kenya", "", 1)),
        html_words(&html)
    );
    assert_ne!(
        text_words(&text),
        html_words(&html.replacen("Unsubscribe", "", 1))
    );
    assert_ne!(
        text_words(&text),
        html_words(&html.replacen(" Kenya", "Kenya", 1))
    );
}

#[test]
fn a_pseudonym_is_marked_once_and_explained_once_in_each_body() {
    let Bodies { text, html } = bodies("bulletins/2018-03-18.toml");
    for body in [&text, &html] {
        assert_eq!(body.matches("Jeremías").count(), 4);
        assert_eq!(body.matches("Jeremías*").count(), 1);
        assert!(body.find("Jeremías*") == body.find("Jeremías"));
        assert_eq!(
            body.matches("* Name changed to protect his identity.")
                .count(),
            1
        );
    }
    assert!(text.contains("\n— Jeremiah 20:13\n"));
}

#[test]
fn no_line_of_the_plain_body_is_wider_than_72_columns_but_one_that_is_an_address() {
    for relative in [
        "bulletins/2018-03-18.toml",
        "tests/fixtures/everything.toml",
    ] {
        for line in bodies(relative).text.lines() {
            let width = unicode_width::UnicodeWidthStr::width(line);
            let is_address = line
                .trim()
                .split(' ')
                .next_back()
                .is_some_and(|word| word.contains(':'))
                && line.split_whitespace().count() <= 2;
            assert!(width <= 72 || is_address, "{width}: {line}");
            assert_eq!(line, line.trim_end(), "no line ends with a space");
        }
    }
}
