//! `newsdex search`: what a query finds, in which order and shape.

use expect_test::expect;
use serde_json::{Value, json};

use super::{Desk, keys, sorted, text};

/// The articles about land mines that name Amnesty International, as the truth has them.
const LAND_MINES: [&str; 5] = [
    "MW25062501",
    "MW25082703",
    "corpus/text/land-mines-reaction.txt",
    "hl-20250222-003",
    "https://eveningtribune.example/a/protest-shuts-arms-fair-after-fuse-maker-is-name",
];

#[test]
fn the_first_command_of_the_readme_finds_exactly_five_articles() {
    let desk = Desk::with_corpus();
    let search = ["search", "--corpus", "corpus", "\"land mines\""];
    let args = [&search[..], &["--org", "Amnesty International"]].concat();
    let first = desk.ok(&args).says("99 records = 99 added");
    assert!(
        first.stdout.starts_with("5 articles in "),
        "{}",
        first.shown()
    );
    let second = desk.ok(&args);
    assert_eq!(second.stderr, "", "nothing is told where nothing changed");
    assert!(
        second.stdout.starts_with("5 articles in "),
        "{}",
        second.shown()
    );
    let found = desk.ids(&["\"land mines\"", "--org", "Amnesty International"]);
    assert_eq!(sorted(found), LAND_MINES);
    assert_eq!(desk.articles(), 99);
}

#[test]
fn pretty_output_into_a_pipe() {
    let desk = Desk::empty();
    desk.write(
        "a.jsonl",
        json!({ "id": "a-1", "title": "Rights group faults land mines", "date": "2025-02-11",
            "body": "OSLO - “Land mines” were laid in a field.\n\nNobody would say by whom.",
            "source": "Evening Tribune", "people": ["Ann Berg"], "organizations": ["Amnesty International"] })
        .to_string(),
    );
    desk.write(
        "b.txt",
        format!(
            "{} A land mine is no toy.",
            "No headline here, only a lead. ".repeat(9)
        ),
    );
    desk.ok(&["ingest", "a.jsonl", "b.txt", "--no-names"]);
    let ran = desk.ok(&["search", "land OR \"land mines\""]);
    let (first, rest) = ran.stdout.split_once('\n').unwrap();
    let (before, after) = first.split_once(" in ").unwrap();
    let (_, after) = after.split_once(" ms").unwrap();
    let shown = format!("{before} in … ms{after}\n{rest}");
    expect![[r#"
        2 articles in … ms, read as: land OR "land mines"

        1. Rights group faults land mines
           2025-02-11 · Evening Tribune · 4 matches · a-1
           OSLO - “Land mines” were laid in a field. Nobody would say by whom.
           Ann Berg · Amnesty International

        2. No headline here, only a lead. No headline here, only a lead. No headline here, only a lead. No …
           1 match · b.txt
           A land mine is no toy.

    "#]].assert_eq(&shown);
}

#[test]
fn quotes_may_be_curly_and_words_need_none() {
    let desk = Desk::indexed();
    let straight = desk.ids(&["\"land mines\""]);
    assert!(straight.len() > 5, "{straight:?}");
    for typed in ["“land mines”", "„Land Mines“", "«LAND MINES»"] {
        assert_eq!(desk.ids(&[typed]), straight, "{typed}");
    }
    let together = desk.ids(&["land mines ferry"]);
    assert_eq!(desk.ids(&["land", "mines", "ferry"]), together);
    let possessive = desk.ids(&["\"Biden's decision\""]);
    assert_eq!(possessive, ["corpus/text/land-mines-reaction.txt"]);
    assert_eq!(desk.ids(&["“Biden’s decision”"]), possessive);
}

#[test]
fn a_name_filter_looks_for_words_or_for_the_whole_name() {
    let desk = Desk::indexed();
    let usa = desk.ids(&["--org", "=Amnesty International USA"]);
    let whole = desk.ids(&["--org", "=Amnesty International"]);
    let words = desk.ids(&["--org", "amnesty international"]);
    assert!(usa.iter().all(|id| words.contains(id)), "{usa:?} {words:?}");
    assert!(whole.iter().all(|id| words.contains(id)));
    assert_eq!(
        desk.ids(&["--org", "=AMNESTY international usa"]),
        usa,
        "case does not count"
    );
    assert_eq!(
        desk.ids(&["--org", "International Amnesty"]),
        Vec::<String>::new()
    );
    assert_eq!(desk.ids(&["--org", "=Amnesty"]), Vec::<String>::new());
    let in_query = desk.ids(&["org:=\"Amnesty International USA\""]);
    assert_eq!(sorted(in_query), sorted(usa));
}

#[test]
fn values_of_a_filter_are_alternatives_and_filters_narrow() {
    let desk = Desk::indexed();
    let find = |args: &[&str]| sorted(desk.ids(args));
    let ledger = find(&["--source", "Harbor Ledger"]);
    let wire = find(&["--source", "Meridian Wire"]);
    let both = find(&["--source", "Harbor Ledger", "--source", "meridian wire"]);
    assert_eq!(both, sorted([ledger.clone(), wire.clone()].concat()));
    let amnesty = find(&["--org", "Amnesty International"]);
    let narrowed = find(&[
        "--org",
        "Amnesty International",
        "--source",
        "Meridian Wire",
    ]);
    let expected: Vec<String> = wire.into_iter().filter(|id| amnesty.contains(id)).collect();
    assert_eq!(narrowed, expected);
    assert_eq!(narrowed.len(), 3);
    assert_eq!(
        find(&["--person", "Rosalind Achebe", "--place", "Ukraine"]),
        ["corpus/text/land-mines-reaction.txt"]
    );
    assert_eq!(find(&["--lang", "de"]).len(), 1);
}

#[test]
fn days_of_a_range_are_inside_it() {
    let desk = Desk::indexed();
    let day = "2025-02-22";
    let on_it = desk.ids(&["--from", day, "--to", day]);
    assert!(on_it.contains(&"hl-20250222-003".to_owned()), "{on_it:?}");
    assert!(!desk.ids(&["--from", "2025-02-23"]).contains(&on_it[0]));
    assert!(!desk.ids(&["--to", "2025-02-21"]).contains(&on_it[0]));
    assert_eq!(desk.ids(&["--from", "2030-01-01"]), Vec::<String>::new());
    desk.run(&["search", "x", "--from", "yesterday-ish"])
        .exits(2)
        .says("--from");
}

#[test]
fn articles_come_newest_or_oldest_first() {
    let desk = Desk::indexed();
    let published = |order: &str| -> Vec<Value> {
        let args = [
            "search", "*", "-n", "1000", "--format", "jsonl", "--sort", order,
        ];
        let rows = desk.ok(&args).rows();
        rows.into_iter()
            .map(|mut row| row["published"].take())
            .collect()
    };
    let day = |value: &Value| value.as_str().map(|date| date[..10].to_owned());
    let newest = published("newest");
    let dated: Vec<String> = newest.iter().filter_map(day).collect();
    assert_eq!((newest.len(), dated.len()), (99, 96));
    assert!(
        newest[96..].iter().all(Value::is_null),
        "those without a date come last"
    );
    assert!(dated.is_sorted_by(|a, b| a >= b), "{dated:?}");
    let oldest = published("oldest");
    let dated: Vec<String> = oldest.iter().filter_map(day).collect();
    assert!(oldest[96..].iter().all(Value::is_null));
    assert!(dated.is_sorted(), "{dated:?}");
}

#[test]
fn a_list_is_as_long_as_its_total_and_can_be_turned_like_pages() {
    let desk = Desk::indexed();
    for query in ["*", "port", "\"land mines\"", "the OR ferry", "NOT port"] {
        let all = desk.ids(&[query]);
        let count = desk.ok(&["search", query, "--count"]);
        assert_eq!(count.stdout, format!("{}\n", all.len()), "{query}");
        let reply = desk
            .ok(&["search", query, "--format", "json", "-n", "1"])
            .json();
        assert_eq!(reply["total"], all.len(), "{query}");
        let mut pages = Vec::new();
        for offset in (0..all.len()).step_by(7) {
            let offset = offset.to_string();
            let page = [
                "search", query, "--format", "jsonl", "-n", "7", "--offset", &offset,
            ];
            let rows = desk.ok(&page).rows();
            pages.extend(rows.iter().map(|row| text(&row["id"])));
        }
        assert_eq!(pages, all, "{query}");
    }
    assert_eq!(
        desk.ids(&["port", "--offset", "1000"]),
        Vec::<String>::new()
    );
}

#[test]
fn json_has_the_documented_shape() {
    let desk = Desk::indexed();
    let reply = desk
        .ok(&["search", "\"land mines\" of", "--format", "json"])
        .json();
    let outer = [
        "query", "parsed", "warnings", "total", "stories", "took_ms", "hits",
    ];
    assert_eq!(keys(&reply), outer);
    assert_eq!(reply["query"], "\"land mines\" of");
    assert_eq!(reply["parsed"], "\"land mines\" AND of");
    assert_eq!(keys(&reply["warnings"][0]), ["code", "message", "position"]);
    let hits = reply["hits"].as_array().unwrap();
    let inner = [
        "id",
        "score",
        "matches",
        "title",
        "lead",
        "published",
        "source",
        "url",
        "people",
        "organizations",
        "places",
        "snippet",
        "highlights",
        "explanation",
    ];
    for hit in hits {
        assert_eq!(keys(hit), inner);
        assert_eq!(keys(&hit["highlights"][0]), ["field", "start", "end"]);
        assert!(hit["score"].as_f64().unwrap() > 0.0);
    }
    let lines = desk.ok(&["search", "\"land mines\" of", "--format", "jsonl"]);
    assert_eq!(&lines.rows(), hits, "a line is a hit");
}

#[test]
fn a_place_is_marked_once_however_many_conditions_match_there() {
    let desk = Desk::indexed();
    for query in [
        "mines OR min* OR \"land mines\"",
        "port OR port OR =Port",
        "org:amnesty w/20 (mines OR mine*)",
    ] {
        let rows = desk
            .ok(&["search", query, "-n", "100", "--format", "jsonl"])
            .rows();
        for row in &rows {
            let marks = row["highlights"].as_array().unwrap();
            assert_eq!(row["matches"], marks.len(), "{query}: {row}");
            let shown = [
                "show",
                &text(&row["id"]),
                "--query",
                query,
                "--format",
                "json",
            ];
            assert_eq!(desk.ok(&shown).json()["highlights"], row["highlights"]);
        }
        assert!(!rows.is_empty(), "{query}");
    }
}

#[test]
fn highlights_are_bytes_of_the_article_as_shown() {
    let desk = Desk::indexed();
    let reply = desk.ok(&[
        "search",
        "\"anti-personnel land mines\" OR achebe",
        "--format",
        "json",
    ]);
    let reply = reply.json();
    let mut marked_anywhere = 0;
    for hit in reply["hits"].as_array().unwrap() {
        let shown = desk
            .ok(&["show", &text(&hit["id"]), "--format", "json"])
            .json();
        let mut spans: Vec<(String, usize, usize)> = Vec::new();
        for place in hit["highlights"].as_array().unwrap() {
            let (start, end) = (&place["start"], &place["end"]);
            let bytes = start.as_u64().unwrap() as usize..end.as_u64().unwrap() as usize;
            let field = text(&place["field"]);
            let marked = text(&shown[&field])[bytes.clone()].to_lowercase();
            let is_right = marked == "achebe" || marked == "anti-personnel land mines";
            assert!(is_right, "{marked:?} of {}", hit["id"]);
            spans.push((field, bytes.start, bytes.end));
        }
        marked_anywhere += spans.len();
        spans.sort();
        spans.dedup();
        assert_eq!(hit["matches"], spans.len(), "{}", hit["id"]);
        assert!(text(&shown["body"]).contains(&text(&hit["snippet"])));
    }
    assert!(marked_anywhere > 5);
}

#[test]
fn the_exit_status_says_whether_there_were_hits() {
    let desk = Desk::indexed();
    desk.ok(&["search", "port"]);
    desk.run(&["search", "zyxwvut"]).exits(1);
    desk.run(&["search", "zyxwvut", "--count"]).exits(1);
    desk.run(&["search", "(port"]).exits(2);
    desk.run(&["search"]).exits(2).says("there is no query");
    desk.run(&["search", "port", "--no-such-flag"]).exits(2);
}

#[test]
fn without_an_index_it_says_how_to_make_one() {
    let desk = Desk::empty();
    expect![[r#"
        --- stderr
        newsdex: no index in index; make one with `newsdex ingest PATH`, or name another with -i DIR
        --- exit 2
    "#]]
    .assert_eq(&desk.run(&["search", "port"]).exits(2).shown());
    assert!(!desk.path("index").exists(), "a search makes nothing");
}

#[test]
fn what_cannot_be_read_is_pointed_at() {
    let desk = Desk::indexed();
    let refused = |query: &str| desk.run(&["search", query]).exits(2).stderr;
    expect![[r#"
        newsdex: cannot read the query: there is no field orgg; did you mean org?
          strike orgg:bbc
                 ^^^^^
          hint: fields are title, lead, body, hlead, person, org, place, source, author, date, lang, section, topic, tag, exchange, type, url, id, words; words with a colon need quotes around them
    "#]].assert_eq(&refused("strike orgg:bbc"));
    expect![[r#"
        newsdex: cannot read the query: the quote that opens here is never closed
          "land mines
          ^
          hint: close it with ", or leave the mark out
    "#]]
    .assert_eq(&refused("\"land mines"));
    for (query, reason) in [
        (
            "bribe w/5 (mayor town)",
            "AND and NOT say nothing about places in a text",
        ),
        ("wolf~3", "a fuzzy word ends with ~1 or ~2"),
        (
            "org:\"land mines\"~5",
            "only phrases of headline and text can be loose",
        ),
        ("mines w/999 war", "a distance is a number from 1 to 255"),
    ] {
        let stderr = refused(query);
        assert!(stderr.contains(reason), "{query}: {stderr}");
    }
}

#[test]
fn names_have_places_that_words_are_near() {
    let desk = Desk::indexed();
    let near = desk.ids(&["mines w/20 org:\"Amnesty International\""]);
    assert!(!near.is_empty());
    let both = desk.ids(&["mines org:\"Amnesty International\""]);
    assert!(near.iter().all(|id| both.contains(id)), "{near:?} {both:?}");
    let rows = desk
        .ok(&["search", "mine* pre/s org:amnesty", "--format", "jsonl"])
        .rows();
    for row in rows {
        assert!(row["matches"].as_u64() >= Some(2), "{row}");
    }
}

#[test]
fn expanding_ranks_anew_and_finds_the_same() {
    let desk = Desk::indexed();
    let plain = desk.ids(&["land mines"]);
    let expanded = desk.ids(&["land mines", "--expand"]);
    assert_ne!(plain, expanded);
    assert_eq!(super::sorted(plain), super::sorted(expanded));
    let filtered = ["land OR mines", "--org", "amnesty"];
    let plain = desk.ids(&filtered);
    let expanded = desk.ids(&[&filtered[..], &["--expand"]].concat());
    assert_eq!(super::sorted(plain), super::sorted(expanded));
    let rows = desk
        .ok(&["search", "mines", "--expand", "--format", "jsonl"])
        .rows();
    let added = |part: &serde_json::Value| super::text(&part["text"]).starts_with('+');
    for row in rows {
        let parts = row["explanation"].as_array().unwrap();
        assert_eq!(parts.iter().filter(|part| added(part)).count(), 20, "{row}");
    }
}

#[test]
fn a_query_that_takes_too_long_says_so() {
    let desk = Desk::indexed();
    desk.run(&["search", "the w/5 of", "--time-limit", "0"])
        .exits(2)
        .says("the query was given up after 0 s");
}

#[test]
fn wildcards_stand_for_thousands_of_words() {
    let desk = Desk::empty();
    let mut lines = String::new();
    for (id, letter, words) in [("some", 'v', 9_000), ("many", 'w', 17_000)] {
        let body: Vec<String> = (0..words)
            .map(|n| format!("{letter}{n:05} harbor"))
            .collect();
        let row = serde_json::json!({ "id": id, "title": "List", "body": body.join(" ") });
        lines += &format!("{row}\n");
    }
    desk.write("in.jsonl", lines);
    desk.ok(&["ingest", "--no-names", "in.jsonl"]);
    assert_eq!(desk.ids(&["v*"]), ["some"]);
    assert_eq!(desk.ids(&["v07* w/2 harbor"]), ["some"]);
    for (query, reason) in [
        (
            "w*",
            "w* stands for more than 16384 words; write more of its letters",
        ),
        (
            "v* w/2 harbor",
            "v* stands for more than 8192 words, too many to look for their places",
        ),
        ("lead:v*", "too many to look for their places"),
    ] {
        desk.run(&["search", query]).exits(2).says(reason);
    }
}

#[test]
fn color_is_for_terminals_and_for_those_who_ask() {
    let desk = Desk::indexed();
    let is_colored = |args: &[&str], variable: Option<(&str, &str)>| {
        let mut command = desk.command(args);
        command.envs(variable);
        let ran = super::Ran::of(command).exits(0);
        ran.stdout.contains('\u{1b}')
    };
    let plain = ["search", "port"];
    let always = ["search", "port", "--color", "always"];
    let never = ["search", "port", "--color", "never"];
    assert!(!is_colored(&plain, None), "a pipe has no colors");
    assert!(is_colored(&always, None));
    assert!(!is_colored(&never, None));
    assert!(!is_colored(&plain, Some(("NO_COLOR", "1"))));
    assert!(!is_colored(
        &["search", "port", "--format", "json", "--color", "always"],
        None
    ));
}

#[test]
fn tables_have_a_header_and_one_row_an_article() {
    let desk = Desk::indexed();
    let filter = ["\"land mines\"", "--org", "=Amnesty International USA"];
    let table = |format: &str| desk.ok(&[&["search", "--format", format], &filter[..]].concat());
    let header = "rank,id,score,matches,published,source,title,people,organizations,url,snippet";
    let csv = table("csv").stdout;
    assert_eq!(csv.lines().next(), Some(header));
    assert!(csv.ends_with("\r\n"));
    let tsv = table("tsv").stdout;
    assert_eq!(tsv.lines().next(), Some(&*header.replace(',', "\t")));
    let rows: Vec<Vec<&str>> = tsv.lines().map(|row| row.split('\t').collect()).collect();
    assert!(rows.iter().all(|row| row.len() == 11), "{tsv}");
    assert_eq!(rows.len() - 1, desk.ids(&filter).len());
}

#[test]
fn provenance_chooses_the_names_that_filters_look_at() {
    let desk = Desk::indexed();
    let find = |which: &str| sorted(desk.ids(&["--org", "Amnesty", "--provenance", which]));
    let (gold, extracted, any) = (find("gold"), find("extracted"), find("any"));
    let mut both = [gold.clone(), extracted].concat();
    both = sorted(both);
    both.dedup();
    assert_eq!(any, both);
    assert!(!gold.is_empty() && gold.len() < any.len());
}

#[test]
fn a_score_is_the_sum_of_its_explanation() {
    let desk = Desk::indexed();
    desk.ok(&["search", "ferry rocks", "--explain"]);
    let reply = desk
        .ok(&["search", "ferry rocks", "--format", "json", "--explain"])
        .json();
    for hit in reply["hits"].as_array().unwrap() {
        let parts = hit["explanation"].as_array().unwrap();
        let sum: f64 = parts
            .iter()
            .map(|part| part["score"].as_f64().unwrap())
            .sum();
        assert!((sum - hit["score"].as_f64().unwrap()).abs() < 1e-9);
    }
}

#[test]
fn a_phrase_in_the_headline_comes_first() {
    let desk = Desk::empty();
    let more = "harbour strike ".repeat(30);
    let row = |id: &str, title: &str, body: &str| {
        serde_json::json!({ "id": id, "title": title, "body": body }).to_string() + "\n"
    };
    // Each file is committed on its own, so that it becomes a segment.
    desk.write("a.jsonl", row("often", "Ferries late", &more));
    desk.ingest(&["a.jsonl"]);
    let words = "Long after the news of the day. ".repeat(20);
    desk.write("b.jsonl", row("headline", "A harbour strike ends", &words));
    desk.ingest(&["b.jsonl"]);
    let apart = "In the harbour all is quiet. Nobody thinks of a strike.";
    desk.write("c.jsonl", row("apart", "Quiet", apart));
    desk.ingest(&["c.jsonl"]);
    for query in [
        "harbour strike",
        "\"harbour strike\"",
        "\"harbour strike\" a*",
    ] {
        for limit in ["1", "10"] {
            let found = desk
                .ok(&["search", query, "-n", limit, "--format", "json"])
                .json();
            assert_eq!(found["hits"][0]["id"], "headline", "{query} {limit}");
            for hit in found["hits"].as_array().unwrap() {
                let parts = hit["explanation"].as_array().unwrap().iter();
                let sum: f64 = parts.map(|part| part["score"].as_f64().unwrap()).sum();
                let score = hit["score"].as_f64().unwrap();
                assert!((sum - score).abs() < 1e-9, "{query}: {hit}");
            }
        }
    }
    assert_eq!(
        desk.ids(&["harbour strike"]),
        ["headline", "often", "apart"]
    );
    assert_eq!(desk.ids(&["body:\"harbour strike\""]), ["often"]);
    assert_eq!(desk.ids(&["harbour OR strike"])[0], "often");
}

#[test]
fn the_best_come_first_however_few_are_shown() {
    let desk = Desk::empty();
    let row = |id: &str, body: &str| {
        serde_json::json!({ "id": id, "title": "", "body": body }).to_string() + "\n"
    };
    let mut rows = row("often", &"ferry ".repeat(9));
    rows += &row("both", &("ferry harbour ".to_owned() + &"quiet ".repeat(9)));
    for number in 0..9 {
        rows += &row(&number.to_string(), "a ferry, and nothing else of note");
    }
    desk.write("a.jsonl", rows);
    desk.ingest(&["a.jsonl"]);
    // It matches for its ferry, and its harbour is one of the query's words all the same.
    for query in [
        "(harbour AND strike) OR ferry",
        "(harbour w/3 strike) OR ferry",
        "=Harbour OR ferry",
        "\"harbour strike\"~3 OR ferry",
        "atleast1((harbour w/3 strike) OR ferry)",
    ] {
        for limit in ["1", "3", "20"] {
            let found = desk.ok(&["search", query, "-n", limit, "--format", "json"]);
            assert_eq!(found.json()["hits"][0]["id"], "both", "{query} {limit}");
        }
    }
}

#[test]
fn older_articles_may_count_less() {
    let desk = Desk::empty();
    let row = |id: &str, date: &str, body: &str| {
        serde_json::json!({ "id": id, "title": "", "date": date, "body": body }).to_string() + "\n"
    };
    let rows = [
        row("old", "2020-01-01", "Ferry, ferry."),
        row("new", "2020-03-01", "Ferry it was."),
        row("none", "", "Ferry, ferry."),
    ];
    desk.write("a.jsonl", rows.concat());
    desk.ingest(&["a.jsonl"]);
    assert_eq!(desk.ids(&["ferry"]), ["none", "old", "new"]);
    let by_age = ["new", "old", "none"];
    assert_eq!(desk.ids(&["ferry", "--recency", "30d"]), by_age);
    assert_eq!(desk.ids(&["\"ferry\"", "--recency", "1m"]), by_age);
    assert_eq!(
        desk.ids(&["ferry", "--recency", "100y"]),
        ["old", "new", "none"]
    );
    let hit = |flags: &[&str]| {
        let args = [&["search", "ferry", "--format", "json"], flags].concat();
        let reply = desk.ok(&args).json();
        let hits = reply["hits"].as_array().unwrap();
        let old = hits.iter().find(|hit| hit["id"] == "old").unwrap().clone();
        let parts = old["explanation"].as_array().unwrap().iter();
        let sum: f64 = parts.map(|part| part["score"].as_f64().unwrap()).sum();
        let score = old["score"].as_f64().unwrap();
        assert!((sum - score).abs() < 1e-9, "{old}");
        score
    };
    // The old article is sixty days older than the newest.
    let (plain, aged) = (hit(&[]), hit(&["--recency", "30d"]));
    assert!((aged - plain / 4.0).abs() < 1e-9, "{aged} of {plain}");
    desk.run(&["search", "ferry", "--recency", "soon"]).exits(2);
}

#[test]
fn output_may_go_to_a_file() {
    let desk = Desk::with_corpus();
    desk.ok(&["ingest", "corpus/text", "--no-names"]);
    let printed = desk.ok(&["search", "port", "--format", "jsonl"]).stdout;
    let ran = desk.ok(&["search", "port", "--format", "jsonl", "-o", "hits.jsonl"]);
    assert_eq!(ran.stdout, "");
    assert_eq!(
        std::fs::read_to_string(desk.path("hits.jsonl")).unwrap(),
        printed
    );
}
