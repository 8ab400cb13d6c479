//! Brings the ways to write a language into one: a lower-case BCP 47 primary tag.

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

#[cfg(test)]
mod tests {
    use super::*;

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
