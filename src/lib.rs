//! Epistle turns one TOML file, a ministry's weekly prayer bulletin, into one
//! correct e-mail for every subscriber.

pub mod bulletin;
pub mod check;
pub mod cli;
pub mod diagnostic;
pub mod document;
pub mod edition;
pub mod gate;
pub mod letter;
pub mod people;
pub mod preview;
pub mod render;
pub mod settings;
