//! `newsdex trend`.

use std::io::Write;
use std::path::PathBuf;

use clap_complete::engine::ArgValueCompleter;
use jiff::civil::Date;
use serde_json::json;

use super::args::{CollapseArgs, FilterArgs, open_output, open_snapshot, read_query};
use super::chart::{Chart, Drawn};
use super::output::{self, ASIDE, counted};
use super::table::{Separator, write_row};
use super::{Globals, Status, completions, page};
use crate::article::{Article, Kind};
use crate::index::{Period, Snapshot, Trend};
use crate::query::{Field, Leaf, Query, Request, Test};

/// Count the articles of a query over time
///
/// By day, week (from Monday), month or year, with the share of all articles of the
/// period that the filters let through. Several queries stand side by side: --with adds
/// one, --by-org one for each of the organizations that most articles name. Counts are of
/// articles, or of stories with --collapse, each by its earliest article.
///
/// Below the chart stands where it began: the earliest article that matches.
///
/// Exits with 0 if any article matches, 1 if none does.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to look for; several words need no quotes around them
    #[arg(add = ArgValueCompleter::new(completions::query))]
    query: Vec<String>,
    /// Another query, to stand beside the first
    #[arg(long, value_name = "QUERY")]
    with: Vec<String>,
    /// How long a period is
    #[arg(long, value_name = "PERIOD", default_value = "month")]
    by: By,
    /// A line for each of the organizations that most of the articles name, this many
    #[arg(
        long,
        value_name = "COUNT",
        num_args = 0..=1,
        default_missing_value = "5",
        conflicts_with = "with"
    )]
    by_org: Option<usize>,
    #[command(flatten)]
    filters: FilterArgs,
    #[command(flatten)]
    collapse: CollapseArgs,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "pretty")]
    format: Format,
    /// Give a query up after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    time_limit: u64,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum By {
    Day,
    Week,
    Month,
    Year,
}

impl From<By> for Period {
    fn from(by: By) -> Period {
        match by {
            By::Day => Period::Day,
            By::Week => Period::Week,
            By::Month => Period::Month,
            By::Year => Period::Year,
        }
    }
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    Pretty,
    Json,
    Csv,
    Svg,
}

/// One query over time.
struct Series {
    name: String,
    read_as: String,
    trend: Trend,
    first: Option<Article>,
}

/// All queries over the same periods.
struct Answer {
    by: Period,
    counts: &'static str,
    periods: Vec<Date>,
    /// All that the filters let through.
    all: Trend,
    series: Vec<Series>,
}

impl Args {
    pub(super) fn run(&self, globals: &Globals) -> anyhow::Result<Status> {
        let snapshot = open_snapshot(globals)?;
        let requests = self.requests(globals, &snapshot)?;
        let by = Period::from(self.by);
        let mut all = requests[0].1.clone();
        all.query = Query::All;
        let mut series = Vec::new();
        for (name, request) in requests {
            series.push(Series {
                name,
                read_as: request.whole_query().to_string(),
                trend: snapshot.trend(&request, by)?,
                first: snapshot.first_appearance(&request)?,
            });
        }
        let trends: Vec<&Trend> = series.iter().map(|series| &series.trend).collect();
        let answer = Answer {
            by,
            counts: match all.collapse {
                Some(_) => "stories",
                None => "articles",
            },
            periods: Trend::periods(&trends, by),
            all: snapshot.trend(&all, by)?,
            series,
        };
        let mut out = open_output(self.output.as_ref())?;
        match self.format {
            Format::Pretty => answer.print(&mut out)?,
            Format::Json => answer.write_json(&mut out)?,
            Format::Csv => answer.write_csv(&mut out)?,
            Format::Svg => out.write_all(answer.chart().svg().as_bytes())?,
        }
        out.flush()?;
        Ok(
            match answer.series.iter().all(|series| series.trend.total == 0) {
                true => Status::Nothing,
                false => Status::Success,
            },
        )
    }

    /// Returns a request for each series, with the series' name.
    fn requests(
        &self,
        globals: &Globals,
        snapshot: &Snapshot,
    ) -> anyhow::Result<Vec<(String, Request)>> {
        let (filters, names) = self.filters.filters();
        let first = self.query.join(" ");
        let mut requests = Vec::new();
        for text in std::iter::once(&first).chain(&self.with) {
            let parsed = read_query(globals, text, !filters.is_empty())?;
            if !globals.quiet {
                parsed.warnings.iter().for_each(output::warn);
            }
            let mut request = Request::new(parsed.query);
            (request.filters, request.names) = (filters.clone(), names);
            request.collapse = self.collapse.prefer(false);
            request.time_limit = Some(std::time::Duration::from_secs(self.time_limit));
            let name = match text.trim() {
                "" => request.whole_query().to_string(),
                text => text.to_owned(),
            };
            requests.push((name, request));
        }
        let Some(most) = self.by_org else {
            return Ok(requests);
        };
        let base = requests[0].1.clone();
        let organizations = snapshot.count_entities(&base, Kind::Organization)?;
        for organization in organizations.into_iter().take(most) {
            let mut request = base.clone();
            let leaf = Query::Leaf(Leaf {
                field: Field::Organization,
                test: Test::Exactly(organization.name.clone()),
            });
            request.query = match base.query {
                Query::All => leaf,
                _ => Query::all_of([base.query.clone(), leaf]),
            };
            requests.push((organization.name, request));
        }
        Ok(requests)
    }
}

impl Answer {
    fn share(&self, series: &Series, period: Date) -> f64 {
        series.trend.count(period) as f64 / self.all.count(period).max(1) as f64
    }

    fn chart(&self) -> Chart {
        let drawn = |series: &Series| Drawn {
            name: series.name.clone(),
            remark: self.remark(series),
            points: self
                .periods
                .iter()
                .map(|period| (series.trend.count(*period), self.share(series, *period)))
                .collect(),
        };
        Chart {
            labels: self.periods.iter().map(|day| self.by.label(*day)).collect(),
            series: self.series.iter().map(drawn).collect(),
            counts: self.counts,
        }
    }

    fn remark(&self, series: &Series) -> String {
        let total = match self.counts {
            "stories" => counted(series.trend.total, "story", "stories"),
            _ => counted(series.trend.total, "article", "articles"),
        };
        match series.trend.undated {
            0 => total,
            undated => format!("{total}, {} without a date", output::grouped(undated)),
        }
    }

    fn print(&self, out: &mut impl Write) -> std::io::Result<()> {
        self.chart().draw(out)?;
        for series in &self.series {
            let Some(first) = &series.first else {
                continue;
            };
            let day = first.published.map(|date| date.day().to_string());
            let title = match first.title.is_empty() {
                true => first.lead(),
                false => &first.title,
            };
            let of = match self.series.len() {
                1 => String::new(),
                _ => format!(" {}", page::shortened(&series.name, 30)),
            };
            writeln!(
                out,
                "\n{ASIDE}first{of} {}: {}\n  {}{ASIDE:#}",
                day.unwrap_or_default(),
                page::shortened(title, output::width().saturating_sub(20)),
                first.id
            )?;
        }
        Ok(())
    }

    fn write_json(&self, out: &mut impl Write) -> std::io::Result<()> {
        let series = self.series.iter().map(|series| {
            let first = series.first.as_ref().map(|first| {
                json!({
                    "id": first.id.as_str(),
                    "title": first.title,
                    "published": first.published.map(|date| date.to_string()),
                })
            });
            let buckets = self.periods.iter().map(|period| {
                json!({
                    "period": self.by.label(*period),
                    self.counts: series.trend.count(*period),
                    "all": self.all.count(*period),
                    "share": (self.share(series, *period) * 1e6).round() / 1e6,
                })
            });
            json!({
                "query": series.name,
                "parsed": series.read_as,
                "total": series.trend.total,
                "undated": series.trend.undated,
                "first": first,
                "buckets": buckets.collect::<Vec<_>>(),
            })
        });
        let by = match self.by {
            Period::Day => "day",
            Period::Week => "week",
            Period::Month => "month",
            Period::Year => "year",
        };
        let series: Vec<_> = series.collect();
        let reply = json!({ "by": by, "counts": self.counts, "series": series });
        serde_json::to_writer_pretty(&mut *out, &reply)?;
        writeln!(out)
    }

    fn write_csv(&self, out: &mut impl Write) -> std::io::Result<()> {
        let header = ["period", "query", self.counts, "all", "share"];
        write_row(out, &header.map(str::to_owned), Separator::Comma)?;
        for series in &self.series {
            for period in &self.periods {
                let row = [
                    self.by.label(*period),
                    series.name.clone(),
                    series.trend.count(*period).to_string(),
                    self.all.count(*period).to_string(),
                    format!("{:.6}", self.share(series, *period)),
                ];
                write_row(out, &row, Separator::Comma)?;
            }
            if series.trend.undated > 0 {
                let row = [
                    "undated".to_owned(),
                    series.name.clone(),
                    series.trend.undated.to_string(),
                    self.all.undated.to_string(),
                    String::new(),
                ];
                write_row(out, &row, Separator::Comma)?;
            }
        }
        Ok(())
    }
}
