//! Letters came: their bytes are kept. Nothing of them is understood yet.

use madoguchi_kernel::{TenantId, problem::Result};
use madoguchi_platform::{db::Tx, house::jobs::Later};

use crate::mail::{
    jobs::{READ_MAILBOX, ReadMailbox},
    letters::{Arrival, LetterId},
    mailbox::MailboxId,
    provenance::Provenance,
    store::{letters, mailboxes, provenances},
};

/// Keeps letters and says up to which number the folder was read; a job reads them. A letter that is kept already is
/// passed over, so a repetition is harmless. How many were new.
pub async fn keep_letters(
    tx: &Tx<'_>,
    tenant: TenantId,
    mailbox: MailboxId,
    uid_validity: u32,
    arrivals: &[Arrival],
    up_to: u32,
) -> Result<usize> {
    let mut new = 0;
    for arrival in arrivals {
        new += usize::from(letters::keep(tx, tenant, mailbox, Some(uid_validity), arrival).await?.is_some());
    }
    if new > 0 {
        to_be_read(tx, mailbox).await?;
    }
    mailboxes::advance(tx, tenant, mailbox, uid_validity, up_to).await?;
    Ok(new)
}

/// Keeps a letter that was handed to us, once for each of these mailboxes, which were reached by these addresses.
pub async fn keep_handed_in(
    tx: &Tx<'_>,
    tenant: TenantId,
    reached: &[(MailboxId, String)],
    arrival: &Arrival,
    provenance: &Provenance,
) -> Result<Vec<LetterId>> {
    let mut kept = Vec::with_capacity(reached.len());
    for (mailbox, address) in reached {
        if let Some(letter) = letters::keep(tx, tenant, *mailbox, None, arrival).await? {
            provenances::keep(tx, tenant, letter, address, provenance).await?;
            kept.push(letter);
        }
        to_be_read(tx, *mailbox).await?;
    }
    Ok(kept)
}

async fn to_be_read(tx: &Tx<'_>, mailbox: MailboxId) -> Result<()> {
    let topic = mailbox.number().to_string();
    let job = Later { kind: READ_MAILBOX, topic: Some(&topic), data: &ReadMailbox { mailbox }, run_at: tx.now() };
    tx.later(job).await
}
