//! Which labels a letter seems to have. Pure.

use super::{
    Field, LABEL_CHARACTERS_MAX, LABELS_MAX, Label,
    lines::{OPENING, Style, fold, splits, without_marks},
    read,
};

/// A label that a letter seems to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The label, and what seems to stand behind it.
    pub label: Label,
    /// What stands behind it here.
    pub value: String,
}

/// The labels that a letter seems to have, in their order. Whoever defines a reader begins with these.
pub fn propose(text: &str) -> Vec<Proposal> {
    let Some(style) = style_of(text) else { return Vec::new() };
    let mut labels: Vec<Label> = Vec::new();
    for line in text.lines() {
        let Some((said, _, _)) = labels_of(line).find(|(_, _, of)| *of == style) else { continue };
        let said = without_marks(said);
        // Below the words of whoever asks, a sentence with a colon is theirs.
        let is_said = labels.iter().any(|label| label.field == Field::Content);
        if is_said && said.starts_with(|c: char| c.is_ascii_lowercase()) {
            continue;
        }
        let is_new = !labels.iter().any(|label| fold(&label.label) == fold(said));
        if is_new && labels.len() < LABELS_MAX {
            let meant = guess(said);
            let is_taken = labels.iter().any(|label| label.field == meant);
            let field = if is_taken { Field::Other } else { meant };
            labels.push(Label { label: said.to_owned(), field });
        }
    }
    let form = read(&labels, text);
    form.found.into_iter().map(|(label, value)| Proposal { label, value }).collect()
}

/// The way in which most of its labels are set apart.
fn style_of(text: &str) -> Option<Style> {
    let count = |style: Style| text.lines().filter(|line| labels_of(line).any(|(_, _, of)| of == style)).count();
    let counted = [Style::Bracket, Style::Bullet, Style::Colon, Style::Cell].map(|style| (count(style), style));
    // Of equals the first: brackets are put around labels and rarely anything else.
    let most = counted.iter().map(|(count, _)| *count).max().filter(|count| *count > 0)?;
    counted.into_iter().find(|(count, _)| *count == most).map(|(_, style)| style)
}

/// Ways in which a line could be a label that nobody told us of.
fn labels_of(line: &str) -> impl Iterator<Item = (&str, &str, Style)> {
    let is_label = |(label, value, style): &(&str, &str, Style)| {
        let label = without_marks(label);
        let length = label.chars().count();
        let is_column = *style == Style::Cell && value.is_empty();
        (1..=LABEL_CHARACTERS_MAX / 2).contains(&length)
            && !is_column
            && !label.contains(['。', '、', '@', '＠', '/'])
            && !label.chars().all(|c| c.is_ascii_digit() || c.is_ascii_punctuation())
            && !label.chars().any(|c| OPENING.contains(c) && *style == Style::Colon)
    };
    splits(line).into_iter().filter(is_label)
}

/// What a label of this name mostly means.
fn guess(label: &str) -> Field {
    const MEANT: &[(Field, &[&str])] = &[
        (Field::Other, &["フリガナ", "ふりがな", "カナ", "kana", "種別", "番号"]),
        (Field::Email, &["メール", "mail", "アドレス"]),
        (Field::Phone, &["電話", "tel", "phone", "携帯", "発信元", "発信者"]),
        (
            Field::Company,
            &["会社", "企業", "組織", "団体", "法人", "貴社", "御社", "勤務先", "company", "organization"],
        ),
        (Field::Subject, &["件名", "題名", "タイトル", "用件", "subject", "title"]),
        (
            Field::Content,
            &[
                "内容",
                "本文",
                "メッセージ",
                "質問",
                "要望",
                "相談",
                "お問い合わせ",
                "message",
                "content",
                "inquiry",
                "comment",
                "question",
            ],
        ),
        (Field::Name, &["名前", "氏名", "担当者", "お名", "name"]),
    ];
    let label = fold(label);
    let digits_follow = label.contains("電話番号") || label.contains("携帯番号");
    let found = MEANT.iter().find(|(_, words)| words.iter().any(|word| label.contains(*word)));
    match found {
        Some((Field::Other, _)) if digits_follow => Field::Phone,
        Some((field, _)) => *field,
        None => Field::Other,
    }
}
