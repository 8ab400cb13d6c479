//! Words of many languages and scripts: found and marked as a reader of them expects.

use serde_json::json;

use super::{Desk, text};

const ARTICLES: [(&str, &str, &str, &str); 9] = [
    (
        "ja",
        "ja",
        "港で大雨",
        "港町では昨日、大雨が降りました。ｶﾞｽ会社は休んだ。",
    ),
    ("zh", "zh", "市长辞职", "海滨市市长周二宣布辞职。"),
    (
        "ko",
        "ko",
        "항구 시장 선거",
        "항구 시장은 어제 새전자를 찾았다.",
    ),
    // The syllables in their parts, as some systems store them.
    (
        "ko2",
        "ko",
        "다른 이야기",
        "\u{1112}\u{1161}\u{11BC}\u{1100}\u{116E}에서",
    ),
    (
        "de",
        "de",
        "Die Minen",
        "Die Straße am Hafen ist frei. Die Mine ist fort.",
    ),
    ("el", "el", "Ο Οδυσσέας", "Είπε ο Οδυσσεύς."),
    ("tr", "tr", "İskele", "Kırık iskele onarıldı."),
    ("ar", "ar", "الميناء", "قال الرئيسُ إن الميناءَ مفتوح"),
    (
        "en",
        "en",
        "ＨＡＲＢＯＲ open",
        "The ﬁrst cafe\u{301} in Łódź, said Ægir Đorđe.",
    ),
];

fn desk() -> Desk {
    let desk = Desk::empty();
    let lines = ARTICLES.map(|(id, language, title, body)| {
        json!({"id": id, "language": language, "title": title, "body": body}).to_string() + "\n"
    });
    desk.write("a.jsonl", lines.concat());
    desk.ingest(&["a.jsonl"]);
    desk
}

/// Returns the marked texts of each hit, after its id.
fn marked(desk: &Desk, query: &str) -> String {
    let output = desk.run(&["search", query, "--format", "json"]);
    let reply = output.json();
    let mut lines = Vec::new();
    for hit in reply["hits"].as_array().unwrap() {
        let id = text(&hit["id"]).to_owned();
        let (.., title, body) = ARTICLES.iter().find(|article| article.0 == id).unwrap();
        let marks = hit["highlights"].as_array().unwrap().iter().map(|mark| {
            let of = match mark["field"] == "title" {
                true => title,
                false => body,
            };
            let end = |key: &str| usize::try_from(mark[key].as_u64().unwrap()).unwrap();
            &of[end("start")..end("end")]
        });
        lines.push(format!("{id}: {}", marks.collect::<Vec<_>>().join(" ")));
    }
    lines.sort();
    lines.join(" | ")
}

#[test]
fn every_script_is_found_and_marked() {
    let desk = desk();
    for (query, expected) in [
        // One character, two, many; across what a reader takes for words.
        ("雨", "ja: 雨 雨"),
        ("大雨", "ja: 大雨 大雨"),
        ("港町", "ja: 港町"),
        ("\"大雨が降り\"", "ja: 大雨が降り"),
        ("ガス", "ja: ｶﾞｽ"),
        ("市长 辞职", "zh: 市长 辞职 市长 辞职"),
        ("市长 w/4 宣布", "zh: 市长 宣布"),
        ("새전자", "ko: 새전자"),
        ("전자", "ko: 전자"),
        (
            "항구",
            "ko2: \u{1112}\u{1161}\u{11BC}\u{1100}\u{116E} | ko: 항구 항구",
        ),
        ("title:시장", "ko: 시장"),
        // Letters that are spelled in others, marks, width, ligatures, sigmas, dots.
        ("strasse", "de: Straße"),
        ("STRASSE", "de: Straße"),
        ("STRAẞE", "de: Straße"),
        ("ΟΔΥΣΣΕΎΣ", "el: Οδυσσέας Οδυσσεύς"),
        ("ISKELE", "tr: İskele iskele"),
        ("iskele", "tr: İskele iskele"),
        ("kirik", "tr: Kırık"),
        ("الميناء", "ar: الميناء الميناءَ"),
        ("harbor", "en: ＨＡＲＢＯＲ"),
        ("first", "en: ﬁrst"),
        ("café", "en: cafe\u{301}"),
        ("lodz", "en: Łódź"),
        ("aegir dorde", "en: Ægir Đorđe"),
        ("=Straße", "de: Straße"),
        ("=Strasse", ""),
        ("=straße", ""),
    ] {
        assert_eq!(marked(&desk, query), expected, "{query}");
    }
}

#[test]
fn composed_and_decomposed_letters_are_the_same_as_written() {
    let desk = desk();
    assert_eq!(marked(&desk, "=café"), "en: cafe\u{301}");
    assert_eq!(marked(&desk, "=cafe\u{301}"), "en: cafe\u{301}");
    assert_eq!(marked(&desk, "=cafe"), "");
}
