//! The tests that see Epistle from outside: one program, so that it is linked once.

mod aftermath;
mod command_line;
// These drive terminals and signals by the programs that every Linux has.
#[cfg(target_os = "linux")]
mod cron;
#[cfg(target_os = "linux")]
mod deciding;
mod delivery;
mod diagnostics;
mod diffs;
mod direction;
mod dkim;
mod dkim_commands;
#[cfg(target_os = "linux")]
mod evidence;
// These need a C compiler, and the signals and limits of Linux.
#[cfg(target_os = "linux")]
mod faults;
mod harm;
mod html;
mod kills;
mod layout;
mod ledger;
mod letters;
mod lists;
mod pace;
mod passwords;
mod postfix;
#[cfg(target_os = "linux")]
mod postfix_doubt;
mod postfix_limits;
mod postfix_send;
mod previews;
mod pseudonyms;
mod readme;
mod relays;
#[cfg(target_os = "linux")]
mod report_page;
mod review_page;
mod seed_bulletin;
#[cfg(target_os = "linux")]
mod sending;
mod settings;
#[cfg(target_os = "linux")]
mod site;
mod smtp;
#[cfg(target_os = "linux")]
mod stopping;
mod support;
#[cfg(target_os = "linux")]
mod translated_files;
#[cfg(target_os = "linux")]
mod translations;
mod watching;
mod word_parity;
