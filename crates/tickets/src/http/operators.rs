//! Operators that were typed, as a condition: names become ids, words of either language those of the field.

use std::sync::Arc;

use madoguchi_kernel::{
    Language, TenantId, Word,
    condition::{Any, Condition, Here, Op, Scalar, VALUES_MAX, Written},
    problem::Result,
};
use madoguchi_people::{crm::found, staff};
use madoguchi_platform::{
    access::{Actor, May},
    db::Tx,
    search::{fold::fold, shelf::Shelf},
    words,
};

use crate::{
    asked::{Askable, Question},
    fields, rights,
    states::{self, OwnState},
    typed::{Key, Operator, Typed, not, test, when},
    views::named,
    words::{Channel, Priority, Status, TicketType},
};

/// Contacts and organizations that one name may mean.
const CUSTOMERS_MAX: usize = 200;

/// Operators, and who the customers are that they name.
#[derive(Clone, Debug, Default)]
pub struct Meant {
    operators: Vec<(Operator, found::Sought)>,
}

impl Meant {
    /// Looks up customers. While not everything is on the shelf, their names are words like others.
    pub async fn of(typed: &mut Typed, shelf: &Shelf, actor: &Arc<Actor>) -> Result<Self> {
        let mut operators = Vec::new();
        for operator in std::mem::take(&mut typed.operators) {
            if operator.key == Key::Customer && !shelf.is_whole(actor.tenant) {
                typed.words = format!("{} {}", typed.words, operator.value).trim().to_owned();
                continue;
            }
            let customers = match operator.key {
                Key::Customer => found::seek(shelf, actor, &operator.value, CUSTOMERS_MAX).await?,
                _ => found::Sought::default(),
            };
            operators.push((operator, customers));
        }
        Ok(Self { operators })
    }

    /// Whether nothing was asked by operators.
    pub fn is_empty(&self) -> bool {
        self.operators.is_empty()
    }

    /// The condition that they come to, together with one that was written, for whoever asks it now.
    pub async fn condition(
        &self,
        tx: &Tx<'_>,
        may: &May<rights::Read>,
        written: Option<&Written>,
    ) -> Result<Option<Question>> {
        if self.is_empty() && written.is_none() {
            return Ok(None);
        }
        let zone = staff::views::defaults(tx, may.tenant()).await?.time_zone;
        let here = Here::of(tx.now(), &zone, may.actor().id, &may.actor().teams);
        let askable = Askable::of(&fields::views::catalog(tx, may.tenant()).await?);
        let mut all = Vec::new();
        if let Some(written) = written {
            all.push(askable.condition(written, &here).map_err(|problem| problem.within("where"))?);
        }
        for (operator, customers) in &self.operators {
            let asked = asked_by(tx, may.tenant(), operator, customers).await?;
            let written = if operator.is_not { not(asked) } else { asked };
            all.push(askable.condition(&written, &here).map_err(|problem| problem.within("q"))?);
        }
        Ok(Some(askable.question(Condition::All(all))))
    }
}

async fn asked_by(tx: &Tx<'_>, tenant: TenantId, operator: &Operator, customers: &found::Sought) -> Result<Written> {
    let value = operator.value.as_str();
    let text = || vec![Scalar::Text(value.to_owned())];
    Ok(match operator.key {
        Key::Status => {
            let machine = states::views::machine(tx, tenant).await?;
            let called = fold(value);
            let is_called = |own: &&OwnState| own.shape.label.said().any(|name| fold(name).starts_with(&called));
            let own = machine.own().iter().filter(is_called).map(|own| Scalar::Text(own.state.key.clone()));
            let own: Vec<Scalar> = own.collect();
            let shipped = choice::<Status>("status", value);
            if own.is_empty() { shipped } else { Written::Any(Any { any: vec![shipped, test("state", Op::Is, own)] }) }
        }
        Key::Type => choice::<TicketType>("type", value),
        Key::Priority => choice::<Priority>("priority", value),
        Key::Channel => choice::<Channel>("channel", value),
        Key::Tag => test("tags", Op::Is, text()),
        Key::Subject => test("subject", Op::Contains, text()),
        Key::Assignee | Key::Team if is_nobody(value) => test(field(operator.key), Op::Empty, Vec::new()),
        Key::Assignee if is_me(value) => test("assignee", Op::Is, vec![Scalar::Text("me".to_owned())]),
        Key::Team if is_me(value) => test("team", Op::Is, vec![Scalar::Text("mine".to_owned())]),
        Key::Assignee => one_of("assignee", &named::agents(tx, tenant, value).await?),
        Key::Team => one_of("team", &named::teams(tx, tenant, value).await?),
        Key::Customer => {
            let any = [("requester", customers.contacts()), ("organization", customers.organizations())];
            Written::Any(Any { any: any.into_iter().flat_map(|(field, ids)| each(field, ids)).collect() })
        }
        Key::Created | Key::Updated | Key::Solved => when(field(operator.key), value).unwrap_or_else(nothing),
    })
}

fn field(key: Key) -> &'static str {
    match key {
        Key::Team => "team",
        Key::Created => "created_at",
        Key::Updated => "updated_at",
        Key::Solved => "solved_at",
        _ => "assignee",
    }
}

fn is_me(value: &str) -> bool {
    matches!(value.to_lowercase().as_str(), "me" | "mine" | "自分")
}

fn is_nobody(value: &str) -> bool {
    matches!(value.to_lowercase().as_str(), "none" | "nobody" | "なし" | "未割り当て")
}

/// What holds of nothing: nobody has such a name.
fn nothing() -> Written {
    Written::Any(Any { any: Vec::new() })
}

/// Ids, in as many tests as one test has room for.
fn each(field: &'static str, ids: &[i64]) -> Vec<Written> {
    let scalars = |ids: &[i64]| ids.iter().map(|id| Scalar::Text(id.to_string())).collect();
    ids.chunks(VALUES_MAX).map(|ids| test(field, Op::Is, scalars(ids))).collect()
}

fn one_of(field: &'static str, ids: &[i64]) -> Written {
    Written::Any(Any { any: each(field, ids) })
}

/// The words of a choice that begin so, as they are written or as either language calls them.
fn choice<W: Word>(field: &'static str, value: &str) -> Written {
    let value = value.to_lowercase();
    let called = |word: &str| {
        let names =
            Language::ALL.iter().filter_map(|language| words::find(*language, &format!("console.{field}.{word}"), &[]));
        names.map(|name| name.to_lowercase()).chain([word.to_owned()]).collect::<Vec<_>>()
    };
    let begins = |word: &&str| called(word).iter().any(|name| name.starts_with(&value));
    let meant: Vec<Scalar> =
        W::ALL.iter().map(|word| word.word()).filter(begins).map(|word| Scalar::Text(word.to_owned())).collect();
    if meant.is_empty() { nothing() } else { test(field, Op::Is, meant) }
}
