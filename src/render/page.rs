//! The whole letter as a tree: what both bodies are written from.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::blocks::{
    Button, Footer, Greeting, Links, Note, Picture, Prose, Scripture, Section, Signature, Title,
};
use super::inline::Shown;
use super::marks::Marks;
use super::plain::Plain;
use super::theme::{self, Theme};
use super::{order, words};
use crate::bulletin::Bulletin;
use crate::people::Language;
use crate::settings::Sender;

/// The blocks of a letter, in reading order.
#[derive(Debug)]
pub(super) struct Page {
    language: Language,
    theme: Theme,
    preheader: Option<String>,
    logo: Option<Picture>,
    title: Title,
    scripture: Option<Scripture>,
    greeting: Option<Greeting>,
    intro: Option<Prose>,
    sections: Vec<Section>,
    closing: Option<Prose>,
    signature: Option<Signature>,
    support: Option<Button>,
    links: Links,
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
        let sections = order::parts(bulletin, words)
            .iter()
            .map(|part| Section::new(part, words, &sender.address, &mut marks))
            .collect();
        let closing = bulletin
            .closing
            .as_ref()
            .map(|text| Prose::new(text, &mut marks));
        let signature = bulletin
            .signature
            .as_ref()
            .map(|signature| Signature::new(signature, &mut marks));
        let mut notes: Vec<_> = marks.into_notes().into_iter().map(Note::from).collect();
        let notice = bulletin
            .scripture
            .as_ref()
            .and_then(|scripture| scripture.notice.as_ref());
        notes.extend(notice.map(Note::from));
        let brand = &sender.brand;
        Self {
            language: bulletin.language.value.clone(),
            theme: Theme::new(brand, &bulletin.language.value, words.tag),
            preheader: bulletin.preheader.as_ref().map(|text| text.value.clone()),
            logo: brand
                .logo
                .as_ref()
                .map(|logo| Picture::logo(logo, &sender.address)),
            title,
            scripture: bulletin.scripture.as_ref().map(Scripture::new),
            greeting: bulletin.greeting.as_ref().map(|_| Greeting),
            intro,
            sections,
            closing,
            signature,
            support: brand
                .support
                .as_ref()
                .map(|link| Button::new(link.text.clone(), &link.url)),
            links: Links::new(&brand.links),
            notes,
            footer: Footer::new(sender, words),
        }
    }

    /// The plain body.
    pub(super) fn text(&self) -> String {
        let mut plain = Plain::new(self.theme.direction);
        if let Some(logo) = &self.logo {
            logo.text("", "", &mut plain);
            plain.space(1);
        }
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
        self.support
            .iter()
            .for_each(|block| block.text("", &mut plain));
        self.links.text(&mut plain);
        plain.space(1);
        self.notes.iter().for_each(|block| block.text(&mut plain));
        plain.link_notes();
        self.footer.text(&mut plain);
        plain.finish()
    }

    /// The HTML body: one table a section, since Word leaves a hole where a row
    /// is taller than a page; no table around them, for the same reason.
    pub(super) fn html(&self) -> Markup {
        let theme = &self.theme;
        let (lang, dir) = (self.language.tag(), theme.direction.html());
        let title = self.title.words();
        let ground = format!("background-color:{}", theme.ground);
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
                    style { (PreEscaped(theme.style())) }
                }
                body.b xml:lang=(lang) style={ "margin:0;padding:0;" (ground) } {
                    @if let Some(preheader) = &self.preheader {
                        div lang=(lang) dir=(dir) style="display:none;max-height:0;overflow:hidden;mso-hide:all" { (preheader) }
                    }
                    div.b role="article" aria-label=(title) lang=(lang) dir=(dir) style={ "padding:16px 0;word-break:break-word;" (ground) } {
                        (self.tables())
                    }
                }
            }
        }
    }

    fn tables(&self) -> Markup {
        let theme = &self.theme;
        let opens = self.greeting.is_some() || self.intro.is_some();
        let closes = self.closing.is_some()
            || self.signature.is_some()
            || self.support.is_some()
            || !self.links.is_empty()
            || !self.notes.is_empty();
        let head = format!(
            "{};border-top:6px solid {}",
            theme.cell("28px 24px 18px"),
            theme.accent
        );
        html! {
            (table("c", &head, html! {
                @if let Some(logo) = &self.logo { (logo.html(theme)) }
                (self.title.html(theme))
            }))
            @if let Some(scripture) = &self.scripture { (table("c", &theme.quote(), scripture.html(theme))) }
            @if opens {
                (table("c", &theme.cell("16px 24px 4px"), html! {
                    @if let Some(greeting) = &self.greeting { (greeting.html()) }
                    @if let Some(intro) = &self.intro { (intro.html(theme)) }
                }))
            }
            @for section in &self.sections {
                @for (index, content) in section.html(theme).into_iter().enumerate() {
                    // Where a section goes on in a second table, nothing shows it.
                    @let padding = if index == 0 { "16px 24px 4px" } else { "0 24px 4px" };
                    (table("c", &theme.cell(padding), content))
                }
            }
            @if closes {
                (table("c", &theme.cell("16px 24px 12px"), html! {
                    @if let Some(closing) = &self.closing { (closing.html(theme)) }
                    @if let Some(signature) = &self.signature { (signature.html(theme)) }
                    @if let Some(support) = &self.support { (support.html(theme)) }
                    (self.links.html(theme))
                    @for note in &self.notes { (note.html(theme)) }
                }))
            }
            (table("f", &theme.foot(), self.footer.html(theme)))
        }
    }
}

/// A table of one cell, as wide as the column.
fn table(class: &str, style: &str, content: Markup) -> Markup {
    let style = Shown(style.into());
    html! {
        table.w role="presentation" align="center" cellpadding="0" cellspacing="0" border="0" style="width:100%;max-width:600px" {
            tr { td class=(class) style=(style) { (content) } }
        }
    }
}
