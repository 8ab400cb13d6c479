//! Adds, replaces and deletes articles, and commits them.
//!
//! A commit is all or nothing, and once [`Writer::commit`] has returned, a power cut
//! does not undo it. There is one writer at a time, kept apart by a lock that ends
//! with its process.

use std::path::PathBuf;

use tantivy::indexer::LogMergePolicy;
use tantivy::{IndexWriter, TantivyError, Term};

use super::document::Prepared;
use super::error::IndexError;
use super::folder::{Index, articles_folder, open_articles, sweep_temporary_files, sync_folder};
use super::schema::Fields;
use crate::article::ArticleId;

/// Segments with more deleted articles than this are merged away (chosen: at worst a
/// fifth of the index is waste).
const DELETED_SHARE: f32 = 0.2;

/// As many segments of about one size are merged. Each segment costs every query some
/// microseconds to open (chosen: half of the library's 8, as queries are many and ingests few).
const SEGMENTS_TO_MERGE: usize = 4;

/// The only way into an index.
pub struct Writer {
    writer: IndexWriter,
    fields: Fields,
    folder: PathBuf,
    changes: u64,
}

/// How much a writer may use.
#[derive(Clone, Copy, Debug)]
pub struct Resources {
    /// Threads that index.
    pub threads: usize,
    /// Bytes that may be held before they are written out, over all threads.
    pub memory: usize,
}

impl Writer {
    /// Opens the index for writing.
    ///
    /// # Errors
    ///
    /// [`IndexError::Locked`] while another process writes.
    pub fn open(index: &Index, resources: Resources) -> Result<Writer, IndexError> {
        let fields = index.fields().clone();
        let articles = open_articles(index.root(), &fields)?;
        let threads = resources.threads.max(1);
        // The library refuses less than 15 MB a thread.
        let memory = resources.memory.max(threads * 16_000_000);
        let writer: IndexWriter = match articles.writer_with_num_threads(threads, memory) {
            Err(TantivyError::LockFailure(..)) => {
                return Err(IndexError::Locked(index.root().to_owned()));
            }
            opened => opened?,
        };
        let folder = articles_folder(index.root());
        sweep_temporary_files(&folder)?;
        // A kill inside a commit with deletes leaves a file of the very name that the
        // next commit wants to create, which then fails forever; collecting removes it.
        writer.garbage_collect_files().wait()?;
        let mut merges = LogMergePolicy::default();
        merges.set_min_num_segments(SEGMENTS_TO_MERGE);
        merges.set_del_docs_ratio_before_merge(DELETED_SHARE);
        writer.set_merge_policy(Box::new(merges));
        Ok(Writer {
            writer,
            fields,
            folder,
            changes: 0,
        })
    }

    /// Adds an article that the index does not hold.
    ///
    /// # Errors
    ///
    /// After any error the writer must be dropped; what was not committed is lost.
    pub fn add(&mut self, article: Prepared) -> Result<(), IndexError> {
        self.writer.add_document(article.document)?;
        self.changes += 1;
        Ok(())
    }

    /// Adds an article in the place of the one with its id.
    ///
    /// # Errors
    ///
    /// As for [`Writer::add`].
    pub fn replace(&mut self, article: Prepared) -> Result<(), IndexError> {
        let term = Term::from_field_text(self.fields.id, article.id().as_str());
        self.writer.delete_term(term);
        self.add(article)
    }

    /// Deletes the article `id`, if there is one.
    pub fn delete(&mut self, id: &ArticleId) {
        self.writer
            .delete_term(Term::from_field_text(self.fields.id, id.as_str()));
        self.changes += 1;
    }

    /// Returns how many changes wait for a commit.
    pub fn uncommitted(&self) -> u64 {
        self.changes
    }

    /// Makes all changes so far visible and safe. Without changes it does nothing.
    ///
    /// # Errors
    ///
    /// After an error the last commit is still intact; drop the writer.
    pub fn commit(&mut self) -> Result<(), IndexError> {
        if self.changes == 0 {
            return Ok(());
        }
        self.writer.commit()?;
        // The library renames its list of segments into place, but does not flush the
        // folder, so that a power cut could bring the old list back.
        sync_folder(&self.folder)?;
        self.changes = 0;
        Ok(())
    }

    /// Commits, and waits for merges to end.
    ///
    /// # Errors
    ///
    /// As for [`Writer::commit`].
    pub fn close(mut self) -> Result<(), IndexError> {
        self.commit()?;
        self.writer.wait_merging_threads()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::document::{ContentHash, Vocabularies, prepare};
    use super::*;
    use crate::article::{Article, Origin};

    const RESOURCES: Resources = Resources {
        threads: 1,
        memory: 16_000_000,
    };

    fn article(id: &str) -> Prepared {
        let mut article = Article::new(ArticleId::new(id).unwrap(), Origin::default());
        article.title = format!("Story {id}");
        prepare(
            &article,
            ContentHash::of(&article, ""),
            &mut Vocabularies::default(),
        )
    }

    fn delete_a(index: &Index) -> Result<(), IndexError> {
        let mut writer = Writer::open(index, RESOURCES)?;
        writer.delete(&ArticleId::new("a").unwrap());
        writer.commit()
    }

    #[test]
    fn a_kill_inside_a_commit_with_deletes_leaves_nothing_in_the_way() {
        let folder = tempfile::tempdir().unwrap();
        let index = Index::open_or_create(&folder.path().join("index")).unwrap();
        let mut writer = Writer::open(&index, RESOURCES).unwrap();
        ["a", "b", "c"]
            .into_iter()
            .for_each(|id| writer.add(article(id)).unwrap());
        writer.close().unwrap();
        // A commit that got as far as the list of deleted articles, but not to the
        // list of segments.
        let segments = articles_folder(index.root()).join("meta.json");
        let before = fs::read(&segments).unwrap();
        delete_a(&index).unwrap();
        fs::write(&segments, before).unwrap();
        assert_eq!(index.snapshot().unwrap().articles(), 3);
        delete_a(&index).unwrap();
        assert_eq!(index.snapshot().unwrap().articles(), 2);
    }

    #[test]
    fn there_is_one_writer_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let index = Index::open_or_create(&folder.path().join("index")).unwrap();
        let first = Writer::open(&index, RESOURCES).unwrap();
        assert!(matches!(
            Writer::open(&index, RESOURCES),
            Err(IndexError::Locked(_))
        ));
        drop(first);
        assert!(Writer::open(&index, RESOURCES).is_ok());
    }
}
