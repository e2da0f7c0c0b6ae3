//! The doors of the desk's own fields on tickets.

use madoguchi_kernel::Problem;
use madoguchi_platform::{
    access::{Actor, May, Right},
    http::{Answer, Answered, Ctx, IdPath, Input, Listed},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    FIELDS_MAX, Field, FieldId, FieldKind, Holds, Shape,
    actions::{self, NewField},
    unfilled::{self, Unfilled},
    views,
};
use crate::rights;

/// A field of a desk's tickets.
#[derive(Serialize, ToSchema)]
pub(crate) struct FieldView {
    #[schema(value_type = i64)]
    id: FieldId,
    /// Its name in tickets (`fields.<key>`) and in conditions, for ever.
    key: String,
    /// What it holds, for ever.
    holds: Holds,
    #[serde(flatten)]
    shape: Shape,
    revision: i64,
    can: Vec<&'static str>,
}

impl FieldView {
    fn of(field: Field, actor: &Actor) -> Self {
        let can = if actor.has(rights::ChangeFields::KEY) { vec!["change"] } else { Vec::new() };
        let Field { id, key, holds, shape, revision, .. } = field;
        Self { id, key, holds, shape, revision, can }
    }
}

/// List the desk's own fields, in their order; those that were put away too.
#[utoipa::path(get, path = "/api/v1/ticket-fields", tag = "tickets", operation_id = "list_ticket_fields",
    responses((status = 200, body = Listed<FieldView>)))]
pub(crate) async fn list_fields(ctx: Ctx, may: May<rights::Read>) -> Answered {
    let actor = may.actor().clone();
    let catalog = ctx.read(async move |tx| views::fields(tx, &may).await).await?;
    let fields = catalog.all().iter().cloned().map(|field| FieldView::of(field, &actor)).collect();
    Ok(Answer::shown(&Listed::whole(fields))?)
}

/// A field to be made.
#[derive(Deserialize, ToSchema)]
pub(crate) struct FieldInput {
    /// Small letters, digits and `_`; made where none is given.
    key: Option<String>,
    /// What it holds, for ever.
    holds: Holds,
    #[serde(flatten)]
    shape: Shape,
}

/// Add a field, the last of all.
#[utoipa::path(post, path = "/api/v1/ticket-fields", tag = "tickets", operation_id = "add_ticket_field",
    request_body = FieldInput, responses((status = 201, body = FieldView)))]
pub(crate) async fn add_field(ctx: Ctx, may: May<rights::ChangeFields>, Input(input): Input<FieldInput>) -> Answered {
    let new = NewField { key: input.key.filter(|key| !key.is_empty()), holds: input.holds, shape: input.shape };
    let answer = ctx.post(async move |tx| {
        let field = actions::add_field(tx, &may, &new).await?;
        let revision = field.revision;
        Ok(Answer::created(&FieldView::of(field, may.actor()))?.at(revision))
    });
    Ok(answer.await?)
}

/// Change how a field is; all of it is given. Choices that are no longer named are put away.
#[utoipa::path(put, path = "/api/v1/ticket-fields/{id}", tag = "tickets", operation_id = "change_ticket_field",
    params(("id" = i64, Path)), request_body = Shape, responses((status = 200, body = FieldView)))]
pub(crate) async fn change_field(
    ctx: Ctx,
    may: May<rights::ChangeFields>,
    IdPath(id): IdPath<FieldKind>,
    Input(shape): Input<Shape>,
) -> Answered {
    let (seen, actor) = (ctx.seen_revision(), may.actor().clone());
    let field = ctx.write(async move |tx| actions::change_field(tx, &may, id, seen, &shape).await).await?;
    let revision = field.revision;
    Ok(Answer::shown(&FieldView::of(field, &actor))?.at(revision))
}

/// An order of fields.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FieldOrder {
    /// The fields by their ids; those that are not named follow as they stood.
    #[schema(value_type = Vec<i64>)]
    fields: Vec<FieldId>,
}

/// Put the fields into an order.
#[utoipa::path(put, path = "/api/v1/ticket-fields/order", tag = "tickets", operation_id = "order_ticket_fields",
    request_body = FieldOrder, responses((status = 200, body = Listed<FieldView>)))]
pub(crate) async fn order_fields(
    ctx: Ctx,
    may: May<rights::ChangeFields>,
    Input(input): Input<FieldOrder>,
) -> Answered {
    if input.fields.len() > FIELDS_MAX {
        return Err(Problem::field("fields", "too_many").into());
    }
    let actor = may.actor().clone();
    let catalog = ctx.write(async move |tx| actions::order_fields(tx, &may, &input.fields).await).await?;
    let fields = catalog.all().iter().cloned().map(|field| FieldView::of(field, &actor)).collect();
    Ok(Answer::shown(&Listed::whole(fields))?)
}

/// A field, and how many tickets lack it.
#[derive(Serialize, ToSchema)]
pub(crate) struct UnfilledView {
    /// The field.
    #[schema(value_type = i64)]
    field: FieldId,
    /// Tickets that are not done.
    open: i64,
    /// Tickets that are done.
    done: i64,
    /// The condition by which they are listed (`where`), as JSON.
    #[schema(value_type = Object)]
    condition: serde_json::Value,
}

/// Count the tickets that lack a field where it applies: a field that has to be filled at some time.
#[utoipa::path(get, path = "/api/v1/ticket-fields/unfilled", tag = "tickets", operation_id = "count_unfilled_fields",
    responses((status = 200, body = Listed<UnfilledView>)))]
pub(crate) async fn count_unfilled(ctx: Ctx, may: May<rights::Read>) -> Answered {
    let counted = ctx.read(async move |tx| unfilled::count(tx, &may).await).await?;
    let view = |one: Unfilled| -> Result<UnfilledView, Problem> {
        let condition = serde_json::to_value(&one.condition).map_err(Problem::broken)?;
        Ok(UnfilledView { field: one.field, open: one.open, done: one.done, condition })
    };
    let views = counted.into_iter().map(view).collect::<Result<_, _>>()?;
    Ok(Answer::shown(&Listed::whole(views))?)
}
