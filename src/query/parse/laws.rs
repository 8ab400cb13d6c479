//! The laws of the language: a printed tree reads as itself, and anything that is typed
//! is read or refused, with places that lie in it.

use jiff::civil::date;
use proptest::prelude::*;

use super::super::tree::{Boost, Near, Reach};
use super::tests::read;
use super::*;

fn word() -> impl Strategy<Value = String> {
    let fixed = prop::sample::select(vec![
        "AND",
        "OR",
        "NOT",
        "and",
        "not",
        "TO",
        "U.S.",
        "AT&T",
        "O’Neil",
        "anti-personnel",
        "10:30",
        "org:bbc",
        "http://x.org/a?b",
        "w/5",
        "wom?n",
        "a*b",
        "東京",
        "wolf~1",
        "x^2",
        "of",
        "a b",
        "a\\b",
        "a(b",
        "a\"b",
        "5..10",
        "a||b",
        "a&&b",
        "étude",
    ]);
    prop_oneof![fixed.prop_map(String::from), "[a-z]{1,6}"]
}

fn value() -> impl Strategy<Value = String> {
    let signs = prop::sample::select(vec![
        "Yahoo!", "-x", "=x", "C++", "a”b", "what?", "x\\", "\\\"x", "(x)", "[a", "*x", "a:b",
        "[a TO b]",
    ]);
    prop_oneof![word(), signs.prop_map(String::from)]
}

fn leaf() -> impl Strategy<Value = Leaf> {
    let text = prop::sample::select(vec![Field::Text, Field::Title, Field::Lead, Field::Body]);
    let values = prop::sample::select(
        Field::NAMES
            .iter()
            .map(|(field, _)| *field)
            .filter(|field| !field.is_text() && !matches!(field, Field::Date | Field::Words))
            .collect::<Vec<_>>(),
    );
    let present = Field::NAMES.map(|(field, _)| field).to_vec();
    let days =
        (0..=9999_i16, 1..=12_i8, 1..=28_i8).prop_map(|(year, month, day)| date(year, month, day));
    let days = ends(days).prop_map(|(from, to)| Test::Days(from, to));
    let numbers = ends(any::<u64>()).prop_map(|(from, to)| Test::Numbers(from, to));
    let make = |field, test| Leaf { field, test };
    prop_oneof![
        4 => (text.clone(), word().prop_map(Test::Word)).prop_map(move |(f, t)| make(f, t)),
        2 => (text, value().prop_map(Test::Phrase)).prop_map(move |(f, t)| make(f, t)),
        1 => (values.clone(), value().prop_map(Test::Word)).prop_map(move |(f, t)| make(f, t)),
        1 => (values.clone(), value().prop_map(Test::Phrase)).prop_map(move |(f, t)| make(f, t)),
        1 => (values, value().prop_map(Test::Exactly)).prop_map(move |(f, t)| make(f, t)),
        1 => prop::sample::select(present).prop_map(move |f| make(f, Test::Present)),
        1 => days.prop_map(move |t| make(Field::Date, t)),
        1 => Just(make(Field::Date, Test::Missing)),
        1 => numbers.prop_map(move |t| make(Field::Words, t)),
    ]
}

/// Ends in order, at least one of them closed.
fn ends<T: Ord + Clone + std::fmt::Debug>(
    value: impl Strategy<Value = T> + Clone,
) -> impl Strategy<Value = (Option<T>, Option<T>)> {
    (value.clone(), value, 0..3_u8).prop_map(|(one, other, open)| match open {
        0 => (Some(one), None),
        1 => (None, Some(one)),
        _ => (Some(one.clone().min(other.clone())), Some(one.max(other))),
    })
}

/// Leaves with places in a text.
fn operand_leaf() -> impl Strategy<Value = Query> {
    let field = prop::sample::select(vec![
        Field::Text,
        Field::Title,
        Field::Lead,
        Field::Body,
        Field::HeadlineLead,
    ]);
    let pattern = prop::sample::select(vec!["brib*", "wom?n", "*mine", "a*b?c*"]);
    let test = prop_oneof![
        word().prop_map(Test::Word),
        value().prop_map(Test::Phrase),
        prop::sample::select(vec!["Turkey", "U.S.", "Land  Mines", "a-b"])
            .prop_map(|text| Test::Exactly(text.into())),
        (value(), 0..255_u32).prop_map(|(text, between)| Test::Loose(text, between)),
        pattern.prop_map(|pattern| Test::Wildcard(pattern.into())),
        ("[a-z]{1,6}", 1..3_u8).prop_map(|(word, slips)| Test::Fuzzy(word, slips)),
    ];
    let names = prop::sample::select(vec![Field::Person, Field::Organization, Field::Place]);
    let name = (names, value()).prop_map(|(field, name)| Leaf {
        field,
        test: Test::Phrase(name),
    });
    let text = (field, test).prop_map(|(field, test)| Leaf { field, test });
    prop_oneof![5 => text, 1 => name].prop_map(Query::Leaf)
}

fn near(
    operand: impl Strategy<Value = Query> + Clone + 'static,
    reach: impl Strategy<Value = Reach> + 'static,
) -> impl Strategy<Value = Query> {
    (operand.clone(), operand, reach, any::<bool>()).prop_map(|(left, right, reach, in_order)| {
        Query::Near(Box::new(Near {
            left,
            right,
            reach,
            in_order,
        }))
    })
}

/// Conditions with places in a text, and what is made of them.
fn places() -> impl Strategy<Value = Query> {
    let words = (1..=255_u32).prop_map(Reach::Words);
    let leaf = operand_leaf().boxed();
    let operand = leaf.prop_recursive(3, 8, 3, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Query::any_of),
            near(inner, words.clone()),
        ]
    });
    let reach = prop_oneof![Just(Reach::Sentence), Just(Reach::Paragraph)];
    let any_reach = reach.clone();
    let number = prop::sample::select(vec!["2", "0.5", "2.25", "1000"]);
    let boost = (leaf_of_text(), number)
        .prop_map(|(query, number)| Query::Boosted(Box::new(query), Boost::read(number).unwrap()));
    prop_oneof![
        operand.clone(),
        near(operand.clone(), reach),
        (
            1..9_u32,
            prop_oneof![operand.clone(), near(operand, any_reach)]
        )
            .prop_map(|(count, query)| Query::AtLeast(count, Box::new(query))),
        boost,
    ]
}

fn leaf_of_text() -> impl Strategy<Value = Query> {
    let is_text = |query: &Query| query.leaves().iter().all(|leaf| leaf.field.is_text());
    operand_leaf().prop_filter("only text ranks", is_text)
}

fn tree() -> impl Strategy<Value = Query> {
    let leaf = prop_oneof![
        1 => Just(Query::All),
        6 => leaf().prop_map(Query::Leaf),
        4 => places(),
    ];
    leaf.prop_recursive(5, 24, 4, |inner| {
        let several = prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            several.clone().prop_map(Query::all_of),
            several.prop_map(Query::any_of),
            inner.prop_map(Query::negated),
        ]
    })
}

/// Pieces that have a meaning, in any order.
fn noise() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "wolf",
        "the",
        "and",
        " ",
        " ",
        " ",
        "AND",
        "OR",
        "NOT",
        "(",
        ")",
        "\"",
        "”",
        "-",
        "+",
        "!",
        "&&",
        "||",
        ":",
        "org:",
        "date:",
        "words:",
        "=",
        "*",
        "?",
        "~",
        "^2",
        "w/5",
        "[a TO b]",
        "2024",
        "..",
        ">",
        "\\",
        " w/2 ",
        " pre/s ",
        "~1",
        "^0.5",
        "atleast2(",
        "hlead(",
        "é",
        "東",
        "'s",
        "’",
        "ـ",
        "\u{301}",
        "😀",
        "title:",
        "url:",
        "#",
        "//",
    ]);
    prop::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_printed_tree_reads_as_itself(query in tree()) {
        let printed = query.to_string();
        let parsed = read(&printed);
        prop_assert!(parsed.is_ok(), "{}: {:?}", printed, parsed);
        let parsed = parsed.unwrap();
        prop_assert_eq!(&parsed.query, &query, "{}", printed);
        let only_common = |warning: &Warning| warning.code.as_str() == "common-words";
        prop_assert!(parsed.warnings.iter().all(only_common), "{}: {:?}", printed, parsed.warnings);
    }

    #[test]
    fn anything_typed_is_read_or_refused(text in noise()) {
        match read(&text) {
            Ok(parsed) => {
                let printed = parsed.query.to_string();
                prop_assert_eq!(read(&printed).map(|again| again.query), Ok(parsed.query), "{}", printed);
                for warning in parsed.warnings {
                    prop_assert!(text.get(warning.position..warning.position + warning.length).is_some());
                }
            }
            Err(error) => {
                prop_assert!(text.get(error.position..error.position + error.length).is_some());
            }
        }
    }

    #[test]
    fn plain_text_never_fails(text in noise()) {
        let query = parse_plain(&text);
        let printed = query.to_string();
        prop_assert_eq!(read(&printed).map(|again| again.query), Ok(query), "{}", printed);
    }
}
