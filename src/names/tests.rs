//! What news brings, case by case: a headline and a text, and what a careful news
//! librarian would note of them. The judge of the whole stage, tagger, completion and
//! union together; the rules by themselves are tested beside the code.

use super::{Tagger, find_mentions, unite};
use crate::article::Kind;

/// Headline, text, and the notes: `P Joe Biden; O NATO; L Geneva`.
type Case = (&'static str, &'static str, &'static str);

fn notes(title: &str, body: &str) -> Vec<String> {
    let mentions = find_mentions(title, body, Tagger::built_in());
    let names = unite(title, body, &mentions);
    let letter = |kind: Kind| match kind {
        Kind::Person => 'P',
        Kind::Organization => 'O',
        Kind::Place => 'L',
    };
    let mut notes: Vec<String> = names
        .iter()
        .map(|name| format!("{} {}", letter(name.kind), name.canonical))
        .collect();
    notes.sort();
    notes
}

fn check(cases: &[Case]) {
    let mut wrong = String::new();
    for (title, body, expected) in cases {
        let mut expected: Vec<&str> = expected
            .split("; ")
            .filter(|note| !note.is_empty())
            .collect();
        expected.sort_unstable();
        let found = notes(title, body);
        if found != expected {
            wrong.push_str(&format!(
                "{title} | {body}\n  expected {expected:?}\n  found    {found:?}\n"
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn headlines_without_ordinary_capitals() {
    check(&[
        (
            "AMNESTY INTERNATIONAL ACCUSES NORTHBRIDGE POLICE",
            "Amnesty International on Tuesday accused the Northbridge Police of beating protesters. \
             A spokesman for Amnesty International said the police had refused to answer.",
            "O Amnesty International; O Northbridge Police",
        ),
        (
            "Harlan Voss Tells Senate Panel He Knew Nothing",
            "Harlan Voss told a panel of the Senate on Monday that he had never seen the letter. \
             Voss is the former chairman of Delmont Steel Corp.",
            "P Harlan Voss; O Delmont Steel Corp.; O Senate",
        ),
        (
            "MICROSOFT BUYS A BAKERY",
            "Microsoft said on Tuesday that it had bought a bakery. Microsoft did not say why.",
            "O Microsoft",
        ),
    ]);
}

#[test]
fn possessives_and_apostrophes() {
    check(&[
        (
            "",
            "President Joe Biden’s decision surprised Germany’s chancellor, Olaf Scholz, officials said.",
            "P Joe Biden; P Olaf Scholz; L Germany",
        ),
        (
            "",
            "Ghana's Ministry of Health wrote to Macy’s in Dublin. Sinéad O’Connor read the letter.",
            "P Sinéad O'Connor; O Macy's; O Ministry of Health; L Dublin; L Ghana",
        ),
    ]);
}

#[test]
fn titles_and_functions_are_left_out() {
    check(&[
        (
            "",
            "Prime Minister Margaret Thatcher met Dr. Robert Runcie, Sen. Bob Dole and Gen. Colin Powell in London.",
            "P Margaret Thatcher; P Robert Runcie; P Bob Dole; P Colin Powell; L London",
        ),
        (
            "",
            "Foreign Minister Hans-Dietrich Genscher and Pope John Paul II spoke by telephone.",
            "P Hans-Dietrich Genscher; P John Paul II",
        ),
    ]);
}

#[test]
fn initials_and_particles() {
    check(&[
        (
            "",
            "Franklin D. Roosevelt, J. P. Morgan and George W. Bush were all quoted by Charles de Gaulle.",
            "P Franklin D. Roosevelt; P J. P. Morgan; P George W. Bush; P Charles de Gaulle",
        ),
        (
            "",
            "Crown Prince Mohammed bin Salman received Bashar al-Assad and Ursula von der Leyen in Riyadh. \
             Mr. Assad left early; Ms. von der Leyen stayed.",
            "P Mohammed bin Salman; P Bashar al-Assad; P Ursula von der Leyen; L Riyadh",
        ),
        (
            "",
            "Vincent van Gogh and Jean-Pierre Raffarin were born in other countries.",
            "P Vincent van Gogh; P Jean-Pierre Raffarin",
        ),
    ]);
}

#[test]
fn names_of_bodies_with_small_words_inside() {
    check(&[
        (
            "",
            "The Center for Civilians in Conflict (CIVIC) criticized the sale. CIVIC said it was late. \
             The Department of Health and Human Services declined to comment.",
            "O Center for Civilians in Conflict; O Department of Health and Human Services",
        ),
        (
            "",
            "The International Committee of the Red Cross sent trucks. The Red Cross said they were full.",
            "O International Committee of the Red Cross",
        ),
        (
            "",
            "Johnson & Johnson and AT&T rose, while Procter & Gamble Co. fell on Friday.",
            "O Johnson & Johnson; O AT&T; O Procter & Gamble Co.",
        ),
    ]);
}

#[test]
fn acronyms_quoted_and_in_brackets() {
    check(&[
        (
            "NTU CALLS A STRIKE",
            "The Northfield Tenants Union (\"NTU\") called a rent strike on Monday. The NTU has 900 members.",
            "O Northfield Tenants Union",
        ),
        (
            "",
            "The World Health Organization warned of a new strain. The WHO said it would meet in Geneva.",
            "O World Health Organization; L Geneva",
        ),
        (
            "",
            "The U.S. and the United States are one country; so is the US.",
            "L United States",
        ),
        (
            "",
            "The Federal Deposit Insurance Corporation took over the bank. The FDIC will sell it.",
            "O Federal Deposit Insurance Corporation",
        ),
    ]);
}

#[test]
fn brands_in_small_letters() {
    check(&[
        (
            "finbit outage leaves shoppers stranded",
            "The payment service finbit failed for four hours. \"We broke it,\" said a clerk. \
             finbit said no money was lost.",
            "O finbit",
        ),
        (
            "",
            "Shares of adidas and easyJet fell in London on Monday, the exchange said.",
            "O adidas; O easyJet; L London",
        ),
    ]);
}

#[test]
fn sentence_beginnings_and_lists() {
    check(&[
        (
            "",
            "Yesterday the court sat. We were not told why. However, nobody spoke. “We waited,” he said.",
            "",
        ),
        (
            "",
            "Those elected were Ann Berg, Bo Ek and Cy Fox. Berg will take the chair.",
            "P Ann Berg; P Bo Ek; P Cy Fox",
        ),
    ]);
}

#[test]
fn datelines_and_bylines_are_source_not_subject() {
    check(&[
        (
            "",
            "PORT ALDEN, March 3 (Reuters) - The fish market reopened on Tuesday after a long repair.",
            "L Port Alden",
        ),
        (
            "",
            "THE HAGUE, Netherlands (AP) — Judges heard a dispute on Tuesday. The court in The Hague sits until May.",
            "L The Hague; L Netherlands",
        ),
        (
            "",
            "Officials told Reuters that the fish market in Oslo would reopen on Tuesday.",
            "L Oslo",
        ),
        (
            "",
            "By Jane Doe, Foreign Correspondent\n\nThe fish market in Oslo reopened on Tuesday.",
            "L Oslo",
        ),
    ]);
}

#[test]
fn teams_are_bodies() {
    check(&[
        (
            "Scores",
            "Port Alden 4, Ashby 1\nBrampton 2, Lowell Point 2\n\nNext Saturday:\nAshby v. Brampton",
            "O Port Alden; O Ashby; O Brampton; O Lowell Point",
        ),
        (
            "",
            "P W D L GF GA Pts\nBrampton 6 1 2 3 4 8 5\nLowell Point 6 0 0 6 3 13 0",
            "O Brampton; O Lowell Point",
        ),
    ]);
}

#[test]
fn boilerplate_names_nobody() {
    check(&[(
        "",
        "We use cookies. Read the Acme Media Privacy Policy.\n\nCopyright 2024 Acme Media Ltd. All rights reserved.\n\n\
         Sign up for the Oslo Morning newsletter\n\nShare on Facebook\n\nPhoto: Jane Doe/Acme Images\n\n\
         Reporting by Jane Doe in Oslo; Editing by John Roe\n\nFollow us on Twitter\n\n\
         The market reopened (AP Photo/Jane Doe) on Tuesday.",
        "",
    )]);
}

#[test]
fn short_forms_and_legal_forms() {
    check(&[
        (
            "",
            "Amnesty International criticized the law. Amnesty said so on Monday. Rosa Diaz of Amnesty \
             International USA agreed.",
            "P Rosa Diaz; O Amnesty International; O Amnesty International USA",
        ),
        (
            "",
            "Rupert Murdoch left the boards of Fox Corp. and News Corp. on Friday.",
            "P Rupert Murdoch; O Fox Corp.; O News Corp.",
        ),
        (
            "",
            "Apple Inc. said on Tuesday that it would hire. Analysts said Apple was late.",
            "O Apple",
        ),
        (
            "",
            "The Bank of England and the Bank of Ireland both raised rates; neither bank explained why.",
            "O Bank of England; O Bank of Ireland",
        ),
    ]);
}

#[test]
fn surnames_families_and_companies() {
    check(&[
        (
            "",
            "John Smith and Jane Smith were both acquitted on Friday. Smith wept.",
            "P John Smith; P Jane Smith",
        ),
        (
            "",
            "Bill Clinton and his wife, Hillary Clinton, flew to Chicago. Hillary spoke first.",
            "P Bill Clinton; P Hillary Clinton; L Chicago",
        ),
        (
            "",
            "Henry Ford founded the Ford Motor Co. in Detroit. Henry Ford died in 1947.",
            "P Henry Ford; O Ford Motor Co.; L Detroit",
        ),
        (
            "",
            "William Jefferson Clinton was born in Arkansas. Bill Clinton likes the story, and Clinton tells it well.",
            "P Bill Clinton; L Arkansas",
        ),
    ]);
}

#[test]
fn ships_storms_and_races_are_nobody() {
    check(&[(
        "",
        "The ferry Halcyon sank in Storm Odile on Monday. Divers reached the Halcyon at noon.",
        "",
    )]);
}
