//! How well the built-in model finds names in text it was not trained on.

use std::fmt::Write;
use std::fs;

use expect_test::expect_file;
use newsdex::names::Tagger;
use newsdex::names::columns::TaggedText;
use newsdex::names::scoring::{SCORED, evaluate};

/// The development sets; wikigold is not among them, since the model has learned from it.
const FILES: [&str; 5] = [
    "gmb_dev",
    "gum_news_dev",
    "ieer_news",
    "uner_ewt_dev",
    "uner_pud",
];

#[test]
fn scores_on_the_development_sets() {
    let mut table =
        String::from("# F1 in percent: strict spans, then each document's set of names\n");
    for file in FILES {
        let path = crate::shared().join(format!("data/ner/dev/{file}.tsv"));
        let text = fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
        let gold = TaggedText::parse(&text).expect("the development sets are well-formed");
        let scores = evaluate(&gold, Tagger::built_in());
        for (level, counts) in [("spans", scores.spans), ("sets", scores.names)] {
            write!(table, "{file:13} {level:6}").expect("strings take everything");
            for (class, counts) in SCORED.iter().zip(counts) {
                write!(table, " {} {:5.1}", class.code(), counts.f1() * 100.0)
                    .expect("strings take everything");
            }
            table.push('\n');
        }
    }
    expect_file!["../names/scores.txt"].assert_eq(&table);
}
