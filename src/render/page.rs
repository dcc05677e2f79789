//! The whole letter as a tree: what both bodies are written from.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::blocks::{Footer, Greeting, Note, Prose, Scripture, Section, Signature, Title};
use super::marks::Marks;
use super::plain::Plain;
use super::{theme, words};
use crate::bulletin::Bulletin;
use crate::people::{Direction, Language};
use crate::settings::Sender;

/// The blocks of a letter, in reading order.
#[derive(Debug)]
pub(super) struct Page {
    language: Language,
    preheader: Option<String>,
    title: Title,
    scripture: Option<Scripture>,
    greeting: Option<Greeting>,
    intro: Option<Prose>,
    sections: Vec<Section>,
    closing: Option<Prose>,
    signature: Option<Signature>,
    notes: Vec<Note>,
    footer: Footer,
}

impl Page {
    /// Sets out a bulletin. Names are marked here, in reading order, so that
    /// both bodies have the same marks.
    pub(super) fn new(bulletin: &Bulletin, sender: &Sender) -> Self {
        let words = words::of(&bulletin.language.value);
        let mut marks = Marks::new(bulletin, words.pseudonym);
        let title = Title::new(&bulletin.title, &mut marks);
        let intro = bulletin
            .intro
            .as_ref()
            .map(|text| Prose::new(text, &mut marks));
        let sections = bulletin
            .sections
            .iter()
            .map(|section| Section::new(section, words, &mut marks))
            .collect();
        let closing = bulletin
            .closing
            .as_ref()
            .map(|text| Prose::new(text, &mut marks));
        let signature = bulletin
            .signature
            .as_ref()
            .map(|signature| Signature::new(signature, &mut marks));
        Self {
            language: bulletin.language.value.clone(),
            preheader: bulletin.preheader.as_ref().map(|text| text.value.clone()),
            title,
            scripture: bulletin.scripture.as_ref().map(Scripture::new),
            greeting: bulletin.greeting.as_ref().map(|_| Greeting),
            intro,
            sections,
            closing,
            signature,
            notes: marks.into_notes().into_iter().map(Note::from).collect(),
            footer: Footer::new(sender, words),
        }
    }

    /// The plain body.
    pub(super) fn text(&self) -> String {
        let mut plain = Plain::default();
        self.title.text(&mut plain);
        self.scripture
            .iter()
            .for_each(|block| block.text(&mut plain));
        self.greeting
            .iter()
            .for_each(|block| block.text(&mut plain));
        self.intro.iter().for_each(|block| block.text(&mut plain));
        self.sections
            .iter()
            .for_each(|block| block.text(&mut plain));
        plain.space(2);
        self.closing.iter().for_each(|block| block.text(&mut plain));
        self.signature
            .iter()
            .for_each(|block| block.text(&mut plain));
        plain.space(1);
        self.notes.iter().for_each(|block| block.text(&mut plain));
        plain.link_notes();
        self.footer.text(&mut plain);
        plain.finish()
    }

    /// The HTML body: one table a section, since Word leaves a hole where a row is taller than a page.
    pub(super) fn html(&self) -> Markup {
        let direction = self.language.direction();
        let (lang, dir) = (self.language.tag(), direction.html());
        let title = self.title.words();
        html! {
            (DOCTYPE)
            html lang=(lang) dir=(dir) xmlns:o="urn:schemas-microsoft-com:office:office" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width,initial-scale=1";
                    meta name="x-apple-disable-message-reformatting" content="";
                    meta name="format-detection" content="telephone=no,date=no,address=no,email=no,url=no";
                    meta name="color-scheme" content="light dark";
                    meta name="supported-color-schemes" content="light dark";
                    title { (title) }
                    (PreEscaped(theme::OUTLOOK))
                    style { (PreEscaped(theme::STYLE)) }
                }
                body.b xml:lang=(lang) style={ "margin:0;padding:0;background-color:" (theme::GROUND) } {
                    @if let Some(preheader) = &self.preheader {
                        div lang=(lang) dir=(dir) style="display:none;max-height:0;overflow:hidden;mso-hide:all" { (preheader) }
                    }
                    div.b role="article" aria-label=(title) lang=(lang) dir=(dir) style={ "padding:16px 0;background-color:" (theme::GROUND) } {
                        (self.tables(direction))
                    }
                }
            }
        }
    }

    fn tables(&self, direction: Direction) -> Markup {
        let opens = self.greeting.is_some() || self.intro.is_some();
        let closes = self.closing.is_some() || self.signature.is_some() || !self.notes.is_empty();
        html! {
            (table(direction, "28px 24px 12px", true, html! {
                (self.title.html())
                @if let Some(scripture) = &self.scripture { (scripture.html(direction)) }
            }))
            @if opens {
                (table(direction, "4px 24px 8px", false, html! {
                    @if let Some(greeting) = &self.greeting { (greeting.html()) }
                    @if let Some(intro) = &self.intro { (intro.html()) }
                }))
            }
            @for section in &self.sections { (table(direction, "12px 24px 8px", false, section.html(direction))) }
            @if closes {
                (table(direction, "12px 24px 12px", false, html! {
                    @if let Some(closing) = &self.closing { (closing.html()) }
                    @if let Some(signature) = &self.signature { (signature.html()) }
                    @for note in &self.notes { (note.html()) }
                }))
            }
            (outer(theme::GROUND, false, html! { td.f style=(theme::foot(direction)) { (self.footer.html(direction)) } }))
        }
    }
}

/// A table of one cell of text.
fn table(direction: Direction, padding: &str, head: bool, content: Markup) -> Markup {
    outer(
        theme::PAPER,
        head,
        html! { td.c style=(theme::cell(direction, padding)) { (content) } },
    )
}

/// A table as wide as the column; `head` draws the band above the letter.
fn outer(ground: &str, head: bool, cell: Markup) -> Markup {
    let band = if head {
        format!(";border-top:6px solid {}", theme::ACCENT)
    } else {
        String::new()
    };
    html! {
        table.w role="presentation" align="center" width="100%" cellpadding="0" cellspacing="0" border="0"
            style={ "width:100%;max-width:600px;background-color:" (ground) (band) } { tr { (cell) } }
    }
}
