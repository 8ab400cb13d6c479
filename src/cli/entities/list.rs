//! `newsdex entities list`.

use std::io::Write;

use serde_json::json;

use super::super::args::{FilterArgs, open_output, read_query};
use super::super::output::{self, ASIDE, NAME, counted, grouped};
use super::super::table::{Separator, write_row};
use super::super::{Globals, Status, page};
use super::{KindArg, kind_word, open, write_json};
use crate::article::Kind;
use crate::index::EntityCount;
use crate::query::Request;
use crate::text::fold_name;

/// List entities with how many articles name them
///
/// The most frequent first. Filters, and a query, count only the articles that match.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only entities one of whose names begins with this
    prefix: Option<String>,
    /// Only people, organizations or places
    #[arg(long, value_name = "KIND")]
    kind: Option<KindArg>,
    /// Count only articles that match this query
    #[arg(long, value_name = "QUERY")]
    query: Option<String>,
    #[command(flatten)]
    filters: FilterArgs,
    /// Show at most this many
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 20)]
    limit: usize,
    /// List those that the register leaves out instead
    #[arg(long)]
    hidden: bool,
    /// How to print them
    #[arg(long, value_name = "FORMAT", default_value = "pretty")]
    format: Format,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    Pretty,
    Json,
    Csv,
}

/// An entity with its other names.
struct Row {
    count: EntityCount,
    names: Vec<String>,
}

impl Args {
    pub(super) fn run(&self, globals: &Globals) -> anyhow::Result<Status> {
        let (_, snapshot) = open(globals)?;
        let (filters, source) = self.filters.filters();
        let query = read_query(globals, self.query.as_deref().unwrap_or("*"), true)?.query;
        let mut request = Request::new(query);
        request.filters = filters;
        request.names = source;
        let kinds = Kind::ALL.into_iter();
        let kinds = kinds.filter(|one| self.kind.is_none_or(|kind| Kind::from(kind) == *one));
        let mut rows: Vec<Row> = Vec::new();
        for kind in kinds {
            let counts = match self.hidden {
                true => snapshot.hidden_entities(kind)?,
                false => snapshot.count_entities(&request, kind)?,
            };
            for count in counts {
                let names = snapshot.other_names(kind, &count.name)?;
                rows.push(Row { count, names });
            }
        }
        if let Some(prefix) = &self.prefix {
            let prefix = fold_name(prefix);
            let begins = |name: &str| fold_name(name).starts_with(&prefix);
            rows.retain(|row| begins(&row.count.name) || row.names.iter().any(|name| begins(name)));
        }
        rows.sort_by(|a, b| {
            let (a, b) = (&a.count, &b.count);
            b.articles
                .cmp(&a.articles)
                .then_with(|| a.name.cmp(&b.name))
                .then_with(|| a.kind.cmp(&b.kind))
        });
        let all = rows.len();
        rows.truncate(self.limit);
        let mut out = open_output(None)?;
        self.print(&mut out, &rows)?;
        out.flush()?;
        if all > rows.len() && matches!(self.format, Format::Pretty) {
            let more = grouped((all - rows.len()) as u64);
            output::note(globals, format!("{more} more; -n COUNT shows more of them"));
        }
        Ok(match rows.is_empty() {
            true => Status::Nothing,
            false => Status::Success,
        })
    }

    fn print(&self, out: &mut impl Write, rows: &[Row]) -> std::io::Result<()> {
        match self.format {
            Format::Pretty => {
                for row in rows {
                    self.print_row(out, row)?;
                }
                Ok(())
            }
            Format::Json => {
                let rows = rows.iter().map(|Row { count, names }| {
                    json!({
                        "kind": kind_word(count.kind),
                        "name": count.name,
                        "articles": count.articles,
                        "other_names": names,
                    })
                });
                write_json(out, &rows.collect::<Vec<_>>())
            }
            Format::Csv => {
                let head = ["articles", "kind", "name", "other_names"].map(str::to_owned);
                write_row(out, &head, Separator::Comma)?;
                for Row { count, names } in rows {
                    let cells = [
                        count.articles.to_string(),
                        kind_word(count.kind).to_owned(),
                        count.name.clone(),
                        names.join("; "),
                    ];
                    write_row(out, &cells, Separator::Comma)?;
                }
                Ok(())
            }
        }
    }

    fn print_row(&self, out: &mut impl Write, row: &Row) -> std::io::Result<()> {
        let Row { count, names } = row;
        let room = output::width().saturating_sub(11).max(20);
        let kind = match self.kind {
            Some(_) => String::new(),
            None => format!(" {}", kind_word(count.kind)),
        };
        let name = page::shortened(&count.name, room.saturating_sub(kind.len()).max(10));
        let left = room.saturating_sub(console::measure_text_width(&name) + kind.len() + 1);
        // A stump of a name says less than how many there are.
        const STUMP: usize = 8;
        let others = match names.len() {
            0 => String::new(),
            many if left < STUMP => {
                let many = counted(many as u64, "name", "names");
                format!(" {}", page::shortened(&format!("+{many}"), left))
            }
            _ => format!(
                " {}",
                page::shortened(&format!("= {}", names.join(", ")), left)
            ),
        };
        writeln!(
            out,
            "{:>9}  {NAME}{name}{NAME:#}{ASIDE}{kind}{others}{ASIDE:#}",
            grouped(count.articles)
        )
    }
}
