//! The raw tantivy program: the least that indexes and searches the same articles.
//!
//! It reads whole files, cuts records out of them with a reader of its own, and hands
//! title, body, organizations and id to the library. It compresses stored texts as
//! newsdex does, since what the library does by default depends on its features.

use std::path::{Path, PathBuf};

use anyhow::Result;
use tantivy::collector::{Count, TopDocs};
use tantivy::query::{BooleanQuery, Occur, PhraseQuery, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption, STORED, STRING, Schema, TEXT};
use tantivy::store::{Compressor, ZstdCompressor};
use tantivy::{
    DocAddress, Index, IndexSettings, IndexWriter, Searcher, TantivyDocument, Term, doc,
};

use crate::articles::{RawArticle, visit_raw};
use crate::queries::{Drawn, DrawnKind};

/// A raw index, open for searching.
pub(crate) struct Raw {
    searcher: Searcher,
    fields: Fields,
}

struct Fields {
    id: Field,
    title: Field,
    body: Field,
    organizations: Field,
}

fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let fields = Fields {
        id: builder.add_text_field("id", STRING | STORED),
        title: builder.add_text_field("title", TEXT | STORED),
        body: builder.add_text_field("body", TEXT | STORED),
        organizations: builder.add_text_field("organizations", STRING | STORED),
    };
    (builder.build(), fields)
}

impl Raw {
    /// Indexes `files` in a new folder; returns how many articles there were.
    pub(crate) fn ingest(
        files: &[PathBuf],
        folder: &Path,
        threads: usize,
        memory: usize,
    ) -> Result<u64> {
        std::fs::create_dir_all(folder)?;
        let (schema, fields) = schema();
        let compression_level = Some(1);
        let settings = IndexSettings {
            docstore_compression: Compressor::Zstd(ZstdCompressor { compression_level }),
            ..IndexSettings::default()
        };
        let index = Index::builder()
            .schema(schema)
            .settings(settings)
            .create_in_dir(folder)?;
        let mut writer: IndexWriter = index.writer_with_num_threads(threads, memory)?;
        let mut articles = 0;
        for file in files {
            visit_raw(file, &mut |article: RawArticle| {
                let mut document = doc!(
                    fields.id => article.id,
                    fields.title => article.title,
                    fields.body => article.body,
                );
                for organization in article.organizations {
                    document.add_text(fields.organizations, organization);
                }
                writer.add_document(document)?;
                articles += 1;
                Ok(())
            })?;
        }
        writer.commit()?;
        writer.wait_merging_threads()?;
        Ok(articles)
    }

    /// Opens the index in `folder`.
    pub(crate) fn open(folder: &Path) -> Result<Raw> {
        let searcher = Index::open_in_dir(folder)?.reader()?.searcher();
        let (_, fields) = schema();
        Ok(Raw { searcher, fields })
    }

    /// Returns a drawn query in the library's terms.
    pub(crate) fn query(&self, drawn: &Drawn) -> Box<dyn Query> {
        let text = |field, word: &String| Term::from_field_text(field, word);
        let parts = [self.fields.title, self.fields.body];
        let anywhere = |word: &String| -> Box<dyn Query> {
            let term = |field| -> Box<dyn Query> {
                Box::new(TermQuery::new(
                    text(field, word),
                    IndexRecordOption::WithFreqs,
                ))
            };
            Box::new(BooleanQuery::union(parts.map(term).into()))
        };
        let phrase = || -> Box<dyn Query> {
            let phrase = |field| -> Box<dyn Query> {
                let terms = drawn.words.iter().map(|word| text(field, word));
                Box::new(PhraseQuery::new(terms.collect()))
            };
            Box::new(BooleanQuery::union(parts.map(phrase).into()))
        };
        let words = drawn.words.iter().map(anywhere);
        match drawn.kind {
            DrawnKind::AllWords => Box::new(BooleanQuery::intersection(words.collect())),
            DrawnKind::AnyWord => Box::new(BooleanQuery::union(words.collect())),
            DrawnKind::Phrase => phrase(),
            DrawnKind::PhraseAndOrganization => {
                let term = text(self.fields.organizations, &drawn.organization);
                let filter = TermQuery::new(term, IndexRecordOption::Basic);
                Box::new(BooleanQuery::new(vec![
                    (Occur::Must, phrase()),
                    (Occur::Must, Box::new(filter)),
                ]))
            }
        }
    }

    /// Returns where the ten best articles are.
    pub(crate) fn top(&self, query: &dyn Query) -> Result<Vec<DocAddress>> {
        let found = self
            .searcher
            .search(query, &TopDocs::with_limit(10).order_by_score())?;
        Ok(found.into_iter().map(|(_, address)| address).collect())
    }

    /// Returns the ten best articles, as newsdex does.
    pub(crate) fn top_stored(&self, query: &dyn Query) -> Result<Vec<TantivyDocument>> {
        let stored = |address| Ok(self.searcher.doc(address)?);
        self.top(query)?.into_iter().map(stored).collect()
    }

    /// Returns how many articles match.
    pub(crate) fn count(&self, query: &dyn Query) -> Result<usize> {
        Ok(self.searcher.search(query, &Count)?)
    }
}
