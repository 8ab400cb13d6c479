//! What the fuzz targets call, and what replays their findings: bytes of anything go in, and
//! nothing may panic, hang, or lie about what it found.

use std::ops::ControlFlow;

use newsdex::article::{Article, ArticleId, DateRules, Origin};
use newsdex::corpus::{self, Format, ReadOptions, Reading};
use newsdex::query;

/// Every target by its name: the formats, and what else reads what comes from outside.
pub(crate) fn targets() -> Vec<String> {
    let formats = Format::ALL.iter().map(|format| format.name().to_owned());
    let others = ["file", "query", "register", "names", "dates"];
    formats.chain(others.map(str::to_owned)).collect()
}

/// Gives `data` to the target `name`.
pub(crate) fn run(name: &str, data: &[u8]) {
    match name {
        "file" => file(data, None),
        "query" => typed(&String::from_utf8_lossy(data)),
        "register" => {
            let text = String::from_utf8_lossy(data);
            if let Ok(register) = newsdex::entities::Register::parse(&text) {
                drop(register);
            }
        }
        "names" => {
            let text = String::from_utf8_lossy(data);
            let (title, body) = text.split_once('\n').unwrap_or(("", &text));
            let tagger = newsdex::names::Tagger::built_in();
            let mentions = newsdex::names::find_mentions(title, body, tagger);
            newsdex::names::unite(title, body, &mentions);
        }
        "dates" => {
            let text = String::from_utf8_lossy(data);
            newsdex::extract::day_order(&text);
            let record = newsdex::article::Record {
                published: Some(text.clone().into_owned()),
                url: Some(format!("https://example.org/{text}")),
                dateline: Some(text.clone().into_owned()),
                page: newsdex::article::Page::Whole(format!("Title\n\n{text}\n\nText.")),
                ..Default::default()
            };
            let _ = newsdex::extract::extract(record, &DateRules::default());
        }
        format => {
            let format = format.parse().expect("targets are formats");
            file(data, Some(format));
        }
    }
}

/// Reads `data` as a file, to articles.
fn file(data: &[u8], input_format: Option<Format>) {
    let options = ReadOptions {
        input_format,
        max_record_bytes: 1 << 20,
        ..ReadOptions::default()
    };
    let mut records = 0;
    let mut take = |reading: Reading| {
        if let Reading::Record(raw) = reading
            && let Ok(record) = corpus::parse(raw, &options)
        {
            let _ = newsdex::extract::extract(record, &DateRules::default());
        }
        records += 1;
        match records < 1_000 {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    };
    corpus::split(data, "file.bin", &options, &mut take).expect("memory can be read");
}

/// Reads a query, which is refused with a place in it, or printed and read again.
fn typed(text: &str) {
    let today = jiff::civil::date(2024, 3, 1);
    query::parse_plain(text);
    match query::parse(text, today) {
        Ok(parsed) => {
            let printed = parsed.query.to_string();
            let again = query::parse(&printed, today).expect("what is printed is read");
            assert_eq!(again.query, parsed.query, "{text:?} is {printed}");
            let id = ArticleId::new("a").expect("that is an id");
            let mut article = Article::new(id, Origin::default());
            (article.title, article.body) = (text.to_owned(), text.to_owned());
            for found in query::find_spans(&parsed.query, &article) {
                assert!(found.span.end() <= text.len());
            }
        }
        Err(error) => assert!(error.position <= text.len(), "{error:?} in {text:?}"),
    }
}
