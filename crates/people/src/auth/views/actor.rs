//! Actors: whom the gate lets in, with what they may do and where they may look.

use std::sync::Arc;

use madoguchi_kernel::{Problem, TenantId, Timestamp, problem::Result};
use madoguchi_platform::{
    access::{Actor, Walls},
    db::Tx,
    house::fact::ActorKind,
};

use crate::{
    AgentId,
    auth::{
        policy::Terms,
        session::{self, RECENT, SessionId},
        store,
        token::TokenId,
    },
};

/// Somebody at the gate.
pub struct AtGate {
    /// Who.
    pub actor: Arc<Actor>,
    /// The tenant's name in URLs.
    pub slug: String,
    /// What opened, and whether its use is worth noting.
    pub key: Key,
    /// When it ends, if that is known now.
    pub expires_at: Option<Timestamp>,
    /// What is asked of them.
    pub terms: Terms,
}

/// What opened the gate.
#[derive(Clone, Copy, Debug)]
pub enum Key {
    /// A browser's session, and whether it is time to note that it is in use.
    Session(SessionId, bool),
    /// A program's token, and whether it is time to note that it is in use.
    Token(TokenId, bool),
}

/// Whoever has the session of this word, if it still holds.
pub async fn session_actor(tx: &Tx<'_>, word_hash: &[u8]) -> Result<Option<AtGate>> {
    let Some(found) = store::session_at_gate(tx, word_hash).await? else { return Ok(None) };
    let terms = store::terms_of_agent(tx, found.tenant, found.agent).await?;
    if !session::holds(found.created_at, found.last_seen_at, tx.now(), &terms) {
        return Ok(None);
    }
    let mut actor = Actor {
        tenant: found.tenant,
        kind: ActorKind::Agent,
        id: Some(found.agent.number()),
        door: Some(found.id.number()),
        account: Some(found.account.number()),
        name: found.name,
        language: found.language,
        rights: Arc::default(),
        walls: Walls::Some(Arc::new([])),
        teams: Arc::new([]),
        recent: tx.now().since(found.created_at) < RECENT,
    };
    // Until they have the second step that is demanded, they are in to add it, and for nothing else.
    if !store::owes_second_step(tx, &terms, (found.account, found.means)).await? {
        actor.rights = Arc::new(store::agent_rights(tx, found.tenant, found.agent).await?);
        actor.walls = Walls::Some(store::open_walls(tx, found.tenant, Some(found.agent)).await?.into());
        actor.teams = store::agent_teams(tx, found.tenant, found.agent).await?.into();
    }
    Ok(Some(AtGate {
        actor: Arc::new(actor),
        slug: found.slug.to_string(),
        key: Key::Session(found.id, session::is_worth_noting(found.last_seen_at, tx.now())),
        expires_at: None,
        terms,
    }))
}

/// Whatever program has the token of this word, if it still holds.
pub async fn token_actor(tx: &Tx<'_>, word_hash: &[u8]) -> Result<Option<AtGate>> {
    let Some(found) = store::token_at_gate(tx, word_hash).await? else { return Ok(None) };
    if found.expires_at.is_some_and(|end| end <= tx.now()) {
        return Ok(None);
    }
    let mut rights = store::token_rights(tx, found.tenant, found.id).await?;
    if let Some(narrowed) = &found.rights {
        rights.retain(|right| narrowed.0.contains(right));
    }
    let noted = found.last_used_at.is_some_and(|at| !session::is_worth_noting(at, tx.now()));
    let actor = Actor {
        tenant: found.tenant,
        kind: ActorKind::Token,
        id: Some(found.id.number()),
        door: Some(found.id.number()),
        account: None,
        name: found.name,
        language: found.language,
        rights: Arc::new(rights),
        walls: Walls::Some(store::open_walls(tx, found.tenant, None).await?.into()),
        teams: Arc::new([]),
        recent: true,
    };
    Ok(Some(AtGate {
        actor: Arc::new(actor),
        slug: found.slug.to_string(),
        key: Key::Token(found.id, !noted),
        expires_at: found.expires_at,
        terms: store::terms_of_token(tx, found.tenant, found.id).await?,
    }))
}

/// An agent without a session: for the command line and for sample data, since who keeps the machine may act as anybody
/// on it, and for a road that has proof of who wrote to it.
pub async fn agent_actor(tx: &Tx<'_>, tenant: TenantId, agent: AgentId) -> Result<Arc<Actor>> {
    let (account, name, language) = store::agent_at_gate(tx, tenant, agent).await?.ok_or_else(Problem::not_found)?;
    Ok(Arc::new(Actor {
        tenant,
        kind: ActorKind::Agent,
        id: Some(agent.number()),
        door: None,
        account: Some(account.number()),
        name,
        language,
        rights: Arc::new(store::agent_rights(tx, tenant, agent).await?),
        walls: Walls::Some(store::open_walls(tx, tenant, Some(agent)).await?.into()),
        teams: store::agent_teams(tx, tenant, agent).await?.into(),
        recent: true,
    }))
}
