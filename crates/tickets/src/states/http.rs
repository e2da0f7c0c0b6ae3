//! The doors of states.

use madoguchi_kernel::{Problem, Word};
use madoguchi_platform::{
    access::{Actor, May, Right},
    http::{Answer, Answered, Ctx, IdPath, Input, Listed, Queried, Unknown},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    OwnState, Shape, State, StateKind,
    actions::{self, NewState},
    views,
};
use crate::{
    label::Label,
    rights,
    words::{Status, TicketType},
};

/// A step of a ticket.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct StateView {
    /// Its id, if the desk made it.
    id: Option<i64>,
    /// Its key, for ever.
    key: String,
    /// Its category, for ever.
    status: Status,
    /// Whether it was shipped: then it is called as its category is.
    builtin: bool,
    /// How the desk calls it.
    label: Option<Label>,
    /// Of which types of tickets; of all where none is named.
    types: Vec<TicketType>,
    /// Whether no ticket is put into it any more.
    archived: bool,
    revision: Option<i64>,
    can: Vec<&'static str>,
}

impl StateView {
    fn shipped(status: Status) -> Self {
        let State { key, status } = status.into();
        let (label, types, can) = (None, Vec::new(), Vec::new());
        Self { id: None, key, status, builtin: true, label, types, archived: false, revision: None, can }
    }
    fn of(own: &OwnState, actor: &Actor) -> Self {
        let can = if actor.has(rights::ChangeStates::KEY) { vec!["change"] } else { Vec::new() };
        let (OwnState { id, state, shape, revision }, label) = (own.clone(), Some(own.shape.label.clone()));
        Self {
            id: Some(id.number()),
            key: state.key,
            status: state.status,
            builtin: false,
            label,
            types: shape.types,
            archived: shape.archived,
            revision: Some(revision),
            can,
        }
    }
}

/// Which states.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct StatesQuery {
    /// Only those into which a ticket of this type can be put; every one when absent.
    r#type: Option<String>,
}

/// List the states: of each category the one that is shipped, then the desk's own.
#[utoipa::path(get, path = "/api/v1/ticket-states", tag = "tickets", operation_id = "list_ticket_states", params(StatesQuery),
    responses((status = 200, body = Listed<StateView>)))]
pub(crate) async fn list_states(ctx: Ctx, may: May<rights::Read>, Queried(query): Queried<StatesQuery>) -> Answered {
    let of_type = match query.r#type.as_deref() {
        None => None,
        Some(word) => Some(TicketType::from_word(word).ok_or_else(|| Problem::field("type", "unknown"))?),
    };
    let actor = may.actor().clone();
    let machine = ctx.read(async move |tx| views::states(tx, &may).await).await?;
    let own: Vec<&OwnState> = match of_type {
        Some(ticket_type) => machine.of_type(ticket_type).collect(),
        None => machine.own().iter().collect(),
    };
    let of_category = |status: &Status| {
        let own = own.iter().filter(|own| own.state.status == *status).map(|own| StateView::of(own, &actor));
        std::iter::once(StateView::shipped(*status)).chain(own).collect::<Vec<_>>()
    };
    Ok(Answer::shown(&Listed::whole(Status::ALL.iter().flat_map(of_category).collect()))?)
}

/// A state to be made.
#[derive(Deserialize, ToSchema)]
pub(crate) struct StateInput {
    /// Small letters, digits and `_`; made where none is given.
    key: Option<String>,
    /// Its category, for ever; not `new`.
    status: Status,
    #[serde(flatten)]
    shape: Shape,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// Add a state.
#[utoipa::path(post, path = "/api/v1/ticket-states", tag = "tickets", operation_id = "add_ticket_state",
    request_body = StateInput, responses((status = 201, body = StateView)))]
pub(crate) async fn add_state(ctx: Ctx, may: May<rights::ChangeStates>, Input(input): Input<StateInput>) -> Answered {
    input.unknown.none()?;
    let new = NewState { key: input.key.filter(|key| !key.is_empty()), status: input.status, shape: input.shape };
    let answer = ctx.post(async move |tx| {
        let own = actions::add_state(tx, &may, &new).await?;
        Ok(Answer::created(&StateView::of(&own, may.actor()))?.at(own.revision))
    });
    Ok(answer.await?)
}

/// Change how a state of the desk's own is; all of it is given.
#[utoipa::path(put, path = "/api/v1/ticket-states/{id}", tag = "tickets", operation_id = "change_ticket_state",
    params(("id" = i64, Path)), request_body = Shape, responses((status = 200, body = StateView)))]
pub(crate) async fn change_state(
    ctx: Ctx,
    may: May<rights::ChangeStates>,
    IdPath(id): IdPath<StateKind>,
    Input(shape): Input<Shape>,
) -> Answered {
    let (seen, actor) = (ctx.seen_revision(), may.actor().clone());
    let own = ctx.write(async move |tx| actions::change_state(tx, &may, id, seen, &shape).await).await?;
    Ok(Answer::shown(&StateView::of(&own, &actor))?.at(own.revision))
}
