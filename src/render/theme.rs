//! Colours, type and measures of the HTML body: six-digit colours and physical
//! sides only, since Gmail drops all of an element's styles for one it doesn't know.
//!
//! Each pair of text and ground passes WCAG 2.2 AA (4.5 to 1), in the light and in the dark.

use crate::people::Direction;

/// Under everything.
pub(super) const GROUND: &str = "#f3f1ec";
/// Under the text.
pub(super) const PAPER: &str = "#ffffff";
/// The text: 15.9 to 1 on [`PAPER`].
pub(super) const INK: &str = "#222222";
/// What stands back, such as the foot: 6.1 to 1 on [`GROUND`].
pub(super) const PALE: &str = "#5a5a5a";
/// Headings and links: 9.0 to 1 on [`PAPER`].
pub(super) const ACCENT: &str = "#1d4f60";
/// Urgent items: 7.6 to 1 on [`PAPER`].
pub(super) const ALARM: &str = "#a3201a";

/// For running text: every client has one of these.
pub(super) const SANS: &str = "Arial,Helvetica,sans-serif";
/// For headings: Georgia is on Windows, macOS and iOS.
pub(super) const SERIF: &str = "Georgia,'Times New Roman',serif";

/// For clients that read it: dark colours. Everything else is inline, since
/// GMX, web.de and Gmail with foreign accounts remove this.
pub(super) const STYLE: &str = ":root{color-scheme:light dark;supported-color-schemes:light dark}\
@media (prefers-color-scheme:dark){.b{background-color:#121212 !important}.w,.c{background-color:#1e1e1e !important}\
.c,.t{color:#e8e8e8 !important}.f{background-color:#121212 !important;color:#b8b8b8 !important}\
.l,.h{color:#8cc4d8 !important}.u{color:#ff9c92 !important}}";

/// For Outlook on Windows: 96 dots an inch, and the width that it can't be told otherwise.
pub(super) const OUTLOOK: &str = "<!--[if mso]><noscript><xml><o:OfficeDocumentSettings><o:PixelsPerInch>96</o:PixelsPerInch>\
</o:OfficeDocumentSettings></xml></noscript><style>.w{width:600px !important}</style><![endif]-->";

/// The style of a cell of text.
pub(super) fn cell(direction: Direction, padding: &str) -> String {
    format!(
        "padding:{padding};font-family:{SANS};font-size:16px;line-height:24px;text-align:{};color:{INK};background-color:{PAPER};word-break:break-word",
        direction.start()
    )
}

/// The style of the foot's cell.
pub(super) fn foot(direction: Direction) -> String {
    format!(
        "padding:20px 24px 28px;font-family:{SANS};font-size:14px;line-height:21px;text-align:{};color:{PALE};background-color:{GROUND};word-break:break-word",
        direction.start()
    )
}

/// The style of a heading of `size` pixels.
pub(super) fn heading(size: u32, line: u32, margin: &str) -> String {
    format!(
        "margin:{margin};font-family:{SERIF};font-size:{size}px;line-height:{line}px;font-weight:bold;color:{ACCENT}"
    )
}

/// The style of a paragraph.
pub(super) const PARAGRAPH: &str = "margin:0 0 12px";
