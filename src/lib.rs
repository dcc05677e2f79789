//! Epistle turns one TOML file, a ministry's weekly prayer bulletin, into one
//! correct e-mail for every subscriber.
//!
//! # What must always be true
//! 1. *Nobody is lost, nobody gets it twice.*
//! 2. *What you approved is what is sent.* The preview is made by the code that sends.
//! 3. *Every problem at once, in place*: file, line, column, the words at fault, what to do.
//! 4. *One letter per person.* There is no Cc or Bcc and no way to build one.
//! 5. *Safe people.* Pseudonyms are data; nothing in a mail tracks its reader.
//! 6. *Quiet machine.* Without a terminal: no questions, no drawings, nothing on success.
//!
//! # The way through the house
//! One direction. A room may use only those before it in this line, and
//! `tests/layering.rs` holds it to that:
//!
//! ```text
//! files -> image -> diagnostic -> document -> people -> settings -> bulletin -> check -> render -> edition -> letter -> gate -> ledger -> smtp -> sandbox -> delivery -> evidence -> diff -> preview -> account -> cli
//!
//! bulletin file --document--> Table --bulletin--> Bulletin --check--> CheckedBulletin
//!     --render--> Bodies with slots --edition--> Edition --letter--> Letter --gate--> findings
//!                                                           --preview--> four local files
//! lists --people--> rows --delivery--> the ledger's roll --begin--> letters, pending
//! pending --delivery: claim, compose--> Letter --smtp--> Reply --delivery: judge--> the ledger
//! ```
//!
//! | room | what lives there |
//! |---|---|
//! | [`files`] | files that only their owner can read, whole or not at all |
//! | [`image`] | pictures that travel with a mail: their size, and nothing else that their files tell |
//! | [`diagnostic`] | source files and spans, findings, how they are shown |
//! | [`document`] | TOML read with every fault at once: statements, tree, fields |
//! | [`people`] | addresses, names, languages, the lists they stand on, the tokens by which one unsubscribes |
//! | [`settings`] | `epistle.toml`: who sends, to whom, by which relay and how fast |
//! | [`bulletin`] | the model, and reading it: inline text, schedule, mentions of names |
//! | [`check`] | rules on what staff wrote, one a file under `rules/` |
//! | [`render`] | the blocks of a letter, each with its HTML and its plain text in one file |
//! | [`edition`] | the files of an edition, one a language, and these frozen for sending: templates with slots, digest |
//! | [`letter`] | what all letters of an edition in one language share, frozen; the bytes for one person: headers, splice, identity, signatures |
//! | [`gate`] | rules on finished letters |
//! | [`ledger`] | the durable record of who gets what: states, the SQLite store, the lock of a run |
//! | [`smtp`] | one connection: stream, bounded replies, pipelined groups, the stage of each failure |
//! | [`sandbox`] | an SMTP server on loopback, for the product and for the tests |
//! | [`delivery`] | from an edition to its recipients: lists, pace, workers, whose fault a refusal is |
//! | [`evidence`] | what relay logs and mailboxes say of letters in doubt |
//! | [`diff`] | what readers will see that differs from the last edition |
//! | [`preview`] | the review page: one file, no network |
//! | [`account`] | the page that tells how an edition went |
//! | [`cli`] | one file a verb; the exit codes in one table |
//!
//! # Why `document` is a room
//! Settings, lists and bulletins are all TOML and owe their readers the same
//! findings. The toml crate parses one statement at a time here: left alone with
//! a whole file, its recovery stops at the first line that is no statement, and
//! an unclosed text swallows the rest.
//!
//! # Why `people` stands before `settings`
//! The sender has an address and a name like anybody else, and they are held to
//! the same rules.
//!
//! # Why lists are streams
//! A list may have a million rows, and whoever reads it keeps what it needs.
//! CSV is cut into rows by [`people::list`] itself, as TOML is into statements
//! by `document`: a quotation mark that isn't closed must not take the rows
//! below it along, into memory or out of sight.
//!
//! # Why translations are read with their base
//! A bulletin and the files beside it that translate it are one edition: one
//! digest, one question before it is sent, and nothing of it goes while one of
//! them can't be read or is a draft. So [`edition::Issue`] is read as a whole,
//! and no command takes a translation by itself. A translation is read with its
//! base in hand: what all languages share, it takes from there, and a pseudonym
//! of the base is one in every language, whoever forgets to say so.
//!
//! # Why pictures are read with the bulletin
//! A picture that is missing, turned or too large is a fault of the line that
//! names it, and is told there, with all others. What is read is stripped on the
//! way in, so that no later room ever holds the place where it was taken.
//!
//! # Why the brand belongs to the sender
//! `[brand]` is a table of its own in the file, and a part of
//! [`settings::Sender`] in the program: whatever is rendered for a sender looks
//! like that sender, and no caller can leave it out. It reaches the digest by the
//! bodies and the pictures that are made with it.
//!
//! # Where the words differ from person to person
//! While bodies are text, a [`render::Slot`] is one noncharacter, which reading
//! refuses in every text. [`edition::Template`] cuts the encoded body there, with
//! a soft line break on either side, so that a letter is a splice and never an encode.
//!
//! # What is durable when
//! Everything rests on one order, kept in `delivery/worker.rs`. Between the
//! answer to one dot and the first byte of the next body on that connection
//! stands one commit: the outcome of the one letter, and that the other is
//! `started`. The commit is shared by all connections that wait for one
//! ([`ledger::Writer`]), so that it costs little, and is made on the thread that
//! drives them: neither has to wake the other. The next envelope may travel
//! behind the dot, in the same write; a body never does.
//!
//! # Why signed letters are composed by a thread for each processor
//! A signature takes longer than all else about composing a letter, and whoever
//! sends to a relay on the same machine has no processor to spare. Threads that
//! are bound to one each, and wait for whatever else runs there
//! (`delivery/feed/pool.rs`), take what the connections and the relay leave.
//! Without a key one thread looks for letters and composes them.
//!
//! # How a ledger that has forgotten is found out
//! SQLite can't know that its log was deleted, or that it is an older copy. So
//! each run leaves, where its report will stand, that it has begun, and how many
//! letters were accepted; a ledger that knows of less is not sent from. A look of
//! cron's that changed nothing takes its own back where another knows as much.
//!
//! # Why one connection logs in before the others
//! A wrong password that is tried by all connections together is what accounts
//! are locked for. While none is open, one logs in alone, and the others follow.
//!
//! # Why the lists are staged before an edition begins
//! A person is asked before anything begins, with the counts of what would be
//! sent. So the lists are read onto a roll, a table of the connection's own that
//! SQLite keeps on the disk; beginning copies it, in one transaction. A dry run
//! does the same on a copy of the ledger, and so leaves it as it was.
//!
//! # Letters that come back
//! What a connection could not send stays `pending`, behind the feeder's cursor.
//! When all others have an outcome, the feeder sweeps over the edition again:
//! no queue but the ledger has to be right. The same becomes of letters whose
//! claim is out of date, since a person has cancelled or suppressed one of them.
//!
//! # What is remembered of a relay
//! How much went to it, and what it has taught: its quota, the pace that it
//! wants, how many letters it takes on a connection. Both stand in the ledger
//! beside the account, not the edition, since quotas are an account's. A letter
//! counts against a ceiling from its leave until a window after its answer, so
//! that whenever the relay counts it no window of the relay's has too many.
//! A login that was refused is remembered too, by a fingerprint of the settings and the
//! password: cron looks every ten minutes, and accounts are locked for less.
//!
//! # Domains with a pace of their own
//! Each is a stream of claims beside that of all others (`delivery/feed/streams.rs`),
//! and holds a few of them: whoever waits for its pace keeps nobody waiting, and
//! no queue grows with the list.
//!
//! # What editions are compared by
//! An [`edition::Outline`]: what an edition says, in parts. It is frozen with the
//! letters and kept in the ledger, so that this week's bulletin is compared with
//! what readers were sent last week, not with what its file has become.
//!
//! # What people wrote is not trusted
//! Files are read up to a limit; a text may not hold controls or noncharacters;
//! inline text is kept flat, so that no depth of marks becomes a depth of calls;
//! whatever is shown on a terminal is stripped of what a terminal would obey; in
//! the review page nothing may run or load, whatever stands in it.

pub mod account;
pub mod bulletin;
pub mod check;
pub mod cli;
pub mod delivery;
pub mod diagnostic;
pub mod diff;
pub mod document;
pub mod edition;
pub mod evidence;
pub mod files;
pub mod gate;
pub mod image;
pub mod ledger;
pub mod letter;
pub mod people;
pub mod preview;
pub mod render;
pub mod sandbox;
pub mod settings;
pub mod smtp;
