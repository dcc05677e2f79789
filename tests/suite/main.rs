//! The tests that see Epistle from outside: one program, so that it is linked once.

mod command_line;
mod delivery;
mod diagnostics;
mod html;
mod layout;
mod ledger;
mod letters;
mod lists;
mod passwords;
mod postfix;
mod previews;
mod pseudonyms;
mod readme;
mod seed_bulletin;
mod settings;
mod smtp;
mod support;
mod word_parity;
