//! Somebody changes their password, or whoever runs the program gives them a new one. Whoever else is in by the old one
//! is out.

use madoguchi_kernel::{
    EmailAddress, Problem, TenantId,
    problem::{Kind, Result},
};
use madoguchi_platform::{db::Reach, house::House, secrets::Secret};

use super::{SignedIn, by_agent, by_house, end_sessions_of, session, sign_in::Attempt, tell};
use crate::{
    AccountId, AgentId,
    auth::{
        facts::{AuthFact, Ending},
        password,
        session::{Browser, SessionId},
        store,
    },
    staff,
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
    /// By which session.
    pub session: SessionId,
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
    let attempt = Attempt::begin(house, account.email.as_str(), change.browser.ip).await?;
    if !password::matches(&change.current, Some(account.password_hash.clone())).await? {
        return Err(Problem::new(Kind::Invalid, "invalid").and_field("current", "password_wrong"));
    }
    let about = password::known_of(&account.email, &[&account.name]);
    password::check("new", &change.new, about).await?;
    let hash = password::hash(&change.new).await?;
    let (browser, by) = (change.browser, change.session);
    house
        .write(tenant, async move |tx| {
            attempt.succeeded(tx).await?;
            store::save_password(tx, id, &account.password_hash, &hash).await?;
            let means = store::beginning_of(tx, tenant, by).await?.means;
            end_sessions_of(tx, tenant, agent, None, Ending::PasswordChanged).await?;
            let revision = store::next_member_revision(tx, tenant, agent).await?;
            tell(tx, by_agent(agent), revision, AuthFact::PasswordChanged { agent }, &[]).await?;
            session::start(tx, tenant, (id, agent), (&browser, means), None).await
        })
        .await
}

/// Whoever has an account already opens a further desk with its password: another would be thrown away.
pub async fn require_present_password(house: &House, email: &EmailAddress, password: &Secret<String>) -> Result<()> {
    let address = email.clone();
    let account = house.read(Reach::House, async move |tx| store::account_by_email(tx, &address).await).await?;
    let Some(account) = account else { return Ok(()) };
    if password::matches(password, Some(account.password_hash)).await? {
        Ok(())
    } else {
        Err(Problem::field("password", "not_of_account"))
    }
}

/// Gives whoever has this address a new password. An account belongs to a person and not to a desk, so no desk's
/// administrator may do this: only whoever runs the program. Every session of the account ends, and each desk is told.
pub async fn reset_password(house: &House, email: &EmailAddress, new: &Secret<String>) -> Result<()> {
    let address = email.clone();
    let (account, desks) = house
        .read(Reach::House, async move |tx| {
            let account = store::account_by_email(tx, &address).await?;
            let account = account.ok_or_else(|| Problem::field("email", "nobody"))?;
            Ok((account.clone(), store::tenants_of(tx, account.id).await?))
        })
        .await?;
    password::check("password", new, password::known_of(email, &[&account.name])).await?;
    let (id, former, hash) = (account.id, account.password_hash, password::hash(new).await?);
    // From here on no session counts that began with the former one, whatever becomes of the rest.
    house.write(Reach::House, async move |tx| store::save_password(tx, id, &former, &hash).await).await?;
    for desk in desks {
        house
            .write(desk.id, async move |tx| {
                let Some(member) = staff::views::member_of(tx, desk.id, id).await? else { return Ok(()) };
                let agent = member.id;
                end_sessions_of(tx, desk.id, agent, None, Ending::PasswordChanged).await?;
                let revision = store::next_member_revision(tx, desk.id, agent).await?;
                tell(tx, by_house(), revision, AuthFact::PasswordChanged { agent }, &[]).await
            })
            .await?;
    }
    Ok(())
}
