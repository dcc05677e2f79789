//! Colours, and how well one can be read on another (WCAG 2.2), also after
//! what the dark modes of mail programs make of them.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

/// An opaque colour in sRGB: red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(pub [u8; 3]);

/// The contrast that running text must have (WCAG 2.2, 1.4.3, level AA).
pub const READABLE: f64 = 4.5;

impl Colour {
    /// White.
    pub const WHITE: Self = Self([255; 3]);
    /// Black.
    pub const BLACK: Self = Self([0; 3]);

    /// The relative luminance, from 0 to 1 (WCAG 2.2, glossary).
    fn luminance(self) -> f64 {
        /// What each value of a channel is in linear light. A letter asks some hundred times.
        static LINEAR: LazyLock<[f64; 256]> = LazyLock::new(|| {
            std::array::from_fn(|channel| {
                let value = channel as f64 / 255.0;
                if value <= 0.04045 {
                    value / 12.92
                } else {
                    ((value + 0.055) / 1.055).powf(2.4)
                }
            })
        });
        let [red, green, blue] = self.0.map(|channel| LINEAR[usize::from(channel)]);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// How well this can be read on another, from 1 to 21, in either order.
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// This colour with a share of another, from 0 to 1, in it.
    pub fn mixed(self, other: Self, share: f64) -> Self {
        let mut channels = self.0;
        for (own, foreign) in channels.iter_mut().zip(other.0) {
            let value = f64::from(*own) * (1.0 - share) + f64::from(foreign) * share;
            *own = value.round() as u8; // between two bytes
        }
        Self(channels)
    }

    /// This colour, made lighter or darker until it has a contrast on `ground`.
    pub fn on(self, ground: Self, contrast: f64) -> Self {
        let goal = if ground.contrast(Self::WHITE) > ground.contrast(Self::BLACK) {
            Self::WHITE
        } else {
            Self::BLACK
        };
        let steps = (0..=40).map(|step| self.mixed(goal, f64::from(step) / 40.0));
        let mut readable = steps.filter(|colour| colour.contrast(ground) >= contrast);
        readable.next().unwrap_or(goal)
    }

    /// Twice the lightness of HSL, from 0 to 510.
    fn lightness(self) -> i16 {
        let [red, green, blue] = self.0.map(i16::from);
        red.max(green).max(blue) + red.min(green).min(blue)
    }

    /// The colour whose lightness is as far from white as this one's is from
    /// black: what Gmail on iOS and Outlook on Windows show in their dark modes.
    fn mirrored(self) -> Self {
        let shift = 255 - self.lightness();
        // the largest channel and the smallest change places
        Self(
            self.0
                .map(|channel| (i16::from(channel) + shift).clamp(0, 255) as u8),
        )
    }

    fn is_light(self) -> bool {
        self.lightness() > 255
    }

    /// The least contrast of a text of this colour on `ground`, as it is and
    /// after a dark mode has turned over all colours, or light grounds and
    /// dark texts alone (Gmail on Android, Outlook.com).
    pub fn least_contrast(self, ground: Self) -> f64 {
        let partly = |colour: Self, changes: bool| if changes { colour.mirrored() } else { colour };
        let ways = [
            (self, ground),
            (self.mirrored(), ground.mirrored()),
            (
                partly(self, !self.is_light()),
                partly(ground, ground.is_light()),
            ),
        ];
        ways.into_iter()
            .map(|(text, ground)| text.contrast(ground))
            .fold(f64::INFINITY, f64::min)
    }
}

/// Reads `#1d4f60` or `#fff`.
impl FromStr for Colour {
    type Err = &'static str;

    fn from_str(written: &str) -> Result<Self, Self::Err> {
        let no_colour = "it is no colour such as #1d4f60";
        let digits = written.trim().strip_prefix('#').ok_or(no_colour)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(no_colour);
        }
        let digits = match digits.len() {
            6 => digits.to_owned(),
            3 => digits.chars().flat_map(|digit| [digit, digit]).collect(),
            _ => return Err(no_colour),
        };
        let channel =
            |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).map_err(|_| no_colour);
        Ok(Self([channel(0)?, channel(2)?, channel(4)?]))
    }
}

/// With six digits, the only form that every mail program knows.
impl fmt::Display for Colour {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(out, "#{:06x}", u32::from_be_bytes([0, red, green, blue]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colour(written: &str) -> Colour {
        written.parse().unwrap()
    }

    #[test]
    fn colours_are_read_and_written() {
        assert_eq!(colour("#1D4f60").to_string(), "#1d4f60");
        assert_eq!(colour("#fa0").to_string(), "#ffaa00");
        for wrong in ["1d4f60", "#1d4f6", "red", "#ggg", "", "#ääa"] {
            assert!(wrong.parse::<Colour>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn contrast_is_that_of_the_standard() {
        let near = |one: &str, other: &str, ratio: f64| {
            let found = colour(one).contrast(colour(other));
            assert!((found - ratio).abs() < 0.01, "{one} {other}: {found}");
        };
        near("#000000", "#ffffff", 21.0);
        near("#767676", "#ffffff", 4.54);
        near("#777777", "#ffffff", 4.48);
        near("#0000ff", "#ffffff", 8.59);
    }

    #[test]
    fn a_dark_mode_may_spoil_what_could_be_read() {
        // Pure blue is as light as it is dark, so it stays, and its ground becomes black.
        assert_eq!(colour("#0000ff").mirrored(), colour("#0000ff"));
        assert!(colour("#0000ff").least_contrast(Colour::WHITE) < 2.5);
        assert!(colour("#1d4f60").least_contrast(Colour::WHITE) > 7.0);
    }

    #[test]
    fn a_colour_is_moved_until_it_can_be_read() {
        for ground in [
            Colour::WHITE,
            Colour::BLACK,
            colour("#808080"),
            colour("#1e1e1e"),
        ] {
            for text in [colour("#808080"), colour("#1d4f60"), Colour::WHITE] {
                assert!(text.on(ground, READABLE).contrast(ground) >= READABLE);
            }
        }
        assert_eq!(
            colour("#222222").on(Colour::WHITE, READABLE),
            colour("#222222")
        );
    }
}
