//! Decides a condition on places in the article at hand, from the places of its leaves.

use super::Node;
use super::sight::{Place, Sight};
use crate::query::{
    Reach, Stretched, partners, share_stretch, shared_stretches, visit_nearest_pairs,
};

/// A condition on places, with what was found of it in the article at hand.
pub(super) enum OpenNode {
    Leaf(usize),
    Any(Vec<OpenNode>, Vec<Place>),
    Near(Box<OpenNear>),
    AtLeast(u32, Box<OpenNode>, Marked),
}

pub(super) struct OpenNear {
    left: OpenNode,
    right: OpenNode,
    reach: Reach,
    in_order: bool,
    places: Vec<Place>,
    /// What of either side lies in one stretch as a whole.
    sides: [Vec<Stretched<()>>; 2],
}

/// What is marked in a text: places, and whether they are mentions.
#[derive(Default)]
pub(super) struct Marked {
    places: Vec<(Place, bool)>,
    /// How many different places are enough.
    enough: usize,
    /// Among fewer there are not enough.
    least: usize,
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
                sides: Default::default(),
            })),
            Node::AtLeast(count, node) => {
                OpenNode::AtLeast(*count, Box::new(OpenNode::of(node)), Marked::default())
            }
        }
    }

    /// Tells whether the article at hand is sure to fulfill the condition.
    pub(super) fn holds(&mut self, sight: &mut Sight) -> bool {
        match self {
            OpenNode::Any(nodes, _) => nodes.iter_mut().any(|node| node.holds(sight)),
            OpenNode::Near(near) => BODY_FIRST.iter().any(|&part| near.holds(part, sight)),
            OpenNode::AtLeast(count, node, marked) => {
                let count = *count as usize;
                let (mut certain, mut most) = (0, 0);
                for part in BODY_FIRST {
                    marked.begin(count - certain);
                    node.mark(part, sight, marked);
                    let (places, different) = marked.counts();
                    most += different;
                    certain += places;
                    if certain >= count {
                        return true;
                    }
                }
                if count <= most {
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
    /// returns in ascending order.
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

    /// Adds what is marked where the node matches in title or body, until it is enough.
    fn mark(&mut self, part: usize, sight: &mut Sight, marked: &mut Marked) {
        match self {
            OpenNode::Any(nodes, _) => nodes
                .iter_mut()
                .for_each(|node| node.mark(part, sight, marked)),
            OpenNode::Near(near) => near.mark(part, sight, marked),
            OpenNode::Leaf(_) | OpenNode::AtLeast(..) => {
                self.find(part, sight);
                self.mark_at(self.found(part, sight), part, sight, marked);
            }
        }
    }

    /// Adds what is marked for those places that were found and are in `wanted`, which ascend.
    fn mark_at(&self, wanted: &[Place], part: usize, sight: &Sight, marked: &mut Marked) {
        match self {
            OpenNode::Leaf(number) => {
                let found = sight.found(*number, part);
                let is_mention = sight.are_mentions(*number, part);
                let here = wanted.iter().filter(|at| found.binary_search(at).is_ok());
                marked.places.extend(here.map(|at| (*at, is_mention)));
            }
            OpenNode::Any(nodes, _) => nodes
                .iter()
                .for_each(|node| node.mark_at(wanted, part, sight, marked)),
            OpenNode::Near(near) => near.mark_pairs(Some(wanted), part, sight, marked),
            OpenNode::AtLeast(..) => {}
        }
    }
}

impl Marked {
    /// Forgets what was marked, and wants `enough` places.
    fn begin(&mut self, enough: usize) {
        self.places.clear();
        (self.enough, self.least) = (enough, enough);
    }

    /// Tells whether enough different places are marked.
    fn is_enough(&mut self) -> bool {
        if self.places.len() < self.least {
            return false;
        }
        let (places, _) = self.counts();
        self.least = self.places.len() + self.enough.saturating_sub(places);
        places >= self.enough
    }

    /// Returns how many places are marked, and how many there are if those count twice that
    /// are a mention as well: the text tells whether both are alike.
    fn counts(&mut self) -> (usize, usize) {
        self.places.sort_unstable();
        self.places.dedup();
        let places = self.places.chunk_by(|one, other| one.0 == other.0);
        (places.count(), self.places.len())
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
            self.cut_sides(part, sight);
            let [left, right] = &self.sides;
            return share_stretch(left, right, self.in_order);
        };
        let (left, right) = (self.left.found(part, sight), self.right.found(part, sight));
        is_near(left, right, most) || (!self.in_order && is_near(right, left, most))
    }

    /// Finds what of either side lies in one stretch.
    fn cut_sides(&mut self, part: usize, sight: &mut Sight) {
        self.sides.iter_mut().for_each(Vec::clear);
        if sight.find_ends(part, self.reach) {
            for (side, node) in self.sides.iter_mut().zip([&self.left, &self.right]) {
                cut(node.found(part, sight), sight.ends(part), side);
            }
        }
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

    /// Adds what is marked on either side where it has a partner, until it is enough.
    fn mark(&mut self, part: usize, sight: &mut Sight, marked: &mut Marked) {
        if !self.find_sides(part, sight) {
            return;
        }
        if matches!(self.reach, Reach::Words(_)) {
            self.mark_pairs(None, part, sight, marked);
            return;
        }
        self.cut_sides(part, sight);
        let mut places = std::mem::take(&mut self.places);
        let [left, right] = &self.sides;
        for sides in shared_stretches(left, right) {
            let (lefts, rights) = partners(sides, self.in_order);
            places.clear();
            places.extend(lefts.map(|one| one.place));
            self.left.mark_at(&places, part, sight, marked);
            places.clear();
            places.extend(rights.map(|one| one.place));
            self.right.mark_at(&places, part, sight, marked);
            if marked.is_enough() {
                break;
            }
        }
        self.places = places;
    }

    /// Adds what is marked on either side for its nearest pairs, or for those that are in
    /// `wanted`.
    fn mark_pairs(
        &self,
        wanted: Option<&[Place]>,
        part: usize,
        sight: &Sight,
        marked: &mut Marked,
    ) {
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
        let (lefts, rights) = (ascending(lefts), ascending(rights));
        self.left.mark_at(&lefts, part, sight, marked);
        self.right.mark_at(&rights, part, sight, marked);
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

/// Tells whether one of `right`, which ascend, begins at most `most` after one of `left` ends.
fn is_near(left: &[Place], right: &[Place], most: u32) -> bool {
    left.iter().any(|(_, last)| {
        let next = right.partition_point(|(first, _)| first <= last);
        right
            .get(next)
            .is_some_and(|(first, _)| first - last <= most)
    })
}

/// Adds to `cut` those of `places`, which ascend, that lie in one stretch as a whole.
fn cut(places: &[Place], ends: &[u32], cut: &mut Vec<Stretched<()>>) {
    let mut stretch = 0;
    cut.extend(places.iter().filter_map(|&(first, last)| {
        let before = ends[stretch..].iter().take_while(|end| **end < first);
        stretch += before.count();
        let is_whole = ends.get(stretch).is_none_or(|end| last <= *end);
        is_whole.then_some(Stretched {
            stretch,
            place: (first, last),
            of: (),
        })
    }));
}
