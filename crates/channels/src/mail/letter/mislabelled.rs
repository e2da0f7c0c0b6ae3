//! Short texts under right and under wrong names of charsets: what is right stays as it is, and how much of what is wrong
//! is found out. The texts are short lines of their own and every sentence of the console, whole and in pieces.

use std::{collections::BTreeSet, path::Path};

use encoding_rs::{EUC_JP, Encoding, ISO_2022_JP, SHIFT_JIS, UTF_8, WINDOWS_1252};
use serde_json::Value;

use super::charset::{Decoded, decode};

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn strings(value: &Value, out: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => drop(out.insert(text.clone())),
        Value::Object(map) => map.values().for_each(|value| strings(value, out)),
        Value::Array(list) => list.iter().for_each(|value| strings(value, out)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Half-width kana of a text's katakana, in its words alone.
fn half_width(text: &str) -> Vec<String> {
    const WHOLE: &str = "ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン";
    let plain = |c: char| WHOLE.chars().position(|known| known == c).and_then(|at| char::from_u32(0xff66 + at as u32));
    let half = |c: char| -> String {
        let before = |steps: u32| char::from_u32(c as u32 - steps).and_then(plain);
        match c {
            'ヴ' => "ｳﾞ".to_owned(),
            'パ' | 'ピ' | 'プ' | 'ペ' | 'ポ' => before(2).into_iter().chain(['ﾟ']).collect(),
            _ => plain(c).map(String::from).unwrap_or_else(|| before(1).into_iter().chain(['ﾞ']).collect()),
        }
    };
    let words = text.split(|c: char| !matches!(c, 'ァ'..='ヴ' | 'ー')).filter(|word| word.chars().count() > 1);
    words.filter(|word| !word.contains(['ヮ', 'ヰ', 'ヱ'])).map(|word| word.chars().map(half).collect()).collect()
}

/// The texts by their kind; none is ASCII alone.
fn texts() -> [(&'static str, Vec<String>); 4] {
    let short = std::fs::read_to_string(root().join("tests/japanese/short.txt")).expect("a file");
    let short: BTreeSet<String> = short.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
    let mut said = BTreeSet::new();
    for file in std::fs::read_dir(root().join("locales/ja")).expect("a folder") {
        let bytes = std::fs::read(file.expect("an entry").path()).expect("a file");
        strings(&serde_json::from_slice(&bytes).expect("JSON"), &mut said);
    }
    let is_half = |text: &String| text.contains(|c| matches!(c, '\u{ff61}'..='\u{ff9f}'));
    let (mut kana, short): (BTreeSet<String>, BTreeSet<String>) = short.into_iter().partition(is_half);
    kana.extend(said.iter().flat_map(|text| half_width(text)));
    let mut pieces = BTreeSet::new();
    for text in &said {
        let chars: Vec<char> = text.chars().collect();
        (1..=6).for_each(|count| pieces.extend(chars.chunks(count).map(|piece| piece.iter().collect::<String>())));
    }
    let all = [("names and words", short), ("half-width kana", kana), ("sentences", said), ("pieces of them", pieces)];
    all.map(|(name, texts)| (name, texts.into_iter().filter(|text| !text.is_ascii()).collect()))
}

/// The bytes of a text, where the charset has all of it.
fn encoded(text: &str, encoding: &'static Encoding) -> Option<Vec<u8>> {
    let (bytes, _, missing) = encoding.encode(text);
    (!missing && encoding.decode(&bytes).0 == text).then(|| bytes.into_owned())
}

/// Those that are not read as what they are.
fn misread(texts: &[String], sent: &'static Encoding, declared: Option<&str>) -> (Vec<String>, usize) {
    let sent: Vec<(&String, Vec<u8>)> = texts.iter().filter_map(|text| Some((text, encoded(text, sent)?))).collect();
    let read = sent.iter().map(|(text, bytes)| (*text, decode(bytes, declared)));
    // Where it is believed that the name is wrong, that is told.
    let is_right = |text: &String, read: &Decoded| read.text == *text && (declared.is_none() || !read.broken);
    let wrong = read.filter(|(text, read)| !is_right(text, read)).map(|(text, _)| text.clone()).collect();
    (wrong, sent.len())
}

const WESTERN: &str = "café;Müller;Größe;naïve façade;José;Ångström;£5;20 °C;élève;Ça va ?;à bientôt;Señor Muñoz;São Paulo;\
“quoted” – yes…;©2026;Bjørn;½;È;Grüße;ÉCOLE;Ärger;Öl;Übung;ÀÉÎ;À;é;ß;ø;Ünïcödé;¿Qué?;¡Hola!;niño;mañana;Noël;Citroën;\
crème brûlée;Žižek;Ğ;façon;garçon;où;déjà vu;Zürich;Köln;Malmö;Århus;Reykjavík;Þór;ðau;cœur;œuvre;l’été;10 €;€ 10;\
§ 5;±2;µm;m²;№;«oui»;a×b;¼;ª;º;n.º 3;1ª;Fußgängerübergänge;Île-de-France;Æ;æble;på;är;É;Éé;Ôô;öäü;ÖÄÜ;äöüß;éèê";

#[test]
fn what_is_declared_rightly_stays_as_it_is() {
    for (kind, texts) in texts() {
        for sent in [UTF_8, SHIFT_JIS, EUC_JP, ISO_2022_JP] {
            let (wrong, all) = misread(&texts, sent, Some(sent.name()));
            assert_eq!(wrong, Vec::<String>::new(), "{kind}, {}, of {all}", sent.name());
            for bytes in texts.iter().filter_map(|text| encoded(text, sent)) {
                assert!(!decode(&bytes, Some(sent.name())).wrong_charset);
            }
        }
    }
    let western: Vec<String> = WESTERN.split(';').map(str::to_owned).collect();
    for declared in ["iso-8859-1", "windows-1252", "us-ascii"] {
        let (wrong, all) = misread(&western, WINDOWS_1252, Some(declared));
        assert_eq!(wrong, Vec::<String>::new(), "{declared}, of {all}");
    }
}

/// In how many of a thousand texts of each kind it is found out that the name is wrong, at least. What is not, makes as
/// much sense under the name that it bears: 山田 in EUC-JP is ｻｳﾅﾄ in Shift_JIS.
const FOUND: [(&Encoding, Option<&str>, [usize; 4]); 20] = [
    (UTF_8, Some("shift_jis"), [1000, 1000, 1000, 990]),
    (UTF_8, Some("euc-jp"), [1000, 1000, 1000, 990]),
    (UTF_8, Some("iso-2022-jp"), [1000, 1000, 1000, 990]),
    (UTF_8, Some("iso-8859-1"), [1000, 1000, 1000, 990]),
    (UTF_8, None, [1000, 1000, 1000, 990]),
    (SHIFT_JIS, Some("utf-8"), [1000, 940, 1000, 990]),
    (SHIFT_JIS, Some("euc-jp"), [1000, 620, 990, 990]),
    (SHIFT_JIS, Some("iso-2022-jp"), [1000, 1000, 1000, 990]),
    (SHIFT_JIS, Some("iso-8859-1"), [970, 930, 990, 980]),
    (SHIFT_JIS, None, [1000, 940, 1000, 990]),
    (EUC_JP, Some("utf-8"), [970, 1000, 990, 980]),
    (EUC_JP, Some("shift_jis"), [700, 950, 950, 930]),
    (EUC_JP, Some("iso-2022-jp"), [820, 1000, 970, 960]),
    (EUC_JP, Some("iso-8859-1"), [970, 1000, 980, 980]),
    (EUC_JP, None, [970, 1000, 990, 980]),
    (ISO_2022_JP, Some("utf-8"), [1000, 1000, 1000, 1000]),
    (ISO_2022_JP, Some("shift_jis"), [1000, 1000, 1000, 1000]),
    (ISO_2022_JP, Some("euc-jp"), [1000, 1000, 1000, 1000]),
    (ISO_2022_JP, Some("iso-8859-1"), [1000, 1000, 1000, 1000]),
    (ISO_2022_JP, None, [1000, 1000, 1000, 1000]),
];

#[test]
fn what_is_declared_wrongly_is_found_out() {
    for (at, (kind, texts)) in texts().into_iter().enumerate() {
        for (sent, declared, least) in FOUND {
            let (wrong, all) = misread(&texts, sent, declared);
            let found = all - wrong.len();
            let said = format!("{kind}, {} as {declared:?}: {found} of {all}", sent.name());
            assert!(found * 1000 >= all * least[at], "{said}, not {wrong:?}");
        }
    }
}
