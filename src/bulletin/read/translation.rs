//! What makes a file the translation of another: its language is the one of its
//! name, and of what all languages of an edition share it says nothing, or the same.

use std::time::Duration;

use chrono::{DateTime, FixedOffset, NaiveDate};
use chrono_tz::Tz;

use super::super::{Bulletin, Name, mentions, schedule};
use super::text::optional_line;
use crate::diagnostic::{Located, Span, quote};
use crate::document::{Fields, Reader, Text};
use crate::people::Language;

/// Which of the files of an edition is read.
pub(super) enum Role<'b> {
    /// The one that has what all languages share.
    Base,
    /// One of the others.
    Translation {
        /// Its language, as the file's name has it.
        name: &'b str,
        /// The base; nothing where that has faults.
        base: Option<&'b Bulletin>,
    },
}

impl<'b> Role<'b> {
    /// The base of a translation, if it can be read.
    pub(super) fn base(&self) -> Option<&'b Bulletin> {
        match self {
            Role::Base => None,
            Role::Translation { base, .. } => *base,
        }
    }

    /// Takes the language: that of a translation must be the one of the file's name, and not the base's.
    pub(super) fn language(&self, fields: &mut Fields<'_>) -> Option<Located<Language>> {
        let named = match self {
            Role::Base => None,
            Role::Translation { name, .. } => Some((*name, name.parse::<Language>().ok())),
        };
        let tag = named.as_ref().and_then(|(_, named)| named.as_ref());
        let example = format!("language = \"{}\"", tag.map_or("en", Language::tag));
        let language = fields.required("language", &example, str::parse::<Language>)?;
        let (reader, span) = (fields.reader(), language.span);
        let same = |base: &&Bulletin| base.language.value == language.value;
        match named {
            Some((name, None)) => reader.report(
                reader
                    .error("language-not-name", span, format!("this file's name takes it for a translation, and {} is no language tag", quote(name)))
                    .help(format!("rename it so that it ends with .{}.toml, or move it to another folder if it is no translation", language.value)),
            ),
            Some((_, Some(named))) if named != language.value => reader.report(
                reader
                    .error("language-not-name", span, format!("by this file's name its language is {}", quote(named.tag())))
                    .help("write that, or rename the file")
                    .fix(span, format!("\"{named}\"")),
            ),
            _ => {
                if let Some(base) = self.base().filter(same) {
                    let told = "a translation can't be in the language of the bulletin itself";
                    reader.report(
                        reader
                            .error("same-language", span, told)
                            .at(&base.source, base.language.span, "the bulletin is in it")
                            .help("move this file to another folder if it is a copy"),
                    );
                }
            }
        }
        Some(language)
    }

    /// What a file says of the edition as a whole; what it leaves out is placed at its language.
    pub(super) fn shared(
        &self,
        fields: &Fields<'_>,
        language: Option<&Located<Language>>,
    ) -> Shared<'b> {
        Shared {
            is_translation: !matches!(self, Role::Base),
            base: self.base(),
            place: language.map_or(fields.place(), |language| language.span),
        }
    }

    /// Takes over the names of the base that a translation mentions as they are
    /// spelt there: a pseudonym is one in every language, whoever forgets it.
    /// Its note is in another language, and stays there.
    pub(super) fn take_names(&self, reader: &Reader, bulletin: &mut Bulletin) {
        let Some(base) = self.base() else { return };
        let mut missing = Vec::new();
        for theirs in &base.names {
            let own = bulletin.names.iter();
            let mut own = own.filter(|own| own.shown.value == theirs.shown.value);
            match own.next() {
                None => missing.push(theirs),
                Some(own) if own.kind != theirs.kind => {
                    let told = format!(
                        "{} is of another kind in the bulletin",
                        quote(&own.shown.value)
                    );
                    reader.report(
                        reader
                            .error("not-as-base", own.shown.span, told)
                            .at(&base.source, theirs.shown.span, "declared here")
                            .help("give it the kind that it has there"),
                    );
                }
                Some(_) => {}
            }
        }
        let shown: Vec<_> = missing
            .iter()
            .map(|name| name.shown.value.as_str())
            .collect();
        let passages = bulletin.passages();
        let found = passages
            .iter()
            .flat_map(|text| mentions(&text.value, &shown));
        let mut found: Vec<_> = found.map(|(_, index)| index).collect();
        found.sort_unstable();
        found.dedup();
        let place = bulletin.language.span;
        bulletin.names.extend(found.into_iter().map(|index| Name {
            shown: Text::placed(shown[index], place), // `mentions` gives places of this list
            kind: missing[index].kind,                // which has one for each
            note: None,
        }));
    }
}

/// Takes the keys that all files of an edition share.
pub(super) struct Shared<'b> {
    is_translation: bool,
    base: Option<&'b Bulletin>,
    place: Span,
}

impl Shared<'_> {
    /// Takes the id of a translation, which needs none.
    pub(super) fn id(&self, fields: &mut Fields<'_>) -> Option<Located<String>> {
        self.take(fields, "id", located, |base| Some(base.id.clone()))
    }

    pub(super) fn date(&self, fields: &mut Fields<'_>) -> Option<Located<NaiveDate>> {
        let take = |fields: &mut Fields<'_>, key: &str| {
            if self.is_translation && !fields.has(key) {
                return None;
            }
            fields.date(key, "date = 2018-03-18")
        };
        self.take(fields, "date", take, |base| Some(base.date))
    }

    pub(super) fn send_at(
        &self,
        fields: &mut Fields<'_>,
        zone: Option<Tz>,
    ) -> Option<Located<DateTime<FixedOffset>>> {
        let take = |fields: &mut Fields<'_>, _: &str| schedule::send_at(fields, zone);
        self.take(fields, "send_at", take, |base| base.send_at)
    }

    pub(super) fn send_within(&self, fields: &mut Fields<'_>) -> Option<Located<Duration>> {
        let take = |fields: &mut Fields<'_>, key: &str| {
            let span = fields.span(key)?;
            let duration = fields.duration(key, "send_within = \"12 h\"")?;
            Some(Located::new(duration, span))
        };
        self.take(fields, "send_within", take, |base| base.send_within)
    }

    pub(super) fn audience(&self, fields: &mut Fields<'_>) -> Option<Text> {
        let take = |fields: &mut Fields<'_>, key: &str| {
            let text = optional_line(fields, key)?;
            Some(Located::new(text.value, text.span))
        };
        let of_base = |base: &Bulletin| {
            let text = base.audience.as_ref()?;
            Some(Located::new(text.value.clone(), text.span))
        };
        let audience = self.take(fields, "audience", take, of_base)?;
        Some(Text::placed(audience.value, audience.span))
    }

    /// Takes one key. In a translation it may be left out, and is the base's then; if it is there, it must say the same.
    fn take<T: PartialEq>(
        &self,
        fields: &mut Fields<'_>,
        key: &str,
        own: impl Fn(&mut Fields<'_>, &str) -> Option<Located<T>>,
        of_base: impl Fn(&Bulletin) -> Option<Located<T>>,
    ) -> Option<Located<T>> {
        let is_there = fields.has(key);
        let own = own(fields, key);
        let Some(base) = self.base else { return own };
        let theirs = of_base(base);
        let Some(own) = own else {
            let taken = theirs.filter(|_| !is_there);
            return taken.map(|theirs| Located::new(theirs.value, self.place));
        };
        if theirs
            .as_ref()
            .is_none_or(|theirs| theirs.value != own.value)
        {
            let reader = fields.reader();
            let told = match theirs {
                Some(_) => format!("`{key}` is another one in the bulletin"),
                None => format!("the bulletin has no `{key}`"),
            };
            let mut finding = reader.error("not-as-base", own.span, told);
            if let Some(theirs) = theirs {
                finding = finding.at(&base.source, theirs.span, "the bulletin has this");
            }
            reader.report(
                finding.help(
                    "delete it here: all languages of an edition share what the bulletin says",
                ),
            );
        }
        Some(own)
    }
}

fn located(fields: &mut Fields<'_>, key: &str) -> Option<Located<String>> {
    let text = fields.optional_text(key)?;
    Some(Located::new(text.value, text.span))
}
