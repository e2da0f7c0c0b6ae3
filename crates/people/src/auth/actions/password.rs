//! Somebody changes their password. Whoever else is in by it is out.

use madoguchi_kernel::{
    Problem, TenantId,
    problem::{Kind, Result},
};
use madoguchi_platform::{house::House, secrets::Secret};

use super::{SignedIn, by_agent, end_sessions_of, session, sign_in::Attempt, tell};
use crate::{
    AccountId, AgentId,
    auth::{
        facts::{AuthFact, Ending},
        password,
        session::Browser,
        store,
    },
};

/// A password to be changed.
#[derive(Clone)]
pub struct PasswordChange {
    /// Where they are signed in.
    pub tenant: TenantId,
    /// Who.
    pub account: AccountId,
    /// As whom.
    pub agent: AgentId,
    /// The present password.
    pub current: Secret<String>,
    /// The password from now on.
    pub new: Secret<String>,
    /// Where they are.
    pub browser: Browser,
}

/// Changes the password. Every session of the account ends, in every tenant; the browser that asks gets a new
/// one.
pub async fn change_password(house: &House, change: PasswordChange) -> Result<SignedIn> {
    let (tenant, id, agent) = (change.tenant, change.account, change.agent);
    let account = house.read(tenant, async move |tx| store::account(tx, id).await).await?;
    let attempt = Attempt::begin(house, account.email.as_str(), &change.browser.ip).await?;
    if !password::matches(&change.current, Some(account.password_hash.clone())).await? {
        return Err(Problem::new(Kind::Invalid, "invalid").and_field("current", "password_wrong"));
    }
    let about = password::known_of(&account.email, &[&account.name]);
    password::check("new", &change.new, about).await?;
    let hash = password::hash(&change.new).await?;
    let browser = change.browser;
    house
        .write(tenant, async move |tx| {
            attempt.succeeded(tx).await?;
            store::save_password(tx, id, &account.password_hash, &hash).await?;
            end_sessions_of(tx, tenant, agent, None, Ending::PasswordChanged).await?;
            let revision = store::next_member_revision(tx, tenant, agent).await?;
            tell(tx, by_agent(agent), revision, AuthFact::PasswordChanged { agent }, &[]).await?;
            session::start(tx, tenant, (id, agent), &browser, None).await
        })
        .await
}
