//! Lays out for a person why an article has the names it has: each name with its
//! mentions, what found them and what united them.

use std::io::{self, Write};

use super::output::{ASIDE, MARK, NAME, TITLE};
use super::page::shortened;
use crate::article::{Article, Kind, Mention, Part, Provenance};
use crate::names::{Explanation, Reason, Verdict};

/// The most columns that the text of a mention takes.
const MENTION: usize = 34;

/// The columns for what found a mention.
const EVIDENCE: usize = 34;

/// Writes the names of `article`, kind by kind, with the reasons for each.
pub(super) fn write_reasons(
    out: &mut impl Write,
    article: &Article,
    explanation: &Explanation,
) -> io::Result<()> {
    let title = match article.title.as_str() {
        "" => "(no headline)",
        title => title,
    };
    writeln!(out, "{TITLE}{}{TITLE:#}", shortened(title, 200))?;
    let origin = &article.origin;
    writeln!(
        out,
        "{ASIDE}{}, record {}{ASIDE:#}",
        origin.file, origin.record
    )?;
    for kind in Kind::ALL {
        let names = article.names.iter().filter(|name| name.kind == kind);
        for (at, name) in names.enumerate() {
            if at == 0 {
                writeln!(out, "{ASIDE}{}{ASIDE:#}", kind.plural())?;
            }
            write!(out, "  {NAME}{}{NAME:#}", shortened(&name.canonical, 120))?;
            match name.provenance {
                Provenance::Gold => writeln!(out, " {ASIDE}(came with the record){ASIDE:#}")?,
                Provenance::Extracted => writeln!(out)?,
            }
            for mention in &name.mentions {
                if let Some(reason) = explanation.of(mention) {
                    write_reason(out, article, reason)?;
                }
            }
        }
    }
    for (at, (reason, _)) in explanation.left_out().enumerate() {
        if at == 0 {
            writeln!(out, "{ASIDE}left out{ASIDE:#}")?;
        }
        write_reason(out, article, reason)?;
    }
    Ok(())
}

/// Writes one mention: where it stands, what stands there, what found it and what it
/// was united by.
fn write_reason(out: &mut impl Write, article: &Article, reason: &Reason) -> io::Result<()> {
    let Mention { part, span, .. } = reason.mention;
    let (label, text) = match part {
        Part::Title => ("title", &article.title),
        Part::Body => ("body", &article.body),
    };
    let place = format!("{label} {}-{}", span.start(), span.end());
    let shown = shortened(span.of(text), MENTION);
    let blanks = " ".repeat(MENTION.saturating_sub(console::measure_text_width(&shown)));
    let sure = reason
        .probability
        .map(|probability| format!("{probability:.2}"));
    let found = format!(
        "{} {}",
        sure.unwrap_or_default(),
        reason.evidence.describe()
    );
    let verdict = match reason.verdict {
        Verdict::United(rule) => rule.describe(),
        Verdict::LeftOut(doubt) => doubt.describe(),
    };
    writeln!(
        out,
        "    {ASIDE}{place:<16}{ASIDE:#}{MARK}{shown}{MARK:#}{blanks}{ASIDE}  {found:<EVIDENCE$}  {verdict}{ASIDE:#}"
    )
}
