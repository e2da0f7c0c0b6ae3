//! Whether a reading of bytes makes sense: how Shift_JIS is told from EUC-JP, and a wrong declaration from an odd text.
//! Pure.
//!
//! [`cost`] says how much must be believed to believe a reading, in bits: the rarer its characters, the more. Readings of
//! the same bytes are compared by it, however many characters each makes of them.

use std::sync::LazyLock;

use encoding_rs::EUC_JP;

/// Kanji of business letters, addresses and names, roughly by how often they stand there.
const COMMON: &str = "日本人年大出中会社国事見行生分時上者前入手方地的長間同高自今理子目後立新下力合部場名業体全定円明物作学当月内\
意不用対問金回通書気度発小動関化保性法主表現最開安送受付様株式担御願致申件確認絡連先返信注文商品購代料無有変更故障修請求領収納期\
予約設電話番号住所都道府県市区町村東京阪横浜名古屋神戸福岡札幌仙台広島田山木川佐藤鈴橋渡辺伊加吉松井林清水斎口石原谷森丸拝啓敬具世話\
何卒宜引続容資添伺相談答質説報告知案提示情内承解決済完了製造販売店舗営技術課係支管責任役員総務経財人事採員試験払込振替税価格見積額\
桜斉近遠西南北左右朝昼夜週曜早遅直正誤数量点線色形機械器具部材料原因結果状態使可能必要参考追加削除検索登録利用取消元画面表題紙印";

/// How much sense a text makes as Japanese; below zero, none.
pub(super) fn score(text: &str) -> i64 {
    let mut score = 0;
    let mut before = ' ';
    for c in text.chars() {
        score += match c {
            '\u{3041}'..='\u{30fe}' => 3,
            '、' | '。' | '「' | '」' | '　' => 2,
            '\u{4e00}'..='\u{9fff}' if COMMON.contains(c) => 2,
            // What EUC-JP looks like when it is read as Shift_JIS is full of these.
            '\u{ff61}'..='\u{ff65}' => -2,
            'ﾞ' => {
                if matches!(before, 'ｳ' | 'ｶ'..='ﾄ' | 'ﾊ'..='ﾎ') {
                    1
                } else {
                    -2
                }
            }
            'ﾟ' => {
                if matches!(before, 'ﾊ'..='ﾎ') {
                    1
                } else {
                    -2
                }
            }
            '\u{ff66}'..='\u{ff9d}' => 1,
            '\u{e000}'..='\u{f8ff}' => -3,
            '\u{fffd}' => -10,
            _ => 0,
        };
        before = c;
    }
    score
}

/// Whether it is Japanese beyond doubt: for one thing it has kana, or kanji that letters are made of, and for another
/// little else that is not ASCII.
pub(super) fn has_japanese(text: &str) -> bool {
    let beyond_ascii = text.chars().filter(|c| !c.is_ascii()).count();
    let japanese = |c: &char| matches!(c, '\u{3001}'..='\u{30fe}') || COMMON.contains(*c);
    let count = text.chars().filter(japanese).count();
    count >= 2 && count * 2 >= beyond_ascii
}

/// Whether a fifth of what is not ASCII is kana, as in whole sentences.
pub(super) fn has_kana(text: &str) -> bool {
    let beyond_ascii = text.chars().filter(|c| !c.is_ascii()).count();
    let kana = text.chars().filter(|c| matches!(c, '\u{3041}'..='\u{30fe}')).count();
    kana > 0 && kana * 5 >= beyond_ascii
}

/// The first of the characters for which there is a table of costs.
const KANJI: char = '\u{4e00}';

/// What a kanji costs, by its place after [`KANJI`]: those of letters, those of JIS level 1, level 2, and all others.
static KANJI_COSTS: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut costs = vec![19; 0x9fff - KANJI as usize + 1];
    let level = |rows: std::ops::RangeInclusive<u8>, cost: u8, costs: &mut Vec<u8>| {
        for bytes in rows.flat_map(|row| (0xa1..=0xfe).map(move |cell| [row, cell])) {
            let read = EUC_JP.decode_without_bom_handling_and_without_replacement(&bytes);
            for c in read.as_deref().unwrap_or_default().chars() {
                if let Some(slot) = place(c).and_then(|at| costs.get_mut(at)) {
                    *slot = cost;
                }
            }
        }
    };
    level(0xb0..=0xcf, 13, &mut costs);
    level(0xd0..=0xf4, 17, &mut costs);
    for at in COMMON.chars().filter_map(place) {
        costs[at] = 9;
    }
    costs
});

fn place(c: char) -> Option<usize> {
    (c as usize).checked_sub(KANJI as usize)
}

/// What a character costs that nobody writes.
const NEVER: u32 = 30;
/// What it costs to begin a run of half-width kana, which few do.
const HALF_WIDTH: u32 = 4;

/// How much must be believed to believe that somebody wrote this, in bits.
pub(super) fn cost(text: &str) -> u32 {
    let mut sum = 0_u32;
    let mut around = [' ', ' '];
    let mut bracket_open = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        around[1] = chars.peek().copied().unwrap_or(' ');
        sum = sum.saturating_add(match c {
            '\u{ff61}'..='\u{ff9f}' => half_width(c, around, &mut bracket_open),
            _ => whole(c, around),
        });
        around[0] = c;
    }
    if bracket_open { sum.saturating_add(HALF_WIDTH) } else { sum }
}

fn is_half_width(c: char) -> bool {
    matches!(c, '\u{ff61}'..='\u{ff9f}')
}

/// A half-width kana or mark, by what stands before and behind it.
fn half_width(c: char, [before, _]: [char; 2], bracket_open: &mut bool) -> u32 {
    const MISPLACED: u32 = 8;
    let begins = !is_half_width(before);
    let entry = if begins { HALF_WIDTH } else { 0 };
    let follows_kana = matches!(before, '\u{ff66}'..='\u{ff9f}');
    let (usual, is_odd) = match c {
        '｢' => (6, std::mem::replace(bracket_open, true)),
        '｣' => (6, !std::mem::take(bracket_open)),
        '｡' | '､' | '･' => (6, !follows_kana),
        'ﾞ' => (3, !matches!(before, 'ｳ' | 'ｶ'..='ﾄ' | 'ﾊ'..='ﾎ')),
        'ﾟ' => (3, !matches!(before, 'ﾊ'..='ﾎ')),
        'ｰ' => (4, !follows_kana || before == 'ｯ'),
        'ｧ'..='ｯ' => (5, !follows_kana || matches!(before, 'ｧ'..='ｯ')),
        'ﾝ' => (4, !follows_kana || matches!(before, 'ﾝ' | 'ｯ')),
        'ｦ' => (8, !follows_kana),
        'ｱ' | 'ｲ' | 'ｳ' | 'ｶ' | 'ｷ' | 'ｸ' | 'ｼ' | 'ｽ' | 'ﾀ' | 'ﾄ' | 'ﾏ' | 'ﾗ' | 'ﾘ' | 'ﾙ' => {
            (5, false)
        }
        'ﾇ' | 'ﾍ' | 'ﾕ' | 'ﾈ' | 'ｿ' | 'ﾎ' | 'ﾛ' | 'ﾋ' => (7, false),
        _ => (6, false),
    };
    usual + entry + if is_odd { MISPLACED } else { 0 }
}

/// Any other character, by what stands before and behind it.
fn whole(c: char, [before, after]: [char; 2]) -> u32 {
    let is_latin =
        |c: char| c.is_ascii_alphabetic() || matches!(c, 'À'..='ÿ' | 'Œ' | 'œ' | 'Š' | 'š' | 'Ž' | 'ž' | 'Ÿ');
    let is_in_word = is_latin(before) || is_latin(after);
    match c {
        '\t' | '\n' | '\r' => 6,
        c if c.is_control() || c == '\u{fffd}' => NEVER,
        c if c.is_ascii() => 6,
        '\u{3041}'..='\u{30fe}' => 6,
        '、' | '。' | '「' | '」' | '　' => 7,
        '\u{4e00}'..='\u{9fff}' => place(c).and_then(|at| KANJI_COSTS.get(at)).map_or(19, |cost| u32::from(*cost)),
        '\u{3000}'..='\u{3040}' | '\u{ff01}'..='\u{ff60}' => 9,
        '①'..='⑳' | '㈱' | '㈲' | '№' | '℡' | '※' | '★' | '☆' | '●' | '○' | '■' | '□' | '→' | '…' => {
            12
        }
        'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ÿ' | 'Œ' | 'œ' | 'Š' | 'š' | 'Ž' | 'ž' | 'Ÿ' => {
            if is_in_word {
                9
            } else {
                13
            }
        }
        '“' | '”' | '‘' | '’' | '–' | '—' | '€' | '£' | '§' | '°' | '\u{a0}' | '©' | '®' => 11,
        '\u{80}'..='\u{ff}' => 15,
        // Other scripts of the world, of which only UTF-8 brings any.
        '\u{100}'..='\u{58f}' | '\u{600}'..='\u{6ff}' | '\u{e00}'..='\u{e7f}' | '\u{ac00}'..='\u{d7a3}' => 14,
        '\u{e000}'..='\u{f8ff}' => 24,
        '\u{1f300}'..='\u{1faff}' => 14,
        _ => 17,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sense_is_told_from_nonsense() {
        assert!(score("お世話になっております。") > score("､ｪﾀ､ﾏ､ﾋ､ﾊ､ﾃ､ﾆ､ｪ､熙ﾞ､ｹ｡｣"));
        assert!(score("ﾔﾏﾀﾞﾀﾛｳ") > score("犲潴"));
        assert!(has_japanese("修理の件") && !has_japanese("caf\u{e9}") && !has_japanese("縺ｿ繧ゅ§"));
    }
}
