//! Makes an article's parts of a web page: headline, text, authors, dates, address.
//!
//! A page says much about itself in data for programs, and shows the rest: [`read`]
//! takes what it says where that is trustworthy, and finds the text in what it shows.
//! It knows no publisher, fetches nothing, and runs nothing.

mod blocks;
mod body;
mod data;
mod dom;
mod hints;
mod metadata;
mod source_view;

use super::one_line;
use body::find_text;

/// The parts of an article on a page.
#[derive(Debug, Default)]
pub(super) struct PageParts {
    pub(super) title: Option<String>,
    /// The text; paragraphs are kept apart by an empty line.
    pub(super) body: String,
    pub(super) authors: Vec<String>,
    /// Texts that may be the date of publication, the most trusted first.
    pub(super) published: Vec<String>,
    /// When it was last changed.
    pub(super) modified: Option<String>,
    /// What it is filed under.
    pub(super) tags: Vec<String>,
    pub(super) url: Option<String>,
    pub(super) section: Option<String>,
    pub(super) language: Option<String>,
    /// The site's name.
    pub(super) source: Option<String>,
    /// The lines right above the text: a headline, a byline, a date.
    pub(super) head: Vec<String>,
    /// What is odd about the page.
    pub(super) note: Option<&'static str>,
}

/// Reads a page, be it the view of its source that was saved.
pub(super) fn read(html: &str) -> PageParts {
    let page = source_view::page_in(html);
    let html = page.as_deref().unwrap_or(html);
    let dom = dom::Dom::parse(html);
    let metadata = metadata::read(&dom);
    let known = body::Known {
        title: metadata.title.as_deref().unwrap_or_default(),
        text: metadata.text.as_deref(),
        description: metadata.description.as_deref(),
        authors: &metadata.authors,
    };
    let body::Text {
        mut paragraphs,
        head,
    } = find_text(&dom, &known);
    // A page whose text is put there by a program still has it in its data.
    if let Some(text) = &metadata.text
        && words(text) > 2 * paragraphs.iter().map(|text| words(text)).sum::<usize>()
    {
        paragraphs = text
            .split('\n')
            .map(data::plain)
            .filter(|text| !text.is_empty())
            .collect();
    }
    PageParts {
        title: metadata.title.map(|title| shown_title(title, &head)),
        body: paragraphs.join("\n\n"),
        authors: metadata.authors,
        published: metadata.published,
        modified: metadata.modified,
        tags: metadata.tags,
        url: metadata.url,
        section: metadata.section,
        language: metadata.language,
        source: metadata.site,
        head,
        note: dom
            .is_cut()
            .then_some("the page is too large; its end was left out"),
    }
}

/// Returns the line above the text that a title ends with: `Site | Headline`.
fn shown_title(title: String, head: &[String]) -> String {
    let is_end = |line: &&String| {
        title.strip_suffix(line.as_str()).is_some_and(|site| {
            site.trim_end().ends_with(['|', '-', ':', '–', '—']) && words(line) >= 3
        })
    };
    head.iter().find(is_end).cloned().unwrap_or(title)
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// Tells whether two texts have the same words, whatever stands between them.
fn same_words(a: &str, b: &str) -> bool {
    fn words(text: &str) -> impl Iterator<Item = String> + '_ {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
    }
    !a.is_empty() && words(a).eq(words(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(html: &str, expected: &str) {
        assert_eq!(read(html).body.replace("\n\n", " / "), expected, "{html}");
    }

    const LEAD: &str = "A ship ran aground near the pier on Friday, the port authority said.";
    const MORE: &str = "Nobody was hurt, and the crew had their supper on the sand at six.";

    #[test]
    fn text_is_told_from_what_stands_around_it() {
        let both = format!("{LEAD} / {MORE}");
        for page in [
            "<p>{1}</p><p>{2}</p>",
            "<nav><p>Home</p></nav><div><p>{1}</p><p>{2}</p></div><footer>Imprint</footer>",
            "<div>{1}<br><br>{2}</div>",
            "<div class='sidebar-wide'><p>{1}</p></div><div class='sidebar-wide'><p>{2}</p></div>",
            "<p>{1}</p><p><a href=x>Read more: the pier in pictures</a></p><p>{2}</p>",
            "<p>{1}</p><div class='ad-slot'><p>Buy a pier of your own today, with no money down.</p></div><p>{2}</p>",
            "<p>{1}</p><p>{2}</p><h2>Most read</h2>",
            "<p>{1}</p><figure><figcaption>The ship, seen from the pier.</figcaption></figure><p>{2}</p>",
        ] {
            check(&page.replace("{1}", LEAD).replace("{2}", MORE), &both);
        }
    }

    #[test]
    fn a_view_of_the_source_is_read_as_the_page() {
        let page = format!("<title>Pier</title>\n<p>{LEAD}</p>\n<p>{MORE}</p>");
        let escaped = page.replace('<', "&lt;");
        check(
            &format!("<body id=\"viewsource\"><pre>{escaped}</pre></body>"),
            &format!("{LEAD} / {MORE}"),
        );
    }

    #[test]
    fn pages_without_an_article_give_none() {
        check("", "");
        check("<p>Please log in</p>", "");
        check("<ul><li><a href=a>One</a><li><a href=b>Two</a></ul>", "");
    }

    #[test]
    fn titles_are_freed_from_the_site() {
        let title = |head: &str| read(head).title.unwrap_or_default();
        for (head, expected) in [
            (
                "<title>Ship aground - The Ledger</title><meta property=og:site_name content='The Ledger'>",
                "Ship aground",
            ),
            (
                "<title>The Ledger: Ship aground off pier</title><h1>Ship aground off pier</h1>",
                "Ship aground off pier",
            ),
            (
                "<title>A ship runs aground: who is to blame?</title>",
                "A ship runs aground: who is to blame?",
            ),
            (
                "<meta property='og:title' content='Ship &amp; pier'>",
                "Ship & pier",
            ),
        ] {
            assert_eq!(title(head), expected, "{head}");
        }
    }

    #[test]
    fn authors_are_people_where_any_are_named() {
        let authors = |html: &str| read(html).authors.join("|");
        let data = |author: &str| {
            format!(
                r#"<script type="application/ld+json">{{"@type":"NewsArticle","headline":"x","author":{author}}}</script><meta property=og:site_name content=Ledger>"#
            )
        };
        assert_eq!(
            authors(&data(r#"[{"name":"Ann Berg"},{"name":"Jo Ek"}]"#)),
            "Ann Berg|Jo Ek"
        );
        assert_eq!(authors(&data(r#""https://example.org/ann""#)), "");
        assert_eq!(
            authors(&(data(r#"{"name":"Ledger"}"#) + "<span class=byline-name>Ann Berg</span>")),
            "Ann Berg"
        );
        assert_eq!(authors("<meta name=author content='Ann Berg'>"), "Ann Berg");
    }
}
