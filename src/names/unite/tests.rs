//! The rules of the union, case by case, on names that are marked by hand.

use super::*;
use crate::article::Span;
use expect_test::{Expect, expect};

/// Unites the names of `body`, which are marked `[P Joe Biden]`, `[O …]`, `[L …]`.
fn check(body: &str, expected: Expect) {
    let (mut text, mut mentions) = (String::new(), Vec::new());
    let mut rest = body;
    while let Some((before, marked)) = rest.split_once('[') {
        text.push_str(before);
        let (name, after) = marked.split_once(']').unwrap();
        let kind = match &name[..1] {
            "P" => Kind::Person,
            "O" => Kind::Organization,
            _ => Kind::Place,
        };
        mentions.push((text.len()..text.len() + name.len() - 2, kind));
        text.push_str(&name[2..]);
        rest = after;
    }
    text.push_str(rest);
    let mentions: Vec<Mention> = mentions
        .into_iter()
        .map(|(range, kind)| Mention {
            part: Part::Body,
            span: Span::new(&text, range).unwrap(),
            kind,
        })
        .collect();
    let lines: Vec<String> = unite_with_rules("", &text, &mentions)
        .names
        .iter()
        .map(|united| {
            let uses = united.name.mentions.iter().zip(&united.rules);
            let uses: Vec<String> = uses
                .map(|(mention, rule)| format!("{} ({rule:?})", mention.span.of(&text)))
                .collect();
            format!("{}: {}\n", united.name.canonical, uses.join(", "))
        })
        .collect();
    expected.assert_eq(&lines.concat());
}

#[test]
fn a_surname_means_the_only_person_of_that_name() {
    check(
        "[P Biden] and [P Joe Biden], [P Joe]",
        expect![[r#"
        Joe Biden: Biden (Surname), Joe Biden (Same), Joe (FirstName)
    "#]],
    );
    check(
        "[P Joe Biden] and [P Jill Biden]; [P Biden]",
        expect![[r#"
            Joe Biden: Joe Biden (Same)
            Jill Biden: Jill Biden (Same)
        "#]],
    );
    check(
        "[P George Bush], [P George W. Bush]; [P Bashar al-Assad], [P Assad]",
        expect![[r#"
            George W. Bush: George Bush (Initials), George W. Bush (Same)
            Bashar al-Assad: Bashar al-Assad (Same), Assad (Surname)
        "#]],
    );
}

#[test]
fn acronyms_mean_their_names() {
    check(
        "[O Center for Civilians in Conflict] ([O CIVIC]); [O CIVIC]",
        expect![[r#"
            Center for Civilians in Conflict: Center for Civilians in Conflict (Same), CIVIC (BracketedAcronym), CIVIC (BracketedAcronym)
        "#]],
    );
    check(
        "[O IMF], [O International Monetary Fund]; [L U.S.], [L US], [L United States]",
        expect![[r#"
            International Monetary Fund: IMF (Acronym), International Monetary Fund (Same)
            United States: U.S. (Acronym), US (Acronym), United States (Same)
        "#]],
    );
}

#[test]
fn short_forms_mean_the_only_name_they_fit() {
    check(
        "[O Amnesty International USA], [O Amnesty International]; [O Amnesty]",
        expect![[r#"
            Amnesty International USA: Amnesty International USA (Same)
            Amnesty International: Amnesty International (Same), Amnesty (ShortForm)
        "#]],
    );
    check(
        "[O Bank of England], [O Bank of Ireland], [O Bank], [O England]",
        expect![[r#"
            Bank of England: Bank of England (Same)
            Bank of Ireland: Bank of Ireland (Same)
            England: England (Same)
        "#]],
    );
    check(
        "[O European Commission]; [O Commission]; [O Supreme Court], [O High Court], [O Court]",
        expect![[r#"
            European Commission: European Commission (Same), Commission (LastWords)
            Supreme Court: Supreme Court (Same)
            High Court: High Court (Same)
        "#]],
    );
}

#[test]
fn places_and_people_are_written_in_ordinary_capitals() {
    check(
        "[L NEW YORK], [L USA], [P JOE BIDEN], [O NATO]",
        expect![[r#"
            Joe Biden: JOE BIDEN (Same)
            NATO: NATO (Same)
            New York: NEW YORK (Same)
            USA: USA (Same)
        "#]],
    );
}

#[test]
fn legal_forms_and_the_make_no_other_company() {
    check(
        "[O Apple Inc.], [O Apple]; [O the Acme Co. Ltd.]; [O Macy’s]",
        expect![[r#"
            Apple: Apple Inc. (Same), Apple (Same)
            Acme Co. Ltd.: the Acme Co. Ltd. (Same)
            Macy's: Macy’s (Same)
        "#]],
    );
}
