//! How the letters of gateways are read.

use madoguchi_kernel::{EmailAddress, TenantId, Word, problem::Result};
use madoguchi_platform::{
    db::{DbError, FromRow, Row, Sql, Tx},
    house::fact::Json,
    params,
};
use serde::{Deserialize, Serialize};

use crate::mail::{
    body_reader::{BodyReader, BodyReaderId, Field, Label, Settings},
    mailbox::MailboxId,
};

static ADD: Sql = Sql::new(
    "mail.add_body_reader",
    "INSERT INTO mail_body_readers (id, tenant_id, mailbox_id, gateway, name, labels, active, revision, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $8)",
);
static SAVE: Sql = Sql::new(
    "mail.save_body_reader",
    "UPDATE mail_body_readers SET gateway = $4, name = $5, labels = $6, active = $7, revision = revision + 1, updated_at = $8
      WHERE tenant_id = $1 AND id = $2 AND revision = $3",
);
static REMOVE: Sql =
    Sql::new("mail.remove_body_reader", "DELETE FROM mail_body_readers WHERE tenant_id = $1 AND id = $2");
static ONE: Sql = Sql::new(
    "mail.body_reader",
    "SELECT id, mailbox_id, gateway, name, labels, active, revision FROM mail_body_readers
      WHERE tenant_id = $1 AND mailbox_id = $2 AND id = $3 /*lock*/",
);
static OF_MAILBOX: Sql = Sql::new(
    "mail.body_readers_of_mailbox",
    "SELECT id, mailbox_id, gateway, name, labels, active, revision FROM mail_body_readers
      WHERE tenant_id = $1 AND mailbox_id = $2 ORDER BY id",
);
static OF_GATEWAY: Sql = Sql::new(
    "mail.body_readers_of_gateway",
    "SELECT id, mailbox_id, gateway, name, labels, active, revision FROM mail_body_readers
      WHERE tenant_id = $1 AND mailbox_id = $2 AND gateway = $3 AND active = 1 ORDER BY id",
);

/// A label as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    label: String,
    field: String,
}

impl FromRow for BodyReader {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let kept: Json<Vec<Kept>> = row.get(4)?;
        // A field that a later version knows stays below what is said, as anything else does.
        let label =
            |kept: Kept| Label { field: Field::from_word(&kept.field).unwrap_or(Field::Other), label: kept.label };
        Ok(Self {
            id: row.get(0)?,
            mailbox: row.get(1)?,
            settings: Settings {
                gateway: row.get(2)?,
                name: row.get(3)?,
                labels: kept.0.into_iter().map(label).collect(),
                active: row.get(5)?,
            },
            revision: row.get(6)?,
        })
    }
}

fn kept(settings: &Settings) -> Json<Vec<Kept>> {
    let kept = |label: &Label| Kept { label: label.label.clone(), field: label.field.word().to_owned() };
    Json(settings.labels.iter().map(kept).collect())
}

/// Keeps a new one.
pub async fn add(tx: &Tx<'_>, tenant: TenantId, reader: &BodyReader) -> Result<()> {
    let s = &reader.settings;
    let row = params![reader.id, tenant, reader.mailbox, s.gateway, s.name, kept(s), s.active, tx.now()];
    tx.run(&ADD, row).await.map(drop)
}

/// Keeps what became of it; `false` when somebody else was there first.
pub async fn save(tx: &Tx<'_>, tenant: TenantId, before: &BodyReader, s: &Settings) -> Result<bool> {
    let row = params![tenant, before.id, before.revision, s.gateway, s.name, kept(s), s.active, tx.now()];
    Ok(tx.run(&SAVE, row).await? == 1)
}

/// Takes it away.
pub async fn remove(tx: &Tx<'_>, tenant: TenantId, id: BodyReaderId) -> Result<()> {
    tx.run(&REMOVE, params![tenant, id]).await.map(drop)
}

/// One of a mailbox.
pub async fn one(tx: &Tx<'_>, tenant: TenantId, mailbox: MailboxId, id: BodyReaderId) -> Result<BodyReader> {
    tx.one(&ONE, params![tenant, mailbox, id]).await
}

/// All of a mailbox, the oldest first.
pub async fn of_mailbox(tx: &Tx<'_>, tenant: TenantId, mailbox: MailboxId) -> Result<Vec<BodyReader>> {
    tx.all(&OF_MAILBOX, params![tenant, mailbox]).await
}

/// Those that read this gateway's letters.
pub async fn of_gateway(
    tx: &Tx<'_>,
    tenant: TenantId,
    mailbox: MailboxId,
    gateway: &EmailAddress,
) -> Result<Vec<BodyReader>> {
    tx.all(&OF_GATEWAY, params![tenant, mailbox, *gateway]).await
}
