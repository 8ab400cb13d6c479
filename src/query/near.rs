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

use std::cmp::Ordering;
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
    let in_stretches = |side: &'u [Unit]| -> Vec<Stretched<&'u Unit>> {
        let whole = side.iter().filter_map(|unit| {
            Some(Stretched {
                stretch: stretch_of(&unit.bytes, &stretches)?,
                place: (unit.first, unit.last),
                of: unit,
            })
        });
        let mut whole: Vec<_> = whole.collect();
        whole.sort_by_key(|place| place.stretch);
        whole
    };
    let (left, right) = (in_stretches(left), in_stretches(right));
    let mut near = Vec::new();
    for sides in shared_stretches(&left, &right) {
        let (lefts, rights) = partners(sides, in_order);
        near.extend(lefts.chain(rights).map(|place| place.of));
    }
    near
}

/// Returns the numbers of the nearest pairs of a left and a right unit.
fn pair_numbers(left: &[Unit], right: &[Unit], most: u32, in_order: bool) -> Vec<(usize, usize)> {
    let positions = |side: &[Unit]| -> Vec<Positions> {
        side.iter().map(|unit| (unit.first, unit.last)).collect()
    };
    let mut found = Vec::new();
    visit_nearest_pairs(
        &positions(left),
        &positions(right),
        most,
        in_order,
        |one, other| found.push((one, other)),
    );
    found
}

/// Returns the nearest pairs of a left and a right unit that are at most `most` apart, each
/// place once.
pub(super) fn pairs(left: &[Unit], right: &[Unit], most: u32, in_order: bool) -> Vec<Unit> {
    let mut found: Vec<Unit> = pair_numbers(left, right, most, in_order)
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

/// Calls `visit` with the numbers of those of `left` and of `right` that are at most `most`
/// apart, with none of the other side nearer to one of the two in the direction of the other.
/// Each pair comes once.
pub(crate) fn visit_nearest_pairs(
    left: &[Positions],
    right: &[Positions],
    most: u32,
    in_order: bool,
    mut visit: impl FnMut(usize, usize),
) {
    ordered_pairs(left, right, most, &mut visit);
    if !in_order {
        ordered_pairs(right, left, most, |other, one| visit(one, other));
    }
}

/// The same for pairs that have the place of `before` first.
fn ordered_pairs(
    before: &[Positions],
    after: &[Positions],
    most: u32,
    mut visit: impl FnMut(usize, usize),
) {
    let before = Ordered::new(before, |(_, last)| *last);
    let after = Ordered::new(after, |(first, _)| *first);
    let (mut at, mut end) = (0, 0);
    while at < after.len() {
        let first = after.key(at);
        let tied = at..after.skip_while(at, |other| other == first);
        at = tied.end;
        let start = end;
        end = before.skip_while(start, |last| last < first);
        let nearest = end.checked_sub(1).map(|one| before.key(one));
        let Some(nearest) = nearest.filter(|last| first - last <= most) else {
            continue;
        };
        // Those that have nothing nearer ahead; if there are none, what is nearest behind.
        let mut ones = before.skip_while(start, |last| last < first && first - last > most)..end;
        if ones.is_empty() {
            let is_tied = |one: &usize| before.key(*one) == nearest;
            ones.start = end - (0..end).rev().take_while(is_tied).count();
        }
        for other in tied {
            for one in ones.clone() {
                visit(before.number(one), after.number(other));
            }
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

/// A place that lies in one stretch of a text as a whole.
pub(crate) struct Stretched<T> {
    /// The stretch's number.
    pub(crate) stretch: usize,
    pub(crate) place: Positions,
    /// What stands there.
    pub(crate) of: T,
}

/// Returns the places of `left` and of `right` in each stretch that has some of both; both
/// ascend by stretch.
pub(crate) fn shared_stretches<'s, T>(
    left: &'s [Stretched<T>],
    right: &'s [Stretched<T>],
) -> impl Iterator<Item = [&'s [Stretched<T>]; 2]> {
    let by_stretch = |side: &'s [Stretched<T>]| {
        let chunks = side.chunk_by(|one, other| one.stretch == other.stretch);
        chunks.peekable()
    };
    let (mut left, mut right) = (by_stretch(left), by_stretch(right));
    std::iter::from_fn(move || {
        loop {
            let order = left.peek()?[0].stretch.cmp(&right.peek()?[0].stretch);
            match order {
                Ordering::Less => drop(left.next()),
                Ordering::Greater => drop(right.next()),
                Ordering::Equal => return Some([left.next()?, right.next()?]),
            }
        }
    })
}

/// Returns those of either side of one stretch that have one of the other side before or
/// after them.
pub(crate) fn partners<T>(
    [left, right]: [&[Stretched<T>]; 2],
    in_order: bool,
) -> (
    impl Iterator<Item = &Stretched<T>>,
    impl Iterator<Item = &Stretched<T>>,
) {
    let (lefts, rights) = (Extreme::of(left), Extreme::of(right));
    let lefts_with = left.iter().filter(move |place| {
        rights.is_after(place.place) || (!in_order && rights.is_before(place.place))
    });
    let rights_with = right.iter().filter(move |place| {
        lefts.is_before(place.place) || (!in_order && lefts.is_after(place.place))
    });
    (lefts_with, rights_with)
}

/// Tells whether a place of `left` has one of `right` in its stretch; both ascend by stretch.
pub(crate) fn share_stretch<T>(
    left: &[Stretched<T>],
    right: &[Stretched<T>],
    in_order: bool,
) -> bool {
    shared_stretches(left, right).any(|[left, right]| {
        let (left, right) = (Extreme::of(left), Extreme::of(right));
        left.first_end < right.last_start || (!in_order && right.first_end < left.last_start)
    })
}

/// How far the places of one side reach in a stretch.
#[derive(Clone, Copy)]
struct Extreme {
    /// The first position at which a place ends.
    first_end: u32,
    /// The last one at which a place begins.
    last_start: u32,
}

impl Extreme {
    fn of<T>(places: &[Stretched<T>]) -> Extreme {
        let nothing = Extreme {
            first_end: u32::MAX,
            last_start: 0,
        };
        places.iter().fold(nothing, |extreme, place| Extreme {
            first_end: extreme.first_end.min(place.place.1),
            last_start: extreme.last_start.max(place.place.0),
        })
    }

    /// Tells whether one begins behind a place.
    fn is_after(self, (_, last): Positions) -> bool {
        self.last_start > last
    }

    /// Tells whether one ends before a place.
    fn is_before(self, (first, _): Positions) -> bool {
        self.first_end < first
    }
}

/// Returns the number of the stretch that `bytes` lies in as a whole.
fn stretch_of(bytes: &Range<usize>, stretches: &[Range<usize>]) -> Option<usize> {
    let at = stretches.partition_point(|stretch| stretch.end <= bytes.start);
    let stretch = stretches.get(at)?;
    (stretch.start <= bytes.start && bytes.end <= stretch.end).then_some(at)
}
