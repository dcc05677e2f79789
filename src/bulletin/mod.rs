//! The bulletin: what staff wrote, as a model in which each word still knows
//! its place in the file.

mod ago;
mod inline;
mod list;
mod mention;
mod read;
mod schedule;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, FixedOffset, NaiveDate};

use crate::diagnostic::{Located, SourceFile, Span};
use crate::document::Text;
use crate::image::Image;
use crate::people::Language;

pub use ago::Ago;
pub use mention::{SIGNS, is_in_address, mentions};
pub use read::{read, read_translation};

/// The largest bulletin file, in bytes.
pub const MAX_BYTES: u64 = 1_000_000;

/// Where the recipient's name stands in a greeting.
pub const NAME_PLACE: &str = "{name}";

/// One issue, in one language.
#[derive(Clone, Debug)]
pub struct Bulletin {
    /// The file it was read from.
    pub source: Arc<SourceFile>,
    /// What tells this issue from all others: the stem of its file.
    pub id: Located<String>,
    /// The day it is for.
    pub date: Located<NaiveDate>,
    /// The day it was written, against which "this week" is meant.
    pub written: Option<Located<NaiveDate>>,
    /// Who wrote it.
    pub author: Option<Text>,
    /// The heading of the mail.
    pub title: Text,
    /// The line in the inbox.
    pub subject: Text,
    /// The words that inboxes show after the subject.
    pub preheader: Option<Text>,
    /// What it is written in.
    pub language: Located<Language>,
    /// How far it is.
    pub status: Status,
    /// When it is due.
    pub send_at: Option<Located<DateTime<FixedOffset>>>,
    /// How late it may begin.
    pub send_within: Option<Located<Duration>>,
    /// The group of recipients; without one, all.
    pub audience: Option<Text>,
    /// How each recipient is addressed.
    pub greeting: Option<Greeting>,
    /// Before the sections.
    pub intro: Option<RichText>,
    /// After the sections.
    pub closing: Option<RichText>,
    /// Under the closing.
    pub signature: Option<Signature>,
    /// The passage at the head.
    pub scripture: Option<Scripture>,
    /// Names that need a word.
    pub names: Vec<Name>,
    /// Where the items of praise stand, if not where they are written.
    pub answered: Option<Answered>,
    /// The parts, in order.
    pub sections: Vec<Section>,
}

/// The items of praise, gathered in a section of their own.
#[derive(Clone, Debug)]
pub struct Answered {
    /// Where that section stands.
    pub place: Gathered,
    /// What stands over it, if not the program's own words.
    pub heading: Option<Text>,
}

/// Where answered prayers are gathered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gathered {
    /// Before the other sections.
    First,
    /// After them.
    Last,
}

/// How far a bulletin is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Still being written: may be looked at, not sent.
    Draft,
    /// May be sent.
    Ready,
}

/// A line such as "Dear {name}," and the one for those whose name isn't known.
#[derive(Clone, Debug)]
pub struct Greeting {
    /// With `{name}` in it, or not.
    pub text: Text,
    /// For recipients without a name; present where `text` has `{name}`.
    pub fallback: Option<Text>,
}

/// Who signs.
#[derive(Clone, Debug)]
pub struct Signature {
    /// The name.
    pub name: Text,
    /// The office.
    pub role: Option<Text>,
}

/// A passage of the Bible.
#[derive(Clone, Debug)]
pub struct Scripture {
    /// The words.
    pub text: RichText,
    /// Where they stand: "Jeremiah 20:13".
    pub reference: Text,
    /// The translation's initials: "NIV".
    pub translation: Option<Text>,
    /// The notice that its publisher asks for; stands at the end of the letter.
    pub notice: Option<Text>,
}

/// A part of the bulletin, such as a region.
#[derive(Clone, Debug)]
pub struct Section {
    /// Its header in the file.
    pub place: Span,
    /// Its name over the issues.
    pub id: Option<Text>,
    /// What stands over it.
    pub heading: Option<Text>,
    /// What stands before its items.
    pub intro: Option<RichText>,
    /// What is asked, in order.
    pub items: Vec<Item>,
}

/// One thing to pray for. `sensitivity`, `embargo_until` and `expires` will
/// stand here too.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its header in the file.
    pub place: Span,
    /// Its name over the issues.
    pub id: Option<Text>,
    /// What kind of item it is.
    pub kind: Kind,
    /// A few words over it.
    pub title: Option<Text>,
    /// What was asked in an earlier issue, and this one comes back to.
    pub follows: Option<Follows>,
    /// What it says.
    pub text: RichText,
    /// What there is to see.
    pub image: Option<Picture>,
    /// Where one can read more.
    pub link: Option<Link>,
}

/// A picture of an item.
#[derive(Clone, Debug)]
pub struct Picture {
    /// The file, with nothing in it but the picture.
    pub image: Image,
    /// Where the file is named.
    pub place: Span,
    /// What one sees, for those who can't.
    pub alt: Text,
    /// Whose picture it is.
    pub credit: Option<Text>,
    /// Who is in it, if that is said.
    pub people: Option<People>,
}

/// Who may be recognised in a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum People {
    /// Nobody is.
    Nobody,
    /// Staff alone.
    Staff,
    /// People of public life.
    Public,
    /// People all of whom agreed to be shown.
    Consented,
}

/// What an earlier issue asked its readers to pray for.
#[derive(Clone, Debug)]
pub struct Follows {
    /// The id of that issue.
    pub issue: Text,
    /// The id of the item in it.
    pub item: Option<Text>,
    /// How long ago it was, from the dates of the two.
    pub ago: Ago,
    /// What was asked: the words after "we asked you to pray for".
    pub asked: Text,
}

/// What an item asks of its readers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// To pray.
    #[default]
    Prayer,
    /// To give thanks.
    Praise,
    /// To know how something went on.
    Update,
    /// To pray at once.
    Urgent,
    /// To know.
    Info,
}

/// A link of its own line.
#[derive(Clone, Debug)]
pub struct Link {
    /// What it says.
    pub text: Text,
    /// Where it leads, https or mailto, in ASCII.
    pub url: Arc<str>,
}

/// A name that is not simply a name.
#[derive(Clone, Debug)]
pub struct Name {
    /// As the texts have it.
    pub shown: Text,
    /// Why it may stand there.
    pub kind: NameKind,
    /// What the note at a pseudonym's mark says.
    pub note: Option<Text>,
}

/// Why a name may stand in a bulletin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameKind {
    /// Another name stands for the person's own: marked, and explained below.
    Pseudonym,
    /// A person of public life.
    Public,
    /// One of the staff.
    Staff,
    /// The person agreed.
    Consented,
}

/// A text in paragraphs, with emphasis and links.
#[derive(Clone, Debug)]
pub struct RichText {
    /// The paragraphs; none is empty.
    pub paragraphs: Vec<Paragraph>,
    /// Where it stands.
    pub span: Span,
}

/// Runs of words, each set in one way.
pub type Paragraph = Vec<Run>;

/// Words set in one way. Flat, so that no depth of marks in a file becomes a depth of calls.
#[derive(Clone, Debug)]
pub struct Run {
    /// The words.
    pub text: Text,
    /// Set apart.
    pub emphasis: bool,
    /// Set strongly apart.
    pub strong: bool,
    /// Where they lead, https or mailto, in ASCII.
    pub link: Option<Arc<str>>,
}

/// Says whether two runs lead to the same place. Those of one link share its
/// address, so that a long one is compared only with that of another link.
pub(crate) fn same_link(one: &Option<Arc<str>>, other: &Option<Arc<str>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other) || one == other,
        (None, None) => true,
        _ => false,
    }
}

impl RichText {
    /// All runs, in reading order.
    pub fn runs(&self) -> impl Iterator<Item = &Run> {
        self.paragraphs.iter().flatten()
    }
}

impl Bulletin {
    /// The pictures, in the order of the file.
    pub fn pictures(&self) -> impl Iterator<Item = &Picture> {
        let items = self.sections.iter().flat_map(|section| &section.items);
        items.filter_map(|item| item.image.as_ref())
    }

    /// The passages in which a name may be mentioned, in the order in which
    /// they are read: the title, and all texts but the scripture, each
    /// paragraph in one piece.
    pub fn passages(&self) -> Vec<Text> {
        let mut passages = vec![self.title.clone()];
        let rich = |passages: &mut Vec<Text>, text: &RichText| {
            passages.extend(text.paragraphs.iter().map(|paragraph| joined(paragraph)))
        };
        self.intro.iter().for_each(|text| rich(&mut passages, text));
        for section in &self.sections {
            passages.extend(section.heading.clone());
            section
                .intro
                .iter()
                .for_each(|text| rich(&mut passages, text));
            for item in &section.items {
                passages.extend(item.title.clone());
                passages.extend(item.follows.as_ref().map(|follows| follows.asked.clone()));
                rich(&mut passages, &item.text);
                if let Some(picture) = &item.image {
                    passages.push(picture.alt.clone());
                    passages.extend(picture.credit.clone());
                }
                passages.extend(item.link.as_ref().map(|link| link.text.clone()));
            }
        }
        self.closing
            .iter()
            .for_each(|text| rich(&mut passages, text));
        if let Some(signature) = &self.signature {
            passages.push(signature.name.clone());
            passages.extend(signature.role.clone());
        }
        passages
    }

    /// All that readers see or hear of in words, but the greeting.
    pub fn texts(&self) -> Vec<Text> {
        let mut texts = vec![self.subject.clone()];
        texts.extend(self.preheader.clone());
        if let Some(scripture) = &self.scripture {
            texts.extend(
                scripture
                    .text
                    .paragraphs
                    .iter()
                    .map(|paragraph| joined(paragraph)),
            );
            texts.push(scripture.reference.clone());
            texts.extend(scripture.translation.clone());
            texts.extend(scripture.notice.clone());
        }
        texts.extend(
            self.answered
                .as_ref()
                .and_then(|answered| answered.heading.clone()),
        );
        texts.extend(self.passages());
        texts.extend(self.names.iter().filter_map(|name| name.note.clone()));
        texts
    }
}

/// The words of a paragraph in one piece.
fn joined(paragraph: &[Run]) -> Text {
    let place = paragraph
        .first()
        .map_or(Span::new(0, 0), |run| run.text.span);
    let mut whole = Text::empty(place);
    for run in paragraph {
        whole.push_slice(&run.text, 0..run.text.value.len());
    }
    whole
}
