//! The articles as of one commit: looked up by id, counted, and described by the
//! statistics that ranking needs.
//!
//! The statistics are those of the articles that are alive. The search library
//! counts deleted ones until it merges them away, which would make scores depend on
//! how the index came about; here two indexes with the same articles give the same
//! numbers.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use tantivy::columnar::{Column, StrColumn};
use tantivy::fieldnorm::FieldNormReader;
use tantivy::query::Bm25StatisticsProvider;
use tantivy::schema::{Field, Value};
use tantivy::{DocAddress, Searcher, SegmentReader, TantivyDocument, Term};

use super::complete::KnownValues;
use super::document::{ContentHash, read_back};
use super::entities::{Loaded, Registry, apply};
use super::error::IndexError;
use super::ranking::LengthNorms;
use super::schema::{Fields, Keyword, Number};
use super::stories::{Members, StoryBook};
use crate::article::{Article, ArticleId};

/// The articles as of one commit.
#[derive(Clone)]
pub struct Snapshot {
    pub(super) searcher: Searcher,
    pub(super) fields: Fields,
    articles: u64,
    ranking_words: u64,
    languages: Vec<String>,
    /// Each segment's ids.
    pub(super) ids: Vec<Option<StrColumn>>,
    /// Each segment's lengths of the ranking text.
    lengths: Vec<FieldNormReader>,
    /// The byte that stands for the length of each segment's longest ranking text.
    longest: Vec<u8>,
    norms: LengthNorms,
    registry: Arc<Registry>,
    /// The register's state that this snapshot answers by, from its first use on.
    loaded: OnceLock<Arc<Loaded>>,
    pub(super) story_book: Arc<StoryBook>,
    duplicate_threshold: f64,
    /// Which articles have copies, from the first use on.
    pub(super) story_members: OnceLock<Members>,
    pub(super) known_values: Arc<KnownValues>,
}

/// What the index knows of an article without reading it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Known {
    /// Tells whether it changed.
    pub hash: ContentHash,
    /// The file it was read from.
    pub file: String,
}

impl Snapshot {
    pub(super) fn new(
        searcher: Searcher,
        fields: Fields,
        registry: Arc<Registry>,
        story_book: Arc<StoryBook>,
        duplicate_threshold: f64,
    ) -> Result<Snapshot, IndexError> {
        let mut ranking_words = 0;
        let mut languages = BTreeSet::new();
        let (mut ids, mut lengths, mut longest) = (Vec::new(), Vec::new(), Vec::new());
        for segment in searcher.segment_readers() {
            let words = segment.fast_fields().u64(Number::RankingWords.name())?;
            ranking_words += alive_sum(&words, segment);
            let most = u32::try_from(words.max_value()).unwrap_or(u32::MAX);
            longest.push(FieldNormReader::fieldnorm_to_id(most));
            ids.push(segment.fast_fields().str("id")?);
            lengths.push(segment.get_fieldnorms_reader(fields.ranking)?);
            if let Some(column) = segment.fast_fields().str(Keyword::Language.name())? {
                let mut terms = column
                    .dictionary()
                    .stream()
                    .map_err(tantivy::TantivyError::from)?;
                while terms.advance() {
                    languages.insert(String::from_utf8_lossy(terms.key()).into_owned());
                }
            }
        }
        let articles = searcher.num_docs();
        let languages = languages.into_iter().collect();
        Ok(Snapshot {
            searcher,
            fields,
            articles,
            ranking_words,
            languages,
            ids,
            lengths,
            longest,
            norms: LengthNorms::new(mean_words(ranking_words, articles)),
            registry,
            loaded: OnceLock::new(),
            story_book,
            duplicate_threshold,
            story_members: OnceLock::new(),
            known_values: Arc::default(),
        })
    }

    pub(super) fn loaded(&self) -> Result<&Loaded, IndexError> {
        if let Some(loaded) = self.loaded.get() {
            return Ok(loaded);
        }
        let loaded = self.registry.load(self)?;
        Ok(self.loaded.get_or_init(|| loaded))
    }

    /// Returns how many articles there are.
    pub fn articles(&self) -> u64 {
        self.articles
    }

    /// Returns how similar copies are at least.
    pub fn duplicate_threshold(&self) -> f64 {
        self.duplicate_threshold
    }

    /// Returns the language tags that occur.
    pub fn languages(&self) -> &[String] {
        &self.languages
    }

    /// Returns what is known of the article `id`.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn find(&self, id: &ArticleId) -> Result<Option<Known>, IndexError> {
        let Some(address) = self.address(id)? else {
            return Ok(None);
        };
        let segment = self.searcher.segment_reader(address.segment_ord);
        let hashes = segment.fast_fields().u64(Number::ContentHash.name())?;
        let hash = ContentHash(hashes.first(address.doc_id).unwrap_or_default());
        let file = string_value(segment, "file", address.doc_id)?;
        Ok(Some(Known { hash, file }))
    }

    /// Returns the article `id`, its names after the register.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn article(&self, id: &ArticleId) -> Result<Option<Article>, IndexError> {
        self.address(id)?
            .map(|address| self.read(address))
            .transpose()
    }

    /// Returns up to `limit` ids that begin with `prefix`, in alphabetical order.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn ids_with_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<String>, IndexError> {
        let mut ids = BTreeSet::new();
        for segment in self.searcher.segment_readers() {
            let Some(column) = segment.fast_fields().str("id")? else {
                continue;
            };
            let range = column.dictionary().range().ge(prefix.as_bytes());
            let mut stream = range.into_stream().map_err(tantivy::TantivyError::from)?;
            let mut taken = 0;
            while taken < limit && stream.advance() && stream.key().starts_with(prefix.as_bytes()) {
                ids.insert(String::from_utf8_lossy(stream.key()).into_owned());
                taken += 1;
            }
        }
        let mut found = Vec::new();
        for id in ids {
            let alive = ArticleId::new(&id)
                .map(|id| self.address(&id))
                .transpose()?
                .flatten();
            if alive.is_some() && found.len() < limit {
                found.push(id);
            }
        }
        Ok(found)
    }

    /// Calls `visit` with the id of every article that was read from `file`.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn ids_of_file(&self, file: &str, mut visit: impl FnMut(String)) -> Result<(), IndexError> {
        let term = Term::from_field_text(self.fields.file, file);
        for segment in self.searcher.segment_readers() {
            let index = segment.inverted_index(self.fields.file)?;
            let option = tantivy::schema::IndexRecordOption::Basic;
            let Some(mut postings) = index.read_postings(&term, option).map_err(io)? else {
                continue;
            };
            use tantivy::DocSet;
            while postings.doc() != tantivy::TERMINATED {
                if !segment.is_deleted(postings.doc()) {
                    visit(string_value(segment, "id", postings.doc())?);
                }
                postings.advance();
            }
        }
        Ok(())
    }

    /// Shows every file that an article was read from, some of them more than once.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn each_file(&self, visit: &mut dyn FnMut(&str)) -> Result<(), IndexError> {
        for segment in self.searcher.segment_readers() {
            let Some(column) = segment.fast_fields().str("file")? else {
                continue;
            };
            let mut seen = vec![false; column.num_terms()];
            for doc in segment.doc_ids_alive() {
                for ordinal in column.term_ords(doc) {
                    seen[ordinal as usize] = true;
                }
            }
            let mut files = column.dictionary().stream().map_err(io)?;
            while files.advance() {
                if seen[files.term_ord() as usize]
                    && let Ok(file) = std::str::from_utf8(files.key())
                {
                    visit(file);
                }
            }
        }
        Ok(())
    }

    pub(super) fn read(&self, address: DocAddress) -> Result<Article, IndexError> {
        let document: TantivyDocument = self.searcher.doc(address)?;
        let mut article = read_back(&document).ok_or_else(|| {
            let id = document
                .get_first(self.fields.id)
                .and_then(|id| id.as_str())
                .unwrap_or("?");
            let path = std::path::PathBuf::from("articles");
            IndexError::Damaged {
                path,
                reason: format!("article {id} cannot be read back"),
            }
        })?;
        apply(self.directory()?, &mut article);
        Ok(article)
    }

    pub(super) fn id_at(&self, address: DocAddress) -> Result<String, IndexError> {
        let ids = self
            .ids
            .get(address.segment_ord as usize)
            .and_then(Option::as_ref);
        let mut id = String::new();
        if let Some(ids) = ids
            && let Some(ordinal) = ids.term_ords(address.doc_id).next()
        {
            ids.ord_to_str(ordinal, &mut id).map_err(io)?;
        }
        Ok(id)
    }

    pub(super) fn address(&self, id: &ArticleId) -> Result<Option<DocAddress>, IndexError> {
        let term = Term::from_field_text(self.fields.id, id.as_str());
        for (ordinal, segment) in self.searcher.segment_readers().iter().enumerate() {
            let index = segment.inverted_index(self.fields.id)?;
            let option = tantivy::schema::IndexRecordOption::Basic;
            let Some(mut postings) = index.read_postings(&term, option).map_err(io)? else {
                continue;
            };
            use tantivy::DocSet;
            while postings.doc() != tantivy::TERMINATED {
                if !segment.is_deleted(postings.doc()) {
                    return Ok(Some(DocAddress::new(ordinal as u32, postings.doc())));
                }
                postings.advance();
            }
        }
        Ok(None)
    }

    /// Returns in how many living articles `term` stands.
    pub(super) fn alive_doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        let mut total = 0;
        for segment in self.searcher.segment_readers() {
            let index = segment.inverted_index(term.field())?;
            total += match segment.alive_bitset() {
                None => u64::from(index.doc_freq(term)?),
                Some(alive) => {
                    let option = tantivy::schema::IndexRecordOption::Basic;
                    let postings = index.read_postings(term, option)?;
                    postings.map_or(0, |postings| {
                        u64::from(postings.doc_freq_given_deletes(alive))
                    })
                }
            };
        }
        Ok(total)
    }

    /// Returns how often `term` stands in living articles.
    pub(super) fn alive_occurrences(&self, term: &Term) -> Result<u64, IndexError> {
        use tantivy::DocSet;
        use tantivy::postings::Postings;
        let mut total = 0;
        for segment in self.searcher.segment_readers() {
            let index = segment.inverted_index(term.field())?;
            let option = tantivy::schema::IndexRecordOption::WithFreqs;
            let Some(mut postings) = index.read_postings(term, option).map_err(io)? else {
                continue;
            };
            while postings.doc() != tantivy::TERMINATED {
                if !segment.is_deleted(postings.doc()) {
                    total += u64::from(postings.term_freq());
                }
                postings.advance();
            }
        }
        Ok(total)
    }

    /// Returns the mean length of the ranking text, in stems; at least 1.
    pub(super) fn mean_ranking_words(&self) -> f64 {
        mean_words(self.ranking_words, self.articles)
    }

    /// Returns what article lengths do to scores.
    pub(super) fn norms(&self) -> &LengthNorms {
        &self.norms
    }

    /// Returns the lengths of a segment's ranking texts.
    pub(super) fn lengths(&self, segment: u32) -> &FieldNormReader {
        &self.lengths[segment as usize]
    }

    /// Returns the byte that stands for the length of a segment's longest ranking text.
    pub(super) fn longest(&self, segment: u32) -> u8 {
        self.longest[segment as usize]
    }
}

fn mean_words(words: u64, articles: u64) -> f64 {
    (words as f64 / articles.max(1) as f64).max(1.0)
}

impl Bm25StatisticsProvider for Snapshot {
    fn total_num_tokens(&self, _: Field) -> tantivy::Result<u64> {
        Ok((self.mean_ranking_words() * self.articles.max(1) as f64).round() as u64)
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(self.articles.max(1))
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        self.alive_doc_freq(term)
    }
}

/// Returns the sum of a segment's numbers over living articles. The search library's own count
/// of tokens is no help: where a merge left out deleted articles, it is made of lengths that
/// were rounded.
fn alive_sum(numbers: &Column<u64>, segment: &SegmentReader) -> u64 {
    let alive = segment.doc_ids_alive();
    alive.filter_map(|doc| numbers.first(doc)).sum()
}

pub(super) fn string_value(
    segment: &SegmentReader,
    column: &str,
    doc: u32,
) -> Result<String, IndexError> {
    let mut value = String::new();
    if let Some(column) = segment.fast_fields().str(column)?
        && let Some(ordinal) = column.term_ords(doc).next()
    {
        column.ord_to_str(ordinal, &mut value).map_err(io)?;
    }
    Ok(value)
}

fn io(error: std::io::Error) -> IndexError {
    IndexError::Search(tantivy::TantivyError::from(error))
}
