//! Where the mark of a pseudonym goes, in whole letters.

use epistle::diagnostic::SourceFile;
use epistle::edition::Edition;
use epistle::settings::Settings;

use crate::support;

/// The plain body of a bulletin with this title and item, whose names are pseudonyms.
fn text(names: &[&str], title: &str, item: &str) -> String {
    let names: String = names
        .iter()
        .map(|name| format!("[[name]]\nshown = \"{name}\"\nkind = \"pseudonym\"\n"))
        .collect();
    let written = format!(
        "id = \"plain\"\ndate = 2018-03-18\nlanguage = \"en\"\nstatus = \"ready\"\ntitle = \"{title}\"\nsubject = \"Prayer\"\n{names}[[section]]\n[[section.item]]\ntext = \"\"\"{item}\"\"\"\n"
    );
    let (source, found) = SourceFile::from_bytes("plain.toml", written.as_bytes());
    let (checked, findings) = support::check_source(&source, found);
    let checked = checked.unwrap_or_else(|| panic!("{}", support::drawn(&findings)));
    Edition::freeze(&checked.clone().into(), &Settings::example().sender)
        .base
        .bodies
        .text
}

#[test]
fn the_mark_follows_the_first_mention() {
    for (names, item, shown) in [
        (&["Abha"][..], "Abha, and Abha.", "Abha*, and Abha."),
        (&["Abha"], "*Abha*’s house, Abha", "Abha’s* house, Abha"),
        (&["An"], "**An**astasia and An", "Anastasia and An*"),
        (&["Ruth"], "Ru*th* came", "Ruth* came"),
        (
            &["Mary Ann"],
            "*Mary* Ann and Mary Ann",
            "Mary Ann* and Mary Ann",
        ),
        (&["Mary Ann"], "Mary  \n  Ann", "Mary Ann*"),
        (
            &["Ana", "Ana Maria"],
            "Ana Maria met Ana.",
            "Ana Maria* met Ana*.",
        ),
        (
            &["Maria", "Ana Maria"],
            "Ana Maria came. Maria left.",
            "Ana Maria* came. Maria* left.",
        ),
        (
            &["Abha"],
            "We gave Abha 10,000 rupees. Abha walked.",
            "We gave Abha* 10,000 rupees. Abha walked.",
        ),
        (
            &["Abha"],
            "See <https://www.example.org/Abha> of Abha",
            "See https://www.example.org/Abha of Abha*",
        ),
        (&["美咲"], "美咲さんのために", "美咲*さんのために"),
    ] {
        let text = text(names, "Prayer", item);
        assert!(text.contains(&format!("  • {shown}\n")), "{item}: {text}");
        assert_eq!(
            text.matches("* Name changed to protect the person.")
                .count(),
            1,
            "{text}"
        );
    }
}

#[test]
fn a_name_in_the_title_is_marked_there() {
    let text = text(&["Abha"], "Pray for Abha", "Abha is well.");
    assert!(
        text.starts_with("Pray for Abha*\n==============\n"),
        "{text}"
    );
    assert!(text.contains("• Abha is well."), "{text}");
}

#[test]
fn more_names_than_any_bulletin_needs_are_refused() {
    let names: String = (0..201)
        .map(|index| format!("[[name]]\nshown = \"Name{index}\"\nkind = \"staff\"\n"))
        .collect();
    let (source, found) = SourceFile::from_bytes("plain.toml", names.as_bytes());
    let findings = support::check_source(&source, found).1;
    let told = findings
        .iter()
        .find(|finding| finding.code == "too-many-names")
        .unwrap();
    assert_eq!(source.position(told.span().unwrap().start).line, 602);
}
