//! Colours, type and measures of the HTML body: six-digit colours and physical
//! sides only, since Gmail drops all of an element's styles for one it doesn't know.
//!
//! What staff may choose comes from `[brand]`, which has been held to WCAG 2.2
//! AA; every other colour is made from those here, so that it passes too.
//!
//! Each cell has its own font, colour and ground: Word hands none of them down
//! into tables, and a webmail's page has others.

use crate::people::{Direction, Language, Script};
use crate::settings::{Brand, Colour, READABLE};

/// Urgent items.
const ALARM: Colour = Colour([0xa3, 0x20, 0x1a]);
/// Items of praise.
const THANKS: Colour = Colour([0x2f, 0x60, 0x2f]);

/// The dark colours: the ground, the paper, the text and what stands back.
const DARK_GROUND: Colour = Colour([0x12, 0x12, 0x12]);
const DARK_PAPER: Colour = Colour([0x1e, 0x1e, 0x1e]);
const DARK_TEXT: Colour = Colour([0xe8, 0xe8, 0xe8]);
const DARK_PALE: Colour = Colour([0xb8, 0xb8, 0xb8]);
/// The contrast that accents get in the dark.
const DARK_CONTRAST: f64 = 7.0;

/// For Outlook on Windows: 96 dots an inch, and the width that it can't be told otherwise.
pub(super) const OUTLOOK: &str = "<!--[if mso]><noscript><xml><o:OfficeDocumentSettings><o:PixelsPerInch>96</o:PixelsPerInch>\
</o:OfficeDocumentSettings></xml></noscript><style>.w{width:600px !important}</style><![endif]-->";

/// The style of a paragraph.
pub(super) const PARAGRAPH: &str = "margin:0 0 12px";

/// How one letter looks.
#[derive(Debug)]
pub(super) struct Theme {
    pub(super) direction: Direction,
    /// Headings, links, buttons and lines.
    pub(super) accent: Colour,
    /// Around the letter.
    pub(super) ground: Colour,
    /// Under the text, and the text on buttons.
    pub(super) paper: Colour,
    /// Under the passage.
    pub(super) tint: Colour,
    /// What stands back, on the ground.
    pub(super) pale: Colour,
    /// Urgent items.
    pub(super) alarm: Colour,
    /// Items of praise.
    pub(super) thanks: Colour,
    /// For headings and the passage.
    pub(super) serif: String,
    /// For running text.
    pub(super) sans: String,
    /// The language of the program's own words, where it isn't the letter's.
    pub(super) foreign: Option<&'static str>,
    /// How emphasis is set where the script has no slanted letters.
    pub(super) emphasis: Option<&'static str>,
    text: Colour,
}

impl Theme {
    /// `words` is the language of the program's own words.
    pub(super) fn new(brand: &Brand, language: &Language, words: &'static str) -> Self {
        let (sans, serif) = fonts(brand, language.script());
        Self {
            direction: language.direction(),
            accent: brand.accent,
            ground: brand.ground,
            paper: brand.paper,
            tint: tint(brand),
            pale: towards(
                brand.text.mixed(brand.ground, 0.25),
                brand.text,
                brand.ground,
            ),
            alarm: towards(ALARM, brand.text, brand.paper),
            thanks: towards(THANKS, brand.text, brand.paper),
            serif,
            foreign: (language.primary() != words).then_some(words),
            emphasis: (language.script() != Script::Latin)
                .then_some("font-style:normal;font-weight:bold"),
            text: brand.text,
            sans,
        }
    }

    /// For clients that read it: dark colours. Everything else is inline, since
    /// GMX, web.de and Gmail with foreign accounts remove this.
    pub(super) fn style(&self) -> String {
        let bright = |colour: Colour| colour.on(DARK_PAPER, DARK_CONTRAST);
        let (accent, alarm, thanks) =
            (bright(self.accent), bright(self.alarm), bright(self.thanks));
        format!(
            ":root{{color-scheme:light dark;supported-color-schemes:light dark}}\
             @media (prefers-color-scheme:dark){{.b,.f{{background-color:{DARK_GROUND} !important}}\
             .c{{background-color:{DARK_PAPER} !important;color:{DARK_TEXT} !important}}.f{{color:{DARK_PALE} !important}}\
             .l,.h{{color:{accent} !important}}.u{{color:{alarm} !important}}.p{{color:{thanks} !important}}\
             .k{{background-color:{accent} !important}}.k,.m{{color:{DARK_PAPER} !important}}}}"
        )
    }

    /// The style of a cell of text.
    pub(super) fn cell(&self, padding: &str) -> String {
        self.set(padding, 16, 24, self.text, self.paper)
    }

    /// The style of the passage's cell: a line at its side, which Word draws at cells alone.
    pub(super) fn quote(&self) -> String {
        let Self { accent, tint, .. } = self;
        // Less by the line than the other cells have, so that all text begins in one place.
        let padding = match self.direction {
            Direction::Ltr => "16px 24px 14px 18px",
            Direction::Rtl => "16px 18px 14px 24px",
        };
        let cell = self.set(padding, 16, 24, self.text, *tint);
        let side = self.direction.start();
        format!("{cell};border-{side}:6px solid {accent}")
    }

    /// The style of the foot's cell.
    pub(super) fn foot(&self) -> String {
        self.set("20px 24px 28px", 14, 21, self.pale, self.ground)
    }

    /// The style of a button's cell.
    pub(super) fn button(&self) -> String {
        let Self {
            sans,
            paper,
            accent,
            ..
        } = self;
        format!(
            "font:16px/24px {sans};color:{paper};background-color:{accent};mso-padding-alt:10px 20px"
        )
    }

    fn set(&self, padding: &str, size: u32, line: u32, text: Colour, ground: Colour) -> String {
        let Self {
            sans, direction, ..
        } = self;
        let start = direction.start();
        format!(
            "padding:{padding};font:{size}px/{line}px {sans};text-align:{start};color:{text};background-color:{ground}"
        )
    }

    /// The style of a heading of `size` pixels.
    pub(super) fn heading(&self, size: u32, line: u32, margin: &str) -> String {
        let Self { serif, accent, .. } = self;
        format!("margin:{margin};font:bold {size}px/{line}px {serif};color:{accent}")
    }

    /// The margin of a list: Word indents by margins, and makes none of padding.
    pub(super) fn list(&self) -> String {
        let margin = match self.direction {
            Direction::Ltr => "0 0 0 22px",
            Direction::Rtl => "0 22px 0 0",
        };
        format!("margin:{margin};padding:0")
    }
}

/// A colour moved towards that of the text until it can be read on `ground`
/// whatever a dark mode does: the text can.
fn towards(colour: Colour, text: Colour, ground: Colour) -> Colour {
    let steps = (0..=20).map(|step| colour.mixed(text, f64::from(step) / 20.0));
    let mut readable = steps.filter(|colour| colour.least_contrast(ground) >= READABLE);
    readable.next().unwrap_or(text)
}

/// A breath of the accent on the paper, if the text stays readable on it.
fn tint(brand: &Brand) -> Colour {
    let tint = brand.paper.mixed(brand.accent, 0.07);
    if brand.text.least_contrast(tint) >= READABLE {
        tint
    } else {
        brand.paper
    }
}

/// The stacks for running text and for headings. For scripts that the brand's
/// fonts don't have, those that Windows, macOS and Android have for it.
fn fonts(brand: &Brand, script: Script) -> (String, String) {
    let own = match script {
        Script::Latin => {
            return (
                brand.font.stack().to_owned(),
                brand.heading_font.stack().to_owned(),
            );
        }
        Script::RightToLeft => "Arial,Tahoma,'Geeza Pro',sans-serif",
        Script::Hans => "'Microsoft YaHei','PingFang SC','Noto Sans CJK SC',sans-serif",
        Script::Hant => "'Microsoft JhengHei','PingFang TC','Noto Sans CJK TC',sans-serif",
        Script::Japanese => "Meiryo,'Hiragino Sans','Noto Sans CJK JP',sans-serif",
        Script::Korean => "'Malgun Gothic','Apple SD Gothic Neo','Noto Sans CJK KR',sans-serif",
        Script::Indic => "'Nirmala UI','Kohinoor Devanagari','Noto Sans',sans-serif",
    };
    (own.to_owned(), own.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn colour() -> impl Strategy<Value = Colour> {
        any::<[u8; 3]>().prop_map(Colour)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, max_global_rejects: 100_000, ..ProptestConfig::with_cases(500) })]
        #[test]
        fn whatever_a_brand_may_choose_all_can_be_read(
            accent in colour(), ground in colour(), paper in colour(), text in colour(), dark in any::<bool>(),
        ) {
            // Dark on light, as most houses have it, or light on dark; others don't pass the settings.
            let (ink, under) = if dark { (Colour::WHITE, Colour::BLACK) } else { (Colour::BLACK, Colour::WHITE) };
            let (accent, text) = (accent.mixed(ink, 0.6), text.mixed(ink, 0.6));
            let brand = Brand { accent, ground: ground.mixed(under, 0.8), paper: paper.mixed(under, 0.8), text, ..Brand::default() };
            let pairs = [(text, brand.paper), (accent, brand.paper), (text, brand.ground), (accent, brand.ground)];
            prop_assume!(pairs.iter().all(|(ink, under)| ink.least_contrast(*under) >= READABLE));
            let theme = Theme::new(&brand, &"en".parse().unwrap(), "en");
            for (ink, under) in [
                (theme.alarm, theme.paper), (theme.thanks, theme.paper), (theme.pale, theme.ground), (text, theme.tint),
            ] {
                prop_assert!(ink.least_contrast(under) >= READABLE, "{} on {}", ink, under);
            }
            for ink in [theme.accent, theme.alarm, theme.thanks] {
                prop_assert!(ink.on(DARK_PAPER, DARK_CONTRAST).contrast(DARK_GROUND) >= READABLE);
            }
        }
    }
}
