//! Those who have not got the letter, or of whom nobody knows it: who, where it
//! ended, and what the mail server said.

use maud::{Markup, html};

use super::Page;
use crate::delivery::Letter;
use crate::diagnostic::{number, printable};

/// The most letters that are told one by one.
const MOST: usize = 1_000;

pub(super) fn section(page: &Page<'_>) -> Markup {
    let letters = &page.report.letters;
    html! {
        section {
            h2 #letters-head { "Refused, deferred or in doubt" }
            @if letters.is_empty() { p { "None." } }
            @else {
                section.wide tabindex="0" aria-labelledby="letters-head" {
                    table {
                        thead { tr {
                            th scope="col" { "To" } th scope="col" { "State" } th scope="col" { "At" }
                            th scope="col" { "What was said" } th scope="col" { "When" }
                        } }
                        tbody { @for letter in letters.iter().take(MOST) { (row(page, letter)) } }
                    }
                }
                @if letters.len() > MOST {
                    p {
                        "And " (number((letters.len() - MOST) as u64)) " more: "
                        code { "epistle status " (page.report.edition) " --json" } " names all of them."
                    }
                }
            }
        }
    }
}

fn row(page: &Page<'_>, letter: &Letter) -> Markup {
    html! {
        tr {
            th scope="row" { (letter.address) br; span.pale { (printable(&letter.file)) ":" (letter.line) } }
            td.state { span.dot.(letter.state.name()) {} (letter.state.name()) }
            td.state { (letter.stage.as_deref().unwrap_or("–")) }
            td.said { (printable(letter.reply.as_deref().unwrap_or("–"))) }
            td {
                (page.at_text(&letter.time))
                @if let Some(due) = &letter.due { br; "again at " (page.at_text(due)) }
            }
        }
    }
}
