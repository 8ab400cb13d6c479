//! What is said of one word: the features that weights are learned for, each with the number of
//! its template.

use super::super::gazetteer::BEGINS_PHRASE;
use super::super::hash::mix;
use super::*;

impl Document {
    /// Hands `emit` every feature of word `at`, after the number of its template.
    pub(crate) fn features(&self, at: usize, token: &str, mut emit: impl FnMut(u64, u64)) {
        let word = &self.words[at];
        let sentence = &self.sentences[word.sentence as usize];
        let bounds = &sentence.words;
        let near = |offset: isize| -> Option<&Word> {
            let at = at.checked_add_signed(offset)?;
            bounds.contains(&at).then(|| &self.words[at])
        };
        let lower = |offset: isize| near(offset).map_or(EDGE, |word| word.folded.lower);
        let shape = |offset: isize| near(offset).map_or(EDGE, |word| word.folded.shape);
        let classes =
            |offset: isize| near(offset).map_or(0, |word| u64::from(word.classes & !BEGINS_PHRASE));
        let mut put = |template: u64, value: u64| emit(template, mix(template, value));

        put(0, 0);
        put(1, word.folded.exact);
        let (l0, s0, c0) = (word.folded.lower, word.folded.shape, classes(0));
        let (before, after) = (lower(-1), lower(1));
        put(2, l0);
        put(3, before);
        put(4, after);
        put(5, lower(-2));
        put(6, lower(2));
        put(7, mix(before, l0));
        put(8, mix(l0, after));
        put(9, mix(before, after));
        put(10, mix(lower(-2), before));
        put(11, mix(after, lower(2)));
        put(12, s0);
        put(13, mix(shape(-1), s0));
        put(14, mix(s0, shape(1)));
        put(15, mix(mix(shape(-1), s0), shape(1)));

        for (length, prefix) in hash::prefixes(token).enumerate() {
            if length > 0 {
                put(16 + length as u64, prefix);
            }
        }
        for (length, suffix) in hash::suffixes(token).enumerate() {
            if length > 0 {
                put(20 + length as u64, suffix);
            }
        }

        put(30, c0);
        put(31, mix(classes(-1), c0));
        put(32, mix(c0, classes(1)));
        put(33, mix(s0, classes(-1)));
        put(34, mix(s0, classes(1)));
        for (slot, offset) in [(0u64, 0isize), (1, -1), (2, 1), (3, -2), (4, 2)] {
            let mut bits = classes(offset);
            while bits != 0 {
                put(35, mix(slot, u64::from(bits.trailing_zeros())));
                bits &= bits - 1;
            }
        }
        let mut bits = word.phrases;
        while bits != 0 {
            put(36, u64::from(bits.trailing_zeros()));
            bits &= bits - 1;
        }
        put(37, mix(u64::from(word.phrases), s0));

        let initial = at == bounds.start;
        let case = sentence.case as u64;
        put(40, mix(case, u64::from(initial)));
        put(41, mix(case, s0));
        if initial {
            put(42, mix(l0, after));
            put(43, mix(c0, shape(1)));
        }

        match self.runs.get(word.run as usize) {
            Some(run) => self.run_features(at, run, sentence, &mut put),
            None => self.bridge_features(at, bounds, &mut put),
        }

        let seen = self.lexicon.get(&l0).copied().unwrap_or(0);
        for bit in 0..SIGHTINGS {
            if seen & (1 << bit) != 0 {
                put(50, u64::from(bit));
            }
        }
        put(51, mix(u64::from(seen), u64::from(initial)));
        put(
            52,
            mix(
                u64::from(
                    seen & (AFTER_HONORIFIC
                        | AFTER_FIRST_NAME
                        | BEFORE_ORGANIZATION_WORD
                        | BEFORE_SAYS),
                ),
                c0,
            ),
        );
    }

    /// The features of a small word or mark between two runs: whether it joins
    /// them into one name depends on both.
    fn bridge_features(&self, at: usize, bounds: &Range<usize>, put: &mut impl FnMut(u64, u64)) {
        let run_of = |at: usize| {
            let number = self.words.get(at).filter(|_| bounds.contains(&at))?.run;
            self.runs.get(number as usize)
        };
        let left = (1..4).find_map(|distance| run_of(at.checked_sub(distance)?));
        let right = (1..4).find_map(|distance| run_of(at + distance));
        let (Some(left), Some(right)) = (left, right) else {
            return;
        };
        let joint = self.words[at].folded.lower;
        let word = |at: usize| &self.words[at];
        let classes = |at: usize| u64::from(word(at).classes & !BEGINS_PHRASE);
        let (first, last) = (left.words.start, left.words.end - 1);
        let (next, end) = (right.words.start, right.words.end - 1);
        let lengths = (left.words.len().min(4) * 8 + right.words.len().min(4)) as u64;
        put(80, mix(joint, mix(classes(last), classes(end))));
        put(81, mix(joint, mix(classes(first), classes(next))));
        put(82, mix(joint, word(first).folded.lower));
        put(83, mix(joint, word(end).folded.lower));
        put(84, mix(joint, word(last).folded.lower));
        put(85, mix(joint, lengths));
        put(86, mix(joint, mix(classes(last), lengths)));
        put(87, mix(joint, mix(classes(end), lengths)));
        let before = first.checked_sub(1).filter(|at| bounds.contains(at));
        put(
            88,
            mix(joint, before.map_or(EDGE, |at| word(at).folded.lower)),
        );
        let phrases = word(at).phrases >> 16 != 0;
        put(89, mix(joint, u64::from(phrases)));
    }

    /// The features that the words of a run share: what stands around it and what ends it.
    fn run_features(
        &self,
        at: usize,
        run: &Run,
        sentence: &Sentence,
        put: &mut impl FnMut(u64, u64),
    ) {
        let words = &run.words;
        let get = |at: usize| sentence.words.contains(&at).then(|| &self.words[at]);
        let place = u64::from(at == words.start) | u64::from(at + 1 == words.end) << 1;
        let length = (words.len() as u64).min(5);
        put(60, mix(place, length));
        if sentence.case == Case::Upper {
            return;
        }
        let before = words.start.checked_sub(1).and_then(get);
        let after = get(words.end);
        let lower = |word: Option<&Word>| word.map_or(EDGE, |word| word.folded.lower);
        let class = |word: Option<&Word>| {
            word.map_or(EDGE, |word| u64::from(word.classes & !BEGINS_PHRASE))
        };
        let (first, last) = (&self.words[words.start], &self.words[words.end - 1]);
        put(61, mix(lower(before), place));
        put(62, mix(lower(after), place));
        put(63, mix(last.folded.lower, u64::from(at + 1 == words.end)));
        put(64, mix(u64::from(last.classes & !BEGINS_PHRASE), place));
        put(65, mix(u64::from(first.classes & !BEGINS_PHRASE), place));
        put(66, mix(first.folded.lower, u64::from(at == words.start)));
        put(67, mix(mix(class(before), class(after)), place));
        put(68, mix(class(before), place));
        put(69, mix(class(after), place));
        let two_before = words.start.checked_sub(2).and_then(get);
        let two_after = get(words.end + 1);
        put(70, mix(mix(lower(two_before), lower(before)), 0));
        put(71, mix(mix(lower(after), lower(two_after)), 0));
        put(72, mix(lower(two_before), 1));
        put(73, mix(lower(two_after), 1));
        put(74, mix(mix(lower(before), lower(after)), 2));
        put(77, mix(u64::from(run.found), place));
        if words.len() > 1 {
            put(78, mix(run.name, place));
            let suffixed = mix(first.folded.shape, last.folded.shape);
            put(75, mix(suffixed, place));
            let mut bits = words
                .clone()
                .fold(0, |all, at| all | self.words[at].classes)
                & !BEGINS_PHRASE;
            while bits != 0 {
                put(76, mix(u64::from(bits.trailing_zeros()), place));
                bits &= bits - 1;
            }
        }
    }
}
