//! `newsdex facets` and `newsdex trend`: every number is that of a search, and they add up.

use serde_json::{Value, json};

use super::{Desk, article, text};

const FACETS: [(&str, &str); 8] = [
    ("people", "person"),
    ("organizations", "org"),
    ("places", "place"),
    ("topics", "topic"),
    ("sources", "source"),
    ("languages", "lang"),
    ("sections", "section"),
    ("bylines", "author"),
];

fn count(desk: &Desk, search: &[&str]) -> u64 {
    let args = [&["search", "--count"], search].concat();
    desk.run(&args).stdout.trim().parse().unwrap()
}

#[test]
fn every_count_is_that_of_a_search() {
    let desk = Desk::indexed();
    for query in ["*", "port", "\"land mines\" OR ferry"] {
        for (facet, field) in FACETS {
            let args = ["facets", facet, query, "-n", "0", "--format", "json"];
            let reply = desk.run(&args).json();
            assert_eq!(reply["counts"], "articles");
            assert_eq!(reply["total"], json!(count(&desk, &[query])));
            let values = reply["values"].as_array().unwrap();
            assert_eq!(reply["distinct"], json!(values.len()));
            for value in values.iter().take(12) {
                let name = text(&value["value"]).replace('"', "");
                let search = format!("({query}) AND {field}:=\"{name}\"");
                assert_eq!(
                    value["articles"],
                    json!(count(&desk, &[&search])),
                    "{search}"
                );
            }
        }
    }
}

#[test]
fn values_are_narrowed_by_filters_and_looked_for() {
    let desk = Desk::indexed();
    let values = |flags: &[&str]| -> Vec<String> {
        let args = [&["facets", "organizations", "--format", "jsonl"], flags].concat();
        let rows = desk.run(&args).rows();
        rows.iter().map(|row| text(&row["value"])).collect()
    };
    let amnesty = values(&["--prefix", "intern", "-n", "0"]);
    assert!(
        amnesty.iter().any(|name| name == "Amnesty International"),
        "{amnesty:?}"
    );
    assert!(
        amnesty
            .iter()
            .all(|name| name.to_lowercase().contains("intern")),
        "{amnesty:?}"
    );
    assert_eq!(values(&["-n", "3"]).len(), 3);
    let tribune = values(&["--source", "Evening Tribune", "-n", "0"]);
    assert!(tribune.len() < values(&["-n", "0"]).len());
    let csv = desk
        .ok(&["facets", "sources", "port", "--format", "csv"])
        .stdout;
    assert!(csv.starts_with("sources,articles\r\n"), "{csv}");
    let pretty = desk.ok(&["facets", "organizations", "-n", "2"]).stdout;
    assert!(pretty.contains("in 99 articles, read as: *"), "{pretty}");
    assert!(
        pretty.contains(" more: -n 0 shows all, --prefix looks for some"),
        "{pretty}"
    );
    desk.run(&["facets", "sources", "xylophone"]).exits(1);
    desk.run(&["facets", "colors"])
        .exits(2)
        .says("possible values: people");
}

#[test]
fn spellings_of_one_source_are_one_value() {
    let desk = Desk::empty();
    let record = |id: &str, source: &str| {
        format!(
            "{}\n",
            json!({ "id": id, "title": "T", "body": "Text.", "source": source })
        )
    };
    let lines = [
        record("1", "Harbor Ledger"),
        record("2", "HARBOR LEDGER"),
        record("3", "Harbor Ledger"),
    ];
    desk.write("a.jsonl", lines.concat());
    desk.ingest(&["a.jsonl"]);
    let rows = desk.ok(&["facets", "sources", "--format", "jsonl"]).rows();
    assert_eq!(rows, [json!({ "value": "Harbor Ledger", "articles": 3 })]);
}

#[test]
fn stories_are_counted_where_that_is_asked_for() {
    let desk = Desk::indexed();
    let reply = |flags: &[&str]| {
        let query = ["facets", "people", "\"hit Gull Ledge\"", "--format", "json"];
        desk.ok(&[&query, flags].concat()).json()
    };
    assert_eq!(reply(&[])["total"], 3);
    let stories = reply(&["--collapse"]);
    assert_eq!(
        (&stories["counts"], &stories["total"]),
        (&json!("stories"), &json!(1))
    );
    assert!(
        stories["values"]
            .as_array()
            .unwrap()
            .iter()
            .all(|value| value["stories"] == 1)
    );
}

/// Returns the series of a trend.
fn trend(desk: &Desk, args: &[&str]) -> Vec<Value> {
    let args = [&["trend", "--format", "json"], args].concat();
    desk.run(&args).json()["series"].as_array().unwrap().clone()
}

#[test]
fn periods_add_up_and_are_those_of_searches() {
    let desk = Desk::indexed();
    for (query, by) in [
        ("port", "year"),
        ("*", "month"),
        ("ferry", "day"),
        ("strike", "week"),
    ] {
        let [series] = &trend(&desk, &[query, "--by", by])[..] else {
            panic!("one series")
        };
        let buckets = series["buckets"].as_array().unwrap();
        let sum: u64 = buckets
            .iter()
            .filter_map(|one| one["articles"].as_u64())
            .sum();
        let undated = series["undated"].as_u64().unwrap();
        assert_eq!(series["total"], json!(sum + undated));
        assert_eq!(sum + undated, count(&desk, &[query]));
        assert_eq!(
            undated,
            count(&desk, &[&format!("({query}) AND date:none")])
        );
        if by == "year" || by == "month" || by == "day" {
            for bucket in buckets.iter().filter(|one| one["articles"] != 0).take(8) {
                let period = format!("date:{}", text(&bucket["period"]));
                let search = format!("({query}) AND {period}");
                assert_eq!(
                    bucket["articles"],
                    json!(count(&desk, &[&search])),
                    "{search}"
                );
                let all = count(&desk, &[&period]);
                assert_eq!(bucket["all"], json!(all));
            }
        }
    }
}

#[test]
fn queries_stand_side_by_side_over_the_same_periods() {
    let desk = Desk::indexed();
    let series = trend(&desk, &["port", "--with", "strike", "--by", "year"]);
    let labels = |series: &Value| -> Vec<String> {
        let buckets = series["buckets"].as_array().unwrap();
        buckets.iter().map(|one| text(&one["period"])).collect()
    };
    assert_eq!(series.len(), 2);
    assert_eq!(labels(&series[0]), labels(&series[1]));
    let organizations = trend(&desk, &["\"land mines\"", "--by-org", "2", "--by", "year"]);
    assert_eq!(organizations.len(), 3);
    assert_eq!(organizations[1]["query"], "Amnesty International");
    assert_eq!(
        organizations[1]["total"],
        json!(count(
            &desk,
            &["\"land mines\"", "--org", "=Amnesty International"]
        ))
    );
    let first = &organizations[0]["first"];
    let oldest = desk.ids(&["\"land mines\"", "--sort", "oldest"]);
    assert_eq!(text(&first["id"]), oldest[0]);
}

#[test]
fn trends_are_drawn_and_written() {
    let desk = Desk::empty();
    let record = |id: &str, date: &str| {
        format!(
            "{}\n",
            json!({ "id": id, "title": "Port", "body": "A text.", "date": date })
        )
    };
    let dates = ["2024-01-10", "2024-01-20", "2024-03-05", "2024-12-01"];
    let lines: String = dates.iter().map(|date| record(date, date)).collect();
    desk.write("a.jsonl", lines + &article("undated", "Port", "A text."));
    desk.ingest(&["a.jsonl"]);
    let drawn = desk.ok(&["trend", "port"]).stdout;
    let bar = "#".repeat(80);
    let expected = format!(
        "port 5 articles, 1 without a date\n\
         2024-01 2   100 % {bar}\n\
         2024-02 0     0 %\n\
         2024-03 1   100 % {}\n\
         2024-04 to 2024-11: none\n\
         2024-12 1   100 % {}\n\n\
         first 2024-01-10: Port\n  2024-01-10\n",
        &bar[..40],
        &bar[..40]
    );
    assert_eq!(drawn, expected);
    let csv = desk
        .ok(&["trend", "port", "--by", "year", "--format", "csv"])
        .stdout;
    assert_eq!(
        csv,
        "period,query,articles,all,share\r\n2024,port,4,4,1.000000\r\nundated,port,1,1,\r\n"
    );
    let svg = desk.ok(&["trend", "port", "--format", "svg", "-o", "trend.svg"]);
    assert_eq!(svg.stdout, "");
    let svg = std::fs::read_to_string(desk.path("trend.svg")).unwrap();
    assert!(
        svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>\n"),
        "{svg}"
    );
    assert!(svg.contains("prefers-color-scheme:dark"));
    // What is typed is text, never markup.
    let svg = desk
        .run(&["trend", "\"<script>\" OR port", "--format", "svg"])
        .stdout;
    assert!(!svg.contains("<script"), "{svg}");
}
