//! What somebody gives for a field, in the one form in which it is kept. Forgiving where nothing is lost by it: full and half width,
//! 和暦, `１，２３４円`, the name of a choice instead of its key. Pure.
//!
//! | kind | kept as |
//! |---|---|
//! | text, long text, pattern | a string |
//! | number, money | a number |
//! | date | `"2026-11-21"` |
//! | date and time | RFC 3339 in UTC |
//! | choice | its key |
//! | cascade | the keys from the first level down |
//! | choices | keys, in the order of the field |
//! | checkbox | `true` or `false` |
//! | person, organization, file | an id |

use jiff::{civil::DateTime, tz::TimeZone};
use madoguchi_kernel::{Timestamp, era::Eras};
use madoguchi_platform::search::fold::fold;
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

use super::{CHOSEN_MAX, Choice, Field, Holds, LONG_TEXT_CHARACTERS_MAX, Shape, TEXT_CHARACTERS_MAX, shape::pattern};

/// What is wrong with a value: a code of the catalog.
pub type Wrong = &'static str;

/// Where and how somebody writes.
pub struct Ways<'a> {
    /// The eras of 和暦.
    pub eras: &'a Eras,
    /// The zone in which moments without one are meant.
    pub zone: TimeZone,
}

impl Ways<'_> {
    /// Those of a zone by its IANA name; UTC where there is none of that name.
    pub fn of<'a>(eras: &'a Eras, zone: &str) -> Ways<'a> {
        Ways { eras, zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC) }
    }
}

impl Field {
    /// The value as it is kept; `None` where it says that there is none. `had` is what the ticket has: a choice that was put away
    /// may stay.
    pub fn taken(&self, given: &Value, had: Option<&Value>, ways: &Ways<'_>) -> Result<Option<Value>, Wrong> {
        if is_nothing(given) {
            return Ok(None);
        }
        if had == Some(given) {
            return Ok(Some(given.clone()));
        }
        let shape = &self.shape;
        match self.holds {
            Holds::Text => text(given, TEXT_CHARACTERS_MAX, false).map(json),
            Holds::LongText => text(given, LONG_TEXT_CHARACTERS_MAX, true).map(json),
            Holds::Pattern => fitting(&text(given, TEXT_CHARACTERS_MAX, false)?, &shape.pattern).map(json),
            Holds::Number | Holds::Money => number(given, shape),
            Holds::Date => day(given, ways).map(json),
            Holds::DateTime => moment(given, ways).map(json),
            Holds::Checkbox => flag(given).map(|flag| Some(Value::Bool(flag))),
            Holds::Choice => one(&shape.choices, given, had.and_then(Value::as_str)).map(json),
            Holds::Choices => several(&shape.choices, given, had),
            Holds::Cascade => path(&shape.choices, given, had),
            Holds::Person | Holds::Organization | Holds::File => id(given).map(|id| Some(Value::from(id))),
        }
    }
}

fn json(text: String) -> Option<Value> {
    Some(Value::String(text))
}

fn is_nothing(given: &Value) -> bool {
    match given {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// Half width, without what stands around it.
fn narrow(text: &str) -> String {
    text.nfkc().collect::<String>().trim().to_owned()
}

fn text(given: &Value, characters_max: usize, lines: bool) -> Result<String, Wrong> {
    let text = match given {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return Err("field_text"),
    };
    let tidy = |c: char| match c {
        '\n' | '\t' if lines => Some(c),
        '\r' if lines => None,
        c if c.is_control() => Some(' '),
        c => Some(c),
    };
    let text: String = text.chars().filter_map(tidy).collect();
    let text = text.trim().to_owned();
    if text.chars().count() > characters_max { Err("too_long") } else { Ok(text) }
}

/// As it was written if it fits so, else in half width.
fn fitting(text: &str, written: &str) -> Result<String, Wrong> {
    let pattern = pattern(written).ok_or("field_pattern_misfit")?;
    let narrow = narrow(text);
    [text.to_owned(), narrow].into_iter().find(|text| pattern.is_match(text)).ok_or("field_pattern_misfit")
}

fn number(given: &Value, shape: &Shape) -> Result<Option<Value>, Wrong> {
    let number = match given {
        Value::Number(number) => number.as_f64().ok_or("not_a_number")?,
        Value::String(text) => written_number(text, &shape.unit).ok_or("not_a_number")?,
        _ => return Err("not_a_number"),
    };
    let factor = 10_f64.powi(i32::from(shape.decimals));
    let number = (number * factor).round() / factor;
    if !number.is_finite() {
        return Err("not_a_number");
    }
    if shape.min.is_some_and(|min| number < min) || shape.max.is_some_and(|max| number > max) {
        return Err("field_range");
    }
    let whole = number.fract() == 0.0 && number.abs() < WHOLE_MAX;
    #[expect(clippy::cast_possible_truncation, reason = "it is whole, and small enough")]
    Ok(Some(if whole { Value::from(number as i64) } else { Value::from(number) }))
}

/// The numbers up to which every whole one can be told apart from the next.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;

/// `1,234`, `▲1,234`, `¥1,234`, `1,234円`, with the unit or without.
fn written_number(text: &str, unit: &str) -> Option<f64> {
    let text = narrow(text);
    let (sign, rest) = match text.strip_prefix(['-', '−', '▲', '△']) {
        Some(rest) => (-1.0, rest.trim()),
        None => (1.0, text.strip_prefix('+').unwrap_or(&text)),
    };
    let unit = narrow(unit);
    let rest = rest.strip_prefix(['¥', '$', '€', '£']).unwrap_or(rest).trim();
    let rest = rest
        .strip_suffix('円')
        .or_else(|| rest.strip_suffix(unit.as_str()).filter(|_| !unit.is_empty()))
        .unwrap_or(rest);
    let rest: String = rest.trim().chars().filter(|c| *c != ',').collect();
    let is_plain =
        rest.starts_with(|c: char| c.is_ascii_digit()) && rest.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    rest.parse::<f64>().ok().filter(|_| is_plain).map(|number| sign * number)
}

fn day(given: &Value, ways: &Ways<'_>) -> Result<String, Wrong> {
    let text = given.as_str().ok_or("field_date")?;
    ways.eras.day(&narrow(text)).map(|day| day.to_string()).ok_or("field_date")
}

/// RFC 3339, or a day and a time of the desk: `2026-11-21 09:30`, `R8.11.21 9:30`.
fn moment(given: &Value, ways: &Ways<'_>) -> Result<String, Wrong> {
    let text = narrow(given.as_str().ok_or("field_date_time")?);
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment.to_string());
    }
    let (day, time) = text.rsplit_once([' ', 'T']).ok_or("field_date_time")?;
    let day = ways.eras.day(day).ok_or("field_date_time")?;
    let (hour, minute) = time.split_once(':').ok_or("field_date_time")?;
    let number = |part: &str| part.parse::<i8>().ok().filter(|_| part.bytes().all(|b| b.is_ascii_digit()));
    let at = number(hour)
        .zip(number(minute))
        .and_then(|(hour, minute)| DateTime::new(day.year(), day.month(), day.day(), hour, minute, 0, 0).ok());
    let zoned = at.and_then(|at| at.to_zoned(ways.zone.clone()).ok()).ok_or("field_date_time")?;
    Ok(Timestamp::from_jiff(zoned.timestamp()).to_string())
}

fn flag(given: &Value) -> Result<bool, Wrong> {
    match given {
        Value::Bool(flag) => Ok(*flag),
        Value::String(text) => match fold(text.trim()).as_str() {
            "true" | "yes" | "1" | "はい" | "○" | "〇" | "有" | "あり" => Ok(true),
            "false" | "no" | "0" | "いいえ" | "×" | "無" | "なし" => Ok(false),
            _ => Err("field_flag"),
        },
        _ => Err("field_flag"),
    }
}

fn id(given: &Value) -> Result<i64, Wrong> {
    let id = match given {
        Value::String(text) => narrow(text).parse().ok(),
        given => given.as_i64(),
    };
    id.filter(|id| *id > 0).ok_or("unknown")
}

/// By its key, else by its name in either language.
fn chosen<'a>(choices: &'a [Choice], given: &str, had: Option<&str>) -> Option<&'a Choice> {
    let may = |choice: &&Choice| !choice.archived || had == Some(choice.key.as_str());
    let called = fold(given.trim());
    let is_called = |choice: &&Choice| choice.label.said().any(|name| fold(name) == called);
    choices.iter().filter(may).find(|choice| choice.key == given).or_else(|| choices.iter().filter(may).find(is_called))
}

fn one(choices: &[Choice], given: &Value, had: Option<&str>) -> Result<String, Wrong> {
    let given = given.as_str().ok_or("unknown")?;
    chosen(choices, given, had).map(|choice| choice.key.clone()).ok_or("unknown")
}

fn strings(given: &Value, apart: &[char]) -> Result<Vec<String>, Wrong> {
    match given {
        Value::String(text) => {
            Ok(text.split(apart).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect())
        }
        Value::Array(items) => items.iter().map(|item| item.as_str().map(str::to_owned).ok_or("unknown")).collect(),
        _ => Err("unknown"),
    }
}

fn several(choices: &[Choice], given: &Value, had: Option<&Value>) -> Result<Option<Value>, Wrong> {
    let had: Vec<&str> = had.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let mut keys = Vec::new();
    for given in strings(given, &[',', '、', '，', '\n'])? {
        let before = had.iter().copied().find(|key| *key == given);
        let choice = chosen(choices, &given, before).ok_or("unknown")?;
        keys.push(choice.key.as_str());
    }
    if keys.len() > CHOSEN_MAX {
        return Err("too_many");
    }
    let kept = choices.iter().map(|choice| choice.key.as_str()).filter(|key| keys.contains(key));
    Ok(Some(Value::from(kept.collect::<Vec<_>>())))
}

/// All the way down: a 中分類 that has 小分類 is not enough.
fn path(choices: &[Choice], given: &Value, had: Option<&Value>) -> Result<Option<Value>, Wrong> {
    let had: Vec<&str> = had.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let (mut level, mut keys) = (choices, Vec::new());
    for (at, given) in strings(given, &['/', '／', '>', '＞'])?.iter().enumerate() {
        let choice = chosen(level, given, had.get(at).copied()).ok_or("unknown")?;
        keys.push(choice.key.clone());
        level = &choice.choices;
    }
    let goes_on = level.iter().any(|choice| !choice.archived);
    if goes_on { Err("field_cascade_end") } else { Ok(Some(Value::from(keys))) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fields::{FieldId, Label};

    fn choice(key: &str, ja: &str, choices: Vec<Choice>) -> Choice {
        Choice {
            key: key.to_owned(),
            label: Label { ja: ja.to_owned(), en: key.to_uppercase() },
            archived: false,
            choices,
        }
    }

    fn field(holds: Holds) -> Field {
        let leaf = |key: &str, ja: &str| choice(key, ja, Vec::new());
        let choices = match holds {
            Holds::Cascade => vec![
                choice(
                    "hw",
                    "機器",
                    vec![choice("printer", "プリンター", vec![leaf("jam", "紙詰まり")]), leaf("other", "他")],
                ),
                leaf("none", "なし"),
            ],
            _ => vec![leaf("jam", "紙詰まり"), leaf("noise", "異音"), Choice { archived: true, ..leaf("old", "旧") }],
        };
        let shape = Shape {
            choices,
            min: Some(-2000.0),
            max: Some(1_000_000.0),
            decimals: 1,
            unit: "台".to_owned(),
            pattern: "[A-Z]{2}-[0-9]{4}".to_owned(),
            ..Shape::default()
        };
        Field { id: FieldId::new(1), key: "f".to_owned(), holds, position: 1, shape, revision: 1 }
    }

    #[test]
    fn values_have_one_form_however_they_are_written() {
        let eras = Eras::default();
        let ways = Ways::of(&eras, "Asia/Tokyo");
        for (holds, given, kept) in [
            (Holds::Text, json!("  型番\r\nＡ "), Ok(json!("型番  Ａ"))),
            (Holds::Text, json!(12), Ok(json!("12"))),
            (Holds::Text, json!(true), Err("field_text")),
            (Holds::Text, json!("長".repeat(501)), Err("too_long")),
            (Holds::LongText, json!("一\r\n二\u{0}"), Ok(json!("一\n二"))),
            (Holds::Pattern, json!("ＡＢ－１２３４"), Ok(json!("AB-1234"))),
            (Holds::Pattern, json!("AB-1234 "), Ok(json!("AB-1234"))),
            (Holds::Pattern, json!("xAB-1234"), Err("field_pattern_misfit")),
            (Holds::Number, json!("１，２３４台"), Ok(json!(1234))),
            (Holds::Number, json!("▲12.34"), Ok(json!(-12.3))),
            (Holds::Number, json!(5.0), Ok(json!(5))),
            (Holds::Number, json!("1e5"), Err("not_a_number")),
            (Holds::Number, json!("多数"), Err("not_a_number")),
            (Holds::Number, json!(1_000_001), Err("field_range")),
            (Holds::Money, json!("¥98,000円"), Ok(json!(98000))),
            (Holds::Date, json!("Ｒ８．１１．２１"), Ok(json!("2026-11-21"))),
            (Holds::Date, json!("2026/11/31"), Err("field_date")),
            (Holds::DateTime, json!("令和8年11月21日 9:30"), Ok(json!("2026-11-21T00:30:00Z"))),
            (Holds::DateTime, json!("2026-11-21T09:30:00+09:00"), Ok(json!("2026-11-21T00:30:00Z"))),
            (Holds::DateTime, json!("2026-11-21"), Err("field_date_time")),
            (Holds::Checkbox, json!("はい"), Ok(json!(true))),
            (Holds::Checkbox, json!("多分"), Err("field_flag")),
            (Holds::Choice, json!("jam"), Ok(json!("jam"))),
            (Holds::Choice, json!("ＮＯＩＳＥ"), Ok(json!("noise"))),
            (Holds::Choice, json!(" 異音"), Ok(json!("noise"))),
            (Holds::Choice, json!("old"), Err("unknown")),
            (Holds::Choices, json!("異音、紙詰まり"), Ok(json!(["jam", "noise"]))),
            (Holds::Choices, json!(["noise", 1]), Err("unknown")),
            (Holds::Cascade, json!("機器 / ﾌﾟﾘﾝﾀｰ / 紙詰まり"), Ok(json!(["hw", "printer", "jam"]))),
            (Holds::Cascade, json!(["hw", "printer"]), Err("field_cascade_end")),
            (Holds::Cascade, json!(["none"]), Ok(json!(["none"]))),
            (Holds::Cascade, json!(["none", "jam"]), Err("unknown")),
            (Holds::Person, json!("12"), Ok(json!(12))),
            (Holds::File, json!(-1), Err("unknown")),
        ] {
            assert_eq!(field(holds).taken(&given, None, &ways).map(Option::unwrap), kept, "{holds:?} {given}");
        }
    }

    #[test]
    fn nothing_takes_away_and_what_was_put_away_may_stay() {
        let eras = Eras::default();
        let ways = Ways::of(&eras, "Asia/Tokyo");
        for nothing in [json!(null), json!(" "), json!([])] {
            assert_eq!(field(Holds::Choice).taken(&nothing, Some(&json!("jam")), &ways), Ok(None));
        }
        assert_eq!(field(Holds::Choice).taken(&json!("old"), Some(&json!("old")), &ways), Ok(Some(json!("old"))));
        let had = json!(["old"]);
        assert_eq!(
            field(Holds::Choices).taken(&json!(["old", "jam"]), Some(&had), &ways),
            Ok(Some(json!(["jam", "old"])))
        );
    }
}
