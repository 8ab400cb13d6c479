//! Web pages as a newsroom saves them, and what is read from each: a page and its
//! article lie side by side in `tests/pages/`.

use std::fmt::Write;
use std::fs;

use expect_test::expect_file;

use crate::{Desk, copy_folder, repository, text, texts};

/// Reads the page and returns its article as the golden files have it.
fn read(desk: &Desk, name: &str) -> String {
    let page = format!("pages/{name}/page.html");
    let rows = desk
        .ok(&["extract", "--no-names", "--format", "jsonl", &page])
        .rows();
    let [article] = rows.as_slice() else {
        panic!("{name} holds {} articles", rows.len());
    };
    let mut shown = String::new();
    let fields = [
        "title",
        "published",
        "modified",
        "source",
        "section",
        "language",
        "url",
    ];
    for field in fields {
        writeln!(shown, "{field}: {}", article[field].as_str().unwrap_or("-")).unwrap();
    }
    writeln!(shown, "byline: {}", texts(&article["byline"]).join(" · ")).unwrap();
    writeln!(shown, "tags: {}", texts(&article["tags"]).join(" · ")).unwrap();
    writeln!(shown, "\n{}", text(&article["body"])).unwrap();
    shown
}

#[test]
fn every_page_gives_its_article() {
    let desk = Desk::empty();
    copy_folder(&repository().join("tests/pages"), &desk.path("pages"));
    let folders = fs::read_dir(repository().join("tests/pages")).unwrap();
    let mut pages = 0;
    for folder in folders.flatten().filter(|entry| entry.path().is_dir()) {
        let name = folder.file_name().to_string_lossy().into_owned();
        expect_file![folder.path().join("article.txt")].assert_eq(&read(&desk, &name));
        pages += 1;
    }
    assert!(pages >= 5);
}
