//! A bulletin and its translations, as one edition: from the files of a folder
//! to the bytes that each reader gets.

use std::collections::BTreeMap;
use std::fs;

use mail_parser::{Message, MessageParser, MimeHeaders};

use crate::site::{Site, send_at};
use crate::support;

pub(crate) const BASE: &str = "bulletins/2026-11-20.toml";
pub(crate) const DUTCH: &str = "bulletins/2026-11-20.nl.toml";

/// People who read what the edition is in, and what it isn't in.
const PEOPLE: &str = "email,name,language\n\
    anna@example.org,Anna,\n\
    jan@example.nl,Jan,nl\n\
    els@example.be,Els,nl-BE\n\
    mina@example.com,,AR\n\
    hana@example.net,Hana,ko-KR\n\
    kofi@example.com,Kofi,sw\n\
    li@example.net,Li,zh-Hant\n";

/// A folder with an edition in four languages.
pub(crate) fn site(name: &str) -> Site {
    let site = Site::new(&format!("translations-{name}")).list("recipients.csv", PEOPLE);
    for language in ["", ".nl", ".ar", ".ko"] {
        let file = format!("2026-11-20{language}.toml");
        let text = fs::read_to_string(support::path(&format!(
            "tests/fixtures/translations/{file}"
        )));
        site.put(&format!("bulletins/{file}"), &text.unwrap());
    }
    site
}

fn parsed(bytes: &[u8]) -> Message<'_> {
    MessageParser::default().parse(bytes).unwrap()
}

/// What a letter says of its language in each place where that is said.
fn languages(message: &Message<'_>) -> [String; 3] {
    let html = message.body_html(0).unwrap();
    let tag = html
        .split("<html ")
        .nth(1)
        .unwrap()
        .split('>')
        .next()
        .unwrap();
    let attribute = |name: &str| {
        let value = tag.split(&format!("{name}=\"")).nth(1).unwrap();
        value.split('"').next().unwrap().to_owned()
    };
    let header = message.header_raw("Content-Language").unwrap().trim();
    [header.to_owned(), attribute("lang"), attribute("dir")]
}

#[test]
fn each_reader_gets_the_letter_in_their_language() {
    let site = site("readers");
    let result = site.json(0, &["send", BASE, "--yes", "--json"]);
    assert_eq!(
        (&result["enrolled"], &result["accepted"]),
        (&7.into(), &7.into())
    );
    let letters = site.letters();
    assert_eq!(letters.len(), 7, "one to each");
    let expected = [
        (
            "anna@example.org",
            "en",
            "Prayer for the week of 20 November",
            "Dear Anna,",
        ),
        (
            "jan@example.nl",
            "nl",
            "Gebed voor de week van 20 november",
            "Beste Jan,",
        ),
        (
            "els@example.be",
            "nl",
            "Gebed voor de week van 20 november",
            "Beste Els,",
        ),
        (
            "mina@example.com",
            "ar",
            "صلاة أسبوع 20 نوفمبر",
            "أصدقاءنا الأعزاء،",
        ),
        (
            "hana@example.net",
            "ko",
            "11월 20일 주간 기도",
            "Hana 님께,",
        ),
        (
            "kofi@example.com",
            "en",
            "Prayer for the week of 20 November",
            "Dear Kofi,",
        ),
        (
            "li@example.net",
            "en",
            "Prayer for the week of 20 November",
            "Dear Li,",
        ),
    ];
    let words = [
        ("en", "in the coming weeks", "Unsubscribe"),
        ("nl", "in de komende weken", "Afmelden"),
        ("ar", "في الأسابيع القادمة", "إلغاء الاشتراك"),
        ("ko", "앞으로 몇 주 동안", "수신 거부"),
    ];
    for (address, language, subject, greeting) in expected {
        let letter = letters
            .iter()
            .find(|letter| letter.to == [address])
            .unwrap();
        let message = parsed(&letter.message);
        assert_eq!(message.subject(), Some(subject), "{address}");
        let direction = if language == "ar" { "rtl" } else { "ltr" };
        assert_eq!(
            languages(&message),
            [language, language, direction],
            "{address}"
        );
        let (text, html) = (message.body_text(0).unwrap(), message.body_html(0).unwrap());
        for body in [&text, &html] {
            assert!(body.contains(greeting), "{address}: {body}");
            for (other, item, way_out) in words {
                let is_own = other == language;
                assert_eq!(body.contains(item), is_own, "{address}: {other}");
                assert_eq!(body.contains(way_out), is_own, "{address}: {other}");
            }
        }
        let kind = message.parts[0].content_type().unwrap();
        assert_eq!(kind.subtype(), Some("alternative"));
    }
    let again = site.json(0, &["send", BASE, "--yes", "--json"]);
    assert_eq!(again["accepted"], 7);
    assert_eq!(site.letters().len(), 7, "nobody gets it twice");
}

#[test]
fn a_pseudonym_is_one_in_every_language() {
    let site = site("pseudonyms");
    site.ends(0, &["send", BASE, "--yes"]);
    let text = |address: &str| {
        let letters = site.letters();
        let letter = letters
            .iter()
            .find(|letter| letter.to == [address])
            .unwrap();
        parsed(&letter.message).body_text(0).unwrap().into_owned()
    };
    // The Dutch file doesn't declare the name; it is spelt as in the base.
    assert!(!site.read(DUTCH).contains("[[name]]"));
    let dutch = text("jan@example.nl");
    assert!(
        dutch.contains("Abha*") && dutch.contains("* Naam gewijzigd"),
        "{dutch}"
    );
    assert!(text("mina@example.com").contains("أبها*"));
    assert!(text("hana@example.net").contains("아브하*"));
}

#[test]
fn a_person_is_told_who_gets_what() {
    let site = site("question");
    let shown = site.at_terminal(&format!("send {BASE}"), &["no\n"]);
    assert_eq!(shown.code, 4, "{shown:?}");
    let (before, digest) = shown.out.split_once("digest ").unwrap();
    let told = format!("{before}digest N{}", &digest[12..]); // it changes with every look of the mail
    insta::assert_snapshot!("question", site.steady(&told));
    assert!(site.got().is_empty());
}

#[test]
fn of_each_language_a_dry_run_writes_a_letter() {
    let mut people = "email,language\n".to_owned();
    people.extend((0..30).map(|number| format!("r{number}@example.org,\n")));
    people += "hana@example.net,ko\nlast@example.org,\njan@example.nl,nl\n";
    let site = site("dry-run").list("recipients.csv", &people);
    let result = site.json(0, &["send", BASE, "--dry-run", "--json"]);
    assert_eq!(
        (&result["composed"], &result["written"]),
        (&33.into(), &10.into())
    );
    let mbox = site.read("dry-run-2026-11-20.mbox");
    let to = mbox.lines().filter_map(|line| line.strip_prefix("To: "));
    let to: Vec<_> = to.collect();
    assert_eq!(
        to[..8],
        (0..8)
            .map(|number| format!("r{number}@example.org"))
            .collect::<Vec<_>>()
    );
    assert_eq!(to[8..], ["hana@example.net", "jan@example.nl"]);
    assert_eq!(mbox.matches("Content-Language: ko").count(), 1);
    let result = site.json(0, &["send", BASE, "--dry-run", "--all", "--json"]);
    assert_eq!(result["written"], 33);

    // Of more languages than ten too.
    let dutch = site.read(DUTCH);
    for tag in ["af", "da", "de", "es", "fi", "fr", "hu", "it", "pl", "pt"] {
        let text = dutch.replace("\"nl\"", &format!("\"{tag}\""));
        site.put(&format!("bulletins/2026-11-20.{tag}.toml"), &text);
        people += &format!("{tag}@example.org,{tag}\n");
    }
    let site = site.list("recipients.csv", &people);
    let result = site.json(0, &["send", BASE, "--dry-run", "--json"]);
    assert_eq!(result["written"], 13);
}

#[test]
fn the_sandbox_keeps_letters_of_all_languages() {
    let site = site("sandbox");
    site.ends(0, &["send", BASE, "--sandbox"]);
    let mut counts = BTreeMap::new();
    for number in 1..=7 {
        let letter = fs::read(site.path(&format!(".sandbox/outbox/00000{number}.eml"))).unwrap();
        let [language, ..] = languages(&parsed(&letter));
        *counts.entry(language).or_insert(0) += 1;
    }
    let counts: Vec<_> = counts.into_iter().collect();
    let expected = [("ar", 1), ("en", 3), ("ko", 1), ("nl", 2)];
    assert_eq!(counts, expected.map(|(tag, count)| (tag.to_owned(), count)));
}

#[test]
fn a_proof_has_a_letter_in_each_language() {
    let site = site("proof");
    let proof = [
        "proof",
        BASE,
        "--to",
        "a@example.org",
        "--to",
        "b@example.org",
    ];
    let result = site.json(0, &[&proof[..], &["--json"]].concat());
    let rows = result["proofs"].as_array().unwrap();
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            format!(
                "{} {}",
                row["address"].as_str().unwrap(),
                row["language"].as_str().unwrap()
            )
        })
        .collect();
    let expected = ["en", "ar", "ko", "nl"];
    let expected = ["a@example.org", "b@example.org"]
        .iter()
        .flat_map(|to| expected.map(|language| format!("{to} {language}")));
    assert_eq!(rows, expected.collect::<Vec<_>>());
    let letters = site.letters();
    let mut ids: Vec<_> = letters
        .iter()
        .map(|letter| parsed(&letter.message).message_id().unwrap().to_owned())
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(
        ids.len(),
        8,
        "a mailbox shows one letter of each Message-ID"
    );
    for letter in &letters {
        let message = parsed(&letter.message);
        assert!(message.subject().unwrap().starts_with("[Proof] "));
    }

    site.ends(0, &[&proof[..], &["--language", "nl"]].concat());
    assert_eq!(site.letters().len(), 10);
    let last = site.letters().pop().unwrap();
    assert_eq!(languages(&parsed(&last.message)), ["nl", "nl", "ltr"]);
    let ran = site.ends(2, &[&proof[..], &["--language", "de"]].concat());
    assert_eq!(
        ran.err,
        "epistle: 2026-11-20 isn't in de: it is in en, ar, ko, nl\n"
    );
    assert_eq!(site.letters().len(), 10);
}

#[test]
fn what_has_changed_since_it_began_is_told_by_language() {
    let site = site("changed");
    site.ends(6, &["send", BASE, "--yes", "--limit", "1"]);
    let mut told = String::new();
    let mut add = |what: &str| {
        let ran = site.ends(4, &["send", BASE, "--yes"]);
        told += &format!("{what}:\n{}\n", ran.err);
    };
    site.edit(DUTCH, "om regen", "om zon");
    site.edit(DUTCH, "20 november", "27 november");
    add("a translation changed");
    site.edit(DUTCH, "om zon", "om regen");
    site.edit(DUTCH, "27 november", "20 november");
    let german = site.read(DUTCH).replace("\"nl\"", "\"de\"");
    let german = german.replace("/nl/", "/de/");
    site.put("bulletins/2026-11-20.de.toml", &german);
    add("a translation was added");
    fs::remove_file(site.path("bulletins/2026-11-20.de.toml")).unwrap();
    fs::rename(
        site.path("bulletins/2026-11-20.ko.toml"),
        site.path("ko.toml"),
    )
    .unwrap();
    add("a translation is gone");
    insta::assert_snapshot!("changed", told);
    assert_eq!(site.got().len(), 1);

    // As it began, in the languages in which it began.
    site.ends(0, &["send", BASE, "--yes", "--as-begun"]);
    let letters = site.letters();
    assert_eq!(letters.len(), 7);
    let hana = letters
        .iter()
        .find(|letter| letter.to == ["hana@example.net"]);
    assert_eq!(languages(&parsed(&hana.unwrap().message))[0], "ko");
}

#[test]
fn what_is_due_is_due_once_and_in_all_languages() {
    let site = site("due");
    site.edit(BASE, "status =", &format!("{}\nstatus =", send_at(-5)));
    site.edit(DUTCH, "\"ready\"", "\"draft\"");
    site.cron_is_silent(0);
    assert!(
        site.got().is_empty(),
        "a draft in one language is one in all"
    );
    // One that is being written and can't be read is a draft too.
    let whole = site.read(DUTCH);
    site.put(DUTCH, "status = \"draft\"\nlanguage = \"n");
    site.cron_is_silent(0);
    site.put(
        DUTCH,
        &whole
            .replace("\"draft\"", "\"ready\"")
            .replace("title =", "titel ="),
    );
    let ran = site.cron();
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("2026-11-20.nl.toml:3:1"), "{ran:#?}");
    site.put(DUTCH, &whole.replace("\"draft\"", "\"ready\""));
    site.cron_is_silent(0);
    assert_eq!(site.got().len(), 7);
    site.cron_is_silent(0);
    assert_eq!(site.letters().len(), 7);
    // Without its base a translation is not lost in silence.
    site.put("bulletins/2026-11-27.nl.toml", &site.read(DUTCH));
    let ran = site.cron();
    assert_eq!(ran.code, 3);
    insta::assert_snapshot!("without_base", ran.err);
}

#[test]
fn a_preview_shows_every_language() {
    let site = site("preview");
    site.ends(0, &["preview", BASE]);
    let page = site.read("preview/2026-11-20.html");
    for (name, subject) in [
        ("2026-11-20", "Prayer for the week of 20 November"),
        ("2026-11-20.nl", "Gebed voor de week van 20 november"),
        ("2026-11-20.ar", "صلاة أسبوع 20 نوفمبر"),
        ("2026-11-20.ko", "11월 20일 주간 기도"),
    ] {
        let letter = fs::read(site.path(&format!("preview/{name}.eml"))).unwrap();
        let message = parsed(&letter);
        assert_eq!(message.subject(), Some(subject));
        let text = site.read(&format!("preview/{name}.txt"));
        let lines = |body: &str| body.replace("\r\n", "\n");
        assert_eq!(lines(&message.body_text(0).unwrap()), text);
        let html = site.read(&format!("preview/{name}.mail.html"));
        assert_eq!(lines(&message.body_html(0).unwrap()), html);
        assert!(page.contains(subject), "{name}");
        assert_eq!(site.mode(&format!("preview/{name}.eml")), 0o600);
    }
    // Every name in the page is there once, and every jump leads somewhere.
    let mut ids: Vec<_> = page
        .split(" id=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "{ids:?}");
    for target in page
        .split("href=\"#")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
    {
        assert!(ids.contains(&target), "{target}");
    }
    assert_eq!(page.matches("<details class=\"language\"").count(), 4);

    fs::remove_dir_all(site.path("preview")).unwrap();
    site.ends(0, &["preview", BASE, "--language", "nl"]);
    let mut files: Vec<_> = fs::read_dir(site.path("preview"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(
        files,
        [
            "2026-11-20.html",
            "2026-11-20.nl.eml",
            "2026-11-20.nl.mail.html",
            "2026-11-20.nl.txt"
        ]
    );
    let page = site.read("preview/2026-11-20.html");
    assert!(page.contains("Gebed voor de week") && !page.contains("Prayer for the week of"));
    let ran = site.ends(3, &["preview", BASE, "--language", "de"]);
    assert!(
        ran.err
            .contains("error[no-language]: 2026-11-20 isn't in de"),
        "{ran:#?}"
    );
}

#[test]
fn each_language_is_compared_with_the_same() {
    let site = site("diff");
    site.ends(0, &["send", BASE, "--yes"]);
    for (language, old, new) in [
        ("", "for rain", "for snow"),
        (".nl", "om regen", "om sneeuw"),
        (".ar", "المطر", "الثلج"),
    ] {
        let text = site.read(&format!("bulletins/2026-11-20{language}.toml"));
        let text = text
            .replace("2026-11-20", "2026-11-27")
            .replace("of 20 N", "of 27 N")
            .replace("van 20 n", "van 27 n")
            .replace("20 نوفمبر", "27 نوفمبر")
            .replace(old, new);
        site.put(&format!("bulletins/2026-11-27{language}.toml"), &text);
    }
    let german = site
        .read("bulletins/2026-11-27.nl.toml")
        .replace("\"nl\"", "\"de\"");
    site.put("bulletins/2026-11-27.de.toml", &german);
    let next = "bulletins/2026-11-27.toml";
    let ran = site.ends(0, &["diff", next]);
    insta::assert_snapshot!("diff", site.steady(&ran.out));
    let result = site.json(0, &["diff", next, "--json"]);
    assert_eq!(
        (&result["language"], &result["counts"]["changed"]),
        (&"en".into(), &1.into())
    );
    let of = |number: usize| &result["translations"][number];
    assert_eq!(
        (&of(0)["language"], &of(0)["counts"]["changed"]),
        (&"ar".into(), &1.into())
    );
    assert_eq!(
        (&of(1)["language"], &of(1)["changes"].is_null()),
        (&"de".into(), &true)
    );
    // What was left as it was is told in each language, the date once.
    let codes: Vec<_> = result["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            let file = finding["labels"][0]["file"]
                .as_str()
                .unwrap()
                .trim_start_matches("bulletins/2026-11-27");
            format!("{} {file}", finding["code"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        codes,
        [
            "same-preheader .toml",
            "same-preheader .ar.toml",
            "same-preheader .nl.toml"
        ]
    );
    site.ends(0, &["preview", next]);
    let page = site.read("preview/2026-11-27.html");
    assert!(page.contains("The edition before it was not in this language."));
    assert!(page.contains("<ins>sneeuw"), "{page}");
}

/// A script says more than a region: who reads traditional characters anywhere gets those.
#[test]
fn a_reader_in_a_region_gets_the_language_in_their_script() {
    let site = site("script").list(
        "recipients.csv",
        "email,language\nli@example.net,zh-Hant-TW\nwei@example.net,zh-Hans-CN\n",
    );
    for (script, subject) in [("zh-Hant", "Traditional"), ("zh", "Simplified")] {
        let text = site.read(DUTCH);
        let text = text
            .replace("language = \"nl\"", &format!("language = \"{script}\""))
            .replace("Gebed voor de week", subject);
        site.put(&format!("bulletins/2026-11-20.{script}.toml"), &text);
    }
    site.ends(0, &["send", BASE, "--yes"]);
    let letter = |address: &str| site.letter_to(address);
    assert!(letter("li@example.net").contains("Subject: Traditional"));
    assert!(letter("wei@example.net").contains("Subject: Simplified"));
}
