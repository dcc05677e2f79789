//! The picture of the pace: letters accepted over time, in the run that had most of them.

use std::fmt::Write;

use maud::{Markup, html};

use super::{Page, facts};
use crate::diagnostic::number;
use crate::ledger::Pace;

/// The field in which it is drawn, in units of the picture.
const LEFT: f64 = 64.0;
const TOP: f64 = 14.0;
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 150.0;

pub(super) fn section(page: &Page<'_>) -> Markup {
    let Some(pace) = &page.account.pace else {
        return html! {};
    };
    let total: u64 = pace.accepted.iter().sum();
    let lasts = pace.width * i64::try_from(pace.accepted.len()).unwrap_or(i64::MAX);
    let (most, when) = most(pace);
    let told = format!(
        "{} letters were accepted in {}, most of them in the {} from {}: {}, which is {}.",
        number(total),
        facts::time(lasts),
        facts::time(pace.width),
        page.at_millis(when),
        number(most),
        rate(most, pace.width),
    );
    html! {
        section {
            h2 #pace-head { "Pace" }
            p { (told) }
            figure tabindex="0" {
                (picture(page, pace, most, &told))
                figcaption { "Letters accepted in each " (facts::time(pace.width)) " of the run that had most of them" }
            }
            details {
                summary { "The same in numbers" }
                table {
                    thead { tr { th scope="col" { "From" } th.count scope="col" { "Letters accepted" } } }
                    tbody {
                        @for (at, count) in stretches(pace) {
                            tr { td { (page.at_millis(at)) } td.count { (number(count)) } }
                        }
                    }
                }
            }
        }
    }
}

/// Each stretch of time by its beginning.
fn stretches(pace: &Pace) -> impl Iterator<Item = (i64, u64)> {
    let begins = (pace.from..).step_by(usize::try_from(pace.width).unwrap_or(usize::MAX));
    begins.zip(pace.accepted.iter().copied())
}

/// The most letters of a stretch, and when it begins.
fn most(pace: &Pace) -> (u64, i64) {
    let first = |(at, count): (i64, u64)| (count, std::cmp::Reverse(at));
    let most = stretches(pace).map(first).max();
    most.map_or((0, pace.from), |(count, at)| (count, at.0))
}

/// A speed as people say it.
fn rate(letters: u64, millis: i64) -> String {
    let second = letters as f64 * 1_000.0 / millis as f64;
    if second >= 1.0 {
        format!("{} a second", number(second.round() as u64))
    } else {
        format!("{} a minute", number((second * 60.0).round() as u64))
    }
}

fn picture(page: &Page<'_>, pace: &Pace, most: u64, told: &str) -> Markup {
    let bottom = TOP + HEIGHT;
    let step = WIDTH / pace.accepted.len().max(1) as f64;
    let mut path = format!("M{LEFT} {bottom}");
    for (index, count) in pace.accepted.iter().enumerate() {
        let x = LEFT + step * index as f64;
        let y = bottom - HEIGHT * *count as f64 / most.max(1) as f64;
        // Writing to a text can't fail.
        let _ = write!(path, "L{x:.1} {y:.1}H{:.1}", x + step);
    }
    let right = LEFT + WIDTH;
    let _ = write!(path, "L{right} {bottom}Z");
    let end = stretches(pace)
        .last()
        .map_or(pace.from, |(at, _)| at + pace.width);
    let middle = TOP + HEIGHT / 2.0;
    html! {
        svg.picture viewBox="0 0 720 200" role="img" aria-labelledby="pace-title pace-told" {
            title #pace-title { "Letters accepted over time" }
            desc #pace-told { (told) }
            @for y in [TOP, middle, bottom] {
                line.grid x1=(LEFT) x2=(right) y1=(y) y2=(y) {}
            }
            path.accepted d=(path) {}
            text.end x=(LEFT - 8.0) y=(TOP + 5.0) { (rate(most, pace.width).replace(" a second", "/s").replace(" a minute", "/min")) }
            text.end x=(LEFT - 8.0) y=(bottom + 5.0) { "0" }
            text x=(LEFT) y=(bottom + 24.0) { (page.at_millis(pace.from)) }
            text.end x=(right) y=(bottom + 24.0) { (page.at_millis(end)) }
        }
    }
}
