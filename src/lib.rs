//! Epistle turns one TOML file, a ministry's weekly prayer bulletin, into one
//! correct e-mail for every subscriber.

pub mod bulletin;
pub mod check;
pub mod diagnostic;
pub mod document;
pub mod people;
pub mod settings;
