//! What a query that found nothing, or has an unknown word, is answered with.

use serde_json::{Value, json};

use super::{Desk, text};

fn help(desk: &Desk, search: &[&str]) -> Value {
    let args = [&["search", "--format", "json"], search].concat();
    desk.run(&args).json()["help"].clone()
}

fn count(desk: &Desk, query: &str) -> Value {
    let ran = desk.run(&["search", "--count", query]);
    json!(ran.stdout.trim().parse::<u64>().unwrap())
}

#[test]
fn an_unknown_word_is_answered_with_a_known_one() {
    let desk = Desk::indexed();
    for (query, written, meant, corrected) in [
        ("mnes", "mnes", "mines", "mines"),
        ("\"land mnes\"", "mnes", "mines", "\"land mines\""),
        ("fery AND port", "fery", "ferry", "ferry AND port"),
        (
            "org:amnesti",
            "amnesti",
            "Amnesty International",
            "org:\"Amnesty International\"",
        ),
    ] {
        let help = help(&desk, &[query]);
        let first = &help["did_you_mean"][0];
        assert_eq!(
            (text(&first["written"]), text(&first["meant"])),
            (written.into(), meant.into()),
            "{query}"
        );
        assert!(first["articles"].as_u64() > Some(0));
        assert_eq!(
            text(&help["corrected"]["query"]).replace('"', ""),
            corrected.replace('"', ""),
            "{query}"
        );
        assert_eq!(
            help["corrected"]["articles"],
            count(&desk, &text(&help["corrected"]["query"]))
        );
    }
    let filtered = help(
        &desk,
        &["ferry", "--org", "Corvain", "--source", "Evning Tribune"],
    );
    let meant: Vec<String> = filtered["did_you_mean"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| text(&one["meant"]))
        .collect();
    assert_eq!(meant, ["Corvane Shipping", "Evening Tribune"]);
    // Known words, other forms of them, and gibberish are left alone.
    for query in ["ferries", "port", "qqqqqqq"] {
        let help = help(&desk, &[query]);
        assert!(
            help.is_null() || help["did_you_mean"] == json!([]),
            "{query}: {help}"
        );
    }
    // What nothing is like is told too.
    for (query, unknown) in [
        ("qqqqqqq", json!(["qqqqqqq"])),
        ("title:qqqqqqq OR qqqqqqq", json!(["qqqqqqq"])),
        ("qqqqqqq OR port", json!(null)),
        ("org:qqqqqqq", json!(["org:qqqqqqq"])),
        ("port -qqqqqqq", json!(null)),
        ("ferries", json!(null)),
        ("mnes", json!([])),
    ] {
        assert_eq!(help(&desk, &[query])["unknown"], unknown, "{query}");
    }
    let shown = desk.run(&["search", "qqqqqqq"]).exits(1).stdout;
    assert!(
        shown.ends_with("\n\nno article has qqqqqqq, nor anything like it\n"),
        "{shown}"
    );
    // A word that is unknown is told even where others find something.
    let or = desk.ok(&["search", "mnes OR port", "-n", "1"]).stdout;
    assert!(
        or.contains("no article has mnes; did you mean mines ("),
        "{or}"
    );
    assert!(or.contains("  mines OR port "), "{or}");
}

#[test]
fn nothing_found_says_which_part_and_what_would_find_something() {
    let desk = Desk::indexed();
    let queries: [&[&str]; 5] = [
        &["ferry zzzz lighthouse"],
        &["\"Kestrel ferry\" port"],
        &["mayor w/2 ferry"],
        &["=FERRY strike"],
        &[
            "ferry",
            "--org",
            "Amnesty International",
            "--from",
            "2024-01-01",
        ],
    ];
    for query in queries {
        let help = help(&desk, query);
        for part in help["parts"].as_array().into_iter().flatten() {
            assert_eq!(
                part["articles"],
                count(&desk, &text(&part["query"])),
                "{part}"
            );
        }
        let relaxations = help["relaxations"]
            .as_array()
            .unwrap_or_else(|| panic!("{query:?}: {help}"));
        assert!(!relaxations.is_empty(), "{query:?}: {help}");
        for one in relaxations {
            assert_eq!(one["articles"], count(&desk, &text(&one["query"])), "{one}");
            assert!(one["articles"].as_u64() > Some(0));
        }
    }
    for query in [
        "ferry zzzz",
        "ferry w/3 zzzz",
        "atleast2(ferry w/s zzzz)",
        "\"ferry zzzz\"",
    ] {
        let shown = desk.run(&["search", query]).exits(1).stdout;
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines[0].starts_with("No article in "));
        assert_eq!(
            lines[2..],
            [
                "each part alone",
                "       10  ferry",
                "        0  zzzz",
                "",
                "what would find something",
                "       10  ferry (without zzzz)",
            ],
            "{query}"
        );
    }
}

#[test]
fn days_that_no_article_has_are_answered_with_those_there_are() {
    let desk = Desk::indexed();
    let stats = desk.ok(&["stats", "--format", "json"]).json();
    let (first, last) = (text(&stats["first_day"]), text(&stats["last_day"]));
    for (query, is_missed) in [
        ("date:1850", true),
        ("port date:1850", true),
        ("port date:>2090-01-01", true),
        ("port -date:1850", false),
        (&format!("zzzz date:{first}..{last}"), false),
    ] {
        let help = help(&desk, &[query]);
        let days = is_missed.then(|| json!([first, last]));
        let found =
            (!help["first_day"].is_null()).then(|| json!([help["first_day"], help["last_day"]]));
        assert_eq!(found, days, "{query}: {help}");
    }
    let shown = desk.run(&["search", "date:1850"]).exits(1).stdout;
    let expected = format!("\n\narticles are dated {first} to {last}\n");
    assert!(shown.ends_with(&expected), "{shown}");
}

#[test]
fn programs_that_read_hits_are_not_helped() {
    let desk = Desk::indexed();
    for format in ["jsonl", "csv", "tsv"] {
        let shown = desk
            .run(&["search", "mnes", "--format", format])
            .exits(1)
            .stdout;
        assert!(!shown.contains("mines"), "{shown}");
    }
    assert_eq!(desk.run(&["search", "mnes", "--count"]).stdout, "0\n");
    assert!(help(&desk, &["port"]).is_null());
}
