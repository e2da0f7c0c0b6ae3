//! Inviting, and joining by an invitation.

use madoguchi_kernel::{EmailAddress, Timestamp, problem::Check};
use madoguchi_platform::{
    access::May,
    db::Reach,
    http::{Answer, Answered, Ctx, IdPath, Input, Limit, Listed, PAGE_ROWS_MAX, PageQuery, Queried, place},
    secrets::Secret,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{SessionView, browser_of, signed_in};
use crate::{
    TeamId,
    auth::{
        account::NAME_CHARACTERS_MAX,
        actions::{self, Acceptance, NewInvitation},
        invitation::{Invitation, InvitationId, InvitationKind},
        rights::ChangeInvitations,
        views,
    },
    staff::{self, member::ROLES_MAX, role::Role},
};

/// Teams of one invitation.
const TEAMS_MAX: usize = 100;

/// A single-use link by which somebody joins.
#[derive(Serialize, ToSchema)]
struct InvitationView {
    #[schema(value_type = i64)]
    id: InvitationId,
    email: String,
    name: Option<String>,
    roles: Vec<String>,
    #[schema(value_type = Vec<i64>)]
    teams: Vec<TeamId>,
    /// Only in the answer that makes the invitation; it is not known again.
    link: Option<String>,
    #[schema(value_type = String)]
    expires_at: Timestamp,
}

impl InvitationView {
    fn of(invitation: Invitation, known: &[Role], link: Option<String>) -> Self {
        let roles = known.iter().filter(|role| invitation.roles.contains(&role.id));
        Self {
            roles: roles.map(|role| role.key.clone()).collect(),
            id: invitation.id,
            email: invitation.email.to_string(),
            name: invitation.name,
            teams: invitation.teams,
            link,
            expires_at: invitation.expires_at,
        }
    }
}

/// List invitations that wait, the newest first.
#[utoipa::path(get, path = "/api/v1/invitations", tag = "people", operation_id = "list_invitations", params(PageQuery),
    responses((status = 200, body = Listed<InvitationView>)))]
pub(super) async fn list_invitations(
    ctx: Ctx,
    may: May<ChangeInvitations>,
    Queried(query): Queried<PageQuery>,
) -> Answered {
    let (after, limit) = (place("invitations", query.after.as_deref())?, Limit::rows(query.limit, PAGE_ROWS_MAX)?);
    let (page, roles) = ctx
        .read(async move |tx| {
            Ok((views::invitations(tx, &may, after, limit).await?, staff::views::roles(tx, may.tenant()).await?))
        })
        .await?;
    let view = |invitation| InvitationView::of(invitation, &roles, None);
    Ok(Answer::shown(&Listed::page("invitations", page, view))?)
}

/// Whom to invite, and as what.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct InvitationInput {
    email: String,
    name: Option<String>,
    /// Keys of roles.
    roles: Vec<String>,
    #[serde(default)]
    #[schema(value_type = Vec<i64>)]
    teams: Vec<TeamId>,
}

/// Invite somebody. The link is in the answer and nowhere else: a repeated request with the same Idempotency-Key is
/// refused (`idempotency.answer_not_kept`), and inviting the same address anew replaces the invitation.
#[utoipa::path(post, path = "/api/v1/invitations", tag = "people", operation_id = "invite",
    request_body = InvitationInput, responses((status = 201, body = InvitationView)))]
pub(super) async fn invite(ctx: Ctx, may: May<ChangeInvitations>, Input(input): Input<InvitationInput>) -> Answered {
    let mut check = Check::new();
    let email = input.email.parse::<EmailAddress>();
    let name = input.name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    check.require(email.is_ok(), "email", "address");
    check.require(name.as_ref().is_none_or(|name| name.chars().count() <= NAME_CHARACTERS_MAX), "name", "too_long");
    check.require(!input.roles.is_empty(), "roles", "required");
    check.require(input.roles.len() <= ROLES_MAX, "roles", "too_many");
    check.require(input.teams.len() <= TEAMS_MAX, "teams", "too_many");
    check.done()?;
    let new = NewInvitation { email: email?, name, roles: input.roles, teams: input.teams };
    let base = ctx.app.settings().public_url.clone();
    let slug = {
        let tenant = may.tenant();
        ctx.read(async move |tx| views::slug(tx, tenant).await).await?
    };
    let (invited, roles) = ctx
        .post_secret(async move |tx| {
            Ok((actions::invite(tx, &may, &new).await?, staff::views::roles(tx, may.tenant()).await?))
        })
        .await?;
    // Behind `#`, where no server's log sees it.
    let link = format!("{base}/t/{slug}/invitation#token={}", invited.word.reveal());
    Ok(Answer::created(&InvitationView::of(invited.invitation, &roles, Some(link)))?)
}

/// Withdraw an invitation.
#[utoipa::path(delete, path = "/api/v1/invitations/{id}", tag = "people", operation_id = "withdraw_invitation",
    params(("id" = i64, Path)), responses((status = 204)))]
pub(super) async fn withdraw_invitation(
    ctx: Ctx,
    may: May<ChangeInvitations>,
    IdPath(id): IdPath<InvitationKind>,
) -> Answered {
    ctx.write(async move |tx| actions::withdraw(tx, &may, id).await).await?;
    Ok(Answer::done())
}

/// The word of an invitation's link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LookInput {
    #[schema(value_type = String)]
    token: Secret<String>,
}

/// What an invitation says.
#[derive(Serialize, ToSchema)]
struct LookView {
    tenant_name: String,
    email: String,
    name: Option<String>,
    /// Whether a password is to be chosen; otherwise the account's own is asked for.
    needs_password: bool,
}

/// Look at an invitation by the word of its link.
#[utoipa::path(post, path = "/api/v1/invitations/look", tag = "session", operation_id = "look_at_invitation",
    request_body = LookInput, responses((status = 200, body = LookView)))]
pub(super) async fn look_at_invitation(ctx: Ctx, Input(input): Input<LookInput>) -> Answered {
    let slug = ctx.visit.tenant.clone();
    let look = ctx
        .app
        .house()
        .read(Reach::House, async move |tx| views::look(tx, input.token.reveal(), slug.as_deref()).await)
        .await?;
    Ok(Answer::shown(&LookView {
        tenant_name: look.tenant_name,
        email: look.email.to_string(),
        name: look.name,
        needs_password: look.needs_password,
    })?)
}

/// Who joins.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AcceptInput {
    #[schema(value_type = String)]
    token: Secret<String>,
    name: String,
    #[schema(value_type = String)]
    password: Secret<String>,
    /// The code of the account's second step, where it has one
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    code: Option<Secret<String>>,
}

/// Join by an invitation, and sign in.
#[utoipa::path(post, path = "/api/v1/invitations/accept", tag = "session", operation_id = "accept_invitation",
    request_body = AcceptInput, responses((status = 200, body = SessionView)))]
pub(super) async fn accept_invitation(ctx: Ctx, Input(input): Input<AcceptInput>) -> Answered {
    let name = input.name.trim().to_owned();
    let mut check = Check::new();
    check.require(!name.is_empty(), "name", "required");
    check.require(name.chars().count() <= NAME_CHARACTERS_MAX, "name", "too_long");
    check.done()?;
    let ask = Acceptance {
        token: input.token,
        slug: ctx.visit.tenant.clone(),
        name,
        password: input.password,
        code: input.code,
        browser: browser_of(&ctx),
    };
    let who = actions::accept(ctx.app.house(), ctx.app.keys(), ask).await?;
    Ok(signed_in(&ctx, who).await?)
}
