//! What the language reads as what, what it refuses and what it warns of.

use expect_test::{Expect, expect};
use jiff::civil::date;

use super::*;

pub(super) fn read(text: &str) -> Result<Parsed, QueryError> {
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
        ("‘land mines’", r#""land mines""#),
        ("title:‚land mines‘", r#"title:"land mines""#),
        ("(‹land mines›)", r#""land mines""#),
        ("‘O’Neil’s plan’ bear", r#""O’Neil’s plan" AND bear"#),
        ("‘wolf’ ’tis", "wolf AND tis"),
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
fn patterns_and_boosts() {
    for (text, expected) in [
        ("Brib*", "brib*"),
        ("wom?n *mine", "wom?n AND *mine"),
        ("gov*, wolf", "gov* AND wolf"),
        ("org:amnest*", "org:amnest*"),
        ("wolf~1 wolf~2", "wolf~1 AND wolf~2"),
        ("wolf~", "wolf~1"),
        ("Müller~1,", "muller~1"),
        ("Müller’s~", "muller~1"),
        ("\"land mines\"~5", "\"land mines\"~5"),
        ("\"land mines\"~5^2", "\"land mines\"~5^2"),
        ("wolf^2.5", "wolf^2.5"),
        ("wolf^2, bear", "wolf^2 AND bear"),
        ("wolf^2’", "wolf^2"),
        ("wolf~1^2", "wolf~1^2"),
        ("\"land mines\"^0.5", "\"land mines\"^0.5"),
        ("(land mines)^2", "(land AND mines)^2"),
        ("=Turkey", "=\"Turkey\""),
        ("=\"Land Mines\"", "=\"Land Mines\""),
        ("title:=Turkey", "title:=\"Turkey\""),
        ("=U.S.", "=\"U.S.\""),
        ("headline(wolf OR bear)", "title:wolf OR title:bear"),
        ("hlead(\"land mines\")", "hlead:\"land mines\""),
        ("hlead:wolf", "hlead:wolf"),
        ("ATLEAST3(wolf)", "atleast3(wolf)"),
        ("atleast3(wolf w/s bear)", "atleast3(wolf w/s bear)"),
        (
            "atleast2(wolf OR bear w/3 fox)",
            "atleast2(wolf OR bear w/3 fox)",
        ),
    ] {
        check(text, expected, &[]);
    }
    check("who? me", "who? AND me", &["one-letter", "common-words"]);
}

#[test]
fn proximity() {
    for (text, expected) in [
        ("bribe w/5 mayor", "bribe w/5 mayor"),
        ("bribe PRE/12 mayor", "bribe pre/12 mayor"),
        ("bribe W/S mayor", "bribe w/s mayor"),
        ("bribe pre/p mayor", "bribe pre/p mayor"),
        ("bribe w/5 mayor town", "bribe w/5 mayor AND town"),
        ("NOT bribe w/5 mayor", "NOT (bribe w/5 mayor)"),
        ("-(bribe w/5 mayor)", "NOT (bribe w/5 mayor)"),
        (
            "(brib* OR kickback*) w/10 org:odebrecht",
            "(brib* OR kickback*) w/10 org:odebrecht",
        ),
        (
            "\"land mines\" w/3 (war w/2 \"the peace\"~1)",
            "\"land mines\" w/3 (war w/2 \"the peace\"~1)",
        ),
        ("the w/3 mine", "the w/3 mine"),
        ("title:(land w/2 mine)", "title:land w/2 title:mine"),
        ("fraud w/10 org:=\"Acme\"", "fraud w/10 org:=\"Acme\""),
        ("fraud^2 w/10 acme", "fraud^2 w/10 acme"),
        ("\"w/5\" \\w/5", "\"w/5\" AND \\w\\/5"),
    ] {
        check(text, expected, &[]);
    }
    check(
        "bribe w/5 mayor pre/3 town",
        "(bribe w/5 mayor) pre/3 town",
        &["chained-proximity"],
    );
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
            "wolf NEAR/5 bear",
            "wolf AND NEAR/5 AND bear",
            &["foreign-operator"],
        ),
        (
            "wolf near5 bear",
            "wolf AND near5 AND bear",
            &["foreign-operator"],
        ),
        (
            "wolf ADJ bear",
            "wolf AND ADJ AND bear",
            &["foreign-operator"],
        ),
        (
            "wolf /5 bear",
            "wolf AND 5 AND bear",
            &["foreign-operator", "signs"],
        ),
        ("wolf near bear", "wolf AND near AND bear", &[]),
        ("NEAR wolf", "NEAR AND wolf", &[]),
        (
            "'bad wolf' bear",
            "\"bad wolf\" AND bear",
            &["single-quotes"],
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
        ("org:=", "bad-value", "org:="),
        ("org:=(bbc OR cnn)", "bad-value", "("),
        ("date:soon", "bad-date", "soon"),
        ("date:03/05/2024", "bad-date", "03/05/2024"),
        ("date:2024..2023", "bad-date", "2024..2023"),
        ("date:\"last week\"", "bad-date", "\"last week\""),
        ("words:many", "bad-number", "many"),
        ("w/5 mayor", "missing-operand", "w/5"),
        ("bribe w/5", "missing-operand", "w/5"),
        ("bribe w/5 w/5 mayor", "missing-operand", "w/5"),
        ("bribe w/5 AND mayor", "missing-operand", "w/5"),
        ("bribe w/5 &", "missing-operand", "w/5"),
        ("bribe w/0 mayor", "bad-number", "w/0"),
        ("bribe w/256 mayor", "bad-number", "w/256"),
        ("bribe w/5 (mayor town)", "bad-value", "(mayor town)"),
        ("bribe w/5 NOT mayor", "bad-value", "NOT mayor"),
        ("bribe w/5 date:2024", "bad-value", "date:2024"),
        ("bribe w/5 source:bbc", "bad-value", "source:bbc"),
        ("bribe w/5 title:*", "bad-value", "title:*"),
        ("* w/5 mayor", "bad-value", "*"),
        ("(a1 w/p b1) w/5 c1", "bad-value", "(a1 w/p b1)"),
        ("\"land mines\"~x", "bad-number", "~x"),
        ("\"land mines\"~999", "bad-number", "~999"),
        ("org:\"land mines\"~5", "bad-value", "~5"),
        ("(land mines)~5", "bad-value", "~5"),
        ("(land mines)^x", "bad-number", "^x"),
        ("wolf^0", "bad-number", "^0"),
        ("wolf^1.234", "bad-number", "^1.234"),
        ("org:bbc^2", "bad-value", "^2"),
        ("org:\\wolf^2’", "bad-value", "^2’"),
        ("(wolf^2)^2", "bad-value", "^2"),
        ("wolf~3", "bad-value", "wolf~3"),
        ("*wolf~1", "bad-value", "*wolf~1"),
        ("\u{640}~1", "empty-part", "\u{640}~1"),
        ("jane@example.org~1", "bad-value", "jane@example.org~1"),
        ("wolf **", "empty-part", "**"),
        ("url:*example", "bad-value", "*example"),
        ("http://x.org/*", "bad-value", "http://x.org/*"),
        ("atleast0(wolf)", "bad-number", "atleast0"),
        ("atleast3(wolf bear)", "bad-value", "wolf bear"),
        ("atleast3(atleast2(wolf))", "bad-value", "atleast2(wolf)"),
        ("atleast3(&)", "bad-value", "atleast3"),
        ("atleast3()", "empty-part", "()"),
        ("headline(wolf", "unbalanced-bracket", "("),
        ("=\"--\"", "empty-part", "\"--\""),
        (">5", "bad-value", ">5"),
        ("5..10", "bad-value", "5..10"),
        ("[a TO b]", "bad-value", "[a TO b]"),
        ("org:[a TO b]", "bad-value", "[a TO b]"),
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
        unknown-field: there is no field orgg; did you mean org? (at byte 0 of the query); fields are title, lead, body, hlead, person, org, place, source, author, date, lang, section, topic, tag, exchange, type, url, id, words; words with a colon need quotes around them
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
        "fraud w/5 (bank court)",
        &expect![[r#"
        bad-value: AND and NOT say nothing about places in a text (at byte 10 of the query); put words, phrases, wildcards, names or (a OR b) there, and join the rest with AND
        at "(bank court)""#]],
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
