//! What was written is checked: every field is there, and what is asked of it fits what it holds.

use super::{
    Ask, Asked, Compare, Condition, DEPTH_MAX, Field, Here, Kind, Op, Operand, Scalar, TESTS_MAX, VALUE_CHARACTERS_MAX,
    VALUES_MAX, Whom, Written, day_number,
};
use crate::{Problem, problem::Result};

/// The numbers up to which every whole one can be told apart from the next.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;

struct Reader<'a> {
    fields: &'a [Field],
    fold: fn(&str) -> String,
    here: &'a Here,
    tests: usize,
}

impl Condition {
    /// The condition that is written, for things with these fields; moments are those of here and now. `fold` is how their
    /// texts were folded. What is wrong is named by its place, such as `all.0.value`.
    pub fn of(written: &Written, fields: &[Field], fold: fn(&str) -> String, here: &Here) -> Result<Self> {
        Reader { fields, fold, here, tests: 0 }.read(written, "", DEPTH_MAX)
    }
}

fn within(place: &str, part: impl std::fmt::Display) -> String {
    if place.is_empty() { part.to_string() } else { format!("{place}.{part}") }
}

impl Reader<'_> {
    fn read(&mut self, written: &Written, place: &str, depth: usize) -> Result<Condition> {
        let Some(depth) = depth.checked_sub(1) else { return Err(Problem::field(place, "condition_too_large")) };
        match written {
            Written::All(all) => Ok(Condition::All(self.each(&all.all, &within(place, "all"), depth)?)),
            Written::Any(any) => Ok(Condition::Any(self.each(&any.any, &within(place, "any"), depth)?)),
            Written::Not(not) => Ok(Condition::Not(Box::new(self.read(&not.not, &within(place, "not"), depth)?))),
            Written::Test(asked) => self.test(asked, place),
        }
    }

    fn each(&mut self, all: &[Written], place: &str, depth: usize) -> Result<Vec<Condition>> {
        if all.len() > TESTS_MAX {
            return Err(Problem::field(place, "condition_too_large"));
        }
        all.iter().enumerate().map(|(at, one)| self.read(one, &within(place, at), depth)).collect()
    }

    fn test(&mut self, asked: &Asked, place: &str) -> Result<Condition> {
        self.tests += 1;
        if self.tests > TESTS_MAX {
            return Err(Problem::field(place, "condition_too_large"));
        }
        let number = self.fields.iter().position(|field| field.name == asked.field);
        let Some(number) = number else { return Err(Problem::field(within(place, "field"), "unknown")) };
        let values: &[Scalar] = match &asked.value {
            None => &[],
            Some(Operand::One(one)) => std::slice::from_ref(one),
            Some(Operand::Several(several)) => several,
        };
        let sound = |value: &Scalar| match value {
            Scalar::Text(text) => text.chars().count() <= VALUE_CHARACTERS_MAX,
            Scalar::Number(number) => number.is_finite(),
            Scalar::Flag(_) => true,
        };
        if values.len() > VALUES_MAX || !values.iter().all(sound) {
            return Err(Problem::field(within(place, "value"), "condition_too_large"));
        }
        if asked.op == Op::Empty {
            let none = values.is_empty();
            return if none { Ok(Condition::Test(number, Ask::Empty)) } else { Err(misfit(place)) };
        }
        if values.is_empty() {
            return Err(Problem::field(within(place, "value"), "required"));
        }
        let ask = self.ask(&self.fields[number].kind, asked.op, values);
        ask.map_err(|part| Problem::field(within(place, part.name()), part.code()))
            .map(|ask| Condition::Test(number, ask))
    }

    fn ask(&self, kind: &Kind, op: Op, values: &[Scalar]) -> Result<Ask, Wrong> {
        match (kind, op) {
            (Kind::Choice(known), Op::Is) => {
                let words = all(values, word)?;
                let is_known = |word: &String| known.is_empty() || known.contains(word);
                if words.iter().all(is_known) { Ok(Ask::Words(words)) } else { Err(Wrong::Value) }
            }
            (Kind::Words, Op::Is) => Ok(Ask::Words(all(values, |value| Some(word(value)?.to_lowercase()))?)),
            (Kind::Words, Op::HasAll) => Ok(Ask::AllWords(all(values, |value| Some(word(value)?.to_lowercase()))?)),
            (Kind::Reference(whom), Op::Is) => self.ids(*whom, values).map(Ask::Ids),
            (Kind::Text, Op::Is) => Ok(Ask::Texts(all(values, |value| Some((self.fold)(&word(value)?)))?)),
            (Kind::Text, Op::Contains) => Ok(Ask::Contains((self.fold)(&one(values, word)?))),
            (Kind::Text, Op::Begins) => Ok(Ask::Begins((self.fold)(&one(values, word)?))),
            (Kind::Number, Op::Is) => Ok(Ask::Numbers(all(values, number)?)),
            (Kind::Number, op) => Ok(Ask::Number(compare(op)?, one(values, number)?)),
            (Kind::Moment, op) => {
                let moment = one(values, |value| self.here.moment(&word(value)?))?;
                Ok(Ask::Moment(compare(op)?, moment))
            }
            (Kind::Day, op) => {
                let day = |value: &Scalar| Some(day_number(self.here.day(&word(value)?)?));
                match op {
                    Op::Is => Ok(Ask::Numbers(all(values, day)?)),
                    op => Ok(Ask::Number(compare(op)?, one(values, day)?)),
                }
            }
            (Kind::Flag, Op::Is) => one(values, flag).map(Ask::Flag),
            _ => Err(Wrong::Op),
        }
    }

    fn ids(&self, whom: Whom, values: &[Scalar]) -> Result<Vec<i64>, Wrong> {
        let mut ids = Vec::new();
        for value in values {
            match (whom, value) {
                (Whom::Agent, Scalar::Text(word)) if word == "me" => ids.extend(self.here.me),
                (Whom::Team, Scalar::Text(word)) if word == "mine" => ids.extend(&self.here.teams),
                (_, value) => ids.push(id(value).ok_or(Wrong::Value)?),
            }
        }
        Ok(ids)
    }
}

/// What of a test is wrong.
enum Wrong {
    Op,
    Value,
}

impl Wrong {
    fn name(&self) -> &'static str {
        match self {
            Self::Op => "op",
            Self::Value => "value",
        }
    }
    fn code(&self) -> &'static str {
        match self {
            Self::Op => "condition_op",
            Self::Value => "condition_value",
        }
    }
}

fn misfit(place: &str) -> Problem {
    Problem::field(within(place, "value"), "condition_value")
}

fn all<T>(values: &[Scalar], read: impl Fn(&Scalar) -> Option<T>) -> Result<Vec<T>, Wrong> {
    values.iter().map(|value| read(value).ok_or(Wrong::Value)).collect()
}

fn one<T>(values: &[Scalar], read: impl Fn(&Scalar) -> Option<T>) -> Result<T, Wrong> {
    match values {
        [value] => read(value).ok_or(Wrong::Value),
        _ => Err(Wrong::Value),
    }
}

fn word(value: &Scalar) -> Option<String> {
    match value {
        Scalar::Text(text) => Some(text.clone()),
        _ => None,
    }
}

fn number(value: &Scalar) -> Option<f64> {
    match value {
        Scalar::Number(number) => Some(*number),
        _ => None,
    }
}

fn flag(value: &Scalar) -> Option<bool> {
    match value {
        Scalar::Flag(flag) => Some(*flag),
        _ => None,
    }
}

/// An id, as a number or as the digits of one.
fn id(value: &Scalar) -> Option<i64> {
    match value {
        Scalar::Text(text) => text.parse().ok(),
        #[expect(clippy::cast_possible_truncation, reason = "it is whole, and small enough")]
        Scalar::Number(number) if number.fract() == 0.0 && number.abs() < WHOLE_MAX => Some(*number as i64),
        _ => None,
    }
}

fn compare(op: Op) -> Result<Compare, Wrong> {
    match op {
        Op::Lt => Ok(Compare::Lt),
        Op::Lte => Ok(Compare::Lte),
        Op::Gt => Ok(Compare::Gt),
        Op::Gte => Ok(Compare::Gte),
        _ => Err(Wrong::Op),
    }
}
