//! Forms of words in kana. Pure.

use super::fold::{is_hiragana, is_katakana};

/// A word in katakana without what people write or leave out as they like: a long vowel at its end, `ヴ` for `バ`, small vowels.
pub fn loose(word: &str) -> String {
    if !word.chars().all(is_katakana) {
        return word.to_owned();
    }
    let mut out = String::with_capacity(word.len());
    let mut chars = word.chars().peekable();
    while let Some(c) = chars.next() {
        let v = match (c, chars.peek()) {
            ('ヴ', Some('ァ')) => Some('バ'),
            ('ヴ', Some('ィ')) => Some('ビ'),
            ('ヴ', Some('ェ')) => Some('ベ'),
            ('ヴ', Some('ォ')) => Some('ボ'),
            _ => None,
        };
        match v {
            Some(v) => {
                chars.next();
                out.push(v);
            }
            None => out.push(large(c)),
        }
    }
    let letters = out.chars().count();
    if letters >= 4 && out.ends_with('ー') {
        out.pop();
    }
    out
}

fn large(c: char) -> char {
    match c {
        'ァ' => 'ア',
        'ィ' => 'イ',
        'ゥ' => 'ウ',
        'ェ' => 'エ',
        'ォ' => 'オ',
        'ヴ' => 'ブ',
        c => c,
    }
}

/// The same in katakana.
pub fn to_katakana(text: &str) -> String {
    let up = |c| if is_hiragana(c) { char::from_u32(u32::from(c) + 0x60).unwrap_or(c) } else { c };
    text.chars().map(up).collect()
}

/// Whether a text is nothing but kana.
pub fn is_kana(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| is_hiragana(c) || is_katakana(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_to_write_one_word_are_one() {
        for words in [
            ["サーバー", "サーバ"],
            ["ウィンドウ", "ウインドウ"],
            ["ヴァイオリン", "バイオリン"],
            ["プリンター", "プリンタ"],
        ] {
            assert_eq!(loose(words[0]), loose(words[1]));
        }
        // Short words keep their vowel: キー is no キ.
        assert_eq!(
            (loose("キー"), loose("コピー"), loose("冷蔵庫ー")),
            ("キー".to_owned(), "コピー".to_owned(), "冷蔵庫ー".to_owned())
        );
        assert_eq!(to_katakana("れいぞうこ"), "レイゾウコ");
        assert!(is_kana("れいぞうコ") && !is_kana("冷") && !is_kana(""));
    }
}
