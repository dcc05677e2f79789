//! The links of the mail, read back from its HTML: each target once, with the
//! words that lead there and how often they do.

/// Where links lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// The address.
    pub(super) url: String,
    /// What the links say, each wording once.
    pub(super) words: Vec<String>,
    /// How many links there are.
    pub(super) times: usize,
}

/// Finds them in the order of their first link.
pub(super) fn links(html: &str) -> Vec<Target> {
    let mut targets: Vec<Target> = Vec::new();
    let mut known = std::collections::HashMap::new();
    for part in html.split("<a ").skip(1) {
        let Some((tag, rest)) = part.split_once('>') else {
            continue;
        };
        let Some(url) = attribute(tag, "href") else {
            continue;
        };
        let words = without_tags(rest.split("</a>").next().unwrap_or_default());
        let number = *known.entry(url.clone()).or_insert(targets.len());
        if number == targets.len() {
            targets.push(Target {
                url,
                words: Vec::new(),
                times: 0,
            });
        }
        let target = &mut targets[number]; // pushed when its number was given
        target.times += 1;
        if !target.words.contains(&words) && target.words.len() < MOST_WORDINGS {
            target.words.push(words);
        }
    }
    targets
}

/// The most wordings of one target that are told.
const MOST_WORDINGS: usize = 10;

/// Splits an address before and behind its host, so that the host can be shown apart.
pub(super) fn around_host(url: &str) -> (&str, &str, &str) {
    let start = match url.find("://") {
        Some(at) => at + "://".len(),
        None => url.find('@').map_or(url.len(), |at| at + 1),
    };
    let end = url[start..]
        .find(['/', '?', '#'])
        .map_or(url.len(), |at| start + at);
    let start = url[start..end]
        .rfind('@')
        .map_or(start, |at| start + at + 1);
    (&url[..start], &url[start..end], &url[end..])
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = tag.split_once(&format!("{name}=\""))?.1;
    Some(unescaped(value.split('"').next().unwrap_or_default()))
}

fn without_tags(html: &str) -> String {
    let mut words = String::new();
    for part in html.split('<') {
        words.push_str(part.split_once('>').map_or(part, |(_, words)| words));
    }
    unescaped(&words)
}

/// Undoes what writing HTML escapes.
fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_target_is_told_once() {
        let html = "<a href=\"https://x.example/?a=1&amp;b\">One <b>two</b></a><a class=\"l\" href=\"mailto:a@b\">M &lt;</a><a href=\"https://x.example/?a=1&amp;b\">Three</a>";
        let found = links(html);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].url, "https://x.example/?a=1&b");
        assert_eq!(found[0].words, ["One two", "Three"]);
        assert_eq!((found[0].times, found[1].times), (2, 1));
        assert_eq!(found[1].words, ["M <"]);
    }

    #[test]
    fn the_host_is_found() {
        assert_eq!(
            around_host("https://a.example/b?c"),
            ("https://", "a.example", "/b?c")
        );
        assert_eq!(
            around_host("mailto:x@a.example?subject=u"),
            ("mailto:x@", "a.example", "?subject=u")
        );
        assert_eq!(
            around_host("https://good.example@bad.example/"),
            ("https://good.example@", "bad.example", "/")
        );
        assert_eq!(
            around_host("https://a.example"),
            ("https://", "a.example", "")
        );
    }
}
