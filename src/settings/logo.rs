//! `logo` of `[brand]`: a file that travels with each mail, or a picture on the web.

use std::sync::Arc;

use super::folder::Folder;
use crate::diagnostic::Located;
use crate::document::Fields;
use crate::image::Image;
use crate::people::check_link;

/// The keys of `logo`.
pub(super) const KEYS: &[&str] = &["file", "url", "alt", "width", "height"];
/// How it is written.
pub(super) const EXAMPLE: &str =
    "logo = { file = \"logo.png\", alt = \"Example Mission\", width = 180 }";

/// The widest logo: the column without its margins.
const WIDEST: i64 = 552;
/// The tallest; below it the letter must still begin on the first screen.
const TALLEST: i64 = 300;

/// What stands at the head of every mail.
#[derive(Clone, Debug)]
pub struct Logo {
    /// Where it is.
    pub source: LogoSource,
    /// What stands for it where it isn't shown.
    pub alt: String,
    /// In pixels, as it is shown.
    pub width: u32,
    /// In pixels, as it is shown.
    pub height: u32,
}

/// Where a logo is.
#[derive(Clone, Debug)]
pub enum LogoSource {
    /// In the mail itself: nobody learns who opens it.
    Embedded(Image),
    /// At an https address; many mail programs show it only after a question.
    Linked(Arc<str>),
}

/// Takes the table.
pub(super) fn read(mut fields: Fields<'_>, folder: &Folder) -> Option<Logo> {
    let reader = fields.reader();
    let alt = fields.required("alt", "alt = \"Example Mission\"", super::brand::one_line);
    let width = fields.whole_number("width", "width = 180", 16..=WIDEST);
    let height = fields.whole_number("height", "height = 60", 8..=TALLEST);
    let [has_file, has_url] = ["file", "url"].map(|key| fields.has(key));
    let url = fields.parsed("url", "url = \"https://www.example.org/logo.png\"", linked);
    let place = fields.place();
    let image = fields.parsed("file", "file = \"logo.png\"", |path| {
        Image::open(&folder.resolve(path)?).map_err(|error| error.to_string())
    });
    let size = |number: &Option<Located<i64>>| {
        let number = number.as_ref()?;
        u32::try_from(number.value).ok()
    };
    match (url, image) {
        (Some(url), None) if !has_file => {
            for (key, number) in [("width", &width), ("height", &height)] {
                if number.is_none() {
                    fields.missing(key, &format!("{key} = 60: the size in which it is shown"));
                }
            }
            Some(Logo {
                source: LogoSource::Linked(url.value.into()),
                alt: alt?.value,
                width: size(&width)?,
                height: size(&height)?,
            })
        }
        (None, Some(image)) => {
            let image = image.value;
            if let Some(height) = height {
                let told = "the height of a file is known";
                let finding = reader.error("unknown-value", height.span, told);
                reader.report(finding.help("delete it: it follows from the width"));
            }
            if let Some(width) = width
                .as_ref()
                .filter(|width| i64::from(image.width) < width.value)
            {
                let told = format!(
                    "the file is only {} pixels wide, and would be blurred",
                    image.width
                );
                let finding = reader.error("unknown-value", width.span, told);
                reader.report(finding.help(format!(
                    "write width = {}, or take a larger file",
                    image.width
                )));
            }
            let most = size(&width).unwrap_or(WIDEST as u32); // a few hundred
            let (width, height) = image.shown(most);
            if i64::from(height) > TALLEST {
                let told = format!("it would be {height} pixels tall; {TALLEST} are the most");
                let finding = reader.error("unknown-value", place, told);
                reader.report(finding.help(format!("write a width, as in {EXAMPLE}")));
            }
            Some(Logo {
                source: LogoSource::Embedded(image),
                alt: alt?.value,
                width,
                height,
            })
        }
        (None, None) => {
            if !has_file && !has_url {
                fields.missing("file", "file = \"logo.png\"");
            }
            None
        }
        (Some(url), _) => {
            let told = "a logo is a file or an address, not both";
            let finding = reader.error("unknown-value", url.span, told);
            reader.report(
                finding
                    .help("keep the file: with an address, its server learns who opens the mail"),
            );
            None
        }
    }
}

/// Takes the address of a picture. Nothing in it may tell readers apart.
fn linked(written: &str) -> Result<String, &'static str> {
    let url = check_link(written)?;
    if !url.starts_with("https://") {
        return Err("a picture is at an https address");
    }
    if url.contains(['?', '#']) {
        return Err("what stands behind ? or # could tell who opens the mail");
    }
    let endings = [".png", ".jpg", ".jpeg", ".gif"];
    if !endings
        .iter()
        .any(|ending| url.to_ascii_lowercase().ends_with(ending))
    {
        return Err("it is no PNG, JPEG or GIF by its name");
    }
    Ok(url)
}
