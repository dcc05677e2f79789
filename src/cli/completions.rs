//! `epistle completions`: a script by which a shell completes our commands.

use clap::CommandFactory;

use super::args::{Cli, Completions};
use super::exit::Exit;
use super::print;

/// Prints the script.
pub(super) fn run(options: &Completions) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Cli::command(), "epistle", &mut script);
    print::data(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Success)
}
