//! How names are written, and when two spellings are one name.
//!
//! Works on single names; who is meant in an article is decided by [`super`].

use crate::article::Kind;
use crate::text::{fold, fold_name, is_apostrophe};

/// Returns a mention's text as a canonical name is written: single blanks,
/// straight apostrophes, no "the" (but The Hague is never written without).
pub(super) fn written(kind: Kind, text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !name.is_empty() {
            name.push(' ');
        }
        let straight = |c: char| if is_apostrophe(c) { '\'' } else { c };
        name.extend(word.chars().map(straight));
    }
    if let Some((the, rest)) = name.split_once(' ')
        && the.eq_ignore_ascii_case("the")
        && (kind != Kind::Place || the == "the")
    {
        return rest.to_owned();
    }
    name
}

/// What tells one name from another.
#[derive(Debug)]
pub(super) struct Key {
    /// The folded words, without "the", legal forms and generations.
    pub(super) words: Vec<String>,
    /// The initials of the legal forms and generations that were left out.
    pub(super) ending: String,
}

/// Folded endings of companies that make no other company.
const LEGAL_FORMS: [&str; 24] = [
    "inc",
    "incorporated",
    "corp",
    "corporation",
    "co",
    "company",
    "ltd",
    "limited",
    "plc",
    "llc",
    "llp",
    "lp",
    "ag",
    "gmbh",
    "sa",
    "nv",
    "bv",
    "se",
    "spa",
    "ab",
    "asa",
    "oyj",
    "kgaa",
    "pty",
];

/// Folded endings of people who may be meant without.
const GENERATIONS: [&str; 5] = ["jr", "sr", "ii", "iii", "iv"];

/// Returns the key of a name of `kind`.
pub(super) fn read_key(kind: Kind, written: &str) -> Key {
    let folded = fold(written);
    let mut words: Vec<String> = folded.split_ascii_whitespace().map(str::to_owned).collect();
    let mut ending = String::new();
    if words.is_empty() {
        words.push(fold_name(written));
    }
    if words.len() > 1 && words[0] == "the" {
        words.remove(0);
    }
    let endings: &[&str] = match kind {
        Kind::Person => &GENERATIONS,
        Kind::Organization => &LEGAL_FORMS,
        Kind::Place => &[],
    };
    while words.len() > 1
        && let Some(last) = words.last()
        && endings.contains(&last.as_str())
    {
        ending.insert_str(0, last.get(..1).unwrap_or_default());
        words.pop();
    }
    Key { words, ending }
}

/// Tells whether a spelling is all capitals.
pub(super) fn is_shouted(text: &str) -> bool {
    text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase)
}

/// Writes `LONDON` and `NEW YORK`, as datelines and headlines have them, the ordinary
/// way; `USA`, `ABN` and the acronyms of bodies stay.
pub(super) fn calm(kind: Kind, name: String) -> String {
    let is_short = name.chars().count() < 4;
    let is_acronym = kind == Kind::Organization && !name.contains(' ');
    if !is_shouted(&name) || name.contains('.') || is_short || is_acronym || name == "USSR" {
        return name;
    }
    let mut calm = String::with_capacity(name.len());
    for word in name.split(' ') {
        if !calm.is_empty() {
            calm.push(' ');
        }
        let lower = word.to_lowercase();
        if !calm.is_empty() && is_small(&lower) {
            calm.push_str(&lower);
        } else if kind == Kind::Organization && is_abbreviation(&lower) {
            calm.push_str(word);
        } else {
            push_calm(word, &mut calm);
        }
    }
    calm
}

fn push_calm(word: &str, calm: &mut String) {
    let mut in_word = false;
    let mut last = ' ';
    for c in word.chars() {
        // O'Neil, but Levi's.
        let joins = c == '\'' && !matches!(last, 'O' | 'D' | 'L');
        if in_word {
            calm.extend(c.to_lowercase());
        } else {
            calm.push(c);
        }
        in_word = c.is_alphabetic() || joins;
        last = c;
    }
}

/// Tells whether a word of a body's name in capitals is spelled out letter by letter:
/// three letters at most, or none of them a vowel.
fn is_abbreviation(lower: &str) -> bool {
    const WORDS: [&str; 20] = [
        "air", "art", "bar", "bay", "big", "car", "gas", "inc", "ltd", "new", "oil", "old", "one",
        "sea", "sky", "sun", "tea", "top", "war", "way",
    ];
    let has_vowel = lower.contains(['a', 'e', 'i', 'o', 'u', 'y']);
    !has_vowel || (lower.chars().count() < 4 && !WORDS.contains(&lower) && lower != "co")
}

/// Tells whether `short` are the initials of a name of `words`, with or without its
/// small words and the initials of its legal form.
pub(super) fn stands_for_initials(short: &str, words: &[String], ending: &str) -> bool {
    let spells = |small: bool| {
        let mut letters = short.chars().peekable();
        for word in words.iter().filter(|word| small || !is_small(word)) {
            if word.chars().next() != letters.next() {
                return false;
            }
        }
        letters.peek().is_none() || letters.eq(ending.chars())
    };
    spells(true) || spells(false)
}

/// Tells whether a word joins the words of a name that have initials.
pub(super) fn is_small(word: &str) -> bool {
    matches!(
        word,
        "of" | "the" | "for" | "and" | "in" | "on" | "to" | "de" | "du" | "des"
    )
}

/// Tells whether `short` can abbreviate `long`: one word whose letters occur in
/// `long` in order, the first at its beginning (`CIVIC`, Center for CIVilians In Conflict).
pub(super) fn may_abbreviate(short: &[String], long: &[String]) -> bool {
    let ([short], [first, _, ..]) = (short, long) else {
        return false;
    };
    let mut letters = long.iter().flat_map(|word| word.chars());
    short.chars().next() == first.chars().next()
        && short
            .chars()
            .all(|letter| letters.any(|other| other == letter))
}

/// Tells whether `one` is `other` with initials for names or with fewer middle
/// names: `J. Biden` and `Joe Biden`, `George Bush` and `George W. Bush`.
pub(super) fn differ_in_initials(one: &[String], other: &[String]) -> bool {
    let (Some((one_last, one_first)), Some((other_last, other_first))) =
        (one.split_last(), other.split_last())
    else {
        return false;
    };
    if one_last != other_last || one_first.is_empty() || other_first.is_empty() || one == other {
        return false;
    }
    let alike =
        |a: &String, b: &String| a == b || (a.chars().count() == 1 && b.starts_with(a.as_str()));
    // `one` is the shorter or the less spelled out of the two.
    one_first.len() <= other_first.len()
        && alike(&one_first[0], &other_first[0])
        && one_first
            .iter()
            .skip(1)
            .all(|middle| other_first.iter().skip(1).any(|full| alike(middle, full)))
}

/// Tells whether two people's names differ in a short form of the first name and in
/// middle names only: `Bill Clinton`, `William Jefferson Clinton`.
pub(super) fn are_nicknames(nick: &[String], legal: &[String]) -> bool {
    const NICKNAMES: [(&str, &str); 40] = [
        ("abby", "abigail"),
        ("al", "albert"),
        ("alex", "alexander"),
        ("andy", "andrew"),
        ("ben", "benjamin"),
        ("bernie", "bernard"),
        ("bill", "william"),
        ("bob", "robert"),
        ("chris", "christopher"),
        ("chuck", "charles"),
        ("dan", "daniel"),
        ("dave", "david"),
        ("dick", "richard"),
        ("don", "donald"),
        ("ed", "edward"),
        ("fred", "frederick"),
        ("greg", "gregory"),
        ("jack", "john"),
        ("jeff", "jeffrey"),
        ("jim", "james"),
        ("jimmy", "james"),
        ("joe", "joseph"),
        ("ken", "kenneth"),
        ("larry", "lawrence"),
        ("liz", "elizabeth"),
        ("matt", "matthew"),
        ("mike", "michael"),
        ("nick", "nicholas"),
        ("pat", "patrick"),
        ("pete", "peter"),
        ("ray", "raymond"),
        ("rick", "richard"),
        ("rob", "robert"),
        ("ron", "ronald"),
        ("steve", "steven"),
        ("steve", "stephen"),
        ("ted", "edward"),
        ("tim", "timothy"),
        ("tom", "thomas"),
        ("tony", "anthony"),
    ];
    let ([nick, .., nick_last], [first, .., last]) = (nick, legal) else {
        return false;
    };
    nick_last == last && NICKNAMES.contains(&(nick.as_str(), first.as_str()))
}

/// Tells whether a word begins many organizations' names and names none of them.
pub(super) fn is_generic(word: &str) -> bool {
    const GENERIC: [&str; 48] = [
        "national",
        "international",
        "royal",
        "federal",
        "united",
        "general",
        "american",
        "european",
        "world",
        "global",
        "central",
        "state",
        "first",
        "public",
        "democratic",
        "republican",
        "socialist",
        "communist",
        "labor",
        "labour",
        "liberal",
        "conservative",
        "christian",
        "social",
        "human",
        "civil",
        "foreign",
        "home",
        "interior",
        "justice",
        "health",
        "education",
        "supreme",
        "high",
        "bank",
        "university",
        "ministry",
        "department",
        "office",
        "council",
        "committee",
        "house",
        "party",
        "north",
        "south",
        "east",
        "west",
        "new",
    ];
    GENERIC.contains(&word)
}

/// Tells whether a folded word is a common noun for a body: `the Court`, `the Hospital`.
pub(super) fn is_common_noun(word: &str) -> bool {
    const NOUNS: [&str; 36] = [
        "administration",
        "agency",
        "association",
        "authority",
        "bank",
        "board",
        "bureau",
        "center",
        "centre",
        "chamber",
        "club",
        "college",
        "commission",
        "committee",
        "company",
        "corporation",
        "council",
        "court",
        "department",
        "federation",
        "foundation",
        "fund",
        "government",
        "group",
        "hospital",
        "institute",
        "league",
        "ministry",
        "museum",
        "office",
        "organization",
        "party",
        "school",
        "society",
        "union",
        "university",
    ];
    NOUNS.binary_search(&word).is_ok()
}
