//! What of a body is new, and what only repeats the letters before. Pure; the pieces in order are the
//! whole text, so nothing can be lost.

/// A stretch of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// What the sender wrote now.
    New(&'a str),
    /// What the sender's program repeated.
    Quoted(&'a str),
}

impl<'a> Piece<'a> {
    /// The text of the piece.
    pub fn text(self) -> &'a str {
        match self {
            Piece::New(text) | Piece::Quoted(text) => text,
        }
    }
}

/// Lines that a header block of a quoted letter spans at most.
const HEADER_BLOCK_LINES_MAX: usize = 8;
/// Lines over which a mailer may break the sentence that introduces a quotation.
const ATTRIBUTION_LINES_MAX: usize = 3;
/// Longest sentence that introduces a quotation, in bytes.
const ATTRIBUTION_BYTES_MAX: usize = 400;

/// Parts a body into new and quoted pieces.
///
/// Lines with `>` are quoted wherever they stand, so an answer between them stays new. A marker such as
/// `-----Original Message-----` or a block of `差出人:` lines quotes everything after it.
pub fn split(text: &str) -> Vec<Piece<'_>> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    pieces(text, &lines, &quoted(&lines))
}

/// Which lines only repeat the letters before.
fn quoted(lines: &[&str]) -> Vec<bool> {
    let mut quoted = vec![false; lines.len()];
    let mut at = 0;
    while at < lines.len() {
        if opens_history(lines, at) {
            quoted[at..].fill(true);
            break;
        }
        let marks_follow = |length: usize| {
            let after = lines[at + length..].iter().position(|line| !line.trim().is_empty());
            after.is_some_and(|offset| is_marked(lines[at + length + offset]))
        };
        let found = attribution(lines, at).or_else(|| undated(lines[at]).filter(|length| marks_follow(*length)));
        if let Some(length) = found {
            let marked = marks_follow(length);
            if !marked {
                quoted[at..].fill(true);
                break;
            }
            quoted[at..at + length].fill(true);
            at += length;
            continue;
        }
        quoted[at] = is_marked(lines[at]);
        at += 1;
    }
    close_gaps(lines, &mut quoted);
    quoted
}

/// Where what nobody needs to read again begins, as numbers of lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fold {
    /// The new words, where the letters that they answer stand above them and are long.
    pub fresh: Option<usize>,
    /// The signature below the new words.
    pub signature: Option<usize>,
    /// The letters before, which run to the end.
    pub history: Option<usize>,
}

/// Lines of a letter above its answer that stay in sight: what is so short is read with it.
const LINES_ABOVE_MAX: usize = 5;
/// Words by which a copy of a letter says that it is not history but what the letter is about.
const FORWARDED: [&str; 4] = ["forwarded message", "転送されたメッセージ", "転送メッセージ", "転送メール"];
/// Lines that a signature takes at most.
const SIGNATURE_LINES_MAX: usize = 14;
/// A ruled line of this many signs draws the upper edge of a signature.
const RULE_CHARACTERS_MIN: usize = 5;
/// By what a block below a ruled line is known as somebody's name and address.
const CONTACT_MARKS: [&str; 11] =
    ["@", "tel", "fax", "ｔｅｌ", "電話", "〒", "株式会社", "有限会社", "http", "℡", "内線"];

/// Finds where the signature and the history begin, and where the new words do if the letter before stands above them.
/// What has nothing new beside it is not folded, and neither is what somebody forwards or answers piece by piece.
pub fn fold(lines: &[&str]) -> Fold {
    let quoted = quoted(lines);
    let is_blank = |at: usize| lines[at].trim().is_empty();
    let begins = (0..lines.len()).rev().take_while(|at| quoted[*at] || is_blank(*at)).filter(|at| quoted[*at]).last();
    let has_words = |end: usize| (0..end).any(|at| !is_blank(at) && !quoted[at]);
    let history = begins.filter(|at| has_words(*at) && !is_forwarded(lines, *at));
    let end = history.unwrap_or(lines.len());
    let signature = signature(&lines[..end], &quoted).filter(|at| (0..*at).any(|at| !is_blank(at)));
    let fresh = below_quoted(lines, &quoted, signature.unwrap_or(end));
    let fresh = fresh.filter(|_| history.is_none_or(|at| is_apart(lines, at)));
    Fold { fresh, signature, history }
}

/// Where the new words begin below the letter that they answer: it stands above all of them, in one piece, and is long.
/// Words before it, or a quotation between them, mean that somebody answers piece by piece, and each piece is read with
/// what it answers.
fn below_quoted(lines: &[&str], quoted: &[bool], end: usize) -> Option<usize> {
    let is_blank = |at: &usize| lines[*at].trim().is_empty();
    let fresh = (0..end).find(|at| !is_blank(at) && !quoted[*at])?;
    let is_whole = (fresh..end).all(|at| !quoted[at]);
    let says = |at: &usize| !lines[*at].trim_matches(|c: char| ">＞|".contains(c) || c.is_whitespace()).is_empty();
    let is_long = (0..fresh).filter(|at| quoted[*at] && says(at)).count() > LINES_ABOVE_MAX;
    let above = (0..fresh).find(|at| quoted[*at])?;
    (is_whole && is_long && !is_forwarded(lines, above)).then_some(fresh)
}

/// Whether the history that begins here says itself that it is another letter. Marked lines alone may be the rest of the
/// one that is answered above.
fn is_apart(lines: &[&str], at: usize) -> bool {
    !is_marked(lines[at])
}

/// Where the letter begins that somebody passes on below their own words, in bytes; at the end where there is none.
pub fn passed_on(text: &str) -> usize {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let says = line.to_lowercase();
        if says.trim_start().starts_with("--") && FORWARDED.iter().any(|word| says.contains(word)) {
            return at;
        }
        at += line.len();
    }
    text.len()
}

/// Whether it is said where the copy begins, in its first lines or in the last ones before it.
fn is_forwarded(lines: &[&str], at: usize) -> bool {
    let says = |line: &&&str| FORWARDED.iter().any(|word| line.to_lowercase().contains(word));
    let is_there = |line: &&&str| !line.trim().is_empty();
    let (before, after) = lines.split_at(at);
    before.iter().rev().filter(is_there).take(2).any(|line| says(&line))
        || after.iter().filter(is_there).take(2).any(|line| says(&line))
}

/// `-- ` (RFC 3676), or the ruled line over a Japanese name and address; those of the letters before are quoted.
fn signature(lines: &[&str], quoted: &[bool]) -> Option<usize> {
    let own = lines.iter().enumerate().rev().take_while(|(at, _)| !quoted[*at]);
    let within = own.filter(|(_, line)| !line.trim().is_empty()).take(SIGNATURE_LINES_MAX);
    let within: Vec<(usize, &str)> = within.map(|(at, line)| (at, line.trim())).collect();
    let drawn = within.iter().rev().find(|(at, line)| {
        let below = || lines[at + 1..].iter().map(|line| line.to_lowercase()).collect::<String>();
        let is_contact = |below: String| CONTACT_MARKS.iter().any(|mark| below.contains(mark));
        *line == "--" || (is_rule(line) && is_contact(below()))
    });
    drawn.map(|(at, _)| *at)
}

/// A line of nothing but drawing.
fn is_rule(line: &str) -> bool {
    let is_drawn = |c: char| "-=_*#~.･・+─━═＿－＝＊※☆★◇◆□■○●▽△∞｡。:：｜|/\\<>".contains(c) || c.is_whitespace();
    line.chars().count() >= RULE_CHARACTERS_MIN && line.chars().all(is_drawn)
}

/// The new text alone, trimmed; the whole text when nothing seems new (a forwarded letter is the
/// customer's word too).
pub fn fresh(text: &str) -> String {
    let new: String = split(text).into_iter().filter(|piece| matches!(piece, Piece::New(_))).map(Piece::text).collect();
    let new = new.trim();
    if new.is_empty() { text.trim().to_owned() } else { new.to_owned() }
}

/// The beginning of the new text in one line, at most `chars_max` characters.
pub fn snippet(text: &str, chars_max: usize) -> String {
    let fresh = fresh(text);
    let mut words = fresh.split_whitespace();
    let mut out = String::new();
    let mut length = 0;
    while let Some(word) = words.next().filter(|_| length < chars_max) {
        if !out.is_empty() {
            out.push(' ');
            length += 1;
        }
        out.extend(word.chars().take(chars_max - length.min(chars_max)));
        length += word.chars().count();
    }
    out.trim_end().to_owned()
}

fn is_marked(line: &str) -> bool {
    line.trim_start().starts_with(['>', '＞'])
}

/// Whether this line begins a copy of an earlier letter that runs to the end.
fn opens_history(lines: &[&str], at: usize) -> bool {
    let line = lines[at].trim();
    let bare = line.trim_matches(['-', '_', '=', ' ', '─', '━', '―', '*']);
    let ruled = line.starts_with(['-', '_', '─', '━']) && line.ends_with(['-', '_', '─', '━']);
    if ruled {
        let known =
            ["original message", "元のメッセージ", "オリジナルメッセージ", "original appointment", "reply message"];
        let lower = bare.to_lowercase();
        if known.contains(&lower.as_str()) {
            return true;
        }
        // Outlook on the web draws a line and lets the header block follow.
        let next = lines[at + 1..].iter().position(|line| !line.trim().is_empty());
        return bare.is_empty() && next.is_some_and(|offset| header_block(lines, at + 1 + offset));
    }
    header_block(lines, at)
}

/// `From: … / Sent: … / To: … / Subject: …` in either language, the sender first.
fn header_block(lines: &[&str], at: usize) -> bool {
    let label = |line: &str| {
        let line = line.trim_start_matches(['*', ' ']);
        let end = line.find([':', '：'])?;
        Some(line[..end].trim_matches(['*', ' ', '　']).to_lowercase())
    };
    let is = |index: usize, words: &[&str]| {
        let found = lines.get(index).and_then(|line| label(line));
        found.is_some_and(|found| words.contains(&found.as_str()))
    };
    if !is(at, &["from", "差出人", "送信者", "送信元", "発信者"]) {
        return false;
    }
    const OTHERS: &[&str] =
        &["sent", "date", "to", "cc", "subject", "送信日時", "送信日", "日時", "日付", "宛先", "件名"];
    let end = lines.len().min(at + HEADER_BLOCK_LINES_MAX);
    let block = (at + 1..end).take_while(|index| !lines[*index].trim().is_empty());
    block.filter(|index| is(*index, OTHERS)).count() >= 2
}

/// How many lines a sentence such as `On … wrote:` or `2026年4月1日(水) 10:00 山田 <…>:` takes here.
fn attribution(lines: &[&str], at: usize) -> Option<usize> {
    if !begins_attribution(lines[at]) {
        return None;
    }
    let mut sentence = String::new();
    for (index, line) in lines[at..].iter().take(ATTRIBUTION_LINES_MAX).enumerate() {
        let line = line.trim();
        if line.is_empty() || sentence.len() + line.len() > ATTRIBUTION_BYTES_MAX {
            return None;
        }
        sentence.push_str(line);
        sentence.push(' ');
        if ends_attribution(sentence.trim_end()) {
            return Some(index + 1);
        }
    }
    None
}

/// `山田さんは書きました:`, of a template that names no date: it counts where marked lines follow.
fn undated(line: &str) -> Option<usize> {
    let said = line.trim().strip_suffix([':', '：']).unwrap_or(line).trim().trim_end_matches('。');
    let names_writer = ["書きました", " wrote", "のメール", "のメッセージ"].iter().any(|word| said.ends_with(word));
    (names_writer && line.len() <= ATTRIBUTION_BYTES_MAX).then_some(1)
}

fn begins_attribution(line: &str) -> bool {
    let line = line.trim_start().trim_start_matches(['(', '（', '[', '"']);
    line.starts_with("On ") || is_dated(line)
}

fn ends_attribution(sentence: &str) -> bool {
    let Some(said) = sentence.strip_suffix([':', '：']) else {
        return sentence.ends_with("書きました。") && is_dated(sentence);
    };
    let said = said.trim_end();
    if said.ends_with("wrote") {
        return true;
    }
    let names_sender = said.contains('@')
        || said.ends_with("書きました")
        || said.ends_with("のメール")
        || said.ends_with("のメッセージ");
    names_sender && is_dated(sentence)
}

/// A date with a year in it: `2026年4月`, `2026/04/01`, `2026-04-01`.
fn is_dated(line: &str) -> bool {
    let chars: Vec<char> = line.chars().take(ATTRIBUTION_BYTES_MAX).collect();
    chars.windows(5).any(|w| {
        w[..4].iter().all(char::is_ascii_digit) && matches!(w[0], '1' | '2') && matches!(w[4], '年' | '/' | '-' | '.')
    })
}

/// Empty lines between two quoted lines are part of the quotation.
fn close_gaps(lines: &[&str], quoted: &mut [bool]) {
    let mut last = None;
    for at in 0..lines.len() {
        if quoted[at] {
            if let Some(last) = last {
                quoted[last..at].fill(true);
            }
            last = Some(at + 1);
        } else if !lines[at].trim().is_empty() {
            last = None;
        }
    }
}

fn pieces<'a>(text: &'a str, lines: &[&str], quoted: &[bool]) -> Vec<Piece<'a>> {
    let mut out = Vec::new();
    let (mut start, mut end) = (0, 0);
    for at in 0..lines.len() {
        end += lines[at].len();
        if at + 1 == lines.len() || quoted[at] != quoted[at + 1] {
            let piece = &text[start..end];
            out.push(if quoted[at] { Piece::Quoted(piece) } else { Piece::New(piece) });
            start = end;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_quotations_are_known() {
        let histories = [
            "-----Original Message-----\nFrom: a\nold",
            "----- 元のメッセージ -----\nold",
            "差出人: 山田 <y@x.jp>\n送信日時: 2026年4月1日 10:00\n宛先: s@x.jp\n件名: Re: 修理\n\nold",
            "________________________________\nFrom: A <a@x>\nSent: Monday\nTo: B\nSubject: c\n\nold",
            "*From:* A\n*Sent:* Monday\n*To:* B\n\nold",
            "On Wed, Apr 1, 2026 at 10:00 AM Taro <t@x.jp>\nwrote:\n\n> old\n>\n> older",
            "2026年4月1日(水) 10:00 山田太郎 <taro@example.jp>:\n\n> 前の文",
            "2026/04/01 10:00、山田太郎 <taro@example.jp>のメール:\n\n> 前の文",
            "2026年4月1日(水) 10:00 山田太郎\n<taro@example.jp>:\nold without marks",
            "> 前の文\n\n> もっと前",
            "サポート窓口さんは書きました：\n\n> 前の文",
            "\"Desk\" <s@x.jp> wrote:\n> old",
        ];
        for history in histories {
            let text = format!("了解しました。\nよろしく\n\n{history}");
            assert_eq!(fresh(&text), "了解しました。\nよろしく", "{history}");
        }
    }

    #[test]
    fn answers_between_quotes_stay_new() {
        let text = "On Wed, Apr 1, 2026 A <a@x> wrote:\n> q1\nanswer 1\n> q2\nanswer 2";
        assert_eq!(fresh(text), "answer 1\nanswer 2");
    }

    #[test]
    fn ordinary_sentences_are_not_taken_for_quotations() {
        for text in [
            "On Monday I will call:\nplease wait",
            "From: Tokyo\nwe go",
            "2026年4月1日に届いた品:\n壊れていました",
            "a: b\nc: d",
            "山田さんは書きました:\n無料です",
            "昨日のメール：\n届いていません",
        ] {
            assert_eq!(fresh(text), text);
        }
    }

    #[test]
    fn a_letter_of_nothing_but_history_is_shown_whole() {
        assert_eq!(fresh("\n> a\n> b\n"), "> a\n> b");
        assert_eq!(snippet("a  b\nc\n> d", 4), "a b");
        assert_eq!(snippet("あいうえお", 3), "あいう");
    }

    fn folded(text: &str) -> (Option<usize>, Option<usize>) {
        let Fold { signature, history, fresh } = fold(&text.split('\n').collect::<Vec<_>>());
        assert_eq!(fresh, None, "{text}");
        (signature, history)
    }

    #[test]
    fn history_at_the_end_and_the_signature_above_it_fold() {
        assert_eq!(folded("了解です。\n\n-- \n森 咲\n\n2026年4月1日 10:00 窓口 <s@x.jp>:\n> 前\n"), (Some(2), Some(5)));
        let drawn = "お願いします。\n\n━━━━━━━━\n株式会社北斗 森\nTEL 03-0000-0000\n━━━━━━━━\n";
        assert_eq!(folded(drawn), (Some(2), None));
        // A signature of the letter before is none of this one's.
        let below =
            "> 前の文\n>\n>> --\n>> 株式会社北斗\n>> TEL 03-0000-0000\n\n答えです。\n\n--\n森\nTEL 03-1111-1111";
        assert_eq!(folded(below), (Some(8), None));
        assert_eq!(folded(&below[..below.find("\n\n--").expect("a signature")]), (None, None));
        assert_eq!(folded("Yes.\nOn Fri, 3 Apr 2026, S wrote:\n> ok?\n"), (None, Some(1)));
    }

    #[test]
    fn what_must_be_read_does_not_fold() {
        for text in [
            "> q1\n答え",
            "> すべて引用",
            "ご確認ください。\n---------- Forwarded message ---------\nFrom: a\nDate: b\nSubject: c\n\n本題",
            "表です\n-----\n合計 3\n-----",
            "-- \n森",
        ] {
            assert_eq!(folded(text), (None, None), "{text}");
        }
    }

    #[test]
    fn a_long_letter_above_its_answer_folds() {
        let letter = "> 一\n> 二\n>\n> 三\n> 四\n> 五\n\n> 六\n";
        let wrote = [
            "",
            "On Wed, 1 Apr 2026 10:00:00 +0900\n\"Desk\" <s@x.jp> wrote:\n\n",
            "2026年4月1日(水) 10:00 窓口 <s@x.jp>:\n\n",
            "窓口さんは書きました：\n",
        ];
        let rests = [
            "\nはい、そうです。\nお願いします。",
            "はい。\n\n-- \n森 咲",
            "\nはい。\n\n━━━━━━━━\n株式会社北斗 森\nTEL 03-0000-0000\n",
            // Another letter below says that it is one.
            "はい。\n\n2026年3月1日 10:00 窓口 <s@x.jp>:\n> もっと前\n",
            "はい。\n\n-----Original Message-----\nFrom: S\nもっと前",
        ];
        for (wrote, rest) in wrote.iter().flat_map(|wrote| rests.iter().map(move |rest| (wrote, rest))) {
            let text = format!("{wrote}{letter}{rest}");
            let lines: Vec<&str> = text.split('\n').collect();
            let fresh = fold(&lines).fresh.unwrap_or_else(|| panic!("{text}"));
            assert!(lines[fresh].starts_with("はい"), "{text}");
        }
    }

    #[test]
    fn what_is_read_with_its_answer_does_not_fold() {
        let long = "> 一\n> 二\n> 三\n> 四\n> 五\n> 六\n";
        for text in [
            // Short: it is the question.
            "On Wed, 1 Apr 2026, S <s@x.jp> wrote:\n> 型番は何ですか。\n> いつからですか。\n\nX-1 です。",
            "> 一\n>\n>\n>\n> 二\n>\n>\n> 三\n四です。",
            // Answered piece by piece, however long a piece is.
            &format!("{long}はい。\n> 七\nいいえ。"),
            &format!("> 七\nはい。\n{long}いいえ。"),
            &format!("{long}はい。\n{long}いいえ。"),
            // What follows may be the rest of the letter, of which this answers the beginning.
            &format!("{long}はい。\n\n> 七\n> 八\n"),
            // Somebody says first what it is about.
            &format!("下記の件です。\n\n{long}\nいかがでしょうか。"),
            // A mailer broke the quotation's lines: nobody knows whose word the pieces are.
            &format!("{long}折れた\n{long}はい。"),
            // Nothing new below, or a signature alone.
            long,
            &format!("{long}\n-- \n森 咲"),
            &format!("{long}\n━━━━━━━━\n株式会社北斗 森\nTEL 03-0000-0000"),
            // Passed on.
            &format!("> ---- Forwarded message ----\n{long}\nご確認ください。"),
            // Behind a marker everything is history: whose word the end is cannot be told.
            &format!("-----Original Message-----\nFrom: S\n\n{long}\nはい。"),
        ] {
            assert_eq!(fold(&text.split('\n').collect::<Vec<_>>()).fresh, None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_lost(text in "([>あa:\\-_ ]|\n|From: |差出人: |件名: |To: |2026年4月1日 a@b:|On |wrote:){0,40}") {
            let joined: String = split(&text).into_iter().map(Piece::text).collect();
            proptest::prop_assert_eq!(joined, text);
        }
    }
}
