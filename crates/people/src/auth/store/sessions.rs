//! Sessions, and what the gate reads of them.

use std::collections::BTreeSet;

use madoguchi_kernel::{Cursor, Language, Page, Slug, TenantId, Timestamp, problem::Result};
use madoguchi_platform::{
    db::{Sql, Tx},
    house::fact::Json,
    params, record,
};

use crate::{
    AccountId, AgentId,
    auth::{
        policy::Terms,
        session::{Beginning, Browser, Means, SessionId},
    },
};

static ADD: Sql = Sql::new(
    "people.add_session",
    "INSERT INTO people_sessions (id, tenant_id, account_id, agent_id, origin_id, means, word_hash, ip, user_agent, created_at, last_seen_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
);

/// A session to be kept.
pub struct NewSession<'a> {
    pub account: AccountId,
    pub agent: AgentId,
    pub word_hash: &'a [u8],
    pub browser: &'a Browser,
    /// Where its owner showed who they are, and when.
    pub beginning: Beginning,
}

/// Keeps a new session.
pub async fn add_session(tx: &Tx<'_>, tenant: TenantId, new: &NewSession<'_>) -> Result<SessionId> {
    let id = SessionId::new(tx.new_id());
    let browser = new.browser;
    tx.run(
        &ADD,
        params![
            id,
            tenant,
            new.account,
            new.agent,
            new.beginning.origin.unwrap_or(id),
            new.beginning.means,
            new.word_hash,
            browser.ip.to_string(),
            browser.user_agent,
            new.beginning.at,
            tx.now()
        ],
    )
    .await?;
    Ok(id)
}

record! {
    /// A session as its owner sees it.
    #[derive(Clone, Debug)]
    pub struct SessionLine {
        pub id: SessionId,
        pub created_at: Timestamp,
        pub last_seen_at: Timestamp,
        pub ip: String,
        pub user_agent: String,
    }
}

static OF_ACCOUNT: Sql = Sql::new(
    "people.sessions_of",
    "SELECT s.id, s.created_at, s.last_seen_at, s.ip, s.user_agent
       FROM people_sessions s JOIN people_accounts a ON a.id = s.account_id
      WHERE s.tenant_id = $1 AND s.account_id = $2 AND s.created_at >= a.password_changed_at
        AND s.created_at > $3 AND s.last_seen_at > $4 AND (s.last_seen_at < $5 OR (s.last_seen_at = $5 AND s.id < $6))
      ORDER BY s.last_seen_at DESC, s.id DESC LIMIT $7",
);
static OF_AGENT: Sql = Sql::new(
    "people.sessions_of_agent",
    "SELECT id FROM people_sessions WHERE tenant_id = $1 AND agent_id = $2 ORDER BY id",
);
static END: Sql =
    Sql::new("people.end_session", "DELETE FROM people_sessions WHERE tenant_id = $1 AND id = $2 AND account_id = $3");
static END_ONE: Sql =
    Sql::new("people.end_any_session", "DELETE FROM people_sessions WHERE tenant_id = $1 AND id = $2");
static SEEN: Sql =
    Sql::new("people.session_seen", "UPDATE people_sessions SET last_seen_at = $3 WHERE tenant_id = $1 AND id = $2");
static FORGET_OLD: Sql =
    Sql::new("people.forget_old_sessions", "DELETE FROM people_sessions WHERE created_at < $1 OR last_seen_at < $2");

/// A page of the account's sessions in the tenant that hold, the last used first.
pub async fn sessions_of(
    tx: &Tx<'_>,
    tenant: TenantId,
    (account, terms): (AccountId, &Terms),
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page<SessionLine>> {
    let from = after.unwrap_or(Cursor { key: i64::MAX, id: i64::MAX });
    let (made_after, seen_after) = (tx.now().before(terms.age), tx.now().before(terms.idle));
    let asked = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let sought = params![tenant, account, made_after, seen_after, from.key, from.id, asked];
    let lines = tx.all(&OF_ACCOUNT, sought).await?;
    let place = |line: &SessionLine| Cursor { key: line.last_seen_at.micros(), id: line.id.number() };
    Ok(Page::of(lines, limit, place))
}

/// The agent's sessions.
pub async fn sessions_of_agent(tx: &Tx<'_>, tenant: TenantId, agent: AgentId) -> Result<Vec<SessionId>> {
    Ok(tx.all::<(SessionId,)>(&OF_AGENT, params![tenant, agent]).await?.into_iter().map(|(id,)| id).collect())
}

static BEGINNING: Sql = Sql::new(
    "people.beginning_of_session",
    "SELECT means, created_at, origin_id FROM people_sessions WHERE tenant_id = $1 AND id = $2",
);
static OF_ORIGIN: Sql = Sql::new(
    "people.sessions_of_origin",
    "SELECT id FROM people_sessions WHERE tenant_id = $1 AND account_id = $2 AND origin_id = $3",
);

/// How the session began.
pub async fn beginning_of(tx: &Tx<'_>, tenant: TenantId, id: SessionId) -> Result<Beginning> {
    let (means, at, origin) = tx.one(&BEGINNING, params![tenant, id]).await?;
    Ok(Beginning { means, at, origin: Some(origin) })
}

/// The account's sessions of this origin: at most one, for whoever goes on from it ends those before.
pub async fn sessions_of_origin(
    tx: &Tx<'_>,
    tenant: TenantId,
    account: AccountId,
    origin: SessionId,
) -> Result<Vec<SessionId>> {
    let found: Vec<(SessionId,)> = tx.all(&OF_ORIGIN, params![tenant, account, origin]).await?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// Ends a session of this account; `false` when it has no such session.
pub async fn end_session(tx: &Tx<'_>, tenant: TenantId, id: SessionId, account: AccountId) -> Result<bool> {
    Ok(tx.run(&END, params![tenant, id, account]).await? == 1)
}

/// Ends a session, whoever's it is; `false` when it is not there.
pub async fn end_any_session(tx: &Tx<'_>, tenant: TenantId, id: SessionId) -> Result<bool> {
    Ok(tx.run(&END_ONE, params![tenant, id]).await? == 1)
}

/// Notes that the session is in use.
pub async fn session_seen(tx: &Tx<'_>, tenant: TenantId, id: SessionId) -> Result<()> {
    tx.run(&SEEN, params![tenant, id, tx.now()]).await.map(drop)
}

/// Forgets sessions that have ended by their age.
pub async fn forget_old_sessions(tx: &Tx<'_>, created_before: Timestamp, seen_before: Timestamp) -> Result<()> {
    tx.run(&FORGET_OLD, params![created_before, seen_before]).await.map(drop)
}

record! {
    /// What the gate knows of a session.
    pub struct SessionAtGate {
        pub id: SessionId,
        pub tenant: TenantId,
        pub slug: Slug,
        pub account: AccountId,
        pub agent: AgentId,
        pub means: Means,
        pub name: String,
        pub language: Language,
        pub created_at: Timestamp,
        pub last_seen_at: Timestamp,
    }
}

static AT_GATE: Sql = Sql::new(
    "people.session_at_gate",
    "SELECT s.id, s.tenant_id, t.slug, s.account_id, s.agent_id, s.means, m.name, a.language, s.created_at, s.last_seen_at
       FROM people_sessions s
       JOIN people_memberships m ON m.tenant_id = s.tenant_id AND m.id = s.agent_id AND m.state = 'active'
       JOIN people_accounts a ON a.id = s.account_id AND s.created_at >= a.password_changed_at
       JOIN people_tenants t ON t.tenant_id = s.tenant_id
      WHERE s.word_hash = $1",
);
static AGENT_AT_GATE: Sql = Sql::new(
    "people.agent_at_gate",
    "SELECT m.account_id, m.name, a.language FROM people_memberships m JOIN people_accounts a ON a.id = m.account_id
      WHERE m.tenant_id = $1 AND m.id = $2 AND m.state = 'active'",
);
static RIGHTS: Sql = Sql::new(
    "people.agent_rights",
    "SELECT r.rights FROM people_membership_roles mr
       JOIN people_roles r ON r.tenant_id = mr.tenant_id AND r.id = mr.role_id
      WHERE mr.tenant_id = $1 AND mr.agent_id = $2",
);
static WALLS: Sql = Sql::new(
    "people.agent_walls",
    "SELECT w.id FROM people_walls w
      WHERE w.tenant_id = $1
        AND (w.open = 1
             OR EXISTS (SELECT 1 FROM people_wall_agents wa
                         WHERE wa.tenant_id = w.tenant_id AND wa.wall_id = w.id AND wa.agent_id = $2)
             OR EXISTS (SELECT 1 FROM people_wall_teams wt
                          JOIN people_team_agents ta ON ta.tenant_id = wt.tenant_id AND ta.team_id = wt.team_id
                         WHERE wt.tenant_id = w.tenant_id AND wt.wall_id = w.id AND ta.agent_id = $2))
      ORDER BY w.id",
);
static TEAMS: Sql = Sql::new(
    "people.agent_teams",
    "SELECT team_id FROM people_team_agents WHERE tenant_id = $1 AND agent_id = $2 ORDER BY team_id",
);

/// The session of this word, if its owner still works there and the password is not younger.
pub async fn session_at_gate(tx: &Tx<'_>, word_hash: &[u8]) -> Result<Option<SessionAtGate>> {
    tx.find(&AT_GATE, params![word_hash]).await
}

/// The agent's account, name and language, if they work here.
pub async fn agent_at_gate(
    tx: &Tx<'_>,
    tenant: TenantId,
    agent: AgentId,
) -> Result<Option<(AccountId, String, Language)>> {
    tx.find(&AGENT_AT_GATE, params![tenant, agent]).await
}

/// What the agent's roles give together.
pub async fn agent_rights(tx: &Tx<'_>, tenant: TenantId, agent: AgentId) -> Result<BTreeSet<String>> {
    let roles: Vec<(Json<BTreeSet<String>>,)> = tx.all(&RIGHTS, params![tenant, agent]).await?;
    Ok(roles.into_iter().flat_map(|(rights,)| rights.0).collect())
}

/// The walls that are open to the agent; without one, those that are open to everybody.
pub async fn open_walls(tx: &Tx<'_>, tenant: TenantId, agent: Option<AgentId>) -> Result<Vec<i64>> {
    let agent = agent.map_or(0, AgentId::number);
    Ok(tx.all::<(i64,)>(&WALLS, params![tenant, agent]).await?.into_iter().map(|(id,)| id).collect())
}

/// The agent's teams.
pub async fn agent_teams(tx: &Tx<'_>, tenant: TenantId, agent: AgentId) -> Result<Vec<i64>> {
    Ok(tx.all::<(i64,)>(&TEAMS, params![tenant, agent]).await?.into_iter().map(|(id,)| id).collect())
}
