//! Holds the tree to its own guide: comments, owners, directions, documents.

use std::fs;
use std::path::{Path, PathBuf};

use crate::repository;

/// Returns all files under `folder` with `ending`, by path relative to the repository.
fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![repository().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == ending) {
                let name = path
                    .strip_prefix(repository())
                    .unwrap()
                    .to_string_lossy()
                    .into_owned();
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// Returns the names of all files under `folder`, whatever they are.
fn all_files(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![repository().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(repository()).unwrap();
            found.push(name.to_string_lossy().into_owned());
        }
    }
    found.sort();
    found
}

/// Returns the part of a source file above its tests.
fn without_tests(source: &str) -> &str {
    source.split("#[cfg(test)]\nmod tests").next().unwrap()
}

#[test]
fn every_file_says_what_it_is_for() {
    for folder in ["src", "tests", "benches"] {
        for (name, source) in files(folder, "rs") {
            assert!(source.starts_with("//! "), "{name} has no module comment");
        }
    }
}

#[test]
fn each_library_has_one_owner() {
    let manifest = fs::read_to_string(repository().join("Cargo.toml")).unwrap();
    let dependencies = manifest
        .split("[dependencies]")
        .nth(1)
        .unwrap()
        .split("\n[")
        .next()
        .unwrap();
    let mut owned = 0;
    for line in dependencies.lines() {
        let Some((library, owner)) = line
            .split_once(" = ")
            .and_then(|(name, rest)| Some((name, rest.split_once("# owner: ")?.1)))
        else {
            continue;
        };
        let module = library.replace('-', "_");
        for (name, source) in files("src", "rs") {
            let is_owner = name.starts_with(&format!("{owner}/")) || name == format!("{owner}.rs");
            let is_used = source.contains(&format!("{module}::"))
                || source.contains(&format!("use {module}"));
            assert!(
                is_owner || !is_used,
                "{name} uses {library}, which belongs to {owner}"
            );
        }
        owned += 1;
    }
    assert!(owned > 10, "the owners are named in Cargo.toml");
}

#[test]
fn dependencies_point_one_way() {
    let may_use: [(&str, &[&str]); 10] = [
        ("article", &["article"]),
        ("text", &["text"]),
        ("corpus", &["article", "text", "corpus"]),
        ("extract", &["article", "text", "extract"]),
        ("names", &["article", "text", "names"]),
        ("query", &["article", "text", "query"]),
        ("entities", &["article", "text", "entities"]),
        ("stories", &["text", "stories"]),
        (
            "index",
            &["article", "text", "query", "entities", "stories", "index"],
        ),
        (
            "ingest",
            &[
                "article", "text", "corpus", "extract", "names", "index", "ingest",
            ],
        ),
    ];
    for (name, source) in files("src", "rs") {
        let module = name
            .trim_start_matches("src/")
            .split(['/', '.'])
            .next()
            .unwrap();
        let Some((_, allowed)) = may_use.iter().find(|(known, _)| *known == module) else {
            continue;
        };
        let source = without_tests(&source);
        for used in source.split("crate::").skip(1) {
            let used: String = used
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            assert!(
                allowed.contains(&used.as_str()),
                "{name} uses crate::{used}"
            );
        }
    }
}

#[test]
fn stages_touch_no_files_and_nothing_touches_the_network() {
    for (name, source) in files("src", "rs") {
        assert!(
            !source.contains("std::net") && !source.contains("TcpStream"),
            "{name}"
        );
        let is_stage = [
            "article", "text", "extract", "names", "entities", "query", "json",
        ]
        .iter()
        .any(|stage| name.starts_with(&format!("src/{stage}")));
        let source = without_tests(&source);
        let does_io = [
            "std::fs",
            "std::env",
            "std::time",
            "println!",
            "eprintln!",
            "File::open",
        ];
        for way in does_io.iter().filter(|_| is_stage) {
            assert!(!source.contains(way), "{name} has {way}");
        }
    }
}

#[test]
fn paths_in_documents_exist() {
    for document in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "benches/README.md",
        "CHANGELOG.md",
    ] {
        let text = fs::read_to_string(repository().join(document)).unwrap();
        for quoted in text.split('`').skip(1).step_by(2) {
            let is_path = ["src/", "tests/", "benches/", ".ci/", "corpus/"]
                .iter()
                .any(|root| quoted.starts_with(root))
                && !quoted.contains([' ', '*', '<', '…']);
            assert!(
                !is_path || repository().join(quoted).exists(),
                "{document} names {quoted}"
            );
        }
    }
}

#[test]
fn the_corpus_holds_nothing_but_articles_with_their_truth() {
    let truth = fs::read_to_string(repository().join("tests/truth/articles.jsonl")).unwrap();
    let mut articles = 0;
    for name in all_files("corpus") {
        let known = truth.matches(&format!("\"file\": \"{name}\",")).count();
        // How many records a file of another format has, the test of the truth says.
        let is_right = match name.rsplit_once('.') {
            Some((_, "jsonl")) => {
                let content = fs::read_to_string(repository().join(&name)).unwrap();
                known == content.lines().count()
            }
            _ if name.starts_with("corpus/text/") => known == 1,
            _ => known > 0,
        };
        assert!(is_right, "{name} has {known} articles in the truth");
        articles += known;
    }
    assert_eq!(
        truth.lines().count(),
        articles,
        "all of them are in the corpus"
    );
    assert!(articles >= 60);
    let others = fs::read_dir(repository().join("corpus")).unwrap().flatten();
    assert!(others.filter(|entry| !entry.path().is_dir()).count() == 0);
}

#[test]
fn no_suite_file_is_forgotten_and_nothing_is_left_undone() {
    let main = fs::read_to_string(repository().join("tests/suite/main.rs")).unwrap();
    for (name, _) in files("tests/suite", "rs") {
        let module = Path::new(&name)
            .file_stem()
            .unwrap()
            .to_string_lossy()
            .into_owned();
        assert!(
            module == "main" || main.contains(&format!("mod {module};")),
            "{name}"
        );
    }
    for (name, source) in files("src", "rs").into_iter().chain(files("tests", "rs")) {
        let ignored = concat!("#[", "ignore");
        for mark in [
            ignored,
            concat!("todo", "!("),
            concat!("FIX", "ME"),
            concat!("dbg", "!("),
        ] {
            assert!(!source.contains(mark), "{name} has {mark}");
        }
    }
}
