//! Reads the values of `date:` and `words:`, and prints them back.
//!
//! Days are calendar days without a zone; `today` is told, never asked of a clock.
//! `last-7d` are the seven days that end today, `last-1m` the month that ends today.

use jiff::ToSpan;
use jiff::civil::Date;

/// The first and last value, both included; an open end is `None`.
pub(super) type Ends<T> = (Option<T>, Option<T>);

/// Reads the days that `value` means; the error says what is wrong with it.
pub(super) fn read_days(value: &str, today: Date) -> Result<Ends<Date>, String> {
    let value = value.trim().to_ascii_lowercase();
    let wrong = || format!("{value} is no date");
    if let Some(length) = value.strip_prefix("last-") {
        let first = first_of_last(length, today).ok_or_else(wrong)?;
        return Ok((Some(first), Some(today)));
    }
    let read = |text: &str| read_period(text, today).ok_or_else(wrong);
    let next = |day: Date| day.tomorrow().map_err(|_| wrong());
    let previous = |day: Date| day.yesterday().ok().filter(is_writable).ok_or_else(wrong);
    let ends = match Comparison::of(&value) {
        Comparison::Least(text) => (Some(read(text)?.0), None),
        Comparison::Above(text) => (Some(next(read(text)?.1)?), None),
        Comparison::Most(text) => (None, Some(read(text)?.1)),
        Comparison::Below(text) => (None, Some(previous(read(text)?.0)?)),
        Comparison::Between(from, to) => {
            let from = from.map(read).transpose()?.map(|period| period.0);
            (from, to.map(read).transpose()?.map(|period| period.1))
        }
        Comparison::Equal(text) => {
            let period = read(text)?;
            (Some(period.0), Some(period.1))
        }
    };
    in_order(ends, &value)
}

/// Reads the numbers that `value` means; the error says what is wrong with it.
pub(super) fn read_numbers(value: &str) -> Result<Ends<u64>, String> {
    let value = value.trim();
    let wrong = || format!("{value} is no number");
    let read = |text: &str| read_number(text).ok_or_else(wrong);
    let ends = match Comparison::of(value) {
        Comparison::Least(text) => (Some(read(text)?), None),
        Comparison::Above(text) => (Some(read(text)?.checked_add(1).ok_or_else(wrong)?), None),
        Comparison::Most(text) => (None, Some(read(text)?)),
        Comparison::Below(text) => {
            let below = read(text)?.checked_sub(1);
            (None, Some(below.ok_or("no number is below 0")?))
        }
        Comparison::Between(from, to) => {
            let from = from.map(read).transpose()?;
            (from, to.map(read).transpose()?)
        }
        Comparison::Equal(text) => {
            let number = read(text)?;
            (Some(number), Some(number))
        }
    };
    in_order(ends, value)
}

/// Returns `from..to` as [`read_days`] and [`read_numbers`] read it; one value if both are the same.
pub(super) fn print_ends<T: ToString + PartialEq>(from: Option<&T>, to: Option<&T>) -> String {
    match (from, to) {
        (None, None) => "*".into(),
        (Some(from), Some(to)) if from == to => from.to_string(),
        _ => {
            let show = |end: Option<&T>| end.map(T::to_string).unwrap_or_default();
            format!("{}..{}", show(from), show(to))
        }
    }
}

/// How a value is compared.
enum Comparison<'v> {
    Least(&'v str),
    Above(&'v str),
    Most(&'v str),
    Below(&'v str),
    /// An end that is left open is `None`.
    Between(Option<&'v str>, Option<&'v str>),
    Equal(&'v str),
}

impl<'v> Comparison<'v> {
    fn of(value: &'v str) -> Comparison<'v> {
        let end = |text: &'v str| {
            let text = text.trim();
            (!text.is_empty() && text != "*").then_some(text)
        };
        let two_ends = value
            .split_once("..")
            .or_else(|| value.split_once(" TO "))
            .or_else(|| value.split_once(" to "));
        if let Some((from, to)) = two_ends {
            match (end(from), end(to)) {
                // Without any end it is no range: refused as the value it is.
                (None, None) => Comparison::Equal(value),
                (from, to) => Comparison::Between(from, to),
            }
        } else if let Some(text) = value.strip_prefix(">=") {
            Comparison::Least(text)
        } else if let Some(text) = value.strip_prefix('>') {
            Comparison::Above(text)
        } else if let Some(text) = value.strip_prefix("<=") {
            Comparison::Most(text)
        } else if let Some(text) = value.strip_prefix('<') {
            Comparison::Below(text)
        } else {
            Comparison::Equal(value)
        }
    }
}

fn in_order<T: PartialOrd>(ends: Ends<T>, value: &str) -> Result<Ends<T>, String> {
    match &ends {
        (Some(from), Some(to)) if to < from => Err(format!("{value} ends before it begins")),
        _ => Ok(ends),
    }
}

fn read_number(text: &str) -> Option<u64> {
    let digits = text.trim().replace([',', '_'], "");
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| digits.parse().ok())?
}

/// Returns the first and last day of a day, a month or a year.
fn read_period(text: &str, today: Date) -> Option<(Date, Date)> {
    match text.trim() {
        "today" => return Some((today, today)),
        "yesterday" => return today.yesterday().ok().map(|day| (day, day)),
        _ => {}
    }
    let mut parts = text.trim().split('-');
    let year = parts.next().filter(|year| year.len() == 4)?;
    let year = i16::try_from(read_number(year)?).ok()?;
    let mut next = || match parts.next() {
        None => Some(None),
        Some(part) if part.len() <= 2 => i8::try_from(read_number(part)?).ok().map(Some),
        Some(_) => None,
    };
    let (month, day) = (next()?, next()?);
    if parts.next().is_some() {
        return None;
    }
    let first = Date::new(year, month.unwrap_or(1), day.unwrap_or(1)).ok()?;
    let last = match (month, day) {
        (None, _) => first.last_of_year(),
        (_, None) => first.last_of_month(),
        _ => first,
    };
    Some((first, last))
}

/// Returns the first of the last `7d`, `2w`, `3m` or `1y`, today included.
fn first_of_last(length: &str, today: Date) -> Option<Date> {
    let unit = length.chars().next_back()?;
    let count = length
        .strip_suffix(unit)
        .filter(|count| !count.is_empty())?;
    // Nobody's archive is older than 10,000 years of days.
    let count = i64::try_from(read_number(count)?)
        .ok()
        .filter(|count| (1..=3_652_500).contains(count))?;
    let small = i32::try_from(count).ok()?;
    let span = match unit {
        'd' => small.days(),
        'w' if small <= 500_000 => small.weeks(),
        'm' if small <= 120_000 => small.months(),
        'y' if small <= 10_000 => small.years(),
        _ => return None,
    };
    let before = today.checked_sub(span).ok()?;
    before.tomorrow().ok().filter(is_writable)
}

/// Returns true for days that four digits of year can write.
fn is_writable(day: &Date) -> bool {
    day.year() >= 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn shown<T: ToString + PartialEq>(read: Result<Ends<T>, String>) -> String {
        match read {
            Ok((from, to)) => print_ends(from.as_ref(), to.as_ref()),
            Err(reason) => format!("! {reason}"),
        }
    }

    #[test]
    fn days() {
        for (value, expected) in [
            ("2024", "2024-01-01..2024-12-31"),
            ("2024-02", "2024-02-01..2024-02-29"),
            ("2024-3-5", "2024-03-05"),
            ("2024-03-01..2024-04", "2024-03-01..2024-04-30"),
            ("..2024-03", "..2024-03-31"),
            ("2024..", "2024-01-01.."),
            (">=2024-03", "2024-03-01.."),
            (">2024", "2025-01-01.."),
            ("<2024", "..2023-12-31"),
            ("<=2024-03", "..2024-03-31"),
            ("2023 TO 2024", "2023-01-01..2024-12-31"),
            ("* TO yesterday", "..2024-02-29"),
            ("today", "2024-03-01"),
            ("Yesterday", "2024-02-29"),
            ("last-1d", "2024-03-01"),
            ("last-7d", "2024-02-24..2024-03-01"),
            ("last-2w", "2024-02-17..2024-03-01"),
            ("last-1m", "2024-02-02..2024-03-01"),
            ("last-1y", "2023-03-02..2024-03-01"),
            ("..", "! .. is no date"),
            ("", "!  is no date"),
            ("last-0d", "! last-0d is no date"),
            ("last-d", "! last-d is no date"),
            (
                "last-99999999999999999999y",
                "! last-99999999999999999999y is no date",
            ),
            ("last-9999y", "! last-9999y is no date"),
            ("<0000", "! <0000 is no date"),
            ("2024-02-30", "! 2024-02-30 is no date"),
            ("03/05/2024", "! 03/05/2024 is no date"),
            ("24", "! 24 is no date"),
            ("2024-", "! 2024- is no date"),
            ("2024-03-05-01", "! 2024-03-05-01 is no date"),
            (">9999", "! >9999 is no date"),
            ("2024..2023", "! 2024..2023 ends before it begins"),
            ("２０２４", "! ２０２４ is no date"),
        ] {
            let read = read_days(value, date(2024, 3, 1));
            assert_eq!(shown(read), expected, "days of {value:?}");
        }
    }

    #[test]
    fn numbers() {
        for (value, expected) in [
            ("500", "500"),
            (">1,000", "1001.."),
            (">=1000", "1000.."),
            ("<1000", "..999"),
            ("<=1000", "..1000"),
            ("100..200", "100..200"),
            ("[", "! [ is no number"),
            ("100 TO *", "100.."),
            ("<0", "! no number is below 0"),
            ("18446744073709551615", "18446744073709551615"),
            (
                ">18446744073709551615",
                "! >18446744073709551615 is no number",
            ),
            ("-5", "! -5 is no number"),
            ("many", "! many is no number"),
            ("", "!  is no number"),
        ] {
            assert_eq!(shown(read_numbers(value)), expected, "numbers of {value:?}");
        }
    }
}
