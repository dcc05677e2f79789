//! The files of an edition in several languages: what is wrong with them, what
//! they must share, and where they are unlike.

use std::fs;

use crate::support;
use crate::translations::{BASE, DUTCH, site};

#[test]
fn faults_of_all_files_are_told_at_once() {
    let site = site("faults");
    assert_eq!(site.ends(0, &["check", BASE]).out, "", "nothing to find");
    site.edit(BASE, "kind = \"praise\"", "kind = \"prase\"");
    site.edit(DUTCH, "title =", "titel =");
    site.put("bulletins/2026-11-20.ko.toml", "language = \"ja\"\n");
    site.put("bulletins/2026-11-20.old version.toml", &site.read(BASE));
    let ran = site.ends(3, &["check", BASE]);
    insta::assert_snapshot!("all_at_once", ran.out);
}

#[test]
fn what_all_languages_share_stands_once_or_is_the_same() {
    let site = site("shared");
    let shared = "id = \"2026-11-20\"\ndate = 2026-11-20\nsend_at = 2026-11-20T06:00:00Z\nsend_within = \"6 h\"\n";
    let wrong = "id = \"2026-11-13\"\ndate = 2026-11-13\nsend_at = 2026-11-20T07:00:00+01:00\nsend_within = \"7 h\"\naudience = \"staff\"\n";
    let base = site
        .read(BASE)
        .replace("id = \"2026-11-20\"\ndate = 2026-11-20\n", shared);
    site.put(BASE, &base);
    assert_eq!(site.ends(0, &["check", BASE]).out, "", "left out");
    let dutch = site.read(DUTCH);
    site.put(DUTCH, &(shared.to_owned() + &dutch));
    assert_eq!(site.ends(0, &["check", BASE]).out, "", "the same");
    site.put(DUTCH, &(wrong.to_owned() + &dutch));
    let named = "[[name]]\nshown = \"Abha\"\nkind = \"public\"\n\n[scripture]";
    site.edit(DUTCH, "[scripture]", named);
    site.edit("bulletins/2026-11-20.ko.toml", "\"ko\"", "\"en\"");
    fs::rename(
        site.path("bulletins/2026-11-20.ko.toml"),
        site.path("bulletins/2026-11-20.en.toml"),
    )
    .unwrap();
    site.put("bulletins/2026-11-20.NL.toml", &dutch);
    let ran = site.ends(3, &["check", BASE]);
    insta::assert_snapshot!("shared", ran.out);
}

#[test]
fn two_translations_into_one_language_are_one_too_many() {
    let site = site("twice");
    site.put("bulletins/2026-11-20.NL.toml", &site.read(DUTCH));
    let ran = site.ends(3, &["check", BASE]);
    insta::assert_snapshot!("twice", ran.out);
    site.ends(3, &["send", BASE, "--yes"]);
    assert!(site.got().is_empty());
}

/// Else its readers would get the bulletin itself, and nobody would know.
#[test]
fn a_translation_whose_ending_is_misspelt_is_not_left_out() {
    let site = site("translation-ending");
    let arabic = site.path("bulletins/2026-11-20.ar.toml");
    for ending in ["ar.TOML", "ar.toml.txt"] {
        let misnamed = site.path(&format!("bulletins/2026-11-20.{ending}"));
        std::fs::rename(&arabic, &misnamed).unwrap();
        let ran = site.ends(3, &["check", BASE]);
        let words = format!("`{ending}` is no language tag");
        assert!(
            ran.out.contains(&words) && ran.out.contains("ends with .ar.toml"),
            "{}",
            ran.out
        );
        std::fs::rename(&misnamed, &arabic).unwrap();
    }
    site.ends(0, &["check", BASE]);
}

#[test]
fn nobody_translates_into_fifty_one_languages() {
    let site = site("many");
    let dutch = site.read(DUTCH);
    for letter in 'a'..='z' {
        for end in ["x", "z"] {
            let tag = format!("{letter}{end}");
            let text = dutch.replace("\"nl\"", &format!("\"{tag}\""));
            site.put(&format!("bulletins/2026-11-20.{tag}.toml"), &text);
        }
    }
    let ran = site.ends(3, &["check", BASE]);
    assert_eq!(ran.out.matches("error[").count(), 1, "{}", ran.out);
    assert!(ran.out.contains("error[too-many-translations]"));
}

#[test]
fn a_translation_that_is_unlike_its_base_is_warned_of() {
    let site = site("unlike");
    site.edit(BASE, "text = \"Pray for rain", "image = { file = \"logo.png\", alt = \"A sheaf\", people = \"nobody\" }\ntext = \"Pray for rain");
    fs::copy(
        support::path("tests/fixtures/logo.png"),
        site.path("bulletins/logo.png"),
    )
    .unwrap();
    fs::copy(
        support::path("tests/fixtures/harvest.jpg"),
        site.path("bulletins/harvest.jpg"),
    )
    .unwrap();
    site.edit(DUTCH, "closing = \"Wij danken God voor u.\"\n", "");
    site.edit(DUTCH, "23:1", "24:1");
    site.edit(DUTCH, "kind = \"urgent\"\n", "");
    site.edit(DUTCH, "/nl/harvest", "/nl/harvest-1");
    site.edit(DUTCH, "text = \"Bid om", "image = { file = \"harvest.jpg\", alt = \"Een schoof\", people = \"nobody\" }\ntext = \"Bid om");
    site.edit(DUTCH, "Abha", "Abbha");
    let korean = "bulletins/2026-11-20.ko.toml";
    site.edit(
        korean,
        "heading = \"아프리카\"",
        "id = \"asia\"\nheading = \"아프리카\"",
    );
    let arabic = "bulletins/2026-11-20.ar.toml";
    let text = site.read(arabic);
    let end = text.find("[[section]]\nheading = \"أفريقيا\"").unwrap();
    site.put(arabic, &text[..end]);
    let ran = site.ends(0, &["check", BASE]);
    insta::assert_snapshot!("unlike", ran.out);
    site.put(
        arabic,
        &text.replace(
            "[[section.item]]\ntext = \"صلّوا",
            "[[section.item]]\ntext = \"سلام\"\n\n[[section.item]]\ntext = \"صلّوا",
        ),
    );
    let ran = site.ends(0, &["check", BASE]);
    assert!(
        ran.out
            .contains("this section has 3 items, and that of the bulletin has 2"),
        "{}",
        ran.out
    );
}

#[test]
fn a_translation_is_no_argument_of_its_own() {
    let site = site("arguments");
    let mut told = String::new();
    for command in ["preview", "diff", "send", "proof"] {
        let mut arguments = vec![command, DUTCH];
        if command == "proof" {
            arguments.extend(["--to", "a@example.org"]);
        }
        told += &site.ends(2, &arguments).err;
    }
    insta::assert_snapshot!("arguments", told);
    assert!(site.got().is_empty() && !site.path("preview").exists());
    // Where *.toml names it, its edition is checked once.
    site.edit(DUTCH, "Psalm 23:1", "Psalm 23:2");
    let names = ["check", DUTCH, "bulletins/2026-11-20.ko.toml", BASE];
    let ran = site.ends(0, &names);
    assert_eq!(
        ran.out.matches("translation-scripture").count(),
        1,
        "{ran:#?}"
    );
    assert_eq!(ran.out, site.ends(0, &["check", DUTCH]).out);
}

#[test]
fn the_digest_covers_every_language() {
    let site = site("digest");
    let digest = || {
        let result = site.json(0, &["preview", BASE, "--json"]);
        result["digest"].as_str().unwrap().to_owned()
    };
    let before = digest();
    assert_eq!(digest(), before);
    for language in ["nl", "ar", "ko"] {
        let file = format!("bulletins/2026-11-20.{language}.toml");
        let text = site.read(&file);
        site.put(&file, &(text.clone() + "# a comment is no change\n"));
        assert_eq!(digest(), before, "{language}");
        site.put(&file, &text.replace("/harvest", "/harvest-2"));
        assert_ne!(digest(), before, "{language}");
        site.put(&file, &text);
        assert_eq!(digest(), before, "{language}");
        fs::rename(site.path(&file), site.path("elsewhere.toml")).unwrap();
        assert_ne!(digest(), before, "{language}");
        fs::rename(site.path("elsewhere.toml"), site.path(&file)).unwrap();
    }
    assert_eq!(digest(), before);
}

#[test]
fn a_letter_that_is_too_large_in_one_language_is_told_of_that_one() {
    let site = site("large");
    let item = format!("[[section.item]]\ntext = \"{}\"\n", "woord ".repeat(400));
    site.put(DUTCH, &(site.read(DUTCH) + &item.repeat(50)));
    let ran = site.ends(3, &["check", BASE]);
    assert_eq!(ran.out.matches("error[").count(), 1, "{}", ran.out);
    let told = ran.out.split("error[too-large]").nth(1).unwrap();
    assert!(
        told.contains("--> bulletins/2026-11-20.nl.toml:1:12"),
        "{told}"
    );
    site.ends(3, &["send", BASE, "--yes"]);
    assert!(site.got().is_empty());
}
