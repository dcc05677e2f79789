//! TOML files read with every fault at once, each in its place: what the
//! settings, the lists and the bulletins are read with.
//!
//! The toml crate knows the grammar, but its recovery ends at the first line
//! that is no statement, and after an unclosed text or list it takes the rest
//! of the file for part of it. So the file is first cut into statements, which
//! begin where people begin them; each is parsed alone; and the tree is put
//! together here, so that what one fault hides is one statement, not a file.

mod date;
mod duration;
mod extent;
mod fields;
mod line;
mod number;
mod reader;
mod statement;
mod syntax;
mod text;
mod tree;
mod value;

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, SourceFile, Span};

pub use fields::Fields;
pub use reader::{Hint, Reader, nearest};
pub use text::Text;
pub use value::{Moment, Table, Value};

/// Reads a file into a tree. Every syntax fault and every repeated key is a
/// finding; what could be understood is in the tree all the same, so that
/// faults of other kinds are found in the same run.
pub fn read(source: &Arc<SourceFile>) -> (Table, Vec<Diagnostic>) {
    tree::build(source)
}

/// Finds where the `key = value` of a file stand, whole, also those that can't be read.
pub fn key_values(source: &SourceFile) -> Vec<Span> {
    statement::split(source.text())
        .iter()
        .filter(|statement| statement.kind == statement::Kind::KeyValue)
        .map(|statement| statement.span)
        .collect()
}

/// Finds where the tables of a file begin: the first byte of each `[header]`
/// and `[[header]]`, also of those that can't be read.
pub fn headers(source: &SourceFile) -> Vec<usize> {
    statement::split(source.text())
        .iter()
        .filter(|statement| statement.kind == statement::Kind::Header)
        .map(|statement| statement.span.start)
        .collect()
}
