//! What ingest would see: the same stages in the same order, without an index.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use super::bookkeeper::{fault_entry, rejection_entry};
use super::date_order::DateOrders;
use super::reader::{Item, Reader, Task, Work};
use super::worker::{self, Finished};
use super::{Gate, IngestError, ROOM, in_order};
use crate::article::Article;
use crate::corpus::{ReadOptions, Selection};
use crate::index::{Entry, Files, Outcome, Place};
use crate::names::{Explanation, Tagger};

/// What to look at, and how.
pub struct Options<'a> {
    /// Files and folders; `-` is standard input.
    pub paths: Vec<PathBuf>,
    /// The folder that paths are written relative to.
    pub base: PathBuf,
    /// Which files below the folders.
    pub selection: Selection,
    /// How files are read.
    pub read: ReadOptions,
    /// Finds names in the articles; `None` leaves them out.
    pub tagger: Option<&'a Tagger>,
    /// Keeps the reasons for the names.
    pub explain: bool,
    /// Worker threads.
    pub threads: usize,
}

/// What was met.
pub enum Seen {
    /// An article, with the reasons for its names if they were asked for.
    Article(Box<Article>, Option<Explanation>),
    /// Something that is none, or a remark about one.
    Entry(Entry),
}

/// Reads what `options` names and shows it in the order of the corpus, until `show`
/// returns false.
///
/// # Errors
///
/// Fails if a path does not exist.
pub fn preview(
    options: &Options<'_>,
    show: &mut dyn FnMut(Seen) -> bool,
) -> Result<(), IngestError> {
    let (walk, from_stdin) = super::walk(
        &options.paths,
        &options.base,
        &options.selection,
        options.threads,
    )?;
    let (gate, stop, known) = (
        Gate::new(ROOM),
        AtomicBool::new(false),
        Mutex::new(Files::none()),
    );
    let reader = Reader {
        read: &options.read,
        pipeline: "",
        known: &known,
        gate: &gate,
        stop: &stop,
    };
    let orders = DateOrders::new(&options.base, &options.read);
    let make_worker = || {
        |task: Task| {
            worker::look(
                task,
                &options.read,
                &orders,
                options.tagger,
                options.explain,
            )
        }
    };
    in_order(
        &reader,
        Work::Walk {
            walk: &walk,
            from_stdin,
        },
        options.threads,
        make_worker,
        &mut |finished| {
            let go_on = match finished {
                Finished::Seen(article, notes, explanation) => {
                    let place = Place::from(&article.origin);
                    let id = Some(article.id.to_string());
                    let noted = notes.is_empty()
                        || show(Seen::Entry(Entry {
                            outcome: Outcome::Added,
                            id,
                            place,
                            reason: Some(notes.join("; ")),
                        }));
                    noted && show(Seen::Article(article, explanation))
                }
                Finished::Item(Item::Rejected(rejection)) => {
                    show(Seen::Entry(rejection_entry(rejection)))
                }
                Finished::Item(Item::Fault(fault)) => show(Seen::Entry(fault_entry(fault))),
                Finished::Item(_) | Finished::Article(_) => true,
            };
            Ok(go_on)
        },
    )
}
