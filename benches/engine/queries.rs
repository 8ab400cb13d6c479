//! Queries drawn from the articles, with a fixed seed.

use newsdex::query::{Field, Leaf, NameSource, Query, Request, Test};
use newsdex::text::is_common_word;

use crate::articles::Random;
use crate::scan::Scan;

const SEED: u64 = 1987;

/// One kind of question, and one line of the table.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    AllWords,
    AnyWord,
    Phrase,
    PhraseAndOrganization,
    PhraseCount,
    /// A phrase with total and marked spans, as the command line asks.
    PhraseShown,
    /// Words likewise.
    WordsShown,
}

/// What is drawn for it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum DrawnKind {
    /// Articles with one to three words.
    AllWords,
    /// Articles with any of two to four words.
    AnyWord,
    /// Two or three words as they stand side by side in an article.
    Phrase,
    /// The same from an article about an organization, and only such articles.
    PhraseAndOrganization,
}

impl Kind {
    pub(crate) const ALL: [Kind; 7] = [
        Kind::AllWords,
        Kind::AnyWord,
        Kind::Phrase,
        Kind::PhraseAndOrganization,
        Kind::PhraseCount,
        Kind::WordsShown,
        Kind::PhraseShown,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::AllWords => "all words",
            Kind::AnyWord => "any word",
            Kind::Phrase => "phrase",
            Kind::PhraseAndOrganization => "phrase and organization",
            Kind::PhraseCount => "phrase count",
            Kind::WordsShown => "all words, total, marks",
            Kind::PhraseShown => "phrase, total, marks",
        }
    }

    pub(crate) fn drawn_as(self) -> DrawnKind {
        match self {
            Kind::AllWords | Kind::WordsShown => DrawnKind::AllWords,
            Kind::AnyWord => DrawnKind::AnyWord,
            Kind::Phrase | Kind::PhraseCount | Kind::PhraseShown => DrawnKind::Phrase,
            Kind::PhraseAndOrganization => DrawnKind::PhraseAndOrganization,
        }
    }

    /// Returns false for what the raw program has no like of.
    pub(crate) fn is_compared(self) -> bool {
        !matches!(self, Kind::WordsShown | Kind::PhraseShown)
    }
}

/// A drawn query.
#[derive(Debug)]
pub(crate) struct Drawn {
    pub(crate) kind: DrawnKind,
    /// Folded words; for the words drawn here both programs fold alike.
    pub(crate) words: Vec<String>,
    /// An organization's code; empty unless the kind filters by one.
    pub(crate) organization: String,
}

impl Drawn {
    /// Returns the query as newsdex is asked.
    pub(crate) fn request(&self, kind: Kind) -> Request {
        let leaf = |test| {
            let field = Field::Text;
            Query::Leaf(Leaf { field, test })
        };
        let words = self.words.iter().map(|word| leaf(Test::Word(word.clone())));
        let query = match self.kind {
            DrawnKind::AllWords => Query::all_of(words),
            DrawnKind::AnyWord => Query::any_of(words),
            DrawnKind::Phrase | DrawnKind::PhraseAndOrganization => {
                leaf(Test::Phrase(self.words.join(" ")))
            }
        };
        let mut request = Request::new(query);
        let is_shown = matches!(kind, Kind::WordsShown | Kind::PhraseShown);
        request.want_total = is_shown || kind == Kind::PhraseCount;
        request.want_highlights = is_shown;
        if kind == Kind::PhraseCount {
            request.limit = 0;
        }
        if self.kind == DrawnKind::PhraseAndOrganization {
            // The raw program has the editors' codes only.
            request.names = NameSource::Gold;
            request.filters.organizations = vec![format!("={}", self.organization)];
        }
        request
    }
}

/// Draws `count` queries of each kind.
pub(crate) fn draw(scan: &Scan, count: usize) -> Vec<Drawn> {
    let mut random = Random::new(SEED);
    let mut drawn = Vec::new();
    for kind in [
        DrawnKind::AllWords,
        DrawnKind::AnyWord,
        DrawnKind::Phrase,
        DrawnKind::PhraseAndOrganization,
    ] {
        let mut missing = count;
        while missing > 0 {
            if let Some(one) = draw_one(kind, scan, &mut random) {
                drawn.push(one);
                missing -= 1;
            }
        }
    }
    drawn
}

fn draw_one(kind: DrawnKind, scan: &Scan, random: &mut Random) -> Option<Drawn> {
    let filtered = kind == DrawnKind::PhraseAndOrganization;
    let (runs, organizations) = scan.draw_article(random, filtered)?;
    let organization = match filtered {
        true => organizations
            .get(random.below(organizations.len()))?
            .clone(),
        false => String::new(),
    };
    let words: Vec<String> = match kind {
        DrawnKind::AllWords | DrawnKind::AnyWord => {
            let all: Vec<&str> = runs
                .iter()
                .flatten()
                .map(String::as_str)
                .filter(|word| word.len() > 2 && !is_common_word(word))
                .collect();
            let fewest = if kind == DrawnKind::AnyWord { 2 } else { 1 };
            let mut words: Vec<String> = Vec::new();
            for _ in 0..fewest + random.below(3) {
                words.push((*all.get(random.below(all.len()))?).to_owned());
            }
            words.sort();
            words.dedup();
            if words.len() < fewest {
                return None;
            }
            words
        }
        DrawnKind::Phrase | DrawnKind::PhraseAndOrganization => {
            let length = 2 + random.below(2);
            let runs: Vec<&Vec<String>> = runs.iter().filter(|run| run.len() >= length).collect();
            let run = runs.get(random.below(runs.len()))?;
            let from = random.below(run.len() - length + 1);
            run[from..from + length].to_vec()
        }
    };
    Some(Drawn {
        kind,
        words,
        organization,
    })
}
