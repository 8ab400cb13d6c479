//! `newsdex batch`: a row for every query, with the answers of single searches.

use serde_json::{Value, json};

use super::{Desk, text};

const QUERIES: &str = "id,query,org,from,provenance\n\
    mines,\"\"\"land mines\"\"\",,,\n\
    amnesty,*,Amnesty International,,\n\
    late,port,,2025-01-01,\n\
    none,xylophone,,,\n\
    bad,foo:bar,,,\n\
    worse,port,,soon,\n\
    only,,=Corvane Shipping,,extracted\n";

#[test]
fn every_row_is_answered_as_a_search_of_its_own() {
    let desk = Desk::indexed();
    desk.write("q.csv", QUERIES);
    let rows = desk.ok(&["batch", "q.csv"]).rows();
    assert_eq!(rows.len(), 7);
    let searches: [&[&str]; 7] = [
        &["\"land mines\""],
        &["*", "--org", "Amnesty International"],
        &["port", "--from", "2025-01-01"],
        &["xylophone"],
        &[],
        &[],
        &["--org", "=Corvane Shipping", "--provenance", "extracted"],
    ];
    for (row, search) in rows.iter().zip(searches) {
        if search.is_empty() {
            assert!(!row["error"].is_null() && row["total"] == 0, "{row}");
            continue;
        }
        let args = [&["search", "-n", "1000", "--format", "json"], search].concat();
        let alone = desk.run(&args).json();
        for key in ["total", "stories", "hits"] {
            assert_eq!(row[key], alone[key], "{search:?}");
        }
        assert!(row["error"].is_null());
    }
    assert_eq!(rows[5]["error"], "\"soon\" is no day; write YYYY-MM-DD");
}

#[test]
fn a_table_has_a_row_a_query_and_its_hits_beside() {
    let desk = Desk::indexed();
    desk.write("q.csv", QUERIES);
    let table = desk
        .ok(&["batch", "q.csv", "--format", "csv", "--hits", "hits.csv"])
        .stdout;
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines[0], "id,query,parsed,total,stories,hits,error");
    assert_eq!(lines.len(), 8);
    assert!(lines[4].starts_with("none,xylophone,xylophone,0,0,0,"));
    assert!(
        lines[5].starts_with("bad,foo:bar,,0,0,0,") && lines[5].contains("there is no field foo")
    );
    let hits = std::fs::read_to_string(desk.path("hits.csv")).unwrap();
    let rows = desk.ok(&["batch", "q.csv"]).rows();
    let expected: usize = rows
        .iter()
        .map(|row| row["hits"].as_array().unwrap().len())
        .sum();
    assert_eq!(hits.lines().count(), expected + 1);
    assert!(hits.starts_with("query_id,rank,id,score,"));
    desk.run(&["batch", "q.csv", "--hits", "hits.csv"])
        .exits(2)
        .says("--hits goes with --format csv");
    desk.write("wrong.csv", "query,color\nport,red\n");
    desk.run(&["batch", "wrong.csv"])
        .exits(2)
        .says("there is no column \"color\"");
}

#[test]
fn answers_keep_the_order_of_the_file_on_any_number_of_threads() {
    let desk = Desk::indexed();
    let lines: String = (0..60)
        .map(|at| format!("q{at}\t{}\n", ["port", "*", "mines", "nobody"][at % 4]))
        .collect();
    desk.write("q.tsv", lines);
    let answers = |threads: &str| -> Vec<Value> {
        desk.ok(&["batch", "q.tsv", "-n", "2", "--threads", threads])
            .rows()
    };
    let (one, four) = (answers("1"), answers("4"));
    assert_eq!(one, four);
    let ids: Vec<String> = one.iter().map(|row| text(&row["id"])).collect();
    assert_eq!(ids, (0..60).map(|at| format!("q{at}")).collect::<Vec<_>>());
    let stories = desk.ok(&["batch", "q.tsv", "--collapse"]).rows();
    assert_eq!(stories[1]["stories"], json!(97));
    assert_eq!(stories[1]["hits"].as_array().unwrap().len(), 97);
}
