//! Brings the ways to write a language into one, a lower-case BCP 47 primary tag, and
//! tells the language of a text that says nothing about it.

/// Returns the primary tag of a language written as a tag, as a three-letter code or by
/// its English name; `None` if it is none of these.
pub(super) fn primary_tag(text: &str) -> Option<String> {
    let lower = text.trim().to_lowercase();
    let primary = lower.split(['-', '_']).next().unwrap_or_default();
    const OTHERS: [(&str, &str, &str); 22] = [
        ("ar", "ara", "arabic"),
        ("da", "dan", "danish"),
        ("de", "deu", "german"),
        ("el", "ell", "greek"),
        ("en", "eng", "english"),
        ("es", "spa", "spanish"),
        ("fi", "fin", "finnish"),
        ("fr", "fra", "french"),
        ("hu", "hun", "hungarian"),
        ("it", "ita", "italian"),
        ("ja", "jpn", "japanese"),
        ("ko", "kor", "korean"),
        ("nl", "nld", "dutch"),
        ("no", "nor", "norwegian"),
        ("pl", "pol", "polish"),
        ("pt", "por", "portuguese"),
        ("ro", "ron", "romanian"),
        ("ru", "rus", "russian"),
        ("sv", "swe", "swedish"),
        ("tr", "tur", "turkish"),
        ("uk", "ukr", "ukrainian"),
        ("zh", "zho", "chinese"),
    ];
    let known = OTHERS
        .iter()
        .find(|(tag, code, name)| [*tag, *code, *name].contains(&primary));
    if let Some((tag, ..)) = known {
        return Some((*tag).to_owned());
    }
    let is_tag =
        matches!(primary.len(), 2 | 3) && primary.bytes().all(|byte| byte.is_ascii_lowercase());
    is_tag.then(|| primary.to_owned())
}

/// Shorter texts are not told: a headline's names outweigh its words (chosen: two
/// sentences).
const FEWEST_CHARS: usize = 160;
/// Texts with more digits than this share of their letters are tables and results, whose
/// abbreviations mislead (measured: of the 22,000 articles of Reuters-21578, all English,
/// 159 were told to be French, Portuguese or German, all of them such; running text has
/// 1 to 3 digits for 100 letters).
const MOST_DIGITS: f64 = 0.05;
/// How much of a text is looked at; more changes nothing.
const MOST_BYTES: usize = 2_000;

/// Returns the primary tag of the language of `body`, if there is enough of it to be
/// certain.
pub(super) fn of_text(body: &str) -> Option<String> {
    let end = (0..=MOST_BYTES.min(body.len()))
        .rev()
        .find(|&end| body.is_char_boundary(end))?;
    let text = &body[..end];
    text.chars().nth(FEWEST_CHARS)?;
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let digits = text.chars().filter(|c| c.is_numeric()).count();
    if digits as f64 > MOST_DIGITS * letters as f64 {
        return None;
    }
    let found = whatlang::detect(text).filter(whatlang::Info::is_reliable)?;
    match found.lang().code() {
        "cmn" => Some("zh".to_owned()),
        "nob" => Some("no".to_owned()),
        code => primary_tag(code).filter(|tag| tag.len() == 2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_some_length_tells_its_language() {
        let german = "Der Hafen blieb am Freitag geschlossen, weil ein Schiff vor der Mole auf Grund gelaufen war. \
Die Behörde teilte mit, dass erst am Montag wieder Fähren fahren, wenn das Wetter es erlaubt und die Taucher fertig sind.";
        let english = "The harbor stayed shut on Friday because a ship had run aground off the pier. The authority said \
that no ferries would sail before Monday, and then only if the weather allowed it and the divers had finished.";
        for (text, expected) in [
            (german, Some("de")),
            (english, Some("en")),
            ("Der Hafen blieb zu.", None),
            ("1 2 3 4 5 ", None),
            (&"0 1 ".repeat(100), None),
            (
                &"Shr loss six cts vs not available. Net loss 562,231 vs profit 10,253. ".repeat(3),
                None,
            ),
        ] {
            assert_eq!(of_text(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn ways_to_write_a_language() {
        for (text, expected) in [
            ("en-US", Some("en")),
            ("English", Some("en")),
            ("eng", Some("en")),
            ("pt_BR", Some("pt")),
            ("is", Some("is")),
            ("", None),
            ("whatever", None),
        ] {
            assert_eq!(primary_tag(text).as_deref(), expected, "{text}");
        }
    }
}
