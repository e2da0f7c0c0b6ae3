//! Of what agents want to be told by mail.

use madoguchi_kernel::{
    Problem, TenantId,
    problem::{Kind, Result},
};
use madoguchi_people::AgentId;
use madoguchi_platform::{
    db::{Sql, Tx},
    params, record,
};

use crate::mail::notice::{NoticeWishes, NoticeWishesId};

/// Agents of one tenant who are told of a ticket that nobody has.
pub const TOLD_MAX: i64 = 200;

static ANY: Sql = Sql::new("mail.any_notice_wish", "SELECT id FROM mail_notice_wishes WHERE tenant_id = $1 LIMIT 1");
static ONE: Sql = Sql::new(
    "mail.notice_wishes",
    "SELECT id, heard, unassigned, assigned, noted, revision FROM mail_notice_wishes WHERE tenant_id = $1 AND agent_id = $2",
);
static UNASSIGNED: Sql = Sql::new(
    "mail.wish_unassigned",
    "SELECT agent_id FROM mail_notice_wishes WHERE tenant_id = $1 AND unassigned = 1 AND agent_id any($2) ORDER BY agent_id LIMIT $3",
);
static ADD: Sql = Sql::new(
    "mail.add_notice_wishes",
    "INSERT INTO mail_notice_wishes (id, tenant_id, agent_id, heard, unassigned, assigned, noted, revision, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8) ON CONFLICT DO NOTHING",
);
static SAVE: Sql = Sql::new(
    "mail.save_notice_wishes",
    "UPDATE mail_notice_wishes SET heard = $4, unassigned = $5, assigned = $6, noted = $7, revision = revision + 1, updated_at = $8
      WHERE tenant_id = $1 AND id = $2 AND revision = $3",
);

record! {
    /// What an agent wants to be told of, as it is kept.
    #[derive(Clone, Debug)]
    pub struct KeptWishes {
        /// Its id.
        pub id: NoticeWishesId,
        /// See [`NoticeWishes`].
        pub heard: bool,
        /// See [`NoticeWishes`].
        pub unassigned: bool,
        /// See [`NoticeWishes`].
        pub assigned: bool,
        /// See [`NoticeWishes`].
        pub noted: bool,
        /// How many facts it has.
        pub revision: i64,
    }
}

impl KeptWishes {
    /// The wishes alone.
    pub fn wishes(&self) -> NoticeWishes {
        let Self { heard, unassigned, assigned, noted, .. } = *self;
        NoticeWishes { heard, unassigned, assigned, noted }
    }
}

/// Whether anybody ever said that they want to be told.
pub async fn any(tx: &Tx<'_>, tenant: TenantId) -> Result<bool> {
    Ok(tx.find::<(i64,)>(&ANY, params![tenant]).await?.is_some())
}

/// What this agent said.
pub async fn find(tx: &Tx<'_>, tenant: TenantId, agent: AgentId) -> Result<Option<KeptWishes>> {
    tx.find(&ONE, params![tenant, agent]).await
}

/// What this agent wants to be told of; nothing unless they said so.
pub async fn of(tx: &Tx<'_>, tenant: TenantId, agent: AgentId) -> Result<NoticeWishes> {
    Ok(find(tx, tenant, agent).await?.map(|kept| kept.wishes()).unwrap_or_default())
}

/// Those among these who want to be told of tickets that nobody has, at most [`TOLD_MAX`].
pub async fn of_unassigned(tx: &Tx<'_>, tenant: TenantId, among: &[AgentId]) -> Result<Vec<AgentId>> {
    let among: Vec<i64> = among.iter().map(|agent| agent.number()).collect();
    let rows = tx.all::<(AgentId,)>(&UNASSIGNED, params![tenant, among, TOLD_MAX]).await?;
    Ok(rows.into_iter().map(|(agent,)| agent).collect())
}

/// Keeps what an agent said for the first time.
pub async fn add(tx: &Tx<'_>, tenant: TenantId, agent: AgentId, wishes: NoticeWishes) -> Result<NoticeWishesId> {
    let id = NoticeWishesId::new(tx.new_id());
    let NoticeWishes { heard, unassigned, assigned, noted } = wishes;
    let is_new = tx.run_new(&ADD, params![id, tenant, agent, heard, unassigned, assigned, noted, tx.now()]).await?;
    if is_new { Ok(id) } else { Err(Problem::new(Kind::Stale, "stale")) }
}

/// Keeps what an agent said anew.
pub async fn save(tx: &Tx<'_>, tenant: TenantId, before: &KeptWishes, wishes: NoticeWishes) -> Result<()> {
    let NoticeWishes { heard, unassigned, assigned, noted } = wishes;
    let values = params![tenant, before.id, before.revision, heard, unassigned, assigned, noted, tx.now()];
    if tx.run(&SAVE, values).await? == 1 { Ok(()) } else { Err(Problem::new(Kind::Stale, "stale")) }
}
