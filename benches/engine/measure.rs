//! What a process cost, how long a call took, and how such numbers are summed up.

use std::fmt;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Instant, SystemTime};

use anyhow::{Context, Result, ensure};

/// The unit of `/proc/self/stat`: the kernel counts CPU time in hundredths of a
/// second for programs, whatever its own clock does (`man 5 proc`, USER_HZ).
const TICKS_PER_S: f64 = 100.0;

/// What a process cost from its start to its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// User and system time of all threads.
    pub(crate) cpu_s: f64,
    pub(crate) wall_s: f64,
    /// The most memory that was resident.
    pub(crate) peak_mb: f64,
    /// How many articles it indexed or knew.
    pub(crate) articles: u64,
}

impl Cost {
    /// Returns what this process cost so far.
    pub(crate) fn of_this_process(begin: Instant, articles: u64) -> Result<Cost> {
        let stat = fs::read_to_string("/proc/self/stat").context("CPU time needs /proc")?;
        // The second field, the program's name in brackets, may hold blanks.
        let (_, fields) = stat
            .rsplit_once(')')
            .context("no fields in /proc/self/stat")?;
        let ticks: u64 = fields
            .split_whitespace()
            .skip(11)
            .take(2)
            .map(|ticks| ticks.parse::<u64>())
            .sum::<Result<_, _>>()?;
        let status = fs::read_to_string("/proc/self/status")?;
        let peak_kb: f64 = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .and_then(|line| line.trim().strip_suffix(" kB"))
            .context("no VmHWM in /proc/self/status")?
            .parse()?;
        Ok(Cost {
            cpu_s: ticks as f64 / TICKS_PER_S,
            wall_s: begin.elapsed().as_secs_f64(),
            peak_mb: peak_kb / 1000.0,
            articles,
        })
    }

    /// Returns the cheapest of several runs, which is the one least disturbed.
    pub(crate) fn cheapest(all: &[Cost]) -> Cost {
        let mut all = all.to_vec();
        all.sort_by(|a, b| a.cpu_s.total_cmp(&b.cpu_s));
        all[0]
    }

    /// Returns the line that [`in_child`] reads.
    pub(crate) fn to_line(self) -> String {
        format!(
            "{} {} {} {}",
            self.cpu_s, self.wall_s, self.peak_mb, self.articles
        )
    }

    fn from_line(line: &str) -> Option<Cost> {
        let mut numbers = line.split_whitespace();
        Some(Cost {
            cpu_s: numbers.next()?.parse().ok()?,
            wall_s: numbers.next()?.parse().ok()?,
            peak_mb: numbers.next()?.parse().ok()?,
            articles: numbers.next()?.parse().ok()?,
        })
    }
}

/// Runs one step in a process of its own.
pub(crate) fn in_child(step: &str, corpus: &Path, index: &Path) -> Result<Cost> {
    let output = Command::new(std::env::current_exe()?)
        .args(["--step", step, "--corpus"])
        .arg(corpus)
        .arg("--index")
        .arg(index)
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "step {step} failed");
    let line = String::from_utf8(output.stdout)?;
    Cost::from_line(&line).with_context(|| format!("step {step} printed {line:?}"))
}

/// Makes all files of a folder look changed.
pub(crate) fn touch_all(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let file = fs::File::options().append(true).open(entry?.path())?;
        file.set_modified(SystemTime::now())?;
    }
    Ok(())
}

/// Returns the bytes of all files below `folder`.
pub(crate) fn folder_bytes(folder: &Path) -> Result<u64> {
    let mut sum = 0;
    for entry in walkdir::WalkDir::new(folder) {
        let entry = entry?;
        if entry.file_type().is_file() {
            sum += entry.metadata()?.len();
        }
    }
    Ok(sum)
}

/// Calls `call` and lowers `best` to the microseconds it took.
pub(crate) fn best_us<E>(best: &mut f64, call: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
    let begin = Instant::now();
    call()?;
    *best = best.min(begin.elapsed().as_secs_f64() * 1e6);
    Ok(())
}

/// The best times of some queries, in microseconds.
pub(crate) struct Times(Vec<f64>);

impl Times {
    pub(crate) fn new() -> Times {
        Times(Vec::new())
    }

    pub(crate) fn add(&mut self, best_us: f64) {
        self.0.push(best_us);
        self.0.sort_by(f64::total_cmp);
    }

    /// Returns the time that `percent` of the queries stay within (nearest rank).
    fn percentile(&self, percent: usize) -> f64 {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0[rank - 1]
    }

    /// Returns both percentiles as shares of those of `other`.
    pub(crate) fn ratio(&self, other: &Times) -> String {
        let share = |percent| self.percentile(percent) / other.percentile(percent);
        format!("{:.2}/{:.2}", share(50), share(99))
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.0}/{:.0}", self.percentile(50), self.percentile(99))
    }
}
