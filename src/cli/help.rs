//! Shows what may help with a query that found nothing, or has a word that no article has.

use std::io::{self, Write};

use super::output::{ASIDE, NAME, TITLE, counted, grouped};
use crate::index::Help;
use crate::query::NameSource;

/// Writes corrections, what is unknown, what each part finds, and queries that find something.
pub(super) fn print(out: &mut impl Write, help: &Help) -> io::Result<()> {
    for one in &help.corrections {
        let articles = counted(one.articles, "article", "articles");
        writeln!(
            out,
            "no article has {}; did you mean {NAME}{}{NAME:#} {ASIDE}({articles})?{ASIDE:#}",
            one.written, one.meant
        )?;
    }
    if let Some((query, articles)) = &help.corrected {
        let articles = counted(*articles, "article", "articles");
        writeln!(out, "  {TITLE}{query}{TITLE:#} {ASIDE}{articles}{ASIDE:#}")?;
    }
    // Where parts are listed, they say it.
    for unknown in help.unknown.iter().filter(|_| help.parts.is_empty()) {
        writeln!(out, "no article has {unknown}, nor anything like it")?;
    }
    if let Some((first, last)) = &help.days {
        writeln!(out, "articles are dated {first} to {last}")?;
    }
    if !help.parts.is_empty() {
        let is_first = help.corrections.is_empty() && help.days.is_none();
        let gap = if is_first { "" } else { "\n" };
        writeln!(out, "{gap}{TITLE}each part alone{TITLE:#}")?;
        for one in &help.parts {
            writeln!(out, "{:>9}  {}", grouped(one.articles), one.part)?;
        }
    }
    if !help.relaxations.is_empty() {
        writeln!(out, "\n{TITLE}what would find something{TITLE:#}")?;
        for (one, articles) in &help.relaxations {
            let names = match one.request.names {
                NameSource::Any => "",
                _ => " with --provenance as given",
            };
            let (articles, what) = (grouped(*articles), &one.what);
            writeln!(
                out,
                "{articles:>9}  {NAME}{}{NAME:#} {ASIDE}({what}{names}){ASIDE:#}",
                one.request.query
            )?;
        }
    }
    Ok(())
}
