//! That the register acts at once and everywhere alike, and is undone exactly.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use crate::{Desk, Ran, article, keys, sorted, text, texts};

/// Records that bring their names along, so that no model has a say.
fn desk() -> Desk {
    let desk = Desk::empty();
    let mut lines = String::new();
    for (id, organizations, people) in [
        ("1", &["BBC"][..], &["Ann Berg"][..]),
        (
            "2",
            &["BBC", "British Broadcasting Corporation"],
            &["Ann Berg"],
        ),
        ("3", &["British Broadcasting Corporation"], &["Jo Ek"]),
        ("4", &["British Council"], &["Jo Ek", "Ann Berg"]),
        ("5", &["Wednesday", "NTF"], &["NTF"]),
        ("6", &["NTF"], &[]),
    ] {
        let record = json!({
            "id": id, "title": format!("Story {id}"), "body": "Of the BBC and others.",
            "published": format!("2024-0{id}-05"),
            "organizations": organizations, "people": people,
        });
        lines += &format!("{record}\n");
    }
    desk.write("in/a.jsonl", lines);
    desk.ingest(&["in"]);
    desk
}

/// Returns how many articles have an organization, as the list, a filter, the hits and
/// the statistics have it; all must agree.
#[track_caller]
fn articles_of(desk: &Desk, name: &str) -> u64 {
    let list = desk.run(&[
        "entities", "list", "--kind", "org", "-n", "1000", "--format", "json",
    ]);
    let list: Value = list.json();
    let listed = list
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["name"] == name);
    let listed = listed.map_or(0, |row| row["articles"].as_u64().unwrap());
    let filter = format!("={name}");
    let filtered = desk.ids(&["--org", &filter]);
    let hits = desk
        .ok(&["search", "*", "-n", "1000", "--format", "jsonl"])
        .rows();
    let shown = hits
        .iter()
        .filter(|hit| texts(&hit["organizations"]).iter().any(|one| one == name));
    assert_eq!(
        (filtered.len() as u64, shown.count() as u64),
        (listed, listed),
        "{name}"
    );
    listed
}

#[test]
fn merging_counts_the_union_everywhere_and_undo_takes_it_back_to_the_byte() {
    let desk = desk();
    let everything = |desk: &Desk| {
        let shown: Vec<String> = [
            &["search", "*", "--format", "jsonl"][..],
            &["entities", "list", "--format", "json"],
            &["stats"],
            &["show", "2"],
        ]
        .iter()
        .map(|args| desk.ok(args).stdout)
        .collect();
        shown.join("\n")
    };
    let size = |text: &str| {
        text.lines()
            .filter(|line| !line.starts_with("size"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let before = everything(&desk);
    assert_eq!(
        (
            articles_of(&desk, "BBC"),
            articles_of(&desk, "British Broadcasting Corporation")
        ),
        (2, 2)
    );
    let merged = desk.ok(&[
        "entities",
        "merge",
        "BBC",
        "British Broadcasting Corporation",
    ]);
    merged.says("BBC (organization): 3 articles; BBC 2, British Broadcasting Corporation 2");
    assert_eq!(articles_of(&desk, "BBC"), 3);
    let listed = desk.ok(&["entities", "list"]).stdout;
    assert!(
        listed.contains("BBC organization = British Broadcasting Corporation"),
        "{listed}"
    );
    // Any of its names finds it, and words of one name find the articles of the other.
    for filter in [
        "bbc",
        "=British Broadcasting Corporation",
        "broadcasting corporation",
    ] {
        assert_eq!(
            sorted(desk.ids(&["--org", filter])),
            ["1", "2", "3"],
            "{filter}"
        );
    }
    assert_eq!(sorted(desk.ids(&["org:british"])), ["1", "2", "3", "4"]);
    let file = fs::read_to_string(desk.path("index/entities.toml")).unwrap();
    desk.ok(&["entities", "rename", "bbc", "The Beeb"]);
    assert_eq!(articles_of(&desk, "The Beeb"), 3);
    desk.ok(&["entities", "undo"])
        .says("undone: rename BBC to The Beeb");
    assert_eq!(
        fs::read_to_string(desk.path("index/entities.toml")).unwrap(),
        file
    );
    desk.ok(&["entities", "undo"]);
    assert!(!desk.path("index/entities.toml").exists());
    assert_eq!(size(&everything(&desk)), size(&before));
    desk.run(&["entities", "undo"])
        .exits(2)
        .says("there is nothing to undo");
}

#[test]
fn what_is_hidden_is_nowhere_and_comes_back() {
    let desk = desk();
    desk.ok(&["entities", "hide", "Wednesday"])
        .says("hidden: Wednesday");
    assert_eq!(articles_of(&desk, "Wednesday"), 0);
    // Nor is it what was meant.
    let shown = desk.run(&["search", "org:wednesday"]).exits(1).stdout;
    let expected = ["", "no article has org:wednesday, nor anything like it"];
    assert_eq!(shown.lines().skip(1).collect::<Vec<_>>(), expected);
    let hidden = desk
        .ok(&["entities", "list", "--hidden", "--format", "json"])
        .json();
    assert_eq!(
        texts(&json!(
            hidden
                .as_array()
                .unwrap()
                .iter()
                .map(|row| &row["name"])
                .collect::<Vec<_>>()
        )),
        ["Wednesday"]
    );
    desk.ok(&["entities", "hide", "--off", "Wednesday"]);
    assert_eq!(articles_of(&desk, "Wednesday"), 1);
    // Hiding one name leaves others with its words.
    desk.ok(&["entities", "hide", "British Council"]);
    assert_eq!(sorted(desk.ids(&["org:british"])), ["2", "3"]);
}

#[test]
fn names_are_split_off_again() {
    let desk = desk();
    desk.ok(&[
        "entities",
        "merge",
        "BBC",
        "British Broadcasting Corporation",
        "British Council",
    ]);
    assert_eq!(articles_of(&desk, "BBC"), 4);
    desk.ok(&["entities", "split", "British Council"])
        .says("split British Council from BBC");
    assert_eq!(
        (
            articles_of(&desk, "BBC"),
            articles_of(&desk, "British Council")
        ),
        (3, 1)
    );
}

#[test]
fn a_kind_is_corrected() {
    let desk = desk();
    let several = desk.run(&["entities", "show", "NTF"]).exits(2);
    several.says("--kind organization (2 articles) or --kind person (1 article)");
    desk.ok(&[
        "entities",
        "merge",
        "org:NTF",
        "person:NTF",
        "--kind",
        "organization",
    ]);
    assert_eq!(articles_of(&desk, "NTF"), 2);
    desk.run(&["search", "person:ntf"]).exits(1);
    let shown = desk.ok(&["show", "5", "--format", "json"]).json();
    assert_eq!(texts(&shown["people"]), [""; 0]);
    assert_eq!(sorted(texts(&shown["organizations"])), ["NTF", "Wednesday"]);
}

#[test]
fn a_fault_in_the_file_is_placed_and_leaves_the_old_state_in_force() {
    let desk = desk();
    desk.ok(&[
        "entities",
        "merge",
        "BBC",
        "British Broadcasting Corporation",
    ]);
    assert_eq!(articles_of(&desk, "BBC"), 3);
    let good = fs::read_to_string(desk.path("index/entities.toml")).unwrap();
    for (fault, place) in [
        (format!("{good}\n[[entity]\n"), "line 6"),
        (
            format!("{good}\n[[entity]]\nname = \"BBC\"\nkind = \"organization\"\n"),
            "line 7, column 8",
        ),
    ] {
        desk.write("index/entities.toml", &fault);
        // Asked twice: the second answer comes from what the first one kept.
        for _ in 0..2 {
            let search = desk.ok(&["search", "--org", "=BBC", "--count"]);
            assert_eq!(search.stdout, "3\n");
            search
                .says("cannot read entities.toml")
                .says(place)
                .says("last good state");
        }
        desk.run(&["entities", "hide", "NTF", "--kind", "org"])
            .exits(2)
            .says(place);
        desk.run(&["entities", "undo"])
            .exits(2)
            .says("edited by hand");
        assert_eq!(
            fs::read_to_string(desk.path("index/entities.toml")).unwrap(),
            fault
        );
    }
    let reply = desk.ok(&["search", "*", "--format", "json"]).json();
    assert_eq!(reply["warnings"][0]["code"], "register");
    desk.write("index/entities.toml", &good);
    assert_eq!(desk.ok(&["search", "--org", "=BBC", "--count"]).stderr, "");
}

#[test]
fn the_file_is_edited_by_hand_and_survives_reingest() {
    let desk = desk();
    let by_hand = "# Ours.\n[[entity]]\nname = 'Broadcaster'   # short\nkind = \"organization\"\naliases = [\"bbc\", \"British Broadcasting Corporation\"]\n";
    desk.write("index/entities.toml", by_hand);
    assert_eq!(articles_of(&desk, "Broadcaster"), 3);
    desk.write(
        "in/b.jsonl",
        format!(
            "{}\n",
            json!({"id": "7", "title": "x", "body": "y", "organizations": ["B.B.C."]})
        ),
    );
    desk.ingest(&["in"]);
    assert_eq!(articles_of(&desk, "Broadcaster"), 4);
    assert_eq!(
        fs::read_to_string(desk.path("index/entities.toml")).unwrap(),
        by_hand
    );
    desk.ok(&["entities", "merge", "Broadcaster", "NTF", "--kind", "org"]);
    let edited = fs::read_to_string(desk.path("index/entities.toml")).unwrap();
    assert!(
        edited.starts_with("# Ours.\n[[entity]]\nname = 'Broadcaster'   # short\n"),
        "{edited}"
    );
    // A register may wait for its articles, and works in another folder.
    desk.write("new/entities.toml", by_hand);
    desk.ingest(&["-i", "new", "in"]);
    assert_eq!(
        desk.ok(&["search", "-i", "new", "--org", "=bbc", "--count"])
            .stdout,
        "4\n"
    );
}

#[test]
fn variants_are_united_by_themselves_unless_the_register_is_against_it() {
    let desk = Desk::empty();
    let mut lines = String::new();
    for (id, name) in [
        ("1", "Kestrel Aviation Inc."),
        ("2", "Kestrel Aviation"),
        ("3", "Kestrel Aviation"),
    ] {
        // Names as an earlier run of newsdex found them, so that no model decides here.
        let names = json!([{"kind": "organization", "name": name, "provenance": "extracted"}]);
        let body = format!("The mayor praised {name} on Monday.");
        let line = json!({"id": id, "title": "Airport opens", "body": body, "names": names});
        lines += &format!("{line}\n");
    }
    desk.write("in/a.jsonl", lines);
    desk.ingest(&["in"]);
    assert_eq!(
        articles_of(&desk, "Kestrel Aviation"),
        3,
        "{}",
        desk.ok(&["entities", "list"]).shown()
    );
    let shown = desk.ok(&["entities", "show", "Kestrel Aviation Inc."]);
    assert!(shown.stdout.contains("legal form"), "{}", shown.shown());
    desk.ok(&["entities", "split", "Kestrel Aviation Inc."]);
    assert_eq!(articles_of(&desk, "Kestrel Aviation"), 2);
    assert_eq!(
        sorted(desk.ids(&["--org", "=Kestrel Aviation Inc."])),
        ["1"]
    );
}

#[test]
fn marks_stand_on_all_names_of_an_entity() {
    let desk = Desk::indexed();
    let hits = desk
        .ok(&[
            "search",
            "org:=\"Amnesty International\"",
            "--format",
            "jsonl",
        ])
        .rows();
    assert!(hits.len() > 2);
    for hit in hits {
        let article = desk
            .ok(&["show", &text(&hit["id"]), "--format", "json"])
            .json();
        let marked: BTreeSet<String> = hit["highlights"]
            .as_array()
            .unwrap()
            .iter()
            .map(|mark| {
                let field = text(&article[text(&mark["field"])]);
                field[mark["start"].as_u64().unwrap() as usize
                    ..mark["end"].as_u64().unwrap() as usize]
                    .to_owned()
            })
            .collect();
        assert!(
            !marked.is_empty()
                && marked
                    .iter()
                    .all(|name| name.to_lowercase().contains("amnesty")),
            "{marked:?}"
        );
    }
}

#[test]
fn mistakes_are_answered_with_what_is_near() {
    let desk = desk();
    desk.run(&["entities", "show", "British Counsil"])
        .exits(2)
        .says("did you mean British Council (organization, 1 article)?");
    desk.run(&["entities", "merge", "BBC", "zzyzx"])
        .exits(2)
        .says("no article names \"zzyzx\"");
    desk.run(&["entities", "rename", "BBC", "British Council"])
        .exits(2)
        .says("entities merge");
    desk.run(&["entities", "split", "BBC"])
        .exits(2)
        .says("has no other name");
    assert!(!desk.path("index/entities.toml").exists());
}

#[test]
fn registers_travel() {
    let desk = desk();
    desk.ok(&[
        "entities",
        "merge",
        "BBC",
        "British Broadcasting Corporation",
    ]);
    let exported = desk.ok(&["entities", "export"]).stdout;
    desk.ok(&["entities", "undo"]);
    desk.run_with_input(&["entities", "import", "-"], exported.as_bytes())
        .exits(0)
        .says("imported: 1 entry");
    assert_eq!(articles_of(&desk, "BBC"), 3);
    let rows = desk.ok(&["entities", "export", "--format", "json"]).json();
    assert_eq!(
        keys(&rows[0]),
        [
            "kind",
            "name",
            "aliases",
            "taken_for",
            "hide",
            "not_same_as",
            "notes"
        ]
    );
    let csv = desk.ok(&["entities", "export", "--format", "csv"]).stdout;
    assert!(
        csv.contains("organization,BBC,British Broadcasting Corporation,false"),
        "{csv}"
    );
}

#[test]
fn a_dry_run_changes_nothing() {
    let desk = desk();
    let dry = desk.ok(&[
        "entities",
        "merge",
        "BBC",
        "NTF",
        "--kind",
        "org",
        "--dry-run",
    ]);
    assert_eq!(
        dry.stdout,
        "+[[entity]]\n+name = \"BBC\"\n+kind = \"organization\"\n+aliases = [\"NTF\"]\n"
    );
    assert!(!desk.path("index/entities.toml").exists());
}

#[test]
fn company_is_counted_and_exported() {
    let desk = Desk::indexed();
    let profile = desk
        .ok(&[
            "entities",
            "show",
            "Amnesty International",
            "--format",
            "json",
        ])
        .json();
    let articles = profile["articles"].as_u64().unwrap();
    let filtered = desk.ids(&["--org", "=Amnesty International"]);
    assert_eq!(articles, filtered.len() as u64);
    for one in profile["organizations"].as_array().unwrap() {
        let both = desk.ids(&[&format!(
            "org:=\"Amnesty International\" org:=\"{}\"",
            text(&one["name"])
        )]);
        assert_eq!(one["together"], both.len() as u64, "{one}");
    }
    let network: Ran = desk.ok(&[
        "entities",
        "network",
        "--org",
        "Amnesty International",
        "--format",
        "json",
    ]);
    let network = network.json();
    assert_eq!(network["nodes"][0]["name"], "Amnesty International");
    for edge in network["edges"].as_array().unwrap() {
        let end = |key: &str| {
            let node = &network["nodes"][edge[key].as_u64().unwrap() as usize];
            let field = if node["kind"] == "person" {
                "person"
            } else {
                "org"
            };
            format!("{field}:=\"{}\"", text(&node["name"]))
        };
        let both = desk.ids(&[&format!("{} {}", end("source"), end("target"))]);
        assert_eq!(edge["together"], both.len() as u64, "{edge}");
    }
    let gexf = desk
        .ok(&["entities", "network", "--org", "Amnesty International"])
        .stdout;
    let (labels, weights) = read_gexf(&gexf);
    let listed = |key: &str| network[key].as_array().unwrap().clone();
    let names: Vec<String> = listed("nodes")
        .iter()
        .map(|node| text(&node["name"]))
        .collect();
    assert_eq!(labels, names);
    let together: Vec<f64> = listed("edges")
        .iter()
        .filter_map(|edge| edge["together"].as_f64())
        .collect();
    assert_eq!(weights, together);
    let csv = desk.ok(&[
        "entities",
        "network",
        "--org",
        "Amnesty International",
        "--format",
        "csv",
    ]);
    assert_eq!(
        csv.stdout.lines().count(),
        1 + network["edges"].as_array().unwrap().len()
    );
}

/// Returns the labels of the nodes and the weights of the edges of a GEXF file.
fn read_gexf(gexf: &str) -> (Vec<String>, Vec<f64>) {
    use quick_xml::XmlVersion;
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(gexf);
    let (mut labels, mut weights) = (Vec::new(), Vec::new());
    loop {
        let event = reader.read_event().unwrap();
        let (Event::Start(tag) | Event::Empty(tag)) = &event else {
            match event {
                Event::Eof => return (labels, weights),
                _ => continue,
            }
        };
        let attribute = |name: &str| {
            let found = tag.try_get_attribute(name).unwrap();
            let value = found.map(|found| {
                found
                    .normalized_value(XmlVersion::Explicit1_0)
                    .unwrap()
                    .into_owned()
            });
            value.unwrap_or_default()
        };
        match tag.name().as_ref() {
            "node" => labels.push(attribute("label")),
            "edge" => weights.push(attribute("weight").parse().unwrap()),
            _ => {}
        }
    }
}

#[test]
fn suggestions_are_decided_and_remembered() {
    let desk = Desk::empty();
    let mut lines = String::new();
    for (id, name) in [
        ("1", "Osk"),
        ("2", "Oslo Seamen Kitchen"),
        ("3", "OSK"),
        ("4", "Oslo Seamen Kitchen"),
    ] {
        lines += &format!(
            "{}\n",
            json!({"id": id, "title": "x", "body": "y", "organizations": [name], "people": ["Ann Berg", "Jo Ek"]})
        );
    }
    desk.write("in/a.jsonl", lines);
    desk.ingest(&["in"]);
    let suggested = desk.ok(&["entities", "suggest", "--format", "json"]).json();
    let first = &suggested[0];
    assert_eq!(
        (text(&first["from"]["name"]), text(&first["into"]["name"])),
        ("OSK".into(), "Oslo Seamen Kitchen".into()),
        "{suggested}"
    );
    let id = text(&first["id"]);
    desk.ok(&["entities", "suggest", "--reject", &id]);
    assert!(!desk.run(&["entities", "suggest"]).stdout.contains(&id));
    desk.ok(&["entities", "undo"]);
    desk.ok(&["entities", "suggest", "--accept", &id]);
    assert_eq!(articles_of(&desk, "Oslo Seamen Kitchen"), 4);
    assert!(!desk.run(&["entities", "suggest"]).stdout.contains(&id));
}

#[test]
fn proximity_sees_all_names_of_an_entity() {
    let desk = Desk::with_corpus();
    desk.ok(&["ingest", "corpus"]);
    let find = |query: &str| sorted(desk.ids(&[query]));
    let either = find(
        "mines w/12 (org:=\"Amnesty International\" OR org:=\"Center for Civilians in Conflict\")",
    );
    let one = find("mines w/12 org:=\"Center for Civilians in Conflict\"");
    assert!(!one.is_empty() && one.len() < either.len());
    desk.ok(&[
        "entities",
        "merge",
        "Center for Civilians in Conflict",
        "Amnesty International",
    ]);
    for name in ["Center for Civilians in Conflict", "Amnesty International"] {
        let query = format!("mines w/12 org:=\"{name}\"");
        assert_eq!(find(&query), either, "{name}");
        for hit in desk.ok(&["search", &query, "--format", "jsonl"]).rows() {
            assert!(hit["matches"].as_u64() > Some(1), "{hit}");
        }
    }
    desk.ok(&["entities", "undo"]);
    assert_eq!(
        find("mines w/12 org:=\"Center for Civilians in Conflict\""),
        one
    );
}

#[test]
fn a_name_is_marked_where_it_matches_and_once() {
    let desk = Desk::empty();
    let body = "Mines were found, Amnesty International said on Monday. The harbor was closed \
                for the day, and nobody could say when the boats would sail again. In the \
                evening Amnesty International thanked the divers.";
    desk.write("in/a.jsonl", article("1", "Protest", body));
    desk.ok(&["ingest", "in"]);
    let marks = |query: &str| -> Vec<String> {
        let hit = desk
            .ok(&["search", query, "--format", "jsonl"])
            .rows()
            .remove(0);
        let marked = hit["highlights"].as_array().unwrap().iter().map(|mark| {
            let at = |end: &str| mark[end].as_u64().unwrap() as usize;
            body[at("start")..at("end")].to_owned()
        });
        let marked: Vec<String> = marked.collect();
        assert_eq!(hit["matches"], marked.len(), "{hit}");
        marked
    };
    let name = "Amnesty International";
    let check = || {
        assert_eq!(marks("mines w/4 org:amnesty"), ["Mines", name]);
        assert_eq!(marks("atleast2(org:amnesty)"), [name, name]);
        assert_eq!(marks("org:amnesty"), [name, name]);
        assert_eq!(marks("org:=\"Amnesty International\""), [name, name]);
    };
    check();
    let aliases = "[[entity]]\nname = \"Amnesty International\"\nkind = \"organization\"\n\
                   aliases = [\"AI\", \"The Candle\"]\n";
    desk.write("index/entities.toml", aliases);
    check();
    assert_eq!(marks("org:candle"), [name, name]);
    assert_eq!(marks("mines w/4 org:candle"), ["Mines", name]);
}
