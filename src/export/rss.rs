//! Writes the stories that a watch reported as a feed: RSS 2.0.

use std::fmt::Write;

use crate::article::{DateOrigin, Published};
use crate::index::Watch;

/// Returns the feed of `watch`, made at the time `now` (ISO 8601, UTC).
pub fn feed(watch: &Watch, now: &str) -> String {
    let name = escaped(&watch.name);
    let query = escaped(&watch.query);
    let built = mail_date(now).unwrap_or_default();
    let mut feed = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\">\n<channel>\n\
         <title>newsdex: {name}</title>\n<link>about:blank</link>\n\
         <description>New stories for: {query}</description>\n\
         <lastBuildDate>{built}</lastBuildDate>\n<generator>newsdex {}</generator>\n",
        env!("CARGO_PKG_VERSION")
    );
    for item in &watch.latest {
        feed.push_str("<item>\n");
        let mut line = |name: &str, value: &str| {
            if !value.is_empty() {
                let _ = writeln!(feed, "<{name}>{}</{name}>", escaped(value));
            }
        };
        line("title", &item.title);
        line("link", item.url.as_deref().unwrap_or_default());
        let copies = match item.copies {
            0 => String::new(),
            1 => " (+1 copy)".to_owned(),
            copies => format!(" (+{copies} copies)"),
        };
        line("description", &format!("{}{copies}", item.lead));
        let published = item.published.as_deref().and_then(mail_date);
        line("pubDate", &published.unwrap_or_default());
        let _ = writeln!(
            feed,
            "<guid isPermaLink=\"false\">{}</guid>\n</item>",
            escaped(&item.id)
        );
    }
    feed.push_str("</channel>\n</rss>\n");
    feed
}

/// Returns a date as mail and RSS have it; a day without a time is its beginning in UTC.
fn mail_date(text: &str) -> Option<String> {
    let published = Published::parse_iso(text, DateOrigin::Metadata)?;
    let moment = jiff::Timestamp::from_second(published.unix_seconds()).ok()?;
    Some(moment.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string())
}

/// Returns a text as XML has it; what XML cannot have is left out.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(c),
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => {}
            c => escaped.push(c),
        }
    }
    escaped
}
