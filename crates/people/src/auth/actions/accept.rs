//! Somebody joins by an invitation. Whoever has an account shows its password; whoever has none chooses one.

use std::sync::Arc;

use madoguchi_kernel::{
    Problem, TenantId,
    problem::{Kind, Result},
};
use madoguchi_platform::{
    access::SystemActor,
    db::{Reach, Tx},
    house::House,
    secrets::{Keys, Secret, hash_word},
};

use super::{
    SignedIn, by_agent,
    second_step::pass,
    session,
    sign_in::{Attempt, require_same},
    tell,
};
use crate::{
    AccountId, AgentId,
    auth::{
        account::Account,
        facts::AuthFact,
        invitation::{Invitation, InvitationState, gone},
        password,
        session::{Browser, Means},
        store::{self, NewAccount, TenantAtDoor},
    },
    staff::{self, actions::TeamEdit, rights::ChangeTeams},
};

/// Puts people into the teams for which they were invited.
static USHER: SystemActor = SystemActor { name: "invitations", rights: &["team.change"] };

/// Somebody who joins.
#[derive(Clone)]
pub struct Acceptance {
    /// The word of the link.
    pub token: Secret<String>,
    /// The tenant that the URL names.
    pub slug: Option<String>,
    /// The name that they will bear.
    pub name: String,
    /// The account's password, or the one that they choose.
    pub password: Secret<String>,
    /// The code of the account's second step, where it has one.
    pub code: Option<Secret<String>>,
    /// Where they are.
    pub browser: Browser,
}

/// What an invitation leads to, for whoever holds its word.
pub(in crate::auth) struct Opened {
    pub invitation: Invitation,
    pub tenant: TenantAtDoor,
    pub account: Option<Account>,
}

/// Opens an invitation. Expired ones are refused before anything else is looked at.
pub(in crate::auth) async fn open(tx: &Tx<'_>, token: &str, slug: Option<&str>) -> Result<Opened> {
    let invitation = store::invitation_by_word(tx, &hash_word(token)).await?.ok_or_else(gone)?;
    invitation.require_usable(tx.now())?;
    let tenant = store::tenant(tx, invitation.tenant).await?;
    if slug.is_some_and(|slug| slug != tenant.slug.as_str()) {
        return Err(gone());
    }
    let account = store::account_by_email(tx, &invitation.email).await?;
    Ok(Opened { invitation, tenant, account })
}

/// Joins the tenant and signs in.
pub async fn accept(house: &House, keys: &Arc<Keys>, ask: Acceptance) -> Result<SignedIn> {
    let (token, slug) = (ask.token.clone(), ask.slug.clone());
    let opened = house.read(Reach::House, async move |tx| open(tx, token.reveal(), slug.as_deref()).await).await?;
    let tenant = opened.tenant.id;
    let (proof, keys) = (prove(house, &opened, &ask).await?, keys.clone());
    house
        .write(tenant, async move |tx| {
            let again = open(tx, ask.token.reveal(), None).await?;
            let account = match &proof {
                Proof::Known(account, attempt) => {
                    require_same(tx, account).await?;
                    let code = ask.code.as_ref().map(|code| code.reveal().as_str());
                    pass(tx, &keys, (account, None), code).await?;
                    attempt.succeeded(tx).await?;
                    account.id
                }
                Proof::New(hash) => {
                    let (email, language) = (&again.invitation.email, again.tenant.language);
                    let new = NewAccount { email, name: &ask.name, password_hash: hash, language };
                    store::add_account(tx, &new).await?
                }
            };
            let agent = join(tx, tenant, &again.invitation, account, &ask.name).await?;
            session::require_place(tx, tenant, agent, &ask.browser).await?;
            session::start(tx, tenant, (account, agent), (&ask.browser, Means::Password), None).await
        })
        .await
}

#[derive(Clone)]
enum Proof {
    Known(Account, Attempt),
    New(String),
}

async fn prove(house: &House, opened: &Opened, ask: &Acceptance) -> Result<Proof> {
    let Some(account) = &opened.account else {
        let email = &opened.invitation.email;
        let about = password::known_of(email, &[&ask.name, &opened.tenant.name]);
        password::check("password", &ask.password, about).await?;
        return password::hash(&ask.password).await.map(Proof::New);
    };
    let attempt = Attempt::begin(house, account.email.as_str(), ask.browser.ip).await?;
    if password::matches(&ask.password, Some(account.password_hash.clone())).await? {
        Ok(Proof::Known(account.clone(), attempt))
    } else {
        Err(Problem::new(Kind::Unauthenticated, "auth.wrong"))
    }
}

async fn join(
    tx: &Tx<'_>,
    tenant: TenantId,
    invitation: &Invitation,
    account: AccountId,
    name: &str,
) -> Result<AgentId> {
    if !store::close_invitation(tx, tenant, invitation.id, InvitationState::Accepted).await? {
        return Err(gone());
    }
    let agent = staff::actions::admit(tx, tenant, account, name, &invitation.roles).await?;
    let may = USHER.may::<ChangeTeams>(tenant);
    for team in &invitation.teams {
        // A team may have been put away since.
        if staff::views::team_exists(tx, tenant, *team).await? {
            let mut agents = staff::views::team(tx, tenant, *team).await?.agents;
            agents.push(agent);
            let edit = TeamEdit { agents: Some(agents), ..TeamEdit::default() };
            staff::actions::change_team(tx, &may, *team, None, &edit).await?;
        }
    }
    tell(tx, by_agent(agent), 2, AuthFact::InvitationAccepted { invitation: invitation.id, agent }, &[]).await?;
    Ok(agent)
}
