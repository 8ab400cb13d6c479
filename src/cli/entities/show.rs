//! `newsdex entities show`.

use std::io::{self, Write};

use serde_json::json;

use super::super::args::{FilterArgs, open_output};
use super::super::output::{self, ASIDE, NAME, TITLE, counted, grouped};
use super::super::{Globals, Status, page};
use super::{KindArg, everything, find, kind_word, open, write_json};
use crate::article::Provenance;
use crate::entities::Evidence;
use crate::index::{Companion, CompanyOptions, Profile};

/// Show one person, organization or place
///
/// Its names, its articles by month, the people and organizations that it appears with
/// more often than by chance, and the latest headlines.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Any of its names
    #[arg(value_name = "NAME")]
    name: String,
    /// Whether the person, the organization or the place of that name is meant
    #[arg(long, value_name = "KIND")]
    kind: Option<KindArg>,
    #[command(flatten)]
    filters: FilterArgs,
    /// How many people and how many organizations it appears with
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 8)]
    limit: usize,
    /// In how many articles they must appear together
    #[arg(long, value_name = "COUNT", default_value_t = 2)]
    min_together: u64,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "pretty")]
    format: Format,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    Pretty,
    Json,
}

impl Args {
    pub(super) fn run(&self, globals: &Globals) -> anyhow::Result<Status> {
        let (_, snapshot) = open(globals)?;
        let named = find(&snapshot, &self.name, self.kind.map(Into::into))?;
        let mut base = everything();
        (base.filters, base.names) = self.filters.filters();
        let options = CompanyOptions {
            limit: self.limit,
            min_together: self.min_together.max(1),
        };
        let profile = snapshot.profile(&base, named.kind, &named.name, options)?;
        let mut out = open_output(None)?;
        match self.format {
            Format::Pretty => print(&mut out, &profile, named.is_hidden)?,
            Format::Json => write_json(&mut out, &reply(&profile, named.is_hidden))?,
        }
        out.flush()?;
        Ok(match profile.articles {
            0 => Status::Nothing,
            _ => Status::Success,
        })
    }
}

fn print(out: &mut impl Write, profile: &Profile, is_hidden: bool) -> io::Result<()> {
    let width = output::width();
    let name = page::shortened(&profile.name, width);
    writeln!(out, "{TITLE}{name}{TITLE:#}")?;
    let articles = counted(profile.articles, "article", "articles");
    let hidden = if is_hidden { " · hidden" } else { "" };
    writeln!(
        out,
        "{ASIDE}{} · {articles}{hidden}{ASIDE:#}",
        kind_word(profile.kind)
    )?;
    print_aliases(out, profile, width)?;
    if !profile.months.is_empty() {
        writeln!(out, "\n{TITLE}Articles by month{TITLE:#}")?;
        for line in chart(&profile.months, width) {
            writeln!(out, "{line}")?;
        }
    }
    print_company(out, "People", &profile.people, width)?;
    print_company(out, "Organizations", &profile.organizations, width)?;
    if !profile.latest.is_empty() {
        writeln!(out, "\n{TITLE}Latest{TITLE:#}")?;
    }
    for article in &profile.latest {
        let day = article.published.map(|date| date.day().to_string());
        let day = day.unwrap_or_else(|| "no date".to_owned());
        let headline = match article.title.is_empty() {
            true => article.lead(),
            false => &article.title,
        };
        let headline = page::shortened(headline, width.saturating_sub(12));
        writeln!(out, "{ASIDE}{day:<10}{ASIDE:#}  {headline}")?;
    }
    Ok(())
}

fn print_aliases(out: &mut impl Write, profile: &Profile, width: usize) -> io::Result<()> {
    let is_plain = profile.aliases.len() < 2
        && profile
            .aliases
            .iter()
            .all(|alias| alias.name == profile.name);
    if is_plain {
        return Ok(());
    }
    writeln!(out, "\n{TITLE}Written{TITLE:#}")?;
    for alias in &profile.aliases {
        let mut why: Vec<&str> = Vec::new();
        if alias.evidence != Evidence::Canonical {
            why.push(alias.evidence.describe());
        }
        if alias.provenance == Provenance::Gold {
            why.push("by editors");
        }
        if alias.kind != profile.kind {
            why.push(match alias.kind {
                crate::article::Kind::Person => "taken for a person",
                crate::article::Kind::Organization => "taken for an organization",
                crate::article::Kind::Place => "taken for a place",
            });
        }
        let why = match why.is_empty() {
            true => String::new(),
            false => format!("  {}", why.join(", ")),
        };
        let room = width.saturating_sub(13 + why.len()).max(12);
        let name = page::shortened(&alias.name, room);
        writeln!(
            out,
            "{:>9}  {name}{ASIDE}{why}{ASIDE:#}",
            grouped(alias.articles)
        )?;
    }
    Ok(())
}

fn print_company(
    out: &mut impl Write,
    label: &str,
    company: &[Companion],
    width: usize,
) -> io::Result<()> {
    if company.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\n{TITLE}{label} it appears with{TITLE:#} {ASIDE}articles together, of its own{ASIDE:#}"
    )?;
    for one in company {
        let counts = format!("{} of {}", grouped(one.together), grouped(one.articles));
        let name = page::shortened(&one.name, width.saturating_sub(18));
        writeln!(out, "{counts:>14}  {NAME}{name}{NAME:#}")?;
    }
    Ok(())
}

/// Draws counts by month: a bar a month for up to a year, a column a month for as many
/// as fit, a bar a year for more.
fn chart(months: &[(u64, u64)], width: usize) -> Vec<String> {
    const BARS: usize = 12;
    let filled = with_gaps(months);
    let label = |month: u64| format!("{}-{:02}", month / 100, month % 100);
    if filled.len() <= BARS {
        let rows: Vec<(String, u64)> = filled
            .iter()
            .map(|(month, count)| (label(*month), *count))
            .collect();
        return bars(&rows, width);
    }
    if filled.len() <= width {
        const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
        let most = filled
            .iter()
            .map(|(_, count)| *count)
            .max()
            .unwrap_or(1)
            .max(1);
        let columns = filled.iter().map(|(_, count)| match count {
            0 => ' ',
            count => BLOCKS[((count * 8).div_ceil(most) as usize).clamp(1, 8) - 1],
        });
        let (first, last) = (label(filled[0].0), label(filled[filled.len() - 1].0));
        let peak = filled.iter().find(|(_, count)| *count == most);
        let peak = peak.map_or(String::new(), |(month, _)| label(*month));
        let gap = filled.len().saturating_sub(first.len() + last.len()).max(1);
        return vec![
            columns.collect(),
            format!("{first}{}{last}", " ".repeat(gap)),
            format!("at most {} a month, in {peak}", grouped(most)),
        ];
    }
    let mut years: Vec<(String, u64)> = Vec::new();
    for (month, count) in filled {
        let year = (month / 100).to_string();
        match years.last_mut() {
            Some((last, total)) if *last == year => *total += count,
            _ => years.push((year, count)),
        }
    }
    bars(&years, width)
}

fn bars(rows: &[(String, u64)], width: usize) -> Vec<String> {
    let most = rows
        .iter()
        .map(|(_, count)| *count)
        .max()
        .unwrap_or(1)
        .max(1);
    let room = width.saturating_sub(20).clamp(8, 50) as u64;
    rows.iter()
        .map(|(label, count)| {
            let eighths = (count * room * 8).div_ceil(most);
            let rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
            let bar = format!(
                "{}{}",
                "█".repeat((eighths / 8) as usize),
                rest[(eighths % 8) as usize]
            );
            let gap = if bar.is_empty() { "" } else { " " };
            format!("{label:<8} {bar}{gap}{}", grouped(*count))
        })
        .collect()
}

/// Puts months without an article between those with one.
fn with_gaps(months: &[(u64, u64)]) -> Vec<(u64, u64)> {
    let mut filled: Vec<(u64, u64)> = Vec::new();
    for &(month, count) in months {
        while let Some(&(last, _)) = filled.last() {
            let next = if last % 100 >= 12 {
                last + 89
            } else {
                last + 1
            };
            if next >= month || filled.len() > 12_000 {
                break;
            }
            filled.push((next, 0));
        }
        filled.push((month, count));
    }
    filled
}

fn reply(profile: &Profile, is_hidden: bool) -> serde_json::Value {
    let company = |all: &[Companion]| -> Vec<serde_json::Value> {
        all.iter()
            .map(|one| {
                json!({
                    "name": one.name,
                    "together": one.together,
                    "articles": one.articles,
                    "log_likelihood": (one.strength * 1e3).round() / 1e3,
                })
            })
            .collect()
    };
    json!({
        "kind": kind_word(profile.kind),
        "name": profile.name,
        "articles": profile.articles,
        "hidden": is_hidden,
        "aliases": profile.aliases.iter().map(|alias| json!({
            "name": alias.name,
            "kind": kind_word(alias.kind),
            "provenance": alias.provenance,
            "articles": alias.articles,
            "evidence": alias.evidence.describe(),
        })).collect::<Vec<_>>(),
        "months": profile.months.iter().map(|(month, articles)| json!({
            "month": format!("{}-{:02}", month / 100, month % 100),
            "articles": articles,
        })).collect::<Vec<_>>(),
        "people": company(&profile.people),
        "organizations": company(&profile.organizations),
        "latest": profile.latest.iter().map(|article| json!({
            "id": article.id.as_str(),
            "title": article.title,
            "published": article.published.map(|date| date.to_string()),
            "source": article.source,
        })).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charts_fit_their_width() {
        let year = [(202_311, 4), (202_401, 8)];
        assert_eq!(
            chart(&year, 40),
            [
                "2023-11  ██████████ 4",
                "2023-12  0",
                "2024-01  ████████████████████ 8"
            ]
        );
        let years: Vec<(u64, u64)> = (0..30)
            .map(|at| ((2020 + at / 12) * 100 + at % 12 + 1, at + 1))
            .collect();
        let lines = chart(&years, 80);
        assert_eq!(lines[0].chars().count(), 30);
        assert_eq!(lines[1], "2020-01                2022-06");
        assert_eq!(lines[2], "at most 30 a month, in 2022-06");
        assert_eq!(chart(&years, 20).len(), 3);
    }
}
