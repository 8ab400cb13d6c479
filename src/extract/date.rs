//! Reads dates as people and programs write them.
//!
//! A date is read only if it can mean one day: `03/04/2024` is two, and none unless
//! something else tells which number is the day. Years from 1600 to 2100 are dates,
//! others are numbers. Names of months may be of many languages.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

use crate::article::{DateOrigin, DayOrder, Precision, Published};
use crate::text::month_number as month;

/// Reads `text` as one date, in any of the usual forms; `order` is for numbers that could
/// be day or month.
pub(super) fn parse(text: &str, origin: DateOrigin, order: Option<DayOrder>) -> Option<Published> {
    let text = text.trim();
    let plausible = |date: &Published| (1600..=2100).contains(&date.day().year());
    epoch(text, origin)
        .or_else(|| compact(text, origin))
        .or_else(|| Published::parse_iso(text, origin))
        .or_else(|| loose_iso(text, origin))
        .or_else(|| mail_date(text, origin))
        .or_else(|| numeric(text, origin, order))
        .or_else(|| in_words(text, origin))
        .or_else(|| by_characters(text, origin))
        .filter(plausible)
}

/// Seconds or milliseconds since 1970.
fn epoch(text: &str, origin: DateOrigin) -> Option<Published> {
    if !(9..=13).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = text.parse().ok()?;
    let seconds = if text.len() >= 12 {
        number / 1_000
    } else {
        number
    };
    let moment = jiff::Timestamp::from_second(seconds).ok()?;
    let clock = Offset::UTC.to_datetime(moment);
    Some(Published::at_time(clock, Some(Offset::UTC), origin))
}

/// `20250211`.
fn compact(text: &str, origin: DateOrigin) -> Option<Published> {
    let is_date = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    let date = is_date.then(|| day(&text[..4], &text[4..6], &text[6..]))??;
    Some(Published::on_day(date, origin))
}

/// ISO 8601 as it is often written: a blank for the T, `+0100`, fractions, a zone's name.
fn loose_iso(text: &str, origin: DateOrigin) -> Option<Published> {
    let (first, rest) = text.split_once([' ', 'T', 't'])?;
    let date: Date = first.replace('/', "-").parse().ok()?;
    let rest = rest.trim();
    let end = rest
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.')))
        .unwrap_or(rest.len());
    let time = clock(&rest[..end])?;
    // The day is certain even where the zone is damaged.
    Some(match zone(rest[end..].trim()) {
        Some(zone) => Published::at_time(DateTime::from_parts(date, time), zone, origin),
        None => Published::on_day(date, origin),
    })
}

/// RFC 2822: `Tue, 11 Feb 2025 08:30:00 GMT`.
fn mail_date(text: &str, origin: DateOrigin) -> Option<Published> {
    let text = text.split_once(',').map_or(text, |(_, rest)| rest).trim();
    let mut words = text.split_whitespace();
    let (day_text, month, year) = (words.next()?, month(words.next()?)?, words.next()?);
    let date = Date::new(year_number(year)?, month, day_text.parse().ok()?).ok()?;
    let time = clock(words.next()?)?;
    let zone = zone(words.next().unwrap_or_default())?;
    Some(Published::at_time(
        DateTime::from_parts(date, time),
        zone,
        origin,
    ))
}

/// What a date of three numbers, the year last, says about their order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OrderEvidence {
    /// One number can be no month.
    Certain(DayOrder),
    /// Both could be either.
    Open,
}

/// Returns what `text` says about the order of day and month, if it is a date of
/// numbers. Two equal numbers, and numbers with points between, which are written with
/// the day first wherever they are written, say nothing and are not open.
pub fn day_order(text: &str) -> Option<OrderEvidence> {
    let numbers = Numbers::of(text)?;
    match (numbers.first > 12, numbers.second > 12) {
        (true, false) => Some(OrderEvidence::Certain(DayOrder::DayFirst)),
        (false, true) => Some(OrderEvidence::Certain(DayOrder::MonthFirst)),
        (false, false) if numbers.first != numbers.second && !numbers.has_points => {
            Some(OrderEvidence::Open)
        }
        _ => None,
    }
}

/// A date of three numbers, the year last.
struct Numbers<'t> {
    first: i8,
    second: i8,
    year: i16,
    has_points: bool,
    rest: &'t str,
}

impl Numbers<'_> {
    fn of(text: &str) -> Option<Numbers<'_>> {
        let text = text.trim();
        let (date, rest) = text
            .split_once(|c: char| c.is_whitespace() || c == ',')
            .unwrap_or((text, ""));
        let mark = date.chars().find(|c| matches!(c, '/' | '.' | '-'))?;
        let parts: Vec<&str> = date.split(mark).collect();
        let [first, second, year] = parts.as_slice() else {
            return None;
        };
        let number = |text: &&str| -> Option<i8> {
            let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
            let number = is_number.then(|| text.parse().ok())??;
            (1..=31).contains(&number).then_some(number)
        };
        Some(Numbers {
            first: number(first)?,
            second: number(second)?,
            year: year_number(year)?,
            has_points: mark == '.',
            rest,
        })
    }
}

/// `13/02/2025`, `02/13/2025`, `13.02.2025`, and others where the order is known.
fn numeric(text: &str, origin: DateOrigin, order: Option<DayOrder>) -> Option<Published> {
    let numbers = Numbers::of(text)?;
    let order = match day_order(text) {
        Some(OrderEvidence::Certain(order)) => order,
        Some(OrderEvidence::Open) => order?,
        None => DayOrder::DayFirst,
    };
    let (day, month) = match order {
        DayOrder::DayFirst => (numbers.first, numbers.second),
        DayOrder::MonthFirst => (numbers.second, numbers.first),
    };
    let date = Date::new(numbers.year, month, day).ok()?;
    Some(with_clock(date, &pieces(numbers.rest), origin))
}

/// `11 February 2025`, `Feb. 11, 2025`, `26-FEB-1987 15:01:01.79`, `February 2025`, with
/// a weekday before and a time behind.
fn in_words(text: &str, origin: DateOrigin) -> Option<Published> {
    let words = pieces(text);
    let (date, used) = day_at(&words)?;
    if used.precision == Precision::Month {
        return Some(Published::on_day(date, origin).with_precision(Precision::Month));
    }
    Some(with_clock(date, &words[used.end..], origin))
}

/// Returns the day with the first time that stands in the words behind it.
fn with_clock(date: Date, words: &[&str], origin: DateOrigin) -> Published {
    let time = words.iter().enumerate().find_map(|(at, word)| {
        let half = words.get(at + 1);
        let half = half.map(|next| next.to_lowercase().replace('.', ""));
        clock(word).map(|time| in_half(time, half.as_deref()))
    });
    match time {
        Some(time) => Published::at_time(DateTime::from_parts(date, time), None, origin),
        None => Published::on_day(date, origin),
    }
}

/// `2024年3月5日`, `2024년 3월 5일`.
fn by_characters(text: &str, origin: DateOrigin) -> Option<Published> {
    let (year, rest) = text.split_once(['年', '년'])?;
    let (month, rest) = rest.split_once(['月', '월'])?;
    let (number, rest) = rest.split_once(['日', '일'])?;
    let date = day(year.trim(), month.trim(), number.trim())?;
    Some(with_clock(date, &pieces(rest), origin))
}

fn in_half(time: Time, half: Option<&str>) -> Time {
    let hour = match (half, time.hour()) {
        (Some("pm"), hour @ 1..=11) => hour + 12,
        (Some("am"), 12) => 0,
        (_, hour) => hour,
    };
    Time::new(hour, time.minute(), time.second(), 0).unwrap_or(time)
}

struct Used {
    end: usize,
    precision: Precision,
}

/// Finds the day, or else the month, that some words begin with or soon come to.
fn day_at(words: &[&str]) -> Option<(Date, Used)> {
    for at in 0..words.len().min(6) {
        let word = |offset: usize| words.get(at + offset).copied().unwrap_or_default();
        let (year, number) = (year_number(word(0)), day_number(word(2)));
        if let (Some(year), Some(month), Some(number)) = (year, month(word(1)), number) {
            let precision = Precision::Day;
            let date = Date::new(year, month, number).ok()?;
            return Some((
                date,
                Used {
                    end: at + 3,
                    precision,
                },
            ));
        }
        let three = match (month(word(0)), month(word(1))) {
            (Some(month), _) => Some((word(1), month, word(2))),
            (None, Some(month)) => Some((word(0), month, word(2))),
            (None, None) => None,
        };
        let Some((day, month_number, year)) = three else {
            continue;
        };
        let date = day_number(day)
            .zip(year_number(year))
            .and_then(|(day, year)| Date::new(year, month_number, day).ok());
        if let Some(date) = date {
            return Some((
                date,
                Used {
                    end: at + 3,
                    precision: Precision::Day,
                },
            ));
        }
        if day_number(day).is_some() && year_number(year).is_some() {
            // A day that the month does not have.
            return None;
        }
        if month(word(0)).is_some()
            && let Some(year) = year_number(word(1))
        {
            let date = Date::new(year, month_number, 1).ok()?;
            return Some((
                date,
                Used {
                    end: at + 2,
                    precision: Precision::Month,
                },
            ));
        }
    }
    None
}

fn pieces(text: &str) -> Vec<&str> {
    let separators = |c: char| c.is_whitespace() || matches!(c, ',' | '-' | '|' | '·' | '(' | ')');
    text.split(separators)
        .filter(|piece| !piece.is_empty() && !matches!(*piece, "de" | "del" | "of"))
        .collect()
}

fn day_number(word: &str) -> Option<i8> {
    let digits =
        word.trim_end_matches(|c: char| c.is_ascii_alphabetic() || matches!(c, '.' | 'º' | 'ª'));
    (1..=2)
        .contains(&digits.len())
        .then(|| digits.parse().ok())?
}

fn year_number(word: &str) -> Option<i16> {
    let word = word.trim_end_matches(['.', ':']);
    let year = (word.len() == 4).then(|| word.parse::<i16>().ok())??;
    (1600..=2100).contains(&year).then_some(year)
}

fn day(year: &str, month: &str, day: &str) -> Option<Date> {
    Date::new(year_number(year)?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// `8:30`, `08:30:00`, `15:01:01.79`.
fn clock(text: &str) -> Option<Time> {
    let text = text.trim_end_matches('.');
    let mut parts = text.split(':');
    let hour = parts.next()?.parse().ok()?;
    let minute = parts.next()?.parse().ok()?;
    let second = match parts.next() {
        Some(second) => second.split('.').next()?.parse().ok()?,
        None => 0,
    };
    Time::new(hour, minute, second, 0).ok()
}

/// Reads a zone; the inner `None` is a moment without one, the outer no zone at all.
fn zone(text: &str) -> Option<Option<Offset>> {
    let text = text.trim_matches(['(', ')']);
    let hours = |hours: i8| Offset::from_hours(hours).ok().map(Some);
    match text.to_ascii_uppercase().as_str() {
        "" => return Some(None),
        "Z" | "UTC" | "GMT" | "UT" => return Some(Some(Offset::UTC)),
        "EST" | "CDT" => return hours(-5),
        "EDT" => return hours(-4),
        "CST" | "MDT" => return hours(-6),
        "MST" | "PDT" => return hours(-7),
        "PST" => return hours(-8),
        "CET" => return hours(1),
        "CEST" => return hours(2),
        _ => {}
    }
    let sign = match text.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let digits: String = text[1..].chars().filter(char::is_ascii_digit).collect();
    let (hours, minutes) = match digits.len() {
        2 => (digits.parse::<i32>().ok()?, 0),
        4 => (
            digits[..2].parse::<i32>().ok()?,
            digits[2..].parse::<i32>().ok()?,
        ),
        _ => return None,
    };
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60))
        .ok()
        .map(Some)
}

/// Finds a day with its year inside a short line, such as a dateline.
pub(super) fn find_full_day(line: &str, origin: DateOrigin) -> Option<Published> {
    let words = pieces(line);
    let (date, used) = (0..words.len()).find_map(|start| day_at(&words[start..]))?;
    (used.precision == Precision::Day).then(|| Published::on_day(date, origin))
}

/// What may stand beside a date on a line of its own, in lower case.
const BESIDE: &str = "\
    published posted updated on at date am pm est edt gmt utc et by first last of \
    monday tuesday wednesday thursday friday saturday sunday \
    mon tue tues wed thu thur thurs fri sat sun \
    veröffentlicht aktualisiert stand am den um uhr \
    montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag \
    publié mis à jour le lundi mardi mercredi jeudi vendredi samedi dimanche \
    publicado actualizado el las lunes martes miércoles jueves viernes sábado domingo \
    atualizado em às segunda terça quarta quinta sexta feira \
    pubblicato aggiornato il alle lunedì martedì mercoledì giovedì venerdì sabato domenica \
    gepubliceerd op om maandag dinsdag woensdag donderdag vrijdag zaterdag zondag";

/// Reads a line that holds a date and nothing else: `Published March 3, 2024`.
pub(super) fn of_line(line: &str) -> Option<Published> {
    const MOST_WORDS: usize = 12;
    let words = pieces(line);
    if words.len() > MOST_WORDS || line.ends_with(['?', '!']) {
        return None;
    }
    let known = |word: &&str| {
        let lower = word.to_lowercase().replace(['.', ':'], "");
        let stand_beside = || BESIDE.split_whitespace().any(|known| known == lower);
        month(word).is_some() || lower.starts_with(|c: char| c.is_ascii_digit()) || stand_beside()
    };
    if words.is_empty() || !words.iter().all(known) {
        return None;
    }
    let text = line
        .trim()
        .trim_start_matches(|c: char| !c.is_ascii_digit());
    let iso = Published::parse_iso(text, DateOrigin::Text).filter(|_| text.len() >= 10);
    let date = iso.or_else(|| in_words(line, DateOrigin::Text))?;
    (date.precision() >= Precision::Day).then_some(date)
}

/// Finds `/2024/03/05/` or `/2024-03-05` in an address.
pub(super) fn in_url(url: &str) -> Option<Published> {
    let path = url
        .split_once("://")
        .map_or(url, |(_, rest)| rest)
        .split(['?', '#'])
        .next()?;
    let parts: Vec<&str> = path.split('/').collect();
    let in_folders = parts.windows(3).find_map(|parts| {
        let two = |text: &str| text.len() == 2 || text.len() == 1;
        (two(parts[1]) && two(parts[2])).then(|| day(parts[0], parts[1], parts[2]))?
    });
    let date = in_folders.or_else(|| parts.iter().find_map(|part| leading_day(part)))?;
    Some(Published::on_day(date, DateOrigin::Url))
}

/// Finds the date that a file's name begins with: `2024-03-05-strike.txt`.
pub(super) fn in_file_name(file: &str) -> Option<Published> {
    let name = file.rsplit('/').next()?;
    leading_day(name).map(|date| Published::on_day(date, DateOrigin::FileName))
}

fn leading_day(text: &str) -> Option<Date> {
    let head = text.get(..10)?;
    let ends = !text[10..].starts_with(|c: char| c.is_ascii_digit());
    let parts: Vec<&str> = head.split(['-', '_']).collect();
    match parts.as_slice() {
        [year, month, date] if ends && month.len() == 2 => day(year, month, date),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_as_they_are_written() {
        for (text, expected) in [
            ("2025-02-11 08:30:00", "2025-02-11T08:30:00"),
            ("2025-02-11T08:30:00+0100", "2025-02-11T08:30:00+01:00"),
            ("2025-02-11T08:30:00.123Z", "2025-02-11T08:30:00Z"),
            ("2025-02-11T08:30:00-05:00", "2025-02-11T08:30:00-05:00"),
            ("2025/02/11 08:30", "2025-02-11T08:30:00"),
            ("2025-02-11T08:30:00+00:0", "2025-02-11"),
            ("20250211T083000Z", "2025-02-11T08:30:00Z"),
            ("20250211T083000-0500", "2025-02-11T08:30:00-05:00"),
            ("Tue, 11 Feb 2025 08:30:00 GMT", "2025-02-11T08:30:00Z"),
            ("11 Feb 2025 08:30:00 -0500", "2025-02-11T08:30:00-05:00"),
            ("1739262600", "2025-02-11T08:30:00Z"),
            ("1739262600000", "2025-02-11T08:30:00Z"),
            ("20250211", "2025-02-11"),
            ("11 February 2025", "2025-02-11"),
            ("Feb. 11, 2025", "2025-02-11"),
            ("February 11th, 2025", "2025-02-11"),
            (
                "Tuesday, February 11, 2025 at 8:30 p.m.",
                "2025-02-11T20:30:00",
            ),
            ("February 2025", "2025-02"),
            ("26-FEB-1987 15:01:01.79", "1987-02-26T15:01:01"),
            (" 2-MAR-1987 04:59:46.03", "1987-03-02T04:59:46"),
            ("13/02/2025", "2025-02-13"),
            ("02/13/2025", "2025-02-13"),
            ("13.02.2025", "2025-02-13"),
            ("03.04.2025", "2025-04-03"),
            ("03/03/2025", "2025-03-03"),
            ("13/02/2025 18:45", "2025-02-13T18:45:00"),
            ("02/13/2025, 6:45 PM", "2025-02-13T18:45:00"),
            ("5 de marzo de 2024", "2024-03-05"),
            ("1er août 2024", "2024-08-01"),
            ("Dienstag, 5. März 2024", "2024-03-05"),
            ("5 марта 2024 г.", "2024-03-05"),
            ("2024. március 5.", "2024-03-05"),
            ("2024年3月5日 09:15", "2024-03-05T09:15:00"),
            ("2024년 3월 5일", "2024-03-05"),
        ] {
            let found = parse(text, DateOrigin::Metadata, None).map(|date| date.to_string());
            assert_eq!(found.as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn no_date_is_better_than_a_wrong_one() {
        for text in [
            "03/04/2025",
            "yesterday",
            "2025-13-01",
            "31 February 2025",
            "May",
            "1234",
            "12 apples 2025",
            "é",
        ] {
            assert_eq!(parse(text, DateOrigin::Metadata, None), None, "{text}");
        }
    }

    #[test]
    fn numbers_say_which_is_the_day_or_ask() {
        use DayOrder::{DayFirst, MonthFirst};
        let open = Some(OrderEvidence::Open);
        for (text, evidence, [day_first, month_first]) in [
            ("03/04/2025", open, ["2025-04-03", "2025-03-04"]),
            (
                "3-4-2025 08:30",
                open,
                ["2025-04-03T08:30:00", "2025-03-04T08:30:00"],
            ),
            (
                "13/04/2025",
                Some(OrderEvidence::Certain(DayFirst)),
                ["2025-04-13"; 2],
            ),
            (
                "04/13/2025",
                Some(OrderEvidence::Certain(MonthFirst)),
                ["2025-04-13"; 2],
            ),
            ("04/04/2025", None, ["2025-04-04"; 2]),
            ("2025-04-03", None, ["2025-04-03"; 2]),
        ] {
            assert_eq!(day_order(text), evidence, "{text}");
            let read = |order| {
                let date = parse(text, DateOrigin::Metadata, Some(order));
                date.map(|date| date.to_string()).unwrap_or_default()
            };
            assert_eq!(
                [read(DayFirst), read(MonthFirst)],
                [day_first, month_first],
                "{text}"
            );
        }
    }

    #[test]
    fn lines_addresses_and_file_names() {
        let line = |text: &str| of_line(text).map(|date| date.to_string());
        assert_eq!(
            line("Published March 3, 2024").as_deref(),
            Some("2024-03-03")
        );
        assert_eq!(line("Tuesday, 4 June 2024").as_deref(), Some("2024-06-04"));
        assert_eq!(line("2024-06-04").as_deref(), Some("2024-06-04"));
        assert_eq!(
            line("March 3, 2024 at 8:30 a.m.").as_deref(),
            Some("2024-03-03T08:30:00")
        );
        assert_eq!(line("Strike of March 3, 2024, remembered"), None);
        assert_eq!(line("March 3"), None);
        let url = |text: &str| in_url(text).map(|date| date.to_string());
        assert_eq!(
            url("https://example.org/news/2024/03/05/strike.html").as_deref(),
            Some("2024-03-05")
        );
        assert_eq!(
            url("https://example.org/2024-03-05-strike").as_deref(),
            Some("2024-03-05")
        );
        assert_eq!(url("https://example.org/2024/strike"), None);
        assert_eq!(
            in_file_name("a/2024-03-05.txt")
                .map(|date| date.to_string())
                .as_deref(),
            Some("2024-03-05")
        );
        assert_eq!(in_file_name("a/strike.txt"), None);
    }
}
