//! Somebody adds a second step to their account, shows it, renews what they wrote down, or takes it away.

use std::sync::Arc;

use madoguchi_kernel::{
    EmailAddress, Problem, TenantId,
    problem::{Kind, Result},
};
use madoguchi_platform::{
    db::{Reach, Tx},
    house::House,
    secrets::{Keys, Secret},
};

use super::{
    by_agent, by_house,
    sign_in::{Attempt, require_same},
    tell,
};
use crate::{
    AccountId, AgentId,
    auth::{
        account::Account,
        facts::AuthFact,
        password,
        second_step::{Authenticator, Code, code_needed, code_wrong, fresh_secret, recovery_codes},
        session::Browser,
        store::{self, SecondStepKept},
    },
    staff,
};

/// Whose second step it is: of somebody who is signed in.
#[derive(Clone)]
pub struct Owner {
    /// Where they are signed in.
    pub tenant: TenantId,
    /// Who.
    pub account: AccountId,
    /// As whom.
    pub agent: AgentId,
    /// Where they are.
    pub browser: Browser,
}

/// What an authenticator is told, once.
pub struct Enrolment {
    /// The secret in base32.
    pub secret: Secret<String>,
    /// The same as an `otpauth` address.
    pub address: Secret<String>,
}

fn purpose(account: AccountId) -> String {
    format!("second_step/{account}")
}

fn opened(keys: &Keys, account: &Account, kept: &SecondStepKept) -> Result<Authenticator> {
    let secret = keys.open(Reach::House, &purpose(account.id), &kept.sealed())?;
    Authenticator::new(&secret, "", account.email.as_str())
}

/// Begins: from now on an authenticator may know the secret, and nothing is asked for yet. A secret that was begun
/// before is thrown away.
pub async fn begin_second_step(
    house: &House,
    keys: &Keys,
    owner: Owner,
    password: &Secret<String>,
) -> Result<Enrolment> {
    let (account, attempt) = verified(house, &owner, password).await?;
    let secret = fresh_secret();
    let sealed = keys.seal(Reach::House, &purpose(account.id), secret.reveal());
    let (tenant, id) = (owner.tenant, account.id);
    let issuer = house
        .write(tenant, async move |tx| {
            attempt.succeeded(tx).await?;
            if !store::begin_second_step(tx, id, &sealed).await? {
                return Err(Problem::conflict("second_step.on"));
            }
            Ok(store::tenant(tx, tenant).await?.name)
        })
        .await?;
    let authenticator = Authenticator::new(&secret, &issuer, account.email.as_str())?;
    Ok(Enrolment { secret: authenticator.secret_text(), address: authenticator.address() })
}

/// Shows that the authenticator has the secret: from now on its codes are asked for. The codes to write down.
pub async fn confirm_second_step(
    house: &House,
    keys: &Arc<Keys>,
    owner: Owner,
    code: &str,
) -> Result<Vec<Secret<String>>> {
    let (code, keys, Owner { tenant, account, agent, .. }) = (Code::read(code)?, keys.clone(), owner);
    house
        .write(tenant, async move |tx| {
            let kept = store::second_step_locked(tx, account).await?.ok_or_else(Problem::not_found)?;
            if kept.confirmed_at.is_some() {
                return Err(Problem::conflict("second_step.on"));
            }
            let authenticator = opened(&keys, &store::account(tx, account).await?, &kept)?;
            let step = authenticator.step_of(&code, tx.now(), kept.last_step);
            let step = step.ok_or_else(|| Problem::field("code", "code_wrong"))?;
            store::use_second_step(tx, account, step).await?;
            let revision = store::next_member_revision(tx, tenant, agent).await?;
            tell(tx, by_agent(agent), revision, AuthFact::SecondStepAdded { agent }, &[]).await?;
            fresh_codes(tx, account).await
        })
        .await
}

/// Fresh codes to write down; those before do not hold any more.
pub async fn renew_recovery_codes(
    house: &House,
    keys: &Arc<Keys>,
    owner: Owner,
    (password, code): (&Secret<String>, &str),
) -> Result<Vec<Secret<String>>> {
    let agent = owner.agent;
    shown_again(house, keys, owner, (password, code), async move |tx, account| {
        Ok((AuthFact::RecoveryCodesRenewed { agent }, fresh_codes(tx, account).await?))
    })
    .await
}

/// Takes the second step away.
pub async fn end_second_step(
    house: &House,
    keys: &Arc<Keys>,
    owner: Owner,
    (password, code): (&Secret<String>, &str),
) -> Result<()> {
    let agent = owner.agent;
    shown_again(house, keys, owner, (password, code), async move |tx, account| {
        store::end_second_step(tx, account).await?;
        Ok((AuthFact::SecondStepRemoved { agent }, ()))
    })
    .await
}

/// Takes away the second step of whoever has this address and has lost it. An account belongs to a person and not to a
/// desk, so no desk's administrator may do this: only whoever runs the program. Each desk is told.
pub async fn end_second_step_of(house: &House, email: &EmailAddress) -> Result<()> {
    let address = email.clone();
    let (account, desks) = house
        .write(Reach::House, async move |tx| {
            let account = store::account_by_email(tx, &address).await?;
            let account = account.ok_or_else(|| Problem::field("email", "nobody"))?.id;
            if !store::end_second_step(tx, account).await? {
                return Err(Problem::field("email", "no_second_step"));
            }
            Ok((account, store::tenants_of(tx, account).await?))
        })
        .await?;
    for desk in desks {
        house
            .write(desk.id, async move |tx| {
                let Some(member) = staff::views::member_of(tx, desk.id, account).await? else { return Ok(()) };
                let agent = member.id;
                let revision = store::next_member_revision(tx, desk.id, agent).await?;
                tell(tx, by_house(), revision, AuthFact::SecondStepRemoved { agent }, &[]).await
            })
            .await?;
    }
    Ok(())
}

/// Does what only the owner may do, who shows both steps once more.
async fn shown_again<T: Send + 'static>(
    house: &House,
    keys: &Arc<Keys>,
    owner: Owner,
    (password, code): (&Secret<String>, &str),
    act: impl AsyncFn(&Tx<'_>, AccountId) -> Result<(AuthFact, T)> + Clone + Send + Sync + 'static,
) -> Result<T> {
    let (account, attempt) = verified(house, &owner, password).await?;
    let (code, keys, Owner { tenant, agent, .. }) = (code.to_owned(), keys.clone(), owner);
    house
        .write(tenant, async move |tx| {
            require_same(tx, &account).await?;
            let kept = store::second_step(tx, account.id).await?;
            kept.filter(|kept| kept.confirmed_at.is_some()).ok_or_else(Problem::not_found)?;
            let as_field = |problem: Problem| match problem.code {
                _ if problem.kind == Kind::Unauthenticated => Problem::field("code", "code_wrong"),
                _ => problem,
            };
            pass(tx, &keys, (&account, Some((tenant, agent))), Some(&code)).await.map_err(as_field)?;
            attempt.succeeded(tx).await?;
            let (fact, done) = act(tx, account.id).await?;
            let revision = store::next_member_revision(tx, tenant, agent).await?;
            tell(tx, by_agent(agent), revision, fact, &[]).await?;
            Ok(done)
        })
        .await
}

/// The account of somebody who shows its password once more.
async fn verified(house: &House, owner: &Owner, password: &Secret<String>) -> Result<(Account, Attempt)> {
    let id = owner.account;
    let account = house.read(owner.tenant, async move |tx| store::account(tx, id).await).await?;
    let attempt = Attempt::begin(house, account.email.as_str(), owner.browser.ip).await?;
    if password::matches(password, Some(account.password_hash.clone())).await? {
        Ok((account, attempt))
    } else {
        Err(Problem::new(Kind::Invalid, "invalid").and_field("password", "password_wrong"))
    }
}

async fn fresh_codes(tx: &Tx<'_>, account: AccountId) -> Result<Vec<Secret<String>>> {
    let codes = recovery_codes();
    let mut hashes = Vec::with_capacity(codes.len());
    for code in &codes {
        if let Code::WrittenDown(hash) = Code::read(code.reveal())? {
            hashes.push(hash);
        }
    }
    store::keep_recovery_codes(tx, account, &hashes).await?;
    Ok(codes)
}

/// Passes whoever needs no second step, or shows it. A code is used up by it; that one was that was written down is told
/// where they work.
pub(super) async fn pass(
    tx: &Tx<'_>,
    keys: &Keys,
    (account, place): (&Account, Option<(TenantId, AgentId)>),
    code: Option<&str>,
) -> Result<()> {
    let kept = store::second_step_locked(tx, account.id).await?.filter(|kept| kept.confirmed_at.is_some());
    let Some(kept) = kept else { return Ok(()) };
    let code = Code::read(code.filter(|code| !code.trim().is_empty()).ok_or_else(code_needed)?)?;
    match &code {
        Code::OfTime(_) => {
            let step = opened(keys, account, &kept)?.step_of(&code, tx.now(), kept.last_step);
            store::use_second_step(tx, account.id, step.ok_or_else(code_wrong)?).await
        }
        Code::WrittenDown(hash) => {
            if !store::use_recovery_code(tx, account.id, hash).await? {
                return Err(code_wrong());
            }
            let Some((tenant, agent)) = place else { return Ok(()) };
            let left = store::recovery_codes_left(tx, account.id).await?;
            let revision = store::next_member_revision(tx, tenant, agent).await?;
            tell(tx, by_agent(agent), revision, AuthFact::RecoveryCodeUsed { agent, left }, &[]).await
        }
    }
}
