//! The pieces of a letter. Each file has one, in HTML and in plain text side by side.

mod button;
mod footer;
mod greeting;
mod item;
mod links;
mod note;
mod picture;
mod prose;
mod scripture;
mod section;
mod signature;
mod title;

pub(super) use button::Button;
pub(super) use footer::Footer;
pub(super) use greeting::Greeting;
pub(super) use item::Item;
pub(super) use links::Links;
pub(super) use note::Note;
pub(super) use picture::Picture;
pub(super) use prose::Prose;
pub(super) use scripture::Scripture;
pub(super) use section::Section;
pub(super) use signature::Signature;
pub(super) use title::Title;
