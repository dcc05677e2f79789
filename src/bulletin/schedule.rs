//! When a bulletin is due: the moment that `send_at` names, if it names one and only one.

use chrono::{DateTime, FixedOffset, LocalResult, NaiveDateTime, TimeZone};
use chrono_tz::Tz;

use crate::diagnostic::{Located, Span};
use crate::document::{Fields, Moment, Reader};

/// Takes `send_at`: with an offset as it stands, else in the zone of the settings.
pub(super) fn send_at(
    fields: &mut Fields<'_>,
    zone: Option<Tz>,
) -> Option<Located<DateTime<FixedOffset>>> {
    let reader = fields.reader();
    let Located { value, span } = fields.optional_datetime("send_at")?;
    let Moment {
        date: Some(date),
        time: Some(time),
        offset,
    } = value
    else {
        return None; // `optional_datetime` takes none without both
    };
    let local = date.and_time(time);
    let resolved = match (offset, zone) {
        (Some(offset), _) => offset.from_local_datetime(&local).single(),
        (None, Some(zone)) => in_zone(reader, span, local, zone),
        (None, None) => {
            reader.report(
                reader
                    .error(
                        "no-time-zone",
                        span,
                        "it isn't said in which time zone this is meant",
                    )
                    .help(format!(
                        "write the offset, such as {}+01:00, or set `timezone` in the settings",
                        local.format("%Y-%m-%dT%H:%M:%S")
                    )),
            );
            None
        }
    };
    resolved.map(|moment| Located::new(moment, span))
}

fn in_zone(
    reader: &Reader,
    span: Span,
    local: NaiveDateTime,
    zone: Tz,
) -> Option<DateTime<FixedOffset>> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(moment) => Some(moment.fixed_offset()),
        LocalResult::Ambiguous(first, second) => {
            reader.report(
                reader
                    .error(
                        "ambiguous-time",
                        span,
                        format!("this time comes twice in {zone}: the clocks go back that night"),
                    )
                    .help(format!(
                        "write {} or {}",
                        first.to_rfc3339(),
                        second.to_rfc3339()
                    )),
            );
            None
        }
        LocalResult::None => {
            reader.report(
                reader
                    .error(
                        "no-such-time",
                        span,
                        format!(
                            "this time doesn't come in {zone}: the clocks go forward that night"
                        ),
                    )
                    .help("choose a time before or after the gap"),
            );
            None
        }
    }
}
