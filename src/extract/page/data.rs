//! Data that a page carries for programs: schema.org objects in JSON-LD.
//!
//! Many pages describe themselves well, some describe their site, a list or a film
//! instead; only objects that say they are an article count. Objects are read as they
//! come: broken JSON is passed over, nested graphs are searched.

use serde_json::Value;

use super::dom::{Dom, NodeId};
use super::{one_line, same_words};

/// What an article's object says.
#[derive(Debug, Default)]
pub(super) struct ArticleData {
    pub(super) headline: Option<String>,
    pub(super) authors: Vec<String>,
    pub(super) published: Option<String>,
    pub(super) modified: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) text: Option<String>,
    pub(super) description: Option<String>,
    pub(super) section: Option<String>,
    pub(super) language: Option<String>,
    pub(super) url: Option<String>,
    pub(super) publisher: Option<String>,
}

/// Objects looked at on one page (chosen: pages have a dozen; a list of thousands is no
/// description of an article).
const MOST_OBJECTS: usize = 2_000;

/// Reads the objects of a page and returns the article's: the one whose headline is
/// among `titles`, else the first.
pub(super) fn find_article(dom: &Dom, scripts: &[NodeId], titles: &[&str]) -> Option<ArticleData> {
    let mut articles = Vec::new();
    for &script in scripts {
        let Some(value) = parse(&text_of(dom, script)) else {
            continue;
        };
        collect(&value, &mut articles);
    }
    let is_this = |article: &ArticleData| {
        let headline = article.headline.as_deref().unwrap_or_default();
        titles.iter().any(|title| same_words(title, headline))
    };
    let at = articles.iter().position(is_this).or_else(|| {
        // A list of other articles describes none of them as this one.
        let best = articles
            .iter()
            .position(|article| article.headline.is_some() && article.published.is_some());
        best.or_else(|| (!articles.is_empty()).then_some(0))
    })?;
    Some(articles.swap_remove(at))
}

fn text_of(dom: &Dom, script: NodeId) -> String {
    dom.children(script)
        .filter_map(|node| dom.text(node))
        .collect()
}

/// Parses JSON as pages have it: wrapped in comments, with raw line ends in strings.
fn parse(text: &str) -> Option<Value> {
    let bare = text
        .trim()
        .trim_start_matches("<!--")
        .trim_start_matches("//<![CDATA[")
        .trim_start_matches("<![CDATA[")
        .trim_end_matches("//]]>")
        .trim_end_matches("]]>")
        .trim_end_matches("-->")
        .trim()
        .trim_end_matches(';');
    serde_json::from_str(bare).ok().or_else(|| {
        let mended: String = bare
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        serde_json::from_str(&mended).ok()
    })
}

fn collect(value: &Value, articles: &mut Vec<ArticleData>) {
    let mut waiting = vec![value];
    let mut seen = 0;
    while let Some(value) = waiting.pop() {
        seen += 1;
        if seen > MOST_OBJECTS {
            return;
        }
        match value {
            Value::Array(values) => waiting.extend(values.iter().rev()),
            Value::Object(object) => {
                if types(value).any(is_article_type) {
                    articles.push(read(value));
                } else {
                    for key in ["mainEntity", "mainEntityOfPage", "@graph", "itemReviewed"] {
                        waiting.extend(object.get(key));
                    }
                }
            }
            _ => {}
        }
    }
}

fn types(value: &Value) -> impl Iterator<Item = &str> {
    let listed = value["@type"].as_array().into_iter().flatten();
    listed
        .chain(std::iter::once(&value["@type"]))
        .filter_map(Value::as_str)
}

fn is_article_type(name: &str) -> bool {
    let name = name.rsplit(['/', ':']).next().unwrap_or(name);
    name.ends_with("Article")
        || matches!(
            name,
            "BlogPosting" | "LiveBlogPosting" | "Report" | "SocialMediaPosting" | "Review"
        )
}

fn read(object: &Value) -> ArticleData {
    let text = |key: &str| texts(&object[key]).into_iter().next();
    ArticleData {
        headline: text("headline").or_else(|| text("name")),
        authors: names(&object["author"], 0),
        published: text("datePublished").or_else(|| text("dateCreated")),
        modified: text("dateModified"),
        tags: texts(&object["keywords"]),
        text: object["articleBody"].as_str().map(str::to_owned),
        description: text("description"),
        section: text("articleSection"),
        language: text("inLanguage"),
        url: text("url").or_else(|| match &object["mainEntityOfPage"] {
            Value::String(url) => Some(url.clone()),
            page => page["@id"].as_str().map(str::to_owned),
        }),
        publisher: names(&object["publisher"], 0).into_iter().next(),
    }
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => filled(text).into_iter().collect(),
        Value::Array(values) => values
            .iter()
            .flat_map(|value| value.as_str().and_then(filled))
            .collect(),
        Value::Object(_) => value["name"]
            .as_str()
            .and_then(filled)
            .into_iter()
            .collect(),
        _ => Vec::new(),
    }
}

fn filled(text: &str) -> Option<String> {
    let text = plain(text);
    (!text.is_empty()).then_some(text)
}

/// Returns the names of a person, an organization, or a list of them.
fn names(value: &Value, depth: usize) -> Vec<String> {
    const MOST_DEPTH: usize = 4;
    match value {
        _ if depth > MOST_DEPTH => Vec::new(),
        Value::String(text) => filled(text).into_iter().collect(),
        Value::Array(values) => values
            .iter()
            .flat_map(|value| names(value, depth + 1))
            .collect(),
        Value::Object(_) => names(&value["name"], depth + 1),
        _ => Vec::new(),
    }
}

/// Returns a text without the markup and the character references that data often hold.
pub(super) fn plain(text: &str) -> String {
    if text.contains('&') || text.contains('<') {
        let dom = Dom::parse(text);
        return dom.inner_text(dom.document(), usize::MAX);
    }
    one_line(text)
}
