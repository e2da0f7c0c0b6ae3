//! Whether a field can be as somebody describes it. Pure.

use std::collections::HashSet;

use madoguchi_kernel::problem::{Check, Result};
use regex::{Regex, RegexBuilder};

use super::{
    CHOICES_MAX, Choice, DECIMALS_MAX, HINT_CHARACTERS_MAX, Holds, KEY_CHARACTERS_MAX, LABEL_CHARACTERS_MAX,
    LEVELS_MAX, PATTERN_CHARACTERS_MAX, Shape,
};

/// The memory that a pattern may take.
const PATTERN_BYTES_MAX: usize = 256 * 1024;
/// Letters of a currency's code.
const CURRENCY_LETTERS: usize = 3;
/// The longest unit, in characters.
const UNIT_CHARACTERS_MAX: usize = 20;

/// Whether this can be a key: small letters, digits and `_`, beginning with a letter.
pub fn is_key(key: &str) -> bool {
    key.len() <= KEY_CHARACTERS_MAX
        && key.starts_with(|c: char| c.is_ascii_lowercase())
        && key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// The pattern, which has to fit the whole text.
pub(super) fn pattern(written: &str) -> Option<Regex> {
    RegexBuilder::new(&format!("^(?:{written})$")).size_limit(PATTERN_BYTES_MAX).build().ok()
}

/// The shape in its one form: trimmed, with keys for choices that have none, without what a field of this kind does not have.
pub fn checked(holds: Holds, shape: Shape) -> Result<Shape> {
    let mut check = Check::new();
    let label = shape.label.named(&mut check, "label", LABEL_CHARACTERS_MAX);
    let hint = shape.hint.checked(&mut check, "hint", HINT_CHARACTERS_MAX);
    let mut choices = Vec::new();
    if holds.is_chosen() {
        let mut keys = Keys::of(&shape.choices);
        let levels = if holds == Holds::Cascade { LEVELS_MAX } else { 1 };
        choices = keys.choices(&mut check, "choices", &shape.choices, levels);
        check.require(!choices.is_empty(), "choices", "required");
        check.require(keys.count <= CHOICES_MAX, "choices", "too_many");
    }
    let is_number = matches!(holds, Holds::Number | Holds::Money);
    let finite = |bound: Option<f64>| bound.filter(|bound| is_number && bound.is_finite());
    let (min, max) = (finite(shape.min), finite(shape.max));
    check.require(min.is_none_or(|min| max.is_none_or(|max| min <= max)), "max", "field_bounds");
    let decimals = if is_number { shape.decimals } else { 0 };
    check.require(decimals <= DECIMALS_MAX, "decimals", "field_decimals");
    let unit = if is_number { unit(&mut check, holds, &shape.unit) } else { String::new() };
    let pattern = if holds == Holds::Pattern { shape.pattern.trim().to_owned() } else { String::new() };
    if holds == Holds::Pattern {
        check.require(!pattern.is_empty(), "pattern", "required");
        let fits = pattern.chars().count() <= PATTERN_CHARACTERS_MAX && self::pattern(&pattern).is_some();
        check.require(fits, "pattern", "field_pattern");
    }
    let mut types = shape.types;
    types.sort_by_key(|word| *word as u8);
    types.dedup();
    check.done()?;
    Ok(Shape { label, hint, choices, min, max, decimals, unit, pattern, types, ..shape })
}

fn unit(check: &mut Check, holds: Holds, unit: &str) -> String {
    let unit = unit.trim();
    if holds == Holds::Number {
        check.require(unit.chars().count() <= UNIT_CHARACTERS_MAX, "unit", "too_long");
        return unit.to_owned();
    }
    let currency = if unit.is_empty() { "JPY".to_owned() } else { unit.to_uppercase() };
    let is_code = currency.len() == CURRENCY_LETTERS && currency.bytes().all(|b| b.is_ascii_uppercase());
    check.require(is_code, "unit", "field_currency");
    currency
}

/// Gives keys to choices that have none.
struct Keys {
    used: HashSet<String>,
    next: usize,
    count: usize,
}

impl Keys {
    fn of(choices: &[Choice]) -> Self {
        let mut keys = Self { used: HashSet::new(), next: 1, count: 0 };
        keys.note(choices, LEVELS_MAX);
        keys
    }

    fn note(&mut self, choices: &[Choice], levels: usize) {
        for choice in choices {
            self.count += 1;
            self.used.insert(choice.key.clone());
            if levels > 1 {
                self.note(&choice.choices, levels - 1);
            }
        }
    }

    fn choices(&mut self, check: &mut Check, place: &str, choices: &[Choice], levels: usize) -> Vec<Choice> {
        let mut among = HashSet::new();
        let mut kept = Vec::with_capacity(choices.len());
        for (at, choice) in choices.iter().take(CHOICES_MAX).enumerate() {
            let place = format!("{place}.{at}");
            let label = choice.label.named(check, &format!("{place}.label"), LABEL_CHARACTERS_MAX);
            let key = if choice.key.is_empty() { self.fresh() } else { choice.key.clone() };
            check.require(is_key(&key), format!("{place}.key"), "field_key");
            check.require(among.insert(key.clone()), format!("{place}.key"), "taken");
            check.require(levels > 1 || choice.choices.is_empty(), format!("{place}.choices"), "field_levels");
            let below = match levels.checked_sub(1) {
                Some(levels) if levels > 0 => self.choices(check, &format!("{place}.choices"), &choice.choices, levels),
                _ => Vec::new(),
            };
            kept.push(Choice { key, label, archived: choice.archived, choices: below });
        }
        kept
    }

    fn fresh(&mut self) -> String {
        loop {
            let key = format!("c{}", self.next);
            self.next += 1;
            if self.used.insert(key.clone()) {
                return key;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{label::Label, words::TicketType};

    fn named(ja: &str) -> Label {
        Label { ja: ja.to_owned(), en: String::new() }
    }
    fn choice(ja: &str, key: &str) -> Choice {
        Choice { key: key.to_owned(), label: named(ja), ..Choice::default() }
    }
    fn wrong(holds: Holds, shape: Shape) -> Vec<(String, &'static str)> {
        let problem = checked(holds, shape).expect_err("it cannot be so");
        problem.fields.into_iter().map(|field| (field.field, field.code)).collect()
    }

    #[test]
    fn a_shape_has_what_its_kind_has_and_choices_have_keys() {
        let shape = Shape {
            label: named("　症状\n "),
            choices: vec![choice("紙詰まり", ""), choice("異音", "c1"), choice("その他", "")],
            unit: "台".to_owned(),
            pattern: "[".to_owned(),
            types: vec![TicketType::Problem, TicketType::Incident, TicketType::Problem],
            ..Shape::default()
        };
        let kept = checked(Holds::Choice, shape.clone()).unwrap();
        assert_eq!(kept.label.ja, "症状");
        assert_eq!(kept.choices.iter().map(|c| c.key.as_str()).collect::<Vec<_>>(), ["c2", "c1", "c3"]);
        assert_eq!((kept.unit.as_str(), kept.pattern.as_str()), ("", ""));
        assert_eq!(kept.types, [TicketType::Incident, TicketType::Problem]);
        assert!(checked(Holds::Text, shape).unwrap().choices.is_empty());
    }

    #[test]
    fn what_cannot_be_is_named_by_its_place() {
        let named = named("名前");
        assert_eq!(wrong(Holds::Text, Shape::default()), [("label".to_owned(), "required")]);
        let shape = |choices| Shape { label: named.clone(), choices, ..Shape::default() };
        assert_eq!(wrong(Holds::Choice, shape(Vec::new())), [("choices".to_owned(), "required")]);
        let twice = shape(vec![choice("あ", "a"), choice("い", "a"), choice("う", "U")]);
        assert_eq!(
            wrong(Holds::Choices, twice),
            [("choices.1.key".to_owned(), "taken"), ("choices.2.key".to_owned(), "field_key")]
        );
        let deep = Choice { choices: vec![choice("下", "")], ..choice("上", "") };
        assert_eq!(wrong(Holds::Choice, shape(vec![deep])), [("choices.0.choices".to_owned(), "field_levels")]);
        let bounds = Shape { label: named.clone(), min: Some(2.0), max: Some(1.0), ..Shape::default() };
        assert_eq!(wrong(Holds::Number, bounds), [("max".to_owned(), "field_bounds")]);
        for pattern in ["(", "", "a{1000}{1000}{1000}"] {
            let shape = Shape { label: named.clone(), pattern: pattern.to_owned(), ..Shape::default() };
            assert!(wrong(Holds::Pattern, shape).iter().any(|(field, _)| field == "pattern"), "{pattern}");
        }
    }
}
