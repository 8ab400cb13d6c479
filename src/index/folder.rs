//! The index folder: what lies in it, how it is made, opened and kept safe.
//!
//! ```text
//! index/
//!   newsdex.json     the format's version; written last, so a folder with it is complete
//!   articles/        the search library's segments
//!   files            what each corpus file looked like when it was last read
//!   files.jsonl      what changed since that was written
//!   deleted.jsonl    ids that a person deleted and that stay away
//!   synonyms.txt     words that stand for each other, if a person wrote any down
//!   entities.toml    the register: what a person decided about names
//!   entities/        what is derived from it, and its history
//!   stories          which articles are copies of which, derived from them
//!   runs/            one ledger per ingest run
//! ```
//!
//! Nothing outside the folder is needed to open it, and nothing in it names the
//! place it was made at, so it may be moved or copied to another machine.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tantivy::directory::MmapDirectory;
use tantivy::store::{Compressor, ZstdCompressor};
use tantivy::{IndexReader, IndexSettings, ReloadPolicy};

use super::entities::Registry;
use super::error::IndexError;
use super::schema::Fields;
use super::snapshot::Snapshot;
use super::stories::StoryBook;
use super::tokenizers;
use crate::stories::DEFAULT_THRESHOLD;

/// The version of the index format this program writes and reads.
pub const FORMAT_VERSION: u64 = 4;

const VERSION_FILE: &str = "newsdex.json";

/// An index on disk.
#[derive(Clone)]
pub struct Index {
    root: PathBuf,
    fields: Fields,
    reader: IndexReader,
    registry: Arc<Registry>,
    story_book: Arc<StoryBook>,
    duplicate_threshold: f64,
}

#[derive(Serialize, Deserialize)]
struct VersionFile {
    format: u64,
    made_by: String,
    /// How similar copies are at least.
    #[serde(default = "default_threshold")]
    duplicates: f64,
}

fn default_threshold() -> f64 {
    DEFAULT_THRESHOLD
}

impl Index {
    /// Opens the index in `root`.
    ///
    /// # Errors
    ///
    /// [`IndexError::Missing`] if there is none, [`IndexError::Version`] if another
    /// version of newsdex wrote it.
    pub fn open(root: &Path) -> Result<Index, IndexError> {
        let path = root.join(VERSION_FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(IndexError::Missing(root.to_owned()));
            }
            Err(error) => return Err(IndexError::io(&path)(error)),
        };
        let version: VersionFile =
            serde_json::from_str(&text).map_err(|error| IndexError::Damaged {
                path,
                reason: error.to_string(),
            })?;
        if version.format != FORMAT_VERSION {
            let (found, expected) = (version.format, FORMAT_VERSION);
            return Err(IndexError::Version {
                path: root.to_owned(),
                found,
                expected,
            });
        }
        let fields = Fields::new();
        let articles = open_articles(root, &fields)?;
        let reader = articles
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()?;
        Ok(Index {
            root: root.to_owned(),
            fields,
            reader,
            registry: Arc::new(Registry::new(root)),
            story_book: Arc::new(StoryBook::new(root)),
            duplicate_threshold: version.duplicates,
        })
    }

    /// Opens the index in `root`, or makes an empty one there if the folder does not
    /// exist or is empty.
    ///
    /// # Errors
    ///
    /// [`IndexError::NotAnIndex`] if the folder holds anything else.
    pub fn open_or_create(root: &Path) -> Result<Index, IndexError> {
        match Index::open(root) {
            Err(IndexError::Missing(_)) => {}
            opened => return opened,
        }
        fs::create_dir_all(root).map_err(IndexError::io(root))?;
        let articles = articles_folder(root);
        for entry in fs::read_dir(root).map_err(IndexError::io(root))? {
            let name = entry.map_err(IndexError::io(root))?.file_name();
            let name = name.to_string_lossy();
            // What a killed creation may have left, what keeps the folder in git, and a
            // register that waits for its articles.
            let is_ours = matches!(
                &*name,
                ".gitignore"
                    | ".gitkeep"
                    | "articles"
                    | "entities"
                    | "entities.toml"
                    | "synonyms.txt"
            );
            if !is_ours && !name.starts_with(".tmp") {
                return Err(IndexError::NotAnIndex(root.to_owned()));
            }
        }
        fs::create_dir_all(&articles).map_err(IndexError::io(&articles))?;
        let fields = Fields::new();
        if !articles.join("meta.json").exists() {
            create_articles(&articles, &fields)?;
        }
        write_version(root, DEFAULT_THRESHOLD)?;
        Index::open(root)
    }

    /// Says how similar copies are at least, from 0 to 1: from now on and for all articles.
    ///
    /// # Errors
    ///
    /// Fails if the folder cannot be written.
    pub fn set_duplicate_threshold(&mut self, threshold: f64) -> Result<(), IndexError> {
        if threshold != self.duplicate_threshold {
            write_version(&self.root, threshold)?;
            self.duplicate_threshold = threshold;
        }
        Ok(())
    }

    /// Returns the index folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the folder that corpus paths are written relative to: the one that
    /// holds the index folder `root`, whether that exists yet or not.
    pub fn base_of(root: &Path) -> PathBuf {
        let absolute = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
        let absolute = fs::canonicalize(&absolute).unwrap_or(absolute);
        let parent = absolute.parent().map(Path::to_owned).unwrap_or(absolute);
        fs::canonicalize(&parent).unwrap_or(parent)
    }

    /// Returns the articles as of the last commit.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn snapshot(&self) -> Result<Snapshot, IndexError> {
        self.reader.reload()?;
        Snapshot::new(
            self.reader.searcher(),
            self.fields.clone(),
            Arc::clone(&self.registry),
            Arc::clone(&self.story_book),
            self.duplicate_threshold,
        )
    }

    pub(super) fn fields(&self) -> &Fields {
        &self.fields
    }

    pub(super) fn registry(&self) -> &Registry {
        &self.registry
    }
}

fn write_version(root: &Path, duplicates: f64) -> Result<(), IndexError> {
    let version = VersionFile {
        format: FORMAT_VERSION,
        made_by: format!("newsdex {}", env!("CARGO_PKG_VERSION")),
        duplicates,
    };
    let text = serde_json::to_string(&version).map_err(io::Error::other);
    let path = root.join(VERSION_FILE);
    let text = text.map_err(IndexError::io(&path))?;
    replace_file(&path, format!("{text}\n").as_bytes())
}

pub(super) fn articles_folder(root: &Path) -> PathBuf {
    root.join("articles")
}

/// Opens the search library's part afresh; a writer needs one of its own, since a
/// stale one leaves files behind that are never collected.
pub(super) fn open_articles(root: &Path, fields: &Fields) -> Result<tantivy::Index, IndexError> {
    let path = articles_folder(root);
    let directory = MmapDirectory::open(&path).map_err(tantivy::TantivyError::from)?;
    let mut articles = tantivy::Index::open(directory)?;
    if articles.schema() != fields.schema {
        let reason = "its fields are not those of this format".to_owned();
        return Err(IndexError::Damaged {
            path: path.join("meta.json"),
            reason,
        });
    }
    articles.set_tokenizers(tokenizers::manager());
    Ok(articles)
}

fn create_articles(path: &Path, fields: &Fields) -> Result<(), IndexError> {
    let settings = IndexSettings {
        docstore_compression: Compressor::Zstd(ZstdCompressor {
            compression_level: Some(1),
        }),
        docstore_blocksize: 16_384,
        ..IndexSettings::default()
    };
    let directory = MmapDirectory::open(path).map_err(tantivy::TantivyError::from)?;
    tantivy::Index::create(directory, fields.schema.clone(), settings)?;
    sync_folder(path)
}

/// Removes temporary files that a killed writer left; the search library never does.
/// Only for the holder of the writer's lock.
pub(super) fn sweep_temporary_files(folder: &Path) -> Result<(), IndexError> {
    for entry in fs::read_dir(folder).map_err(IndexError::io(folder))? {
        let entry = entry.map_err(IndexError::io(folder))?;
        if entry.file_name().to_string_lossy().starts_with(".tmp") {
            let path = entry.path();
            fs::remove_file(&path).map_err(IndexError::io(&path))?;
        }
    }
    Ok(())
}

/// Replaces the file `path` in one step: after a crash it is the old or the new one.
pub(super) fn replace_file(path: &Path, content: &[u8]) -> Result<(), IndexError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let write = || -> io::Result<()> {
        let mut file = tempfile::Builder::new()
            .prefix(".tmp")
            .tempfile_in(folder)?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(IndexError::io(path))?;
    sync_folder(folder)
}

/// Makes renames and new files in `folder` survive a power cut.
pub(super) fn sync_folder(folder: &Path) -> Result<(), IndexError> {
    // Only Unix can open a folder to flush it; elsewhere the rename itself is durable.
    if cfg!(unix) {
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(IndexError::io(folder))?;
    }
    Ok(())
}
