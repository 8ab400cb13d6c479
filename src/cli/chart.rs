//! Draws trends: bars for a terminal, a picture for the web and for print.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::output::{self, ASIDE, NAME, TITLE, grouped};
use super::page;
use crate::export::escaped;

/// So many periods in a row without any are drawn; more are said in one line.
const MOST_EMPTY: usize = 4;

/// A series of a chart.
pub(super) struct Drawn {
    /// What it shows.
    pub(super) name: String,
    /// What is said below its name.
    pub(super) remark: String,
    /// How many in each period, with the share of all.
    pub(super) points: Vec<(u64, f64)>,
}

/// Series over the same periods.
pub(super) struct Chart {
    /// The periods' names.
    pub(super) labels: Vec<String>,
    /// The series; their bars have one scale.
    pub(super) series: Vec<Drawn>,
    /// What is counted: `articles` or `stories`.
    pub(super) counts: &'static str,
}

impl Chart {
    fn most(&self) -> u64 {
        let points = self.series.iter().flat_map(|series| &series.points);
        points.map(|(count, _)| *count).max().unwrap_or_default()
    }

    /// Draws bars, one a period, below each other.
    pub(super) fn draw(&self, out: &mut impl Write) -> io::Result<()> {
        let most = self.most();
        let label = self
            .labels
            .iter()
            .map(String::len)
            .max()
            .unwrap_or_default();
        let number = grouped(most).len();
        // Two blanks, the share of up to seven columns, and one to spare.
        let room = output::width().saturating_sub(label + number + 12).max(5);
        for (at, series) in self.series.iter().enumerate() {
            if at > 0 {
                writeln!(out)?;
            }
            let name = page::shortened(&series.name, output::width());
            writeln!(
                out,
                "{TITLE}{name}{TITLE:#} {ASIDE}{}{ASIDE:#}",
                series.remark
            )?;
            let points: Vec<_> = self.labels.iter().zip(&series.points).collect();
            for run in points.chunk_by(|(_, (one, _)), (_, (other, _))| *one == 0 && *other == 0) {
                // Long silence is said, not drawn.
                if run.len() > MOST_EMPTY {
                    let (from, to) = (run[0].0, run[run.len() - 1].0);
                    writeln!(out, "{ASIDE}{from} to {to}: none{ASIDE:#}")?;
                    continue;
                }
                for (period, (count, share)) in run {
                    let bar = bar(*count, most, room);
                    let blank = if bar.is_empty() { "" } else { " " };
                    let (count, share) = (grouped(*count), percent(*share));
                    writeln!(
                        out,
                        "{ASIDE}{period:label$}{ASIDE:#} {count:>number$} {ASIDE}{share:>7}{ASIDE:#}{blank}{NAME}{bar}{NAME:#}"
                    )?;
                }
            }
        }
        Ok(())
    }

    /// Returns a picture: lines over the periods, readable on light and on dark ground.
    pub(super) fn svg(&self) -> String {
        const WIDTH: usize = 960;
        const PLOT: usize = 320;
        const LEFT: usize = 70;
        const TOP: usize = 24;
        let legend = 26 * self.series.len() + 10;
        let height = TOP + PLOT + 46 + legend;
        let plot_width = WIDTH - LEFT - 24;
        let most = nice(self.most());
        let last = self.labels.len().saturating_sub(1).max(1);
        let x = |at: usize| LEFT as f64 + plot_width as f64 * at as f64 / last as f64;
        let y = |count: f64| TOP as f64 + PLOT as f64 * (1.0 - count / most as f64);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
             width=\"{WIDTH}\" height=\"{height}\" role=\"img\" \
             font-family=\"system-ui, sans-serif\" font-size=\"14\">\n<title>{}</title>\n{STYLE}\n\
             <rect class=\"ground\" width=\"{WIDTH}\" height=\"{height}\"/>\n",
            escaped(&self.title())
        );
        for step in 0..=4_u64 {
            let count = most as f64 * step as f64 / 4.0;
            let (line, text) = (y(count), y(count) + 5.0);
            let _ = writeln!(
                svg,
                "<path class=\"grid\" d=\"M{LEFT} {line:.1}H{}\"/>\
                 <text class=\"label\" x=\"{}\" y=\"{text:.1}\" text-anchor=\"end\">{}</text>",
                WIDTH - 24,
                LEFT - 8,
                short(count)
            );
        }
        let every = self.labels.len().div_ceil(8).max(1);
        for (at, label) in self.labels.iter().enumerate().step_by(every) {
            let _ = writeln!(
                svg,
                "<text class=\"label\" x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                x(at),
                TOP + PLOT + 24,
                escaped(label)
            );
        }
        for (number, series) in self.series.iter().enumerate() {
            let color = number % COLORS;
            let points: Vec<String> = series
                .points
                .iter()
                .enumerate()
                .map(|(at, (count, _))| format!("{:.1},{:.1}", x(at), y(*count as f64)))
                .collect();
            let _ = writeln!(
                svg,
                "<polyline class=\"line c{color}\" points=\"{}\"/>",
                points.join(" ")
            );
            // Few periods are shown as what they are: points.
            if self.labels.len() <= 60 {
                for ((point, label), (count, _)) in
                    points.iter().zip(&self.labels).zip(&series.points)
                {
                    let (cx, cy) = point.split_once(',').unwrap_or_default();
                    let _ = writeln!(
                        svg,
                        "<circle class=\"point c{color}\" cx=\"{cx}\" cy=\"{cy}\" r=\"3.5\">\
                         <title>{}: {count}</title></circle>",
                        escaped(label)
                    );
                }
            }
            let line = TOP + PLOT + 52 + 26 * number;
            let _ = writeln!(
                svg,
                "<path class=\"line c{color}\" d=\"M{LEFT} {}h28\"/>\
                 <text class=\"name\" x=\"{}\" y=\"{}\">{} <tspan class=\"label\">{}</tspan></text>",
                line - 5,
                LEFT + 38,
                line,
                escaped(&page::shortened(&series.name, 60)),
                escaped(&series.remark)
            );
        }
        svg.push_str("</svg>\n");
        svg
    }

    fn title(&self) -> String {
        let names: Vec<&str> = self
            .series
            .iter()
            .map(|series| series.name.as_str())
            .collect();
        let (first, last) = (self.labels.first(), self.labels.last());
        let span = match (first, last) {
            (Some(first), Some(last)) => format!(", {first} to {last}"),
            _ => String::new(),
        };
        format!("{}: {}{span}", self.counts, names.join(", "))
    }
}

/// How many colors there are (those of Okabe and Ito 2008, told apart by all eyes, the
/// yellow left out and black turned gray).
const COLORS: usize = 7;

const STYLE: &str = "<style>\
.ground{fill:#fff}.name{fill:#1b1b1b}.label{fill:#5c5c5c}.grid{stroke:#dcdcdc;fill:none}\
.line{fill:none;stroke-width:2.5;stroke-linejoin:round}\
.c0{stroke:#0072b2}.c1{stroke:#d55e00}.c2{stroke:#009e73}.c3{stroke:#cc79a7}\
.c4{stroke:#56b4e9}.c5{stroke:#e69f00}.c6{stroke:#6b6b6b}.point{fill:#fff;stroke-width:2}\
@media (prefers-color-scheme:dark){.ground{fill:#161616}.name{fill:#f0f0f0}\
.label{fill:#b0b0b0}.grid{stroke:#3a3a3a}.point{fill:#161616}\
.c0{stroke:#4aa8e0}.c1{stroke:#f0843c}.c2{stroke:#2fc797}.c6{stroke:#a8a8a8}}</style>";

/// Returns a bar as long as `count` of `most` is of `room`, in eighths of a column where
/// the terminal can draw them.
fn bar(count: u64, most: u64, room: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    if count == 0 {
        return String::new();
    }
    let eighths = (count as f64 / most.max(1) as f64 * room as f64 * 8.0).round() as usize;
    let eighths = eighths.max(1);
    match output::draws_blocks() {
        true => format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8]),
        false => "#".repeat((eighths / 8).max(1)),
    }
}

fn percent(share: f64) -> String {
    match share * 100.0 {
        share if share >= 9.95 => format!("{share:.0} %"),
        share if share >= 0.095 => format!("{share:.1} %"),
        0.0 => "0 %".to_owned(),
        share => format!("{share:.2} %"),
    }
}

/// Returns the least round number that is not less than `most` and divides into quarters.
fn nice(most: u64) -> u64 {
    let mut step = 1;
    loop {
        for factor in [4, 8, 12, 20, 40] {
            if let Some(number) = factor_of(step, factor).filter(|number| *number >= most) {
                return number;
            }
        }
        match factor_of(step, 10) {
            Some(next) => step = next,
            None => return most,
        }
    }
}

fn factor_of(step: u64, factor: u64) -> Option<u64> {
    step.checked_mul(factor)
}

fn short(count: f64) -> String {
    match count {
        count if count >= 1e6 => format!("{}M", count / 1e6),
        count if count >= 1e4 => format!("{}k", count / 1e3),
        count => format!("{count}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_end_on_round_numbers() {
        for (most, expected) in [
            (0, 4),
            (3, 4),
            (5, 8),
            (9, 12),
            (13, 20),
            (41, 80),
            (1_234, 2_000),
        ] {
            assert_eq!(nice(most), expected, "{most}");
        }
        assert!(nice(u64::MAX) >= u64::MAX / 2);
    }

    #[test]
    fn shares_are_short() {
        for (share, expected) in [
            (0.0, "0 %"),
            (0.5, "50 %"),
            (0.0123, "1.2 %"),
            (0.0004, "0.04 %"),
        ] {
            assert_eq!(percent(share), expected);
        }
    }
}
