//! `link-text`: words of a link that don't say where it leads, or say another place.
//!
//! Screen readers list the links of a mail by their words alone: "click here"
//! three times helps nobody. And words that name one host while the link leads
//! to another are what mails do that steal passwords; filters know that.

use std::sync::Arc;

use crate::bulletin::{Bulletin, RichText};
use crate::diagnostic::{Diagnostic, Span};

/// Words that say nothing, in the languages that many bulletins are in.
const EMPTY: &[&str] = &[
    "click here",
    "here",
    "link",
    "more",
    "read more",
    "this link",
    "learn more", // en
    "hier",
    "hier klicken",
    "klicken sie hier",
    "klick hier",
    "mehr",
    "weiterlesen", // de
    "klik hier",
    "lees meer",
    "meer", // nl
    "ici",
    "cliquez ici",
    "en savoir plus",
    "lire la suite", // fr
    "aquí",
    "haga clic aquí",
    "haz clic aquí",
    "leer más",
    "más", // es
    "aqui",
    "clique aqui",
    "leia mais",
    "saiba mais", // pt
];

pub(super) fn check(bulletin: &Bulletin, findings: &mut Vec<Diagnostic>) {
    for (words, url, place) in links(bulletin) {
        let plain = words.trim_matches(|char: char| !char.is_alphanumeric());
        if EMPTY.contains(&plain.to_lowercase().as_str()) {
            findings.push(
                Diagnostic::warning("link-text", "these words don't say where the link leads")
                    .at(&bulletin.source, place, "")
                    .help("write what one finds there, such as “the report on the harvest”"),
            );
        } else if let Some(named) = host_named(&words)
            && !leads_to(&url, &named)
        {
            let told = format!("these words name {named}, and the link leads elsewhere");
            findings.push(
                Diagnostic::warning("link-text", told)
                    .at(&bulletin.source, place, "")
                    .help("write what one finds there, or the address to which it leads"),
            );
        }
    }
}

/// Every link: its words, where it leads, where the words stand.
pub(super) fn links(bulletin: &Bulletin) -> Vec<(String, Arc<str>, Span)> {
    let mut found = Vec::new();
    let mut rich = |text: &RichText| {
        for paragraph in &text.paragraphs {
            for run in paragraph.chunk_by(|one, next| one.link == next.link) {
                if let Some(url) = &run[0].link {
                    let words: String = run.iter().map(|run| run.text.value.as_str()).collect();
                    found.push((words, Arc::clone(url), run[0].text.span));
                }
            }
        }
    };
    bulletin.intro.iter().for_each(&mut rich);
    for section in &bulletin.sections {
        section.intro.iter().for_each(&mut rich);
        section.items.iter().for_each(|item| rich(&item.text));
    }
    bulletin.closing.iter().for_each(&mut rich);
    let items = bulletin.sections.iter().flat_map(|section| &section.items);
    found.extend(items.filter_map(|item| item.link.as_ref()).map(|link| {
        (
            link.text.value.clone(),
            Arc::clone(&link.url),
            link.text.span,
        )
    }));
    found
}

/// The host that words name, if they are an address of the web.
fn host_named(words: &str) -> Option<String> {
    let words = words.trim();
    if words.contains(char::is_whitespace) || words.contains('@') {
        return None;
    }
    let address = if words.contains("://") {
        words.to_owned()
    } else if words.to_ascii_lowercase().starts_with("www.") {
        format!("https://{words}")
    } else {
        return None;
    };
    let url = url::Url::parse(&address).ok()?;
    Some(without_www(url.host_str()?).to_owned())
}

fn leads_to(url: &str, host: &str) -> bool {
    url::Url::parse(url)
        .ok()
        .and_then(|url| url.host_str().map(|found| without_www(found) == host))
        .unwrap_or(false)
}

fn without_www(host: &str) -> &str {
    host.strip_prefix("www.").unwrap_or(host)
}
