//! OAuth applications, and how mailboxes stand with them. Tokens and secrets are sealed, in `secrets`.

use madoguchi_kernel::{Problem, TenantId, Timestamp, problem::Result};
use madoguchi_people::AgentId;
use madoguchi_platform::{
    db::{DbError, FromRow, Row, Sql, Tx},
    params, record,
    secrets::SecretId,
};

use crate::mail::{
    mailbox::MailboxId,
    oauth::{GrantState, OauthApplication, OauthApplicationId, Settings},
};

static ALL: Sql = Sql::new(
    "mail.oauth_applications",
    "SELECT id, name, provider, flow, client_id, secret_id, authorize_url, token_url, scopes, directory, revision
       FROM mail_oauth_applications WHERE tenant_id = $1 ORDER BY id",
);
static ONE: Sql = Sql::new(
    "mail.oauth_application",
    "SELECT id, name, provider, flow, client_id, secret_id, authorize_url, token_url, scopes, directory, revision
       FROM mail_oauth_applications WHERE tenant_id = $1 AND id = $2",
);
static ADD: Sql = Sql::new(
    "mail.add_oauth_application",
    "INSERT INTO mail_oauth_applications (id, tenant_id, name, provider, flow, client_id, secret_id, authorize_url, token_url,
            scopes, directory, revision, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $12)",
);
static SAVE: Sql = Sql::new(
    "mail.save_oauth_application",
    "UPDATE mail_oauth_applications SET name = $4, provider = $5, flow = $6, client_id = $7, secret_id = $8, authorize_url = $9,
            token_url = $10, scopes = $11, directory = $12, revision = revision + 1
      WHERE tenant_id = $1 AND id = $2 AND revision = $3",
);
static REMOVE: Sql = Sql::new(
    "mail.remove_oauth_application",
    "DELETE FROM mail_oauth_applications WHERE tenant_id = $1 AND id = $2 AND revision = $3",
);
static GRANT: Sql = Sql::new(
    "mail.grant",
    "SELECT application_id, state, reason, refresh_secret_id, access_secret_id, access_until, agent_id, since, version
       FROM mail_grants WHERE tenant_id = $1 AND mailbox_id = $2",
);
static GRANTS: Sql = Sql::new(
    "mail.grants",
    "SELECT g.mailbox_id, g.application_id, g.state, g.reason, a.name, g.since
       FROM mail_grants g LEFT JOIN people_agents_v a ON a.tenant_id = g.tenant_id AND a.agent_id = g.agent_id WHERE g.tenant_id = $1",
);
static FORGET_GRANT: Sql =
    Sql::new("mail.forget_grant", "DELETE FROM mail_grants WHERE tenant_id = $1 AND mailbox_id = $2");
static ADD_GRANT: Sql = Sql::new(
    "mail.add_grant",
    "INSERT INTO mail_grants (tenant_id, mailbox_id, application_id, state, reason, refresh_secret_id, access_secret_id, access_until,
            agent_id, since, version)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING",
);
static SAVE_GRANT: Sql = Sql::new(
    "mail.save_grant",
    "UPDATE mail_grants SET state = $4, reason = $5, refresh_secret_id = $6, access_secret_id = $7, access_until = $8, since = $9,
            version = version + 1
      WHERE tenant_id = $1 AND mailbox_id = $2 AND version = $3",
);
static ADD_CONSENT: Sql = Sql::new(
    "mail.add_consent",
    "INSERT INTO mail_consents (tenant_id, state_hash, mailbox_id, application_id, agent_id, door, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)",
);
static CONSENT: Sql = Sql::new(
    "mail.consent",
    "SELECT mailbox_id, application_id, agent_id, door, expires_at FROM mail_consents WHERE tenant_id = $1 AND state_hash = $2",
);
static TAKE_CONSENT: Sql =
    Sql::new("mail.take_consent", "DELETE FROM mail_consents WHERE tenant_id = $1 AND state_hash = $2");
static FORGET_CONSENTS: Sql =
    Sql::new("mail.forget_consents", "DELETE FROM mail_consents WHERE tenant_id = $1 AND expires_at < $2");

impl FromRow for OauthApplication {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let settings = Settings {
            name: row.get(1)?,
            provider: row.get(2)?,
            flow: row.get(3)?,
            client_id: row.get(4)?,
            secret: row.get(5)?,
            authorize_url: row.get(6)?,
            token_url: row.get(7)?,
            scopes: row.get(8)?,
            directory: row.get(9)?,
        };
        Ok(Self { id: row.get(0)?, settings, revision: row.get(10)? })
    }
}

record! {
    /// How a mailbox stands with its application, and where its tokens are.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Grant {
        /// With which application.
        pub application: OauthApplicationId,
        /// How it stands.
        pub state: GrantState,
        /// Why it is lost, in the provider's words.
        pub reason: Option<String>,
        /// The sealed token that gives the next ones.
        pub refresh: Option<SecretId>,
        /// The sealed token that mail servers take.
        pub access: Option<SecretId>,
        /// Until when that one is used.
        pub access_until: Option<Timestamp>,
        /// Who consented.
        pub agent: Option<AgentId>,
        /// Since when it stands so.
        pub since: Timestamp,
        /// How often it changed.
        pub version: i64,
    }
}

record! {
    /// The same for people to see.
    #[derive(Clone, Debug)]
    pub struct Standing {
        /// Of which mailbox.
        pub mailbox: MailboxId,
        /// With which application.
        pub application: OauthApplicationId,
        /// How it stands.
        pub state: GrantState,
        /// Why it is lost, in the provider's words.
        pub reason: Option<String>,
        /// Who consented, by name.
        pub agent: Option<String>,
        /// Since when it stands so.
        pub since: Timestamp,
    }
}

record! {
    /// A consent that somebody is being asked for.
    #[derive(Clone, Debug)]
    pub struct Consent {
        /// For which mailbox.
        pub mailbox: MailboxId,
        /// By which application.
        pub application: OauthApplicationId,
        /// Who asked.
        pub agent: Option<i64>,
        /// By which session or token they did.
        pub door: Option<i64>,
        /// Until when it is good.
        pub expires_at: Timestamp,
    }
}

/// Every application, the oldest first.
pub async fn all(tx: &Tx<'_>, tenant: TenantId) -> Result<Vec<OauthApplication>> {
    tx.all(&ALL, params![tenant]).await
}

/// The application of this id.
pub async fn one(tx: &Tx<'_>, tenant: TenantId, id: OauthApplicationId) -> Result<OauthApplication> {
    tx.one(&ONE, params![tenant, id]).await
}

/// The same, if it is there.
pub async fn find(tx: &Tx<'_>, tenant: TenantId, id: OauthApplicationId) -> Result<Option<OauthApplication>> {
    tx.find(&ONE, params![tenant, id]).await
}

/// Keeps a new one.
pub async fn add(tx: &Tx<'_>, tenant: TenantId, application: &OauthApplication) -> Result<()> {
    let s = &application.settings;
    let values = params![
        application.id,
        tenant,
        s.name,
        s.provider,
        s.flow,
        s.client_id,
        s.secret,
        s.authorize_url,
        s.token_url,
        s.scopes,
        s.directory,
        tx.now()
    ];
    tx.run(&ADD, values).await.map(drop)
}

/// Keeps a changed one; the second of two who saved is told.
pub async fn save(tx: &Tx<'_>, tenant: TenantId, before: &OauthApplication, after: &Settings) -> Result<()> {
    let s = after;
    let values = params![
        tenant,
        before.id,
        before.revision,
        s.name,
        s.provider,
        s.flow,
        s.client_id,
        s.secret,
        s.authorize_url,
        s.token_url,
        s.scopes,
        s.directory
    ];
    changed(tx.run(&SAVE, values).await?)
}

/// Removes it.
pub async fn remove(tx: &Tx<'_>, tenant: TenantId, application: &OauthApplication) -> Result<()> {
    changed(tx.run(&REMOVE, params![tenant, application.id, application.revision]).await?)
}

fn changed(rows: u64) -> Result<()> {
    if rows == 1 { Ok(()) } else { Err(Problem::conflict("changed_meanwhile")) }
}

/// How a mailbox stands with its application.
pub async fn grant(tx: &Tx<'_>, tenant: TenantId, mailbox: MailboxId) -> Result<Option<Grant>> {
    tx.find(&GRANT, params![tenant, mailbox]).await
}

/// The same of every mailbox, without the tokens.
pub async fn standings(tx: &Tx<'_>, tenant: TenantId) -> Result<Vec<Standing>> {
    tx.all(&GRANTS, params![tenant]).await
}

/// Keeps how a mailbox stands from now on; `false` when another was faster.
pub async fn add_grant(tx: &Tx<'_>, tenant: TenantId, mailbox: MailboxId, grant: &Grant) -> Result<bool> {
    let g = grant;
    let values = params![
        tenant,
        mailbox,
        g.application,
        g.state,
        g.reason,
        g.refresh,
        g.access,
        g.access_until,
        g.agent,
        g.since,
        g.version
    ];
    tx.run_new(&ADD_GRANT, values).await
}

/// Keeps what became of it, unless it is another by now; whether it was kept.
pub async fn save_grant(tx: &Tx<'_>, tenant: TenantId, mailbox: MailboxId, grant: &Grant) -> Result<bool> {
    let g = grant;
    let values = params![tenant, mailbox, g.version, g.state, g.reason, g.refresh, g.access, g.access_until, g.since];
    Ok(tx.run(&SAVE_GRANT, values).await? == 1)
}

/// It stands with none any more.
pub async fn forget_grant(tx: &Tx<'_>, tenant: TenantId, mailbox: MailboxId) -> Result<()> {
    tx.run(&FORGET_GRANT, params![tenant, mailbox]).await.map(drop)
}

/// Somebody is being asked; of consents that nobody gave in time nothing stays.
pub async fn add_consent(tx: &Tx<'_>, tenant: TenantId, state_hash: &[u8], consent: &Consent) -> Result<()> {
    tx.run(&FORGET_CONSENTS, params![tenant, tx.now()]).await?;
    let c = consent;
    let values = params![tenant, state_hash, c.mailbox, c.application, c.agent, c.door, c.expires_at];
    tx.run(&ADD_CONSENT, values).await.map(drop)
}

/// The consent of this state, which is used up by it; `None` where there is none, or no longer.
pub async fn take_consent(tx: &Tx<'_>, tenant: TenantId, state_hash: &[u8]) -> Result<Option<Consent>> {
    let found: Option<Consent> = tx.find(&CONSENT, params![tenant, state_hash]).await?;
    let taken = tx.run(&TAKE_CONSENT, params![tenant, state_hash]).await?;
    let now = tx.now();
    Ok(found.filter(|consent| taken == 1 && consent.expires_at >= now))
}
