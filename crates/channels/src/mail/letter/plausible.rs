//! Whether a reading of bytes makes sense as Japanese: how Shift_JIS is told from EUC-JP, and a wrong declaration from
//! an odd text. Pure.

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
