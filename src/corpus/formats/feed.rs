//! What RSS, Atom and JSON feeds have in common: texts that may be HTML, addresses that
//! may be relative, authors behind addresses of mail.

use super::super::markup::{is_html, text_of_html};
use super::super::xml::unescape;

/// Returns a title as plain text on one line, whether it was HTML or not.
pub(super) fn plain_line(text: &str) -> String {
    let text = if is_html(text) {
        text_of_html(text)
    } else {
        unescape(text).into_owned()
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns a text as plain paragraphs, whether it was HTML or not.
pub(super) fn plain_text(text: &str) -> String {
    if is_html(text) || text.contains("<!--") {
        text_of_html(text)
    } else {
        unescape(text).trim().to_owned()
    }
}

/// Returns the author that RSS writes behind an address: `ann@example.org (Ann Berg)`.
pub(super) fn author(text: &str) -> String {
    let text = text.trim();
    match text.split_once('(') {
        Some((address, name)) if address.contains('@') => {
            name.trim_end_matches(')').trim().to_owned()
        }
        _ => text.to_owned(),
    }
}

/// Returns `address` as it is meant on a page at `base`; nothing if it names no page.
pub(super) fn absolute(address: &str, base: Option<&str>) -> Option<String> {
    let address = address.trim();
    if address.is_empty() || address.starts_with('#') {
        return None;
    }
    let scheme = address.split_once(':').map_or("", |(scheme, _)| scheme);
    if !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Some(address.to_owned());
    }
    let base = base.filter(|base| base.contains("://"))?;
    let (scheme, rest) = base.split_once("://")?;
    let rest = rest.split(['?', '#']).next()?;
    let host = rest.split('/').next()?;
    if let Some(elsewhere) = address.strip_prefix("//") {
        return Some(format!("{scheme}://{elsewhere}"));
    }
    if address.starts_with('/') {
        return Some(format!("{scheme}://{host}{address}"));
    }
    let folder = rest.rsplit_once('/').map_or(host, |(folder, _)| folder);
    Some(format!("{scheme}://{folder}/{address}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_made_whole() {
        let base = Some("https://example.org/news/index.html?x");
        for (address, expected) in [
            ("https://a.example/b", Some("https://a.example/b")),
            ("b.html", Some("https://example.org/news/b.html")),
            ("/b", Some("https://example.org/b")),
            ("//c.example/b", Some("https://c.example/b")),
            ("tag:x,2020:1", Some("tag:x,2020:1")),
            ("#top", None),
            ("", None),
        ] {
            assert_eq!(absolute(address, base).as_deref(), expected, "{address}");
        }
        assert_eq!(absolute("b.html", None), None);
    }

    #[test]
    fn authors_stand_behind_addresses() {
        assert_eq!(author("ann@example.org (Ann Berg)"), "Ann Berg");
        assert_eq!(author("Ann Berg (Oslo)"), "Ann Berg (Oslo)");
    }
}
