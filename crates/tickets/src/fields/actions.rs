//! Fields are made, changed, put away and ordered.

use std::collections::HashMap;

use madoguchi_kernel::{
    Problem,
    condition::Here,
    problem::{Kind, Result},
};
use madoguchi_platform::{access::May, db::Tx, house::fact::Telling};

use super::{Catalog, Choice, FIELDS_MAX, Field, FieldFact, FieldId, Holds, Shape, checked, is_key, store};
use crate::{asked::Askable, rights::ChangeFields};

/// A field to be made.
#[derive(Clone, Debug)]
pub struct NewField {
    /// Its key; made where none is given.
    pub key: Option<String>,
    /// What it holds.
    pub holds: Holds,
    /// How it is.
    pub shape: Shape,
}

/// Makes a field, the last of all.
pub async fn add_field(tx: &Tx<'_>, may: &May<ChangeFields>, new: &NewField) -> Result<Field> {
    let catalog = store::all(tx, may.tenant()).await?;
    if catalog.all().len() >= FIELDS_MAX {
        return Err(Problem::conflict("fields.too_many").with("max", FIELDS_MAX));
    }
    let key = match &new.key {
        Some(key) if !is_key(key) => return Err(Problem::field("key", "field_key")),
        Some(key) => key.clone(),
        None => fresh_key(&catalog),
    };
    let shape = sound(tx, &catalog, new.holds, &new.shape)?;
    let position = catalog.all().last().map_or(1, |last| last.position + 1);
    let field = Field { id: FieldId::new(tx.new_id()), key, holds: new.holds, position, shape, revision: 1 };
    if !store::add(tx, may.tenant(), &field).await? {
        return Err(Problem::field("key", "taken"));
    }
    let (id, key, shape) = (field.id, field.key.clone(), Box::new(field.shape.clone()));
    tell(tx, may, 1, FieldFact::Added { field: id, key, holds: field.holds, shape }).await?;
    Ok(field)
}

/// Changes how a field is. Choices that are no longer named are put away, not lost: tickets may have them.
pub async fn change_field(
    tx: &Tx<'_>,
    may: &May<ChangeFields>,
    id: FieldId,
    seen: Option<i64>,
    shape: &Shape,
) -> Result<Field> {
    let catalog = store::all(tx, may.tenant()).await?;
    let before = catalog.all().iter().find(|field| field.id == id).ok_or_else(Problem::not_found)?;
    if seen.is_some_and(|seen| seen != before.revision) {
        return Err(Problem::new(Kind::Stale, "stale"));
    }
    let mut shape = sound(tx, &catalog, before.holds, shape)?;
    shape.choices = kept(&before.shape.choices, shape.choices);
    if shape == before.shape {
        return Ok(before.clone());
    }
    let after = Field { shape: shape.clone(), revision: before.revision + 1, ..before.clone() };
    store::save(tx, may.tenant(), before.revision, &after).await?;
    tell(tx, may, after.revision, FieldFact::Changed { field: id, shape: Box::new(shape) }).await?;
    Ok(after)
}

/// Puts the fields into this order; those that are not named follow as they stood.
pub async fn order_fields(tx: &Tx<'_>, may: &May<ChangeFields>, order: &[FieldId]) -> Result<Catalog> {
    let catalog = store::all(tx, may.tenant()).await?;
    let place: HashMap<FieldId, usize> = order.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    if place.len() != order.len() || order.iter().any(|id| catalog.all().iter().all(|field| field.id != *id)) {
        return Err(Problem::field("fields", "unknown"));
    }
    let mut fields = catalog.all().to_vec();
    fields.sort_by_key(|field| place.get(&field.id).copied().unwrap_or(usize::MAX));
    for (position, field) in (1_i64..).zip(&mut fields) {
        if field.position != position {
            field.position = position;
            store::save(tx, may.tenant(), field.revision, field).await?;
            field.revision += 1;
            tell(tx, may, field.revision, FieldFact::Moved { field: field.id, position }).await?;
        }
    }
    Ok(Catalog::of(fields))
}

/// The shape in its one form, if its condition can be asked.
fn sound(tx: &Tx<'_>, catalog: &Catalog, holds: Holds, shape: &Shape) -> Result<Shape> {
    let shape = checked(holds, shape.clone())?;
    if let Some(when) = &shape.when {
        let here = Here::of(tx.now(), "UTC", None, &[]);
        Askable::of(catalog).condition(when, &here).map_err(|problem| problem.within("when"))?;
    }
    Ok(shape)
}

/// What people choose from now on, and behind it what they no longer do.
fn kept(before: &[Choice], after: Vec<Choice>) -> Vec<Choice> {
    let mut kept = after;
    for choice in &mut kept {
        if let Some(had) = before.iter().find(|had| had.key == choice.key) {
            choice.choices = self::kept(&had.choices, std::mem::take(&mut choice.choices));
        }
    }
    let gone: Vec<Choice> = before
        .iter()
        .filter(|had| kept.iter().all(|choice| choice.key != had.key))
        .map(|had| Choice { archived: true, ..had.clone() })
        .collect();
    kept.extend(gone);
    kept
}

fn fresh_key(catalog: &Catalog) -> String {
    let free = |key: &String| catalog.field(key).is_none();
    (1..=FIELDS_MAX + 1).map(|n| format!("field_{n}")).find(free).unwrap_or_default()
}

async fn tell(tx: &Tx<'_>, may: &May<ChangeFields>, seq: i64, fact: FieldFact) -> Result<()> {
    let stream = fact.stream();
    tx.tell(Telling { stream, seq, fact: &fact, texts: &[], by: may.by(), wall: None }).await.map(drop)
}
