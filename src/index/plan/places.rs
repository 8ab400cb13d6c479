//! Says in words of the index what a condition on places asks for.

use std::collections::{BTreeMap, BTreeSet};

use tantivy::Term;
use tantivy::schema::Field as IndexField;

use super::super::error::IndexError;
use super::super::marks;
use super::super::name_filter::kind_of;
use super::super::patterns::Wanted;
use super::super::places::{LanguageSet, Leaf, Node, Places, Row};
use super::Planner;
use crate::article::Kind;
use crate::query::{self, Query, Test, is_named, phrase_sequences, word_forms};
use crate::text::{Casing, fold_name, fold_word, words};

/// In every language.
const ALL: LanguageSet = LanguageSet::MAX;

/// A word of a row: its alternatives, each in some languages.
type Alternatives = Vec<(Term, LanguageSet)>;

impl Planner<'_> {
    /// Returns what `condition` asks of positions; `None` if they cannot decide it.
    pub(super) fn places(&mut self, condition: &Query) -> Result<Option<Places>, IndexError> {
        if self.languages.len() > LanguageSet::BITS as usize {
            return Ok(None);
        }
        let (mut leaves, mut has_stems) = (Vec::new(), false);
        let Some(root) = self.node(condition, &mut leaves, &mut has_stems)? else {
            return Ok(None);
        };
        let mut uncertain = 0;
        if has_stems {
            for (at, language) in self.languages.iter().enumerate() {
                uncertain |= LanguageSet::from(!language.keeps_beginnings()) << at;
            }
        }
        Ok(Some(Places {
            root,
            leaves,
            fields: [self.snapshot.fields.title, self.snapshot.fields.body],
            languages: self.languages.clone(),
            uncertain,
            nests_pairs: match condition {
                Query::AtLeast(_, condition) => pair_depth(condition) > 1,
                // Of the outermost pairs it is only asked whether there is one.
                condition => pair_depth(condition) > 2,
            },
        }))
    }

    fn node(
        &mut self,
        query: &Query,
        leaves: &mut Vec<Leaf>,
        has_stems: &mut bool,
    ) -> Result<Option<Node>, IndexError> {
        Ok(match query {
            Query::Leaf(leaf) => self.rows(leaf, has_stems)?.map(|rows| {
                let known = leaves.iter().position(|known| *known == rows);
                Node::Leaf(known.unwrap_or_else(|| {
                    leaves.push(rows);
                    leaves.len() - 1
                }))
            }),
            Query::Or(conditions) => {
                let mut nodes = Vec::new();
                for condition in conditions {
                    match self.node(condition, leaves, has_stems)? {
                        Some(node) => nodes.push(node),
                        None => return Ok(None),
                    }
                }
                Some(Node::Any(nodes))
            }
            Query::Near(near) => {
                let left = self.node(&near.left, leaves, has_stems)?;
                let right = self.node(&near.right, leaves, has_stems)?;
                left.zip(right).map(|(left, right)| {
                    Node::Near(Box::new(left), Box::new(right), near.reach, near.in_order)
                })
            }
            Query::AtLeast(count, condition) => {
                let node = self.node(condition, leaves, has_stems)?;
                node.map(|node| Node::AtLeast(*count, Box::new(node)))
            }
            Query::Boosted(condition, _) => self.node(condition, leaves, has_stems)?,
            Query::All | Query::And(_) | Query::Not(_) => None,
        })
    }

    fn rows(
        &mut self,
        leaf: &query::Leaf,
        has_stems: &mut bool,
    ) -> Result<Option<Leaf>, IndexError> {
        if let Some(kind) = kind_of(leaf.field) {
            return Ok(Some(self.mentions(kind, &leaf.test)?));
        }
        if !leaf.field.is_text() {
            return Ok(None);
        }
        let mut rows = Vec::new();
        for (field, _) in self.text_fields(leaf.field) {
            let lead_only = self.is_lead_only(leaf.field, field);
            let mut add = |words: Vec<Alternatives>, casings, between| {
                if !words.is_empty() {
                    rows.push(Row {
                        field,
                        words,
                        casings,
                        mention: None,
                        between,
                        lead_only,
                    });
                }
            };
            let exact = |word: &String| vec![(Term::from_field_text(field, word), ALL)];
            match &leaf.test {
                Test::Word(text) => {
                    let forms = word_forms(text);
                    add(forms.parts.iter().map(exact).collect(), None, 0);
                    if let Some(word) = forms.stemmed {
                        *has_stems = true;
                        add(vec![self.inflections(field, &word)?], None, 0);
                    }
                }
                Test::Phrase(text) | Test::Loose(text, _) => {
                    let between = match leaf.test {
                        Test::Loose(_, between) => between,
                        _ => 0,
                    };
                    for words in phrase_sequences(text) {
                        add(words.iter().map(exact).collect(), None, between);
                    }
                }
                Test::Wildcard(_) | Test::Fuzzy(..) => {
                    let words = self.words_of_pattern(field, &leaf.test, Wanted::Places)?;
                    let words = words.iter().map(|word| exact(word).remove(0));
                    add(vec![words.collect()], None, 0);
                }
                Test::Exactly(text) => {
                    let parts = words(text).filter(|word| !word.is_compound());
                    let (words, casings) = parts.map(|word| written(word.text)).unzip();
                    let words: Vec<String> = words;
                    add(words.iter().map(exact).collect(), Some(casings), 0);
                }
                Test::Present | Test::Missing | Test::Days(..) | Test::Numbers(..) => {
                    return Ok(None);
                }
            }
        }
        Ok(Some(rows))
    }

    /// Returns the mentions of the names that `test` asks for, by the number of their words.
    fn mentions(&self, kind: Kind, test: &Test) -> Result<Leaf, IndexError> {
        let start = match test {
            Test::Exactly(name) => marks::of_name(kind, &fold_name(name)),
            Test::Word(_) | Test::Phrase(_) => marks::of_kind(kind).to_owned(),
            _ => return Ok(Vec::new()),
        };
        let mut found: BTreeMap<(IndexField, u32), BTreeSet<Term>> = BTreeMap::new();
        let fields = [self.snapshot.fields.title, self.snapshot.fields.body];
        for segment in self.snapshot.searcher.segment_readers() {
            for field in fields {
                let index = segment.inverted_index(field)?;
                let range = index.terms().range().ge(start.as_bytes());
                let mut stream = range.into_stream().map_err(tantivy::TantivyError::from)?;
                while stream.advance() && stream.key().starts_with(start.as_bytes()) {
                    let mark = String::from_utf8_lossy(stream.key());
                    let mentioned = marks::mentioned(kind, &mark);
                    let wanted = mentioned.filter(|(name, _)| is_named(test, name));
                    if let Some((_, words)) = wanted {
                        let term = Term::from_field_text(field, &mark);
                        found.entry((field, words)).or_default().insert(term);
                    }
                }
            }
        }
        let row = |((field, words), terms): (_, BTreeSet<Term>)| Row {
            field,
            words: vec![terms.into_iter().map(|term| (term, ALL)).collect()],
            casings: None,
            mention: Some(words),
            between: 0,
            lead_only: false,
        };
        Ok(found.into_iter().map(row).collect())
    }

    /// Returns the words of a field that share a stem with `word`, each with the languages
    /// in which it does.
    fn inflections(&mut self, field: IndexField, word: &str) -> Result<Alternatives, IndexError> {
        let mut found: BTreeMap<String, LanguageSet> = BTreeMap::new();
        for at in 0..self.languages.len() {
            if self.languages[at].keeps_beginnings() {
                for inflection in self.words_with_stem_of(field, word, at)? {
                    *found.entry(inflection).or_default() |= 1 << at;
                }
            }
        }
        let term = |(word, set): (String, _)| (Term::from_field_text(field, &word), set);
        Ok(found.into_iter().map(term).collect())
    }
}

/// Returns a word as the index has it, and how it is written.
fn written(word: &str) -> (String, Casing) {
    let mut folded = String::new();
    fold_word(word, &mut folded);
    let casing = Casing::of(word, &folded);
    (folded, casing)
}

/// Returns how many levels of pairs the places of a condition are made of.
fn pair_depth(condition: &Query) -> usize {
    match condition {
        Query::Or(conditions) => conditions.iter().map(pair_depth).max().unwrap_or(0),
        Query::Near(near) => 1 + pair_depth(&near.left).max(pair_depth(&near.right)),
        Query::Boosted(condition, _) => pair_depth(condition),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {

    use super::super::super::places::{Answer, SegmentPlaces};
    use super::super::super::sample::{self, Random};
    use super::*;
    use crate::article::{Article, Mention, Name, Part, Provenance, Span};
    use crate::query::{Checker, Request, parse};

    /// `w` is one of many words.
    const WORDS: [&str; 22] = [
        "landmine",
        "w",
        "w",
        "w",
        "US",
        "LAND",
        "landMine",
        "Mine",
        "mine",
        "mines",
        "land-mine",
        "land",
        "Land",
        "dying",
        "die",
        "anti-mine-law",
        "law",
        "laws",
        "U.S.",
        "gegeven",
        "geef",
        "the",
    ];
    const BLANKS: [&str; 12] = [
        " ", " ", " ", " ", " ", " ", " ", ", ", ". ", ". The ", "\n\n", ".-",
    ];
    const OPERANDS: [&str; 27] = [
        "=landmine",
        "=landMine",
        "w*",
        "lead:w*",
        "(w* OR mine)",
        "person:mine",
        "person:=\"Land Mine\"",
        "org:\"land mine\"",
        "org:=us",
        "=mine",
        "=Land",
        "=LAND",
        "=U.S.",
        "=land-mine",
        "=\"Land mine\"",
        "mine",
        "land",
        "die",
        "law",
        "\"land mine\"",
        "landmine",
        "(law* OR us)",
        "gegeven",
        "\"the land\"",
        "title:mine",
        "lead:law",
        "lan?~1",
    ];
    const LINKS: [&str; 7] = ["w/1", "w/3", "w/12", "pre/2", "pre/6", "w/s", "w/p"];
    const NUMBERS: [&str; 3] = ["atleast2", "atleast3", "atleast5"];

    fn word(random: &mut Random) -> String {
        match random.pick(&WORDS) {
            "w" => format!("w{}{}", random.pick(&NUMBERED), random.pick(&NUMBERED)),
            word => word.to_owned(),
        }
    }

    const NUMBERED: [&str; 9] = ["1", "2", "3", "4", "5", "6", "7", "8", "9-b"];

    fn article(number: usize, random: &mut Random) -> Article {
        let mut article = sample::article(number);
        let language = random.pick(&["", "en", "de", "nl", "xx"]);
        article.language = (!language.is_empty()).then(|| language.to_owned());
        for _ in 0..number % 12 {
            article.title += &word(random);
            article.title += random.pick(&BLANKS);
        }
        for _ in 0..number % 60 {
            article.body += &word(random);
            article.body += random.pick(&BLANKS);
        }
        for _ in 0..number % 7 {
            let name = name(&article, random);
            article.names.extend(name);
        }
        article
    }

    const NAMES: [&str; 6] = [
        "Mine",
        "Land Mine",
        "the land-mine law",
        "U.S.",
        "!",
        "Mine?",
    ];

    /// Returns a name mentioned at up to three places, wherever they are.
    fn name(article: &Article, random: &mut Random) -> Option<Name> {
        let kind = match random.pick(&["person", "person", "organization"]) {
            "person" => Kind::Person,
            _ => Kind::Organization,
        };
        let mut mentions = Vec::new();
        for _ in 0..3 {
            let part = match random.pick(&["title", "body", "body"]) {
                "title" => Part::Title,
                _ => Part::Body,
            };
            let text = article.text(part);
            let words: Vec<&str> = text.split(' ').collect();
            let word = random.pick(&words);
            let start = word.as_ptr() as usize - text.as_ptr() as usize;
            let length = random.pick(&["      ", "   ", "", &text[start..]]).len();
            let span = Span::new(text, start..start + word.len().max(length));
            mentions.extend(span.map(|span| Mention { part, span, kind }));
        }
        mentions.sort_unstable();
        Some(Name {
            kind,
            canonical: random.pick(&NAMES).to_owned(),
            provenance: Provenance::Extracted,
            mentions,
        })
    }

    fn condition(random: &mut Random) -> String {
        let (left, right) = (random.pick(&OPERANDS), random.pick(&OPERANDS));
        match random.pick(&[
            "near",
            "near",
            "near",
            "nested",
            "number",
            "pairs",
            "nested pairs",
            "loose",
            "alone",
        ]) {
            "alone" => random
                .pick(&["w*", "lead:w*", "hlead(w*)", "w?~1"])
                .to_owned(),
            "near" => format!("{left} {} {right}", random.pick(&LINKS)),
            "nested" => format!("({left} w/2 {right}) pre/4 {}", random.pick(&OPERANDS)),
            "number" => format!("{}({left} OR {right})", random.pick(&NUMBERS)),
            "pairs" => {
                let (number, link) = (random.pick(&NUMBERS), random.pick(&LINKS));
                format!(
                    "{number}(({left} {link} {right}) OR {})",
                    random.pick(&OPERANDS)
                )
            }
            "nested pairs" => {
                let (number, last) = (random.pick(&NUMBERS), random.pick(&OPERANDS));
                format!("{number}(({left} w/3 {right}) w/6 ({last} OR {left}))")
            }
            _ => format!("\"{} {}\"~3", random.pick(&WORDS), random.pick(&WORDS)),
        }
    }

    #[test]
    fn positions_say_what_texts_say() {
        let folder = tempfile::tempdir().unwrap();
        let mut random = Random(1987);
        let articles: Vec<Article> = (0..240).map(|at| article(at, &mut random)).collect();
        let index = sample::add(&folder.path().join("index"), &articles);
        let snapshot = index.snapshot().unwrap();
        let mut counts = [0; 3];
        for _ in 0..360 {
            let text = condition(&mut random);
            let today = jiff::civil::date(2024, 3, 1);
            let query = parse(&text, today).unwrap().query;
            let mut request = Request::new(query.clone());
            (request.want_total, request.want_stories) = (true, counts[0] % 2 == 0);
            let found = snapshot.search(&request).unwrap();
            let mut planner = Planner::new(&snapshot, &request);
            let places = planner.places(&query).unwrap().unwrap();
            let mut checker = Checker::new(query);
            let mut matching = Vec::new();
            for (number, segment) in (0..).zip(snapshot.searcher.segment_readers()) {
                let mut places = SegmentPlaces::open(&places, segment).unwrap();
                for doc in 0..segment.max_doc() {
                    let address = tantivy::DocAddress::new(number, doc);
                    let article = snapshot.read(address).unwrap();
                    let truth = checker.matches(&article);
                    if truth {
                        matching.push(article.id.clone());
                    }
                    let answer = places.answer(doc);
                    counts[answer as usize] += 1;
                    let is_right = match answer {
                        Answer::Yes => truth,
                        Answer::No => !truth,
                        Answer::Unknown => true,
                    };
                    assert!(is_right, "{text}: {answer:?} of {article:?}");
                }
            }
            assert_eq!(found.total, Some(matching.len() as u64), "{text}");
            assert_eq!(
                found.hits.len(),
                matching.len().min(request.limit),
                "{text}"
            );
            request.limit = articles.len();
            let all = snapshot.rank(&request).unwrap().hits;
            for (hit, ranked) in found.hits.iter().zip(&all) {
                let id = snapshot.id_of(ranked).unwrap();
                assert_eq!(hit.article.id.as_str(), id, "{text}");
                assert!(
                    matching.contains(&hit.article.id),
                    "{text}: {:?}",
                    hit.article
                );
            }
        }
        let [yes, no, unknown] = counts;
        assert!(yes > 5_000 && no > 20_000, "{counts:?}");
        assert!(unknown < (yes + no) / 4, "{counts:?}");
    }
}
