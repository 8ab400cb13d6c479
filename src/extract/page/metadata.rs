//! What a page says about itself outside its text: title, authors, dates, address,
//! section, tags, language, site.
//!
//! Sources are asked in the order in which they are usually right: data for programs,
//! `<meta>` elements, then elements marked as a byline or a time. A value that cannot
//! be what it claims (an address as an author, a site's name as a title) is passed over.

use std::collections::HashMap;

use super::data::{self, ArticleData};
use super::dom::{Dom, NodeId};
use super::{hints, one_line, same_words};

/// What a page says about itself.
#[derive(Debug, Default)]
pub(super) struct Metadata {
    pub(super) title: Option<String>,
    pub(super) authors: Vec<String>,
    /// Texts that may be the date of publication, the most trusted first.
    pub(super) published: Vec<String>,
    /// When it was last changed.
    pub(super) modified: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) url: Option<String>,
    pub(super) section: Option<String>,
    pub(super) language: Option<String>,
    pub(super) site: Option<String>,
    pub(super) description: Option<String>,
    /// The article's text, as data for programs have it.
    pub(super) text: Option<String>,
}

/// The elements that say something, by what they are.
#[derive(Default)]
struct Found<'a> {
    /// `content` of `<meta>`, by name in lower case; the first of a name that has any.
    meta: HashMap<String, Vec<&'a str>>,
    title: Option<String>,
    headings: Vec<String>,
    scripts: Vec<NodeId>,
    canonical: Option<&'a str>,
    language: Option<&'a str>,
    times: Vec<(u8, &'a str)>,
    /// Elements that show a time to readers.
    time_texts: Vec<NodeId>,
    bylines: Vec<(u8, NodeId)>,
}

/// Reads what `dom` says about itself.
pub(super) fn read(dom: &Dom) -> Metadata {
    let found = Found::collect(dom);
    let site = found.first(&[
        "og:site_name",
        "application-name",
        "twitter:app:name:iphone",
    ]);
    let page_titles: Vec<&str> = found
        .headings
        .iter()
        .map(String::as_str)
        .chain(found.all(&["og:title", "twitter:title"]))
        .collect();
    let data = data::find_article(dom, &found.scripts, &page_titles).unwrap_or_default();
    let site = site.or_else(|| data.publisher.clone());
    Metadata {
        title: found.choose_title(&data, site.as_deref()),
        authors: found.choose_authors(dom, &data, site.as_deref()),
        published: found.published(dom, &data),
        modified: found.modified(&data),
        tags: found.tags(&data),
        url: found
            .canonical
            .map(str::to_owned)
            .or_else(|| found.first(&["og:url"]))
            .or(data.url)
            .filter(|url| url.starts_with("http")),
        section: data.section.or_else(|| {
            found.first(&[
                "article:section",
                "parsely-section",
                "section",
                "og:section",
            ])
        }),
        language: data
            .language
            .or_else(|| found.language.map(str::to_owned))
            .or_else(|| found.first(&["og:locale", "content-language", "dc.language", "language"])),
        description: data
            .description
            .or_else(|| found.first(&["og:description", "description", "twitter:description"])),
        text: data.text,
        site,
    }
}

/// Returns a title without a site's name at its end, and what a mark joins to it.
fn without_ending<'t>(title: &'t str, site: Option<&str>) -> &'t str {
    const MARKS: [char; 8] = ['-', '|', 'ㅣ', '–', '—', ':', '·', '：'];
    let Some(rest) = site
        .and_then(|site| title.strip_suffix(site))
        .map(str::trim_end)
    else {
        return title;
    };
    let Some(bare) = rest.strip_suffix(MARKS).map(str::trim_end) else {
        return title;
    };
    // A section between headline and name is short: `headline-politics|name`.
    match bare.rsplit_once(MARKS) {
        Some((headline, section))
            if section.chars().count() <= 12 && headline.chars().count() >= 12 =>
        {
            headline.trim_end()
        }
        _ if bare.is_empty() => title,
        _ => bare,
    }
}

/// Headings, bylines and times shown on a page that are looked at, the first of each.
const MOST_LABELS: usize = 20;

/// The longest of them that makes sense, in bytes.
const MOST_LABEL_BYTES: usize = 1_000;

/// Tells whether a class name has one of some words in it.
fn has_word(class: &str, words: &[&str]) -> bool {
    class
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| words.contains(&word))
}

impl<'a> Found<'a> {
    fn collect(dom: &'a Dom) -> Found<'a> {
        let mut found = Found::default();
        for node in dom.elements(dom.document()) {
            found.note(dom, node);
        }
        found.times.sort_by_key(|(rank, _)| *rank);
        found.bylines.sort_by_key(|(rank, _)| *rank);
        found
    }

    fn note(&mut self, dom: &'a Dom, node: NodeId) {
        let attribute = |name: &str| dom.attribute(node, name);
        match dom.name(node).map_or("", |name| name) {
            "html" => self.language = attribute("lang").or_else(|| attribute("xml:lang")),
            "meta" => {
                let names = ["name", "property", "itemprop", "http-equiv"];
                let name = names.into_iter().find_map(attribute);
                if let (Some(name), Some(content)) = (name, attribute("content"))
                    && !content.trim().is_empty()
                {
                    self.meta
                        .entry(name.to_lowercase())
                        .or_default()
                        .push(content);
                }
            }
            "title" if self.title.is_none() => {
                self.title = Some(dom.inner_text(node, MOST_LABEL_BYTES))
            }
            "h1" if self.headings.len() < MOST_LABELS => {
                self.headings.push(dom.inner_text(node, MOST_LABEL_BYTES))
            }
            "script" if attribute("type").is_some_and(|kind| kind.contains("ld+json")) => {
                self.scripts.push(node);
            }
            "link" if attribute("rel") == Some("canonical") => self.canonical = attribute("href"),
            name => self.note_marked(dom, node, name),
        }
    }

    /// Notes elements that are marked as a byline or a time.
    fn note_marked(&mut self, dom: &'a Dom, node: NodeId, name: &str) {
        let attribute = |name: &str| dom.attribute(node, name);
        let property = attribute("itemprop").unwrap_or_default();
        if property == "datePublished" || name == "time" {
            let rank = match property {
                "datePublished" => 0,
                _ if attribute("pubdate").is_some() => 1,
                _ => 2,
            };
            if let Some(time) = attribute("datetime").or_else(|| attribute("content")) {
                self.times.push((rank, time));
            }
        }
        let class = attribute("class").unwrap_or_default().to_lowercase();
        if name == "time"
            || has_word(
                &class,
                &[
                    "date",
                    "time",
                    "timestamp",
                    "published",
                    "pubdate",
                    "datetime",
                ],
            )
        {
            self.time_texts.push(node);
        }
        let rank = if property == "author" {
            0
        } else if attribute("rel")
            .is_some_and(|rel| rel.split_whitespace().any(|word| word == "author"))
        {
            1
        } else if class.contains("author-name")
            || class.contains("author__name")
            || class.contains("byline-name")
        {
            2
        } else if class.contains("byline") {
            3
        } else if has_word(&class, &["author", "authors"]) {
            4
        } else {
            return;
        };
        self.bylines.push((rank, node));
    }

    fn all(&self, names: &[&str]) -> impl Iterator<Item = &'a str> {
        let values = names.iter().filter_map(|name| self.meta.get(*name));
        values.flatten().copied().collect::<Vec<_>>().into_iter()
    }

    fn first(&self, names: &[&str]) -> Option<String> {
        self.all(names)
            .map(data::plain)
            .find(|text| !text.is_empty())
    }

    fn published(&self, dom: &Dom, data: &ArticleData) -> Vec<String> {
        const NAMES: [&str; 22] = [
            "article:published_time",
            "og:article:published_time",
            "og:published_time",
            "datepublished",
            "article:published",
            "parsely-pub-date",
            "sailthru.date",
            "article.published",
            "dc.date.issued",
            "dcterms.created",
            "dc.date",
            "dc.date.created",
            "cxenseparse:recs:publishtime",
            "cxenseparse:publishtime",
            "publish-date",
            "publish_date",
            "publication_date",
            "pubdate",
            "article_date_original",
            "originalpublicationdate",
            "date",
            "rbpubdate",
        ];
        let data = data.published.iter().cloned();
        let meta = NAMES.iter().flat_map(|name| self.first(&[name]));
        let times = self.times.iter().map(|(_, time)| one_line(time));
        let shown = self
            .time_texts
            .iter()
            .take(MOST_LABELS)
            .map(|node| dom.inner_text(*node, MOST_LABEL_BYTES));
        let shown = shown.map(|text| hints::without_date_words(&text));
        data.chain(meta).chain(times).chain(shown).collect()
    }

    fn modified(&self, data: &ArticleData) -> Option<String> {
        data.modified.clone().or_else(|| {
            self.first(&[
                "article:modified_time",
                "og:article:modified_time",
                "og:updated_time",
                "datemodified",
                "dcterms.modified",
                "dc.date.modified",
                "last-modified",
                "lastmod",
            ])
        })
    }

    /// Returns what the page is filed under: the first source that says anything.
    fn tags(&self, data: &ArticleData) -> Vec<String> {
        let filed = |name: &str| -> Vec<String> { self.all(&[name]).map(data::plain).collect() };
        let names = ["article:tag", "parsely-tags", "news_keywords", "keywords"];
        let mut found = names.iter().map(|name| filed(name));
        match found.find(|tags| !tags.is_empty()) {
            Some(tags) => tags,
            None => data.tags.clone(),
        }
    }

    /// Chooses among the titles that the page offers: the one it gives to be shared, then
    /// that of its data, of its main heading, of the window. Where heading and data agree
    /// on another than the shared one, they are right, unless it is their beginning.
    fn choose_title(&self, data: &ArticleData, site: Option<&str>) -> Option<String> {
        let is_site = |title: &str| site.is_some_and(|site| same_words(site, title));
        let bare = |title: &str| {
            let title = self.without_site(title, site);
            (!title.is_empty() && !is_site(&title)).then_some(title)
        };
        let shared = self.first(&[
            "og:title",
            "twitter:title",
            "parsely-title",
            "sailthru.title",
        ]);
        let shared = shared.as_deref().and_then(bare);
        let headline = data.headline.as_deref().and_then(bare);
        let heading = self.headings.iter().find_map(|heading| bare(heading));
        if let (Some(shared), Some(headline), Some(heading)) = (&shared, &headline, &heading)
            && same_words(headline, heading)
            && !headline.starts_with(shared.as_str())
        {
            return Some(heading.clone());
        }
        let meta = self.first(&["dc.title", "title", "headline"]);
        shared
            .or(headline)
            .or(heading)
            .or_else(|| self.title.as_deref().and_then(bare))
            .or(meta)
    }

    /// Returns a title without the name of the site behind or before it. A main heading
    /// that is the title's beginning says where it ends.
    fn without_site(&self, title: &str, site: Option<&str>) -> String {
        const MARKS: [&str; 8] = [" | ", " - ", " – ", " — ", " :: ", " « ", " » ", " · "];
        let mut title = title.trim();
        if let Some(heading) = self.heading_at_start(title) {
            return heading.to_owned();
        }
        for mark in MARKS {
            if let Some((rest, last)) = title.rsplit_once(mark)
                && site.is_some_and(|site| same_words(last, site))
            {
                title = rest.trim();
            }
            if let Some((first, rest)) = title.split_once(mark)
                && site.is_some_and(|site| same_words(first, site))
            {
                title = rest.trim();
            }
        }
        title = without_ending(title, site);
        // What stands behind a bar is the site or its section.
        if let Some((rest, _)) = title.split_once(" | ")
            && rest.split_whitespace().count() >= 4
        {
            title = rest.trim();
        }
        title.to_owned()
    }

    /// Returns the main heading that a title consists of, up to a mark and a site's name.
    fn heading_at_start(&self, title: &str) -> Option<&str> {
        const FEWEST_CHARS: usize = 12;
        let is_start = |heading: &&String| {
            let rest = title.strip_prefix(heading.as_str()).map(str::trim_start);
            heading.chars().count() >= FEWEST_CHARS
                && rest.is_some_and(|rest| rest.starts_with(|c: char| !c.is_alphanumeric()))
        };
        self.headings.iter().find(is_start).map(String::as_str)
    }

    fn choose_authors(&self, dom: &Dom, data: &ArticleData, site: Option<&str>) -> Vec<String> {
        let tidy = |texts: Vec<String>| -> Vec<String> {
            let mut authors: Vec<String> = Vec::new();
            for text in texts {
                let is_address =
                    text.contains("://") || text.starts_with("www.") || text.starts_with('@');
                if !is_address && !authors.contains(&text) && text.chars().count() <= 120 {
                    authors.push(text);
                }
            }
            authors
        };
        let is_site = |name: &String| site.is_some_and(|site| same_words(site, name));
        let from_data = tidy(data.authors.clone());
        if from_data.iter().any(|name| !is_site(name)) {
            return from_data;
        }
        let meta: Vec<String> = self
            .all(&[
                "author",
                "article:author",
                "article:author_name",
                "parsely-author",
                "sailthru.author",
                "dc.creator",
                "byl",
                "dcterms.creator",
                "cxenseparse:author",
            ])
            .map(data::plain)
            .collect();
        let meta = tidy(meta);
        if meta.iter().any(|name| !is_site(name)) {
            return meta
                .into_iter()
                .filter(|name| !is_site(name))
                .take(1)
                .collect();
        }
        let Some(&(best, _)) = self.bylines.first() else {
            return Vec::new();
        };
        let marked = self
            .bylines
            .iter()
            .filter(|(rank, _)| *rank == best)
            .take(MOST_LABELS);
        let texts = marked
            .map(|(_, node)| dom.inner_text(*node, MOST_LABEL_BYTES))
            .collect();
        tidy(texts)
            .into_iter()
            .filter(|name| !is_site(name))
            .collect()
    }
}
