//! States are made, changed and put away.

use madoguchi_kernel::{
    Problem, Word,
    problem::{Check, Kind, Result},
};
use madoguchi_platform::{access::May, db::Tx, house::fact::Telling};

use super::{LABEL_CHARACTERS_MAX, Machine, OwnState, STATES_MAX, Shape, State, StateFact, StateId, store};
use crate::{fields::is_key, rights::ChangeStates, words::Status};

/// A state to be made.
#[derive(Clone, Debug)]
pub struct NewState {
    /// Its key; made where none is given.
    pub key: Option<String>,
    /// Its category.
    pub status: Status,
    /// How it is.
    pub shape: Shape,
}

/// Makes a state. There is one beginning: of the category `new` there are no others.
pub async fn add_state(tx: &Tx<'_>, may: &May<ChangeStates>, new: &NewState) -> Result<OwnState> {
    let machine = store::all(tx, may.tenant()).await?;
    if machine.own().len() >= STATES_MAX {
        return Err(Problem::conflict("states.too_many").with("max", STATES_MAX));
    }
    if new.status == Status::New {
        return Err(Problem::field("status", "unknown"));
    }
    let key = match &new.key {
        Some(key) if !is_key(key) => return Err(Problem::field("key", "field_key")),
        Some(key) if Status::from_word(key).is_some() => return Err(Problem::field("key", "taken")),
        Some(key) => key.clone(),
        None => fresh_key(&machine),
    };
    let shape = checked(&new.shape)?;
    let id = StateId::new(tx.new_id());
    let own = OwnState { id, state: State { key, status: new.status }, shape, revision: 1 };
    if !store::add(tx, may.tenant(), &own).await? {
        return Err(Problem::field("key", "taken"));
    }
    let (key, shape) = (own.state.key.clone(), own.shape.clone());
    tell(tx, may, 1, StateFact::Added { state: id, key, status: new.status, shape }).await?;
    Ok(own)
}

/// Changes how a state is.
pub async fn change_state(
    tx: &Tx<'_>,
    may: &May<ChangeStates>,
    id: StateId,
    seen: Option<i64>,
    shape: &Shape,
) -> Result<OwnState> {
    let machine = store::all(tx, may.tenant()).await?;
    let before = machine.own().iter().find(|own| own.id == id).ok_or_else(Problem::not_found)?;
    if seen.is_some_and(|seen| seen != before.revision) {
        return Err(Problem::new(Kind::Stale, "stale"));
    }
    let shape = checked(shape)?;
    if shape == before.shape {
        return Ok(before.clone());
    }
    let after = OwnState { shape: shape.clone(), revision: before.revision + 1, ..before.clone() };
    store::save(tx, may.tenant(), before.revision, &after).await?;
    tell(tx, may, after.revision, StateFact::Changed { state: id, shape }).await?;
    Ok(after)
}

fn checked(shape: &Shape) -> Result<Shape> {
    let mut check = Check::new();
    let label = shape.label.named(&mut check, "label", LABEL_CHARACTERS_MAX);
    check.done()?;
    let mut types = shape.types.clone();
    types.sort_by_key(|word| *word as u8);
    types.dedup();
    Ok(Shape { label, types, archived: shape.archived })
}

fn fresh_key(machine: &Machine) -> String {
    let free = |key: &String| machine.known(key).is_none();
    (1..=STATES_MAX + 1).map(|n| format!("state_{n}")).find(free).unwrap_or_default()
}

async fn tell(tx: &Tx<'_>, may: &May<ChangeStates>, seq: i64, fact: StateFact) -> Result<()> {
    let stream = fact.stream();
    tx.tell(Telling { stream, seq, fact: &fact, texts: &[], by: may.by(), wall: None }).await.map(drop)
}
