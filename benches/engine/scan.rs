//! A plain scan of all texts: what queries must find, without any index.
//!
//! It shares with newsdex how words are cut and folded, and nothing of how they are
//! found.

use std::collections::{BTreeSet, HashMap, HashSet};

use anyhow::{Context, Result};
use newsdex::article::{ArticleId, Kind, Provenance};
use newsdex::index::Snapshot;
use newsdex::query::{Query, Request};
use newsdex::text::{Language, Stemmer, Vocabulary, fold_name, fold_word, push_stems, words};

use crate::articles::Random;
use crate::queries::{Drawn, DrawnKind};

/// All articles, cut into words.
pub(crate) struct Scan {
    articles: Vec<Scanned>,
    numbers: HashMap<String, u32>,
    text_bytes: u64,
}

struct Scanned {
    id: String,
    /// Title and body: each word's position and number.
    parts: [Vec<(u32, u32)>; 2],
    stems: HashSet<u32>,
    organizations: Vec<String>,
    body: String,
}

impl Scan {
    /// Reads every article that `snapshot` stores.
    pub(crate) fn of(snapshot: &Snapshot) -> Result<Scan> {
        let mut ids = BTreeSet::new();
        snapshot.visit_ids(&Request::new(Query::All), |id| {
            ids.insert(id);
        })?;
        let mut vocabulary = Vocabulary::new(Language::from_tag(Language::DEFAULT_TAG));
        let mut scan = Scan {
            articles: Vec::new(),
            numbers: HashMap::new(),
            text_bytes: 0,
        };
        for id in ids {
            let key = ArticleId::new(&id).context("an id that is none")?;
            let article = snapshot
                .article(&key)?
                .context("an article that is listed only")?;
            scan.text_bytes += (article.title.len() + article.body.len()) as u64;
            let mut stems = String::new();
            for text in [&article.title, &article.body] {
                push_stems(text, &mut vocabulary, &mut stems);
            }
            let gold = article.names.iter().filter(|name| {
                name.kind == Kind::Organization && name.provenance == Provenance::Gold
            });
            let organizations = gold.map(|name| name.canonical.clone()).collect();
            let parts = [scan.numbered(&article.title), scan.numbered(&article.body)];
            let stems = stems
                .split_ascii_whitespace()
                .map(|stem| scan.number(stem))
                .collect();
            scan.articles.push(Scanned {
                id,
                parts,
                stems,
                organizations,
                body: article.body,
            });
        }
        Ok(scan)
    }

    /// Returns the bytes of all titles and bodies.
    pub(crate) fn text_bytes(&self) -> u64 {
        self.text_bytes
    }

    fn number(&mut self, word: &str) -> u32 {
        if let Some(number) = self.numbers.get(word) {
            return *number;
        }
        let number = self.numbers.len() as u32;
        self.numbers.insert(word.to_owned(), number);
        number
    }

    fn numbered(&mut self, text: &str) -> Vec<(u32, u32)> {
        let mut folded = String::new();
        let mut numbered = Vec::new();
        for word in words(text) {
            fold_word(word.text, &mut folded);
            numbered.push((word.position, self.number(&folded)));
        }
        numbered
    }

    /// Returns the ids of all articles that answer a drawn query.
    pub(crate) fn find(&self, drawn: &Drawn) -> BTreeSet<String> {
        let mut stemmer = Stemmer::new(Language::from_tag(Language::DEFAULT_TAG));
        let number = |word: &str| self.numbers.get(word).copied().unwrap_or(u32::MAX);
        let exact: Vec<u32> = drawn.words.iter().map(|word| number(word)).collect();
        let stems: Vec<u32> = drawn
            .words
            .iter()
            .map(|word| number(stemmer.stem(word)))
            .collect();
        let organization = fold_name(&drawn.organization);
        let matches = |article: &&Scanned| match drawn.kind {
            DrawnKind::AllWords => stems.iter().all(|stem| article.stems.contains(stem)),
            DrawnKind::AnyWord => stems.iter().any(|stem| article.stems.contains(stem)),
            DrawnKind::Phrase => article.has_phrase(&exact),
            DrawnKind::PhraseAndOrganization => {
                let is_it = |name: &String| fold_name(name) == organization;
                article.organizations.iter().any(is_it) && article.has_phrase(&exact)
            }
        };
        let found = self.articles.iter().filter(matches);
        found.map(|article| article.id.clone()).collect()
    }

    /// Returns what queries about one article may be made of: its body's runs of words
    /// between which there is nothing but white space, and its organizations. With
    /// `with_organization` only of an article that has one; `None` where luck fails.
    pub(crate) fn draw_article(
        &self,
        random: &mut Random,
        with_organization: bool,
    ) -> Option<(Vec<Vec<String>>, &[String])> {
        let article = &self.articles[random.below(self.articles.len())];
        if with_organization && article.organizations.is_empty() {
            return None;
        }
        Some((runs(&article.body), &article.organizations))
    }
}

impl Scanned {
    fn has_phrase(&self, phrase: &[u32]) -> bool {
        let stands_at = |part: &[(u32, u32)], from: usize| {
            let (begin, _) = part[from];
            phrase.iter().enumerate().skip(1).all(|(offset, wanted)| {
                let position = begin + offset as u32;
                let later = part[from..].iter().take_while(|(at, _)| *at <= position);
                later.into_iter().any(|found| *found == (position, *wanted))
            })
        };
        self.parts.iter().any(|part| {
            (0..part.len()).any(|from| part[from].1 == phrase[0] && stands_at(part, from))
        })
    }
}

/// Returns runs of plain words, which any tokenizer cuts alike, folded.
fn runs(text: &str) -> Vec<Vec<String>> {
    let mut runs: Vec<Vec<String>> = vec![Vec::new()];
    let mut end = 0;
    for word in words(text).filter(|word| !word.is_compound()) {
        let is_plain = word.text.bytes().all(|byte| byte.is_ascii_alphabetic());
        let is_apart = !text[end..word.start].trim().is_empty();
        if (is_apart || !is_plain) && runs.last().is_some_and(|run| !run.is_empty()) {
            runs.push(Vec::new());
        }
        if is_plain && let Some(run) = runs.last_mut() {
            run.push(word.text.to_ascii_lowercase());
        }
        end = word.range().end;
    }
    runs
}
