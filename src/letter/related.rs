//! The pictures of a letter, beside its HTML body (RFC 2387): they are the same
//! for everybody, so they are encoded once.
//!
//! Without pictures the HTML body stands alone, and no reader looks for attachments.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::frozen::part;
use super::header;
use crate::edition::Embedded;

/// The longest line of an encoded body (RFC 2045, 6.8).
const LINE: usize = 76;

/// What stands around the HTML body.
pub(super) struct Related<'e> {
    images: &'e [Embedded],
    boundary: String,
}

impl<'e> Related<'e> {
    /// `seed` makes the boundary. The letter's own isn't the beginning of this
    /// one, by which readers would take it for that (RFC 2046, 5.1.2).
    pub(super) fn new(images: &'e [Embedded], seed: &[u8]) -> Self {
        Self {
            images,
            boundary: format!("=_r{}", super::hex(seed)),
        }
    }

    /// From the plain body to the HTML body; `outer` is the boundary of the two.
    pub(super) fn before(&self, outer: &str) -> String {
        if self.images.is_empty() {
            return format!("\r\n{}", part(outer, "html"));
        }
        let boundary = &self.boundary;
        format!(
            "\r\n--{outer}\r\nContent-Type: multipart/related; type=\"text/html\";\r\n boundary=\"{boundary}\"\r\n\r\n{}",
            part(boundary, "html")
        )
    }

    /// What follows the HTML body: the pictures, and the end of the letter. Their
    /// names are numbers, since a file's own name may say who is in it.
    pub(super) fn behind(&self, outer: &str) -> String {
        let mut out = String::from("\r\n");
        let boundary = &self.boundary;
        for (index, Embedded { content_id, image }) in self.images.iter().enumerate() {
            let kind = image.kind.media_type();
            let name = format!("picture-{}.{}", index + 1, image.kind.ending());
            out.push_str(&format!(
                "--{boundary}\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n{}\
                 Content-Disposition: inline; filename=\"{name}\"\r\n\r\n",
                header::words("Content-ID", &[&format!("<{content_id}>")])
            ));
            let encoded = STANDARD.encode(&image.bytes);
            let mut rest = encoded.as_str();
            while !rest.is_empty() {
                let (line, others) = rest.split_at(rest.len().min(LINE)); // ASCII
                out.push_str(line);
                out.push_str("\r\n");
                rest = others;
            }
        }
        if !self.images.is_empty() {
            out.push_str(&format!("--{boundary}--\r\n\r\n"));
        }
        out.push_str(&format!("--{outer}--\r\n"));
        out
    }
}
