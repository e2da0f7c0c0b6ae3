//! API tokens, and what the gate reads of them.

use std::collections::{BTreeSet, HashMap};

use madoguchi_kernel::{Cursor, Language, Page, Slug, TenantId, Timestamp, problem::Result};
use madoguchi_platform::{
    db::{Sql, Tx},
    house::fact::Json,
    params, record,
};

use crate::{
    AgentId,
    auth::token::{ApiToken, TokenId},
    staff::role::RoleId,
};

type Rights = Option<Json<BTreeSet<String>>>;

static ADD: Sql = Sql::new(
    "people.add_token",
    "INSERT INTO people_tokens (id, tenant_id, name, word_hash, rights, created_by, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
);
static ADD_ROLE: Sql = Sql::new(
    "people.add_token_role",
    "INSERT INTO people_token_roles (tenant_id, token_id, role_id) VALUES ($1, $2, $3)",
);

/// A token to be kept.
pub struct KeptToken<'a> {
    pub id: TokenId,
    pub name: &'a str,
    pub word_hash: &'a [u8],
    pub roles: &'a [RoleId],
    pub rights: Option<&'a BTreeSet<String>>,
    pub created_by: Option<AgentId>,
    pub expires_at: Option<Timestamp>,
}

/// Keeps a new token.
pub async fn add_token(tx: &Tx<'_>, tenant: TenantId, new: &KeptToken<'_>) -> Result<()> {
    let rights = new.rights.map(Json);
    tx.run(&ADD, params![new.id, tenant, new.name, new.word_hash, rights, new.created_by, tx.now(), new.expires_at])
        .await?;
    for role in new.roles {
        tx.run(&ADD_ROLE, params![tenant, new.id, *role]).await?;
    }
    Ok(())
}

record! {
    struct TokenRow {
        id: TokenId,
        name: String,
        rights: Rights,
        created_by: Option<AgentId>,
        created_at: Timestamp,
        expires_at: Option<Timestamp>,
        last_used_at: Option<Timestamp>,
    }
}

static LIST: Sql = Sql::new(
    "people.tokens",
    "SELECT id, name, rights, created_by, created_at, expires_at, last_used_at FROM people_tokens
      WHERE tenant_id = $1 AND revoked_at IS NULL AND id < $2 ORDER BY id DESC LIMIT $3",
);
static LIST_ROLES: Sql = Sql::new(
    "people.tokens_roles",
    "SELECT tr.token_id, r.key FROM people_token_roles tr
       JOIN people_roles r ON r.tenant_id = tr.tenant_id AND r.id = tr.role_id
      WHERE tr.tenant_id = $1 AND tr.token_id any($2) ORDER BY r.id",
);
static REVOKE: Sql = Sql::new(
    "people.revoke_token",
    "UPDATE people_tokens SET revoked_at = $3 WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL",
);
static MADE_BY: Sql = Sql::new(
    "people.tokens_made_by",
    "SELECT id FROM people_tokens WHERE tenant_id = $1 AND created_by = $2 AND revoked_at IS NULL ORDER BY id",
);
static MAKER: Sql =
    Sql::new("people.token_maker", "SELECT created_by FROM people_tokens WHERE tenant_id = $1 AND id = $2");
static USED: Sql =
    Sql::new("people.token_used", "UPDATE people_tokens SET last_used_at = $3 WHERE tenant_id = $1 AND id = $2");

/// A page of the tenant's tokens that were not revoked, the newest first.
pub async fn tokens(tx: &Tx<'_>, tenant: TenantId, after: Option<Cursor>, limit: usize) -> Result<Page<ApiToken>> {
    let (from, asked) = (after.map_or(i64::MAX, |cursor| cursor.id), i64::try_from(limit + 1).unwrap_or(i64::MAX));
    let rows: Vec<TokenRow> = tx.all(&LIST, params![tenant, from, asked]).await?;
    let page = Page::of(rows, limit, |row: &TokenRow| Cursor { key: row.id.number(), id: row.id.number() });
    let ids: Vec<i64> = page.items.iter().map(|row| row.id.number()).collect();
    let mut roles: HashMap<TokenId, Vec<String>> = HashMap::new();
    for (token, key) in tx.all::<(TokenId, String)>(&LIST_ROLES, params![tenant, ids]).await? {
        roles.entry(token).or_default().push(key);
    }
    let token = |row: TokenRow| ApiToken {
        roles: roles.remove(&row.id).unwrap_or_default(),
        id: row.id,
        name: row.name,
        rights: row.rights.map(|rights| rights.0),
        created_by: row.created_by,
        created_at: row.created_at,
        expires_at: row.expires_at,
        last_used_at: row.last_used_at,
    };
    Ok(page.map(token))
}

/// The tokens that an agent made, or that were made with one of those, and that were not revoked.
pub async fn tokens_made_by(tx: &Tx<'_>, tenant: TenantId, agent: AgentId) -> Result<Vec<TokenId>> {
    Ok(tx.all::<(TokenId,)>(&MADE_BY, params![tenant, agent]).await?.into_iter().map(|(id,)| id).collect())
}

/// The agent for whom the token stands, if one made it.
pub async fn token_maker(tx: &Tx<'_>, tenant: TenantId, id: TokenId) -> Result<Option<AgentId>> {
    Ok(tx.one::<(Option<AgentId>,)>(&MAKER, params![tenant, id]).await?.0)
}

/// Revokes a token; `false` when there is none that holds.
pub async fn revoke_token(tx: &Tx<'_>, tenant: TenantId, id: TokenId) -> Result<bool> {
    Ok(tx.run(&REVOKE, params![tenant, id, tx.now()]).await? == 1)
}

/// Notes that the token is in use.
pub async fn token_used(tx: &Tx<'_>, tenant: TenantId, id: TokenId) -> Result<()> {
    tx.run(&USED, params![tenant, id, tx.now()]).await.map(drop)
}

record! {
    /// What the gate knows of a token.
    pub struct TokenAtGate {
        pub id: TokenId,
        pub tenant: TenantId,
        pub slug: Slug,
        pub language: Language,
        pub name: String,
        pub rights: Rights,
        pub expires_at: Option<Timestamp>,
        pub last_used_at: Option<Timestamp>,
    }
}

static AT_GATE: Sql = Sql::new(
    "people.token_at_gate",
    "SELECT k.id, k.tenant_id, t.slug, t.language, k.name, k.rights, k.expires_at, k.last_used_at
       FROM people_tokens k JOIN people_tenants t ON t.tenant_id = k.tenant_id
      WHERE k.word_hash = $1 AND k.revoked_at IS NULL",
);
static RIGHTS: Sql = Sql::new(
    "people.token_rights",
    "SELECT r.rights FROM people_token_roles tr
       JOIN people_roles r ON r.tenant_id = tr.tenant_id AND r.id = tr.role_id
      WHERE tr.tenant_id = $1 AND tr.token_id = $2",
);
static ROLES: Sql = Sql::new(
    "people.token_roles",
    "SELECT role_id FROM people_token_roles WHERE tenant_id = $1 AND token_id = $2 ORDER BY role_id",
);

/// The token of this word, unless it was revoked.
pub async fn token_at_gate(tx: &Tx<'_>, word_hash: &[u8]) -> Result<Option<TokenAtGate>> {
    tx.find(&AT_GATE, params![word_hash]).await
}

/// What the token's roles give together.
pub async fn token_rights(tx: &Tx<'_>, tenant: TenantId, id: TokenId) -> Result<BTreeSet<String>> {
    let roles: Vec<(Json<BTreeSet<String>>,)> = tx.all(&RIGHTS, params![tenant, id]).await?;
    Ok(roles.into_iter().flat_map(|(rights,)| rights.0).collect())
}

/// The token's roles.
pub async fn token_roles(tx: &Tx<'_>, tenant: TenantId, id: TokenId) -> Result<Vec<RoleId>> {
    Ok(tx.all::<(RoleId,)>(&ROLES, params![tenant, id]).await?.into_iter().map(|(id,)| id).collect())
}
