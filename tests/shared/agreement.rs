//! Every number of newsdex is the same on Reuters-21578, wherever it is asked for.

#[path = "../agreement/check.rs"]
mod check;

use crate::{newsdex, run, shared};

#[test]
fn questions_about_reuters_get_the_same_numbers_everywhere() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let index = folder.path().join("index");
    let collection = shared().join("data/reuters21578");
    run(newsdex(&index)
        .args(["ingest", "--include", "*.sgm"])
        .arg(&collection));
    let ask = |args: &[&str]| run(newsdex(&index).args(args));
    let queries = [
        "opec",
        "\"oil prices\"",
        "title:grain",
        "merger AND NOT bank",
        "topic:ship OR wheat",
    ];
    check::numbers_agree(&ask, &queries, 200);
}
