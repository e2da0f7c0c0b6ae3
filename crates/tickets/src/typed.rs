//! What somebody typed into the box: words, and among them operators such as `status:open`, `担当:自分`, `-tag:vip`,
//! `created:7d` or `customer:"青葉 商事"`. Pure.

use madoguchi_kernel::condition::{All, Asked, Not, Op, Operand, Scalar, Written};

/// Characters of what is typed that count.
const TYPED_CHARACTERS_MAX: usize = 1_000;
/// Operators that count; more of them are words.
const OPERATORS_MAX: usize = 20;

/// Of what an operator speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// The state's category.
    Status,
    /// What kind of matter.
    Type,
    /// How pressing.
    Priority,
    /// How it came.
    Channel,
    /// Whose queue.
    Team,
    /// Who has it.
    Assignee,
    /// Who asks, or where they work.
    Customer,
    /// A word put on it.
    Tag,
    /// What it is about.
    Subject,
    /// When it began.
    Created,
    /// When something last happened.
    Updated,
    /// When it was solved.
    Solved,
}

/// How operators are written, in both languages.
const KEYS: &[(&[&str], Key)] = &[
    (&["status", "状態"], Key::Status),
    (&["type", "種別", "種類"], Key::Type),
    (&["priority", "優先度"], Key::Priority),
    (&["channel", "チャネル", "経路"], Key::Channel),
    (&["team", "チーム"], Key::Team),
    (&["assignee", "担当", "担当者"], Key::Assignee),
    (&["customer", "requester", "顧客", "お客様", "依頼者"], Key::Customer),
    (&["tag", "タグ"], Key::Tag),
    (&["subject", "件名"], Key::Subject),
    (&["created", "作成"], Key::Created),
    (&["updated", "更新"], Key::Updated),
    (&["solved", "解決"], Key::Solved),
];

/// An operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// Of what.
    pub key: Key,
    /// What it has to be, as it was typed.
    pub value: String,
    /// Whether it must not be.
    pub is_not: bool,
}

/// What was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// The operators.
    pub operators: Vec<Operator>,
    /// The words between them.
    pub words: String,
}

impl Typed {
    /// Takes apart what was typed. What is no operator is a word: an address of the web, a time of day, `E:72`.
    pub fn of(text: &str) -> Self {
        let text: String = text.chars().take(TYPED_CHARACTERS_MAX).collect();
        let (mut typed, mut words) = (Self::default(), Vec::new());
        for piece in pieces(&text) {
            match operator(piece).filter(|_| typed.operators.len() < OPERATORS_MAX) {
                Some(operator) => typed.operators.push(operator),
                None => words.push(piece),
            }
        }
        typed.words = words.join(" ");
        typed
    }
}

/// What stands between spaces, but for those in quotation marks.
fn pieces(text: &str) -> Vec<&str> {
    let (mut pieces, mut from, mut quoted) = (Vec::new(), 0, false);
    for (at, c) in text.char_indices() {
        quoted ^= is_quote(c);
        if c.is_whitespace() && !quoted {
            pieces.push(&text[from..at]);
            from = at + c.len_utf8();
        }
    }
    pieces.push(&text[from..]);
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '”' | '“' | '＂')
}

fn operator(piece: &str) -> Option<Operator> {
    let bare = piece.strip_prefix(['-', '－', '−']);
    let (name, value) = bare.unwrap_or(piece).split_once([':', '：'])?;
    let name = name.to_lowercase();
    let key = KEYS.iter().find(|(names, _)| names.contains(&name.as_str()))?.1;
    let value = value.trim_matches(is_quote).trim();
    (!value.is_empty()).then(|| Operator { key, value: value.to_owned(), is_not: bare.is_some() })
}

/// A test of a field, or its opposite.
pub fn test(field: &str, op: Op, values: Vec<Scalar>) -> Written {
    let value = (op != Op::Empty).then_some(Operand::Several(values));
    Written::Test(Asked { field: field.to_owned(), op, value })
}

/// The opposite.
pub fn not(written: Written) -> Written {
    Written::Not(Not { not: Box::new(written) })
}

/// When it has to be: `today`, `yesterday`, `week`, `month`, `year`, `7d` (within the last seven days), a day, a month,
/// `>` and `<` a day, or `from..to`, the days themselves included. None where it says nothing of the kind.
pub fn when(field: &str, value: &str) -> Option<Written> {
    let (from, to) = span(&value.to_lowercase().replace('/', "-"))?;
    let bound = |op, moment: Option<String>| moment.map(|moment| test(field, op, vec![Scalar::Text(moment)]));
    Some(Written::All(All { all: [bound(Op::Gte, from), bound(Op::Lt, to)].into_iter().flatten().collect() }))
}

type Span = (Option<String>, Option<String>);

/// From which moment, and before which.
fn span(value: &str) -> Option<Span> {
    let between = |from: &str, to: &str| Some((Some(from.to_owned()), Some(to.to_owned())));
    let since = |from: String| Some((Some(from), None));
    match value {
        "today" | "今日" | "本日" => between("today", "today+1d"),
        "yesterday" | "昨日" => between("today-1d", "today"),
        "week" | "今週" => since("week".to_owned()),
        "month" | "今月" => since("month".to_owned()),
        "year" | "今年" => since("year".to_owned()),
        _ => match value.split_once("..") {
            Some((from, to)) => Some((day_of(from), Some(after(&day_of(to)?)))).filter(|(from, _)| from.is_some()),
            None => compared(value).or_else(|| whole(value)),
        },
    }
}

fn compared(value: &str) -> Option<Span> {
    if let Some(day) = value.strip_prefix(">=") {
        return Some((Some(day_of(day)?), None));
    }
    if let Some(day) = value.strip_prefix("<=") {
        return Some((None, Some(after(&day_of(day)?))));
    }
    if let Some(day) = value.strip_prefix(['>', '＞']) {
        return Some((Some(after(&day_of(day)?)), None));
    }
    let day = value.strip_prefix(['<', '＜'])?;
    Some((None, Some(day_of(day)?)))
}

/// A day, a month, or how long ago at most.
fn whole(value: &str) -> Option<Span> {
    if let Some(day) = day_of(value) {
        let next = after(&day);
        return Some((Some(day), Some(next)));
    }
    if let Some(first) = day_of(&format!("{value}-1")) {
        return Some((Some(first.clone()), Some(format!("{first}+1mo"))));
    }
    let (amount, unit) = value.split_at_checked(value.find(|c: char| !c.is_ascii_digit())?)?;
    let unit = match unit {
        "h" | "時間" => "h",
        "d" | "日" => "d",
        "w" | "週間" => "w",
        "か月" | "ヶ月" | "mo" => "mo",
        _ => return None,
    };
    (!amount.is_empty()).then(|| (Some(format!("now-{amount}{unit}")), None))
}

/// `2026-11-4` as `2026-11-04`.
fn day_of(value: &str) -> Option<String> {
    let parts: Vec<u16> = value.split('-').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    match parts[..] {
        [year @ 1970..=9998, month @ 1..=12, day @ 1..=31] => Some(format!("{year:04}-{month:02}-{day:02}")),
        _ => None,
    }
}

fn after(day: &str) -> String {
    format!("{day}+1d")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_stand_among_words() {
        let typed = Typed::of(
            "プリンタ status:open　担当：自分 -tag:vip customer:\"青葉 商事\" E-72 https://a.example/x 10:30 status:",
        );
        assert_eq!(typed.words, "プリンタ E-72 https://a.example/x 10:30 status:");
        let operators: Vec<(Key, &str, bool)> =
            typed.operators.iter().map(|it| (it.key, it.value.as_str(), it.is_not)).collect();
        let expected = [
            (Key::Status, "open", false),
            (Key::Assignee, "自分", false),
            (Key::Tag, "vip", true),
            (Key::Customer, "青葉 商事", false),
        ];
        assert_eq!(operators, expected);
        assert_eq!(Typed::of("\"紙 詰まり\" x").words, "\"紙 詰まり\" x");
    }

    #[test]
    fn days_are_typed_as_people_write_them() {
        for (typed, from, to) in [
            ("today", Some("today"), Some("today+1d")),
            ("昨日", Some("today-1d"), Some("today")),
            ("7d", Some("now-7d"), None),
            ("3か月", Some("now-3mo"), None),
            ("2026/11/4", Some("2026-11-04"), Some("2026-11-04+1d")),
            ("2026-11", Some("2026-11-01"), Some("2026-11-01+1mo")),
            (">2026-11-01", Some("2026-11-01+1d"), None),
            ("<=2026-11-01", None, Some("2026-11-01+1d")),
            ("2026-11-01..2026-11-05", Some("2026-11-01"), Some("2026-11-05+1d")),
        ] {
            let said = span(&typed.replace('/', "-")).unwrap_or_else(|| panic!("{typed}"));
            assert_eq!((said.0.as_deref(), said.1.as_deref()), (from, to), "{typed}");
        }
        for typed in ["", "d", "soon", "2026-13-01", "..", "2026-11-01..", ">", "7x"] {
            assert_eq!(span(typed), None, "{typed}");
        }
    }
}
