//! `newsdex export`: everything that matches, whole or not at all, and read back as it was.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use serde_json::{Value, json};

use super::{Desk, article, sorted, text, texts};

/// Writes `query` to a file in the folder and returns its manifest.
fn export(desk: &Desk, query: &str, file: &str, flags: &[&str]) -> Value {
    let args = [&["export", query, "-o", file], flags].concat();
    desk.ok(&args);
    let manifest = fs::read_to_string(desk.path(&format!("{file}.manifest.json"))).unwrap();
    serde_json::from_str(&manifest).unwrap()
}

/// Returns the articles of a file of JSON lines.
fn lines(desk: &Desk, file: &str) -> Vec<Value> {
    let content = fs::read_to_string(desk.path(file)).unwrap();
    content
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn ids(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|row| text(&row["id"])).collect()
}

#[test]
fn rows_are_the_articles_of_a_search_and_the_manifest_says_so() {
    let desk = Desk::with_corpus();
    desk.ok(&["ingest", "corpus", "-q"]);
    for query in [
        "*",
        "port AND strike",
        "\"land mines\"",
        "org:\"Amnesty International\"",
    ] {
        let manifest = export(&desk, query, "out.jsonl", &[]);
        let rows = lines(&desk, "out.jsonl");
        let found = sorted(desk.ids(&[query]));
        // By id, and all of them.
        assert_eq!(ids(&rows), found, "{query}");
        assert_eq!(manifest["rows"], json!(found.len()));
        assert_eq!(manifest["total"], json!(found.len()));
        assert_eq!(
            (&manifest["query"], &manifest["counts"]),
            (&json!(query), &json!("articles"))
        );
        assert_eq!(manifest["index"]["articles"], 99);
        assert!(text(&manifest["made_by"]).starts_with("newsdex "));
        assert!(text(&manifest["made_at"]).ends_with('Z'));
    }
    let newest = ["export", "port", "--sort", "newest"];
    let rows = desk.ok(&newest).rows();
    assert_eq!(ids(&rows), desk.ids(&["port", "--sort", "newest"]));
    let stories = export(&desk, "*", "stories.csv", &["--collapse"]);
    assert_eq!(
        (&stories["counts"], &stories["rows"]),
        (&json!("stories"), &json!(97))
    );
}

#[test]
fn matched_spans_are_those_that_are_marked() {
    let desk = Desk::indexed();
    let rows = desk.ok(&["export", "\"land mines\""]).rows();
    for row in &rows {
        let shown = [
            "show",
            &text(&row["id"]),
            "--query",
            "\"land mines\"",
            "--format",
            "json",
        ];
        assert_eq!(row["highlights"], desk.ok(&shown).json()["highlights"]);
        let first = &row["highlights"][0];
        let (start, end) = (
            first["start"].as_u64().unwrap(),
            first["end"].as_u64().unwrap(),
        );
        let marked = text(&row[text(&first["field"])])[start as usize..end as usize].to_lowercase();
        assert!(
            marked.starts_with("land") && marked.ends_with("mines"),
            "{marked}"
        );
    }
}

#[test]
fn what_was_exported_reads_back_into_the_same_answers() {
    let desk = Desk::with_corpus();
    desk.ok(&["ingest", "corpus", "-q"]);
    export(&desk, "*", "all.jsonl", &[]);
    desk.ok(&["ingest", "all.jsonl", "-q", "-i", "again"]);
    let without_place = |rows: Vec<Value>| -> Vec<Value> {
        let mut rows = rows;
        for row in &mut rows {
            let row = row.as_object_mut().unwrap();
            ["file", "record", "member"]
                .iter()
                .for_each(|key| drop(row.remove(*key)));
        }
        rows
    };
    let all = without_place(lines(&desk, "all.jsonl"));
    let again = without_place(desk.ok(&["export", "*", "-i", "again"]).rows());
    for (one, other) in all.iter().zip(&again) {
        assert_eq!(one, other);
    }
    assert_eq!(all.len(), again.len());
    for query in [
        vec!["port strike"],
        vec!["\"land mines\"", "--org", "Amnesty International"],
        vec!["bridg* w/10 river"],
        vec!["=Turkey OR date:2024-09"],
        vec!["--provenance", "gold", "--org", "Corvane"],
        vec!["date:none"],
    ] {
        let hits = |index: &[&str]| {
            let args = [
                &["search", "-n", "100", "--format", "jsonl"],
                &query[..],
                index,
            ]
            .concat();
            desk.run(&args).rows()
        };
        assert_eq!(hits(&[]), hits(&["-i", "again"]), "{query:?}");
    }
}

#[test]
fn tables_are_safe_in_spreadsheets_and_complete() {
    let desk = Desk::empty();
    let evil = [
        article(
            "=1+1",
            "=cmd|' /C calc'!A0",
            "A \"quoted\" text, with\n\na second paragraph.",
        ),
        article("b", "@SUM(A1)", "-2+3"),
        article("c", "Plain", "Comma, here"),
    ];
    desk.write("a.jsonl", evil.concat());
    desk.ingest(&["a.jsonl"]);
    let table = desk
        .ok(&[
            "export",
            "*",
            "--format",
            "csv",
            "--fields",
            "id,title,body",
        ])
        .stdout;
    let expected = "id,title,body\r\n\
        '=1+1,'=cmd|' /C calc'!A0,\"A \"\"quoted\"\" text, with\n\na second paragraph.\"\r\n\
        b,'@SUM(A1),'-2+3\r\nc,Plain,\"Comma, here\"\r\n";
    assert_eq!(table, expected);
    desk.run(&["export", "*", "--fields", "id,color"])
        .exits(2)
        .says("columns are id, title, ");
    let lines = desk.ok(&["export", "*", "--fields", "id,tags"]).rows();
    assert_eq!(lines[2], json!({ "id": "c", "tags": [] }));
}

#[test]
fn parquet_holds_what_json_lines_hold() {
    let desk = Desk::with_corpus();
    desk.ok(&["ingest", "corpus", "-q"]);
    let manifest = export(&desk, "port", "out.parquet", &[]);
    let rows = desk.ok(&["export", "port"]).rows();
    let file = SerializedFileReader::new(File::open(desk.path("out.parquet")).unwrap()).unwrap();
    let read: Vec<BTreeMap<String, Field>> = file
        .get_row_iter(None)
        .unwrap()
        .map(|row| {
            let row = row.unwrap();
            row.get_column_iter()
                .map(|(name, field)| (name.clone(), field.clone()))
                .collect()
        })
        .collect();
    assert_eq!(json!(read.len()), manifest["rows"]);
    assert_eq!(read.len(), rows.len());
    let list = |field: &Field| -> Vec<String> {
        let Field::ListInternal(list) = field else {
            panic!("no list: {field}")
        };
        let text = |field: &Field| match field {
            Field::Str(text) => text.clone(),
            other => panic!("no text: {other}"),
        };
        list.elements().iter().map(text).collect()
    };
    for (read, row) in read.iter().zip(&rows) {
        for key in [
            "id",
            "title",
            "body",
            "published",
            "source",
            "url",
            "language",
        ] {
            let expected = row[key]
                .as_str()
                .map_or(Field::Null, |text| Field::Str(text.to_owned()));
            assert_eq!(read[key], expected, "{key}");
        }
        for key in [
            "people",
            "organizations",
            "places",
            "byline",
            "topics",
            "tags",
        ] {
            assert_eq!(list(&read[key]), texts(&row[key]), "{key}");
        }
        let spans: BTreeSet<String> = row["highlights"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| format!("{}:{}-{}", text(&one["field"]), one["start"], one["end"]))
            .collect();
        assert_eq!(
            list(&read["spans"]).into_iter().collect::<BTreeSet<_>>(),
            spans
        );
        assert_eq!(read["matches"], Field::Long(spans.len() as i64));
    }
}

#[test]
fn files_appear_whole_or_not_at_all() {
    let desk = Desk::with_corpus();
    desk.ok(&["ingest", "corpus", "-q"]);
    desk.run(&["export", "*", "-o", "nowhere/out.csv"])
        .exits(2)
        .says("cannot write nowhere/out.csv");
    desk.run(&["export", "port", "-o", "out.bin"])
        .exits(2)
        .says("--format csv, jsonl or parquet");
    desk.run(&["export", "port", "--format", "parquet"])
        .exits(2)
        .says("-o FILE");
    desk.write("old.csv", "what was there");
    desk.run(&["export", "* w/5 *", "-o", "old.csv"]).exits(2);
    assert_eq!(
        fs::read_to_string(desk.path("old.csv")).unwrap(),
        "what was there"
    );
    let none = desk
        .run(&["export", "xylophone", "-o", "none.csv"])
        .exits(1);
    assert_eq!(none.stdout, "");
    assert!(
        fs::read_to_string(desk.path("none.csv"))
            .unwrap()
            .starts_with("id,title,")
    );
    let left = fs::read_dir(desk.path(".")).unwrap().flatten();
    assert!(
        left.into_iter()
            .all(|entry| !entry.file_name().to_string_lossy().starts_with(".newsdex"))
    );
}
