//! Takes a page out of a browser's view of its source, which was saved in its place.
//!
//! Firefox shows the source in `<pre>` of a body with the id `viewsource`, Chrome and its kin
//! in a table with a `td` of the class `line-content` for each line; both escape it, and give
//! parts of it colors. Linear in the page.

use super::dom::{Dom, NodeId, Step};

/// How far into a view its marks may stand (chosen: both have them in their first lines).
const HEAD_BYTES: usize = 8 * 1024;

/// Returns the page whose source `html` shows; `None` if it is a page itself.
pub(super) fn page_in(html: &str) -> Option<String> {
    let most = HEAD_BYTES.min(html.len());
    let end = (0..=most).rev().find(|at| html.is_char_boundary(*at))?;
    let has = |mark: &str| html[..end].contains(mark);
    let is_firefox = has("id=\"viewsource\"") || has("<title>view-source:");
    let is_chrome = has("class=\"line-content\"") && has("class=\"line-number\"");
    if !is_firefox && !is_chrome {
        return None;
    }
    let dom = Dom::parse(html);
    let is_line = |node: &NodeId| {
        let name = dom.name(*node).map(|name| &**name);
        match name {
            Some("td") => dom.attribute(*node, "class") == Some("line-content"),
            Some("pre") => is_firefox,
            _ => false,
        }
    };
    let mut page = String::with_capacity(html.len());
    for line in dom.elements(dom.document()).filter(is_line) {
        let texts = dom.walk(line).filter_map(|step| match step {
            Step::Enter(node) => dom.text(node),
            Step::Leave(_) => None,
        });
        texts.for_each(|text| page.push_str(text));
        page.push('\n');
    }
    (!page.trim().is_empty()).then_some(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_of_two_browsers_give_their_page() {
        let page = "<html><body>\n<p class=\"a\">One &amp; two</p>\n</body></html>\n";
        let escaped = page
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        let firefox = format!(
            "<html><head><title>view-source:https://example.org/</title></head>\
             <body id=\"viewsource\"><pre id=\"line1\"><span>{}</span></pre></body></html>",
            escaped.replace("\n", "</span>\n<span id=\"line2\">")
        );
        let rows: Vec<String> = escaped
            .lines()
            .map(|line| {
                format!("<tr><td class=\"line-number\"></td><td class=\"line-content\"><span class=\"html-tag\">{line}</span></td></tr>")
            })
            .collect();
        let chrome = format!("<html><body><table>{}</table></body></html>", rows.concat());
        for view in [firefox, chrome] {
            let found = page_in(&view).unwrap_or_default();
            assert_eq!(found.trim_end(), page.trim_end(), "{view}");
        }
        assert_eq!(page_in(page), None);
    }
}
