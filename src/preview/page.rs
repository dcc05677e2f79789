//! The review page.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::Preview;
use crate::diagnostic::{Diagnostic, Severity, printable, shortened};
use crate::gate;

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#222;--paper:#fff;--ground:#f1f0ec;--line:#cfccc3;--accent:#1d4f60;--error:#a3201a;--warning:#7a5200}\
@media(prefers-color-scheme:dark){:root{--ink:#e8e8e8;--paper:#1c1c1c;--ground:#111;--line:#444;--accent:#8cc4d8;--error:#ff9c92;--warning:#f0c060}}\
body{margin:0;padding:24px;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif}\
main{max-width:1320px;margin:auto}h1{font-size:24px;margin:0 0 4px}code{overflow-wrap:anywhere}h2{font-size:18px;margin:32px 0 8px}\
code,pre{font:13px/1.45 ui-monospace,monospace}pre{margin:0;padding:16px;overflow:auto;background:var(--paper);border:1px solid var(--line)}\
.bodies{display:flex;flex-wrap:wrap;gap:24px}.bodies>section{flex:1 1 400px;min-width:0}\
iframe{width:100%;height:90vh;min-height:480px;resize:vertical;border:1px solid var(--line);background:#fff}\
table{border-collapse:collapse}th,td{text-align:left;padding:4px 16px 4px 0;vertical-align:top}th{font-weight:600}\
li{margin:0 0 12px}.inbox{background:var(--paper);border:1px solid var(--line);padding:12px 16px}.draft{font-weight:600;color:var(--warning)}.inbox span{opacity:.75}.error{color:var(--error)}.warning{color:var(--warning)}.sample{border-left:4px solid var(--accent);padding:4px 12px}";

/// Writes the page.
pub(super) fn render(preview: &Preview) -> String {
    let edition = &preview.edition;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:";
                title { "Preview: " (edition.subject) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { (edition.subject) }
                    @if preview.is_draft { p.draft { "This is a draft: it can't be sent yet." } }
                    p { "Edition " code { (edition.id) } ", digest " code { (edition.digest) } }
                    p.sample { "This is the letter to an invented recipient. The Date is that of this preview, and the unsubscribe link in it takes nobody off the list." }
                    h2 { "In the inbox" }
                    p.inbox {
                        (edition.sender.name.as_str()) br;
                        strong { (edition.subject) }
                        @if let Some(preheader) = &preview.preheader { br; span { (preheader) } }
                    }
                    (findings(&preview.findings))
                    div.bodies {
                        section {
                            h2 { "HTML body" }
                            // No script may run in it; of another origin, some browsers paint it late or not at all.
                            iframe title="The mail as HTML" sandbox="allow-same-origin" srcdoc=(preview.bodies.html) {}
                        }
                        section {
                            h2 { "Plain text body" }
                            pre tabindex="0" { (preview.bodies.text) }
                        }
                    }
                    (sizes(preview))
                    h2 { "Headers" }
                    pre tabindex="0" { (headers(&preview.letter.bytes)) }
                }
            }
        }
    };
    page.into_string()
}

fn findings(findings: &[Diagnostic]) -> Markup {
    html! {
        h2 { "Findings" }
        @if findings.is_empty() { p { "None." } }
        @else { ul { @for finding in findings { (one(finding)) } } }
    }
}

fn one(finding: &Diagnostic) -> Markup {
    let (class, word) = match finding.severity {
        Severity::Error => ("error", "Error"),
        Severity::Warning => ("warning", "Warning"),
    };
    html! {
        li {
            strong class=(class) { (word) } ": " (finding.message) " (" code { (finding.code) } ")"
            @for label in &finding.labels {
                @let position = label.source.position(label.span.start);
                br;
                code { (label.source.name()) ":" (position.line) ":" (position.column) }
                @let excerpt = printable(shortened(label.source.slice(label.span)));
                @if !excerpt.is_empty() { " " code { (excerpt) } }
                @if !label.text.is_empty() { " (" (label.text) ")" }
            }
            @if let Some(help) = &finding.help { br; em { "What to do: " } (help) }
        }
    }
}

fn sizes(preview: &Preview) -> Markup {
    let html = preview.bodies.html.len();
    html! {
        h2 { "Sizes" }
        table {
            tr { th { "Whole letter" } td { (preview.letter.bytes.len()) " bytes" } }
            tr { th { "HTML body" } td { (html) " bytes: " (html * 100 / gate::CLIPPED) " % of what Gmail shows before it cuts" } }
            tr { th { "Plain text body" } td { (preview.bodies.text.len()) " bytes" } }
        }
    }
}

/// The header section as it leaves, up to the blank line (RFC 5322, 2.1).
fn headers(letter: &[u8]) -> String {
    let end = letter
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap_or(letter.len());
    String::from_utf8_lossy(&letter[..end]).replace("\r\n", "\n")
}
