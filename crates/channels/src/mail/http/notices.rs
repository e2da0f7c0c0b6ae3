//! Of what an agent wants to be told by mail: everybody's own matter.

use madoguchi_kernel::{
    Problem,
    problem::{Kind, Result},
};
use madoguchi_people::AgentId;
use madoguchi_platform::{
    access::Actor,
    house::fact::{ActorKind, By, Origin},
    http::{Answer, Answered, Ctx, Input, Signed},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::mail::{actions, notice::NoticeWishes, store::notice_wishes};

/// Of what I am told by mail.
#[derive(Serialize, ToSchema)]
pub struct NoticeWishesView {
    /// Of what.
    wishes: NoticeWishes,
    /// The revision for `If-Match`; 0 while I never said.
    revision: i64,
}

/// Show of what I am told by mail.
#[utoipa::path(get, path = "/api/v1/mail-notices", tag = "mail", operation_id = "show_mail_notices",
    responses((status = 200, body = NoticeWishesView)))]
pub async fn show_mail_notices(ctx: Ctx, Signed(actor): Signed) -> Answered {
    let (tenant, agent) = (actor.tenant, agent(&actor)?);
    let kept = ctx.read(async move |tx| notice_wishes::find(tx, tenant, agent).await).await?;
    let revision = kept.as_ref().map_or(0, |kept| kept.revision);
    let wishes = kept.map(|kept| kept.wishes()).unwrap_or_default();
    Ok(Answer::shown(&NoticeWishesView { wishes, revision })?.at(revision))
}

/// Say of what I want to be told by mail.
#[utoipa::path(put, path = "/api/v1/mail-notices", tag = "mail", operation_id = "set_mail_notices",
    request_body = NoticeWishes, responses((status = 200, body = NoticeWishesView)))]
pub async fn set_mail_notices(ctx: Ctx, Signed(actor): Signed, Input(wishes): Input<NoticeWishes>) -> Answered {
    let (tenant, agent, seen) = (actor.tenant, agent(&actor)?, ctx.seen_revision());
    let by = By { kind: ActorKind::Agent, id: Some(agent.number()), origin: Origin::Live, occurred_at: None };
    let revision =
        ctx.write(async move |tx| actions::wish_notices(tx, tenant, (agent, by), seen, wishes).await).await?;
    Ok(Answer::shown(&NoticeWishesView { wishes, revision })?.at(revision))
}

fn agent(actor: &Actor) -> Result<AgentId> {
    match (actor.kind, actor.id) {
        (ActorKind::Agent, Some(agent)) => Ok(AgentId::new(agent)),
        (..) => Err(Problem::new(Kind::Denied, "access.people_only")),
    }
}
