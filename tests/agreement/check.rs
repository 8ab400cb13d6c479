//! Whether all numbers agree: searches, facets, trends, batches and exports, for generated
//! queries and filters, with a count over exported articles that knows nothing of the index.

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::Value;

/// What runs the program: its arguments, and the standard output it gave.
pub(crate) type Run<'r> = &'r dyn Fn(&[&str]) -> String;

/// A small generator of numbers (Marsaglia's xorshift), so that every run asks the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }

    fn is(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// Filters of one question.
#[derive(Clone, Debug, Default)]
struct Filters {
    organization: Option<String>,
    person: Option<String>,
    source: Option<String>,
    from: Option<String>,
    to: Option<String>,
    provenance: &'static str,
}

impl Filters {
    fn draw(dice: &mut Dice, articles: &[Value]) -> Filters {
        let article = &articles[dice.below(articles.len())];
        let provenance = ["any", "any", "gold", "extracted"][dice.below(4)];
        let mut name = |kind: &str, percent: usize| {
            let names = names(article, kind, provenance);
            let at = dice.below(names.len());
            names.get(at).filter(|_| dice.is(percent)).cloned()
        };
        let organization = name("organization", 40);
        let person = name("person", 15);
        let day = |value: &Value| value["published"].as_str().map(day_of);
        Filters {
            organization,
            person,
            source: article["source"]
                .as_str()
                .filter(|_| dice.is(20))
                .map(str::to_owned),
            from: day(article).filter(|_| dice.is(25)),
            to: day(&articles[dice.below(articles.len())]).filter(|_| dice.is(25)),
            provenance,
        }
    }

    fn flags(&self) -> Vec<String> {
        let mut flags = vec!["--provenance".to_owned(), self.provenance.to_owned()];
        let mut add = |flag: &str, value: Option<String>| {
            if let Some(value) = value {
                flags.extend([flag.to_owned(), value]);
            }
        };
        add(
            "--org",
            self.organization.as_ref().map(|name| format!("={name}")),
        );
        add(
            "--person",
            self.person.as_ref().map(|name| format!("={name}")),
        );
        add(
            "--source",
            self.source.as_ref().map(|name| format!("={name}")),
        );
        add("--from", self.from.clone());
        add("--to", self.to.clone());
        flags
    }

    /// Returns the question as a row of a batch.
    fn row(&self, round: usize, query: &str) -> String {
        let exact = |name: &Option<String>| {
            name.as_ref()
                .map_or(String::new(), |name| format!("={name}"))
        };
        let day = |day: &Option<String>| day.clone().unwrap_or_default();
        let cells = [
            round.to_string(),
            query.to_owned(),
            exact(&self.organization),
            exact(&self.person),
            exact(&self.source),
            day(&self.from),
            day(&self.to),
            self.provenance.to_owned(),
        ];
        let quoted = cells.map(|cell| format!("\"{}\"", cell.replace('"', "\"\"")));
        quoted.join(",") + "\n"
    }

    fn let_through(&self, article: &Value) -> bool {
        let is_named = |kind: &str, wanted: &Option<String>| {
            wanted.as_ref().is_none_or(|wanted| {
                let names = names(article, kind, self.provenance);
                names.iter().any(|name| same(name, wanted))
            })
        };
        let day = article["published"].as_str().map(day_of);
        let source = article["source"].as_str().unwrap_or_default();
        is_named("organization", &self.organization)
            && is_named("person", &self.person)
            && self
                .source
                .as_ref()
                .is_none_or(|wanted| same(source, wanted))
            && self
                .from
                .as_ref()
                .is_none_or(|from| day.as_ref().is_some_and(|day| day >= from))
            && self
                .to
                .as_ref()
                .is_none_or(|to| day.as_ref().is_some_and(|day| day <= to))
    }
}

fn same(one: &str, other: &str) -> bool {
    newsdex::text::fold_name(one) == newsdex::text::fold_name(other)
}

/// Returns the day of a date of any precision.
fn day_of(date: &str) -> String {
    match date.len() {
        4 => format!("{date}-01-01"),
        7 => format!("{date}-01"),
        _ => date[..10].to_owned(),
    }
}

/// Returns the names of an article of one kind, by who says so.
fn names(article: &Value, kind: &str, provenance: &str) -> Vec<String> {
    let listed = article["names"].as_array().into_iter().flatten();
    let wanted = listed.filter(|name| {
        name["kind"] == kind && (provenance == "any" || name["provenance"] == provenance)
    });
    wanted
        .filter_map(|name| name["name"].as_str())
        .map(str::to_owned)
        .collect()
}

fn lines(output: &str) -> Vec<Value> {
    let parse = |line| serde_json::from_str(line).expect("every line is JSON");
    output.lines().map(parse).collect()
}

/// Asks `rounds` questions, and fails at the first number that disagrees. `queries` are
/// asked with filters drawn from the articles.
pub(crate) fn numbers_agree(run: Run<'_>, queries: &[&str], rounds: usize) {
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    let unfiltered: Vec<Vec<Value>> = queries
        .iter()
        .map(|query| lines(&run(&["export", query, "--format", "jsonl"])))
        .collect();
    let everything = lines(&run(&["export", "*", "--format", "jsonl"]));
    let mut hits = 0;
    let mut batch = String::from("id,query,org,person,source,from,to,provenance\n");
    let mut totals: BTreeMap<String, usize> = BTreeMap::new();
    for round in 0..rounds {
        let at = dice.below(queries.len());
        let filters = Filters::draw(&mut dice, &everything);
        let expected: Vec<&Value> = unfiltered[at]
            .iter()
            .filter(|article| filters.let_through(article))
            .collect();
        hits += expected.len();
        // A semicolon would part one name in two.
        if !filters.flags().iter().any(|flag| flag.contains(';')) {
            batch.push_str(&filters.row(round, queries[at]));
            totals.insert(round.to_string(), expected.len());
        }
        let asked = Asked {
            run,
            query: queries[at],
            flags: filters.flags(),
        };
        let about = format!("round {round}: {} {:?}", asked.query, asked.flags);
        let exported = lines(&asked.about("export", &["--format", "jsonl", "--fields", "id"]));
        let ids = |articles: &[&Value]| -> Vec<String> {
            articles
                .iter()
                .map(|article| article["id"].to_string())
                .collect()
        };
        let exported: Vec<&Value> = exported.iter().collect();
        assert_eq!(ids(&exported), ids(&expected), "{about}");
        let count = asked.about("search", &["--count"]);
        assert_eq!(count.trim(), expected.len().to_string(), "{about}");
        facet_agrees(&mut dice, &asked, &filters, &expected, &about);
        trend_agrees(&mut dice, &asked, &expected, &about);
    }
    assert!(hits > rounds, "the questions found too little: {hits}");
    batch_agrees(run, &batch, &totals);
}

/// Asks all questions at once.
fn batch_agrees(run: Run<'_>, batch: &str, totals: &BTreeMap<String, usize>) {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file can be made");
    file.write_all(batch.as_bytes()).expect("it can be written");
    let path = file.path().to_str().expect("its name is text");
    let rows = lines(&run(&["batch", path, "-n", "1"]));
    let found: BTreeMap<String, usize> = rows
        .iter()
        .map(|row| {
            assert!(row["error"].is_null(), "{row}");
            let total = row["total"].as_u64().unwrap_or_default() as usize;
            (row["id"].as_str().unwrap_or_default().to_owned(), total)
        })
        .collect();
    assert_eq!(found, *totals);
}

/// A question.
struct Asked<'a> {
    run: Run<'a>,
    query: &'a str,
    flags: Vec<String>,
}

impl Asked<'_> {
    /// Runs a command that takes a query and filters.
    fn about(&self, command: &str, more: &[&str]) -> String {
        let mut args: Vec<&str> = command.split(' ').collect();
        args.push(self.query);
        args.extend(self.flags.iter().map(String::as_str));
        args.extend(more);
        (self.run)(&args)
    }
}

fn facet_agrees(
    dice: &mut Dice,
    asked: &Asked<'_>,
    filters: &Filters,
    expected: &[&Value],
    about: &str,
) {
    const FACETS: [(&str, &str); 8] = [
        ("people", "person"),
        ("organizations", "organization"),
        ("places", "place"),
        ("topics", ""),
        ("sources", ""),
        ("languages", ""),
        ("sections", ""),
        ("bylines", ""),
    ];
    let (facet, kind) = FACETS[dice.below(FACETS.len())];
    let mut counted: BTreeMap<String, u64> = BTreeMap::new();
    for article in expected {
        let mut values: Vec<String> = match facet {
            "people" | "organizations" | "places" => names(article, kind, filters.provenance),
            "topics" => list(&article["topics"]),
            "bylines" => list(&article["byline"]),
            "sources" => list(&article["source"]),
            "languages" => list(&article["language"]),
            _ => list(&article["section"]),
        };
        values
            .iter_mut()
            .for_each(|value| *value = newsdex::text::fold_name(value));
        values.sort();
        values.dedup();
        for value in values {
            *counted.entry(value).or_default() += 1;
        }
    }
    let rows = lines(&asked.about(
        &format!("facets {facet}"),
        &["-n", "0", "--format", "jsonl"],
    ));
    let found: BTreeMap<String, u64> = rows
        .iter()
        .map(|row| {
            let value = row["value"].as_str().unwrap_or_default();
            (
                newsdex::text::fold_name(value),
                row["articles"].as_u64().unwrap_or_default(),
            )
        })
        .collect();
    assert_eq!(
        found.len(),
        rows.len(),
        "{about}: a value of {facet} stands twice"
    );
    assert_eq!(found, counted, "{about}: {facet}");
}

fn list(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}

fn trend_agrees(dice: &mut Dice, asked: &Asked<'_>, expected: &[&Value], about: &str) {
    let (by, length) = [("day", 10), ("month", 7), ("year", 4)][dice.below(3)];
    let mut counted: BTreeMap<String, u64> = BTreeMap::new();
    let mut undated = 0;
    for article in expected {
        match article["published"].as_str() {
            Some(date) => {
                *counted
                    .entry(day_of(date)[..length].to_owned())
                    .or_default() += 1
            }
            None => undated += 1,
        }
    }
    let reply = asked.about("trend", &["--by", by, "--format", "json"]);
    let reply: Value = serde_json::from_str(&reply).expect("trends are JSON");
    let series = &reply["series"][0];
    let buckets = series["buckets"].as_array().into_iter().flatten();
    let found: BTreeMap<String, u64> = buckets
        .map(|bucket| {
            let period = bucket["period"].as_str().unwrap_or_default().to_owned();
            (period, bucket["articles"].as_u64().unwrap_or_default())
        })
        .filter(|(_, count)| *count > 0)
        .collect();
    assert_eq!(found, counted, "{about}: by {by}");
    assert_eq!(series["undated"], undated, "{about}: undated");
}
