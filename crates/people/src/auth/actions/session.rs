//! Sessions begin and end.

use madoguchi_kernel::{Problem, TenantId, Word, problem::Result};
use madoguchi_platform::{
    db::{Reach, Tx},
    house::House,
    secrets::{Secret, hash_word, random_word},
};

use super::{by_agent, tell};
use crate::{
    AccountId, AgentId,
    auth::{
        facts::{AuthFact, Ending},
        session::{Beginning, Browser, Means, SessionId},
        store::{self, NewSession},
    },
    staff::{self, member::MemberState},
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

/// Begins a session with a new word, for somebody who has just shown who they are. The one that the same browser had ends.
pub(super) async fn start(
    tx: &Tx<'_>,
    tenant: TenantId,
    (account, agent): (AccountId, AgentId),
    (browser, means): (&Browser, Means),
    leaving: Option<SessionId>,
) -> Result<SignedIn> {
    if let Some(old) = leaving
        && store::end_any_session(tx, tenant, old).await?
    {
        tell_end(tx, agent, old, Ending::Rotated).await?;
    }
    begin(tx, tenant, (account, agent), browser, Beginning { means, at: tx.now(), origin: None }).await
}

/// Begins a session of somebody who showed who they are, here or at another desk.
async fn begin(
    tx: &Tx<'_>,
    tenant: TenantId,
    (account, agent): (AccountId, AgentId),
    browser: &Browser,
    beginning: Beginning,
) -> Result<SignedIn> {
    let word = random_word();
    let new = NewSession { account, agent, word_hash: &hash_word(&word), browser, beginning };
    let session = store::add_session(tx, tenant, &new).await?;
    tell(
        tx,
        by_agent(agent),
        1,
        AuthFact::SessionStarted { session, account, agent, means: beginning.means.word().to_owned() },
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

/// Goes on at another desk at which they work as well, without showing who they are anew: what the session there may do, and for how
/// long, counts from when they did. What that desk asks for is asked.
pub async fn go_to_desk(
    house: &House,
    (tenant, session, account): (TenantId, SessionId, AccountId),
    slug: String,
    browser: Browser,
) -> Result<SignedIn> {
    let found = house
        .read(Reach::House, async move |tx| {
            let beginning = store::beginning_of(tx, tenant, session).await?;
            Ok((beginning, place_of(tx, account, Some(&slug)).await?))
        })
        .await?;
    let (beginning, Some((there, agent))) = found else { return Err(Problem::not_found()) };
    house
        .write(there, async move |tx| {
            if let Err(refused) = require_place(tx, there, agent, &browser).await {
                tell_refused(tx, agent, &browser).await?;
                return Ok(Err(refused));
            }
            // The one that they had here before is nobody's now: its cookie is taken by the new one.
            for old in store::sessions_of_origin(tx, there, account, beginning.origin.unwrap_or(session)).await? {
                if store::end_any_session(tx, there, old).await? {
                    tell_end(tx, agent, old, Ending::Rotated).await?;
                }
            }
            begin(tx, there, (account, agent), &browser, beginning).await.map(Ok)
        })
        .await
        .and_then(std::convert::identity)
}

/// Where the account comes in, if it works there.
pub(super) async fn place_of(
    tx: &Tx<'_>,
    account: AccountId,
    slug: Option<&str>,
) -> Result<Option<(TenantId, AgentId)>> {
    let tenant = match slug {
        Some(slug) => store::tenant_by_slug(tx, slug).await?,
        None => store::tenants_of(tx, account).await?.into_iter().next(),
    };
    let Some(tenant) = tenant else { return Ok(None) };
    let member = staff::views::member_of(tx, tenant.id, account).await?;
    Ok(member.filter(|member| member.state == MemberState::Active).map(|member| (tenant.id, member.id)))
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
