//! How an article becomes an index document, and comes back as it was.

use serde::{Deserialize, Serialize};
use tantivy::TantivyDocument;
use tantivy::schema::Value;

use super::schema::{Fields, Keyword, Number, TITLE_WEIGHT};
use super::tokenizers::whole_value_key;
use crate::article::{
    Article, ArticleId, DateOrigin, Kind, Mention, Name, Origin, Part, Provenance, Published, Span,
};
use crate::text::{Language, Stemmer, push_stems, words};

/// Tells an unchanged article from a changed one: the first eight bytes of a BLAKE3
/// digest of everything that was read, and of how it was to be understood.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub struct ContentHash(pub(super) u64);

impl ContentHash {
    /// Returns the hash of `article` as the record had it; `pipeline` stands for the
    /// options and models that work on it afterwards.
    pub fn of(article: &Article, pipeline: &str) -> ContentHash {
        let stored = StoredArticle {
            record: 0,
            offset: 0,
            ..StoredArticle::from(article)
        };
        let mut hasher = blake3::Hasher::new();
        for text in [pipeline, &article.title, &article.body] {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        }
        hasher.update(&to_json(&stored));
        let digest = hasher.finalize();
        let mut first = [0; 8];
        first.copy_from_slice(&digest.as_bytes()[..8]);
        ContentHash(u64::from_le_bytes(first))
    }
}

/// An article in the form the writer takes.
pub struct Prepared {
    pub(super) id: ArticleId,
    pub(super) document: TantivyDocument,
}

impl Prepared {
    /// Returns the article's id.
    pub fn id(&self) -> &ArticleId {
        &self.id
    }
}

/// Makes an article ready for the writer. Costly, and meant to run on every core.
pub fn prepare(article: &Article, hash: ContentHash, stemmer: &mut Stemmers) -> Prepared {
    let fields = fields();
    let mut document = TantivyDocument::new();
    document.add_text(fields.id, article.id.as_str());
    document.add_text(fields.file, &article.origin.file);
    document.add_text(fields.title, &article.title);
    document.add_text(fields.body, &article.body);
    let ranking = ranking_text(article, stemmer);
    let ranking_words = ranking.split_ascii_whitespace().count() as u64;
    document.add_text(fields.ranking, ranking);
    add_keywords(article, fields, &mut document);
    for (number, value) in numbers(article) {
        document.add_u64(fields.number(number), value);
    }
    document.add_u64(fields.number(Number::RankingWords), ranking_words);
    document.add_u64(fields.number(Number::ContentHash), hash.0);
    if let Some(published) = article.published {
        document.add_i64(fields.number(Number::Published), published.unix_seconds());
    }
    document.add_bytes(fields.stored, &to_json(&StoredArticle::from(article)));
    Prepared {
        id: article.id.clone(),
        document,
    }
}

/// The stemmers of one worker, made as languages turn up.
#[derive(Default)]
pub struct Stemmers(Vec<(Language, Stemmer)>);

impl Stemmers {
    pub(super) fn of(&mut self, language: Option<&str>) -> &mut Stemmer {
        let language = Language::from_tag(language.unwrap_or(Language::DEFAULT_TAG));
        let at = match self.0.iter().position(|(known, _)| *known == language) {
            Some(at) => at,
            None => {
                self.0.push((language, Stemmer::new(language)));
                self.0.len() - 1
            }
        };
        &mut self.0[at].1
    }
}

pub(super) fn fields() -> &'static Fields {
    use std::sync::LazyLock;
    static FIELDS: LazyLock<Fields> = LazyLock::new(Fields::new);
    &FIELDS
}

fn ranking_text(article: &Article, stemmers: &mut Stemmers) -> String {
    let stemmer = stemmers.of(article.language.as_deref());
    let mut stems = String::with_capacity(article.body.len() + 3 * article.title.len() + 16);
    push_stems(&article.title, stemmer, &mut stems);
    let title = stems.clone();
    for _ in 1..TITLE_WEIGHT {
        stems.push_str(&title);
    }
    push_stems(&article.body, stemmer, &mut stems);
    stems
}

fn add_keywords(article: &Article, fields: &Fields, document: &mut TantivyDocument) {
    let mut seen: Vec<(Keyword, String)> = Vec::new();
    let mut add = |keyword: Keyword, value: &str| {
        // One value a field: a name found twice under two spellings of the same key
        // would count twice in a facet.
        let key = (keyword, whole_value_key(value));
        if !value.trim().is_empty() && !seen.contains(&key) {
            document.add_text(fields.keyword(keyword), value.trim());
            seen.push(key);
        }
    };
    for name in &article.names {
        add(Keyword::Name(name.kind, name.provenance), &name.canonical);
    }
    for (keyword, values) in [
        (Keyword::Topic, &article.topics),
        (Keyword::Exchange, &article.exchanges),
        (Keyword::Byline, &article.byline),
    ] {
        values.iter().for_each(|value| add(keyword, value));
    }
    for (keyword, value) in [
        (Keyword::Source, &article.source),
        (Keyword::Section, &article.section),
        (Keyword::Language, &article.language),
        (Keyword::ItemType, &article.item_type),
        (Keyword::Url, &article.url),
    ] {
        value.iter().for_each(|value| add(keyword, value));
    }
}

fn numbers(article: &Article) -> Vec<(Number, u64)> {
    let count = |text: &str| words(text).filter(|word| !word.is_compound()).count() as u64;
    let mut numbers = vec![
        (Number::TitleWords, count(&article.title)),
        (Number::Words, count(&article.body)),
        (Number::LeadWords, count(article.lead())),
    ];
    if let Some(published) = article.published {
        let day = published.day();
        let year = u64::try_from(day.year()).unwrap_or_default();
        let month = year * 100 + day.month().unsigned_abs() as u64;
        numbers.push((Number::Month, month));
        numbers.push((Number::Day, month * 100 + day.day().unsigned_abs() as u64));
    }
    numbers
}

/// Reads an article back from its document.
pub(super) fn read_back(document: &TantivyDocument) -> Option<Article> {
    let fields = fields();
    let text = |field| {
        document
            .get_first(field)
            .and_then(|value| value.as_str())
            .unwrap_or_default()
    };
    let stored = document.get_first(fields.stored)?.as_bytes()?;
    let stored: StoredArticle = serde_json::from_slice(stored).ok()?;
    stored.into_article(text(fields.title).to_owned(), text(fields.body).to_owned())
}

/// The stored form of all that is neither title nor body. Its field names are part
/// of the index format.
#[derive(Default, Serialize, Deserialize)]
struct StoredArticle {
    id: String,
    file: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    member: Option<String>,
    record: u64,
    offset: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    names: Vec<StoredName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    published: Option<(String, DateOrigin)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    byline: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    section: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dateline: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    topics: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    exchanges: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    item_type: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct StoredName {
    kind: Kind,
    name: String,
    provenance: Provenance,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    mentions: Vec<(Part, usize, usize)>,
}

impl From<&Article> for StoredArticle {
    fn from(article: &Article) -> StoredArticle {
        StoredArticle {
            id: article.id.to_string(),
            file: article.origin.file.clone(),
            member: article.origin.member.clone(),
            record: article.origin.record,
            offset: article.origin.offset,
            names: article.names.iter().map(StoredName::from).collect(),
            published: article
                .published
                .map(|date| (date.to_string(), date.origin())),
            byline: article.byline.clone(),
            source: article.source.clone(),
            section: article.section.clone(),
            language: article.language.clone(),
            url: article.url.clone(),
            dateline: article.dateline.clone(),
            topics: article.topics.clone(),
            exchanges: article.exchanges.clone(),
            item_type: article.item_type.clone(),
        }
    }
}

impl From<&Name> for StoredName {
    fn from(name: &Name) -> StoredName {
        let place = |mention: &Mention| (mention.part, mention.span.start(), mention.span.end());
        StoredName {
            kind: name.kind,
            name: name.canonical.clone(),
            provenance: name.provenance,
            mentions: name.mentions.iter().map(place).collect(),
        }
    }
}

impl StoredArticle {
    fn into_article(self, title: String, body: String) -> Option<Article> {
        let origin = Origin {
            file: self.file,
            member: self.member,
            record: self.record,
            offset: self.offset,
        };
        let mut article = Article::new(ArticleId::new(&self.id)?, origin);
        article.names = self
            .names
            .into_iter()
            .map(|name| name.into_name(&title, &body))
            .collect();
        article.published = self
            .published
            .and_then(|(text, origin)| Published::parse_iso(&text, origin));
        article.byline = self.byline;
        article.source = self.source;
        article.section = self.section;
        article.language = self.language;
        article.url = self.url;
        article.dateline = self.dateline;
        article.topics = self.topics;
        article.exchanges = self.exchanges;
        article.item_type = self.item_type;
        article.title = title;
        article.body = body;
        Some(article)
    }
}

impl StoredName {
    fn into_name(self, title: &str, body: &str) -> Name {
        let kind = self.kind;
        let mention = |(part, start, end): (Part, usize, usize)| {
            let text = if part == Part::Title { title } else { body };
            Span::new(text, start..end).map(|span| Mention { part, span, kind })
        };
        Name {
            kind,
            canonical: self.name,
            provenance: self.provenance,
            mentions: self.mentions.into_iter().filter_map(mention).collect(),
        }
    }
}

fn to_json(stored: &StoredArticle) -> Vec<u8> {
    serde_json::to_vec(stored).expect("strings and numbers are always JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Article {
        let origin = Origin::new("corpus/a.jsonl", 3, 120);
        let mut article = Article::new(ArticleId::new("a-3").unwrap(), origin);
        article.title = "Harbor strike ends".into();
        article.body = "OSLO — Ann Berg of the NTF said so.\n\nMore.".into();
        let span = Span::new(&article.body, 9..17).unwrap();
        let mention = Mention {
            part: Part::Body,
            span,
            kind: Kind::Person,
        };
        article.names = vec![Name {
            kind: Kind::Person,
            canonical: "Ann Berg".into(),
            provenance: Provenance::Extracted,
            mentions: vec![mention],
        }];
        article.published = Published::parse_iso("2024-03-05T08:30:00+01:00", DateOrigin::Metadata);
        article.byline = vec!["Jo Ek".into()];
        article.source = Some("Harbor Ledger".into());
        article.topics = vec!["labor".into()];
        article
    }

    #[test]
    fn an_article_comes_back_as_it_was() {
        let article = full();
        let hash = ContentHash::of(&article, "");
        let prepared = prepare(&article, hash, &mut Stemmers::default());
        assert_eq!(read_back(&prepared.document), Some(article));
    }

    #[test]
    fn the_hash_tells_changes_and_ignores_the_place_in_the_file() {
        let article = full();
        let hash = ContentHash::of(&article, "names 1");
        let mut moved = article.clone();
        moved.origin.record = 9;
        assert_eq!(ContentHash::of(&moved, "names 1"), hash);
        let mut edited = article.clone();
        edited.body.push('!');
        assert_ne!(ContentHash::of(&edited, "names 1"), hash);
        assert_ne!(ContentHash::of(&article, "names 2"), hash);
        let mut shifted = article.clone();
        shifted.title = "Harbor strike endsOSLO".into();
        shifted.body = article.body["OSLO".len()..].into();
        assert_ne!(ContentHash::of(&shifted, "names 1"), hash);
    }
}
