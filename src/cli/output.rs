//! Where output goes and how it looks: data to standard output, everything else to
//! standard error, color only where it helps and is wanted.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};

use super::Globals;

/// A headline.
pub(super) const TITLE: Style = Style::new().bold();
/// What stands beside the text: dates, sources, counts.
pub(super) const ASIDE: Style = Style::new().dimmed();
/// A matched word or phrase.
pub(super) const MARK: Style = AnsiColor::Yellow.on_default().bold();
/// People and organizations.
pub(super) const NAME: Style = AnsiColor::Cyan.on_default();
const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();

/// Makes `--color` the rule for both streams; `auto` also heeds `NO_COLOR`.
pub(super) fn choose_color(choice: clap::ColorChoice) {
    match choice {
        clap::ColorChoice::Auto => {}
        clap::ColorChoice::Always => anstream::ColorChoice::Always.write_global(),
        clap::ColorChoice::Never => anstream::ColorChoice::Never.write_global(),
    }
}

/// Returns standard output, which drops colors where they are not wanted.
pub(super) fn stdout() -> impl Write {
    anstream::AutoStream::auto(io::stdout().lock())
}

/// Returns how many columns there are to fill.
pub(super) fn width() -> usize {
    // Into a pipe or file nobody wraps by eye: a width that reads well on any screen.
    const PIPE_WIDTH: usize = 100;
    if !io::stdout().is_terminal() {
        return PIPE_WIDTH;
    }
    let columns = usize::from(console::Term::stdout().size().1);
    columns.clamp(30, 120)
}

/// Tells whether bars can be drawn with block characters: where the locale says that
/// texts are UTF-8.
pub(super) fn draws_blocks() -> bool {
    let names = ["LC_ALL", "LC_CTYPE", "LANG"];
    let locale = names
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty());
    let locale = locale.unwrap_or_default().to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

/// Writes an error and its causes.
pub(super) fn error(error: &anyhow::Error) {
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    line(&format!("{ERROR}newsdex:{ERROR:#} {}", causes.join(": ")));
}

/// Writes a warning.
pub(super) fn warn(message: impl Display) {
    line(&format!("{WARNING}warning:{WARNING:#} {message}"));
}

/// Writes a remark, unless nothing but results is wanted.
pub(super) fn note(globals: &Globals, message: impl Display) {
    if !globals.quiet {
        line(&message.to_string());
    }
}

/// Writes a remark that was asked for.
pub(super) fn note_always(message: impl Display) {
    line(&message.to_string());
}

fn line(message: &str) {
    // Nothing can be told if standard error is closed.
    let _ = writeln!(anstream::stderr(), "{message}");
}

/// Returns `1 article`, `2 articles`, `21,578 articles`.
pub(super) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

/// Returns a number with its thousands grouped.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Returns a size in the unit a person would use.
pub(super) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut size = bytes as f64;
    let mut unit = 0;
    while size >= 999.5 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    let decimals = usize::from(unit > 0 && size < 9.95);
    format!("{size:.decimals$} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_by_people() {
        assert_eq!(counted(1, "article", "articles"), "1 article");
        assert_eq!(counted(21_578, "article", "articles"), "21,578 articles");
        assert_eq!(grouped(1_000_000), "1,000,000");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(27_636_766), "28 MB");
        assert_eq!(bytes(1_324_350), "1.3 MB");
    }
}
