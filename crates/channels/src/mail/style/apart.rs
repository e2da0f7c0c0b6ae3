//! A name that holds a house and a person, as directories in Japan write it: `株式会社あおば 総務部 山田太郎`,
//! `山田太郎（株式会社あおば）`. Pure, and careful: what may be a place or a department is no person.

use super::salutation::is_organization;

/// What a company is by law; alone it belongs to the word beside it.
const FORMS: &[&str] = &["株式会社", "有限会社", "合同会社", "㈱", "㈲", "(株)", "（株）", "(有)", "（有）"];
/// Brackets that set nobody apart.
const SHORT_FORMS: [(&str, char); 4] =
    [("(株)", '\u{e000}'), ("（株）", '\u{e001}'), ("(有)", '\u{e002}'), ("（有）", '\u{e003}')];
/// Words that stand where a person could, and are none.
const NOBODY: &[&str] = &[
    "東京",
    "大阪",
    "京都",
    "神戸",
    "横浜",
    "名古屋",
    "福岡",
    "札幌",
    "仙台",
    "広島",
    "本店",
    "経理",
    "総務",
    "営業",
    "人事",
    "購買",
    "開発",
    "法務",
    "広報",
    "企画",
    "製造",
    "品質",
    "品質管理",
    "情報",
    "情報システム",
    "技術",
    "物流",
    "管理",
    "財務",
    "受付",
    "代表",
    "担当",
    "担当者",
    "関係者",
    "日本",
];
/// The longest name of a person, in characters.
const PERSON_CHARACTERS_MAX: usize = 8;

/// The house and the person, where a name holds both.
pub(super) fn apart(name: &str) -> Option<(String, String)> {
    let held = SHORT_FORMS.iter().fold(name.to_owned(), |name, (form, sign)| name.replace(form, &sign.to_string()));
    let is_gap = |c: char| c.is_whitespace() || "/／()（）".contains(c);
    let parts: Vec<String> = held.split(is_gap).filter(|part| !part.is_empty()).map(written).collect();
    let (mut houses, mut people) = (Vec::new(), Vec::new());
    let mut parts = parts.into_iter().peekable();
    while let Some(part) = parts.next() {
        if FORMS.contains(&part.as_str()) {
            // In front of its company's name, or behind it.
            match parts.next_if(|_| people.is_empty() && houses.is_empty()).or_else(|| people.pop()) {
                Some(company) => houses.push(format!("{part} {company}")),
                None => return None,
            }
        } else if is_organization(&part) {
            houses.push(part);
        } else {
            people.push(part);
        }
    }
    let person = people.join(" ");
    (!houses.is_empty() && is_person(&person)).then(|| (houses.join(" "), person))
}

fn written(part: &str) -> String {
    SHORT_FORMS.iter().fold(part.to_owned(), |part, (form, sign)| part.replace(*sign, form))
}

/// Kanji, with kana or without; a name of kana alone may be a company's.
fn is_person(name: &str) -> bool {
    let is_kanji = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c) || c == '々';
    let is_kana = |c: char| ('\u{3041}'..='\u{30ff}').contains(&c);
    let signs = || name.chars().filter(|c| *c != ' ');
    signs().any(is_kanji)
        && signs().all(|c| is_kanji(c) || is_kana(c))
        && (2..=PERSON_CHARACTERS_MAX).contains(&signs().count())
        && !name.split(' ').any(|part| NOBODY.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_house_and_a_person_are_told_apart() {
        for (name, house, person) in [
            ("株式会社山田商事 購買部 山田太郎", "株式会社山田商事 購買部", "山田太郎"),
            ("山田太郎(株式会社A)", "株式会社A", "山田太郎"),
            ("山田太郎/株式会社A", "株式会社A", "山田太郎"),
            ("日本商事(株) 田中", "日本商事(株)", "田中"),
            ("株式会社 あおば 山田 太郎", "株式会社 あおば", "山田 太郎"),
        ] {
            assert_eq!(apart(name), Some((house.to_owned(), person.to_owned())), "{name}");
        }
        for one in [
            "山田 太郎",
            "株式会社あおば 総務部",
            "株式会社 あおば",
            "あおば 株式会社",
            "株式会社あおば 東京",
            "株式会社あおば 経理",
            "株式会社あおば テクノロジーズ",
            "㈱みどり",
            "Acme, Inc.",
            "",
        ] {
            assert_eq!(apart(one), None, "{one}");
        }
    }
}
