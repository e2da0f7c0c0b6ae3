//! Routes at the door. Those that anybody may call are listed where the document of the API is put together.

mod invitations;
mod passkeys;
mod policies;
mod second_step;
mod session;
mod setup;
mod tokens;

use madoguchi_kernel::{
    Problem,
    problem::{Kind, Result},
};
use madoguchi_platform::{
    access::Actor,
    db::Reach,
    http::{Answer, App, Ctx, Routes},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{
    actions::SignedIn,
    session::{Browser, SessionId},
    store::TenantAtDoor,
    views::{self, SessionShown},
};
use crate::{AccountId, AgentId, staff::desk::Colour};
use madoguchi_kernel::{TenantId, Word};

/// The routes.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(setup::show_setup, setup::set_up))
        .routes(routes!(session::sign_in, session::show_session, session::sign_out, session::change_preferences))
        .routes(routes!(session::go_to_desk))
        .routes(routes!(session::list_sessions))
        .routes(routes!(session::end_session))
        .routes(routes!(session::change_password))
        .routes(routes!(second_step::show_second_step, second_step::begin_second_step))
        .routes(routes!(second_step::confirm_second_step))
        .routes(routes!(second_step::renew_recovery_codes))
        .routes(routes!(second_step::end_second_step))
        .routes(routes!(passkeys::begin_passkey_sign_in))
        .routes(routes!(passkeys::sign_in_by_passkey))
        .routes(routes!(passkeys::list_passkeys, passkeys::add_passkey))
        .routes(routes!(passkeys::begin_passkey))
        .routes(routes!(passkeys::rename_passkey, passkeys::remove_passkey))
        .routes(routes!(policies::list_sign_in_policies, policies::change_sign_in_policy))
        .routes(routes!(policies::change_sign_in_policy_of_role))
        .routes(routes!(invitations::list_invitations, invitations::invite))
        .routes(routes!(invitations::withdraw_invitation))
        .routes(routes!(invitations::look_at_invitation))
        .routes(routes!(invitations::accept_invitation))
        .routes(routes!(tokens::list_tokens, tokens::add_token))
        .routes(routes!(tokens::revoke_token))
        .routes(routes!(tokens::show_token))
}

/// A person who can sign in.
#[derive(Serialize, ToSchema)]
struct AccountView {
    #[schema(value_type = i64)]
    id: AccountId,
    name: String,
    email: String,
    locale: &'static str,
    theme: &'static str,
    density: &'static str,
}

/// The desk at which somebody is signed in.
#[derive(Serialize, ToSchema)]
struct TenantView {
    #[schema(value_type = i64)]
    id: TenantId,
    slug: String,
    name: String,
    time_zone: String,
    /// By which one sees at which desk one is
    colour: Option<&'static str>,
}

impl From<TenantAtDoor> for TenantView {
    fn from(tenant: TenantAtDoor) -> Self {
        let TenantAtDoor { id, slug, name, time_zone, colour, .. } = tenant;
        Self { id, slug: slug.to_string(), name, time_zone, colour: colour.map(Colour::word) }
    }
}

/// Something that has an id and a name.
#[derive(Serialize, ToSchema)]
struct NamedView {
    id: i64,
    name: String,
}

/// Another desk at which they work.
#[derive(Serialize, ToSchema)]
struct DeskView {
    slug: String,
    name: String,
    colour: Option<&'static str>,
}

/// Who is signed in, and what they may do.
#[derive(Serialize, ToSchema)]
struct SessionView {
    account: AccountView,
    tenant: TenantView,
    agent: NamedView,
    /// Keys of their roles.
    roles: Vec<String>,
    rights: Vec<String>,
    teams: Vec<NamedView>,
    memberships: Vec<DeskView>,
    /// What they have to do before anything else: `second_step`. Until then they may do nothing
    owes: Vec<&'static str>,
}

impl SessionView {
    fn of(shown: SessionShown, agent: AgentId) -> Self {
        let owes = if shown.owes_second_step { vec!["second_step"] } else { Vec::new() };
        let rights: std::collections::BTreeSet<String> =
            shown.roles.iter().filter(|_| owes.is_empty()).flat_map(|role| role.rights.iter().cloned()).collect();
        let account = shown.account;
        Self {
            account: AccountView {
                id: account.id,
                email: account.email.to_string(),
                locale: account.language.word(),
                theme: account.theme.word(),
                density: account.density.word(),
                name: account.name,
            },
            tenant: shown.tenant.into(),
            agent: NamedView { id: agent.number(), name: shown.name },
            roles: shown.roles.into_iter().map(|role| role.key).collect(),
            rights: rights.into_iter().collect(),
            teams: shown.teams.into_iter().map(|team| NamedView { id: team.id.number(), name: team.name }).collect(),
            memberships: shown
                .tenants
                .into_iter()
                .map(|tenant| DeskView {
                    slug: tenant.slug.to_string(),
                    name: tenant.name,
                    colour: tenant.colour.map(Colour::word),
                })
                .collect(),
            owes,
        }
    }
}

/// Somebody in a browser: their own sessions, password and preferences are not for programs.
#[derive(Clone, Copy)]
struct Me {
    tenant: TenantId,
    account: AccountId,
    agent: AgentId,
    session: SessionId,
}

impl Me {
    fn of(actor: &Actor) -> Result<Self> {
        match (actor.account, actor.id, actor.door) {
            (Some(account), Some(agent), Some(session)) => Ok(Self {
                tenant: actor.tenant,
                account: AccountId::new(account),
                agent: AgentId::new(agent),
                session: SessionId::new(session),
            }),
            (..) => Err(Problem::new(Kind::Denied, "access.people_only")),
        }
    }
}

fn browser_of(ctx: &Ctx) -> Browser {
    Browser { ip: ctx.visit.ip, user_agent: ctx.visit.user_agent.clone() }
}

async fn session_view(app: &App, tenant: TenantId, who: (AccountId, AgentId, SessionId)) -> Result<SessionView> {
    let agent = who.1;
    let shown = app.house().read(Reach::House, async move |tx| views::shown(tx, tenant, who).await).await?;
    Ok(SessionView::of(shown, agent))
}

/// The session, and its cookie.
async fn signed_in(ctx: &Ctx, who: SignedIn) -> Result<Answer> {
    let view = session_view(&ctx.app, who.tenant, (who.account, who.agent, who.session)).await?;
    Ok(Answer::shown(&view)?.with_cookie(super::session::cookie(&who.slug, who.word.reveal(), ctx.visit.secure)))
}
