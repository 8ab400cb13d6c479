//! Why an article has the names it has: for every mention, what made it one, how sure
//! the tagger was, and what united it with its name.
//!
//! Takes the same steps as the ordinary way ([`super::find_mentions`], then
//! [`super::unite()`]) and keeps what that throws away. Nothing is decided here.

use super::mentions::{Evidence, Sighting};
use super::unite::{Doubt, Rule, Union};
use crate::article::Mention;

/// What became of a mention.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// It is a mention of a name, by this rule.
    United(Rule),
    /// It is of no name for certain.
    LeftOut(Doubt),
}

/// A mention with everything that was decided about it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reason {
    /// Where it stands and what it names.
    pub mention: Mention,
    /// What made it a mention.
    pub evidence: Evidence,
    /// How sure the tagger was, from 0 to 1.
    pub probability: Option<f32>,
    /// What became of it.
    pub verdict: Verdict,
}

/// The reasons of an article's names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Explanation {
    /// One for each mention, in reading order.
    reasons: Vec<Reason>,
}

impl Explanation {
    /// Brings together what was seen and what it came to.
    pub fn new(sightings: &[Sighting], union: &Union) -> Explanation {
        let united = union.names.iter().flat_map(|united| {
            let rules = united.rules.iter().map(|rule| Verdict::United(*rule));
            united.name.mentions.iter().copied().zip(rules)
        });
        let left_out = union.left_out.iter();
        let left_out = left_out.map(|(mention, doubt)| (*mention, Verdict::LeftOut(*doubt)));
        let reason = |(mention, verdict): (Mention, Verdict)| {
            let seen = sightings
                .iter()
                .find(|seen| is_at(&seen.mention, &mention))?;
            Some(Reason {
                mention,
                evidence: seen.evidence,
                probability: seen.probability,
                verdict,
            })
        };
        let mut reasons: Vec<Reason> = united.chain(left_out).filter_map(reason).collect();
        reasons.sort_by_key(|reason| reason.mention);
        Explanation { reasons }
    }

    /// Returns the reason for a mention of the article.
    pub fn of(&self, mention: &Mention) -> Option<&Reason> {
        let mut reasons = self.reasons.iter();
        reasons.find(|reason| is_at(&reason.mention, mention))
    }

    /// Returns the mentions that are of no name, with the doubt, in reading order.
    pub fn left_out(&self) -> impl Iterator<Item = (&Reason, Doubt)> {
        self.reasons
            .iter()
            .filter_map(|reason| match reason.verdict {
                Verdict::LeftOut(doubt) => Some((reason, doubt)),
                Verdict::United(_) => None,
            })
    }
}

fn is_at(one: &Mention, other: &Mention) -> bool {
    (one.part, one.span) == (other.part, other.span)
}
