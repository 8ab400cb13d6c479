//! The fields of the index and how each is indexed.
//!
//! | field | form |
//! | --- | --- |
//! | `id`, `file` | whole values, as written; fast, for ties and for pruning |
//! | `title`, `body` | exact words with positions |
//! | `title_text`, `body_text` | the texts as they are, stored only |
//! | `ranking` | stems with frequencies, the title three times; neither positions nor stored |
//! | names, codes, metadata | whole value and words in one field; fast for counting |
//! | `published`, `day`, `month`, `words`, … | fast numbers |
//! | `bands` | the signature for near-duplicates, fast numbers |
//! | `stored` | all the rest of the article, as JSON |
//!
//! Any change here changes [`FORMAT_VERSION`](super::FORMAT_VERSION).

use tantivy::schema::{
    FAST, Field, IndexRecordOption, NumericOptions, STORED, STRING, Schema, SchemaBuilder,
    TextFieldIndexing, TextOptions,
};

use super::tokenizers::{KEYWORDS, STEMS, WORDS};
use crate::article::{Kind, Provenance};

/// How often a word of the title counts in the ranking text. Of the settings tried
/// on four judged collections, three was best; a title scored as a field of its own
/// was worse than none.
pub(super) const TITLE_WEIGHT: u32 = 3;

/// The name of the field of near-duplicate signatures.
pub(super) const BANDS: &str = "bands";

/// A field that holds whole values (a name, a code, a source) and their words.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub(super) enum Keyword {
    Name(Kind, Provenance),
    Topic,
    Tag,
    Exchange,
    Source,
    Byline,
    Section,
    Language,
    ItemType,
    Url,
}

impl Keyword {
    pub(super) const ALL: [Keyword; 15] = [
        Keyword::Name(Kind::Person, Provenance::Gold),
        Keyword::Name(Kind::Person, Provenance::Extracted),
        Keyword::Name(Kind::Organization, Provenance::Gold),
        Keyword::Name(Kind::Organization, Provenance::Extracted),
        Keyword::Name(Kind::Place, Provenance::Gold),
        Keyword::Name(Kind::Place, Provenance::Extracted),
        Keyword::Topic,
        Keyword::Tag,
        Keyword::Exchange,
        Keyword::Source,
        Keyword::Byline,
        Keyword::Section,
        Keyword::Language,
        Keyword::ItemType,
        Keyword::Url,
    ];

    /// Returns the field's name in the index.
    pub(super) fn name(self) -> &'static str {
        match self {
            Keyword::Name(Kind::Person, Provenance::Gold) => "gold_people",
            Keyword::Name(Kind::Person, Provenance::Extracted) => "people",
            Keyword::Name(Kind::Organization, Provenance::Gold) => "gold_organizations",
            Keyword::Name(Kind::Organization, Provenance::Extracted) => "organizations",
            Keyword::Name(Kind::Place, Provenance::Gold) => "gold_places",
            Keyword::Name(Kind::Place, Provenance::Extracted) => "places",
            Keyword::Topic => "topics",
            Keyword::Tag => "tags",
            Keyword::Exchange => "exchanges",
            Keyword::Source => "source",
            Keyword::Byline => "byline",
            Keyword::Section => "section",
            Keyword::Language => "language",
            Keyword::ItemType => "item_type",
            Keyword::Url => "url",
        }
    }
}

/// A number that every article has or lacks, kept for sorting and ranges.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Number {
    /// Seconds since 1970, signed.
    Published,
    /// The calendar day as yyyymmdd.
    Day,
    /// The calendar month as yyyymm.
    Month,
    /// Words of the title.
    TitleWords,
    /// Words of the body.
    Words,
    /// Words of the lead.
    LeadWords,
    /// Stems of the ranking text.
    RankingWords,
    /// What tells an unchanged article from a changed one.
    ContentHash,
}

impl Number {
    pub(super) const ALL: [Number; 8] = [
        Number::Published,
        Number::Day,
        Number::Month,
        Number::TitleWords,
        Number::Words,
        Number::LeadWords,
        Number::RankingWords,
        Number::ContentHash,
    ];

    /// Returns the field's name in the index.
    pub(super) fn name(self) -> &'static str {
        match self {
            Number::Published => "published",
            Number::Day => "day",
            Number::Month => "month",
            Number::TitleWords => "title_words",
            Number::Words => "words",
            Number::LeadWords => "lead_words",
            Number::RankingWords => "ranking_words",
            Number::ContentHash => "content_hash",
        }
    }
}

/// The fields' handles.
#[derive(Clone, Debug)]
pub(super) struct Fields {
    pub(super) schema: Schema,
    pub(super) id: Field,
    pub(super) file: Field,
    pub(super) title: Field,
    pub(super) body: Field,
    pub(super) title_text: Field,
    pub(super) body_text: Field,
    pub(super) ranking: Field,
    pub(super) stored: Field,
    /// What the signature for near-duplicates is made of, in order; nothing without text.
    pub(super) bands: Field,
    keywords: [Field; Keyword::ALL.len()],
    numbers: [Field; Number::ALL.len()],
}

impl Fields {
    /// Returns the fields of the current format.
    pub(super) fn new() -> Fields {
        let mut builder = Schema::builder();
        let id = builder.add_text_field("id", STRING | FAST);
        let file = builder.add_text_field("file", STRING | FAST);
        let title = builder.add_text_field("title", exact_words());
        let body = builder.add_text_field("body", exact_words());
        let title_text = builder.add_text_field("title_text", STORED);
        let body_text = builder.add_text_field("body_text", STORED);
        let ranking = builder.add_text_field("ranking", stems());
        let stored = builder.add_bytes_field("stored", STORED);
        let bands = builder.add_u64_field(BANDS, NumericOptions::default().set_fast());
        let keywords = Keyword::ALL.map(|keyword| add_keyword(&mut builder, keyword));
        let numbers = Number::ALL.map(|number| add_number(&mut builder, number));
        let schema = builder.build();
        Fields {
            schema,
            id,
            file,
            title,
            body,
            title_text,
            body_text,
            ranking,
            stored,
            bands,
            keywords,
            numbers,
        }
    }

    pub(super) fn keyword(&self, keyword: Keyword) -> Field {
        let at = Keyword::ALL.iter().position(|known| *known == keyword);
        self.keywords[at.expect("every keyword is listed")]
    }

    pub(super) fn number(&self, number: Number) -> Field {
        let at = Number::ALL.iter().position(|known| *known == number);
        self.numbers[at.expect("every number is listed")]
    }
}

fn exact_words() -> TextOptions {
    // Lengths are those of the ranking text; norms here would be a wasted byte an article.
    let words = TextFieldIndexing::default()
        .set_tokenizer(WORDS)
        .set_index_option(IndexRecordOption::WithFreqsAndPositions)
        .set_fieldnorms(false);
    TextOptions::default().set_indexing_options(words)
}

fn stems() -> TextOptions {
    let stems = TextFieldIndexing::default()
        .set_tokenizer(STEMS)
        .set_index_option(IndexRecordOption::WithFreqs);
    TextOptions::default().set_indexing_options(stems)
}

fn add_keyword(builder: &mut SchemaBuilder, keyword: Keyword) -> Field {
    let words = TextFieldIndexing::default()
        .set_tokenizer(KEYWORDS)
        .set_index_option(IndexRecordOption::WithFreqsAndPositions)
        .set_fieldnorms(false);
    let options = TextOptions::default()
        .set_indexing_options(words)
        .set_fast("raw");
    builder.add_text_field(keyword.name(), options)
}

fn add_number(builder: &mut SchemaBuilder, number: Number) -> Field {
    let options = NumericOptions::default().set_fast();
    if number == Number::Published {
        builder.add_i64_field(number.name(), options)
    } else {
        builder.add_u64_field(number.name(), options)
    }
}
