//! `[brand]`: how the mail looks, and what the sender says at its head and foot.

use std::sync::Arc;

use super::colour::{Colour, READABLE};
use super::folder::Folder;
use super::font::{self, Font};
use super::logo::{self, Logo};
use crate::diagnostic::{Located, Span};
use crate::document::Fields;
use crate::people::check_link;

/// The keys of `[brand]`.
pub(super) const KEYS: &[&str] = &[
    "accent",
    "ground",
    "paper",
    "text",
    "font",
    "heading_font",
    "logo",
    "links",
    "support",
    "footer",
];
/// The keys of a link.
const LINK: &[&str] = &["text", "url"];

/// The most links at the foot: more are no help to a reader.
const MOST_LINKS: usize = 8;

/// How the mail looks. Every pair of colours that meets in it can be read, in
/// the light and in whatever a mail program's dark mode makes of it.
#[derive(Clone, Debug)]
pub struct Brand {
    /// Headings, links, buttons and lines.
    pub accent: Colour,
    /// Around the letter, and under its foot.
    pub ground: Colour,
    /// Under the text.
    pub paper: Colour,
    /// The text.
    pub text: Colour,
    /// For running text.
    pub font: Font,
    /// For headings and the passage.
    pub heading_font: Font,
    /// At the head.
    pub logo: Option<Logo>,
    /// At the foot: a website, social networks.
    pub links: Vec<BrandLink>,
    /// A button above the foot: where one can support the work.
    pub support: Option<BrandLink>,
    /// At the foot: a charity's number, or who is responsible.
    pub footer: Option<String>,
}

/// A link that stands in every mail.
#[derive(Clone, Debug)]
pub struct BrandLink {
    /// What it says.
    pub text: String,
    /// Where it leads, https or mailto, in ASCII.
    pub url: Arc<str>,
}

impl Default for Brand {
    fn default() -> Self {
        Self {
            accent: Colour([0x1d, 0x4f, 0x60]),
            ground: Colour([0xf3, 0xf1, 0xec]),
            paper: Colour::WHITE,
            text: Colour([0x22, 0x22, 0x22]),
            font: Font::arial(),
            heading_font: Font::georgia(),
            logo: None,
            links: Vec::new(),
            support: None,
            footer: None,
        }
    }
}

impl Brand {
    /// Reads the table; what isn't there, or is wrong, is as by default.
    pub(super) fn read(mut fields: Fields<'_>, folder: &Folder) -> Self {
        let default = Self::default();
        let [accent, ground, paper, text] = [
            ("accent", "accent = \"#1d4f60\""),
            ("ground", "ground = \"#f3f1ec\""),
            ("paper", "paper = \"#ffffff\""),
            ("text", "text = \"#222222\""),
        ]
        .map(|(key, example)| fields.parsed(key, example, str::parse::<Colour>));
        let font = font::read(&mut fields, "font", "font = \"Verdana\"");
        let heading_font = font::read(&mut fields, "heading_font", "heading_font = \"Georgia\"");
        let logo = fields.optional_table("logo", logo::EXAMPLE, "the logo", logo::KEYS);
        let links = fields.tables("links", "[[brand.links]]", LINK);
        let mut links: Vec<_> = links
            .unwrap_or_default()
            .into_iter()
            .filter_map(link)
            .collect();
        if let Some(one_too_many) = links.get(MOST_LINKS) {
            let told = format!("at the foot there is room for {MOST_LINKS} links");
            let reader = fields.reader();
            let finding = reader.error("too-many-links", one_too_many.span, told);
            reader.report(finding.help("keep those that readers use"));
            links.truncate(MOST_LINKS);
        }
        let example =
            "support = { text = \"Support our work\", url = \"https://www.example.org/give\" }";
        let support = fields.optional_table("support", example, "the link", LINK);
        let footer = fields.parsed("footer", "footer = \"Registered charity 123456\"", one_line);
        let colours = [
            ("accent", accent, default.accent),
            ("ground", ground, default.ground),
            ("paper", paper, default.paper),
            ("text", text, default.text),
        ];
        report_pairs(&fields, &colours);
        let [accent, ground, paper, text] =
            colours.map(|(_, found, default)| found.map_or(default, |found| found.value));
        Self {
            accent,
            ground,
            paper,
            text,
            font: font.unwrap_or(default.font),
            heading_font: heading_font.unwrap_or(default.heading_font),
            logo: logo.and_then(|fields| logo::read(fields, folder)),
            links: links.into_iter().map(|link| link.value).collect(),
            support: support.and_then(link).map(|link| link.value),
            footer: footer.map(|footer| footer.value),
        }
    }
}

/// A colour by its key: as the file has it, and as it is without.
type Chosen = (&'static str, Option<Located<Colour>>, Colour);

/// Reports each pair of colours that meets in the mail and can't be read, at
/// the one of the two that the file has.
fn report_pairs(fields: &Fields<'_>, colours: &[Chosen; 4]) {
    let reader = fields.reader();
    let [accent, ground, paper, text] = colours;
    for (ink, under) in [
        (text, paper),
        (accent, paper),
        (text, ground),
        (accent, ground),
    ] {
        let value = |chosen: &Chosen| chosen.1.as_ref().map_or(chosen.2, |found| found.value);
        let (one, other) = (value(ink), value(under));
        let now = one.contrast(other);
        let least = one.least_contrast(other);
        if least >= READABLE {
            continue;
        }
        let place = |chosen: &Chosen| chosen.1.as_ref().map(|found| found.span);
        let Some(span) = place(ink).or(place(under)) else {
            continue; // a test holds the default colours to this
        };
        let (ratio, when) = if now < READABLE {
            (now, "")
        } else {
            (
                least,
                " once the dark mode of a mail program has turned the colours over",
            )
        };
        // Rounded down, so that what fails is never told to be 4.5.
        let ratio = (ratio * 100.0).floor() / 100.0;
        let told = format!(
            "`{}` on `{}` ({one} on {other}) has a contrast of {ratio:.2} to 1{when}; {READABLE} is the least that all can read",
            ink.0, under.0
        );
        let finding = reader.error("low-contrast", span, told);
        let finding = match place(under).filter(|under| *under != span) {
            Some(under) => finding.at(reader.source(), under, "and this"),
            None => finding,
        };
        reader.report(finding.help("take a darker and less bright colour for what is read, or a lighter one for what is under it"));
    }
}

fn link(mut fields: Fields<'_>) -> Option<Located<BrandLink>> {
    let text = fields.required("text", "text = \"Our website\"", one_line);
    let url = fields.required("url", "url = \"https://www.example.org/\"", check_link);
    let place: Span = fields.place();
    Some(Located::new(
        BrandLink {
            text: text?.value,
            url: url?.value.into(),
        },
        place,
    ))
}

/// A text without line ends.
pub(super) fn one_line(written: &str) -> Result<String, &'static str> {
    let line = written.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        return Err("it says nothing");
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_colours_without_a_brand_can_be_read_in_every_mode() {
        let brand = Brand::default();
        for ground in [brand.paper, brand.ground] {
            for ink in [brand.text, brand.accent] {
                assert!(ink.least_contrast(ground) >= READABLE, "{ink} {ground}");
            }
        }
    }
}
