//! Keeps and finds files' rows.

use madoguchi_kernel::{Problem, TenantId, Timestamp, problem::Result};
use madoguchi_platform::{
    access::{May, Right},
    blob::BlobName,
    db::{Sql, Tx},
    params,
};

use crate::{
    attachments::{Attachment, AttachmentId, NewAttachment},
    message::MessageId,
    ticket::TicketId,
};

static ADD: Sql = Sql::new(
    "tickets.add_attachment",
    "INSERT INTO tickets_attachments (id, tenant_id, ticket_id, message_id, name, type, size_bytes, blob, blob_from, blob_bytes, encoding, inline, cid, actor_id, created_at)
     VALUES ($1, $2, NULL, NULL, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
);
static TIE: Sql = Sql::new(
    "tickets.tie_attachment",
    "UPDATE tickets_attachments SET ticket_id = $3, message_id = $4
      WHERE tenant_id = $1 AND id = $2 AND message_id IS NULL AND (actor_id = $5 OR $5 IS NULL)",
);
static TAKE_AGAIN: Sql = Sql::new(
    "tickets.take_attachment_again",
    "INSERT INTO tickets_attachments (id, tenant_id, ticket_id, message_id, name, type, size_bytes, blob, blob_from, blob_bytes, encoding, inline, cid, actor_id, created_at)
     SELECT $5, tenant_id, ticket_id, $4, name, type, size_bytes, blob, blob_from, blob_bytes, encoding, $6, NULL, $7, $8
       FROM tickets_attachments WHERE tenant_id = $1 AND id = $2 AND ticket_id = $3 AND message_id IS NOT NULL",
);
static ONE: Sql = Sql::new(
    "tickets.attachment",
    "SELECT a.id, a.message_id, a.name, a.type, a.size_bytes, a.blob, a.blob_from, a.blob_bytes, a.encoding, a.inline, a.cid
       FROM tickets_attachments a LEFT JOIN tickets t ON t.tenant_id = a.tenant_id AND t.id = a.ticket_id
      WHERE a.tenant_id = $1 AND a.id = $2
        AND ((a.ticket_id IS NULL AND a.actor_id = $5) OR (t.id IS NOT NULL AND ($3 = 1 OR t.wall_id any($4))))",
);
static SIGNED: Sql = Sql::new(
    "tickets.signed_attachment",
    "SELECT id, message_id, name, type, size_bytes, blob, blob_from, blob_bytes, encoding, inline, cid
       FROM tickets_attachments WHERE tenant_id = $1 AND id = $2",
);
static UNUSED: Sql = Sql::new(
    "tickets.unused_uploads",
    "SELECT tenant_id, id, blob FROM tickets_attachments WHERE message_id IS NULL AND created_at < $1 ORDER BY created_at LIMIT $2",
);
static REMOVE_UNUSED: Sql = Sql::new(
    "tickets.remove_unused_upload",
    "DELETE FROM tickets_attachments WHERE tenant_id = $1 AND id = $2 AND message_id IS NULL",
);
static NAMING: Sql = Sql::new(
    "tickets.uploads_of_blob",
    "SELECT id FROM tickets_attachments WHERE tenant_id = $1 AND blob = $2 AND encoding = 'plain' LIMIT 1",
);
static REMOVE_FILE: Sql = Sql::new(
    "tickets.remove_file",
    "INSERT INTO tickets_removed_files (tenant_id, file, removed_at) VALUES ($1, $2, $3)
     ON CONFLICT (tenant_id, file) DO UPDATE SET removed_at = excluded.removed_at",
);
static REMOVED_FILES: Sql = Sql::new(
    "tickets.removed_files",
    "SELECT tenant_id, file FROM tickets_removed_files WHERE removed_at < $1 ORDER BY tenant_id, file LIMIT $2",
);
static FORGET_FILE: Sql =
    Sql::new("tickets.forget_file", "DELETE FROM tickets_removed_files WHERE tenant_id = $1 AND file = $2");
static OF_MESSAGES: Sql = Sql::new(
    "tickets.attachments_of_messages",
    "SELECT id, message_id, name, type, size_bytes, blob, blob_from, blob_bytes, encoding, inline, cid
       FROM tickets_attachments WHERE tenant_id = $1 AND message_id any($2) ORDER BY id",
);

/// Keeps a file: its bytes where they are not kept yet, and its row. It belongs to nobody's message yet.
pub async fn add<R: Right>(tx: &Tx<'_>, may: &May<R>, file: &NewAttachment) -> Result<AttachmentId> {
    let id = AttachmentId::new(tx.new_id());
    let (f, blob) = (file, file.blob.keep(tx).await?);
    tx.put(
        &ADD,
        params![
            id,
            may.tenant(),
            f.name,
            f.content_type,
            f.size_bytes,
            *blob,
            f.blob_from,
            f.blob_bytes,
            f.encoding,
            f.inline,
            f.cid,
            may.actor().id,
            tx.now()
        ],
    )
    .await?;
    Ok(id)
}

/// Ties uploaded files to a message, and gives it files of other messages of the same ticket once more: under an id of
/// their own, from the same bytes. Somebody else's upload is as unknown as one that never was.
pub(crate) async fn tie<R: Right>(
    tx: &Tx<'_>,
    may: &May<R>,
    files: &[AttachmentId],
    ticket: TicketId,
    message: MessageId,
) -> Result<()> {
    for file in files {
        if tx.run(&TIE, params![may.tenant(), *file, ticket, message, may.actor().id]).await? == 1 {
            continue;
        }
        let (id, inline) = (AttachmentId::new(tx.new_id()), false);
        let again = params![may.tenant(), *file, ticket, message, id, inline, may.actor().id, tx.now()];
        if tx.run(&TAKE_AGAIN, again).await? == 0 {
            return Err(Problem::field("attachments", "unknown"));
        }
    }
    Ok(())
}

/// The file, if the holder may see its ticket or has just uploaded it.
pub async fn find<R: Right>(tx: &Tx<'_>, may: &May<R>, id: AttachmentId) -> Result<Attachment> {
    let (all, walls) = may.walls().params();
    tx.one(&ONE, params![may.tenant(), id, all, walls, may.actor().id]).await
}

/// The file, for whoever shows a signature: it was given within the last minutes to somebody who may see it.
pub async fn find_signed(tx: &Tx<'_>, tenant: TenantId, id: AttachmentId) -> Result<Attachment> {
    tx.one(&SIGNED, params![tenant, id]).await
}

/// Uploads from before this time that no message took, of all tenants, the oldest first.
pub(crate) async fn unused(
    tx: &Tx<'_>,
    before: Timestamp,
    most: i64,
) -> Result<Vec<(TenantId, AttachmentId, BlobName)>> {
    tx.all(&UNUSED, params![before, most]).await
}

/// Removes an upload that no message took; whether it was there.
pub(crate) async fn remove_unused(tx: &Tx<'_>, tenant: TenantId, id: AttachmentId) -> Result<bool> {
    Ok(tx.run(&REMOVE_UNUSED, params![tenant, id]).await? == 1)
}

/// Whether a file that is a whole blob is this one.
pub(crate) async fn is_named(tx: &Tx<'_>, tenant: TenantId, blob: &BlobName) -> Result<bool> {
    let named: Option<(AttachmentId,)> = tx.find(&NAMING, params![tenant, *blob]).await?;
    Ok(named.is_some())
}

/// Writes down that no row names this file any more.
pub(crate) async fn remove_file(tx: &Tx<'_>, file: &BlobName) -> Result<()> {
    tx.put(&REMOVE_FILE, params![file.tenant(), *file, tx.now()]).await
}

/// Files that no row named at this time, of all tenants.
pub(crate) async fn removed_files(tx: &Tx<'_>, before: Timestamp, most: i64) -> Result<Vec<(TenantId, BlobName)>> {
    tx.all(&REMOVED_FILES, params![before, most]).await
}

/// Forgets that this file was to go.
pub(crate) async fn forget_file(tx: &Tx<'_>, file: &BlobName) -> Result<()> {
    tx.run(&FORGET_FILE, params![file.tenant(), *file]).await.map(drop)
}

/// The files of these messages.
pub(crate) async fn of_messages(tx: &Tx<'_>, tenant: TenantId, messages: &[i64]) -> Result<Vec<Attachment>> {
    if messages.is_empty() {
        return Ok(Vec::new());
    }
    tx.all(&OF_MESSAGES, params![tenant, messages]).await
}
