//! The tests that see Epistle from outside: one program, so that it is linked once.

mod aftermath;
mod command_line;
#[cfg(unix)]
mod cron;
#[cfg(unix)]
mod deciding;
mod delivery;
mod diagnostics;
mod ledger;
mod letters;
mod lists;
mod passwords;
mod postfix;
mod previews;
mod pseudonyms;
mod readme;
mod relays;
mod seed_bulletin;
#[cfg(unix)]
mod sending;
mod settings;
#[cfg(unix)]
mod site;
mod smtp;
mod support;
mod word_parity;
