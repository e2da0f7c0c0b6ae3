//! Which fields are empty where they should not be.

use madoguchi_kernel::{
    Word,
    condition::{All, Asked, Here, Not, Op, Operand, Scalar, Written},
    problem::Result,
};
use madoguchi_people::staff;
use madoguchi_platform::{access::May, db::Tx};

use super::{Field, FieldId, Holds, Required, store};
use crate::{asked::Askable, rights};

/// A field, and how many tickets lack it.
#[derive(Clone, Debug)]
pub struct Unfilled {
    /// The field.
    pub field: FieldId,
    /// Of those that are not done.
    pub open: i64,
    /// Of those that are.
    pub done: i64,
    /// What holds of those that lack it.
    pub condition: Written,
}

/// Of each field that has to be filled at some time, how many tickets that the caller may see lack it where it applies.
pub async fn count(tx: &Tx<'_>, may: &May<rights::Read>) -> Result<Vec<Unfilled>> {
    let catalog = store::all(tx, may.tenant()).await?;
    let zone = staff::views::defaults(tx, may.tenant()).await?.time_zone;
    let here = Here::of(tx.now(), &zone, None, &[]);
    let askable = Askable::of(&catalog);
    let mut counted = Vec::new();
    let asked = |field: &&Field| !field.shape.archived && field.shape.required != Required::Never;
    for field in catalog.all().iter().filter(asked) {
        let written = lacking(field);
        // A condition that can no longer be read asks for nothing.
        let Ok(condition) = askable.condition(&written, &here) else { continue };
        let (open, done) = store::count(tx, may, &askable.question(condition)).await?;
        counted.push(Unfilled { field: field.id, open, done, condition: written });
    }
    Ok(counted)
}

/// What holds of a ticket that lacks the field though it applies.
fn lacking(field: &Field) -> Written {
    let test = |name: String, op, value| Written::Test(Asked { field: name, op, value });
    let empty = test(field.asked_as(), Op::Empty, None);
    let mut all = vec![match field.holds {
        Holds::Checkbox => {
            let checked = test(field.asked_as(), Op::Is, Some(Operand::One(Scalar::Flag(true))));
            Written::Not(Not { not: Box::new(checked) })
        }
        _ => empty,
    }];
    let types: Vec<Scalar> = field.shape.types.iter().map(|word| Scalar::Text(word.word().to_owned())).collect();
    if !types.is_empty() {
        all.push(test("type".to_owned(), Op::Is, Some(Operand::Several(types))));
    }
    all.extend(field.shape.when.clone());
    Written::All(All { all })
}
