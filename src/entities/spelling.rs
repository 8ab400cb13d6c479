//! Forms of a folded name in which spellings of one name are the same.

use crate::article::Kind;

/// Where a legal form is at home. One company name may be borne in two countries.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub(super) enum System {
    /// `Co`, which is everywhere.
    Any,
    American,
    British,
    Continental,
}

/// Legal forms, folded, in the spelling they are compared by.
const LEGAL_FORMS: [(&str, &str, System); 24] = [
    ("inc", "inc", System::American),
    ("incorporated", "inc", System::American),
    ("corp", "corp", System::American),
    ("corporation", "corp", System::American),
    ("llc", "llc", System::American),
    ("llp", "llp", System::American),
    ("lp", "lp", System::American),
    ("co", "co", System::Any),
    ("company", "co", System::Any),
    ("cos", "co", System::Any),
    ("ltd", "ltd", System::British),
    ("limited", "ltd", System::British),
    ("plc", "plc", System::British),
    ("pty", "pty", System::British),
    ("ag", "ag", System::Continental),
    ("gmbh", "gmbh", System::Continental),
    ("kg", "kg", System::Continental),
    ("sa", "sa", System::Continental),
    ("nv", "nv", System::Continental),
    ("bv", "bv", System::Continental),
    ("spa", "spa", System::Continental),
    ("ab", "ab", System::Continental),
    ("asa", "asa", System::Continental),
    ("oyj", "oyj", System::Continental),
];

/// Words of organizations that are written short or in two ways. A party's `Labour`
/// and `Labor` are not among them: they are two parties.
const VARIANTS: [(&str, &str); 18] = [
    ("assn", "association"),
    ("assoc", "association"),
    ("bros", "brothers"),
    ("centre", "center"),
    ("cttee", "committee"),
    ("defence", "defense"),
    ("dept", "department"),
    ("fed", "federation"),
    ("govt", "government"),
    ("inst", "institute"),
    ("intl", "international"),
    ("mfg", "manufacturing"),
    ("natl", "national"),
    ("organisation", "organization"),
    ("organisations", "organizations"),
    ("programme", "program"),
    ("theatre", "theater"),
    ("univ", "university"),
];

/// Words that name no company by themselves: `National Corp` is not `National`.
const GENERIC: [&str; 44] = [
    "allied",
    "aluminum",
    "american",
    "associated",
    "atlantic",
    "british",
    "canadian",
    "central",
    "chemical",
    "city",
    "commercial",
    "computer",
    "consolidated",
    "continental",
    "eastern",
    "electric",
    "european",
    "federal",
    "financial",
    "first",
    "general",
    "global",
    "group",
    "industrial",
    "insurance",
    "international",
    "national",
    "new",
    "northern",
    "oil",
    "pacific",
    "public",
    "royal",
    "southern",
    "standard",
    "state",
    "steel",
    "telecommunications",
    "telephone",
    "trust",
    "united",
    "universal",
    "western",
    "world",
];

/// Returns true for a word that names no company by itself.
pub(super) fn is_generic(word: &str) -> bool {
    GENERIC.contains(&word)
}

/// Returns true for the name of something that states have and companies do not: what looks
/// like its legal form is cut off (`U.S. Army Corps of Engineers`).
pub(super) fn is_public_body(key: &str) -> bool {
    const BODIES: [&str; 14] = [
        "army",
        "congress",
        "court",
        "courts",
        "embassy",
        "government",
        "guard",
        "marines",
        "ministry",
        "navy",
        "parliament",
        "police",
        "senate",
        "treasury",
    ];
    let last = key.rsplit(' ').next();
    last.is_some_and(|word| BODIES.contains(&word)) || key.ends_with("air force")
}

/// Returns the name without blanks: `coca cola` and `cocacola`, `j k rowling` and
/// `jk rowling` are the same.
pub(super) fn squeezed(key: &str) -> String {
    key.chars().filter(|c| *c != ' ').collect()
}

/// Returns the form in which ways to write one name are the same, legal forms kept.
pub(super) fn plain_form(kind: Kind, key: &str) -> String {
    let mut words: Vec<&str> = key.split(' ').collect();
    if kind != Kind::Person && words.len() > 1 && words[0] == "the" {
        words.remove(0);
    }
    match kind {
        Kind::Person => {}
        Kind::Place => {
            if words.len() > 1 {
                words
                    .iter_mut()
                    .filter(|word| **word == "st")
                    .for_each(|word| *word = "saint");
            }
        }
        Kind::Organization => {
            let inner = words.len() > 2;
            words.retain(|word| !inner || !matches!(*word, "and" | "&"));
            if words.len() > 1 {
                for word in &mut words {
                    let known = VARIANTS.iter().find(|(short, _)| short == word);
                    *word = known.map_or(*word, |(_, long)| long);
                }
            }
        }
    }
    words.concat()
}

/// A company's name and its legal form.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Company<'k> {
    /// The name without its legal form.
    pub(super) base: &'k str,
    /// The legal form in one spelling.
    pub(super) form: String,
    /// Where that is at home.
    pub(super) system: System,
}

/// Returns name and legal form of a folded organization that has one.
pub(super) fn company(key: &str) -> Option<Company<'_>> {
    let mut base = key;
    let mut forms: Vec<&str> = Vec::new();
    let mut system = System::Any;
    while let Some((rest, last)) = base.rsplit_once(' ') {
        let Some((_, form, home)) = LEGAL_FORMS.iter().find(|(word, ..)| *word == last) else {
            break;
        };
        forms.push(form);
        system = system.max(*home);
        base = rest.strip_suffix(" and").unwrap_or(rest);
    }
    let forms: Vec<&str> = forms.into_iter().rev().collect();
    (!forms.is_empty()).then(|| Company {
        base,
        form: forms.join(" "),
        system,
    })
}

/// Returns a form in which ways to write a foreign name in Latin letters are the
/// same: `osama`, `usama`; `gaddafi`, `qadhafi`; `mohammed`, `muhammad`. So are some
/// different names: alone it is evidence of nothing.
pub(super) fn romanized(word: &str) -> String {
    const SOUNDS: [(&str, &str); 12] = [
        ("tch", "s"),
        ("sch", "s"),
        ("kh", "h"),
        ("gh", "g"),
        ("dh", "d"),
        ("th", "t"),
        ("ck", "k"),
        ("ph", "f"),
        ("sh", "s"),
        ("ch", "s"),
        ("ou", "u"),
        ("oo", "u"),
    ];
    let mut word = word.to_owned();
    for (written, sound) in SOUNDS {
        word = word.replace(written, sound);
    }
    let mut form = String::new();
    for (at, c) in word.chars().enumerate() {
        let sound = match c {
            'q' | 'c' | 'g' => 'k',
            'w' => 'v',
            'z' => 's',
            'o' => 'u',
            // Unstressed vowels inside are written any way.
            'e' | 'i' | 'y' | 'j' if at > 0 => 'a',
            'j' | 'y' => 'i',
            other => other,
        };
        if !form.ends_with(sound) {
            form.push(sound);
        }
    }
    form
}

/// Returns how many letters must be added, dropped, changed or swapped with their
/// neighbor to make `b` of `a`: optimal string alignment, quadratic.
pub(super) fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut best = (last[j] + usize::from(x != y))
                .min(last[j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or_default()
}

/// Returns how unlike what was typed a folded name is: 0 if its words are in it, or how
/// many letters differ; `None` if it is another name.
pub fn unlikeness(typed: &str, name: &str) -> Option<usize> {
    let words: Vec<String> = typed.split(' ').map(str::to_owned).collect();
    let is_inside = super::has_words(name, &words);
    let longest = typed.chars().count().max(name.chars().count());
    let difference = typed.chars().count().abs_diff(name.chars().count());
    let most = longest / 4;
    if is_inside || name.starts_with(typed) {
        return Some(0);
    }
    (difference <= most)
        .then(|| distance(typed, name))
        .filter(|distance| *distance <= most)
}

/// Returns the initials of a folded name of several words: with and without its
/// small words.
pub(super) fn initials(key: &str) -> [String; 2] {
    const SMALL: [&str; 8] = ["of", "for", "the", "and", "in", "on", "de", "la"];
    let initials = |keep_small: bool| {
        key.split(' ')
            .filter(|word| keep_small || !SMALL.contains(word))
            .filter_map(|word| word.chars().next())
            .collect::<String>()
    };
    [initials(false), initials(true)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::fold_name;

    #[test]
    fn spellings_of_one_name_have_one_form() {
        use Kind::{Organization, Person, Place};
        for (kind, one, other, same) in [
            (Person, "J. K. Rowling", "J.K. Rowling", true),
            (Person, "George Bush", "George W. Bush", false),
            (Person, "Robert Kennedy", "Robert Kennedy Jr.", false),
            (Organization, "The Guardian", "Guardian", true),
            (
                Organization,
                "Johnson & Johnson",
                "Johnson and Johnson",
                true,
            ),
            (Organization, "Coca-Cola", "CocaCola", true),
            (
                Organization,
                "World Health Organisation",
                "World Health Organization",
                true,
            ),
            (Organization, "Labour Party", "Labor Party", false),
            (Organization, "Bank of England", "Bank of Ireland", false),
            (Organization, "7 Days", "77 Days", false),
            (Place, "St. Louis", "Saint Louis", true),
            (Place, "U.S.", "US", true),
        ] {
            let form = |name: &str| plain_form(kind, &fold_name(name));
            assert_eq!(form(one) == form(other), same, "{one} and {other}");
        }
    }

    #[test]
    fn legal_forms_come_off_the_end() {
        let shown = |key: &str| company(key).map(|company| (company.base.to_owned(), company.form));
        assert_eq!(shown("apple inc"), Some(("apple".into(), "inc".into())));
        assert_eq!(
            shown("nissan motor co ltd"),
            Some(("nissan motor".into(), "co ltd".into()))
        );
        assert_eq!(shown("co"), None);
        assert_eq!(shown("inc magazine"), None);
    }

    #[test]
    fn letters_of_other_scripts_are_written_in_many_ways() {
        for (one, other) in [
            ("osama", "usama"),
            ("gaddafi", "qadhafi"),
            ("gaddafi", "kadafi"),
            ("mohammed", "muhammad"),
            ("tolstoy", "tolstoi"),
            ("hussein", "husain"),
        ] {
            assert_eq!(romanized(one), romanized(other), "{one} and {other}");
        }
        assert_ne!(romanized("john"), romanized("jane"));
        assert_ne!(romanized("berg"), romanized("borg"));
        assert_eq!(distance("gorbachev", "gorbachov"), 1);
        assert_eq!(distance("ab", "ba"), 1);
        assert_eq!(initials("center for civilians in conflict")[0], "ccc");
    }
}
