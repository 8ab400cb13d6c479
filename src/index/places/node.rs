//! Decides a condition on places in the article at hand, from the places of its leaves.

use super::Node;
use super::sight::{Place, Sight};
use crate::query::{Reach, Stretched, share_stretch, stretch_partners, visit_nearest_pairs};

/// A condition on places, with what was found of it in the article at hand.
pub(super) enum OpenNode {
    Leaf(usize),
    Any(Vec<OpenNode>, Vec<Place>),
    Near(Box<OpenNear>),
    AtLeast(u32, Box<OpenNode>),
}

pub(super) struct OpenNear {
    left: OpenNode,
    right: OpenNode,
    reach: Reach,
    in_order: bool,
    places: Vec<Place>,
}

/// Body and title: where there are more words, there is more to be found.
const BODY_FIRST: [usize; 2] = [1, 0];

impl OpenNode {
    pub(super) fn of(node: &Node) -> OpenNode {
        match node {
            Node::Leaf(number) => OpenNode::Leaf(*number),
            Node::Any(nodes) => OpenNode::Any(nodes.iter().map(OpenNode::of).collect(), Vec::new()),
            Node::Near(left, right, reach, in_order) => OpenNode::Near(Box::new(OpenNear {
                left: OpenNode::of(left),
                right: OpenNode::of(right),
                reach: *reach,
                in_order: *in_order,
                places: Vec::new(),
            })),
            Node::AtLeast(count, node) => OpenNode::AtLeast(*count, Box::new(OpenNode::of(node))),
        }
    }

    /// Tells whether the article at hand is sure to fulfill the condition.
    pub(super) fn holds(&mut self, sight: &mut Sight) -> bool {
        match self {
            OpenNode::Any(nodes, _) => nodes.iter_mut().any(|node| node.holds(sight)),
            OpenNode::Near(near) => BODY_FIRST.iter().any(|&part| near.holds(part, sight)),
            OpenNode::AtLeast(count, node) => {
                let mut most = 0;
                let mut certain = 0;
                for part in BODY_FIRST {
                    let mut marked = Vec::new();
                    node.mark(part, sight, &mut marked);
                    marked.sort_unstable();
                    marked.dedup();
                    most += marked.len();
                    // Where a word is a mention as well, the text tells whether they are alike.
                    marked.dedup_by_key(|(place, _)| *place);
                    certain += marked.len();
                    if certain >= *count as usize {
                        return true;
                    }
                }
                if *count as usize <= most {
                    sight.leave_open();
                }
                false
            }
            OpenNode::Leaf(_) => BODY_FIRST.iter().any(|&part| {
                self.find(part, sight);
                !self.found(part, sight).is_empty()
            }),
        }
    }

    /// Finds the places in title (0) or body (1) that are certain, which [`OpenNode::found`]
    /// returns.
    fn find(&mut self, part: usize, sight: &mut Sight) {
        match self {
            OpenNode::Leaf(number) => sight.find(*number, part),
            OpenNode::Any(nodes, places) => {
                places.clear();
                for node in nodes {
                    node.find(part, sight);
                    places.extend(node.found(part, sight));
                }
                // A stable sort takes ascending runs as they are.
                places.sort();
            }
            OpenNode::Near(near) => near.find(part, sight),
            // The planner lets no such in here.
            OpenNode::AtLeast(..) => sight.leave_open(),
        }
    }

    fn found<'s>(&'s self, part: usize, sight: &'s Sight) -> &'s [Place] {
        match self {
            OpenNode::Leaf(number) => sight.found(*number, part),
            OpenNode::Any(_, places) => places,
            OpenNode::Near(near) => &near.places,
            OpenNode::AtLeast(..) => &[],
        }
    }

    /// Adds the places that are marked where the node matches in title or body, and whether
    /// they are mentions.
    fn mark(&mut self, part: usize, sight: &mut Sight, marked: &mut Vec<(Place, bool)>) {
        match self {
            OpenNode::Any(nodes, _) => nodes
                .iter_mut()
                .for_each(|node| node.mark(part, sight, marked)),
            OpenNode::Near(near) => {
                let [left, right] = near.partners(part, sight);
                near.left.mark_at(&left, part, sight, marked);
                near.right.mark_at(&right, part, sight, marked);
            }
            OpenNode::Leaf(_) | OpenNode::AtLeast(..) => {
                self.find(part, sight);
                self.mark_at(self.found(part, sight), part, sight, marked);
            }
        }
    }

    /// Adds what is marked for those places that were found and are in `wanted`, which ascend.
    fn mark_at(
        &self,
        wanted: &[Place],
        part: usize,
        sight: &Sight,
        marked: &mut Vec<(Place, bool)>,
    ) {
        if wanted.is_empty() {
            return;
        }
        match self {
            OpenNode::Leaf(number) => {
                let is_mention = sight.are_mentions(*number, part);
                marked.extend(wanted.iter().map(|place| (*place, is_mention)));
            }
            OpenNode::Any(nodes, _) => {
                for node in nodes {
                    let found = node.found(part, sight).iter();
                    let is_wanted = |place: &&Place| wanted.binary_search(place).is_ok();
                    let here: Vec<Place> = found.filter(is_wanted).copied().collect();
                    node.mark_at(&here, part, sight, marked);
                }
            }
            OpenNode::Near(near) => {
                let [left, right] = near.pairs_at(Some(wanted), part, sight);
                near.left.mark_at(&left, part, sight, marked);
                near.right.mark_at(&right, part, sight, marked);
            }
            OpenNode::AtLeast(..) => {}
        }
    }
}

impl OpenNear {
    /// Finds the places of both sides, and tells whether both have any.
    fn find_sides(&mut self, part: usize, sight: &mut Sight) -> bool {
        let mut has_any = |side: &mut OpenNode| {
            side.find(part, sight);
            !side.found(part, sight).is_empty()
        };
        has_any(&mut self.left) && has_any(&mut self.right)
    }

    fn holds(&mut self, part: usize, sight: &mut Sight) -> bool {
        if !self.find_sides(part, sight) {
            return false;
        }
        let Reach::Words(most) = self.reach else {
            let [left, right] = self.stretched_sides(part, sight);
            return share_stretch(&left, &right, self.in_order);
        };
        let (left, right) = (self.left.found(part, sight), self.right.found(part, sight));
        is_near(left, right, most) || (!self.in_order && is_near(right, left, most))
    }

    /// Returns the places of both sides that lie in one stretch, with its number.
    fn stretched_sides(&self, part: usize, sight: &mut Sight) -> [Vec<Stretched>; 2] {
        let Some(ends) = sight.ends(part, self.reach) else {
            return Default::default();
        };
        [&self.left, &self.right].map(|side| in_stretches(side.found(part, sight), &ends))
    }

    fn find(&mut self, part: usize, sight: &mut Sight) {
        self.places.clear();
        let Reach::Words(most) = self.reach else {
            // The planner lets no such in here.
            sight.leave_open();
            return;
        };
        if !self.find_sides(part, sight) {
            return;
        }
        let (left, right) = (self.left.found(part, sight), self.right.found(part, sight));
        let places = &mut self.places;
        visit_nearest_pairs(left, right, most, self.in_order, |one, other| {
            places.push(whole(left[one], right[other]));
        });
        // They come in a few runs that ascend.
        places.sort();
        places.dedup();
    }

    /// Returns the places of either side that have a partner, in ascending order.
    fn partners(&mut self, part: usize, sight: &mut Sight) -> [Vec<Place>; 2] {
        if !self.find_sides(part, sight) {
            return Default::default();
        }
        if matches!(self.reach, Reach::Words(_)) {
            return self.pairs_at(None, part, sight);
        }
        let [left, right] = self.stretched_sides(part, sight);
        let [lefts, rights] = stretch_partners(&left, &right, self.in_order);
        [
            ascending(lefts.into_iter().map(|at| left[at].1).collect()),
            ascending(rights.into_iter().map(|at| right[at].1).collect()),
        ]
    }

    /// Returns the places of either side that make a nearest pair, or one that is in `wanted`;
    /// all in ascending order.
    fn pairs_at(&self, wanted: Option<&[Place]>, part: usize, sight: &Sight) -> [Vec<Place>; 2] {
        let (left, right) = (self.left.found(part, sight), self.right.found(part, sight));
        let (mut lefts, mut rights) = (Vec::new(), Vec::new());
        if let Reach::Words(most) = self.reach {
            visit_nearest_pairs(left, right, most, self.in_order, |one, other| {
                let (one, other) = (left[one], right[other]);
                if wanted.is_none_or(|all| all.binary_search(&whole(one, other)).is_ok()) {
                    lefts.push(one);
                    rights.push(other);
                }
            });
        }
        [lefts, rights].map(ascending)
    }
}

/// Returns the places in ascending order, each once.
fn ascending(mut places: Vec<Place>) -> Vec<Place> {
    places.sort_unstable();
    places.dedup();
    places
}

/// Returns the place from the beginning of the first of two to the end of the last.
fn whole(one: Place, other: Place) -> Place {
    (one.0.min(other.0), one.1.max(other.1))
}

/// Tells whether one of `right` begins at most `most` after one of `left` ends.
fn is_near(left: &[Place], right: &[Place], most: u32) -> bool {
    let mut sorted = Vec::new();
    let right = match right.is_sorted_by_key(|(first, _)| *first) {
        true => right,
        false => {
            sorted.extend_from_slice(right);
            sorted.sort_unstable();
            &sorted
        }
    };
    left.iter().any(|(_, last)| {
        let next = right.partition_point(|(first, _)| first <= last);
        right
            .get(next)
            .is_some_and(|(first, _)| first - last <= most)
    })
}

/// Returns those of `places` that lie in one stretch as a whole, with its number.
fn in_stretches(places: &[Place], ends: &[u32]) -> Vec<Stretched> {
    let (mut stretch, mut from) = (0, 0);
    let whole = places.iter().filter_map(|&(first, last)| {
        // Places mostly ascend: the stretch is that of the one before, or soon behind.
        if first < from {
            stretch = ends.partition_point(|end| *end < first);
        }
        stretch += ends[stretch..]
            .iter()
            .take_while(|end| **end < first)
            .count();
        from = first;
        let is_whole = ends.get(stretch).is_none_or(|end| last <= *end);
        is_whole.then_some((stretch, (first, last)))
    });
    whole.collect()
}
