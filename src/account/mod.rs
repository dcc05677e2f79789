//! The page that tells how an edition went: what has become of its letters, how
//! fast, at which domains, and who has not got it.
//!
//! One file that needs no network and no script, for its owner alone: it names people.

mod domains;
mod facts;
mod letters;
mod pace;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use maud::{DOCTYPE, PreEscaped, html};

use crate::delivery::Report;
use crate::ledger::{self, State};

const STYLE: &str = include_str!("style.css");

/// What the page may do: show itself.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// What the page is made from.
#[derive(Debug)]
pub struct Page<'p> {
    /// How the edition stands.
    pub report: &'p Report,
    /// Its runs, its pace, its domains.
    pub account: &'p ledger::Account,
    /// The line in the inbox, and its language.
    pub subject: &'p str,
    /// The tag of that language.
    pub language: &'p str,
    /// The group it is for; without one, all.
    pub audience: Option<&'p str>,
    /// What there is to do.
    pub next: &'p str,
    /// In which times are told.
    pub timezone: Option<Tz>,
    /// When it is made.
    pub now: DateTime<Utc>,
}

impl Page<'_> {
    /// Writes it.
    pub fn render(&self) -> String {
        let edition = &self.report.edition;
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(POLICY);
                    meta name="viewport" content="width=device-width,initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="referrer" content="no-referrer";
                    title { "Report: " (edition) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    a.skip href="#content" { "Skip to the content" }
                    header {
                        p.over { "Report of edition " code { (edition) } }
                        h1 lang=(self.language) dir="auto" { (self.subject) }
                        (facts::cards(self))
                    }
                    main #content {
                        (facts::states(self))
                        (pace::section(self))
                        (domains::section(self))
                        (letters::section(self))
                        (facts::runs(self))
                        (facts::technical(self))
                    }
                    footer {
                        p {
                            "Made by Epistle " (env!("CARGO_PKG_VERSION")) " at " (self.at(self.now)) ". "
                            "It tells how the edition stood then, and it names people: keep it as you keep the list."
                        }
                    }
                }
            }
        };
        page.into_string()
    }

    /// A moment in the time zone of the settings.
    fn at(&self, moment: DateTime<Utc>) -> String {
        const FORM: &str = "%Y-%m-%d %H:%M:%S (UTC%:z)";
        match self.timezone {
            Some(zone) => moment.with_timezone(&zone).format(FORM).to_string(),
            None => moment.format(FORM).to_string(),
        }
    }

    /// The same from milliseconds since 1970-01-01 UTC.
    fn at_millis(&self, millis: i64) -> String {
        self.at(DateTime::from_timestamp_millis(millis).unwrap_or_default())
    }

    /// The same from what a report says; as it is, where that is no time.
    fn at_text(&self, time: &str) -> String {
        match DateTime::parse_from_rfc3339(time) {
            Ok(moment) => self.at(moment.to_utc()),
            Err(_) => time.to_owned(),
        }
    }
}

/// The states in the order in which they are drawn: what is well first.
const DRAWN: [State; 8] = [
    State::Accepted,
    State::Pending,
    State::Started,
    State::Deferred,
    State::Unknown,
    State::Refused,
    State::Suppressed,
    State::Cancelled,
];
