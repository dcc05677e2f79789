//! The picture of the outcomes by recipient domain, and the same in numbers.

use maud::{Markup, html};

use super::{DRAWN, Page};
use crate::diagnostic::{number, printable};
use crate::ledger::{Counts, State};

/// Where the bars begin and how long the longest is, in units of the picture.
const LEFT: f64 = 230.0;
const WIDTH: f64 = 410.0;

/// The height of a row.
const ROW: f64 = 24.0;

/// The longest name that is drawn whole, in characters.
const NAME: usize = 28;

struct Row {
    name: String,
    counts: Counts,
}

pub(super) fn section(page: &Page<'_>) -> Markup {
    let rows = rows(page);
    if rows.is_empty() {
        return html! {};
    }
    let states: Vec<_> = DRAWN
        .into_iter()
        .filter(|state| rows.iter().any(|row| row.counts.of(*state) > 0))
        .collect();
    let count = page.account.domain_count;
    let told = format!(
        "Letters by state at {}, the largest first; the table below has the numbers.",
        if count == 1 {
            "the one recipient domain".to_owned()
        } else {
            format!("{} recipient domains", number(count))
        }
    );
    html! {
        section {
            h2 #domains-head { "Recipient domains" }
            figure tabindex="0" {
                (picture(&rows, &states, &told))
                figcaption {
                    (told)
                    span.keys { @for state in &states { span.key { span.dot.(state.name()) {} (state.name()) } " " } }
                }
            }
            section.wide tabindex="0" aria-labelledby="domains-head" {
                table {
                    thead { tr {
                        th scope="col" { "Domain" } th.count scope="col" { "All" }
                        @for state in &states { th.count scope="col" { (state.name()) } }
                    } }
                    tbody {
                        @for row in &rows { tr {
                            th.domain scope="row" { (row.name) }
                            td.count { (number(row.counts.enrolled())) }
                            @for state in &states { td.count { (number(row.counts.of(*state))) } }
                        } }
                    }
                }
            }
        }
    }
}

/// The largest domains, and all others together.
fn rows(page: &Page<'_>) -> Vec<Row> {
    let domains = &page.account.domains;
    let mut rows: Vec<_> = domains
        .iter()
        .map(|domain| Row {
            name: printable(&domain.name),
            counts: domain.counts,
        })
        .collect();
    let more = page.account.domain_count.saturating_sub(rows.len() as u64);
    if more > 0 {
        let named: Vec<_> = rows.iter().map(|row| row.counts).collect();
        rows.push(Row {
            name: format!("{} others", number(more)),
            counts: page.account.all.without(&named),
        });
    }
    rows
}

fn picture(rows: &[Row], states: &[State], told: &str) -> Markup {
    let largest = rows.iter().map(|row| row.counts.enrolled()).max();
    let unit = WIDTH / largest.unwrap_or(1).max(1) as f64;
    let height = ROW * rows.len() as f64;
    html! {
        svg.picture viewBox={ "0 0 720 " (height) } role="img" aria-labelledby="domains-title domains-told" {
            title #domains-title { "Letters by state at each recipient domain" }
            desc #domains-told { (told) }
            @for (index, row) in rows.iter().enumerate() {
                @let top = ROW * index as f64;
                text.end x=(LEFT - 10.0) y=(top + 16.0) { (shortened(&row.name)) }
                @for (state, x, width) in bars(row, states, unit) {
                    rect.(state.name()) x=(format!("{x:.1}")) y=(top + 4.0) width=(format!("{width:.1}")) height=(ROW - 8.0) {}
                }
                text x=(format!("{:.1}", LEFT + unit * row.counts.enrolled() as f64 + 8.0)) y=(top + 16.0) { (number(row.counts.enrolled())) }
            }
        }
    }
}

/// The pieces of a bar, one behind the other. The least count is still seen.
fn bars(row: &Row, states: &[State], unit: f64) -> Vec<(State, f64, f64)> {
    let mut x = LEFT;
    let mut bars = Vec::new();
    for state in states {
        let count = row.counts.of(*state);
        if count > 0 {
            let width = unit * count as f64;
            bars.push((*state, x, width.max(1.5)));
            x += width;
        }
    }
    bars
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= NAME {
        return name.to_owned();
    }
    let start: String = name.chars().take(NAME - 1).collect();
    format!("{start}…")
}
