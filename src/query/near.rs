//! Finds what stands near each other in a text.
//!
//! Distance is that of positions: neighbors differ by 1, and what lies between the end
//! of one place and the beginning of the other counts. Places that share a word are not
//! near each other. `pre/n` also wants the left one first.
//!
//! An operand that is itself a proximity, `(a w/5 b) w/10 c`, is each of its nearest pairs:
//! a place of one side with the nearest place of the other, ahead and behind. It reaches
//! from the first word of the pair to the last; its mark is both places. As every place
//! that has a partner at all is in a nearest pair, farther pairs would find nothing more one
//! level up; two levels up they would, at the price of numbers of pairs that grow with each
//! level as a power of the distance.
//!
//! Running time: `O((a + b) log (a + b))` for `a` and `b` places at different positions.

use std::collections::HashSet;
use std::ops::Range;
use std::rc::Rc;

use crate::article::Part;
use crate::text::{paragraphs, sentences};

use super::spans::Match;
use super::tree::Reach;

/// One text of an article, and what was found in it.
pub(super) struct Scene<'t, O> {
    pub(super) part: Part,
    pub(super) text: &'t str,
    pub(super) occurrences: O,
}

/// A place of an operand.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    /// The positions of its first and last word.
    first: u32,
    last: u32,
    bytes: Range<usize>,
    marks: Rc<Marks>,
}

/// What is marked where a unit matches.
#[derive(Debug)]
enum Marks {
    One(Match),
    Both(Rc<Marks>, Rc<Marks>),
}

impl Unit {
    /// Returns the place `found`, whose first and last word are at `positions`.
    pub(super) fn new(positions: Range<u32>, found: Match) -> Unit {
        Unit {
            first: positions.start,
            last: positions.end,
            bytes: found.span.range(),
            marks: Rc::new(Marks::One(found)),
        }
    }

    fn joined(&self, other: &Unit) -> Unit {
        Unit {
            first: self.first.min(other.first),
            last: self.last.max(other.last),
            bytes: self.bytes.start.min(other.bytes.start)..self.bytes.end.max(other.bytes.end),
            marks: Rc::new(Marks::Both(self.marks.clone(), other.marks.clone())),
        }
    }
}

/// Adds to `found` what is marked where `units` match.
pub(super) fn add_marks<'u>(units: impl IntoIterator<Item = &'u Unit>, found: &mut Vec<Match>) {
    // Units share marks: each is looked into once.
    let mut known: HashSet<*const Marks> = HashSet::new();
    let mut open: Vec<&Rc<Marks>> = units.into_iter().map(|unit| &unit.marks).collect();
    while let Some(marks) = open.pop() {
        match marks.as_ref() {
            Marks::One(place) => found.push(*place),
            Marks::Both(one, other) if known.insert(Rc::as_ptr(marks)) => {
                open.extend([one, other]);
            }
            Marks::Both(..) => {}
        }
    }
}

/// Returns every unit of one side that has one of the other side near it.
pub(super) fn near_each_other<'u>(
    left: &'u [Unit],
    right: &'u [Unit],
    text: &str,
    (reach, in_order): (Reach, bool),
) -> Vec<&'u Unit> {
    if left.is_empty() || right.is_empty() {
        return Vec::new();
    }
    let stretches = match reach {
        Reach::Words(most) => {
            // What has a partner at all is in a nearest pair.
            let (mut near, mut others) = (vec![false; left.len()], vec![false; right.len()]);
            for (one, other) in pair_numbers(left, right, most, in_order) {
                (near[one], others[other]) = (true, true);
            }
            let units = left.iter().chain(right).zip(near.into_iter().chain(others));
            return units
                .filter_map(|(unit, is_near)| is_near.then_some(unit))
                .collect();
        }
        Reach::Sentence => sentences(text),
        Reach::Paragraph => paragraphs(text),
    };
    let sides = [left, right].map(|side| Neighbors::new(side, &stretches));
    let mut near = Vec::new();
    for (units, others, looks_ahead) in [(left, &sides[1], true), (right, &sides[0], false)] {
        near.extend(units.iter().filter(|unit| {
            stretch_of(&unit.bytes, &stretches).is_some_and(|stretch| {
                let (ahead, behind) = (
                    others.is_after(unit, stretch),
                    others.is_before(unit, stretch),
                );
                match in_order {
                    false => ahead || behind,
                    true if looks_ahead => ahead,
                    true => behind,
                }
            })
        }));
    }
    near
}

/// Returns the numbers of the nearest pairs of a left and a right unit.
fn pair_numbers(left: &[Unit], right: &[Unit], most: u32, in_order: bool) -> Vec<(usize, usize)> {
    let positions = |side: &[Unit]| -> Vec<Positions> {
        side.iter().map(|unit| (unit.first, unit.last)).collect()
    };
    nearest_pairs(&positions(left), &positions(right), most, in_order)
}

/// Returns the nearest pairs of a left and a right unit that are at most `most` apart, each
/// place once.
pub(super) fn pairs(left: &[Unit], right: &[Unit], most: u32, in_order: bool) -> Vec<Unit> {
    let mut numbers = pair_numbers(left, right, most, in_order);
    numbers.sort_unstable();
    numbers.dedup();
    let mut found: Vec<Unit> = numbers
        .into_iter()
        .map(|(one, other)| left[one].joined(&right[other]))
        .collect();
    let place = |unit: &Unit| (unit.first, unit.last, unit.bytes.start, unit.bytes.end);
    found.sort_by_key(place);
    found.dedup_by(|later, kept| {
        let is_same = place(later) == place(kept);
        if is_same {
            kept.marks = Rc::new(Marks::Both(kept.marks.clone(), later.marks.clone()));
        }
        is_same
    });
    found
}

/// The positions of the first and last word of a place.
pub(crate) type Positions = (u32, u32);

/// Returns which of `left` and which of `right` are at most `most` apart, with none of the
/// other side nearer to one of the two in the direction of the other. A pair may come twice.
pub(crate) fn nearest_pairs(
    left: &[Positions],
    right: &[Positions],
    most: u32,
    in_order: bool,
) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    ordered_pairs(left, right, most, |one, other| found.push((one, other)));
    if !in_order {
        ordered_pairs(right, left, most, |other, one| found.push((one, other)));
    }
    found
}

/// The same for pairs that have the place of `before` first.
fn ordered_pairs(
    before: &[Positions],
    after: &[Positions],
    most: u32,
    mut take: impl FnMut(usize, usize),
) {
    let before = Ordered::new(before, |(_, last)| *last);
    let after = Ordered::new(after, |(first, _)| *first);
    let mut next = 0;
    for at in 0..before.len() {
        let last = before.key(at);
        next = after.skip_while(next, |first| first <= last);
        if next == after.len() {
            break;
        }
        let nearest = after.key(next);
        if nearest - last <= most {
            let tied = next..after.skip_while(next, |first| first == nearest);
            tied.for_each(|other| take(before.number(at), after.number(other)));
        }
    }
    let (mut tied, mut ends) = (0, 0);
    for at in 0..after.len() {
        let first = after.key(at);
        ends = before.skip_while(ends, |last| last < first);
        let Some(nearest) = ends.checked_sub(1).map(|at| before.key(at)) else {
            continue;
        };
        tied = before.skip_while(tied, |last| last < nearest);
        if first - nearest <= most {
            (tied..ends).for_each(|one| take(before.number(one), after.number(at)));
        }
    }
}

/// Places in the order of one of their ends.
struct Ordered<'p, K> {
    places: &'p [Positions],
    key: K,
    /// The numbers of the places in order, if they do not come in order.
    order: Option<Vec<usize>>,
}

impl<'p, K: Fn(&Positions) -> u32> Ordered<'p, K> {
    fn new(places: &'p [Positions], key: K) -> Ordered<'p, K> {
        let order = (!places.is_sorted_by_key(&key)).then(|| {
            let mut numbers: Vec<usize> = (0..places.len()).collect();
            numbers.sort_by_key(|number| key(&places[*number]));
            numbers
        });
        Ordered { places, key, order }
    }

    fn len(&self) -> usize {
        self.places.len()
    }

    fn number(&self, at: usize) -> usize {
        self.order.as_ref().map_or(at, |order| order[at])
    }

    fn key(&self, at: usize) -> u32 {
        (self.key)(&self.places[self.number(at)])
    }

    /// Returns where, from `at` on, the first key is that is not `skipped`.
    fn skip_while(&self, at: usize, skipped: impl Fn(u32) -> bool) -> usize {
        (at..self.len())
            .find(|at| !skipped(self.key(*at)))
            .unwrap_or(self.len())
    }
}

/// Units of one side, to be found by where they begin and end.
struct Neighbors {
    /// The stretch and first position of each, in order.
    firsts: Vec<(usize, u32)>,
    /// The same with the last positions.
    lasts: Vec<(usize, u32)>,
}

impl Neighbors {
    fn new(units: &[Unit], stretches: &[Range<usize>]) -> Neighbors {
        let (mut firsts, mut lasts) = (Vec::new(), Vec::new());
        for unit in units {
            if let Some(stretch) = stretch_of(&unit.bytes, stretches) {
                firsts.push((stretch, unit.first));
                lasts.push((stretch, unit.last));
            }
        }
        firsts.sort_unstable();
        lasts.sort_unstable();
        Neighbors { firsts, lasts }
    }

    /// Tells whether one begins behind `unit` in its stretch.
    fn is_after(&self, unit: &Unit, stretch: usize) -> bool {
        let behind = |first: &(usize, u32)| *first <= (stretch, unit.last);
        let next = self.firsts.get(self.firsts.partition_point(behind));
        next.is_some_and(|(of, _)| *of == stretch)
    }

    /// Tells whether one ends before `unit` in its stretch.
    fn is_before(&self, unit: &Unit, stretch: usize) -> bool {
        let before = |last: &(usize, u32)| *last < (stretch, unit.first);
        let last = self.lasts[..self.lasts.partition_point(before)].last();
        last.is_some_and(|(of, _)| *of == stretch)
    }
}

/// Returns the number of the stretch that `bytes` lies in as a whole.
fn stretch_of(bytes: &Range<usize>, stretches: &[Range<usize>]) -> Option<usize> {
    let at = stretches.partition_point(|stretch| stretch.end <= bytes.start);
    let stretch = stretches.get(at)?;
    (stretch.start <= bytes.start && bytes.end <= stretch.end).then_some(at)
}
