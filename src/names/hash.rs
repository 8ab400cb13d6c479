//! Hashes of words and features: the same on every machine and in every run,
//! because a model stores nothing else of a word.
//!
//! One pass over a token gives everything the features ask of its spelling.
//! The mixing step is the finalizer of MurmurHash3 (Appleby, public domain).

/// What one look at a token's spelling yields.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Folded {
    /// The hash of the token as written; digits count as one digit.
    pub(crate) exact: u64,
    /// The hash of the token in lower case, without the stop of an abbreviation.
    pub(crate) lower: u64,
    /// The hash of the token's shape: `Xxx`, `XX.`, `00-xx`.
    pub(crate) shape: u64,
    /// The number of letters.
    pub(crate) letters: u8,
    /// The number of capital letters.
    pub(crate) capitals: u8,
    /// The number of digits.
    pub(crate) digits: u8,
    /// The number of other characters.
    pub(crate) marks: u8,
    /// Whether the first letter is a capital.
    pub(crate) begins_capital: bool,
    /// The first letter if it is a capital of ASCII, in lower case; else 0.
    pub(crate) initial: u8,
}

const START: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// Mixes `a` and `b`; the order counts.
#[inline]
pub(crate) fn mix(a: u64, b: u64) -> u64 {
    let mut hash = a.rotate_left(23) ^ b.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ (hash >> 33)
}

/// Appends a piece to the hash of a phrase.
#[inline]
pub(crate) fn extend(state: u64, piece: u64) -> u64 {
    mix(state ^ 0x51_7cc1, piece)
}

#[inline]
fn step(state: u64, byte: u64) -> u64 {
    (state ^ byte).wrapping_mul(PRIME)
}

/// Returns the hashes of the runs of letters and digits in `text`, in lower case.
pub(crate) fn pieces(text: &str) -> impl Iterator<Item = u64> + '_ {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’')
        .map(|piece| piece.trim_matches(['\'', '’']))
        .filter(|piece| !piece.is_empty())
        .map(lower_hash)
}

/// Returns the hash of `text` in lower case.
pub(crate) fn lower_hash(text: &str) -> u64 {
    let mut state = START;
    for c in text.chars() {
        if c.is_ascii() {
            state = step(state, u64::from(c.to_ascii_lowercase() as u32));
        } else {
            for lower in plain(c).to_lowercase() {
                state = step(state, u64::from(lower as u32));
            }
        }
    }
    mix(state, 1)
}

/// Returns what [`Folded::lower`] is for the acronym of these small letters.
pub(crate) fn acronym(initials: impl Iterator<Item = u8>) -> u64 {
    mix(
        initials.fold(START, |state, letter| step(state, u64::from(letter))),
        1,
    )
}

/// Writes typographic quotes and dashes the way typewriters do.
fn plain(c: char) -> char {
    match c {
        '‘' | '’' | '`' | '´' => '\'',
        '“' | '”' | '„' | '«' | '»' => '"',
        '–' | '—' | '‑' => '-',
        other => other,
    }
}

/// Looks at a token once and returns all that features need of its spelling.
pub(crate) fn fold(token: &str) -> Folded {
    if token.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return fold_small(token);
    }
    fold_any(token)
}

/// Does what [`fold_any`] does for a word of small letters: five words of six.
#[inline]
fn fold_small(token: &str) -> Folded {
    let state = token
        .bytes()
        .fold(START, |state, byte| step(state, u64::from(byte)));
    let shape = (0..token.len().min(2)).fold(START, |state, _| step(state, u64::from(b'x')));
    let lower = mix(state, 1);
    Folded {
        exact: lower,
        lower,
        shape: mix(shape, 2),
        letters: token.len().min(255) as u8,
        ..Folded::default()
    }
}

fn fold_any(token: &str) -> Folded {
    let mut folded = Folded::default();
    let (mut exact, mut lower, mut shape) = (START, START, START);
    let (mut last_class, mut repeats) = (0u64, 0u8);
    let mut seen_letter = false;
    // An abbreviation's stop carries no meaning (Mr, Inc), the stops of U.S. do.
    let stem = match token.strip_suffix('.') {
        Some(stem) if stem.len() > 1 && !stem.contains('.') => stem,
        _ => token,
    };
    for c in stem.chars() {
        let c = if c.is_ascii() { c } else { plain(c) };
        let class;
        if c.is_alphabetic() {
            folded.letters = folded.letters.saturating_add(1);
            let capital = if c.is_ascii() {
                c.is_ascii_uppercase()
            } else {
                c.is_uppercase()
            };
            if !seen_letter {
                folded.begins_capital = capital;
                if capital && c.is_ascii() {
                    folded.initial = c.to_ascii_lowercase() as u8;
                }
                seen_letter = true;
            }
            if capital {
                folded.capitals = folded.capitals.saturating_add(1);
                class = u64::from(b'X');
                if c.is_ascii() {
                    lower = step(lower, u64::from(c.to_ascii_lowercase() as u32));
                } else {
                    for small in c.to_lowercase() {
                        lower = step(lower, u64::from(small as u32));
                    }
                }
            } else {
                class = u64::from(b'x');
                lower = step(lower, u64::from(c as u32));
            }
            exact = step(exact, u64::from(c as u32));
        } else if c.is_numeric() {
            folded.digits = folded.digits.saturating_add(1);
            class = u64::from(b'0');
            lower = step(lower, class);
            exact = step(exact, class);
        } else {
            folded.marks = folded.marks.saturating_add(1);
            class = u64::from(c as u32);
            lower = step(lower, class);
            exact = step(exact, class);
        }
        repeats = if class == last_class {
            repeats.saturating_add(1)
        } else {
            0
        };
        last_class = class;
        if repeats < 2 {
            shape = step(shape, class);
        }
    }
    folded.exact = mix(exact, 1);
    folded.lower = mix(lower, 1);
    folded.shape = mix(shape, 2);
    folded
}

/// Returns the hashes of the first `n` characters, in lower case, for n = 1 to 4.
pub(crate) fn prefixes(token: &str) -> impl Iterator<Item = u64> + '_ {
    let mut state = START;
    token.chars().take(4).map(move |c| {
        for lower in c.to_lowercase() {
            state = step(state, u64::from(lower as u32));
        }
        state
    })
}

/// Returns the hashes of the last `n` characters, in lower case, for n = 1 to 4.
pub(crate) fn suffixes(token: &str) -> impl Iterator<Item = u64> + '_ {
    let mut state = START;
    token.chars().rev().take(4).map(move |c| {
        for lower in c.to_lowercase() {
            state = step(state, u64::from(lower as u32));
        }
        state
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_counts_as_it_should() {
        assert_eq!(fold("Mr.").lower, fold("Mr").lower);
        assert_eq!(fold("MR").lower, fold("mr").lower);
        assert_ne!(fold("MR").exact, fold("mr").exact);
        assert_ne!(fold("U.S.").lower, fold("US").lower);
        assert_eq!(fold("1997").exact, fold("2024").exact);
        assert_eq!(fold("O’Neil").lower, fold("O'Neil").lower);
        assert_eq!(fold("Élan").lower, fold("élan").lower);
    }

    #[test]
    fn the_short_way_for_small_words_gives_the_same() {
        for word in ["a", "of", "the", "minister"] {
            let (short, long) = (fold_small(word), fold_any(word));
            assert_eq!(format!("{short:?}"), format!("{long:?}"), "{word}");
        }
    }

    #[test]
    fn acronyms_have_the_hash_of_their_word() {
        assert_eq!(acronym("un".bytes()), fold("UN").lower);
        assert_eq!(fold("Nations").initial, b'n');
        assert_eq!(fold("of").initial, 0);
    }

    #[test]
    fn pieces_make_spellings_one() {
        let hashes = |text: &str| pieces(text).collect::<Vec<_>>();
        assert_eq!(hashes("Saint-Denis"), hashes("saint - denis"));
        assert_eq!(hashes("Macy’s"), [lower_hash("macy's")]);
    }
}
