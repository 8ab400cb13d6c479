//! Reuters-21578: every record accounted for, and every editor's code found on exactly
//! the articles that carry it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::{newsdex, run, shared};

#[test]
fn all_records_are_in_and_filters_agree_with_the_editors() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let index = folder.path().join("index");
    let mut files: Vec<_> = fs::read_dir(shared().join("data/reuters21578"))
        .expect("the collection is there")
        .map(|entry| entry.expect("folders can be read").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "sgm"))
        .collect();
    files.sort();
    assert_eq!(files.len(), 22);
    run(newsdex(&index).arg("ingest").args(&files));
    check_stats(&index);
    check_filters(&index);
    check_facets(&index);
    check_export(&index, folder.path());
    let again = newsdex(&index)
        .arg("ingest")
        .args(&files)
        .output()
        .expect("newsdex runs");
    let told = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(told.contains("21,578 records = 21,578 unchanged"), "{told}");
}

fn check_stats(index: &Path) {
    let stats: Value =
        serde_json::from_str(&run(newsdex(index).args(["stats", "--format", "json"])))
            .expect("stats are JSON");
    for (key, expected) in [
        ("editors_organizations", 32),
        ("editors_people", 114),
        ("editors_places", 147),
        ("editors_topics", 120),
        ("editors_exchanges", 32),
    ] {
        assert_eq!(stats[key]["distinct"], expected, "{key}");
    }
    assert_eq!(stats["articles"], 21_578);
    for (query, expected) in [
        ("title:*", "20841"),
        ("type:NORM", "19043"),
        ("type:BRIEF", "1798"),
        ("type:UNPROC", "737"),
    ] {
        assert_eq!(
            run(newsdex(index).args(["search", "--count", query])).trim(),
            expected,
            "{query}"
        );
    }
}

fn check_filters(index: &Path) {
    let truth = fs::read_to_string(shared().join("data/reuters21578/filter-truth.json"))
        .expect("the truth is there");
    let truth: Value = serde_json::from_str(&truth).expect("the truth is JSON");
    let mut checked = 0;
    for (flag, codes) in filters(&truth) {
        for (code, expected) in codes {
            let filter = format!("={code}");
            let rows = run(newsdex(index).args([
                "search",
                "--provenance",
                "gold",
                flag,
                &filter,
                "-n",
                "30000",
                "--format",
                "jsonl",
            ]));
            let found: BTreeSet<String> = rows
                .lines()
                .map(|row| serde_json::from_str::<Value>(row).expect("rows are JSON"))
                .map(|hit| hit["id"].as_str().expect("ids are text").to_owned())
                .collect();
            assert_eq!(found, expected, "{flag} {code}");
            checked += 1;
        }
    }
    assert_eq!(checked, 32 + 114);
}

/// The numbers of categories that the collection's documentation gives.
fn check_facets(index: &Path) {
    for (facet, expected) in [
        ("organizations", 32),
        ("people", 114),
        ("topics", 120),
        ("places", 147),
        ("exchanges", 32),
    ] {
        let args = ["facets", facet, "--provenance", "gold", "--format", "json"];
        let reply: Value =
            serde_json::from_str(&run(newsdex(index).args(args))).expect("facets are JSON");
        assert_eq!(reply["distinct"], expected, "{facet}");
        assert_eq!(reply["total"], 21_578);
    }
}

/// Everything goes out, and comes back into the same answers.
fn check_export(index: &Path, folder: &Path) {
    let (file, again) = (folder.join("all.jsonl"), folder.join("again"));
    run(newsdex(index).args(["export", "*", "-o"]).arg(&file));
    let told = newsdex(&again)
        .arg("ingest")
        .arg(&file)
        .output()
        .expect("newsdex runs");
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(told.contains("21,578 records = 21,578 added"), "{told}");
    for search in [
        &["oil prices"][..],
        &["\"oil prices\"", "--org", "=opec", "--provenance", "gold"],
        &["wheat w/10 export*", "--from", "1987-03-01"],
        &["date:none OR title:bank"],
    ] {
        let ask = |index: &Path| {
            run(newsdex(index)
                .args(["search", "-n", "50", "--format", "jsonl"])
                .args(search))
        };
        assert_eq!(ask(index), ask(&again), "{search:?}");
    }
}

type Codes = Vec<(String, BTreeSet<String>)>;

/// Returns the truth by flag: each code with the ids of its articles.
fn filters(truth: &Value) -> [(&'static str, Codes); 2] {
    let codes = |key: &str| -> Codes {
        let entries = truth[key].as_object().expect("codes are an object");
        let ids = |entry: &Value| -> BTreeSet<String> {
            let ids = entry["ids"].as_array().expect("ids are a list");
            ids.iter()
                .map(|id| id.as_str().expect("ids are text").to_owned())
                .collect()
        };
        entries
            .iter()
            .map(|(code, entry)| (code.clone(), ids(entry)))
            .collect()
    };
    [("--org", codes("orgs")), ("--person", codes("people"))]
}
