//! Invitations, and the tenants into which they lead.

use madoguchi_kernel::{Cursor, EmailAddress, Language, Page, Slug, TenantId, Timestamp, problem::Result};
use madoguchi_platform::{
    db::{Sql, Tx},
    house::fact::Json,
    params, record,
};

use crate::{
    AccountId, TeamId,
    auth::invitation::{Invitation, InvitationId, InvitationState},
    staff::{desk::Colour, role::RoleId},
};

record! {
    struct InvitationRow {
        id: InvitationId,
        tenant: TenantId,
        email: EmailAddress,
        name: Option<String>,
        roles: Json<Vec<RoleId>>,
        teams: Json<Vec<TeamId>>,
        state: InvitationState,
        expires_at: Timestamp,
    }
}
impl From<InvitationRow> for Invitation {
    fn from(row: InvitationRow) -> Self {
        Self {
            id: row.id,
            tenant: row.tenant,
            email: row.email,
            name: row.name,
            roles: row.roles.0,
            teams: row.teams.0,
            state: row.state,
            expires_at: row.expires_at,
        }
    }
}

static ADD: Sql = Sql::new(
    "people.add_invitation",
    "INSERT INTO people_invitations (id, tenant_id, email, name, roles, teams, word_hash, state, created_by, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
);
static BY_WORD: Sql = Sql::new(
    "people.invitation_by_word",
    "SELECT id, tenant_id, email, name, roles, teams, state, expires_at FROM people_invitations WHERE word_hash = $1",
);
static OPEN: Sql = Sql::new(
    "people.open_invitations",
    "SELECT id, tenant_id, email, name, roles, teams, state, expires_at FROM people_invitations
      WHERE tenant_id = $1 AND state = 'open' AND expires_at > $2 AND id < $3 ORDER BY id DESC LIMIT $4",
);
static CLOSE: Sql = Sql::new(
    "people.close_invitation",
    "UPDATE people_invitations SET state = $3 WHERE tenant_id = $1 AND id = $2 AND state = 'open'",
);
static CLOSE_FOR: Sql = Sql::new(
    "people.open_invitations_for",
    "SELECT id FROM people_invitations WHERE tenant_id = $1 AND email = $2 AND state = 'open'",
);

/// Keeps a new invitation.
pub async fn add_invitation(tx: &Tx<'_>, new: &Invitation, word_hash: &[u8], by: Option<i64>) -> Result<()> {
    let (roles, teams) = (Json(&new.roles), Json(&new.teams));
    tx.run(
        &ADD,
        params![
            new.id,
            new.tenant,
            new.email,
            new.name,
            roles,
            teams,
            word_hash,
            new.state,
            by,
            tx.now(),
            new.expires_at
        ],
    )
    .await
    .map(drop)
}

/// The invitation of this word, whatever became of it.
pub async fn invitation_by_word(tx: &Tx<'_>, word_hash: &[u8]) -> Result<Option<Invitation>> {
    Ok(tx.find::<InvitationRow>(&BY_WORD, params![word_hash]).await?.map(Invitation::from))
}

/// A page of invitations that can be used, the newest first.
pub async fn open_invitations(
    tx: &Tx<'_>,
    tenant: TenantId,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page<Invitation>> {
    let (from, asked) = (after.map_or(i64::MAX, |cursor| cursor.id), i64::try_from(limit + 1).unwrap_or(i64::MAX));
    let rows: Vec<InvitationRow> = tx.all(&OPEN, params![tenant, tx.now(), from, asked]).await?;
    let place = |row: &InvitationRow| Cursor { key: row.id.number(), id: row.id.number() };
    Ok(Page::of(rows, limit, place).map(Invitation::from))
}

/// Open invitations for this address.
pub async fn open_invitations_for(tx: &Tx<'_>, tenant: TenantId, email: &EmailAddress) -> Result<Vec<InvitationId>> {
    Ok(tx.all::<(InvitationId,)>(&CLOSE_FOR, params![tenant, *email]).await?.into_iter().map(|(id,)| id).collect())
}

/// Says what became of an open invitation; `false` when it is not open.
pub async fn close_invitation(tx: &Tx<'_>, tenant: TenantId, id: InvitationId, state: InvitationState) -> Result<bool> {
    Ok(tx.run(&CLOSE, params![tenant, id, state]).await? == 1)
}

record! {
    /// A tenant as its door shows it.
    #[derive(Clone, Debug)]
    pub struct TenantAtDoor {
        pub id: TenantId,
        pub slug: Slug,
        pub name: String,
        pub time_zone: String,
        pub language: Language,
        pub colour: Option<Colour>,
    }
}

static TENANT: Sql = Sql::new(
    "people.tenant",
    "SELECT tenant_id, slug, name, time_zone, language, colour FROM people_tenants WHERE tenant_id = $1",
);
static BY_SLUG: Sql = Sql::new(
    "people.tenant_by_slug",
    "SELECT tenant_id, slug, name, time_zone, language, colour FROM people_tenants WHERE slug = $1",
);
static OF_ACCOUNT: Sql = Sql::new(
    "people.tenants_of_account",
    "SELECT t.tenant_id, t.slug, t.name, t.time_zone, t.language, t.colour
       FROM people_memberships m JOIN people_tenants t ON t.tenant_id = m.tenant_id
      WHERE m.account_id = $1 AND m.state = 'active' ORDER BY m.id LIMIT 200",
);

/// The tenant.
pub async fn tenant(tx: &Tx<'_>, id: TenantId) -> Result<TenantAtDoor> {
    tx.one(&TENANT, params![id]).await
}

/// The tenant of this name in URLs.
pub async fn tenant_by_slug(tx: &Tx<'_>, slug: &str) -> Result<Option<TenantAtDoor>> {
    tx.find(&BY_SLUG, params![slug]).await
}

/// Where the account works; asked with the reach of the house.
pub async fn tenants_of(tx: &Tx<'_>, account: AccountId) -> Result<Vec<TenantAtDoor>> {
    tx.all(&OF_ACCOUNT, params![account]).await
}
