//! How an article becomes an index document, and comes back as it was.
//!
//! Title and body are each read once, and everything that is made of their words takes
//! them from that one walk ([`read_words`]). They are stored as they are, apart from
//! the words that are indexed.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use tantivy::TantivyDocument;
use tantivy::schema::Value;
use tantivy::schema::document::{
    DeserializeError, DocumentDeserialize, DocumentDeserializer, ValueDeserialize,
    ValueDeserializer, ValueVisitor,
};

use super::marks::Marker;
use super::schema::{Fields, Keyword, Number, TITLE_WEIGHT};
use super::tokenizers::{push_stem, whole_value_key};
use crate::article::{
    Article, ArticleId, DateOrigin, Kind, Mention, Name, Origin, Part, Provenance, Published, Span,
    lead_range,
};
use crate::stories::{Shingles, Signature};
use crate::text::{Language, RankingStems, Vocabulary, fold_word, word_hash, words};

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
pub fn prepare(article: &Article, hash: ContentHash, vocabularies: &mut Vocabularies) -> Prepared {
    let fields = fields();
    let words = read_words(article, vocabularies.of(article.language.as_deref()));
    let stored = to_json(&StoredArticle::from(article));
    // A document that grows is copied over and over.
    let texts = [
        &words.title,
        &words.body,
        &words.ranking,
        &article.title,
        &article.body,
    ];
    let bytes = texts.map(String::len).iter().sum::<usize>() + 2 * stored.len();
    let mut document = TantivyDocument::with_capacity(bytes + 512);
    document.add_text(fields.id, article.id.as_str());
    document.add_text(fields.file, &article.origin.file);
    document.add_text(fields.title_text, &article.title);
    document.add_text(fields.body_text, &article.body);
    document.add_text(fields.title, words.title);
    document.add_text(fields.body, words.body);
    document.add_text(fields.ranking, words.ranking);
    if let Some(signature) = words.signature {
        // Two bands a number: half as many values to store.
        let (pairs, _) = signature.bands.as_chunks::<2>();
        for [one, other] in pairs {
            document.add_u64(fields.bands, u64::from(*one) << 32 | u64::from(*other));
        }
    }
    for (number, value) in words.counts {
        document.add_u64(fields.number(number), value);
    }
    add_keywords(article, fields, &mut document);
    add_date(article, fields, &mut document);
    document.add_u64(fields.number(Number::ContentHash), hash.0);
    document.add_bytes(fields.stored, &stored);
    Prepared {
        id: article.id.clone(),
        document,
    }
}

/// The vocabularies of one worker, made as languages turn up.
#[derive(Default)]
pub struct Vocabularies(Vec<(Language, Vocabulary)>);

impl Vocabularies {
    pub(super) fn of(&mut self, language: Option<&str>) -> &mut Vocabulary {
        let language = Language::from_tag(language.unwrap_or(Language::DEFAULT_TAG));
        let at = match self.0.iter().position(|(known, _)| *known == language) {
            Some(at) => at,
            None => {
                self.0.push((language, Vocabulary::new(language)));
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

/// What is made of an article's words, in the form the tokenizers split.
struct Words {
    title: String,
    body: String,
    ranking: String,
    signature: Option<Signature>,
    counts: [(Number, u64); 4],
}

/// Reads title and body once, for all that is made of their words.
fn read_words(article: &Article, vocabulary: &mut Vocabulary) -> Words {
    let mut title = String::with_capacity(article.title.len() + 8);
    let mut body = String::with_capacity(article.body.len() + 8);
    let mut ranking = String::with_capacity(article.body.len() + 3 * article.title.len() + 8);
    let mut ranking_words = 0;
    let mut give = |stem: &str, weight: u32| {
        (0..weight).for_each(|_| push_stem(stem, &mut ranking));
        ranking_words += u64::from(weight);
    };

    let mut title_hashes: Vec<u32> = Vec::new();
    let mut stems = RankingStems::default();
    let mut give_title = |stem: &str| give(stem, TITLE_WEIGHT);
    let mut marker = Marker::of(article, Part::Title);
    vocabulary.read(&article.title, |word, forms| {
        marker.push(word, forms, &mut title);
        stems.take(word, forms, &mut give_title);
        if !word.is_compound() {
            title_hashes.push(forms.hash());
        }
    });
    marker.finish(&mut title);
    stems.finish(&mut give_title);

    let lead_end = lead_range(&article.body).end;
    let mut lead_words = 0;
    let mut body_hashes: Vec<u32> = Vec::with_capacity(article.body.len() / 5);
    let mut stems = RankingStems::default();
    let mut give_body = |stem: &str| give(stem, 1);
    let mut marker = Marker::of(article, Part::Body);
    vocabulary.read(&article.body, |word, forms| {
        marker.push(word, forms, &mut body);
        stems.take(word, forms, &mut give_body);
        if !word.is_compound() {
            body_hashes.push(forms.hash());
            lead_words += u64::from(word.start < lead_end);
        }
    });
    marker.finish(&mut body);
    stems.finish(&mut give_body);

    let counts = [
        (Number::TitleWords, title_hashes.len() as u64),
        (Number::Words, body_hashes.len() as u64),
        (Number::LeadWords, lead_words),
        (Number::RankingWords, ranking_words),
    ];
    Words {
        title,
        body,
        ranking,
        signature: Signature::of(&title_hashes, &body_hashes),
        counts,
    }
}

/// Returns the shingles of an article's words, as its signature was made of them.
pub(super) fn shingles_of(article_title: &str, body: &str) -> Shingles {
    let hashes = |text: &str| -> Vec<u32> {
        let mut folded = String::new();
        let parts = words(text).filter(|word| !word.is_compound());
        parts
            .map(|word| {
                fold_word(word.text, &mut folded);
                word_hash(&folded)
            })
            .collect()
    };
    Shingles::of(&hashes(article_title), &hashes(body))
}

fn add_keywords(article: &Article, fields: &Fields, document: &mut TantivyDocument) {
    let mut add = |keyword: Keyword, value: &str| {
        if !value.trim().is_empty() {
            document.add_text(fields.keyword(keyword), value.trim());
        }
    };
    let mut seen: Vec<(Keyword, String)> = Vec::new();
    let mut add_one_of_many = |keyword: Keyword, value: &str| {
        // A name found twice under two spellings of the same key would count twice in
        // a facet.
        let key = (keyword, whole_value_key(value));
        if !seen.contains(&key) {
            add(keyword, value);
            seen.push(key);
        }
    };
    for name in &article.names {
        add_one_of_many(Keyword::Name(name.kind, name.provenance), &name.canonical);
    }
    for (keyword, values) in [
        (Keyword::Topic, &article.topics),
        (Keyword::Tag, &article.tags),
        (Keyword::Exchange, &article.exchanges),
        (Keyword::Byline, &article.byline),
    ] {
        values
            .iter()
            .for_each(|value| add_one_of_many(keyword, value));
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

fn add_date(article: &Article, fields: &Fields, document: &mut TantivyDocument) {
    let Some(published) = article.published else {
        return;
    };
    let day = published.day();
    let year = u64::try_from(day.year()).unwrap_or_default();
    let month = year * 100 + day.month().unsigned_abs() as u64;
    let number = |number| fields.number(number);
    document.add_u64(number(Number::Month), month);
    document.add_u64(
        number(Number::Day),
        month * 100 + day.day().unsigned_abs() as u64,
    );
    document.add_i64(number(Number::Published), published.unix_seconds());
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
    let stored: StoredArticle<'_> = serde_json::from_slice(stored).ok()?;
    stored.into_article(
        text(fields.title_text).to_owned(),
        text(fields.body_text).to_owned(),
    )
}

/// Title and body of a stored article, and nothing else of it.
#[derive(Default)]
pub(super) struct Texts {
    pub(super) title: String,
    pub(super) body: String,
}

impl DocumentDeserialize for Texts {
    fn deserialize<'de, D: DocumentDeserializer<'de>>(
        mut document: D,
    ) -> Result<Texts, DeserializeError> {
        let fields = fields();
        let mut texts = Texts::default();
        while let Some((field, Text(text))) = document.next_field()? {
            if field == fields.title_text {
                texts.title = text;
            } else if field == fields.body_text {
                texts.body = text;
            }
        }
        Ok(texts)
    }
}

/// A stored text; empty where the value is none.
struct Text(String);

impl ValueDeserialize for Text {
    fn deserialize<'de, D: ValueDeserializer<'de>>(value: D) -> Result<Text, DeserializeError> {
        value.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl ValueVisitor for TextVisitor {
    type Value = Text;

    fn visit_string(&self, text: String) -> Result<Text, DeserializeError> {
        Ok(Text(text))
    }

    fn visit_bytes(&self, _: Vec<u8>) -> Result<Text, DeserializeError> {
        Ok(Text(String::new()))
    }
}

/// The stored form of all that is neither title nor body. Its field names are part
/// of the index format.
#[derive(Serialize, Deserialize)]
struct StoredArticle<'a> {
    id: Cow<'a, str>,
    file: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    member: Option<Cow<'a, str>>,
    record: u64,
    offset: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    names: Vec<StoredName<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    published: Option<(String, DateOrigin)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    modified: Option<String>,
    #[serde(default, skip_serializing_if = "is_empty")]
    byline: Cow<'a, [String]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    section: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    language: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    url: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dateline: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "is_empty")]
    topics: Cow<'a, [String]>,
    #[serde(default, skip_serializing_if = "is_empty")]
    tags: Cow<'a, [String]>,
    #[serde(default, skip_serializing_if = "is_empty")]
    exchanges: Cow<'a, [String]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    item_type: Option<Cow<'a, str>>,
}

#[expect(clippy::ptr_arg, reason = "serde hands over the field as it is")]
fn is_empty(list: &Cow<'_, [String]>) -> bool {
    list.as_ref().is_empty()
}

#[derive(Serialize, Deserialize)]
struct StoredName<'a> {
    kind: Kind,
    name: Cow<'a, str>,
    provenance: Provenance,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    mentions: Vec<(Part, usize, usize)>,
}

impl<'a> From<&'a Article> for StoredArticle<'a> {
    fn from(article: &'a Article) -> StoredArticle<'a> {
        let text = |text: &'a Option<String>| text.as_deref().map(Cow::Borrowed);
        StoredArticle {
            id: article.id.as_str().into(),
            file: article.origin.file.as_str().into(),
            member: text(&article.origin.member),
            record: article.origin.record,
            offset: article.origin.offset,
            names: article.names.iter().map(StoredName::from).collect(),
            published: article
                .published
                .map(|date| (date.to_string(), date.origin())),
            modified: article.modified.map(|date| date.to_string()),
            byline: article.byline.as_slice().into(),
            source: text(&article.source),
            section: text(&article.section),
            language: text(&article.language),
            url: text(&article.url),
            dateline: text(&article.dateline),
            topics: article.topics.as_slice().into(),
            tags: article.tags.as_slice().into(),
            exchanges: article.exchanges.as_slice().into(),
            item_type: text(&article.item_type),
        }
    }
}

impl<'a> From<&'a Name> for StoredName<'a> {
    fn from(name: &'a Name) -> StoredName<'a> {
        let place = |mention: &Mention| (mention.part, mention.span.start(), mention.span.end());
        StoredName {
            kind: name.kind,
            name: name.canonical.as_str().into(),
            provenance: name.provenance,
            mentions: name.mentions.iter().map(place).collect(),
        }
    }
}

impl StoredArticle<'_> {
    fn into_article(self, title: String, body: String) -> Option<Article> {
        let text = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned);
        let origin = Origin {
            file: self.file.into_owned(),
            member: text(self.member),
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
        article.modified = self
            .modified
            .and_then(|text| Published::parse_iso(&text, DateOrigin::Metadata));
        article.byline = self.byline.into_owned();
        article.source = text(self.source);
        article.section = text(self.section);
        article.language = text(self.language);
        article.url = text(self.url);
        article.dateline = text(self.dateline);
        article.topics = self.topics.into_owned();
        article.tags = self.tags.into_owned();
        article.exchanges = self.exchanges.into_owned();
        article.item_type = text(self.item_type);
        article.title = title;
        article.body = body;
        Some(article)
    }
}

impl StoredName<'_> {
    fn into_name(self, title: &str, body: &str) -> Name {
        let kind = self.kind;
        let mention = |(part, start, end): (Part, usize, usize)| {
            let text = if part == Part::Title { title } else { body };
            Span::new(text, start..end).map(|span| Mention { part, span, kind })
        };
        Name {
            kind,
            canonical: self.name.into_owned(),
            provenance: self.provenance,
            mentions: self.mentions.into_iter().filter_map(mention).collect(),
        }
    }
}

fn to_json(stored: &StoredArticle<'_>) -> Vec<u8> {
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
        article.tags = vec!["port".into()];
        article.modified = Published::parse_iso("2024-03-06T10:00:00Z", DateOrigin::Metadata);
        article
    }

    #[test]
    fn an_article_comes_back_as_it_was() {
        let article = full();
        let hash = ContentHash::of(&article, "");
        let prepared = prepare(&article, hash, &mut Vocabularies::default());
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
