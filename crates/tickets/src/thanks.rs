//! A customer's thanks on a solved ticket is no reason to open it again. Pure, and narrow on purpose: every sentence of a
//! short letter must be one that thanks, greets or says that all is well. Whatever else it says is a doubt, and a doubt
//! reopens.

mod english;
mod signature;

use std::sync::LazyLock;

/// Whoever writes more than this, in characters, has more to say than thanks.
const CHARACTERS_MAX: usize = 240;
/// The longest sentence of thanks, in characters.
const SENTENCE_CHARACTERS_MAX: usize = 70;
/// The longest line that is somebody's name, in characters.
const NAME_CHARACTERS_MAX: usize = 30;

/// What thanks, and what may stand right behind it.
const THANKS: &[&str] = &[
    "ありがとうございました",
    "ありがとうございます",
    "ありがとうござい",
    "ありがとうです",
    "ありがとう",
    "有難うございました",
    "有難うございます",
    "有難う",
    "有り難うございました",
    "有り難うございます",
    "有り難う",
    "感謝申し上げます",
    "感謝いたします",
    "感謝致します",
    "感謝しております",
    "感謝しています",
    "感謝します",
    "感謝です",
    "御礼申し上げます",
    "お礼申し上げます",
    "助かりました",
    "thank you",
    "thanks",
    "thank u",
    "thx",
    "much appreciated",
    "i appreciate",
    "appreciated",
    "many thanks",
];
/// Sentences that say that all is well, by their ends.
const WELL: &[&str] = &[
    "了解しました",
    "了解いたしました",
    "了解致しました",
    "了解です",
    "承知しました",
    "承知いたしました",
    "承知致しました",
    "確認しました",
    "確認いたしました",
    "確認致しました",
    "確認できました",
    "確認出来ました",
    "解決しました",
    "解決いたしました",
    "解決致しました",
    "解決できました",
    "解決です",
    "直りました",
    "なおりました",
    "できました",
    "出来ました",
    "届きました",
    "受け取りました",
    "受領しました",
    "受領いたしました",
    "拝受しました",
    "拝受いたしました",
    "拝見しました",
    "問題ありません",
    "問題ございません",
    "問題ありませんでした",
    "問題なさそうです",
    "大丈夫です",
    "大丈夫でした",
    "動きました",
    "動作しました",
    "動いています",
    "動いております",
    "使えました",
    "使えています",
    "わかりました",
    "分かりました",
    "安心しました",
    "安心いたしました",
    "ほっとしました",
    "復旧しました",
    "改善しました",
    "完了しました",
];
/// Said out of courtesy: nothing is left of such a sentence without these. The longer ones first.
const COURTESIES: &[&str] = &[
    "取り急ぎお礼まで",
    "取り急ぎ御礼まで",
    "取急ぎお礼まで",
    "取り急ぎ、お礼まで",
    "まずはお礼まで",
    "お礼まで",
    "御礼まで",
    "お礼のみにて",
    "取り急ぎ",
    "まずは",
    "いつも大変お世話になっております",
    "いつもお世話になっております",
    "大変お世話になっております",
    "お世話になっております",
    "お世話になっています",
    "お世話になります",
    "お世話になりました",
    "大変お世話になりました",
    "いつも",
    "お疲れ様です",
    "お疲れさまです",
    "お疲れ様でした",
    "お疲れさまでした",
    "今後とも",
    "今後も",
    "引き続き",
    "引続き",
    "どうぞ",
    "何卒",
    "また",
    "これからも",
    "よろしくお願いいたします",
    "よろしくお願い致します",
    "よろしくお願いします",
    "よろしくお願い申し上げます",
    "宜しくお願いいたします",
    "宜しくお願い致します",
    "宜しくお願いします",
    "宜しくお願い申し上げます",
    "失礼いたします",
    "失礼致します",
    "失礼します",
    "以上です",
    "以上",
    "敬具",
    "草々",
    "拝",
    "お手数をおかけしました",
    "お手数おかけしました",
    "お手数をおかけいたしました",
    "ご迷惑をおかけしました",
    "大変",
    "本当に",
    "どうも",
    "はい",
];
/// Where one of these stands, there is more to the letter than thanks.
const DOUBTS: &[&str] = &[
    "ですが",
    "ますが",
    "したが",
    "せんが",
    "んが",
    "けど",
    "けれど",
    "しかし",
    "ただし",
    "ただ、",
    "なお、",
    "ところで",
    "ちなみに",
    "それと",
    "あと、",
    "また、",
    "まだ",
    "もう一",
    "もうひと",
    "別件",
    "別の",
    "追加",
    "ついでに",
    "再度",
    "再び",
    "エラー",
    "不具合",
    "できない",
    "できません",
    "出来ません",
    "ません",
    "ない",
    "なかった",
    "ください",
    "下さい",
    "お願い",
    "いただけ",
    "頂け",
    "もらえ",
    "ほしい",
    "欲しい",
    "したい",
    "たいです",
    "教えて",
    "いつ頃",
    "どうすれ",
    "どうやっ",
    "どのよう",
    "どこ",
    "なぜ",
    "でしょう",
    "ますか",
    "ですか",
    "ましたら",
    "たら",
    "れば",
    "場合",
    "至急",
    "急ぎ",
    "返金",
    "キャンセル",
    "解約",
    "苦情",
    "残念",
    "困",
    "違",
    "間違",
    "予定",
    "明日",
    "来週",
    "期限",
    "までに",
    "お待ち",
    "待って",
    "ものの",
];
/// A name does not have these; words that look like one do.
const NO_NAME: &str = "不未無非失駄誤否違再同異故障停緊急至困難件可能返金";

/// The word by which the letter thanks, where it does nothing else. `text` is what is new in it, without what it quotes.
pub fn thanks_in(text: &str) -> Option<&'static str> {
    let text = signature::without(text);
    if text.chars().count() > CHARACTERS_MAX || text.contains(['?', '？']) {
        return None;
    }
    let mut thanks = None;
    let lines: Vec<String> = text.lines().map(plain).filter(|line| !line.is_empty()).collect();
    for (at, line) in lines.iter().enumerate() {
        if thanks.is_some() && signature::closes(line) && signature::only_says_who(&lines[at + 1..]) {
            break;
        }
        for sentence in line.split(['。', '!', '.', '．', '｡', ';']).map(str::trim).filter(|part| !part.is_empty())
        {
            match kind_of(sentence) {
                Some(Kind::Thanks(word)) => thanks = thanks.or(Some(word)),
                Some(Kind::Courtesy) => {}
                None if is_salutation(sentence) && thanks.is_none() => {}
                None if sentence == line && is_name(sentence) && at + 3 >= lines.len() && thanks.is_some() => {}
                None => return None,
            }
        }
    }
    thanks
}

enum Kind {
    Thanks(&'static str),
    Courtesy,
}

fn kind_of(sentence: &str) -> Option<Kind> {
    let sentence = sentence.trim_matches(|c: char| !c.is_alphanumeric());
    if sentence.is_empty() {
        return Some(Kind::Courtesy);
    }
    if sentence.chars().count() > SENTENCE_CHARACTERS_MAX {
        return None;
    }
    if let Some((head, word, tail)) = thanked(sentence) {
        // In English what one thanks for follows; in Japanese it went before, and what follows is something else.
        let ends_there = is_empty(tail) || kind_of(tail).is_some() || (word.is_ascii() && !doubtful(tail));
        return (ends_there && !doubtful(head)).then_some(Kind::Thanks(word));
    }
    let all_is_well = WELL.iter().any(|end| sentence.strip_suffix(end).is_some_and(|head| !doubtful(head)));
    (all_is_well || is_courtesy(sentence)).then_some(Kind::Courtesy)
}

fn thanked(sentence: &str) -> Option<(&str, &'static str, &str)> {
    let found = THANKS.iter().filter_map(|word| Some((sentence.find(word)?, *word)));
    // The first of them, and of those that begin there the longest.
    let (at, word) = found.min_by_key(|(at, word)| (*at, std::cmp::Reverse(word.len())))?;
    Some((&sentence[..at], word, &sentence[at + word.len()..]))
}

fn is_empty(text: &str) -> bool {
    !text.chars().any(char::is_alphanumeric)
}

fn doubtful(text: &str) -> bool {
    DOUBTS.iter().any(|doubt| text.contains(doubt))
        || text.contains("n't")
        || text.split(|c: char| !c.is_ascii_alphabetic()).any(|word| english::DOUBTS.contains(&word))
}

fn is_courtesy(sentence: &str) -> bool {
    static LONGEST_FIRST: LazyLock<Vec<&str>> = LazyLock::new(|| {
        let mut all = COURTESIES.to_vec();
        all.sort_by_key(|courtesy| std::cmp::Reverse(courtesy.len()));
        all
    });
    let mut rest = sentence.to_owned();
    for courtesy in LONGEST_FIRST.iter() {
        rest = rest.replace(courtesy, "");
    }
    let parts = sentence.split([',', '-', '—', '–', '、']).map(str::trim).filter(|part| !part.is_empty());
    is_empty(&rest) || parts.into_iter().all(|part| english::COURTESIES.contains(&part))
}

/// Whom the letter greets, or who writes it: 〇〇 様, 〇〇です, Dear ….
fn is_salutation(sentence: &str) -> bool {
    let sentence = sentence.trim_matches(|c: char| !c.is_alphanumeric());
    if sentence.chars().count() > NAME_CHARACTERS_MAX || doubtful(sentence) {
        return false;
    }
    let greets = ["様", "さま", "さん", "殿", "御中", "各位"].iter().any(|end| sentence.ends_with(end));
    let dear = ["hi ", "hello ", "dear ", "hey "].iter().any(|start| sentence.starts_with(start));
    let says_name = ["です", "と申します"].iter().any(|end| {
        sentence.strip_suffix(end).is_some_and(|who| {
            let name = who.rsplit('の').next().unwrap_or(who);
            !name.is_empty() && is_name(name) && !name.chars().any(is_hiragana)
        })
    });
    greets || dear || says_name
}

/// A line without anything that a sentence has.
fn is_name(line: &str) -> bool {
    let fits = line.chars().count() <= NAME_CHARACTERS_MAX && !doubtful(line);
    let is_of_name =
        |c: char| (c.is_alphabetic() && !NO_NAME.contains(c)) || matches!(c, ' ' | '・' | '(' | ')' | '&' | '-' | ',');
    let says_something = ["す", "た", "ん", "る", "い", "ね", "よ", "を", "は"].iter().any(|end| line.ends_with(end))
        && line.chars().any(|c| !is_hiragana(c) && !c.is_ascii())
        || line.contains('を')
        || line.split(' ').any(|word| english::VERBS_AND_THE_LIKE.contains(&word));
    fits && !says_something && line.chars().all(is_of_name) && line.split(' ').count() <= 4
}

fn is_hiragana(c: char) -> bool {
    ('\u{3041}'..='\u{3096}').contains(&c)
}

/// Lower-case, full-width letters and signs as their ASCII fellows.
fn plain(line: &str) -> String {
    let narrow = line.chars().map(|c| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        '’' => '\'',
        other => other,
    });
    narrow.collect::<String>().trim().to_lowercase()
}

#[cfg(test)]
mod tests;
