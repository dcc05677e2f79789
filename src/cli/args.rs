//! The command line as it is typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, builder::Styles};

use super::exit;

/// Turns one TOML file, a ministry's weekly prayer bulletin, into one correct e-mail for every subscriber.
#[derive(Debug, Parser)]
#[command(
    name = "epistle",
    version,
    arg_required_else_help = true,
    styles = Styles::styled(),
    after_help = exit::TABLE,
)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
    #[command(flatten)]
    pub(super) common: Common,
}

/// What every command takes.
#[derive(Args, Debug)]
pub(super) struct Common {
    /// The settings file [default: epistle.toml, if there is one here]
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Print the result as one JSON object on standard output
    #[arg(long, global = true)]
    pub(super) json: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Say what is wrong in bulletins, and where
    #[command(after_help = "Examples:
  epistle check bulletins/2018-03-18.toml
  epistle check bulletins/*.toml
  epistle check --json bulletins/2018-03-18.toml

Ends with 0 if nothing must be mended (warnings don't count), with 3 if something must.")]
    Check(Check),
    /// Write the letter to local files, to be looked at
    #[command(after_help = "Examples:
  epistle preview bulletins/2018-03-18.toml
  epistle preview --out /tmp/look bulletins/2018-03-18.toml

Writes four files, named after the bulletin's id:
  ID.html       the review page: open it in a browser
  ID.eml        the letter's very bytes: a mail program opens it
  ID.mail.html  the HTML body
  ID.txt        the plain text body

The letter is addressed to an invented recipient, and its unsubscribe link takes nobody off the list.")]
    Preview(Preview),
    /// Print a completion script for a shell
    #[command(after_help = "Examples:
  epistle completions bash > ~/.local/share/bash-completion/completions/epistle
  epistle completions zsh > ~/.zfunc/_epistle
  epistle completions fish > ~/.config/fish/completions/epistle.fish")]
    Completions(Completions),
}

#[derive(Args, Debug)]
pub(super) struct Check {
    /// Bulletin files
    #[arg(required = true, value_name = "BULLETIN")]
    pub(super) bulletins: Vec<PathBuf>,
}

#[derive(Args, Debug)]
pub(super) struct Preview {
    /// A bulletin file
    #[arg(value_name = "BULLETIN")]
    pub(super) bulletin: PathBuf,
    /// The folder to write to; made if it isn't there
    #[arg(long, value_name = "DIR", default_value = "preview")]
    pub(super) out: PathBuf,
}

#[derive(Args, Debug)]
pub(super) struct Completions {
    /// The shell
    pub(super) shell: clap_complete::Shell,
}
