//! Somebody adds a passkey to their account, calls it otherwise, takes it away, or signs in by it.

use std::sync::Arc;

use madoguchi_kernel::{Problem, TenantId, problem::Result};
use madoguchi_platform::{
    db::{Reach, Tx},
    house::House,
    http::HttpSettings,
    secrets::{Keys, hash_word},
};
use serde_json::Value;

use super::{Owner, SignedIn, by_agent, session, tell};
use crate::{
    AccountId, AgentId,
    auth::{
        facts::AuthFact,
        passkey::{self, Ceremony, PASSKEYS_MAX, Party, PasskeyId},
        session::{Browser, Means, SessionId},
        store,
    },
};

/// Asks the owner's device to make a passkey.
pub async fn begin_passkey(
    house: &House,
    keys: &Keys,
    settings: &HttpSettings,
    account: AccountId,
) -> Result<Ceremony> {
    let party = Party::of(settings)?;
    let (account, kept) = house
        .read(Reach::House, async move |tx| {
            Ok((store::account(tx, account).await?, store::passkeys(tx, account).await?))
        })
        .await?;
    if kept.len() >= PASSKEYS_MAX {
        return Err(Problem::conflict("passkey.too_many"));
    }
    let known: Vec<_> = kept.into_iter().map(|kept| kept.passkey.0).collect();
    party.begin(keys, &account, &known, house.clock().now())
}

/// Keeps the passkey that the owner's device made.
pub async fn add_passkey(
    house: &House,
    keys: &Keys,
    settings: &HttpSettings,
    Owner { tenant, account, agent, .. }: Owner,
    (word, credential, name): (&str, Value, String),
) -> Result<PasskeyId> {
    let made = Party::of(settings)?.made(keys, account, (word, credential), house.clock().now())?;
    house
        .write(tenant, async move |tx| {
            if store::passkeys(tx, account).await?.len() >= PASSKEYS_MAX {
                return Err(Problem::conflict("passkey.too_many"));
            }
            let added = store::add_passkey(tx, account, &made, &name).await?;
            let passkey = added.ok_or_else(|| Problem::conflict("passkey.taken"))?;
            tell_of_owner(tx, tenant, agent, AuthFact::PasskeyAdded { agent, passkey }).await?;
            Ok(passkey)
        })
        .await
}

/// Takes one of one's passkeys away.
pub async fn remove_passkey(
    tx: &Tx<'_>,
    tenant: TenantId,
    (account, agent): (AccountId, AgentId),
    passkey: PasskeyId,
) -> Result<()> {
    if !store::remove_passkey(tx, account, passkey).await? {
        return Err(Problem::not_found());
    }
    tell_of_owner(tx, tenant, agent, AuthFact::PasskeyRemoved { agent, passkey }).await
}

/// Calls one of one's passkeys otherwise. Nobody else sees that name.
pub async fn rename_passkey(tx: &Tx<'_>, account: AccountId, passkey: PasskeyId, name: &str) -> Result<()> {
    if store::rename_passkey(tx, account, passkey, name).await? { Ok(()) } else { Err(Problem::not_found()) }
}

async fn tell_of_owner(tx: &Tx<'_>, tenant: TenantId, agent: AgentId, fact: AuthFact) -> Result<()> {
    let revision = store::next_member_revision(tx, tenant, agent).await?;
    tell(tx, by_agent(agent), revision, fact, &[]).await
}

/// Somebody who wants to come in by a passkey.
#[derive(Clone)]
pub struct PasskeySignIn {
    /// The tenant that the URL names; without one it is the first at which they work.
    pub slug: Option<String>,
    /// The word of the ceremony.
    pub word: String,
    /// What the device answered.
    pub credential: Value,
    /// Where they are.
    pub browser: Browser,
    /// The session that the same browser had in the same tenant.
    pub leaving: Option<(TenantId, SessionId)>,
}

/// Asks for a passkey of somebody who is not known yet.
pub fn begin_passkey_sign_in(house: &House, keys: &Keys, settings: &HttpSettings) -> Result<Ceremony> {
    Party::of(settings)?.ask(keys, house.clock().now())
}

/// Lets somebody in who shows a passkey of an account that works here. It is both steps at once.
pub async fn sign_in_by_passkey(
    house: &House,
    keys: &Arc<Keys>,
    settings: &HttpSettings,
    ask: PasskeySignIn,
) -> Result<SignedIn> {
    let party = Party::of(settings)?;
    let shown = party.shown(keys, (&ask.word, ask.credential), house.clock().now())?;
    let (account, slug) = (shown.account, ask.slug);
    let place = house.read(Reach::House, async move |tx| session::place_of(tx, account, slug.as_deref()).await).await?;
    let (tenant, agent) = place.ok_or_else(passkey::unknown)?;
    let leaving = ask.leaving.filter(|(of, _)| *of == tenant).map(|(_, session)| session);
    let (word, browser) = (hash_word(&ask.word), ask.browser);
    house
        .write(tenant, async move |tx| {
            let kept = store::passkey_locked(tx, account, &shown.id).await?.ok_or_else(passkey::unknown)?;
            let mut passkey = kept.passkey.0;
            party.verify(&shown, &mut passkey)?;
            if !store::use_ceremony(tx, &word).await? {
                return Err(passkey::over());
            }
            store::passkey_used(tx, kept.id, &passkey).await?;
            if let Err(refused) = session::require_place(tx, tenant, agent, &browser).await {
                session::tell_refused(tx, agent, &browser).await?;
                return Ok(Err(refused));
            }
            session::start(tx, tenant, (account, agent), (&browser, Means::Passkey), leaving).await.map(Ok)
        })
        .await
        .and_then(std::convert::identity)
}
