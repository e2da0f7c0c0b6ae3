//! How teams' letters look.

use madoguchi_kernel::{Problem, TenantId, problem::Result};
use madoguchi_people::TeamId;
use madoguchi_platform::{
    db::{Sql, Tx},
    house::fact::Json,
    params, record,
};

use crate::mail::style::{LetterStyle, StyleId};

static ALL: Sql = Sql::new(
    "mail.styles",
    "SELECT id, team_id, style, revision FROM mail_styles WHERE tenant_id = $1 ORDER BY team_id",
);
static ONE: Sql = Sql::new(
    "mail.style",
    "SELECT id, team_id, style, revision FROM mail_styles WHERE tenant_id = $1 AND team_id = $2",
);
static BEST: Sql = Sql::new(
    "mail.style_of_team_or_desk",
    "SELECT id, team_id, style, revision FROM mail_styles WHERE tenant_id = $1 AND team_id any($2) ORDER BY team_id DESC LIMIT 1",
);
static ADD: Sql = Sql::new(
    "mail.add_style",
    "INSERT INTO mail_styles (id, tenant_id, team_id, style, revision, updated_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
);
static SAVE: Sql = Sql::new(
    "mail.save_style",
    "UPDATE mail_styles SET style = $4, revision = revision + 1, updated_at = $5 WHERE tenant_id = $1 AND id = $2 AND revision = $3",
);
static REMOVE: Sql =
    Sql::new("mail.remove_style", "DELETE FROM mail_styles WHERE tenant_id = $1 AND id = $2 AND revision = $3");
static NAMES: Sql = Sql::new(
    "mail.names_of_readers",
    "SELECT c.name, c.organization_name FROM people_contacts_v c WHERE c.tenant_id = $1 AND c.contact_id = $2",
);

/// The number that stands for the desk itself.
const DESK: i64 = 0;

record! {
    /// A style as it is kept.
    pub struct KeptStyle {
        /// Its id.
        pub id: StyleId,
        /// Whose it is; 0 is the desk.
        pub team: i64,
        /// How the letters look.
        pub style: Json<LetterStyle>,
        /// How many facts it has.
        pub revision: i64,
    }
}

impl KeptStyle {
    /// The team whose it is; the desk's has none.
    pub fn team(&self) -> Option<TeamId> {
        (self.team != DESK).then(|| TeamId::new(self.team))
    }
}

fn number(team: Option<TeamId>) -> i64 {
    team.map_or(DESK, TeamId::number)
}

/// Every style that was set.
pub async fn all(tx: &Tx<'_>, tenant: TenantId) -> Result<Vec<KeptStyle>> {
    tx.all(&ALL, params![tenant]).await
}

/// The style of this team, or the desk's own, if it was set.
pub async fn find(tx: &Tx<'_>, tenant: TenantId, team: Option<TeamId>) -> Result<Option<KeptStyle>> {
    tx.find(&ONE, params![tenant, number(team)]).await
}

/// The style in which this team's letters are written: its own, else the desk's, else the one that nobody set.
pub async fn of(tx: &Tx<'_>, tenant: TenantId, team: Option<TeamId>) -> Result<LetterStyle> {
    let candidates = [DESK, number(team)];
    let found: Option<KeptStyle> = tx.find(&BEST, params![tenant, candidates.as_slice()]).await?;
    Ok(found.map(|found| found.style.0).unwrap_or_default())
}

/// Sets a style for the first time.
pub async fn add(tx: &Tx<'_>, tenant: TenantId, team: Option<TeamId>, style: &LetterStyle) -> Result<StyleId> {
    let id = StyleId::new(tx.new_id());
    let is_new = tx.run_new(&ADD, params![id, tenant, number(team), Json(style), 1_i64, tx.now()]).await?;
    if is_new { Ok(id) } else { Err(Problem::conflict("style.set_meanwhile")) }
}

/// Keeps a changed style.
pub async fn save(tx: &Tx<'_>, tenant: TenantId, before: &KeptStyle, style: &LetterStyle) -> Result<()> {
    let saved = tx.run(&SAVE, params![tenant, before.id, before.revision, Json(style), tx.now()]).await?;
    if saved == 1 { Ok(()) } else { Err(Problem::conflict("style.set_meanwhile")) }
}

/// Forgets a team's own style.
pub async fn remove(tx: &Tx<'_>, tenant: TenantId, style: &KeptStyle) -> Result<()> {
    let removed = tx.run(&REMOVE, params![tenant, style.id, style.revision]).await?;
    if removed == 1 { Ok(()) } else { Err(Problem::conflict("style.set_meanwhile")) }
}

/// The name of a contact and of their organization.
pub async fn names(tx: &Tx<'_>, tenant: TenantId, contact: i64) -> Result<(String, Option<String>)> {
    let found: Option<(String, Option<String>)> = tx.find(&NAMES, params![tenant, contact]).await?;
    Ok(found.unwrap_or_default())
}
