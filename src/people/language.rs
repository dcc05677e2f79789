//! Languages by their BCP 47 tags, and which way they are written.

use std::fmt;
use std::str::FromStr;

/// A language tag of the form language, script, region (BCP 47): `en`, `pt-BR`, `zh-Hant-TW`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Language(String);

/// Something that is no language tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is no language tag such as en, de or pt-BR")]
pub struct LanguageError;

/// The way a language is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From left to right.
    Ltr,
    /// From right to left.
    Rtl,
}

impl Language {
    /// The tag in its usual spelling.
    pub fn tag(&self) -> &str {
        &self.0
    }

    /// The language alone, without script and region.
    pub fn primary(&self) -> &str {
        self.0.split('-').next().unwrap_or(&self.0)
    }

    /// Which way it is written: by its script if one is named, else by the
    /// usual script of the language (CLDR, "likely subtags").
    pub fn direction(&self) -> Direction {
        let script = self.0.split('-').nth(1).filter(|subtag| subtag.len() == 4);
        let rtl = match script {
            Some(script) => matches!(
                script,
                "Arab" | "Hebr" | "Syrc" | "Thaa" | "Nkoo" | "Adlm" | "Rohg"
            ),
            None => matches!(
                self.primary(),
                "ar" | "arc"
                    | "ckb"
                    | "dv"
                    | "fa"
                    | "he"
                    | "ks"
                    | "nqo"
                    | "ps"
                    | "sd"
                    | "syr"
                    | "ug"
                    | "ur"
                    | "yi"
            ),
        };
        if rtl { Direction::Rtl } else { Direction::Ltr }
    }
}

/// The scripts that want type of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    /// Latin, Greek and Cyrillic, and whatever has no place below.
    Latin,
    /// Arabic, Hebrew and the others from right to left.
    RightToLeft,
    /// Chinese in its simplified characters.
    Hans,
    /// Chinese in its traditional characters.
    Hant,
    /// Japanese.
    Japanese,
    /// Korean.
    Korean,
    /// The scripts of India and its neighbours.
    Indic,
}

impl Language {
    /// The script that decides about type: the one that is named, else the
    /// usual one of the language and its region (CLDR, "likely subtags").
    pub fn script(&self) -> Script {
        if self.direction() == Direction::Rtl {
            return Script::RightToLeft;
        }
        let has = |names: &[&str]| {
            self.0
                .split('-')
                .skip(1)
                .any(|subtag| names.contains(&subtag))
        };
        match self.primary() {
            _ if has(&["Latn", "Cyrl"]) => Script::Latin,
            "zh" | "yue" if has(&["Hant", "TW", "HK", "MO"]) => Script::Hant,
            "zh" | "yue" => Script::Hans,
            "ja" => Script::Japanese,
            "ko" => Script::Korean,
            "as" | "bn" | "gu" | "hi" | "kn" | "ml" | "mr" | "ne" | "or" | "pa" | "sa" | "si"
            | "ta" | "te" => Script::Indic,
            _ if has(&["Deva"]) => Script::Indic,
            _ => Script::Latin,
        }
    }

    /// Says whether it is Chinese without a word on which characters: the same
    /// letters then look Japanese to some readers.
    pub fn leaves_characters_open(&self) -> bool {
        matches!(self.primary(), "zh" | "yue") && !self.0.contains('-')
    }
}

impl Direction {
    /// The way of words whose letters all run one way; nothing for words that
    /// mix both, or have no letter (UAX #9: the classes L, and R and AL).
    pub fn of(words: &str) -> Option<Self> {
        let mut ways = words.chars().filter_map(Self::of_letter);
        let first = ways.next()?;
        // All letters of almost all text run to the right, and its bytes tell that at a glance.
        let is_one = first == Self::Ltr && !may_run_to_the_left(words);
        (is_one || ways.all(|way| way == first)).then_some(first)
    }

    /// The way of one letter; nothing for what is none.
    pub fn of_letter(letter: char) -> Option<Self> {
        if !letter.is_alphabetic() {
            return None;
        }
        let rtl = matches!(letter,
            '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFF}'
            | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}');
        Some(if rtl { Direction::Rtl } else { Direction::Ltr })
    }

    /// The value of HTML's `dir`.
    pub fn html(self) -> &'static str {
        match self {
            Direction::Ltr => "ltr",
            Direction::Rtl => "rtl",
        }
    }

    /// The side where lines end.
    pub fn end(self) -> &'static str {
        match self {
            Direction::Ltr => "right",
            Direction::Rtl => "left",
        }
    }

    /// The side where lines begin.
    pub fn start(self) -> &'static str {
        match self {
            Direction::Ltr => "left",
            Direction::Rtl => "right",
        }
    }
}

/// Says whether UTF-8 may have a letter of [`Direction::Rtl`]: a byte that begins one of those.
fn may_run_to_the_left(words: &str) -> bool {
    words.bytes().fold(false, |may, byte| {
        may | matches!(byte, 0xD6..=0xE0 | 0xEF | 0xF0)
    })
}

impl FromStr for Language {
    type Err = LanguageError;

    fn from_str(written: &str) -> Result<Self, LanguageError> {
        let mut tag = String::new();
        let mut last = 0; // 1 language, 2 script, 3 region
        for subtag in written.split('-') {
            let alpha = subtag.bytes().all(|byte| byte.is_ascii_alphabetic());
            let digit = subtag.bytes().all(|byte| byte.is_ascii_digit());
            let (part, spelt) = match subtag.len() {
                2 | 3 if alpha && last == 0 => (1, current(subtag.to_ascii_lowercase())),
                4 if alpha && last == 1 => (
                    2,
                    subtag[..1].to_ascii_uppercase() + &subtag[1..].to_ascii_lowercase(),
                ),
                2 if alpha && last >= 1 => (3, subtag.to_ascii_uppercase()),
                3 if digit && last >= 1 => (3, subtag.to_owned()),
                _ => return Err(LanguageError),
            };
            if part <= last {
                return Err(LanguageError);
            }
            last = part;
            if !tag.is_empty() {
                tag.push('-');
            }
            tag.push_str(&spelt);
        }
        Ok(Self(tag))
    }
}

/// The subtag that has taken a language's place (RFC 5646, 4.5): both mean the same readers.
fn current(subtag: String) -> String {
    const OLD: [(&str, &str); 5] = [
        ("in", "id"),
        ("iw", "he"),
        ("ji", "yi"),
        ("jw", "jv"),
        ("mo", "ro"),
    ];
    let new = OLD.iter().find(|(old, _)| *old == subtag);
    new.map_or(subtag, |(_, new)| (*new).to_owned())
}

impl fmt::Display for Language {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_spelt_in_one_way() {
        for (written, tag) in [
            ("EN", "en"),
            ("pt-br", "pt-BR"),
            ("zh-hant-tw", "zh-Hant-TW"),
            ("es-419", "es-419"),
            ("IW-il", "he-IL"),
            ("in", "id"),
        ] {
            assert_eq!(written.parse::<Language>().unwrap().tag(), tag);
        }
        for written in [
            "",
            "e",
            "english",
            "en-",
            "en-UK-Latn",
            "en_GB",
            "en-GB-GB",
            "é",
            "12",
        ] {
            assert_eq!(written.parse::<Language>(), Err(LanguageError), "{written}");
        }
    }

    #[test]
    fn the_script_decides_the_direction() {
        let rtl = |tag: &str| tag.parse::<Language>().unwrap().direction() == Direction::Rtl;
        assert!(rtl("ar") && rtl("fa-IR") && rtl("az-Arab"));
        assert!(!rtl("en") && !rtl("ku-Latn") && !rtl("ur-Latn"));
    }

    #[test]
    fn the_script_decides_the_type() {
        let script = |tag: &str| tag.parse::<Language>().unwrap().script();
        assert_eq!(script("en"), Script::Latin);
        assert_eq!(script("zh-TW"), Script::Hant);
        assert_eq!(script("zh-Hans-SG"), Script::Hans);
        assert_eq!(script("ja"), Script::Japanese);
        assert_eq!(script("hi-Latn"), Script::Latin);
        assert_eq!(script("fa"), Script::RightToLeft);
        let open = |tag: &str| tag.parse::<Language>().unwrap().leaves_characters_open();
        assert!(open("zh") && !open("zh-Hant") && !open("zh-CN") && !open("en"));
    }

    #[test]
    fn no_letter_from_right_to_left_is_overlooked() {
        for letter in '\0'..=char::MAX {
            if Direction::of_letter(letter) == Some(Direction::Rtl) {
                assert_eq!(Direction::of(&format!("a{letter}")), None, "{letter:?}");
            }
        }
    }

    #[test]
    fn words_run_the_way_of_all_their_letters() {
        assert_eq!(Direction::of("1 Example Street"), Some(Direction::Ltr));
        assert_eq!(Direction::of("«صلّوا»، 12."), Some(Direction::Rtl));
        assert_eq!(Direction::of("שלום"), Some(Direction::Rtl));
        assert_eq!(Direction::of("IJM تدعو"), None);
        assert_eq!(Direction::of("+49 30 123"), None);
        assert_eq!(Direction::of("日本の祈り"), Some(Direction::Ltr));
    }
}
