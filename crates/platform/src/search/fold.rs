//! One form of what people write in many: full and half width, upper and lower case, old forms of characters, a hyphen where
//! a long vowel is meant. Text and questions go through the same fold. Pure.

use std::ops::Range;

use unicode_normalization::{UnicodeNormalization, char::canonical_combining_class};

/// Old and variant forms of characters, as they stand in names, and the form that is searched for.
const VARIANTS: &[(char, char)] = &[
    ('髙', '高'),
    ('﨑', '崎'),
    ('嵜', '崎'),
    ('德', '徳'),
    ('濵', '浜'),
    ('濱', '浜'),
    ('邊', '辺'),
    ('邉', '辺'),
    ('齋', '斎'),
    ('齊', '斉'),
    ('嶋', '島'),
    ('嶌', '島'),
    ('冨', '富'),
    ('澤', '沢'),
    ('櫻', '桜'),
    ('國', '国'),
    ('廣', '広'),
    ('學', '学'),
    ('圓', '円'),
    ('惠', '恵'),
    ('眞', '真'),
    ('瀨', '瀬'),
    ('萬', '万'),
    ('會', '会'),
    ('實', '実'),
    ('壽', '寿'),
    ('榮', '栄'),
    ('彌', '弥'),
    ('與', '与'),
    ('藏', '蔵'),
    ('鐵', '鉄'),
    ('澁', '渋'),
    ('當', '当'),
    ('豐', '豊'),
    ('𠮷', '吉'),
    ('淺', '浅'),
    ('關', '関'),
    ('靜', '静'),
    ('條', '条'),
    ('傳', '伝'),
    ('黑', '黒'),
    ('增', '増'),
    ('龍', '竜'),
    ('瀧', '滝'),
    ('譽', '誉'),
    ('禮', '礼'),
    ('將', '将'),
    ('辻', '辻'),
    ('鷗', '鴎'),
    ('橫', '横'),
    ('淸', '清'),
    ('晉', '晋'),
    ('縣', '県'),
    ('區', '区'),
];

/// Folded text, and where each piece of it stood.
#[derive(Clone, Debug, Default)]
pub struct Folded {
    /// The text in its one form.
    pub text: String,
    /// Where pieces begin: in the folded text, and in the written one; ascending.
    starts: Vec<(usize, usize)>,
    /// How long the written text is.
    written: usize,
}

impl Folded {
    /// Folds a text.
    pub fn of(written: &str) -> Self {
        let mut folded = Self { written: written.len(), ..Self::default() };
        fold_into(written, &mut folded.text, |folded_at, written_at| folded.starts.push((folded_at, written_at)));
        folded
    }

    /// The bytes of the written text from which these bytes of the folded text come.
    pub fn written(&self, range: Range<usize>) -> Range<usize> {
        let before = self.starts.partition_point(|(at, _)| *at <= range.start);
        let start = before.checked_sub(1).map_or(0, |index| self.starts[index].1);
        let behind = self.starts.partition_point(|(at, _)| *at < range.end);
        let end = self.starts.get(behind).map_or(self.written, |(_, at)| *at);
        start..end.max(start)
    }
}

/// Folds a text.
pub fn fold(written: &str) -> String {
    let mut text = String::with_capacity(written.len());
    fold_into(written, &mut text, |_, _| {});
    text
}

fn fold_into(written: &str, out: &mut String, mut begins: impl FnMut(usize, usize)) {
    let mut chars = written.char_indices().peekable();
    while let Some((at, first)) = chars.next() {
        begins(out.len(), at);
        if first.is_ascii() && chars.peek().is_none_or(|(_, next)| next.is_ascii()) {
            push(first.to_ascii_lowercase(), out);
            continue;
        }
        let mut end = at + first.len_utf8();
        while let Some((next_at, next)) = chars.next_if(|(_, next)| goes_on(*next)) {
            end = next_at + next.len_utf8();
        }
        for c in written[at..end].nfkc() {
            let c = VARIANTS.iter().find(|(old, _)| *old == c).map_or(c, |(_, new)| *new);
            c.to_lowercase().for_each(|c| push(c, out));
        }
    }
}

/// Whether a character belongs to the one before it: marks, half-width ﾞ and ﾟ, later parts of a Hangul syllable.
fn goes_on(c: char) -> bool {
    matches!(c, '\u{ff9e}' | '\u{ff9f}' | '\u{1161}'..='\u{11ff}') || canonical_combining_class(c) != 0
}

/// A hyphen behind katakana is a long vowel: `サ－バ－`.
fn push(c: char, out: &mut String) {
    let is_dash = matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2500}');
    let c = match (is_dash, out.chars().next_back()) {
        (true, Some(before)) if is_katakana(before) => 'ー',
        (true, _) => '-',
        (false, _) => c,
    };
    out.push(c);
}

/// Whether a character is katakana, the long vowel included.
pub fn is_katakana(c: char) -> bool {
    matches!(c, '\u{30a1}'..='\u{30fa}' | '\u{30fc}')
}

/// Whether a character is hiragana.
pub fn is_hiragana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{3096}')
}

/// Whether a character is written without spaces between words: Han, kana, Hangul.
pub fn is_cjk(c: char) -> bool {
    matches!(
        u32::from(c),
        0x3005..=0x3007 | 0x3040..=0x30ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xac00..=0xd7af | 0xf900..=0xfaff | 0x20000..=0x3134f
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_written_in_many_ways_is_one() {
        for (written, folded) in [
            ("ｻｰﾊﾞｰ", "サーバー"),
            ("サ－バ－", "サーバー"),
            ("ＡＢＣ１２３", "abc123"),
            ("が", "が"),
            ("㈱青葉", "(株)青葉"),
            ("髙﨑　邊", "高崎 辺"),
            ("E‐72", "e-72"),
            ("①", "1"),
            ("ﾊﾟﾋﾟﾌﾟ", "パピプ"),
        ] {
            assert_eq!(fold(written), folded, "{written}");
        }
    }

    #[test]
    fn what_is_found_is_shown_where_it_was_written() {
        let written = "私のｻｰﾊﾞｰが㍿壊れた";
        let folded = Folded::of(written);
        let at = |text: &str| {
            let start = folded.text.find(text).expect("there");
            &written[folded.written(start..start + text.len())]
        };
        assert_eq!((at("サーバー"), at("壊れ"), at("株式会社")), ("ｻｰﾊﾞｰ", "壊れ", "㍿"));
        // A part of what was one sign is that sign.
        assert_eq!(at("会社"), "㍿");
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once_and_every_piece_has_its_place(written in "[ -~ぁ-んァ-ヶー一-龠ｦ-ﾟ０-ｚ㈱①-⑨\u{3099}\u{300}é]{0,40}") {
            let folded = Folded::of(&written);
            prop_assert_eq!(&folded.text, &fold(&written));
            for (at, c) in folded.text.char_indices() {
                let range = folded.written(at..at + c.len_utf8());
                prop_assert!(written.get(range.clone()).is_some_and(|piece| !piece.is_empty()), "{:?} {}", range, c);
            }
            prop_assert_eq!(fold(&folded.text), folded.text);
        }
    }
}
