//! The JSON that newsdex writes: documented, stable shapes for programs.
//!
//! These types are separate from those inside on purpose: renaming something inside
//! never changes the output. Later versions add fields; they never rename or remove.
//! Offsets are bytes of UTF-8 into the field as it is printed here.

use serde::Serialize;

use crate::article::{Article, Kind, Mention, Part, Provenance};
use crate::index::{Help, Hit, Response};
use crate::names::{Doubt, Explanation, Reason, Verdict};
use crate::query::{Match, Query, Warning, count_spans, snippet};

/// How long a snippet may be, in characters (chosen: three lines of a terminal).
pub const SNIPPET_CHARS: usize = 280;

/// The answer to a search.
#[derive(Debug, Serialize)]
pub struct SearchReply<'a> {
    /// The query as typed.
    pub query: &'a str,
    /// The query as read, with the filters.
    pub parsed: String,
    /// What may not have been meant that way.
    pub warnings: Vec<WarningReply<'a>>,
    /// How many articles match.
    pub total: Option<u64>,
    /// How many stories they are: copies count once.
    pub stories: Option<u64>,
    /// How long the search took, in milliseconds.
    pub took_ms: f64,
    /// The hits asked for, in order.
    pub hits: Vec<HitReply<'a>>,
    /// What may help, if nothing was found or a word is in no article.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<HelpReply<'a>>,
}

/// What may help.
#[derive(Debug, Serialize)]
pub struct HelpReply<'a> {
    /// Words and names that no article has, with what was probably meant.
    pub did_you_mean: Vec<CorrectionReply<'a>>,
    /// Words, and names with their field, that no article has, nor any like them, if nothing was
    /// found.
    pub unknown: &'a [String],
    /// The first day that an article has, if nothing was found and the query asks for days beyond.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_day: Option<String>,
    /// The last one likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_day: Option<String>,
    /// The query with all of them put right, and how many articles it finds.
    pub corrected: Option<ProposalReply<'a>>,
    /// What each part of the query finds alone.
    pub parts: Vec<ProposalReply<'a>>,
    /// What would find something.
    pub relaxations: Vec<ProposalReply<'a>>,
}

/// A word or name, and what was probably meant.
#[derive(Debug, Serialize)]
pub struct CorrectionReply<'a> {
    /// What was written.
    pub written: &'a str,
    /// What was probably meant.
    pub meant: &'a str,
    /// How many articles have that.
    pub articles: u64,
}

/// A query with how many articles it finds.
#[derive(Debug, Serialize)]
pub struct ProposalReply<'a> {
    /// The query.
    pub query: String,
    /// What it gives up, if it is another than the one that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what: Option<&'a str>,
    /// How many articles it finds.
    pub articles: u64,
}

impl<'a> HelpReply<'a> {
    fn new(help: &'a Help) -> HelpReply<'a> {
        let proposal = |query: &Query, what, articles| ProposalReply {
            query: query.to_string(),
            what,
            articles,
        };
        let corrections = help.corrections.iter().map(|one| CorrectionReply {
            written: &one.written,
            meant: &one.meant,
            articles: one.articles,
        });
        let parts = help.parts.iter();
        let relaxed = help.relaxations.iter();
        HelpReply {
            did_you_mean: corrections.collect(),
            unknown: &help.unknown,
            first_day: help.days.map(|(first, _)| first.to_string()),
            last_day: help.days.map(|(_, last)| last.to_string()),
            corrected: help
                .corrected
                .as_ref()
                .map(|(query, articles)| proposal(query, None, *articles)),
            parts: parts
                .map(|one| proposal(&one.part, None, one.articles))
                .collect(),
            relaxations: relaxed
                .map(|(one, articles)| proposal(&one.request.query, Some(&one.what), *articles))
                .collect(),
        }
    }
}

impl<'a> SearchReply<'a> {
    /// Returns the reply to `query`, which was read as `parsed`.
    pub fn new(
        query: &'a str,
        parsed: String,
        warnings: &'a [Warning],
        response: &'a Response,
    ) -> SearchReply<'a> {
        SearchReply {
            query,
            parsed,
            warnings: warnings
                .iter()
                .map(WarningReply::new)
                .chain(
                    response
                        .register_fault
                        .as_deref()
                        .map(WarningReply::of_register),
                )
                .collect(),
            total: response.total,
            stories: response.stories,
            took_ms: (response.took.as_secs_f64() * 1e6).round() / 1e3,
            hits: response.hits.iter().map(HitReply::new).collect(),
            help: None,
        }
    }

    /// Adds what may help.
    pub fn with_help(self, help: Option<&'a Help>) -> SearchReply<'a> {
        SearchReply {
            help: help.map(HelpReply::new),
            ..self
        }
    }
}

/// A warning about a query.
#[derive(Debug, Serialize)]
pub struct WarningReply<'a> {
    /// A stable name for the kind of warning.
    pub code: &'static str,
    /// What was done, for people.
    pub message: &'a str,
    /// The byte of the query it is about.
    pub position: usize,
}

impl<'a> WarningReply<'a> {
    fn new(warning: &'a Warning) -> WarningReply<'a> {
        let Warning {
            code,
            message,
            position,
            ..
        } = warning;
        WarningReply {
            code: code.as_str(),
            message,
            position: *position,
        }
    }
}

impl<'a> WarningReply<'a> {
    /// The register cannot be read, and its last good state is in force.
    fn of_register(fault: &'a str) -> WarningReply<'a> {
        WarningReply {
            code: "register",
            message: fault,
            position: 0,
        }
    }
}

/// One hit.
#[derive(Debug, Serialize)]
pub struct HitReply<'a> {
    /// The article's id.
    pub id: &'a str,
    /// How well it answers; comparable within one answer.
    pub score: f64,
    /// How many places of the article match.
    pub matches: usize,
    /// How many copies of it match too, where it stands for all of them.
    #[serde(skip_serializing_if = "is_zero")]
    pub copies: u64,
    /// The headline.
    pub title: &'a str,
    /// The first paragraph.
    pub lead: &'a str,
    /// When it was published, in ISO 8601.
    pub published: Option<String>,
    /// The paper, agency or site.
    pub source: Option<&'a str>,
    /// Its address.
    pub url: Option<&'a str>,
    /// Names of people.
    pub people: Vec<&'a str>,
    /// Names of organizations.
    pub organizations: Vec<&'a str>,
    /// Names of places.
    pub places: Vec<&'a str>,
    /// A piece of the body that shows why it matched.
    pub snippet: &'a str,
    /// Every place that matches.
    pub highlights: Vec<HighlightReply>,
    /// What the score is the sum of.
    pub explanation: Vec<ContributionReply<'a>>,
}

impl<'a> HitReply<'a> {
    /// Returns the reply for `hit`.
    pub fn new(hit: &'a Hit) -> HitReply<'a> {
        let article = &hit.article;
        let shown = snippet(&article.body, &hit.matches, SNIPPET_CHARS);
        let explanation = hit.contributions.iter().map(|part| ContributionReply {
            text: &part.label,
            weight: part.weight,
            score: part.score,
        });
        HitReply {
            id: article.id.as_str(),
            score: hit.score,
            matches: count_spans(&hit.matches),
            copies: hit.copies,
            title: &article.title,
            lead: article.lead(),
            published: article.published.map(|date| date.to_string()),
            source: article.source.as_deref(),
            url: article.url.as_deref(),
            people: article.names_of(Kind::Person),
            organizations: article.names_of(Kind::Organization),
            places: article.names_of(Kind::Place),
            snippet: &article.body[shown.range],
            highlights: highlights(&hit.matches),
            explanation: explanation.collect(),
        }
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Returns every place once, however many conditions match there: as many as `matches` says.
fn highlights(matches: &[Match]) -> Vec<HighlightReply> {
    let place = |found: &Match| (found.part, found.span);
    let places = matches.chunk_by(|one, other| place(one) == place(other));
    places
        .filter_map(|same| same.first())
        .map(HighlightReply::new)
        .collect()
}

/// A place that matches.
#[derive(Debug, Serialize)]
pub struct HighlightReply {
    /// `title` or `body`.
    pub field: Part,
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl HighlightReply {
    fn new(found: &Match) -> HighlightReply {
        HighlightReply {
            field: found.part,
            start: found.span.start(),
            end: found.span.end(),
        }
    }
}

/// What one word or phrase adds to a score.
#[derive(Debug, Serialize)]
pub struct ContributionReply<'a> {
    /// The word or phrase.
    pub text: &'a str,
    /// The most it could add.
    pub weight: f64,
    /// What it adds.
    pub score: f64,
}

/// A whole article. Read back by `ingest`, it gives the same article.
#[derive(Debug, Serialize)]
pub struct ArticleReply<'a> {
    /// The file it was read from.
    pub file: &'a str,
    /// The path inside the file, where that is an archive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<&'a str>,
    /// The record within the file, from 1.
    pub record: u64,
    /// Its id.
    pub id: &'a str,
    /// The headline.
    pub title: &'a str,
    /// Names of people, whoever says so.
    pub people: Vec<&'a str>,
    /// Names of organizations, whoever says so.
    pub organizations: Vec<&'a str>,
    /// Names of places, whoever says so.
    pub places: Vec<&'a str>,
    /// The text.
    pub body: &'a str,
    /// When it was published, in ISO 8601.
    pub published: Option<String>,
    /// When it was last changed, in ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modified: Option<String>,
    /// Its authors.
    pub byline: &'a [String],
    /// The paper, agency or site.
    pub source: Option<&'a str>,
    /// The part of the paper.
    pub section: Option<&'a str>,
    /// Its language.
    pub language: Option<&'a str>,
    /// Its address.
    pub url: Option<&'a str>,
    /// The line with place and day before the text.
    pub dateline: Option<&'a str>,
    /// Editors' subject codes.
    pub topics: &'a [String],
    /// Words that the publisher filed it under.
    pub tags: &'a [String],
    /// Editors' stock exchange codes.
    pub exchanges: &'a [String],
    /// The kind of item in its source's words.
    pub item_type: Option<&'a str>,
    /// Every name with its provenance and the places it stands at.
    pub names: Vec<NameReply<'a>>,
    /// Mentions that are of no name for certain, if reasons were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out: Option<Vec<LeftOutReply<'a>>>,
    /// The places that match a query, if one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub highlights: Option<Vec<HighlightReply>>,
}

impl<'a> ArticleReply<'a> {
    /// Returns the reply for `article`.
    pub fn new(article: &'a Article) -> ArticleReply<'a> {
        ArticleReply {
            file: &article.origin.file,
            member: article.origin.member.as_deref(),
            record: article.origin.record,
            id: article.id.as_str(),
            title: &article.title,
            people: article.names_of(Kind::Person),
            organizations: article.names_of(Kind::Organization),
            places: article.names_of(Kind::Place),
            body: &article.body,
            published: article.published.map(|date| date.to_string()),
            modified: article.modified.map(|date| date.to_string()),
            byline: &article.byline,
            source: article.source.as_deref(),
            section: article.section.as_deref(),
            language: article.language.as_deref(),
            url: article.url.as_deref(),
            dateline: article.dateline.as_deref(),
            topics: &article.topics,
            tags: &article.tags,
            exchanges: &article.exchanges,
            item_type: article.item_type.as_deref(),
            names: article.names.iter().map(NameReply::new).collect(),
            left_out: None,
            highlights: None,
        }
    }

    /// Adds why the article has its names.
    pub fn with_reasons(
        mut self,
        article: &'a Article,
        explanation: &Explanation,
    ) -> ArticleReply<'a> {
        for (reply, name) in self.names.iter_mut().zip(&article.names) {
            let explain = |mention: &Mention| match explanation.of(mention) {
                Some(reason) => MentionReply::explained(article, reason),
                None => MentionReply::new(mention),
            };
            reply.mentions = name.mentions.iter().map(explain).collect();
        }
        let left_out = |(reason, _): (&Reason, Doubt)| LeftOutReply {
            kind: reason.mention.kind,
            mention: MentionReply::explained(article, reason),
        };
        self.left_out = Some(explanation.left_out().map(left_out).collect());
        self
    }

    /// Adds the places that match a query.
    pub fn with_highlights(mut self, matches: &[Match]) -> ArticleReply<'a> {
        self.highlights = Some(highlights(matches));
        self
    }
}

/// A name of an article.
#[derive(Debug, Serialize)]
pub struct NameReply<'a> {
    /// What it names.
    pub kind: Kind,
    /// The canonical name.
    pub name: &'a str,
    /// Who says so.
    pub provenance: Provenance,
    /// The places it stands at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<MentionReply<'a>>,
}

/// A place at which a name stands.
#[derive(Debug, Serialize)]
pub struct MentionReply<'a> {
    /// Where.
    #[serde(flatten)]
    pub place: HighlightReply,
    /// Why, if that was asked for.
    #[serde(flatten)]
    pub reason: Option<ReasonReply<'a>>,
}

/// Why a mention is one.
#[derive(Debug, Serialize)]
pub struct ReasonReply<'a> {
    /// The text that stands there.
    pub text: &'a str,
    /// A stable name for what made it a mention.
    pub found_by: &'static str,
    /// How sure the tagger was that it names something of this kind, from 0 to 1.
    pub probability: Option<f64>,
    /// A stable name for the rule that united it with the name, or for the doubt that
    /// left it out.
    pub united_by: &'static str,
}

/// A mention that is of no name for certain.
#[derive(Debug, Serialize)]
pub struct LeftOutReply<'a> {
    /// What it names.
    pub kind: Kind,
    /// Where, and why.
    #[serde(flatten)]
    pub mention: MentionReply<'a>,
}

impl<'a> MentionReply<'a> {
    fn new(mention: &Mention) -> MentionReply<'a> {
        let place = HighlightReply {
            field: mention.part,
            start: mention.span.start(),
            end: mention.span.end(),
        };
        MentionReply {
            place,
            reason: None,
        }
    }

    fn explained(article: &'a Article, reason: &Reason) -> MentionReply<'a> {
        let text = match reason.mention.part {
            Part::Title => &article.title,
            Part::Body => &article.body,
        };
        let rounded = |probability: f32| (f64::from(probability) * 1e3).round() / 1e3;
        let reply = ReasonReply {
            text: reason.mention.span.of(text),
            found_by: reason.evidence.code(),
            probability: reason.probability.map(rounded),
            united_by: match reason.verdict {
                Verdict::United(rule) => rule.code(),
                Verdict::LeftOut(doubt) => doubt.code(),
            },
        };
        MentionReply {
            reason: Some(reply),
            ..MentionReply::new(&reason.mention)
        }
    }
}

impl<'a> NameReply<'a> {
    fn new(name: &'a crate::article::Name) -> NameReply<'a> {
        NameReply {
            kind: name.kind,
            name: &name.canonical,
            provenance: name.provenance,
            mentions: name.mentions.iter().map(MentionReply::new).collect(),
        }
    }
}
