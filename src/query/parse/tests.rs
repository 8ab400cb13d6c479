//! What the language reads as what, what it refuses and what it warns of, and the
//! law that a printed tree reads as itself.

use expect_test::{Expect, expect};
use jiff::civil::date;
use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Result<Parsed, QueryError> {
    parse(text, date(2024, 3, 10))
}

/// Checks how a query is read, and that it warns of these kinds.
fn check(text: &str, expected: &str, codes: &[&str]) {
    let parsed = match read(text) {
        Ok(parsed) => parsed,
        Err(error) => panic!("{text:?} is refused: {error}"),
    };
    assert_eq!(parsed.query.to_string(), expected, "{text:?} is read as");
    let warned: Vec<&str> = parsed.warnings.iter().map(|w| w.code.as_str()).collect();
    assert_eq!(warned, codes, "warnings of {text:?}");
    assert_eq!(
        read(expected).map(|again| again.query),
        Ok(parsed.query),
        "{expected:?} again"
    );
}

#[test]
fn words_and_operators() {
    for (text, expected) in [
        ("harbour strike", "harbour AND strike"),
        ("harbour AND strike", "harbour AND strike"),
        ("harbour && strike", "harbour AND strike"),
        ("harbour OR strike", "harbour OR strike"),
        ("harbour||strike", "harbour OR strike"),
        ("harbour || strike", "harbour OR strike"),
        ("wolf AND NOT bad", "wolf AND NOT bad"),
        ("wolf NOT bad", "wolf AND NOT bad"),
        ("wolf -bad", "wolf AND NOT bad"),
        ("wolf !bad", "wolf AND NOT bad"),
        ("wolf - bad", "wolf AND bad"),
        ("-wolf", "NOT wolf"),
        ("-wolf -bear", "NOT wolf AND NOT bear"),
        ("NOT NOT wolf", "NOT NOT wolf"),
        ("NOT (wolf OR bear)", "NOT (wolf OR bear)"),
        ("-(wolf bear)", "NOT (wolf AND bear)"),
        ("wolf OR NOT bear", "wolf OR NOT bear"),
        ("+wolf +bear", "wolf AND bear"),
        ("+wolf bear", "wolf AND bear"),
        ("(wolf bear) (fox owl)", "wolf AND bear AND fox AND owl"),
        ("((wolf)) OR (bear OR fox)", "wolf OR bear OR fox"),
        ("（wolf OR bear） fox", "(wolf OR bear) AND fox"),
        ("(wolf AND bear) OR fox", "(wolf AND bear) OR fox"),
        ("wolf(bear)", "wolf AND bear"),
        ("*", "*"),
        ("* -wolf", "* AND NOT wolf"),
        ("  wolf\u{a0}\n\u{feff}bear ", "wolf AND bear"),
    ] {
        let codes: &[&str] = if text == "wolf - bad" {
            &["no-letters"]
        } else {
            &[]
        };
        check(text, expected, codes);
    }
}

#[test]
fn words_with_signs_in_them() {
    for (text, expected) in [
        ("O'Neil", "O'Neil"),
        ("Biden’s plan", "Biden AND plan"),
        ("AT&T R&D", "AT&T AND R&D"),
        ("U.S. U.S.-led", "U.S. AND U.S.-led"),
        ("anti-personnel", "anti-personnel"),
        ("10:30 3:2", "10:30 AND 3:2"),
        (
            "http://www.example.org/a?b=1",
            "http://www.example.org/a?b=1",
        ),
        ("jane@example.org", "jane@example.org"),
        ("wolf! strike, bear.", "wolf AND strike AND bear"),
        ("Note: text", "Note AND text"),
        ("std::vec", "std::vec"),
        ("and/or", "and/or"),
        ("w/o", "w/o"),
        ("東京", "東京"),
        (r"\AND", r"\AND"),
        (r"wom\?n", r"\wom\?n"),
        (r"wolf\ bear", r"\wolf\ bear"),
        ("semi- and", "semi AND and"),
    ] {
        let codes: &[&str] = if text == "semi- and" {
            &["common-words"]
        } else {
            &[]
        };
        check(text, expected, codes);
    }
}

#[test]
fn phrases_in_any_quotes() {
    for (text, expected) in [
        ("\"land mines\"", "\"land mines\""),
        ("“land mines”", "\"land mines\""),
        ("„land mines“", "\"land mines\""),
        ("»land mines«", "\"land mines\""),
        ("«land mines»", "\"land mines\""),
        ("＂land mines＂", "\"land mines\""),
        ("「東京」", "\"東京\""),
        ("“land mines\"", "\"land mines\""),
        ("\" land  AND (mines* \"", "\"land  AND (mines*\""),
        (r#""a \"b\" c""#, r#""a \"b\" c""#),
        (r#""a\b\\ c""#, r#""a\b\\ c""#),
        (r#"say"no""#, r#"say AND "no""#),
        (r#""land mines", wolf"#, r#""land mines" AND wolf"#),
        (r#""Amnesty"'s plan"#, r#""Amnesty" AND plan"#),
        (r#"stop "land mines"?"#, r#"stop AND "land mines""#),
        (r#"-"land mines""#, r#"NOT "land mines""#),
        (r#""state of" "the art""#, r#""state of" AND "the art""#),
    ] {
        check(text, expected, &[]);
    }
}

#[test]
fn fields() {
    for (text, expected) in [
        ("headline:strike", "title:strike"),
        ("People:reagan", "person:reagan"),
        (
            "org:\"Amnesty International\"",
            "org:\"Amnesty International\"",
        ),
        ("org:=BBC", "org:=\"BBC\""),
        (
            "organization:=“British Broadcasting”",
            "org:=\"British Broadcasting\"",
        ),
        ("org:(bbc OR cnn)", "org:bbc OR org:cnn"),
        (
            "org:(=BBC =\"c n n\" \"d\")",
            "org:=\"BBC\" AND org:=\"c n n\" AND org:\"d\"",
        ),
        ("org:(bbc OR person:jane)", "org:bbc OR person:jane"),
        ("-org:(bbc cnn)", "NOT (org:bbc AND org:cnn)"),
        ("org:*", "org:*"),
        ("org:(*)", "org:*"),
        ("org:AT&T", "org:AT&T"),
        ("org:Yahoo!", "org:Yahoo!"),
        ("org:-x", "org:-x"),
        ("org:AND", "org:AND"),
        ("id:R21578-1", "id:R21578-1"),
        ("id:10:30", "id:10:30"),
        (
            "url:http://example.org/~x?a=1",
            "url:http://example.org/~x?a=1",
        ),
        (
            "title:\"land mines\" lead:wolf",
            "title:\"land mines\" AND lead:wolf",
        ),
        ("words:>1000", "words:1001.."),
        ("words:[100 TO 200]", "words:100..200"),
        ("words:(<10 OR >=20)", "words:..9 OR words:20.."),
        ("date:2024-03", "date:2024-03-01..2024-03-31"),
        ("date:last-7d", "date:2024-03-04..2024-03-10"),
        ("date:\"today\"", "date:2024-03-10"),
        ("date:[2024-01-01 TO *]", "date:2024-01-01.."),
        ("date:none", "date:none"),
        ("date:*", "date:*"),
        ("date:=2024-03-05", "date:2024-03-05"),
    ] {
        check(text, expected, &[]);
    }
}

#[test]
fn warnings_by_kind() {
    for (text, expected, codes) in [
        (
            "a OR wolf bear",
            "a OR (wolf AND bear)",
            &["mixed-operators", "common-words"][..],
        ),
        (
            "wolf AND bear OR fox",
            "(wolf AND bear) OR fox",
            &["mixed-operators"],
        ),
        ("+wolf OR bear", "wolf AND (* OR bear)", &["optional"]),
        ("+wolf OR -bear", "wolf AND NOT bear", &[]),
        (
            "war and peace",
            "war AND and AND peace",
            &["lower-case-operator", "common-words"],
        ),
        (
            "wolf not bear",
            "wolf AND not AND bear",
            &["lower-case-operator", "common-words"],
        ),
        (
            "to be or not to be",
            "to AND be AND or AND not AND to AND be",
            &["lower-case-operator"],
        ),
        (
            "state of the art",
            "state AND of AND the AND art",
            &["common-words"],
        ),
        ("of the", "of AND the", &[]),
        ("wolf NOT the", "wolf AND NOT the", &[]),
        ("wolf & -- bear", "wolf AND bear", &["no-letters"]),
        ("wolf OR & OR bear", "wolf OR bear", &["no-letters"]),
        ("wolf (&)", "wolf", &["no-letters"]),
        ("🔥 wolf", "wolf", &["no-letters"]),
        ("C++ code", "C AND code", &["signs"]),
        ("$5 50% #tag @user", "5 AND 50 AND tag AND user", &["signs"]),
        ("--wolf", "wolf", &["signs"]),
        (
            "who won?",
            "who AND won",
            &["common-words", "question-mark"],
        ),
        (
            "who shot \"the wolf\" dead?!",
            "who AND shot AND \"the wolf\" AND dead",
            &["common-words", "question-mark"],
        ),
        ("won ?", "won", &["no-letters"]),
        ("org: bbc", "org AND bbc", &["blank-after-field"]),
    ] {
        check(text, expected, codes);
    }
}

fn check_message(text: &str, expected: &Expect) {
    let shown = match read(text) {
        Ok(parsed) => {
            let warnings: Vec<String> = parsed.warnings.iter().map(|w| w.to_string()).collect();
            format!("{}\n{}", parsed.query, warnings.join("\n"))
        }
        Err(error) => {
            let at = text.get(error.position..error.position + error.length);
            format!(
                "{}: {error}\nat {:?}",
                error.code,
                at.expect("errors point into the query")
            )
        }
    };
    expected.assert_eq(&shown);
}

#[test]
fn refused_by_code() {
    for (text, code, place) in [
        ("", "empty", ""),
        ("   ", "empty", "   "),
        ("--", "empty", "--"),
        ("& AND &", "empty", "& AND &"),
        ("\"\"", "empty-part", "\"\""),
        ("wolf \"...\"", "empty-part", "\"...\""),
        ("org:--", "empty-part", "--"),
        ("wolf \"bear", "unclosed-quote", "\""),
        ("wolf “bear fox", "unclosed-quote", "“"),
        ("(wolf", "unbalanced-bracket", "("),
        ("(", "unbalanced-bracket", "("),
        ("wolf)", "unbalanced-bracket", ")"),
        (")", "unbalanced-bracket", ")"),
        ("wolf :)", "unbalanced-bracket", ")"),
        ("()", "empty-part", "()"),
        ("wolf ( )", "empty-part", "( )"),
        ("AND wolf", "missing-operand", "AND"),
        ("wolf OR", "missing-operand", "OR"),
        ("wolf AND OR bear", "missing-operand", "AND"),
        ("(wolf OR )", "missing-operand", "OR"),
        ("NOT", "missing-operand", "NOT"),
        ("NOT AND", "missing-operand", "NOT"),
        ("wolf && ", "missing-operand", "&&"),
        ("wolf +OR bear", "missing-operand", "+"),
        ("orgg:bbc", "unknown-field", "orgg:"),
        ("wolf (mailto:jane)", "unknown-field", "mailto:"),
        ("tag:urgent", "not-yet", "tag:"),
        ("org:=", "bad-value", "org:="),
        ("org:=(bbc OR cnn)", "bad-value", "("),
        ("date:soon", "bad-date", "soon"),
        ("date:03/05/2024", "bad-date", "03/05/2024"),
        ("date:2024..2023", "bad-date", "2024..2023"),
        ("date:\"last week\"", "bad-date", "\"last week\""),
        ("words:many", "bad-number", "many"),
        ("bribe w/5 mayor", "not-yet", "w/5"),
        ("bribe PRE/12 mayor", "not-yet", "PRE/12"),
        ("bribe W/s mayor", "not-yet", "W/s"),
        ("\"land mines\"~5", "not-yet", "~5"),
        ("(land mines)^2", "not-yet", "^2"),
        ("wolf^2.5", "not-yet", "wolf^2.5"),
        ("wolf~1", "not-yet", "wolf~1"),
        ("wolf~", "not-yet", "wolf~"),
        ("gov*", "not-yet", "gov*"),
        ("wom?n", "not-yet", "wom?n"),
        ("who? me", "not-yet", "who?"),
        ("wolf OR bear?", "not-yet", "bear?"),
        ("org:amnest*", "not-yet", "amnest*"),
        ("atleast3(wolf)", "not-yet", "atleast3"),
        ("headline(wolf)", "not-yet", "headline"),
        ("hlead(wolf)", "not-yet", "hlead"),
        ("=Turkey", "not-yet", "=Turkey"),
        ("=\"Turkey\"", "not-yet", "\"Turkey\""),
        ("title:=Turkey", "not-yet", "Turkey"),
        ("title:=\"Turkey\"", "not-yet", "\"Turkey\""),
        (">5", "not-yet", ">5"),
        ("5..10", "not-yet", "5..10"),
        ("[a TO b]", "not-yet", "[a TO b]"),
        ("org:[a TO b]", "not-yet", "[a TO b]"),
    ] {
        let error = match read(text) {
            Ok(parsed) => panic!("{text:?} is read as {}", parsed.query),
            Err(error) => error,
        };
        assert_eq!(error.code.as_str(), code, "code of {text:?}");
        let at = text.get(error.position..error.position + error.length);
        assert_eq!(at, Some(place), "place of the fault in {text:?}");
    }
}

#[test]
fn messages_name_the_cure() {
    check_message(
        "orgg:bbc",
        &expect![[r#"
        unknown-field: there is no field orgg; did you mean org? (at byte 0 of the query); fields are title, lead, body, person, org, place, source, author, date, lang, section, topic, exchange, type, url, id, words; words with a colon need quotes around them
        at "orgg:""#]],
    );
    check_message(
        "wolf \"bear",
        &expect![[r#"
        unclosed-quote: the quote that opens here is never closed (at byte 5 of the query); close it with ", or leave the mark out
        at "\"""#]],
    );
    check_message(
        "date:soon",
        &expect![[r#"
        bad-date: soon is no date (at byte 5 of the query); write 2024, 2024-03, 2024-03-05, 2024-03-01..2024-04-15, >=2024-03-01, last-7d, today, yesterday or none, without blanks
        at "soon""#]],
    );
    check_message(
        "gov*",
        &expect![[r#"
        not-yet: a wildcard (*) comes in a later version (at byte 0 of the query); in quotes it is searched as written
        at "gov*""#]],
    );
    check_message(
        "wolf OR",
        &expect![[r#"
        missing-operand: OR has nothing to join here (at byte 5 of the query); put it in quotes to search for it: "OR"
        at "OR""#]],
    );
    check_message(
        "org:=(bbc OR cnn)",
        &expect![[r#"
        bad-value: = stands before a single value, not before a bracket (at byte 5 of the query); write (org:="one" OR org:="other")
        at "(""#]],
    );
    check_message(
        "state of the art OR C++ and 50%",
        &expect![[r#"
        (state AND of AND the AND art) OR (C AND and AND 50)
        AND and OR are mixed without brackets: read as (state AND of AND the AND art) OR (C AND and AND 50)
        read as words, not as operators: and (write AND for the operator, or put the words in quotes)
        common words are not required: of, the, and (put them in quotes to require them)
        signs are not searched: read C++ as C, 50% as 50"#]],
    );
}

#[test]
fn limits() {
    for (text, code) in [
        ("x".repeat(MAX_QUERY_BYTES + 1), "too-long"),
        ("(".repeat(60_000), "too-deep"),
        ("-(".repeat(30_000), "too-deep"),
        ("NOT ".repeat(16_000) + "x", "too-deep"),
        ("org:(".repeat(10_000), "too-deep"),
        ("x ".repeat(MAX_LEAVES + 1), "too-many-words"),
        (format!("\"{}\"", "x ".repeat(513)), "too-many-words"),
        ("\"".repeat(65_534), "empty-part"),
    ] {
        let error = read(&text).unwrap_err();
        assert_eq!(error.code.as_str(), code, "{}…", &text[..9]);
    }
    let deep = format!("{}x{}", "(".repeat(120), ")".repeat(120));
    check(&deep, "x", &[]);
    assert_eq!(
        read(&"x ".repeat(MAX_LEAVES)).unwrap().query.leaves().len(),
        MAX_LEAVES
    );
}

#[test]
fn plain_text_is_any_of_its_words() {
    for (text, expected) in [
        ("land AND mines?", r"land OR \AND OR mines"),
        ("(U.S.-led \"war", "U.S. OR led OR war"),
        ("wolf wolf", "wolf OR wolf"),
        ("title:x", "title OR x"),
        (" -- ", "NOT *"),
        ("", "NOT *"),
    ] {
        assert_eq!(parse_plain(text).to_string(), expected, "plain {text:?}");
    }
}

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

fn tree() -> impl Strategy<Value = Query> {
    let leaf = prop_oneof![1 => Just(Query::All), 9 => leaf().prop_map(Query::Leaf)];
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
        "wolf", "the", "and", " ", " ", " ", "AND", "OR", "NOT", "(", ")", "\"", "”", "-", "+",
        "!", "&&", "||", ":", "org:", "date:", "words:", "=", "*", "?", "~", "^2", "w/5",
        "[a TO b]", "2024", "..", ">", "\\", "é", "東", "'s", "’", "ـ", "\u{301}", "😀", "title:",
        "url:", "#", "//",
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
