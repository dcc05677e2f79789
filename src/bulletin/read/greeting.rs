//! Takes the greeting, and the one for people whose name isn't known.

use super::super::{Greeting, NAME_PLACE};
use super::text::optional_line;
use crate::diagnostic::quote;
use crate::document::{Fields, Reader, Text};

pub(super) fn greeting(fields: &mut Fields<'_>) -> Option<Greeting> {
    let reader = fields.reader();
    let [has_text, has_fallback] = ["greeting", "greeting_fallback"].map(|key| fields.has(key));
    let text = optional_line(fields, "greeting");
    let fallback = optional_line(fields, "greeting_fallback");
    for (key, text) in [("greeting", &text), ("greeting_fallback", &fallback)] {
        if let Some(text) = text {
            report_placeholders(reader, key, text);
        }
    }
    match (&text, &fallback) {
        (Some(greeting), None) if !has_fallback && greeting.value.contains(NAME_PLACE) => reader
            .report(
                reader
                    .error(
                        "missing-key",
                        greeting.span,
                        "it isn't said how somebody without a name is greeted",
                    )
                    .help("write greeting_fallback = \"Dear friends,\""),
            ),
        (None, Some(fallback)) if !has_text => reader.report(
            reader
                .error(
                    "missing-key",
                    fallback.span,
                    "`greeting_fallback` stands here without `greeting`",
                )
                .help("write greeting = \"Dear {name},\""),
        ),
        _ => {}
    }
    Some(Greeting {
        text: text?,
        fallback,
    })
}

/// Reports braces that would reach the reader: `{name}` in the greeting is the only place there is.
fn report_placeholders(reader: &Reader, key: &str, text: &Text) {
    let mut at = 0;
    while let Some(found) = text.value[at..].find(['{', '}']) {
        let start = at + found;
        let rest = &text.value[start..];
        if key == "greeting" && rest.starts_with(NAME_PLACE) {
            at = start + NAME_PLACE.len();
            continue;
        }
        // Up to the closing brace, unless another opens before it.
        let next = rest[1..].find(['{', '}']).map(|next| next + 1);
        let width = next
            .filter(|&next| rest.starts_with('{') && rest[next..].starts_with('}'))
            .map_or(1, |end| end + 1);
        let finding = reader.error(
            "unknown-placeholder",
            text.source_span(start, start + width),
            format!("{} stands for nothing here", quote(&rest[..width])),
        );
        reader.report(finding.help(if key == "greeting" {
            "the recipient's name is written {name}"
        } else {
            "this line is for recipients whose name isn't known"
        }));
        at = start + width;
    }
}
