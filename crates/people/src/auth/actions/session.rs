//! Sessions begin and end.

use madoguchi_kernel::{Problem, TenantId, Word, problem::Result};
use madoguchi_platform::{
    db::Tx,
    secrets::{Secret, hash_word, random_word},
};

use super::{by_agent, tell};
use crate::{
    AccountId, AgentId,
    auth::{
        facts::{AuthFact, Ending},
        session::{Browser, Means, SessionId},
        store::{self, NewSession},
    },
};

/// Somebody who is in.
#[derive(Clone)]
pub struct SignedIn {
    /// In which tenant.
    pub tenant: TenantId,
    /// Its name in URLs.
    pub slug: String,
    /// Who.
    pub account: AccountId,
    /// As whom.
    pub agent: AgentId,
    /// By which session.
    pub session: SessionId,
    /// The word for the cookie; it is not known again.
    pub word: Secret<String>,
}

/// Begins a session with a new word. The one that the same browser had ends.
pub(super) async fn start(
    tx: &Tx<'_>,
    tenant: TenantId,
    (account, agent): (AccountId, AgentId),
    (browser, means): (&Browser, Means),
    leaving: Option<SessionId>,
) -> Result<SignedIn> {
    let word = random_word();
    if let Some(old) = leaving
        && store::end_any_session(tx, tenant, old).await?
    {
        tell_end(tx, agent, old, Ending::Rotated).await?;
    }
    let new = NewSession { account, agent, word_hash: &hash_word(&word), browser, means };
    let session = store::add_session(tx, tenant, &new).await?;
    tell(
        tx,
        by_agent(agent),
        1,
        AuthFact::SessionStarted { session, account, agent, means: means.word().to_owned() },
        &[("ip", &browser.ip.to_string())],
    )
    .await?;
    let slug = store::tenant(tx, tenant).await?.slug.to_string();
    Ok(SignedIn { tenant, slug, account, agent, session, word: Secret::new(word) })
}

/// Refuses whoever may not come in from where they are.
pub(super) async fn require_place(tx: &Tx<'_>, tenant: TenantId, agent: AgentId, browser: &Browser) -> Result<()> {
    store::terms_of_agent(tx, tenant, agent).await?.require_place(browser.ip)
}

/// Tells the desk that somebody was refused who showed everything.
pub(super) async fn tell_refused(tx: &Tx<'_>, agent: AgentId, browser: &Browser) -> Result<()> {
    let refusal = tx.new_id();
    tell(tx, by_agent(agent), 1, AuthFact::PlaceRefused { refusal, agent }, &[("ip", &browser.ip.to_string())]).await
}

async fn tell_end(tx: &Tx<'_>, agent: AgentId, session: SessionId, why: Ending) -> Result<()> {
    tell(tx, by_agent(agent), 2, AuthFact::SessionEnded { session, why }, &[]).await
}

/// Ends the session of the browser that asks for it.
pub async fn end_session_of_browser(tx: &Tx<'_>, tenant: TenantId, agent: AgentId, session: SessionId) -> Result<()> {
    if store::end_any_session(tx, tenant, session).await? {
        tell_end(tx, agent, session, Ending::SignedOut).await?;
    }
    Ok(())
}

/// Ends another session of one's own.
pub async fn end_own_session(
    tx: &Tx<'_>,
    tenant: TenantId,
    (account, agent): (AccountId, AgentId),
    session: SessionId,
) -> Result<()> {
    if !store::end_session(tx, tenant, session, account).await? {
        return Err(Problem::not_found());
    }
    tell_end(tx, agent, session, Ending::Ended).await
}

/// Ends every session of an agent but perhaps one.
pub async fn end_sessions_of(
    tx: &Tx<'_>,
    tenant: TenantId,
    agent: AgentId,
    but: Option<SessionId>,
    why: Ending,
) -> Result<()> {
    for session in store::sessions_of_agent(tx, tenant, agent).await? {
        if Some(session) != but && store::end_any_session(tx, tenant, session).await? {
            tell_end(tx, agent, session, why).await?;
        }
    }
    Ok(())
}
