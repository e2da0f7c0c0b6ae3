//! The doors of the desk's own fields on tickets.

use madoguchi_kernel::{Problem, era::Era};
use madoguchi_people::{AgentId, BrandId, ContactId, TeamId, WallId};
use madoguchi_platform::{
    access::{Actor, May, Right},
    http::{Answer, Answered, Ctx, IdPath, Input, Listed, Unknown},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    FIELDS_MAX, Field, FieldId, FieldKind, Holds, Shape,
    actions::{self, NewField},
    unfilled::{self, Unfilled},
    views,
};
use crate::{
    facts::{Fields, Opening},
    rights,
    ticket::tidy_tags,
    words::{Channel, Priority, Status, TicketType},
};

/// A field of a desk's tickets.
#[derive(Serialize, ToSchema)]
pub(crate) struct TicketFieldView {
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

impl TicketFieldView {
    fn of(field: Field, actor: &Actor) -> Self {
        let can = if actor.has(rights::ChangeFields::KEY) { vec!["change"] } else { Vec::new() };
        let Field { id, key, holds, shape, revision, .. } = field;
        Self { id, key, holds, shape, revision, can }
    }
}

/// List the desk's own fields, in their order; those that were put away too.
#[utoipa::path(get, path = "/api/v1/ticket-fields", tag = "tickets", operation_id = "list_ticket_fields",
    responses((status = 200, body = Listed<TicketFieldView>)))]
pub(crate) async fn list_fields(ctx: Ctx, may: May<rights::Read>) -> Answered {
    let actor = may.actor().clone();
    let catalog = ctx.read(async move |tx| views::fields(tx, &may).await).await?;
    let fields = catalog.all().iter().cloned().map(|field| TicketFieldView::of(field, &actor)).collect();
    Ok(Answer::shown(&Listed::whole(fields))?)
}

/// An era of 和暦.
#[derive(Serialize, ToSchema)]
pub(crate) struct EraView {
    /// Its letter: `R`.
    letter: String,
    /// Its name: `令和`.
    name: String,
    /// Its first day.
    begins: String,
}

/// List the eras by which days are read and shown, the latest first.
#[utoipa::path(get, path = "/api/v1/eras", tag = "tickets", operation_id = "list_eras",
    responses((status = 200, body = Listed<EraView>)))]
pub(crate) async fn list_eras(ctx: Ctx, _: May<rights::Read>) -> Answered {
    let eras = ctx.read(async move |tx| Ok(tx.eras().clone())).await?;
    let view =
        |era: &Era| EraView { letter: era.letter.to_string(), name: era.name.clone(), begins: era.begins.to_string() };
    Ok(Answer::shown(&Listed::whole(eras.all().iter().map(view).collect()))?)
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
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// Add a field, the last of all.
#[utoipa::path(post, path = "/api/v1/ticket-fields", tag = "tickets", operation_id = "add_ticket_field",
    request_body = FieldInput, responses((status = 201, body = TicketFieldView)))]
pub(crate) async fn add_field(ctx: Ctx, may: May<rights::ChangeFields>, Input(input): Input<FieldInput>) -> Answered {
    input.unknown.none()?;
    let new = NewField { key: input.key.filter(|key| !key.is_empty()), holds: input.holds, shape: input.shape };
    let answer = ctx.post(async move |tx| {
        let field = actions::add_field(tx, &may, &new).await?;
        let revision = field.revision;
        Ok(Answer::created(&TicketFieldView::of(field, may.actor()))?.at(revision))
    });
    Ok(answer.await?)
}

/// Change how a field is; all of it is given. Choices that are no longer named are put away.
#[utoipa::path(put, path = "/api/v1/ticket-fields/{id}", tag = "tickets", operation_id = "change_ticket_field",
    params(("id" = i64, Path)), request_body = Shape, responses((status = 200, body = TicketFieldView)))]
pub(crate) async fn change_field(
    ctx: Ctx,
    may: May<rights::ChangeFields>,
    IdPath(id): IdPath<FieldKind>,
    Input(shape): Input<Shape>,
) -> Answered {
    let (seen, actor) = (ctx.seen_revision(), may.actor().clone());
    let field = ctx.write(async move |tx| actions::change_field(tx, &may, id, seen, &shape).await).await?;
    let revision = field.revision;
    Ok(Answer::shown(&TicketFieldView::of(field, &actor))?.at(revision))
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
    request_body = FieldOrder, responses((status = 200, body = Listed<TicketFieldView>)))]
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
    let fields = catalog.all().iter().cloned().map(|field| TicketFieldView::of(field, &actor)).collect();
    Ok(Answer::shown(&Listed::whole(fields))?)
}

/// A ticket that is not there yet.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = TicketDraft)]
pub(crate) struct Draft {
    /// What kind of matter it is.
    r#type: Option<TicketType>,
    /// How pressing it is.
    priority: Option<Priority>,
    /// How it came.
    channel: Option<Channel>,
    /// Whose queue it goes to.
    team: Option<i64>,
    /// Who has it.
    assignee: Option<i64>,
    /// Who asks: a contact's id.
    requester: Option<i64>,
    /// Words put on it.
    tags: Vec<String>,
    /// What is filled so far.
    #[schema(value_type = Object)]
    fields: Fields,
}

impl Draft {
    fn opening(&self) -> Opening {
        Opening {
            number: 0,
            wall: WallId::new(0),
            brand: BrandId::new(0),
            follows: None,
            split_from: None,
            reply_expected: true,
            ticket_type: self.r#type.unwrap_or_default(),
            state: Status::New.word_key().to_owned(),
            status: Status::New,
            priority: self.priority.unwrap_or_default(),
            team: self.team.map(TeamId::new),
            assignee: self.assignee.map(AgentId::new),
            requester: ContactId::new(self.requester.unwrap_or_default()),
            cc: Vec::new(),
            mailbox: None,
            channel: self.channel.unwrap_or(Channel::Web),
            tags: tidy_tags(&self.tags).unwrap_or_default(),
            fields: Fields::new(),
        }
    }
}

/// Which fields apply.
#[derive(Serialize, ToSchema)]
pub(crate) struct ApplyingView {
    /// Their keys, in their order.
    applying: Vec<String>,
}

/// Say which fields apply to a ticket that is being written, as far as it is.
#[utoipa::path(post, path = "/api/v1/ticket-fields/applying", tag = "tickets", operation_id = "say_applying_fields",
    request_body = Draft, responses((status = 200, body = ApplyingView)))]
pub(crate) async fn say_applying(ctx: Ctx, may: May<rights::Open>, Input(draft): Input<Draft>) -> Answered {
    if draft.fields.len() > FIELDS_MAX {
        return Err(Problem::field("fields", "too_many").into());
    }
    let applying = ctx
        .read(async move |tx| views::applying_to_draft(tx, may.tenant(), &draft.opening(), &draft.fields).await)
        .await?;
    Ok(Answer::shown(&ApplyingView { applying })?)
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
