//! The command line as it is typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, builder::Styles};

use super::exit;
use crate::people::{EmailAddress, Language};

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

A bulletin is checked with its translations, ID.LANGUAGE.toml beside it.
Ends with 0 if nothing must be mended (warnings don't count), with 3 if something must.")]
    Check(Check),
    /// Write the letter to local files, to be looked at
    #[command(after_help = "Examples:
  epistle preview bulletins/2018-03-18.toml
  epistle preview bulletins/2018-03-18.toml --open
  epistle preview bulletins/2018-03-18.toml --watch
  epistle preview bulletins/2018-03-18.toml --language nl
  epistle preview --out /tmp/look bulletins/2018-03-18.toml

Writes four files, named after the bulletin's id:
  ID.html       the review page: open it in a browser
  ID.eml        the letter's very bytes: a mail program opens it
  ID.mail.html  the HTML body
  ID.txt        the plain text body

and for each translation beside the bulletin three files more: ID.nl.eml, ID.nl.mail.html, ID.nl.txt. \
The letter is addressed to an invented recipient, and its unsubscribe link takes nobody off the list.")]
    Preview(Preview),
    /// Say what readers will see that differs from the last edition
    #[command(after_help = "Examples:
  epistle diff bulletins/2018-03-18.toml
  epistle diff bulletins/2018-03-18.toml --json

The last edition is the last one in the ledger that anybody has got or may still get; where there is \
none, the bulletin before this one by its date. Each language is compared with the same. What is gone stands in [-…-], what is new in {+…+}.")]
    Diff(Diff),
    /// Send a test letter to somebody who looks at it first
    #[command(after_help = "Examples:
  epistle proof bulletins/2018-03-18.toml --to office@example.org
  epistle proof bulletins/2018-03-18.toml --to me@example.org --to you@example.org --name Anna

The letter goes by the relay of the settings, as all letters do; of a bulletin with translations, one in \
each language. Its subject begins with [Proof], and \
its unsubscribe link takes nobody off the list. The edition does not begin; drafts may be proofed.")]
    Proof(Proof),
    /// Send a bulletin to its recipients, or go on sending it
    #[command(after_help = "Examples:
  epistle send bulletins/2018-03-18.toml --sandbox     to a folder on this machine, to nobody else
  epistle send bulletins/2018-03-18.toml --dry-run     every letter made and looked at, none sent
  epistle send bulletins/2018-03-18.toml               asks, then sends
  epistle send bulletins/2018-03-18.toml --yes --limit 20
  epistle send --due                                   what is due, for cron: asks nothing
  epistle send bulletins/2018-03-18.toml --anyway      though a quota is used up, or a run did harm

Whatever ends a run, the same command goes on with the letters that are still to be sent.
Nobody gets a second copy: a letter of which nobody knows whether it has arrived waits for \
`epistle resolve`.")]
    Send(Send),
    /// Say how editions stand: who has got them, who has not, and why
    #[command(after_help = "Examples:
  epistle status
  epistle status 2018-03-18
  epistle status 2018-03-18 anna@example.org
  epistle status 2018-03-18 --json
  epistle status 2018-03-18 --csv > letters.csv                everybody, for a spreadsheet

With addresses, it tells of each letter where it stands, since when, what the relay said of it, and \
its Message-ID, by which the relay's log has it; and ends with 2 where there is none to somebody. \
Addresses are shown on a terminal, and with --json and --csv, only.

The columns of --csv: email, state, in_doubt, time, stage, reply, due, message_id, file, line. A cell that a \
spreadsheet would take for a formula begins with an apostrophe.")]
    Status(Status),
    /// Write a page that tells how an edition went
    #[command(after_help = "Examples:
  epistle report 2018-03-18
  epistle report 2018-03-18 --open
  epistle report 2018-03-18 --out /tmp/2018-03-18.html

The page is report-EDITION.html beside the ledger, where each `epistle send` writes it too: the letters \
by state, how fast they went, how it went at each recipient domain, who is refused, deferred or in \
doubt, and all runs. It is one file that loads nothing and runs nothing, and only you can read it.")]
    Report(Report),
    /// Decide on letters of which nobody knows whether they have arrived
    #[command(after_help = "Examples:
  epistle resolve 2018-03-18                                   lists them, and asks at a terminal
  epistle resolve 2018-03-18 --log /var/log/mail.log           looks for them in the relay's log
  zcat /var/log/mail.log.2.gz | epistle resolve 2018-03-18 --log -
  journalctl -u postfix@- -o short-iso-precise | epistle resolve 2018-03-18 --log -
  epistle resolve 2018-03-18 --maildir ~/Maildir
  epistle resolve 2018-03-18 --log /var/log/mail.log --arrived --found
  epistle resolve 2018-03-18 --arrived anna@example.org        the relay's log says so
  epistle resolve 2018-03-18 --send-again kofi@example.com     it says that this one did not
  epistle resolve 2018-03-18 --leave --all                     nobody is to get a second copy

Logs of Postfix and Exim are understood, and of others each line that names a letter is shown. Times \
without a zone are taken for this machine's. That a log does not name a letter means something only \
where it reaches from before the attempt to after it, which is said of each.
Without a decision the letters stay as they are, and are never sent by themselves.")]
    Resolve(Resolve),
    /// Try refused or deferred letters again
    #[command(after_help = "Examples:
  epistle retry 2018-03-18 --refused
  epistle retry 2018-03-18 --refused anna@example.org
  epistle retry 2018-03-18 --deferred

They are sent by the next `epistle send`.")]
    Retry(Retry),
    /// Cancel what has not been sent of an edition
    #[command(after_help = "Examples:
  epistle cancel 2018-03-18
  epistle cancel 2018-03-18 --yes

A run that goes on meanwhile finishes the letters that are on their way, and sends no more.")]
    Cancel(Cancel),
    /// End the run that is sending now
    #[command(after_help = "Examples:
  epistle stop
  epistle stop 2018-03-18
  epistle stop --no-wait

The run begins no more letters, finishes those that are on their way, and ends with 6. This waits until \
it has, and ends with 0, also where nothing is being sent; with 4 where another edition is, or where the \
run has not ended after eleven minutes. `epistle send` goes on with what is left; cron does so too, with \
its next `send --due`: make a draft of the bulletin, or cancel the edition, where that is not meant.")]
    Stop(Stop),
    /// Keep people from being written to, whatever the lists say
    #[command(after_help = "Examples:
  epistle suppress add anna@example.org --reason \"asked by telephone\"
  epistle suppress add --token 3q2-7w0aZk1u9bQx5LmPaA --reason unsubscribed
  epistle suppress list
  epistle suppress remove anna@example.org

A suppression counts at once, also for an edition that is being sent.")]
    Suppress(Suppress),
    /// Print what to publish in the DNS, so that the letters' signatures can be verified
    #[command(after_help = "Examples:
  epistle dkim
  epistle dkim --json

For each [[dkim]] of the settings: the name of a TXT record, and below it what the record says. It holds \
the public key, and may be longer than the 255 characters of one string: most providers' forms take it \
whole, a zone file wants it in pieces, each between quotation marks.")]
    Dkim,
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
    /// One language alone [default: all that the bulletin is in]
    #[arg(long, value_name = "LANGUAGE")]
    pub(super) language: Option<Language>,
    /// Open the review page in the browser
    #[arg(long)]
    pub(super) open: bool,
    /// Make the files anew whenever the bulletin or the settings change, until Ctrl-C
    #[arg(long)]
    pub(super) watch: bool,
}

#[derive(Args, Debug)]
pub(super) struct Diff {
    /// A bulletin file
    #[arg(value_name = "BULLETIN")]
    pub(super) bulletin: PathBuf,
}

#[derive(Args, Debug)]
pub(super) struct Proof {
    /// A bulletin file
    #[arg(value_name = "BULLETIN")]
    pub(super) bulletin: PathBuf,
    /// Who gets it; up to ten
    #[arg(long, required = true, value_name = "ADDRESS")]
    pub(super) to: Vec<EmailAddress>,
    /// One language alone [default: a letter in each that the bulletin is in]
    #[arg(long, value_name = "LANGUAGE")]
    pub(super) language: Option<Language>,
    /// The name by which the letter greets [default: the greeting for people without a name]
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<String>,
}

#[derive(Args, Debug)]
pub(super) struct Send {
    /// A bulletin file
    #[arg(value_name = "BULLETIN", required_unless_present = "due")]
    pub(super) bulletin: Option<PathBuf>,
    /// Make and check every letter and write the first ten to a local mbox file; send nothing
    #[arg(long, conflicts_with_all = ["sandbox", "due"])]
    pub(super) dry_run: bool,
    /// With --dry-run: write all letters
    #[arg(long, requires = "dry_run")]
    pub(super) all: bool,
    /// Send to a server inside this program, which keeps the letters in a folder
    #[arg(long, conflicts_with = "due")]
    pub(super) sandbox: bool,
    /// Don't ask
    #[arg(long, short = 'y')]
    pub(super) yes: bool,
    /// Send this many letters at most
    #[arg(long, value_name = "N", value_parser = one_or_more, allow_negative_numbers = true)]
    pub(super) limit: Option<u64>,
    /// Send the bulletins whose time has come, and go on with those that have begun; ask nothing
    #[arg(long, conflicts_with_all = ["bulletin", "as_begun", "add_new", "yes"])]
    pub(super) due: bool,
    /// Finish an edition as it began, though its files have changed since
    #[arg(long)]
    pub(super) as_begun: bool,
    /// Send also to people who were added to the lists since the edition began
    #[arg(long)]
    pub(super) add_new: bool,
    /// Pass over rows of the lists that have faults
    #[arg(long)]
    pub(super) skip_invalid: bool,
    /// Send although the server's quota is used up or a run did harm, and forget what was learnt of it
    #[arg(long, conflicts_with_all = ["sandbox", "dry_run"])]
    pub(super) anyway: bool,
}

#[derive(Args, Debug)]
pub(super) struct Status {
    /// The id of an edition [default: all]
    #[arg(value_name = "EDITION")]
    pub(super) edition: Option<String>,
    /// Say what has become of the letters to these people
    #[arg(value_name = "ADDRESS")]
    pub(super) addresses: Vec<EmailAddress>,
    /// Print every letter of the edition as a row of CSV, with its state
    #[arg(long, requires = "edition", conflicts_with_all = ["addresses", "json"])]
    pub(super) csv: bool,
}

#[derive(Args, Debug)]
pub(super) struct Report {
    /// The id of an edition
    #[arg(value_name = "EDITION")]
    pub(super) edition: String,
    /// The file to write [default: report-EDITION.html beside the ledger]
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    /// Open it in the browser
    #[arg(long)]
    pub(super) open: bool,
}

#[derive(Args, Debug)]
#[command(group = clap::ArgGroup::new("decision").multiple(false))]
#[command(group = clap::ArgGroup::new("places").multiple(true))]
pub(super) struct Resolve {
    /// The id of an edition
    #[arg(value_name = "EDITION")]
    pub(super) edition: String,
    /// Look for the letters in logs of the relay; - is standard input
    #[arg(long, value_name = "FILE", num_args = 1.., group = "places")]
    pub(super) log: Vec<PathBuf>,
    /// Look for them in mailboxes: a Maildir, an mbox file or a mail
    #[arg(long, value_name = "DIR", num_args = 1.., group = "places")]
    pub(super) maildir: Vec<PathBuf>,
    /// With --arrived: those of which the logs or mailboxes prove that the relay has taken them
    #[arg(long, requires = "places", conflicts_with_all = ["all", "addresses"])]
    pub(super) found: bool,
    /// Whose letters; without any, and without --all, they are listed
    #[arg(value_name = "ADDRESS", requires = "decision")]
    pub(super) addresses: Vec<EmailAddress>,
    /// All of them
    #[arg(long, conflicts_with = "addresses", requires = "decision")]
    pub(super) all: bool,
    /// They are sent once more by the next run
    #[arg(long, group = "decision")]
    pub(super) send_again: bool,
    /// They have arrived
    #[arg(long, group = "decision")]
    pub(super) arrived: bool,
    /// They are not sent again, whether they have arrived or not
    #[arg(long, group = "decision")]
    pub(super) leave: bool,
}

#[derive(Args, Debug)]
#[command(group = clap::ArgGroup::new("which").required(true).multiple(false))]
pub(super) struct Retry {
    /// The id of an edition
    #[arg(value_name = "EDITION")]
    pub(super) edition: String,
    /// Only the letters to these addresses
    #[arg(value_name = "ADDRESS")]
    pub(super) addresses: Vec<EmailAddress>,
    /// Those that the relay has refused
    #[arg(long, group = "which")]
    pub(super) refused: bool,
    /// Those that it has put off, without waiting for their time
    #[arg(long, group = "which")]
    pub(super) deferred: bool,
}

#[derive(Args, Debug)]
pub(super) struct Cancel {
    /// The id of an edition
    #[arg(value_name = "EDITION")]
    pub(super) edition: String,
    /// Don't ask
    #[arg(long, short = 'y')]
    pub(super) yes: bool,
}

#[derive(Args, Debug)]
pub(super) struct Stop {
    /// The edition that is meant; a run that sends another one goes on [default: whatever runs]
    #[arg(value_name = "EDITION")]
    pub(super) edition: Option<String>,
    /// Ask the run to end, and don't wait until it has
    #[arg(long)]
    pub(super) no_wait: bool,
}

#[derive(Args, Debug)]
pub(super) struct Suppress {
    #[command(subcommand)]
    pub(super) verb: SuppressVerb,
}

#[derive(Debug, Subcommand)]
pub(super) enum SuppressVerb {
    /// Add people
    Add {
        /// Their addresses
        #[arg(value_name = "ADDRESS", required_unless_present = "token")]
        addresses: Vec<EmailAddress>,
        /// The letters behind `unsubscribe` in the subject of an unsubscribe mail
        #[arg(long, value_name = "TOKEN", allow_hyphen_values = true)]
        token: Vec<String>,
        /// Why, for those who look later
        #[arg(long, value_name = "TEXT", default_value = "by hand")]
        reason: String,
    },
    /// Take people off it, so that they are written to again
    Remove {
        /// Their addresses
        #[arg(value_name = "ADDRESS", required = true)]
        addresses: Vec<EmailAddress>,
    },
    /// List everybody with the reason and the date
    List,
}

#[derive(Args, Debug)]
pub(super) struct Completions {
    /// The shell
    pub(super) shell: clap_complete::Shell,
}

/// Reads how many letters, in words that say what is wanted.
fn one_or_more(written: &str) -> Result<u64, &'static str> {
    match written.parse() {
        Ok(0) | Err(_) => Err("write how many letters, 1 or more, in digits alone: --limit 20"),
        Ok(count) => Ok(count),
    }
}
