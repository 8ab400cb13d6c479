//! When an article was published, where its record leaves something open; and what else a
//! record says of itself: when it was changed, what it is filed under.

use serde_json::{Value, json};

use super::Desk;

/// Writes a table with these dates and returns what is read of them.
fn dates(desk: &Desk, written: &[&str], flags: &[&str]) -> Vec<Value> {
    let rows = written
        .iter()
        .enumerate()
        .map(|(at, date)| format!("{at},Title {at},A text.,{date}\n"));
    let table: String = std::iter::once("id,title,body,date\n".to_owned())
        .chain(rows)
        .collect();
    desk.write("in/table.csv", table);
    let args = [&["extract", "--no-names", "--format", "jsonl", "in"], flags].concat();
    let rows = desk.ok(&args).rows();
    rows.iter().map(|row| row["published"].clone()).collect()
}

#[test]
fn the_rest_of_a_file_tells_day_from_month() {
    let desk = Desk::empty();
    let read = |written: &[&str], flags: &[&str]| dates(&desk, written, flags);
    assert_eq!(
        read(&["03/04/2024", "05/04/2024", "26/04/2024"], &[]),
        [
            json!("2024-04-03"),
            json!("2024-04-05"),
            json!("2024-04-26")
        ]
    );
    assert_eq!(
        read(&["03/04/2024", "04/26/2024"], &[]),
        [json!("2024-03-04"), json!("2024-04-26")]
    );
    // Both orders in one file, or none: no date is better than a wrong one.
    assert_eq!(
        read(&["03/04/2024", "04/26/2024", "26/04/2024"], &[]),
        [Value::Null, json!("2024-04-26"), json!("2024-04-26")]
    );
    assert_eq!(read(&["03/04/2024"], &[]), [Value::Null]);
    assert_eq!(
        read(&["03/04/2024"], &["--date-order", "day-first"]),
        [json!("2024-04-03")]
    );
}

#[test]
fn a_date_in_doubt_is_reported_and_found_as_undated() {
    let desk = Desk::empty();
    desk.write("a.csv", "id,title,body,date\n1,Title,A text.,03/04/2024\n");
    desk.ingest(&["a.csv"])
        .says("\"03/04/2024\" may be two days; --date-order says which number is the day");
    assert_eq!(desk.ids(&["date:none"]), ["1"]);
    // Another order is another reading of the same file.
    desk.ingest(&["a.csv", "--date-order", "month-first"]);
    assert_eq!(desk.ids(&["date:2024-03-04"]), ["1"]);
}

#[test]
fn times_without_a_zone_get_the_default() {
    let desk = Desk::empty();
    let written = [
        "2024-01-05 08:30",
        "2024-07-05 08:30",
        "2024-07-05T08:30:00Z",
        "2024-07-05",
    ];
    let read = |zone: &str| dates(&desk, &written, &["--default-zone", zone]);
    assert_eq!(
        read("Europe/Berlin"),
        [
            json!("2024-01-05T08:30:00+01:00"),
            json!("2024-07-05T08:30:00+02:00"),
            json!("2024-07-05T08:30:00Z"),
            json!("2024-07-05")
        ]
    );
    assert_eq!(read("-05:00")[0], json!("2024-01-05T08:30:00-05:00"));
    let wrong = ["extract", "in", "--default-zone", "Europe/Nowhere"];
    desk.run(&wrong)
        .exits(2)
        .says("a name such as Europe/Berlin");
}

#[test]
fn tags_and_changes_are_kept_shown_and_searched() {
    let desk = Desk::empty();
    desk.write(
        "page.html",
        "<html><head><title>Dredging resumes</title>\
        <meta property='article:published_time' content='2024-03-05T08:00:00Z'>\
        <meta property='article:modified_time' content='2024-03-06T09:00:00Z'>\
        <meta name='keywords' content='harbor, dredging, Harbor'></head><body><article>\
        <p>Dredgers went back to work on Tuesday after a week of talks about their pay.</p>\
        <p>The port said that the channel would be open again before the end of the month.</p>\
        </article></body></html>",
    );
    desk.ingest(&["page.html"]);
    assert_eq!(desk.ids(&["tag:dredging"]), ["page.html"]);
    assert_eq!(desk.ids(&["tags:=HARBOR"]), ["page.html"]);
    let none: [&str; 0] = [];
    assert_eq!(desk.ids(&["tag:pay"]), none);
    let shown = desk.ok(&["show", "page.html", "--format", "json"]).json();
    assert_eq!(shown["tags"], json!(["harbor", "dredging"]));
    assert_eq!(shown["published"], "2024-03-05T08:00:00Z");
    assert_eq!(shown["modified"], "2024-03-06T09:00:00Z");
    let page = desk.ok(&["show", "page.html"]);
    assert!(
        page.stdout.contains("harbor · dredging"),
        "{}",
        page.shown()
    );
}
