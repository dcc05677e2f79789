//! The command line: one file a verb, each of which takes options, calls the
//! library, and prints.

mod args;
mod ask;
mod browser;
mod cancel;
mod check;
mod completions;
mod diff;
mod dkim;
mod exit;
mod input;
mod learnt;
mod letters_csv;
mod letters_to;
mod message_ids;
mod preview;
mod print;
mod proof;
mod refusal;
mod report;
mod resolve;
mod retry;
mod send;
mod status;
mod stop;
mod suppress;
mod watch;
mod when;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
use exit::Exit;
use refusal::Reported;

/// Runs the program with the arguments of the process.
pub fn run() -> ExitCode {
    let Cli { command, common } = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(told) => {
            let exit = if told.use_stderr() {
                Exit::Usage
            } else {
                Exit::Success
            };
            let _ = told.print(); // where nobody reads, nothing is lost
            return exit.into();
        }
    };
    let ended = std::panic::catch_unwind(|| match &command {
        Command::Check(options) => check::run(options, &common),
        Command::Preview(options) => preview::run(options, &common),
        Command::Diff(options) => diff::run(options, &common),
        Command::Proof(options) => proof::run(options, &common),
        Command::Send(options) => send::run(options, &common),
        Command::Status(options) => status::run(options, &common),
        Command::Report(options) => report::run(options, &common),
        Command::Resolve(options) => resolve::run(options, &common),
        Command::Retry(options) => retry::run(options, &common),
        Command::Cancel(options) => cancel::run(options, &common),
        Command::Stop(options) => stop::run(options, &common),
        Command::Suppress(options) => suppress::run(options, &common),
        Command::Dkim => dkim::run(&common),
        Command::Completions(options) => completions::run(options),
    });
    match ended {
        Ok(Ok(exit)) => exit.into(),
        Ok(Err(error)) if print::is_broken_pipe(&error) => Exit::Success.into(),
        Ok(Err(error)) if error.is::<Reported>() => error
            .downcast_ref::<Reported>()
            .map_or(Exit::Defect, |reported| reported.0)
            .into(),
        Ok(Err(error)) => {
            let (exit, code, help) = refusal::classify(&error);
            print::failure(&error, code, help, common.json);
            exit.into()
        }
        Err(_) => {
            print::note(
                "epistle: this is a defect of Epistle; please report it with the words above
",
            );
            Exit::Defect.into()
        }
    }
}
