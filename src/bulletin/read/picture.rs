//! Takes the picture of an item: the file is read at once, so that what is wrong with it is told in its place.

use std::cell::Cell;
use std::path::Path;

use chrono::NaiveDate;

use super::super::{People, Picture};
use super::text::{line, optional_line};
use crate::diagnostic::printable;
use crate::document::{Fields, Text};
use crate::files;
use crate::image::{Image, ImageError};

/// The keys of `image`.
pub(super) const IMAGE: &[&str] = &["file", "alt", "credit", "people"];
/// How it is written.
pub(super) const EXAMPLE: &str = "image = { file = \"harvest.jpg\", alt = \"Women carry sheaves home\", people = \"consented\" }";

/// The most pictures of a bulletin.
const MOST: usize = 30;

/// What is known of an issue while its items are read.
pub(super) struct Issue {
    /// Its date.
    pub(super) day: Option<NaiveDate>,
    /// How many pictures have been read.
    pub(super) pictures: Cell<usize>,
}

pub(super) fn picture(mut fields: Fields<'_>, issue: &Issue) -> Option<Picture> {
    let file = line(&mut fields, "file", "file = \"harvest.jpg\"");
    let alt = line(
        &mut fields,
        "alt",
        "alt = \"Women carry sheaves home\": what one sees, for those who can't see it",
    );
    let credit = optional_line(&mut fields, "credit");
    let people = fields.choice(
        "people",
        &[
            ("nobody", People::Nobody),
            ("staff", People::Staff),
            ("public", People::Public),
            ("consented", People::Consented),
        ],
    );
    let image = file.as_ref().and_then(|file| open(&fields, file, issue));
    if let (Some(file), Some(alt)) = (&file, &alt) {
        report_name(&fields, file, alt);
    }
    Some(Picture {
        image: image?,
        place: file?.span,
        alt: alt?,
        credit,
        people,
    })
}

/// Reads a file that is named from the folder of the bulletin.
fn open(fields: &Fields<'_>, file: &Text, issue: &Issue) -> Option<Image> {
    let reader = fields.reader();
    let count = issue.pictures.get() + 1;
    issue.pictures.set(count);
    if count > MOST {
        let told = format!("a bulletin may have {MOST} pictures");
        let finding = reader.error("too-many-pictures", file.span, told);
        reader.report(finding.help("keep those that say most"));
        return None;
    }
    let folder = Path::new(reader.source().name()).parent();
    let path = folder.unwrap_or(Path::new("")).join(&file.value);
    match Image::open(&path) {
        Ok(image) => Some(image),
        Err(error) => {
            let told = format!("this picture can't be shown: {error}");
            let finding = reader.error("bad-image", file.span, told);
            if error == ImageError::Missing
                && let Some(meant) = files::in_other_letters(&path)
            {
                reader.report(finding.help(format!(
                    "there is a file `{}`: large and small letters are not the same",
                    printable(&meant)
                )));
                return None;
            }
            reader.report(finding.help(match error {
                ImageError::Missing | ImageError::Unreadable(_) | ImageError::NoFile => {
                    "name a file in the bulletin's folder, or write a path that begins there"
                }
                ImageError::Turned => {
                    "open it in a picture program, turn it upright, and save it: notes in the file are taken out, since they tell where it was taken"
                }
                ImageError::TooLarge | ImageError::Size(..) => {
                    "make it smaller: about 1100 pixels wide, and saved as JPEG"
                }
                ImageError::UnknownKind | ImageError::Damaged => {
                    "save it as PNG, JPEG or GIF, which every mail program shows"
                }
            }));
            None
        }
    }
}

/// Reports a description that only repeats the name of the file.
fn report_name(fields: &Fields<'_>, file: &Text, alt: &Text) {
    let path = Path::new(&file.value);
    let parts = [path.file_name(), path.file_stem()];
    let says = |part: &str| part.to_lowercase() == alt.value.to_lowercase();
    if parts
        .into_iter()
        .flatten()
        .any(|part| says(&part.to_string_lossy()))
    {
        let reader = fields.reader();
        let told = "the name of the file doesn't say what one sees";
        let finding = reader.error("alt-is-file-name", alt.span, told);
        reader.report(finding.help(
            "write it for those who can't see the picture: alt = \"Women carry sheaves home\"",
        ));
    }
}
